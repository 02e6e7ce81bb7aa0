// SPDX-License-Identifier: GPL-2.0-only
/* restore: a dump becomes objects, all of it or nothing. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "archive.h"

/* Bytes that are looked at together. */
#define PIECE (1UL << 20)

/**
 * struct restore - a restore under way
 * @p: the handle
 * @archive: the dump
 * @payload: what reads it
 * @piece: %PIECE bytes
 * @made: the objects that were made, not sealed until all are
 * @count: how many
 * @batch_max: most objects that one call seals
 * @metadata_max: most bytes of metadata that an object can have
 * @capacity: most bytes that the namespace can hold
 */
struct restore {
	struct plasma *p;
	struct archive archive;
	struct payload *payload;
	unsigned char *piece;
	struct plasma_result *made;
	size_t count;
	uint32_t batch_max;
	uint64_t metadata_max;
	uint64_t capacity;
};

static enum status refuse(const struct restore *r, const struct entry *e, enum status status,
			  const char *why)
{
	char label[ENTRY_LABEL];

	progress_end();
	return fail(status, "restore %s: %s: %s", r->archive.path,
		    entry_label(&r->archive, e, label), why);
}

static enum status fail_entry(const struct restore *r, const struct entry *e, int err)
{
	char label[ENTRY_LABEL], what[2 * ENTRY_LABEL];

	progress_end();
	snprintf(what, sizeof(what), "restore %.*s:", ENTRY_LABEL, r->archive.path);
	return fail_store(err, what, entry_label(&r->archive, e, label));
}

static enum status find_limits(struct restore *r)
{
	struct plasma_query query;
	struct plasma_ns_info info;
	int err = plasma_query(r->p, &query, sizeof(query));

	if (!err)
		err = plasma_ns_stat(r->p, NULL, &info, sizeof(info));
	if (err)
		return fail_store(err, "stat namespace", options.ns);
	r->batch_max = query.out_batch_max;
	r->metadata_max = query.out_metadata_max;
	r->capacity = info.capacity;
	return OK;
}

/* Before anything is read that such sizes would be for. */
static enum status check_sizes(const struct restore *r)
{
	uint64_t size, total = 0;
	size_t i;

	for (i = 0; i < r->archive.count; i++) {
		const struct entry *e = &r->archive.entries[i];

		size = e->data_size + e->metadata_size;
		if (e->metadata_size > r->metadata_max)
			return refuse(r, e, FAILED, "it has more metadata than an object can have; take another dump");
		if (size > r->capacity)
			return refuse(r, e, FULL, "it is larger than the namespace; raise the capacity: plasmactl ns set");
		if (!options.skip_existing && size > r->capacity - total)
			return refuse(r, e, FULL, "with it the dump is larger than the namespace; raise the capacity: plasmactl ns set");
		total += options.skip_existing ? 0 : size;
	}
	return OK;
}

/* Reads @size bytes of the content, to @to or to nowhere. */
static enum status read_part(struct restore *r, unsigned char *to, uint64_t size)
{
	enum status status = OK;
	uint64_t n;

	for (; size && !status; size -= n) {
		n = size < PIECE ? size : PIECE;
		status = payload_read(r->payload, r->piece, n);
		if (!status && to) {
			memcpy(to, r->piece, n);
			to += n;
		}
	}
	return status;
}

static enum status verify_entry(struct restore *r, const struct entry *e)
{
	enum status status;

	payload_begin(r->payload, &r->archive, e);
	status = read_part(r, NULL, e->metadata_size);
	if (!status)
		status = read_part(r, NULL, e->data_size);
	return status ? status : payload_end(r->payload);
}

/* The whole file, before the store is touched. */
static enum status verify(struct restore *r)
{
	enum status status = OK;
	size_t i;

	progress_begin("verify", r->archive.table_offset - ARCHIVE_HEADER_SIZE);
	for (i = 0; i < r->archive.count && !status; i++)
		status = verify_entry(r, &r->archive.entries[i]);
	progress_end();
	return status;
}

/* True if it is not to be made. */
static bool skipped(struct restore *r, const struct entry *e, int err, enum status *status)
{
	struct plasma_object_info info;
	bool id;

	if (err != -EEXIST)
		return false;
	if (options.skip_existing)
		return true;
	id = !plasma_stat(r->p, &e->id, &info, sizeof(info));
	*status = refuse(r, e, FAILED,
			 id ? "there is an object of its id; remove it, or use --skip-existing"
			    : "another object has its name; remove it, or use --skip-existing");
	return true;
}

static enum status make(struct restore *r, const struct entry *e, const void *metadata,
			unsigned char **data)
{
	uint32_t flags = (e->flags & ENTRY_KEEP ? PLASMA_CREATE_KEEP : 0) |
			 (options.no_evict ? PLASMA_CREATE_NO_EVICT : 0);
	enum status status = OK;
	void *at = NULL;
	int err;

	err = plasma_create_named(r->p, &e->id, e->name, e->data_size, metadata,
				  e->metadata_size, flags, &at);
	*data = at;
	if (!err)
		r->made[r->count++].id = e->id;
	else if (!skipped(r, e, err, &status))
		status = fail_entry(r, e, err);
	return status;
}

static enum status restore_entry(struct restore *r, const struct entry *e)
{
	unsigned char *metadata, *data;
	enum status status;

