// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an object: every state against every operation, every errno, and
 * ids that are used again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <kselftest_harness.h>

#include "common.h"

FIXTURE(life)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(life)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(life)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* What client A, who acts, and client B did to the object before. */
enum state {
	ABSENT,
	CREATED,
	CREATED_RELEASED,
	CREATED_BY_B,
	SEALED_HELD,
	SEALED_HELD_BY_B,
	SEALED_IDLE,
	DYING_HELD,
	DYING_HELD_BY_B,
	DYING_CREATED,
	DYING_CREATED_BY_B,
	STATES
};

static const char *const state_names[STATES] = {
	"absent", "created", "created, released", "created by b", "sealed, held",
	"sealed, held by b", "sealed, idle", "dying, held", "dying, held by b",
	"dying, created", "dying, created by b",
};

enum operation {
	OP_CREATE,
	OP_PUT,
	OP_RESIZE,
	OP_SEAL,
	OP_SEAL_RELEASE,
	OP_ABORT,
	OP_GET,
	OP_RELEASE,
	OP_DELETE,
	OP_STAT,
	OP_EVICT,
	OP_BIND,
	OPERATIONS
};

static const char *const operation_names[OPERATIONS] = {
	"create", "put", "resize", "seal", "seal and release", "abort", "get", "release",
	"delete", "stat", "evict", "bind",
};

#define SIZE	5000

static int enter(struct client *a, struct client *b, struct id id, enum state state)
{
	struct client *creator = a;
	int ret = 0;

	if (state == CREATED_BY_B || state == SEALED_HELD_BY_B ||
	    state == DYING_HELD_BY_B || state == DYING_CREATED_BY_B)
		creator = b;
	if (state != ABSENT)
		ret |= object_create(creator, id, SIZE, NULL);

	switch (state) {
	case CREATED_RELEASED:
		ret |= object_release(a, id);
		break;
	case SEALED_HELD:
	case SEALED_HELD_BY_B:
	case DYING_HELD:
	case DYING_HELD_BY_B:
		ret |= object_seal(creator, id, 0);
		break;
	case SEALED_IDLE:
		ret |= object_seal(a, id, PLASMA_SEAL_RELEASE);
		break;
	default:
		break;
	}
	if (state >= DYING_HELD)
		ret |= object_delete(b, id) != PLASMA_DELETE_PENDING;
	return ret;
}

static int act(struct client *a, struct id id, enum operation operation)
{
	struct plasma_object_info info;
	struct plasma_evict evict;
	int ret;

	switch (operation) {
	case OP_CREATE:
		return object_create(a, id, 1, NULL);
	case OP_PUT:
		return object_put(a, id, "x", 1);
	case OP_RESIZE:
		return object_resize(a, id, 2 * SIZE, NULL);
	case OP_SEAL:
		return object_seal(a, id, 0);
	case OP_SEAL_RELEASE:
		return object_seal(a, id, PLASMA_SEAL_RELEASE);
	case OP_ABORT:
		return object_abort(a, id);
	case OP_GET:
		return object_hold(a, id);
	case OP_RELEASE:
		return object_release(a, id);
	case OP_DELETE:
		return object_delete(a, id);
	case OP_STAT:
		return object_stat(a, id, &info);
	case OP_EVICT:
		ret = object_evict(a, ALL, &evict);
		return ret ? ret : (int)evict.out_objects;
	case OP_BIND:
		return name_bind(a, id, "name", 0);
	default:
		return -ENOSYS;
	}
}

/* As stat says: '-' absent, 'c' created, 's' sealed; then the clients holding it. */
static void describe(struct client *a, struct id id, char after[3])
{
	struct plasma_object_info info;

	strcpy(after, "-");
	if (object_stat(a, id, &info))
		return;
	after[0] = info.state == PLASMA_STATE_CREATED ? 'c' :
		   info.state == PLASMA_STATE_SEALED ? 's' : '?';
	after[1] = info.refs < 10 ? '0' + info.refs : '?';
	after[2] = 0;
}

struct outcome {
	int ret;
	const char *after;
};

#define PENDING	PLASMA_DELETE_PENDING

