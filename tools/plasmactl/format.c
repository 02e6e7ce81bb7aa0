// SPDX-License-Identifier: GPL-2.0-only
/* The header and the table of a dump, as they are in the file: see plasmactl(1). */

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include "archive.h"

static const unsigned char magic[8] = { 0x89, 'P', 'L', 'S', '\r', '\n', 0x1a, '\n' };

/* Where things are in the header. */
enum {
	HEADER_VERSION = 8,
	HEADER_FLAGS = 12,
	HEADER_FILE_SIZE = 16,
	HEADER_TABLE_OFFSET = 24,
	HEADER_TABLE_SIZE = 32,
	HEADER_COUNT = 40,
	HEADER_TABLE_HASH = 48,
	HEADER_HASH = 56,
};

/* And in an entry, which its name follows, padded to a multiple of eight bytes. */
enum {
	ENTRY_FLAGS = 20,
	ENTRY_OFFSET = 24,
	ENTRY_STORED_SIZE = 32,
	ENTRY_DATA_SIZE = 40,
	ENTRY_METADATA_SIZE = 48,
	ENTRY_STORED_HASH = 56,
	ENTRY_CONTENT_HASH = 64,
	ENTRY_CREATE_TIME = 72,
	ENTRY_NAME_LENGTH = 80,
	ENTRY_RESERVED = 84,
};

static void put32(unsigned char *to, uint32_t value)
{
	value = htole32(value);
	memcpy(to, &value, sizeof(value));
}

static void put64(unsigned char *to, uint64_t value)
{
	value = htole64(value);
	memcpy(to, &value, sizeof(value));
}

static uint32_t get32(const unsigned char *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return le32toh(value);
}

static uint64_t get64(const unsigned char *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return le64toh(value);
}

static size_t padded(size_t length)
{
	return (length + 7) & ~(size_t)7;
}

static size_t name_length(const struct entry *e)
{
	return e->name ? strlen(e->name) : 0;
}

static unsigned char *put_entry(unsigned char *to, const struct entry *e)
{
	memcpy(to, e->id.bytes, sizeof(e->id.bytes));
	put32(to + ENTRY_FLAGS, e->flags);
	put64(to + ENTRY_OFFSET, e->offset);
	put64(to + ENTRY_STORED_SIZE, e->stored_size);
	put64(to + ENTRY_DATA_SIZE, e->data_size);
	put64(to + ENTRY_METADATA_SIZE, e->metadata_size);
	put64(to + ENTRY_STORED_HASH, e->stored_hash);
	put64(to + ENTRY_CONTENT_HASH, e->content_hash);
	put64(to + ENTRY_CREATE_TIME, e->create_time_ns);
	put32(to + ENTRY_NAME_LENGTH, (uint32_t)name_length(e));
	if (e->name)
		memcpy(to + ARCHIVE_ENTRY_SIZE, e->name, name_length(e));
	return to + ARCHIVE_ENTRY_SIZE + padded(name_length(e));
}

unsigned char *format_table(struct archive *a)
{
	unsigned char *table, *to;
	size_t i;

	a->table_size = 0;
	for (i = 0; i < a->count; i++)
		a->table_size += ARCHIVE_ENTRY_SIZE + padded(name_length(&a->entries[i]));
	table = calloc(1, a->table_size + 1);
	if (!table)
		return NULL;
	to = table;
	for (i = 0; i < a->count; i++)
		to = put_entry(to, &a->entries[i]);
	a->table_hash = XXH64(table, a->table_size, 0);
	a->file_size = a->table_offset + a->table_size;
	return table;
}

void format_header(const struct archive *a, unsigned char header[ARCHIVE_HEADER_SIZE])
{
	memcpy(header, magic, sizeof(magic));
	put32(header + HEADER_VERSION, ARCHIVE_VERSION);
	put32(header + HEADER_FLAGS, 0);
	put64(header + HEADER_FILE_SIZE, a->file_size);
	put64(header + HEADER_TABLE_OFFSET, a->table_offset);
	put64(header + HEADER_TABLE_SIZE, a->table_size);
	put64(header + HEADER_COUNT, a->count);
	put64(header + HEADER_TABLE_HASH, a->table_hash);
	put64(header + HEADER_HASH, XXH64(header, HEADER_HASH, 0));
}

