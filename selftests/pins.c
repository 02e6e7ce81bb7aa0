// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects that are held by pins, which the kernel is not told of, are held all the same:
 * they are neither evicted nor deleted, they count, and they go with the last release or
 * with the client. All of it happens without a system call where it can, and by system calls
 * where it cannot.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <kselftest_harness.h>

#include "indexed.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH	59
#define PR_SYS_DISPATCH_ON		1
#endif

#define SWITCH	"/sys/module/plasma/parameters/index"

FIXTURE(pins)
{
	struct usage before;
	struct client a;	/* makes objects, and looks on */
	struct plasma *p;
	struct plasma *q;
};

FIXTURE_SETUP(pins)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, lib_open(&self->p, &self->a, 0));
	ASSERT_EQ(0, lib_open(&self->q, &self->a, 0));
}

FIXTURE_TEARDOWN(pins)
{
	plasma_close(self->p);
	plasma_close(self->q);
	EXPECT_EQ(0, ns_info(&self->a).in_use);
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* Whether the bytes are those that object_make() wrote. */
static bool intact(const struct plasma_buffer *buf, __u64 seed)
{
	return matching(buf->data, buf->size, seed) == buf->size;
}

TEST_F(pins, are_offered)
{
	struct plasma_query answer;
	struct indexed x;
	int fd = device_open();

	ASSERT_EQ(0, query(fd, &answer));
	EXPECT_EQ(PLASMA_FEATURE_INDEX, answer.out_features & PLASMA_FEATURE_INDEX);
	close(fd);
	ASSERT_EQ(0, indexed_map(&x, &self->a));
	EXPECT_EQ(PLASMA_PIN_SETS * PLASMA_PIN_WAYS * sizeof(struct plasma_pin), x.pins_size);
	EXPECT_EQ(PLASMA_INDEX_MAGIC, x.header->magic);
	EXPECT_EQ(PLASMA_CLOCK_CYCLES, x.header->clock);
	EXPECT_EQ(sizeof(struct plasma_index_entry), x.header->entry_size);
	EXPECT_LE(2, indexed_buckets(&x));
	indexed_unmap(&x);
}

/* What begins where the window ends is somebody else's, though it has the number of our pin. */
TEST_F(pins, a_pointer_behind_the_window)
{
	struct plasma_get_entry entry;
	struct plasma_buffer buf, other;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 5000, 1, NULL));
	ASSERT_EQ(0, object_get(&self->a, id_of(1), NOW, &entry));
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &buf));
	ASSERT_NE(0, buf.pin);
	other = buf;
	other.data = (const __u8 *)buf.data - entry.offset + window_size();
	EXPECT_EQ(-ENOENT, plasma_release_buffer(self->p, &other));
	EXPECT_EQ(0, object_release(&self->a, id_of(1)));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &buf));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
}

/* What a client reads of an object there is what STAT says. */
TEST_F(pins, entries)
{
	struct blob blob = { .data = "data", .size = 4, .metadata = "metadata",
			     .metadata_size = 8 };
	const struct plasma_index_entry *entry;
	struct plasma_object_info info;
	struct plasma_buffer buf;
	struct indexed x;
	__u64 offset;

	ASSERT_EQ(0, indexed_map(&x, &self->a));
	EXPECT_EQ(0, indexed_find(&x, id_of(1)));
	ASSERT_EQ(0, object_create(&self->a, id_of(1), 4, &offset));
	if (indexed_find(&x, id_of(1)))
		EXPECT_EQ(0, indexed_entry(&x, indexed_find(&x, id_of(1)))->state &
			     PLASMA_ENTRY_LIVE);
	ASSERT_EQ(-EINPROGRESS, lib_get(self->p, id_of(1), &buf));
	ASSERT_EQ(0, object_abort(&self->a, id_of(1)));
	EXPECT_EQ(0, indexed_find(&x, id_of(1)));

	ASSERT_EQ(0, object_put_with(&self->a, id_of(1), &blob, 0, NULL));
	ASSERT_NE(0, indexed_find(&x, id_of(1)));
	entry = indexed_entry(&x, indexed_find(&x, id_of(1)));
	ASSERT_EQ(0, object_stat(&self->a, id_of(1), &info));
	EXPECT_EQ(PLASMA_ENTRY_LIVE, entry->state & (PLASMA_ENTRY_LIVE | PLASMA_ENTRY_PENDING));
	EXPECT_EQ(4, entry->data_size);
	EXPECT_EQ(8, entry->metadata_size);
	EXPECT_EQ(info.create_time_ns, entry->create_time_ns);
	EXPECT_EQ(0, memcmp(self->a.read + entry->offset, "datametadata", 12));

	ASSERT_EQ(0, lib_get(self->p, id_of(1), &buf));
	EXPECT_NE(0, buf.pin);
	EXPECT_EQ(4, buf.size);
	EXPECT_EQ(8, buf.metadata_size);
	EXPECT_EQ(0, memcmp(buf.data, "data", 4));
	EXPECT_EQ(0, memcmp(buf.metadata, "metadata", 8));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &buf));
	EXPECT_EQ(0, object_delete(&self->a, id_of(1)));
	EXPECT_EQ(0, indexed_find(&x, id_of(1)));
	EXPECT_EQ(-ENOENT, lib_get(self->p, id_of(1), &buf));
	indexed_unmap(&x);
}

/* --- no system call ---------------------------------------------------------- */

static volatile char dispatch;
static volatile int system_calls;

static void count_call(int signal_number)
{
	(void)signal_number;
	system_calls++;
	dispatch = 0;		/* the return from here is one as well */
}

#define HOT	64

static int hot_loop(struct plasma *p, unsigned int rounds)
{
	struct plasma_buffer buf;
	struct plasma_id id;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		id = lib_id(id_of(i % HOT));
		if (plasma_get(p, &id, &buf, i % 2 ? -1 : 0))
			return -1;
		if (((const __u8 *)buf.data)[0] != i % HOT || buf.size != 100)
			return -2;
		if (i % 3 ? plasma_release_buffer(p, &buf) : plasma_release(p, &id))
			return -3;
		if (plasma_contains(p, &id) != 1)
			return -4;
	}
	return 0;
}

