// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscriptions: what they tell, in which order, what becomes of those who do not read.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include <kselftest_harness.h>

#include "common.h"
#include "stall.h"

#define EVENT	sizeof(struct plasma_event)
#define SILENT	(PLASMA_SUBSCRIBE_NO_REPLAY | PLASMA_SUBSCRIBE_NONBLOCK)

FIXTURE(events)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(events)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(events)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* The size tells the number, the metadata a little of it. */
static int put(struct client *c, unsigned int number)
{
	static const __u8 bytes[4096];
	struct blob blob = { .data = bytes, .size = number % 4096,
			     .metadata = bytes, .metadata_size = number % 7 };

	return object_put_with(c, id_of(number), &blob, 0, NULL);
}

/* How many came, or a negative errno; what read() did not write stays poisoned. */
static int next(int fd, struct plasma_event *events, unsigned int count)
{
	ssize_t bytes;

	memset(events, POISON, count * EVENT);
	bytes = read(fd, events, count * EVENT);
	if (bytes < 0)
		return -errno;
	return bytes % EVENT ? -EPROTO : (int)(bytes / EVENT);
}

static bool is(const struct plasma_event *event, __u32 type, __u32 flags,
	       unsigned int number)
{
	struct id id = id_of(number);

	return event->type == type && event->flags == flags &&
	       id_equal(event->id, &id) && !event->__reserved &&
	       event->data_size == number % 4096 &&
	       event->metadata_size == number % 7 && event->time_ns &&
	       !event->serial == !!(flags & PLASMA_EVENT_REPLAY);
}

static bool of_number(const struct plasma_event *event, unsigned int number)
{
	struct id id = id_of(number);

	return id_equal(event->id, &id);
}

#define EXPECT_EVENT(_type, _number, event)					\
	EXPECT_TRUE(is(event, PLASMA_EVENT_##_type, 0, _number))		\
		TH_LOG("type %u flags %u size %llu serial %llu", (event)->type,	\
		       (event)->flags, (event)->data_size, (event)->serial)

/* --- what is told ---------------------------------------------------------- */

TEST_F(events, replay_comes_first)
{
	struct plasma_event events[8];
	__u64 seen = 0, serial;
	unsigned int i, j;
	int fd;

	for (i = 1; i <= 5; i++)
		ASSERT_EQ(0, put(&self->a, i));
	ASSERT_EQ(0, object_create(&self->a, id_of(6), 6, NULL));
	ASSERT_EQ(0, put(&self->a, 7));
	ASSERT_EQ(0, object_delete(&self->a, id_of(7)));
	fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NONBLOCK, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, put(&self->a, 8));
	ASSERT_EQ(0, object_delete(&self->a, id_of(8)));

	ASSERT_LE(5, next(fd, events, 8));
	for (i = 0; i < 5; i++) {
		for (j = 1; j <= 5; j++)
			if (is(&events[i], PLASMA_EVENT_SEAL, PLASMA_EVENT_REPLAY, j))
				seen |= 1ULL << j;
	}
	EXPECT_EQ(0x3e, seen);
	/* What came and went before anything was read may be left out, but not by half. */
	EXPECT_NE(PLASMA_EVENT_REPLAY, events[5].flags);

	while (next(fd, events, 8) > 0)
		;
	ASSERT_EQ(0, put(&self->a, 9));
	ASSERT_EQ(1, next(fd, events, 8));
	EXPECT_EVENT(SEAL, 9, &events[0]);
	serial = events[0].serial;
	ASSERT_EQ(0, object_delete(&self->a, id_of(9)));
	ASSERT_EQ(1, next(fd, events, 8));
	EXPECT_EVENT(DELETE, 9, &events[0]);
	EXPECT_EQ(serial + 1, events[0].serial);
	close(fd);
}

TEST_F(events, without_replay)
{
	struct plasma_event events[4];
	int fd;

	ASSERT_EQ(0, put(&self->a, 1));
	fd = subscribe(&self->b, SILENT, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EAGAIN, next(fd, events, 4));
	ASSERT_EQ(0, object_delete(&self->a, id_of(1)));
	ASSERT_EQ(1, next(fd, events, 4));
	EXPECT_EVENT(DELETE, 1, &events[0]);
	close(fd);
}

/* One event for what ends a sealed object's life, none for what nobody could see. */
TEST_F(events, what_makes_an_event)
{
	struct plasma_event events[16];
	struct plasma_evict evict;
	struct blob blob = { .data = "xxxxx", .size = 5, .metadata = "mmmmm",
			     .metadata_size = 5 };
	__u64 serial = 0;
	int fd, i, n;

	fd = subscribe(&self->b, SILENT, 0);
	ASSERT_LE(0, fd);

	/* Create, resize, name, abort. */
	ASSERT_EQ(0, object_create(&self->a, id_of(1), 10, NULL));
	ASSERT_EQ(0, object_resize(&self->a, id_of(1), 20, NULL));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	ASSERT_EQ(0, object_abort(&self->a, id_of(1)));
	EXPECT_EQ(-EAGAIN, next(fd, events, 16));

	/* A seal, a put, and gets and releases of them. */
	ASSERT_EQ(0, object_create(&self->a, id_of(1), 1, NULL));
	ASSERT_EQ(0, object_resize(&self->a, id_of(1), 7, NULL));
	ASSERT_EQ(0, object_seal(&self->a, id_of(1), 0));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(5), &blob, PLASMA_PUT_HOLD, NULL));
	ASSERT_EQ(0, object_hold(&self->b, id_of(5)));
	ASSERT_EQ(0, object_release(&self->b, id_of(5)));
	ASSERT_EQ(2, next(fd, events, 16));
	EXPECT_EQ(PLASMA_EVENT_SEAL, events[0].type);
	EXPECT_EQ(7, events[0].data_size);
	EXPECT_EQ(0, events[0].metadata_size);
	EXPECT_EVENT(SEAL, 5, &events[1]);

	/* A pending delete is told when it is carried out. */
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->b, id_of(5)));
	EXPECT_EQ(-EAGAIN, next(fd, events, 16));
	ASSERT_EQ(0, object_release(&self->a, id_of(5)));
	ASSERT_EQ(1, next(fd, events, 16));
	EXPECT_EVENT(DELETE, 5, &events[0]);

	/* One that hides the object is told at once, and once. */
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->b, id_of(1)));
	ASSERT_EQ(1, next(fd, events, 16));
	EXPECT_EQ(PLASMA_EVENT_DELETE, events[0].type);
	EXPECT_EQ(7, events[0].data_size);
	ASSERT_EQ(0, object_release(&self->a, id_of(1)));
	EXPECT_EQ(-EAGAIN, next(fd, events, 16));

	/* Sealed and gone in one call. */
	ASSERT_EQ(0, object_create(&self->a, id_of(2), 2, NULL));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->b, id_of(2)));
	ASSERT_EQ(0, object_seal(&self->a, id_of(2), PLASMA_SEAL_RELEASE));
	ASSERT_EQ(2, next(fd, events, 16));
	EXPECT_EQ(PLASMA_EVENT_SEAL, events[0].type);
	EXPECT_EQ(PLASMA_EVENT_DELETE, events[1].type);

	/* A name that moves on takes its old object's life. */
	ASSERT_EQ(0, put(&self->a, 3));
	ASSERT_EQ(0, put(&self->a, 4));
	ASSERT_EQ(0, name_bind(&self->a, id_of(3), "name", 0));
	ASSERT_EQ(0, name_bind(&self->a, id_of(4), "name", PLASMA_NAME_REPLACE));
	ASSERT_EQ(3, next(fd, events, 16));
	EXPECT_EVENT(SEAL, 3, &events[0]);
	EXPECT_EVENT(SEAL, 4, &events[1]);
	EXPECT_EVENT(DELETE, 3, &events[2]);

	/* Evictions: asked for, by need, by a smaller capacity. */
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	ASSERT_EQ(1, next(fd, events, 16));
	EXPECT_EVENT(EVICT, 4, &events[0]);
	ASSERT_EQ(0, ns_set_capacity(&self->a, 4000));
	ASSERT_EQ(0, put(&self->a, 2002));
	ASSERT_EQ(0, put(&self->a, 1001));
	ASSERT_EQ(0, put(&self->a, 1002));
	ASSERT_EQ(0, ns_set_capacity(&self->a, 1003));
	ASSERT_EQ(5, next(fd, events, 16));
	EXPECT_EVENT(SEAL, 2002, &events[0]);
	EXPECT_EVENT(SEAL, 1001, &events[1]);
	EXPECT_EVENT(EVICT, 2002, &events[2]);
	EXPECT_EVENT(SEAL, 1002, &events[3]);
	EXPECT_EVENT(EVICT, 1001, &events[4]);
	ASSERT_EQ(0, ns_set_capacity(&self->a, 4000));

	/* The creator's end. */
	ASSERT_EQ(0, object_create(&self->a, id_of(6), 10, NULL));
	ASSERT_EQ(0, put(&self->b, 7));
	n = next(fd, events, 16);
	ASSERT_EQ(1, n);
	EXPECT_EVENT(SEAL, 7, &events[0]);
	for (i = 0; i < n; i++) {
		EXPECT_LT(serial, events[i].serial);
		serial = events[i].serial;
	}
	close(fd);
}