static enum status damaged(const struct archive *a, const char *where, const char *how)
{
	return fail(FAILED, "restore %s: %s: %s; take another copy of the dump", a->path, where,
		    how);
}

static enum status damaged_entry(const struct archive *a, const char *how)
{
	char label[ENTRY_LABEL];

	return damaged(a, entry_label(a, &a->entries[a->count - 1], label), how);
}

static enum status read_at(const struct archive *a, uint64_t offset, unsigned char *to,
			   uint64_t size)
{
	ssize_t n;

	while (size) {
		n = pread(a->fd, to, size, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_file(errno, "read", a->path);
		if (n == 0)
			return damaged(a, "header", "the file is cut off");
		to += n;
		offset += (uint64_t)n;
		size -= (uint64_t)n;
	}
	return OK;
}

static enum status parse_header(struct archive *a, uint64_t *count)
{
	unsigned char header[ARCHIVE_HEADER_SIZE];
	struct stat st;
	enum status status;

	if (fstat(a->fd, &st))
		return fail_file(errno, "read", a->path);
	if (!S_ISREG(st.st_mode))
		return fail(FAILED, "restore %s: it is not a regular file; give the name of a dump",
			    a->path);
	if (st.st_size < ARCHIVE_HEADER_SIZE)
		return damaged(a, "header", "the file is cut off");
	status = read_at(a, 0, header, sizeof(header));
	if (status)
		return status;
	if (memcmp(header, magic, sizeof(magic)))
		return damaged(a, "header", "it is not a dump");
	if (get64(header + HEADER_HASH) != XXH64(header, HEADER_HASH, 0))
		return damaged(a, "header", "it is damaged");
	if (get32(header + HEADER_VERSION) != ARCHIVE_VERSION || get32(header + HEADER_FLAGS))
		return damaged(a, "header", "it is of a version that this plasmactl does not know");
	a->file_size = get64(header + HEADER_FILE_SIZE);
	a->table_offset = get64(header + HEADER_TABLE_OFFSET);
	a->table_size = get64(header + HEADER_TABLE_SIZE);
	a->table_hash = get64(header + HEADER_TABLE_HASH);
	*count = get64(header + HEADER_COUNT);
	if ((uint64_t)st.st_size < a->file_size)
		return damaged(a, "header", "the file is cut off");
	if ((uint64_t)st.st_size > a->file_size)
		return damaged(a, "header", "there is more than the dump in the file");
	return OK;
}

/* No sum of these overflows after the first two comparisons. */
static enum status check_table_place(const struct archive *a, uint64_t count)
{
	if (a->table_offset < ARCHIVE_HEADER_SIZE || a->table_offset > a->file_size ||
	    a->table_size != a->file_size - a->table_offset)
		return damaged(a, "header", "the table is not where it must be");
	if (a->table_size > ARCHIVE_TABLE_MAX)
		return damaged(a, "header", "the table is too large");
	if (count > a->table_size / ARCHIVE_ENTRY_SIZE)
		return damaged(a, "header", "there are fewer entries than it says");
	return OK;
}

/* As the store wants it, and with nothing behind its end. */
static bool name_valid(const unsigned char *name, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (name[i] < ' ' || name[i] == 0x7f)
			return false;
	for (; i < padded(length); i++)
		if (name[i])
			return false;
	return true;
}

static enum status take_name(struct archive *a, struct entry *e, const unsigned char *from,
			     uint32_t length, uint64_t left)
{
	if (length > PLASMA_NAME_MAX || padded(length) > left)
		return damaged_entry(a, "its name is too long");
	if (!name_valid(from, length))
		return damaged_entry(a, "its name is not one that an object can have");
	if (!length)
		return OK;
	e->name = strndup((const char *)from, length);
	return e->name ? OK : fail_memory();
}

/* Where it is: one behind the other, from the header to the table. */
static enum status check_entry(struct archive *a, const struct entry *e, uint64_t offset)
{
	uint64_t content;

	if (e->flags & ~(ENTRY_KEEP | ENTRY_ZSTD))
		return damaged_entry(a, "it has properties that this plasmactl does not know");
	if (e->offset != offset)
		return damaged_entry(a, "it is not where the entry before it ends");
	if (e->stored_size > a->table_offset - offset)
		return damaged_entry(a, "it is larger than the file");
	if (__builtin_add_overflow(e->data_size, e->metadata_size, &content) ||
	    content > INT64_MAX)
		return damaged_entry(a, "its size is impossible");
	if (!(e->flags & ENTRY_ZSTD) &&
	    (e->stored_size != content || e->stored_hash != e->content_hash))
		return damaged_entry(a, "its sizes contradict each other");
	return OK;
}

static enum status parse_entry(struct archive *a, const unsigned char **from, uint64_t *left,
			       uint64_t *offset)
{
	const unsigned char *at = *from;
	enum status status;
	struct entry *e;
	uint32_t length;

	if (*left < ARCHIVE_ENTRY_SIZE)
		return damaged(a, "table", "it is cut off");
	e = archive_add(a);
	if (!e)
		return fail_memory();
	memcpy(e->id.bytes, at, sizeof(e->id.bytes));
	e->flags = get32(at + ENTRY_FLAGS);
	e->offset = get64(at + ENTRY_OFFSET);
	e->stored_size = get64(at + ENTRY_STORED_SIZE);
	e->data_size = get64(at + ENTRY_DATA_SIZE);
	e->metadata_size = get64(at + ENTRY_METADATA_SIZE);
	e->stored_hash = get64(at + ENTRY_STORED_HASH);
	e->content_hash = get64(at + ENTRY_CONTENT_HASH);
	e->create_time_ns = get64(at + ENTRY_CREATE_TIME);
	length = get32(at + ENTRY_NAME_LENGTH);
	*left -= ARCHIVE_ENTRY_SIZE;
	status = take_name(a, e, at + ARCHIVE_ENTRY_SIZE, length, *left);
	if (!status && get32(at + ENTRY_RESERVED))
		status = damaged_entry(a, "it has properties that this plasmactl does not know");
	if (!status)
		status = check_entry(a, e, *offset);
	if (status)
		return status;
	*offset += e->stored_size;
	*left -= padded(length);
	*from = at + ARCHIVE_ENTRY_SIZE + padded(length);
	return OK;
}

static enum status parse_table(struct archive *a, const unsigned char *table, uint64_t count)
{
	uint64_t left = a->table_size, offset = ARCHIVE_HEADER_SIZE;
	enum status status = OK;

	if (XXH64(table, a->table_size, 0) != a->table_hash)
		return damaged(a, "table", "it is damaged");
	while (count-- && !status)
		status = parse_entry(a, &table, &left, &offset);
	if (!status && left)
		return damaged(a, "table", "there are more entries than the header says");
	if (!status && offset != a->table_offset)
		return damaged(a, "table", "there is something before it that no entry names");
	return status;
}

static enum status twice(const struct archive *a, const struct entry *e, const char *how)
{
	char label[ENTRY_LABEL];

	return damaged(a, entry_label(a, e, label), how);
}

static enum status check_unique(const struct archive *a)
{
	const struct entry *e = NULL;
	enum status status;

	status = archive_find_twice(a, ENTRY_ID, &e);
	if (!status && e)
		status = twice(a, e, "its id is there twice");
	if (!status)
		status = archive_find_twice(a, ENTRY_NAME, &e);
	if (!status && e)
		status = twice(a, e, "its name is there twice");
	return status;
}

enum status parse_archive(struct archive *a)
{
	unsigned char *table = NULL;
	uint64_t count = 0;
	enum status status;

	status = parse_header(a, &count);
	if (!status)
		status = check_table_place(a, count);
	if (status)
		return status;
	table = malloc(a->table_size + 1);
	if (!table)
		return fail_memory();
	status = read_at(a, a->table_offset, table, a->table_size);
	if (!status)
		status = parse_table(a, table, count);
	free(table);
	return status ? status : check_unique(a);
}
