// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packs: pages that small sealed objects of one namespace share.
 *
 * A pack is a page of slots of one size, a multiple of 64 bytes. Puts copy straight into
 * a slot; a small object that was created is moved into one by its seal, and the page
 * that its creator wrote to goes with the creator's hold.
 *
 * Only what is to be seen by all who may read the namespace is ever put in a pack. So who
 * maps a pack for one object may see what lies beside it, and a slot is used again
 * without clearing it: see "Memory" in Documentation/design.md. Where the last step fails, which
 * would have shown the object, the slot is cleared. An object that is exported to who may not
 * read the namespace is copied first (export.c).
 *
 * Slots are taken and given back under ns->lock. A pack without objects is a spare, for
 * slots of whatever size are wanted next; like kept extents (keep.c) spares count as
 * kept, give way to everything, and go when nobody has wanted them for a while.
 *
 * Faults find a pack in ns->space, marked by a tag, from before it has a page; until then @dead is
 * set. Its end is as that of an object: @dead is set, then its gate is taken exclusively and the
 * windows zapped, then the page is freed; a fault looks at @dead with the gate shared.
 *
 * Somebody may still refer to the page when an object in it goes, say a pipe that a reader spliced
 * it to. What was in its slot stays there then, as long as the pack lasts; that is until no
 * object is left in it, and it is no spare afterwards.
 */
#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "compat.h"
#include "plasma.h"

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
	return PLASMA_PAGE_UNITS / class_units[pack->class];
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

/*
 * How many packs to look at. Who has taken a slot finds that pack again unless as many others
 * have taken one meanwhile, each in a pack of its own.
 */
#define PACK_LOOKS	64

/*
 * A pack that the caller's memory cgroup pays for: another's would go on paying for a page in
 * which it has nothing any more.
 */
static struct plasma_pack *find_ours(struct list_head *packs)
{
	struct plasma_pack *pack;
	int looks = 0;

	list_for_each_entry(pack, packs, node) {
		if (plasma_keep_pays(virt_to_folio(pack->data)))
			return pack;
		if (++looks == PACK_LOOKS)
			break;
	}
	return NULL;
}

static struct plasma_pack *first_of(struct list_head *packs)
{
	return list_first_entry_or_null(packs, struct plasma_pack, node);
}

/* A pack with room; or a spare, the one that was used last, its slots now of a size. */
static struct plasma_pack *find_locked(struct plasma_namespace *ns, unsigned int class, bool any)
{
	struct plasma_pack *pack = find_ours(&ns->packs[class]), *spare = NULL;

	if (!pack)
		spare = find_ours(&ns->spare_packs);
	if (!pack && !spare && any) {
		pack = first_of(&ns->packs[class]);
		spare = first_of(&ns->spare_packs);
	}
	if (pack || !spare)
		return pack;
	spare->class = class;
	ns->pages++;
	plasma_store_keep(-1);
	return spare;
}

/**
 * plasma_pack_take_locked - give an object a slot in a pack that there is
 * @obj: the object
 * @bytes: its size, which fits
 * @any: rather in one for which another memory cgroup pays than in none
 *
 * Return: false when all packs of this size are full, and there is no spare.
 */
bool plasma_pack_take_locked(struct plasma_object *obj, u64 bytes, bool any)
{
	struct plasma_namespace *ns = obj->ns;
	unsigned int class = class_of(bytes);
	struct plasma_pack *pack;
	unsigned int slot;

	lockdep_assert_held(&ns->lock);
	pack = find_locked(ns, class, any);
	if (!pack)
		return false;
	/* To be found at once by whoever has found it now. */
	list_move(&pack->node, &ns->packs[class]);
	slot = ffz(pack->taken);
	pack->taken |= BIT_ULL(slot);
	obj->pack = pack;
	obj->entry->offset = plasma_extent_offset(&pack->extent) +
			     slot * class_units[class] * PLASMA_UNIT;
	if (hweight64(pack->taken) == slots_of(pack))
		list_del_init(&pack->node);
	return true;
}

/**
 * plasma_pack_take - plasma_pack_take_locked() for who does not have the lock
 * @obj: the object
 * @bytes: its size, which fits
 * @any: rather in one for which another memory cgroup pays than in none
 *
 * Return: false when all packs of this size are full, and there is no spare.
 */
bool plasma_pack_take(struct plasma_object *obj, u64 bytes, bool any)
{
	bool taken;

	spin_lock(&obj->ns->lock);
	taken = plasma_pack_take_locked(obj, bytes, any);
	spin_unlock(&obj->ns->lock);
	return taken;
}

static unsigned int slot_of(const struct plasma_object *obj)
{
	return offset_in_page(obj->entry->offset) / (plasma_pack_units(obj) * PLASMA_UNIT);
}

static struct plasma_pack *pack_alloc(struct plasma_namespace *ns)
{
	struct plasma_pack *pack = kzalloc(sizeof(*pack), GFP_KERNEL_ACCOUNT);
	struct folio *folio;
	int err;