static const struct outcome outcomes[STATES][OPERATIONS] = {
	[ABSENT] = {
		[OP_CREATE] = { 0, "c1" }, [OP_PUT] = { 0, "s0" },
		[OP_RESIZE] = { -ENOENT, "-" }, [OP_SEAL] = { -ENOENT, "-" },
		[OP_SEAL_RELEASE] = { -ENOENT, "-" }, [OP_ABORT] = { -ENOENT, "-" },
		[OP_GET] = { -ENOENT, "-" }, [OP_RELEASE] = { -ENOENT, "-" },
		[OP_DELETE] = { -ENOENT, "-" }, [OP_STAT] = { -ENOENT, "-" },
		[OP_EVICT] = { 0, "-" }, [OP_BIND] = { -ENOENT, "-" },
	},
	[CREATED] = {
		[OP_CREATE] = { -EEXIST, "c1" }, [OP_PUT] = { -EEXIST, "c1" },
		[OP_RESIZE] = { 0, "c1" }, [OP_SEAL] = { 0, "s1" },
		[OP_SEAL_RELEASE] = { 0, "s0" }, [OP_ABORT] = { 0, "-" },
		[OP_GET] = { -EINPROGRESS, "c1" }, [OP_RELEASE] = { 0, "c0" },
		[OP_DELETE] = { PENDING, "c1" }, [OP_STAT] = { 0, "c1" },
		[OP_EVICT] = { 0, "c1" }, [OP_BIND] = { 0, "c1" },
	},
	[CREATED_RELEASED] = {
		[OP_CREATE] = { -EEXIST, "c0" }, [OP_PUT] = { -EEXIST, "c0" },
		[OP_RESIZE] = { 0, "c0" }, [OP_SEAL] = { 0, "s0" },
		[OP_SEAL_RELEASE] = { 0, "s0" }, [OP_ABORT] = { 0, "-" },
		[OP_GET] = { -EINPROGRESS, "c0" }, [OP_RELEASE] = { -ENOENT, "c0" },
		[OP_DELETE] = { PENDING, "c0" }, [OP_STAT] = { 0, "c0" },
		[OP_EVICT] = { 0, "c0" }, [OP_BIND] = { 0, "c0" },
	},
	[CREATED_BY_B] = {
		[OP_CREATE] = { -EEXIST, "c1" }, [OP_PUT] = { -EEXIST, "c1" },
		[OP_RESIZE] = { -EPERM, "c1" }, [OP_SEAL] = { -EPERM, "c1" },
		[OP_SEAL_RELEASE] = { -EPERM, "c1" }, [OP_ABORT] = { -EPERM, "c1" },
		[OP_GET] = { -EINPROGRESS, "c1" }, [OP_RELEASE] = { -ENOENT, "c1" },
		[OP_DELETE] = { PENDING, "c1" }, [OP_STAT] = { 0, "c1" },
		[OP_EVICT] = { 0, "c1" }, [OP_BIND] = { -EPERM, "c1" },
	},
	[SEALED_HELD] = {
		[OP_CREATE] = { -EEXIST, "s1" }, [OP_PUT] = { -EEXIST, "s1" },
		[OP_RESIZE] = { -EALREADY, "s1" }, [OP_SEAL] = { -EALREADY, "s1" },
		[OP_SEAL_RELEASE] = { -EALREADY, "s1" }, [OP_ABORT] = { -EALREADY, "s1" },
		[OP_GET] = { 0, "s1" }, [OP_RELEASE] = { 0, "s0" },
		[OP_DELETE] = { PENDING, "s1" }, [OP_STAT] = { 0, "s1" },
		[OP_EVICT] = { 0, "s1" }, [OP_BIND] = { 0, "s1" },
	},
	[SEALED_HELD_BY_B] = {
		[OP_CREATE] = { -EEXIST, "s1" }, [OP_PUT] = { -EEXIST, "s1" },
		[OP_RESIZE] = { -EALREADY, "s1" }, [OP_SEAL] = { -EALREADY, "s1" },
		[OP_SEAL_RELEASE] = { -EALREADY, "s1" }, [OP_ABORT] = { -EALREADY, "s1" },
		[OP_GET] = { 0, "s2" }, [OP_RELEASE] = { -ENOENT, "s1" },
		[OP_DELETE] = { PENDING, "s1" }, [OP_STAT] = { 0, "s1" },
		[OP_EVICT] = { 0, "s1" }, [OP_BIND] = { 0, "s1" },
	},
	[SEALED_IDLE] = {
		[OP_CREATE] = { -EEXIST, "s0" }, [OP_PUT] = { -EEXIST, "s0" },
		[OP_RESIZE] = { -EALREADY, "s0" }, [OP_SEAL] = { -EALREADY, "s0" },
		[OP_SEAL_RELEASE] = { -EALREADY, "s0" }, [OP_ABORT] = { -EALREADY, "s0" },
		[OP_GET] = { 0, "s1" }, [OP_RELEASE] = { -ENOENT, "s0" },
		[OP_DELETE] = { 0, "-" }, [OP_STAT] = { 0, "s0" },
		[OP_EVICT] = { 1, "-" }, [OP_BIND] = { 0, "s0" },
	},
	[DYING_HELD] = {
		[OP_CREATE] = { -EEXIST, "s1" }, [OP_PUT] = { -EEXIST, "s1" },
		[OP_RESIZE] = { -EALREADY, "s1" }, [OP_SEAL] = { -EALREADY, "s1" },
		[OP_SEAL_RELEASE] = { -EALREADY, "s1" }, [OP_ABORT] = { -EALREADY, "s1" },
		[OP_GET] = { 0, "s1" }, [OP_RELEASE] = { 0, "-" },
		[OP_DELETE] = { PENDING, "s1" }, [OP_STAT] = { 0, "s1" },
		[OP_EVICT] = { 0, "s1" }, [OP_BIND] = { 0, "s1" },
	},
	[DYING_HELD_BY_B] = {
		[OP_CREATE] = { -EEXIST, "s1" }, [OP_PUT] = { -EEXIST, "s1" },
		[OP_RESIZE] = { -EALREADY, "s1" }, [OP_SEAL] = { -EALREADY, "s1" },
		[OP_SEAL_RELEASE] = { -EALREADY, "s1" }, [OP_ABORT] = { -EALREADY, "s1" },
		[OP_GET] = { 0, "s2" }, [OP_RELEASE] = { -ENOENT, "s1" },
		[OP_DELETE] = { PENDING, "s1" }, [OP_STAT] = { 0, "s1" },
		[OP_EVICT] = { 0, "s1" }, [OP_BIND] = { 0, "s1" },
	},
	[DYING_CREATED] = {
		[OP_CREATE] = { -EEXIST, "c1" }, [OP_PUT] = { -EEXIST, "c1" },
		[OP_RESIZE] = { 0, "c1" }, [OP_SEAL] = { 0, "s1" },
		[OP_SEAL_RELEASE] = { 0, "-" }, [OP_ABORT] = { 0, "-" },
		[OP_GET] = { -EINPROGRESS, "c1" }, [OP_RELEASE] = { 0, "c0" },
		[OP_DELETE] = { PENDING, "c1" }, [OP_STAT] = { 0, "c1" },
		[OP_EVICT] = { 0, "c1" }, [OP_BIND] = { 0, "c1" },
	},
	[DYING_CREATED_BY_B] = {
		[OP_CREATE] = { -EEXIST, "c1" }, [OP_PUT] = { -EEXIST, "c1" },
		[OP_RESIZE] = { -EPERM, "c1" }, [OP_SEAL] = { -EPERM, "c1" },
		[OP_SEAL_RELEASE] = { -EPERM, "c1" }, [OP_ABORT] = { -EPERM, "c1" },
		[OP_GET] = { -EINPROGRESS, "c1" }, [OP_RELEASE] = { -ENOENT, "c1" },
		[OP_DELETE] = { PENDING, "c1" }, [OP_STAT] = { 0, "c1" },
		[OP_EVICT] = { 0, "c1" }, [OP_BIND] = { -EPERM, "c1" },
	},
};

TEST_F(life, every_state_and_operation)
{
	struct id id = id_text("the object");
	int state, operation, ret;
	struct client a, b;
	char after[3];

	for (state = 0; state < STATES; state++) {
		for (operation = 0; operation < OPERATIONS; operation++) {
			const struct outcome *want = &outcomes[state][operation];

			ASSERT_EQ(0, client_create(&a, 0));
			ASSERT_EQ(0, client_join(&b, &a));
			ASSERT_EQ(0, enter(&a, &b, id, state))
				TH_LOG("entering '%s'", state_names[state]);
			ret = act(&a, id, operation);
			describe(&a, id, after);
			EXPECT_EQ(want->ret, ret)
				TH_LOG("%s: %s", state_names[state],
				       operation_names[operation]);
			EXPECT_STREQ(want->after, after)
				TH_LOG("%s: %s", state_names[state],
				       operation_names[operation]);
			client_close(&a);
			client_close(&b);
		}
	}
}

