// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gets without a system call while everything around them changes: processes, each with two
 * threads, that get objects, look whether they are whole, and release them, while others make,
 * delete, hide and evict objects of the same ids, let the index grow and shrink, and all
 * of them die at any moment. In the end everything is deleted, and gone once the
 * last who holds it lets go.
 *
 * TEST_CHURN_MS says for how long; 4000 by default.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include <kselftest_harness.h>

#include "indexed.h"

#define IDS		200
#define CAPACITY	(600 * KIB)
#define LARGEST		9000
#define HOLDS		6
#define CROWD		(slowness() > 1 ? 300 : 2000)
#define CROWD_MAX	2000
#define CROWD_FROM	1000000

/* Each object says what it is. */
struct content {
	__u64 number;
	__u64 size;
	__u64 sum;
	__u8 bytes[LARGEST];
};

#define HEAD	offsetof(struct content, bytes)

/*
 * What has been done, by all processes. The end has three steps: @stop is for all but
 * readers, @let_go for these, which then wait, holding nothing, for @leave.
 */
struct done {
	unsigned long pinned;
	unsigned long checked;
	unsigned long made;
	unsigned long deleted;
	unsigned long pending;
	unsigned long evicted;
	unsigned long crowds;
	unsigned long empty_handed;
	unsigned long steps[16];	/* of each worker that lives now */
	bool stop;
	bool let_go;
	bool leave;
};

struct worker {
	const struct client *a;
	struct done *done;
	int (*trade)(struct worker *w);
	unsigned int number;
	unsigned int random;
	struct plasma *p;
	struct client c;
};

static unsigned int next(struct worker *w)
{
	w->random = w->random * 1664525 + 1013904223;
	return w->random >> 8;
}

