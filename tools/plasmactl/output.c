// SPDX-License-Identifier: GPL-2.0-only
/* Answers on stdout: tables for people, JSON for programs, both by libsmartcols. */

#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "plasmactl.h"

/**
 * struct answer - an answer being made
 * @table: what libsmartcols prints
 * @line: its last line
 * @columns: the members of a record
 * @count: how many
 * @at: the next one
 * @records: records so far
 * @vertical: one line per member
 * @failed: memory ran out; asked once, at the end
 */
struct answer {
	struct libscols_table *table;
	struct libscols_line *line;
	const struct column *columns;
	size_t count;
	size_t at;
	size_t records;
	bool vertical;
	bool failed;
};

const char *format_size(char text[SIZE_TEXT], uint64_t size)
{
	static const char units[] = "BKMGTPE";
	size_t unit = 0;
	uint64_t tenths;

	if (options.exact) {
		snprintf(text, SIZE_TEXT, "%" PRIu64, size);
		return text;
	}
	while (unit < 6 && size >> (10 * (unit + 1)))
		unit++;
	if (unit == 0) {
		snprintf(text, SIZE_TEXT, "%" PRIu64 "B", size);
		return text;
	}
	/* Down to one decimal, so that what is said to fit does fit. */
	tenths = (size >> (10 * (unit - 1))) * 10 >> 10;
	if (tenths % 10)
		snprintf(text, SIZE_TEXT, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10,
			 tenths % 10, units[unit]);
	else
		snprintf(text, SIZE_TEXT, "%" PRIu64 "%c", tenths / 10, units[unit]);
	return text;
}

static int json_type(enum column_type type)
{
	switch (type) {
	case COLUMN_NUMBER:
	case COLUMN_SIZE:
		return SCOLS_JSON_NUMBER;
	case COLUMN_BOOL:
		return SCOLS_JSON_BOOLEAN;
	case COLUMN_TEXT:
		break;
	}
	return SCOLS_JSON_STRING;
}

static void add_column(struct answer *a, const char *name, int flags, int type)
{
	struct libscols_column *c = scols_table_new_column(a->table, name, 0, flags);

	if (!c || scols_column_set_json_type(c, type))
		a->failed = true;
}

static bool shown(const struct column *c)
{
	return options.json || c->title;
}

static void add_columns(struct answer *a)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		const struct column *c = &a->columns[i];
		bool number = c->type == COLUMN_NUMBER || c->type == COLUMN_SIZE;

		if (shown(c))
			add_column(a, options.json ? c->key : c->title,
				   number ? SCOLS_FL_RIGHT : 0, json_type(c->type));
	}
}

struct answer *answer_new(const char *name, const struct column *columns, size_t count)
{
	struct answer *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->columns = columns;
	a->count = count;
	a->table = scols_new_table();
	if (!a->table) {
		free(a);
		return NULL;
	}
	if (options.json) {
		scols_table_enable_json(a->table, 1);
		scols_table_set_name(a->table, name);
	}
	add_columns(a);
	return a;
}

void answer_set_vertical(struct answer *a)
{
	if (options.json)
		return;
	a->vertical = true;
	scols_table_remove_columns(a->table);
	scols_table_enable_noheadings(a->table, 1);
	add_column(a, "KEY", 0, SCOLS_JSON_STRING);
	add_column(a, "VALUE", 0, SCOLS_JSON_STRING);
}

static struct libscols_line *new_line(struct answer *a)
{
	struct libscols_line *line = scols_table_new_line(a->table, NULL);

	if (!line)
		a->failed = true;
	return line;
}

void answer_record(struct answer *a)
{
	a->at = 0;
	if (!a->vertical)
		a->line = new_line(a);
	else if (a->records)
		new_line(a);
	a->records++;
}

/* Which column of the table the one at @at has become. */
static size_t table_index(const struct answer *a)
{
	size_t i, index = 0;

	for (i = 0; i < a->at; i++)
		index += shown(&a->columns[i]);
	return index;
}

static void set(struct answer *a, size_t index, const char *text)
{
	if (!a->line || scols_line_set_data(a->line, index, text))
		a->failed = true;
}

void answer_text(struct answer *a, const char *text)
{
	const struct column *c = &a->columns[a->at];

	if (shown(c) && a->vertical) {
		a->line = new_line(a);
		set(a, 0, c->title);
		set(a, 1, text);
	} else if (shown(c)) {
		set(a, table_index(a), text);
	}
	a->at++;
}

/* Bytes of a valid UTF-8 sequence at @s, 0 if there is none. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int code;
	size_t n, i;

	if (s[0] < 0x80)
		return 1;
	n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
	if (n == 0 || s[0] > 0xf4 || n > left)
		return 0;
	code = s[0] & (0xffU >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return n;
}

bool utf8_valid(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	size_t n;

	while (length) {
		n = utf8_length(at, length);
		if (!n)
			return false;
		at += n;
		length -= n;
	}
	return true;
}

/* Names may be any bytes, JSON has only characters: U+FFFD stands for what is none. */
void answer_bytes(struct answer *a, const void *bytes, size_t length)
{
	const unsigned char *from = bytes;
	char *text = malloc(3 * length + 1), *to = text;

	if (!text) {
		a->failed = true;
		return;
	}
	while (length) {
		size_t n = utf8_length(from, length);

		if (n || !options.json) {
			n = n ? n : 1;
			memcpy(to, from, n);
			to += n;
		} else {
			n = 1;
			memcpy(to, "\xef\xbf\xbd", 3);
			to += 3;
		}
		from += n;
		length -= n;
	}
	*to = '\0';
	answer_text(a, text);
	free(text);
}

void answer_number(struct answer *a, uint64_t number)
{
	char text[SIZE_TEXT];

	if (a->columns[a->at].type == COLUMN_SIZE && !options.json)
		format_size(text, number);
	else
		snprintf(text, sizeof(text), "%" PRIu64, number);
	answer_text(a, text);
}

void answer_number_as(struct answer *a, uint64_t number, const char *text)
{
	if (options.json)
		answer_number(a, number);
	else
		answer_text(a, text);
}

void answer_bool(struct answer *a, bool value)
{
	if (options.json)
		answer_text(a, value ? "1" : "0");
	else
		answer_text(a, value ? "yes" : "no");
}

/* null in JSON. */
void answer_none(struct answer *a)
{
	answer_text(a, options.json ? NULL : "-");
}

enum status answer_print(struct answer *a)
{
	enum status status = OK;

	if (a->failed)
		status = fail_memory();
	else if ((a->records || options.json) && scols_print_table(a->table) && !ferror(stdout))
		status = fail_memory();
	scols_unref_table(a->table);
	free(a);
	return status;
}

static enum status output_failed(void)
{
	if (errno == EPIPE)
		return FAILED;
	return fail_file(errno ? errno : EIO, "write", "standard output");
}

enum status output_flush(void)
{
	static enum status reported;

	errno = 0;
	if (!reported && (fflush(stdout) || ferror(stdout)))
		reported = output_failed();
	return reported;
}

enum status output_finish(void)
{
	enum status status = output_flush();

	/* Some file systems say only now that they have no room. */
	if (!status && close(STDOUT_FILENO))
		status = output_failed();
	return status;
}