/* The same object from beginning to end, bytes and all. */
TEST_F(life, create_write_seal_get)
{
	struct blob blob = { .size = 10000, .metadata = "meta", .metadata_size = 4 };
	struct plasma_get_entry entry;
	struct id id = id_text("one");
	__u64 offset;

	ASSERT_EQ(0, object_create_with(&self->a, id, &blob, 0, &offset));
	ASSERT_EQ(10000, leading(self->a.write + offset, 10000, 0));
	fill(self->a.write + offset, 10000, 1);
	ASSERT_EQ(0, object_seal(&self->a, id, 0));

	ASSERT_EQ(0, object_get(&self->b, id, NOW, &entry));
	ASSERT_EQ(10000, entry.data_size);
	ASSERT_EQ(4, entry.metadata_size);
	ASSERT_TRUE(id_equal(entry.id, &id));
	EXPECT_EQ(10000, matching(self->b.read + entry.offset, 10000, 1));
	EXPECT_EQ(0, memcmp(self->b.read + entry.offset + 10000, "meta", 4));
	EXPECT_EQ(10000, matching(self->a.write + offset, 10000, 1));

	EXPECT_EQ(2, object_refs(&self->a, id));
	EXPECT_EQ(0, object_release(&self->a, id));
	EXPECT_EQ(0, object_release(&self->b, id));
	EXPECT_EQ(0, object_refs(&self->a, id));
	EXPECT_EQ(0, object_delete(&self->b, id));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id));
}

TEST_F(life, put_copies)
{
	struct id id = id_text("put"), held = id_text("held");
	struct plasma_get_entry entry;
	static __u8 bytes[100000];
	__u64 offset;

	fill(bytes, sizeof(bytes), 7);
	ASSERT_EQ(0, object_put(&self->a, id, bytes, sizeof(bytes)));
	ASSERT_EQ(0, object_put_with(&self->a, held,
				     &(struct blob){ bytes, sizeof(bytes), "tail", 4, NULL },
				     PLASMA_PUT_HOLD, &offset));
	memset(bytes, POISON, sizeof(bytes));

	EXPECT_EQ(0, object_refs(&self->a, id));
	EXPECT_EQ(1, object_refs(&self->a, held));
	EXPECT_EQ(sizeof(bytes), matching(self->a.read + offset, sizeof(bytes), 7));
	ASSERT_EQ(0, object_get(&self->b, id, NOW, &entry));
	EXPECT_EQ(sizeof(bytes), entry.data_size);
	EXPECT_EQ(0, entry.metadata_size);
	EXPECT_EQ(sizeof(bytes), matching(self->b.read + entry.offset, sizeof(bytes), 7));
	ASSERT_EQ(0, object_get(&self->b, held, NOW, &entry));
	EXPECT_EQ(offset, entry.offset);
	EXPECT_EQ(0, memcmp(self->b.read + offset + sizeof(bytes), "tail", 4));
}

/* The bytes of one object make another, straight from the window. */
TEST_F(life, put_from_a_window)
{
	struct plasma_get_entry entry;
	__u64 offset;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 3 * MIB, 9, NULL));
	ASSERT_EQ(0, object_get(&self->a, id_of(1), NOW, &entry));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(2),
				     &(struct blob){ self->a.read + entry.offset, 3 * MIB,
						     self->a.read + entry.offset, 8, NULL },
				     PLASMA_PUT_HOLD, &offset));
	EXPECT_EQ(3 * MIB, matching(self->a.read + offset, 3 * MIB, 9));
	EXPECT_EQ(8, matching(self->a.read + offset + 3 * MIB, 8, 9));
}

TEST_F(life, counts_are_per_client)
{
	struct id id = id_text("counted");

	ASSERT_EQ(0, object_put(&self->a, id, "x", 1));
	ASSERT_EQ(0, object_hold(&self->a, id));
	ASSERT_EQ(0, object_hold(&self->a, id));
	ASSERT_EQ(0, object_hold(&self->b, id));
	EXPECT_EQ(2, object_refs(&self->a, id));
	EXPECT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id));

	EXPECT_EQ(0, object_release(&self->a, id));
	EXPECT_EQ(2, object_refs(&self->a, id));
	EXPECT_EQ(0, object_release(&self->b, id));
	EXPECT_EQ(-ENOENT, object_release(&self->b, id));
	EXPECT_EQ(1, object_refs(&self->a, id));
	EXPECT_EQ(0, object_release(&self->a, id));
	EXPECT_EQ(-ENOENT, object_release(&self->a, id));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id));
}

TEST_F(life, arrays_have_a_status_each)
{
	struct plasma_id_entry entries[5];
	struct plasma_release release = {
		.ns = self->a.ns,
		.count = 5,
		.entry_size = sizeof(entries[0]),
		.entries_ptr = (unsigned long)entries,
	};
	struct plasma_delete delete = {
		.ns = self->a.ns,
		.count = 5,
		.entry_size = sizeof(entries[0]),
		.entries_ptr = (unsigned long)entries,
	};
	int i;

	/* 0 and 3 are the same, held twice; 1 is held by B; 2 and 4 are not there. */
	ASSERT_EQ(0, object_put(&self->a, id_of(0), "x", 1));
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, object_hold(&self->a, id_of(0)));
	ASSERT_EQ(0, object_hold(&self->a, id_of(0)));
	ASSERT_EQ(0, object_hold(&self->b, id_of(1)));
	memset(entries, POISON, sizeof(entries));
	for (i = 0; i < 5; i++)
		memcpy(entries[i].id, id_of(i % 3).byte, PLASMA_ID_SIZE);
	memcpy(entries[4].id, id_of(4).byte, PLASMA_ID_SIZE);

	ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_RELEASE, &release));
	EXPECT_EQ(0, entries[0].status);
	EXPECT_EQ(-ENOENT, entries[1].status);
	EXPECT_EQ(-ENOENT, entries[2].status);
	EXPECT_EQ(0, entries[3].status);
	EXPECT_EQ(-ENOENT, entries[4].status);
	EXPECT_EQ(0, object_refs(&self->a, id_of(0)));

	for (i = 0; i < 5; i++)
		entries[i].status = 0x4ccccccc;
	ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_DELETE, &delete));
	EXPECT_EQ(0, entries[0].status);
	EXPECT_EQ(PLASMA_DELETE_PENDING, entries[1].status);
	EXPECT_EQ(-ENOENT, entries[2].status);
	EXPECT_EQ(-ENOENT, entries[3].status);
	EXPECT_EQ(-ENOENT, entries[4].status);
}

