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
