// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quotas: a part of the capacity for one client, with an order of eviction of its own.
 * The numbers are those of Plasma's own tests, whose store had 10,000,000 bytes.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include <kselftest_harness.h>

#include "common.h"

#define CAPACITY	10000000UL

FIXTURE(quotas)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(quotas)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, CAPACITY));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(quotas)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* Sealed, and held only if asked for. */
static int make(struct client *c, unsigned int number, __u64 size, bool hold)
{
	int ret = object_create(c, id_of(number), size, NULL);

	return ret ? ret : object_seal(c, id_of(number), hold ? 0 : PLASMA_SEAL_RELEASE);
}

/* Which of the objects 0 to 31 exist, as bits. */
static __u32 which(struct client *c)
{
	struct plasma_object_info info;
	unsigned int i;
	__u32 bits = 0;

	for (i = 0; i < 32; i++)
		bits |= (__u32)!object_stat(c, id_of(i), &info) << i;
	return bits;
}

static struct plasma_quota_info part(struct client *c, unsigned int index)
{
	struct plasma_quota_info infos[8];
	int count = quota_list(c, infos, 8);

	if (count <= (int)index) {
		complain(__FILE__, __LINE__, "quotas", index + 1, count);
		memset(&infos[index], POISON, sizeof(infos[0]));
	}
	return infos[index];
}

static long long evicted(struct client *c, __u64 bytes)
{
	struct plasma_evict answer;
	int ret = object_evict(c, bytes, &answer);

	return ret ? ret : (long long)answer.out_bytes;
}

TEST_F(quotas, not_more_than_seventy_percent)
{
	struct client c, d;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, client_join(&d, &self->a));
	EXPECT_EQ(-EDQUOT, quota_set(&self->a, "a", 8 * MIB));
	EXPECT_EQ(1, quota_list(&self->a, &(struct plasma_quota_info){}, 1));
	EXPECT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	/* Once for each client. */
	EXPECT_EQ(-EALREADY, quota_set(&self->a, "again", 1 * MIB));
	EXPECT_EQ(-EALREADY, quota_set(&self->a, "again", 0));
	EXPECT_EQ(-EDQUOT, quota_set(&self->b, "b", 3 * MIB));
	EXPECT_EQ(0, quota_set(&self->b, "b", 1 * MIB));
	/* To the byte. */
	EXPECT_EQ(-EDQUOT, quota_set(&c, "c", 7000000 - 6 * MIB + 1));
	EXPECT_EQ(0, quota_set(&c, "c", 7000000 - 6 * MIB));
	EXPECT_EQ(-EDQUOT, quota_set(&d, "d", 1));
	EXPECT_EQ(CAPACITY - 7000000, part(&d, 0).capacity);
	EXPECT_EQ(CAPACITY, ns_info(&d).capacity);
	/* What a client had is free again when it goes. */
	client_close(&c);
	EXPECT_EQ(0, quota_set(&d, "d", 7000000 - 6 * MIB));
	client_close(&d);
}

TEST_F(quotas, evicts_its_own_oldest)
{
	ASSERT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	ASSERT_EQ(0, make(&self->a, 0, 3 * MIB, false));
	ASSERT_EQ(0, make(&self->a, 1, 3 * MIB, false));
	EXPECT_EQ(2, which(&self->a));
	EXPECT_EQ(-EDQUOT, make(&self->a, 2, 7 * MIB, false));
	EXPECT_EQ(2, which(&self->a));
	EXPECT_EQ(0, make(&self->a, 2, 4 * MIB, false));
	EXPECT_EQ(4, which(&self->a));
	EXPECT_EQ(2, part(&self->a, 1).evictions);
	EXPECT_EQ(6 * MIB, part(&self->a, 1).evicted_bytes);
	EXPECT_EQ(0, part(&self->a, 0).evictions);
	/* The namespace counts them all. */
	EXPECT_EQ(2, ns_info(&self->a).evictions);
	EXPECT_EQ(6 * MIB, ns_info(&self->a).evicted_bytes);
	EXPECT_EQ(4 * MIB, ns_info(&self->a).used);
}

