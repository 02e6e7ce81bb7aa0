// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Namespaces, by name. */

#include "internal.h"

static bool reserved_used(const struct plasma_ns_options *options)
{
	static const uint32_t zero[sizeof(options->reserved) / sizeof(uint32_t)];

	return memcmp(options->reserved, zero, sizeof(zero)) != 0;
}

/* NULL stands for the namespace of the handle. */
static int name_of(const struct plasma *p, const char **name)
{
	if (*name)
		return 0;
	if (p->flags & PLASMA_OPEN_STORE)
		return -EBADF;
	*name = p->name;
	return 0;
}

int plasma_ns_create(struct plasma *p, const char *name,
		     const struct plasma_ns_options *options)
{
	struct plasma_ns_create arg = {
		.name_ptr = user_pointer(name),
		.name_len = length32(strlen(name)),
		.flags = options->flags,
		.mode = options->mode,
		.evict_percent = options->evict_percent,
		.capacity = options->capacity,
	};
	struct client *c;
	int err;

	if (reserved_used(options))
		return -EINVAL;
	err = client_get(p, &c);
	return err ? err : client_ioctl(c, PLASMA_IOC_NS_CREATE, &arg);
}

int plasma_ns_remove(struct plasma *p, const char *name, uint32_t flags)
{
	struct plasma_ns_remove arg = {
		.name_ptr = user_pointer(name),
		.name_len = length32(strlen(name)),
		.flags = flags,
	};
	struct client *c;
	int err = client_get(p, &c);

	return err ? err : client_ioctl(c, PLASMA_IOC_NS_REMOVE, &arg);
}

int plasma_ns_list(struct plasma *p, struct plasma_page *page)
{
	struct plasma_ns_list arg = {
		.entries_ptr = user_pointer(page->entries),
		.entry_size = length32(page->entry_size),
		.cursor = page->cursor,
	};
	struct client *c;
	int err;

	err = client_get(p, &c);
	if (err)
		return err;
	arg.count = page->count < c->batch_max ? (uint32_t)page->count : c->batch_max;
	err = client_ioctl(c, PLASMA_IOC_NS_LIST, &arg);
	if (err)
		return err;
	page->cursor = arg.cursor;
	return (int)arg.out_count;
}

int plasma_ns_stat(struct plasma *p, const char *name, struct plasma_ns_info *info,
		   size_t size)
{
	struct plasma_ns_stat arg = {
		.info_ptr = user_pointer(info),
		.info_size = length32(size),
	};
	struct client *c;
	int err;

	err = name_of(p, &name);
	if (!err)
		err = client_get(p, &c);
	if (err)
		return err;
	arg.name_ptr = user_pointer(name);
	arg.name_len = length32(strlen(name));
	return client_ioctl(c, PLASMA_IOC_NS_STAT, &arg);
}

int plasma_ns_set(struct plasma *p, const char *name,
		  const struct plasma_ns_options *options)
{
	struct plasma_ns_set arg = {
		.flags = options->flags,
		.capacity = options->capacity,
		.mode = options->mode,
		.evict_percent = options->evict_percent,
		.uid = options->uid,
		.gid = options->gid,
	};
	struct client *c;
	int err;

	if (reserved_used(options))
		return -EINVAL;
	err = name_of(p, &name);
	if (!err)
		err = client_get(p, &c);
	if (err)
		return err;
	arg.name_ptr = user_pointer(name);
	arg.name_len = length32(strlen(name));
	return client_ioctl(c, PLASMA_IOC_NS_SET, &arg);
}
