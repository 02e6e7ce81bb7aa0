// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gets that wait: for what, until when, and what ends them.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>
#include <liburing.h>
#include <sys/epoll.h>

#include <kselftest_harness.h>

#include "common.h"

FIXTURE(waiting)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(waiting)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(waiting)
{
	EXPECT_EQ(0, wait_waiters(&self->a, 0));
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x80
#endif

#define MOST	64

/* A get in a thread or a child. */
struct getter {
	struct client *client;
	struct plasma_get_entry entries[MOST];
	unsigned int count;
	__u64 deadline;
	__u64 started;
	__u64 ended;
	int ready;
};

static void getter_init(struct getter *getter, struct client *client, unsigned int count,
			__u64 deadline)
{
	unsigned int i;

	memset(getter, 0, sizeof(*getter));
	getter->client = client;
	getter->count = count;
	getter->deadline = deadline;
	memset(getter->entries, POISON, sizeof(getter->entries));
	for (i = 0; i < count; i++)
		memcpy(getter->entries[i].id, id_of(i).byte, PLASMA_ID_SIZE);
}

static int get(void *arg)
{
	struct getter *getter = arg;

	getter->started = now_ns();
	getter->ready = object_get_many(getter->client, getter->entries, getter->count,
					getter->deadline);
	getter->ended = now_ns();
	return 0;
}

/* In a process with a client of its own: all that were asked for must come, in full. */
static int get_all(void *arg)
{
	struct getter *getter = arg;
	struct client c;
	unsigned int i;

	CHECK_EQ(0, client_join(&c, getter->client));
	getter->client = &c;
	get(getter);
	CHECK_EQ(getter->count, getter->ready);
	for (i = 0; i < getter->count; i++) {
		const struct plasma_get_entry *entry = &getter->entries[i];

		CHECK_EQ(0, entry->status);
		CHECK_EQ(entry->data_size,
			 matching(c.read + entry->offset, entry->data_size,
				  entry->data_size));
	}
	return 0;
}

/* Objects of these tests: the bytes follow from the size, the size from the number. */
static __u64 size_of(unsigned int number)
{
	return 100 + number * 1000;
}

static int make(struct client *c, unsigned int number)
{
	return object_make(c, id_of(number), size_of(number), size_of(number), NULL);
}

TEST_F(waiting, get_before_create)
{
	struct getter getter;
	pid_t pid;

	getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
	pid = spawn(get_all, &getter);
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, object_create(&self->a, id_of(0), size_of(0), NULL));
	/* Being created is not enough. */
	sleep_ms(50);
	EXPECT_EQ(1, ns_info(&self->a).waiters);
	ASSERT_EQ(0, object_abort(&self->a, id_of(0)));
	EXPECT_EQ(1, ns_info(&self->a).waiters);
	ASSERT_EQ(0, make(&self->a, 0));
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(0, object_refs(&self->a, id_of(0)));
}

TEST_F(waiting, get_before_seal)
{
	struct getter getter;
	__u64 offset;
	pid_t pid;

	ASSERT_EQ(0, object_create(&self->a, id_of(0), size_of(0), &offset));
	getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
	pid = spawn(get_all, &getter);
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	fill(self->a.write + offset, size_of(0), size_of(0));
	ASSERT_EQ(0, object_seal(&self->a, id_of(0), 0));
	EXPECT_EQ(0, reap(pid));
}

TEST_F(waiting, put_wakes)
{
	struct getter getter;
	static __u8 bytes[100];
	pid_t pid;

	fill(bytes, size_of(0), size_of(0));
	getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
	pid = spawn(get_all, &getter);
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, object_put(&self->b, id_of(0), bytes, size_of(0)));
	EXPECT_EQ(0, reap(pid));
}

struct maker {
	struct client *of;
	unsigned int from;
	unsigned int step;
	unsigned int end;
};

static int make_some(void *arg)
{
	struct maker *maker = arg;
	struct client c;
	unsigned int i;

	CHECK_EQ(0, client_join(&c, maker->of));
	for (i = maker->from; i < maker->end; i += maker->step) {
		CHECK_EQ(0, make(&c, i));
		sleep_ms(5);
	}
	return 0;
}

/* Ten ids by three processes, for three waiting processes; ended by the last one only. */
TEST_F(waiting, many_ids_of_many_processes)
{
	pid_t getters[3], makers[3];
	struct getter getter;
	struct maker maker;
	int i;

	getter_init(&getter, &self->a, 10, PLASMA_FOREVER);
	for (i = 0; i < 3; i++)
		getters[i] = spawn(get_all, &getter);
	ASSERT_EQ(0, wait_waiters(&self->a, 3));
	for (i = 0; i < 3; i++) {
		maker = (struct maker){ &self->a, i, 3, 9 };
		makers[i] = spawn(make_some, &maker);
	}
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, reap(makers[i]));
	EXPECT_EQ(9, ns_info(&self->a).sealed);
	EXPECT_EQ(3, ns_info(&self->a).waiters);
	ASSERT_EQ(0, make(&self->a, 9));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, reap(getters[i]));
	EXPECT_EQ(0, ns_info(&self->a).in_use);
}