/* Without one, others evict what is mine; with one they do not. */
TEST_F(quotas, isolates_from_others)
{
	unsigned int i;

	ASSERT_EQ(0, make(&self->a, 0, 3 * MIB, false));
	for (i = 1; i <= 10; i++)
		ASSERT_EQ(0, make(&self->b, i, 3 * MIB, false));
	EXPECT_EQ(0, which(&self->a) & 1);
	EXPECT_EQ(9 * MIB, evicted(&self->b, ALL));

	ASSERT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	ASSERT_EQ(0, make(&self->a, 0, 3 * MIB, false));
	for (i = 1; i <= 10; i++)
		ASSERT_EQ(0, make(&self->b, i, 3 * MIB, false));
	/* Only one of these fits at a time into what is left. */
	EXPECT_EQ(1 | 1 << 10, which(&self->a));
	EXPECT_EQ(-ENOSPC, make(&self->b, 11, 5 * MIB, false));
	EXPECT_EQ(1 | 1 << 10, which(&self->a));
	/* Nor by asking for it. */
	EXPECT_EQ(3 * MIB, evicted(&self->b, ALL));
	EXPECT_EQ(1, which(&self->a));
	EXPECT_EQ(3 * MIB, evicted(&self->a, ALL));
}

TEST_F(quotas, protects_others)
{
	unsigned int i;

	ASSERT_EQ(0, make(&self->b, 0, 3 * MIB, false));
	ASSERT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	for (i = 1; i <= 10; i++)
		ASSERT_EQ(0, make(&self->a, i, 3 * MIB, false));
	EXPECT_EQ(1 | 1 << 10, which(&self->a));
	EXPECT_EQ(3 * MIB, evicted(&self->a, ALL));
	EXPECT_EQ(1, which(&self->a));
}

/* When those it holds leave no room, the oldest of them become everybody's. */
TEST_F(quotas, demotes_what_is_in_use)
{
	unsigned int i;

	ASSERT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	ASSERT_EQ(0, make(&self->a, 0, 3 * MIB, true));
	ASSERT_EQ(0, make(&self->a, 1, 3 * MIB, true));
	EXPECT_EQ(3, which(&self->a));
	EXPECT_EQ(3 * MIB, part(&self->a, 0).used);
	EXPECT_EQ(3 * MIB, part(&self->a, 1).used);
	EXPECT_EQ(0, part(&self->a, 0).objects);
	EXPECT_EQ(0, part(&self->a, 1).objects);

	ASSERT_EQ(0, object_release(&self->a, id_of(0)));
	ASSERT_EQ(0, object_release(&self->a, id_of(1)));
	EXPECT_EQ(1, part(&self->a, 0).objects);
	EXPECT_EQ(3 * MIB, part(&self->a, 0).evictable);
	EXPECT_EQ(1, part(&self->a, 1).objects);
	for (i = 2; i <= 6; i++)
		ASSERT_EQ(0, make(&self->b, i, 3 * MIB, false));
	EXPECT_EQ(2 | 1 << 6, which(&self->a));
}

/* What would have to be handed over has no room: then what may be evicted stays, too. */
TEST_F(quotas, evicts_nothing_in_vain)
{
	ASSERT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	ASSERT_EQ(0, make(&self->a, 0, 3 * MIB, true));
	ASSERT_EQ(0, make(&self->a, 1, 2 * MIB, false));
	ASSERT_EQ(0, make(&self->b, 2, 4 * MIB, true));
	EXPECT_EQ(-ENOSPC, object_create(&self->a, id_of(3), 4 * MIB, NULL));
	EXPECT_EQ(7, which(&self->a));
	EXPECT_EQ(2 * MIB, part(&self->a, 1).evictable);
	/* With room there, it goes. */
	ASSERT_EQ(0, object_release(&self->b, id_of(2)));
	ASSERT_EQ(0, object_create(&self->a, id_of(3), 4 * MIB, NULL));
	EXPECT_EQ(1 | 1 << 3, which(&self->a));
	EXPECT_EQ(0, object_abort(&self->a, id_of(3)));
}

TEST_F(quotas, demotes_what_is_unsealed)
{
	ASSERT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	ASSERT_EQ(0, object_create(&self->a, id_of(0), 3 * MIB, NULL));
	ASSERT_EQ(0, object_create(&self->a, id_of(1), 3 * MIB, NULL));
	EXPECT_EQ(3 * MIB, part(&self->a, 0).used);
	/* And then neither part has room. */
	EXPECT_EQ(-ENOSPC, object_create(&self->a, id_of(2), 3 * MIB, NULL));
	EXPECT_EQ(3, which(&self->a));
	ASSERT_EQ(0, object_seal(&self->a, id_of(0), PLASMA_SEAL_RELEASE));
	EXPECT_EQ(1, part(&self->a, 0).objects);
	ASSERT_EQ(0, object_abort(&self->a, id_of(1)));
	EXPECT_EQ(0, part(&self->a, 1).used);
}

