// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces and objects to measure on. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"

/* Each row has a namespace of its own: what others left behind does not count. */
int store_open(struct store *s)
{
	static unsigned int number;
	struct plasma_ns_options ns = { .flags = PLASMA_NS_EPHEMERAL, .mode = 0600 };
	int err;

	*s = (struct store){ 0 };
	snprintf(s->name, sizeof(s->name), "bench-%d-%u", (int)getpid(), number++);
	err = plasma_open(&s->owner, NULL, PLASMA_OPEN_STORE);
	if (!err)
		err = plasma_ns_create(s->owner, s->name, &ns);
	if (!err)
		err = plasma_open(&s->p, s->name, 0);
	if (err)
		store_close(s);
	return err;
}

void store_close(struct store *s)
{
	plasma_close(s->p);
	plasma_close(s->owner);
	*s = (struct store){ 0 };
}

/* Well mixed, as random ids are: the finaliser of splitmix64. */
static uint64_t mix(uint64_t n)
{
	n += 0x9e3779b97f4a7c15;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
	n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
	return n ^ (n >> 31);
}

void make_id(struct plasma_id *id, uint64_t n)
{
	uint64_t words[3] = { mix(n), mix(~n), n };

	memcpy(id->bytes, words, sizeof(id->bytes));
}

#define BATCH 64

/* What does not fit is an error: a row must not be about fewer objects than it says. */
int put_range(struct plasma *p, uint64_t first, size_t count, size_t size)
{
	struct plasma_buffer bufs[BATCH];
	size_t done, n, i;
	int err;

	for (done = 0; done < count; done += n) {
		n = count - done < BATCH ? count - done : BATCH;
		for (i = 0; i < n; i++) {
			bufs[i] = (struct plasma_buffer){
				.data = unit_source(size),
				.size = size,
			};
			make_id(&bufs[i].id, first + done + i);
		}
		err = plasma_put_many(p, bufs, n, PLASMA_CREATE_NO_EVICT);
		if (err)
			return err;
	}
	return 0;
}

int delete_range(struct plasma *p, uint64_t first, size_t count)
{
	struct plasma_result results[BATCH];
	size_t done, n, i;
	int err;

	for (done = 0; done < count; done += n) {
		n = count - done < BATCH ? count - done : BATCH;
		for (i = 0; i < n; i++)
			make_id(&results[i].id, first + done + i);
		err = plasma_delete_many(p, results, n, 0);
		for (i = 0; !err && i < n; i++)
			err = results[i].status;
		if (err)
			return err > 0 ? -EBUSY : err;
	}
	return 0;
}

void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "3", 1) != 1)
		fprintf(stderr, "plasma-bench: cannot drop caches\n");
	close(fd);
}

/* The sum of what the lines of a file that look like @format say, or -1. */
static int64_t sum_of(const char *path, const char *format)
{
	FILE *f = fopen(path, "re");
	long long sum = 0, value;
	char line[256];

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, format, &value) == 1)
			sum += value;
	fclose(f);
	return sum;
}

/* Each processor keeps some free pages at hand, which do not pass as free. */
int64_t memory_available(void)
{
	int64_t kib = sum_of("/proc/meminfo", "MemAvailable: %lld kB");
	int64_t at_hand = sum_of("/proc/zoneinfo", " count: %lld");

	if (kib < 0)
		return -EIO;
	return kib * 1024 + (at_hand > 0 ? at_hand * sysconf(_SC_PAGESIZE) : 0);
}
