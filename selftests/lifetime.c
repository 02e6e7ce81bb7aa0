// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a client is and what it leaves: descriptors that are copied, inherited, passed
 * on and closed, windows that outlive them, and processes that are killed. In the end
 * all is as it was before.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <kselftest_harness.h>

#include "common.h"

FIXTURE(lifetime)
{
	struct usage before;
	struct client a;	/* keeps the namespace, and looks on */
};

FIXTURE_SETUP(lifetime)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
}

FIXTURE_TEARDOWN(lifetime)
{
	EXPECT_EQ(0, wait_waiters(&self->a, 0));
	EXPECT_EQ(0, ns_info(&self->a).in_use);
	EXPECT_EQ(ns_info(&self->a).sealed, ns_info(&self->a).objects);
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

TEST_F(lifetime, dup)
{
	struct client c, copy;

	ASSERT_EQ(0, client_join(&c, &self->a));
	copy = c;
	copy.fd = dup(c.fd);
	ASSERT_EQ(0, object_create(&c, id_of(1), 100, NULL));
	ASSERT_EQ(0, object_put(&c, id_of(2), "x", 1));
	ASSERT_EQ(0, object_hold(&c, id_of(2)));
	close(c.fd);
	c.fd = -1;
	/* The same client: it goes on with what the other had. */
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, object_seal(&copy, id_of(1), 0));
	EXPECT_EQ(0, object_release(&copy, id_of(1)));
	EXPECT_EQ(0, object_release(&copy, id_of(2)));
	client_close(&copy);
}

TEST_F(lifetime, close_gives_everything_back)
{
	struct client c;
	unsigned int i;

	ASSERT_EQ(0, client_join(&c, &self->a));
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, object_create(&c, id_of(i), 3000, NULL));
		if (i % 3 == 0)
			ASSERT_EQ(0, object_seal(&c, id_of(i), 0));
		if (i % 6 == 0)
			ASSERT_EQ(0, object_hold(&c, id_of(i)));
		if (i % 9 == 0)
			ASSERT_EQ(PLASMA_DELETE_PENDING,
				  object_delete(&self->a, id_of(i)));
	}
	EXPECT_EQ(2, ns_info(&self->a).clients);
	client_close(&c);
	EXPECT_EQ(1, ns_info(&self->a).clients);
	for (i = 0; i < 50; i++)
		EXPECT_EQ(i % 3 == 0 && i % 9 ? 0 : -ENOENT,
			  object_refs(&self->a, id_of(i)));
}

/* Windows keep what is held; what is not sealed goes with the last descriptor. */
TEST_F(lifetime, windows_after_the_close)
{
	struct plasma_get_entry entry;
	__u64 unsealed, own;
	struct client c;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, object_make(&self->a, id_of(1), 3 * MIB, 1, NULL));
	ASSERT_EQ(0, object_get(&c, id_of(1), NOW, &entry));
	ASSERT_EQ(0, object_create(&c, id_of(2), 3 * MIB, &unsealed));
	memset(c.write + unsealed, 1, 3 * MIB);
	ASSERT_EQ(0, object_create(&c, id_of(3), 5000, &own));
	fill(c.write + own, 5000, 3);
	ASSERT_EQ(0, object_seal(&c, id_of(3), 0));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(1)));

	close(c.fd);
	c.fd = -1;
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(2)));
	EXPECT_EQ(-SIGBUS, peek(c.write + unsealed));
	EXPECT_EQ(-SIGBUS, poke(c.write + unsealed, 1));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, object_refs(&self->a, id_of(3)));
	EXPECT_EQ(3 * MIB, matching(c.read + entry.offset, 3 * MIB, 1));
	EXPECT_EQ(5000, matching(c.read + own, 5000, 3));
	EXPECT_EQ(-SIGBUS, poke(c.write + own, 1));

	/* With the last mapping the holds go, and with them what was to be deleted. */
	client_unmap(&c);
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, object_refs(&self->a, id_of(3)));
	EXPECT_EQ(1, ns_info(&self->a).clients);
}

