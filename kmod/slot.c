// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots: the numbers of a namespace's objects.
 *
 * An object has a slot from its creation until it is destroyed. The slot says where its
 * entry is in the index, and is what pins, holds and cursors know it by.
 *
 * Slots come in pages, as many as there are entries in a page of the index; the two are
 * made and dropped together, under index.lock. Everything else happens under ns->lock. So a
 * page whose slots are all free is dropped for good, or one of them is taken before.
 *
 * Pages with free slots are in a list, and the first is taken from: that costs the same
 * however many there are. One that was full comes to the beginning of the list if its
 * number is lower than that of the first, else to the end, so that objects gather in
 * few pages, at the beginning of the index.
 */
#include <linux/bitops.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "plasma.h"

#define ALL_TAKEN	(~0ULL >> (64 - PLASMA_SLOTS_IN_PAGE))

static struct kmem_cache *plasma_slot_cache;

/**
 * plasma_slot_init - make the cache of pages of slots
 *
 * Return: 0 or -ENOMEM.
 */
int plasma_slot_init(void)
{
	BUILD_BUG_ON(PLASMA_SLOTS_IN_PAGE > 64);	/* bits of @taken */
	plasma_slot_cache = KMEM_CACHE(plasma_slot_page, SLAB_ACCOUNT);
	return plasma_slot_cache ? 0 : -ENOMEM;
}

/**
 * plasma_slot_exit - drop the cache of pages of slots
 */
void plasma_slot_exit(void)
{
	kmem_cache_destroy(plasma_slot_cache);
}

/* The lowest page that there is not. */
static u32 missing_page(struct plasma_slots *slots)
{
	u32 number = slots->lowest;

	while (number < slots->table.size && slots->table.pages[number])
		number++;
	return number;
}