	metadata = malloc(e->metadata_size + 1);
	if (!metadata)
		return fail_memory();
	payload_begin(r->payload, &r->archive, e);
	status = read_part(r, metadata, e->metadata_size);
	if (!status)
		status = make(r, e, metadata, &data);
	free(metadata);
	if (status || !data)
		return status;
	/* Once more: the file may have changed since it was verified. */
	status = read_part(r, data, e->data_size);
	return status ? status : payload_end(r->payload);
}

static enum status make_all(struct restore *r)
{
	enum status status = OK;
	size_t i;

	r->made = calloc(r->archive.count + 1, sizeof(*r->made));
	if (!r->made)
		return fail_memory();
	progress_begin("restore", r->archive.table_offset - ARCHIVE_HEADER_SIZE);
	for (i = 0; i < r->archive.count && !status; i++)
		status = restore_entry(r, &r->archive.entries[i]);
	progress_end();
	return status;
}

/* Which cannot fail, but for a namespace that is removed or a name that is taken away. */
static enum status seal_all(struct restore *r)
{
	int err = plasma_seal_many(r->p, r->made, r->count, PLASMA_SEAL_RELEASE);
	size_t i;

	for (i = 0; i < r->count && !err; i++)
		err = r->made[i].status;
	if (!err)
		return OK;
	plasma_delete_many(r->p, r->made, r->count, 0);
	return fail_store(err, "restore", r->archive.path);
}

/* From the first seal to the last nothing but SIGKILL is to come between. */
static enum status seal_undisturbed(struct restore *r)
{
	sigset_t signals, before;
	enum status status;

	sigfillset(&signals);
	sigprocmask(SIG_BLOCK, &signals, &before);
	/* See apart(); without effect in a process that is not its child. */
	prctl(PR_SET_PDEATHSIG, 0);
	status = seal_all(r);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

static enum status carry_out(struct restore *r)
{
	enum status status;

	status = verify(r);
	if (!status)
		status = make_all(r);
	if (!status)
		status = seal_undisturbed(r);
	if (!status && r->archive.count > r->count)
		remark("restore %s: left out %zu that exist already; see: plasmactl ls",
		       r->archive.path, r->archive.count - r->count);
	return status;
}

static enum status await(const struct restore *r, pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return fail(FAILED, "restore %s: wait: %s; see: plasmactl ls",
				    r->archive.path, strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return fail(FAILED, "restore %s: it was ended by signal %d; see: plasmactl ls",
		    r->archive.path, WTERMSIG(status));
}

/*
 * One call seals batch_max objects, and no signal ends it halfway. More take several, and
 * SIGKILL could come between. So a child does the work. Until it begins to seal it
 * goes with this process, and what it made with it; from then on, whatever becomes of
 * this one, it goes on to the end.
 */
static enum status apart(struct restore *r)
{
	pid_t parent = getpid(), child;

	/* If it was ignored when this was executed, nothing is left to be waited for. */
	signal(SIGCHLD, SIG_DFL);
	fflush(NULL);
	child = fork();
	if (child < 0)
		return fail(FAILED, "restore %s: fork: %s; try again", r->archive.path,
			    strerror(errno));
	if (child)
		return await(r, child);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(FAILED);
	_exit(carry_out(r));
}

static enum status restore(struct restore *r)
{
	enum status status;

	status = parse_archive(&r->archive);
	if (!status)
		status = find_limits(r);
	if (!status)
		status = check_sizes(r);
	if (status)
		return status;
	return r->archive.count > r->batch_max ? apart(r) : carry_out(r);
}

static enum status open_dump(struct restore *r)
{
	r->archive.fd = open(r->archive.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->archive.fd < 0)
		return fail_file(errno, "open", r->archive.path);
	r->payload = payload_new(false);
	r->piece = malloc(PIECE);
	return r->payload && r->piece ? OK : fail_memory();
}

/* What was made and not sealed goes with the handle. */
static void close_all(struct restore *r)
{
	if (r->archive.fd >= 0)
		close(r->archive.fd);
	plasma_close(r->p);
	payload_free(r->payload);
	archive_free(&r->archive);
	free(r->piece);
	free(r->made);
}

static enum status run(int count, char **operands)
{
	struct restore r = { .archive.fd = -1 };
	enum status status;
	char *path;

	(void)count;
	path = archive_path(operands[0], options.ns);
	if (!path)
		return fail_memory();
	r.archive.path = path;
	status = store_open(&r.p, 0);
	if (!status)
		status = open_dump(&r);
	if (!status)
		status = restore(&r);
	close_all(&r);
	free(path);
	return status;
}

const struct verb verb_restore = {
	.name = "restore",
	.operands = "FILE|DIR",
	.accepts = "SE",
	.min = 1,
	.max = 1,
	.summary = "make the objects of a dump",
	.help = "Makes the objects of a dump in the namespace, with their ids, names and metadata,\n"
		"all of them or none. The dump is read to its end and checked before anything is\n"
		"made; if it is damaged in any way, the message names the entry. A restore that is\n"
		"killed leaves nothing, or the whole dump. Ids and names that\n"
		"exist already are refused, or left as they are with --skip-existing. Others may be\n"
		"evicted to make room, unless --no-evict is given.",
	.run = run,
};