/* The read window goes last, long after the file of the other: that is not to be looked at. */
TEST_F(lifetime, the_read_window_goes_last)
{
	__u64 sizes[] = { 100, 5000, 3 * MIB }, at;
	struct client c;
	unsigned int i;

	ASSERT_EQ(0, client_join(&c, &self->a));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, object_create(&c, id_of(i), sizes[i], &at));
		fill(c.write + at, sizes[i], i);
		ASSERT_EQ(0, object_seal(&c, id_of(i), 0));
		EXPECT_EQ(sizes[i], matching(c.read + at, sizes[i], i));
		EXPECT_EQ(sizes[i], matching(c.write + at, sizes[i], i));
	}
	client_unmap_write(&c);
	close(c.fd);
	c.fd = -1;
	sleep_ms(500);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		EXPECT_EQ(1, object_refs(&self->a, id_of(i)));
	client_unmap(&c);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		EXPECT_EQ(0, object_refs(&self->a, id_of(i)));
		EXPECT_EQ(0, object_delete(&self->a, id_of(i)));
	}
}

/* One page of a window is as good as all of it. */
TEST_F(lifetime, one_page_is_a_mapping)
{
	struct plasma_get_entry entry;
	struct client c;
	__u8 *page;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, object_make(&self->a, id_of(1), 8 * PAGE, 1, NULL));
	ASSERT_EQ(0, object_get(&c, id_of(1), NOW, &entry));
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, c.fd,
		    c.read_offset + entry.offset / PAGE * PAGE);
	ASSERT_NE(MAP_FAILED, page);
	client_close(&c);
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(-PLASMA_DELETE_PENDING, -object_delete(&self->a, id_of(1)));
	EXPECT_LE(0, peek(page));
	munmap(page, PAGE);
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
}

struct shared {
	struct client *client;
	__u64 offset;
	struct gate gate;
};

static int use_inherited(void *arg)
{
	struct shared *shared = arg;
	struct client *c = shared->client;
	struct plasma_get_entry entry;

	/* The descriptor is shared, and so are the holds and the read window. */
	CHECK_EQ(0, object_get(c, id_of(1), NOW, &entry));
	CHECK_EQ(5000, matching(c->read + entry.offset, 5000, 1));
	CHECK_EQ(0, object_release(c, id_of(1)));
	CHECK_EQ(0, object_seal(c, id_of(2), 0));
	CHECK_EQ(0, object_put(c, id_of(3), "x", 1));
	CHECK_EQ(-SIGSEGV, peek(c->write + shared->offset));
	return 0;
}

TEST_F(lifetime, fork)
{
	struct shared shared;
	struct client c;

	ASSERT_EQ(0, client_join(&c, &self->a));
	shared.client = &c;
	ASSERT_EQ(0, object_make(&c, id_of(1), 5000, 1, NULL));
	ASSERT_EQ(0, object_hold(&c, id_of(1)));
	ASSERT_EQ(0, object_create(&c, id_of(2), 5000, &shared.offset));
	fill(c.write + shared.offset, 5000, 2);
	EXPECT_EQ(0, reap(spawn(use_inherited, &shared)));
	/* The child's end changes nothing for the parent. */
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, object_refs(&self->a, id_of(2)));
	EXPECT_EQ(5000, matching(c.read + shared.offset, 5000, 2));
	EXPECT_EQ(-SIGBUS, poke(c.write + shared.offset, 1));
	EXPECT_EQ(0, object_release(&c, id_of(1)));
	EXPECT_EQ(0, object_release(&c, id_of(2)));
	EXPECT_EQ(-ENOENT, object_release(&c, id_of(1)));
	client_close(&c);
}

static int outlive(void *arg)
{
	struct shared *shared = arg;
	struct client *c = shared->client;
	struct plasma_get_entry entry;

	CHECK_EQ(0, gate_wait(&shared->gate));
	CHECK_EQ(5000, matching(c->read + shared->offset, 5000, 1));
	CHECK_EQ(0, object_get(c, id_of(1), NOW, &entry));
	CHECK_EQ(0, object_release(c, id_of(1)));
	/* Its descriptor may go; its window holds on, until it ends. */
	close(c->fd);
	CHECK_EQ(5000, matching(c->read + shared->offset, 5000, 1));
	kill(getpid(), SIGSTOP);
	CHECK_EQ(5000, matching(c->read + shared->offset, 5000, 1));
	return 0;
}

