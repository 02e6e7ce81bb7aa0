/* SPDX-License-Identifier: GPL-2.0-only */
/* plasma-bench: what its files share. Functions return 0 or a negative errno. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <plasma.h>

/* --- what is asked for (main.c) --- */

/**
 * enum mode - what a clock here measures
 * @NATIVE: time, on a machine or under KVM
 * @MTTCG: time under emulation, good for ratios only
 * @ICOUNT: instructions; one nanosecond is one of them
 */
enum mode { NATIVE, MTTCG, ICOUNT };

/**
 * struct options - the command line
 * @mode: what the clock measures
 * @rounds: how often each row is measured; its value is the median
 * @quick: few operations, to see that all works
 * @json: answer in JSON
 * @progress: say how long each row took
 * @objects: objects in the row about many of them
 * @refs: references that the dying client holds
 * @rows: comma-separated rows to measure, NULL for all
 * @peers: comma-separated peers to compare with, NULL for all
 */
struct options {
	enum mode mode;
	unsigned int rounds;
	bool quick;
	bool json;
	bool progress;
	size_t objects;
	size_t refs;
	const char *rows;
	const char *peers;
};

extern struct options options;

/* Is @name, or what it begins with up to a dash, a word of the comma-separated @list? */
bool listed(const char *list, const char *name);

/* --- rows and what comes of them (report.c) --- */

enum bound { NO_TARGET, AT_MOST, AT_LEAST };

/**
 * struct row - a line of the table
 * @name: what it is called
 * @what: the same in words
 * @unit: of its value: "N" (null ioctls), "M" (memcpy of the same bytes), "x" (a ratio) ...
 * @bound: what @target is
 * @target: to be reached, in @unit
 * @target_old: the same for kernels that map pages by single entries, before 6.6; 0 if equal
 * @insns: most instructions under icount; 0 for no target
 * @cpus: processors it takes
 * @no_icount: instructions say nothing about it
 * @no_store: it is about the machine alone
 * @same_unit: under icount too the value is in @unit, since it is no time
 * @run: measures and reports
 */
struct row {
	const char *name;
	const char *what;
	const char *unit;
	enum bound bound;
	double target;
	double target_old;
	double insns;
	int cpus;
	bool no_icount;
	bool no_store;
	bool same_unit;
	int (*run)(const struct row *row);
};

/**
 * struct result - what a measurement gave
 * @value: in the row's unit; instructions of one operation under icount
 * @ns: time of one operation, 0 where there is none
 */
struct result {
	double value;
	double ns;
};

/* The subject that is measured here; others are peers, or the machine without a store. */
#define SUBJECT "plasma"

const char *own_subject(const struct row *row);
void report_own(const struct row *row, const struct result *result);
void report(const struct row *row, const char *subject, const struct result *result);
__attribute__((format(printf, 3, 4)))
void report_skip(const struct row *row, const char *subject, const char *why, ...);
/* A row that could not be measured although it should have been. */
void report_error(const struct row *row, const char *subject, int err);
/* Prints the whole; returns whether nothing failed. */
bool report_print(void);

extern const struct row rows_small[], rows_large[], rows_wake[], rows_many[], rows_clients[],
	rows_trace[], rows_peers[];

/* --- time and statistics (clock.c) --- */

uint64_t now_ns(void);
double median(double *values, size_t count);
double typical(double *values, size_t count);
/* Does the clock count instructions? */
bool clock_counts_instructions(void);
/* Is this QEMU without a hypervisor below it? */
bool emulated(void);
int cpus_online(void);
/* Moves the calling process to processor @cpu, counted among those it may use. */
int pin_to_cpu(int cpu);

/* --- units (unit.c) --- */

enum unit { UNIT_NONE, UNIT_IOCTL, UNIT_MEMCPY, UNIT_CLEAR_MEMCPY };

/* Time of one unit, over @count of them; @bytes only counts for memcpy. */
double unit_ns(enum unit unit, size_t bytes, size_t count);
/* Warm memory to copy from; lives for ever. */
void *unit_source(size_t bytes);

/**
 * struct work - an operation to be timed against a unit
 * @unit: what to express it in
 * @bytes: of a memcpy
 * @batch: operations in one @run
 * @samples: runs in one round
 * @prepare: before each run, not timed; may be NULL
 * @run: the operations
 * @clean: after each run, not timed; may be NULL
 * @arg: for all of them
 */
struct work {
	enum unit unit;
	size_t bytes;
	size_t batch;
	size_t samples;
	int (*prepare)(void *arg);
	int (*run)(void *arg);
	int (*clean)(void *arg);
	void *arg;
};

/* Median of some rounds, in each of which unit and operation take turns. */
int measure(const struct work *work, struct result *result);

/* --- objects to work with (store.c) --- */

/**
 * struct store - a namespace of our own, which goes with it
 * @owner: the handle that it goes with
 * @p: a handle that works in it
 * @name: its name
 */
struct store {
	struct plasma *owner;
	struct plasma *p;
	char name[64];
};

int store_open(struct store *s);
void store_close(struct store *s);
/* The id of number @n; all ids of one namespace are @n apart. */
void make_id(struct plasma_id *id, uint64_t n);
/* Puts, or deletes, objects @first to @first + @count - 1, of @size bytes. */
int put_range(struct plasma *p, uint64_t first, size_t count, size_t size);
int delete_range(struct plasma *p, uint64_t first, size_t count);
/* Lets the kernel give back all that it keeps for later; needs root. */
void drop_caches(void);
/* Bytes that the kernel could give to programs. */
int64_t memory_available(void);

/* --- the contract without the library (raw.c) --- */

/**
 * struct raw - a client that does all by ioctl
 * @fd: a descriptor of /dev/plasma
 * @ns: a handle of its namespace
 */
struct raw {
	int fd;
	uint32_t ns;
};

int raw_open(struct raw *raw, const char *ns);
void raw_close(struct raw *raw);
int raw_get(const struct raw *raw, struct plasma_get_entry *entries, uint32_t count);
int raw_release(const struct raw *raw, struct plasma_id_entry *entries, uint32_t count);

/* --- processes (client.c) --- */

/**
 * struct crew - processes that do the same at once
 * @count: how many
 * @pinned: each keeps to a processor
 * @setup: in each process before the start; number @who of @count
 * @run: what is timed
 * @clean: after all are through
 * @arg: for them, as it was at the fork
 */
struct crew {
	int count;
	bool pinned;
	int (*setup)(void *arg, int who);
	int (*run)(void *arg, int who);
	int (*clean)(void *arg, int who);
	void *arg;
};

/* Time from the start of all to the end of the last. */
int crew_run(const struct crew *crew, double *ns);

#endif
