// SPDX-License-Identifier: GPL-2.0-only
/*
 * Too little memory: of the store, of the machine, of a memory cgroup.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <kselftest_harness.h>

#include "common.h"

#define DROP_CACHES	"/proc/sys/vm/drop_caches"
#define GROUP		"/sys/fs/cgroup/plasma-pressure"

FIXTURE(pressure)
{
	struct usage before;
	struct client a;
	struct client b;
	long long size_mb;
};

FIXTURE_SETUP(pressure)
{
	ASSERT_EQ(0, usage_take(&self->before));
	self->size_mb = file_number(SIZE_MB);
	ASSERT_LT(0, self->size_mb);
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

static int set_size(long long mb)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld\n", mb);
	return file_write(SIZE_MB, text);
}

FIXTURE_TEARDOWN(pressure)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, set_size(self->size_mb));
	EXPECT_EQ(0, usage_restored(&self->before));
}

static __u64 store_size(struct client *c)
{
	struct plasma_query answer;

	return query(c->fd, &answer) ? 0 : answer.out_store_size;
}

static __u64 default_capacity(struct client *c)
{
	struct plasma_ns_info info;

	return ns_stat(c->fd, "default", &info) ? 0 : info.capacity;
}

static int make(struct client *c, unsigned int number, __u64 size)
{
	return object_make(c, id_of(number), size, number, NULL);
}

static unsigned int existing(struct client *c, unsigned int count)
{
	unsigned int i, found = 0;

	for (i = 0; i < count; i++)
		found += object_refs(c, id_of(i)) >= 0;
	return found;
}

/* Pages that are kept for objects to come are no object's, also while they are freed. */
TEST_F(pressure, what_is_kept_is_not_used)
{
	struct plasma_query store;
	__u64 end, most = 0;

	ASSERT_EQ(0, make(&self->a, 0, 60 * MIB));
	ASSERT_EQ(0, object_delete(&self->a, id_of(0)));
	end = in_ms(6000);
	do {
		ASSERT_EQ(0, query(self->a.fd, &store));
		if (store.out_store_used > most)
			most = store.out_store_used;
	} while (now_ns() < end);
	EXPECT_EQ(self->before.store_used, most);
}

/* --- what small objects leave --------------------------------------------------------- */

#define SMALL	2000

static int put_small(struct client *c, unsigned int count)
{
	__u8 bytes[SMALL];
	unsigned int i;

	for (i = 0; i < count; i++) {
		fill(bytes, sizeof(bytes), i);
		CHECK_EQ(0, object_put(c, id_of(i), bytes, sizeof(bytes)));
	}
	return 0;
}

static int delete_small(struct client *c, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		CHECK_EQ(0, object_delete(c, id_of(i)));
	return 0;
}

/* A page that was shared by small objects serves those of any other small size. */
TEST_F(pressure, a_spare_page_serves_any_size)
{
	__u64 sizes[] = { 1, 2048, 64, 700, 129 }, page = 0;
	struct plasma_get_entry entry;
	__u8 bytes[2048];
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(bytes, sizes[i], i);
		ASSERT_EQ(0, object_put(&self->a, id_of(i), bytes, sizes[i]));
		ASSERT_EQ(0, object_get(&self->b, id_of(i), NOW, &entry));
		EXPECT_EQ(sizes[i], matching(self->b.read + entry.offset, sizes[i], i));
		page = page ?: entry.offset / PAGE;
		EXPECT_EQ(page, entry.offset / PAGE);
		ASSERT_EQ(0, object_release(&self->b, id_of(i)));
		ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	}
}

/* They are nobody's: all of the store can be had at once, by whomever, without eviction. */
TEST_F(pressure, spare_pages_give_way)
{
	const unsigned int count = 4 * MIB / SMALL;
	struct blob blob = { .size = 20 * MIB };
	struct client other;

	ASSERT_EQ(0, set_size(20 + self->before.store_used / MIB));
	ASSERT_EQ(0, client_create(&other, 0));
	ASSERT_EQ(0, put_small(&self->a, count));
	ASSERT_EQ(0, delete_small(&self->a, count));
	EXPECT_EQ(0, object_create_with(&other, id_of(0), &blob, PLASMA_CREATE_NO_EVICT, NULL));
	EXPECT_EQ(-ENOSPC, object_put(&self->a, id_of(0), "x", 1));
	client_close(&other);
	EXPECT_EQ(0, object_put(&self->a, id_of(0), "x", 1));
}