/* What is not in use stays, though it gives no room by being evicted. */
TEST_F(quotas, does_not_demote_what_has_no_bytes)
{
	static const __u8 bytes[3 * MIB];
	struct plasma_put_entry entries[2] = {};
	unsigned int i;

	ASSERT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	ASSERT_EQ(0, make(&self->a, 0, 0, false));
	EXPECT_EQ(1, part(&self->a, 1).objects);
	/* The first of a batch cannot make way for the second. */
	for (i = 0; i < 2; i++) {
		entries[i].data_ptr = (unsigned long)bytes;
		entries[i].data_size = sizeof(bytes);
		memcpy(entries[i].id, id_of(1 + i).byte, PLASMA_ID_SIZE);
	}
	EXPECT_EQ(-ENOSPC, put_batch(&self->a, entries, 2, 0));
	EXPECT_EQ(0, part(&self->a, 0).objects);
	EXPECT_EQ(1, part(&self->a, 1).objects);
	EXPECT_EQ(1, which(&self->a));
}

/* Nor what is being written, however much of that there is: it takes no time either. */
TEST_F(quotas, leaves_what_is_unsealed_and_has_no_bytes)
{
	const unsigned int many = 20000 / slowness();
	unsigned int i;

	ASSERT_EQ(0, quota_set(&self->a, "a", 3 * MIB));
	for (i = 0; i < many; i++)
		ASSERT_EQ(0, object_create(&self->a, id_of(100 + i), 0, NULL));
	ASSERT_EQ(0, object_create(&self->a, id_of(0), 3 * MIB, NULL));
	ASSERT_EQ(0, object_create(&self->a, id_of(1), 1, NULL));
	EXPECT_EQ(3 * MIB, part(&self->a, 0).used);
	EXPECT_EQ(1, part(&self->a, 1).used);
	/* Who is counted in the common part would be told ENOSPC. */
	EXPECT_EQ(-EDQUOT, object_resize(&self->a, id_of(100), 6 * MIB, NULL));
	EXPECT_EQ(-EDQUOT, object_resize(&self->a, id_of(100 + many - 1), 6 * MIB, NULL));
}

/* Either enough is handed over, or nothing. */
TEST_F(quotas, demotes_all_or_none)
{
	ASSERT_EQ(0, quota_set(&self->a, "a", 6 * MIB));
	ASSERT_EQ(0, make(&self->a, 0, 1 * MIB, true));
	ASSERT_EQ(0, object_create(&self->a, id_of(1), 3 * MIB, NULL));
	/* Of what is common, three and a half, the first would fit, but not the second. */
	EXPECT_EQ(-ENOSPC, object_create(&self->a, id_of(2), 6 * MIB, NULL));
	EXPECT_EQ(0, part(&self->a, 0).used);
	EXPECT_EQ(4 * MIB, part(&self->a, 1).used);
	EXPECT_EQ(3, which(&self->a));
	/* And in the same order as before. */
	ASSERT_EQ(0, object_create(&self->a, id_of(2), 3 * MIB, NULL));
	EXPECT_EQ(1 * MIB, part(&self->a, 0).used);
	EXPECT_EQ(6 * MIB, part(&self->a, 1).used);
}

#define ROUNDS		300

static int resize_in_turn(void *arg)
{
	struct client *c = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		if (object_create(c, id_of(0), 4400 * KIB, NULL))
			continue;
		object_resize(c, id_of(0), 4500 * KIB, NULL);
		CHECK_EQ(0, object_abort(c, id_of(0)));
	}
	return 0;
}

static int demote_in_turn(void *arg)
{
	struct client *c = arg;
	unsigned int i;

	for (i = 0; i < 10 * ROUNDS; i++)
		if (!object_create(c, id_of(1), 800 * KIB, NULL))
			CHECK_EQ(0, object_abort(c, id_of(1)));
	return 0;
}

/* Whichever part it is counted in when its size changes. */
TEST_F(quotas, demotes_what_is_being_resized)
{
	struct task tasks[2];

	ASSERT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	ASSERT_EQ(0, task_start(&tasks[0], resize_in_turn, &self->a));
	ASSERT_EQ(0, task_start(&tasks[1], demote_in_turn, &self->a));
	EXPECT_EQ(0, task_join(&tasks[0]));
	EXPECT_EQ(0, task_join(&tasks[1]));
	EXPECT_EQ(0, part(&self->a, 0).used);
	EXPECT_EQ(0, part(&self->a, 1).used);
	EXPECT_EQ(0, ns_info(&self->a).used);
}