static int hot(void *arg)
{
	const struct client *a = arg;
	struct plasma *p, *slow;
	struct plasma_buffer buf;
	struct plasma_id id = lib_id(id_of(0));
	int ret;

	CHECK_EQ(0, lib_open(&p, a, 0));
	CHECK_EQ(0, lib_open(&slow, a, PLASMA_OPEN_NO_INDEX));
	CHECK_EQ(0, hot_loop(p, HOT));
	CHECK(signal(SIGSYS, count_call) != SIG_ERR);
	CHECK_EQ(0, prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &dispatch));
	dispatch = 1;
	ret = hot_loop(p, 20000);
	dispatch = 0;
	CHECK_EQ(0, ret);
	CHECK_EQ(0, system_calls);

	/* And the counter counts. */
	dispatch = 1;
	plasma_get(slow, &id, &buf, 0);
	dispatch = 0;
	CHECK_EQ(1, system_calls);
	return 0;
}

TEST_F(pins, make_no_system_call)
{
	__u8 bytes[100];
	int i;

	for (i = 0; i < HOT; i++) {
		memset(bytes, i, sizeof(bytes));
		ASSERT_EQ(0, object_put(&self->a, id_of(i), bytes, sizeof(bytes)));
	}
	EXPECT_EQ(0, reap(spawn(hot, &self->a)));
}

/* --- switched off ------------------------------------------------------------ */

FIXTURE(switched)
{
	struct usage before;
	struct client a;
};

FIXTURE_SETUP(switched)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, object_make(&self->a, id_of(1), 5000, 1, NULL));
}

FIXTURE_TEARDOWN(switched)
{
	EXPECT_EQ(0, file_write(SWITCH, "Y"));
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

static int use_by_call(const struct client *a, __u32 flags)
{
	struct plasma_id id = lib_id(id_of(1));
	struct plasma_buffer buf;
	struct plasma *p;

	CHECK_EQ(0, lib_open(&p, a, flags));
	CHECK_EQ(0, lib_get(p, id_of(1), &buf));
	CHECK_EQ(0, buf.pin);
	CHECK(intact(&buf, 1));
	CHECK_EQ(1, object_refs(a, id_of(1)));
	CHECK_EQ(1, plasma_contains(p, &id));
	CHECK_EQ(PLASMA_DELETE_PENDING, object_delete(a, id_of(1)));
	CHECK_EQ(0, plasma_release_buffer(p, &buf));
	CHECK_EQ(-ENOENT, object_refs(a, id_of(1)));
	CHECK_EQ(0, object_make(a, id_of(1), 5000, 1, NULL));
	CHECK_EQ(0, lib_get(p, id_of(1), &buf));
	CHECK_EQ(0, lib_release(p, id_of(1)));
	CHECK_EQ(-ENOENT, lib_release(p, id_of(1)));
	plasma_close(p);
	return 0;
}

TEST_F(switched, by_the_client)
{
	EXPECT_EQ(0, use_by_call(&self->a, PLASMA_OPEN_NO_INDEX));
}

TEST_F(switched, by_the_module)
{
	struct plasma_query answer;
	struct indexed x, off;

	ASSERT_EQ(0, indexed_ask(&x, &self->a));
	EXPECT_LT(0, x.index_size);
	ASSERT_EQ(0, file_write(SWITCH, "N"));
	ASSERT_EQ(0, query(self->a.fd, &answer));
	EXPECT_EQ(0, answer.out_features & PLASMA_FEATURE_INDEX);
	/* Whatever was there before the call. */
	ASSERT_EQ(0, indexed_ask(&off, &self->a));
	EXPECT_EQ(0, off.index_size);
	EXPECT_EQ(0, off.pins_size);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, x.index_size, PROT_READ, MAP_SHARED, self->a.fd,
				   x.index_offset));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, x.pins_size, PROT_READ | PROT_WRITE, MAP_SHARED,
				   self->a.fd, x.pins_offset));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(0, use_by_call(&self->a, 0));
}

/* Who has mapped its pins goes on, and they count. */
TEST_F(switched, while_in_use)
{
	struct plasma_buffer buf;
	struct plasma *p;

	ASSERT_EQ(0, lib_open(&p, &self->a, 0));
	ASSERT_EQ(0, file_write(SWITCH, "N"));
	ASSERT_EQ(0, lib_get(p, id_of(1), &buf));
	EXPECT_NE(0, buf.pin);
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(1)));
	EXPECT_TRUE(intact(&buf, 1));
	EXPECT_EQ(0, plasma_release_buffer(p, &buf));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
	plasma_close(p);
}

/* --- pins run out -------------------------------------------------------------- */

#define SETS_FULL	(12 * PLASMA_PIN_SETS)

static int make_many(const struct client *a, unsigned int count)
{
	unsigned int i;
	struct id id;

	for (i = 0; i < count; i++) {
		id = id_of(i);
		CHECK_EQ(0, object_put(a, id, &id, sizeof(id)));
	}
	return 0;
}

/* Objects whose entries share the set of pins of that of object 0: how many of @max. */
static unsigned int of_one_set(const struct client *a, struct id *ids, unsigned int max)
{
	unsigned int i, n = 0;
	struct indexed x;
	__u32 set;

	if (indexed_map(&x, a))
		return 0;
	set = plasma_pin_set(indexed_find(&x, id_of(0)));
	for (i = 0; i < SETS_FULL && n < max; i++)
		if (plasma_pin_set(indexed_find(&x, id_of(i))) == set)
			ids[n++] = id_of(i);
	indexed_unmap(&x);
	return n;
}

/* Entries that are the same number apart do not crowd in one set, whatever that number is. */
TEST_F(pins, far_apart)
{
	static const unsigned int steps[] = { 64, 100, 128, 256 };
	struct plasma_buffer bufs[12];
	unsigned int i, k;

	ASSERT_EQ(0, make_many(&self->a, SETS_FULL));
	for (k = 0; k < ARRAY_SIZE(steps); k++) {
		for (i = 0; i < ARRAY_SIZE(bufs); i++) {
			ASSERT_EQ(0, lib_get(self->p, id_of(i * steps[k]), &bufs[i]));
			EXPECT_NE(0, bufs[i].pin);
		}
		for (i = 0; i < ARRAY_SIZE(bufs); i++)
			EXPECT_EQ(0, plasma_release_buffer(self->p, &bufs[i]));
	}
}

