// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page that a client writes small objects in. It is the client's own and stays in its
 * window, so what is tested is that no sealed object is ever in it, that nobody else
 * sees it, and that it goes.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <kselftest_harness.h>

#include "common.h"

#define SMALL	1000
#define BATCH	24

FIXTURE(scratch)
{
	struct usage before;
	struct client a;	/* the creator */
	struct client b;	/* a reader of the same namespace, and another creator */
};

FIXTURE_SETUP(scratch)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(scratch)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* Made, written and let go of; returns where it was written, or NULL. */
static __u8 *write_one(const struct client *c, struct id id, __u64 size, __u64 seed)
{
	__u64 offset;

	if (object_create(c, id, size, &offset))
		return NULL;
	fill(c->write + offset, size, seed);
	return object_seal(c, id, PLASMA_SEAL_RELEASE) ? NULL : c->write + offset;
}

/* Whether an object reads as it was sealed, for a client that holds none of it before. */
static bool reads_as(const struct client *c, struct id id, __u64 size, __u64 seed)
{
	struct plasma_get_entry entry;
	bool same;

	if (object_get(c, id, NOW, &entry) || entry.data_size != size)
		return false;
	same = matching(c->read + entry.offset, size, seed) == size;
	return !object_release(c, id) && same;
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

TEST_F(scratch, written_again_without_a_fault)
{
	unsigned int i, moved = 0;
	__u8 *first, *at;
	long before;

	first = write_one(&self->a, id_of(0), SMALL, 0);
	ASSERT_NE(NULL, first);
	ASSERT_TRUE(reads_as(&self->b, id_of(0), SMALL, 0));
	before = faults();
	for (i = 1; i < 200; i++) {
		at = write_one(&self->a, id_of(i), i, i);
		ASSERT_NE(NULL, at);
		moved += at != first;
	}
	/* It may have to go in between, on a machine that is very slow. */
	EXPECT_GT(100, moved);
	EXPECT_GT(100, faults() - before);
	for (i = 1; i < 200; i++)
		EXPECT_TRUE(reads_as(&self->b, id_of(i), i, i));
	EXPECT_TRUE(reads_as(&self->b, id_of(0), SMALL, 0));
}

/* Even what was written behind the end of one does not come up in the next. */
TEST_F(scratch, begins_with_zeros)
{
	struct blob blob = { .size = 100 };
	__u64 offset, size;

	for (size = 100; size <= 2000; size += 100) {
		ASSERT_EQ(0, object_create(&self->a, id_of(size), size, &offset));
		EXPECT_EQ(size, leading(self->a.write + offset, size, 0));
		memset(self->a.write + offset, POISON, PAGE);
		ASSERT_EQ(0, object_seal(&self->a, id_of(size), PLASMA_SEAL_RELEASE));
	}
	ASSERT_EQ(0, object_create_with(&self->a, id_of(1), &blob, PLASMA_CREATE_ZERO, &offset));
	EXPECT_EQ(PAGE, leading(self->a.write + offset, PAGE, 0));
	memset(self->a.write + offset, POISON, PAGE);
	ASSERT_EQ(0, object_seal(&self->a, id_of(1), PLASMA_SEAL_RELEASE));
	/* Nor by growing. */
	ASSERT_EQ(0, object_create(&self->a, id_of(2), 100, &offset));
	ASSERT_EQ(0, object_resize(&self->a, id_of(2), 3 * PAGE, &offset));
	EXPECT_EQ(3 * PAGE, leading(self->a.write + offset, 3 * PAGE, 0));
	ASSERT_EQ(0, object_abort(&self->a, id_of(2)));
}

/* A pointer to what was released leads to no sealed object, whatever is done with it. */
TEST_F(scratch, stale_pointers)
{
	__u8 *stale = write_one(&self->a, id_of(0), SMALL, 0);
	unsigned int i;

	ASSERT_NE(NULL, stale);
	for (i = 1; i < 50; i++) {
		poke(stale, POISON);
		poke(stale + SMALL - 1, POISON);
		ASSERT_NE(NULL, write_one(&self->a, id_of(i), SMALL, i));
		poke(stale, POISON);
		EXPECT_TRUE(reads_as(&self->b, id_of(i), SMALL, i));
		EXPECT_TRUE(reads_as(&self->a, id_of(i - 1), SMALL, i - 1));
	}
}

/* Writes whatever there is to write to, with what says that it comes from here. */
struct scribbler {
	volatile __u8 *at;
	volatile bool stop;
	unsigned long rounds;
	int signal;
};

static void scribble(void *arg)
{
	struct scribbler *s = arg;
	unsigned int i;

	while (!s->stop) {
		for (i = 0; i < PAGE; i++)
			s->at[i] = s->rounds;
		__atomic_fetch_add(&s->rounds, 1, __ATOMIC_RELEASE);
	}
}

static int scribble_on(void *arg)
{
	struct scribbler *s = arg;

	s->signal = guarded(scribble, s);
	return 0;
}

static void wait_for_rounds(struct scribbler *s, unsigned int rounds)
{
	unsigned long begin = __atomic_load_n(&s->rounds, __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&s->rounds, __ATOMIC_ACQUIRE) - begin < rounds)
		sched_yield();
}

