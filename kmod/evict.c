// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eviction: the order of last release, and making room by it.
 *
 * A pool is a part of a namespace's capacity: the common part, or a client's quota. Only
 * sealed objects without users are in its LRU, by the time of their last release.
 *
 * A client that gets by the index does not tell. So the LRU may hold objects that are
 * pinned, and such as were released later than the kernel knows; their pins say so.
 * Whoever takes the oldest object looks at its pins first, and puts it where it belongs. An
 * object is put back once for each time that it was used, so evicting costs
 * O(log n) for each that goes and for each that was used meanwhile.
 *
 * What is released through the kernel is the newest, and goes to the end of a list. Only
 * what is put back has to go somewhere in between: such objects are in a tree instead.
 * The oldest is the first of either.
 *
 * A request that cannot be met is refused before anything is evicted: its victims are
 * only set apart until there are enough of them.
 */
#include <linux/jhash.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/slab.h>

#include "plasma.h"

/* Ids that were evicted, for a stat to tell; the oldest make way. */
#define PLASMA_GHOSTS		4096

/**
 * struct plasma_ghosts - a direct-mapped table of evicted ids
 * @count: entries in use
 * @valid: which these are
 * @ids: the ids, each at its hash
 */
struct plasma_ghosts {
	u32 count;
	DECLARE_BITMAP(valid, PLASMA_GHOSTS);
	u8 ids[PLASMA_GHOSTS][PLASMA_ID_SIZE];
};

static atomic_long_t plasma_reclaimable_units;

#define PAGE_UNITS		((long)(PAGE_SIZE / PLASMA_UNIT))

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
	ns->ghosts->count += !__test_and_set_bit(slot, ns->ghosts->valid);
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
	if (!ns->ghosts->count || !plasma_ghost_locked(ns, id))
		return;
	__clear_bit(ghost_slot(ns, id), ns->ghosts->valid);
	ns->ghosts->count--;
}

/**
 * plasma_reclaimable - what memory pressure may evict
 *
 * Return: pages.
 */
unsigned long plasma_reclaimable(void)
{
	return max(atomic_long_read(&plasma_reclaimable_units), 0L) / PAGE_UNITS;
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
	pool->put_back = RB_ROOT_CACHED;
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
	obj->in_quota = pool != &obj->ns->pool;
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
	plasma_object_pool_locked(obj)->used -= plasma_object_bytes(obj);
	obj->ns->used -= plasma_object_bytes(obj);
}

static void count_evictable(struct plasma_pool *pool, struct plasma_object *obj, bool evictable)
{
	int sign = (int)evictable - (int)obj->evictable;

	obj->evictable = evictable;
	if (!sign)
		return;
	pool->evictable += sign * plasma_object_bytes(obj);
	pool->evictable_units += sign * plasma_object_units(obj);
	pool->nr_evictable += sign;
	if (obj->ns->reclaim)
		atomic_long_add(sign * (long)plasma_object_units(obj), &plasma_reclaimable_units);
}

static struct plasma_object *object_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct plasma_object, age);
}

static bool older(struct rb_node *a, const struct rb_node *b)
{
	return object_of(a)->entry->stamp < rb_entry(b, struct plasma_object, age)->entry->stamp;
}

static struct plasma_object *newest(const struct plasma_pool *pool)
{
	if (list_empty(&pool->lru))
		return NULL;
	return list_last_entry(&pool->lru, struct plasma_object, link);
}

static void lru_add_locked(struct plasma_object *obj, u64 stamp)
{
	struct plasma_pool *pool = plasma_object_pool_locked(obj);
	const struct plasma_object *last = newest(pool);

	obj->entry->stamp = stamp;
	count_evictable(pool, obj, true);
	obj->put_back = last && stamp < last->entry->stamp;
	if (obj->put_back)
		rb_add_cached(&obj->age, &pool->put_back, older);
	else
		list_add_tail(&obj->link, &pool->lru);
}

