// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of namespaces: listing and changing them, and what the store as a whole asks
 * of them.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "plasma.h"

#define PLASMA_NS_PAGE		32	/* namespaces listed at a time */

static void fill_info_locked(struct plasma_namespace *ns, u32 access,
			     struct plasma_ns_info *info)
{
	struct plasma_quota *quota;

	lockdep_assert_held(&plasma_namespaces_lock);
	*info = (struct plasma_ns_info) {
		.flags = (ns->ephemeral ? PLASMA_NS_EPHEMERAL : 0) |
			 (ns->reclaim ? PLASMA_NS_RECLAIM : 0),
		.mode = ns->mode,
		.uid = from_kuid_munged(current_user_ns(), ns->uid),
		.gid = from_kgid_munged(current_user_ns(), ns->gid),
		.access = access,
		.name_len = ns->name_len,
	};
	memcpy(info->name, ns->name, ns->name_len);
	spin_lock(&ns->lock);
	info->evict_percent = ns->evict_percent;
	info->capacity = ns->capacity;
	info->used = ns->used;
	info->pages = ns->pages;
	info->objects = ns->nr_objects;
	info->sealed = ns->nr_sealed;
	info->in_use = ns->nr_in_use + plasma_pins_in_use_locked(ns);
	info->names = ns->nr_names;
	info->clients = ns->nr_attached;
	info->waiters = ns->nr_waiters;
	info->evictions = ns->pool.evictions;
	info->evicted_bytes = ns->pool.evicted_bytes;
	list_for_each_entry(quota, &ns->quotas, node) {
		info->evictions += quota->pool.evictions;
		info->evicted_bytes += quota->pool.evicted_bytes;
	}
	spin_unlock(&ns->lock);
}

/* Fill @infos with up to @max namespaces after *@cursor, and advance it. */
static u32 list_some(struct plasma_ns_info *infos, u32 max, u64 *cursor)
{
	struct plasma_namespace *ns;
	u32 n = 0;

	mutex_lock(&plasma_namespaces_lock);
	list_for_each_entry(ns, &plasma_namespace_list, node) {
		u32 access;

		if (ns->serial <= *cursor)
			continue;
		if (n == max)
			goto unlock;
		*cursor = ns->serial;
		access = plasma_namespace_access_locked(ns);
		if (access)
			fill_info_locked(ns, access, &infos[n++]);
	}
	*cursor = PLASMA_CURSOR_END;
unlock:
	mutex_unlock(&plasma_namespaces_lock);
	return n;
}

/**
 * plasma_ioctl_ns_list - %PLASMA_IOC_NS_LIST
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_ns_list(struct plasma_cmd *cmd)
{
	struct plasma_ns_list *arg = cmd->buf;
	u64 ptr = arg->entries_ptr;
	struct plasma_ns_info *infos;
	int err = 0;

	if (!arg->count || !arg->entry_size)
		return -EINVAL;
	if (arg->count > PLASMA_BATCH_MAX || arg->entry_size > PAGE_SIZE)
		return -E2BIG;
	infos = kvmalloc_array(PLASMA_NS_PAGE, sizeof(*infos), GFP_KERNEL_ACCOUNT);
	if (!infos)
		return -ENOMEM;
	arg->out_count = 0;
	while (arg->out_count < arg->count && arg->cursor != PLASMA_CURSOR_END && !err) {
		u32 i, n = min_t(u32, PLASMA_NS_PAGE, arg->count - arg->out_count);

		n = list_some(infos, n, &arg->cursor);
		for (i = 0; i < n && !err; i++, ptr += arg->entry_size)
			err = plasma_copy_info(ptr, arg->entry_size, &infos[i], sizeof(*infos));
		arg->out_count += n;
	}
	kvfree(infos);
	return err ?: plasma_respond(cmd);
}

/**
 * plasma_ioctl_ns_stat - %PLASMA_IOC_NS_STAT
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_ns_stat(struct plasma_cmd *cmd)
{
	struct plasma_ns_stat *arg = cmd->buf;
	u8 name[PLASMA_NAME_MAX];
	struct plasma_ns_info info;
	struct plasma_namespace *ns;
	u32 access = 0;
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	if (!arg->info_size)
		return -EINVAL;
	if (arg->info_size > PAGE_SIZE)
		return -E2BIG;
	mutex_lock(&plasma_namespaces_lock);
	ns = plasma_namespace_find_locked(name, arg->name_len);
	if (ns) {
		access = plasma_namespace_access_locked(ns);
		if (access || plasma_namespace_owner_locked(ns))
			fill_info_locked(ns, access, &info);
		else
			err = -EACCES;
	} else {
		err = -ENOENT;
	}
	mutex_unlock(&plasma_namespaces_lock);
	return err ?: plasma_copy_info(arg->info_ptr, arg->info_size, &info, sizeof(info));
}

static int may_set_locked(const struct plasma_namespace *ns, u32 what, kuid_t uid, kgid_t gid)
{
	if (!plasma_namespace_owner_locked(ns))
		return -EPERM;
	if (!(what & PLASMA_NS_SET_OWNER))
		return 0;
	return plasma_namespace_may_give_locked(ns, uid, gid);
}

/* Quotas keep what they have; the common part takes up the change. */
static int set_capacity_locked(struct plasma_namespace *ns, u64 capacity,
			       struct list_head *reap)
{
	struct plasma_pool *pool = &ns->pool;
	u64 quotas = ns->capacity - pool->capacity, excess = 0;
	int err;

