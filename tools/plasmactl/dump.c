// SPDX-License-Identifier: GPL-2.0-only
/* dump: the objects of a namespace into a file. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "archive.h"

#define PAGE 64
/* How often to look again at what changes all the time. */
#define TRIES 100

static enum status add(struct archive *a, const struct plasma_object_info *info)
{
	struct entry *e;

	if (info->state != PLASMA_STATE_SEALED)
		return OK;
	e = archive_add(a);
	if (!e)
		return fail_memory();
	memcpy(e->id.bytes, info->id, sizeof(e->id.bytes));
	if (!info->name_len)
		return OK;
	e->name = strndup((const char *)info->name, info->name_len);
	return e->name ? OK : fail_memory();
}

static enum status list(struct plasma *p, struct archive *a)
{
	static struct plasma_object_info infos[PAGE];
	struct plasma_page page = {
		.entries = infos,
		.entry_size = sizeof(infos[0]),
		.count = PAGE,
	};
	enum status status = OK;
	int n, i;

	while (page.cursor != PLASMA_CURSOR_END && !status) {
		n = plasma_list(p, 0, NULL, 0, &page);
		if (n < 0)
			return fail_store(n, "list namespace", options.ns);
		for (i = 0; i < n && !status; i++)
			status = add(a, &infos[i]);
	}
	return status;
}

/* The same moment for all: what is held stays as it is until it is written. */
static enum status hold(struct plasma *p, struct archive *a, struct plasma_buffer *bufs)
{
	int result;
	size_t i;

	for (i = 0; i < a->count; i++)
		bufs[i].id = a->entries[i].id;
	do {
		result = plasma_get_many_until(p, bufs, a->count, 0);
	} while (result == -EINTR);
	return result < 0 ? fail_store(result, "dump namespace", options.ns) : OK;
}

/* Whether an object has gone; that it cannot be had for another reason is a failure. */
static enum status check(int err, bool *gone)
{
	*gone = err == -ENOENT || err == -EINPROGRESS;
	return err && !*gone ? fail_store(err, "dump namespace", options.ns) : OK;
}

/* What is deleted, or is going to be, is not to come back by a restore. */
static enum status look(struct plasma *p, const struct entry *e,
			struct plasma_object_info *info, bool *gone)
{
	enum status status = check(plasma_stat(p, &e->id, info, sizeof(*info)), gone);

	if (!status && !*gone)
		*gone = info->flags & PLASMA_OBJECT_DELETE_PENDING;
	return status;
}

static bool leads_to(struct plasma *p, const char *name, const struct entry *e)
{
	struct plasma_id id;

	return plasma_name_lookup(p, name, &id) == 0 && !memcmp(&id, &e->id, sizeof(id));
}

/* A name may move from one object to another meanwhile, and belongs to one of them. */
static enum status describe(struct plasma *p, struct entry *e, bool *gone)
{
	struct plasma_object_info info;
	enum status status;
	int tries = 0;

	do {
		free(e->name);
		e->name = NULL;
		status = look(p, e, &info, gone);
		if (status || *gone || !info.name_len || tries++ > TRIES)
			break;
		e->name = strndup((const char *)info.name, info.name_len);
		if (!e->name)
			return fail_memory();
	} while (!leads_to(p, e->name, e));
	if (status || *gone)
		return status;
	e->flags = info.flags & PLASMA_OBJECT_KEEP ? ENTRY_KEEP : 0;
	e->create_time_ns = info.create_time_ns;
	return OK;
}

static bool listed(const struct archive *a, const struct plasma_id *id)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!memcmp(&a->entries[i].id, id, sizeof(*id)))
			return true;
	return false;
}

/* Holds the object that has taken the name from that of @e, unless it is there itself. */
static enum status follow(struct plasma *p, const struct archive *a, struct entry *e,
			  const char *name, struct plasma_buffer *buf, bool *gone)
{
	enum status status = check(plasma_name_get_until(p, name, buf, 0), gone);

	if (status || *gone)
		return status;
	if (listed(a, &buf->id)) {
		plasma_release_buffer(p, buf);
		*gone = true;
		return OK;
	}
	e->id = buf->id;
	return describe(p, e, gone);
}