TEST_F(life, info_of_an_object)
{
	struct blob blob = { .size = 5000, .metadata = "12345", .metadata_size = 5 };
	struct id id = id_text("info");
	struct plasma_object_info info;
	struct timespec now;
	__u64 before, after;

	clock_gettime(CLOCK_REALTIME, &now);
	before = now.tv_sec * 1000000000ULL + now.tv_nsec;
	ASSERT_EQ(0, object_create_with(&self->a, id, &blob, PLASMA_CREATE_KEEP, NULL));
	clock_gettime(CLOCK_REALTIME, &now);
	after = now.tv_sec * 1000000000ULL + now.tv_nsec;

	ASSERT_EQ(0, object_stat(&self->b, id, &info));
	EXPECT_TRUE(id_equal(info.id, &id));
	EXPECT_EQ(PLASMA_STATE_CREATED, info.state);
	EXPECT_EQ(PLASMA_OBJECT_KEEP, info.flags);
	EXPECT_EQ(1, info.refs);
	EXPECT_EQ(5000, info.data_size);
	EXPECT_EQ(5, info.metadata_size);
	EXPECT_EQ(2, info.pages);
	/* The realtime clock of the kernel's coarse readings lags by a tick. */
	EXPECT_LE(before - 20000000, info.create_time_ns);
	EXPECT_GE(after, info.create_time_ns);
	EXPECT_EQ(ALL, info.construct_ns);
	EXPECT_EQ(getpid(), info.creator_pid);
	EXPECT_EQ(getuid(), info.creator_uid);
	EXPECT_EQ(0, info.name_len);
	EXPECT_EQ(0, info.__reserved);
	EXPECT_EQ(sizeof(info.name), leading(info.name, sizeof(info.name), 0));

	sleep_ms(20);
	ASSERT_EQ(0, object_seal(&self->a, id, 0));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->b, id));
	ASSERT_EQ(0, name_bind(&self->a, id, "called", 0));
	ASSERT_EQ(0, object_stat(&self->a, id, &info));
	EXPECT_EQ(PLASMA_STATE_SEALED, info.state);
	EXPECT_EQ(PLASMA_OBJECT_KEEP | PLASMA_OBJECT_DELETE_PENDING | PLASMA_OBJECT_MINE,
		  info.flags);
	EXPECT_LE(20000000, info.construct_ns);
	EXPECT_NE(ALL, info.construct_ns);
	EXPECT_EQ(6, info.name_len);
	EXPECT_EQ(0, memcmp(info.name, "called", 7));
	EXPECT_EQ(sizeof(info.name) - 6,
		  leading(info.name + 6, sizeof(info.name) - 6, 0));
}

#define STRANGER 12345

/* The first object as the user who opened the client, the second as somebody else. */
static int put_as_two_users(void *arg)
{
	const struct client *c = arg;

	CHECK_EQ(0, object_put(c, id_of(2), "x", 1));
	CHECK_EQ(0, setresuid(STRANGER, STRANGER, STRANGER));
	CHECK_EQ(0, object_put(c, id_of(3), "x", 1));
	return 0;
}

TEST_F(life, makers_that_share_a_client_are_told_apart)
{
	struct plasma_object_info info;
	pid_t child;
	__u64 i;

	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	child = spawn(put_as_two_users, &self->a);
	ASSERT_EQ(0, reap(child));
	ASSERT_EQ(0, object_create(&self->a, id_of(4), 1, NULL));
	ASSERT_EQ(0, object_put(&self->b, id_of(5), "x", 1));
	for (i = 1; i <= 5; i++) {
		bool by_child = i == 2 || i == 3;

		ASSERT_EQ(0, object_stat(&self->a, id_of(i), &info));
		EXPECT_EQ(by_child ? child : getpid(), info.creator_pid);
		EXPECT_EQ(i == 3 ? STRANGER : getuid(), info.creator_uid);
	}
}

TEST_F(life, released_before_the_seal)
{
	struct id id = id_text("early release");
	struct plasma_get_entry entry;
	__u64 offset;

	ASSERT_EQ(0, object_create(&self->a, id, 100, &offset));
	ASSERT_EQ(0, object_release(&self->a, id));
	/* It stays with its creator, to be written and sealed. */
	fill(self->a.write + offset, 100, 3);
	ASSERT_EQ(0, object_seal(&self->a, id, 0));
	EXPECT_EQ(0, object_refs(&self->a, id));
	ASSERT_EQ(0, object_get(&self->b, id, NOW, &entry));
	EXPECT_EQ(100, matching(self->b.read + entry.offset, 100, 3));
	ASSERT_EQ(0, object_release(&self->b, id));

	/* With a delete pending and nobody left it goes at the seal. */
	ASSERT_EQ(0, object_create(&self->a, id_of(1), 100, NULL));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->b, id_of(1)));
	ASSERT_EQ(0, object_release(&self->a, id_of(1)));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
	ASSERT_EQ(0, object_seal(&self->a, id_of(1), 0));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
}

/* A pending delete belongs to the object, not to its id. */
TEST_F(life, no_stale_pending_delete)
{
	struct id id = id_text("again");
	struct client c;

	/* Aborted by its creator. */
	ASSERT_EQ(0, object_create(&self->a, id, 10, NULL));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->b, id));
	ASSERT_EQ(0, object_abort(&self->a, id));
	ASSERT_EQ(0, object_put(&self->b, id, "new", 3));
	ASSERT_EQ(0, object_hold(&self->b, id));
	ASSERT_EQ(0, object_release(&self->b, id));
	EXPECT_EQ(0, object_refs(&self->b, id));
	ASSERT_EQ(0, object_delete(&self->b, id));

	/* Aborted by its creator's end. */
	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, object_create(&c, id, 10, NULL));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->b, id));
	client_close(&c);
	ASSERT_EQ(-ENOENT, object_refs(&self->b, id));
	ASSERT_EQ(0, object_put(&self->b, id, "new", 3));
	ASSERT_EQ(0, object_hold(&self->b, id));
	ASSERT_EQ(0, object_release(&self->b, id));
	EXPECT_EQ(0, object_refs(&self->b, id));

	/* Carried out: the successor lives. */
	ASSERT_EQ(0, object_hold(&self->b, id));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id));
	ASSERT_EQ(0, object_release(&self->b, id));
	ASSERT_EQ(0, object_put(&self->b, id, "newer", 5));
	ASSERT_EQ(0, object_hold(&self->b, id));
	ASSERT_EQ(0, object_release(&self->b, id));
	EXPECT_EQ(0, object_refs(&self->b, id));
}

/* What nobody sealed was shown to nobody, and never is. */
TEST_F(life, what_was_aborted_never_shows)
{
	static const unsigned int sizes[] = { 100, 4096, 65536, 3 * MIB };
	unsigned int i, round;
	__u64 offset;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (round = 0; round < 3; round++) {
			ASSERT_EQ(0, object_create(&self->a, id_of(i), sizes[i], &offset));
			EXPECT_EQ(sizes[i], leading(self->a.write + offset, sizes[i], 0));
			memset(self->a.write + offset, POISON, sizes[i]);
			ASSERT_EQ(0, object_abort(&self->a, id_of(i)));
		}
	}
}

