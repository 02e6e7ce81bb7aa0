// SPDX-License-Identifier: GPL-2.0-only
/* Rows in which the store and its peers do the same in turn. */

#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"
#include "peer.h"

#define HOT 64
#define CLIENTS 8
#define SMALL ((size_t)1024)
#define LARGE ((size_t)1 << 20)
#define APART ((uint64_t)1 << 32)
#define MAX_ROUNDS 5

enum kind { GET, PUT_SMALL, PUT_LARGE, CYCLE, KINDS };

/**
 * struct subject - the store or a peer, and what has been measured of it
 * @name: in the table
 * @peer: what it does; NULL for one that is not there
 * @why: what is missing; empty if it runs
 * @running: has been started
 * @err: of each kind of row
 * @ns: time of one operation, of each kind and round; more rounds would take long, since
 *	with some an operation is a conversation of processes
 */
struct subject {
	const char *name;
	const struct peer *peer;
	char why[128];
	bool running;
	int err[KINDS];
	double ns[KINDS][MAX_ROUNDS];
};

static struct subject subjects[] = {
	{ .name = SUBJECT, .peer = &peer_plasma },
	{ .name = "plasma-ioctl", .peer = &peer_ioctl },
	{ .name = "shm", .peer = &peer_shm },
	{ .name = "memfd", .peer = &peer_memfd },
	{ .name = "redis", .peer = &peer_redis },
	{ .name = "lmdb", .peer = &peer_lmdb },
	{ .name = "apache-plasma" },
	{ .name = "apache-atomic" },
};

#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static struct subject *const apache = &subjects[6];
static double units[KINDS][MAX_ROUNDS];
static bool measured[KINDS];
static char dir[64];

/* --- beginning and end --- */

/* It stands beside the program. On failure says what is missing. */
static void *apache_library(const char **why)
{
	char path[PATH_MAX] = "";
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);
	char *slash = length > 0 ? strrchr(path, '/') : path;
	void *library;

	strcpy(slash ? slash + 1 : path, "plasma-bench-apache.so");
	if (access(path, R_OK)) {
		*why = "pyarrow 11.0.0 was not installed at build time";
		return NULL;
	}
	library = dlopen(path, RTLD_NOW);
	*why = library ? NULL : dlerror();
	return library;
}

static void find_apache(void)
{
	const char *why;
	void *library = apache_library(&why);
	size_t i;

	for (i = 0; why && i < 2; i++)
		snprintf(apache[i].why, sizeof(apache[i].why), "%s", why);
	if (!library)
		return;
	apache[0].peer = dlsym(library, "peer_apache");
	apache[1].peer = dlsym(library, "peer_apache_atomic");
}

static void start(struct subject *s)
{
	int err;

	if (!listed(options.peers, s->name) && s->peer != &peer_plasma) {
		snprintf(s->why, sizeof(s->why), "not asked for");
		return;
	}
	if (!s->peer)
		return;
	err = s->peer->start(dir, s->why, sizeof(s->why));
	if (err && !*s->why)
		snprintf(s->why, sizeof(s->why), "does not start: %s", strerror(-err));
	s->running = !err;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_dir(void)
{
	if (nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS))
		fprintf(stderr, "plasma-bench: cannot remove %s\n", dir);
}

static void stop_all(void)
{
	size_t i;

	for (i = 0; i < SUBJECTS; i++)
		if (subjects[i].running)
			subjects[i].peer->stop();
	remove_dir();
}

static int start_all(void)
{
	static bool done;
	size_t i;

	if (done)
		return 0;
	done = true;
	unit_source(LARGE);
	strcpy(dir, access("/dev/shm", W_OK) ? "/tmp/plasma-bench.XXXXXX" :
					       "/dev/shm/plasma-bench.XXXXXX");
	if (!mkdtemp(dir))
		return -errno;
	find_apache();
	for (i = 0; i < SUBJECTS; i++)
		start(&subjects[i]);
	atexit(stop_all);
	return 0;
}

/* --- operations --- */

static void key_of(uint8_t *key, uint64_t n)
{
	struct plasma_id id;

	make_id(&id, n);
	memcpy(key, id.bytes, KEY_SIZE);
}

static int put(const struct peer *peer, void *client, uint64_t first, size_t count, size_t size)
{
	const void *data = unit_source(size);
	uint8_t key[KEY_SIZE];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		key_of(key, first + i);
		err = peer->put(client, key, data, size);
	}
	return err;
}

static int remove_range(const struct peer *peer, void *client, uint64_t first, size_t count)
{
	uint8_t key[KEY_SIZE];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		key_of(key, first + i);
		err = peer->remove(client, key);
	}
	return err;
}

