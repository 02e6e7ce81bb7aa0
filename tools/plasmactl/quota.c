// SPDX-License-Identifier: GPL-2.0-only
/* quota: the parts of a namespace's capacity. */

#include <errno.h>
#include <stdlib.h>
#include "plasmactl.h"

#define FIRST 64

static const struct column columns[] = {
	{ "name", "NAME", COLUMN_TEXT },
	{ "capacity", "CAPACITY", COLUMN_SIZE },
	{ "used", "USED", COLUMN_SIZE },
	{ "evictable", "EVICTABLE", COLUMN_SIZE },
	{ "objects", "OBJECTS", COLUMN_NUMBER },
	{ "evictions", "EVICTIONS", COLUMN_NUMBER },
	{ "evicted_bytes", "EVICTED", COLUMN_SIZE },
};

static void answer_quota(struct answer *a, const struct plasma_quota_info *info)
{
	answer_record(a);
	if (info->name_len)
		answer_bytes(a, info->name, info->name_len);
	else
		answer_none(a);
	answer_number(a, info->capacity);
	answer_number(a, info->used);
	answer_number(a, info->evictable);
	answer_number(a, info->objects);
	answer_number(a, info->evictions);
	answer_number(a, info->evicted_bytes);
}

/* All there are: quotas may come while they are read. */
static int collect(struct plasma *p, struct plasma_quota_info **infos)
{
	size_t room = FIRST;
	int count;

	*infos = NULL;
	for (;;) {
		struct plasma_quota_info *more = reallocarray(*infos, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		*infos = more;
		count = plasma_quota_list(p, *infos, sizeof(**infos), room);
		if (count < 0 || (size_t)count <= room)
			return count;
		room = (size_t)count;
	}
}

static enum status print(const struct plasma_quota_info *infos, int count)
{
	struct answer *a = answer_new("quotas", columns,
				      sizeof(columns) / sizeof(columns[0]));
	int i;

	if (!a)
		return fail_memory();
	for (i = 0; i < count; i++)
		answer_quota(a, &infos[i]);
	return answer_print(a);
}

static enum status run_ls(int count, char **operands)
{
	struct plasma_quota_info *infos;
	enum status status;
	struct plasma *p;
	int found;

	(void)count;
	(void)operands;
	status = store_open(&p, 0);
	if (status)
		return status;
	found = collect(p, &infos);
	plasma_close(p);
	status = found < 0 ? fail_store(found, "list quotas of namespace", options.ns)
			   : print(infos, found);
	free(infos);
	return status;
}

static const struct verb verbs[] = {
	{
		.name = "ls",
		.operands = "",
		.accepts = "",
		.min = 0,
		.max = 0,
		.summary = "list the parts of the capacity",
		.help = "Lists the common part of the namespace's capacity, which has no name, and then\n"
			"the quotas of its clients. EVICTABLE and OBJECTS are what may be evicted.",
		.run = run_ls,
	},
	{ 0 }
};

const struct verb verb_quota = {
	.name = "quota",
	.operands = "ls",
	.accepts = "",
	.summary = "show the quotas of a namespace",
	.help = "A quota is a part of the capacity that is set apart for what one client makes.\n"
		"Programs set their own, by plasma_quota_set() of the library.",
	.verbs = verbs,
};