static void add(unsigned long *counter, unsigned long n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static void step(struct worker *w)
{
	add(&w->done->steps[w->number], 1);
}

static bool told(const bool *what)
{
	return __atomic_load_n(what, __ATOMIC_RELAXED);
}

static void tell(bool *what)
{
	__atomic_store_n(what, true, __ATOMIC_RELAXED);
}

/* --- those who read ---------------------------------------------------------- */

struct held {
	bool valid;
	__u64 number;
	__u64 sum;
	struct plasma_buffer buf;
};

static int check(struct held *held)
{
	const struct content *content = held->buf.data;

	CHECK_EQ(held->number, content->number);
	CHECK_EQ(held->buf.size, content->size);
	CHECK_EQ(content->sum, checksum(content->bytes, content->size - HEAD));
	return 0;
}

static int let_go(struct worker *w, struct held *held)
{
	CHECK_EQ(0, check(held));
	CHECK_EQ(held->sum, ((const struct content *)held->buf.data)->sum);
	CHECK_EQ(0, plasma_release_buffer(w->p, &held->buf));
	held->valid = false;
	step(w);
	add(&w->done->checked, 1);
	return 0;
}

static int read_one(struct worker *w, struct held *held)
{
	int ret;

	if (held->valid)
		return let_go(w, held);
	held->number = next(w) % IDS;
	ret = lib_get(w->p, id_of(held->number), &held->buf);
	CHECK(!ret || ret == -ENOENT || ret == -EINPROGRESS);
	if (ret)
		return 0;
	CHECK_EQ(0, check(held));
	held->sum = ((const struct content *)held->buf.data)->sum;
	held->valid = true;
	add(&w->done->pinned, held->buf.pin != 0);
	return next(w) % 2 ? let_go(w, held) : 0;
}

static int read_by_thread(void *arg)
{
	struct worker *w = arg;
	struct held holds[HOLDS] = { };
	int i;

	while (!told(&w->done->let_go)) {
		CHECK_EQ(0, read_one(w, &holds[next(w) % HOLDS]));
		/* The others are to get something done as well. */
		if (next(w) % 8 == 0)
			sched_yield();
	}
	for (i = 0; i < HOLDS; i++)
		if (holds[i].valid)
			CHECK_EQ(0, let_go(w, &holds[i]));
	add(&w->done->empty_handed, 1);
	while (!told(&w->done->leave))
		sleep_ms(10);
	return 0;
}

static int be_reader(struct worker *w)
{
	struct worker other;
	struct task task;

	CHECK_EQ(0, lib_open(&w->p, w->a, 0));
	other = *w;
	other.random = ~w->random;
	CHECK_EQ(0, task_start(&task, read_by_thread, &other));
	CHECK_EQ(0, read_by_thread(w));
	CHECK_EQ(0, task_join(&task));
	plasma_close(w->p);
	return 0;
}

/* --- those who write --------------------------------------------------------- */

static void compose(struct worker *w, struct content *content, __u64 number)
{
	content->number = number;
	content->size = HEAD + 1 + next(w) % (next(w) % 4 ? 300 : LARGEST);
	fill(content->bytes, content->size - HEAD, next(w));
	content->sum = checksum(content->bytes, content->size - HEAD);
}

static int make_one(struct worker *w)
{
	__u64 number = next(w) % IDS, offset;
	struct id id = id_of(number);
	struct content content;
	int ret;

	compose(w, &content, number);
	if (next(w) % 2) {
		ret = object_put(&w->c, id, &content, content.size);
		CHECK(!ret || ret == -EEXIST || ret == -ENOSPC);
		add(&w->done->made, !ret);
		return 0;
	}
	ret = object_create(&w->c, id, content.size, &offset);
	CHECK(!ret || ret == -EEXIST || ret == -ENOSPC);
	if (ret)
		return 0;
	memcpy(w->c.write + offset, &content, content.size);
	if (next(w) % 4 == 0) {
		CHECK_EQ(0, object_abort(&w->c, id));
		return 0;
	}
	CHECK_EQ(0, object_seal(&w->c, id, PLASMA_SEAL_RELEASE));
	add(&w->done->made, 1);
	return 0;
}

static int be_writer(struct worker *w)
{
	CHECK_EQ(0, client_join(&w->c, w->a));
	while (!told(&w->done->stop)) {
		CHECK_EQ(0, make_one(w));
		step(w);
	}
	client_close(&w->c);
	return 0;
}

/* --- those who take away ------------------------------------------------------- */

static int take_one(struct worker *w)
{
	struct id id = id_of(next(w) % IDS);
	struct plasma_evict evict;
	int ret;

	if (next(w) % 8 == 0) {
		CHECK_EQ(0, object_evict(&w->c, next(w) % 3000, &evict));
		add(&w->done->evicted, evict.out_objects);
		return 0;
	}
	ret = next(w) % 3 ? object_delete(&w->c, id) : object_hide(&w->c, id);
	CHECK(ret == 0 || ret == PLASMA_DELETE_PENDING || ret == -ENOENT);
	add(&w->done->deleted, ret == 0);
	add(&w->done->pending, ret == PLASMA_DELETE_PENDING);
	return 0;
}

static int be_taker(struct worker *w)
{
	CHECK_EQ(0, client_join(&w->c, w->a));
	while (!told(&w->done->stop)) {
		CHECK_EQ(0, take_one(w));
		step(w);
	}
	client_close(&w->c);
	return 0;
}

/* --- those who let the index grow and shrink ------------------------------------- */

static int be_crowd(struct worker *w)
{
	static struct plasma_put_entry entries[CROWD_MAX];
	static struct plasma_result results[CROWD_MAX];
	struct id id;
	int i, ret;

	CHECK_EQ(0, client_join(&w->c, w->a));
	CHECK_EQ(0, lib_open(&w->p, w->a, 0));
	for (i = 0; i < CROWD; i++) {
		id = id_of(CROWD_FROM + i);
		memcpy(entries[i].id, id.byte, sizeof(id.byte));
		entries[i].data_ptr = (unsigned long)"crowd";
		entries[i].data_size = 5;
		results[i].id = lib_id(id);
	}
	while (!told(&w->done->stop)) {
		ret = put_batch(&w->c, entries, CROWD, 0);
		CHECK(!ret || ret == -EEXIST || ret == -ENOSPC);
		add(&w->done->crowds, !ret);
		CHECK_EQ(0, plasma_delete_many(w->p, results, CROWD, 0));
		step(w);
	}
	plasma_close(w->p);
	client_close(&w->c);
	return 0;
}

/* --- the whole ------------------------------------------------------------------- */

static int (*const trades[])(struct worker *) = {
	be_reader, be_reader, be_reader, be_reader,
	be_writer, be_writer, be_taker, be_crowd, be_crowd,
};

#define WORKERS	ARRAY_SIZE(trades)
#define READERS	4	/* come first */

struct crew {
	pid_t pids[WORKERS];
	unsigned int born;
};

FIXTURE(churn)
{
	struct usage before;
	struct client a;
	struct indexed x;
	struct done *done;
	struct crew crew;
};

FIXTURE_SETUP(churn)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, CAPACITY));
	ASSERT_EQ(0, indexed_map(&self->x, &self->a));
	self->done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->done);
}

