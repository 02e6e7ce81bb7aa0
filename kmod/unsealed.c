// SPDX-License-Identifier: GPL-2.0-only
/*
 * What its creator, and nobody else, may do to an unsealed object: resize it, seal it,
 * abort it.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "plasma.h"

/*
 * An object that @attach may seal, abort or resize, left in @state; the caller owns
 * that state until it sets another, and needs no reference: others leave the object alone.
 */
static struct plasma_object *claim_locked(struct plasma_attach *attach, const u8 *id,
					  enum plasma_state state)
{
	struct plasma_object *obj = plasma_object_lookup_locked(attach->ns, id);

	if (!obj)
		return ERR_PTR(-ENOENT);
	if (obj->state == PLASMA_SEALED)
		return ERR_PTR(-EALREADY);
	if (obj->origin->attach != attach)
		return ERR_PTR(-EPERM);
	if (obj->state != PLASMA_CREATED)
		return ERR_PTR(-EBUSY);
	WRITE_ONCE(obj->state, state);
	return obj;
}

static bool get_slot(struct plasma_object *obj)
{
	u64 bytes = plasma_object_bytes(obj);

	if (plasma_pack_take(obj, bytes, false))
		return true;
	if (!plasma_store_reserve(1))
		plasma_pack_add(obj->ns);
	return plasma_pack_take(obj, bytes, true);
}

/*
 * Copy a small object to where it shares a page; that is the object from now on. What its
 * creator may write to its own page afterwards is lost on it: see scratch.c. Of the metadata
 * there is a copy that the creator cannot write to.
 */
static void pack(struct plasma_object *obj)
{
	struct folio *folio = plasma_extent_folio(obj->ns, obj->extent.start);
	u8 *to = plasma_pack_data(obj);

	memcpy(to, folio_address(folio), obj->entry->data_size);
	folio_put(folio);
	if (obj->entry->metadata_size)
		memcpy(to + obj->entry->data_size, obj->metadata, obj->entry->metadata_size);
}

/* Nobody can write any more when the window is shut, so what is written now stays. */
static void finish_pages(struct plasma_object *obj)
{
	bool written = plasma_window_flush(obj);

	if (obj->entry->metadata_size)
		plasma_extent_write(obj, obj->entry->data_size, obj->metadata,
				    obj->entry->metadata_size);
	if (written)
		plasma_extent_zero(obj, plasma_object_bytes(obj));
	plasma_extent_trim(obj, obj->extent.pages);
}

/* In PLASMA_SEALING. For want of a slot a small object stays in its own page. */
static void finish_contents(struct plasma_object *obj)
{
	if (plasma_pack_fits(plasma_object_bytes(obj)) && get_slot(obj))
		pack(obj);
	else
		finish_pages(obj);
}

/*
 * The last step of a seal: publish, or fail and leave the object to unseal(), or, where
 * the namespace is removed, in the list. *@last becomes true if the creator's last hold was
 * released, *@metadata what is to be freed after the lock.
 */
static int publish(struct plasma_attach *attach, struct plasma_object *obj, u32 flags,
		   struct plasma_name **name, bool *last, void **metadata,
		   struct list_head *reap)
{
	int err;

	lockdep_assert_held(&attach->ns->lock);
	if (attach->ns->removed) {
		plasma_object_unlink_locked(obj, 0, reap);
		return -EIDRM;
	}
	err = plasma_name_set_locked(obj, name, flags & PLASMA_SEAL_REPLACE, reap);
	if (err)
		return err;
	list_del_init(&obj->link);
	obj->construct_ns = ktime_get_ns() - obj->create_mono;
	*metadata = obj->metadata;
	if (flags & PLASMA_SEAL_RELEASE && plasma_hold_count_locked(attach, obj))
		*last = plasma_hold_put_locked(attach, obj, reap);
	plasma_object_publish_locked(obj, reap);
	return 0;
}

/* A seal has failed for its name's sake: as before it, unless the namespace went meanwhile. */
static int unseal(struct plasma_object *obj, int err, struct list_head *reap)
{
	struct plasma_namespace *ns = obj->ns;
	struct plasma_pack *pack;

	spin_lock(&ns->lock);
	pack = plasma_pack_leave_locked(obj);
	if (ns->removed) {
		plasma_object_unlink_locked(obj, 0, reap);
		err = -EIDRM;
	} else {
		/* Pairs with writable() in window.c. */
		smp_store_release(&obj->state, PLASMA_CREATED);
	}
	spin_unlock(&ns->lock);
	plasma_pack_free(ns, pack);
	return err;
}

/*
 * The state SEALING keeps new write faults out, plasma_window_flush() waits for those
 * under way and takes out what they inserted; only then is the object published. Write
 * entries carry no page reference and cannot be pinned, so nothing else can be
 * writing: see window.c.
 */
