// SPDX-License-Identifier: GPL-2.0-only
/* Rows about many clients at once, and about one that dies. */

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

/* Objects of each client; the numbers of clients are far apart. */
#define OWN 256
#define APART ((uint64_t)1 << 32)

/**
 * struct load - what each client of a crew does
 * @name: namespace
 * @p: handle of this process
 * @count: operations of this process
 * @ids: its objects
 */
struct load {
	const char *name;
	struct plasma *p;
	size_t count;
	struct plasma_id ids[OWN];
};

static int open_own(void *arg, int who)
{
	struct load *l = arg;

	(void)who;
	unit_source(1024);
	return plasma_open(&l->p, l->name, 0);
}

static int get_in_turn(struct load *l, size_t count)
{
	struct plasma_buffer buf;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		const struct plasma_id *id = &l->ids[i % OWN];

		err = plasma_get(l->p, id, &buf, 0);
		if (!err)
			err = plasma_release(l->p, id);
	}
	return err;
}

/* With all objects got once: the first gets of a process map the index. */
static int setup_get(void *arg, int who)
{
	struct load *l = arg;
	size_t i;
	int err = open_own(arg, who);

	for (i = 0; i < OWN; i++)
		make_id(&l->ids[i], (uint64_t)who * APART + i);
	if (!err)
		err = put_range(l->p, (uint64_t)who * APART, OWN, 64);
	return err ? err : get_in_turn(l, OWN);
}

static int run_get(void *arg, int who)
{
	struct load *l = arg;

	(void)who;
	return get_in_turn(l, l->count);
}

static int clean_get(void *arg, int who)
{
	struct load *l = arg;

	return delete_range(l->p, (uint64_t)who * APART, OWN);
}

static int run_put(void *arg, int who)
{
	struct load *l = arg;
	const void *data = unit_source(1024);
	struct plasma_id id;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < l->count; i++) {
		make_id(&id, (uint64_t)who * APART + i);
		err = plasma_put(l->p, &id, data, 1024, NULL, 0, 0);
	}
	return err;
}

static int clean_put(void *arg, int who)
{
	struct load *l = arg;

	return delete_range(l->p, (uint64_t)who * APART, l->count);
}

/* The same turns without any store: what this machine makes of two processes. */
static int run_spin(void *arg, int who)
{
	struct load *l = arg;
	volatile uint64_t sink = (uint64_t)who;
	size_t i;

	for (i = 0; i < l->count; i++)
		sink += i;
	return 0;
}

static int run_null(void *arg, int who)
{
	struct load *l = arg;

	(void)who;
	unit_ns(UNIT_IOCTL, 0, l->count);
	return 0;
}

/* A full barrier each, as a hot get and a release have one, on memory of its own. */
static int run_lock(void *arg, int who)
{
	struct load *l = arg;
	_Atomic uint64_t own = (uint64_t)who;
	size_t i;

	for (i = 0; i < l->count; i++)
		atomic_fetch_add(&own, i);
	return 0;
}

static const struct crew getting = { .setup = setup_get, .run = run_get, .clean = clean_get };
static const struct crew putting = { .setup = open_own, .run = run_put, .clean = clean_put };
static const struct crew spinning = { .run = run_spin };
static const struct crew locking = { .run = run_lock };
static const struct crew calling = { .run = run_null };

/* Operations of all in a nanosecond. */
static int throughput(struct crew crew, struct load *l, int clients, size_t total, double *rate)
{
	double ns;
	int err;

	crew.count = clients;
	crew.pinned = clients <= 2;
	crew.arg = l;
	l->count = total / (size_t)clients;
	err = crew_run(&crew, &ns);
	*rate = (double)(l->count * (size_t)clients) / ns;
	return err;
}

/* Throughput of @more clients, divided by that of @few. */
static int compare(const struct row *row, struct crew crew, int few, int more, size_t total)
{
	double ratio[options.rounds], slow = 1, fast = 1;
	struct load l = { 0 };
	struct result r = { 0 };
	struct store s;
	unsigned int i;
	int err = store_open(&s);

	if (err)
		return err;
	l.name = s.name;
	total = options.quick ? total / 20 : total;
	err = throughput(crew, &l, more, total, &fast);
	for (i = 0; !err && i < options.rounds; i++) {
		/* More clients do more, so that both take as long. */
		err = throughput(crew, &l, few, total, &slow);
		if (!err)
			err = throughput(crew, &l, more, few == 1 ? 2 * total : total, &fast);
		ratio[i] = fast / slow;
	}
	if (!err) {
		r.value = median(ratio, options.rounds);
		report_own(row, &r);
	}
	store_close(&s);
	return err;
}

