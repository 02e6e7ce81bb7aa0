// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bringing objects into being: create, to be written in place, and put.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "plasma.h"

/**
 * struct object_plan - what to make
 * @id: its id
 * @data_size: bytes of data
 * @metadata_size: bytes of metadata
 * @flags: %PLASMA_CREATE_NO_EVICT, %PLASMA_CREATE_KEEP
 * @now: CLOCK_MONOTONIC
 * @zero: __GFP_ZERO or 0
 * @clear: nothing may be left of what kept pages hold
 * @pack: into a page shared with others
 */
struct object_plan {
	const u8 *id;
	u64 data_size;
	u64 metadata_size;
	u32 flags;
	ktime_t now;
	gfp_t zero;
	bool clear;
	bool pack;
};

static int check_plan(struct object_plan *plan)
{
	u64 bytes;

	if (check_add_overflow(plan->data_size, plan->metadata_size, &bytes))
		return -EOVERFLOW;
	plan->pack = !plan->zero && plasma_pack_fits(bytes);
	return plan->metadata_size > PLASMA_METADATA_MAX ? -E2BIG : 0;
}

/* What clients see; not to be relied on by them before the object is sealed. */
static void init_entry(struct plasma_index_entry *entry, const struct object_plan *plan)
{
	const u32 flags = PLASMA_ENTRY_LIVE | PLASMA_ENTRY_PENDING;

	WRITE_ONCE(entry->state, (entry->state & ~flags) + PLASMA_ENTRY_STEP);
	memcpy(entry->id, plan->id, PLASMA_ID_SIZE);
	entry->data_size = plan->data_size;
	entry->metadata_size = plan->metadata_size;
	entry->create_time_ns = ktime_to_ns(ktime_mono_to_real(plan->now));
	entry->stamp = 0;
}

/* Take the logical bytes, in the client's own pool or in the common one, then the id. */
static int take_locked(struct plasma_attach *attach, struct plasma_object *obj,
		       bool may_evict, struct list_head *reap)
{
	int err = plasma_quota_reserve_locked(attach, plasma_object_bytes(obj), may_evict, reap);

	return err ?: plasma_index_add_locked(obj);
}

static int insert_locked(struct plasma_attach *attach, struct plasma_object *obj,
			 bool may_evict, struct list_head *reap)
{
	struct plasma_namespace *ns = obj->ns;
	int err;

	lockdep_assert_held(&ns->lock);
	if (ns->removed)
		return -EIDRM;
	if (plasma_index_find_locked(ns, obj->entry->id))
		return -EEXIST;
	/* Before anything is evicted, which would not help. */
	err = plasma_account_add_locked(attach->account, PLASMA_LIMIT_OBJECTS);
	if (err)
		return err;
	err = take_locked(attach, obj, may_evict, reap);
	if (err) {
		plasma_account_sub_locked(attach->account, PLASMA_LIMIT_OBJECTS);
		return err;
	}
	plasma_pool_charge_locked(obj, plasma_quota_pool_locked(attach));
	return 0;
}

/* A slot, the logical bytes, the id; or nothing. */
static int enter_locked(struct plasma_attach *attach, struct plasma_object *obj,
			const struct object_plan *plan, struct list_head *reap)
{
	int err;

	if (!plasma_slot_take_locked(obj))
		return -EAGAIN;
	init_entry(obj->entry, plan);
	err = insert_locked(attach, obj, !(plan->flags & PLASMA_CREATE_NO_EVICT), reap);
	if (err)
		plasma_slot_put_locked(obj);
	else if (plan->pack)
		plasma_pack_take_locked(obj, plasma_object_bytes(obj), false);
	return err;
}

/* Somebody may be faster with a slot that was made for this object; or more is to be evicted. */
static int enter(struct plasma_attach *attach, struct plasma_object *obj,
		 const struct object_plan *plan)
{
	struct plasma_namespace *ns = attach->ns;
	LIST_HEAD(reap);
	int err;

	plasma_index_prepare(ns);
	do {
		err = plasma_slot_prepare(ns);
		if (err)
			return err;
		spin_lock(&ns->lock);
		err = enter_locked(attach, obj, plan, &reap);
		spin_unlock(&ns->lock);
		plasma_object_reap(&reap);
	} while (plasma_again(&err));
	return err;
}