/* How many bytes of the page around an offset are poison. */
static unsigned int poisoned(const struct client *c, __u64 offset)
{
	const __u8 *page = c->read + offset / PAGE * PAGE;
	unsigned int i, n = 0;

	for (i = 0; i < PAGE; i++)
		n += page[i] == POISON;
	return n;
}

/*
 * A small object is put beside others at the last moment. If it is then not shown after all,
 * nothing of it stays there.
 */
TEST_F(life, what_fails_at_last_never_shows)
{
	static __u8 secret[60];
	struct blob named = { .data = "x", .size = 1, .name = "taken" };
	struct blob blob = { .data = secret, .size = sizeof(secret), .name = "taken" };
	struct plasma_put_entry entries[2] = {};
	unsigned int i;
	__u64 at, offset;

	memset(secret, POISON, sizeof(secret));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(1), &named, 0, &at));
	ASSERT_EQ(0, poisoned(&self->b, at));

	ASSERT_EQ(0, object_create(&self->a, id_of(2), sizeof(secret), &offset));
	memset(self->a.write + offset, POISON, sizeof(secret));
	EXPECT_EQ(-EEXIST, object_seal_named(&self->a, id_of(2), 0, "taken"));
	EXPECT_EQ(0, poisoned(&self->b, at));
	EXPECT_EQ(sizeof(secret), leading(self->a.write + offset, sizeof(secret), POISON));
	ASSERT_EQ(0, object_abort(&self->a, id_of(2)));
	EXPECT_EQ(0, poisoned(&self->b, at));

	EXPECT_EQ(-EEXIST, object_put_with(&self->a, id_of(2), &blob, 0, NULL));
	EXPECT_EQ(0, poisoned(&self->b, at));
	blob = (struct blob){ .data = secret, .size = 50, .metadata = (void *)1,
			      .metadata_size = 10 };
	EXPECT_EQ(-EFAULT, object_put_with(&self->a, id_of(2), &blob, 0, NULL));
	EXPECT_EQ(0, poisoned(&self->b, at));
	for (i = 0; i < 2; i++) {
		entries[i].data_ptr = i ? 1 : (unsigned long)secret;
		entries[i].data_size = sizeof(secret);
		memcpy(entries[i].id, id_of(2 + i).byte, PLASMA_ID_SIZE);
	}
	EXPECT_EQ(-EFAULT, put_batch(&self->a, entries, 2, 0));
	EXPECT_EQ(0, poisoned(&self->b, at));
}

static int look_all_the_time(void *arg)
{
	const struct client *c = arg;
	int at, seen = 0;

	/* Where the first page of small objects will be, in the end with the first of them. */
	while (seen != 'x') {
		for (at = 0; at < 4 && seen != 'x'; at++)
			seen = peek(c->read + at * PAGE);
		CHECK(seen == -SIGBUS || !seen || seen == 'x');
	}
	return 0;
}

/* Who looks at a place before anything is there sees nothing, until it is. */
TEST_F(life, looked_for_too_soon)
{
	unsigned int round;
	struct client a, b;
	struct task task;

	for (round = 0; round < 300 / slowness(); round++) {
		ASSERT_EQ(0, client_create(&a, 0));
		ASSERT_EQ(0, client_join(&b, &a));
		ASSERT_EQ(0, task_start(&task, look_all_the_time, &b));
		sleep_ms(1);
		ASSERT_EQ(0, object_put(&a, id_of(1), "x", 1));
		ASSERT_EQ(0, task_join(&task));
		client_close(&b);
		client_close(&a);
	}
}

/* What a reader has sent on stays what it was, small or large, also when the object has gone. */
TEST_F(life, spliced_before_it_went)
{
	static const unsigned int sizes[] = { 64, 4096, 2 * MIB };
	static __u8 bytes[64];
	struct plasma_get_entry entry;
	unsigned int i, j;
	struct iovec from;
	int ends[2];

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, pipe(ends));
		ASSERT_EQ(0, object_make(&self->a, id_of(1), sizes[i], 1, NULL));
		ASSERT_EQ(0, object_get(&self->b, id_of(1), NOW, &entry));
		from = (struct iovec){ self->b.read + entry.offset, 64 };
		ASSERT_EQ(64, vmsplice(ends[1], &from, 1, 0));
		ASSERT_EQ(0, object_release(&self->b, id_of(1)));
		ASSERT_EQ(0, object_delete(&self->a, id_of(1)));
		for (j = 2; j < 40; j++)
			ASSERT_EQ(0, object_make(&self->a, id_of(j), sizes[i], j, NULL));
		ASSERT_EQ(64, read(ends[0], bytes, 64));
		EXPECT_EQ(64, matching(bytes, 64, 1)) TH_LOG("%u", sizes[i]);
		for (j = 2; j < 40; j++)
			ASSERT_EQ(0, object_delete(&self->a, id_of(j)));
		close(ends[0]);
		close(ends[1]);
	}
}

/* What was sealed may come up again, but not where zeros were asked for. */
TEST_F(life, zeros_where_asked_for)
{
	static const unsigned int sizes[] = { 100, 4096, 65536, 3 * MIB };
	struct blob blob = {};
	unsigned int i, round;
	__u64 offset;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		blob.size = sizes[i];
		for (round = 0; round < 3; round++) {
			ASSERT_EQ(0, object_create_with(&self->a, id_of(i), &blob,
							PLASMA_CREATE_ZERO, &offset));
			EXPECT_EQ(sizes[i], leading(self->a.write + offset, sizes[i], 0));
			memset(self->a.write + offset, POISON, sizes[i]);
			ASSERT_EQ(0, object_seal(&self->a, id_of(i), 0));
			ASSERT_EQ(0, object_release(&self->a, id_of(i)));
			ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
		}
	}
}

TEST_F(life, ids_are_used_again)
{
	struct id id = id_text("the same");
	struct plasma_get_entry entry;
	unsigned int i, size;
	__u64 offset;

	for (i = 0; i < 300; i++) {
		size = 1 + i * 37 % 9000;

		ASSERT_EQ(0, object_create_with(&self->a, id, &(struct blob){ .size = size },
						PLASMA_CREATE_ZERO, &offset));
		ASSERT_EQ(size, leading(self->a.write + offset, size, 0));
		fill(self->a.write + offset, size, ALL - i);
		ASSERT_EQ(0, object_abort(&self->a, id));

		ASSERT_EQ(0, object_create(&self->a, id, size, &offset));
		fill(self->a.write + offset, size, i);
		ASSERT_EQ(0, object_seal(&self->a, id, 0));
		ASSERT_EQ(0, object_get(&self->b, id, NOW, &entry));
		ASSERT_EQ(size, entry.data_size);
		ASSERT_EQ(size, matching(self->b.read + entry.offset, size, i));
		ASSERT_EQ(0, object_release(&self->b, id));
		ASSERT_EQ(0, object_release(&self->a, id));
		ASSERT_EQ(0, object_delete(&self->a, id));

		ASSERT_EQ(0, object_put(&self->b, id, &i, sizeof(i)));
		ASSERT_EQ(0, object_get(&self->a, id, NOW, &entry));
		ASSERT_EQ(0, memcmp(self->a.read + entry.offset, &i, sizeof(i)));
		ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->b, id));
		ASSERT_EQ(0, object_release(&self->a, id));
	}
	EXPECT_EQ(0, ns_info(&self->a).used);
	EXPECT_EQ(0, ns_info(&self->a).objects);
	EXPECT_EQ(0, ns_info(&self->a).pages);
}

