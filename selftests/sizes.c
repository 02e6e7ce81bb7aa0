// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects of every size, from nothing to the whole store.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include <kselftest_harness.h>

#include "common.h"

FIXTURE(sizes)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_VARIANT(sizes)
{
	__u64 size;
};

FIXTURE_VARIANT_ADD(sizes, 0) { .size = 0 };
FIXTURE_VARIANT_ADD(sizes, 1) { .size = 1 };
FIXTURE_VARIANT_ADD(sizes, 63) { .size = 63 };
FIXTURE_VARIANT_ADD(sizes, 64) { .size = 64 };
FIXTURE_VARIANT_ADD(sizes, 65) { .size = 65 };
FIXTURE_VARIANT_ADD(sizes, 4095) { .size = 4095 };
FIXTURE_VARIANT_ADD(sizes, 4096) { .size = 4096 };
FIXTURE_VARIANT_ADD(sizes, 4097) { .size = 4097 };
FIXTURE_VARIANT_ADD(sizes, 65536) { .size = 65536 };
FIXTURE_VARIANT_ADD(sizes, 1000000) { .size = 1000000 };
FIXTURE_VARIANT_ADD(sizes, 2M_less_1) { .size = 2 * MIB - 1 };
FIXTURE_VARIANT_ADD(sizes, 2M) { .size = 2 * MIB };
FIXTURE_VARIANT_ADD(sizes, 2M_and_1) { .size = 2 * MIB + 1 };
FIXTURE_VARIANT_ADD(sizes, 5M_and_5) { .size = 5 * MIB + 5 };
FIXTURE_VARIANT_ADD(sizes, 64M) { .size = 64 * MIB };

FIXTURE_SETUP(sizes)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(sizes)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

static const __u64 metadata_sizes[] = { 0, 1, 100, 5000 };

/* The data, and the metadata right behind it, as B sees them. */
static int sees(struct client *b, struct id id, __u64 size, __u64 metadata_size)
{
	struct plasma_get_entry entry;

	CHECK_EQ(0, object_get(b, id, NOW, &entry));
	CHECK_EQ(size, entry.data_size);
	CHECK_EQ(metadata_size, entry.metadata_size);
	CHECK(entry.offset <= window_size());
	CHECK(size + metadata_size <= window_size() - entry.offset);
	CHECK_EQ(size, matching(b->read + entry.offset, size, size));
	CHECK_EQ(metadata_size,
		 matching(b->read + entry.offset + size, metadata_size, ~size));
	CHECK_EQ(0, object_release(b, id));
	return 0;
}

TEST_F(sizes, written_in_place)
{
	static __u8 metadata[5000];
	struct blob blob = { .size = variant->size, .metadata = metadata };
	unsigned int i;
	__u64 offset;

	for (i = 0; i < ARRAY_SIZE(metadata_sizes); i++) {
		if (variant->size > 8 * MIB && i != 2)
			continue;
		blob.metadata_size = metadata_sizes[i];
		fill(metadata, blob.metadata_size, ~variant->size);
		ASSERT_EQ(0, object_create_with(&self->a, id_of(i), &blob, PLASMA_CREATE_ZERO,
						&offset));
		EXPECT_EQ(blob.size + blob.metadata_size, ns_info(&self->a).used);
		/* The metadata was taken over; what the buffer holds now is ours. */
		memset(metadata, POISON, sizeof(metadata));
		ASSERT_EQ(blob.size, leading(self->a.write + offset, blob.size, 0));
		fill(self->a.write + offset, blob.size, blob.size);
		ASSERT_EQ(0, object_seal(&self->a, id_of(i), 0));
		ASSERT_EQ(blob.size, matching(self->a.write + offset, blob.size,
					      blob.size));
		ASSERT_EQ(0, object_release(&self->a, id_of(i)));
		EXPECT_EQ(blob.size + blob.metadata_size, ns_info(&self->a).used);
		ASSERT_EQ(0, sees(&self->b, id_of(i), blob.size, blob.metadata_size));
		ASSERT_EQ(0, object_delete(&self->b, id_of(i)));
		EXPECT_EQ(0, ns_info(&self->a).used);
		EXPECT_EQ(0, ns_info(&self->a).pages);
	}
}