TEST_F(pins, run_out)
{
	struct plasma_buffer bufs[PLASMA_PIN_WAYS + 3];
	struct id ids[ARRAY_SIZE(bufs)];
	unsigned int i;

	ASSERT_EQ(0, make_many(&self->a, SETS_FULL));
	ASSERT_EQ(ARRAY_SIZE(ids), of_one_set(&self->a, ids, ARRAY_SIZE(ids)));
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		ASSERT_EQ(0, lib_get(self->p, ids[i], &bufs[i]));
		EXPECT_EQ(i < PLASMA_PIN_WAYS, bufs[i].pin != 0);
	}
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		EXPECT_EQ(1, object_refs(&self->a, ids[i]));
		EXPECT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, ids[i]));
	}
	EXPECT_EQ(ARRAY_SIZE(ids), ns_info(&self->a).in_use);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		EXPECT_TRUE(id_equal(bufs[i].data, &ids[i]));
		EXPECT_EQ(0, plasma_release_buffer(self->p, &bufs[i]));
		EXPECT_EQ(-ENOENT, object_refs(&self->a, ids[i]));
	}
}

/* What is pinned keeps its pages, too: where they are short, nothing goes in vain. */
TEST_F(pins, keep_pages)
{
	const __u64 size = 64 * KIB + 1;
	struct plasma_buffer bufs[30];
	struct plasma_ns_info info;
	char size_mb[32];
	unsigned int i;

	snprintf(size_mb, sizeof(size_mb), "%lld", file_number(SIZE_MB));
	ASSERT_EQ(0, file_write(SIZE_MB, "16"));
	for (i = 0; i < ARRAY_SIZE(bufs); i++) {
		ASSERT_EQ(0, object_make(&self->a, id_of(i), size, i, NULL));
		ASSERT_EQ(0, lib_get(self->p, id_of(i), &bufs[i]));
		EXPECT_NE(0, bufs[i].pin);
	}
	info = ns_info(&self->a);
	EXPECT_EQ(-ENOSPC, object_create(&self->a, id_of(i), info.capacity - info.used, NULL));
	EXPECT_EQ(ARRAY_SIZE(bufs), ns_info(&self->a).objects);
	for (i = 0; i < ARRAY_SIZE(bufs); i++)
		EXPECT_EQ(0, plasma_release_buffer(self->p, &bufs[i]));
	EXPECT_EQ(0, object_create(&self->a, id_of(i), info.capacity - info.used, NULL));
	EXPECT_LT(0, ns_info(&self->a).evictions);
	EXPECT_EQ(0, object_abort(&self->a, id_of(i)));
	EXPECT_EQ(0, file_write(SIZE_MB, size_mb));
}

/* Pins that hold nothing any more make way for new ones, as often as that is wanted. */
TEST_F(pins, of_the_past_make_way)
{
	struct plasma_buffer bufs[PLASMA_PIN_WAYS], buf;
	struct id ids[PLASMA_PIN_WAYS + 3];
	unsigned int i, round;

	ASSERT_EQ(0, make_many(&self->a, SETS_FULL));
	ASSERT_EQ(ARRAY_SIZE(ids), of_one_set(&self->a, ids, ARRAY_SIZE(ids)));
	for (round = 0; round < 4 * ARRAY_SIZE(ids); round++) {
		ASSERT_EQ(0, lib_get(self->p, ids[round % ARRAY_SIZE(ids)], &buf));
		EXPECT_NE(0, buf.pin);
		EXPECT_EQ(0, plasma_release_buffer(self->p, &buf));
	}
	/* Those that do hold something stay. */
	for (i = 0; i < PLASMA_PIN_WAYS - 1; i++) {
		ASSERT_EQ(0, lib_get(self->p, ids[i], &bufs[i]));
		EXPECT_NE(0, bufs[i].pin);
	}
	for (; i < ARRAY_SIZE(ids); i++) {
		ASSERT_EQ(0, lib_get(self->p, ids[i], &buf));
		EXPECT_NE(0, buf.pin);
		EXPECT_EQ(0, plasma_release_buffer(self->p, &buf));
	}
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		EXPECT_EQ(i < PLASMA_PIN_WAYS - 1, object_refs(&self->a, ids[i]));
	for (i = 0; i < PLASMA_PIN_WAYS - 1; i++)
		EXPECT_EQ(0, plasma_release_buffer(self->p, &bufs[i]));
}

/* What drains the pins must not forget what waits for them. */
TEST_F(pins, drained_with_a_delete_pending)
{
	struct indexed x;
	struct client c;
	__u32 number;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, indexed_map(&x, &c));
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	number = indexed_find(&x, id_of(1));
	ASSERT_TRUE(indexed_pin(&x, number));
	EXPECT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(1)));
	/* One thread has released it, but not gone on; another drains. */
	__atomic_fetch_sub(&indexed_set(&x, number)->word, PLASMA_PIN_COUNT, __ATOMIC_SEQ_CST);
	EXPECT_EQ(0, object_reap(&c, 0, PLASMA_REAP_DRAIN));
	EXPECT_EQ(0, indexed_set(&x, number)->word);
	/* Were it not reaped by now, the first thread's death would be its last chance. */
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
	indexed_unmap(&x);
	client_close(&c);
}

TEST_F(pins, reap_arguments)
{
	struct plasma_reap reap = { .ns = self->a.ns };

	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	EXPECT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_REAP, &reap));
	reap.entry = 1;
	EXPECT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_REAP, &reap));
	reap.entry = ~0U;
	EXPECT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_REAP, &reap));
	/* Without pins. */
	reap.flags = PLASMA_REAP_DRAIN;
	EXPECT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_REAP, &reap));
	reap.flags = PLASMA_REAP_DRAIN << 1;
	EXPECT_EQ(-EINVAL, plasma_ioctl(self->a.fd, PLASMA_IOC_REAP, &reap));
	reap.flags = 0;
	reap.__reserved = 1;
	EXPECT_EQ(-EINVAL, plasma_ioctl(self->a.fd, PLASMA_IOC_REAP, &reap));
	reap.__reserved = 0;
	reap.ns = 77;
	EXPECT_EQ(-EBADF, plasma_ioctl(self->a.fd, PLASMA_IOC_REAP, &reap));
	/* None of this took the object away. */
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
}

/* --- eviction ------------------------------------------------------------------ */

/* The order in which objects @first to @first + @count - 1 go when one goes at a time. */
static int evict_in_turn(const struct client *a, unsigned int count, char *order)
{
	struct plasma_evict evict;
	unsigned int n, i;
	bool gone[26] = { false };

	for (n = 0; n < count; n++) {
		CHECK_EQ(0, object_evict(a, 1, &evict));
		CHECK_EQ(1, evict.out_objects);
		for (i = 0; i < count; i++) {
			if (gone[i] || object_refs(a, id_of(i)) != -ENOENT)
				continue;
			gone[i] = true;
			order[n] = 'A' + i;
			break;
		}
		CHECK(i < count);
	}
	order[n] = '\0';
	return 0;
}