/* Each evicted object by itself, in order, empty ones as well. */
TEST_F(events, evictions_one_by_one)
{
	struct plasma_event events[16];
	struct plasma_evict evict;
	unsigned int i;
	int fd;

	fd = subscribe(&self->b, SILENT, 0);
	ASSERT_LE(0, fd);
	for (i = 0; i < 9; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(4096 * 7 * i), "", 0));
	ASSERT_EQ(0, put(&self->a, 9));
	ASSERT_EQ(10, next(fd, events, 16));
	ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
	EXPECT_EQ(10, evict.out_objects);
	ASSERT_EQ(10, next(fd, events, 16));
	for (i = 0; i < 9; i++)
		EXPECT_EVENT(EVICT, 4096 * 7 * i, &events[i]);
	EXPECT_EVENT(EVICT, 9, &events[9]);
	for (i = 1; i < 10; i++)
		EXPECT_EQ(events[0].serial + i, events[i].serial);
	close(fd);
}

TEST_F(events, of_other_namespaces_are_not_seen)
{
	struct plasma_event events[4];
	struct client other;
	int here, there;

	ASSERT_EQ(0, client_create(&other, 0));
	here = subscribe(&self->a, SILENT, 0);
	there = subscribe(&other, SILENT, 0);
	ASSERT_LE(0, here);
	ASSERT_LE(0, there);
	ASSERT_EQ(0, put(&self->a, 1));
	EXPECT_EQ(-EAGAIN, next(there, events, 4));
	ASSERT_EQ(0, put(&other, 1));
	ASSERT_EQ(0, object_delete(&other, id_of(1)));
	ASSERT_EQ(1, next(here, events, 4));
	EXPECT_EVENT(SEAL, 1, &events[0]);
	EXPECT_EQ(1, events[0].serial);
	ASSERT_EQ(2, next(there, events, 4));
	EXPECT_EQ(1, events[0].serial);
	EXPECT_EQ(2, events[1].serial);
	close(here);
	close(there);
	client_close(&other);
}

