// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scratch pages: what a client writes small objects in, before their seal moves them to
 * where they share a page (pack.c).
 *
 * When the creator has let go of such an object, the page is left to its client, still
 * in the client's write window. The next small object that it creates begins there: with
 * no page to allocate, no fault at the first write, and nothing to zap at the seal.
 *
 * That is safe because no object that anybody but its creator sees is ever in such a page.
 * The seal copies what is written, and the metadata from where the creator cannot write;
 * what the creator writes to the page later reaches no sealed object. A client that still
 * holds the object loses the right to write there when the seal ends (window.c): to that
 * pointer the object is read-only. One that has released it has a pointer to nothing, or to
 * an object of its own to come, as after free(). Only CPUs can write to the page, for
 * write windows are VM_PFNMAP, and only through windows of this client.
 *
 * Who may map it? Faults find the page by plasma_namespace.space, at an object, and under the
 * gate of that object look at its state and whether its creator's window shows it. An object
 * that loses its page ceases to be shown with its gate held exclusively
 * (plasma_window_revoke()); so faults that have seen it as it was have inserted their entries,
 * and they are for the client whose page it remains. Then the page is in no object,
 * and faults insert nothing. Whoever frees it has taken it out of the list under
 * ns->lock, so it is his; he zaps the window, and no entry can come after that. An
 * object that takes it is shown from the start, so whatever its end may be, its window is
 * zapped.
 *
 * The list has attachments of open clients only: plasma_scratch_exit() comes before the
 * client gives up its file of the write window.
 *
 * A page that waits counts as kept: see keep.c, by whose rules it is kept and goes.
 */
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "plasma.h"

static void scratch_free(struct plasma_namespace *ns, struct file *write_file,
			 struct plasma_extent *ext)
{
	plasma_window_zap(write_file, ext);
	plasma_extent_free(ns, ext);
	plasma_store_keep(-1);
}

static struct plasma_extent unlist_locked(struct plasma_scratch *scratch)
{
	list_del_init(&scratch->node);
	return scratch->extent;
}

/**
 * plasma_scratch_init - have no page
 * @attach: a new attachment
 */
void plasma_scratch_init(struct plasma_attach *attach)
{
	INIT_LIST_HEAD(&attach->scratch.node);
}

/* At a first look, without the lock: a client has one. */
static bool is_wanted(struct plasma_namespace *ns, const struct plasma_extent *ext,
		      const struct plasma_scratch *scratch)
{
	struct folio *folio;
	bool wanted;

	if (ext->span != 1 || !list_empty_careful(&scratch->node))
		return false;
	folio = plasma_extent_folio(ns, ext->start);
	wanted = plasma_keep_wants(folio);
	folio_put(folio);
	return wanted;
}

static bool give_locked(struct plasma_scratch *scratch, struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;

	lockdep_assert_held(&ns->lock);
	if (ns->removed || !list_empty(&scratch->node))
		return false;
	scratch->extent = obj->extent;
	scratch->mapped = obj->mapped;
	scratch->since = jiffies;
	list_add_tail(&scratch->node, &ns->scratches);
	plasma_store_keep(1);
	obj->extent = (struct plasma_extent) {};
	if (obj->state != PLASMA_DEAD)
		ns->pages--;
	return true;
}

/**
 * plasma_scratch_give - leave the page that a packed object was written in to its client
 * @obj: the object, which its creator has just released, its gate held exclusively
 * @attach: its creator
 *
 * Context: may sleep.
 * Return: true if the client has it; else the caller is to free it.
 */
bool plasma_scratch_give(struct plasma_object *obj, struct plasma_attach *attach)
{
	struct plasma_namespace *ns = obj->ns;
	bool given;

	if (!is_wanted(ns, &obj->extent, &attach->scratch) ||
	    plasma_extent_assign(ns, &obj->extent, plasma_kept_entry(attach)))
		return false;
	spin_lock(&ns->lock);
	given = give_locked(&attach->scratch, obj);
	spin_unlock(&ns->lock);
	if (given)
		plasma_keep_expire();
	return given;
}

/**
 * plasma_scratch_take - begin a small object in the page that its client has
 * @obj: the object, in PLASMA_NEW
 * @attach: its creator
 * @clear: nothing may be left of what is in it; else the object begins with zeros, and
 *	what lies behind it is the client's own
 *
 * Context: may sleep.
 * Return: true if there was one, and it need not be reserved.
 */
bool plasma_scratch_take(struct plasma_object *obj, struct plasma_attach *attach, bool clear)
{
	struct plasma_scratch *scratch = &attach->scratch;
	struct plasma_namespace *ns = obj->ns;
	struct plasma_extent ext = {};

	spin_lock(&ns->lock);
	if (!list_empty(&scratch->node)) {
		ext = unlist_locked(scratch);
		obj->mapped = scratch->mapped;
	}
	spin_unlock(&ns->lock);
	if (!ext.span)
		return false;
	obj->shown = PLASMA_SHOWN;	/* before any fault finds it: see above */
	if (!plasma_keep_is_ours(ns, &ext) || plasma_extent_assign(ns, &ext, obj)) {
		obj->shown = PLASMA_SHOWN_NOT;
		obj->mapped = false;
		scratch_free(ns, attach->write_file, &ext);
		return false;
	}
	plasma_store_keep(-1);
	obj->extent = ext;
	obj->written = true;
	plasma_extent_clear(obj, 0, clear ? PAGE_SIZE : plasma_object_bytes(obj));
	return true;
}

/* The one that has waited for longest, if that is since @before; with its file. */
static struct file *oldest(struct plasma_namespace *ns, unsigned long before,
			   struct plasma_extent *ext)
{
	struct plasma_scratch *scratch;
	struct file *file = NULL;

	spin_lock(&ns->lock);
	scratch = list_first_entry_or_null(&ns->scratches, struct plasma_scratch, node);
	if (scratch && !time_after(scratch->since, before)) {
		/* Its client is open as long as we have the lock. */
		file = get_file(container_of(scratch, struct plasma_attach, scratch)->write_file);
		*ext = unlist_locked(scratch);
	}
	spin_unlock(&ns->lock);
	return file;
}

/**
 * plasma_scratches_drop - free pages that wait for small objects, oldest first
 * @ns: the namespace
 * @pages: how many at most
 * @before: those that have waited since then, jiffies
 *
 * Context: may sleep.
 * Return: how many.
 */
unsigned long plasma_scratches_drop(struct plasma_namespace *ns, unsigned long pages,
				    unsigned long before)
{
	unsigned long dropped = 0;
	struct plasma_extent ext;
	struct file *file;

	while (dropped < pages && (file = oldest(ns, before, &ext))) {
		scratch_free(ns, file, &ext);
		fput(file);
		dropped++;
		cond_resched();
	}
	return dropped;
}

/**
 * plasma_scratch_exit - free the page of a client at its last close
 * @attach: the client's attachment, which gets no other, since nobody seals by it any more
 *
 * Context: may sleep.
 */
void plasma_scratch_exit(struct plasma_attach *attach)
{
	struct plasma_scratch *scratch = &attach->scratch;
	struct plasma_namespace *ns = attach->ns;
	struct plasma_extent ext = {};

	spin_lock(&ns->lock);
	if (!list_empty(&scratch->node))
		ext = unlist_locked(scratch);
	spin_unlock(&ns->lock);
	if (ext.span)
		scratch_free(ns, attach->write_file, &ext);
}
