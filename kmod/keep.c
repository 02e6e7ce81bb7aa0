// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kept extents: what sealed objects leave behind, ready for objects of the same size.
 *
 * An extent with its pages is taken by the next object of its namespace that has as many
 * pages; nothing is allocated, and nothing is cleared if the newcomer's creator may read
 * the namespace: all that is in there was once published to its readers. What was
 * written and never sealed, or put and failed, is not kept.
 *
 * A page that somebody still has a reference to, a zero-copy send for instance, is not
 * kept either: it would change under him. The windows have been zapped by then
 * (plasma_window_shut()), so no such reference can be new.
 *
 * Kept pages count as occupied where size_mb is concerned, but give way to everything: a
 * create that lacks pages or memory, a smaller size_mb, memory pressure; and they go by
 * themselves when nobody has wanted them for a while. They remain charged to the
 * memory cgroup that they were created in. So those of a cgroup with a limit are not kept,
 * for they could bring it to that limit; and only its members get them.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "plasma.h"

#define KEEP_TIME	(2 * HZ)
#define KEEP_TRIES	16	/* extents looked at for one of the right size */

static unsigned int keep_percent = 50;
module_param(keep_percent, uint, 0644);
MODULE_PARM_DESC(keep_percent, "Most of the store's size that is kept ready for new objects when others go, in percent (default: 50)");

/**
 * struct kept - an extent without an object
 * @node: in plasma_namespace.kept, by size
 * @age: in kept_list, oldest first
 * @ns: the namespace; a reference
 * @extent: the extent
 * @since: when it was kept, jiffies
 */
struct kept {
	struct list_head node;
	struct list_head age;
	struct plasma_namespace *ns;
	struct plasma_extent extent;
	unsigned long since;
};

/* Held while what is kept is freed, lest who lacks pages takes these for used. */
static DEFINE_MUTEX(drop_lock);
static DEFINE_SPINLOCK(kept_lock);	/* protects all lists; innermost */
static LIST_HEAD(kept_list);

/* Unbound, as it may take long: work that waits for this processor would wait as long. */
static void drop_old(struct work_struct *work);
static DECLARE_DELAYED_WORK(kept_work, drop_old);

static struct list_head *kept_of_size(struct plasma_namespace *ns, u32 pages)
{
	return &ns->kept[ilog2(pages) % PLASMA_KEPT_LISTS];
}

#ifdef CONFIG_MEMCG
/* Under RCU, as the charge may be moved, and its former group go. */
static bool is_limited(struct folio *folio)
{
	struct mem_cgroup *memcg;
	bool limited = false;

	rcu_read_lock();
	for (memcg = folio_memcg(folio); memcg && !limited; memcg = parent_mem_cgroup(memcg))
		limited = READ_ONCE(memcg->memory.max) != PAGE_COUNTER_MAX ||
			  READ_ONCE(memcg->memory.high) != PAGE_COUNTER_MAX;
	rcu_read_unlock();
	return limited;
}

static bool is_ours(struct folio *folio)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(current->mm);
	bool ours;

	rcu_read_lock();
	ours = folio_memcg(folio) == memcg;
	rcu_read_unlock();
	mem_cgroup_put(memcg);
	return ours;
}
#else
static bool is_limited(struct folio *folio)
{
	return false;
}

static bool is_ours(struct folio *folio)
{
	return true;
}
#endif

/* Besides the page cache, whose references are as many as there are pages, only ours. */
static bool is_idle(struct folio *folio)
{
	return folio_ref_count(folio) == folio_nr_pages(folio) + 1 && !folio_mapped(folio) &&
	       !is_limited(folio);
}

static bool all_idle(struct plasma_namespace *ns, const struct plasma_extent *ext)
{
	pgoff_t index = ext->start, end = ext->start + ext->pages;
	bool idle = true;

	while (index < end && idle) {
		struct folio *folio = plasma_extent_folio(ns, index);

		idle = is_idle(folio);
		index = folio_next_index(folio);
		folio_put(folio);
	}
	return idle;
}