/* --- replay while things go on ---------------------------------------------- */

struct view {
	unsigned int count;		/* ids from 0 on */
	unsigned int odd;		/* events that make no sense */
	bool *there;
};

static void take(struct view *view, const struct plasma_event *event)
{
	unsigned int i;
	struct id id;

	for (i = 0; i < view->count; i++) {
		id = id_of(i);
		if (!id_equal(event->id, &id))
			continue;
		view->odd += view->there[i] == (event->type == PLASMA_EVENT_SEAL);
		view->there[i] = event->type == PLASMA_EVENT_SEAL;
		return;
	}
	view->odd++;
}

static unsigned int differences(struct view *view, struct client *c)
{
	struct plasma_object_info info;
	unsigned int i, wrong = 0;

	for (i = 0; i < view->count; i++)
		wrong += view->there[i] != !object_stat(c, id_of(i), &info);
	return wrong;
}

/*
 * An object that has been told of goes and comes again while the rest is still to be
 * told, in another place than before.
 */
TEST_F(events, id_used_again_during_the_replay)
{
	struct plasma_event event;
	struct view view = { .count = 64 };
	unsigned int told, i;
	int fd;

	for (told = 1; told < 6; told++) {
		bool there[64] = {};

		view.there = there;
		view.odd = 0;
		for (i = 0; i < 6; i++)
			ASSERT_EQ(0, put(&self->a, i));
		fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NONBLOCK, 0);
		ASSERT_LE(0, fd);
		for (i = 0; i < told; i++) {
			ASSERT_EQ(1, next(fd, &event, 1));
			take(&view, &event);
		}
		for (i = 0; i < 6; i++) {
			ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
			/* Another takes its place. */
			ASSERT_EQ(0, put(&self->a, 10 + i));
		}
		for (i = 0; i < 6; i++)
			ASSERT_EQ(0, put(&self->a, i));
		while (next(fd, &event, 1) == 1)
			take(&view, &event);
		EXPECT_EQ(0, differences(&view, &self->a)) TH_LOG("after %u", told);
		EXPECT_EQ(0, view.odd) TH_LOG("after %u", told);
		close(fd);
		for (i = 0; i < 6; i++) {
			ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
			ASSERT_EQ(0, object_delete(&self->a, id_of(10 + i)));
		}
	}
}

#define CHURNED	96

struct churner {
	struct client *client;
	unsigned int seed;
	volatile bool stop;
	unsigned int rounds;
};

static int churn(void *arg)
{
	struct churner *churner = arg;
	unsigned int seed = churner->seed, i;
	struct plasma_evict evict;

	for (; !churner->stop; churner->rounds++) {
		i = rand_r(&seed) % CHURNED;
		switch (rand_r(&seed) % 8) {
		case 0 ... 3:
			put(churner->client, i);
			break;
		case 4 ... 5:
			object_delete(churner->client, id_of(i));
			break;
		case 6:
			if (!object_hold(churner->client, id_of(i))) {
				object_hide(churner->client, id_of(i));
				put(churner->client, i);
				object_release(churner->client, id_of(i));
				object_release(churner->client, id_of(i));
			}
			break;
		case 7:
			object_evict(churner->client, i, &evict);
			break;
		}
	}
	return 0;
}

TEST_F(events, replay_and_events_make_the_list)
{
	struct churner churners[2] = {
		{ .client = &self->a, .seed = 1 }, { .client = &self->b, .seed = 2 },
	};
	struct plasma_event events[5];
	unsigned int round, i;
	struct task tasks[2];
	bool there[CHURNED];
	struct view view = { .count = CHURNED, .there = there };
	int fd, n, j;

	for (round = 0; round < 12; round++) {
		__u64 serial = 0;
		bool replay = true;

		memset(there, 0, sizeof(there));
		view.odd = 0;
		for (i = 0; i < 2; i++) {
			churners[i].stop = false;
			ASSERT_EQ(0, task_start(&tasks[i], churn, &churners[i]));
		}
		sleep_ms(round * 5);
		fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NONBLOCK, 8 * MIB);
		ASSERT_LE(0, fd);
		for (i = 0; (n = next(fd, events, 1 + i % 5)) != 0; i++) {
			if (i == 100) {
				churners[0].stop = true;
				churners[1].stop = true;
				task_join(&tasks[0]);
				task_join(&tasks[1]);
			}
			if (n == -EAGAIN && i > 100)
				break;
			for (j = 0; j < n; j++) {
				if (events[j].flags & PLASMA_EVENT_REPLAY) {
					EXPECT_TRUE(replay);
				} else {
					replay = false;
					EXPECT_LT(serial, events[j].serial);
					serial = events[j].serial;
				}
				ASSERT_NE(PLASMA_EVENT_OVERFLOW, events[j].type);
				take(&view, &events[j]);
			}
		}
		EXPECT_EQ(-EAGAIN, n);
		EXPECT_EQ(0, differences(&view, &self->a)) TH_LOG("round %u", round);
		EXPECT_EQ(0, view.odd) TH_LOG("round %u", round);
		close(fd);
	}
	EXPECT_LT(0, churners[0].rounds);
}

/* --- how much is kept -------------------------------------------------------- */

#define MANY	10500U

