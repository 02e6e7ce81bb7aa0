// SPDX-License-Identifier: GPL-2.0-only
/* Rows about very many objects: what they take, and whether they slow down a get. */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "bench.h"

#define FEW 1000

/* Filled once for both rows, and then kept. */
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

/* @count gets of @FEW objects, @apart numbers apart. */
static int time_gets(struct plasma *p, uint64_t apart, size_t count, double *ns)
{
	static struct plasma_id ids[FEW];
	struct plasma_buffer buf;
	uint64_t start;
	size_t i;
	int err = 0;

	for (i = 0; i < FEW; i++)
		make_id(&ids[i], i * apart);
	start = now_ns();
	for (i = 0; !err && i < count; i++) {
		err = plasma_get(p, &ids[i % FEW], &buf, 0);
		if (!err)
			err = plasma_release(p, &ids[i % FEW]);
	}
	*ns = (double)(now_ns() - start) / (double)count;
	return err;
}

static int compare(struct plasma *few, struct result *r)
{
	size_t count = 2 * FEW;
	unsigned int i, samples = 5 * options.rounds;
	double ratio[samples], ns[samples], base;
	int err = time_gets(many.p, options.objects / FEW, FEW, &base);

	for (i = 0; !err && i < samples; i++) {
		err = time_gets(few, 1, count, &base);
		if (!err)
			err = time_gets(many.p, options.objects / FEW, count, &ns[i]);
		ratio[i] = ns[i] / base;
	}
	if (err)
		return err;
	r->ns = median(ns, samples);
	r->value = median(ratio, samples);
	return 0;
}

static int row_get_many(const struct row *row)
{
	struct store few;
	struct result r;
	int err = options.objects < FEW ? -EINVAL : fill();

	if (!err)
		err = store_open(&few);
	if (err)
		return err;
	err = put_range(few.p, 0, FEW, 64);
	if (!err)
		err = compare(few.p, &r);
	if (!err)
		report_own(row, &r);
	store_close(&few);
	store_close(&many);
	return err;
}

const struct row rows_many[] = {
	{ .name = "many-memory", .what = "kernel memory of an object of 64 B, among many",
	  .unit = "bytes", .same_unit = true, .bound = AT_MOST, .target = 256,
	  .run = row_memory },
	{ .name = "many-get", .what = "hot get among many objects, to one among 1000",
	  .unit = "x", .same_unit = true, .bound = AT_MOST, .target = 1.3, .run = row_get_many },
	{ 0 }
};
