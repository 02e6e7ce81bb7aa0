// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once: processes and threads that do what they like with the same few
 * objects, some of them killed at any moment. What somebody holds is always whole and
 * never changes, and in the end nothing is left.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include <kselftest_harness.h>

#include "common.h"

#define CAPACITY	(6 * MIB)
#define IDS		24
#define HOLDS		4

FIXTURE(stress)
{
	struct usage before;
	struct client a;
};

FIXTURE_SETUP(stress)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, CAPACITY));
}

FIXTURE_TEARDOWN(stress)
{
	struct plasma_evict evict;
	struct plasma_ns_info info;

	EXPECT_EQ(0, wait_waiters(&self->a, 0));
	info = ns_info(&self->a);
	EXPECT_EQ(0, info.in_use);
	EXPECT_EQ(info.sealed, info.objects);
	EXPECT_EQ(1, info.clients);
	EXPECT_GE(CAPACITY, info.used);
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	EXPECT_EQ(info.used, evict.out_bytes);
	EXPECT_EQ(info.objects, evict.out_objects);
	info = ns_info(&self->a);
	EXPECT_EQ(0, info.used + info.pages + info.objects + info.sealed + info.names);
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

struct held {
	bool valid;
	struct id id;
	struct plasma_get_entry entry;
	__u64 seed;
};

struct worker {
	struct client *of;	/* whose namespace to join, or */
	struct client *client;	/* the client to share with other threads */
	unsigned int random;
	unsigned int rounds;
	struct held holds[HOLDS];
	unsigned int gets;
};

static unsigned int next(struct worker *w)
{
	w->random = w->random * 1664525 + 1013904223;
	return w->random >> 8;
}

static __u64 any_size(struct worker *w)
{
	switch (next(w) % 8) {
	case 0:
		return 16;
	case 1:
		return 2 * MIB + next(w) % 1000;
	case 2:
		return 4000 + next(w) % 200;
	default:
		return 16 + next(w) % 40000;
	}
}

/* Begins with its seed and size, so that whoever gets it knows what to expect. */
static void write_object(__u8 *at, __u64 size, __u64 seed)
{
	fill(at, size, seed);
	memcpy(at, &seed, 8);
	memcpy(at + 8, &size, 8);
}

static int check_object(struct client *c, const struct plasma_get_entry *entry, __u64 *seed)
{
	const __u8 *at = c->read + entry->offset;
	__u64 size = entry->data_size, said, word, i;

	memcpy(seed, at, 8);
	memcpy(&said, at + 8, 8);
	CHECK_EQ(size, said);
	for (i = 16; i + 8 <= size; i += size > 100000 ? 4096 + 8 : 8) {
		__u8 expected[8];

		/* A word of fill(), without all that come before it. */
		word = (*seed + 1) * 0x9e3779b97f4a7c15ULL +
		       i / 8 * 0xd1342543de82ef95ULL;
		memcpy(expected, &word, 8);
		CHECK_EQ(0, memcmp(at + i, expected, 8));
	}
	return 0;
}

static int make_one(struct worker *w, struct client *c, struct id id)
{
	__u64 size = any_size(w), seed = next(w), offset;
	int ret = object_create(c, id, size, &offset);

	if (ret == -EEXIST || ret == -ENOSPC)
		return 0;
	CHECK_EQ(0, ret);
	if (next(w) % 4 == 0) {
		__u64 larger = any_size(w);

		ret = object_resize(c, id, larger, &offset);
		if (!ret)
			size = larger;
		else
			CHECK_EQ(-ENOSPC, ret);
	}
	write_object(c->write + offset, size, seed);
	switch (next(w) % 5) {
	case 0:
		CHECK_EQ(0, object_abort(c, id));
		return 0;
	case 1:
		CHECK_EQ(0, object_seal(c, id, 0));
		CHECK_EQ(0, object_release(c, id));
		return 0;
	default:
		CHECK_EQ(0, object_seal(c, id, PLASMA_SEAL_RELEASE));
		return 0;
	}
}

static int put_one(struct worker *w, struct client *c, struct id id)
{
	__u64 size = 16 + next(w) % 9000;
	__u8 bytes[16 + 9000];
	int ret;

	write_object(bytes, size, next(w));
	ret = object_put(c, id, bytes, size);
	CHECK(!ret || ret == -EEXIST || ret == -ENOSPC);
	return 0;
}

static int get_one(struct worker *w, struct client *c, struct id id)
{
	struct held *held = &w->holds[next(w) % HOLDS];
	__u64 seed;
	int ret;

	if (held->valid) {
		/* Still what it was. */
		CHECK_EQ(0, check_object(c, &held->entry, &seed));
		CHECK_EQ(held->seed, seed);
		CHECK_EQ(0, object_release(c, held->id));
		held->valid = false;
	}
	ret = object_get(c, id, next(w) % 2 ? in_ms(2) : NOW, &held->entry);
	CHECK(!ret || ret == -ENOENT || ret == -EINPROGRESS);
	if (ret)
		return 0;
	CHECK_EQ(0, check_object(c, &held->entry, &held->seed));
	held->valid = true;
	held->id = id;
	w->gets++;
	return 0;
}

static int look_around(struct worker *w, struct client *c)
{
	struct plasma_object_info infos[4];
	struct plasma_list list = { .count = 4, .entry_size = sizeof(infos[0]),
				    .entries_ptr = (unsigned long)infos };
	struct plasma_get_entry entry;
	__u64 seed;
	struct id id;
	int ret;

	switch (next(w) % 3) {
	case 0:
		while (list.cursor != PLASMA_CURSOR_END) {
			CHECK_EQ(0, object_list(c, &list));
			CHECK(list.out_count <= 4);
		}
		return 0;
	case 1:
		ret = name_lookup(c, "name", &id);
		CHECK(!ret || ret == -ENOENT);
		if (ret || object_get(c, id, NOW, &entry))
			return 0;
		CHECK_EQ(0, check_object(c, &entry, &seed));
		CHECK_EQ(0, object_release(c, id));
		return 0;
	default:
		ret = object_stat(c, id_of(next(w) % IDS), &infos[0]);
		CHECK(!ret || ret == -ENOENT);
		return 0;
	}
}

static int one_round(struct worker *w, struct client *c)
{
	struct id id = id_of(next(w) % IDS);
	struct plasma_evict evict;
	int ret;

	switch (next(w) % 12) {
	case 0:
	case 1:
	case 2:
		return make_one(w, c, id);
	case 3:
	case 4:
		return put_one(w, c, id);
	case 5:
	case 6:
	case 7:
		return get_one(w, c, id);
	case 8:
		ret = object_delete(c, id);
		CHECK(ret == 0 || ret == PLASMA_DELETE_PENDING || ret == -ENOENT);
		return 0;
	case 9:
		CHECK_EQ(0, object_evict(c, next(w) % 50000, &evict));
		return 0;
	case 10:
		ret = name_bind(c, id, "name", PLASMA_NAME_REPLACE);
		CHECK(!ret || ret == -ENOENT || ret == -EPERM);
		return 0;
	default:
		return look_around(w, c);
	}
}

static int work(void *arg)
{
	struct worker *w = arg;
	struct client own, *c = w->client;
	__u64 seed;
	unsigned int i;

	if (!c) {
		CHECK_EQ(0, client_join(&own, w->of));
		c = &own;
	}
	for (i = 0; i < w->rounds; i++)
		CHECK_EQ(0, one_round(w, c));
	CHECK(w->gets > 0);
	for (i = 0; i < HOLDS; i++) {
		if (!w->holds[i].valid)
			continue;
		CHECK_EQ(0, check_object(c, &w->holds[i].entry, &seed));
		CHECK_EQ(w->holds[i].seed, seed);
		CHECK_EQ(0, object_release(c, w->holds[i].id));
	}
	if (c == &own)
		client_close(c);
	return 0;
}

TEST_F(stress, processes)
{
	struct worker worker = { .of = &self->a, .rounds = 700 };
	pid_t pids[4];
	int i;

	for (i = 0; i < 4; i++) {
		worker.random = 1000 + i;
		pids[i] = spawn(work, &worker);
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, reap(pids[i]));
}

TEST_F(stress, threads_of_one_client)
{
	struct worker workers[4];
	struct task tasks[4];
	struct client c;
	int i;

	ASSERT_EQ(0, client_join(&c, &self->a));
	for (i = 0; i < 4; i++) {
		workers[i] = (struct worker){ .client = &c, .random = 2000 + i,
					      .rounds = 700 };
		ASSERT_EQ(0, task_start(&tasks[i], work, &workers[i]));
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, task_join(&tasks[i]));
	EXPECT_EQ(0, ns_info(&self->a).in_use);
	client_close(&c);
}

TEST_F(stress, processes_that_are_killed)
{
	struct worker worker = { .of = &self->a, .rounds = ~0U };
	struct worker survivor = { .of = &self->a, .rounds = 500, .random = 7 };
	pid_t pids[3], last;
	int i;

	last = spawn(work, &survivor);
	for (i = 0; i < 3; i++) {
		worker.random = 3000 + i;
		pids[i] = spawn(work, &worker);
	}
	for (i = 0; i < 20; i++) {
		sleep_ms(5 + i * 7 % 40);
		EXPECT_EQ(-SIGKILL, kill_and_reap(pids[i % 3]));
		worker.random = 4000 + i;
		pids[i % 3] = spawn(work, &worker);
	}
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-SIGKILL, kill_and_reap(pids[i]));
	EXPECT_EQ(0, reap(last));
}