/* Only what is waited for wakes. */
TEST_F(waiting, other_ids_do_not_wake)
{
	struct getter getter;
	struct task task;
	int i;

	getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
	ASSERT_EQ(0, task_start(&task, get, &getter));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	for (i = 1; i < 300; i++)
		ASSERT_EQ(0, object_put(&self->b, id_of(i), "x", 1));
	sleep_ms(20);
	EXPECT_FALSE(task_done(&task));
	ASSERT_EQ(0, object_put(&self->b, id_of(0), "x", 1));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(1, getter.ready);
}

TEST_F(waiting, many_waiters_of_one_id)
{
	struct getter getters[16];
	struct task tasks[16];
	int i;

	for (i = 0; i < 16; i++) {
		getter_init(&getters[i], i & 1 ? &self->a : &self->b, 1, PLASMA_FOREVER);
		ASSERT_EQ(0, task_start(&tasks[i], get, &getters[i]));
	}
	ASSERT_EQ(0, wait_waiters(&self->a, 16));
	ASSERT_EQ(0, make(&self->a, 0));
	for (i = 0; i < 16; i++) {
		ASSERT_EQ(0, task_join(&tasks[i]));
		EXPECT_EQ(1, getters[i].ready);
	}
	EXPECT_EQ(2, object_refs(&self->a, id_of(0)));
	/* Eight counts each. */
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(0, object_release(&self->a, id_of(0)));
		EXPECT_EQ(0, object_release(&self->b, id_of(0)));
	}
	EXPECT_EQ(0, object_refs(&self->a, id_of(0)));
	EXPECT_EQ(-ENOENT, object_release(&self->a, id_of(0)));
}

TEST_F(waiting, duplicates_of_a_sealed_object)
{
	struct getter getter;
	int i;

	ASSERT_EQ(0, make(&self->a, 0));
	getter_init(&getter, &self->a, 3, PLASMA_FOREVER);
	for (i = 1; i < 3; i++)
		memcpy(getter.entries[i].id, id_of(0).byte, PLASMA_ID_SIZE);
	get(&getter);
	ASSERT_EQ(3, getter.ready);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, getter.entries[i].status);
		EXPECT_EQ(getter.entries[0].offset, getter.entries[i].offset);
		EXPECT_EQ(0, object_release(&self->a, id_of(0)));
	}
	EXPECT_EQ(-ENOENT, object_release(&self->a, id_of(0)));
}

TEST_F(waiting, duplicates_of_a_missing_object)
{
	struct getter getter;
	struct task task;
	int i;

	getter_init(&getter, &self->a, 5, PLASMA_FOREVER);
	for (i = 2; i < 5; i++)
		memcpy(getter.entries[i].id, id_of(0).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(0, task_start(&task, get, &getter));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, make(&self->b, 0));
	sleep_ms(20);
	EXPECT_FALSE(task_done(&task));
	ASSERT_EQ(0, make(&self->b, 1));
	ASSERT_EQ(0, task_join(&task));
	ASSERT_EQ(5, getter.ready);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, object_release(&self->a, id_of(0)));
	EXPECT_EQ(-ENOENT, object_release(&self->a, id_of(0)));
	EXPECT_EQ(0, object_release(&self->a, id_of(1)));
}

/* A deadline of 0 and one of long ago: look, take, and do not wait. */
TEST_F(waiting, deadlines_that_have_passed)
{
	static const __u64 past[] = { 0, 1, 1000000 };
	struct getter getter;
	unsigned int i;

	ASSERT_EQ(0, make(&self->a, 0));
	ASSERT_EQ(0, object_create(&self->b, id_of(2), 10, NULL));
	for (i = 0; i < ARRAY_SIZE(past); i++) {
		getter_init(&getter, &self->a, 4, past[i]);
		memcpy(getter.entries[3].id, id_of(0).byte, PLASMA_ID_SIZE);
		get(&getter);
		EXPECT_EQ(2, getter.ready);
		EXPECT_EQ(0, getter.entries[0].status);
		EXPECT_EQ(size_of(0), getter.entries[0].data_size);
		EXPECT_EQ(-ENOENT, getter.entries[1].status);
		EXPECT_EQ(-EINPROGRESS, getter.entries[2].status);
		EXPECT_EQ(0, getter.entries[3].status);
		EXPECT_EQ(0, object_release(&self->a, id_of(0)));
		EXPECT_EQ(0, object_release(&self->a, id_of(0)));
		EXPECT_EQ(-ENOENT, object_release(&self->a, id_of(0)));
		EXPECT_EQ(-ENOENT, object_release(&self->a, id_of(2)));
	}
	/* The creator's own unsealed object is not there yet either. */
	getter_init(&getter, &self->b, 3, NOW);
	get(&getter);
	EXPECT_EQ(-EINPROGRESS, getter.entries[2].status);
}

