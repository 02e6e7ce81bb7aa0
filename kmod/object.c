// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects: create, resize, seal, abort, put, delete, and how an object ends.
 *
 * An object is built in two steps. First its id is taken (PLASMA_NEW: a second
 * creator gets EEXIST, nobody else sees it) and all that can fail is done, up to
 * telling user space where it is. Then, in one critical section, it is published or,
 * if its namespace was removed meanwhile, given up.
 *
 * It ends in two steps, too. In one critical section it leaves all tables
 * (PLASMA_DEAD) and goes to a list; plasma_object_reap() then takes it out of the
 * windows and frees its pages, without a lock held.
 */
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "plasma.h"

static struct kmem_cache *plasma_object_cache;

const struct rhashtable_params plasma_object_params = {
	.key_len = PLASMA_ID_SIZE,
	.key_offset = offsetof(struct plasma_object, id),
	.head_offset = offsetof(struct plasma_object, node),
	.automatic_shrinking = true,
};

/**
 * plasma_object_init - make the cache of objects
 *
 * Return: 0 or -ENOMEM.
 */
int plasma_object_init(void)
{
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
	put_pid(obj->pid);
	call_rcu(&obj->rcu, object_free_rcu);
}

static u64 object_bytes(const struct plasma_object *obj)
{
	return obj->data_size + obj->metadata_size;
}

static u64 pages_for(u64 bytes)
{
	return (bytes >> PAGE_SHIFT) + !!offset_in_page(bytes);
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
	obj = rhashtable_lookup_fast(&ns->objects, id, plasma_object_params);
	return obj && obj->state != PLASMA_NEW ? obj : NULL;
}

/**
 * plasma_object_lookup - find an object without a lock
 * @ns: the namespace
 * @id: its id
 *
 * Return: the object with a reference to its structure, or NULL. It may be dead by now.
 */
struct plasma_object *plasma_object_lookup(struct plasma_namespace *ns, const u8 *id)
{
	struct plasma_object *obj;

	rcu_read_lock();
	obj = rhashtable_lookup(&ns->objects, id, plasma_object_params);
	if (obj && (READ_ONCE(obj->state) == PLASMA_NEW || !refcount_inc_not_zero(&obj->ref)))
		obj = NULL;
	rcu_read_unlock();
	return obj;
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
	plasma_lru_del_locked(obj);
	obj->ns->nr_in_use++;
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
	plasma_lru_add_locked(obj);
	if (obj->delete_pending)
		plasma_object_unlink_locked(obj, reap);
}

/**
 * plasma_object_unlink_locked - take an object out of all tables
 * @obj: an object in CREATED, or SEALED and without users
 * @reap: the list for plasma_object_reap()
 */
void plasma_object_unlink_locked(struct plasma_object *obj, struct list_head *reap)
{
	struct plasma_namespace *ns = obj->ns;

	lockdep_assert_held(&ns->lock);
	rhashtable_remove_fast(&ns->objects, &obj->node, plasma_object_params);
	plasma_name_drop_locked(obj);
	if (obj->state == PLASMA_SEALED) {
		plasma_lru_del_locked(obj);
		ns->nr_sealed--;
	} else {
		list_del_init(&obj->link);
	}
	ns->nr_objects--;
	ns->used -= object_bytes(obj);
	ns->pages -= obj->extent.pages;
	WRITE_ONCE(obj->state, PLASMA_DEAD);
	list_add_tail(&obj->link, reap);
}

/**
 * plasma_object_delete_locked - delete an object now, or when its last user lets go
 * @obj: the object
 * @reap: the list for plasma_object_reap()
 *
 * Return: true if it is gone.
 */
bool plasma_object_delete_locked(struct plasma_object *obj, struct list_head *reap)
{
	lockdep_assert_held(&obj->ns->lock);
	if (obj->state == PLASMA_SEALED && !obj->users) {
		plasma_object_unlink_locked(obj, reap);
		return true;
	}
	obj->delete_pending = true;
	return false;
}

