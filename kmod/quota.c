// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quotas: a client's own part of a namespace's capacity, with an order of eviction of its
 * own. What a client with a quota creates is counted there; it evicts nothing of others,
 * and they evict nothing of it.
 */
#include <linux/list.h>
#include <linux/math.h>
#include <linux/slab.h>

#include "plasma.h"

/* How much of a namespace's capacity quotas may take together, in percent. */
#define PLASMA_QUOTA_SHARE	70

/**
 * plasma_quota_pool_locked - where a client's objects are counted
 * @attach: the client's attachment
 *
 * Return: its quota's pool or the common one.
 */
struct plasma_pool *plasma_quota_pool_locked(struct plasma_attach *attach)
{
	lockdep_assert_held(&attach->ns->lock);
	return attach->quota ? &attach->quota->pool : &attach->ns->pool;
}

/* Count an object in the common part from now on, in whose list it comes last. */
static void give_away_locked(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;

	plasma_pool_unplace_locked(obj);
	plasma_pool_uncharge_locked(obj);
	plasma_pool_charge_locked(obj, &ns->pool);
	if (obj->state == PLASMA_SEALED)
		plasma_pool_place_locked(obj);
	else
		list_add_tail(&obj->link, &obj->origin->attach->unsealed);
}

/**
 * struct demotion - objects of a quota that are to be handed over to the common part
 * @need: bytes that are still to be found
 * @bytes: of all that were chosen
 * @busy: of those that are in use, oldest first
 * @unsealed: of those that are not sealed, oldest first
 * @pinned: of those that the LRU knows
 */
struct demotion {
	u64 need;
	u64 bytes;
	struct list_head busy;
	struct list_head unsealed;
	struct list_head pinned;
};

static void choose(struct demotion *d, struct plasma_object *obj, struct list_head *list)
{
	u64 bytes = plasma_object_bytes(obj);

	list_move_tail(&obj->link, list);
	d->bytes += bytes;
	d->need -= min(d->need, bytes);
}

/* What has no bytes gives no room. */
static void choose_from(struct demotion *d, struct list_head *from, struct list_head *list)
{
	struct plasma_object *obj, *next;

	list_for_each_entry_safe(obj, next, from, link) {
		if (!d->need)
			return;
		if (obj->in_quota && plasma_object_bytes(obj))
			choose(d, obj, list);
	}
}

/*
 * The oldest objects of the quota that are in use, then those that are not sealed. If all that
 * could be has been @evicted, what is still in the LRU is in use too: it is pinned.
 */
static void choose_locked(struct demotion *d, struct plasma_attach *attach, bool evicted)
{
	struct plasma_pool *pool = &attach->quota->pool;
	struct plasma_object *obj;

	choose_from(d, &pool->busy, &d->busy);
	choose_from(d, &attach->quota->unsealed, &d->unsealed);
	while (d->need && evicted && pool->evictable) {
		obj = plasma_pool_oldest_locked(pool);
		plasma_pool_unplace_locked(obj);
		choose(d, obj, &d->pinned);
	}
}

/* Back to where they were. */
static void leave_locked(struct demotion *d, struct plasma_attach *attach)
{
	struct plasma_object *obj, *next;

	list_splice(&d->busy, &attach->quota->pool.busy);
	list_splice(&d->unsealed, &attach->quota->unsealed);
	list_for_each_entry_safe(obj, next, &d->pinned, link)
		plasma_pool_place_locked(obj);
}

static void give_away_list_locked(struct list_head *list)
{
	struct plasma_object *obj, *next;

	list_for_each_entry_safe(obj, next, list, link)
		give_away_locked(obj);
}

/* Make room by handing objects in use over to the common part: as many as it takes, or none. */
static int demote_locked(struct plasma_attach *attach, u64 need, bool may_evict,
			 struct list_head *reap)
{
	struct plasma_namespace *ns = attach->ns;
	struct plasma_pool *pool = &attach->quota->pool;
	u64 left = pool->capacity - pool->used;
	struct demotion d = { .need = need - min(need, left) };
	int err = -ENOSPC;

