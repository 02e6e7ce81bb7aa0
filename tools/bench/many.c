// SPDX-License-Identifier: GPL-2.0-only
/* Rows about very many objects: what they take, and whether they slow down a get. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"

#define FEW 1000
/* So many objects are hot, or are chosen of all. */
#define HOT 100
#define ANY 4000
#define TURNS 4000

/* Filled once for all rows, and then kept. */
static struct store many;
static double bytes_each;

/* What was freed a moment ago may not be free yet: waits until nothing changes any more. */
static int64_t settled_memory(void)
{
	int64_t before, now = memory_available();
	int tries = 50;

	do {
		before = now;
		usleep(100000);
		now = memory_available();
	} while (llabs(now - before) > 65536 && tries--);
	return now;
}

static int fill(void)
{
	int64_t before, after;
	int err;

	if (many.p)
		return 0;
	unit_source(64);
	err = store_open(&many);
	if (err)
		return err;
	drop_caches();
	before = settled_memory();
	err = put_range(many.p, 0, options.objects, 64);
	if (err) {
		store_close(&many);
		return err;
	}
	drop_caches();
	after = settled_memory();
	if (before < 0 || after < 0)
		return -EIO;
	bytes_each = (double)(before - after) / (double)options.objects;
	return 0;
}

static int row_memory(const struct row *row)
{
	struct result r = { 0 };
	int err = fill();

	if (err)
		return err;
	r.value = bytes_each;
	report_own(row, &r);
	return 0;
}

/* --- gets --- */

/**
 * struct choice - objects that take turns
 * @ids: their ids
 * @count: how many
 */
struct choice {
	struct plasma_id ids[ANY];
	size_t count;
};

/* @count objects that are as far from each other as they can be, of @of. */
static void choose_hot(struct choice *c, size_t count, uint64_t of)
{
	size_t i;

	c->count = count;
	for (i = 0; i < count; i++)
		make_id(&c->ids[i], i * (of / count));
}

/* @count objects in no order, by a generator whose numbers are the same in each run. */
static void choose_any(struct choice *c, size_t count, uint64_t of)
{
	uint64_t state = 1;
	size_t i;

	c->count = count;
	for (i = 0; i < count; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		make_id(&c->ids[i], (state >> 33) % of);
	}
}

static int time_gets(struct plasma *p, const struct choice *c, double *ns)
{
	uint64_t start = now_ns();
	struct plasma_buffer buf;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < TURNS; i++) {
		err = plasma_get(p, &c->ids[i % c->count], &buf, 0);
		if (!err)
			err = plasma_release(p, &c->ids[i % c->count]);
	}
	*ns = (double)(now_ns() - start) / TURNS;
	return err;
}

static int compare(struct plasma *few, const struct choice *of_few, const struct choice *of_many,
		   struct result *r)
{
	unsigned int i, samples = 5 * options.rounds;
	double ratio[samples], ns[samples], base;
	int err = time_gets(many.p, of_many, &base);

	for (i = 0; !err && i < samples; i++) {
		err = time_gets(few, of_few, &base);
		if (!err)
			err = time_gets(many.p, of_many, &ns[i]);
		if (!err)
			ratio[i] = ns[i] / base;
	}
	if (err)
		return err;
	r->ns = typical(ns, samples);
	r->value = median(ratio, samples);
	return 0;
}

/* Chosen in the same way of both stores. */
static int measure_gets(const struct row *row, size_t count,
			void (*choose)(struct choice *c, size_t count, uint64_t of))
{
	static struct choice of_few, of_many;
	struct store few;
	struct result r;
	int err = options.objects < FEW ? -EINVAL : fill();

	if (!err)
		err = store_open(&few);
	if (err)
		return err;
	choose(&of_few, count, FEW);
	choose(&of_many, count, options.objects);
	err = put_range(few.p, 0, FEW, 64);
	if (!err)
		err = compare(few.p, &of_few, &of_many, &r);
	if (!err)
		report_own(row, &r);
	store_close(&few);
	return err;
}

static int row_get_hot(const struct row *row)
{
	return measure_gets(row, HOT, choose_hot);
}

/* The last row: the objects are not needed any more. */
static int row_get_any(const struct row *row)
{
	int err = measure_gets(row, ANY, choose_any);

	if (many.p)
		store_close(&many);
	return err;
}

/* --- the machine alone --- */

/* The words that hot gets look at: one in a bucket and one in an entry, each. */
static void time_reads(const char *memory, size_t size, double *ns)
{
	uint64_t start = now_ns();
	size_t i;

	for (i = 0; i < TURNS; i++)
		(void)*(const volatile uint64_t *)(memory + i % (2 * HOT) * (size / (2 * HOT)) /
						   64 * 64);
	*ns = (double)(now_ns() - start) / TURNS;
}

/* As much memory as an index takes, of as many objects. */
static int row_pages(const struct row *row)
{
	size_t size = options.objects * 72, samples = 5 * options.rounds, i;
	double ratio[samples], far, near;
	struct result r = { 0 };
	char *memory = malloc(size);

	if (!memory)
		return -ENOMEM;
	memset(memory, 1, size);
	time_reads(memory, size, &far);
	for (i = 0; i < samples; i++) {
		time_reads(memory, (size_t)FEW * 72, &near);
		time_reads(memory, size, &far);
		ratio[i] = far / near;
	}
	free(memory);
	r.value = median(ratio, samples);
	report_own(row, &r);
	return 0;
}

const struct row rows_many[] = {
	{ .name = "many-memory", .what = "kernel memory of an object of 64 B, among many",
	  .unit = "bytes", .same_unit = true, .bound = AT_MOST, .target = 256,
	  .run = row_memory },
	{ .name = "many-get", .what = "hot get among many objects, to one among 1000",
	  .unit = "x", .same_unit = true, .bound = AT_MOST, .target = 1.3, .run = row_get_hot },
	{ .name = "many-pages", .what = "the words alone that these look at, without a store",
	  .unit = "x", .same_unit = true, .no_store = true, .run = row_pages },
	{ .name = "many-get-any", .what = "the same, of any of them in no order", .unit = "x",
	  .same_unit = true, .run = row_get_any },
	{ 0 }
};
