// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deletion: at once, when the last user lets go, or out of sight at once.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <kselftest_harness.h>

#include "common.h"

#define SIZE	100000UL

FIXTURE(delete)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(delete)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(delete)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

static struct id id;

static __u64 held(struct client *c)
{
	struct plasma_get_entry entry;

	return object_get(c, id, NOW, &entry) ? ALL : entry.offset;
}

static bool reads(struct client *c, __u64 offset, __u64 seed)
{
	return matching(c->read + offset, SIZE, seed) == SIZE;
}

/* --- what is there ---------------------------------------------------------------- */

TEST_F(delete, many_at_once)
{
	struct plasma_id_entry ids[5];
	struct plasma_delete delete = {
		.ns = self->a.ns, .count = 5, .entry_size = sizeof(ids[0]),
		.entries_ptr = (unsigned long)ids,
	};
	unsigned int i;

	for (i = 0; i < 5; i++)
		memcpy(ids[i].id, id_of(i).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(0, object_put(&self->a, id_of(0), "x", 1));
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, object_hold(&self->b, id_of(1)));
	ASSERT_EQ(0, object_create(&self->b, id_of(2), 1, NULL));
	ASSERT_EQ(0, object_put(&self->a, id_of(4), "x", 1));
	ASSERT_EQ(0, object_hold(&self->a, id_of(4)));
	ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_DELETE, &delete));
	EXPECT_EQ(0, ids[0].status);
	EXPECT_EQ(PLASMA_DELETE_PENDING, ids[1].status);
	EXPECT_EQ(PLASMA_DELETE_PENDING, ids[2].status);
	EXPECT_EQ(-ENOENT, ids[3].status);
	EXPECT_EQ(PLASMA_DELETE_PENDING, ids[4].status);
	/* Once more does no harm. */
	ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_DELETE, &delete));
	EXPECT_EQ(-ENOENT, ids[0].status);
	EXPECT_EQ(PLASMA_DELETE_PENDING, ids[1].status);
	ASSERT_EQ(0, object_release(&self->b, id_of(1)));
	ASSERT_EQ(0, object_release(&self->a, id_of(4)));
	ASSERT_EQ(0, object_seal(&self->b, id_of(2), PLASMA_SEAL_RELEASE));
	EXPECT_EQ(0, ns_info(&self->a).objects);
}

/* Until it is carried out the object is as good as any. */
TEST_F(delete, pending)
{
	struct plasma_object_info info;
	__u64 offset;

	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 1, NULL));
	ASSERT_EQ(0, object_hold(&self->a, id));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id));
	EXPECT_EQ(-EEXIST, object_create(&self->b, id, 1, NULL));
	EXPECT_EQ(-EEXIST, object_put(&self->b, id, "x", 1));
	offset = held(&self->b);
	ASSERT_NE(ALL, offset);
	ASSERT_EQ(0, object_release(&self->a, id));
	EXPECT_TRUE(reads(&self->b, offset, 1));
	ASSERT_EQ(0, object_stat(&self->a, id, &info));
	EXPECT_EQ(PLASMA_OBJECT_DELETE_PENDING, info.flags);
	ASSERT_EQ(0, object_release(&self->b, id));
	EXPECT_EQ(-ENOENT, object_stat(&self->a, id, &info));
	EXPECT_EQ(0, ns_info(&self->a).used);
}

static int hold_and_pause(void *arg)
{
	struct client c;

	CHECK_EQ(0, client_join(&c, arg));
	CHECK_EQ(0, object_hold(&c, id));
	pause();
	return 0;
}

TEST_F(delete, carried_out_by_the_death_of_the_last_user)
{
	pid_t pid;

	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 1, NULL));
	pid = spawn(hold_and_pause, &self->a);
	while (object_refs(&self->a, id) != 1)
		sleep_ms(2);
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id));
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id));
}

/*
 * A delete of another's unsealed object, whose creator then goes, must not be remembered
 * for the next object of that id.
 */
