// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory pressure: a shrinker that gives back what is kept, then evicts from namespaces
 * which allow it.
 *
 * It runs wherever memory is allocated, also inside our own mutexes and with mmap_lock
 * held. So it takes no lock and only counts; a work item evicts, and frees by the
 * ordinary way.
 */
#include <linux/atomic.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "plasma.h"

static atomic_long_t plasma_reclaim_wanted;

static void reclaim(struct work_struct *work)
{
	unsigned long pages = atomic_long_xchg(&plasma_reclaim_wanted, 0);
	unsigned long kept = pages ? plasma_keep_drop(pages) : 0;

	if (pages > kept)
		plasma_namespaces_evict(pages - kept, true);
}

static DECLARE_WORK(plasma_reclaim_work, reclaim);

static unsigned long kept_pages(void)
{
	return plasma_store_kept() >> PAGE_SHIFT;
}

static unsigned long reclaim_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	return plasma_reclaimable() + kept_pages() ?: SHRINK_EMPTY;
}

/* What the work item is going to free counts as freed, but once only. */
static unsigned long reclaim_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long pages = min(sc->nr_to_scan, plasma_reclaimable() + kept_pages());

	if (!pages || atomic_long_cmpxchg(&plasma_reclaim_wanted, 0, pages))
		return SHRINK_STOP;
	queue_work(system_unbound_wq, &plasma_reclaim_work);
	return pages;
}

static struct plasma_shrinker plasma_shrinker;

/**
 * plasma_reclaim_init - offer what may be evicted to memory management
 *
 * Return: 0 or a negative error.
 */
int plasma_reclaim_init(void)
{
	return plasma_shrinker_register(&plasma_shrinker, reclaim_count, reclaim_scan);
}

/**
 * plasma_reclaim_exit - withdraw the offer
 */
void plasma_reclaim_exit(void)
{
	plasma_shrinker_unregister(&plasma_shrinker);
	cancel_work_sync(&plasma_reclaim_work);
}