/* The length must be right: a peer that gives something else is not compared with. */
static int get_one(const struct peer *peer, void *client, const uint8_t *key)
{
	const void *data;
	size_t size = 0;
	int err = peer->get(client, key, &data, &size);

	if (err)
		return err;
	err = peer->release(client, key);
	return !err && size != SMALL ? -EPROTO : err;
}

static int gets(const struct peer *peer, void *client, size_t count)
{
	uint8_t keys[HOT][KEY_SIZE];
	size_t i;
	int err = 0;

	for (i = 0; i < HOT; i++)
		key_of(keys[i], i);
	for (i = 0; !err && i < count; i++)
		err = get_one(peer, client, keys[i % HOT]);
	return err;
}

/* --- one sample of each kind: nanoseconds of an operation --- */

static int sample_get(const struct peer *peer, void *client, double *ns)
{
	size_t count = peer->quick ? 1000 : 20;
	uint64_t start = now_ns();
	int err = gets(peer, client, count);

	*ns = (double)(now_ns() - start) / (double)count;
	return err;
}

static int sample_put(const struct peer *peer, void *client, size_t count, size_t size, double *ns)
{
	uint64_t start = now_ns();
	int err = put(peer, client, HOT, count, size);

	*ns = (double)(now_ns() - start) / (double)count;
	return err ? err : remove_range(peer, client, HOT, count);
}

static int sample(const struct peer *peer, void *client, enum kind kind, double *ns)
{
	if (kind == GET)
		return sample_get(peer, client, ns);
	if (kind == PUT_SMALL)
		return sample_put(peer, client, peer->quick ? 50 : 10, SMALL, ns);
	return sample_put(peer, client, 1, LARGE, ns);
}

static int median_sample(const struct peer *peer, enum kind kind, double *ns)
{
	size_t i, count = options.quick ? 1 : 5;
	double samples[count];
	void *client;
	int err = peer->connect(&client);

	if (err)
		return err;
	err = put(peer, client, 0, HOT, SMALL);
	/* One more, which makes everything warm, is overwritten by the first. */
	if (!err)
		err = sample(peer, client, kind, &samples[0]);
	for (i = 0; !err && i < count; i++)
		err = sample(peer, client, kind, &samples[i]);
	if (!err)
		err = remove_range(peer, client, 0, HOT);
	peer->disconnect(client);
	if (!err)
		*ns = median(samples, count);
	return err;
}

/* --- clients at once --- */

struct cyclist {
	const struct peer *peer;
	void *client;
	size_t count;
};

static int setup_cycles(void *arg, int who)
{
	struct cyclist *c = arg;

	(void)who;
	return c->peer->connect(&c->client);
}

static int run_cycles(void *arg, int who)
{
	struct cyclist *c = arg;
	const void *data = unit_source(SMALL);
	uint8_t key[KEY_SIZE];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < c->count; i++) {
		key_of(key, ((uint64_t)who + 1) * APART + i);
		err = c->peer->put(c->client, key, data, SMALL);
		if (!err)
			err = get_one(c->peer, c->client, key);
		if (!err)
			err = c->peer->remove(c->client, key);
	}
	return err;
}

static int clean_cycles(void *arg, int who)
{
	struct cyclist *c = arg;

	(void)who;
	c->peer->disconnect(c->client);
	return 0;
}

/* Time of all, divided by the cycles of all. */
static int sample_cycle(const struct peer *peer, double *ns)
{
	struct cyclist c = { .peer = peer, .count = peer->quick ? 200 : 20 };
	struct crew crew = { .count = CLIENTS, .setup = setup_cycles, .run = run_cycles,
			     .clean = clean_cycles, .arg = &c };
	int err = crew_run(&crew, ns);

	*ns /= (double)(c.count * CLIENTS);
	return err;
}

/* --- rounds --- */

static double sample_unit(enum kind kind)
{
	return kind == PUT_LARGE ? unit_ns(UNIT_MEMCPY, LARGE, 3) : unit_ns(UNIT_IOCTL, 0, 1000);
}

static bool takes_part(const struct subject *s, enum kind kind)
{
	return s->running && (kind == GET || !s->peer->get_only);
}

static unsigned int rounds(void)
{
	return options.rounds < MAX_ROUNDS ? options.rounds : MAX_ROUNDS;
}

/* Measures all subjects in turn, round after round; once for each kind. */
static int acquire(enum kind kind)
{
	int err = start_all();
	struct subject *s;
	unsigned int i;

	if (err || measured[kind])
		return err;
	measured[kind] = true;
	for (i = 0; i < rounds(); i++) {
		units[kind][i] = sample_unit(kind);
		for (s = subjects; s < subjects + SUBJECTS; s++) {
			if (!takes_part(s, kind) || s->err[kind])
				continue;
			s->err[kind] = kind == CYCLE ?
				sample_cycle(s->peer, &s->ns[kind][i]) :
				median_sample(s->peer, kind, &s->ns[kind][i]);
		}
	}
	return 0;
}

