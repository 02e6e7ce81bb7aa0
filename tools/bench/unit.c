// SPDX-License-Identifier: GPL-2.0-only
/*
 * What times are expressed in, and how: N, a system call that does nothing, and M, a copy
 * of the same bytes. They are measured in turn with the operation, so that a machine which
 * is slower for a while, or slow altogether, changes both.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "bench.h"

#define NULL_IOCTL	_IO(PLASMA_IOC_MAGIC, 0xff)
#define HUGE_PAGE	((size_t)2 << 20)

/*
 * The data that is copied does not begin at a multiple of a huge page, where objects and the
 * other buffer of M do. Were both at the same place in such a page, they would contend for the
 * same entries of caches that are indexed by address: in an emulated machine that takes several
 * times as long as the copy.
 */
#define SOURCE_SHIFT	((size_t)100 << 12)

/* One of the two buffers that M is about, and that puts take their data from. */
struct buffer {
	char *data;
	size_t size;
	size_t shift;
};

/* Touched, and by huge pages where there are any: M is as quick as it can be. */
static char *warm(struct buffer *b, size_t bytes, int fill)
{
	size_t size = (b->shift + bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);

	if (b->size >= bytes)
		return b->data;
	b->data = aligned_alloc(HUGE_PAGE, size);
	if (!b->data)
		abort();
	madvise(b->data, size, MADV_HUGEPAGE);
	memset(b->data, fill, size);
	b->data += b->shift;
	b->size = bytes;
	return b->data;
}

static struct buffer source = { .shift = SOURCE_SHIFT }, target;

void *unit_source(size_t bytes)
{
	return warm(&source, bytes, 0x5a);
}

static void null_ioctls(size_t count)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/plasma", O_RDWR | O_CLOEXEC);
	while (count--)
		ioctl(fd, NULL_IOCTL, 0);
}

static void memcpys(size_t bytes, size_t count)
{
	char *from = unit_source(bytes), *to = warm(&target, bytes, 1);

	while (count--) {
		memcpy(to, from, bytes);
		asm volatile("" : : "r"(to) : "memory");
	}
}

/*
 * As the kernel clears pages on processors without quick string operations, and on those
 * that have them: a memset() of the C library does it by vectors, which it cannot use.
 */
static void clears(size_t bytes, size_t count)
{
	char *to = warm(&target, bytes, 1);

	while (count--) {
#ifdef __x86_64__
		size_t words = bytes / 8;
		char *at = to;

		asm volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(0) : "memory");
#else
		memset(to, 0, bytes);
		asm volatile("" : : "r"(to) : "memory");
#endif
	}
}

double unit_ns(enum unit unit, size_t bytes, size_t count)
{
	uint64_t start = now_ns();

	if (unit == UNIT_NONE)
		return 1;
	if (unit == UNIT_IOCTL)
		null_ioctls(count);
	if (unit == UNIT_CLEAR_MEMCPY)
		clears(bytes, count);
	if (unit == UNIT_MEMCPY || unit == UNIT_CLEAR_MEMCPY)
		memcpys(bytes, count);
	return (double)(now_ns() - start) / (double)count;
}

/* So many units in one go that they take about as long as the batch. */
static size_t units_per_sample(const struct work *w)
{
	if (w->unit != UNIT_IOCTL)
		return w->batch;
	return w->batch < 300 ? 300 : w->batch;
}

static int one_run(const struct work *w, double *ns)
{
	uint64_t start;
	int err = w->prepare ? w->prepare(w->arg) : 0, cleaned = 0;

	if (err)
		return err;
	start = now_ns();
	err = w->run(w->arg);
	*ns = (double)(now_ns() - start) / (double)w->batch;
	if (w->clean)
		cleaned = w->clean(w->arg);
	return err ? err : cleaned;
}

/*
 * Times of one unit and of one operation, of samples so short that most of them
 * run without being disturbed by others, on a busy machine too.
 */
static int one_round(const struct work *w, double *unit, double *operation)
{
	double units[w->samples], operations[w->samples];
	size_t i, times = options.mode == ICOUNT ? 1 : units_per_sample(w);
	int err;

	for (i = 0; i < w->samples; i++) {
		units[i] = unit_ns(w->unit, w->bytes, times);
		err = one_run(w, &operations[i]);
		if (err)
			return err;
	}
	*unit = typical(units, w->samples);
	*operation = typical(operations, w->samples);
	return 0;
}

/* The first round makes everything warm and does not count. */
int measure(const struct work *w, struct result *r)
{
	double ratio[options.rounds], ns[options.rounds], unit;
	unsigned int i;
	int err = one_round(w, &unit, &ns[0]);

	for (i = 0; !err && i < options.rounds; i++) {
		err = one_round(w, &unit, &ns[i]);
		ratio[i] = ns[i] / unit;
	}
	if (err)
		return err;
	r->ns = typical(ns, options.rounds);
	r->value = options.mode == ICOUNT ? r->ns : median(ratio, options.rounds);
	return 0;
}