static int put_letters(const struct client *a, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		CHECK_EQ(0, object_put(a, id_of(i), "x", 1));
	return 0;
}

static int touch(struct plasma *p, char letter, bool by_pin)
{
	struct plasma_buffer buf;

	CHECK_EQ(0, lib_get(p, id_of(letter - 'A'), &buf));
	CHECK_EQ(by_pin, buf.pin != 0);
	CHECK_EQ(0, plasma_release_buffer(p, &buf));
	return 0;
}

TEST_F(pins, order_of_eviction)
{
	struct plasma_buffer c, g, h;
	struct plasma *slow;
	char order[27];

	ASSERT_EQ(0, lib_open(&slow, &self->a, PLASMA_OPEN_NO_INDEX));
	ASSERT_EQ(0, put_letters(&self->a, 10));
	ASSERT_EQ(0, lib_get(self->p, id_of(2), &c));
	ASSERT_EQ(0, lib_get(self->p, id_of(6), &g));
	ASSERT_EQ(0, lib_get(self->q, id_of(7), &h));
	ASSERT_EQ(0, touch(self->p, 'D', true));
	ASSERT_EQ(0, touch(self->q, 'B', true));
	ASSERT_EQ(0, touch(slow, 'E', false));
	ASSERT_EQ(0, touch(self->p, 'A', true));
	/* Each release counts, of whatever client, and only the last of an object. */
	ASSERT_EQ(0, touch(self->q, 'D', true));
	ASSERT_EQ(0, plasma_release_buffer(self->q, &h));
	ASSERT_EQ(0, touch(slow, 'J', false));
	ASSERT_EQ(0, plasma_release_buffer(self->p, &g));
	ASSERT_EQ(0, plasma_release_buffer(self->p, &c));
	ASSERT_EQ(0, touch(self->q, 'I', true));
	ASSERT_EQ(0, evict_in_turn(&self->a, 10, order));
	EXPECT_STREQ("FBEADHJGCI", order);
	plasma_close(slow);
}

/* The kernel notes the order when it clears pins, or when the client dies, just as well. */
TEST_F(pins, order_after_their_end)
{
	struct indexed x;
	struct client c;
	char order[27];

	ASSERT_EQ(0, put_letters(&self->a, 6));
	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, indexed_map(&x, &c));
	ASSERT_EQ(0, touch(self->p, 'E', true));
	ASSERT_TRUE(indexed_pin(&x, indexed_find(&x, id_of(1))));
	indexed_set(&x, indexed_find(&x, id_of(1)))->stamp = __builtin_ia32_rdtsc();
	__atomic_fetch_sub(&indexed_set(&x, indexed_find(&x, id_of(1)))->word,
			   PLASMA_PIN_COUNT, __ATOMIC_SEQ_CST);
	ASSERT_EQ(0, touch(self->q, 'A', true));
	EXPECT_EQ(0, object_reap(&c, 0, PLASMA_REAP_DRAIN));
	plasma_close(self->p);
	self->p = NULL;
	/* Its pin of D goes with the client, now: the latest release of all. */
	ASSERT_TRUE(indexed_pin(&x, indexed_find(&x, id_of(3))));
	ASSERT_EQ(0, touch(self->q, 'C', true));
	indexed_unmap(&x);
	client_close(&c);
	ASSERT_EQ(0, evict_in_turn(&self->a, 6, order));
	EXPECT_STREQ("FEBACD", order);
}

/* A time to come is as good as now, and no better. */
TEST_F(pins, from_the_future)
{
	struct plasma_pin *pin;
	struct indexed x;
	struct client c;
	char order[27];

	ASSERT_EQ(0, put_letters(&self->a, 3));
	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, indexed_map(&x, &c));
	pin = indexed_set(&x, indexed_find(&x, id_of(0)));
	pin->stamp = ~0ULL;
	pin->word = indexed_find(&x, id_of(0));
	EXPECT_EQ(0, object_reap(&c, 0, PLASMA_REAP_DRAIN));
	ASSERT_EQ(0, touch(self->q, 'B', true));
	ASSERT_EQ(0, evict_in_turn(&self->a, 3, order));
	EXPECT_STREQ("CAB", order);
	indexed_unmap(&x);
	client_close(&c);
}

TEST_F(pins, keep_from_eviction)
{
	struct plasma_buffer bufs[4];
	struct plasma_evict evict;
	unsigned int i;

	ASSERT_EQ(0, ns_set_capacity(&self->a, 8 * 4000));
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, object_make(&self->a, id_of(i), 4000, i, NULL));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, lib_get(self->p, id_of(2 * i), &bufs[i]));
	/* More than there is room for without them, in one and in many. */
	EXPECT_EQ(-ENOSPC, object_create(&self->a, id_of(100), 4 * 4000 + 1, NULL));
	EXPECT_EQ(8, ns_info(&self->a).objects);
	ASSERT_EQ(0, object_create(&self->a, id_of(100), 4 * 4000, NULL));
	EXPECT_EQ(-ENOSPC, object_create(&self->a, id_of(101), 1, NULL));
	ASSERT_EQ(0, object_abort(&self->a, id_of(100)));
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	EXPECT_EQ(0, evict.out_objects);
	for (i = 0; i < 4; i++) {
		EXPECT_TRUE(intact(&bufs[i], 2 * i));
		EXPECT_EQ(1, object_refs(&self->a, id_of(2 * i)));
		EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(2 * i + 1)));
	}
	EXPECT_EQ(-ENOSPC, ns_set_capacity(&self->a, 4 * 4000 - 1));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &bufs[2]));
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	EXPECT_EQ(1, evict.out_objects);
	EXPECT_EQ(4000, evict.out_bytes);
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(4)));
	for (i = 0; i < 4; i++)
		if (i != 2)
			EXPECT_EQ(0, plasma_release_buffer(self->p, &bufs[i]));
}

struct rising {
	struct indexed *x;
	__u32 number;
	unsigned int changes;
	bool stop;
};

