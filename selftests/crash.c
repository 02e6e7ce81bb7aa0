// SPDX-License-Identifier: GPL-2.0-only
/*
 * A crash costs nothing: round after round a client that does random work is killed at a
 * random moment, while others look at what they hold. Every hundred rounds all that is
 * left must be what the survivors hold: objects, references, bytes, names, quotas, slab
 * objects, charged memory.
 *
 * TEST_CRASH_ROUNDS says how many rounds, TEST_SEED what they do. A round does the same
 * things for the same seed, though when the kill hits is up to the scheduler.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/stat.h>

#include <kselftest_harness.h>

#include "actor.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	7200

#define CAPACITY	(12 * MIB)
#define VICTIMS		2
#define SURVIVORS	2
#define ROUNDS		300
#define ROUNDS_AT_ONCE	100
#define GROUP		"/sys/fs/cgroup/plasma-crash"
#define DROP_CACHES	"/proc/sys/vm/drop_caches"

struct report {
	unsigned int count;
	struct {
		struct id id;
		__u64 offset;
		__u64 size;
	} hold[ACTOR_HOLDS];
};

struct survivor {
	const struct client *of;
	unsigned int number;
	__u64 seed;
	pid_t pid;
	int orders[2];
	int answers[2];
	struct report report;
};

struct scene {
	struct client a;
	struct survivor survivors[SURVIVORS];
	pid_t victims[VICTIMS];
	__u64 seed;
	__u64 random;
	unsigned int round;
	bool group;
	struct plasma_query before;
	long long objects_before;
	long long holds_before;
};

static __u64 number_from(const char *variable, __u64 otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* --- who survives ---------------------------------------------------------------------- */

static void tell(struct actor *a, struct report *report)
{
	unsigned int i;

	memset(report, 0, sizeof(*report));
	for (i = 0; i < ACTOR_HOLDS; i++) {
		struct actor_hold *hold = &a->holds[i];

		/* What is exported counts like a client that holds it: it is kept apart. */
		if (!hold->valid || hold->fd >= 0)
			continue;
		report->hold[report->count].id = hold->id;
		report->hold[report->count].offset = hold->entry.offset;
		report->hold[report->count++].size = hold->entry.data_size +
						     hold->entry.metadata_size;
	}
}

static int drop_exports(struct actor *a)
{
	unsigned int i;

	for (i = 0; i < ACTOR_HOLDS; i++) {
		if (!a->holds[i].valid || a->holds[i].fd < 0)
			continue;
		close(a->holds[i].fd);
		a->holds[i].fd = -1;
		a->holds[i].valid = false;
	}
	return 0;
}

/* Orders: 'r' to report and stand still, then 'g' to go on, or 'e' to end. */
static int survive(void *arg)
{
	struct survivor *s = arg;
	struct actor a;
	struct report report;
	char order = 'g';
	ssize_t n;

	CHECK_EQ(0, actor_begin(&a, s->of, s->number, s->seed, ACTOR_READS));
	CHECK_EQ(0, fcntl(s->orders[0], F_SETFL, O_NONBLOCK));
	while (order != 'e') {
		CHECK_EQ(0, actor_step(&a));
		n = read(s->orders[0], &order, 1);
		if (n < 0 && errno == EAGAIN)
			continue;
		CHECK_EQ(1, n);
		CHECK_EQ(0, drop_exports(&a));
		tell(&a, &report);
		CHECK_EQ(sizeof(report), write(s->answers[1], &report, sizeof(report)));
		CHECK_EQ(0, fcntl(s->orders[0], F_SETFL, 0));
		CHECK_EQ(1, read(s->orders[0], &order, 1));
		CHECK_EQ(0, fcntl(s->orders[0], F_SETFL, O_NONBLOCK));
		CHECK_EQ(0, actor_check_holds(&a));
	}
	return actor_end(&a);
}