/* The end of an object that is in no table, or of one that never was. */
static void destroy(struct plasma_object *obj)
{
	plasma_window_shut(obj);
	plasma_extent_free(obj->ns, &obj->extent);
	kvfree(obj->metadata);
	obj->metadata = NULL;
	xa_erase(&obj->ns->slots, obj->slot);
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

	list_for_each_entry_safe(obj, next, reap, link) {
		list_del_init(&obj->link);
		destroy(obj);
	}
}

/**
 * plasma_objects_abort - abort what a client has not sealed
 * @attach: of a client at its last close
 */
void plasma_objects_abort(struct plasma_attach *attach)
{
	struct plasma_object *obj, *next;
	LIST_HEAD(reap);

	spin_lock(&attach->ns->lock);
	list_for_each_entry_safe(obj, next, &attach->unsealed, link)
		plasma_object_unlink_locked(obj, &reap);
	spin_unlock(&attach->ns->lock);
	plasma_object_reap(&reap);
}

/*
 * One object of a removed namespace. What is being built, sealed or resized is dropped by
 * whoever does that, when it sees that the namespace is removed.
 */
static void drop_one(struct plasma_object *obj, struct list_head *reap)
{
	spin_lock(&obj->ns->lock);
	if (obj->state == PLASMA_CREATED)
		plasma_object_unlink_locked(obj, reap);
	else if (obj->state == PLASMA_SEALED)
		plasma_object_delete_locked(obj, reap);
	spin_unlock(&obj->ns->lock);
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

	rcu_read_lock();
	do {
		obj = xa_find(&ns->slots, slot, PLASMA_SLOT_MAX, XA_PRESENT);
		++*slot;
	} while (obj && !refcount_inc_not_zero(&obj->ref));
	rcu_read_unlock();
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
	LIST_HEAD(reap);

	while ((obj = plasma_object_next(ns, &slot))) {
		drop_one(obj, &reap);
		plasma_object_reap(&reap);
		plasma_object_put(obj);
		cond_resched();
	}
}

/**
 * struct object_plan - what to make
 * @id: its id
 * @data_size: bytes of data
 * @metadata_size: bytes of metadata
 * @flags: %PLASMA_CREATE_NO_EVICT, %PLASMA_CREATE_KEEP
 * @zero: __GFP_ZERO or 0
 */
struct object_plan {
	const u8 *id;
	u64 data_size;
	u64 metadata_size;
	u32 flags;
	gfp_t zero;
};

static int check_plan(const struct object_plan *plan)
{
	u64 bytes;

	if (check_add_overflow(plan->data_size, plan->metadata_size, &bytes))
		return -EOVERFLOW;
	return plan->metadata_size > PLASMA_METADATA_MAX ? -E2BIG : 0;
}

static struct plasma_object *object_alloc(struct plasma_namespace *ns,
					  const struct object_plan *plan)
{
	struct plasma_object *obj = kmem_cache_zalloc(plasma_object_cache, GFP_KERNEL);
	int err;

	if (!obj)
		return ERR_PTR(-ENOMEM);
	memcpy(obj->id, plan->id, PLASMA_ID_SIZE);
	refcount_set(&obj->ref, 1);
	obj->state = PLASMA_NEW;
	obj->keep = plan->flags & PLASMA_CREATE_KEEP;
	obj->ns = ns;
	obj->data_size = plan->data_size;
	obj->metadata_size = plan->metadata_size;
	INIT_LIST_HEAD(&obj->link);
	obj->create_time = ktime_get_real_ns();
	obj->create_mono = ktime_get_ns();
	obj->construct_ns = ~0ULL;
	obj->pid = get_pid(task_tgid(current));
	obj->uid = current_uid();
	err = xa_alloc(&ns->slots, &obj->slot, obj, XA_LIMIT(0, PLASMA_SLOT_MAX),
		       GFP_KERNEL_ACCOUNT);
	if (!err)
		return obj;
	plasma_object_put(obj);
	return ERR_PTR(err);
}