static double median_ratio(const double *over, const double *under)
{
	double ratio[MAX_ROUNDS];
	unsigned int i;

	for (i = 0; i < rounds(); i++)
		ratio[i] = over[i] / under[i];
	return median(ratio, rounds());
}

static void report_subject(const struct row *row, const struct subject *s, enum kind kind)
{
	double ns[MAX_ROUNDS];
	struct result r;

	if (!s->running) {
		report_skip(row, s->name, "%s", s->why);
		return;
	}
	if (s->err[kind]) {
		report_error(row, s->name, s->err[kind]);
		return;
	}
	memcpy(ns, s->ns[kind], sizeof(ns));
	r.ns = median(ns, rounds());
	r.value = median_ratio(s->ns[kind], units[kind]);
	report(row, s->name, &r);
}

static int report_all(const struct row *row, enum kind kind)
{
	int err = acquire(kind);
	size_t i;

	for (i = 0; !err && i < SUBJECTS; i++)
		if (kind == GET || !subjects[i].peer || !subjects[i].peer->get_only)
			report_subject(row, &subjects[i], kind);
	return err;
}

/* How many times quicker than @other the subject is. */
static int report_ratio(const struct row *row, const struct subject *s,
			const struct subject *other, enum kind kind)
{
	struct result r = { 0 };
	int err = acquire(kind);

	if (err)
		return err;
	if (!s->running || !other->running) {
		report_skip(row, SUBJECT, "%s", s->running ? other->why : s->why);
		return 0;
	}
	if (s->err[kind] || other->err[kind])
		return s->err[kind] ? s->err[kind] : other->err[kind];
	r.value = median_ratio(other->ns[kind], s->ns[kind]);
	report_own(row, &r);
	return 0;
}

static int row_get(const struct row *row)
{
	return report_all(row, GET);
}

static int row_put_small(const struct row *row)
{
	return report_all(row, PUT_SMALL);
}

static int row_put_large(const struct row *row)
{
	return report_all(row, PUT_LARGE);
}

static int row_cycle(const struct row *row)
{
	return report_all(row, CYCLE);
}

static int row_apache_get(const struct row *row)
{
	return report_ratio(row, &subjects[0], &apache[0], GET);
}

static int row_apache_ioctl(const struct row *row)
{
	return report_ratio(row, &subjects[1], &apache[0], GET);
}

static int row_apache_put_small(const struct row *row)
{
	return report_ratio(row, &subjects[0], &apache[0], PUT_SMALL);
}

static int row_apache_put_large(const struct row *row)
{
	return report_ratio(row, &subjects[0], &apache[0], PUT_LARGE);
}

static int row_apache_cycle(const struct row *row)
{
	return report_ratio(row, &subjects[0], &apache[0], CYCLE);
}

const struct row rows_peers[] = {
	{ .name = "peer-get", .what = "get + release of 1 KiB, hot", .unit = "N",
	  .no_icount = true, .run = row_get },
	{ .name = "peer-put-1k", .what = "put 1 KiB", .unit = "N", .no_icount = true,
	  .run = row_put_small },
	{ .name = "peer-put-1m", .what = "put 1 MiB, warm", .unit = "M", .no_icount = true,
	  .run = row_put_large },
	{ .name = "peer-cycle", .what = "put + get + release + delete by 8 clients, each cycle",
	  .unit = "N", .no_icount = true, .run = row_cycle },
	{ .name = "apache-get", .what = "Apache Plasma's time of a get, to ours", .unit = "x",
	  .bound = AT_LEAST, .target = 500, .no_icount = true, .run = row_apache_get },
	{ .name = "apache-get-ioctl", .what = "the same to ours by ioctl", .unit = "x",
	  .bound = AT_LEAST, .target = 30, .no_icount = true, .run = row_apache_ioctl },
	{ .name = "apache-put-1k", .what = "Apache Plasma's time of a put of 1 KiB, to ours",
	  .unit = "x", .bound = AT_LEAST, .target = 25, .no_icount = true,
	  .run = row_apache_put_small },
	{ .name = "apache-put-1m", .what = "Apache Plasma's time of a put of 1 MiB, to ours",
	  .unit = "x", .bound = AT_LEAST, .target = 3, .no_icount = true,
	  .run = row_apache_put_large },
	{ .name = "apache-cycle", .what = "Apache Plasma's time of a cycle, to ours",
	  .unit = "x", .bound = AT_LEAST, .target = 60, .no_icount = true,
	  .run = row_apache_cycle },
	{ 0 }
};
