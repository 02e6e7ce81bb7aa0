// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eviction: the order of last release, and making room by it. Only sealed objects
 * without users are in the list, so nothing in use ever goes, and each step is O(1).
 */
#include <linux/math.h>

#include "plasma.h"

static u64 object_bytes(const struct plasma_object *obj)
{
	return obj->data_size + obj->metadata_size;
}

/**
 * plasma_lru_add_locked - an object lost its last user
 * @obj: a sealed object without users; stays out of the list if it is to be kept
 */
void plasma_lru_add_locked(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;

	lockdep_assert_held(&ns->lock);
	if (obj->keep)
		return;
	list_add_tail(&obj->link, &ns->lru);
	ns->evictable += object_bytes(obj);
	ns->evictable_pages += obj->extent.pages;
}

/**
 * plasma_lru_del_locked - take an object out of the list if it is there
 * @obj: a sealed object
 */
void plasma_lru_del_locked(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;

	lockdep_assert_held(&ns->lock);
	if (list_empty(&obj->link))
		return;
	list_del_init(&obj->link);
	ns->evictable -= object_bytes(obj);
	ns->evictable_pages -= obj->extent.pages;
}

static struct plasma_object *evict_oldest_locked(struct plasma_namespace *ns,
						 struct list_head *reap)
{
	struct plasma_object *obj = list_first_entry_or_null(&ns->lru, struct plasma_object,
							     link);

	if (!obj)
		return NULL;
	ns->evictions++;
	ns->evicted_bytes += object_bytes(obj);
	plasma_object_unlink_locked(obj, reap);
	return obj;
}

/**
 * plasma_evict_locked - evict from the old end until enough bytes are gone
 * @ns: the namespace
 * @bytes: how many
 * @objects: gets the number of objects, may be NULL
 * @reap: the list for plasma_object_reap()
 *
 * Return: bytes of data and metadata that went.
 */
u64 plasma_evict_locked(struct plasma_namespace *ns, u64 bytes, u64 *objects,
			struct list_head *reap)
{
	struct plasma_object *obj;
	u64 freed = 0, count = 0;

	lockdep_assert_held(&ns->lock);
	while (freed < bytes) {
		obj = evict_oldest_locked(ns, reap);
		if (!obj)
			break;
		freed += object_bytes(obj);
		count++;
	}
	if (objects)
		*objects = count;
	return freed;
}

/**
 * plasma_evict_for_bytes_locked - make room for logical bytes
 * @ns: the namespace
 * @need: how many
 * @may_evict: whether to evict
 * @reap: the list for plasma_object_reap()
 *
 * Return: 0 when @need more bytes fit now, or -ENOSPC, and then nothing was evicted.
 */
int plasma_evict_for_bytes_locked(struct plasma_namespace *ns, u64 need, bool may_evict,
				  struct list_head *reap)
{
	u64 left = ns->capacity - ns->used, shortfall, batch;

	lockdep_assert_held(&ns->lock);
	if (need <= left)
		return 0;
	shortfall = need - left;
	if (!may_evict || shortfall > ns->evictable)
		return -ENOSPC;
	batch = mult_frac(ns->capacity, (u64)ns->evict_percent, 100ULL);
	plasma_evict_locked(ns, max(shortfall, batch), NULL, reap);
	return 0;
}

static int evict_pages(struct plasma_namespace *ns, unsigned long pages)
{
	unsigned long freed = 0;
	LIST_HEAD(reap);
	int err = 0;

	spin_lock(&ns->lock);
	if (ns->evictable_pages < pages)
		err = -ENOSPC;
	while (!err && freed < pages)
		freed += evict_oldest_locked(ns, &reap)->extent.pages;
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

/**
 * plasma_evict_for_pages - reserve pages, evicting from this namespace if need be
 * @ns: the namespace
 * @pages: how many
 * @may_evict: whether to evict
 *
 * Context: may sleep.
 * Return: 0, and the pages are reserved, or -ENOSPC.
 */
int plasma_evict_for_pages(struct plasma_namespace *ns, unsigned long pages, bool may_evict)
{
	unsigned long lacking;

	while ((lacking = plasma_store_reserve(pages))) {
		if (!may_evict || evict_pages(ns, lacking))
			return -ENOSPC;
	}
	return 0;
}

/**
 * plasma_ioctl_evict - %PLASMA_IOC_EVICT
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_evict(struct plasma_cmd *cmd)
{
	struct plasma_evict *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	LIST_HEAD(reap);

	spin_lock(&ns->lock);
	arg->out_bytes = plasma_evict_locked(ns, arg->bytes, &arg->out_objects, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return plasma_respond(cmd);
}
