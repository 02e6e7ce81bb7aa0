// SPDX-License-Identifier: GPL-2.0-only
/* Objects in answers: ls, stat, put. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "plasmactl.h"

static const struct column columns[] = {
	{ "id", "ID", COLUMN_TEXT },
	{ "data_size", "SIZE", COLUMN_SIZE },
	{ "metadata_size", "META", COLUMN_SIZE },
	{ "pages", NULL, COLUMN_NUMBER },
	{ "state", "STATE", COLUMN_TEXT },
	{ "refs", "REFS", COLUMN_NUMBER },
	{ "create_time_ns", "AGE", COLUMN_NUMBER },
	{ "construct_ns", NULL, COLUMN_NUMBER },
	{ "creator_pid", NULL, COLUMN_NUMBER },
	{ "creator_uid", NULL, COLUMN_NUMBER },
	{ "keep", NULL, COLUMN_BOOL },
	{ "delete_pending", NULL, COLUMN_BOOL },
	{ "name", "NAME", COLUMN_TEXT },
};

static const struct column columns_vertical[] = {
	{ "id", "Id:", COLUMN_TEXT },
	{ "data_size", "Data:", COLUMN_SIZE },
	{ "metadata_size", "Metadata:", COLUMN_SIZE },
	{ "pages", "Pages:", COLUMN_NUMBER },
	{ "state", "State:", COLUMN_TEXT },
	{ "refs", "Held by clients:", COLUMN_NUMBER },
	{ "create_time_ns", "Created:", COLUMN_NUMBER },
	{ "construct_ns", "Written in:", COLUMN_NUMBER },
	{ "creator_pid", "Creator's pid:", COLUMN_NUMBER },
	{ "creator_uid", "Creator's uid:", COLUMN_NUMBER },
	{ "keep", "Never evicted:", COLUMN_BOOL },
	{ "delete_pending", "Being deleted:", COLUMN_BOOL },
	{ "name", "Name:", COLUMN_TEXT },
	{ "metadata_hex", "In hex:", COLUMN_TEXT },
	{ "metadata_text", "As text:", COLUMN_TEXT },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* So many bytes of metadata are shown in tables. */
#define METADATA_SHOWN 64

static const char *format_age(char text[SIZE_TEXT], uint64_t create_ns)
{
	struct timespec now;
	long long age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = (long long)now.tv_sec - (long long)(create_ns / 1000000000);
	if (age < 0)
		age = 0;
	if (age < 100)
		snprintf(text, SIZE_TEXT, "%llds", age);
	else if (age < 100 * 60)
		snprintf(text, SIZE_TEXT, "%lldm", age / 60);
	else if (age < 48 * 3600)
		snprintf(text, SIZE_TEXT, "%lldh", age / 3600);
	else
		snprintf(text, SIZE_TEXT, "%lldd", age / 86400);
	return text;
}

static const char *format_date(char text[SIZE_TEXT], uint64_t create_ns)
{
	time_t seconds = (time_t)(create_ns / 1000000000);
	struct tm tm;

	if (!localtime_r(&seconds, &tm) ||
	    !strftime(text, SIZE_TEXT, "%Y-%m-%d %H:%M:%S %z", &tm))
		snprintf(text, SIZE_TEXT, "?");
	return text;
}

static void answer_construct(struct answer *a, uint64_t ns)
{
	char text[SIZE_TEXT];

	if (ns == ~0ULL) {
		answer_none(a);
		return;
	}
	snprintf(text, sizeof(text), "%.6f s", (double)ns / 1e9);
	answer_number_as(a, ns, text);
}

static const char *state_of(const struct plasma_object_info *info)
{
	switch (info->state) {
	case PLASMA_STATE_SEALED:
		return "sealed";
	case PLASMA_STATE_EVICTED:
		return "evicted";
	}
	return "created";
}

static void answer_time(struct answer *a, uint64_t ns, bool vertical)
{
	char text[SIZE_TEXT];

	if (!ns)
		answer_none(a);
	else
		answer_number_as(a, ns, vertical ? format_date(text, ns)
						 : format_age(text, ns));
}

static void answer_hex(struct answer *a, const unsigned char *bytes, size_t length, bool cut)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * length + sizeof("...")), *to = text;
	size_t i;

	if (!text) {
		answer_text(a, NULL);
		return;
	}
	for (i = 0; i < length; i++) {
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 15];
	}
	strcpy(to, cut ? "..." : "");
	answer_text(a, text);
	free(text);
}

/* Without control characters: those of C1 have two bytes. */
static bool is_text(const unsigned char *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (bytes[i] < ' ' || bytes[i] == 0x7f ||
		    (bytes[i] == 0xc2 && i + 1 < length && bytes[i + 1] < 0xa0))
			return false;
	return utf8_valid(bytes, length);
}

static void answer_metadata(struct answer *a, const struct known *known)
{
	const unsigned char *metadata = known->metadata;
	size_t size = known->info.metadata_size, shown = size;

	if (!size) {
		answer_none(a);
		answer_none(a);
		return;
	}
	if (!options.json && size > METADATA_SHOWN)
		shown = METADATA_SHOWN;
	answer_hex(a, metadata, shown, shown < size);
	if (is_text(metadata, size) && shown == size)
		answer_bytes(a, metadata, size);
	else
		answer_none(a);
}

static void answer_object(struct answer *a, const struct plasma_object_info *info,
			  bool vertical)
{
	char hex[PLASMA_ID_HEX_SIZE];
	struct plasma_id id;

	memcpy(id.bytes, info->id, sizeof(id.bytes));
	plasma_id_to_hex(&id, hex);
	answer_record(a);
	answer_text(a, hex);
	answer_number(a, info->data_size);
	answer_number(a, info->metadata_size);
	answer_number(a, info->pages);
	answer_text(a, state_of(info));
	answer_number(a, info->refs);
	answer_time(a, info->create_time_ns, vertical);
	answer_construct(a, info->construct_ns);
	answer_number(a, info->creator_pid > 0 ? (uint64_t)info->creator_pid : 0);
	answer_number(a, info->creator_uid);
	answer_bool(a, info->flags & PLASMA_OBJECT_KEEP);
	answer_bool(a, info->flags & PLASMA_OBJECT_DELETE_PENDING);
	if (info->name_len)
		answer_bytes(a, info->name, info->name_len);
	else
		answer_none(a);
}

enum status objects_answer(const struct plasma_object_info *infos, size_t count)
{
	struct answer *a = answer_new("objects", columns, COUNT(columns));
	size_t i;

	if (!a)
		return fail_memory();
	for (i = 0; i < count; i++)
		answer_object(a, &infos[i], false);
	return answer_print(a);
}

enum status objects_answer_all(const struct known *known, size_t count)
{
	struct answer *a = answer_new("objects", columns_vertical, COUNT(columns_vertical));
	size_t i;

	if (!a)
		return fail_memory();
	answer_set_vertical(a);
	for (i = 0; i < count; i++) {
		answer_object(a, &known[i].info, true);
		answer_metadata(a, &known[i]);
	}
	return answer_print(a);
}