static bool is_room(u32 pages)
{
	u64 limit = plasma_store_size() / 100 * min(READ_ONCE(keep_percent), 100U);

	return plasma_store_kept() + ((u64)pages << PAGE_SHIFT) <= limit;
}

/* A namespace that goes has @removed set before its kept extents are dropped. */
static bool add(struct kept *kept)
{
	bool removed;

	spin_lock(&kept_lock);
	removed = READ_ONCE(kept->ns->removed);
	if (!removed) {
		list_add(&kept->node, kept_of_size(kept->ns, kept->extent.pages));
		list_add_tail(&kept->age, &kept_list);
		plasma_store_keep(kept->extent.pages);
	}
	spin_unlock(&kept_lock);
	return !removed;
}

/**
 * plasma_keep_wants - is a folio to be kept for the next object?
 * @folio: one that no object has any more
 *
 * Context: any.
 * Return: true if there is room, and its memory cgroup has no limit.
 */
bool plasma_keep_wants(struct folio *folio)
{
	return is_room(folio_nr_pages(folio)) && !is_limited(folio);
}

/**
 * plasma_keep_expire - let what has just been kept go when nobody wants it
 */
void plasma_keep_expire(void)
{
	queue_delayed_work(system_unbound_wq, &kept_work, KEEP_TIME);
}

/**
 * plasma_keep - keep the extent of an object that was sealed
 * @ns: the namespace
 * @ext: the extent, in no window
 *
 * Context: may sleep.
 * Return: true if it is kept; else the caller still has it.
 */
bool plasma_keep(struct plasma_namespace *ns, const struct plasma_extent *ext)
{
	struct kept *kept;

	if (!ext->pages || ext->pages != ext->span || READ_ONCE(ns->removed) ||
	    !is_room(ext->pages) || !all_idle(ns, ext))
		return false;
	kept = kmalloc(sizeof(*kept), GFP_KERNEL | __GFP_NOWARN);
	if (!kept)
		return false;
	kept->ns = ns;
	kept->extent = *ext;
	kept->since = jiffies;
	if (plasma_extent_assign(ns, ext, plasma_kept_entry(kept)))
		goto free;
	refcount_inc(&ns->ref);
	if (add(kept)) {
		plasma_keep_expire();
		return true;
	}
	plasma_namespace_put(ns);	/* not the last: the caller has one */
free:
	kfree(kept);
	return false;
}

static void remove_locked(struct kept *kept)
{
	lockdep_assert_held(&kept_lock);
	list_del(&kept->node);
	list_del(&kept->age);
}

static struct kept *find_locked(struct plasma_namespace *ns, u32 pages)
{
	unsigned int tries = KEEP_TRIES;
	struct kept *kept;

	list_for_each_entry(kept, kept_of_size(ns, pages), node) {
		if (kept->extent.pages == pages)
			return kept;
		if (!--tries)
			break;
	}
	return NULL;
}

/* Its pages count as kept until they are free: no object occupies them. */
static void kept_free(struct kept *kept)
{
	long pages = kept->extent.pages;

	plasma_extent_free(kept->ns, &kept->extent);
	plasma_store_keep(-pages);
	plasma_namespace_put(kept->ns);
	kfree(kept);
}

/**
 * plasma_keep_pays - does the caller's memory cgroup pay for a folio?
 * @folio: the folio
 *
 * Return: true if it is charged to that.
 */
bool plasma_keep_pays(struct folio *folio)
{
	return is_ours(folio);
}

/**
 * plasma_keep_is_ours - is kept memory for the caller to use?
 * @ns: the namespace
 * @ext: the extent
 *
 * Return: true if it is charged to the caller's memory cgroup.
 */