/* All are made by the thread that reads them afterwards. */
TEST_F(events, ten_thousand_unread)
{
	struct plasma_event *events;
	unsigned int i, got = 0;
	int fd, n = 0;

	fd = subscribe(&self->a, SILENT, 0);
	ASSERT_LE(0, fd);
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "12345", i % 6));
	events = calloc(1000, EVENT);
	ASSERT_NE(NULL, events);
	while ((n = next(fd, events, 1000)) > 0) {
		for (i = 0; i < (unsigned int)n; i++, got++) {
			struct id id = id_of(got);

			ASSERT_EQ(PLASMA_EVENT_SEAL, events[i].type);
			ASSERT_TRUE(id_equal(events[i].id, &id));
			ASSERT_EQ(got % 6, events[i].data_size);
			ASSERT_EQ(got + 1, events[i].serial);
		}
	}
	EXPECT_EQ(-EAGAIN, n);
	EXPECT_EQ(MANY, got);
	free(events);
	close(fd);
}

static unsigned int listed(struct client *c)
{
	static struct plasma_object_info infos[64];
	struct plasma_list list = {
		.entries_ptr = (unsigned long)infos, .count = 64,
		.entry_size = sizeof(infos[0]),
	};
	unsigned int count = 0;

	while (list.cursor != PLASMA_CURSOR_END) {
		if (object_list(c, &list))
			return ~0U;
		count += list.out_count;
	}
	return count;
}

TEST_F(events, overflow)
{
	struct plasma_event events[32];
	unsigned int i;
	int fd;

	fd = subscribe(&self->b, SILENT, 10 * EVENT + 63);
	ASSERT_LE(0, fd);
	for (i = 1; i <= 25; i++)
		ASSERT_EQ(0, put(&self->a, i));
	/* Room again, but the gap must be told first. */
	ASSERT_EQ(2, next(fd, events, 2));
	EXPECT_EVENT(SEAL, 1, &events[0]);
	EXPECT_EVENT(SEAL, 2, &events[1]);
	ASSERT_EQ(0, object_delete(&self->a, id_of(1)));
	ASSERT_EQ(9, next(fd, events, 32));
	for (i = 0; i < 8; i++) {
		EXPECT_EVENT(SEAL, 3 + i, &events[i]);
		EXPECT_EQ(3 + i, events[i].serial);
	}
	EXPECT_EQ(PLASMA_EVENT_OVERFLOW, events[8].type);
	EXPECT_EQ(0, events[8].flags);
	EXPECT_EQ(16, events[8].data_size);
	EXPECT_EQ(0, events[8].metadata_size);
	EXPECT_EQ(0, events[8].serial);
	EXPECT_EQ(PLASMA_ID_SIZE, leading(events[8].id, PLASMA_ID_SIZE, 0));
	EXPECT_EQ(-EAGAIN, next(fd, events, 1));
	EXPECT_EQ(0, poll_now(fd));

	/* The list says what there is, and what follows is told again. */
	EXPECT_EQ(24, listed(&self->b));
	ASSERT_EQ(0, put(&self->a, 26));
	ASSERT_EQ(1, next(fd, events, 32));
	EXPECT_EVENT(SEAL, 26, &events[0]);
	EXPECT_EQ(27, events[0].serial);

	/* A second gap is counted by itself. */
	for (i = 31; i <= 43; i++)
		ASSERT_EQ(0, put(&self->a, i));
	ASSERT_EQ(11, next(fd, events, 32));
	EXPECT_EVENT(SEAL, 31, &events[0]);
	EXPECT_EVENT(SEAL, 40, &events[9]);
	EXPECT_EQ(PLASMA_EVENT_OVERFLOW, events[10].type);
	EXPECT_EQ(3, events[10].data_size);
	close(fd);
}

TEST_F(events, sizes_of_the_queue)
{
	struct plasma_event events[4];
	unsigned int i;
	int fd;

	EXPECT_EQ(-EINVAL, subscribe(&self->a, SILENT, 1));
	EXPECT_EQ(-EINVAL, subscribe(&self->a, SILENT, EVENT - 1));
	EXPECT_EQ(-E2BIG, subscribe(&self->a, SILENT, 64 * MIB + 1));
	EXPECT_EQ(-E2BIG, subscribe(&self->a, SILENT, ~0U));
	fd = subscribe(&self->a, SILENT, EVENT);
	ASSERT_LE(0, fd);
	for (i = 1; i <= 3; i++)
		ASSERT_EQ(0, put(&self->a, i));
	ASSERT_EQ(2, next(fd, events, 4));
	EXPECT_EVENT(SEAL, 1, &events[0]);
	EXPECT_EQ(PLASMA_EVENT_OVERFLOW, events[1].type);
	EXPECT_EQ(2, events[1].data_size);
	close(fd);
	fd = subscribe(&self->a, SILENT, 64 * MIB);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, put(&self->a, 4));
	EXPECT_EQ(1, next(fd, events, 4));
	close(fd);
}

/* However slow it is: the others create, delete, wait and read as if it were not there. */
TEST_F(events, one_that_never_reads)
{
	struct plasma_event *events;
	struct plasma_get_entry entry;
	unsigned int i, got = 0;
	int slow[3], fast, n;

	slow[0] = subscribe(&self->b, 0, EVENT);
	slow[1] = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 100 * EVENT);
	slow[2] = subscribe(&self->a, 0, 0);
	fast = subscribe(&self->b, SILENT, 0);
	for (i = 0; i < 3; i++)
		ASSERT_LE(0, slow[i]);
	ASSERT_LE(0, fast);
	events = calloc(1000, EVENT);
	ASSERT_NE(NULL, events);
	for (i = 0; i < 3000; i++) {
		ASSERT_EQ(0, put(&self->a, i));
		ASSERT_EQ(0, object_get(&self->b, id_of(i), PLASMA_FOREVER, &entry));
		ASSERT_EQ(0, object_release(&self->b, id_of(i)));
		ASSERT_EQ(0, object_delete(&self->b, id_of(i)));
		if (i % 500 != 499)
			continue;
		n = next(fast, events, 1000);
		ASSERT_EQ(1000, n);
		got += n;
	}
	EXPECT_EQ(6000, got);
	EXPECT_EQ(-EAGAIN, next(fast, events, 1));
	/* And at the end each knows where it is. */
	ASSERT_EQ(101, next(slow[1], events, 1000));
	EXPECT_EQ(PLASMA_EVENT_OVERFLOW, events[100].type);
	EXPECT_EQ(5900, events[100].data_size);
	free(events);
	for (i = 0; i < 3; i++)
		close(slow[i]);
	close(fast);
}

