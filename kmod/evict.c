// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eviction: the order of last release, and making room by it.
 *
 * A pool is a part of a namespace's capacity: the common part, or a client's quota. Only
 * sealed objects without users are in its LRU, so nothing in use ever goes. Each step is
 * O(1), and a request that cannot be met is refused before anything is evicted.
 */
#include <linux/jhash.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "plasma.h"

/* Ids that were evicted, for a stat to tell; the oldest make way. */
#define PLASMA_GHOSTS		4096

/**
 * struct plasma_ghosts - a direct-mapped table of evicted ids
 * @valid: which entries are in use
 * @ids: the ids, each at its hash
 */
struct plasma_ghosts {
	DECLARE_BITMAP(valid, PLASMA_GHOSTS);
	u8 ids[PLASMA_GHOSTS][PLASMA_ID_SIZE];
};

static atomic_long_t plasma_reclaimable_pages;

/**
 * plasma_ghosts_init - make the memory of evicted ids
 * @ns: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int plasma_ghosts_init(struct plasma_namespace *ns)
{
	ns->ghosts = kvzalloc(sizeof(*ns->ghosts), GFP_KERNEL_ACCOUNT);
	return ns->ghosts ? 0 : -ENOMEM;
}

/**
 * plasma_ghosts_exit - free it
 * @ns: the namespace
 */
void plasma_ghosts_exit(struct plasma_namespace *ns)
{
	kvfree(ns->ghosts);
}

static u32 ghost_slot(struct plasma_namespace *ns, const u8 *id)
{
	return jhash(id, PLASMA_ID_SIZE, ns->hash_seed) % PLASMA_GHOSTS;
}

static void add_ghost_locked(struct plasma_namespace *ns, const u8 *id)
{
	u32 slot = ghost_slot(ns, id);

	lockdep_assert_held(&ns->lock);
	memcpy(ns->ghosts->ids[slot], id, PLASMA_ID_SIZE);
	__set_bit(slot, ns->ghosts->valid);
}

/**
 * plasma_ghost_locked - was an object of this id evicted lately?
 * @ns: the namespace
 * @id: the id, of which there is no object
 *
 * Return: true if it is remembered.
 */
bool plasma_ghost_locked(struct plasma_namespace *ns, const u8 *id)
{
	u32 slot = ghost_slot(ns, id);

	lockdep_assert_held(&ns->lock);
	return test_bit(slot, ns->ghosts->valid) &&
	       !memcmp(ns->ghosts->ids[slot], id, PLASMA_ID_SIZE);
}

/**
 * plasma_ghost_forget_locked - there is an object of this id again
 * @ns: the namespace
 * @id: the id
 */
void plasma_ghost_forget_locked(struct plasma_namespace *ns, const u8 *id)
{
	if (plasma_ghost_locked(ns, id))
		__clear_bit(ghost_slot(ns, id), ns->ghosts->valid);
}

/**
 * plasma_reclaimable - what memory pressure may evict
 *
 * Return: pages.
 */
unsigned long plasma_reclaimable(void)
{
	return max(atomic_long_read(&plasma_reclaimable_pages), 0L);
}

/**
 * plasma_pool_init - make an empty pool
 * @pool: the pool
 * @capacity: most logical bytes
 */
void plasma_pool_init(struct plasma_pool *pool, u64 capacity)
{
	*pool = (struct plasma_pool) { .capacity = capacity };
	INIT_LIST_HEAD(&pool->lru);
	INIT_LIST_HEAD(&pool->busy);
}

/**
 * plasma_pool_charge_locked - count an object's bytes in a pool
 * @obj: the object, counted in none
 * @pool: the pool
 */
void plasma_pool_charge_locked(struct plasma_object *obj, struct plasma_pool *pool)
{
	lockdep_assert_held(&obj->ns->lock);
	obj->pool = pool;
	pool->used += plasma_object_bytes(obj);
	obj->ns->used += plasma_object_bytes(obj);
}

/**
 * plasma_pool_uncharge_locked - the reverse
 * @obj: the object
 */
void plasma_pool_uncharge_locked(struct plasma_object *obj)
{
	lockdep_assert_held(&obj->ns->lock);
	obj->pool->used -= plasma_object_bytes(obj);
	obj->ns->used -= plasma_object_bytes(obj);
}

static void count_evictable(struct plasma_object *obj, bool evictable)
{
	struct plasma_pool *pool = obj->pool;
	int sign = (int)evictable - (int)obj->evictable;

	obj->evictable = evictable;
	if (!sign)
		return;
	pool->evictable += sign * plasma_object_bytes(obj);
	pool->evictable_pages += sign * obj->extent.pages;
	pool->nr_evictable += sign;
	if (obj->ns->reclaim)
		atomic_long_add(sign * (long)obj->extent.pages, &plasma_reclaimable_pages);
}

/**
 * plasma_pool_place_locked - put a sealed object into the right list of its pool
 * @obj: the object, whose users or pool have just changed
 *
 * It comes last there: the most recently used.
 */
void plasma_pool_place_locked(struct plasma_object *obj)
{
	bool evictable = !obj->users && !obj->keep;

	lockdep_assert_held(&obj->ns->lock);
	count_evictable(obj, evictable);
	list_move_tail(&obj->link, evictable ? &obj->pool->lru : &obj->pool->busy);
}

/**
 * plasma_pool_unplace_locked - take an object out of its list
 * @obj: the object, sealed or not
 */
