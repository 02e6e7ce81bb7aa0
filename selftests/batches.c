// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many objects in one call: put, which makes all or none, seal, refresh, and the others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include <kselftest_harness.h>

#include "common.h"

FIXTURE(batches)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(batches)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(batches)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

#define MOST	64
#define BYTES	10000

static __u8 source[BYTES];
static struct plasma_put_entry entries[MOST];

/* Entry i makes object i of i * 10 + 1 bytes, with i bytes of metadata. */
static void prepare(unsigned int count)
{
	unsigned int i;

	fill(source, sizeof(source), 7);
	memset(entries, POISON, sizeof(entries));
	for (i = 0; i < count; i++) {
		memcpy(entries[i].id, id_of(i).byte, PLASMA_ID_SIZE);
		entries[i].data_ptr = (unsigned long)source;
		entries[i].data_size = i * 10 + 1;
		entries[i].metadata_ptr = (unsigned long)source + i;
		entries[i].metadata_size = i;
	}
}

static __u64 which(struct client *c, unsigned int count)
{
	unsigned int i;
	__u64 bits = 0;

	for (i = 0; i < count; i++)
		bits |= (__u64)(object_refs(c, id_of(i)) >= 0) << i;
	return bits;
}

static int next(int fd, struct plasma_event *events, unsigned int count)
{
	ssize_t bytes = read(fd, events, count * sizeof(*events));

	return bytes < 0 ? -errno : (int)(bytes / sizeof(*events));
}

/* --- put ------------------------------------------------------------------------ */

TEST_F(batches, put)
{
	struct plasma_get_entry entry;
	struct plasma_object_info info;
	unsigned int i;
	__u64 used = 0;

	prepare(20);
	ASSERT_EQ(0, put_batch(&self->a, entries, 20, 0));
	for (i = 0; i < 20; i++) {
		const __u8 *at;

		EXPECT_EQ(0, entries[i].status);
		ASSERT_EQ(0, object_stat(&self->b, id_of(i), &info));
		EXPECT_EQ(PLASMA_STATE_SEALED, info.state);
		EXPECT_EQ(0, info.refs);
		EXPECT_EQ(0, info.flags);
		EXPECT_NE(ALL, info.construct_ns);
		ASSERT_EQ(0, object_get(&self->b, id_of(i), NOW, &entry));
		EXPECT_EQ(i * 10 + 1, entry.data_size);
		EXPECT_EQ(i, entry.metadata_size);
		at = self->b.read + entry.offset;
		EXPECT_EQ(0, memcmp(at, source, i * 10 + 1));
		EXPECT_EQ(0, memcmp(at + i * 10 + 1, source + i, i));
		used += i * 11 + 1;
	}
	EXPECT_EQ(used, ns_info(&self->a).used);
	EXPECT_EQ(20, ns_info(&self->a).sealed);
}

TEST_F(batches, put_nothing)
{
	struct plasma_query limits;
	struct plasma_put_batch batch = { .ns = self->a.ns,
					  .entry_size = sizeof(entries[0]), .count = ~0U };

	EXPECT_EQ(0, put_batch(&self->a, NULL, 0, 0));
	EXPECT_EQ(0, ns_info(&self->a).objects);
	EXPECT_EQ(-E2BIG, plasma_ioctl(self->a.fd, PLASMA_IOC_PUT_BATCH, &batch));
	ASSERT_EQ(0, query(self->a.fd, &limits));
	batch.count = limits.out_batch_max + 1;
	EXPECT_EQ(-E2BIG, plasma_ioctl(self->a.fd, PLASMA_IOC_PUT_BATCH, &batch));
	batch.count = limits.out_batch_max;
	EXPECT_EQ(-EFAULT, plasma_ioctl(self->a.fd, PLASMA_IOC_PUT_BATCH, &batch));
}

