// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packs: pages that small sealed objects of one namespace share.
 *
 * A pack is a page of slots of one size, a multiple of 64 bytes. Puts copy straight into
 * a slot; a small object that was created is moved into one by its seal, and the page
 * that its creator wrote to goes with the creator's hold.
 *
 * Only what is to be seen by all who may read the namespace is ever in a pack. So who
 * maps a pack for one object may see what lies beside it, and a slot is used again
 * without clearing it: see "Memory" in Documentation/design.md. An object that is exported to
 * who may not read the namespace is copied first (export.c).
 *
 * Slots are taken and given back under ns->lock. A pack without objects goes, unless it
 * is the last of its size. Faults find it in ns->space, marked by a tag. Its end is as that
 * of an object: @dead is set, then its gate is taken exclusively and the windows
 * zapped, then the page is freed; a fault looks at @dead with the gate shared.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "compat.h"
#include "plasma.h"

#define PACK_UNITS	(PAGE_SIZE / PLASMA_UNIT)

/* Sizes of slots, in units. No object wastes more than a third of its slot. */
static const u8 class_units[PLASMA_PACK_CLASSES] = { 1, 2, 3, 4, 6, 8, 12, 16, 21, 32 };

static unsigned int class_of(u64 bytes)
{
	unsigned int class = 0;

	while (class_units[class] * PLASMA_UNIT < bytes)
		class++;
	return class;
}

static unsigned int slots_of(const struct plasma_pack *pack)
{
	return PACK_UNITS / class_units[pack->class];
}

/**
 * plasma_pack_fits - is an object small enough for a pack?
 * @bytes: of data and metadata
 *
 * Return: whether it shares a page, once it is sealed.
 */
bool plasma_pack_fits(u64 bytes)
{
	return bytes && bytes <= class_units[PLASMA_PACK_CLASSES - 1] * PLASMA_UNIT;
}

/**
 * plasma_pack_units - how much of a page an object takes
 * @obj: a packed object
 *
 * Return: units of %PLASMA_UNIT bytes.
 */
unsigned int plasma_pack_units(const struct plasma_object *obj)
{
	return class_units[obj->pack->class];
}

/**
 * plasma_pack_data - the bytes of a packed object
 * @obj: the object
 *
 * Return: where they are.
 */
void *plasma_pack_data(const struct plasma_object *obj)
{
	return obj->pack->data + offset_in_page(obj->entry->offset);
}

/**
 * plasma_pack_take_locked - give an object a slot in a pack that there is
 * @obj: the object
 * @bytes: its size, which fits
 *
 * Return: false when all packs of this size are full.
 */
bool plasma_pack_take_locked(struct plasma_object *obj, u64 bytes)
{
	struct plasma_namespace *ns = obj->ns;
	unsigned int class = class_of(bytes);
	struct plasma_pack *pack;
	unsigned int slot;

	lockdep_assert_held(&ns->lock);
	pack = list_first_entry_or_null(&ns->packs[class], struct plasma_pack, node);
	if (!pack)
		return false;
	if (!pack->taken) {
		ns->pages++;
		plasma_store_keep(-1);
	}
	slot = ffz(pack->taken);
	pack->taken |= BIT_ULL(slot);
	obj->pack = pack;
	obj->entry->offset = plasma_extent_offset(&pack->extent) +
			     slot * class_units[class] * PLASMA_UNIT;
	if (hweight64(pack->taken) == slots_of(pack))
		list_del_init(&pack->node);
	return true;
}

static unsigned int slot_of(const struct plasma_object *obj)
{
	return offset_in_page(obj->entry->offset) / (plasma_pack_units(obj) * PLASMA_UNIT);
}

static struct plasma_pack *pack_alloc(struct plasma_namespace *ns, unsigned int class)
{
	struct plasma_pack *pack = kzalloc(sizeof(*pack), GFP_KERNEL_ACCOUNT);
	struct folio *folio;
	int err;

	if (!pack) {
		plasma_store_unreserve(1);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&pack->ref, 1);
	pack->class = class;
	err = plasma_extent_alloc(ns, plasma_pack_entry(pack), &pack->extent, 1, 1, __GFP_ZERO);
	if (err) {
		kfree(pack);
		return ERR_PTR(err);
	}
	folio = plasma_extent_folio(ns, pack->extent.start);
	pack->data = folio_address(folio);
	folio_put(folio);	/* the page cache keeps it until pack_free() */
	return pack;
}

/**
 * plasma_pack_add - make a pack
 * @ns: the namespace
 * @bytes: size of an object that is to fit a slot; the caller has reserved a page
 *
 * Context: may sleep.
 * Return: 0 or a negative error, and then the reservation is gone.
 */
int plasma_pack_add(struct plasma_namespace *ns, u64 bytes)
{
	struct plasma_pack *pack = pack_alloc(ns, class_of(bytes));

	if (IS_ERR(pack))
		return PTR_ERR(pack);
	spin_lock(&ns->lock);
	list_add_tail(&pack->node, &ns->packs[pack->class]);
	plasma_store_keep(1);
	spin_unlock(&ns->lock);
	return 0;
}

/**
 * plasma_pack_put - drop a reference to the structure of a pack
 * @pack: the pack
 */
void plasma_pack_put(struct plasma_pack *pack)
{
	if (refcount_dec_and_test(&pack->ref))
		kfree_rcu(pack, rcu);
}

static void pack_free(struct plasma_namespace *ns, struct plasma_pack *pack)
{
	plasma_store_keep(-1);
	plasma_window_shut_pack(ns, pack);
	plasma_extent_free(ns, &pack->extent);
	plasma_pack_put(pack);
}

/* The last of its size is kept, for the next object; not in a namespace that goes. */
static bool superfluous_locked(struct plasma_namespace *ns, struct plasma_pack *pack)
{
	return !pack->taken && (ns->removed || !list_is_singular(&ns->packs[pack->class]));
}

/**
 * plasma_pack_free - give an object's slot back
 * @obj: a packed object that nobody can reach any more
 *
 * Context: may sleep.
 */
void plasma_pack_free(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;
	struct plasma_pack *pack = obj->pack;
	bool last;

	spin_lock(&ns->lock);
	pack->taken &= ~BIT_ULL(slot_of(obj));
	if (list_empty(&pack->node))
		list_add(&pack->node, &ns->packs[pack->class]);
	if (!pack->taken) {
		ns->pages--;
		plasma_store_keep(1);
	}
	last = superfluous_locked(ns, pack);
	if (last)
		list_del(&pack->node);
	spin_unlock(&ns->lock);
	obj->pack = NULL;
	if (last)
		pack_free(ns, pack);
}

/**
 * plasma_packs_drop - free packs without objects
 * @ns: the namespace
 *
 * Context: may sleep.
 * Return: how many.
 */
unsigned long plasma_packs_drop(struct plasma_namespace *ns)
{
	struct plasma_pack *pack, *next;
	unsigned long dropped = 0;
	LIST_HEAD(empty);
	int i;

	spin_lock(&ns->lock);
	for (i = 0; i < PLASMA_PACK_CLASSES; i++) {
		list_for_each_entry_safe(pack, next, &ns->packs[i], node) {
			if (!pack->taken)
				list_move(&pack->node, &empty);
		}
	}
	spin_unlock(&ns->lock);
	list_for_each_entry_safe(pack, next, &empty, node) {
		pack_free(ns, pack);
		dropped++;
	}
	return dropped;
}
