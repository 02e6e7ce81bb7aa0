// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eviction: what goes, in which order, how much of it, and what never does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <kselftest_harness.h>

#include "common.h"

FIXTURE(evict)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(evict)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(evict)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

static int put(struct client *c, unsigned int number, __u64 size)
{
	static __u8 bytes[64 * KIB];

	return object_put(c, id_of(number), bytes, size);
}

/* So many that they are not evicted with a lock held all the time. */
#define MANY	5000U
#define FEW	100U

static int put_many(struct client *c)
{
	static __u8 bytes[64];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < MANY && !ret; i++)
		ret = object_put(c, id_of(i), bytes, sizeof(bytes));
	return ret;
}

static bool exists(struct client *c, unsigned int number)
{
	return object_refs(c, id_of(number)) >= 0;
}

/* Which of the objects 0 to @count - 1 exist, as bits. */
static __u64 which(struct client *c, unsigned int count)
{
	unsigned int i;
	__u64 bits = 0;

	for (i = 0; i < count; i++)
		bits |= (__u64)exists(c, i) << i;
	return bits;
}

static long long evicted(struct client *c, __u64 bytes)
{
	struct plasma_evict answer;
	int ret = object_evict(c, bytes, &answer);

	return ret ? ret : (long long)answer.out_bytes;
}

/* In the order of last release, not of creation, nor of use. */
TEST_F(evict, least_recently_released_first)
{
	struct client *a = &self->a;

	ASSERT_EQ(0, put(a, 0, 1000));
	EXPECT_EQ(1000, evicted(a, 1));
	EXPECT_EQ(0, evicted(a, 1));

	/* 999 is held, so 998 goes. */
	ASSERT_EQ(0, put(a, 1, 999));
	ASSERT_EQ(0, object_hold(a, id_of(1)));
	ASSERT_EQ(0, put(a, 2, 998));
	EXPECT_EQ(998, evicted(a, 1));
	EXPECT_EQ(0, evicted(a, ALL));

	/* Released after 997 came, 999 goes after it. */
	ASSERT_EQ(0, put(a, 3, 997));
	ASSERT_EQ(0, object_release(a, id_of(1)));
	EXPECT_EQ(997, evicted(a, 1));
	EXPECT_EQ(999, evicted(a, 1));

	ASSERT_EQ(0, put(a, 4, 996));
	ASSERT_EQ(0, put(a, 5, 995));
	ASSERT_EQ(0, put(a, 6, 994));
	EXPECT_EQ(996 + 995 + 994, evicted(a, 996 + 995 + 1));
	EXPECT_EQ(0, evicted(a, 1));
}

TEST_F(evict, as_much_as_asked_for)
{
	struct plasma_evict answer;
	unsigned int i;

	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, put(&self->a, i, 100));
	ASSERT_EQ(0, object_evict(&self->a, 0, &answer));
	EXPECT_EQ(0, answer.out_bytes);
	EXPECT_EQ(0, answer.out_objects);
	ASSERT_EQ(0, object_evict(&self->a, 200, &answer));
	EXPECT_EQ(200, answer.out_bytes);
	EXPECT_EQ(2, answer.out_objects);
	EXPECT_EQ(0x3fc, which(&self->a, 10));
	ASSERT_EQ(0, object_evict(&self->a, 201, &answer));
	EXPECT_EQ(300, answer.out_bytes);
	EXPECT_EQ(3, answer.out_objects);
	EXPECT_EQ(0x3e0, which(&self->a, 10));
	ASSERT_EQ(0, object_evict(&self->b, ALL, &answer));
	EXPECT_EQ(500, answer.out_bytes);
	EXPECT_EQ(5, answer.out_objects);
	EXPECT_EQ(0, ns_info(&self->a).used);
	EXPECT_EQ(0, ns_info(&self->a).pages);
	EXPECT_EQ(10, ns_info(&self->a).evictions);
	EXPECT_EQ(1000, ns_info(&self->a).evicted_bytes);
}

TEST_F(evict, metadata_counts)
{
	struct blob blob = { .size = 0, .metadata = "12345", .metadata_size = 5 };

	ASSERT_EQ(0, object_put_with(&self->a, id_of(0), &blob, 0, NULL));
	ASSERT_EQ(0, put(&self->a, 1, 7));
	EXPECT_EQ(5, evicted(&self->a, 5));
	EXPECT_EQ(7, evicted(&self->a, 5));
}