/* The one that others hold is as good as one that the client holds. */
TEST_F(quotas, held_by_others)
{
	ASSERT_EQ(0, quota_set(&self->a, "a", 5 * MIB));
	ASSERT_EQ(0, make(&self->a, 0, 3 * MIB, false));
	ASSERT_EQ(0, object_hold(&self->b, id_of(0)));
	ASSERT_EQ(0, make(&self->a, 1, 3 * MIB, false));
	EXPECT_EQ(3, which(&self->a));
	ASSERT_EQ(0, object_release(&self->b, id_of(0)));
	EXPECT_EQ(3 * MIB, part(&self->a, 0).evictable);
}

TEST_F(quotas, objects_survive_the_client)
{
	unsigned int i;

	ASSERT_EQ(0, quota_set(&self->b, "b", 5 * MIB));
	ASSERT_EQ(0, make(&self->b, 0, 3 * MIB, false));
	client_close(&self->b);
	EXPECT_EQ(1, which(&self->a));
	EXPECT_EQ(1, quota_list(&self->a, &(struct plasma_quota_info){}, 1));
	for (i = 1; i <= 10; i++)
		ASSERT_EQ(0, make(&self->a, i, 3 * MIB, false));
	EXPECT_EQ(0, which(&self->a) & 1);
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

/* Through hold, demotion and deferred deletion, until nothing is left. */
TEST_F(quotas, counters)
{
	struct plasma_quota_info infos[3];

	ASSERT_EQ(0, quota_set(&self->a, "first", 5 * MIB));
	ASSERT_EQ(2, quota_list(&self->b, infos, 3));
	EXPECT_EQ(CAPACITY - 5 * MIB, infos[0].capacity);
	EXPECT_EQ(0, infos[0].name_len);
	EXPECT_EQ(64, leading(infos[0].name, 64, 0));
	EXPECT_EQ(5 * MIB, infos[1].capacity);
	EXPECT_EQ(5, infos[1].name_len);
	EXPECT_STREQ("first", (char *)infos[1].name);
	EXPECT_EQ(59, leading(infos[1].name + 5, 59, 0));
	EXPECT_EQ(0, infos[1].__reserved);
	EXPECT_EQ(sizeof(infos[2]), leading(&infos[2], sizeof(infos[2]), POISON));

	ASSERT_EQ(0, make(&self->a, 0, 3 * MIB, true));
	ASSERT_EQ(0, make(&self->a, 1, 3 * MIB, true));
	ASSERT_EQ(0, make(&self->a, 2, 1 * MIB, false));
	EXPECT_EQ(3 * MIB, part(&self->b, 0).used);
	EXPECT_EQ(4 * MIB, part(&self->b, 1).used);
	EXPECT_EQ(1, part(&self->b, 1).objects);
	EXPECT_EQ(1 * MIB, part(&self->b, 1).evictable);
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(0)));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(1)));
	ASSERT_EQ(0, object_delete(&self->a, id_of(2)));
	EXPECT_EQ(3 * MIB, part(&self->b, 0).used);
	EXPECT_EQ(3 * MIB, part(&self->b, 1).used);
	ASSERT_EQ(0, object_release(&self->a, id_of(0)));
	ASSERT_EQ(0, object_release(&self->a, id_of(1)));
	ASSERT_EQ(2, quota_list(&self->b, infos, 2));
	EXPECT_EQ(0, infos[0].used);
	EXPECT_EQ(0, infos[0].evictable);
	EXPECT_EQ(0, infos[0].objects);
	EXPECT_EQ(0, infos[1].used);
	EXPECT_EQ(0, infos[1].evictable);
	EXPECT_EQ(0, infos[1].objects);
	EXPECT_EQ(0, ns_info(&self->a).used);
}