static void lru_remove_locked(struct plasma_object *obj)
{
	struct plasma_pool *pool = plasma_object_pool_locked(obj);

	count_evictable(pool, obj, false);
	if (!obj->put_back) {
		list_del_init(&obj->link);
		return;
	}
	rb_erase_cached(&obj->age, &pool->put_back);
	INIT_LIST_HEAD(&obj->link);
	obj->put_back = false;
}

/**
 * plasma_pool_place_locked - put a sealed object into the right list of its pool
 * @obj: the object, whose users or pool have just changed
 *
 * It comes last there: the most recently used.
 */
void plasma_pool_place_locked(struct plasma_object *obj)
{
	lockdep_assert_held(&obj->ns->lock);
	plasma_pool_unplace_locked(obj);
	if (obj->users || obj->keep)
		list_add_tail(&obj->link, &plasma_object_pool_locked(obj)->busy);
	else
		lru_add_locked(obj, plasma_clock());
}

/**
 * plasma_pool_unplace_locked - take an object out of its list
 * @obj: the object, sealed or not
 */
void plasma_pool_unplace_locked(struct plasma_object *obj)
{
	lockdep_assert_held(&obj->ns->lock);
	if (obj->evictable)
		lru_remove_locked(obj);
	else
		list_del_init(&obj->link);
}

/**
 * plasma_pool_touch_locked - note that an object was released by a pin
 * @obj: a sealed object
 * @stamp: when, by plasma_clock()
 */
void plasma_pool_touch_locked(struct plasma_object *obj, u64 stamp)
{
	lockdep_assert_held(&obj->ns->lock);
	if (!obj->evictable || stamp <= obj->entry->stamp)
		return;
	lru_remove_locked(obj);
	lru_add_locked(obj, stamp);
}

/**
 * plasma_pool_oldest_locked - the first object of a pool's LRU, as far as the kernel knows
 * @pool: the pool
 *
 * Return: the object or NULL.
 */
struct plasma_object *plasma_pool_oldest_locked(struct plasma_pool *pool)
{
	struct plasma_object *listed = list_first_entry_or_null(&pool->lru,
								struct plasma_object, link);
	struct plasma_object *put_back = object_of(rb_first_cached(&pool->put_back));

	if (!listed || !put_back)
		return listed ?: put_back;
	return listed->entry->stamp <= put_back->entry->stamp ? listed : put_back;
}

/**
 * struct victims - objects that may go
 * @start: when the choice began
 * @round: of the namespace, marks objects that were put back
 * @objects: these, out of the LRU and retired
 * @pinned: objects that were looked at and are pinned, out of the LRU
 * @bytes: logical bytes of @objects
 * @units: their memory
 * @count: their number
 * @looked: how many were looked at
 */
struct victims {
	u64 start;
	u32 round;
	struct list_head objects;
	struct list_head pinned;
	u64 bytes;
	u64 units;
	u64 count;
	u64 looked;
};

/*
 * How many objects to look at with the lock held, if there is a choice: each is looked for in the
 * pins of all clients, and subscribers are told of it. More if there are few of them.
 */
static u64 step_locked(const struct plasma_namespace *ns)
{
	return 16 + 4096 / (1 + ns->nr_attached + ns->nr_subscriptions);
}

static void victims_init(struct victims *victims, struct plasma_namespace *ns)
{
	*victims = (struct victims) { .start = plasma_clock(), .round = ++ns->round };
	INIT_LIST_HEAD(&victims->objects);
	INIT_LIST_HEAD(&victims->pinned);
}