/* Who has the name goes before who takes it comes: one step for all who look. */
TEST_F(events, order_of_a_replacement)
{
	struct blob blob = { .data = "", .size = 0, .name = "name" };
	struct plasma_event events[8];
	int fd;

	fd = subscribe(&self->b, SILENT, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, object_put_with(&self->a, id_of(0), &blob, 0, NULL));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(4096), &blob, PLASMA_PUT_REPLACE, NULL));
	ASSERT_EQ(0, object_create(&self->a, id_of(7), 7, NULL));
	ASSERT_EQ(0, object_seal_named(&self->a, id_of(7),
				       PLASMA_SEAL_REPLACE | PLASMA_SEAL_RELEASE, "name"));
	ASSERT_EQ(5, next(fd, events, 8));
	EXPECT_EQ(PLASMA_EVENT_SEAL, events[0].type);
	EXPECT_EQ(PLASMA_EVENT_DELETE, events[1].type);
	EXPECT_TRUE(of_number(&events[1], 0));
	EXPECT_EQ(PLASMA_EVENT_SEAL, events[2].type);
	EXPECT_TRUE(of_number(&events[2], 4096));
	EXPECT_EQ(PLASMA_EVENT_DELETE, events[3].type);
	EXPECT_TRUE(of_number(&events[3], 4096));
	EXPECT_EQ(PLASMA_EVENT_SEAL, events[4].type);
	EXPECT_EQ(7, events[4].data_size);

	/* One in use goes when its last user lets go. */
	ASSERT_EQ(0, object_hold(&self->b, id_of(7)));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(0), &blob, PLASMA_PUT_REPLACE, NULL));
	ASSERT_EQ(1, next(fd, events, 8));
	EXPECT_EQ(PLASMA_EVENT_SEAL, events[0].type);
	ASSERT_EQ(0, object_release(&self->b, id_of(7)));
	ASSERT_EQ(1, next(fd, events, 8));
	EXPECT_EQ(PLASMA_EVENT_DELETE, events[0].type);
	EXPECT_EQ(7, events[0].data_size);
	close(fd);
}

/* --- the descriptor ------------------------------------------------------------ */

/* What could not be copied is not gone without a word, be it of the replay or new. */
TEST_F(events, read_into_the_end_of_memory)
{
	__u8 *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	struct plasma_event *last = (void *)(pages + PAGE - EVENT), events[4];
	int fd, i;

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, mprotect(pages + PAGE, PAGE, PROT_NONE));
	for (i = 1; i <= 3; i++)
		ASSERT_EQ(0, put(&self->a, i));
	fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NONBLOCK, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(EVENT, read(fd, last, 2 * EVENT));
	EXPECT_EQ(PLASMA_EVENT_REPLAY, last->flags);
	ASSERT_EQ(1, next(fd, events, 1));
	EXPECT_EQ(PLASMA_EVENT_REPLAY, events[0].flags);
	ASSERT_EQ(1, next(fd, events, 4));
	EXPECT_EQ(PLASMA_EVENT_OVERFLOW, events[0].type);
	EXPECT_EQ(1, events[0].data_size);

	for (i = 4; i <= 6; i++)
		ASSERT_EQ(0, put(&self->a, i));
	ASSERT_EQ(EVENT, read(fd, last, 2 * EVENT));
	EXPECT_EVENT(SEAL, 4, last);
	ASSERT_EQ(2, next(fd, events, 4));
	EXPECT_EVENT(SEAL, 6, &events[0]);
	EXPECT_EQ(PLASMA_EVENT_OVERFLOW, events[1].type);
	EXPECT_EQ(1, events[1].data_size);
	EXPECT_EQ(-EAGAIN, next(fd, events, 4));
	close(fd);
	munmap(pages, 2 * PAGE);
}

TEST_F(events, read)
{
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct plasma_event events[4];
	int fd, i;

	fd = subscribe(&self->b, SILENT, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_NONBLOCK | O_RDONLY,
		  fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE));
	for (i = 1; i <= 5; i++)
		ASSERT_EQ(0, put(&self->a, i));
	/* Whole events only. */
	for (i = 0; i < (int)EVENT; i += 21) {
		EXPECT_EQ(-1, read(fd, events, i));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(EVENT, read(fd, events, 2 * EVENT - 1));
	EXPECT_EVENT(SEAL, 1, &events[0]);
	EXPECT_EQ(2 * EVENT, read(fd, events, 2 * EVENT + 1));
	EXPECT_EVENT(SEAL, 2, &events[0]);
	EXPECT_EVENT(SEAL, 3, &events[1]);
	EXPECT_EQ(2, next(fd, events, 4));
	EXPECT_EQ(-EAGAIN, next(fd, events, 4));

	EXPECT_EQ(-1, write(fd, events, EVENT));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, pread(fd, events, EVENT, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	ASSERT_EQ(0, put(&self->a, 6));
	EXPECT_EQ(-1, read(fd, nowhere, EVENT));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(1, next(fd, events, 4));
	EXPECT_EQ(PLASMA_EVENT_OVERFLOW, events[0].type);
	close(fd);

	fd = subscribe(&self->b, 0, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
}

struct reader {
	int fd;
	int count;
	struct plasma_event events[4];
};

static int read_some(void *arg)
{
	struct reader *reader = arg;

	reader->count = next(reader->fd, reader->events, 4);
	return 0;
}

TEST_F(events, read_that_waits)
{
	struct reader reader;
	struct task task;

	reader.fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 0);
	ASSERT_LE(0, reader.fd);
	ASSERT_EQ(0, task_start(&task, read_some, &reader));
	sleep_ms(50);
	EXPECT_FALSE(task_done(&task));
	/* The client of the one who waits is free. */
	ASSERT_EQ(0, put(&self->b, 1));
	ASSERT_EQ(0, task_join(&task));
	ASSERT_EQ(1, reader.count);
	EXPECT_EVENT(SEAL, 1, &reader.events[0]);

	/* What was deleted before it is gone, but not the news of it. */
	ASSERT_EQ(0, object_delete(&self->b, id_of(1)));
	ASSERT_EQ(1, next(reader.fd, reader.events, 4));
	close(reader.fd);
}

static void on_signal(int number)
{
	(void)number;
}

static int read_interrupted(void *arg)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct plasma_event event;

	sigaction(SIGUSR1, &action, NULL);
	CHECK_EQ(-EINTR, next(*(int *)arg, &event, 1));
	CHECK_EQ(1, next(*(int *)arg, &event, 1));
	return 0;
}