TEST_F(lifetime, child_outlives_its_parents_descriptor)
{
	struct plasma_get_entry entry;
	struct shared shared;
	struct client c;
	pid_t pid;

	ASSERT_EQ(0, client_join(&c, &self->a));
	shared.client = &c;
	ASSERT_EQ(0, gate_init(&shared.gate));
	ASSERT_EQ(0, object_make(&c, id_of(1), 5000, 1, NULL));
	ASSERT_EQ(0, object_get(&c, id_of(1), NOW, &entry));
	shared.offset = entry.offset;
	pid = spawn(outlive, &shared);
	client_close(&c);
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	gate_open(&shared.gate);
	ASSERT_EQ(0, wait_process_state(pid, 'T'));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	kill(pid, SIGCONT);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
}

/* A program that waits until its input ends, with the descriptors that it was given. */
static int exec_with(void *arg)
{
	struct shared *shared = arg;

	dup2(shared->gate.fd[0], 0);
	execl("/bin/sh", "sh", "-c", "read line", NULL);
	return 127;
}

TEST_F(lifetime, exec_keeps_what_is_not_close_on_exec)
{
	struct shared shared;
	struct client c;
	pid_t pid;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, gate_init(&shared.gate));
	ASSERT_EQ(0, object_put(&c, id_of(1), "x", 1));
	ASSERT_EQ(0, object_hold(&c, id_of(1)));
	ASSERT_EQ(0, fcntl(c.fd, F_SETFD, 0));
	pid = spawn(exec_with, &shared);
	ASSERT_EQ(0, wait_process_state(pid, 'S'));
	client_close(&c);
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(2, ns_info(&self->a).clients);
	gate_close(&shared.gate);
	reap(pid);
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
}

static int exec_when_told(void *arg)
{
	struct shared *shared = arg;
	struct client c;

	CHECK_EQ(0, client_join(&c, shared->client));
	CHECK_EQ(0, object_hold(&c, id_of(1)));
	CHECK_EQ(0, object_create(&c, id_of(2), 100, NULL));
	CHECK(peek(c.write + 0) < 0);
	kill(getpid(), SIGSTOP);
	return exec_with(arg);
}

/* An exec takes the windows away, and closes what is to be closed. */
TEST_F(lifetime, exec_gives_everything_back)
{
	struct shared shared = { .client = &self->a };
	pid_t pid;

	ASSERT_EQ(0, gate_init(&shared.gate));
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	pid = spawn(exec_when_told, &shared);
	ASSERT_EQ(0, wait_process_state(pid, 'T'));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, object_refs(&self->a, id_of(2)));
	kill(pid, SIGCONT);
	ASSERT_EQ(0, wait_process_state(pid, 'S'));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(2)));
	gate_close(&shared.gate);
	reap(pid);
}

TEST_F(lifetime, passed_by_scm_rights)
{
	int sockets[2], fd;
	struct client c;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, object_put(&c, id_of(1), "x", 1));
	ASSERT_EQ(0, object_hold(&c, id_of(1)));
	ASSERT_EQ(0, object_create(&c, id_of(2), 100, NULL));
	ASSERT_EQ(0, send_fd(sockets[0], c.fd));
	client_close(&c);
	/* On its way it lives. */
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, object_refs(&self->a, id_of(2)));
	fd = recv_fd(sockets[1]);
	ASSERT_LE(0, fd);
	c.fd = fd;
	EXPECT_EQ(0, object_seal(&c, id_of(2), 0));
	EXPECT_EQ(0, object_release(&c, id_of(1)));

	/* And if nobody receives it, it is closed with the socket. */
	ASSERT_EQ(0, send_fd(sockets[0], c.fd));
	close(c.fd);
	EXPECT_EQ(1, object_refs(&self->a, id_of(2)));
	close(sockets[0]);
	close(sockets[1]);
	EXPECT_EQ(0, object_refs(&self->a, id_of(2)));
}