TEST_F(pressure, spare_pages_go_by_themselves)
{
	const unsigned int count = 32 * MIB / SMALL;
	__u64 before;

	ASSERT_EQ(0, put_small(&self->a, count));
	before = memory_available();
	ASSERT_EQ(0, delete_small(&self->a, count));
	/* For ever, if they did not. */
	while (memory_available() < before + 16 * MIB)
		sleep_ms(100);
}

/**
 * struct wish - what two processes want at the same moment
 * @ns: a client of the namespace
 * @when: the moment
 */
struct wish {
	const struct client *ns;
	__u64 when;
};

static int create_then(void *arg)
{
	struct blob blob = { .size = 16 * MIB };
	const struct wish *wish = arg;
	struct client c;

	CHECK_EQ(0, client_join(&c, wish->ns));
	while (now_ns() < wish->when)
		;
	CHECK_EQ(0, object_create_with(&c, id_of(getpid()), &blob, PLASMA_CREATE_NO_EVICT,
				       NULL));
	return 0;
}

/* What is kept is enough for both, also while one of them has it freed. */
TEST_F(pressure, two_who_want_what_is_kept)
{
	unsigned int rounds = slowness() > 1 ? 8 : 40;
	struct wish wish = { .ns = &self->b };
	pid_t pids[2];

	ASSERT_EQ(0, set_size(64 + self->before.store_used / MIB));
	ASSERT_EQ(0, object_create(&self->a, id_of(1), 30 * MIB, NULL));
	while (rounds--) {
		ASSERT_EQ(0, make(&self->a, 2, 30 * MIB));
		ASSERT_EQ(0, object_delete(&self->a, id_of(2)));
		wish.when = in_ms(100);
		pids[0] = spawn(create_then, &wish);
		pids[1] = spawn(create_then, &wish);
		ASSERT_EQ(0, reap(pids[0]));
		ASSERT_EQ(0, reap(pids[1]));
	}
}

/* --- size_mb ------------------------------------------------------------------------ */

TEST_F(pressure, size_up_and_down)
{
	struct client own;

	ASSERT_EQ(0, client_create(&own, 5 * MIB));
	EXPECT_EQ(self->size_mb * MIB, store_size(&self->a));
	ASSERT_EQ(0, set_size(self->size_mb + 16));
	EXPECT_EQ(self->size_mb + 16, file_number(SIZE_MB));
	EXPECT_EQ((self->size_mb + 16) * MIB, store_size(&self->a));
	/* Capacities that stand for the whole follow, others do not. */
	EXPECT_EQ((self->size_mb + 16) * MIB, default_capacity(&self->a));
	EXPECT_EQ((self->size_mb + 16) * MIB, ns_info(&self->a).capacity);
	EXPECT_EQ(5 * MIB, ns_info(&own).capacity);
	ASSERT_EQ(0, set_size(20));
	EXPECT_EQ(20 * MIB, store_size(&self->a));
	EXPECT_EQ(20 * MIB, default_capacity(&self->a));
	EXPECT_EQ(5 * MIB, ns_info(&own).capacity);
	EXPECT_EQ(-ENOSPC, object_create(&self->a, id_of(0), 20 * MIB + 1, NULL));
	EXPECT_EQ(0, object_create(&self->a, id_of(0), 20 * MIB, NULL));
	EXPECT_EQ(-ENOSPC, object_create(&own, id_of(0), 1, NULL));
	ASSERT_EQ(0, set_size(21));
	EXPECT_EQ(0, object_create(&own, id_of(0), 1 * MIB, NULL));
	client_close(&own);
}