/* Take the id and the logical bytes. */
static int insert_locked(struct plasma_object *obj, bool may_evict, struct list_head *reap)
{
	struct plasma_namespace *ns = obj->ns;
	int err;

	lockdep_assert_held(&ns->lock);
	if (ns->removed)
		return -EIDRM;
	if (rhashtable_lookup_fast(&ns->objects, obj->id, plasma_object_params))
		return -EEXIST;
	err = plasma_evict_for_bytes_locked(ns, object_bytes(obj), may_evict, reap);
	if (err)
		return err;
	err = rhashtable_insert_fast(&ns->objects, &obj->node, plasma_object_params);
	if (err)
		return -ENOMEM;
	ns->used += object_bytes(obj);
	return 0;
}

/* Give up an object that was never published. */
static void object_cancel(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;

	spin_lock(&ns->lock);
	rhashtable_remove_fast(&ns->objects, &obj->node, plasma_object_params);
	ns->used -= object_bytes(obj);
	WRITE_ONCE(obj->state, PLASMA_DEAD);
	spin_unlock(&ns->lock);
	destroy(obj);
}

/* The first step: an object in PLASMA_NEW with its pages, or an error pointer. */
static struct plasma_object *object_new(struct plasma_namespace *ns,
					const struct object_plan *plan)
{
	bool may_evict = !(plan->flags & PLASMA_CREATE_NO_EVICT);
	struct plasma_object *obj;
	LIST_HEAD(reap);
	u64 pages;
	int err;

	obj = object_alloc(ns, plan);
	if (IS_ERR(obj))
		return obj;
	spin_lock(&ns->lock);
	err = insert_locked(obj, may_evict, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	if (err) {
		destroy(obj);
		return ERR_PTR(err);
	}
	pages = pages_for(object_bytes(obj));
	err = plasma_evict_for_pages(ns, pages, may_evict);
	if (!err)
		err = plasma_extent_alloc(obj, &obj->extent, pages, pages, plan->zero);
	if (err) {
		object_cancel(obj);
		return ERR_PTR(err);
	}
	return obj;
}

static u64 object_offset(const struct plasma_object *obj)
{
	return (u64)obj->extent.start << PAGE_SHIFT;
}

static void count_locked(struct plasma_object *obj)
{
	obj->ns->nr_objects++;
	obj->ns->pages += obj->extent.pages;
}

/* The creator's window opens with the state. */
static int publish_created(struct plasma_attach *attach, struct plasma_object *obj,
			   struct plasma_hold **spare)
{
	struct plasma_namespace *ns = obj->ns;
	int err = -EIDRM;

	spin_lock(&ns->lock);
	if (ns->removed)
		goto unlock;
	plasma_object_use_locked(obj);
	err = plasma_hold_add_locked(attach, obj, spare);
	if (err) {
		obj->users--;
		plasma_object_put(obj);
		goto unlock;
	}
	count_locked(obj);
	list_add_tail(&obj->link, &attach->unsealed);
	obj->creator = attach;
	obj->writer = attach;
	/* Pairs with writable() in window.c: all of the object comes before. */
	smp_store_release(&obj->state, PLASMA_CREATED);
unlock:
	spin_unlock(&ns->lock);
	return err;
}

/**
 * plasma_ioctl_create - %PLASMA_IOC_CREATE
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_create(struct plasma_cmd *cmd)
{
	struct plasma_create *arg = cmd->buf;
	struct object_plan plan = {
		.id = arg->id,
		.data_size = arg->data_size,
		.metadata_size = arg->metadata_size,
		.flags = arg->flags,
		.zero = __GFP_ZERO,
	};
	struct plasma_hold *spare = NULL;
	struct plasma_object *obj;
	void *metadata = NULL;
	int err;

	err = check_plan(&plan);
	if (err)
		return err;
	if (arg->metadata_size) {
		metadata = vmemdup_user(u64_to_user_ptr(arg->metadata_ptr), arg->metadata_size);
		if (IS_ERR(metadata))
			return PTR_ERR(metadata);
	}
	obj = object_new(cmd->attach->ns, &plan);
	if (IS_ERR(obj)) {
		kvfree(metadata);
		return PTR_ERR(obj);
	}
	obj->metadata = metadata;
	arg->out_offset = object_offset(obj);
	spare = plasma_hold_alloc();
	err = spare ? plasma_respond(cmd) : -ENOMEM;
	if (!err)
		err = publish_created(cmd->attach, obj, &spare);
	if (err)
		object_cancel(obj);
	plasma_hold_free(spare);
	return err;
}

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
	if (obj->creator != attach)
		return ERR_PTR(-EPERM);
	if (obj->state != PLASMA_CREATED)
		return ERR_PTR(-EBUSY);
	WRITE_ONCE(obj->state, state);
	return obj;
}

/* Publish a sealed object: count it, wake who waits for it, let it go if nobody wants it. */
static void publish_sealed_locked(struct plasma_object *obj, struct list_head *reap)
{
	struct plasma_namespace *ns = obj->ns;

	lockdep_assert_held(&ns->lock);
	/* Pairs with readable() in window.c: contents and extent come before. */
	smp_store_release(&obj->state, PLASMA_SEALED);
	ns->nr_sealed++;
	if (obj->users)
		ns->nr_in_use++;
	else
		plasma_lru_add_locked(obj);
	plasma_wake_sealed_locked(obj);
	if (!obj->users && obj->delete_pending)
		plasma_object_unlink_locked(obj, reap);
}

/* In PLASMA_SEALING: nobody can write any more, so what is written now stays. */
static void finish_contents(struct plasma_object *obj)
{
	plasma_window_flush(obj);
	if (obj->metadata_size)
		plasma_extent_write(obj, obj->data_size, obj->metadata, obj->metadata_size);
	if (obj->written)
		plasma_extent_zero(obj, object_bytes(obj));
	plasma_extent_trim(obj);
	kvfree(obj->metadata);
	obj->metadata = NULL;
}

/**
 * plasma_ioctl_seal - %PLASMA_IOC_SEAL
 * @cmd: the command
 *
 * The state SEALING keeps new write faults out, plasma_window_flush() waits for those
 * under way and takes out what they inserted; only then is the object published. Write
 * entries carry no page reference and cannot be pinned, so nothing else can be
 * writing: see window.c.
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_seal(struct plasma_cmd *cmd)
{
	struct plasma_seal *arg = cmd->buf;
	struct plasma_attach *attach = cmd->attach;
	struct plasma_namespace *ns = attach->ns;
	struct plasma_hold *hold, *last = NULL;
	struct plasma_object *obj;
	LIST_HEAD(reap);
	int err = 0;

	spin_lock(&ns->lock);
	obj = claim_locked(attach, arg->id, PLASMA_SEALING);
	spin_unlock(&ns->lock);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	finish_contents(obj);

	spin_lock(&ns->lock);
	refcount_inc(&obj->ref);
	list_del_init(&obj->link);
	obj->creator = NULL;
	if (ns->removed) {
		plasma_object_unlink_locked(obj, &reap);
		err = -EIDRM;
		goto unlock;
	}
	obj->construct_ns = ktime_get_ns() - obj->create_mono;
	hold = plasma_hold_find_locked(attach, obj);
	if (hold && arg->flags & PLASMA_SEAL_RELEASE)
		last = plasma_hold_put_locked(attach, hold, 1, &reap);
	publish_sealed_locked(obj, &reap);
	hold = last ? NULL : hold;
unlock:
	spin_unlock(&ns->lock);
	plasma_hold_finish(attach, last);
	if (!err && !hold)
		plasma_window_revoke(obj, attach);
	plasma_object_reap(&reap);
	plasma_object_put(obj);
	return err;
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
	struct plasma_hold *hold, *last = NULL;
	struct plasma_object *obj;
	LIST_HEAD(reap);

	spin_lock(&ns->lock);
	obj = claim_locked(attach, arg->id, PLASMA_CREATED);
	if (!IS_ERR(obj)) {
		hold = plasma_hold_find_locked(attach, obj);
		if (hold)
			last = plasma_hold_put_locked(attach, hold, hold->count, &reap);
		plasma_object_unlink_locked(obj, &reap);
	}
	spin_unlock(&ns->lock);
	plasma_hold_finish(attach, last);
	plasma_object_reap(&reap);
	return PTR_ERR_OR_ZERO(obj);
}

/* Room to grow: offsets are free, and the next steps will then copy nothing. */
static unsigned long generous_span(u64 pages)
{
	u64 limit = plasma_window_size() >> (PAGE_SHIFT + 6);

	return max(pages, min(pages * 16, limit));
}

/* Move an object to an extent of @pages pages and @span offsets. */
static int move(struct plasma_object *obj, unsigned long pages, unsigned long span, u64 keep,
		bool may_evict)
{
	struct plasma_namespace *ns = obj->ns;
	struct plasma_extent to, from = obj->extent;
	int err;

	err = plasma_evict_for_pages(ns, pages, may_evict);
	if (err)
		return err;
	err = plasma_extent_alloc(obj, &to, pages, span, __GFP_ZERO);
	if (err)
		return err;
	plasma_extent_copy(ns, &to, &from, keep);
	obj->extent = to;
	plasma_extent_free(ns, &from);
	return 0;
}

static int grow(struct plasma_object *obj, u64 pages)
{
	unsigned long old = obj->extent.pages;
	int err;

	if (pages > obj->extent.span)
		return move(obj, pages, generous_span(pages), obj->data_size, true);
	/* The creator may have written behind its data, where nothing was until now. */
	plasma_extent_zero(obj, obj->data_size);
	if (pages <= old)
		return 0;
	err = plasma_evict_for_pages(obj->ns, pages - old, true);
	return err ?: plasma_extent_grow(obj, pages);
}

/*
 * A folio that is needed in part stays whole. Where that would waste much, the object
 * moves to pages of its size, if there is memory for that without evicting others.
 */
static void shrink(struct plasma_object *obj, u64 pages, u64 data_size)
{
	plasma_extent_shrink(obj, pages);
	if (obj->extent.pages - pages > pages / 8)
		move(obj, pages, pages, data_size, false);
}

static int take_bytes(struct plasma_namespace *ns, u64 bytes)
{
	LIST_HEAD(reap);
	int err;

	spin_lock(&ns->lock);
	err = plasma_evict_for_bytes_locked(ns, bytes, true, &reap);
	if (!err)
		ns->used += bytes;
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

/* In PLASMA_RESIZING: all is ours but @used, @pages and the state. */
static int resize(struct plasma_object *obj, u64 data_size)
{
	struct plasma_namespace *ns = obj->ns;
	u64 old_size = obj->data_size, old_pages = obj->extent.pages;
	u64 pages = pages_for(data_size + obj->metadata_size);
	bool growing = data_size > old_size;
	int err = 0;

	plasma_window_flush(obj);
	if (growing) {
		err = take_bytes(ns, data_size - old_size);
		if (err)
			return err;
		err = grow(obj, pages);
	} else {
		shrink(obj, pages, data_size);
	}
	spin_lock(&ns->lock);
	ns->pages += obj->extent.pages - old_pages;
	if (err)
		ns->used -= data_size - old_size;
	else
		obj->data_size = data_size;
	if (!growing)
		ns->used -= old_size - data_size;
	spin_unlock(&ns->lock);
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
	u64 bytes;
	int err;

	spin_lock(&ns->lock);
	obj = claim_locked(cmd->attach, arg->id, PLASMA_RESIZING);
	spin_unlock(&ns->lock);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (check_add_overflow(arg->data_size, obj->metadata_size, &bytes))
		err = -EOVERFLOW;
	else
		err = resize(obj, arg->data_size);
	arg->out_offset = object_offset(obj);

	spin_lock(&ns->lock);
	if (ns->removed) {
		plasma_object_unlink_locked(obj, &reap);
		err = -EIDRM;
	} else {
		/* Pairs with writable() in window.c: the new extent comes before. */
		smp_store_release(&obj->state, PLASMA_CREATED);
	}
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err ?: plasma_respond(cmd);
}

static int write_contents(struct plasma_object *obj, const struct plasma_put *arg)
{
	int err;

	err = plasma_extent_write_user(obj, 0, arg->data_ptr, arg->data_size);
	if (!err)
		err = plasma_extent_write_user(obj, arg->data_size, arg->metadata_ptr,
					       arg->metadata_size);
	if (!err)
		plasma_extent_zero(obj, object_bytes(obj));
	return err;
}

static int publish_put(struct plasma_attach *attach, struct plasma_object *obj,
		       struct plasma_hold **spare)
{
	struct plasma_namespace *ns = obj->ns;
	LIST_HEAD(reap);
	int err = 0;

	spin_lock(&ns->lock);
	if (ns->removed) {
		err = -EIDRM;
		goto unlock;
	}
	if (*spare) {
		plasma_object_use_locked(obj);
		err = plasma_hold_add_locked(attach, obj, spare);
		if (err) {
			obj->users--;
			plasma_object_put(obj);
			goto unlock;
		}
	}
	count_locked(obj);
	obj->construct_ns = ktime_get_ns() - obj->create_mono;
	publish_sealed_locked(obj, &reap);
unlock:
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

/**
 * plasma_ioctl_put - %PLASMA_IOC_PUT
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_put(struct plasma_cmd *cmd)
{
	struct plasma_put *arg = cmd->buf;
	struct object_plan plan = {
		.id = arg->id,
		.data_size = arg->data_size,
		.metadata_size = arg->metadata_size,
		.flags = arg->flags,
	};
	struct plasma_hold *spare = NULL;
	struct plasma_object *obj;
	int err;

	err = check_plan(&plan);
	if (err)
		return err;
	obj = object_new(cmd->attach->ns, &plan);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = write_contents(obj, arg);
	if (!err && arg->flags & PLASMA_PUT_HOLD) {
		spare = plasma_hold_alloc();
		err = spare ? 0 : -ENOMEM;
	}
	arg->out_offset = object_offset(obj);
	if (!err)
		err = plasma_respond(cmd);
	if (!err)
		err = publish_put(cmd->attach, obj, &spare);
	if (err)
		object_cancel(obj);
	plasma_hold_free(spare);
	return err;
}

static int delete_one(struct plasma_namespace *ns, const u8 *id, struct list_head *reap)
{
	struct plasma_object *obj;
	int status = -ENOENT;

	spin_lock(&ns->lock);
	obj = plasma_object_lookup_locked(ns, id);
	if (obj)
		status = plasma_object_delete_locked(obj, reap) ? 0 : PLASMA_DELETE_PENDING;
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
	struct plasma_id_entry *entries;
	LIST_HEAD(reap);
	u32 i;

	entries = plasma_get_ids(arg->entries_ptr, arg->count, arg->entry_size);
	if (IS_ERR_OR_NULL(entries))
		return PTR_ERR_OR_ZERO(entries);
	for (i = 0; i < arg->count; i++)
		entries[i].status = delete_one(cmd->attach->ns, entries[i].id, &reap);
	plasma_object_reap(&reap);
	return plasma_return_ids(arg->entries_ptr, arg->count, entries);
}