	if (!pack) {
		plasma_store_unreserve(1);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&pack->ref, 1);
	/* Faults find it before it has a page. */
	pack->dead = true;
	err = plasma_extent_alloc(ns, plasma_pack_entry(pack), &pack->extent, 1, 1, __GFP_ZERO);
	if (err) {
		plasma_pack_put(pack);
		return ERR_PTR(err);
	}
	folio = plasma_extent_folio(ns, pack->extent.start);
	pack->data = folio_address(folio);
	folio_put(folio);	/* the page cache keeps it until the pack is freed */
	pack->since = jiffies;
	/* Pairs with read_pack_fault() in window.c. */
	smp_store_release(&pack->dead, false);
	return pack;
}

/**
 * plasma_pack_add - make a spare pack
 * @ns: the namespace; the caller has reserved a page
 *
 * Context: may sleep.
 * Return: 0 or a negative error, and then the reservation is gone.
 */
int plasma_pack_add(struct plasma_namespace *ns)
{
	struct plasma_pack *pack = pack_alloc(ns);

	if (IS_ERR(pack))
		return PTR_ERR(pack);
	spin_lock(&ns->lock);
	list_add(&pack->node, &ns->spare_packs);
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

/**
 * plasma_pack_free - free a pack
 * @ns: the namespace
 * @pack: one without objects and in no list, or NULL
 *
 * Context: may sleep.
 */
void plasma_pack_free(struct plasma_namespace *ns, struct plasma_pack *pack)
{
	if (!pack)
		return;
	plasma_window_shut_pack(ns, pack);
	plasma_extent_free(ns, &pack->extent);
	plasma_store_keep(-1);
	plasma_pack_put(pack);
}

/* Its last object goes. Is it a spare from now on? */
static bool spare_locked(struct plasma_namespace *ns, struct plasma_pack *pack)
{
	ns->pages--;
	plasma_store_keep(1);
	list_del(&pack->node);
	if (ns->removed || pack->left || !plasma_keep_wants(virt_to_folio(pack->data)))
		return false;
	list_add(&pack->node, &ns->spare_packs);
	pack->since = jiffies;
	plasma_keep_expire();
	return true;
}

/*
 * Whether anybody but mappings and the page cache refers to its page. With the folio locked no
 * fault maps it anew, and references are counted first: a mapping that goes in between leaves
 * one too many, never one too few.
 */
static bool is_referred_to(const struct plasma_pack *pack)
{
	struct folio *folio = virt_to_folio(pack->data);
	int references, mappings;

	if (!folio_trylock(folio))
		return true;
	references = folio_ref_count(folio);
	/* Pairs with the full barriers of who takes a mapping away and then its reference. */
	smp_rmb();
	mappings = atomic_read(&folio->_mapcount) + 1;
	folio_unlock(folio);
	return references > mappings + 1;
}

static void give_slot_locked(struct plasma_pack *pack, const struct plasma_object *obj)
{
	pack->taken &= ~BIT_ULL(slot_of(obj));
	if (list_empty(&pack->node))
		list_add(&pack->node, &obj->ns->packs[pack->class]);
}

/**
 * plasma_pack_leave_locked - give an object's slot in a pack back
 * @obj: an object that nobody can reach any more, packed or not
 *
 * Return: a pack for plasma_pack_free(), or NULL.
 */
struct plasma_pack *plasma_pack_leave_locked(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;
	struct plasma_pack *pack = obj->pack;

	lockdep_assert_held(&ns->lock);
	if (!pack)
		return NULL;
	if (!obj->published)
		memset(plasma_pack_data(obj), 0, plasma_pack_units(obj) * PLASMA_UNIT);
	if (obj->published && is_referred_to(pack))
		pack->left |= BIT_ULL(slot_of(obj));
	else
		give_slot_locked(pack, obj);
	obj->pack = NULL;
	return pack->taken != pack->left || spare_locked(ns, pack) ? NULL : pack;
}

/* The spare that has been one for longest, if that is since @before; in no list then. */
static struct plasma_pack *oldest_spare(struct plasma_namespace *ns, unsigned long before)
{
	struct plasma_pack *pack = NULL;

	spin_lock(&ns->lock);
	if (!list_empty(&ns->spare_packs))
		pack = list_last_entry(&ns->spare_packs, struct plasma_pack, node);
	if (pack && time_after(pack->since, before))
		pack = NULL;
	if (pack)
		list_del(&pack->node);
	spin_unlock(&ns->lock);
	return pack;
}

/**
 * plasma_packs_drop - free spare packs, oldest first
 * @ns: the namespace
 * @pages: how many at most
 * @before: those that have been spare since then, jiffies
 *
 * Context: may sleep.
 * Return: how many.
 */
unsigned long plasma_packs_drop(struct plasma_namespace *ns, unsigned long pages,
				unsigned long before)
{
	struct plasma_pack *pack;
	unsigned long dropped = 0;

	while (dropped < pages && (pack = oldest_spare(ns, before))) {
		plasma_pack_free(ns, pack);
		dropped++;
		cond_resched();
	}
	return dropped;
}