static bool same_name(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/*
 * One that has gone since it was listed may have been replaced. If one that is there has another
 * name than before, *@moved says so: another object may have been seen too early.
 */
static enum status settle(struct plasma *p, const struct archive *a, struct entry *e,
			  struct plasma_buffer *buf, bool *gone, bool *moved)
{
	enum status status = check(buf->status, gone);
	char *name = e->name;

	e->name = NULL;
	if (!status && !*gone)
		status = describe(p, e, gone);
	if (!status && !*gone && !same_name(name, e->name))
		*moved = true;
	if (!status && *gone && name)
		status = follow(p, a, e, name, buf, gone);
	free(name);
	return status;
}

/* What is held, without what has gone. */
static enum status settle_each(struct plasma *p, struct archive *a,
			       struct plasma_buffer *bufs, bool *moved)
{
	enum status status = OK;
	size_t from, to = 0;
	bool gone;

	*moved = false;
	for (from = 0; from < a->count && !status; from++) {
		status = settle(p, a, &a->entries[from], &bufs[from], &gone, moved);
		if (gone)
			continue;
		a->entries[to] = a->entries[from];
		if (from != to)
			a->entries[from].name = NULL;
		bufs[to++] = bufs[from];
	}
	for (from = to; from < a->count; from++)
		free(a->entries[from].name);
	a->count = to;
	return status;
}

/* Until all are seen as they were before: so they were together at that moment. */
static enum status settle_all(struct plasma *p, struct archive *a,
			      struct plasma_buffer *bufs)
{
	const struct entry *twice = NULL;
	enum status status;
	int tries = 0;
	bool moved;

	do {
		status = settle_each(p, a, bufs, &moved);
		if (!status)
			status = archive_find_twice(a, ENTRY_NAME, &twice);
		if (!status && (moved || twice) && tries++ > TRIES)
			return fail(FAILED, "dump namespace %s: its names change all the time; try again",
				    options.ns);
	} while (!status && (moved || twice));
	return status;
}

static uint64_t total(const struct plasma_buffer *bufs, size_t count)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < count; i++)
		bytes += bufs[i].size + bufs[i].metadata_size;
	return bytes;
}

static enum status write_objects(struct archive *a, struct file *file,
				 const struct plasma_buffer *bufs)
{
	struct payload *pl = payload_new(options.zstd);
	enum status status = OK;
	size_t i;

	if (!pl)
		return fail_memory();
	a->table_offset = ARCHIVE_HEADER_SIZE;
	progress_begin(a->path, total(bufs, a->count));
	for (i = 0; i < a->count && !status; i++) {
		struct entry *e = &a->entries[i];

		e->offset = a->table_offset;
		e->data_size = bufs[i].size;
		e->metadata_size = bufs[i].metadata_size;
		/* Nothing cannot be made any smaller. */
		if (options.zstd && e->data_size + e->metadata_size)
			e->flags |= ENTRY_ZSTD;
		status = payload_write(pl, file, e, &bufs[i]);
		a->table_offset += e->stored_size;
	}
	progress_end();
	payload_free(pl);
	return status;
}

/* The header comes last: a file without one is not a dump. */
static enum status write_table(struct archive *a, struct file *file)
{
	unsigned char header[ARCHIVE_HEADER_SIZE];
	unsigned char *table = format_table(a);
	enum status status;

	if (!table)
		return fail_memory();
	if (a->table_size > ARCHIVE_TABLE_MAX)
		status = fail(FAILED, "dump %s: there are too many objects for one dump; use more than one namespace",
			      a->path);
	else
		status = file_append(file, table, a->table_size);
	free(table);
	if (status)
		return status;
	format_header(a, header);
	return file_overwrite(file, header, sizeof(header));
}

static enum status write_dump(struct archive *a, const struct plasma_buffer *bufs)
{
	static const unsigned char nothing[ARCHIVE_HEADER_SIZE];
	enum status status;
	struct file *file;

	status = file_open_durable(&file, a->path);
	if (status)
		return status;
	status = file_append(file, nothing, sizeof(nothing));
	if (!status)
		status = write_objects(a, file, bufs);
	if (!status)
		status = write_table(a, file);
	if (!status)
		return file_commit(file);
	file_abandon(file);
	return status;
}

static enum status dump(struct plasma *p, struct archive *a)
{
	struct plasma_buffer *bufs;
	enum status status;

	status = list(p, a);
	if (status)
		return status;
	status = archive_drop_twice(a);
	if (status)
		return status;
	bufs = calloc(a->count + 1, sizeof(*bufs));
	if (!bufs)
		return fail_memory();
	status = hold(p, a, bufs);
	if (!status)
		status = settle_all(p, a, bufs);
	if (!status)
		status = write_dump(a, bufs);
	free(bufs);
	return status;
}

static enum status run(int count, char **operands)
{
	struct archive a = { .fd = -1 };
	enum status status;
	struct plasma *p;
	char *path;

	(void)count;
	status = store_open(&p, 0);
	if (status)
		return status;
	path = archive_path(operands[0], options.ns);
	a.path = path;
	status = path ? dump(p, &a) : fail_memory();
	plasma_close(p);
	archive_free(&a);
	free(path);
	return status;
}

const struct verb verb_dump = {
	.name = "dump",
	.operands = "FILE|DIR",
	.accepts = "z",
	.min = 1,
	.max = 1,
	.summary = "write all objects of a namespace to a file",
	.help = "Writes the sealed objects of the namespace to FILE, with their ids, names and\n"
		"metadata; in a DIR, to a file there that is called after the namespace. They are\n"
		"held until all is written, so that it is what the namespace held at one moment.\n"
		"FILE gets its name when it is complete and on the disk: after a failure or a crash\n"
		"it is the old dump or the new one.",
	.run = run,
};