static int start_survivor(struct scene *scene, unsigned int i)
{
	struct survivor *s = &scene->survivors[i];

	s->of = &scene->a;
	s->number = 1000000 + i;
	s->seed = scene->seed + s->number;
	CHECK_EQ(0, pipe2(s->orders, O_CLOEXEC));
	CHECK_EQ(0, pipe2(s->answers, O_CLOEXEC));
	s->pid = spawn(survive, s);
	CHECK(s->pid > 0);
	return 0;
}

static int ask(struct survivor *s)
{
	CHECK_EQ(1, write(s->orders[1], "r", 1));
	CHECK_EQ(sizeof(s->report), read(s->answers[0], &s->report, sizeof(s->report)));
	return 0;
}

static int end_survivor(struct survivor *s)
{
	CHECK_EQ(0, ask(s));
	CHECK_EQ(1, write(s->orders[1], "e", 1));
	CHECK_EQ(0, reap(s->pid));
	return 0;
}

/* --- who does not ---------------------------------------------------------------------- */

struct victim {
	const struct scene *scene;
	unsigned int round;
};

static int be_a_victim(void *arg)
{
	struct victim *v = arg;
	struct actor a;
	char pid[32];

	if (v->scene->group) {
		snprintf(pid, sizeof(pid), "%d", getpid());
		CHECK_EQ(0, file_write(GROUP "/cgroup.procs", pid));
	}
	CHECK_EQ(0, actor_begin(&a, &v->scene->a, v->round, v->scene->seed + v->round, 0));
	for (;;)
		CHECK_EQ(0, actor_step(&a));
}

static int start_victim(struct scene *scene)
{
	struct victim v = { .scene = scene, .round = scene->round };
	pid_t *pid = &scene->victims[scene->round % VICTIMS];

	*pid = spawn(be_a_victim, &v);
	CHECK(*pid > 0);
	return 0;
}

static int end_victim(struct scene *scene, unsigned int round)
{
	pid_t *pid = &scene->victims[round % VICTIMS];

	if (*pid)
		CHECK_EQ(-SIGKILL, kill_and_reap(*pid));
	*pid = 0;
	return 0;
}

/* Mostly in the middle of something, sometimes before it has begun. */
static void live_a_while(struct scene *scene)
{
	__u64 us = random_next(&scene->random) % 30000;
	struct timespec left = { 0, us * 1000 };

	if (us > 1000)
		nanosleep(&left, NULL);
}

/* --- what is left ---------------------------------------------------------------------- */

static long long slab_objects(const char *cache)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", cache);
	if (file_write(path, "1"))
		return -1;
	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/objects", cache);
	return file_number(path);
}

/* Of files: what objects occupy. Small kernel memory is cached by the processors. */
static long long charged(void)
{
	FILE *file = fopen(GROUP "/memory.stat", "r");
	long long value, found = -1;
	char name[64];

	while (file && fscanf(file, "%63s %lld", name, &value) == 2)
		if (!strcmp(name, "file"))
			found = value;
	if (file)
		fclose(file);
	return found;
}

struct expected {
	unsigned int objects;
	unsigned int holds;
	__u64 bytes;
	struct {
		struct id id;
		__u64 offset;
		unsigned int refs;
	} object[SURVIVORS * ACTOR_HOLDS];
};

static void expect_hold(struct expected *e, const struct report *report, unsigned int i,
			bool first)
{
	unsigned int j;

	for (j = 0; j < e->objects; j++)
		if (id_equal(report->hold[i].id.byte, &e->object[j].id) &&
		    e->object[j].offset == report->hold[i].offset)
			break;
	if (j == e->objects) {
		e->object[j].id = report->hold[i].id;
		e->object[j].offset = report->hold[i].offset;
		e->object[j].refs = 0;
		e->bytes += report->hold[i].size;
		e->objects++;
	}
	/* However often a client has got it, it holds it once. */
	e->object[j].refs += first;
	e->holds += first;
}