/* Empty ones on the way go along, although they give nothing. */
TEST_F(evict, empty_objects_go_along)
{
	struct plasma_evict answer;
	unsigned int i;

	for (i = 0; i < 9; i++)
		ASSERT_EQ(0, put(&self->a, i, 0));
	ASSERT_EQ(0, put(&self->a, 9, 1234));
	ASSERT_EQ(0, put(&self->a, 10, 0));
	ASSERT_EQ(0, put(&self->a, 11, 5));
	ASSERT_EQ(0, object_evict(&self->a, 1, &answer));
	EXPECT_EQ(1234, answer.out_bytes);
	EXPECT_EQ(10, answer.out_objects);
	EXPECT_EQ(0xc00, which(&self->a, 12));
	ASSERT_EQ(0, object_evict(&self->a, ALL, &answer));
	EXPECT_EQ(5, answer.out_bytes);
	EXPECT_EQ(2, answer.out_objects);
}

TEST_F(evict, neither_held_nor_unsealed_nor_kept)
{
	struct blob blob = { .data = "kept", .size = 4 };

	ASSERT_EQ(0, object_create(&self->a, id_of(0), 100, NULL));
	ASSERT_EQ(0, put(&self->a, 1, 100));
	ASSERT_EQ(0, object_hold(&self->b, id_of(1)));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(2), &blob, PLASMA_CREATE_KEEP, NULL));
	ASSERT_EQ(0, object_create(&self->a, id_of(3), 100, NULL));
	ASSERT_EQ(0, object_seal(&self->a, id_of(3), 0));
	ASSERT_EQ(0, object_create(&self->a, id_of(4), 100, NULL));
	ASSERT_EQ(0, object_release(&self->a, id_of(4)));
	EXPECT_EQ(0, evicted(&self->a, ALL));
	EXPECT_EQ(0x1f, which(&self->a, 5));

	/* Use and release make a kept one no different. */
	ASSERT_EQ(0, object_hold(&self->b, id_of(2)));
	ASSERT_EQ(0, object_release(&self->b, id_of(2)));
	EXPECT_EQ(0, evicted(&self->a, ALL));
	ASSERT_EQ(0, object_release(&self->b, id_of(1)));
	EXPECT_EQ(100, evicted(&self->a, ALL));
	/* But who may delete it may delete it. */
	EXPECT_EQ(0, object_delete(&self->b, id_of(2)));
}

TEST_F(evict, takes_the_name_along)
{
	struct id id;

	ASSERT_EQ(0, put(&self->a, 0, 10));
	ASSERT_EQ(0, name_bind(&self->a, id_of(0), "name", 0));
	EXPECT_EQ(10, evicted(&self->a, 1));
	EXPECT_EQ(-ENOENT, name_lookup(&self->a, "name", &id));
	EXPECT_EQ(0, ns_info(&self->a).names);
}

/* What was mapped, but is not held, is gone from every window. */
TEST_F(evict, with_live_mappings)
{
	struct plasma_get_entry entry;

	ASSERT_EQ(0, object_make(&self->a, id_of(0), 3 * MIB, 1, NULL));
	ASSERT_EQ(0, object_get(&self->b, id_of(0), NOW, &entry));
	ASSERT_EQ(3 * MIB, matching(self->b.read + entry.offset, 3 * MIB, 1));
	EXPECT_EQ(0, evicted(&self->a, 1));
	EXPECT_EQ(3 * MIB, matching(self->b.read + entry.offset, 3 * MIB, 1));
	ASSERT_EQ(0, object_release(&self->b, id_of(0)));
	EXPECT_EQ(3 * MIB, evicted(&self->a, 1));
	EXPECT_EQ(-SIGBUS, peek(self->b.read + entry.offset));
	EXPECT_EQ(-SIGBUS, peek(self->b.read + entry.offset + 3 * MIB - 1));
}

/* Ten objects of a tenth each fill it; how many does the eleventh take with it? */
FIXTURE(full)
{
	struct usage before;
	struct client a;
};

FIXTURE_VARIANT(full)
{
	__u32 percent;
	unsigned int expected;
};

FIXTURE_VARIANT_ADD(full, 0) { .percent = 0, .expected = 1 };
FIXTURE_VARIANT_ADD(full, 10) { .percent = 10, .expected = 1 };
FIXTURE_VARIANT_ADD(full, 11) { .percent = 11, .expected = 2 };
FIXTURE_VARIANT_ADD(full, 20) { .percent = 20, .expected = 2 };
FIXTURE_VARIANT_ADD(full, 100) { .percent = 100, .expected = 10 };

FIXTURE_SETUP(full)
{
	unsigned int i;

	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create_as(&self->a, &(struct plasma_ns_create){
		.mode = 0600, .capacity = 10000, .evict_percent = variant->percent }));
	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, put(&self->a, i, 1000));
	ASSERT_EQ(10000, ns_info(&self->a).used);
}

