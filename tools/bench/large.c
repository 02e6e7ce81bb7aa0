// SPDX-License-Identifier: GPL-2.0-only
/* Rows about large objects: what is done to the bytes beyond copying them once. */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "bench.h"

#define MIB ((size_t)1 << 20)

/**
 * struct large - what the operations of a row work on
 * @store: its namespace
 * @size: bytes in an object
 * @next: number of the next object
 * @held: the object that is held
 */
struct large {
	struct store store;
	size_t size;
	uint64_t next;
	struct plasma_buffer held;
};

/* In one round. */
static size_t samples(size_t usual)
{
	return options.quick || options.mode == ICOUNT ? 1 : usual;
}

static int large_open(struct large *l, size_t size)
{
	*l = (struct large){ .size = size };
	unit_source(size);
	return store_open(&l->store);
}

static int large_measure(const struct row *row, struct work work, size_t size, size_t usual)
{
	struct large l;
	struct result r;
	int err = large_open(&l, size);

	if (err)
		return err;
	work.bytes = size;
	work.batch = 1;
	work.samples = samples(usual);
	work.arg = &l;
	err = measure(&work, &r);
	if (!err)
		report_own(row, &r);
	store_close(&l.store);
	return err;
}

static int put_next(void *arg)
{
	struct large *l = arg;
	struct plasma_id id;

	make_id(&id, l->next++);
	return plasma_put(l->store.p, &id, unit_source(l->size), l->size, NULL, 0, 0);
}

static int delete_last(void *arg)
{
	struct large *l = arg;

	return delete_range(l->store.p, --l->next, 1);
}

/* The pages of the object deleted last are those of the next one. */
static int row_put_1m(const struct row *row)
{
	return large_measure(row, (struct work){ .unit = UNIT_MEMCPY, .run = put_next,
			     .clean = delete_last }, MIB, 15);
}

static int row_put_16m(const struct row *row)
{
	return large_measure(row, (struct work){ .unit = UNIT_MEMCPY, .run = put_next,
			     .clean = delete_last }, 16 * MIB, 5);
}

/* --- what the kernel makes of M --- */

struct file {
	int fd;
	size_t size;
};

static int write_file(void *arg)
{
	const struct file *f = arg;
	ssize_t n = pwrite(f->fd, unit_source(f->size), f->size, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == f->size ? 0 : -EIO;
}

/* A file in memory whose pages are there, so that a write only finds and fills them. */
static int row_write_1m(const struct row *row)
{
	struct file f = { .fd = memfd_create("bench", MFD_CLOEXEC), .size = MIB };
	struct work work = { .unit = UNIT_MEMCPY, .bytes = MIB, .batch = 1, .samples = samples(15),
			     .run = write_file, .arg = &f };
	struct result r;
	int err;

	if (f.fd < 0)
		return -errno;
	err = measure(&work, &r);
	if (!err)
		report_own(row, &r);
	close(f.fd);
	return err;
}

/* Nothing is deleted, and nothing is left from others: all pages are fresh. */
static int row_put_fresh(const struct row *row)
{
	drop_caches();
	return large_measure(row, (struct work){ .unit = UNIT_CLEAR_MEMCPY, .run = put_next },
			     4 * MIB, 3);
}

static int create_next(void *arg)
{
	struct large *l = arg;
	const void *from = unit_source(l->size);
	struct plasma_id id;
	void *to;
	int err;

	make_id(&id, l->next++);
	err = plasma_create(l->store.p, &id, l->size, NULL, 0, 0, &to);
	if (err)
		return err;
	memcpy(to, from, l->size);
	return plasma_seal(l->store.p, &id, PLASMA_SEAL_RELEASE);
}

static int row_create_16m(const struct row *row)
{
	return large_measure(row, (struct work){ .unit = UNIT_MEMCPY, .run = create_next,
			     .clean = delete_last }, 16 * MIB, 3);
}

/* --- reading --- */

/* A handle that has not mapped a page of the object yet. */
static int new_reader(void *arg)
{
	struct large *l = arg;

	plasma_close(l->store.p);
	l->store.p = NULL;
	return plasma_open(&l->store.p, l->store.name, 0);
}

static int read_pages(void *arg)
{
	struct large *l = arg;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), at;
	const volatile char *data;
	struct plasma_id id;
	int err;

	make_id(&id, 0);
	err = plasma_get(l->store.p, &id, &l->held, 0);
	if (err)
		return err;
	data = l->held.data;
	for (at = 0; at < l->size; at += page)
		(void)data[at];
	return 0;
}