bool plasma_keep_is_ours(struct plasma_namespace *ns, const struct plasma_extent *ext)
{
	struct folio *folio = plasma_extent_folio(ns, ext->start);
	bool ours = is_ours(folio);

	folio_put(folio);
	return ours;
}

/**
 * plasma_keep_take - take a kept extent for an object
 * @obj: the object
 * @pages: how many it needs
 * @clear: nothing may be left of what was in them
 *
 * Context: may sleep.
 * Return: true if there was one, and its pages need not be reserved.
 */
bool plasma_keep_take(struct plasma_object *obj, u64 pages, bool clear)
{
	struct plasma_namespace *ns = obj->ns;
	struct kept *kept = NULL;

	if (!pages || pages > U32_MAX)
		return false;
	spin_lock(&kept_lock);
	kept = find_locked(ns, pages);
	if (kept)
		remove_locked(kept);
	spin_unlock(&kept_lock);
	if (!kept)
		return false;
	if (!plasma_keep_is_ours(ns, &kept->extent) ||
	    plasma_extent_assign(ns, &kept->extent, obj)) {
		kept_free(kept);
		return false;
	}
	plasma_store_keep(-(long)pages);
	obj->extent = kept->extent;
	obj->written = true;	/* there is something behind its end */
	if (clear)
		plasma_extent_zero(obj, 0);
	plasma_namespace_put(ns);
	kfree(kept);
	return true;
}

/* Drop extents that have been kept since @before, oldest first, up to @pages. */
static unsigned long drop(unsigned long pages, unsigned long before)
{
	unsigned long dropped = 0;
	struct kept *kept;

	while (dropped < pages) {
		spin_lock(&kept_lock);
		kept = list_first_entry_or_null(&kept_list, struct kept, age);
		if (kept && time_after(kept->since, before))
			kept = NULL;
		if (kept)
			remove_locked(kept);
		spin_unlock(&kept_lock);
		if (!kept)
			break;
		dropped += kept->extent.pages;
		kept_free(kept);
		cond_resched();
	}
	return dropped;
}

/* Extents first, then spare packs. */
static unsigned long drop_all(unsigned long pages, unsigned long before)
{
	unsigned long dropped;

	mutex_lock(&drop_lock);
	dropped = drop(pages, before);
	if (dropped < pages)
		dropped += plasma_namespaces_tidy(pages - dropped, before);
	mutex_unlock(&drop_lock);
	return dropped;
}

static void drop_old(struct work_struct *work)
{
	drop_all(ULONG_MAX, jiffies - KEEP_TIME);
	if (plasma_store_kept())
		plasma_keep_expire();
}

/**
 * plasma_keep_drop - free what is kept: extents, oldest first, then spare packs
 * @pages: how many pages at least, if there are so many
 *
 * What somebody else is freeing in the same way has been freed when this returns.
 *
 * Context: may sleep; no mutex of ours held.
 * Return: pages freed.
 */
unsigned long plasma_keep_drop(unsigned long pages)
{
	return drop_all(pages, jiffies);
}

/**
 * plasma_keep_drop_namespace - free what is kept for a namespace that was removed
 * @ns: the namespace
 *
 * Context: may sleep.
 */
void plasma_keep_drop_namespace(struct plasma_namespace *ns)
{
	struct kept *kept, *next;
	LIST_HEAD(all);
	int i;

	spin_lock(&kept_lock);
	for (i = 0; i < PLASMA_KEPT_LISTS; i++) {
		list_for_each_entry_safe(kept, next, &ns->kept[i], node) {
			remove_locked(kept);
			list_add(&kept->node, &all);
		}
	}
	spin_unlock(&kept_lock);
	list_for_each_entry_safe(kept, next, &all, node)
		kept_free(kept);
}

/**
 * plasma_keep_exit - stop the work; all namespaces are gone, and their extents with them
 */
void plasma_keep_exit(void)
{
	cancel_delayed_work_sync(&kept_work);
}