static int seal(struct plasma_attach *attach, const u8 *id, u32 flags,
		struct plasma_name **name, struct list_head *reap)
{
	struct plasma_namespace *ns = attach->ns;
	struct plasma_object *obj;
	void *metadata = NULL;
	bool packed, held, last = false;
	int err;

	spin_lock(&ns->lock);
	obj = claim_locked(attach, id, PLASMA_SEALING);
	spin_unlock(&ns->lock);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	finish_contents(obj);

	spin_lock(&ns->lock);
	refcount_inc(&obj->ref);
	err = publish(attach, obj, flags, name, &last, &metadata, reap);
	held = plasma_hold_count_locked(attach, obj);
	packed = obj->pack;
	spin_unlock(&ns->lock);
	kvfree(metadata);
	if (last)
		plasma_hold_finish(attach, obj);
	if (err && err != -EIDRM)
		err = unseal(obj, err, reap);
	else if (!err && !held)
		plasma_window_revoke(obj, attach);
	else if (!err && packed)
		plasma_window_protect(obj);
	plasma_object_put(obj);
	return err;
}

/**
 * plasma_ioctl_seal - %PLASMA_IOC_SEAL
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_seal(struct plasma_cmd *cmd)
{
	struct plasma_seal *arg = cmd->buf;
	struct plasma_name *name;
	LIST_HEAD(reap);
	int err;

	name = plasma_name_get(arg->name_ptr, arg->name_len);
	if (IS_ERR(name))
		return PTR_ERR(name);
	err = seal(cmd->attach, arg->id, arg->flags, &name, &reap);
	plasma_object_reap(&reap);
	kfree(name);
	return err;
}

static int seal_one(struct plasma_cmd *cmd, const u8 *id, struct list_head *reap)
{
	struct plasma_seal_batch *arg = cmd->buf;
	struct plasma_name *none = NULL;

	return seal(cmd->attach, id, arg->flags, &none, reap);
}

/**
 * plasma_ioctl_seal_batch - %PLASMA_IOC_SEAL_BATCH
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_seal_batch(struct plasma_cmd *cmd)
{
	struct plasma_seal_batch *arg = cmd->buf;

	return plasma_for_ids(cmd, arg->entries_ptr, arg->count, arg->entry_size, seal_one);
}

/**
 * plasma_ioctl_abort - %PLASMA_IOC_ABORT
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_abort(struct plasma_cmd *cmd)
{
	struct plasma_abort *arg = cmd->buf;
	struct plasma_attach *attach = cmd->attach;
	struct plasma_namespace *ns = attach->ns;
	struct plasma_object *obj;
	LIST_HEAD(reap);

	spin_lock(&ns->lock);
	obj = claim_locked(attach, arg->id, PLASMA_CREATED);
	if (!IS_ERR(obj))
		plasma_object_unlink_locked(obj, 0, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return PTR_ERR_OR_ZERO(obj);
}

/* Room to grow: offsets are free, and the next steps will then copy nothing. */
static unsigned long generous_span(u64 pages)
{
	u64 limit = plasma_window_size() >> (PAGE_SHIFT + 6);

	return max(pages, min(pages * 16, limit));
}

/* Size and counters in one step: the object may go over to another pool at any time. */
static void set_size_locked(struct plasma_object *obj, u64 data_size)
{
	u64 more = data_size - obj->entry->data_size;

	lockdep_assert_held(&obj->ns->lock);
	plasma_object_pool_locked(obj)->used += more;
	obj->ns->used += more;
	obj->entry->data_size = data_size;
}

static void set_size(struct plasma_object *obj, u64 data_size)
{
	spin_lock(&obj->ns->lock);
	set_size_locked(obj, data_size);
	spin_unlock(&obj->ns->lock);
}

static int set_larger_size(struct plasma_object *obj, u64 data_size)
{
	u64 more = data_size - obj->entry->data_size;
	struct plasma_namespace *ns = obj->ns;
	LIST_HEAD(reap);
	int err;

	do {
		spin_lock(&ns->lock);
		err = plasma_evict_for_bytes_locked(ns, plasma_object_pool_locked(obj), more,
						    true, &reap);
		if (!err)
			set_size_locked(obj, data_size);
		else if (err == -ENOSPC && obj->in_quota)
			err = -EDQUOT;
		spin_unlock(&ns->lock);
		plasma_object_reap(&reap);
	} while (plasma_again(&err));
	return err;
}

/**
 * struct resizing - an object that is about to have another size
 * @obj: the object, in PLASMA_RESIZING: all of it is ours but the state, the counters and
 *	the pool
 * @old_size: bytes of data that it had
 * @old_pages: pages that it had
 * @size: bytes of data that it shall have
 * @pages: pages that it needs for them
 * @to: where it moves to; has no span if it stays
 */
