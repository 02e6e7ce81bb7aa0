/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLASMACTL_H
#define PLASMACTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <plasma.h>

/* Documented in plasmactl(1); part of the interface. */
enum status {
	OK = 0,
	FAILED = 1,
	USAGE = 2,
	NOT_FOUND = 3,
	FULL = 4,
	TIMED_OUT = 5,
	DENIED = 6,
	NO_MODULE = 77,
};

/* What the command line said. */
struct options {
	const char *ns;
	bool json;
	bool quiet;
	bool exact;

	const char *id;
	bool random_id;
	const char *output;
	const char *metadata;
	bool only_metadata;
	bool replace;
	bool keep;
	bool no_evict;
	bool force;
	bool has_timeout;
	bool waits;
	uint64_t deadline_ns;
	bool hide;
	bool no_replay;
	uint64_t count;
	bool zstd;
	bool skip_existing;
	bool reclaim;

	struct plasma_ns_options ns_options;
	const char *owner;
};

extern struct options options;

/**
 * struct verb - a verb, or a family of verbs
 * @name: what is typed
 * @operands: what follows it, for the usage line
 * @accepts: characters of the options it takes, see options.c
 * @min: fewest operands
 * @max: most operands, -1 without limit
 * @summary: one line for the list of verbs
 * @help: more about it
 * @run: does it
 * @verbs: of a family: its verbs
 */
struct verb {
	const char *name;
	const char *operands;
	const char *accepts;
	int min;
	int max;
	const char *summary;
	const char *help;
	enum status (*run)(int count, char **operands);
	const struct verb *verbs;
};

extern const struct verb verb_put, verb_get, verb_cat, verb_ls, verb_stat, verb_info,
			 verb_rm, verb_wait, verb_watch, verb_refresh, verb_ns, verb_quota,
			 verb_evict, verb_dump, verb_restore, verb_check;

/* options.c: reading the command line */
int options_global(int argc, char **argv, bool *help, bool *version);
int options_verb(const struct verb *verb, const char *path, int argc, char **argv,
		 bool *help);
void options_print(const char *accepts);
bool parse_size(const char *text, uint64_t *size);

/* error.c: one line on stderr, and what to exit with */
enum status fail(enum status status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A call of libplasma failed with the negative errno @err. */
enum status fail_store(int err, const char *what, const char *on);
/* A system call on a local file failed with @err. */
enum status fail_file(int err, const char *what, const char *path);
enum status fail_memory(void);
/* A remark; not with --quiet. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* store.c: the handle, and objects by name or id */
enum status store_open(struct plasma **p, uint32_t flags);
/* Does the same with each, on the store; the first failure is what comes of it. */
enum status for_operands(int count, char **operands,
			 enum status (*one)(struct plasma *p, const char *operand));
/**
 * struct target - an object as the user called it
 * @text: the operand
 * @by_id: it is an id, not a name
 * @id: the id, of a name as of the last look-up
 */
struct target {
	const char *text;
	bool by_id;
	struct plasma_id id;
};

void target_parse(struct target *t, const char *text);
int target_find(struct plasma *p, struct target *t);
/* With as much of the metadata as there is room for. */
int target_stat(struct plasma *p, struct target *t, struct plasma_object_info *info,
		void *metadata, size_t metadata_size);
int target_delete(struct plasma *p, struct target *t, uint32_t flags);
int target_refresh(struct plasma *p, struct target *t);
/* Holds it, waiting as --timeout says. */
int target_get(struct plasma *p, struct target *t, struct plasma_buffer *buf);
/* The same, and holds nothing. */
int target_wait(struct plasma *p, struct target *t);

/* input.c: a file or a stream into an object */
/**
 * struct input - where an object comes from
 * @fd: to be read
 * @path: what to call it
 * @size: bytes that are expected, 0 where it is not known
 */
struct input {
	int fd;
	const char *path;
	size_t size;
};

enum status input_open(struct input *in, const char *path);
/* A small one, into memory; to be freed. */
enum status input_read_small(const char *path, size_t *size, void **bytes);
/**
 * struct upload - an object being written
 * @p: the handle
 * @id: its id
 * @called: what to call it
 * @data: where it is written
 * @room: its size in the store
 * @size: bytes written
 * @metadata: its metadata
 * @metadata_size: bytes of that
 */
struct upload {
	struct plasma *p;
	struct plasma_id id;
	const char *called;
	char *data;
	size_t room;
	size_t size;
	void *metadata;
	size_t metadata_size;
};

/* Reads all there is. The object has exactly its size afterwards. */
enum status input_read(struct input *in, struct upload *up);

/* file.c: a file that appears when it is complete */
struct file;
/* After a read() or write() that failed: whether to try again, once poll() says @events. */
bool file_again(int fd, short events);
enum status file_open(struct file **file, const char *path);
/* A regular one, which also after a crash is the old one or the new one. */
enum status file_open_durable(struct file **file, const char *path);
/* All of it, with progress. */
enum status file_write(struct file *file, const void *data, size_t size);
/* A piece of it. */
enum status file_append(struct file *file, const void *data, size_t size);
/* What was written first. */
enum status file_overwrite(struct file *file, const void *data, size_t size);
enum status file_commit(struct file *file);
void file_abandon(struct file *file);

/* output.c: answers */
enum column_type {
	COLUMN_TEXT,
	COLUMN_NUMBER,
	COLUMN_SIZE,
	COLUMN_BOOL,
};

/**
 * struct column - a member of an answer
 * @key: its name in JSON
 * @title: its title in tables, NULL to leave it out there
 * @type: how it is written
 */
struct column {
	const char *key;
	const char *title;
	enum column_type type;
};

struct answer;

/* An answer is a table, or in JSON an object with the one member @name, an array. */
struct answer *answer_new(const char *name, const struct column *columns, size_t count);
/* One line per member instead of one per record. */
void answer_set_vertical(struct answer *a);
void answer_record(struct answer *a);
/* The columns of the record, in order. */
void answer_text(struct answer *a, const char *text);
void answer_bytes(struct answer *a, const void *bytes, size_t length);
void answer_number(struct answer *a, uint64_t number);
void answer_bool(struct answer *a, bool value);
void answer_none(struct answer *a);
/* In tables @text, in JSON @number. */
void answer_number_as(struct answer *a, uint64_t number, const char *text);
enum status answer_print(struct answer *a);

#define SIZE_TEXT 32
const char *format_size(char text[SIZE_TEXT], uint64_t size);
bool utf8_valid(const void *bytes, size_t length);
/* What stdout holds by now; quiet if nobody reads it. */
enum status output_flush(void);
/* All of it: the last thing to be done. */
enum status output_finish(void);

/* object.c: objects in answers */
/**
 * struct known - what stat has found out
 * @info: as it says
 * @metadata: as many bytes as @info says
 */
struct known {
	struct plasma_object_info info;
	void *metadata;
};

enum status objects_answer(const struct plasma_object_info *infos, size_t count);
enum status objects_answer_all(const struct known *known, size_t count);

/* progress.c: a line on a terminal */
void progress_begin(const char *what, uint64_t total);
void progress_update(uint64_t done);
/* By so many since it was told last. */
void progress_advance(uint64_t more);
void progress_end(void);

/* clock, in nanoseconds */
uint64_t now_ns(void);

#endif