/* --- killed ---------------------------------------------------------------- */

enum activity {
	OPEN,
	CREATED_MAPPED,
	SEALED_HELD,
	BOUND,
	WAITING,
	WAITING_FOR_MANY,
	CREATING,
	CREATING_LARGE,
	PUTTING,
	PUTTING_LARGE,
	SEALING,
	RESIZING,
	GETTING,
	DELETING,
	EVICTING,
	LISTING,
	NAMING,
	NAMESPACES,
	FAULTING,
	ACTIVITIES
};

static int busy_with(struct client *c, enum activity activity, unsigned int round)
{
	static __u8 bytes[64 * KIB];
	static __u8 *large;
	struct plasma_get_entry entries[20] = {};
	struct plasma_evict evict;
	struct plasma_object_info info;
	struct plasma_list list = { .count = 1, .entry_size = sizeof(info),
				    .entries_ptr = (unsigned long)&info };
	struct id id = id_of(1000 + activity * 100 + round % 10);
	__u64 offset;
	unsigned int i;
	char name[32];

	switch (activity) {
	case CREATED_MAPPED:
		object_create(c, id_of(round), 3 * MIB, &offset);
		memset(c->write + offset, 1, 3 * MIB);
		pause();
		break;
	case SEALED_HELD:
		object_make(c, id_of(round), 100000, 1, NULL);
		object_hold(c, id_of(round));
		break;
	case BOUND:
		object_create(c, id_of(round), 1, NULL);
		name_bind(c, id_of(round), "unsealed", 0);
		pause();
		break;
	case WAITING:
		object_get(c, id_text("never"), PLASMA_FOREVER, entries);
		break;
	case WAITING_FOR_MANY:
		object_put(c, id_of(round), "x", 1);
		for (i = 0; i < 20; i++)
			memcpy(entries[i].id, id_of(i).byte, PLASMA_ID_SIZE);
		object_get_many(c, entries, 20, PLASMA_FOREVER);
		break;
	case CREATING:
		object_create(c, id, 10000, NULL);
		object_abort(c, id);
		break;
	case CREATING_LARGE:
		object_create(c, id, 30 * MIB, NULL);
		object_abort(c, id);
		break;
	case PUTTING:
		object_put(c, id, bytes, sizeof(bytes));
		object_delete(c, id);
		break;
	case PUTTING_LARGE:
		if (!large)
			large = calloc(20, MIB);
		object_put(c, id, large, 20 * MIB);
		object_delete(c, id);
		break;
	case SEALING:
		if (!object_create(c, id, 50000, &offset)) {
			fill(c->write + offset, 50000, 1);
			object_seal(c, id, round & 1 ? PLASMA_SEAL_RELEASE : 0);
		}
		object_delete(c, id);
		object_release(c, id);
		break;
	case RESIZING:
		object_create(c, id, 50000, NULL);
		for (i = 1; i < 4; i++)
			if (!object_resize(c, id, i * 1500000, &offset))
				c->write[offset] = 1;
		object_abort(c, id);
		break;
	case GETTING:
		object_put(c, id, "x", 1);
		for (i = 0; i < 20; i++)
			memcpy(entries[i].id, id.byte, PLASMA_ID_SIZE);
		object_get_many(c, entries, 20, NOW);
		object_release(c, id);
		break;
	case DELETING:
		object_put(c, id, bytes, sizeof(bytes));
		object_hold(c, id);
		object_delete(c, id);
		object_release(c, id);
		break;
	case EVICTING:
		object_put(c, id, bytes, 100);
		object_evict(c, 1, &evict);
		break;
	case LISTING:
		object_put(c, id, "x", 1);
		object_list(c, &list);
		break;
	case NAMING:
		object_put(c, id, "x", 1);
		name_bind(c, id, "moving", PLASMA_NAME_REPLACE);
		break;
	case NAMESPACES:
		snprintf(name, sizeof(name), "killed %u", round % 10);
		ns_create(c->fd, name, PLASMA_NS_EPHEMERAL, 0600, 0);
		ns_remove(c->fd, name, PLASMA_NS_REMOVE_FORCE);
		break;
	case FAULTING:
		if (!object_create(c, id, 3 * MIB, &offset)) {
			for (i = 0; i < 3 * MIB; i += 16 * PAGE)
				c->write[offset + i] = 1;
			object_seal(c, id, 0);
			for (i = 0; i < 3 * MIB; i += 16 * PAGE)
				(void)*(volatile __u8 *)(c->read + offset + i);
		}
		object_delete(c, id);
		object_release(c, id);
		break;
	default:
		pause();
	}
	return 0;
}