TEST_F(pressure, size_takes_what_may_be_evicted)
{
	unsigned int i;

	ASSERT_EQ(0, set_size(64));
	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, make(&self->a, i, 4 * MIB));
	ASSERT_EQ(0, object_hold(&self->b, id_of(3)));
	ASSERT_EQ(0, set_size(20));
	EXPECT_GE(20 * MIB, ns_info(&self->a).used);
	EXPECT_EQ(5, existing(&self->a, 10));
	EXPECT_EQ(1, object_refs(&self->a, id_of(3)));
	/* The newest are left. */
	for (i = 6; i < 10; i++)
		EXPECT_EQ(0, object_refs(&self->a, id_of(i)));
}

#define CLIENTS	100

/*
 * Of each page that small objects share some is wasted, so pages can be short where bytes are not.
 * With many clients few objects go at a time; all that it takes go in the end, and no more.
 */
TEST_F(pressure, many_small_ones_for_a_large_one)
{
	const unsigned int count = 5000;
	struct plasma_ns_open answer;
	struct plasma_ns_info info;
	unsigned int i;
	int fds[CLIENTS];

	ASSERT_EQ(0, set_size(16));
	for (i = 0; i < CLIENTS; i++) {
		fds[i] = device_open();
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ(0, ns_open(fds[i], self->a.name, PLASMA_ACCESS_READ, &answer));
	}
	ASSERT_EQ(0, put_small(&self->a, count));
	info = ns_info(&self->a);
	EXPECT_EQ(-ENOSPC, object_create_with(&self->a, id_of(count),
					      &(struct blob){ .size = info.capacity - info.used },
					      PLASMA_CREATE_NO_EVICT, NULL));
	EXPECT_EQ(count, ns_info(&self->a).objects);
	ASSERT_EQ(0, object_create(&self->a, id_of(count), info.capacity - info.used, NULL));
	info = ns_info(&self->a);
	EXPECT_LT(CLIENTS, info.evictions);
	EXPECT_GT(count / 2, info.evictions);
	EXPECT_EQ(count + 1 - info.evictions, info.objects);
	EXPECT_GE(16 * MIB / PAGE, info.pages);
	for (i = 0; i < CLIENTS; i++)
		close(fds[i]);
}

TEST_F(pressure, size_of_what_is_in_use)
{
	__u64 offset;

	ASSERT_EQ(0, set_size(64));
	ASSERT_EQ(0, object_create(&self->a, id_of(0), 20 * MIB, &offset));
	fill(self->a.write + offset, 20 * MIB, 0);
	EXPECT_EQ(-EBUSY, set_size(19));
	EXPECT_EQ(64, file_number(SIZE_MB));
	EXPECT_EQ(64 * MIB, store_size(&self->a));
	EXPECT_EQ(64 * MIB, default_capacity(&self->a));
	EXPECT_EQ(64 * MIB, ns_info(&self->a).capacity);
	EXPECT_EQ(0, make(&self->a, 1, 40 * MIB));
	ASSERT_EQ(0, object_seal(&self->a, id_of(0), 0));
	EXPECT_EQ(0, set_size(20));
	EXPECT_EQ(20 * MIB, matching(self->a.read + offset, 20 * MIB, 0));
}

/* Of what belongs to quotas nothing can be taken. */
TEST_F(pressure, size_below_a_quota)
{
	struct plasma_quota_info quotas[2];

	ASSERT_EQ(0, set_size(64));
	ASSERT_EQ(0, quota_set(&self->a, "quota", 40 * MIB));
	EXPECT_EQ(-EBUSY, set_size(39));
	EXPECT_EQ(64, file_number(SIZE_MB));
	EXPECT_EQ(64 * MIB, store_size(&self->a));
	EXPECT_EQ(64 * MIB, default_capacity(&self->a));
	EXPECT_EQ(64 * MIB, ns_info(&self->a).capacity);
	EXPECT_EQ(0, set_size(40));
	EXPECT_EQ(40 * MIB, ns_info(&self->a).capacity);
	ASSERT_EQ(2, quota_list(&self->a, quotas, 2));
	EXPECT_EQ(0, quotas[0].capacity);
	EXPECT_EQ(40 * MIB, quotas[1].capacity);
	EXPECT_EQ(-ENOSPC, object_create(&self->b, id_of(0), 1, NULL));
	EXPECT_EQ(0, object_create(&self->a, id_of(0), 1, NULL));
}