FIXTURE_TEARDOWN(full)
{
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

TEST_F(full, one_more)
{
	ASSERT_EQ(0, put(&self->a, 10, 1000));
	EXPECT_EQ((0x7ffU << variant->expected) & 0x7ff, which(&self->a, 11));
	EXPECT_EQ(variant->expected, ns_info(&self->a).evictions);
	EXPECT_EQ(variant->expected * 1000, ns_info(&self->a).evicted_bytes);
}

TEST_F(full, used_ones_last)
{
	unsigned int i;

	/* 0 and 1 are used again, so 2 is the oldest. */
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, object_hold(&self->a, id_of(i)));
		ASSERT_EQ(0, object_release(&self->a, id_of(i)));
	}
	ASSERT_EQ(0, put(&self->a, 10, 1000));
	if (variant->expected <= 8) {
		EXPECT_EQ(((0x7fcU << variant->expected) & 0x7fc) | 3,
			  which(&self->a, 11));
	}
	/* Held ones not at all. */
	ASSERT_EQ(0, object_hold(&self->a, id_of(10)));
	EXPECT_LE(0, evicted(&self->a, ALL));
	EXPECT_EQ(1 << 10, which(&self->a, 11));
}

/* A larger one takes as many as it needs, if that is more. */
TEST_F(full, by_need)
{
	ASSERT_EQ(0, put(&self->a, 10, 4500));
	EXPECT_EQ(variant->expected > 5 ? 1U << 10 : 0x7e0, which(&self->a, 11));
}

TEST_F(full, not_allowed)
{
	struct blob blob = { .data = "x", .size = 1 };

	EXPECT_EQ(-ENOSPC, object_put_with(&self->a, id_of(10), &blob,
					   PLASMA_CREATE_NO_EVICT, NULL));
	EXPECT_EQ(-ENOSPC, object_create_with(&self->a, id_of(10), &blob,
					      PLASMA_CREATE_NO_EVICT, NULL));
	EXPECT_EQ(0x3ff, which(&self->a, 11));
	blob.size = 0;
	EXPECT_EQ(0, object_put_with(&self->a, id_of(10), &blob, PLASMA_CREATE_NO_EVICT,
				     NULL));
	EXPECT_EQ(0x7ff, which(&self->a, 11));
}

/* What can never fit costs nobody anything. */
TEST_F(full, larger_than_all)
{
	EXPECT_EQ(-ENOSPC, object_create(&self->a, id_of(10), 10001, NULL));
	EXPECT_EQ(-EEXIST, object_create(&self->a, id_of(9), 10001, NULL));
	EXPECT_EQ(-EEXIST, put(&self->a, 9, 1000));
	EXPECT_EQ(0x3ff, which(&self->a, 11));
	EXPECT_EQ(0, ns_info(&self->a).evictions);
	/* What just fits takes all. */
	EXPECT_EQ(0, put(&self->a, 10, 10000));
	EXPECT_EQ(1 << 10, which(&self->a, 11));
}

TEST_F(full, of_what_is_held)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, object_hold(&self->a, id_of(i)));
	EXPECT_EQ(-ENOSPC, put(&self->a, 10, 1));
	EXPECT_EQ(-ENOSPC, put(&self->a, 10, 1));
	EXPECT_EQ(0x3ff, which(&self->a, 11));
	ASSERT_EQ(0, object_release(&self->a, id_of(4)));
	EXPECT_EQ(0, put(&self->a, 10, 1));
	EXPECT_EQ(0x7ef, which(&self->a, 11));
}

TEST_F(full, smaller_capacity)
{
	ASSERT_EQ(0, object_hold(&self->a, id_of(0)));
	ASSERT_EQ(0, ns_set_capacity(&self->a, 5000));
	EXPECT_GE(5000, ns_info(&self->a).used);
	EXPECT_TRUE(exists(&self->a, 0));
	EXPECT_EQ(-ENOSPC, ns_set_capacity(&self->a, 999));
	EXPECT_TRUE(exists(&self->a, 0));
	ASSERT_EQ(0, ns_set_capacity(&self->a, 1000));
	EXPECT_EQ(1, which(&self->a, 11));
	ASSERT_EQ(0, ns_set_capacity(&self->a, 1001));
	EXPECT_EQ(-ENOSPC, put(&self->a, 10, 2));
	EXPECT_EQ(0, put(&self->a, 10, 1));
}

/*
 * Small objects take a page each, so the store's memory is gone before the capacity
 * is: then those go whose pages are needed.
 */