struct victim {
	struct client *of;
	enum activity activity;
	struct gate ready;
};

static int be_busy(void *arg)
{
	struct victim *victim = arg;
	struct client c;
	unsigned int round;

	CHECK_EQ(0, client_join(&c, victim->of));
	gate_open(&victim->ready);
	for (round = 0;; round++)
		busy_with(&c, victim->activity, round);
}

TEST_F(lifetime, killed_in_every_state)
{
	struct victim victim = { .of = &self->a };
	struct plasma_evict evict;
	int activity, round;
	struct usage after;
	pid_t pid;

	ASSERT_EQ(0, gate_init(&victim.ready));
	for (activity = 0; activity < ACTIVITIES; activity++) {
		for (round = 0; round < 4; round++) {
			victim.activity = activity;
			pid = spawn(be_busy, &victim);
			ASSERT_EQ(0, gate_wait(&victim.ready));
			sleep_ms(round * 7);
			ASSERT_EQ(-SIGKILL, kill_and_reap(pid));
		}
		EXPECT_EQ(0, wait_waiters(&self->a, 0));
		EXPECT_EQ(0, ns_info(&self->a).in_use) TH_LOG("activity %d", activity);
		EXPECT_EQ(1, ns_info(&self->a).clients) TH_LOG("activity %d", activity);
		EXPECT_EQ(ns_info(&self->a).sealed, ns_info(&self->a).objects)
			TH_LOG("activity %d", activity);
		/* What they left behind is whole and sealed, and may be evicted. */
		ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
		EXPECT_EQ(0, ns_info(&self->a).objects) TH_LOG("activity %d", activity);
		EXPECT_EQ(0, ns_info(&self->a).used) TH_LOG("activity %d", activity);
		EXPECT_EQ(0, ns_info(&self->a).pages) TH_LOG("activity %d", activity);
		EXPECT_EQ(0, ns_info(&self->a).names) TH_LOG("activity %d", activity);
		ASSERT_EQ(0, usage_take(&after));
		EXPECT_EQ(self->before.store_used, after.store_used)
			TH_LOG("activity %d", activity);
	}
}

/* Many threads in the kernel at the moment of the kill. */
struct busy_thread {
	struct client *client;
	enum activity activity;
};

static int thread_main(void *arg)
{
	struct busy_thread *thread = arg;
	unsigned int round;

	for (round = 0;; round++)
		busy_with(thread->client, thread->activity, round);
	return 0;
}

static int be_busy_with_threads(void *arg)
{
	static const enum activity activities[] = { PUTTING, SEALING, GETTING, RESIZING,
						    WAITING, DELETING, FAULTING };
	struct busy_thread threads[ARRAY_SIZE(activities)];
	struct task tasks[ARRAY_SIZE(activities)];
	struct victim *victim = arg;
	struct client c;
	unsigned int i;

	CHECK_EQ(0, client_join(&c, victim->of));
	for (i = 0; i < ARRAY_SIZE(activities); i++) {
		threads[i] = (struct busy_thread){ &c, activities[i] };
		CHECK_EQ(0, task_start(&tasks[i], thread_main, &threads[i]));
	}
	gate_open(&victim->ready);
	for (;;)
		pause();
}

TEST_F(lifetime, killed_with_many_threads)
{
	struct victim victim = { .of = &self->a };
	int round;
	pid_t pid;

	ASSERT_EQ(0, gate_init(&victim.ready));
	for (round = 0; round < 8; round++) {
		pid = spawn(be_busy_with_threads, &victim);
		ASSERT_EQ(0, gate_wait(&victim.ready));
		sleep_ms(round * 9);
		ASSERT_EQ(-SIGKILL, kill_and_reap(pid));
		EXPECT_EQ(0, wait_waiters(&self->a, 0));
		EXPECT_EQ(0, ns_info(&self->a).in_use);
		EXPECT_EQ(1, ns_info(&self->a).clients);
	}
}