TEST_F(sizes, put)
{
	static __u8 metadata[5000];
	struct blob blob = { .size = variant->size, .metadata = metadata };
	__u8 *data;
	unsigned int i;

	data = mmap(NULL, variant->size + 64, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, data);
	for (i = 0; i < ARRAY_SIZE(metadata_sizes); i++) {
		if (variant->size > 8 * MIB && i != 2)
			continue;
		blob.data = data + i;
		blob.metadata_size = metadata_sizes[i];
		fill(data + i, variant->size, variant->size);
		fill(metadata, blob.metadata_size, ~variant->size);
		ASSERT_EQ(0, object_put_with(&self->a, id_of(i), &blob, 0, NULL));
		EXPECT_EQ(blob.size + blob.metadata_size, ns_info(&self->a).used);
		ASSERT_EQ(0, sees(&self->b, id_of(i), blob.size, blob.metadata_size));
		ASSERT_EQ(0, object_delete(&self->b, id_of(i)));
		EXPECT_EQ(0, ns_info(&self->a).used);
		EXPECT_EQ(0, ns_info(&self->a).pages);
	}
	munmap(data, variant->size + 64);
}

/* Pages are taken for what is there, and no more than the next huge page. */
TEST_F(sizes, pages)
{
	__u64 used, least = (variant->size + PAGE - 1) / PAGE;
	struct plasma_object_info info;
	struct plasma_query answer;

	ASSERT_EQ(0, object_create(&self->a, id_of(1), variant->size, NULL));
	ASSERT_EQ(0, object_stat(&self->a, id_of(1), &info));
	EXPECT_LE(least, info.pages);
	EXPECT_GE(least + 1, info.pages);
	EXPECT_EQ(info.pages, ns_info(&self->a).pages);
	ASSERT_EQ(0, query(self->a.fd, &answer));
	used = answer.out_store_used - self->before.store_used;
	EXPECT_EQ(info.pages * PAGE, used);
	ASSERT_EQ(0, object_abort(&self->a, id_of(1)));
	ASSERT_EQ(0, query(self->a.fd, &answer));
	EXPECT_EQ(self->before.store_used, answer.out_store_used);
}

FIXTURE(limits)
{
	struct usage before;
	struct client a;
	struct plasma_query query;
};

FIXTURE_SETUP(limits)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, query(self->a.fd, &self->query));
}

