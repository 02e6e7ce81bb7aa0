// SPDX-License-Identifier: GPL-2.0-only
/* ns: namespaces. */

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plasmactl.h"

#define PAGE 64

static const struct column columns[] = {
	{ "name", "NAME", COLUMN_TEXT },
	{ "capacity", "CAPACITY", COLUMN_SIZE },
	{ "used", "USED", COLUMN_SIZE },
	{ "pages", NULL, COLUMN_NUMBER },
	{ "objects", "OBJECTS", COLUMN_NUMBER },
	{ "sealed", NULL, COLUMN_NUMBER },
	{ "in_use", "IN USE", COLUMN_NUMBER },
	{ "names", NULL, COLUMN_NUMBER },
	{ "clients", "CLIENTS", COLUMN_NUMBER },
	{ "waiters", NULL, COLUMN_NUMBER },
	{ "evictions", NULL, COLUMN_NUMBER },
	{ "evicted_bytes", NULL, COLUMN_SIZE },
	{ "evict_percent", NULL, COLUMN_NUMBER },
	{ "ephemeral", NULL, COLUMN_BOOL },
	{ "reclaim", NULL, COLUMN_BOOL },
	{ "mode", "MODE", COLUMN_TEXT },
	{ "uid", "UID", COLUMN_NUMBER },
	{ "gid", "GID", COLUMN_NUMBER },
	{ "access", "ACCESS", COLUMN_TEXT },
};

static const struct column columns_vertical[] = {
	{ "name", "Name:", COLUMN_TEXT },
	{ "capacity", "Capacity:", COLUMN_SIZE },
	{ "used", "Used:", COLUMN_SIZE },
	{ "pages", "Pages:", COLUMN_NUMBER },
	{ "objects", "Objects:", COLUMN_NUMBER },
	{ "sealed", "Sealed:", COLUMN_NUMBER },
	{ "in_use", "In use:", COLUMN_NUMBER },
	{ "names", "Names:", COLUMN_NUMBER },
	{ "clients", "Clients:", COLUMN_NUMBER },
	{ "waiters", "Waiting gets:", COLUMN_NUMBER },
	{ "evictions", "Evicted objects:", COLUMN_NUMBER },
	{ "evicted_bytes", "Evicted:", COLUMN_SIZE },
	{ "evict_percent", "Evict at least:", COLUMN_NUMBER },
	{ "ephemeral", "Ephemeral:", COLUMN_BOOL },
	{ "reclaim", "Reclaimable:", COLUMN_BOOL },
	{ "mode", "Mode:", COLUMN_TEXT },
	{ "uid", "Owner:", COLUMN_NUMBER },
	{ "gid", "Group:", COLUMN_NUMBER },
	{ "access", "You may:", COLUMN_TEXT },
};

static void answer_ns(struct answer *a, const struct plasma_ns_info *info)
{
	static const char *const access[] = { "", "r", "w", "rw" };
	char percent[SIZE_TEXT], mode[SIZE_TEXT];

	snprintf(percent, sizeof(percent), "%u%%", info->evict_percent);
	snprintf(mode, sizeof(mode), "%04o", info->mode);
	answer_record(a);
	answer_bytes(a, info->name, info->name_len);
	answer_number(a, info->capacity);
	answer_number(a, info->used);
	answer_number(a, info->pages);
	answer_number(a, info->objects);
	answer_number(a, info->sealed);
	answer_number(a, info->in_use);
	answer_number(a, info->names);
	answer_number(a, info->clients);
	answer_number(a, info->waiters);
	answer_number(a, info->evictions);
	answer_number(a, info->evicted_bytes);
	answer_number_as(a, info->evict_percent, percent);
	answer_bool(a, info->flags & PLASMA_NS_EPHEMERAL);
	answer_bool(a, info->flags & PLASMA_NS_RECLAIM);
	answer_text(a, mode);
	answer_number(a, info->uid);
	answer_number(a, info->gid);
	answer_text(a, access[info->access & 3]);
}