TEST_F(batches, put_the_most)
{
	struct plasma_put_entry *many;
	struct plasma_query limits;
	unsigned int i;

	ASSERT_EQ(0, query(self->a.fd, &limits));
	many = calloc(limits.out_batch_max, sizeof(*many));
	ASSERT_NE(NULL, many);
	for (i = 0; i < limits.out_batch_max; i++)
		memcpy(many[i].id, id_of(i).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(0, put_batch(&self->a, many, limits.out_batch_max, 0));
	EXPECT_EQ(limits.out_batch_max, ns_info(&self->a).sealed);
	free(many);
}

/* Each way to fail, at each place: none of them appears, and the entry says why. */
TEST_F(batches, put_all_or_nothing)
{
	static const unsigned int places[] = { 0, 1, 7, 14, 15 };
	struct plasma_event event;
	unsigned int i, kind;
	int fd;

	ASSERT_EQ(0, ns_set_capacity(&self->a, 5000));
	ASSERT_EQ(0, object_put(&self->a, id_of(50), "there", 5));
	ASSERT_EQ(0, object_hold(&self->a, id_of(50)));
	fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY | PLASMA_SUBSCRIBE_NONBLOCK, 0);
	ASSERT_LE(0, fd);
	for (kind = 0; kind < 6; kind++) {
		for (i = 0; i < 5; i++) {
			unsigned int at = places[i];
			int want = 0;

			prepare(16);
			switch (kind) {
			case 0:
				memcpy(entries[at].id, id_of(50).byte, PLASMA_ID_SIZE);
				want = -EEXIST;
				break;
			case 1:
				entries[at].data_ptr = 1;
				want = -EFAULT;
				break;
			case 2:
				entries[at].data_size = 6000;
				want = -ENOSPC;
				break;
			case 3:
				entries[at].metadata_ptr = 1;
				entries[at].metadata_size = 1;
				want = -EFAULT;
				break;
			case 4:
				entries[at].data_size = ~0ULL;
				entries[at].metadata_size = 1;
				want = -EOVERFLOW;
				break;
			case 5:
				entries[at].metadata_size = 1 << 30;
				want = -E2BIG;
				break;
			}
			EXPECT_EQ(want, put_batch(&self->a, entries, 16, 0))
				TH_LOG("kind %u at %u", kind, at);
			EXPECT_EQ(want, entries[at].status)
				TH_LOG("kind %u at %u", kind, at);
			EXPECT_EQ(0, which(&self->a, 16));
			EXPECT_EQ(5, ns_info(&self->a).used);
			EXPECT_EQ(1, ns_info(&self->a).objects);
			EXPECT_EQ(1, ns_info(&self->a).pages);
		}
	}
	/* Nobody has heard of any of them. */
	EXPECT_EQ(-EAGAIN, next(fd, &event, 1));
	/* And all the ids are free. */
	prepare(16);
	EXPECT_EQ(0, put_batch(&self->a, entries, 16, 0));
	close(fd);
}

TEST_F(batches, put_duplicates)
{
	prepare(8);
	memcpy(entries[6].id, entries[2].id, PLASMA_ID_SIZE);
	EXPECT_EQ(-EEXIST, put_batch(&self->a, entries, 8, 0));
	EXPECT_EQ(-EEXIST, entries[6].status);
	EXPECT_EQ(0, which(&self->a, 8));
	EXPECT_EQ(0, ns_info(&self->a).objects);
	EXPECT_EQ(0, ns_info(&self->a).used);
	EXPECT_EQ(0, object_put(&self->b, id_of(2), "x", 1));
}

/* Of what is too much together no part appears. */
TEST_F(batches, put_more_than_fits)
{
	unsigned int i;

	ASSERT_EQ(0, ns_set_capacity(&self->a, 1000));
	prepare(11);
	for (i = 0; i < 11; i++) {
		entries[i].data_size = 100;
		entries[i].metadata_size = 0;
	}
	EXPECT_EQ(-ENOSPC, put_batch(&self->a, entries, 11, 0));
	EXPECT_EQ(-ENOSPC, entries[10].status);
	EXPECT_EQ(0, ns_info(&self->a).objects);
	EXPECT_EQ(0, put_batch(&self->a, entries, 10, 0));
	EXPECT_EQ(1000, ns_info(&self->a).used);
	EXPECT_EQ(0x3ff, which(&self->a, 11));
}