TEST_F(delete, never_hits_a_later_object)
{
	unsigned int round, hide;
	struct client c;

	for (round = 0; round < 6; round++) {
		hide = round & 1;
		ASSERT_EQ(0, client_join(&c, &self->a));
		ASSERT_EQ(0, object_create(&c, id, 10, NULL));
		ASSERT_EQ(PLASMA_DELETE_PENDING, hide ? object_hide(&self->b, id) :
							object_delete(&self->b, id));
		if (round & 2)
			ASSERT_EQ(0, object_abort(&c, id));
		if (round & 4)
			ASSERT_EQ(0, object_seal(&c, id, 0));
		client_close(&c);
		ASSERT_EQ(-ENOENT, object_refs(&self->a, id));

		ASSERT_EQ(0, object_make(&self->a, id, SIZE, round, NULL));
		ASSERT_EQ(0, object_hold(&self->b, id));
		ASSERT_EQ(0, object_release(&self->b, id));
		EXPECT_EQ(0, object_refs(&self->a, id)) TH_LOG("round %u", round);
		ASSERT_EQ(0, object_delete(&self->a, id));
	}
}

/* --- out of sight ------------------------------------------------------------------ */

TEST_F(delete, hide)
{
	struct plasma_object_info info;
	struct plasma_get_entry entry;
	__u64 old, new;

	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 1, NULL));
	ASSERT_EQ(0, name_bind(&self->a, id, "name", 0));
	old = held(&self->b);
	ASSERT_NE(ALL, old);
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->a, id));
	EXPECT_EQ(-ENOENT, object_stat(&self->a, id, &info));
	EXPECT_EQ(-ENOENT, object_get(&self->a, id, NOW, &entry));
	EXPECT_EQ(-ENOENT, object_hide(&self->a, id));
	EXPECT_EQ(-ENOENT, name_bind(&self->a, id, "other", 0));
	EXPECT_EQ(-ENOENT, object_refresh(&self->a, id));
	EXPECT_EQ(0, ns_info(&self->a).names);
	/* Its memory is still in use, and counts. */
	EXPECT_EQ(SIZE, ns_info(&self->a).used);
	EXPECT_EQ(1, ns_info(&self->a).in_use);
	EXPECT_TRUE(reads(&self->b, old, 1));

	/* The id and the name are free at once. */
	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 2, NULL));
	ASSERT_EQ(0, name_bind(&self->a, id, "name", 0));
	new = held(&self->a);
	ASSERT_NE(ALL, new);
	EXPECT_NE(old, new);
	EXPECT_TRUE(reads(&self->a, new, 2));
	EXPECT_TRUE(reads(&self->b, old, 1));
	ASSERT_EQ(0, object_release(&self->b, id));
	EXPECT_EQ(SIZE, ns_info(&self->a).used);
	EXPECT_GT(0, peek(self->b.read + old));
	EXPECT_EQ(1, object_refs(&self->a, id));
	EXPECT_EQ(-ENOENT, object_release(&self->b, id));
}

TEST_F(delete, hide_what_nobody_uses)
{
	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 1, NULL));
	EXPECT_EQ(0, object_hide(&self->a, id));
	EXPECT_EQ(0, ns_info(&self->a).used);
	EXPECT_EQ(-ENOENT, object_hide(&self->a, id));
	/* An unsealed one stays where it is until its creator is done. */
	ASSERT_EQ(0, object_create(&self->a, id, SIZE, NULL));
	EXPECT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->b, id));
	EXPECT_EQ(-EEXIST, object_create(&self->b, id, SIZE, NULL));
	ASSERT_EQ(0, object_seal(&self->a, id, PLASMA_SEAL_RELEASE));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id));
}

/* One client holds two objects of one id: the place tells them apart. */
TEST_F(delete, release_by_place)
{
	__u64 old, new;

	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 1, NULL));
	old = held(&self->b);
	ASSERT_EQ(old, held(&self->b));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->a, id));
	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 2, NULL));
	new = held(&self->b);
	ASSERT_NE(ALL, new);
	EXPECT_EQ(-ENOENT, object_release_at(&self->b, id, new + PAGE));
	EXPECT_EQ(-ENOENT, object_release_at(&self->b, id, ALL));
	EXPECT_EQ(-ENOENT, object_release_at(&self->b, id_of(9), old));
	EXPECT_EQ(-ENOENT, object_release_at(&self->a, id, old));

	/* Of two counts on the old one, one is given back. */
	ASSERT_EQ(0, object_release_at(&self->b, id, old));
	EXPECT_TRUE(reads(&self->b, old, 1));
	EXPECT_TRUE(reads(&self->b, new, 2));
	/* The id alone means the new one. */
	ASSERT_EQ(0, object_release(&self->b, id));
	EXPECT_EQ(0, object_refs(&self->a, id));
	EXPECT_TRUE(reads(&self->b, old, 1));
	EXPECT_EQ(-ENOENT, object_release_at(&self->b, id, new));
	/* And then what is left. */
	ASSERT_EQ(0, object_release(&self->b, id));
	EXPECT_EQ(-ENOENT, object_release_at(&self->b, id, old));
	EXPECT_EQ(SIZE, ns_info(&self->a).used);
	EXPECT_EQ(0, ns_info(&self->a).in_use);
}

