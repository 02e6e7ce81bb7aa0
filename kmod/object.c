// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects: the structure, looking it up, its users, and how it ends.
 *
 * An object is built in two steps (create.c). First its id is taken (PLASMA_NEW: a second
 * creator gets EEXIST, nobody else sees it) and all that can fail is done, up to
 * telling user space where it is. Then, in one critical section, it is published or,
 * if its namespace was removed meanwhile, given up.
 *
 * It ends in two steps, too. In one critical section it leaves all tables
 * (PLASMA_DEAD) and goes to a list; plasma_object_reap() then takes it out of the
 * windows and frees its pages, without a lock held.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "plasma.h"

static struct kmem_cache *plasma_object_cache;

/**
 * plasma_object_init - make the cache of objects
 *
 * Return: 0 or -ENOMEM.
 */
int plasma_object_init(void)
{
	/* 39 in a page; there may be millions of them. */
	BUILD_BUG_ON(sizeof(struct plasma_object) > 104);
	plasma_object_cache = KMEM_CACHE(plasma_object, SLAB_ACCOUNT);
	return plasma_object_cache ? 0 : -ENOMEM;
}

/**
 * plasma_object_exit - drop the cache of objects
 */
void plasma_object_exit(void)
{
	rcu_barrier();		/* for object_free_rcu() */
	kmem_cache_destroy(plasma_object_cache);
}

/**
 * plasma_object_alloc - allocate the structure of an object
 * @attach: whose it is to be
 *
 * Return: a structure with one reference, zeroed but for its namespace and origin; or NULL.
 */
struct plasma_object *plasma_object_alloc(struct plasma_attach *attach)
{
	struct plasma_object *obj = kmem_cache_zalloc(plasma_object_cache, GFP_KERNEL);

	if (!obj)
		return NULL;
	obj->origin = plasma_origin_get(attach);
	if (!obj->origin) {
		kmem_cache_free(plasma_object_cache, obj);
		return NULL;
	}
	obj->ns = attach->ns;
	refcount_set(&obj->ref, 1);
	INIT_LIST_HEAD(&obj->link);
	return obj;
}

static void object_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(plasma_object_cache, container_of(rcu, struct plasma_object, rcu));
}

/**
 * plasma_object_put - drop a reference to the structure
 * @obj: the object
 *
 * Context: any.
 */
void plasma_object_put(struct plasma_object *obj)
{
	if (!refcount_dec_and_test(&obj->ref))
		return;
	plasma_origin_put(obj->origin);
	call_rcu(&obj->rcu, object_free_rcu);
}

/**
 * plasma_object_lookup_locked - find an object
 * @ns: the namespace
 * @id: its id
 *
 * Return: the object, good while the lock is held, or NULL.
 */
struct plasma_object *plasma_object_lookup_locked(struct plasma_namespace *ns, const u8 *id)
{
	struct plasma_object *obj;

	lockdep_assert_held(&ns->lock);
	obj = plasma_index_find_locked(ns, id);
	return obj && obj->state != PLASMA_NEW ? obj : NULL;
}

/**
 * plasma_object_use_locked - add a user
 * @obj: a live object
 */
void plasma_object_use_locked(struct plasma_object *obj)
{
	lockdep_assert_held(&obj->ns->lock);
	refcount_inc(&obj->ref);
	if (obj->users++ || obj->state != PLASMA_SEALED)
		return;
	obj->ns->nr_in_use++;
	plasma_pool_place_locked(obj);
}

/**
 * plasma_object_unuse_locked - take a user away, but not its reference
 * @obj: the object
 * @reap: where it goes if that was the last user and a delete is pending
 */
void plasma_object_unuse_locked(struct plasma_object *obj, struct list_head *reap)
{
	struct plasma_namespace *ns = obj->ns;

	lockdep_assert_held(&ns->lock);
	if (--obj->users || obj->state != PLASMA_SEALED)
		return;
	ns->nr_in_use--;
	plasma_pool_place_locked(obj);
	if (plasma_object_goes_locked(obj) && plasma_pin_retire_locked(obj))
		plasma_object_unlink_locked(obj, PLASMA_EVENT_DELETE, reap);
}

/**
 * plasma_object_publish_locked - make an object sealed, to be seen by all
 * @obj: the object, whose contents are final; it is in no list
 * @reap: where it goes if a delete is pending and nobody wants it
 *
 * Counts it, wakes who waits for it, and makes it evictable if it has no users.
 */