TEST_F(batches, put_evicts_unless_told_not_to)
{
	unsigned int i;

	ASSERT_EQ(0, ns_set_capacity(&self->a, 1000));
	for (i = 20; i < 30; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), source, 100));
	prepare(2);
	entries[0].data_size = 100;
	entries[1].data_size = 50;
	entries[1].metadata_size = 50;
	EXPECT_EQ(-ENOSPC, put_batch(&self->a, entries, 2, PLASMA_CREATE_NO_EVICT));
	EXPECT_EQ(0x3ff00000, which(&self->a, 30));
	EXPECT_EQ(0, put_batch(&self->a, entries, 2, 0));
	EXPECT_EQ(0x3fc00003, which(&self->a, 30));
	/* Kept ones stay. */
	prepare(4);
	ASSERT_EQ(0, object_delete(&self->a, id_of(0)));
	ASSERT_EQ(0, object_delete(&self->a, id_of(1)));
	ASSERT_EQ(0, put_batch(&self->a, entries, 4, PLASMA_CREATE_KEEP));
	ASSERT_EQ(0, object_evict(&self->a, ALL, &(struct plasma_evict){}));
	EXPECT_EQ(0xf, which(&self->a, 30));
}

/* One notification for each, in the order of the entries; waiters wake. */
TEST_F(batches, put_is_told_in_order)
{
	struct plasma_event events[MOST];
	unsigned int i;
	int fd;

	fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY | PLASMA_SUBSCRIBE_NONBLOCK, 0);
	ASSERT_LE(0, fd);
	prepare(40);
	ASSERT_EQ(0, put_batch(&self->a, entries, 40, 0));
	ASSERT_EQ(40, next(fd, events, MOST));
	for (i = 0; i < 40; i++) {
		struct id id = id_of(i);

		EXPECT_EQ(PLASMA_EVENT_SEAL, events[i].type);
		EXPECT_TRUE(id_equal(events[i].id, &id));
		EXPECT_EQ(i * 10 + 1, events[i].data_size);
		EXPECT_EQ(i, events[i].metadata_size);
		EXPECT_EQ(i + 1, events[i].serial);
	}
	close(fd);
}

struct getter {
	struct client *client;
	struct plasma_get_entry entries[8];
	int ready;
};

static int get(void *arg)
{
	struct getter *getter = arg;

	getter->ready = object_get_many(getter->client, getter->entries, 8, PLASMA_FOREVER);
	return 0;
}

TEST_F(batches, put_wakes)
{
	struct getter getter = { .client = &self->b };
	struct task task;
	unsigned int i;

	for (i = 0; i < 8; i++)
		memcpy(getter.entries[i].id, id_of(i).byte, PLASMA_ID_SIZE);
	ASSERT_EQ(0, task_start(&task, get, &getter));
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	/* One that fails wakes nobody. */
	prepare(9);
	entries[8].data_ptr = 1;
	ASSERT_EQ(-EFAULT, put_batch(&self->a, entries, 9, 0));
	EXPECT_EQ(1, ns_info(&self->a).waiters);
	prepare(9);
	ASSERT_EQ(0, put_batch(&self->a, entries, 9, 0));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(8, getter.ready);
	EXPECT_EQ(8, ns_info(&self->a).in_use);
}

/* The answer cannot be given: then nothing has been done. */
TEST_F(batches, put_without_an_answer)
{
	struct plasma_put_entry *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	prepare(3);
	memcpy(page, entries, 3 * sizeof(entries[0]));
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, put_batch(&self->a, page, 3, 0));
	EXPECT_EQ(0, which(&self->a, 3));
	EXPECT_EQ(0, ns_info(&self->a).used);
	munmap(page, PAGE);
}