/* Set the oldest object apart that nobody pins; false when there is none. */
static bool choose_locked(struct plasma_pool *pool, struct victims *victims)
{
	struct plasma_object *obj;
	u64 stamp;

	while ((obj = plasma_pool_oldest_locked(pool))) {
		bool pinned = plasma_pin_look_locked(obj, &stamp);

		victims->looked++;
		/* Whatever clients write, each object is put back once in each choice. */
		stamp = min(stamp, victims->start);
		if (!pinned && stamp > obj->entry->stamp && obj->round != victims->round) {
			obj->round = victims->round;
			plasma_pool_touch_locked(obj, stamp);
			continue;
		}
		lru_remove_locked(obj);
		if (!pinned && plasma_pin_retire_locked(obj)) {
			list_add_tail(&obj->link, &victims->objects);
			victims->bytes += plasma_object_bytes(obj);
			victims->units += plasma_object_units(obj);
			victims->count++;
			return true;
		}
		list_add_tail(&obj->link, &victims->pinned);
	}
	return false;
}

/* Set apart what makes up @bytes: as much as @least anyway, more only while that is quick. */
static void choose_bytes_locked(struct plasma_namespace *ns, struct plasma_pool *pool,
				struct victims *victims, u64 bytes, u64 least)
{
	u64 step = step_locked(ns);

	while (victims->bytes < bytes &&
	       (victims->bytes < least || victims->looked < step) &&
	       choose_locked(pool, victims))
		;
}

/* What is pinned now will be released later than all that is in the LRU. */
static void return_pinned_locked(struct victims *victims)
{
	struct plasma_object *obj, *next;
	u64 now = plasma_clock();

	list_for_each_entry_safe(obj, next, &victims->pinned, link) {
		list_del_init(&obj->link);
		lru_add_locked(obj, now);
	}
}

static void spare_locked(struct victims *victims)
{
	struct plasma_object *obj, *next;

	list_for_each_entry_safe(obj, next, &victims->objects, link) {
		list_del_init(&obj->link);
		lru_add_locked(obj, obj->entry->stamp);
		plasma_pin_restore_locked(obj);
	}
	return_pinned_locked(victims);
}

static void evict_victims_locked(struct victims *victims, struct list_head *reap)
{
	struct plasma_object *obj, *next;

	list_for_each_entry_safe(obj, next, &victims->objects, link) {
		struct plasma_pool *pool = plasma_object_pool_locked(obj);

		pool->evictions++;
		pool->evicted_bytes += plasma_object_bytes(obj);
		/* A hidden one has gone long since for all who look; there may be another. */
		if (!obj->hidden)
			add_ghost_locked(obj->ns, obj->entry->id);
		plasma_object_unlink_locked(obj, PLASMA_EVENT_EVICT, reap);
	}
	return_pinned_locked(victims);
}

/**
 * plasma_evict_locked - evict from the old end until enough bytes are gone
 * @ns: the namespace
 * @pool: the pool
 * @bytes: how many
 * @reap: the list for plasma_object_reap()
 */
void plasma_evict_locked(struct plasma_namespace *ns, struct plasma_pool *pool, u64 bytes,
			 struct list_head *reap)
{
	struct victims victims;

	lockdep_assert_held(&ns->lock);
	victims_init(&victims, ns);
	choose_bytes_locked(ns, pool, &victims, bytes, bytes);
	evict_victims_locked(&victims, reap);
}

/**
 * plasma_evict_all_or_none_locked - evict enough, or nothing
 * @ns: the namespace
 * @pool: the pool
 * @bytes: how many logical bytes would be good, if that does not take long
 * @least: how many have to go
 * @reap: the list for plasma_object_reap()
 *
 * Return: true if at least @least bytes have gone.
 */