static void add_up(struct scene *scene, struct expected *e)
{
	unsigned int i, j, k;

	memset(e, 0, sizeof(*e));
	for (i = 0; i < SURVIVORS; i++) {
		struct report *report = &scene->survivors[i].report;

		for (j = 0; j < report->count; j++) {
			bool first = true;

			for (k = 0; k < j; k++)
				if (report->hold[k].offset == report->hold[j].offset)
					first = false;
			expect_hold(e, report, j, first);
		}
	}
}

static bool as_expected(struct scene *scene, const struct expected *e, bool complain_too)
{
	struct plasma_ns_info info = ns_info(&scene->a);
	struct plasma_quota_info quotas[4];
	struct plasma_query store;
	const struct {
		const char *what;
		long long want;
		long long have;
	} figures[] = {
		{ "query", 0, query(scene->a.fd, &store) },
		{ "clients", scene->before.out_clients + 1 + SURVIVORS, store.out_clients },
		{ "namespaces", scene->before.out_namespaces + 1, store.out_namespaces },
		{ "clients here", 1 + SURVIVORS, info.clients },
		{ "waiters", 0, info.waiters },
		{ "objects", e->objects, info.objects },
		{ "sealed", e->objects, info.sealed },
		{ "in_use", e->objects, info.in_use },
		{ "used", e->bytes, info.used },
		{ "quotas", 1, quota_list(&scene->a, quotas, 4) },
	};
	unsigned int i;
	bool good = true;

	for (i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		if (figures[i].want == figures[i].have)
			continue;
		good = false;
		if (complain_too)
			complain(__FILE__, __LINE__, figures[i].what, figures[i].want,
				 figures[i].have);
	}
	return good;
}

/* In the kernel's own time: RCU, delayed closing, what is kept for the next object. */
static bool memory_as_expected(struct scene *scene, const struct expected *e, bool complain_too)
{
	long long objects = slab_objects("plasma_object"), holds = slab_objects("plasma_hold");
	struct plasma_query store;
	long long charge = charged();
	bool good = true;

	CHECK_EQ(0, query(scene->a.fd, &store));
	if (scene->objects_before >= 0 && objects != scene->objects_before + e->objects) {
		good = false;
		if (complain_too)
			complain(__FILE__, __LINE__, "structures of objects",
				 scene->objects_before + e->objects, objects);
	}
	if (scene->holds_before >= 0 && holds != scene->holds_before + e->holds) {
		good = false;
		if (complain_too)
			complain(__FILE__, __LINE__, "structures of holds",
				 scene->holds_before + e->holds, holds);
	}
	if (scene->group &&
	    charge != (long long)(store.out_store_used - scene->before.out_store_used)) {
		good = false;
		if (complain_too)
			complain(__FILE__, __LINE__, "charged bytes", store.out_store_used -
				 scene->before.out_store_used, charge);
	}
	if (!e->objects && store.out_store_used != scene->before.out_store_used)
		good = false;
	return good;
}

static int settle(struct scene *scene, const struct expected *e)
{
	struct plasma_evict evict;
	__u64 end = in_ms(120000);

	/* A victim's last close may still be under way, and it may abort and release. */
	do {
		CHECK_EQ(0, object_evict(&scene->a, ALL, &evict));
		if (as_expected(scene, e, false) && !file_write(DROP_CACHES, "2") &&
		    memory_as_expected(scene, e, false))
			return 0;
		sleep_ms(20);
	} while (now_ns() < end);
	as_expected(scene, e, true);
	memory_as_expected(scene, e, true);
	return 1;
}