FIXTURE_TEARDOWN(churn)
{
	struct plasma_ns_info info = ns_info(&self->a);

	EXPECT_EQ(1, info.clients);
	EXPECT_EQ(0, info.in_use + info.objects + info.sealed + info.used);
	indexed_unmap(&self->x);
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* Behind who kills them, who would not get to it otherwise. */
static int work(void *arg)
{
	struct worker *w = arg;

	errno = 0;
	if (nice(10) == -1)
		CHECK_EQ(0, errno);
	return w->trade(w);
}

static void hire(struct crew *crew, unsigned int i, const struct client *a,
		 struct done *done)
{
	struct worker worker = { .a = a, .done = done, .trade = trades[i], .number = i };

	done->steps[i] = 0;
	worker.random = 7919 * ++crew->born;
	crew->pids[i] = spawn(work, &worker);
}

static void delete_all(const struct client *a)
{
	unsigned int i;

	for (i = 0; i < IDS; i++)
		object_delete(a, id_of(i));
	for (i = 0; i < CROWD; i++)
		object_delete(a, id_of(CROWD_FROM + i));
}

static bool all_done(const struct done *done)
{
	return done->pinned && done->checked && done->made && done->deleted && done->pending &&
	       done->evicted && done->crowds;
}

TEST_F_TIMEOUT(churn, of_everything, 1200)
{
	const char *ms = getenv("TEST_CHURN_MS");
	__u64 end = in_ms(ms ? strtoul(ms, NULL, 10) : 4000);
	__u32 buckets, least = ~0U, most = 0;
	unsigned int i, turns = 0, kills = 0;

	for (i = 0; i < WORKERS; i++)
		hire(&self->crew, i, &self->a, self->done);
	/* For as long as it takes until all of it has happened. */
	while (now_ns() < end || !all_done(self->done) || most < 2 * least) {
		sleep_ms(3 + turns * 7 % 40);
		buckets = indexed_buckets(&self->x);
		least = buckets < least ? buckets : least;
		most = buckets > most ? buckets : most;
		i = turns++ * 5 % WORKERS;
		/* Each is to get something done in its life, however slow the machine. */
		if (!__atomic_load_n(&self->done->steps[i], __ATOMIC_RELAXED))
			continue;
		kills++;
		ASSERT_EQ(-SIGKILL, kill_and_reap(self->crew.pids[i]));
		hire(&self->crew, i, &self->a, self->done);
	}
	tell(&self->done->stop);
	for (i = READERS; i < WORKERS; i++)
		EXPECT_EQ(0, reap(self->crew.pids[i]));
	/* Those who hold what is deleted now are to think of it, before they go. */
	delete_all(&self->a);
	tell(&self->done->let_go);
	while (__atomic_load_n(&self->done->empty_handed, __ATOMIC_RELAXED) < 2 * READERS)
		sleep_ms(10);
	EXPECT_EQ(0, ns_info(&self->a).objects);
	tell(&self->done->leave);
	for (i = 0; i < READERS; i++)
		EXPECT_EQ(0, reap(self->crew.pids[i]));
	TH_LOG("%lu gets by pin, %lu checked; %lu made, %lu deleted, %lu pending, %lu evicted; %u killed; %u to %u buckets",
	       self->done->pinned, self->done->checked, self->done->made, self->done->deleted,
	       self->done->pending, self->done->evicted, kills, least, most);
}

TEST_HARNESS_MAIN
