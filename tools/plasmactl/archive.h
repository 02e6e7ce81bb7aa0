/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include "plasmactl.h"

/*
 * A dump: a header, what the objects hold, and a table of them. The format is described in
 * plasmactl(1); all numbers in it are little-endian.
 */
#define ARCHIVE_VERSION		1
#define ARCHIVE_HEADER_SIZE	64
#define ARCHIVE_ENTRY_SIZE	88
/* Larger tables are refused: they are read into memory. */
#define ARCHIVE_TABLE_MAX	(1ULL << 30)

/* Flags of entries. */
#define ENTRY_KEEP		(1U << 0)
#define ENTRY_ZSTD		(1U << 1)

/**
 * struct entry - an object in a dump
 * @id: its id
 * @flags: %ENTRY_KEEP, %ENTRY_ZSTD
 * @offset: where in the file it begins
 * @stored_size: bytes there
 * @data_size: bytes of data
 * @metadata_size: bytes of metadata
 * @stored_hash: XXH64 of the bytes in the file
 * @content_hash: XXH64 of the metadata and then the data
 * @create_time_ns: when it was created
 * @name: its name, NULL for none
 */
struct entry {
	struct plasma_id id;
	uint32_t flags;
	uint64_t offset;
	uint64_t stored_size;
	uint64_t data_size;
	uint64_t metadata_size;
	uint64_t stored_hash;
	uint64_t content_hash;
	uint64_t create_time_ns;
	char *name;
};

/**
 * struct archive - a dump that is read or written
 * @path: what to call it
 * @entries: its table
 * @count: entries in it
 * @room: how many fit
 * @fd: of one that is read
 * @file_size: bytes in the file
 * @table_offset: where the table begins
 * @table_size: bytes in it
 * @table_hash: XXH64 of it
 */
struct archive {
	const char *path;
	struct entry *entries;
	size_t count;
	size_t room;
	int fd;
	uint64_t file_size;
	uint64_t table_offset;
	uint64_t table_size;
	uint64_t table_hash;
};

/* archive.c: the table in memory */
/* A new entry at the end, all zero; NULL without memory. */
struct entry *archive_add(struct archive *a);
void archive_free(struct archive *a);
/* What no two entries have the same of; a name of none is not compared. */
enum entry_key {
	ENTRY_ID,
	ENTRY_NAME,
};

/* An entry that has the same as another, NULL if there is none. */
enum status archive_find_twice(const struct archive *a, enum entry_key key,
			       const struct entry **twice);
/* Keeps one entry of each id. */
enum status archive_drop_twice(struct archive *a);
/* The file of a namespace if @path is a directory, else @path; to be freed. */
char *archive_path(const char *path, const char *ns);
#define ENTRY_LABEL 320
/* "entry 3 (NAME or id)", for messages. */
const char *entry_label(const struct archive *a, const struct entry *e,
			char text[ENTRY_LABEL]);

/* format.c: the header and the table in the file */
/* Makes the table; to be freed. */
unsigned char *format_table(struct archive *a);
void format_header(const struct archive *a, unsigned char header[ARCHIVE_HEADER_SIZE]);
/* Reads both and believes nothing. */
enum status parse_archive(struct archive *a);

/* payload.c: what an object holds, in the file */
struct payload;
/* @compressed: for ENTRY_ZSTD. NULL without memory. */
struct payload *payload_new(bool compressed);
void payload_free(struct payload *pl);
/* Writes it, and says in @e where and what. */
enum status payload_write(struct payload *pl, struct file *file, struct entry *e,
			  const struct plasma_buffer *buf);
void payload_begin(struct payload *pl, const struct archive *a, const struct entry *e);
/* The next @size bytes of the content. */
enum status payload_read(struct payload *pl, void *to, size_t size);
/* That was all, and it was what was written. */
enum status payload_end(struct payload *pl);

#endif