TEST_F(events, read_and_signals)
{
	int fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 0);
	pid_t pid;

	ASSERT_LE(0, fd);
	pid = spawn(read_interrupted, &fd);
	ASSERT_EQ(0, wait_process_state(pid, 'S'));
	sleep_ms(100);
	kill(pid, SIGUSR1);
	sleep_ms(100);
	ASSERT_EQ(0, wait_process_state(pid, 'S'));
	ASSERT_EQ(0, put(&self->a, 1));
	EXPECT_EQ(0, reap(pid));
	close(fd);
}

TEST_F(events, poll)
{
	struct epoll_event ready, edge = { .events = EPOLLIN | EPOLLET };
	struct plasma_event events[4];
	int fd, epoll;

	fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, poll_now(fd));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &edge));
	EXPECT_EQ(0, epoll_wait(epoll, &ready, 1, 0));

	ASSERT_EQ(0, put(&self->a, 1));
	EXPECT_EQ(POLLIN, poll_now(fd));
	EXPECT_EQ(1, epoll_wait(epoll, &ready, 1, -1));
	EXPECT_EQ(EPOLLIN, ready.events);
	EXPECT_EQ(0, epoll_wait(epoll, &ready, 1, 0));
	ASSERT_EQ(0, put(&self->a, 2));
	EXPECT_EQ(1, epoll_wait(epoll, &ready, 1, -1));
	ASSERT_EQ(1, next(fd, events, 1));
	EXPECT_EQ(POLLIN, poll_now(fd));
	ASSERT_EQ(1, next(fd, events, 4));
	EXPECT_EQ(0, poll_now(fd));
	close(epoll);
	close(fd);

	/* A replay is something to read; an empty one is not. */
	fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NONBLOCK, 0);
	EXPECT_EQ(POLLIN, poll_now(fd));
	EXPECT_EQ(2, next(fd, events, 4));
	EXPECT_EQ(-EAGAIN, next(fd, events, 4));
	EXPECT_EQ(0, poll_now(fd));
	close(fd);
}

struct waker {
	int fd;
	int revents;
};

static int poll_until(void *arg)
{
	struct waker *waker = arg;

	waker->revents = poll_wait(waker->fd);
	return 0;
}

TEST_F(events, poll_that_waits)
{
	struct waker waker;
	struct task task;

	waker.fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 0);
	ASSERT_LE(0, waker.fd);
	ASSERT_EQ(0, task_start(&task, poll_until, &waker));
	sleep_ms(50);
	EXPECT_FALSE(task_done(&task));
	ASSERT_EQ(0, put(&self->b, 1));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(POLLIN, waker.revents);
	close(waker.fd);
}

TEST_F(events, several_subscribers)
{
	struct plasma_event first[8], second[8];
	int fds[4];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		fds[i] = subscribe(i % 2 ? &self->a : &self->b, SILENT, 0);
		ASSERT_LE(0, fds[i]);
	}
	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, put(&self->b, 2));
	ASSERT_EQ(2, next(fds[0], first, 8));
	/* The end of one is nothing to the others. */
	close(fds[3]);
	ASSERT_EQ(0, object_delete(&self->b, id_of(1)));
	ASSERT_EQ(3, next(fds[1], first, 8));
	ASSERT_EQ(3, next(fds[2], second, 8));
	EXPECT_EQ(0, memcmp(first, second, 3 * EVENT));
	EXPECT_EVENT(SEAL, 1, &first[0]);
	EXPECT_EVENT(SEAL, 2, &first[1]);
	EXPECT_EVENT(DELETE, 1, &first[2]);
	ASSERT_EQ(1, next(fds[0], second, 8));
	for (i = 0; i < 3; i++)
		close(fds[i]);
}

/* A descriptor in two processes is one subscription: each event goes to one of them. */
static int read_one(void *arg)
{
	struct plasma_event event;

	CHECK_EQ(1, next(*(int *)arg, &event, 1));
	CHECK_EQ(PLASMA_EVENT_SEAL, event.type);
	return event.data_size;
}

TEST_F(events, fork)
{
	struct plasma_event event;
	int fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 0);
	pid_t pid;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, put(&self->a, 3));
	ASSERT_EQ(0, put(&self->a, 4));
	pid = spawn(read_one, &fd);
	EXPECT_EQ(3, reap(pid));
	/* The child's end was not the subscription's. */
	ASSERT_EQ(1, next(fd, &event, 1));
	EXPECT_EVENT(SEAL, 4, &event);
	close(fd);
}