/* Says of an object, all the time, that it was released a little later; and looks at that. */
static int raise_stamps(void *arg)
{
	struct rising *rising = arg;
	struct plasma_pin *pin = indexed_set(rising->x, rising->number);
	const struct plasma_index_entry *entry = indexed_entry(rising->x, rising->number);
	__u64 seen = __atomic_load_n(&entry->stamp, __ATOMIC_RELAXED), stamp = seen, now;

	while (!__atomic_load_n(&rising->stop, __ATOMIC_RELAXED)) {
		__atomic_store_n(&pin->stamp, ++stamp, __ATOMIC_RELAXED);
		now = __atomic_load_n(&entry->stamp, __ATOMIC_RELAXED);
		rising->changes += now != seen;
		seen = now;
	}
	return 0;
}

/* However often a client changes its mind, who evicts puts an object back once at most. */
TEST_F(pins, that_are_released_all_the_time)
{
	struct rising rising = { };
	struct plasma_evict evict;
	struct task task;
	struct indexed x;
	struct client c;
	int i;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, indexed_map(&x, &c));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
		rising = (struct rising){ .x = &x, .number = indexed_find(&x, id_of(1)) };
		indexed_set(&x, rising.number)->word = rising.number;
		ASSERT_EQ(0, task_start(&task, raise_stamps, &rising));
		sleep_ms(5);	/* that there is room for many steps */
		ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
		EXPECT_EQ(1, evict.out_objects);
		__atomic_store_n(&rising.stop, true, __ATOMIC_RELAXED);
		EXPECT_EQ(0, task_join(&task));
		EXPECT_GE(1, rising.changes);
	}
	indexed_unmap(&x);
	client_close(&c);
}

/* --- deletion ------------------------------------------------------------------ */

TEST_F(pins, delay_a_delete)
{
	struct plasma_buffer p, q, again;
	struct plasma_object_info info;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 5000, 1, NULL));
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &p));
	EXPECT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(1)));
	/* To be had until it goes. */
	ASSERT_EQ(0, lib_get(self->q, id_of(1), &q));
	EXPECT_NE(0, q.pin);
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &again));
	ASSERT_EQ(0, object_stat(&self->a, id_of(1), &info));
	EXPECT_EQ(PLASMA_OBJECT_DELETE_PENDING, info.flags & PLASMA_OBJECT_DELETE_PENDING);
	EXPECT_EQ(2, info.refs);
	EXPECT_EQ(0, plasma_release_buffer(self->p, &p));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &again));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_TRUE(intact(&q, 1));
	EXPECT_EQ(0, plasma_release_buffer(self->q, &q));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, ns_info(&self->a).used);
}

TEST_F(pins, and_holds_delay_a_delete)
{
	struct plasma_buffer p;

	/* The pin goes first, and the hold first. */
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, object_hold(&self->a, id_of(1)));
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &p));
	EXPECT_EQ(PLASMA_DELETE_PENDING, lib_delete(self->q, id_of(1), 0));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &p));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, object_release(&self->a, id_of(1)));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));

	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, object_hold(&self->a, id_of(1)));
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &p));
	EXPECT_EQ(PLASMA_DELETE_PENDING, lib_delete(self->q, id_of(1), 0));
	EXPECT_EQ(0, object_release(&self->a, id_of(1)));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &p));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
}

/* Released by the other door: RELEASE gives back what was pinned. */
TEST_F(pins, released_by_call)
{
	struct plasma_get_entry entry;
	struct indexed x;
	struct client c;
	__u32 number;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, indexed_map(&x, &c));
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	number = indexed_find(&x, id_of(1));
	ASSERT_TRUE(indexed_pin(&x, number));
	ASSERT_EQ(0, object_get(&c, id_of(1), NOW, &entry));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(-ENOENT, object_release_at(&c, id_of(1), entry.offset + 64));
	EXPECT_EQ(0, object_release(&c, id_of(1)));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(1)));
	EXPECT_EQ(0, object_release_at(&c, id_of(1), entry.offset));
	EXPECT_EQ(0, indexed_count(&x, number));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(-ENOENT, object_release(&c, id_of(1)));
	indexed_unmap(&x);
	client_close(&c);
}

static int hold_by_pin(const struct indexed *x, struct client *c, struct id id)
{
	(void)c;
	CHECK(indexed_pin(x, indexed_find(x, id)));
	return 0;
}

static int hold_by_call(const struct indexed *x, struct client *c, struct id id)
{
	(void)x;
	return object_hold(c, id);
}

/* Of what is held in both ways, the newest is meant, whichever that is. */
TEST_F(pins, released_by_call_the_newest_first)
{
	static int (*const ways[])(const struct indexed *x, struct client *c, struct id id) = {
		hold_by_pin, hold_by_call,
	};
	unsigned int order, i;
	struct indexed x;
	struct client c;
	bool hide;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, indexed_map(&x, &c));
	/* Three objects, the last one hidden or not, each held in either way. */
	for (order = 0; order < 16; order++) {
		for (i = 0; i < 3; i++) {
			ASSERT_EQ(0, object_make(&self->a, id_of(1), (i + 1) * 5000, i, NULL));
			ASSERT_EQ(0, ways[order >> i & 1](&x, &c, id_of(1)));
			hide = i < 2 || order & 8;
			ASSERT_EQ(PLASMA_DELETE_PENDING, hide ? object_hide(&self->a, id_of(1)) :
								object_delete(&self->a, id_of(1)));
		}
		EXPECT_EQ(30000, ns_info(&self->a).used);
		EXPECT_EQ(0, object_release(&c, id_of(1)));
		EXPECT_EQ(15000, ns_info(&self->a).used) TH_LOG("order %u", order);
		EXPECT_EQ(0, object_release(&c, id_of(1)));
		EXPECT_EQ(5000, ns_info(&self->a).used) TH_LOG("order %u", order);
		EXPECT_EQ(0, object_release(&c, id_of(1)));
		EXPECT_EQ(0, ns_info(&self->a).used);
		EXPECT_EQ(-ENOENT, object_release(&c, id_of(1)));
	}
	indexed_unmap(&x);
	client_close(&c);
}