/* Seen from outside, the objects come at once: never some of them only. */
struct watcher {
	struct client *client;
	volatile bool stop;
	volatile unsigned int looks;
	unsigned int halves;
};

static int watch(void *arg)
{
	struct watcher *watcher = arg;
	struct plasma_get_entry some[4];
	unsigned int i;
	int ready;

	for (; !watcher->stop; watcher->looks++) {
		for (i = 0; i < 4; i++)
			memcpy(some[i].id, id_of(i).byte, PLASMA_ID_SIZE);
		ready = object_get_some(watcher->client, some, 4, 0, PLASMA_GET_NO_HOLD,
					NOW);
		watcher->halves += ready != 0 && ready != 4;
	}
	return 0;
}

TEST_F(batches, put_in_one_step)
{
	struct watcher watcher = { .client = &self->b };
	struct task task;
	unsigned int i;

	ASSERT_EQ(0, ns_set_capacity(&self->a, 1000));
	ASSERT_EQ(0, task_start(&task, watch, &watcher));
	for (i = 0; i < 300; i++) {
		struct plasma_evict evict;

		prepare(4);
		ASSERT_EQ(0, put_batch(&self->a, entries, 4, 0));
		/* An eviction of all is one step as well; it may find the watcher at it. */
		do {
			ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
		} while (!evict.out_objects);
		ASSERT_EQ(4, evict.out_objects);
	}
	while (!watcher.looks)
		sleep_ms(1);
	watcher.stop = true;
	EXPECT_EQ(0, task_join(&task));
	EXPECT_EQ(0, watcher.halves);
}

/* --- seal ----------------------------------------------------------------------- */

static int seal_batch(struct client *c, struct plasma_id_entry *ids, __u32 count,
		      __u32 flags)
{
	struct plasma_seal_batch batch = {
		.ns = c->ns, .flags = flags, .count = count,
		.entry_size = sizeof(*ids), .entries_ptr = (unsigned long)ids,
	};

	return plasma_ioctl(c->fd, PLASMA_IOC_SEAL_BATCH, &batch);
}

static void ids_from(struct plasma_id_entry *ids, unsigned int first, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		memcpy(ids[i].id, id_of(first + i).byte, PLASMA_ID_SIZE);
		ids[i].status = 0x4ccccccc;
	}
}

TEST_F(batches, seal)
{
	struct plasma_id_entry ids[7];
	struct plasma_event events[8];
	int fd, i;

	fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY | PLASMA_SUBSCRIBE_NONBLOCK, 0);
	ASSERT_LE(0, fd);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, object_create(&self->a, id_of(i), i, NULL));
	ASSERT_EQ(0, object_create(&self->b, id_of(3), 3, NULL));
	ASSERT_EQ(0, object_put(&self->b, id_of(4), "four", 4));
	ids_from(ids, 0, 7);
	/* The sixth does not exist, the last is there twice. */
	memcpy(ids[6].id, ids[1].id, PLASMA_ID_SIZE);
	ASSERT_EQ(0, seal_batch(&self->a, ids, 7, 0));
	EXPECT_EQ(0, ids[0].status);
	EXPECT_EQ(0, ids[1].status);
	EXPECT_EQ(0, ids[2].status);
	EXPECT_EQ(-EPERM, ids[3].status);
	EXPECT_EQ(-EALREADY, ids[4].status);
	EXPECT_EQ(-ENOENT, ids[5].status);
	EXPECT_EQ(-EALREADY, ids[6].status);
	ASSERT_EQ(4, next(fd, events, 8));
	for (i = 1; i < 4; i++)
		EXPECT_EQ(i - 1, events[i].data_size);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(1, object_refs(&self->a, id_of(i)));
	close(fd);
}