static int subscribe_and_sleep(void *arg)
{
	struct gate *gate = arg;
	struct plasma_event event;
	struct client c;
	int fd;

	CHECK_EQ(0, client_open(&c, "default", 0));
	CHECK(subscribe(&c, 0, 0) >= 0);
	fd = subscribe(&c, PLASMA_SUBSCRIBE_NO_REPLAY, 0);
	CHECK(fd >= 0);
	gate_open(gate);
	next(fd, &event, 1);
	return 0;
}

TEST_F(events, killed_while_it_reads)
{
	struct gate gate;
	struct client c;
	pid_t pid;

	ASSERT_EQ(0, gate_init(&gate));
	pid = spawn(subscribe_and_sleep, &gate);
	ASSERT_EQ(0, gate_wait(&gate));
	ASSERT_EQ(0, wait_process_state(pid, 'S'));
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	ASSERT_EQ(0, client_open(&c, "default", 0));
	ASSERT_EQ(0, put(&c, 1));
	ASSERT_EQ(0, object_delete(&c, id_of(1)));
	client_close(&c);
	gate_close(&gate);
}

/* The subscription is a thing of its own: its client may go. */
TEST_F(events, outlives_its_client)
{
	struct plasma_event events[4];
	struct client c;
	int fd;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, put(&self->a, 1));
	fd = subscribe(&c, PLASMA_SUBSCRIBE_NONBLOCK, 0);
	ASSERT_LE(0, fd);
	client_close(&c);
	EXPECT_EQ(1, next(fd, events, 4));
	ASSERT_EQ(0, put(&self->a, 2));
	ASSERT_EQ(1, next(fd, events, 4));
	EXPECT_EVENT(SEAL, 2, &events[0]);
	close(fd);
}

TEST_F(events, only_readers_may)
{
	struct client c;
	int fd;

	ASSERT_EQ(0, client_open(&c, self->a.name, PLASMA_ACCESS_WRITE));
	ASSERT_EQ(PLASMA_ACCESS_WRITE, c.access);
	EXPECT_EQ(-EACCES, subscribe(&c, 0, 0));
	client_close(&c);
	ASSERT_EQ(0, client_open(&c, self->a.name, PLASMA_ACCESS_READ));
	fd = subscribe(&c, 0, 0);
	EXPECT_LE(0, fd);
	close(fd);
	client_close(&c);
}

/* --- the end of the namespace -------------------------------------------------- */

TEST_F(events, removed)
{
	struct plasma_event events[16];
	struct waker waker;
	struct task task;
	__u64 serial = 0;
	unsigned int i;
	int fd, n;

	for (i = 1; i <= 3; i++)
		ASSERT_EQ(0, put(&self->a, i));
	ASSERT_EQ(0, object_hold(&self->b, id_of(2)));
	fd = subscribe(&self->b, SILENT, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, put(&self->a, 4));
	waker.fd = subscribe(&self->b, SILENT, 0);
	ASSERT_LE(0, waker.fd);
	ASSERT_EQ(0, task_start(&task, poll_until, &waker));
	ASSERT_EQ(0, ns_remove(self->a.fd, self->a.name, PLASMA_NS_REMOVE_FORCE));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(POLLIN | POLLHUP, waker.revents);
	EXPECT_EQ(POLLIN | POLLHUP, poll_now(fd));

	/* The objects may be told of one by one, or not; but nothing follows the end. */
	n = next(fd, events, 16);
	ASSERT_LE(2, n);
	EXPECT_EVENT(SEAL, 4, &events[0]);
	for (i = 0; i < (unsigned int)n; i++) {
		EXPECT_LT(serial, events[i].serial);
		serial = events[i].serial;
		if (events[i].type == PLASMA_EVENT_REMOVED)
			EXPECT_EQ(n - 1, i) TH_LOG("%u events follow the last", n - 1 - i);
	}
	EXPECT_EQ(PLASMA_EVENT_REMOVED, events[n - 1].type);
	EXPECT_EQ(0, next(fd, events, 16));
	ASSERT_EQ(0, object_release(&self->b, id_of(2)));
	EXPECT_EQ(0, next(fd, events, 16));
	EXPECT_EQ(0, next(fd, events, 16));
	EXPECT_TRUE(poll_now(fd) & POLLHUP);
	EXPECT_EQ(-EIDRM, subscribe(&self->b, 0, 0));
	close(fd);
	close(waker.fd);
}