TEST_F(waiting, deadline_in_the_future)
{
	static const unsigned int delays[] = { 1, 10, 100 };
	struct getter getter;
	unsigned int i;

	ASSERT_EQ(0, make(&self->a, 1));
	for (i = 0; i < ARRAY_SIZE(delays); i++) {
		getter_init(&getter, &self->a, 3, in_ms(delays[i]));
		get(&getter);
		/* Never early; and what there was is held. */
		EXPECT_LE(getter.deadline, getter.ended);
		EXPECT_EQ(1, getter.ready);
		EXPECT_EQ(-ENOENT, getter.entries[0].status);
		EXPECT_EQ(0, getter.entries[1].status);
		EXPECT_EQ(-ENOENT, getter.entries[2].status);
		EXPECT_EQ(1, object_refs(&self->b, id_of(1)));
		EXPECT_EQ(0, object_release(&self->a, id_of(1)));
	}
	EXPECT_EQ(0, ns_info(&self->a).waiters);
}

static int get_until(void *arg)
{
	struct getter getter;
	struct client c;

	CHECK_EQ(0, client_join(&c, arg));
	getter_init(&getter, &c, 1, in_ms(500));
	get(&getter);
	CHECK_EQ(-ENOENT, getter.entries[0].status);
	CHECK(getter.deadline <= getter.ended);
	client_close(&c);
	return 0;
}

/* Children of this process see a clock that differs by so many seconds. */
static int in_time_namespace(struct client *c, const char *offset)
{
	if (unshare(CLONE_NEWTIME))
		return -errno;
	CHECK_EQ(0, file_write("/proc/self/timens_offsets", offset));
	return reap(spawn(get_until, c));
}

static int ahead(void *arg)
{
	return -in_time_namespace(arg, "monotonic 86400 0");
}

static int behind(void *arg)
{
	return -in_time_namespace(arg, "monotonic -1 0");
}

/* A deadline is of the clock that the caller sees. */
TEST_F(waiting, time_namespaces)
{
	int ret = reap(spawn(ahead, &self->a));

	if (ret == EINVAL)
		SKIP(return, "no time namespaces");
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, reap(spawn(behind, &self->a)));
}

TEST_F(waiting, sixty_ids_by_a_deadline)
{
	struct getter getter;
	unsigned int i;

	for (i = 0; i < 60; i += 2)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "x", 1));
	getter_init(&getter, &self->a, 60, in_ms(30));
	get(&getter);
	EXPECT_EQ(30, getter.ready);
	for (i = 0; i < 60; i++)
		EXPECT_EQ(i & 1 ? -ENOENT : 0, getter.entries[i].status);
	EXPECT_EQ(30, ns_info(&self->a).in_use);
}

/* What comes during the wait but not all: still there at the deadline. */
TEST_F(waiting, partly_by_the_deadline)
{
	struct getter getter;
	struct task task;
	unsigned int ms;
	int made;

	/* On a busy machine the time may be over before the object is made. */
	for (ms = 200;; ms *= 2) {
		getter_init(&getter, &self->a, 2, in_ms(ms));
		ASSERT_EQ(0, task_start(&task, get, &getter));
		while (!task_done(&task) && !ns_info(&self->b).waiters)
			sleep_ms(1);
		made = make(&self->b, 0);
		ASSERT_EQ(0, task_join(&task));
		ASSERT_EQ(0, made);
		EXPECT_LE(getter.deadline, getter.ended);
		if (getter.ready || ms > 60000)
			break;
		ASSERT_EQ(0, object_delete(&self->b, id_of(0)));
	}
	EXPECT_EQ(1, getter.ready);
	EXPECT_EQ(0, getter.entries[0].status);
	EXPECT_EQ(-ENOENT, getter.entries[1].status);
	EXPECT_EQ(0, object_release(&self->a, id_of(0)));
}

TEST_F(waiting, nothing_to_wait_for)
{
	struct plasma_query limits;
	struct getter getter;

	EXPECT_EQ(0, object_get_many(&self->a, NULL, 0, PLASMA_FOREVER));
	ASSERT_EQ(0, query(self->a.fd, &limits));
	getter_init(&getter, &self->a, 1, NOW);
	getter.count = limits.out_batch_max + 1;
	get(&getter);
	EXPECT_EQ(-E2BIG, getter.ready);
	getter.count = ~0U;
	get(&getter);
	EXPECT_EQ(-E2BIG, getter.ready);
}

/* As many at once as a batch may have. */
TEST_F(waiting, a_full_batch)
{
	struct plasma_get_entry *entries;
	struct plasma_query limits;
	unsigned int i, right = 0;

	ASSERT_EQ(0, query(self->a.fd, &limits));
	ASSERT_LE(64, limits.out_batch_max);
	entries = calloc(limits.out_batch_max, sizeof(*entries));
	for (i = 0; i < limits.out_batch_max; i++)
		memcpy(entries[i].id, id_of(i % 3).byte, PLASMA_ID_SIZE);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, make(&self->a, i));
	ASSERT_EQ(limits.out_batch_max,
		  object_get_many(&self->b, entries, limits.out_batch_max, PLASMA_FOREVER));
	for (i = 0; i < limits.out_batch_max; i++)
		right += entries[i].status == 0 && entries[i].data_size == size_of(i % 3);
	EXPECT_EQ(limits.out_batch_max, right);
	EXPECT_EQ(1, object_refs(&self->a, id_of(0)));
	free(entries);
}