TEST_F(pressure, sizes_that_are_none)
{
	EXPECT_EQ(-EINVAL, set_size(1LL << 40));
	EXPECT_EQ(-EINVAL, file_write(SIZE_MB, "many"));
	EXPECT_EQ(-EINVAL, file_write(SIZE_MB, "-1"));
	EXPECT_EQ(self->size_mb, file_number(SIZE_MB));
	EXPECT_EQ(self->size_mb * MIB, store_size(&self->a));
}

static int resize_on_and_on(void *arg)
{
	volatile bool *stop = arg;
	unsigned int i;

	for (i = 0; !*stop; i++) {
		int ret = set_size(24 + i % 3 * 20);

		CHECK(!ret || ret == -EBUSY);
	}
	return 0;
}

TEST_F(pressure, size_while_objects_come_and_go)
{
	volatile bool stop = false;
	struct task task;
	unsigned int i;

	ASSERT_EQ(0, task_start(&task, resize_on_and_on, (void *)&stop));
	for (i = 0; i < 300; i++) {
		int ret = make(&self->a, i, 1 * MIB + i);

		/* It may just be too small, but never wrong. */
		ASSERT_TRUE(!ret || ret == -ENOSPC);
		if (!ret && !object_hold(&self->b, id_of(i)))
			ASSERT_EQ(0, object_release(&self->b, id_of(i)));
	}
	stop = true;
	EXPECT_EQ(0, task_join(&task));
}

/* Memory, not promises: what is evicted is not kept for objects to come. */
TEST_F(pressure, a_smaller_size_gives_memory_back_at_once)
{
	unsigned int i;
	__u64 before;

	for (i = 0; i < 12; i++)
		ASSERT_EQ(0, make(&self->a, i, 8 * MIB));
	before = memory_available();
	ASSERT_EQ(0, set_size(64));
	EXPECT_GE(8, existing(&self->a, 12));
	EXPECT_LE(before + 24 * MIB, memory_available());
}

/* --- the machine -------------------------------------------------------------------- */

static int reclaimable(struct client *c)
{
	return client_create_as(c, &(struct plasma_ns_create){
		.mode = 0600, .flags = PLASMA_NS_RECLAIM });
}

/* The shrinker only asks; what it asked for comes a moment later. */
static unsigned int dropped_to(struct client *c, unsigned int count, unsigned int want)
{
	unsigned int i;

	for (i = 0; i < 100 && existing(c, count) > want; i++) {
		file_write(DROP_CACHES, "2");
		sleep_ms(50);
	}
	return existing(c, count);
}

TEST_F(pressure, reclaim_where_it_is_allowed)
{
	struct plasma_get_entry entry;
	struct plasma_event event;
	struct client c;
	unsigned int i;
	int fd;

	ASSERT_EQ(0, reclaimable(&c));
	EXPECT_EQ(PLASMA_NS_RECLAIM | PLASMA_NS_EPHEMERAL, ns_info(&c).flags);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, make(&c, i, 2 * MIB));
		ASSERT_EQ(0, make(&self->a, i, 2 * MIB));
	}
	/* What is in use, unsealed or kept never goes. */
	ASSERT_EQ(0, object_get(&c, id_of(2), NOW, &entry));
	ASSERT_EQ(0, object_create(&c, id_of(8), 2 * MIB, NULL));
	ASSERT_EQ(0, object_put_with(&c, id_of(9), &(struct blob){
		.data = "kept", .size = 4 }, PLASMA_CREATE_KEEP, NULL));
	fd = subscribe(&c, PLASMA_SUBSCRIBE_NO_REPLAY | PLASMA_SUBSCRIBE_NONBLOCK, 0);
	ASSERT_LE(0, fd);

	EXPECT_EQ(3, dropped_to(&c, 10, 3));
	EXPECT_EQ(1, object_refs(&c, id_of(2)));
	EXPECT_EQ(1, object_refs(&c, id_of(8)));
	EXPECT_EQ(0, object_refs(&c, id_of(9)));
	EXPECT_EQ(2 * MIB, matching(c.read + entry.offset, 2 * MIB, 2));
	EXPECT_EQ(7, ns_info(&c).evictions);
	/* Those of a namespace that does not allow it are all there. */
	EXPECT_EQ(8, existing(&self->a, 8));
	EXPECT_EQ(0, ns_info(&self->a).evictions);
	/* And it is told as any eviction is. */
	for (i = 0; i < 7; i++) {
		ASSERT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
		EXPECT_EQ(PLASMA_EVENT_EVICT, event.type);
	}
	EXPECT_EQ(-1, read(fd, &event, sizeof(event)));
	close(fd);
	client_close(&c);
}