/* Give up an object that was never published. */
static void object_cancel(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;

	spin_lock(&ns->lock);
	plasma_index_remove_locked(obj);
	plasma_pool_uncharge_locked(obj);
	plasma_account_sub_locked(obj->origin->account, PLASMA_LIMIT_OBJECTS);
	WRITE_ONCE(obj->state, PLASMA_DEAD);
	spin_unlock(&ns->lock);
	plasma_object_destroy(obj);
}

static int get_pages(struct plasma_object *obj, u64 pages, gfp_t zero, bool may_evict)
{
	int err = plasma_evict_for_pages(obj, pages, may_evict);

	return err ?: plasma_extent_alloc(obj->ns, obj, &obj->extent, pages, pages, zero);
}

static int add_pack(struct plasma_object *obj, bool may_evict)
{
	int err = plasma_evict_for_pages(obj, 1, may_evict);

	return err ?: plasma_pack_add(obj->ns);
}

/* Somebody else may be faster with the slots of a new pack, or give one back. */
static int get_slot(struct plasma_object *obj, bool may_evict)
{
	u64 bytes = plasma_object_bytes(obj);
	bool any = false;
	int err;

	while (!plasma_pack_take(obj, bytes, any)) {
		err = add_pack(obj, may_evict);
		/* What is kept lies idle: somebody wants that memory. */
		if (err == -ENOMEM && plasma_keep_drop(ULONG_MAX))
			err = add_pack(obj, may_evict);
		if (err)
			return plasma_pack_take(obj, bytes, true) ? 0 : err;
		any = true;
	}
	return 0;
}

/* A slot, or pages. */
static int get_memory(struct plasma_object *obj, struct plasma_attach *attach,
		      const struct object_plan *plan)
{
	u64 bytes = plasma_object_bytes(obj), pages = plasma_pages_for(bytes);
	bool may_evict = !(plan->flags & PLASMA_CREATE_NO_EVICT);
	int err;

	if (plan->pack)
		return obj->pack ? 0 : get_slot(obj, may_evict);
	if (plasma_pack_fits(bytes) && plasma_scratch_take(obj, attach, plan->clear))
		return 0;
	if (plasma_keep_take(obj, pages, plan->clear))
		return 0;
	err = get_pages(obj, pages, plan->zero, may_evict);
	if (err == -ENOMEM && plasma_keep_drop(ULONG_MAX))	/* as in get_slot() */
		err = get_pages(obj, pages, plan->zero, may_evict);
	return err;
}

/* The first step: an object in PLASMA_NEW with its memory, or an error pointer. */
static struct plasma_object *object_new(struct plasma_attach *attach,
					const struct object_plan *plan)
{
	struct plasma_object *obj = plasma_object_alloc(attach);
	int err;

	if (!obj)
		return ERR_PTR(-ENOMEM);
	obj->state = PLASMA_NEW;
	obj->keep = plan->flags & PLASMA_CREATE_KEEP;
	obj->create_mono = ktime_to_ns(plan->now);
	err = enter(attach, obj, plan);
	if (err) {
		plasma_object_put(obj);
		return ERR_PTR(err);
	}
	err = get_memory(obj, attach, plan);
	if (err) {
		object_cancel(obj);
		return ERR_PTR(err);
	}
	return obj;
}

static void count_locked(struct plasma_object *obj)
{
	obj->ns->nr_objects++;
	obj->ns->pages += obj->extent.pages;
}

/* The first hold on an object that nobody else knows. */
static int hold_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	int err;

	plasma_object_use_locked(obj);
	err = plasma_hold_add_locked(attach, obj);
	if (err) {
		obj->users--;
		plasma_object_put(obj);
	}
	return err;
}