struct resizing {
	struct plasma_object *obj;
	u64 old_size;
	u64 old_pages;
	u64 size;
	u64 pages;
	struct plasma_extent to;
};

static int prepare_move(struct resizing *r, unsigned long span, bool may_evict)
{
	struct plasma_object *obj = r->obj;
	int err = plasma_evict_for_pages(obj, r->pages, may_evict);

	return err ?: plasma_extent_alloc(obj->ns, obj, &r->to, r->pages, span, __GFP_ZERO);
}

/* Where offsets are short, with as many as it needs. */
static int prepare_larger_move(struct resizing *r)
{
	unsigned long span = generous_span(r->pages);
	int err = prepare_move(r, span, true);

	return err == -ENOSPC && span > r->pages ? prepare_move(r, r->pages, true) : err;
}

static int prepare_growth(struct resizing *r)
{
	struct plasma_object *obj = r->obj;
	int err;

	if (r->pages > obj->extent.span)
		return prepare_larger_move(r);
	/* The creator may have written behind its data, where nothing was until now. */
	plasma_extent_zero(obj, r->old_size);
	if (r->pages <= r->old_pages)
		return 0;
	err = plasma_evict_for_pages(obj, r->pages - r->old_pages, true);
	return err ?: plasma_extent_grow(obj, r->pages);
}

/*
 * A folio that is needed in part stays whole. Where that would waste much, the object
 * moves to pages of its size, if there is memory for that without evicting others.
 */
static void prepare_shrinking(struct resizing *r)
{
	u64 left = plasma_extent_least(r->obj, r->pages);

	if (left - r->pages > r->pages / 8)
		prepare_move(r, r->pages, false);
}

/* All that can fail; what can be undone. */
static int prepare(struct resizing *r)
{
	int err;

	if (r->size <= r->old_size) {
		prepare_shrinking(r);
		return 0;
	}
	err = set_larger_size(r->obj, r->size);
	if (err)
		return err;
	err = prepare_growth(r);
	if (err)
		set_size(r->obj, r->old_size);
	return err;
}

static void cancel(struct resizing *r)
{
	plasma_extent_free(r->obj->ns, &r->to);
	if (r->size <= r->old_size)
		return;
	plasma_extent_shrink(r->obj, r->old_pages);
	set_size(r->obj, r->old_size);
}

static void commit(struct resizing *r)
{
	struct plasma_object *obj = r->obj;
	struct plasma_extent from = obj->extent;

	if (r->to.span) {
		plasma_extent_copy(obj->ns, &r->to, &from, min(r->old_size, r->size));
		obj->extent = r->to;
		plasma_extent_free(obj->ns, &from);
	} else if (r->size <= r->old_size) {
		plasma_extent_shrink(obj, r->pages);
		/* Offsets that were for growing from a larger size are not to be hoarded. */
		plasma_extent_trim(obj, generous_span(obj->extent.pages));
	}
	if (r->size < r->old_size)
		set_size(obj, r->size);
}

static int resize(struct plasma_cmd *cmd, struct plasma_object *obj)
{
	struct plasma_resize *arg = cmd->buf;
	struct resizing r = {
		.obj = obj,
		.old_size = obj->entry->data_size,
		.old_pages = obj->extent.pages,
		.size = arg->data_size,
		.pages = plasma_pages_for(arg->data_size + obj->entry->metadata_size),
	};
	int err;

	plasma_window_flush(obj);
	err = prepare(&r);
	if (err)
		return err;
	arg->out_offset = plasma_extent_offset(r.to.span ? &r.to : &obj->extent);
	err = plasma_respond(cmd);
	if (err)
		cancel(&r);
	else
		commit(&r);
	return err;
}

/**
 * plasma_ioctl_resize - %PLASMA_IOC_RESIZE
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_resize(struct plasma_cmd *cmd)
{
	struct plasma_resize *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	struct plasma_object *obj;
	LIST_HEAD(reap);
	u64 bytes, old_pages;
	int err;

	spin_lock(&ns->lock);
	obj = claim_locked(cmd->attach, arg->id, PLASMA_RESIZING);
	spin_unlock(&ns->lock);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	old_pages = obj->extent.pages;
	if (check_add_overflow(arg->data_size, obj->entry->metadata_size, &bytes))
		err = -EOVERFLOW;
	else
		err = resize(cmd, obj);

	spin_lock(&ns->lock);
	ns->pages += obj->extent.pages - old_pages;
	if (ns->removed) {
		plasma_object_unlink_locked(obj, 0, &reap);
		err = -EIDRM;
	} else {
		/* Pairs with writable() in window.c: the new extent comes before. */
		smp_store_release(&obj->state, PLASMA_CREATED);
	}
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