	INIT_LIST_HEAD(&d.busy);
	INIT_LIST_HEAD(&d.unsealed);
	INIT_LIST_HEAD(&d.pinned);
	choose_locked(&d, attach, may_evict);
	if (!d.need)
		err = plasma_evict_for_bytes_locked(ns, &ns->pool, d.bytes, may_evict, reap);
	if (err) {
		leave_locked(&d, attach);
		return err;
	}
	give_away_list_locked(&d.busy);
	give_away_list_locked(&d.unsealed);
	give_away_list_locked(&d.pinned);
	return 0;
}

/*
 * Whether the common part has no room for what would have to be handed over to it at least, so
 * that nothing need be evicted to find that out.
 */
static bool hopeless_locked(struct plasma_namespace *ns, struct plasma_pool *pool, u64 need,
			    bool may_evict)
{
	u64 left = pool->capacity - pool->used;
	u64 room = ns->pool.capacity - ns->pool.used;

	if (may_evict) {
		left += pool->evictable;
		room += ns->pool.evictable;
	}
	return need > left && need - left > room;
}

/**
 * plasma_quota_reserve_locked - make room for an object of a client
 * @attach: the client's attachment
 * @need: logical bytes
 * @may_evict: whether to evict
 * @reap: the list for plasma_object_reap()
 *
 * Return: 0; -EDQUOT when its quota is too small for the object; otherwise as
 * plasma_evict_enough_locked().
 */
int plasma_quota_reserve_locked(struct plasma_attach *attach, u64 need, bool may_evict,
				struct list_head *reap)
{
	struct plasma_namespace *ns = attach->ns;
	struct plasma_pool *pool = plasma_quota_pool_locked(attach);
	int err;

	if (!attach->quota)
		return plasma_evict_for_bytes_locked(ns, pool, need, may_evict, reap);
	if (need > pool->capacity)
		return -EDQUOT;
	err = plasma_evict_for_bytes_locked(ns, pool, need, may_evict, reap);
	if (err != -ENOSPC)
		return err;
	if (hopeless_locked(ns, pool, need, may_evict))
		return -ENOSPC;
	if (may_evict && plasma_evict_some_locked(ns, pool, pool->evictable, reap))
		return -EAGAIN;
	return demote_locked(attach, need, may_evict, reap);
}

static u64 quotas_locked(struct plasma_namespace *ns)
{
	return ns->capacity - ns->pool.capacity;
}

static int set_locked(struct plasma_attach *attach, struct plasma_quota *quota,
		      struct list_head *reap)
{
	struct plasma_namespace *ns = attach->ns;
	u64 bytes = quota->pool.capacity;
	u64 most = mult_frac(ns->capacity, (u64)PLASMA_QUOTA_SHARE, 100ULL);
	int err;

	lockdep_assert_held(&ns->lock);
	if (ns->removed)
		return -EIDRM;
	if (attach->quota)
		return -EALREADY;
	if (bytes > most || quotas_locked(ns) > most - bytes)
		return -EDQUOT;
	err = plasma_evict_for_bytes_locked(ns, &ns->pool, bytes, true, reap);
	if (err)
		return err;
	ns->pool.capacity -= bytes;
	list_add_tail(&quota->node, &ns->quotas);
	attach->quota = quota;
	return 0;
}