TEST_F(evict, by_pages)
{
	struct plasma_query limits;
	struct client rest, small;
	unsigned int i;
	__u64 pages;

	ASSERT_EQ(0, query(self->a.fd, &limits));
	pages = (limits.out_store_size - limits.out_store_used) / PAGE;
	ASSERT_LT(600, pages);
	ASSERT_EQ(0, client_create(&rest, 0));
	ASSERT_EQ(0, object_create(&rest, id_of(0), (pages - 512) * PAGE, NULL));

	ASSERT_EQ(0, client_create(&small, 0));
	for (i = 0; i < 400; i++)
		ASSERT_EQ(0, put(&small, i, PAGE + 1)) TH_LOG("object %u", i);
	EXPECT_TRUE(exists(&small, 399));
	EXPECT_FALSE(exists(&small, 0));
	EXPECT_GE(512, ns_info(&small).pages);
	EXPECT_LE(144, ns_info(&small).evictions);
	/* The newest are the ones that are left. */
	for (i = 200; i < 400; i++)
		ASSERT_TRUE(exists(&small, i));
	/* What others hold is theirs. */
	EXPECT_EQ(-ENOSPC, object_create(&small, id_of(1000), 513 * PAGE, NULL));
	EXPECT_EQ(0, object_create(&small, id_of(1000), 512 * PAGE, NULL));
	EXPECT_EQ(1, ns_info(&small).objects);
	client_close(&small);
	client_close(&rest);
}

/* Looking at an object, its metadata included, is no use of it. */
TEST_F(evict, stat_leaves_the_order_alone)
{
	struct plasma_object_info info;
	char metadata[8] = "";
	struct plasma_stat stat = {
		.ns = self->a.ns,
		.info_size = sizeof(info),
		.info_ptr = (unsigned long)&info,
		.metadata_ptr = (unsigned long)metadata,
		.metadata_len = sizeof(metadata),
	};
	struct id first = id_of(0);

	ASSERT_EQ(0, object_put_with(&self->a, first, &(struct blob){ .data = "data",
				     .size = 4, .metadata = "metadata", .metadata_size = 8 },
				     0, NULL));
	ASSERT_EQ(0, put(&self->a, 1, 100));
	memcpy(stat.id, first.byte, sizeof(stat.id));
	ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_STAT, &stat));
	EXPECT_EQ(0, memcmp(metadata, "metadata", 8));
	EXPECT_EQ(12, evicted(&self->a, 1));
	EXPECT_EQ(2, which(&self->a, 2));
}

TEST_F(evict, very_many_for_one)
{
	struct client c;
	unsigned int i;

	ASSERT_EQ(0, client_create(&c, MANY * 64));
	ASSERT_EQ(0, put_many(&c));
	/* What is held stands in its way, and then it gets nothing. */
	ASSERT_EQ(0, object_hold(&c, id_of(7)));
	EXPECT_EQ(-ENOSPC, object_create(&c, id_of(MANY), MANY * 64, NULL));
	EXPECT_EQ(MANY, ns_info(&c).objects);
	ASSERT_EQ(0, object_create(&c, id_of(MANY), (MANY - 1) * 64, NULL));
	EXPECT_EQ(2, ns_info(&c).objects);
	EXPECT_EQ(MANY - 1, ns_info(&c).evictions);
	EXPECT_EQ((MANY - 1) * 64, ns_info(&c).evicted_bytes);
	EXPECT_TRUE(exists(&c, 7));
	ASSERT_EQ(0, object_abort(&c, id_of(MANY)));
	ASSERT_EQ(0, object_release(&c, id_of(7)));
	ASSERT_EQ(0, object_delete(&c, id_of(7)));

	/* The same for a smaller capacity: the newest stay. */
	ASSERT_EQ(0, put_many(&c));
	ASSERT_EQ(0, ns_set_capacity(&c, FEW * 64));
	EXPECT_EQ(FEW, ns_info(&c).objects);
	for (i = MANY - FEW; i < MANY; i++)
		EXPECT_TRUE(exists(&c, i));
	EXPECT_EQ(FEW * 64, evicted(&c, ALL));
	client_close(&c);
}

TEST_F(evict, very_many_of_a_quota)
{
	struct client c;

	ASSERT_EQ(0, client_create(&c, MANY * 128));
	ASSERT_EQ(0, quota_set(&c, "many", MANY * 64));
	ASSERT_EQ(0, put_many(&c));
	ASSERT_EQ(0, object_hold(&c, id_of(7)));
	/* All that may be evicted goes, and what is held is handed over. */
	ASSERT_EQ(0, object_create(&c, id_of(MANY), MANY * 64, NULL));
	EXPECT_EQ(2, ns_info(&c).objects);
	EXPECT_TRUE(exists(&c, 7));
	client_close(&c);
}

TEST_HARNESS_MAIN