/* After the client is gone: two objects, 41.9431 % of 10,000,000 bytes. */
TEST_F(quotas, of_a_client_that_is_gone)
{
	static const __u64 sizes[] = { 3 * MIB, 3 * MIB, 1 * MIB };
	struct plasma_quota_info common;
	struct blob blob = { .metadata = "*", .metadata_size = 1 };
	char percent[16];
	unsigned int i;

	ASSERT_EQ(0, quota_set(&self->b, "b", 5 * MIB));
	for (i = 0; i < 3; i++) {
		blob.size = sizes[i];
		ASSERT_EQ(0, object_create_with(&self->b, id_of(i), &blob, 0, NULL));
		ASSERT_EQ(0, object_seal(&self->b, id_of(i), i < 2 ? 0 : PLASMA_SEAL_RELEASE));
	}
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(0)));
	client_close(&self->b);
	common = part(&self->a, 0);
	EXPECT_EQ(CAPACITY, common.capacity);
	EXPECT_EQ(4 * MIB + 2, common.used);
	snprintf(percent, sizeof(percent), "%.4f", 100.0 * common.used / common.capacity);
	EXPECT_STREQ("41.9431", percent);
	EXPECT_EQ(2, common.objects);
	EXPECT_EQ(4 * MIB + 2, common.evictable);
	EXPECT_EQ(0, common.evictions);
	EXPECT_EQ(1, quota_list(&self->a, &common, 1));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

/* Also of one that was killed, with one of its objects in use by another. */
static int take_quota(void *arg)
{
	struct client *c = arg, mine;

	CHECK_EQ(0, client_join(&mine, c));
	CHECK_EQ(0, quota_set(&mine, "child", 5 * MIB));
	CHECK_EQ(0, make(&mine, 0, 2 * MIB, true));
	CHECK_EQ(0, object_create(&mine, id_of(1), 1 * MIB, NULL));
	CHECK_EQ(0, make(&mine, 2, 2 * MIB, false));
	pause();
	return 0;
}

TEST_F(quotas, of_a_client_that_is_killed)
{
	pid_t pid = spawn(take_quota, &self->a);
	struct plasma_get_entry entry;
	struct plasma_quota_info info;

	ASSERT_EQ(0, object_get(&self->a, id_of(2), PLASMA_FOREVER, &entry));
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	EXPECT_EQ(5, which(&self->a));
	EXPECT_EQ(1, quota_list(&self->a, &info, 1));
	EXPECT_EQ(CAPACITY, info.capacity);
	EXPECT_EQ(4 * MIB, info.used);
	EXPECT_EQ(1, info.objects);
	ASSERT_EQ(0, object_release(&self->a, id_of(2)));
	EXPECT_EQ(2, part(&self->a, 0).objects);
	EXPECT_EQ(0, quota_set(&self->a, "next", 7000000));
}

/* One that wants more than is free in the common part has it evicted, or is refused. */
TEST_F(quotas, makes_room)
{
	unsigned int i;

	for (i = 0; i < 9; i++)
		ASSERT_EQ(0, make(&self->b, i, 1000000, i >= 7));
	ASSERT_EQ(0, quota_set(&self->a, "a", 5000000));
	EXPECT_GE(5000000, part(&self->a, 0).used);
	EXPECT_EQ(0x180, which(&self->a) & 0x180);
	client_close(&self->b);
	ASSERT_EQ(0, client_join(&self->b, &self->a));
	for (i = 20; i < 25; i++)
		ASSERT_EQ(0, make(&self->b, i, 1000000, true));
	EXPECT_EQ(-ENOSPC, make(&self->b, 25, 1, false));
	EXPECT_EQ(0, make(&self->a, 26, 1, false));
}

TEST_F(quotas, no_room_for_one)
{
	ASSERT_EQ(0, make(&self->b, 0, 9000000, true));
	EXPECT_EQ(-ENOSPC, quota_set(&self->a, "a", 5 * MIB));
	EXPECT_EQ(1, quota_list(&self->a, &(struct plasma_quota_info){}, 1));
	EXPECT_EQ(0, quota_set(&self->a, "a", 1000000));
	EXPECT_EQ(1, which(&self->a));
}

