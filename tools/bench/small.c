// SPDX-License-Identifier: GPL-2.0-only
/* Rows about small objects: the price of an operation, not of its bytes. */

#include <errno.h>
#include <string.h>
#include "bench.h"

/* So many objects take turns in hot gets: a power of two, as dividing is not what counts. */
#define HOT 1024
#define GROUP 64

/**
 * struct small - what the operations of a row work on
 * @store: its namespace
 * @raw: the same without the library
 * @size: bytes in an object
 * @batch: operations in a run
 * @ids: of the objects
 * @bufs: for batches
 */
struct small {
	struct store store;
	struct raw raw;
	size_t size;
	size_t batch;
	struct plasma_id ids[HOT];
	struct plasma_buffer bufs[GROUP];
};

/* In one round, unless a row says otherwise. */
static size_t samples(void)
{
	return options.quick ? 3 : options.mode == ICOUNT ? 5 : 21;
}

static int small_open(struct small *s, size_t size)
{
	uint64_t i;
	int err;

	*s = (struct small){ .size = size, .raw.fd = -1 };
	err = store_open(&s->store);
	if (err)
		return err;
	for (i = 0; i < HOT; i++)
		make_id(&s->ids[i], i);
	unit_source(size);
	err = raw_open(&s->raw, s->store.name);
	if (err)
		store_close(&s->store);
	return err;
}

static void small_close(struct small *s)
{
	raw_close(&s->raw);
	store_close(&s->store);
}

/* Measures against N, in a namespace with @objects objects of @size bytes. */
static int small_measure(const struct row *row, struct work work, size_t size, size_t objects)
{
	static struct small s;
	struct result r;
	int err = small_open(&s, size);

	if (err)
		return err;
	work.unit = UNIT_IOCTL;
	work.arg = &s;
	if (!work.samples)
		work.samples = samples();
	s.batch = work.batch;
	if (objects)
		err = put_range(s.store.p, 0, objects, size);
	if (!err)
		err = measure(&work, &r);
	if (!err)
		report_own(row, &r);
	small_close(&s);
	return err;
}

/* --- the units, where they are not 1 --- */

static int run_null(void *arg)
{
	struct small *s = arg;

	unit_ns(UNIT_IOCTL, 0, s->batch);
	return 0;
}

static int row_null(const struct row *row)
{
	if (options.mode != ICOUNT)
		return 0;
	return small_measure(row, (struct work){ .run = run_null, .batch = 1000 }, 64, 0);
}

static int run_memcpy(void *arg)
{
	struct small *s = arg;

	unit_ns(UNIT_MEMCPY, s->size, s->batch);
	return 0;
}

static int row_memcpy(const struct row *row)
{
	if (options.mode != ICOUNT)
		return 0;
	return small_measure(row, (struct work){ .run = run_memcpy, .batch = 1 },
			     (size_t)1 << 20, 0);
}

/* --- hot gets --- */

static int run_get(void *arg)
{
	struct small *s = arg;
	struct plasma_buffer buf;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < s->batch; i++) {
		const struct plasma_id *id = &s->ids[i % HOT];

		err = plasma_get(s->store.p, id, &buf, 0);
		if (!err)
			err = plasma_release(s->store.p, id);
	}
	return err;
}

static int row_get(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_get, .batch = 1000 }, 64, HOT);
}

static int run_get_buffer(void *arg)
{
	struct small *s = arg;
	struct plasma_buffer buf;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < s->batch; i++) {
		err = plasma_get(s->store.p, &s->ids[i % HOT], &buf, 0);
		if (!err)
			err = plasma_release_buffer(s->store.p, &buf);
	}
	return err;
}

static int row_get_buffer(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_get_buffer, .batch = 1000 },
			     64, HOT);
}

static int run_contains(void *arg)
{
	struct small *s = arg;
	int found = 1;
	size_t i;

	for (i = 0; found == 1 && i < s->batch; i++)
		found = plasma_contains(s->store.p, &s->ids[i % HOT]);
	return found < 0 ? found : found ? 0 : -ENOENT;
}

static int row_contains(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_contains, .batch = 1000 },
			     64, HOT);
}

static int run_get_ioctl(void *arg)
{
	struct small *s = arg;
	struct plasma_get_entry get = { 0 };
	struct plasma_id_entry release;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < s->batch; i++) {
		memcpy(get.id, s->ids[i % HOT].bytes, PLASMA_ID_SIZE);
		memcpy(release.id, s->ids[i % HOT].bytes, PLASMA_ID_SIZE);
		err = raw_get(&s->raw, &get, 1);
		if (!err)
			err = raw_release(&s->raw, &release, 1);
	}
	return err;
}

static int row_get_ioctl(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_get_ioctl, .batch = 300 },
			     64, HOT);
}

/* --- hot gets, many at a time --- */

static int run_get_many(void *arg)
{
	struct small *s = arg;
	int got;
	size_t i;

	for (i = 0; i < GROUP; i++)
		s->bufs[i].id = s->ids[i];
	got = plasma_get_many(s->store.p, s->bufs, GROUP, 0);
	return got < 0 ? got : got == GROUP ? 0 : -ENOENT;
}

static int clean_get_many(void *arg)
{
	struct small *s = arg;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < GROUP; i++)
		err = plasma_release_buffer(s->store.p, &s->bufs[i]);
	return err;
}