/* More memory than there is, touched by a child: the objects make way for it. */
static int eat(void *arg)
{
	size_t size = *(size_t *)arg, at;
	__u8 *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(memory != MAP_FAILED);
	CHECK_EQ(0, file_write("/proc/self/oom_score_adj", "1000"));
	for (at = 0; at < size; at += PAGE)
		memory[at] = 1;
	return 0;
}

TEST_F(pressure, reclaim_for_others)
{
	struct client c;
	unsigned int i;
	size_t size;
	pid_t pid;
	int ret;

	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		SKIP(return, "touching all of memory takes minutes where each access is checked");
	ASSERT_EQ(0, reclaimable(&c));
	for (i = 0; i < 40; i++)
		ASSERT_EQ(0, make(&c, i, 4 * MIB));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, object_hold(&c, id_of(i)));
	/* Half of what only our objects can give. */
	size = memory_available() + 80 * MIB;
	pid = spawn(eat, &size);
	ret = reap(pid);
	/* It may be killed for it: then it was the one that asked for too much. */
	EXPECT_TRUE(ret == 0 || ret == -SIGKILL);
	EXPECT_LT(0, ns_info(&c).evictions);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(1, object_refs(&c, id_of(i)));
	client_close(&c);
}

/* --- a memory cgroup ------------------------------------------------------------------ */

static int join_group(void)
{
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", getpid());
	return file_write(GROUP "/cgroup.procs", pid);
}

static long long event_count(const char *which)
{
	FILE *file = fopen(GROUP "/memory.events", "r");
	long long count = -1, value;
	char name[32];

	while (file && fscanf(file, "%31s %lld", name, &value) == 2)
		if (!strcmp(name, which))
			count = value;
	if (file)
		fclose(file);
	return count;
}

static long long charged(void)
{
	return file_number(GROUP "/memory.current");
}

/* All but what a process or two take, in a while; with @reclaim if Linux is asked for it. */
static bool uncharged(bool reclaim)
{
	unsigned int i;

	for (i = 0; i < 100 && charged() > (long long)(MIB / 2); i++) {
		if (reclaim)
			file_write(GROUP "/memory.reclaim", "4194304");
		sleep_ms(100);
	}
	return charged() <= (long long)(MIB / 2);
}

FIXTURE(group)
{
	struct usage before;
	struct client a;
};

FIXTURE_SETUP(group)
{
	ASSERT_EQ(0, usage_take(&self->before));
	if (mkdir(GROUP, 0755) || access(GROUP "/memory.max", W_OK)) {
		rmdir(GROUP);
		SKIP(return, "no memory cgroup here");
	}
	ASSERT_EQ(0, client_create(&self->a, 0));
}

FIXTURE_TEARDOWN(group)
{
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
	rmdir(GROUP);
}