TEST_F(pins, of_hidden_objects)
{
	struct plasma_buffer old, young, buf;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 5000, 1, NULL));
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &old));
	EXPECT_EQ(PLASMA_DELETE_PENDING, lib_delete(self->q, id_of(1), PLASMA_DELETE_HIDE));
	EXPECT_EQ(-ENOENT, lib_get(self->q, id_of(1), &buf));
	EXPECT_EQ(-ENOENT, lib_get(self->p, id_of(1), &buf));
	ASSERT_EQ(0, object_make(&self->a, id_of(1), 6000, 2, NULL));
	EXPECT_EQ(2, ns_info(&self->a).objects);
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &young));
	EXPECT_TRUE(intact(&old, 1));
	EXPECT_TRUE(intact(&young, 2));
	EXPECT_NE(old.pin, young.pin);
	/* By id the newer one is meant, while it is held. */
	EXPECT_EQ(0, lib_release(self->p, id_of(1)));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(2, ns_info(&self->a).objects);
	EXPECT_TRUE(intact(&old, 1));
	EXPECT_EQ(0, lib_release(self->p, id_of(1)));
	EXPECT_EQ(1, ns_info(&self->a).objects);
	EXPECT_EQ(-ENOENT, lib_release(self->p, id_of(1)));

	/* And by buffer each. */
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &old));
	EXPECT_EQ(PLASMA_DELETE_PENDING, lib_delete(self->q, id_of(1), PLASMA_DELETE_HIDE));
	ASSERT_EQ(0, object_make(&self->a, id_of(1), 100, 3, NULL));
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &young));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &old));
	EXPECT_EQ(1, ns_info(&self->a).objects);
	EXPECT_TRUE(intact(&young, 3));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &young));
	EXPECT_EQ(1, ns_info(&self->a).objects);
}

/* --- what is counted ------------------------------------------------------------- */

TEST_F(pins, are_counted)
{
	struct plasma_buffer bufs[5];
	struct plasma_object_info info;
	struct plasma_id id = lib_id(id_of(1));
	int i;

	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, object_put(&self->a, id_of(2), "x", 1));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, lib_get(self->p, id_of(1), &bufs[i]));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	ASSERT_EQ(0, lib_get(self->q, id_of(1), &bufs[3]));
	EXPECT_EQ(2, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, ns_info(&self->a).in_use);
	ASSERT_EQ(0, object_hold(&self->a, id_of(1)));
	EXPECT_EQ(3, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, ns_info(&self->a).in_use);
	ASSERT_EQ(0, lib_get(self->q, id_of(2), &bufs[4]));
	EXPECT_EQ(2, ns_info(&self->a).in_use);

	ASSERT_EQ(0, plasma_stat(self->q, &id, &info, sizeof(info)));
	EXPECT_EQ(PLASMA_OBJECT_MINE, info.flags & PLASMA_OBJECT_MINE);
	EXPECT_EQ(0, plasma_release_buffer(self->q, &bufs[3]));
	ASSERT_EQ(0, plasma_stat(self->q, &id, &info, sizeof(info)));
	EXPECT_EQ(0, info.flags & PLASMA_OBJECT_MINE);
	EXPECT_EQ(2, info.refs);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(2, object_refs(&self->a, id_of(1)));
		EXPECT_EQ(0, plasma_release_buffer(self->p, &bufs[i]));
	}
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, object_release(&self->a, id_of(1)));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, ns_info(&self->a).in_use);
	EXPECT_EQ(0, plasma_release_buffer(self->q, &bufs[4]));
	EXPECT_EQ(0, ns_info(&self->a).in_use);
	/* Nobody holds them: gone at once. */
	EXPECT_EQ(0, object_delete(&self->a, id_of(1)));
	EXPECT_EQ(0, object_delete(&self->a, id_of(2)));
}

struct flipping {
	struct plasma_pin *pin;
	__u64 word;
	bool stop;
};

static int flip(void *arg)
{
	struct flipping *flipping = arg;

	while (!__atomic_load_n(&flipping->stop, __ATOMIC_RELAXED)) {
		__atomic_store_n(&flipping->pin->word, flipping->word, __ATOMIC_RELAXED);
		__atomic_store_n(&flipping->pin->word, 0, __ATOMIC_RELAXED);
	}
	return 0;
}

/* A client cannot spoil the count of what others pin. */
TEST_F(pins, counted_while_they_change)
{
	struct flipping flipping = { };
	struct plasma_pin *honest;
	struct indexed x, y;
	struct client c, d;
	struct task task;
	int i;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, indexed_map(&x, &c));
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, client_join(&d, &self->a));
	ASSERT_EQ(0, indexed_map(&y, &d));
	honest = indexed_set(&y, indexed_find(&x, id_of(1)));
	flipping.pin = indexed_set(&x, indexed_find(&x, id_of(1)));
	flipping.word = indexed_find(&x, id_of(1)) + PLASMA_PIN_COUNT;
	ASSERT_EQ(0, task_start(&task, flip, &flipping));
	for (i = 0; i < 3000; i++) {
		ASSERT_GE(1, ns_info(&self->a).in_use);
		honest->word = flipping.word;
		ASSERT_EQ(1, ns_info(&self->a).in_use);
		honest->word = 0;
	}
	__atomic_store_n(&flipping.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, task_join(&task));
	EXPECT_EQ(0, ns_info(&self->a).in_use);
	indexed_unmap(&x);
	indexed_unmap(&y);
	client_close(&c);
	client_close(&d);
}

/* --- a namespace that goes --------------------------------------------------------- */

TEST_F(pins, in_a_removed_namespace)
{
	struct plasma_buffer one, two, buf;
	struct plasma_evict evict;
	struct usage usage;
	int i;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 5000, 1, NULL));
	ASSERT_EQ(0, object_make(&self->a, id_of(2), 3 * MIB, 2, NULL));
	ASSERT_EQ(0, object_put(&self->a, id_of(3), "x", 1));
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &one));
	ASSERT_EQ(0, lib_get(self->q, id_of(2), &two));
	ASSERT_EQ(0, object_hold(&self->a, id_of(2)));
	EXPECT_EQ(-EBUSY, ns_remove(self->a.fd, self->a.name, 0));
	EXPECT_EQ(0, ns_remove(self->a.fd, self->a.name, PLASMA_NS_REMOVE_FORCE));
	/* Neither what is pinned, nor what is held by call, nor the rest is to be had. */
	for (i = 1; i <= 3; i++) {
		EXPECT_EQ(-EIDRM, lib_get(self->p, id_of(i), &buf));
		EXPECT_EQ(-EIDRM, lib_get(self->q, id_of(i), &buf));
	}
	EXPECT_EQ(-EIDRM, object_evict(&self->a, ALL, &evict));
	EXPECT_TRUE(intact(&one, 1));
	EXPECT_TRUE(intact(&two, 2));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &one));
	EXPECT_EQ(-EIDRM, lib_get(self->q, id_of(2), &buf));
	EXPECT_EQ(0, plasma_release_buffer(self->q, &two));
	EXPECT_EQ(0, object_release(&self->a, id_of(2)));
	/* With the last release the memory is back, clients or not. */
	ASSERT_EQ(0, usage_take(&usage));
	EXPECT_EQ(self->before.store_used, usage.store_used);
	/* For the teardown. */
	client_close(&self->a);
	ASSERT_EQ(0, client_create(&self->a, 0));
}