TEST_F(delete, release_by_place_in_any_order)
{
	__u64 places[4];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, object_make(&self->a, id, SIZE, i, NULL));
		places[i] = held(&self->b);
		ASSERT_NE(ALL, places[i]);
		ASSERT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->a, id));
	}
	EXPECT_EQ(4 * SIZE, ns_info(&self->a).used);
	EXPECT_EQ(4, ns_info(&self->a).in_use);
	ASSERT_EQ(0, object_release_at(&self->b, id, places[2]));
	ASSERT_EQ(0, object_release_at(&self->b, id, places[0]));
	EXPECT_TRUE(reads(&self->b, places[1], 1));
	EXPECT_TRUE(reads(&self->b, places[3], 3));
	ASSERT_EQ(0, object_release_at(&self->b, id, places[3]));
	EXPECT_EQ(-ENOENT, object_release_at(&self->b, id, places[3]));
	EXPECT_TRUE(reads(&self->b, places[1], 1));
	ASSERT_EQ(0, object_release_at(&self->b, id, places[1]));
	EXPECT_EQ(0, ns_info(&self->a).used);
}

/* Objects of numbers made in this order take the slots that they had, lowest first or not. */
static const unsigned int orders[][3] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
};

static int leave_slots(struct client *c, const unsigned int *order)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		CHECK_EQ(0, object_put(c, id_of(100 + i), "x", 1));
	for (i = 0; i < 3; i++)
		CHECK_EQ(0, object_delete(c, id_of(100 + order[i])));
	return 0;
}

/* An id alone means the newest also of those that are all hidden. */
TEST_F(delete, release_of_hidden_ones_by_id)
{
	unsigned int round, i;

	for (round = 0; round < sizeof(orders) / sizeof(orders[0]); round++) {
		ASSERT_EQ(0, leave_slots(&self->a, orders[round]));
		for (i = 0; i < 3; i++) {
			ASSERT_EQ(0, object_make(&self->a, id, (i + 1) * SIZE, i, NULL));
			ASSERT_NE(ALL, held(&self->b));
			ASSERT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->a, id));
		}
		EXPECT_EQ(6 * SIZE, ns_info(&self->a).used);
		ASSERT_EQ(0, object_release(&self->b, id));
		EXPECT_EQ(3 * SIZE, ns_info(&self->a).used);
		ASSERT_EQ(0, object_release(&self->b, id));
		EXPECT_EQ(SIZE, ns_info(&self->a).used);
		ASSERT_EQ(0, object_release(&self->b, id));
		EXPECT_EQ(0, ns_info(&self->a).used);
	}
}

/* What create and put say is a place as well; arrays of both kinds do the same. */
TEST_F(delete, places_of_create_and_put)
{
	struct plasma_release_entry entries[3] = {};
	struct plasma_release release = {
		.ns = self->a.ns, .count = 3, .entry_size = sizeof(entries[0]),
		.entries_ptr = (unsigned long)entries,
	};
	struct blob blob = { .data = "put", .size = 3 };
	unsigned int i;

	for (i = 0; i < 3; i++)
		memcpy(entries[i].id, id_of(i).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(0, object_create(&self->a, id_of(0), SIZE, &entries[0].offset));
	ASSERT_EQ(0, object_seal(&self->a, id_of(0), 0));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(1), &blob, PLASMA_PUT_HOLD,
				     &entries[1].offset));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(2), &blob, PLASMA_PUT_HOLD, NULL));
	entries[2].offset = entries[1].offset;
	ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_RELEASE, &release));
	EXPECT_EQ(0, entries[0].status);
	EXPECT_EQ(0, entries[1].status);
	EXPECT_EQ(-ENOENT, entries[2].status);
	EXPECT_EQ(1, ns_info(&self->a).in_use);
	release.entry_size = sizeof(entries[0]) - 4;
	EXPECT_EQ(-EINVAL, plasma_ioctl(self->a.fd, PLASMA_IOC_RELEASE, &release));
	release.entry_size = sizeof(entries[0]) + 8;
	EXPECT_EQ(-EINVAL, plasma_ioctl(self->a.fd, PLASMA_IOC_RELEASE, &release));
}