static int create_too_much(void *arg)
{
	static __u8 bytes[1 * MIB];
	struct plasma_put_entry entries[2] = {};
	struct client c;
	unsigned int i;
	__u64 offset;
	int ret = 0;

	CHECK_EQ(0, join_group());
	CHECK_EQ(0, client_join(&c, arg));
	memset(bytes, 1, sizeof(bytes));
	/* Each fits in the store; together they do not in the group. */
	for (i = 0; i < 100; i++) {
		ret = object_create(&c, id_of(i), 1 * MIB, &offset);
		if (ret)
			break;
		/* What was given can be touched. */
		fill(c.write + offset, 1 * MIB, i);
	}
	CHECK_EQ(-ENOMEM, ret);
	CHECK(i > 4);
	CHECK(i < 32);
	CHECK_EQ(i, ns_info(&c).objects);
	CHECK_EQ(i * MIB, ns_info(&c).used);
	CHECK_EQ(-ENOMEM, object_create(&c, id_of(200), 40 * MIB, NULL));
	CHECK_EQ(-ENOMEM, object_put(&c, id_of(201), bytes, sizeof(bytes)));
	CHECK_EQ(-ENOMEM, object_resize(&c, id_of(0), 50 * MIB, NULL));
	entries[0].id[0] = 1;
	entries[1].id[0] = 2;
	entries[1].data_ptr = (unsigned long)bytes;
	entries[1].data_size = sizeof(bytes);
	CHECK_EQ(-ENOMEM, put_batch(&c, entries, 2, 0));
	CHECK_EQ(-ENOMEM, entries[1].status);
	CHECK_EQ(i * MIB, ns_info(&c).used);
	CHECK_EQ(i, ns_info(&c).objects);
	/* One less, one more. */
	CHECK_EQ(0, object_abort(&c, id_of(1)));
	CHECK_EQ(0, object_create(&c, id_of(1), 1 * MIB / 2, NULL));
	for (i = 2; i < 6; i++) {
		CHECK_EQ(0, object_seal(&c, id_of(i), 0));
		CHECK_EQ(0, object_release(&c, id_of(i)));
	}
	return 0;
}

TEST_F(group, more_than_its_most)
{
	unsigned int i;
	__u64 used;

	ASSERT_EQ(0, file_write(GROUP "/memory.max", "33554432"));
	EXPECT_EQ(0, reap(spawn(create_too_much, &self->a)));
	EXPECT_EQ(0, event_count("oom_kill"));
	/* The sealed ones survive; their memory is the group's until they go. */
	used = ns_info(&self->a).used;
	EXPECT_EQ(4 * MIB, used);
	EXPECT_LE(4 * MIB, charged());
	for (i = 2; i < 6; i++)
		EXPECT_EQ(0, object_refs(&self->a, id_of(i)));
	for (i = 2; i < 6; i++)
		ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	/* All that is left are a few pages of a process that has ended. */
	EXPECT_TRUE(uncharged(true));
}

/* Eight of the group's twelve MiB, in one namespace after the other. */
static int put_and_delete(void *arg)
{
	const unsigned int count = 8 * MIB / SMALL;
	struct client c[2];
	unsigned int i;

	(void)arg;
	CHECK_EQ(0, join_group());
	for (i = 0; i < 2; i++) {
		CHECK_EQ(0, client_create(&c[i], 0));
		CHECK_EQ(0, put_small(&c[i], count));
		CHECK_EQ(0, delete_small(&c[i], count));
	}
	return 0;
}

/* What small objects leave does not stand in the way of a group with a limit. */
TEST_F(group, spare_pages)
{
	ASSERT_EQ(0, file_write(GROUP "/memory.max", "12582912"));
	EXPECT_EQ(0, reap(spawn(put_and_delete, NULL)));
	EXPECT_EQ(0, event_count("oom_kill"));
}

static int move_between_small_objects(void *arg)
{
	__u64 offset;
	struct client c;

	CHECK_EQ(0, client_join(&c, arg));
	CHECK_EQ(0, object_create(&c, id_of(1), 64, &offset));
	fill(c.write + offset, 64, 1);
	CHECK_EQ(0, object_seal(&c, id_of(1), PLASMA_SEAL_RELEASE));
	CHECK_EQ(0, join_group());
	CHECK_EQ(0, object_create(&c, id_of(2), 64, &offset));
	fill(c.write + offset, 64, 2);
	CHECK_EQ(0, object_seal(&c, id_of(2), PLASMA_SEAL_RELEASE));
	client_close(&c);
	return 0;
}