void plasma_object_publish_locked(struct plasma_object *obj, struct list_head *reap)
{
	struct plasma_namespace *ns = obj->ns;

	lockdep_assert_held(&ns->lock);
	/* First, since that takes longest: who is woken waits for the lock, if it is fast. */
	plasma_wake_sealed_locked(obj);
	obj->published = true;
	/* Pairs with readable() in window.c: contents and extent come before. */
	smp_store_release(&obj->state, PLASMA_SEALED);
	ns->nr_sealed++;
	obj->entry->offset = plasma_object_offset(obj);
	plasma_index_set_locked(obj, PLASMA_ENTRY_LIVE, 0);
	plasma_ghost_forget_locked(ns, obj->entry->id);
	if (obj->users)
		ns->nr_in_use++;
	plasma_pool_place_locked(obj);
	plasma_event_locked(obj, PLASMA_EVENT_SEAL);
	if (obj->named)
		plasma_wake_named_locked(obj);
	if (!obj->users && plasma_object_goes_locked(obj) && plasma_pin_retire_locked(obj))
		plasma_object_unlink_locked(obj, PLASMA_EVENT_DELETE, reap);
}

/* After this nobody finds the object by its id or its name. */
static void hide_locked(struct plasma_object *obj)
{
	plasma_index_set_locked(obj, 0, PLASMA_ENTRY_LIVE);
	plasma_index_remove_locked(obj);
	plasma_name_drop_locked(obj);
	obj->hidden = true;
	obj->ns->nr_hidden++;
}

/**
 * plasma_object_unlink_locked - take an object out of all tables
 * @obj: an unsealed object, or a sealed one without users that has been retired
 * @event: what subscribers are told if it was sealed
 * @reap: the list for plasma_object_reap()
 */
void plasma_object_unlink_locked(struct plasma_object *obj, u32 event, struct list_head *reap)
{
	struct plasma_namespace *ns = obj->ns;

	lockdep_assert_held(&ns->lock);
	if (obj->state == PLASMA_SEALED) {
		ns->nr_sealed--;
		if (!obj->hidden)
			plasma_event_locked(obj, event);
	} else {
		plasma_hold_forget_locked(obj);
	}
	if (!obj->hidden)
		hide_locked(obj);
	ns->nr_hidden--;
	plasma_pool_unplace_locked(obj);
	plasma_pool_uncharge_locked(obj);
	plasma_account_sub_locked(obj->origin->account, PLASMA_LIMIT_OBJECTS);
	ns->nr_objects--;
	ns->pages -= obj->extent.pages;
	WRITE_ONCE(obj->state, PLASMA_DEAD);
	list_add_tail(&obj->link, reap);
}

/**
 * plasma_object_delete_locked - delete an object now, or when its last user lets go
 * @obj: the object
 * @hide: free its id now, if it is sealed
 * @reap: the list for plasma_object_reap()
 *
 * Return: 0 if it is gone, %PLASMA_DELETE_PENDING if it will be.
 */
int plasma_object_delete_locked(struct plasma_object *obj, bool hide, struct list_head *reap)
{
	lockdep_assert_held(&obj->ns->lock);
	/* D1 of pin.c: whoever pins it now will ask for it to be reaped. */
	plasma_index_set_locked(obj, PLASMA_ENTRY_PENDING, 0);
	if (obj->state == PLASMA_SEALED && !obj->users && plasma_pin_retire_locked(obj)) {
		plasma_object_unlink_locked(obj, PLASMA_EVENT_DELETE, reap);
		return 0;
	}
	if (hide && obj->state == PLASMA_SEALED) {
		plasma_event_locked(obj, PLASMA_EVENT_DELETE);
		hide_locked(obj);
	}
	return PLASMA_DELETE_PENDING;
}

/**
 * plasma_object_free_extent - free an object's own pages
 * @obj: the object, in PLASMA_DEAD, or packed and not in its creator's window any more
 *
 * Both may come at the same time; one of them finds the pages.
 *
 * Context: may sleep.
 */
void plasma_object_free_extent(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;
	struct plasma_extent ext;
	bool keep;

	spin_lock(&ns->lock);
	ext = obj->extent;
	keep = obj->published && !obj->pack;
	obj->extent = (struct plasma_extent) {};
	if (obj->state != PLASMA_DEAD)
		ns->pages -= ext.pages;
	spin_unlock(&ns->lock);
	if (!keep || !plasma_keep(ns, &ext))
		plasma_extent_free(ns, &ext);
}

/**
 * plasma_object_destroy - the end of an object that is in no table, or never was
 * @obj: the object
 *
 * Context: may sleep; the caller keeps the namespace.
 */
void plasma_object_destroy(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;
	struct plasma_pack *pack;

	if (obj->extent.span) {
		plasma_window_shut(obj);
		plasma_object_free_extent(obj);
	}
	if (!obj->published)
		kvfree(obj->metadata);
	spin_lock(&ns->lock);
	pack = plasma_pack_leave_locked(obj);
	plasma_slot_put_locked(obj);
	spin_unlock(&ns->lock);
	plasma_pack_free(ns, pack);
	plasma_object_put(obj);
}

/**
 * plasma_object_reap - free dead objects
 * @reap: a list from plasma_object_unlink_locked()
 *
 * Context: may sleep; the caller keeps the namespace.
 */