/* A killed client held several objects of one id: all of them go. */
static int hold_two(void *arg)
{
	struct client c;

	CHECK_EQ(0, client_join(&c, arg));
	CHECK_EQ(0, object_hold(&c, id));
	CHECK_EQ(PLASMA_DELETE_PENDING, object_hide(&c, id));
	CHECK_EQ(0, object_make(&c, id, SIZE, 2, NULL));
	CHECK_EQ(0, object_hold(&c, id));
	CHECK_EQ(PLASMA_DELETE_PENDING, object_hide(&c, id));
	CHECK_EQ(0, object_make(&c, id, SIZE, 3, NULL));
	CHECK_EQ(0, object_hold(&c, id));
	CHECK_EQ(0, object_put(&c, id_of(1), "done", 4));
	pause();
	return 0;
}

TEST_F(delete, hidden_ones_of_a_killed_client)
{
	struct plasma_get_entry entry;
	pid_t pid;

	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 1, NULL));
	pid = spawn(hold_two, &self->a);
	ASSERT_EQ(0, object_get(&self->a, id_of(1), PLASMA_FOREVER, &entry));
	EXPECT_EQ(3 * SIZE + 4, ns_info(&self->a).used);
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	EXPECT_EQ(SIZE + 4, ns_info(&self->a).used);
	EXPECT_EQ(0, object_refs(&self->a, id));
}

/* Hidden objects are listed by nobody, and no get finds them, nor waits for them. */
TEST_F(delete, hidden_ones_are_not_listed)
{
	struct plasma_object_info infos[4];
	struct plasma_list list = {
		.count = 4, .entries_ptr = (unsigned long)infos,
		.entry_size = sizeof(infos[0]),
	};

	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 1, NULL));
	ASSERT_EQ(0, object_hold(&self->b, id));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->a, id));
	ASSERT_EQ(0, object_list(&self->a, &list));
	EXPECT_EQ(0, list.out_count);
	EXPECT_EQ(PLASMA_CURSOR_END, list.cursor);
	ASSERT_EQ(0, object_put(&self->a, id, "x", 1));
	list.cursor = 0;
	ASSERT_EQ(0, object_list(&self->a, &list));
	EXPECT_EQ(1, list.out_count);
	EXPECT_EQ(1, infos[0].data_size);
}

/* --- stat: metadata, and what was evicted ------------------------------------------- */

static int stat_with(struct client *c, __u32 flags, struct plasma_object_info *info,
		     void *metadata, __u32 len)
{
	struct plasma_stat stat = {
		.ns = c->ns, .flags = flags, .info_size = sizeof(*info),
		.info_ptr = (unsigned long)info, .metadata_ptr = (unsigned long)metadata,
		.metadata_len = len,
	};

	memset(info, POISON, sizeof(*info));
	memcpy(stat.id, id.byte, PLASMA_ID_SIZE);
	return plasma_ioctl(c->fd, PLASMA_IOC_STAT, &stat);
}

static int come_and_go(void *arg)
{
	static __u8 metadata[1 * MIB];
	struct blob blob = { .metadata = metadata, .metadata_size = sizeof(metadata) };
	struct client *c = arg;
	int i;

	for (i = 0; i < 300; i++) {
		CHECK_EQ(0, object_put_with(c, id, &blob, 0, NULL));
		CHECK_EQ(0, object_delete(c, id));
	}
	return 0;
}

/* All of it or an error, also when the object goes meanwhile. */
TEST_F(delete, stat_metadata_of_what_goes)
{
	static __u8 seen[1 * MIB];
	struct plasma_object_info info;
	struct task task;
	int ret;

	ASSERT_EQ(0, task_start(&task, come_and_go, &self->a));
	while (!task_done(&task)) {
		seen[sizeof(seen) - 1] = POISON;
		ret = stat_with(&self->b, 0, &info, seen, sizeof(seen));
		EXPECT_TRUE(!ret || ret == -ENOENT) TH_LOG("%d", ret);
		if (!ret && info.state == PLASMA_STATE_SEALED)
			EXPECT_EQ(0, seen[sizeof(seen) - 1]);
	}
	EXPECT_EQ(0, task_join(&task));
}

