// SPDX-License-Identifier: GPL-2.0-only
/* dump: the objects of a namespace into a file. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "archive.h"

#define PAGE 64

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

/* What is deleted, or is going to be, is not to come back by a restore. */
static bool is_there(struct plasma *p, const struct entry *e, struct plasma_object_info *info)
{
	return plasma_stat(p, &e->id, info, sizeof(*info)) == 0 &&
	       !(info->flags & PLASMA_OBJECT_DELETE_PENDING);
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
	int tries = 0;

	do {
		free(e->name);
		e->name = NULL;
		*gone = !is_there(p, e, &info);
		if (*gone || !info.name_len || tries++ > 100)
			break;
		e->name = strndup((const char *)info.name, info.name_len);
		if (!e->name)
			return fail_memory();
	} while (!leads_to(p, e->name, e));
	if (*gone)
		return OK;
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
static bool follow(struct plasma *p, const struct archive *a, struct entry *e,
		   const char *name, struct plasma_buffer *buf)
{
	if (plasma_name_get_until(p, name, buf, 0))
		return false;
	if (listed(a, &buf->id)) {
		plasma_release_buffer(p, buf);
		return false;
	}
	e->id = buf->id;
	return true;
}

/* One that has gone since it was listed may have been replaced. */
static enum status settle(struct plasma *p, const struct archive *a, struct entry *e,
			  struct plasma_buffer *buf, bool *gone)
{
	enum status status = OK;
	char *name = e->name;

	e->name = NULL;
	*gone = buf->status != 0;
	if (!*gone)
		status = describe(p, e, gone);
	if (!status && *gone && name && follow(p, a, e, name, buf))
		status = describe(p, e, gone);
	free(name);
	return status;
}

/* What is held, without what has gone. */
static enum status settle_all(struct plasma *p, struct archive *a,
			      struct plasma_buffer *bufs)
{
	enum status status = OK;
	size_t from, to = 0;
	bool gone;

	for (from = 0; from < a->count && !status; from++) {
		status = settle(p, a, &a->entries[from], &bufs[from], &gone);
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