static struct answer *answer_namespaces(bool vertical)
{
	struct answer *a = answer_new("namespaces", vertical ? columns_vertical : columns,
				      sizeof(columns) / sizeof(columns[0]));

	if (a && vertical)
		answer_set_vertical(a);
	return a;
}

/* What the errors mean where a namespace is at stake. */
static enum status fail_ns(int err, const char *what, const char *name)
{
	switch (err) {
	case -ENOENT:
		return fail(NOT_FOUND, "%s %s: there is no such namespace; see: plasmactl ns ls",
			    what, name);
	case -EEXIST:
		return fail(FAILED, "%s %s: it exists; use it, or change it: plasmactl ns set",
			    what, name);
	case -EBUSY:
		return fail(FAILED, "%s %s: it is in use; wait for its users, or use --force",
			    what, name);
	case -EPERM:
		return fail(DENIED, "%s %s: only its owner may, and nobody may remove 'default'; become its owner or root",
			    what, name);
	case -ENOSPC:
		return fail(FULL, "%s %s: what may not be evicted is larger; remove objects, or choose a larger capacity",
			    what, name);
	}
	return fail_store(err, what, name);
}

static enum status open_store(struct plasma **p)
{
	return store_open(p, PLASMA_OPEN_STORE);
}

static enum status run_create(int count, char **operands)
{
	struct plasma_ns_options o = options.ns_options;
	enum status status;
	struct plasma *p;
	int err;

	(void)count;
	if (!(o.flags & PLASMA_NS_SET_MODE))
		o.mode = 0660;
	o.flags = options.reclaim ? PLASMA_NS_RECLAIM : 0;
	status = open_store(&p);
	if (status)
		return status;
	err = plasma_ns_create(p, operands[0], &o);
	plasma_close(p);
	return err ? fail_ns(err, "ns create", operands[0]) : OK;
}

static enum status run_ls(int count, char **operands)
{
	static struct plasma_ns_info infos[PAGE];
	struct plasma_page page = {
		.entries = infos,
		.entry_size = sizeof(infos[0]),
		.count = PAGE,
	};
	enum status status;
	struct answer *a;
	struct plasma *p;
	int n = 0, i;

	(void)count;
	(void)operands;
	status = open_store(&p);
	if (status)
		return status;
	a = answer_namespaces(false);
	while (a && page.cursor != PLASMA_CURSOR_END && n >= 0) {
		n = plasma_ns_list(p, &page);
		for (i = 0; i < n; i++)
			answer_ns(a, &infos[i]);
	}
	plasma_close(p);
	if (n < 0)
		return fail_store(n, "list", "namespaces");
	return a ? answer_print(a) : fail_memory();
}

static enum status run_rm(int count, char **operands)
{
	enum status status, one;
	struct plasma *p;
	int i, err;

	status = open_store(&p);
	if (status)
		return status;
	for (i = 0; i < count; i++) {
		err = plasma_ns_remove(p, operands[i],
				       options.force ? PLASMA_NS_REMOVE_FORCE : 0);
		one = err ? fail_ns(err, "ns rm", operands[i]) : OK;
		status = status ? status : one;
	}
	plasma_close(p);
	return status;
}

static enum status run_stat(int count, char **operands)
{
	struct plasma_ns_info info;
	enum status status, one;
	int i, err, found = 0;
	struct answer *a;
	struct plasma *p;

	status = open_store(&p);
	if (status)
		return status;
	a = answer_namespaces(true);
	for (i = 0; a && i < (count ? count : 1); i++) {
		const char *name = count ? operands[i] : options.ns;

		err = plasma_ns_stat(p, name, &info, sizeof(info));
		one = err ? fail_ns(err, "ns stat", name) : OK;
		status = status ? status : one;
		if (!err) {
			answer_ns(a, &info);
			found++;
		}
	}
	plasma_close(p);
	if (!a)
		return fail_memory();
	if (!found)
		return status;
	one = answer_print(a);
	return status ? status : one;
}