/* Who writes on, past a seal that releases, writes to nothing that others see. */
TEST_F(scratch, writers_past_the_seal)
{
	struct blob blob = { .size = SMALL, .metadata = "the metadata", .metadata_size = 12 };
	struct scribbler s = {};
	struct plasma_get_entry entry;
	struct task task;
	__u64 offset, sum;
	unsigned int i;

	ASSERT_EQ(0, object_create_with(&self->a, id_of(0), &blob, 0, &offset));
	s.at = self->a.write + offset;
	ASSERT_EQ(0, task_start(&task, scribble_on, &s));
	wait_for_rounds(&s, 1);
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, object_seal(&self->a, id_of(i), PLASMA_SEAL_RELEASE));
		ASSERT_EQ(0, object_get(&self->b, id_of(i), NOW, &entry));
		sum = checksum(self->b.read + entry.offset, SMALL);
		EXPECT_EQ(0, memcmp(self->b.read + entry.offset + SMALL, blob.metadata, 12));
		wait_for_rounds(&s, 2);
		EXPECT_EQ(sum, checksum(self->b.read + entry.offset, SMALL));
		EXPECT_EQ(0, memcmp(self->b.read + entry.offset + SMALL, blob.metadata, 12));
		ASSERT_EQ(0, object_release(&self->b, id_of(i)));
		ASSERT_EQ(0, object_create_with(&self->a, id_of(i + 1), &blob, 0, &offset));
		if (self->a.write + offset == s.at)
			continue;
		/* It was idle for too long, and is another one now. */
		s.stop = true;
		ASSERT_EQ(0, task_join(&task));
		s = (struct scribbler){ .at = self->a.write + offset };
		ASSERT_EQ(0, task_start(&task, scribble_on, &s));
		wait_for_rounds(&s, 1);
	}
	s.stop = true;
	ASSERT_EQ(0, task_join(&task));
}

/* Who holds the object on is stopped, and reads by the same pointer what was sealed. */
TEST_F(scratch, writers_that_hold)
{
	struct blob blob = { .size = SMALL, .metadata = "the metadata", .metadata_size = 12 };
	struct plasma_get_entry entry;
	unsigned int i;
	__u64 offset;

	ASSERT_NE(NULL, write_one(&self->a, id_of(1000), SMALL, 0));
	for (i = 0; i < 30; i++) {
		struct scribbler s = {};
		struct task task;

		ASSERT_EQ(0, object_create_with(&self->a, id_of(i), &blob, 0, &offset));
		s.at = self->a.write + offset;
		ASSERT_EQ(0, task_start(&task, scribble_on, &s));
		wait_for_rounds(&s, 1);
		ASSERT_EQ(0, object_seal(&self->a, id_of(i), 0));
		ASSERT_EQ(0, task_join(&task));
		EXPECT_EQ(-SIGBUS, s.signal);
		EXPECT_EQ(-SIGBUS, poke(self->a.write + offset, 1));
		ASSERT_EQ(0, object_get(&self->b, id_of(i), NOW, &entry));
		EXPECT_EQ(0, memcmp(self->a.write + offset, self->b.read + entry.offset,
				    SMALL + 12));
		EXPECT_EQ(PAGE - SMALL - 12, leading(self->a.write + offset + SMALL + 12,
						     PAGE - SMALL - 12, 0));
		EXPECT_EQ(-SIGBUS, poke(self->a.write + offset, 1));
		ASSERT_EQ(0, object_release(&self->b, id_of(i)));
		ASSERT_EQ(0, object_release(&self->a, id_of(i)));
		ASSERT_NE(NULL, write_one(&self->a, id_of(1001 + i), SMALL, i));
	}
}

