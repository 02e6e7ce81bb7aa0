// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listing objects: completely, in steps, by beginnings, and while they change.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kselftest_harness.h>

#include "common.h"

FIXTURE(lists)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(lists)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(lists)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

#define MOST	512

/* All that LIST gives, in steps of @step; the number of it, or a negative errno. */
static int list_all(struct client *c, struct plasma_object_info *all, unsigned int step,
		    __u32 flags, const void *prefix, unsigned int prefix_len)
{
	struct plasma_list list = {
		.flags = flags,
		.prefix_ptr = (unsigned long)prefix,
		.prefix_len = prefix_len,
		.count = step,
		.entry_size = sizeof(*all),
	};
	unsigned int found = 0;
	int ret;

	while (list.cursor != PLASMA_CURSOR_END) {
		if (found + step > MOST)
			return -EOVERFLOW;
		list.entries_ptr = (unsigned long)(all + found);
		memset(all + found, POISON, step * sizeof(*all));
		ret = object_list(c, &list);
		if (ret)
			return ret;
		if (list.out_count > step)
			return -ERANGE;
		found += list.out_count;
	}
	return found;
}

static int times_listed(const struct plasma_object_info *all, int count, struct id id)
{
	int i, times = 0;

	for (i = 0; i < count; i++)
		times += id_equal(all[i].id, &id);
	return times;
}

TEST_F(lists, in_steps_of_every_size)
{
	static struct plasma_object_info all[MOST];
	unsigned int i, step;

	EXPECT_EQ(0, list_all(&self->a, all, 10, 0, NULL, 0));
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), &i, i % 5));
	for (step = 1; step <= 128; step *= 2) {
		ASSERT_EQ(100, list_all(&self->b, all, step, 0, NULL, 0));
		for (i = 0; i < 100; i++)
			ASSERT_EQ(1, times_listed(all, 100, id_of(i)));
	}
	for (i = 0; i < 100; i += 2)
		ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	ASSERT_EQ(50, list_all(&self->b, all, 7, 0, NULL, 0));
	for (i = 1; i < 100; i += 2)
		ASSERT_EQ(1, times_listed(all, 50, id_of(i)));
}

/* The same as STAT says. */
TEST_F(lists, what_stat_says)
{
	static struct plasma_object_info all[MOST];
	struct plasma_object_info info;
	int i, count;

	ASSERT_EQ(0, object_create(&self->a, id_of(0), 100, NULL));
	ASSERT_EQ(0, object_create_with(&self->a, id_of(1), &(struct blob){
		.size = 5 * PAGE, .metadata = "mm", .metadata_size = 2 },
		PLASMA_CREATE_KEEP, NULL));
	ASSERT_EQ(0, object_seal(&self->a, id_of(1), 0));
	ASSERT_EQ(0, object_hold(&self->b, id_of(1)));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->b, id_of(1)));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "named", 0));
	ASSERT_EQ(0, object_put(&self->b, id_of(2), "", 0));

	count = list_all(&self->b, all, 10, 0, NULL, 0);
	ASSERT_EQ(3, count);
	for (i = 0; i < count; i++) {
		struct id id;

		memcpy(id.byte, all[i].id, sizeof(id.byte));
		ASSERT_EQ(0, object_stat(&self->b, id, &info));
		EXPECT_EQ(0, memcmp(&info, &all[i], sizeof(info)));
	}
	ASSERT_EQ(0, object_stat(&self->b, id_of(1), &info));
	EXPECT_EQ(2, info.refs);
	EXPECT_EQ(5 * PAGE, info.data_size);
	EXPECT_EQ(2, info.metadata_size);
	EXPECT_EQ(6, info.pages);
	EXPECT_EQ(PLASMA_OBJECT_KEEP | PLASMA_OBJECT_DELETE_PENDING | PLASMA_OBJECT_MINE,
		  info.flags);
}