static int row_get_batch(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_get_many, .clean = clean_get_many,
			     .batch = GROUP }, 64, HOT);
}

static int run_get_many_ioctl(void *arg)
{
	struct small *s = arg;
	struct plasma_get_entry entries[GROUP];
	size_t i;

	for (i = 0; i < GROUP; i++) {
		entries[i] = (struct plasma_get_entry){ 0 };
		memcpy(entries[i].id, s->ids[i].bytes, PLASMA_ID_SIZE);
	}
	return raw_get(&s->raw, entries, GROUP);
}

static int release_many_ioctl(void *arg)
{
	struct small *s = arg;
	struct plasma_id_entry entries[GROUP];
	size_t i;

	for (i = 0; i < GROUP; i++)
		memcpy(entries[i].id, s->ids[i].bytes, PLASMA_ID_SIZE);
	return raw_release(&s->raw, entries, GROUP);
}

static int row_get_batch_ioctl(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_get_many_ioctl,
			     .clean = release_many_ioctl, .batch = GROUP },
			     64, HOT);
}

static int row_release_batch_ioctl(const struct row *row)
{
	return small_measure(row, (struct work){ .prepare = run_get_many_ioctl,
			     .run = release_many_ioctl, .batch = GROUP },
			     64, HOT);
}

/* --- puts --- */

static int run_put(void *arg)
{
	struct small *s = arg;
	const void *data = unit_source(s->size);
	size_t i;
	int err = 0;

	for (i = 0; !err && i < s->batch; i++)
		err = plasma_put(s->store.p, &s->ids[i], data, s->size, NULL, 0, 0);
	return err;
}

static int delete_all(void *arg)
{
	struct small *s = arg;

	return delete_range(s->store.p, 0, s->batch);
}

static int row_put_64(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_put, .clean = delete_all,
			     .batch = 100 }, 64, 0);
}

static int row_put_1k(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_put, .clean = delete_all,
			     .batch = 100 }, 1024, 0);
}

static int run_put_many(void *arg)
{
	struct small *s = arg;

	return put_range(s->store.p, 0, s->batch, s->size);
}

static int row_put_batch(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_put_many, .clean = delete_all,
			     .batch = 2 * GROUP }, 64, 0);
}

static int run_create(void *arg)
{
	struct small *s = arg;
	const void *from = unit_source(s->size);
	void *to;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < s->batch; i++) {
		err = plasma_create(s->store.p, &s->ids[i], s->size, NULL, 0, 0, &to);
		if (err)
			break;
		memcpy(to, from, s->size);
		err = plasma_seal(s->store.p, &s->ids[i], PLASMA_SEAL_RELEASE);
	}
	return err;
}

static int row_create_64(const struct row *row)
{
	return small_measure(row, (struct work){ .run = run_create, .clean = delete_all,
			     .batch = 50 }, 64, 0);
}

/* --- deleting --- */

static int run_delete(void *arg)
{
	struct small *s = arg;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < s->batch; i++)
		err = plasma_delete(s->store.p, &s->ids[i], 0);
	return err;
}

static int row_delete(const struct row *row)
{
	return small_measure(row, (struct work){ .prepare = run_put_many, .run = run_delete,
			     .batch = 100 }, 64, 0);
}

const struct row rows_small[] = {
	{ .name = "null", .what = "a null ioctl, which N is", .unit = "N", .no_store = true,
	  .run = row_null },
	{ .name = "memcpy-1m", .what = "memcpy of 1 MiB, which M is", .unit = "M",
	  .no_store = true, .run = row_memcpy },
	{ .name = "get", .what = "get + release, hot", .unit = "N", .bound = AT_MOST,
	  .target = 0.2, .insns = 200, .run = row_get },
	{ .name = "get-buffer", .what = "the same, released by its place", .unit = "N",
	  .run = row_get_buffer },
	{ .name = "contains", .what = "contains, hot", .unit = "N", .bound = AT_MOST,
	  .target = 0.12, .run = row_contains },
	{ .name = "get-ioctl", .what = "get + release by ioctl", .unit = "N", .bound = AT_MOST,
	  .target = 6, .run = row_get_ioctl },
	{ .name = "get-batch", .what = "get 64 objects at once, each", .unit = "N",
	  .bound = AT_MOST, .target = 1.5, .run = row_get_batch },
	{ .name = "get-batch-ioctl", .what = "the same by ioctl", .unit = "N", .bound = AT_MOST,
	  .target = 1.5, .run = row_get_batch_ioctl },
	{ .name = "release-batch-ioctl", .what = "release 64 objects by one ioctl, each",
	  .unit = "N", .run = row_release_batch_ioctl },
	{ .name = "put-64", .what = "put 64 B", .unit = "N", .bound = AT_MOST, .target = 8,
	  .run = row_put_64 },
	{ .name = "put-1k", .what = "put 1 KiB", .unit = "N", .bound = AT_MOST, .target = 9,
	  .run = row_put_1k },
	{ .name = "put-batch", .what = "put 64 objects of 64 B at once, each", .unit = "N",
	  .bound = AT_MOST, .target = 4, .run = row_put_batch },
	{ .name = "create-64", .what = "create + write + seal 64 B", .unit = "N",
	  .bound = AT_MOST, .target = 30, .run = row_create_64 },
	{ .name = "delete", .what = "delete an object nobody mapped", .unit = "N",
	  .bound = AT_MOST, .target = 6, .run = row_delete },
	{ 0 }
};