/* --- processes that end ---------------------------------------------------------------- */

struct pinning {
	const struct client *a;
	struct plasma *p;
	struct plasma *q;
	struct plasma_buffer *buf;
	struct gate ready;
};

static int pin_and_wait(void *arg)
{
	struct pinning *pinning = arg;
	struct plasma_buffer buf;
	struct plasma *p;
	int i;

	CHECK_EQ(0, lib_open(&p, pinning->a, 0));
	for (i = 0; i < 60; i++) {
		CHECK_EQ(0, lib_get(p, id_of(i), &buf));
		CHECK(buf.pin);
	}
	gate_open(&pinning->ready);
	pause();
	return 0;
}

TEST_F(pins, of_a_killed_process)
{
	struct pinning pinning = { .a = &self->a };
	pid_t pid;
	int i;

	ASSERT_EQ(0, gate_init(&pinning.ready));
	for (i = 0; i < 60; i++)
		ASSERT_EQ(0, object_make(&self->a, id_of(i), 3000, i, NULL));
	pid = spawn(pin_and_wait, &pinning);
	ASSERT_EQ(0, gate_wait(&pinning.ready));
	for (i = 0; i < 60; i += 2)
		EXPECT_EQ(PLASMA_DELETE_PENDING,
			  lib_delete(self->p, id_of(i), i % 4 ? PLASMA_DELETE_HIDE : 0));
	EXPECT_EQ(60, ns_info(&self->a).in_use);
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	EXPECT_EQ(0, ns_info(&self->a).in_use);
	EXPECT_EQ(30, ns_info(&self->a).objects);
	for (i = 0; i < 60; i++)
		EXPECT_EQ(i % 2 ? 0 : -ENOENT, object_refs(&self->a, id_of(i)));
	gate_close(&pinning.ready);
}

static int child_of_pins(void *arg)
{
	struct pinning *pinning = arg;
	struct plasma_buffer own;

	/* What the parent got can be read, but is not the child's. */
	CHECK(intact(pinning->buf, 1));
	CHECK_EQ(-ENOENT, plasma_release_buffer(pinning->p, pinning->buf));
	CHECK_EQ(-ENOENT, lib_release(pinning->p, id_of(1)));
	CHECK_EQ(1, object_refs(pinning->a, id_of(1)));
	CHECK_EQ(0, lib_get(pinning->p, id_of(1), &own));
	CHECK(own.pin);
	CHECK(intact(&own, 1));
	CHECK_EQ(2, object_refs(pinning->a, id_of(1)));
	CHECK_EQ(0, plasma_release_buffer(pinning->p, &own));
	CHECK_EQ(1, object_refs(pinning->a, id_of(1)));
	return 0;
}

TEST_F(pins, are_not_inherited)
{
	struct pinning pinning = { .a = &self->a, .p = self->p };
	struct plasma_buffer buf;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 5000, 1, NULL));
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &buf));
	pinning.buf = &buf;
	EXPECT_EQ(0, reap(spawn(child_of_pins, &pinning)));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(1)));
	EXPECT_TRUE(intact(&buf, 1));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &buf));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
}

/* The windows of one handle may lie where the parent had those of another. */
static int close_inherited(void *arg)
{
	struct pinning *pinning = arg;
	struct plasma_buffer buf;
	void *data;
	struct plasma_id id = lib_id(id_of(3));

	CHECK_EQ(0, lib_get(pinning->q, id_of(1), &buf));
	CHECK_EQ(0, plasma_create(pinning->q, &id, 100, NULL, 0, 0, &data));
	plasma_close(pinning->p);
	CHECK(intact(&buf, 1));
	memset(data, 1, 100);
	CHECK_EQ(0, plasma_abort(pinning->q, &id));
	CHECK_EQ(0, plasma_release_buffer(pinning->q, &buf));
	CHECK_EQ(0, lib_get(pinning->q, id_of(1), &buf));
	CHECK(buf.pin);
	CHECK(intact(&buf, 1));
	plasma_close(pinning->q);
	return 0;
}

TEST_F(pins, of_a_handle_closed_by_a_child)
{
	struct pinning pinning = { .a = &self->a, .p = self->p, .q = self->q };
	struct plasma_id id = lib_id(id_of(2));
	struct plasma_buffer buf;
	void *data;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 5000, 1, NULL));
	ASSERT_EQ(0, plasma_create(self->p, &id, 100, NULL, 0, 0, &data));
	ASSERT_EQ(0, plasma_abort(self->p, &id));
	ASSERT_EQ(0, lib_get(self->p, id_of(1), &buf));
	EXPECT_EQ(0, reap(spawn(close_inherited, &pinning)));
	EXPECT_TRUE(intact(&buf, 1));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, plasma_release_buffer(self->p, &buf));
}

/* The threads of a client pin the same objects, by the same pins. */
#define SHARED_OBJECTS	3

static int pin_by_thread(void *arg)
{
	struct plasma *p = arg;
	struct plasma_buffer bufs[SHARED_OBJECTS];
	int round, i;

	for (round = 0; round < 3000; round++) {
		for (i = 0; i < SHARED_OBJECTS; i++) {
			CHECK_EQ(0, lib_get(p, id_of(i), &bufs[i]));
			CHECK_EQ(8, bufs[i].size);
		}
		for (i = 0; i < SHARED_OBJECTS; i++)
			CHECK_EQ(0, round % 2 ? plasma_release_buffer(p, &bufs[i]) :
				    lib_release(p, id_of(i)));
	}
	return 0;
}

TEST_F(pins, of_many_threads)
{
	struct task tasks[4];
	int i;

	for (i = 0; i < SHARED_OBJECTS; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "12345678", 8));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, task_start(&tasks[i], pin_by_thread, self->p));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, task_join(&tasks[i]));
	for (i = 0; i < SHARED_OBJECTS; i++) {
		EXPECT_EQ(0, object_refs(&self->a, id_of(i)));
		EXPECT_EQ(-ENOENT, lib_release(self->p, id_of(i)));
		EXPECT_EQ(0, object_delete(&self->a, id_of(i)));
	}
}

