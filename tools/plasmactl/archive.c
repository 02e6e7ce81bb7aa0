// SPDX-License-Identifier: GPL-2.0-only
/* The table of a dump in memory. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "archive.h"

#define FIRST	64
#define SUFFIX	".plasma"

struct entry *archive_add(struct archive *a)
{
	size_t room = a->room ? 2 * a->room : FIRST;
	struct entry *entries, *e;

	if (a->count == a->room) {
		entries = reallocarray(a->entries, room, sizeof(*entries));
		if (!entries)
			return NULL;
		a->entries = entries;
		a->room = room;
	}
	e = &a->entries[a->count++];
	*e = (struct entry){ 0 };
	return e;
}

void archive_free(struct archive *a)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		free(a->entries[i].name);
	free(a->entries);
}

static int compare_ids(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return memcmp((*x)->id.bytes, (*y)->id.bytes, sizeof((*x)->id.bytes));
}

static int compare_names(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	if (!(*x)->name || !(*y)->name)
		return !(*x)->name - !(*y)->name;
	return strcmp((*x)->name, (*y)->name);
}

/* To be freed; NULL without memory. */
static struct entry **sort(const struct archive *a, enum entry_key key)
{
	struct entry **sorted = calloc(a->count + 1, sizeof(*sorted));
	size_t i;

	if (!sorted)
		return NULL;
	for (i = 0; i < a->count; i++)
		sorted[i] = &a->entries[i];
	qsort(sorted, a->count, sizeof(*sorted),
	      key == ENTRY_ID ? compare_ids : compare_names);
	return sorted;
}

static bool same(struct entry **sorted, size_t i, enum entry_key key)
{
	if (key == ENTRY_ID)
		return !compare_ids(&sorted[i - 1], &sorted[i]);
	return sorted[i]->name && !compare_names(&sorted[i - 1], &sorted[i]);
}

enum status archive_find_twice(const struct archive *a, enum entry_key key,
			       const struct entry **twice)
{
	struct entry **sorted = sort(a, key);
	size_t i;

	if (!sorted)
		return fail_memory();
	*twice = NULL;
	for (i = 1; i < a->count && !*twice; i++)
		if (same(sorted, i, key))
			*twice = sorted[i];
	free(sorted);
	return OK;
}

static void remove_marked(struct archive *a, const bool *marked)
{
	size_t from, to = 0;

	for (from = 0; from < a->count; from++) {
		if (marked[from])
			free(a->entries[from].name);
		else
			a->entries[to++] = a->entries[from];
	}
	a->count = to;
}

enum status archive_drop_twice(struct archive *a)
{
	struct entry **sorted = sort(a, ENTRY_ID);
	bool *marked = calloc(a->count + 1, sizeof(*marked));
	size_t i;

	for (i = 1; sorted && marked && i < a->count; i++)
		if (same(sorted, i, ENTRY_ID))
			marked[sorted[i] - a->entries] = true;
	if (sorted && marked)
		remove_marked(a, marked);
	free(sorted);
	free(marked);
	return sorted && marked ? OK : fail_memory();
}

/* Names of namespaces may have bytes that those of files may not. */
static void escape(char *to, const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (*c == '/' || *c == '%' || (*c == '.' && c == name))
			to += sprintf(to, "%%%02X", (unsigned char)*c);
		else
			*to++ = *c;
	*to = '\0';
}

char *archive_path(const char *path, const char *ns)
{
	char name[3 * PLASMA_NAME_MAX + 1], *result;
	struct stat st;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return strdup(path);
	if (strlen(ns) > PLASMA_NAME_MAX)
		ns = "default";
	escape(name, ns);
	return asprintf(&result, "%s/%s" SUFFIX, path, name) < 0 ? NULL : result;
}

const char *entry_label(const struct archive *a, const struct entry *e,
			char text[ENTRY_LABEL])
{
	char hex[PLASMA_ID_HEX_SIZE];

	plasma_id_to_hex(&e->id, hex);
	snprintf(text, ENTRY_LABEL, "entry %zu (%s)", (size_t)(e - a->entries) + 1,
		 e->name ? e->name : hex);
	return text;
}