/* Objects that were hidden are in no list, but are still there for who holds them. */
static int check_refs(struct scene *scene, const struct expected *e)
{
	struct plasma_object_info infos[SURVIVORS * ACTOR_HOLDS + 1];
	struct plasma_list list = {
		.count = SURVIVORS * ACTOR_HOLDS + 1,
		.entry_size = sizeof(infos[0]),
		.entries_ptr = (unsigned long)infos,
	};
	unsigned int i, j, names = 0;

	CHECK_EQ(0, object_list(&scene->a, &list));
	CHECK_EQ(PLASMA_CURSOR_END, list.cursor);
	CHECK(list.out_count <= e->objects);
	for (i = 0; i < list.out_count; i++) {
		unsigned int refs = 0;

		for (j = 0; j < e->objects; j++)
			if (id_equal(infos[i].id, &e->object[j].id) &&
			    e->object[j].refs == infos[i].refs)
				refs = e->object[j].refs;
		CHECK_EQ(infos[i].refs, refs);
		CHECK_EQ(PLASMA_STATE_SEALED, infos[i].state);
		names += !!infos[i].name_len;
	}
	CHECK_EQ(names, ns_info(&scene->a).names);
	return 0;
}

static int take_stock(struct scene *scene)
{
	struct expected e;
	unsigned int i;

	for (i = 0; i < VICTIMS; i++)
		CHECK_EQ(0, end_victim(scene, i));
	for (i = 0; i < SURVIVORS; i++)
		CHECK_EQ(0, ask(&scene->survivors[i]));
	add_up(scene, &e);
	CHECK_EQ(0, settle(scene, &e));
	CHECK_EQ(0, check_refs(scene, &e));
	fprintf(stderr, "# after %u: %u objects of %llu bytes are held\n", scene->round,
		e.objects, e.bytes);
	for (i = 0; i < SURVIVORS; i++)
		CHECK_EQ(1, write(scene->survivors[i].orders[1], "g", 1));
	return 0;
}

/* --- the rounds ------------------------------------------------------------------------ */

FIXTURE(crash)
{
	struct usage before;
	struct scene scene;
};

FIXTURE_SETUP(crash)
{
	struct scene *s = &self->scene;
	unsigned int i;

	ASSERT_EQ(0, usage_take(&self->before));
	memset(s, 0, sizeof(*s));
	s->seed = number_from("TEST_SEED", now_ns() & 0xffffffff);
	s->random = s->seed;
	s->group = !mkdir(GROUP, 0755) && !access(GROUP "/memory.stat", R_OK);
	s->objects_before = slab_objects("plasma_object");
	s->holds_before = slab_objects("plasma_hold");
	i = device_open();
	ASSERT_EQ(0, query(i, &s->before));
	close(i);
	s->before.out_clients--;
	ASSERT_EQ(0, client_create(&s->a, CAPACITY));
	for (i = 0; i < SURVIVORS; i++)
		ASSERT_EQ(0, start_survivor(s, i));
}

FIXTURE_TEARDOWN(crash)
{
	struct scene *s = &self->scene;
	unsigned int i;

	for (i = 0; i < SURVIVORS; i++)
		EXPECT_EQ(0, end_survivor(&s->survivors[i]));
	client_close(&s->a);
	EXPECT_EQ(0, usage_restored(&self->before));
	if (!s->group)
		return;
	for (i = 0; i < 100 && charged(); i++) {
		file_write(DROP_CACHES, "2");
		sleep_ms(100);
	}
	EXPECT_EQ(0, charged());
	EXPECT_EQ(0, rmdir(GROUP));
}

TEST_F(crash, at_any_moment)
{
	unsigned int rounds = number_from("TEST_CRASH_ROUNDS", ROUNDS);
	struct scene *s = &self->scene;

	fprintf(stderr, "# %u rounds: TEST_SEED=%llu\n", rounds, s->seed);
	for (s->round = 0; s->round < rounds; s->round++) {
		ASSERT_EQ(0, end_victim(s, s->round));
		ASSERT_EQ(0, start_victim(s));
		live_a_while(s);
		if (s->round % ROUNDS_AT_ONCE == ROUNDS_AT_ONCE - 1)
			ASSERT_EQ(0, take_stock(s)) TH_LOG("after round %u", s->round);
	}
	EXPECT_EQ(0, take_stock(s));
}

TEST_HARNESS_MAIN