/* Some release by call what others pin and release without: none of them gets lost. */
struct releasing {
	struct client *c;
	struct indexed *x;
	bool stop;
};

static int pin_and_unpin(void *arg)
{
	struct releasing *r = arg;
	struct plasma_pin *pin = indexed_set(r->x, indexed_find(r->x, id_of(1)));

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		__atomic_fetch_add(&pin->word, PLASMA_PIN_COUNT, __ATOMIC_SEQ_CST);
		__atomic_fetch_sub(&pin->word, PLASMA_PIN_COUNT, __ATOMIC_SEQ_CST);
	}
	return 0;
}

static int pin_and_call(void *arg)
{
	struct releasing *r = arg;
	struct plasma_pin *pin = indexed_set(r->x, indexed_find(r->x, id_of(1)));
	__u64 end = in_ms(1500);

	while (now_ns() < end) {
		__atomic_fetch_add(&pin->word, PLASMA_PIN_COUNT, __ATOMIC_SEQ_CST);
		CHECK_EQ(0, object_release(r->c, id_of(1)));
	}
	return 0;
}

TEST_F(pins, released_both_ways_at_once)
{
	struct task other, tasks[2];
	struct releasing r = { };
	struct indexed x;
	struct client c;
	int i;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, indexed_map(&x, &c));
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_TRUE(indexed_pin(&x, indexed_find(&x, id_of(1))));
	r.c = &c;
	r.x = &x;
	ASSERT_EQ(0, task_start(&other, pin_and_unpin, &r));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, task_start(&tasks[i], pin_and_call, &r));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, task_join(&tasks[i]));
	__atomic_store_n(&r.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, task_join(&other));
	EXPECT_EQ(1, indexed_count(&x, indexed_find(&x, id_of(1))));
	EXPECT_EQ(0, object_release(&c, id_of(1)));
	EXPECT_EQ(-ENOENT, object_release(&c, id_of(1)));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
	indexed_unmap(&x);
	client_close(&c);
}

/* --- a client that means no good --------------------------------------------------------- */

#define HOSTILE_IDS	16

struct scribbling {
	const struct client *a;
	struct indexed x;
	unsigned int random;
};

static unsigned int next(unsigned int *random)
{
	*random = *random * 1664525 + 1013904223;
	return *random >> 8;
}

static int scribble(void *arg)
{
	struct scribbling *s = arg;

	for (;;) {
		struct plasma_pin *pin = &s->x.pins[next(&s->random) %
						    (PLASMA_PIN_SETS * PLASMA_PIN_WAYS)];
		/* Mostly what might mean something. */
		__u64 number = next(&s->random) % 8 ? next(&s->random) % 64 :
			       next(&s->random) << 8;
		__u64 count = next(&s->random) % 4 ? next(&s->random) % 3 : next(&s->random);

		if (next(&s->random) % 2)
			pin = indexed_set(&s->x, number % 64 + 1) +
			      next(&s->random) % PLASMA_PIN_WAYS;
		__atomic_store_n(&pin->word, count << 32 | (__u32)number, __ATOMIC_RELAXED);
		__atomic_store_n(&pin->stamp, (__u64)next(&s->random) << next(&s->random) % 48,
				 __ATOMIC_RELAXED);
	}
	return 0;
}

static int be_hostile(void *arg)
{
	struct scribbling *s = arg, other;
	struct task tasks[2];
	struct client c;
	int i;

	CHECK_EQ(0, client_join(&c, s->a));
	CHECK_EQ(0, indexed_map(&s->x, &c));
	other = *s;
	other.random = 99;
	CHECK_EQ(0, task_start(&tasks[0], scribble, s));
	CHECK_EQ(0, task_start(&tasks[1], scribble, &other));
	for (i = 0;; i = (i + 1) % 1024) {
		object_reap(&c, i % 64, i % 3 ? 0 : PLASMA_REAP_DRAIN);
		object_release(&c, id_of(i % HOSTILE_IDS));
	}
}

static int round_of_work(const struct client *a, struct plasma *p, unsigned int round)
{
	struct id id = id_of(round % HOSTILE_IDS);
	struct plasma_evict evict;
	struct plasma_buffer buf;
	__u64 seed;
	int ret;

	ret = object_make(a, id, 64 + round % 3000, round, NULL);
	CHECK(!ret || ret == -EEXIST || ret == -ENOSPC);
	if (!lib_get(p, id, &buf)) {
		/* The first word of what fill() wrote says with which seed. */
		memcpy(&seed, buf.data, sizeof(seed));
		seed = seed * 0xf1de83e19937733dULL - 1;
		CHECK(intact(&buf, seed));
		CHECK_EQ(0, plasma_release_buffer(p, &buf));
	}
	if (round % 3 == 0)
		CHECK_EQ(0, object_evict(a, 500, &evict));
	if (round % 5 == 0) {
		ret = object_delete(a, id_of(round / 5 % HOSTILE_IDS));
		CHECK(ret == 0 || ret == PLASMA_DELETE_PENDING || ret == -ENOENT);
	}
	if (round % 7 == 0)
		object_hide(a, id_of(round / 7 % HOSTILE_IDS));
	return 0;
}

/* It keeps alive what it likes, as long as it lives, and that is all. */
TEST_F_TIMEOUT(pins, full_of_random_numbers, 1200)
{
	struct scribbling scribbling = { .a = &self->a, .random = 5 };
	const char *ms = getenv("TEST_HOSTILE_MS");
	__u64 end = in_ms(ms ? strtoul(ms, NULL, 10) : 2000);
	struct plasma_buffer held;
	struct plasma_evict evict;
	unsigned int round = 0;
	pid_t pid;

	ASSERT_EQ(0, object_make(&self->a, id_of(1000), 5000, 1000, NULL));
	ASSERT_EQ(0, lib_get(self->q, id_of(1000), &held));
	pid = spawn(be_hostile, &scribbling);
	while (now_ns() < end || round < 500)
		ASSERT_EQ(0, round_of_work(&self->a, self->p, round++));
	EXPECT_TRUE(intact(&held, 1000));
	EXPECT_LE(1, object_refs(&self->a, id_of(1000)));
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1000)));
	EXPECT_EQ(1, ns_info(&self->a).in_use);
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	EXPECT_EQ(1, ns_info(&self->a).objects);
	EXPECT_EQ(5000, ns_info(&self->a).used);
	EXPECT_TRUE(intact(&held, 1000));
	EXPECT_EQ(0, plasma_release_buffer(self->q, &held));
}

TEST_HARNESS_MAIN