static volatile sig_atomic_t signals;

static void count_signal(int signal_number)
{
	(void)signal_number;
	signals++;
}

/* Two ids, the first of them there: interrupted, it is not held. */
TEST_F(waiting, signal_without_restart)
{
	struct sigaction action = { .sa_handler = count_signal };
	struct getter getter;
	struct task task;

	sigaction(SIGUSR1, &action, NULL);
	ASSERT_EQ(0, make(&self->b, 0));
	getter_init(&getter, &self->a, 2, PLASMA_FOREVER);
	ASSERT_EQ(0, task_start(&task, get, &getter));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	while (!task_done(&task)) {
		pthread_kill(task.thread, SIGUSR1);
		sleep_ms(5);
	}
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(-EINTR, getter.ready);
	EXPECT_LT(0, signals);
	EXPECT_EQ(0, object_refs(&self->b, id_of(0)));
	EXPECT_EQ(-ENOENT, object_release(&self->a, id_of(0)));
	EXPECT_EQ(0, ns_info(&self->a).waiters);

	/* The first comes during the wait: the same. */
	ASSERT_EQ(0, object_delete(&self->b, id_of(0)));
	getter_init(&getter, &self->a, 2, PLASMA_FOREVER);
	ASSERT_EQ(0, task_start(&task, get, &getter));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, make(&self->b, 0));
	while (!task_done(&task)) {
		pthread_kill(task.thread, SIGUSR1);
		sleep_ms(5);
	}
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(-EINTR, getter.ready);
	EXPECT_EQ(0, object_refs(&self->b, id_of(0)));
}

TEST_F(waiting, signal_with_restart)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };
	struct getter getter;
	struct task task;
	int i;

	sigaction(SIGUSR1, &action, NULL);
	getter_init(&getter, &self->a, 2, PLASMA_FOREVER);
	ASSERT_EQ(0, task_start(&task, get, &getter));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, pthread_kill(task.thread, SIGUSR1));
		sleep_ms(5);
		if (i == 5)
			ASSERT_EQ(0, make(&self->b, 1));
	}
	EXPECT_LT(0, signals);
	EXPECT_FALSE(task_done(&task));
	ASSERT_EQ(0, make(&self->b, 0));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(2, getter.ready);
	EXPECT_EQ(1, object_refs(&self->b, id_of(0)));
	EXPECT_EQ(1, object_refs(&self->b, id_of(1)));
	/* Held once each, however often it began again. */
	EXPECT_EQ(0, object_release(&self->a, id_of(0)));
	EXPECT_EQ(-ENOENT, object_release(&self->a, id_of(0)));
}

/* The deadline is a point in time: beginning again does not move it. */
TEST_F(waiting, restart_keeps_the_deadline)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };
	struct getter getter;
	struct task task;

	sigaction(SIGUSR1, &action, NULL);
	getter_init(&getter, &self->a, 1, in_ms(300));
	ASSERT_EQ(0, task_start(&task, get, &getter));
	while (!task_done(&task)) {
		pthread_kill(task.thread, SIGUSR1);
		sleep_ms(10);
	}
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(0, getter.ready);
	EXPECT_EQ(-ENOENT, getter.entries[0].status);
	EXPECT_LE(getter.deadline, getter.ended);
}

/* All there: success, whatever signal is on its way. */
TEST_F(waiting, success_beats_a_signal)
{
	struct sigaction action = { .sa_handler = count_signal };
	struct itimerspec often = { .it_value.tv_nsec = 200000,
				    .it_interval.tv_nsec = 200000 };
	struct getter getter;
	timer_t timer;
	int i;

	sigaction(SIGUSR1, &action, NULL);
	ASSERT_EQ(0, make(&self->a, 0));
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &(struct sigevent){
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 }, &timer));
	ASSERT_EQ(0, timer_settime(timer, 0, &often, NULL));
	for (i = 0; i < 500; i++) {
		getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
		get(&getter);
		if (getter.ready != 1)
			break;
		if (object_release(&self->a, id_of(0)))
			break;
	}
	timer_delete(timer);
	EXPECT_EQ(500, i);
}

TEST_F(waiting, stopped_and_continued)
{
	struct getter getter;
	pid_t pid;
	int i;

	getter_init(&getter, &self->a, 2, PLASMA_FOREVER);
	pid = spawn(get_all, &getter);
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, kill(pid, SIGSTOP));
		ASSERT_EQ(0, wait_process_state(pid, 'T'));
		ASSERT_EQ(0, kill(pid, SIGCONT));
		ASSERT_EQ(0, wait_process_state(pid, 'S'));
	}
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(0, wait_process_state(pid, 'T'));
	/* What comes meanwhile is there afterwards. */
	ASSERT_EQ(0, make(&self->a, 0));
	ASSERT_EQ(0, make(&self->a, 1));
	sleep_ms(20);
	ASSERT_EQ(0, kill(pid, SIGCONT));
	EXPECT_EQ(0, reap(pid));
}