/**
 * plasma_ioctl_quota_set - %PLASMA_IOC_QUOTA_SET
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_quota_set(struct plasma_cmd *cmd)
{
	struct plasma_quota_set *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	u8 name[PLASMA_NAME_MAX];
	struct plasma_quota *quota;
	LIST_HEAD(reap);
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	if (arg->name_len >= sizeof(quota->name))
		return -ENAMETOOLONG;
	quota = kzalloc(sizeof(*quota), GFP_KERNEL_ACCOUNT);
	if (!quota)
		return -ENOMEM;
	plasma_pool_init(&quota->pool, arg->bytes);
	INIT_LIST_HEAD(&quota->unsealed);
	quota->attach = cmd->attach;
	quota->name_len = arg->name_len;
	memcpy(quota->name, name, arg->name_len);
	do {
		spin_lock(&ns->lock);
		err = set_locked(cmd->attach, quota, &reap);
		spin_unlock(&ns->lock);
		plasma_object_reap(&reap);
	} while (plasma_again(&err));
	if (err)
		kfree(quota);
	return err;
}

static struct plasma_object *oldest_locked(struct plasma_pool *pool)
{
	return plasma_pool_oldest_locked(pool) ?:
	       list_first_entry_or_null(&pool->busy, struct plasma_object, link);
}

/* With as much of the capacity as it takes, so that each part has room for its own. */
static void return_object_locked(struct plasma_object *obj, struct plasma_quota *quota)
{
	u64 bytes = plasma_object_bytes(obj);

	obj->ns->pool.capacity += bytes;
	quota->pool.capacity -= bytes;
	give_away_locked(obj);
}

/* False when none are left, and what remains of the capacity has returned as well. */
static bool return_some(struct plasma_namespace *ns, struct plasma_quota *quota)
{
	struct plasma_object *obj;
	int n = 0;

	spin_lock(&ns->lock);
	while (n++ < PLASMA_STEP && (obj = oldest_locked(&quota->pool)))
		return_object_locked(obj, quota);
	if (!obj) {
		ns->pool.capacity += quota->pool.capacity;
		ns->pool.evictions += quota->pool.evictions;
		ns->pool.evicted_bytes += quota->pool.evicted_bytes;
		list_del(&quota->node);
		quota->attach->quota = NULL;
	}
	spin_unlock(&ns->lock);
	return obj;
}

/**
 * plasma_quota_drop - a client with a quota goes
 * @attach: its attachment, with nothing unsealed
 *
 * The capacity returns to the common part, and so do the objects, oldest first.
 *
 * Context: may sleep.
 */
void plasma_quota_drop(struct plasma_attach *attach)
{
	struct plasma_quota *quota = attach->quota;

	if (!quota)
		return;
	while (return_some(attach->ns, quota))
		cond_resched();
	kfree(quota);
}

static void fill_info(struct plasma_quota_info *info, const struct plasma_pool *pool)
{
	*info = (struct plasma_quota_info) {
		.capacity = pool->capacity,
		.used = pool->used,
		.evictable = pool->evictable,
		.objects = pool->nr_evictable,
		.evictions = pool->evictions,
		.evicted_bytes = pool->evicted_bytes,
	};
}

static u32 list_locked(struct plasma_namespace *ns, struct plasma_quota_info *infos, u32 max)
{
	struct plasma_quota *quota;
	u32 n = 0;

	lockdep_assert_held(&ns->lock);
	if (max)
		fill_info(&infos[0], &ns->pool);
	n++;
	list_for_each_entry(quota, &ns->quotas, node) {
		if (n < max) {
			fill_info(&infos[n], &quota->pool);
			infos[n].name_len = quota->name_len;
			memcpy(infos[n].name, quota->name, quota->name_len);
		}
		n++;
	}
	return n;
}

/**
 * plasma_ioctl_quota_list - %PLASMA_IOC_QUOTA_LIST
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_quota_list(struct plasma_cmd *cmd)
{
	struct plasma_quota_list *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	struct plasma_quota_info *infos;
	u64 ptr = arg->entries_ptr;
	int err = 0;
	u32 i;

	if (!arg->entry_size)
		return -EINVAL;
	if (arg->count > PLASMA_BATCH_MAX || arg->entry_size > PAGE_SIZE)
		return -E2BIG;
	infos = kvcalloc(arg->count, sizeof(*infos), GFP_KERNEL_ACCOUNT);
	if (!infos)
		return -ENOMEM;
	spin_lock(&ns->lock);
	arg->out_count = list_locked(ns, infos, arg->count);
	spin_unlock(&ns->lock);
	for (i = 0; i < min(arg->count, arg->out_count) && !err; i++, ptr += arg->entry_size)
		err = plasma_copy_info(ptr, arg->entry_size, &infos[i], sizeof(*infos));
	kvfree(infos);
	return err ?: plasma_respond(cmd);
}