TEST_F(life, ids_are_any_bytes)
{
	struct id zero = {}, ones, nearly;

	memset(&ones, 0xff, sizeof(ones));
	nearly = ones;
	nearly.byte[PLASMA_ID_SIZE - 1] = 0xfe;
	ASSERT_EQ(0, object_put(&self->a, zero, "0", 1));
	ASSERT_EQ(0, object_put(&self->a, ones, "1", 1));
	ASSERT_EQ(0, object_put(&self->a, nearly, "2", 1));
	EXPECT_EQ(-EEXIST, object_put(&self->a, nearly, "2", 1));
	EXPECT_EQ(0, object_delete(&self->a, ones));
	EXPECT_EQ(0, object_refs(&self->a, nearly));
	EXPECT_EQ(0, object_refs(&self->a, zero));
}

/* Grown and shrunk through page and huge page borders, wherever it then is. */
TEST_F(life, resize)
{
	static const __u64 sizes[] = {
		1, 4095, 4096, 4097, 100000, 5000, 2 * MIB, 2 * MIB + 1, 5 * MIB, 10, 0,
		3 * MIB, 64 * KIB,
	};
	struct blob blob = { .size = 100, .metadata = "kept", .metadata_size = 4 };
	__u64 size = 100, kept, offset, old;
	struct id id = id_text("resized");
	struct plasma_object_info info;
	struct plasma_get_entry entry;
	unsigned int i;

	ASSERT_EQ(0, object_create_with(&self->a, id, &blob, 0, &offset));
	fill(self->a.write + offset, size, 5);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		old = offset;
		ASSERT_EQ(0, object_resize(&self->a, id, sizes[i], &offset));
		kept = size < sizes[i] ? size : sizes[i];
		size = sizes[i];
		ASSERT_EQ(kept, matching(self->a.write + offset, kept, 5))
			TH_LOG("step %u", i);
		ASSERT_EQ(size - kept, leading(self->a.write + offset + kept,
					       size - kept, 0))
			TH_LOG("step %u", i);
		if (old != offset && size)
			ASSERT_EQ(-SIGBUS, peek(self->a.write + old));
		fill(self->a.write + offset, size, 5);
		ASSERT_EQ(0, object_stat(&self->a, id, &info));
		ASSERT_EQ(size, info.data_size);
		ASSERT_EQ(size + 4, ns_info(&self->a).used);
	}
	ASSERT_EQ(0, object_seal(&self->a, id, 0));
	ASSERT_EQ(0, object_get(&self->b, id, NOW, &entry));
	ASSERT_EQ(size, entry.data_size);
	ASSERT_EQ(4, entry.metadata_size);
	EXPECT_EQ(size, matching(self->b.read + entry.offset, size, 5));
	EXPECT_EQ(0, memcmp(self->b.read + entry.offset + size, "kept", 4));
	EXPECT_EQ(-EALREADY, object_resize(&self->a, id, 1, NULL));
}

/* Room to grow is not kept by what has become small: addresses would run out. */
TEST_F(life, resize_up_and_down_again_and_again)
{
	unsigned int i;
	__u64 offset;

	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, object_create(&self->a, id_of(i), 1, NULL));
		ASSERT_EQ(0, object_resize(&self->a, id_of(i), 8 * MIB, &offset));
		EXPECT_GT(1 * GIB, offset);
		ASSERT_EQ(0, object_resize(&self->a, id_of(i), i % 2, &offset));
	}
	EXPECT_EQ(20, ns_info(&self->a).used);
	/* And grows where it is not alone. */
	ASSERT_EQ(0, object_resize(&self->a, id_of(0), 3 * MIB, &offset));
	EXPECT_EQ(3 * MIB, leading(self->a.write + offset, 3 * MIB, 0));
	fill(self->a.write + offset, 3 * MIB, 1);
	ASSERT_EQ(0, object_resize(&self->a, id_of(1), 3 * MIB, &offset));
	EXPECT_EQ(3 * MIB - 1, leading(self->a.write + offset + 1, 3 * MIB - 1, 0));
	for (i = 0; i < 40; i++)
		EXPECT_EQ(0, object_abort(&self->a, id_of(i)));
	EXPECT_EQ(0, ns_info(&self->a).used);
}

TEST_F(life, resize_that_does_not_fit)
{
	struct id id = id_text("too large");
	struct client c;
	__u64 offset;

	ASSERT_EQ(0, client_create(&c, 100000));
	ASSERT_EQ(0, object_create(&c, id, 50000, &offset));
	fill(c.write + offset, 50000, 8);
	EXPECT_EQ(-ENOSPC, object_resize(&c, id, 100001, NULL));
	EXPECT_EQ(-ENOSPC, object_resize(&c, id, ALL, NULL));
	EXPECT_EQ(50000, matching(c.write + offset, 50000, 8));
	EXPECT_EQ(50000, ns_info(&c).used);
	EXPECT_EQ(0, object_resize(&c, id, 100000, &offset));
	EXPECT_EQ(100000, ns_info(&c).used);
	EXPECT_EQ(50000, matching(c.write + offset, 50000, 8));

	/* What may be evicted makes room. */
	ASSERT_EQ(0, object_resize(&c, id, 40000, &offset));
	ASSERT_EQ(0, object_make(&c, id_of(1), 50000, 1, NULL));
	ASSERT_EQ(0, object_resize(&c, id, 60000, &offset));
	EXPECT_EQ(-ENOENT, object_refs(&c, id_of(1)));
	EXPECT_EQ(60000, ns_info(&c).used);
	client_close(&c);
}

/* Several threads end the same object: one does, the others learn why they did not. */
struct racer {
	struct client *client;
	unsigned int operation;
	pthread_barrier_t *start;
	int ret;
};

static int race(void *arg)
{
	struct racer *racer = arg;

	pthread_barrier_wait(racer->start);
	switch (racer->operation) {
	case 0:
		racer->ret = object_seal(racer->client, id_of(1), 0);
		break;
	case 1:
		racer->ret = object_abort(racer->client, id_of(1));
		break;
	default:
		racer->ret = object_resize(racer->client, id_of(1), 3 * MIB, NULL);
	}
	return 0;
}