static int row_two_spin(const struct row *row)
{
	return compare(row, spinning, 1, 2, 20000000);
}

static int row_two_lock(const struct row *row)
{
	return compare(row, locking, 1, 2, 4000000);
}

static int row_two_null(const struct row *row)
{
	return compare(row, calling, 1, 2, 60000);
}

static int row_two_get(const struct row *row)
{
	return compare(row, getting, 1, 2, 400000);
}

static int row_two_put(const struct row *row)
{
	return compare(row, putting, 1, 2, 20000);
}

static int row_crowd_get(const struct row *row)
{
	return compare(row, getting, 2, 32, 3200000);
}

static int row_crowd_put(const struct row *row)
{
	return compare(row, putting, 2, 32, 64000);
}

/* --- the end of a client --- */

/* Holds the first @count objects, and waits to be killed. */
static void hold_until_killed(const char *name, size_t count, int ready)
{
	struct plasma_buffer buf;
	struct plasma_id id;
	struct plasma *p;
	size_t i;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = plasma_open(&p, name, 0);
	for (i = 0; !err && i < count; i++) {
		make_id(&id, i);
		err = plasma_get(p, &id, &buf, 0);
	}
	if (err || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* From the kill of a client that holds @count objects until it is gone. */
static int time_of_death(const char *name, size_t count, double *ns)
{
	int ready[2], status, err = 0;
	uint64_t start;
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		hold_until_killed(name, count, ready[1]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		err = -ECHILD;
	start = now_ns();
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	*ns = (double)(now_ns() - start);
	close(ready[0]);
	return err;
}

/**
 * struct deaths - what became of clients, round by round
 * @idle: ns that the end of one that holds nothing takes
 * @held: the same of one that holds many
 * @ratio: the difference for each object, in units
 */
struct deaths {
	double idle[5], held[5], ratio[5];
};

static int one_death(const char *name, struct deaths *d, unsigned int round)
{
	double unit = unit_ns(UNIT_IOCTL, 0, options.mode == ICOUNT ? 1 : 5000);
	int err = time_of_death(name, 0, &d->idle[round]);

	if (!err)
		err = time_of_death(name, options.refs, &d->held[round]);
	if (!err)
		d->ratio[round] = (d->held[round] - d->idle[round]) / (double)options.refs / unit;
	return err;
}

static int row_exit(const struct row *row)
{
	unsigned int i, rounds = options.rounds < 5 ? options.rounds : 5;
	struct deaths d = { .idle = { 0 } };
	struct result r;
	struct store s;
	int err = store_open(&s);

	if (err)
		return err;
	unit_source(64);
	err = put_range(s.p, 0, options.refs, 64);
	for (i = 0; !err && i < rounds; i++)
		err = one_death(s.name, &d, i);
	if (!err) {
		r.ns = (typical(d.held, rounds) - typical(d.idle, rounds)) / (double)options.refs;
		r.value = options.mode == ICOUNT ? r.ns : median(d.ratio, rounds);
		report_own(row, &r);
	}
	store_close(&s);
	return err;
}

const struct row rows_clients[] = {
	{ .name = "two-spin", .what = "two processes without a store, to one", .unit = "x",
	  .cpus = 2, .no_icount = true, .no_store = true, .run = row_two_spin },
	{ .name = "two-lock", .what = "the same, when each step is a full barrier", .unit = "x",
	  .cpus = 2, .no_icount = true, .no_store = true, .run = row_two_lock },
	{ .name = "two-null", .what = "the same, when it is a null ioctl", .unit = "x",
	  .cpus = 2, .no_icount = true, .no_store = true, .run = row_two_null },
	{ .name = "two-get", .what = "throughput of two clients, to one: get + release",
	  .unit = "x", .bound = AT_LEAST, .target = 1.7, .cpus = 2, .no_icount = true,
	  .run = row_two_get },
	{ .name = "two-put", .what = "throughput of two clients, to one: put 1 KiB",
	  .unit = "x", .bound = AT_LEAST, .target = 1.7, .cpus = 2, .no_icount = true,
	  .run = row_two_put },
	{ .name = "crowd-get", .what = "throughput of 32 clients, to two: get + release",
	  .unit = "x", .bound = AT_LEAST, .target = 0.9, .cpus = 2, .no_icount = true,
	  .run = row_crowd_get },
	{ .name = "crowd-put", .what = "throughput of 32 clients, to two: put 1 KiB",
	  .unit = "x", .bound = AT_LEAST, .target = 0.9, .cpus = 2, .no_icount = true,
	  .run = row_crowd_put },
	{ .name = "exit", .what = "end of a client that holds many objects, for each",
	  .unit = "N", .bound = AT_MOST, .target = 2, .run = row_exit },
	{ 0 }
};