/* Put and batch are no other than create, and no eviction means none. */
TEST_F(quotas, of_every_kind_of_creation)
{
	struct plasma_put_entry entries[2] = {};
	void *bytes = mmap(NULL, 1000, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct blob blob = { .data = bytes, .size = 600, .metadata = bytes,
			     .metadata_size = 400 };
	unsigned int i;

	ASSERT_EQ(0, quota_set(&self->a, "a", 1000));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(0), &blob, 0, NULL));
	EXPECT_EQ(1000, part(&self->a, 1).used);
	EXPECT_EQ(-ENOSPC, object_put_with(&self->a, id_of(1), &blob,
					   PLASMA_CREATE_NO_EVICT, NULL));
	blob.size = 601;
	EXPECT_EQ(-EDQUOT, object_put_with(&self->a, id_of(1), &blob, 0, NULL));
	EXPECT_EQ(1, which(&self->a));
	for (i = 0; i < 2; i++) {
		memcpy(entries[i].id, id_of(2 + i).byte, PLASMA_ID_SIZE);
		entries[i].data_ptr = (unsigned long)bytes;
		entries[i].data_size = 500;
	}
	EXPECT_EQ(0, put_batch(&self->a, entries, 2, 0));
	EXPECT_EQ(0xc, which(&self->a));
	ASSERT_EQ(0, object_create(&self->a, id_of(4), 400, NULL));
	EXPECT_EQ(900, part(&self->a, 1).used);
	ASSERT_EQ(0, object_resize(&self->a, id_of(4), 500, NULL));
	EXPECT_EQ(1000, part(&self->a, 1).used);
	EXPECT_EQ(-EDQUOT, object_resize(&self->a, id_of(4), 1001, NULL));
	ASSERT_EQ(0, object_resize(&self->a, id_of(4), 1000, NULL));
	EXPECT_EQ(0x10, which(&self->a));
	EXPECT_EQ(1000, ns_info(&self->a).used);
}

TEST_F(quotas, what_was_there_before_is_common)
{
	ASSERT_EQ(0, make(&self->a, 0, 1000000, false));
	ASSERT_EQ(0, quota_set(&self->a, "a", 5000000));
	EXPECT_EQ(1000000, part(&self->a, 0).used);
	EXPECT_EQ(0, part(&self->a, 1).used);
}

TEST_F(quotas, names)
{
	char name[65] = {};
	struct plasma_quota_set set = { .ns = self->a.ns, .bytes = 1,
					.name_ptr = (unsigned long)name };

	memset(name, 'q', 64);
	EXPECT_EQ(-EINVAL, quota_set(&self->a, "", 1));
	EXPECT_EQ(-ENAMETOOLONG, quota_set(&self->a, name, 1));
	EXPECT_EQ(-EINVAL, quota_set(&self->a, "a\nb", 1));
	set.name_len = ~0U;
	EXPECT_EQ(-ENAMETOOLONG, plasma_ioctl(self->a.fd, PLASMA_IOC_QUOTA_SET, &set));
	set.name_len = 3;
	set.name_ptr = 1;
	EXPECT_EQ(-EFAULT, plasma_ioctl(self->a.fd, PLASMA_IOC_QUOTA_SET, &set));
	name[63] = 0;
	EXPECT_EQ(0, quota_set(&self->a, name, 1));
	EXPECT_EQ(63, part(&self->a, 1).name_len);
	EXPECT_EQ(0, part(&self->a, 1).name[63]);
	/* Two may be called the same. */
	EXPECT_EQ(0, quota_set(&self->b, name, 1));
	EXPECT_EQ(3, quota_list(&self->a, NULL, 0));
}

/* The 70 % are of the namespace's own capacity, and one has nothing to do with another. */
TEST_F(quotas, of_one_namespace)
{
	struct client other;

	ASSERT_EQ(0, quota_set(&self->a, "a", 7000000));
	ASSERT_EQ(0, client_create(&other, 1000));
	EXPECT_EQ(-EDQUOT, quota_set(&other, "a", 701));
	EXPECT_EQ(0, quota_set(&other, "a", 700));
	EXPECT_EQ(2, quota_list(&other, (struct plasma_quota_info[2]) {}, 2));
	client_close(&other);
}

/* A smaller capacity may not take what is given away; a larger one is for all. */
TEST_F(quotas, capacity_changes)
{
	ASSERT_EQ(0, quota_set(&self->a, "a", 5000000));
	ASSERT_EQ(0, make(&self->a, 0, 3000000, false));
	EXPECT_EQ(-ENOSPC, ns_set_capacity(&self->a, 4999999));
	EXPECT_EQ(1, which(&self->a));
	ASSERT_EQ(0, ns_set_capacity(&self->a, 6000000));
	EXPECT_EQ(1000000, part(&self->a, 0).capacity);
	EXPECT_EQ(5000000, part(&self->a, 1).capacity);
	EXPECT_EQ(1, which(&self->a));
	ASSERT_EQ(0, ns_set_capacity(&self->a, 20000000));
	EXPECT_EQ(15000000, part(&self->a, 0).capacity);
}

TEST_HARNESS_MAIN