/* Also for one that was in the middle of its replay, or whose queue was full. */
TEST_F(events, removed_before_all_was_read)
{
	struct plasma_event events[32];
	int replaying, full, brimful, n;
	unsigned int i;

	for (i = 1; i <= 5; i++)
		ASSERT_EQ(0, put(&self->a, i));
	replaying = subscribe(&self->b, 0, 0);
	full = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 2 * EVENT);
	brimful = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 5 * EVENT);
	ASSERT_LE(0, replaying);
	ASSERT_LE(0, full);
	ASSERT_LE(0, brimful);
	for (i = 6; i <= 10; i++)
		ASSERT_EQ(0, put(&self->a, i));
	ASSERT_EQ(2, next(replaying, events, 2));
	/* In use, they are not deleted with the namespace, and nothing is told of them. */
	for (i = 1; i <= 10; i++)
		ASSERT_EQ(0, object_hold(&self->b, id_of(i)));
	ASSERT_EQ(0, ns_remove(self->a.fd, self->a.name, PLASMA_NS_REMOVE_FORCE));
	/* All are in blocking mode, so an end there must be, and it is told. */
	for (i = 0; next(replaying, events, 1) == 1; i++)
		n = events[0].type;
	EXPECT_GE(20, i);
	EXPECT_EQ(PLASMA_EVENT_REMOVED, n);
	EXPECT_EQ(0, next(replaying, events, 1));

	ASSERT_EQ(4, next(full, events, 32));
	EXPECT_EVENT(SEAL, 6, &events[0]);
	EXPECT_EVENT(SEAL, 7, &events[1]);
	EXPECT_EQ(PLASMA_EVENT_OVERFLOW, events[2].type);
	EXPECT_EQ(3, events[2].data_size);
	EXPECT_EQ(PLASMA_EVENT_REMOVED, events[3].type);
	EXPECT_LT(events[1].serial + 3, events[3].serial);
	EXPECT_EQ(0, next(full, events, 32));

	/* It takes no place from others: what fitted before is there. */
	ASSERT_EQ(6, next(brimful, events, 32));
	EXPECT_EVENT(SEAL, 10, &events[4]);
	EXPECT_EQ(PLASMA_EVENT_REMOVED, events[5].type);
	EXPECT_EQ(0, next(brimful, events, 32));
	close(replaying);
	close(full);
	close(brimful);
}

static int read_to_the_end(void *arg)
{
	struct reader *reader = arg;

	while (next(reader->fd, reader->events, 1) == 1)
		reader->count++;
	return 0;
}

TEST_F(events, removed_while_a_read_waits)
{
	struct reader reader = {};
	struct task task;

	reader.fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 0);
	ASSERT_LE(0, reader.fd);
	ASSERT_EQ(0, task_start(&task, read_to_the_end, &reader));
	sleep_ms(20);
	/* An ephemeral one that goes with its creator is no different. */
	client_close(&self->a);
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(1, reader.count);
	close(reader.fd);
}

/* Nothing to replay is nothing to read: poll() must not promise it. */
TEST_F(events, readable_means_something)
{
	int fd = subscribe(&self->b, 0, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, poll_now(fd));
	ASSERT_EQ(0, put(&self->a, 1));
	EXPECT_EQ(POLLIN, poll_now(fd));
	close(fd);

	/* What was there when it began, and has gone since, is nothing either. */
	fd = subscribe(&self->b, 0, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, object_delete(&self->a, id_of(1)));
	EXPECT_EQ(0, poll_now(fd));
	close(fd);
}

/*
 * Readers of one descriptor take turns. Who waits for another, which takes long to take what
 * it reads, can be interrupted, and no event is lost by that.
 */
struct slow_reader {
	int fd;
	void *to;
	int ret;
};

static int read_slowly(void *arg)
{
	struct slow_reader *reader = arg;

	reader->ret = read(reader->fd, reader->to, EVENT) == EVENT ? 0 : -errno;
	return 0;
}

/* A reader that has taken an event and not got it yet. */
static int stop_reading(struct slow_reader *reader, struct stall *stall, struct task *task)
{
	reader->to = stall->page;
	CHECK_EQ(0, stall_arm(stall, STALL_AT_READ));
	CHECK_EQ(0, task_start(task, read_slowly, reader));
	CHECK_EQ(0, stall_wait(stall));
	return 0;
}

static int read_until_a_signal(void *arg)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct plasma_event event;

	sigaction(SIGUSR1, &action, NULL);
	CHECK_EQ(-EINTR, next(*(int *)arg, &event, 1));
	return 0;
}

TEST_F(events, a_signal_while_another_reads)
{
	struct plasma_event event;
	struct slow_reader reader;
	struct stall stall;
	struct task task;
	pid_t pid;

	if (stall_init(&stall))
		SKIP(return, "no userfaultfd");
	reader.fd = subscribe(&self->b, PLASMA_SUBSCRIBE_NO_REPLAY, 0);
	ASSERT_LE(0, reader.fd);
	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, put(&self->a, 2));
	ASSERT_EQ(0, stop_reading(&reader, &stall, &task));
	pid = spawn(read_until_a_signal, &reader.fd);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, wait_process_state(pid, 'S'));
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	EXPECT_EQ(0, reap(pid));
	ASSERT_EQ(0, stall_end(&stall));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(0, reader.ret);
	EXPECT_EVENT(SEAL, 1, (struct plasma_event *)stall.page);
	ASSERT_EQ(1, next(reader.fd, &event, 1));
	EXPECT_EVENT(SEAL, 2, &event);
	close(reader.fd);
	stall_free(&stall);
}

static int wait_readable(void *arg)
{
	CHECK_EQ(POLLIN, poll_wait(*(int *)arg));
	return 0;
}

/* An event that its reader could not take is told of: who waited meanwhile wakes. */
TEST_F(events, who_waits_while_another_fails)
{
	struct plasma_event event;
	struct slow_reader reader;
	struct stall stall;
	struct task task;
	pid_t pid;

	if (stall_init(&stall))
		SKIP(return, "no userfaultfd");
	reader.fd = subscribe(&self->b, SILENT, 0);
	ASSERT_LE(0, reader.fd);
	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, stop_reading(&reader, &stall, &task));
	pid = spawn(wait_readable, &reader.fd);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, wait_process_state(pid, 'S'));
	ASSERT_EQ(0, stall_fail(&stall));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(-EFAULT, reader.ret);
	EXPECT_EQ(0, reap(pid));
	ASSERT_EQ(1, next(reader.fd, &event, 1));
	EXPECT_EQ(PLASMA_EVENT_OVERFLOW, event.type);
	EXPECT_EQ(1, event.data_size);
	close(reader.fd);
	stall_free(&stall);
}

TEST_HARNESS_MAIN