/* @first and @second by turns, on an object that is made anew each time. */
static int race_all(struct client *c, unsigned int first, unsigned int second)
{
	struct racer racers[3];
	pthread_barrier_t start;
	struct task tasks[3];
	int round, i, ends, ret;
	bool sealed;

	CHECK_EQ(0, pthread_barrier_init(&start, NULL, 3));
	for (round = 0; round < 25; round++) {
		CHECK_EQ(0, object_create(c, id_of(1), 2 * MIB, NULL));
		for (i = 0; i < 3; i++) {
			racers[i] = (struct racer){ c, (round + i) & 1 ? first : second,
						    &start, 1 };
			CHECK_EQ(0, task_start(&tasks[i], race, &racers[i]));
		}
		for (ends = 0, sealed = false, i = 0; i < 3; i++) {
			CHECK_EQ(0, task_join(&tasks[i]));
			ret = racers[i].ret;
			if (!ret && racers[i].operation < 2) {
				ends++;
				sealed |= racers[i].operation == 0;
			}
			CHECK(!ret || ret == -EBUSY || ret == -EALREADY || ret == -ENOENT);
		}
		CHECK(ends <= 1);
		ret = object_refs(c, id_of(1));
		CHECK_EQ(ends && !sealed ? -ENOENT : 1, ret);
		if (sealed) {
			CHECK_EQ(0, object_release(c, id_of(1)));
			CHECK_EQ(0, object_delete(c, id_of(1)));
		} else if (!ends) {
			CHECK_EQ(0, object_abort(c, id_of(1)));
		}
		CHECK_EQ(0, ns_info(c).used);
		CHECK_EQ(0, ns_info(c).pages);
	}
	pthread_barrier_destroy(&start);
	return 0;
}

TEST_F(life, racing_ends)
{
	EXPECT_EQ(0, race_all(&self->a, 0, 0));
	EXPECT_EQ(0, race_all(&self->a, 0, 1));
	EXPECT_EQ(0, race_all(&self->a, 0, 2));
	EXPECT_EQ(0, race_all(&self->a, 1, 2));
	EXPECT_EQ(0, race_all(&self->a, 2, 2));
}

TEST_F(life, errno_EACCES)
{
	struct client c;

	ASSERT_EQ(0, client_open(&c, self->a.name, PLASMA_ACCESS_READ));
	EXPECT_EQ(-EACCES, object_create(&c, id_of(1), 1, NULL));
	client_close(&c);
}

TEST_F(life, errno_EALREADY)
{
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "", 0));
	EXPECT_EQ(-EALREADY, object_seal(&self->a, id_of(1), 0));
}

TEST_F(life, errno_EBADF)
{
	struct client c = self->a;

	c.ns = self->a.ns + 1000;
	EXPECT_EQ(-EBADF, object_create(&c, id_of(1), 1, NULL));
	EXPECT_EQ(-EBADF, object_put(&c, id_of(1), "", 0));
	EXPECT_EQ(-EBADF, object_hold(&c, id_of(1)));
	c.ns = ~0U;
	EXPECT_EQ(-EBADF, object_release(&c, id_of(1)));
	EXPECT_EQ(-EBADF, object_delete(&c, id_of(1)));

	/* A handle of another client is not one of this. */
	c = self->a;
	c.fd = device_open();
	ASSERT_LE(0, c.fd);
	EXPECT_EQ(-EBADF, object_seal(&c, id_of(1), 0));
	close(c.fd);
}

TEST_F(life, errno_EBUSY)
{
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "", 0));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "one", 0));
	EXPECT_EQ(-EBUSY, name_bind(&self->a, id_of(1), "two", 0));
	ASSERT_EQ(0, object_hold(&self->b, id_of(1)));
	EXPECT_EQ(-EBUSY, ns_remove(self->a.fd, self->a.name, 0));
}

TEST_F(life, errno_E2BIG)
{
	struct plasma_query limits;
	struct plasma_get_entry entry = {};
	static __u8 one;

	ASSERT_EQ(0, query(self->a.fd, &limits));
	EXPECT_EQ(-E2BIG, object_get_many(&self->a, &entry, limits.out_batch_max + 1,
					  NOW));
	EXPECT_EQ(-E2BIG, object_put_with(&self->a, id_of(1), &(struct blob){
		.metadata = &one, .metadata_size = limits.out_metadata_max + 1ULL },
		0, NULL));
}

TEST_F(life, errno_EFAULT)
{
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct blob blob = { .size = 1 };
	struct client c;

	ASSERT_EQ(0, client_create(&c, 0));
	EXPECT_EQ(-EFAULT, plasma_ioctl(c.fd, PLASMA_IOC_QUERY, nowhere));
	EXPECT_EQ(-EFAULT, object_put(&c, id_of(1), nowhere, 1));
	EXPECT_EQ(-EFAULT, object_put(&c, id_of(1), nowhere, 3 * MIB));
	EXPECT_EQ(-EFAULT, object_get_many(&c, nowhere, 1, NOW));
	blob.metadata = nowhere;
	blob.metadata_size = 1;
	EXPECT_EQ(-EFAULT, object_create_with(&c, id_of(1), &blob, 0, NULL));

	/* Nothing of it remains, and the id is free. */
	EXPECT_EQ(-ENOENT, object_refs(&c, id_of(1)));
	EXPECT_EQ(0, ns_info(&c).used);
	EXPECT_EQ(0, ns_info(&c).pages);
	EXPECT_EQ(0, object_put(&c, id_of(1), "", 0));
	munmap(nowhere, PAGE);
	client_close(&c);
}