/* One object after the other through as many hands as there are. */
struct relay {
	struct client *of;
	unsigned int number;
	unsigned int of_how_many;
	unsigned int laps;
};

static int run_relay(void *arg)
{
	struct relay *relay = arg;
	struct plasma_get_entry entry;
	struct client c;
	unsigned int lap, at;
	__u64 seed;

	CHECK_EQ(0, client_join(&c, relay->of));
	for (lap = 0; lap < relay->laps; lap++) {
		__u8 bytes[64];

		at = lap * relay->of_how_many + relay->number;
		if (at) {
			CHECK_EQ(0, object_get(&c, id_of(100000 + at - 1), PLASMA_FOREVER,
					       &entry));
			CHECK_EQ(0, check_object(&c, &entry, &seed));
			CHECK_EQ(at - 1, seed);
			CHECK_EQ(0, object_release(&c, id_of(100000 + at - 1)));
			CHECK_EQ(0, object_delete(&c, id_of(100000 + at - 1)));
		}
		write_object(bytes, sizeof(bytes), at);
		CHECK_EQ(0, object_put(&c, id_of(100000 + at), bytes, sizeof(bytes)));
	}
	return 0;
}

TEST_F(stress, relay)
{
	struct relay relay = { .of = &self->a, .of_how_many = 6, .laps = 60 };
	pid_t pids[6];
	int i;

	for (i = 0; i < 6; i++) {
		relay.number = i;
		pids[i] = spawn(run_relay, &relay);
	}
	for (i = 0; i < 6; i++)
		EXPECT_EQ(0, reap(pids[i]));
	EXPECT_EQ(1, ns_info(&self->a).objects);
}

TEST_HARNESS_MAIN