/* A seal that fails for its name's sake leaves the object as it was, to be written. */
TEST_F(scratch, a_seal_that_fails)
{
	struct blob blob = { .data = "x", .size = 1, .name = "taken" };
	__u64 offset;

	ASSERT_EQ(0, object_put_with(&self->b, id_of(100), &blob, 0, NULL));
	ASSERT_NE(NULL, write_one(&self->a, id_of(0), SMALL, 0));
	ASSERT_EQ(0, object_create(&self->a, id_of(1), SMALL, &offset));
	fill(self->a.write + offset, SMALL, 1);
	EXPECT_EQ(-EEXIST, object_seal_named(&self->a, id_of(1), PLASMA_SEAL_RELEASE, "taken"));
	EXPECT_EQ(SMALL, matching(self->a.write + offset, SMALL, 1));
	fill(self->a.write + offset, SMALL, 2);
	EXPECT_EQ(0, object_seal_named(&self->a, id_of(1), PLASMA_SEAL_RELEASE, "free"));
	EXPECT_TRUE(reads_as(&self->b, id_of(1), SMALL, 2));
}

/* Neither another client that creates, nor one that reads, nor its own read window. */
static int seen_elsewhere(const struct client *a, const struct client *b, __u64 offset)
{
	CHECK_EQ(-SIGBUS, peek(b->write + offset));
	CHECK_EQ(-SIGBUS, poke(b->write + offset, 1));
	CHECK_EQ(-SIGBUS, peek(b->read + offset));
	CHECK_EQ(-SIGBUS, peek(a->read + offset));
	return 0;
}

TEST_F(scratch, nobody_else_sees_it)
{
	__u64 offset, other;
	__u8 *at;

	at = write_one(&self->a, id_of(0), SMALL, 0);
	ASSERT_NE(NULL, at);
	offset = at - self->a.write;
	EXPECT_EQ(0, seen_elsewhere(&self->a, &self->b, offset));
	ASSERT_EQ(0, object_create(&self->b, id_of(1), SMALL, &other));
	EXPECT_NE(offset, other);
	ASSERT_EQ(0, object_create(&self->a, id_of(2), SMALL, &offset));
	EXPECT_EQ(0, seen_elsewhere(&self->a, &self->b, offset));
	ASSERT_EQ(0, object_seal(&self->a, id_of(2), PLASMA_SEAL_RELEASE));
	EXPECT_EQ(0, seen_elsewhere(&self->a, &self->b, offset));
	ASSERT_EQ(0, object_abort(&self->b, id_of(1)));
}

struct peeper {
	const volatile __u8 *at;
	volatile bool stop;
	unsigned long rounds;
	unsigned long seen;
};

static int peep(void *arg)
{
	struct peeper *p = arg;

	while (!p->stop) {
		p->seen += peek(p->at) != -SIGBUS;
		__atomic_fetch_add(&p->rounds, 1, __ATOMIC_RELEASE);
	}
	return 0;
}

/* Not even for the moment in which the object is sealed and its creator has not let go. */
TEST_F(scratch, nobody_else_ever_sees_it)
{
	const unsigned int rounds = 1000;
	struct peeper p = {};
	struct task task;
	unsigned int i;
	__u8 *at;

	at = write_one(&self->a, id_of(0), SMALL, 0);
	ASSERT_NE(NULL, at);
	p.at = self->b.read + (at - self->a.write);
	ASSERT_EQ(0, task_start(&task, peep, &p));
	for (i = 1; i < rounds || __atomic_load_n(&p.rounds, __ATOMIC_ACQUIRE) < rounds; i++) {
		ASSERT_NE(NULL, write_one(&self->a, id_of(i), SMALL, i));
		ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	}
	p.stop = true;
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(0, p.seen);
}

/* Several at a time have a page each, and all but one are given back. */
TEST_F(scratch, many_at_a_time)
{
	__u64 offset[BATCH];
	unsigned int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < BATCH; i++) {
			ASSERT_EQ(0, object_create(&self->a, id_of(round * BATCH + i), SMALL,
						   &offset[i]));
			fill(self->a.write + offset[i], SMALL, i);
		}
		for (i = 0; i < BATCH; i++)
			ASSERT_EQ(0, object_seal(&self->a, id_of(round * BATCH + i),
						 PLASMA_SEAL_RELEASE));
		for (i = 0; i < BATCH; i++)
			EXPECT_TRUE(reads_as(&self->b, id_of(round * BATCH + i), SMALL, i));
	}
	/* Packed, four to a page; nothing else is occupied. */
	EXPECT_EQ(3 * BATCH / 4, ns_info(&self->a).pages);
}

/* --- its end ------------------------------------------------------------------- */