TEST_F(delete, stat_metadata)
{
	static __u8 metadata[9000], seen[10000];
	struct blob blob = { .size = 5000, .metadata = metadata,
			     .metadata_size = sizeof(metadata) };
	struct plasma_object_info info;
	unsigned int sealed;

	fill(metadata, sizeof(metadata), 3);
	ASSERT_EQ(0, object_create_with(&self->a, id, &blob, 0, NULL));
	for (sealed = 0; sealed < 2; sealed++) {
		memset(seen, POISON, sizeof(seen));
		ASSERT_EQ(0, stat_with(&self->b, 0, &info, seen, sizeof(seen)));
		EXPECT_EQ(sealed ? PLASMA_STATE_SEALED : PLASMA_STATE_CREATED, info.state);
		EXPECT_EQ(9000, info.metadata_size);
		EXPECT_EQ(0, memcmp(seen, metadata, 9000));
		EXPECT_EQ(1000, leading(seen + 9000, 1000, POISON));
		memset(seen, POISON, sizeof(seen));
		ASSERT_EQ(0, stat_with(&self->b, 0, &info, seen, 10));
		EXPECT_EQ(9000, info.metadata_size);
		EXPECT_EQ(0, memcmp(seen, metadata, 10));
		EXPECT_EQ(100, leading(seen + 10, 100, POISON));
		ASSERT_EQ(0, stat_with(&self->b, 0, &info, NULL, 0));
		EXPECT_EQ(-EFAULT, stat_with(&self->b, 0, &info, (void *)1, 10));
		if (!sealed) {
			/* A new size of the data is nothing to the metadata. */
			ASSERT_EQ(0, object_resize(&self->a, id, 100000, NULL));
			ASSERT_EQ(0, stat_with(&self->b, 0, &info, seen, sizeof(seen)));
			EXPECT_EQ(0, memcmp(seen, metadata, 9000));
			ASSERT_EQ(0, object_seal(&self->a, id, 0));
		}
	}
	/* No metadata, nothing written. */
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->a, id));
	ASSERT_EQ(0, object_put(&self->a, id, "x", 1));
	memset(seen, POISON, sizeof(seen));
	ASSERT_EQ(0, stat_with(&self->b, 0, &info, seen, sizeof(seen)));
	EXPECT_EQ(sizeof(seen), leading(seen, sizeof(seen), POISON));
}

TEST_F(delete, stat_evicted)
{
	struct plasma_object_info info;
	struct plasma_evict evict;
	struct client other;

	EXPECT_EQ(-ENOENT, stat_with(&self->a, PLASMA_STAT_EVICTED, &info, NULL, 0));
	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 1, NULL));
	ASSERT_EQ(0, object_delete(&self->a, id));
	EXPECT_EQ(-ENOENT, stat_with(&self->a, PLASMA_STAT_EVICTED, &info, NULL, 0));

	ASSERT_EQ(0, object_make(&self->a, id, SIZE, 1, NULL));
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	EXPECT_EQ(-ENOENT, stat_with(&self->b, 0, &info, NULL, 0));
	ASSERT_EQ(0, stat_with(&self->b, PLASMA_STAT_EVICTED, &info, NULL, 0));
	EXPECT_EQ(PLASMA_STATE_EVICTED, info.state);
	EXPECT_TRUE(id_equal(info.id, &id));
	EXPECT_EQ(0, info.data_size);
	EXPECT_EQ(0, info.metadata_size);
	EXPECT_EQ(0, info.create_time_ns);
	EXPECT_EQ(0, info.refs);
	EXPECT_EQ(0, info.name_len);
	/* It is absent all the same. */
	EXPECT_EQ(-ENOENT, object_hold(&self->b, id));

	/* In its own namespace only, and only while there is no other of its id. */
	ASSERT_EQ(0, client_create(&other, 0));
	EXPECT_EQ(-ENOENT, stat_with(&other, PLASMA_STAT_EVICTED, &info, NULL, 0));
	client_close(&other);
	ASSERT_EQ(0, object_create(&self->a, id, 1, NULL));
	ASSERT_EQ(0, stat_with(&self->b, PLASMA_STAT_EVICTED, &info, NULL, 0));
	EXPECT_EQ(PLASMA_STATE_CREATED, info.state);
	ASSERT_EQ(0, object_seal(&self->a, id, PLASMA_SEAL_RELEASE));
	ASSERT_EQ(0, stat_with(&self->b, PLASMA_STAT_EVICTED, &info, NULL, 0));
	EXPECT_EQ(PLASMA_STATE_SEALED, info.state);
	/* Deleted since, it is no longer an evicted one. */
	ASSERT_EQ(0, object_delete(&self->a, id));
	EXPECT_EQ(-ENOENT, stat_with(&self->a, PLASMA_STAT_EVICTED, &info, NULL, 0));
}

TEST_HARNESS_MAIN
