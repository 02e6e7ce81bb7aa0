// SPDX-License-Identifier: GPL-2.0-only
/* ls: the objects of a namespace. */

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "plasmactl.h"

#define PAGE 64

/**
 * struct listing - the objects found
 * @infos: they
 * @count: how many
 * @room: how many fit at @infos
 */
struct listing {
	struct plasma_object_info *infos;
	size_t count;
	size_t room;
};

static bool make_room(struct listing *l)
{
	struct plasma_object_info *infos;
	size_t room = l->room ? 2 * l->room : 4 * PAGE;

	if (l->count + PAGE <= l->room)
		return true;
	infos = reallocarray(l->infos, room, sizeof(*infos));
	if (!infos)
		return false;
	l->infos = infos;
	l->room = room;
	return true;
}

static bool matches(const struct plasma_object_info *info, const char *pattern)
{
	char hex[PLASMA_ID_HEX_SIZE], name[PLASMA_NAME_MAX + 1] = "";
	struct plasma_id id;

	memcpy(id.bytes, info->id, sizeof(id.bytes));
	plasma_id_to_hex(&id, hex);
	if (fnmatch(pattern, hex, 0) == 0)
		return true;
	if (!info->name_len || info->name_len > PLASMA_NAME_MAX)
		return false;
	memcpy(name, info->name, info->name_len);
	return fnmatch(pattern, name, 0) == 0;
}

/* Drops what does not match from the @added last ones. */
static void filter(struct listing *l, size_t added, const char *pattern)
{
	size_t from = l->count, to = from, end = from + added;

	for (; from < end; from++)
		if (!pattern || matches(&l->infos[from], pattern))
			l->infos[to++] = l->infos[from];
	l->count = to;
}

/* Where the pattern begins as no id does, the kernel need list only such names. */
static size_t name_prefix(const char *pattern)
{
	size_t plain = pattern ? strcspn(pattern, "*?[\\") : 0;

	return plain && strspn(pattern, "0123456789abcdef") < plain ? plain : 0;
}

static enum status collect(struct plasma *p, struct listing *l, const char *pattern)
{
	size_t prefix = name_prefix(pattern);
	struct plasma_page page = {
		.entry_size = sizeof(*l->infos),
		.count = PAGE,
	};
	int n;

	while (page.cursor != PLASMA_CURSOR_END) {
		if (!make_room(l))
			return fail_memory();
		page.entries = l->infos + l->count;
		n = plasma_list(p, prefix ? PLASMA_LIST_BY_NAME : 0, pattern, prefix, &page);
		if (n < 0)
			return fail_store(n, "list namespace", options.ns);
		filter(l, (size_t)n, pattern);
	}
	return OK;
}

/* By name; those without one last, by id. */
static int compare(const void *a, const void *b)
{
	const struct plasma_object_info *x = a, *y = b;
	int order;

	if (!x->name_len != !y->name_len)
		return x->name_len ? -1 : 1;
	order = memcmp(x->name, y->name, sizeof(x->name));
	return order ? order : memcmp(x->id, y->id, sizeof(x->id));
}

static enum status run(int count, char **operands)
{
	struct listing l = { 0 };
	enum status status;
	struct plasma *p;

	status = store_open(&p, 0);
	if (status)
		return status;
	status = collect(p, &l, count ? operands[0] : NULL);
	plasma_close(p);
	if (!status) {
		if (l.count)
			qsort(l.infos, l.count, sizeof(*l.infos), compare);
		status = objects_answer(l.infos, l.count);
	}
	free(l.infos);
	return status;
}

const struct verb verb_ls = {
	.name = "ls",
	.operands = "[PATTERN]",
	.accepts = "",
	.min = 0,
	.max = 1,
	.summary = "list objects",
	.help = "Lists the objects of the namespace, or those whose name or id matches PATTERN, in\n"
		"which * ? and [...] stand for others as in the shell. Sorted by name.",
	.run = run,
};