/* The page that its last small object was written in stays where it was charged: it is freed. */
TEST_F(group, who_moves)
{
	struct plasma_get_entry entry;
	unsigned int i;

	ASSERT_EQ(0, reap(spawn(move_between_small_objects, &self->a)));
	for (i = 1; i <= 2; i++) {
		ASSERT_EQ(0, object_get(&self->a, id_of(i), NOW, &entry));
		EXPECT_EQ(64, matching(self->a.read + entry.offset, 64, i));
		EXPECT_EQ(0, object_release(&self->a, id_of(i)));
	}
}

static int put_in_group(void *arg)
{
	static __u8 bytes[1024];
	struct client c;
	unsigned int i;

	CHECK_EQ(0, join_group());
	CHECK_EQ(0, client_join(&c, arg));
	for (i = 0; i < 1024; i++)
		CHECK_EQ(0, object_put(&c, id_of(i), bytes, 1024));
	return 0;
}

/* Small objects share pages with those that the same group pays for. */
TEST_F(group, whose_pages_small_objects_are_in)
{
	static __u8 bytes[1024];
	unsigned int i;

	ASSERT_EQ(0, reap(spawn(put_in_group, &self->a)));
	EXPECT_LE(1 * MIB, charged());
	/* Of each page of theirs one slot of four is free, and one of ours wants it. */
	for (i = 0; i < 1024; i += 4)
		ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	for (i = 0; i < 256; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(2000 + i), bytes, 1024));
	for (i = 0; i < 1024; i++)
		if (i % 4)
			ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	EXPECT_TRUE(uncharged(false));
	EXPECT_EQ(256, ns_info(&self->a).objects);
}

static int subscribe_too_much(void *arg)
{
	struct client c;

	CHECK_EQ(0, client_join(&c, arg));
	CHECK_EQ(0, join_group());
	CHECK_EQ(-ENOMEM, subscribe(&c, 0, 48 * MIB));
	/* Linux 7 gives back in the background what it had got: no call is safe until then. */
	return 0;
}

static int subscribe_to_less(void *arg)
{
	struct client c;
	int fd;

	CHECK_EQ(0, join_group());
	CHECK_EQ(0, client_join(&c, arg));
	fd = subscribe(&c, 0, 8 * MIB);
	CHECK(fd >= 0);
	CHECK(charged() >= (long long)(8 * MIB));
	close(fd);
	return 0;
}

/* A queue is its subscriber's memory; too large a one is refused, and kills nobody. */
TEST_F(group, queue_of_a_subscriber)
{
	ASSERT_EQ(0, file_write(GROUP "/memory.max", "33554432"));
	EXPECT_EQ(0, reap(spawn(subscribe_too_much, &self->a)));
	EXPECT_EQ(0, event_count("oom_kill"));
	EXPECT_TRUE(uncharged(false));
	EXPECT_EQ(0, reap(spawn(subscribe_to_less, &self->a)));
	EXPECT_EQ(0, event_count("oom_kill"));
}

static int fill_and_leave(void *arg)
{
	struct client c;
	unsigned int i;

	CHECK_EQ(0, join_group());
	CHECK_EQ(0, client_join(&c, arg));
	for (i = 0; i < 8; i++)
		CHECK_EQ(0, object_make(&c, id_of(i), 1 * MIB, i, NULL));
	CHECK_EQ(0, object_create(&c, id_of(8), 1 * MIB, NULL));
	return 0;
}

/* Whoever makes an object pays for it, whoever reads it; a death gives back the rest. */
TEST_F(group, who_pays)
{
	struct plasma_get_entry entry;
	__u64 before;
	unsigned int i;

	EXPECT_EQ(0, reap(spawn(fill_and_leave, &self->a)));
	before = charged();
	EXPECT_LE(8 * MIB, before);
	EXPECT_GT(10 * MIB, before);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, object_get(&self->a, id_of(i), NOW, &entry));
		EXPECT_EQ(1 * MIB, matching(self->a.read + entry.offset, 1 * MIB, i));
	}
	EXPECT_LE(8 * MIB, charged());
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, object_release(&self->a, id_of(i)));
		ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	}
	EXPECT_TRUE(uncharged(false));
}

TEST_HARNESS_MAIN