TEST_F(lists, by_beginning_of_the_id)
{
	static struct plasma_object_info all[MOST];
	struct id id;

	ASSERT_EQ(0, object_put(&self->a, id_text("abc 1"), "", 0));
	ASSERT_EQ(0, object_put(&self->a, id_text("abc 2"), "", 0));
	ASSERT_EQ(0, object_put(&self->a, id_text("abd"), "", 0));
	ASSERT_EQ(0, object_put(&self->a, id_text("xyz"), "", 0));
	ASSERT_EQ(2, list_all(&self->a, all, 1, 0, "abc", 3));
	EXPECT_EQ(1, times_listed(all, 2, id_text("abc 1")));
	EXPECT_EQ(1, times_listed(all, 2, id_text("abc 2")));
	EXPECT_EQ(3, list_all(&self->a, all, 10, 0, "ab", 2));
	EXPECT_EQ(0, list_all(&self->a, all, 10, 0, "b", 1));
	id = id_text("xyz");
	EXPECT_EQ(1, list_all(&self->a, all, 10, 0, id.byte, sizeof(id.byte)));
	id.byte[PLASMA_ID_SIZE - 1] = 1;
	EXPECT_EQ(0, list_all(&self->a, all, 10, 0, id.byte, sizeof(id.byte)));
}

TEST_F(lists, by_beginning_of_the_name)
{
	static struct plasma_object_info all[MOST];
	static const char *const names[] = { "log/1", "log/2", "log", "lo", "other" };
	unsigned int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "", 0));
		ASSERT_EQ(0, name_bind(&self->a, id_of(i), names[i], 0));
	}
	ASSERT_EQ(0, object_put(&self->a, id_of(5), "", 0));
	ASSERT_EQ(0, object_put(&self->a, id_text("log/unnamed"), "", 0));

	EXPECT_EQ(2, list_all(&self->a, all, 1, PLASMA_LIST_BY_NAME, "log/", 4));
	EXPECT_EQ(1, times_listed(all, 2, id_of(0)));
	EXPECT_EQ(1, times_listed(all, 2, id_of(1)));
	EXPECT_EQ(3, list_all(&self->a, all, 10, PLASMA_LIST_BY_NAME, "log", 3));
	EXPECT_EQ(0, list_all(&self->a, all, 10, PLASMA_LIST_BY_NAME, "log/1/", 6));
	/* All that have a name. */
	EXPECT_EQ(5, list_all(&self->a, all, 2, PLASMA_LIST_BY_NAME, NULL, 0));
	EXPECT_EQ(7, list_all(&self->a, all, 2, 0, NULL, 0));
}

TEST_F(lists, limits)
{
	struct plasma_object_info info;
	struct plasma_query limits;
	struct plasma_list list = {
		.count = 1,
		.entries_ptr = (unsigned long)&info,
		.entry_size = sizeof(info),
	};

	ASSERT_EQ(0, query(self->a.fd, &limits));
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "", 0));
	list.count = 0;
	EXPECT_EQ(-EINVAL, object_list(&self->a, &list));
	list.count = limits.out_batch_max + 1;
	EXPECT_EQ(-E2BIG, object_list(&self->a, &list));
	list.count = 1;
	list.entries_ptr = 0;
	EXPECT_EQ(-EFAULT, object_list(&self->a, &list));
	list.entries_ptr = (unsigned long)&info;
	list.prefix_len = 3;
	EXPECT_EQ(-EFAULT, object_list(&self->a, &list));
	list.prefix_len = PLASMA_ID_SIZE + 1;
	EXPECT_EQ(-ENAMETOOLONG, object_list(&self->a, &list));
	list.flags = PLASMA_LIST_BY_NAME;
	EXPECT_EQ(-EFAULT, object_list(&self->a, &list));
	list.prefix_len = PLASMA_NAME_MAX + 1;
	EXPECT_EQ(-ENAMETOOLONG, object_list(&self->a, &list));
	list.flags = 0;
	list.prefix_len = 0;
	/* At the end there is nothing, however often one asks. */
	list.cursor = PLASMA_CURSOR_END;
	ASSERT_EQ(0, object_list(&self->a, &list));
	EXPECT_EQ(0, list.out_count);
	EXPECT_EQ(PLASMA_CURSOR_END, list.cursor);
}