TEST_F(scratch, goes_by_itself)
{
	__u8 *at = write_one(&self->a, id_of(0), SMALL, 0);

	ASSERT_NE(NULL, at);
	/* For ever, if it did not. */
	while (poke(at, 1) != -SIGBUS)
		sleep_ms(100);
	EXPECT_EQ(-SIGBUS, peek(at));
	ASSERT_NE(NULL, write_one(&self->a, id_of(1), SMALL, 1));
	EXPECT_TRUE(reads_as(&self->b, id_of(1), SMALL, 1));
}

/* With an object that is given up, also before it is made. */
TEST_F(scratch, goes_with_the_aborted)
{
	struct plasma_create *create;
	__u64 offset;
	__u8 *at;

	at = write_one(&self->a, id_of(0), SMALL, 0);
	ASSERT_NE(NULL, at);
	ASSERT_EQ(0, object_create(&self->a, id_of(1), SMALL, &offset));
	at = self->a.write + offset;
	fill(at, SMALL, 1);
	ASSERT_EQ(0, object_abort(&self->a, id_of(1)));
	EXPECT_EQ(-SIGBUS, poke(at, 1));
	EXPECT_EQ(-SIGBUS, peek(at));

	/* Its answer cannot be written. */
	at = write_one(&self->a, id_of(1), SMALL, 0);
	ASSERT_NE(NULL, at);
	create = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, create);
	*create = (struct plasma_create){ .ns = self->a.ns, .data_size = SMALL };
	memcpy(create->id, id_of(2).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(0, mprotect(create, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, plasma_ioctl(self->a.fd, PLASMA_IOC_CREATE, create));
	munmap(create, PAGE);
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(2)));
	EXPECT_EQ(-SIGBUS, poke(at, 1));
}

/* With the client, though its window is still mapped. */
TEST_F(scratch, goes_with_the_close)
{
	struct client c;
	__u8 *at;

	ASSERT_EQ(0, client_join(&c, &self->a));
	at = write_one(&c, id_of(0), SMALL, 0);
	ASSERT_NE(NULL, at);
	close(c.fd);
	EXPECT_EQ(-SIGBUS, peek(at));
	EXPECT_EQ(-SIGBUS, poke(at, 1));
	client_unmap(&c);
	EXPECT_TRUE(reads_as(&self->b, id_of(0), SMALL, 0));
}

TEST_F(scratch, goes_with_the_namespace)
{
	__u64 offset;
	__u8 *at;

	at = write_one(&self->a, id_of(0), SMALL, 0);
	ASSERT_NE(NULL, at);
	ASSERT_EQ(0, object_create(&self->b, id_of(1), SMALL, &offset));
	ASSERT_EQ(0, ns_remove(self->a.fd, self->a.name, PLASMA_NS_REMOVE_FORCE));
	EXPECT_EQ(-SIGBUS, poke(at, 1));
	EXPECT_EQ(-SIGBUS, poke(self->b.write + offset, 1));
}

/* Clients that die with a page, in use or not, while others go on. */
static int write_until_killed(void *arg)
{
	struct client *a = arg, c;
	unsigned int i;

	CHECK_EQ(0, client_join(&c, a));
	for (i = 0;; i++) {
		struct id id = id_of((__u64)getpid() << 32 | i);

		CHECK(write_one(&c, id, SMALL, i));
		CHECK_EQ(0, object_delete(&c, id));
	}
	return 0;
}

TEST_F(scratch, goes_with_the_killed)
{
	unsigned int i;
	pid_t pid;

	for (i = 0; i < 40; i++) {
		pid = spawn(write_until_killed, &self->a);
		ASSERT_NE(NULL, write_one(&self->a, id_of(i + 100), SMALL, i));
		sleep_ms(i % 7);
		EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
		EXPECT_TRUE(reads_as(&self->b, id_of(i + 100), SMALL, i));
	}
}

/* It is taken away while it is written to: the two threads see it end, or not. */
struct stealing {
	struct client *a;
	volatile bool stop;
};

static int steal(void *arg)
{
	struct stealing *s = arg;

	/* Frees all that is kept. */
	while (!s->stop)
		if (file_write("/proc/sys/vm/drop_caches", "2"))
			return 1;
	return 0;
}

TEST_F(scratch, taken_away_at_any_time)
{
	struct stealing s = { .a = &self->a };
	struct task task;
	unsigned int i;

	ASSERT_EQ(0, task_start(&task, steal, &s));
	for (i = 0; i < 500; i++) {
		ASSERT_NE(NULL, write_one(&self->a, id_of(i), SMALL, i));
		ASSERT_TRUE(reads_as(&self->b, id_of(i), SMALL, i));
		ASSERT_EQ(0, object_delete(&self->b, id_of(i)));
	}
	s.stop = true;
	EXPECT_EQ(0, task_join(&task));
}

TEST_HARNESS_MAIN