void plasma_pool_unplace_locked(struct plasma_object *obj)
{
	lockdep_assert_held(&obj->ns->lock);
	count_evictable(obj, false);
	list_del_init(&obj->link);
}

static struct plasma_object *evict_oldest_locked(struct plasma_pool *pool,
						 struct list_head *reap)
{
	struct plasma_object *obj = list_first_entry_or_null(&pool->lru, struct plasma_object,
							     link);

	if (!obj)
		return NULL;
	pool->evictions++;
	pool->evicted_bytes += plasma_object_bytes(obj);
	add_ghost_locked(obj->ns, obj->id);
	plasma_object_unlink_locked(obj, PLASMA_EVENT_EVICT, reap);
	return obj;
}

/**
 * plasma_evict_locked - evict from the old end until enough bytes are gone
 * @ns: the namespace
 * @pool: the pool
 * @bytes: how many
 * @objects: gets the number of objects, may be NULL
 * @reap: the list for plasma_object_reap()
 *
 * Return: bytes of data and metadata that went.
 */
u64 plasma_evict_locked(struct plasma_namespace *ns, struct plasma_pool *pool, u64 bytes,
			u64 *objects, struct list_head *reap)
{
	struct plasma_object *obj;
	u64 freed = 0, count = 0;

	lockdep_assert_held(&ns->lock);
	while (freed < bytes) {
		obj = evict_oldest_locked(pool, reap);
		if (!obj)
			break;
		freed += plasma_object_bytes(obj);
		count++;
	}
	if (objects)
		*objects = count;
	return freed;
}

/**
 * plasma_evict_for_bytes_locked - make room for logical bytes
 * @ns: the namespace
 * @pool: the pool
 * @need: how many
 * @may_evict: whether to evict
 * @reap: the list for plasma_object_reap()
 *
 * Return: 0 when @need more bytes fit now, or -ENOSPC, and then nothing was evicted.
 */
int plasma_evict_for_bytes_locked(struct plasma_namespace *ns, struct plasma_pool *pool,
				  u64 need, bool may_evict, struct list_head *reap)
{
	u64 left = pool->capacity - pool->used, shortfall, batch;

	lockdep_assert_held(&ns->lock);
	if (need <= left)
		return 0;
	shortfall = need - left;
	if (!may_evict || shortfall > pool->evictable)
		return -ENOSPC;
	batch = mult_frac(pool->capacity, (u64)ns->evict_percent, 100ULL);
	plasma_evict_locked(ns, pool, max(shortfall, batch), NULL, reap);
	return 0;
}

/**
 * plasma_evict_pages_locked - evict until enough pages will be free
 * @ns: the namespace
 * @pool: the pool
 * @pages: how many
 * @reap: the list for plasma_object_reap()
 *
 * Return: pages that went.
 */
unsigned long plasma_evict_pages_locked(struct plasma_namespace *ns, struct plasma_pool *pool,
					unsigned long pages, struct list_head *reap)
{
	unsigned long freed = 0;

	lockdep_assert_held(&ns->lock);
	while (freed < pages) {
		struct plasma_object *obj = evict_oldest_locked(pool, reap);

		if (!obj)
			break;
		freed += obj->extent.pages;
	}
	return freed;
}

static int evict_pages(struct plasma_namespace *ns, struct plasma_pool *pool,
		       unsigned long pages)
{
	LIST_HEAD(reap);
	int err = 0;

	spin_lock(&ns->lock);
	if (pool->evictable_pages < pages)
		err = -ENOSPC;
	else
		plasma_evict_pages_locked(ns, pool, pages, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

/**
 * plasma_evict_for_pages - reserve pages, evicting from a pool if need be
 * @ns: the namespace
 * @pool: the pool, which cannot go meanwhile
 * @pages: how many
 * @may_evict: whether to evict
 *
 * Context: may sleep.
 * Return: 0, and the pages are reserved, or -ENOSPC.
 */
int plasma_evict_for_pages(struct plasma_namespace *ns, struct plasma_pool *pool,
			   unsigned long pages, bool may_evict)
{
	unsigned long lacking;

	while ((lacking = plasma_store_reserve(pages))) {
		if (!may_evict || evict_pages(ns, pool, lacking))
			return -ENOSPC;
	}
	return 0;
}

/**
 * plasma_ioctl_evict - %PLASMA_IOC_EVICT
 * @cmd: the command
 *
 * A client with a quota evicts from that, others from the common part.
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_evict(struct plasma_cmd *cmd)
{
	struct plasma_evict *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	LIST_HEAD(reap);

	spin_lock(&ns->lock);
	arg->out_bytes = plasma_evict_locked(ns, plasma_quota_pool_locked(cmd->attach),
					     arg->bytes, &arg->out_objects, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return plasma_respond(cmd);
}

static int refresh_one(struct plasma_cmd *cmd, const u8 *id, struct list_head *reap)
{
	struct plasma_namespace *ns = cmd->attach->ns;
	struct plasma_object *obj;

	spin_lock(&ns->lock);
	obj = plasma_object_lookup_locked(ns, id);
	if (obj && obj->evictable)
		list_move_tail(&obj->link, &obj->pool->lru);
	spin_unlock(&ns->lock);
	return obj ? 0 : -ENOENT;
}

/**
 * plasma_ioctl_refresh - %PLASMA_IOC_REFRESH
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_refresh(struct plasma_cmd *cmd)
{
	struct plasma_refresh *arg = cmd->buf;

	return plasma_for_ids(cmd, arg->entries_ptr, arg->count, arg->entry_size, refresh_one);
}