	if (capacity < quotas || capacity - quotas < pool->used - pool->evictable)
		return -ENOSPC;
	if (pool->used > capacity - quotas)
		excess = pool->used - (capacity - quotas);
	err = plasma_evict_enough_locked(ns, pool, excess, excess, reap);
	if (err)
		return err;
	ns->capacity = capacity;
	pool->capacity = capacity - quotas;
	return 0;
}

static int set_capacity(struct plasma_namespace *ns, u64 capacity)
{
	LIST_HEAD(reap);
	int err;

	do {
		spin_lock(&ns->lock);
		err = set_capacity_locked(ns, capacity, &reap);
		spin_unlock(&ns->lock);
		plasma_object_reap(&reap);
	} while (plasma_again(&err));
	return err;
}

/**
 * plasma_namespaces_resize - let namespaces as large as the store follow its size
 *
 * Return: 0, or -ENOSPC when one of them holds more than that; others have followed then.
 */
int plasma_namespaces_resize(void)
{
	struct plasma_namespace *ns;
	int err = 0;

	mutex_lock(&plasma_namespaces_lock);
	list_for_each_entry(ns, &plasma_namespace_list, node)
		if (ns->whole_store && set_capacity(ns, plasma_store_size()))
			err = -ENOSPC;
	mutex_unlock(&plasma_namespaces_lock);
	return err;
}

/* Some of what is to go, from the first pool that has any. */
static u64 evict_some(struct plasma_namespace *ns, u64 units)
{
	struct plasma_quota *quota;
	LIST_HEAD(reap);
	u64 freed;

	spin_lock(&ns->lock);
	freed = plasma_evict_units_locked(ns, &ns->pool, units, &reap);
	list_for_each_entry(quota, &ns->quotas, node)
		if (!freed)
			freed = plasma_evict_units_locked(ns, &quota->pool, units, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return freed;
}

static unsigned long evict_from(struct plasma_namespace *ns, unsigned long pages)
{
	u64 units = (u64)pages * PLASMA_PAGE_UNITS, freed = 0, more;

	while (freed < units && (more = evict_some(ns, units - freed))) {
		freed += more;
		cond_resched();
	}
	return freed / PLASMA_PAGE_UNITS + plasma_packs_drop(ns, pages, jiffies);
}

/**
 * plasma_namespaces_evict - evict wherever it is possible, and give the pages back
 * @pages: how many pages to free
 * @reclaim: from namespaces that allow it only
 *
 * Context: may sleep.
 * Return: pages freed.
 */
unsigned long plasma_namespaces_evict(unsigned long pages, bool reclaim)
{
	struct plasma_namespace *ns;
	unsigned long freed = 0;

	mutex_lock(&plasma_namespaces_lock);
	list_for_each_entry(ns, &plasma_namespace_list, node)
		if (freed < pages && (ns->reclaim || !reclaim))
			freed += evict_from(ns, pages - freed);
	mutex_unlock(&plasma_namespaces_lock);
	plasma_keep_drop(freed);	/* where they may have gone */
	return freed;
}

/**
 * plasma_namespaces_tidy - free spare packs and scratch pages everywhere
 * @pages: how many at most
 * @before: those that nobody has used since then, jiffies
 *
 * Context: may sleep.
 * Return: pages freed.
 */
unsigned long plasma_namespaces_tidy(unsigned long pages, unsigned long before)
{
	struct plasma_namespace *ns;
	unsigned long freed = 0;

	mutex_lock(&plasma_namespaces_lock);
	list_for_each_entry(ns, &plasma_namespace_list, node) {
		freed += plasma_packs_drop(ns, pages - freed, before);
		freed += plasma_scratches_drop(ns, pages - freed, before);
	}
	mutex_unlock(&plasma_namespaces_lock);
	return freed;
}

/**
 * plasma_ioctl_ns_set - %PLASMA_IOC_NS_SET
 * @cmd: the command
 *
 * Return: 0 or a negative error, and then nothing has changed.
 */
int plasma_ioctl_ns_set(struct plasma_cmd *cmd)
{
	struct plasma_ns_set *arg = cmd->buf;
	kuid_t uid = make_kuid(current_user_ns(), arg->uid);
	kgid_t gid = make_kgid(current_user_ns(), arg->gid);
	u8 name[PLASMA_NAME_MAX];
	struct plasma_namespace *ns;
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	if (!plasma_namespace_valid(arg->capacity, arg->mode, arg->evict_percent))
		return -EINVAL;
	mutex_lock(&plasma_namespaces_lock);
	ns = plasma_namespace_find_locked(name, arg->name_len);
	err = ns ? may_set_locked(ns, arg->flags, uid, gid) : -ENOENT;
	if (!err && arg->flags & PLASMA_NS_SET_CAPACITY)
		err = set_capacity(ns, arg->capacity ?: plasma_store_size());
	if (err)
		goto unlock;
	if (arg->flags & PLASMA_NS_SET_CAPACITY)
		ns->whole_store = !arg->capacity;
	if (arg->flags & PLASMA_NS_SET_MODE)
		ns->mode = arg->mode;
	if (arg->flags & PLASMA_NS_SET_OWNER) {
		ns->uid = uid;
		ns->gid = gid;
	}
	if (arg->flags & PLASMA_NS_SET_EVICT_PERCENT) {
		spin_lock(&ns->lock);
		ns->evict_percent = arg->evict_percent;
		spin_unlock(&ns->lock);
	}
unlock:
	mutex_unlock(&plasma_namespaces_lock);
	return err;
}