void plasma_object_reap(struct list_head *reap)
{
	struct plasma_object *obj, *next;
	struct plasma_namespace *ns = NULL;

	list_for_each_entry_safe(obj, next, reap, link) {
		ns = obj->ns;
		list_del_init(&obj->link);
		plasma_object_destroy(obj);
		cond_resched();
	}
	if (ns)
		plasma_index_trim(ns);
}

/* The next of a client's unsealed objects, of its quota or not. */
static struct plasma_object *next_unsealed_locked(struct plasma_attach *attach)
{
	struct list_head *list = &attach->unsealed;

	if (list_empty(list) && attach->quota)
		list = &attach->quota->unsealed;
	return list_first_entry_or_null(list, struct plasma_object, link);
}

/* False when there are no more. */
static bool abort_some(struct plasma_attach *attach)
{
	struct plasma_object *obj;
	LIST_HEAD(reap);
	int n = 0;

	spin_lock(&attach->ns->lock);
	while (n++ < PLASMA_STEP && (obj = next_unsealed_locked(attach)))
		plasma_object_unlink_locked(obj, 0, &reap);
	spin_unlock(&attach->ns->lock);
	plasma_object_reap(&reap);
	return obj;
}

/**
 * plasma_objects_abort - abort what a client has not sealed
 * @attach: of a client at its last close
 *
 * Whoever removes the namespace may take some of it away meanwhile; nobody adds any. As many
 * as a user may have can take seconds, for which nobody else is to wait.
 *
 * Context: may sleep.
 */
void plasma_objects_abort(struct plasma_attach *attach)
{
	while (abort_some(attach))
		cond_resched();
}

/*
 * One object of a removed namespace. What is being built, sealed or resized is dropped by
 * whoever does that, when it sees that the namespace is removed.
 *
 * What is unsealed has to go from its creator's write window. Until it is unlinked the creator's
 * last close, which aborts it, is to come, so the window's file is there; afterwards that close
 * waits for nobody. Returns the file, with a reference that keeps it and the attachment.
 */
static struct file *drop_one_locked(struct plasma_object *obj, struct list_head *reap)
{
	struct file *writer = NULL;

	lockdep_assert_held(&obj->ns->lock);
	if (obj->state == PLASMA_CREATED) {
		writer = get_file(obj->origin->attach->write_file);
		plasma_object_unlink_locked(obj, 0, reap);
	} else if (obj->state == PLASMA_SEALED) {
		plasma_object_delete_locked(obj, false, reap);
	}
	/* In use; but to be had no more. */
	if (obj->state == PLASMA_SEALED)
		plasma_index_set_locked(obj, 0, PLASMA_ENTRY_LIVE);
	return writer;
}

/**
 * plasma_object_next - walk all objects of a namespace
 * @ns: the namespace
 * @slot: where to go on; advanced beyond the object returned
 *
 * Return: an object with a reference to its structure, in whatever state, or NULL.
 */
struct plasma_object *plasma_object_next(struct plasma_namespace *ns, unsigned long *slot)
{
	struct plasma_object *obj;

	spin_lock(&ns->lock);
	obj = plasma_slot_next_locked(ns, slot);
	if (obj)
		refcount_inc(&obj->ref);	/* what has a slot has a reference */
	spin_unlock(&ns->lock);
	++*slot;
	return obj;
}

/**
 * plasma_objects_drop - drop the objects of a removed namespace
 * @ns: the namespace
 *
 * Objects in use go with their last user.
 */
void plasma_objects_drop(struct plasma_namespace *ns)
{
	struct plasma_object *obj;
	unsigned long slot = 0;
	struct file *writer;
	LIST_HEAD(reap);

	while ((obj = plasma_object_next(ns, &slot))) {
		spin_lock(&ns->lock);
		writer = drop_one_locked(obj, &reap);
		spin_unlock(&ns->lock);
		plasma_object_reap(&reap);
		if (writer)
			fput(writer);
		plasma_object_put(obj);
		cond_resched();
	}
}

static int delete_one(struct plasma_cmd *cmd, const u8 *id, struct list_head *reap)
{
	struct plasma_delete *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	struct plasma_object *obj;
	int status = -ENOENT;

	spin_lock(&ns->lock);
	obj = plasma_object_lookup_locked(ns, id);
	if (obj)
		status = plasma_object_delete_locked(obj, arg->flags & PLASMA_DELETE_HIDE, reap);
	spin_unlock(&ns->lock);
	return status;
}

/**
 * plasma_ioctl_delete - %PLASMA_IOC_DELETE
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_delete(struct plasma_cmd *cmd)
{
	struct plasma_delete *arg = cmd->buf;

	return plasma_for_ids(cmd, arg->entries_ptr, arg->count, arg->entry_size, delete_one);
}