FIXTURE_TEARDOWN(limits)
{
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

TEST_F(limits, all_small_sizes)
{
	static __u8 data[2000], metadata[2000];
	struct plasma_get_entry entry;
	unsigned int size;

	fill(data, sizeof(data), 1);
	fill(metadata, sizeof(metadata), 2);
	for (size = 0; size < 1000; size += 3) {
		struct blob blob = { data, size, metadata, 999 - size, NULL };

		ASSERT_EQ(0, object_put_with(&self->a, id_of(size), &blob, 0, NULL));
	}
	for (size = 0; size < 1000; size += 3) {
		ASSERT_EQ(0, object_get(&self->a, id_of(size), NOW, &entry));
		ASSERT_EQ(size, entry.data_size);
		ASSERT_EQ(999 - size, entry.metadata_size);
		ASSERT_EQ(size, matching(self->a.read + entry.offset, size, 1));
		ASSERT_EQ(999 - size, matching(self->a.read + entry.offset + size,
					       999 - size, 2));
	}
}

TEST_F(limits, most_metadata)
{
	__u64 most = self->query.out_metadata_max;
	struct plasma_get_entry entry;
	struct blob blob = { .size = 3, .metadata_size = most };
	__u8 *metadata;
	__u64 offset;

	metadata = mmap(NULL, most + 1, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, metadata);
	fill(metadata, most, 4);
	blob.metadata = metadata;
	ASSERT_EQ(0, object_create_with(&self->a, id_of(1), &blob, 0, &offset));
	memcpy(self->a.write + offset, "abc", 3);
	ASSERT_EQ(0, object_seal(&self->a, id_of(1), 0));
	ASSERT_EQ(0, object_get(&self->a, id_of(1), NOW, &entry));
	EXPECT_EQ(most, entry.metadata_size);
	EXPECT_EQ(most, matching(self->a.read + entry.offset + 3, most, 4));

	blob.data = metadata;
	ASSERT_EQ(0, object_put_with(&self->a, id_of(2), &blob, PLASMA_PUT_HOLD, &offset));
	EXPECT_EQ(most, matching(self->a.read + offset + 3, most, 4));

	blob.metadata_size = most + 1;
	EXPECT_EQ(-E2BIG, object_create_with(&self->a, id_of(3), &blob, 0, NULL));
	EXPECT_EQ(-E2BIG, object_put_with(&self->a, id_of(3), &blob, 0, NULL));
	blob.metadata_size = ALL / 2;
	EXPECT_EQ(-E2BIG, object_create_with(&self->a, id_of(3), &blob, 0, NULL));
	munmap(metadata, most + 1);
}

TEST_F(limits, sizes_that_wrap)
{
	static const struct {
		__u64 size;
		__u64 metadata_size;
		int error;
	} cases[] = {
		{ ALL, 1, -EOVERFLOW },
		{ ALL - 99, 100, -EOVERFLOW },
		{ ALL - 100, 100, -ENOSPC },
		{ ALL, 0, -ENOSPC },
		{ ALL - PAGE + 2, 0, -ENOSPC },
		{ ALL / 2, 100, -ENOSPC },
		{ ALL / 2 + 1, 0, -ENOSPC },
		{ ALL << 12, 0, -ENOSPC },
		{ 1ULL << 44, 0, -ENOSPC },
	};
	static __u8 metadata[100];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct blob blob = { metadata, cases[i].size, metadata,
				     cases[i].metadata_size, NULL };

		EXPECT_EQ(cases[i].error,
			  object_create_with(&self->a, id_of(i), &blob, 0, NULL))
			TH_LOG("create, case %u", i);
		EXPECT_EQ(cases[i].error,
			  object_put_with(&self->a, id_of(i), &blob, 0, NULL))
			TH_LOG("put, case %u", i);
		EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(i)));
	}
	ASSERT_EQ(0, object_create_with(&self->a, id_of(1), &(struct blob){
		.size = 1, .metadata = metadata, .metadata_size = 100 }, 0, NULL));
	EXPECT_EQ(-EOVERFLOW, object_resize(&self->a, id_of(1), ALL, NULL));
	EXPECT_EQ(-ENOSPC, object_resize(&self->a, id_of(1), ALL - 100, NULL));
	EXPECT_EQ(101, ns_info(&self->a).used);
}

/* Served where the store allows, refused where it does not. */
TEST_F(limits, more_than_4_gib)
{
	__u64 size = 4 * GIB + 1, offset;
	struct plasma_get_entry entry;
	struct client c;
	int ret;

	ASSERT_EQ(0, client_create(&c, 16 * GIB));
	ret = object_create(&c, id_of(1), size, &offset);
	if (self->query.out_store_size < size) {
		EXPECT_EQ(-ENOSPC, ret);
		EXPECT_EQ(-ENOENT, object_refs(&c, id_of(1)));
		EXPECT_EQ(0, ns_info(&c).pages);
	} else {
		ASSERT_EQ(0, ret);
		c.write[offset] = 1;
		c.write[offset + size - 1] = 2;
		ASSERT_EQ(0, object_seal(&c, id_of(1), 0));
		ASSERT_EQ(0, object_get(&c, id_of(1), NOW, &entry));
		EXPECT_EQ(size, entry.data_size);
		EXPECT_EQ(1, c.read[entry.offset]);
		EXPECT_EQ(2, c.read[entry.offset + size - 1]);
	}
	client_close(&c);
}

/* To the byte: what fits exactly fits, and one more does not. */
TEST_F(limits, exact_capacity)
{
	struct blob blob = { .size = 9000, .metadata = "1234", .metadata_size = 4 };
	struct client c;

	ASSERT_EQ(0, client_create(&c, 10000));
	EXPECT_EQ(10000, ns_info(&c).capacity);
	ASSERT_EQ(0, object_create_with(&c, id_of(1), &blob, 0, NULL));
	EXPECT_EQ(-ENOSPC, object_create(&c, id_of(2), 997, NULL));
	EXPECT_EQ(-ENOENT, object_refs(&c, id_of(2)));
	ASSERT_EQ(0, object_create(&c, id_of(2), 996, NULL));
	EXPECT_EQ(10000, ns_info(&c).used);
	EXPECT_EQ(-ENOSPC, object_create(&c, id_of(3), 1, NULL));
	/* Nothing fits in between, however often it is tried. */
	EXPECT_EQ(-ENOSPC, object_create(&c, id_of(3), 1, NULL));
	ASSERT_EQ(0, object_create(&c, id_of(3), 0, NULL));
	ASSERT_EQ(0, object_abort(&c, id_of(2)));
	ASSERT_EQ(0, object_create(&c, id_of(4), 996, NULL));
	client_close(&c);
}