static void unhold_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	LIST_HEAD(none);

	plasma_hold_put_locked(attach, obj, &none);
	plasma_object_put(obj);
}

/* The creator's window opens with the state. */
static int publish_created(struct plasma_attach *attach, struct plasma_object *obj,
			   struct plasma_name **name)
{
	struct plasma_namespace *ns = obj->ns;
	LIST_HEAD(reap);
	int err = -EIDRM;

	spin_lock(&ns->lock);
	if (ns->removed)
		goto unlock;
	err = hold_locked(attach, obj);
	if (err)
		goto unlock;
	err = plasma_name_set_locked(obj, name, false, &reap);
	if (err) {
		unhold_locked(attach, obj);
		goto unlock;
	}
	count_locked(obj);
	list_add_tail(&obj->link, obj->in_quota ? &attach->quota->unsealed : &attach->unsealed);
	obj->shown = PLASMA_SHOWN;
	/* Pairs with writable() in window.c: all of the object comes before. */
	smp_store_release(&obj->state, PLASMA_CREATED);
unlock:
	spin_unlock(&ns->lock);
	return err;
}

static void *copy_metadata(const struct plasma_create *arg)
{
	void *metadata;

	if (!arg->metadata_size)
		return NULL;
	/* Its size is the caller's choice: it is charged, and may fail. */
	metadata = kvmalloc(arg->metadata_size, GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
						__GFP_NOWARN);
	if (!metadata)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(metadata, u64_to_user_ptr(arg->metadata_ptr), arg->metadata_size))
		return metadata;
	kvfree(metadata);
	return ERR_PTR(-EFAULT);
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
		.now = ktime_get(),
		.zero = __GFP_ZERO,
		.clear = arg->flags & PLASMA_CREATE_ZERO ||
			 !(cmd->attach->access & PLASMA_ACCESS_READ),
	};
	struct plasma_object *obj;
	struct plasma_name *name;
	void *metadata;
	int err;

	err = check_plan(&plan);
	if (err)
		return err;
	name = plasma_name_get(arg->name_ptr, arg->name_len);
	if (IS_ERR(name))
		return PTR_ERR(name);
	metadata = copy_metadata(arg);
	if (IS_ERR(metadata)) {
		err = PTR_ERR(metadata);
		goto free_name;
	}
	obj = object_new(cmd->attach, &plan);
	if (IS_ERR(obj)) {
		err = PTR_ERR(obj);
		kvfree(metadata);
		goto free_name;
	}
	obj->metadata = metadata;
	arg->out_offset = plasma_object_offset(obj);
	err = plasma_respond(cmd);
	if (!err)
		err = publish_created(cmd->attach, obj, &name);
	if (err)
		object_cancel(obj);
free_name:
	kfree(name);
	return err;
}

static int write_contents(struct plasma_object *obj, u64 data_ptr, u64 metadata_ptr)
{
	int err;

	err = plasma_extent_write_user(obj, 0, data_ptr, obj->entry->data_size);
	if (!err)
		err = plasma_extent_write_user(obj, obj->entry->data_size, metadata_ptr,
					       obj->entry->metadata_size);
	if (!err && !obj->pack)
		plasma_extent_zero(obj, plasma_object_bytes(obj));
	return err;
}

/* An object in PLASMA_NEW with contents, or an error pointer. */
static struct plasma_object *object_filled(struct plasma_attach *attach,
					   struct object_plan *plan,
					   u64 data_ptr, u64 metadata_ptr)
{
	struct plasma_object *obj;
	int err;

	err = check_plan(plan);
	if (err)
		return ERR_PTR(err);
	obj = object_new(attach, plan);
	if (IS_ERR(obj))
		return obj;
	err = write_contents(obj, data_ptr, metadata_ptr);
	if (err) {
		object_cancel(obj);
		return ERR_PTR(err);
	}
	return obj;
}

static void publish_put_locked(struct plasma_object *obj, u64 now, struct list_head *reap)
{
	count_locked(obj);
	obj->construct_ns = now - obj->create_mono;
	plasma_object_publish_locked(obj, reap);
}