TEST_F(batches, seal_and_release)
{
	struct plasma_id_entry ids[3];
	unsigned int i;

	EXPECT_EQ(0, seal_batch(&self->a, NULL, 0, 0));
	EXPECT_EQ(-EFAULT, seal_batch(&self->a, NULL, 1, 0));
	EXPECT_EQ(-E2BIG, seal_batch(&self->a, NULL, ~0U, 0));
	EXPECT_EQ(-EINVAL, seal_batch(&self->a, ids, 1, PLASMA_SEAL_REPLACE));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, object_create(&self->a, id_of(i), i, NULL));
	ASSERT_EQ(0, object_release(&self->a, id_of(1)));
	ids_from(ids, 0, 3);
	ASSERT_EQ(0, seal_batch(&self->a, ids, 3, PLASMA_SEAL_RELEASE));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, ids[i].status);
		EXPECT_EQ(0, object_refs(&self->a, id_of(i)));
	}
	EXPECT_EQ(0, ns_info(&self->a).in_use);
}

/* --- refresh -------------------------------------------------------------------- */

static int refresh(struct client *c, struct plasma_id_entry *ids, __u32 count)
{
	struct plasma_refresh batch = {
		.ns = c->ns, .count = count,
		.entry_size = sizeof(*ids), .entries_ptr = (unsigned long)ids,
	};

	return plasma_ioctl(c->fd, PLASMA_IOC_REFRESH, &batch);
}

/* Ten objects of a tenth each, in a namespace that evicts a fifth at a time. */
TEST_F(batches, refresh)
{
	struct plasma_ns_set set = { .flags = PLASMA_NS_SET_CAPACITY |
					      PLASMA_NS_SET_EVICT_PERCENT,
				     .capacity = 10000000, .evict_percent = 20 };
	struct plasma_id_entry ids[3];
	unsigned int i;

	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &set));
	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, object_make(&self->a, id_of(i), 1000000, i, NULL));
	EXPECT_EQ(0x3ff, which(&self->a, 10));
	ASSERT_EQ(0, object_make(&self->a, id_of(10), 1000000, 10, NULL));
	EXPECT_EQ(0x7fc, which(&self->a, 11));

	ids_from(ids, 2, 2);
	ids_from(ids + 2, 99, 1);
	ASSERT_EQ(0, refresh(&self->b, ids, 3));
	EXPECT_EQ(0, ids[0].status);
	EXPECT_EQ(0, ids[1].status);
	EXPECT_EQ(-ENOENT, ids[2].status);
	/* One more fits; the next takes the fifth and the sixth. */
	ASSERT_EQ(0, object_make(&self->a, id_of(11), 1000000, 11, NULL));
	EXPECT_EQ(0xffc, which(&self->a, 12));
	ASSERT_EQ(0, object_make(&self->a, id_of(12), 1000000, 12, NULL));
	EXPECT_EQ(0x1fcc, which(&self->a, 13));
}

TEST_F(batches, refresh_of_what_is_in_use)
{
	struct plasma_evict evict;
	unsigned int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "12345", 1 + i));
	ASSERT_EQ(0, object_hold(&self->b, id_of(0)));
	ASSERT_EQ(0, object_create(&self->a, id_of(5), 9, NULL));
	EXPECT_EQ(0, object_refresh(&self->a, id_of(0)));
	EXPECT_EQ(0, object_refresh(&self->a, id_of(5)));
	EXPECT_EQ(1, object_refs(&self->a, id_of(0)));
	EXPECT_EQ(0, object_refresh(&self->a, id_of(1)));
	ASSERT_EQ(0, object_release(&self->b, id_of(0)));
	ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
	EXPECT_EQ(3, evict.out_bytes);
	ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
	EXPECT_EQ(4, evict.out_bytes);
	ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
	EXPECT_EQ(2, evict.out_bytes);
	ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
	EXPECT_EQ(1, evict.out_bytes);
	EXPECT_EQ(0, refresh(&self->a, NULL, 0));
	EXPECT_EQ(-EFAULT, refresh(&self->a, NULL, 1));
	EXPECT_EQ(-E2BIG, refresh(&self->a, NULL, ~0U));
}

TEST_HARNESS_MAIN