static bool number(const char *text, uint32_t *value)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (!isdigit((unsigned char)text[0]) || *end || n >= UINT32_MAX)
		return false;
	*value = (uint32_t)n;
	return true;
}

static bool user(const char *text, uint32_t *uid)
{
	struct passwd *entry = getpwnam(text);

	if (!entry)
		return number(text, uid);
	*uid = entry->pw_uid;
	return true;
}

static bool group(const char *text, uint32_t *gid)
{
	struct group *entry = getgrnam(text);

	if (!entry)
		return number(text, gid);
	*gid = entry->gr_gid;
	return true;
}

/* USER, USER:GROUP or :GROUP; what is not given stays as it is. */
static enum status set_owner(struct plasma *p, const char *name,
			     struct plasma_ns_options *o)
{
	struct plasma_ns_info info;
	char text[128], *colon;
	int err;

	err = plasma_ns_stat(p, name, &info, sizeof(info));
	if (err)
		return fail_ns(err, "ns set", name);
	o->flags |= PLASMA_NS_SET_OWNER;
	o->uid = info.uid;
	o->gid = info.gid;
	snprintf(text, sizeof(text), "%s", options.owner);
	colon = strchr(text, ':');
	if (colon)
		*colon++ = '\0';
	if ((*text && !user(text, &o->uid)) || (colon && !group(colon, &o->gid)))
		return fail(USAGE, "ns set %s: no such owner: %s; see /etc/passwd and /etc/group",
			    name, options.owner);
	return OK;
}

static enum status run_set(int count, char **operands)
{
	struct plasma_ns_options o = options.ns_options;
	const char *name = operands[0];
	enum status status;
	struct plasma *p;
	int err;

	(void)count;
	if (!o.flags && !options.owner)
		return fail(USAGE, "ns set %s: nothing to set; see: plasmactl ns set --help",
			    name);
	status = open_store(&p);
	if (status)
		return status;
	if (options.owner)
		status = set_owner(p, name, &o);
	if (!status) {
		err = plasma_ns_set(p, name, &o);
		status = err ? fail_ns(err, "ns set", name) : OK;
	}
	plasma_close(p);
	return status;
}

static const struct verb verbs[] = {
	{
		.name = "create",
		.operands = "NAME",
		.accepts = "CMPL",
		.min = 1,
		.max = 1,
		.summary = "make a namespace",
		.help = "Makes a namespace. You become its owner.",
		.run = run_create,
	}, {
		.name = "ls",
		.operands = "",
		.accepts = "",
		.min = 0,
		.max = 0,
		.summary = "list namespaces",
		.help = "Lists the namespaces that you may use.",
		.run = run_ls,
	}, {
		.name = "rm",
		.operands = "NAME...",
		.accepts = "f",
		.min = 1,
		.max = -1,
		.summary = "remove namespaces and their objects",
		.help = "Removes namespaces with all their objects. One with objects in use is refused\n"
			"unless --force is given; what is in use stays readable for its users.",
		.run = run_rm,
	}, {
		.name = "stat",
		.operands = "[NAME...]",
		.accepts = "",
		.min = 0,
		.max = -1,
		.summary = "show all that is known of namespaces",
		.help = "Shows all that is known of the namespaces, or of that of --namespace.",
		.run = run_stat,
	}, {
		.name = "set",
		.operands = "NAME",
		.accepts = "CMPO",
		.min = 1,
		.max = 1,
		.summary = "change a namespace",
		.help = "Changes a namespace; for its owner. Objects are evicted to fit a smaller\n"
			"capacity; where that does not suffice nothing is changed. A mode counts for\n"
			"those who open the namespace from now on.",
		.run = run_set,
	},
	{ 0 }
};

const struct verb verb_ns = {
	.name = "ns",
	.operands = "create|ls|rm|stat|set",
	.accepts = "",
	.summary = "make, list, change and remove namespaces",
	.help = "A namespace is an independent set of objects with an owner, permissions and a\n"
		"capacity. 'default' always exists.",
	.verbs = verbs,
};