bool plasma_evict_all_or_none_locked(struct plasma_namespace *ns, struct plasma_pool *pool,
				     u64 bytes, u64 least, struct list_head *reap)
{
	struct victims victims;

	lockdep_assert_held(&ns->lock);
	victims_init(&victims, ns);
	if (least > pool->evictable)
		return false;
	choose_bytes_locked(ns, pool, &victims, bytes, least);
	if (victims.bytes >= least)
		evict_victims_locked(&victims, reap);
	else
		spare_locked(&victims);
	return victims.bytes >= least;
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
	if (!may_evict)
		return -ENOSPC;
	shortfall = need - left;
	batch = mult_frac(pool->capacity, (u64)ns->evict_percent, 100ULL);
	if (!plasma_evict_all_or_none_locked(ns, pool, max(shortfall, batch), shortfall, reap))
		return -ENOSPC;
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
	struct victims victims;

	lockdep_assert_held(&ns->lock);
	victims_init(&victims, ns);
	while (victims.units < pages * PAGE_UNITS && choose_locked(pool, &victims))
		;
	evict_victims_locked(&victims, reap);
	return victims.units / PAGE_UNITS;
}

static int evict_pages(struct plasma_object *obj, unsigned long pages)
{
	struct plasma_namespace *ns = obj->ns;
	u64 units = pages * PAGE_UNITS;
	struct plasma_pool *pool;
	struct victims victims;
	LIST_HEAD(reap);
	int err = 0;

	spin_lock(&ns->lock);
	pool = plasma_object_pool_locked(obj);
	victims_init(&victims, ns);
	while (victims.units < units && pool->evictable_units + victims.units >= units &&
	       choose_locked(pool, &victims))
		;
	if (victims.units >= units) {
		evict_victims_locked(&victims, &reap);
	} else {
		spare_locked(&victims);
		err = -ENOSPC;
	}
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

/**
 * plasma_evict_for_pages - reserve pages, of what is kept or by evicting from a pool
 * @obj: the object that is to have them, unsealed: its pool
 * @pages: how many
 * @may_evict: whether to evict
 *
 * Context: may sleep.
 * Return: 0, and the pages are reserved, or -ENOSPC.
 */
int plasma_evict_for_pages(struct plasma_object *obj, unsigned long pages, bool may_evict)
{
	unsigned long lacking;

	while ((lacking = plasma_store_reserve(pages))) {
		if (plasma_keep_drop(lacking))
			continue;
		/* Somebody else may have freed what was kept. */
		lacking = plasma_store_reserve(pages);
		if (!lacking)
			break;
		if (!may_evict || evict_pages(obj, lacking))
			return -ENOSPC;
	}
	return 0;
}

/* Some of what is to go; true if there is more, older than @start. */
static bool evict_some(struct plasma_attach *attach, struct plasma_evict *arg, u64 start)
{
	struct plasma_namespace *ns = attach->ns;
	struct plasma_object *oldest;
	struct plasma_pool *pool;
	struct victims victims;
	LIST_HEAD(reap);
	bool more;

	spin_lock(&ns->lock);
	pool = plasma_quota_pool_locked(attach);
	victims_init(&victims, ns);
	choose_bytes_locked(ns, pool, &victims, arg->bytes - min(arg->bytes, arg->out_bytes), 0);
	evict_victims_locked(&victims, &reap);
	arg->out_bytes += victims.bytes;
	arg->out_objects += victims.count;
	/* What was pinned has been put behind all the others. */
	oldest = plasma_pool_oldest_locked(pool);
	more = arg->out_bytes < arg->bytes && oldest && oldest->entry->stamp < start;
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return more;
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
	u64 start = plasma_clock();

	arg->out_bytes = 0;
	arg->out_objects = 0;
	while (evict_some(cmd->attach, arg, start) && !fatal_signal_pending(current))
		cond_resched();
	return plasma_respond(cmd);
}

static int refresh_one(struct plasma_cmd *cmd, const u8 *id, struct list_head *reap)
{
	struct plasma_namespace *ns = cmd->attach->ns;
	struct plasma_object *obj;

	spin_lock(&ns->lock);
	obj = plasma_object_lookup_locked(ns, id);
	if (obj && obj->evictable)
		plasma_pool_place_locked(obj);
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