static int release_held(void *arg)
{
	struct large *l = arg;

	return plasma_release_buffer(l->store.p, &l->held);
}

/* Faults that a first or a later reading takes. */
static int count_faults(struct large *l, long *faults)
{
	struct rusage before, after;
	int err;

	getrusage(RUSAGE_SELF, &before);
	err = read_pages(l);
	getrusage(RUSAGE_SELF, &after);
	*faults = after.ru_minflt - before.ru_minflt;
	return err ? err : release_held(l);
}

static int row_read_16m(const struct row *row)
{
	struct work work = { .unit = UNIT_MEMCPY, .bytes = 16 * MIB, .batch = 1,
			     .samples = samples(3),
			     .prepare = new_reader, .run = read_pages, .clean = release_held };
	struct result r;
	struct large l;
	int err = large_open(&l, 16 * MIB);

	if (err)
		return err;
	work.arg = &l;
	err = put_next(&l);
	if (!err)
		err = measure(&work, &r);
	if (!err)
		report_own(row, &r);
	store_close(&l.store);
	return err;
}

/* @later: of a reading after another, else of the first. */
static int report_faults(const struct row *row, bool later)
{
	struct result r = { 0 };
	struct large l;
	long faults = 0;
	int err = large_open(&l, 16 * MIB);

	if (err)
		return err;
	err = put_next(&l);
	if (!err)
		err = new_reader(&l);
	if (!err)
		err = count_faults(&l, &faults);
	if (!err && later)
		err = count_faults(&l, &faults);
	r.value = (double)faults;
	if (!err)
		report_own(row, &r);
	store_close(&l.store);
	return err;
}

static int row_first_faults(const struct row *row)
{
	return report_faults(row, false);
}

static int row_later_faults(const struct row *row)
{
	return report_faults(row, true);
}

const struct row rows_large[] = {
	{ .name = "write-1m", .what = "no store: write 1 MiB to pages of a memfd", .unit = "M",
	  .no_store = true, .run = row_write_1m },
	{ .name = "put-1m", .what = "put 1 MiB into recycled pages", .unit = "M",
	  .bound = AT_MOST, .target = 1.10, .run = row_put_1m },
	{ .name = "put-16m", .what = "put 16 MiB into recycled pages", .unit = "M",
	  .bound = AT_MOST, .target = 1.10, .run = row_put_16m },
	{ .name = "put-fresh", .what = "put 4 MiB into fresh pages", .unit = "clear+M",
	  .bound = AT_MOST, .target = 1.15, .run = row_put_fresh },
	{ .name = "create-16m", .what = "create + memcpy + seal 16 MiB, recycled", .unit = "M",
	  .bound = AT_MOST, .target = 1.3, .target_old = 1.5, .run = row_create_16m },
	{ .name = "read-16m", .what = "first get of 16 MiB + a read per page", .unit = "M",
	  .bound = AT_MOST, .target = 0.12, .run = row_read_16m },
	{ .name = "read-faults", .what = "page faults of that", .unit = "faults",
	  .same_unit = true, .run = row_first_faults },
	{ .name = "reread-faults", .what = "page faults of later gets and reads",
	  .unit = "faults", .same_unit = true, .bound = AT_MOST, .target = 0,
	  .run = row_later_faults },
	{ 0 }
};