/* A stopped creator delays nobody but those who wait for its object. */
struct slow_creator {
	struct client *of;
	struct gate created;
};

static int create_and_pause(void *arg)
{
	struct slow_creator *creator = arg;
	struct client c;
	__u64 offset;

	CHECK_EQ(0, client_join(&c, creator->of));
	CHECK_EQ(0, object_create(&c, id_of(0), size_of(0), &offset));
	gate_open(&creator->created);
	raise(SIGSTOP);
	fill(c.write + offset, size_of(0), size_of(0));
	CHECK_EQ(0, object_seal(&c, id_of(0), 0));
	return 0;
}

TEST_F(waiting, stopped_creator)
{
	struct slow_creator creator = { .of = &self->a };
	struct getter getter;
	pid_t pid, waiter;

	ASSERT_EQ(0, gate_init(&creator.created));
	pid = spawn(create_and_pause, &creator);
	ASSERT_EQ(0, gate_wait(&creator.created));
	ASSERT_EQ(0, wait_process_state(pid, 'T'));
	getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
	waiter = spawn(get_all, &getter);
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, make(&self->b, 1));
	EXPECT_EQ(0, object_hold(&self->a, id_of(1)));
	EXPECT_EQ(-EINPROGRESS, object_hold(&self->a, id_of(0)));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(0, reap(waiter));
}

TEST_F(waiting, waiter_is_killed)
{
	struct getter getter;
	pid_t pid;
	int i;

	ASSERT_EQ(0, make(&self->a, 0));
	for (i = 0; i < 5; i++) {
		getter_init(&getter, &self->a, 2, PLASMA_FOREVER);
		pid = spawn(get_all, &getter);
		ASSERT_EQ(0, wait_waiters(&self->a, 1));
		EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
		ASSERT_EQ(0, wait_waiters(&self->a, 0));
		EXPECT_EQ(0, object_refs(&self->a, id_of(0)));
	}
	/* Nothing in the way of what they waited for. */
	ASSERT_EQ(0, make(&self->a, 1));
	EXPECT_EQ(0, object_hold(&self->b, id_of(1)));
}

static int create_and_sleep(void *arg)
{
	struct slow_creator *creator = arg;
	struct client c;

	CHECK_EQ(0, client_join(&c, creator->of));
	CHECK_EQ(0, object_create(&c, id_of(0), size_of(0), NULL));
	gate_open(&creator->created);
	for (;;)
		pause();
}

TEST_F(waiting, creator_is_killed)
{
	struct slow_creator creator = { .of = &self->a };
	struct getter getter;
	pid_t pid, waiter;

	ASSERT_EQ(0, gate_init(&creator.created));
	pid = spawn(create_and_sleep, &creator);
	ASSERT_EQ(0, gate_wait(&creator.created));
	getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
	waiter = spawn(get_all, &getter);
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	EXPECT_EQ(-EINPROGRESS, object_hold(&self->a, id_of(0)));
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(0)));
	/* The waiter goes on waiting, for whoever makes it next. */
	sleep_ms(50);
	EXPECT_EQ(1, ns_info(&self->a).waiters);
	ASSERT_EQ(0, make(&self->b, 0));
	EXPECT_EQ(0, reap(waiter));
}

/* One thread waits; another does everything else with the same descriptor. */
TEST_F(waiting, threads_do_not_wait_for_each_other)
{
	struct getter getter;
	struct plasma_evict evict;
	struct client d;
	struct task task;
	__u64 offset;
	struct id id;
	int i;

	getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
	ASSERT_EQ(0, task_start(&task, get, &getter));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	for (i = 1; i < 20; i++) {
		ASSERT_EQ(0, object_create(&self->a, id_of(i), 5000, &offset));
		fill(self->a.write + offset, 5000, i);
		ASSERT_EQ(0, object_resize(&self->a, id_of(i), 6000, NULL));
		ASSERT_EQ(0, name_bind(&self->a, id_of(i), "name", PLASMA_NAME_REPLACE));
		ASSERT_EQ(0, object_seal(&self->a, id_of(i), 0));
		ASSERT_EQ(0, object_hold(&self->a, id_of(i)));
		ASSERT_EQ(0, object_release(&self->a, id_of(i)));
		ASSERT_EQ(0, name_lookup(&self->a, "name", &id));
		ASSERT_EQ(0, object_release(&self->a, id_of(i)));
		ASSERT_EQ(0, object_put(&self->a, id_of(100 + i), "x", 1));
		ASSERT_EQ(0, object_delete(&self->a, id_of(100 + i)));
	}
	ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
	EXPECT_EQ(6000, evict.out_bytes);
	ASSERT_EQ(0, client_create(&d, 0));
	client_close(&d);
	EXPECT_FALSE(task_done(&task));
	/* Even the object that is waited for may come from the same client. */
	ASSERT_EQ(0, make(&self->a, 0));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(1, getter.ready);
}