/*
 * Small objects come and go in a random order, then one takes all there is, twice:
 * nothing may stay behind, and no order of pages may matter.
 */
static int churn(struct client *c, __u64 share)
{
	unsigned int i, random = 12345;
	bool present[100] = {};

	for (i = 0; i < 400; i++) {
		unsigned int which;

		random = random * 1103515245 + 12345;
		which = random / 65536 % 100;
		if (present[which]) {
			CHECK_EQ(0, object_delete(c, id_of(which)));
		} else {
			CHECK_EQ(0, object_create(c, id_of(which),
						  1 + random % share, NULL));
			CHECK_EQ(0, object_seal(c, id_of(which), PLASMA_SEAL_RELEASE));
		}
		present[which] = !present[which];
	}
	for (i = 0; i < 100; i++)
		if (present[i])
			CHECK_EQ(0, object_delete(c, id_of(i)));
	return 0;
}

TEST_F(limits, all_of_a_namespace_after_churn)
{
	__u64 size = 10 * MIB, offset;
	struct plasma_get_entry entry;
	struct client c;
	int round, i;

	ASSERT_EQ(0, client_create(&c, size));
	for (round = 0; round < 2; round++) {
		ASSERT_EQ(0, churn(&c, 100000));
		ASSERT_EQ(0, ns_info(&c).used);
		ASSERT_EQ(0, object_create(&c, id_of(1000), size, &offset));
		fill(c.write + offset, size, round);
		ASSERT_EQ(0, object_seal(&c, id_of(1000), PLASMA_SEAL_RELEASE));
		ASSERT_EQ(0, object_get(&c, id_of(1000), NOW, &entry));
		ASSERT_EQ(size, matching(c.read + entry.offset, size, round));
		for (i = 0; i < 3; i++)
			ASSERT_EQ(-ENOSPC, object_create(&c, id_of(1001), 9000, NULL));
		ASSERT_EQ(0, object_release(&c, id_of(1000)));
		for (i = 0; i < 3; i++)
			ASSERT_EQ(-ENOSPC, object_create(&c, id_of(1001), size + 9000,
							 NULL));
		ASSERT_EQ(0, object_delete(&c, id_of(1000)));
	}
	client_close(&c);
}

/* The same with the memory of the whole store, which is to be empty here. */
TEST_F(limits, all_of_the_store_after_churn)
{
	__u64 size = self->query.out_store_size, offset, at;
	struct client c;
	int round;

	ASSERT_EQ(0, self->query.out_store_used);
	ASSERT_EQ(0, client_open(&c, "default", 0));
	ASSERT_EQ(size, ns_info(&c).capacity);
	for (round = 0; round < 2; round++) {
		ASSERT_EQ(0, churn(&c, size / 200));
		ASSERT_EQ(0, object_create(&c, id_of(1000), size, &offset));
		/* A byte of each page: all are there, and they are the object's. */
		for (at = 0; at < size; at += PAGE)
			c.write[offset + at] = at / PAGE % 251;
		for (at = 0; at < size; at += PAGE)
			ASSERT_EQ(at / PAGE % 251, c.write[offset + at]);
		ASSERT_EQ(-ENOSPC, object_put(&self->a, id_of(1), "x", 1));
		ASSERT_EQ(0, object_seal(&c, id_of(1000), PLASMA_SEAL_RELEASE));
		ASSERT_EQ(-ENOSPC, object_create(&c, id_of(1001), size + 9000, NULL));
		ASSERT_EQ(0, object_delete(&c, id_of(1000)));
	}
	client_close(&c);
}

TEST_HARNESS_MAIN
