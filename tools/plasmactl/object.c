// SPDX-License-Identifier: GPL-2.0-only
/* Objects in answers: ls, stat, put. */

#include <stdio.h>
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
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

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

static void answer_object(struct answer *a, const struct plasma_object_info *info,
			  bool vertical)
{
	char hex[PLASMA_ID_HEX_SIZE], time[SIZE_TEXT];
	struct plasma_id id;

	memcpy(id.bytes, info->id, sizeof(id.bytes));
	plasma_id_to_hex(&id, hex);
	answer_record(a);
	answer_text(a, hex);
	answer_number(a, info->data_size);
	answer_number(a, info->metadata_size);
	answer_number(a, info->pages);
	answer_text(a, info->state == PLASMA_STATE_SEALED ? "sealed" : "created");
	answer_number(a, info->refs);
	answer_number_as(a, info->create_time_ns,
			 vertical ? format_date(time, info->create_time_ns)
				  : format_age(time, info->create_time_ns));
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

enum status objects_answer(const struct plasma_object_info *infos, size_t count,
			   bool vertical)
{
	struct answer *a = answer_new("objects", vertical ? columns_vertical : columns,
				      COLUMNS);
	size_t i;

	if (!a)
		return fail_memory();
	if (vertical)
		answer_set_vertical(a);
	for (i = 0; i < count; i++)
		answer_object(a, &infos[i], vertical);
	return answer_print(a);
}