static int publish_put(struct plasma_attach *attach, struct plasma_object *obj,
		       u32 flags, struct plasma_name **name)
{
	struct plasma_namespace *ns = obj->ns;
	LIST_HEAD(reap);
	int err = -EIDRM;

	spin_lock(&ns->lock);
	if (ns->removed)
		goto unlock;
	err = flags & PLASMA_PUT_HOLD ? hold_locked(attach, obj) : 0;
	if (err)
		goto unlock;
	err = plasma_name_set_locked(obj, name, flags & PLASMA_PUT_REPLACE, &reap);
	if (err) {
		if (obj->users)
			unhold_locked(attach, obj);
		goto unlock;
	}
	publish_put_locked(obj, ktime_get_ns(), &reap);
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
		.now = ktime_get(),
	};
	struct plasma_object *obj;
	struct plasma_name *name;
	int err;

	name = plasma_name_get(arg->name_ptr, arg->name_len);
	if (IS_ERR(name))
		return PTR_ERR(name);
	obj = object_filled(cmd->attach, &plan, arg->data_ptr, arg->metadata_ptr);
	if (IS_ERR(obj)) {
		err = PTR_ERR(obj);
		goto free_name;
	}
	arg->out_offset = plasma_object_offset(obj);
	err = plasma_respond(cmd);
	if (!err)
		err = publish_put(cmd->attach, obj, arg->flags, &name);
	if (err)
		object_cancel(obj);
free_name:
	kfree(name);
	return err;
}

/* All or none: fill @objs, or say in the last entry's status why not. */
static int fill_batch(struct plasma_attach *attach, const struct plasma_put_batch *arg,
		      struct plasma_put_entry *entries, struct plasma_object **objs, u32 *done)
{
	ktime_t now = ktime_get();

	for (*done = 0; *done < arg->count; ++*done) {
		struct plasma_put_entry *e = &entries[*done];
		struct object_plan plan = {
			.id = e->id,
			.data_size = e->data_size,
			.metadata_size = e->metadata_size,
			.flags = arg->flags,
			.now = now,
		};

		objs[*done] = object_filled(attach, &plan, e->data_ptr, e->metadata_ptr);
		e->status = PTR_ERR_OR_ZERO(objs[*done]);
		if (e->status)
			return e->status;
	}
	return 0;
}

static int publish_batch(struct plasma_namespace *ns, struct plasma_object **objs, u32 count)
{
	u64 now = ktime_get_ns();
	LIST_HEAD(reap);
	int err = 0;
	u32 i;

	spin_lock(&ns->lock);
	if (ns->removed)
		err = -EIDRM;
	for (i = 0; i < count && !err; i++)
		publish_put_locked(objs[i], now, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

/**
 * plasma_ioctl_put_batch - %PLASMA_IOC_PUT_BATCH
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_put_batch(struct plasma_cmd *cmd)
{
	struct plasma_put_batch *arg = cmd->buf;
	struct plasma_put_entry *entries;
	struct plasma_object **objs;
	u32 done = 0;
	int err;

	if (arg->entry_size != sizeof(*entries))
		return -EINVAL;
	entries = plasma_get_array(cmd, arg->entries_ptr, arg->count, sizeof(*entries));
	if (IS_ERR_OR_NULL(entries))
		return PTR_ERR_OR_ZERO(entries);
	objs = kvcalloc(arg->count, sizeof(*objs), GFP_KERNEL_ACCOUNT);
	if (!objs) {
		err = -ENOMEM;
		goto free_entries;
	}
	err = fill_batch(cmd->attach, arg, entries, objs, &done);
	if (plasma_return_array(arg->entries_ptr, min(done + 1, arg->count), sizeof(*entries),
				entries))
		err = -EFAULT;
	if (!err)
		err = publish_batch(cmd->attach->ns, objs, arg->count);
	while (err && done--)
		object_cancel(objs[done]);
	kvfree(objs);
free_entries:
	plasma_free_array(cmd, entries);
	return err;
}