TEST_F(waiting, own_unsealed_object)
{
	struct getter getter;
	struct task task;

	ASSERT_EQ(0, object_create(&self->a, id_of(0), 10, NULL));
	getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
	ASSERT_EQ(0, task_start(&task, get, &getter));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, object_seal(&self->a, id_of(0), PLASMA_SEAL_RELEASE));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(1, getter.ready);
	EXPECT_EQ(1, object_refs(&self->a, id_of(0)));
	EXPECT_EQ(0, object_release(&self->a, id_of(0)));
}

/*
 * Sealed and let go by its creator in one call, with a delete pending or room needed:
 * those who waited for it get it all the same.
 */
TEST_F(waiting, sealed_and_gone)
{
	struct plasma_evict evict;
	struct getter getter;
	struct task task;
	int i;

	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, object_create(&self->b, id_of(0), 10, NULL));
		getter_init(&getter, &self->a, 1, PLASMA_FOREVER);
		ASSERT_EQ(0, task_start(&task, get, &getter));
		ASSERT_EQ(0, wait_waiters(&self->a, 1));
		if (i & 1)
			ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->b, id_of(0)));
		ASSERT_EQ(0, object_seal(&self->b, id_of(0), PLASMA_SEAL_RELEASE));
		ASSERT_EQ(0, object_evict(&self->b, ALL, &evict));
		EXPECT_EQ(0, evict.out_objects);
		ASSERT_EQ(0, task_join(&task));
		ASSERT_EQ(1, getter.ready);
		EXPECT_EQ(1, object_refs(&self->b, id_of(0)));
		ASSERT_EQ(0, object_release(&self->a, id_of(0)));
		object_delete(&self->b, id_of(0));
		EXPECT_EQ(-ENOENT, object_refs(&self->b, id_of(0)));
	}
}

/* Back and forth between two processes, each waiting for the other's next object. */
struct player {
	struct client *of;
	unsigned int first;
};

#define ROUNDS	200

static int play(void *arg)
{
	struct player *player = arg;
	struct plasma_get_entry entry;
	struct client c;
	unsigned int i, round;

	CHECK_EQ(0, client_join(&c, player->of));
	for (i = 0; i < ROUNDS; i++) {
		if (i % 2 == player->first) {
			CHECK_EQ(0, object_put(&c, id_of(i), &i, sizeof(i)));
			continue;
		}
		CHECK_EQ(0, object_get(&c, id_of(i), PLASMA_FOREVER, &entry));
		memcpy(&round, c.read + entry.offset, sizeof(round));
		CHECK_EQ(i, round);
		CHECK_EQ(0, object_release(&c, id_of(i)));
		CHECK_EQ(0, object_delete(&c, id_of(i)));
	}
	return 0;
}

TEST_F(waiting, ping_pong)
{
	struct player players[2] = { { &self->a, 0 }, { &self->a, 1 } };
	pid_t pids[2];

	pids[0] = spawn(play, &players[0]);
	pids[1] = spawn(play, &players[1]);
	EXPECT_EQ(0, reap(pids[0]));
	EXPECT_EQ(0, reap(pids[1]));
	EXPECT_EQ(0, ns_info(&self->a).objects);
}

/* --- some of many ---------------------------------------------------------------- */

struct some {
	struct getter getter;
	__u32 min_ready;
	__u32 flags;
};

static int get_some(void *arg)
{
	struct some *some = arg;

	some->getter.ready = object_get_some(some->getter.client, some->getter.entries,
					     some->getter.count, some->min_ready,
					     some->flags, some->getter.deadline);
	return 0;
}

TEST_F(waiting, some_of_many)
{
	struct some some = { .min_ready = 3 };
	struct task task;
	unsigned int i;

	getter_init(&some.getter, &self->b, 6, PLASMA_FOREVER);
	ASSERT_EQ(0, task_start(&task, get_some, &some));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, make(&self->a, 4));
	ASSERT_EQ(0, make(&self->a, 1));
	sleep_ms(20);
	EXPECT_EQ(1, ns_info(&self->a).waiters);
	ASSERT_EQ(0, object_create(&self->a, id_of(2), 10, NULL));
	ASSERT_EQ(0, make(&self->a, 0));
	ASSERT_EQ(0, task_join(&task));
	ASSERT_EQ(3, some.getter.ready);
	for (i = 0; i < 6; i++) {
		bool ready = i == 0 || i == 1 || i == 4;

		EXPECT_EQ(ready ? 0 : i == 2 ? -EINPROGRESS : -ENOENT,
			  some.getter.entries[i].status) TH_LOG("entry %u", i);
		/* Only what it got is held. */
		if (ready)
			EXPECT_EQ(1, object_refs(&self->a, id_of(i)));
	}
	/* What comes later is nothing to it. */
	ASSERT_EQ(0, make(&self->a, 5));
	EXPECT_EQ(0, object_refs(&self->a, id_of(5)));
}