/* A get or put that cannot tell its caller so holds nothing. */
TEST_F(life, answers_that_cannot_be_given)
{
	struct plasma_get_entry *entry;
	struct plasma_put *put;
	struct plasma_id_entry *released;
	struct plasma_release release = {
		.ns = self->a.ns,
		.count = 1,
		.entry_size = sizeof(*released),
	};

	entry = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	memcpy(entry->id, id_of(1).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(0, mprotect(entry, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, object_get_many(&self->a, entry, 1, NOW));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));

	ASSERT_EQ(0, mprotect(entry, PAGE, PROT_READ | PROT_WRITE));
	put = (void *)entry;
	*put = (struct plasma_put){ .ns = self->a.ns, .flags = PLASMA_PUT_HOLD };
	memcpy(put->id, id_of(2).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(0, mprotect(entry, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, plasma_ioctl(self->a.fd, PLASMA_IOC_PUT, put));
	EXPECT_EQ(-ENOENT, object_release(&self->a, id_of(2)));

	ASSERT_EQ(0, mprotect(entry, PAGE, PROT_READ | PROT_WRITE));
	released = (void *)entry;
	memcpy(released->id, id_of(1).byte, PLASMA_ID_SIZE);
	release.entries_ptr = (unsigned long)released;
	ASSERT_EQ(0, mprotect(entry, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, plasma_ioctl(self->a.fd, PLASMA_IOC_RELEASE, &release));
	munmap(entry, PAGE);
}

/* The buffer that ends too early, in the middle of the object. */
TEST_F(life, put_from_half_a_buffer)
{
	__u8 *half = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_EQ(0, mprotect(half + PAGE, PAGE, PROT_NONE));
	EXPECT_EQ(-EFAULT, object_put(&self->a, id_of(1), half, PAGE + 1));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, object_put(&self->a, id_of(1), half, PAGE));
	munmap(half, 2 * PAGE);
}

TEST_F(life, errno_EIDRM)
{
	int fd = device_open();
	struct client c;
	char name[32];

	snprintf(name, sizeof(name), "removed %d", getpid());
	ASSERT_LE(0, ns_create(fd, name, 0, 0600, 0));
	ASSERT_EQ(0, client_open(&c, name, 0));
	ASSERT_EQ(0, ns_remove(fd, name, 0));
	EXPECT_EQ(-EIDRM, object_create(&c, id_of(1), 1, NULL));
	client_close(&c);
	close(fd);
}

static void nothing(int signal_number)
{
	(void)signal_number;
}

TEST_F(life, errno_EINTR)
{
	struct sigaction action = { .sa_handler = nothing };
	struct plasma_get_entry entry;
	struct itimerspec soon = { .it_value.tv_nsec = 50000000,
				   .it_interval.tv_nsec = 50000000 };
	timer_t timer;

	sigaction(SIGUSR1, &action, NULL);
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &(struct sigevent){
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 }, &timer));
	ASSERT_EQ(0, timer_settime(timer, 0, &soon, NULL));
	EXPECT_EQ(-EINTR, object_get(&self->a, id_of(1), PLASMA_FOREVER, &entry));
	timer_delete(timer);
	EXPECT_EQ(0, ns_info(&self->a).waiters);
}

TEST_F(life, errno_EINVAL)
{
	EXPECT_EQ(-EINVAL, object_seal(&self->a, id_of(1), 1U << 31));
}

TEST_F(life, errno_ENAMETOOLONG)
{
	char name[PLASMA_NAME_MAX + 2];

	ASSERT_EQ(0, object_put(&self->a, id_of(1), "", 0));
	memset(name, 'n', sizeof(name));
	name[PLASMA_NAME_MAX + 1] = 0;
	EXPECT_EQ(-ENAMETOOLONG, name_bind(&self->a, id_of(1), name, 0));
	EXPECT_EQ(-ENAMETOOLONG, ns_create(self->a.fd, name, 0, 0600, 0));
}

TEST_F(life, errno_ENOENT)
{
	struct id id;

	EXPECT_EQ(-ENOENT, object_seal(&self->a, id_of(1), 0));
	EXPECT_EQ(-ENOENT, name_lookup(&self->a, "nobody", &id));
	EXPECT_EQ(-ENOENT, ns_remove(self->a.fd, "no such namespace", 0));
}

/* Written to a file of a control group, or of the processes in it. */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

#define GROUP	"/sys/fs/cgroup/plasma-life"

static int create_in_small_group(void *arg)
{
	struct client *c = arg;
	static __u8 bytes[PAGE];
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	CHECK_EQ(0, write_file(GROUP "/cgroup.procs", pid));
	CHECK_EQ(-ENOMEM, object_create(c, id_of(1), 64 * MIB, NULL));
	CHECK_EQ(-ENOENT, object_refs(c, id_of(1)));
	CHECK_EQ(0, ns_info(c).pages);
	/* Small ones still fit. */
	CHECK_EQ(0, object_put(c, id_of(2), bytes, sizeof(bytes)));
	return 0;
}

TEST_F(life, errno_ENOMEM)
{
	struct client c;
	pid_t pid;

	if (mkdir(GROUP, 0755) || write_file(GROUP "/memory.max", "16777216"))
		SKIP(return, "no memory controller of cgroup 2 in /sys/fs/cgroup");
	write_file(GROUP "/memory.swap.max", "0");
	ASSERT_EQ(0, client_create(&c, 0));
	pid = spawn(create_in_small_group, &c);
	EXPECT_EQ(0, reap(pid));
	/* The limit is the group's: here there is room. */
	EXPECT_EQ(0, object_create(&c, id_of(1), 64 * MIB, NULL));
	client_close(&c);
	EXPECT_EQ(0, rmdir(GROUP));
}

TEST_F(life, errno_ENOSPC)
{
	struct client c;

	ASSERT_EQ(0, client_create(&c, 1000));
	EXPECT_EQ(-ENOSPC, object_create(&c, id_of(1), 1001, NULL));
	EXPECT_EQ(0, object_create(&c, id_of(1), 1000, NULL));
	EXPECT_EQ(-ENOSPC, object_put(&c, id_of(2), "x", 1));
	EXPECT_EQ(0, object_put(&c, id_of(2), "", 0));
	client_close(&c);
}

TEST_F(life, errno_ENOTTY)
{
	__u8 space[64] = {};

	EXPECT_EQ(-ENOTTY, plasma_ioctl(self->a.fd, _IOWR(PLASMA_IOC_MAGIC, 0x7f, space),
					space));
}

TEST_F(life, errno_EOVERFLOW)
{
	struct blob blob = { .size = ALL, .metadata = "m", .metadata_size = 1 };

	EXPECT_EQ(-EOVERFLOW, object_create_with(&self->a, id_of(1), &blob, 0, NULL));
}

TEST_F(life, errno_EPERM)
{
	ASSERT_EQ(0, object_create(&self->b, id_of(1), 1, NULL));
	EXPECT_EQ(-EPERM, object_seal(&self->a, id_of(1), 0));
	EXPECT_EQ(-EPERM, ns_remove(self->a.fd, "default", 0));
}

TEST_F(life, errno_EMFILE)
{
	int fd = device_open(), ret = 0, opened;
	char name[32];

	ASSERT_LE(0, fd);
	for (opened = 0; opened < 100000; opened++) {
		snprintf(name, sizeof(name), "many %d", opened);
		ret = ns_create(fd, name, PLASMA_NS_EPHEMERAL, 0600, 0);
		if (ret < 0)
			break;
	}
	EXPECT_EQ(-EMFILE, ret);
	EXPECT_LE(16, opened);
	/* The one that failed does not exist. */
	EXPECT_EQ(-ENOENT, ns_remove(self->a.fd, name, 0));
	close(fd);
}

TEST_HARNESS_MAIN