/* Others notice nothing of it. */
TEST_F(lifetime, the_death_of_one_disturbs_no_other)
{
	struct victim victim = { .of = &self->a, .activity = SEALED_HELD };
	struct plasma_get_entry entry;
	__u64 offset;
	pid_t pid;

	ASSERT_EQ(0, gate_init(&victim.ready));
	pid = spawn(be_busy, &victim);
	ASSERT_EQ(0, gate_wait(&victim.ready));
	ASSERT_EQ(0, object_get(&self->a, id_of(0), PLASMA_FOREVER, &entry));
	ASSERT_EQ(0, object_create(&self->a, id_of(100000), 5000, &offset));
	fill(self->a.write + offset, 5000, 7);
	ASSERT_EQ(-SIGKILL, kill_and_reap(pid));
	EXPECT_EQ(100000, matching(self->a.read + entry.offset, 100000, 1));
	EXPECT_EQ(5000, matching(self->a.write + offset, 5000, 7));
	EXPECT_EQ(1, object_refs(&self->a, id_of(0)));
	EXPECT_EQ(0, object_seal(&self->a, id_of(100000), PLASMA_SEAL_RELEASE));
	EXPECT_EQ(0, object_release(&self->a, id_of(0)));
}

#define DYING_OBJECTS	3

struct dying {
	char name[32];
	struct gate ready;
	bool keeps_reading;
	__u64 lives_ns;
};

/* With some that it has written and not sealed, and no mapping by which it could still. */
static int die_writing(void *arg)
{
	struct dying *dying = arg;
	struct client c;
	__u64 offset, end;
	unsigned int i;

	CHECK_EQ(0, client_open(&c, dying->name, 0));
	for (i = 0; i < DYING_OBJECTS; i++) {
		CHECK_EQ(0, object_create(&c, id_of(i), 2 * PAGE, &offset));
		fill(c.write + offset, 2 * PAGE, i);
	}
	client_unmap_write(&c);
	if (!dying->keeps_reading)
		client_unmap(&c);
	gate_open(&dying->ready);
	end = now_ns() + dying->lives_ns;
	while (now_ns() < end)
		;
	kill(getpid(), SIGKILL);
	return 0;
}

/* A namespace that is removed takes away what others are writing, who may be gone by then. */
TEST_F(lifetime, removed_while_its_writers_die)
{
	unsigned int round, rounds = slowness() > 1 ? 40 : 400;
	struct dying dying;
	pid_t pid;

	snprintf(dying.name, sizeof(dying.name), "dying-%d", getpid());
	for (round = 0; round < rounds; round++) {
		dying.keeps_reading = round % 2;
		dying.lives_ns = round % 100 * 40000;
		ASSERT_EQ(0, gate_init(&dying.ready));
		ASSERT_LE(0, ns_create(self->a.fd, dying.name, 0, 0600, 0));
		pid = spawn(die_writing, &dying);
		ASSERT_EQ(0, gate_wait(&dying.ready));
		ASSERT_EQ(0, ns_remove(self->a.fd, dying.name, PLASMA_NS_REMOVE_FORCE));
		ASSERT_EQ(-SIGKILL, reap(pid));
		gate_close(&dying.ready);
	}
}

/* Opening and closing leaves nothing. */
TEST_F(lifetime, open_and_close)
{
	struct client c;
	int i;

	for (i = 0; i < 200; i++) {
		ASSERT_EQ(0, client_join(&c, &self->a));
		ASSERT_EQ(0, object_put_with(&c, id_of(i), &(struct blob){ .size = 0 },
					     PLASMA_PUT_HOLD, NULL));
		client_close(&c);
	}
	EXPECT_EQ(200, ns_info(&self->a).objects);
	EXPECT_EQ(1, ns_info(&self->a).clients);
}

TEST_HARNESS_MAIN