TEST_F(waiting, some_that_are_there)
{
	struct plasma_get_entry entries[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		memcpy(entries[i].id, id_of(i).byte, PLASMA_ID_SIZE);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, make(&self->a, i));
	/* All that are there, if that is enough: not as few as will do. */
	EXPECT_EQ(3, object_get_some(&self->b, entries, 4, 1, 0, PLASMA_FOREVER));
	EXPECT_EQ(-ENOENT, entries[3].status);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, object_release(&self->b, id_of(i)));
	EXPECT_EQ(3, object_get_some(&self->b, entries, 4, 4, 0, NOW));
	EXPECT_EQ(3, object_get_some(&self->b, entries, 4, 0, 0, in_ms(5)));
	EXPECT_EQ(-EINVAL, object_get_some(&self->b, entries, 4, 5, 0, NOW));
	EXPECT_EQ(-EINVAL, object_get_some(&self->b, entries, 0, 1, 0, NOW));
	EXPECT_EQ(0, object_get_some(&self->b, NULL, 0, 0, 0, PLASMA_FOREVER));
}

/* An id that stands there twice counts twice. */
TEST_F(waiting, some_of_duplicates)
{
	struct some some = { .min_ready = 3 };
	struct task task;
	unsigned int i;

	getter_init(&some.getter, &self->b, 4, PLASMA_FOREVER);
	for (i = 0; i < 3; i++)
		memcpy(some.getter.entries[i].id, id_of(0).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(0, task_start(&task, get_some, &some));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, make(&self->a, 0));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(3, some.getter.ready);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, object_release(&self->b, id_of(0)));
	EXPECT_EQ(-ENOENT, object_release(&self->b, id_of(0)));
}

TEST_F(waiting, without_holding)
{
	struct some some = { .min_ready = 1, .flags = PLASMA_GET_NO_HOLD };
	struct plasma_evict evict;
	struct task task;

	getter_init(&some.getter, &self->b, 3, PLASMA_FOREVER);
	ASSERT_EQ(0, task_start(&task, get_some, &some));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, make(&self->a, 2));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(1, some.getter.ready);
	EXPECT_EQ(0, some.getter.entries[2].status);
	EXPECT_EQ(size_of(2), some.getter.entries[2].data_size);
	EXPECT_EQ(0, object_refs(&self->a, id_of(2)));
	EXPECT_EQ(-ENOENT, object_release(&self->b, id_of(2)));
	EXPECT_EQ(0, ns_info(&self->a).in_use);
	/* Nor does a look keep it. */
	EXPECT_EQ(1, object_get_some(&self->b, some.getter.entries, 3, 0,
				     PLASMA_GET_NO_HOLD, NOW));
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	EXPECT_EQ(1, evict.out_objects);
	EXPECT_EQ(0, object_get_some(&self->b, some.getter.entries, 3, 0,
				     PLASMA_GET_NO_HOLD, NOW));
}

/* To look is not to use: it changes nothing in the order of eviction. */
TEST_F(waiting, without_holding_it_stays_where_it_is)
{
	struct plasma_get_entry entry;
	struct plasma_evict evict;

	ASSERT_EQ(0, make(&self->a, 0));
	ASSERT_EQ(0, make(&self->a, 1));
	memcpy(entry.id, id_of(0).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(1, object_get_some(&self->b, &entry, 1, 0, PLASMA_GET_NO_HOLD, NOW));
	ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
	EXPECT_EQ(size_of(0), evict.out_bytes);
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
}

/* --- by descriptor ---------------------------------------------------------------- */

TEST_F(waiting, pending_fd)
{
	int before = object_pending_fd(&self->b, id_of(0)), after;
	char byte;

	ASSERT_LE(0, before);
	EXPECT_EQ(FD_CLOEXEC, fcntl(before, F_GETFD));
	EXPECT_EQ(0, poll_now(before));
	/* It is not a get that waits, and holds nothing. */
	EXPECT_EQ(0, ns_info(&self->a).waiters);
	ASSERT_EQ(0, object_create(&self->a, id_of(0), size_of(0), NULL));
	EXPECT_EQ(0, poll_now(before));
	ASSERT_EQ(0, object_abort(&self->a, id_of(0)));
	ASSERT_EQ(0, make(&self->a, 1));
	EXPECT_EQ(0, poll_now(before));
	ASSERT_EQ(0, make(&self->a, 0));
	EXPECT_EQ(POLLIN, poll_now(before) & ~POLLRDNORM);
	EXPECT_EQ(0, object_refs(&self->a, id_of(0)));
	after = object_pending_fd(&self->b, id_of(0));
	ASSERT_LE(0, after);
	EXPECT_EQ(POLLIN, poll_now(after) & ~POLLRDNORM);
	/* And so it stays, whatever becomes of the object. */
	ASSERT_EQ(0, object_delete(&self->a, id_of(0)));
	EXPECT_EQ(POLLIN, poll_now(before) & ~POLLRDNORM);
	EXPECT_EQ(POLLIN, poll_now(after) & ~POLLRDNORM);
	EXPECT_GT(0, read(before, &byte, 1));
	EXPECT_GT(0, write(before, &byte, 1));
	close(before);
	close(after);
	after = object_pending_fd(&self->b, id_of(0));
	EXPECT_EQ(0, poll_now(after));
	close(after);
}

static int poll_one(void *arg)
{
	return poll_wait(*(int *)arg);
}

TEST_F(waiting, pending_fd_that_is_polled)
{
	int fd = object_pending_fd(&self->b, id_of(0));
	struct task task;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, task_start(&task, poll_one, &fd));
	sleep_ms(30);
	EXPECT_FALSE(task_done(&task));
	ASSERT_EQ(0, make(&self->b, 0));
	EXPECT_EQ(POLLIN, task_join(&task) & ~POLLRDNORM);
	close(fd);

	/* The client that asked may go meanwhile. */
	fd = object_pending_fd(&self->b, id_of(1));
	ASSERT_LE(0, fd);
	client_close(&self->b);
	ASSERT_EQ(0, make(&self->a, 1));
	EXPECT_EQ(POLLIN, poll_now(fd) & ~POLLRDNORM);
	close(fd);
}