/* Callers may know less of an entry than the kernel, or more. */
TEST_F(lists, entries_of_other_sizes)
{
	__u8 space[3][512];
	struct plasma_list list = {
		.count = 3,
		.entries_ptr = (unsigned long)space,
	};
	struct id id = id_of(0);

	ASSERT_EQ(0, object_put(&self->a, id_of(0), "x", 1));

	memset(space, POISON, sizeof(space));
	list.entry_size = 40;
	ASSERT_EQ(0, object_list(&self->a, &list));
	ASSERT_EQ(1, list.out_count);
	EXPECT_TRUE(id_equal(space[0], &id));
	EXPECT_EQ(sizeof(space) - 40,
		  leading(&space[0][40], sizeof(space) - 40, POISON));

	memset(space, POISON, sizeof(space));
	list.entry_size = sizeof(space[0]);
	list.cursor = 0;
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, object_list(&self->a, &list));
	ASSERT_EQ(2, list.out_count);
	EXPECT_EQ(512 - sizeof(struct plasma_object_info),
		  leading(&space[0][sizeof(struct plasma_object_info)],
			  512 - sizeof(struct plasma_object_info), 0));
	EXPECT_TRUE(id_equal(space[0], &id) || id_equal(space[1], &id));
	EXPECT_EQ(512, leading(space[2], 512, POISON));
}

/* What stays is listed once, whatever else comes and goes. */
struct churner {
	struct client *client;
	volatile bool *stop;
	volatile unsigned int rounds;
	int failed;
};

static int churn(void *arg)
{
	struct churner *churner = arg;
	unsigned int i;

	while (!*churner->stop) {
		for (i = 0; i < 40; i++)
			churner->failed |= object_put(churner->client, id_of(1000 + i), "", 0);
		for (i = 0; i < 40; i++)
			churner->failed |= object_delete(churner->client, id_of(1000 + i));
		churner->rounds++;
	}
	return 0;
}

TEST_F(lists, while_objects_come_and_go)
{
	static struct plasma_object_info all[MOST];
	volatile bool stop = false;
	struct churner churner = { .client = &self->b, .stop = &stop };
	unsigned int i, round, wrong = 0;
	struct task task;
	int count;

	/* Stayers between others that leave gaps. */
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "", 0));
	for (i = 50; i < 100; i++)
		ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	ASSERT_EQ(0, task_start(&task, churn, &churner));
	for (round = 0; round < 40 || !churner.rounds; round++) {
		count = list_all(&self->a, all, 1 + round % 9, 0, NULL, 0);
		if (count < 0)
			wrong++;
		for (i = 0; i < 50; i++)
			wrong += times_listed(all, count, id_of(i)) != 1;
	}
	stop = true;
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, churner.failed);
}

/* A removed and a filled gap: cursors of long ago do no harm. */
TEST_F(lists, old_cursors)
{
	struct plasma_object_info info;
	struct plasma_list list = {
		.count = 1,
		.entries_ptr = (unsigned long)&info,
		.entry_size = sizeof(info),
	};
	__u64 cursors[] = { 1, 12345, 1ULL << 31, 1ULL << 32, 1ULL << 40, ALL - 1 };
	unsigned int i;

	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "", 0));
	for (i = 0; i < ARRAY_SIZE(cursors); i++) {
		int ret;

		list.cursor = cursors[i];
		ret = object_list(&self->a, &list);
		EXPECT_TRUE(ret == 0 || ret == -EINVAL);
		if (!ret)
			EXPECT_GE(1, list.out_count);
	}
}

TEST_HARNESS_MAIN