static int add_page(struct plasma_namespace *ns, u32 number)
{
	struct plasma_slots *slots = &ns->slots;
	struct plasma_slot_page *page;
	unsigned int at;
	int err;

	if (number > PLASMA_SLOT_MAX / PLASMA_SLOTS_IN_PAGE)
		return -ENOSPC;
	err = plasma_page_table_grow(ns, &slots->table, number);
	if (err)
		return err;
	page = kmem_cache_zalloc(plasma_slot_cache, GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	page->number = number;
	page->entries = plasma_index_entries(ns, number);
	if (!page->entries) {
		kmem_cache_free(plasma_slot_cache, page);
		return -ENOMEM;
	}
	for (at = 0; at < PLASMA_SLOTS_IN_PAGE; at++)
		WRITE_ONCE(page->entries[at].state, slots->first_state);
	spin_lock(&ns->lock);
	slots->table.pages[number] = page;
	list_add_tail(&page->node, &slots->free);
	slots->lowest = number + 1;
	spin_unlock(&ns->lock);
	return 0;
}

/**
 * plasma_slot_prepare - see that a slot is free
 * @ns: the namespace
 *
 * Somebody else may be faster in taking it.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or -ENOSPC when there are as many objects as there can be.
 */
int plasma_slot_prepare(struct plasma_namespace *ns)
{
	int err = 0;

	if (!list_empty(&ns->slots.free))
		return 0;
	mutex_lock(&ns->index.lock);
	if (list_empty(&ns->slots.free))
		err = add_page(ns, missing_page(&ns->slots));
	mutex_unlock(&ns->index.lock);
	return err;
}

/**
 * plasma_slot_take_locked - give an object a slot, and with it an entry
 * @obj: the object
 *
 * Return: false when none is free.
 */
bool plasma_slot_take_locked(struct plasma_object *obj)
{
	struct plasma_slots *slots = &obj->ns->slots;
	struct plasma_slot_page *page;
	unsigned int at;

	lockdep_assert_held(&obj->ns->lock);
	page = list_first_entry_or_null(&slots->free, struct plasma_slot_page, node);
	if (!page)
		return false;
	at = ffz(page->taken);
	page->taken |= BIT_ULL(at);
	if (page->taken == ALL_TAKEN)
		list_del_init(&page->node);
	page->objects[at] = obj;
	obj->slot = page->number * PLASMA_SLOTS_IN_PAGE + at;
	obj->entry = &page->entries[at];
	return true;
}

static void list_page(struct plasma_slots *slots, struct plasma_slot_page *page)
{
	struct plasma_slot_page *first;

	first = list_first_entry_or_null(&slots->free, struct plasma_slot_page, node);
	if (!first || page->number < first->number)
		list_add(&page->node, &slots->free);
	else
		list_add_tail(&page->node, &slots->free);
}

/**
 * plasma_slot_put_locked - give an object's slot back
 * @obj: the object; its entry is not its own any more
 */
void plasma_slot_put_locked(struct plasma_object *obj)
{
	struct plasma_slots *slots = &obj->ns->slots;
	struct plasma_slot_page *page = slots->table.pages[obj->slot / PLASMA_SLOTS_IN_PAGE];
	unsigned int at = obj->slot % PLASMA_SLOTS_IN_PAGE;

	lockdep_assert_held(&obj->ns->lock);
	if (page->taken == ALL_TAKEN)
		list_page(slots, page);
	page->taken &= ~BIT_ULL(at);
	page->objects[at] = NULL;
}

/* The page of a slot, or NULL. */
static struct plasma_slot_page *page_of(struct plasma_slots *slots, u32 slot)
{
	u32 number = slot / PLASMA_SLOTS_IN_PAGE;

	return number < slots->table.size ? slots->table.pages[number] : NULL;
}

/**
 * plasma_slot_object_locked - whose slot is it?
 * @ns: the namespace
 * @slot: any number
 *
 * Return: the object, in whatever state, or NULL.
 */
struct plasma_object *plasma_slot_object_locked(struct plasma_namespace *ns, u32 slot)
{
	struct plasma_slot_page *page = page_of(&ns->slots, slot);

	lockdep_assert_held(&ns->lock);
	return page ? page->objects[slot % PLASMA_SLOTS_IN_PAGE] : NULL;
}

/**
 * plasma_slot_next_locked - the next object in the order of slots
 * @ns: the namespace
 * @slot: where to begin; where the object is
 *
 * Where there is no page, the index tells which is the next: a large table that has become
 * empty is not gone through.
 *
 * Return: the object, in whatever state, or NULL.
 */
struct plasma_object *plasma_slot_next_locked(struct plasma_namespace *ns, unsigned long *slot)
{
	lockdep_assert_held(&ns->lock);
	while (*slot <= PLASMA_SLOT_MAX) {
		struct plasma_slot_page *page = page_of(&ns->slots, *slot);
		unsigned int at = *slot % PLASMA_SLOTS_IN_PAGE;
		u64 taken = page ? page->taken >> at : 0;

		if (taken) {
			*slot += __ffs64(taken);
			return page->objects[*slot % PLASMA_SLOTS_IN_PAGE];
		}
		*slot += PLASMA_SLOTS_IN_PAGE - at;
		if (!page && !plasma_index_next_entries(ns, slot))
			break;
	}
	return NULL;
}

/*
 * A client that found an entry takes it for unchanged while its state is the same. So the states
 * of a page that comes back begin behind all that there have been.
 */
static void note_states(struct plasma_slots *slots, const struct plasma_slot_page *page)
{
	const u32 flags = PLASMA_ENTRY_STEP - 1;
	unsigned int at;

	for (at = 0; at < PLASMA_SLOTS_IN_PAGE; at++) {
		u32 state = page->entries[at].state & ~flags;

		if ((s32)(state - slots->first_state) > 0)
			slots->first_state = state;
	}
}

/**
 * plasma_slot_forget - drop a page of slots, unless one of them is taken
 * @ns: the namespace, whose index.lock is held
 * @number: of the page
 *
 * Return: true if it is gone, and nobody uses the entries any more.
 */
bool plasma_slot_forget(struct plasma_namespace *ns, u32 number)
{
	struct plasma_slots *slots = &ns->slots;
	struct plasma_slot_page *page;

	lockdep_assert_held(&ns->index.lock);
	spin_lock(&ns->lock);
	page = page_of(slots, number * PLASMA_SLOTS_IN_PAGE);
	if (page && page->taken) {
		spin_unlock(&ns->lock);
		return false;
	}
	if (page) {
		note_states(slots, page);
		list_del(&page->node);
		slots->table.pages[number] = NULL;
		slots->lowest = min(slots->lowest, number);
	}
	spin_unlock(&ns->lock);
	if (page)
		kmem_cache_free(plasma_slot_cache, page);
	return true;
}

/**
 * plasma_slots_init - no slots yet
 * @ns: a new namespace
 */
void plasma_slots_init(struct plasma_namespace *ns)
{
	INIT_LIST_HEAD(&ns->slots.free);
}

/**
 * plasma_slots_exit - free all pages of slots; no object is left
 * @ns: the namespace
 */
void plasma_slots_exit(struct plasma_namespace *ns)
{
	struct plasma_slot_page *page, *next;

	list_for_each_entry_safe(page, next, &ns->slots.free, node)
		kmem_cache_free(plasma_slot_cache, page);
	kvfree(ns->slots.table.pages);
}