TEST_F(waiting, pending_fds_by_epoll)
{
	struct epoll_event ready[MOST], event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC), fds[MOST];
	unsigned int i, seen = 0;
	int n;

	ASSERT_LE(0, epoll);
	for (i = 0; i < MOST; i++) {
		fds[i] = object_pending_fd(&self->b, id_of(i));
		ASSERT_LE(0, fds[i]);
		event.data.u32 = i;
		ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event));
	}
	EXPECT_EQ(0, epoll_wait(epoll, ready, MOST, 0));
	for (i = 0; i < MOST; i += 2) {
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "x", 1));
		n = epoll_wait(epoll, ready, MOST, -1);
		ASSERT_EQ(1, n);
		EXPECT_EQ(i, ready[0].data.u32);
		EXPECT_EQ(EPOLLIN, ready[0].events);
		seen++;
	}
	EXPECT_EQ(MOST / 2, seen);
	EXPECT_EQ(0, epoll_wait(epoll, ready, MOST, 0));
	for (i = 0; i < MOST; i++)
		close(fds[i]);
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	close(epoll);
}

TEST_F(waiting, pending_fd_by_io_uring)
{
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	int fds[2], ret;

	ret = io_uring_queue_init(8, &ring, 0);
	if (ret)
		SKIP(return, "no io_uring here: %s", strerror(-ret));
	fds[0] = object_pending_fd(&self->b, id_of(0));
	fds[1] = object_pending_fd(&self->b, id_of(1));
	ASSERT_LE(0, fds[0]);
	ASSERT_LE(0, fds[1]);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_poll_add(sqe, fds[0], POLLIN);
	sqe->user_data = 10;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_poll_add(sqe, fds[1], POLLIN);
	sqe->user_data = 11;
	ASSERT_EQ(2, io_uring_submit(&ring));
	EXPECT_EQ(-EAGAIN, io_uring_peek_cqe(&ring, &cqe));
	ASSERT_EQ(0, make(&self->a, 1));
	ASSERT_EQ(0, io_uring_wait_cqe(&ring, &cqe));
	EXPECT_EQ(11, cqe->user_data);
	EXPECT_EQ(POLLIN, cqe->res);
	io_uring_cqe_seen(&ring, cqe);
	EXPECT_EQ(-EAGAIN, io_uring_peek_cqe(&ring, &cqe));
	/* The other is still under way when all is closed. */
	close(fds[0]);
	close(fds[1]);
	io_uring_queue_exit(&ring);
}

TEST_F(waiting, pending_fd_and_removal)
{
	int fds[3], removed[2];
	struct task task;
	struct client c;

	ASSERT_EQ(0, client_create(&c, 0));
	fds[0] = object_pending_fd(&c, id_of(0));
	ASSERT_EQ(0, make(&c, 1));
	fds[1] = object_pending_fd(&c, id_of(1));
	ASSERT_EQ(0, task_start(&task, poll_one, &fds[0]));
	ASSERT_EQ(0, ns_remove(c.fd, c.name, PLASMA_NS_REMOVE_FORCE));
	EXPECT_TRUE(task_join(&task) & POLLHUP);
	removed[0] = poll_now(fds[0]);
	removed[1] = poll_now(fds[1]);
	EXPECT_EQ(POLLHUP, removed[0] & ~POLLRDNORM);
	EXPECT_EQ(POLLHUP | POLLIN, removed[1] & ~POLLRDNORM);
	fds[2] = object_pending_fd(&c, id_of(2));
	EXPECT_EQ(-EIDRM, fds[2]);
	close(fds[0]);
	close(fds[1]);
	client_close(&c);
}

TEST_HARNESS_MAIN
