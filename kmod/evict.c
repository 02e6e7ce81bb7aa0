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
	return max(atomic_long_read(&plasma_reclaimable_units), 0L) / PLASMA_PAGE_UNITS;
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

/*
 * The time, but not before what is in the list: cycles may begin anew when the machine has slept.
 * What is used then comes last all the same.
 */
static u64 now_locked(const struct plasma_pool *pool)
{
	const struct plasma_object *last = newest(pool);

	return last ? max(plasma_clock(), last->entry->stamp) : plasma_clock();
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
	struct plasma_pool *pool = plasma_object_pool_locked(obj);

	lockdep_assert_held(&obj->ns->lock);
	plasma_pool_unplace_locked(obj);
	if (obj->users || obj->keep)
		list_add_tail(&obj->link, &pool->busy);
	else
		lru_add_locked(obj, now_locked(pool));
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
 * How many objects to look at before others get the lock: each is looked for in the pins of all
 * clients, and subscribers are told of it. More if there are few of them. It takes more only as
 * long as what is looked at is pinned, so that each step gets ahead.
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

/* Set apart what makes up @bytes, or what of it is quick to find; something if it @must be. */
static void choose_bytes_locked(struct plasma_namespace *ns, struct plasma_pool *pool,
				struct victims *victims, u64 bytes, bool must)
{
	u64 step = step_locked(ns);

	while (victims->bytes < bytes &&
	       (victims->looked < step || (must && !victims->count)) &&
	       choose_locked(pool, victims))
		;
}

static void choose_units_locked(struct plasma_namespace *ns, struct plasma_pool *pool,
				struct victims *victims, u64 units)
{
	u64 step = step_locked(ns);

	while (victims->units < units && (victims->looked < step || !victims->units) &&
	       choose_locked(pool, victims))
		;
}

/* What is pinned now will be released later than all that is in the LRU. */
static void return_pinned_locked(struct victims *victims)
{
	struct plasma_object *obj, *next;

	list_for_each_entry_safe(obj, next, &victims->pinned, link) {
		list_del_init(&obj->link);
		lru_add_locked(obj, now_locked(plasma_object_pool_locked(obj)));
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

/* What was set apart goes if it is @enough, or if there may be @more; otherwise none does. */
static int conclude_locked(struct victims *victims, bool enough, bool more,
			   struct list_head *reap)
{
	if (!enough && !more) {
		spare_locked(victims);
		return -ENOSPC;
	}
	evict_victims_locked(victims, reap);
	return enough ? 0 : -EAGAIN;
}

/**
 * plasma_evict_some_locked - evict from the old end, as much as is quickly done
 * @ns: the namespace
 * @pool: the pool
 * @bytes: how many bytes at most
 * @reap: the list for plasma_object_reap()
 *
 * Return: true if anything has gone.
 */
bool plasma_evict_some_locked(struct plasma_namespace *ns, struct plasma_pool *pool, u64 bytes,
			      struct list_head *reap)
{
	struct victims victims;

	lockdep_assert_held(&ns->lock);
	victims_init(&victims, ns);
	choose_bytes_locked(ns, pool, &victims, bytes, true);
	evict_victims_locked(&victims, reap);
	return victims.count;
}

/**
 * plasma_evict_enough_locked - evict enough, or nothing if there is not enough
 * @ns: the namespace
 * @pool: the pool
 * @bytes: how many logical bytes would be good, if that does not take long
 * @least: how many have to go
 * @reap: the list for plasma_object_reap()
 *
 * Of very many objects some go before it is known that none of the others is pinned.
 *
 * Return: 0 when at least @least bytes have gone; -ENOSPC; or -EAGAIN when some have, and the
 * caller is to let others have the lock and try again: see plasma_again().
 */
int plasma_evict_enough_locked(struct plasma_namespace *ns, struct plasma_pool *pool,
			       u64 bytes, u64 least, struct list_head *reap)
{
	struct victims victims;
	bool enough, more;

	lockdep_assert_held(&ns->lock);
	if (least > pool->evictable)
		return -ENOSPC;
	victims_init(&victims, ns);
	choose_bytes_locked(ns, pool, &victims, bytes, least);
	enough = victims.bytes >= least;
	more = victims.count && victims.bytes + pool->evictable >= least;
	return conclude_locked(&victims, enough, more, reap);
}

/**
 * plasma_evict_for_bytes_locked - make room for logical bytes
 * @ns: the namespace
 * @pool: the pool
 * @need: how many
 * @may_evict: whether to evict
 * @reap: the list for plasma_object_reap()
 *
 * Return: 0 when @need more bytes fit now; otherwise as plasma_evict_enough_locked().
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
	return plasma_evict_enough_locked(ns, pool, max(shortfall, batch), shortfall, reap);
}

/**
 * plasma_evict_units_locked - evict for memory, as much as is quickly done
 * @ns: the namespace
 * @pool: the pool
 * @units: how much memory, in units
 * @reap: the list for plasma_object_reap()
 *
 * Return: the memory of what went; 0 if there is nothing that could.
 */
u64 plasma_evict_units_locked(struct plasma_namespace *ns, struct plasma_pool *pool, u64 units,
			      struct list_head *reap)
{
	struct victims victims;

	lockdep_assert_held(&ns->lock);
	victims_init(&victims, ns);
	choose_units_locked(ns, pool, &victims, units);
	evict_victims_locked(&victims, reap);
	return victims.units;
}

static int evict_units_locked(struct plasma_namespace *ns, struct plasma_pool *pool, u64 units,
			      struct list_head *reap)
{
	struct victims victims;
	bool enough, more;

	if (pool->evictable_units < units)
		return -ENOSPC;
	victims_init(&victims, ns);
	choose_units_locked(ns, pool, &victims, units);
	enough = victims.units >= units;
	more = victims.units && pool->evictable_units + victims.units >= units;
	return conclude_locked(&victims, enough, more, reap);
}

static int evict_pages(struct plasma_object *obj, unsigned long pages)
{
	struct plasma_namespace *ns = obj->ns;
	u64 units = pages * PLASMA_PAGE_UNITS;
	LIST_HEAD(reap);
	int err;

	spin_lock(&ns->lock);
	err = evict_units_locked(ns, plasma_object_pool_locked(obj), units, &reap);
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
 * Return: 0, and the pages are reserved; -ENOSPC; or -EINTR for who is dying.
 */
int plasma_evict_for_pages(struct plasma_object *obj, unsigned long pages, bool may_evict)
{
	unsigned long lacking;
	int err;

	while ((lacking = plasma_store_reserve(pages))) {
		if (plasma_keep_drop(lacking))
			continue;
		/* Somebody else may have freed what was kept. */
		lacking = plasma_store_reserve(pages);
		if (!lacking)
			break;
		if (!may_evict)
			return -ENOSPC;
		err = evict_pages(obj, lacking);
		if (err && !plasma_again(&err))
			return err;
	}
	return 0;
}

/*
 * Some of what is to go; true if there may be more. *@left is how many are still to be looked at:
 * each once, and once more if it was put back. What is pinned is put behind all the others, and
 * so is seen again only after them.
 */
static bool evict_some(struct plasma_attach *attach, struct plasma_evict *arg, u64 *left)
{
	struct plasma_namespace *ns = attach->ns;
	struct plasma_pool *pool;
	struct victims victims;
	LIST_HEAD(reap);
	u64 lacking;

	spin_lock(&ns->lock);
	pool = plasma_quota_pool_locked(attach);
	*left = min(*left, 2 * pool->nr_evictable);
	victims_init(&victims, ns);
	lacking = arg->bytes - min(arg->bytes, arg->out_bytes);
	choose_bytes_locked(ns, pool, &victims, lacking, false);
	evict_victims_locked(&victims, &reap);
	arg->out_bytes += victims.bytes;
	arg->out_objects += victims.count;
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	*left -= min(*left, victims.looked);
	return *left && victims.looked && arg->out_bytes < arg->bytes;
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
	u64 left = U64_MAX;

	arg->out_bytes = 0;
	arg->out_objects = 0;
	while (evict_some(cmd->attach, arg, &left) && !fatal_signal_pending(current))
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
