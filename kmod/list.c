// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of objects: stat of one, list of all.
 */
#include <linux/pid_namespace.h>
#include <linux/rhashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "plasma.h"

/**
 * plasma_copy_info - write an answer whose size the caller chooses
 * @ptr: user pointer
 * @user_size: bytes there
 * @info: the answer
 * @size: bytes that we have; the rest of the caller's becomes zero
 *
 * Return: 0 or -EFAULT.
 */
int plasma_copy_info(u64 ptr, u32 user_size, const void *info, size_t size)
{
	void __user *to = u64_to_user_ptr(ptr);
	size_t n = min_t(size_t, user_size, size);

	if (copy_to_user(to, info, n) || clear_user(to + n, user_size - n))
		return -EFAULT;
	return 0;
}

static bool mine_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	if (obj->state != PLASMA_SEALED && obj->origin->attach == attach)
		return true;
	return plasma_hold_count_locked(attach, obj) || plasma_pin_mine_locked(attach, obj);
}

/* Not of one that is not there yet, hidden, or not there any more. */
static bool is_shown_locked(const struct plasma_object *obj)
{
	lockdep_assert_held(&obj->ns->lock);
	return obj->state != PLASMA_NEW && obj->state != PLASMA_DEAD && !obj->hidden;
}

static void fill_info_locked(struct plasma_attach *attach, struct plasma_object *obj,
			     struct plasma_object_info *info)
{
	const struct plasma_name *name;

	lockdep_assert_held(&obj->ns->lock);
	*info = (struct plasma_object_info) {
		.state = obj->state == PLASMA_SEALED ? PLASMA_STATE_SEALED : PLASMA_STATE_CREATED,
		.refs = obj->users + plasma_pin_clients_locked(obj),
		.data_size = obj->entry->data_size,
		.metadata_size = obj->entry->metadata_size,
		.pages = obj->extent.pages,
		.create_time_ns = obj->entry->create_time_ns,
		.construct_ns = obj->published ? obj->construct_ns : ~0ULL,
		.creator_pid = pid_nr_ns(obj->origin->pid, task_active_pid_ns(current)),
		.creator_uid = from_kuid_munged(current_user_ns(), obj->origin->uid),
	};
	memcpy(info->id, obj->entry->id, PLASMA_ID_SIZE);
	if (obj->keep)
		info->flags |= PLASMA_OBJECT_KEEP;
	if (plasma_object_goes_locked(obj))
		info->flags |= PLASMA_OBJECT_DELETE_PENDING;
	if (mine_locked(attach, obj))
		info->flags |= PLASMA_OBJECT_MINE;
	name = plasma_name_of_locked(obj);
	if (name) {
		info->name_len = name->len;
		memcpy(info->name, name->bytes, name->len);
	}
}

#define METADATA_STEP	4096U

/*
 * Some of an object's metadata: before the seal it is in kernel memory, which the seal
 * frees under the lock, afterwards in the pages, which an object in a table has. It is no use
 * of the object: who only looks does not make it the most recently used.
 */
static u32 read_metadata(struct plasma_object *obj, u32 pos, void *buf, u32 len)
{
	struct plasma_namespace *ns = obj->ns;
	u32 n = 0;

	spin_lock(&ns->lock);
	if (obj->state != PLASMA_DEAD && pos < obj->entry->metadata_size) {
		n = min3(len, METADATA_STEP, (u32)obj->entry->metadata_size - pos);
		if (obj->published)
			plasma_extent_read(obj, obj->entry->data_size + pos, buf, n);
		else
			memcpy(buf, obj->metadata + pos, n);
	}
	spin_unlock(&ns->lock);
	return n;
}

static int stat_metadata(struct plasma_object *obj, const struct plasma_stat *arg, u32 size)
{
	u32 len = min(arg->metadata_len, size);
	void *buf = kvmalloc(len, GFP_KERNEL_ACCOUNT);
	u32 n, step;
	int err;

	if (!buf)
		return -ENOMEM;
	for (n = 0; n < len && (step = read_metadata(obj, n, buf + n, len - n)); n += step)
		cond_resched();
	if (n < len)
		err = -ENOENT;	/* it has gone meanwhile */
	else
		err = copy_to_user(u64_to_user_ptr(arg->metadata_ptr), buf, n) ? -EFAULT : 0;
	kvfree(buf);
	return err;
}

/**
 * plasma_ioctl_stat - %PLASMA_IOC_STAT
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_stat(struct plasma_cmd *cmd)
{
	struct plasma_stat *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	struct plasma_object_info info;
	struct plasma_object *obj;
	bool found, evicted, metadata;
	int err;

	if (!arg->info_size)
		return -EINVAL;
	if (arg->info_size > PAGE_SIZE)
		return -E2BIG;
	spin_lock(&ns->lock);
	obj = plasma_object_lookup_locked(ns, arg->id);
	found = obj && is_shown_locked(obj);
	if (found)
		fill_info_locked(cmd->attach, obj, &info);
	evicted = !found && arg->flags & PLASMA_STAT_EVICTED &&
		  plasma_ghost_locked(ns, arg->id);
	metadata = found && arg->metadata_len && obj->entry->metadata_size;
	if (metadata)
		refcount_inc(&obj->ref);
	spin_unlock(&ns->lock);
	if (evicted) {
		info = (struct plasma_object_info) { .state = PLASMA_STATE_EVICTED };
		memcpy(info.id, arg->id, PLASMA_ID_SIZE);
	} else if (!found) {
		return -ENOENT;
	}
	err = plasma_copy_info(arg->info_ptr, arg->info_size, &info, sizeof(info));
	if (!err && metadata)
		err = stat_metadata(obj, arg, info.metadata_size);
	if (metadata)
		plasma_object_put(obj);
	return err;
}

struct list_filter {
	bool by_name;
	u32 len;
	u8 prefix[PLASMA_NAME_MAX];
};

static int get_filter(const struct plasma_list *arg, struct list_filter *filter)
{
	u32 max = arg->flags & PLASMA_LIST_BY_NAME ? PLASMA_NAME_MAX : PLASMA_ID_SIZE;

	if (!arg->count || !arg->entry_size)
		return -EINVAL;
	if (arg->count > PLASMA_BATCH_MAX || arg->entry_size > PAGE_SIZE)
		return -E2BIG;
	if (arg->prefix_len > max)
		return -ENAMETOOLONG;
	filter->by_name = arg->flags & PLASMA_LIST_BY_NAME;
	filter->len = arg->prefix_len;
	if (copy_from_user(filter->prefix, u64_to_user_ptr(arg->prefix_ptr), filter->len))
		return -EFAULT;
	return 0;
}

static bool matches_locked(const struct list_filter *filter, const struct plasma_object *obj)
{
	const struct plasma_name *name;

	if (!filter->by_name)
		return !memcmp(obj->entry->id, filter->prefix, filter->len);
	name = plasma_name_of_locked(obj);
	return name && name->len >= filter->len &&
	       !memcmp(name->bytes, filter->prefix, filter->len);
}

/*
 * The next object that matches, from slot *@cursor on. Returns 1, 0 when there is none, or
 * -EINTR for who is dying: there may be millions that do not match.
 */
static int next_info(struct plasma_attach *attach, const struct list_filter *filter,
		     unsigned long *cursor, struct plasma_object_info *info)
{
	struct plasma_namespace *ns = attach->ns;
	struct plasma_object *obj;
	bool found = false;

	while (!found) {
		if (fatal_signal_pending(current))
			return -EINTR;
		obj = plasma_object_next(ns, cursor);
		if (!obj)
			return 0;
		spin_lock(&ns->lock);
		found = is_shown_locked(obj) && matches_locked(filter, obj);
		if (found)
			fill_info_locked(attach, obj, info);
		spin_unlock(&ns->lock);
		plasma_object_put(obj);
		cond_resched();
	}
	return 1;
}

/**
 * plasma_ioctl_list - %PLASMA_IOC_LIST
 * @cmd: the command
 *
 * The cursor is a slot. An object keeps its slot, and slots are visited in order, so an
 * object that stays is listed once.
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_list(struct plasma_cmd *cmd)
{
	struct plasma_list *arg = cmd->buf;
	struct plasma_object_info info;
	u64 ptr = arg->entries_ptr;
	struct list_filter filter;
	unsigned long slot;
	int err;

	err = get_filter(arg, &filter);
	if (err)
		return err;
	slot = min_t(u64, arg->cursor, PLASMA_SLOT_MAX + 1);
	for (arg->out_count = 0; arg->out_count < arg->count; arg->out_count++) {
		int found = next_info(cmd->attach, &filter, &slot, &info);

		if (found < 0)
			return found;
		if (!found) {
			arg->cursor = PLASMA_CURSOR_END;
			return plasma_respond(cmd);
		}
		err = plasma_copy_info(ptr, arg->entry_size, &info, sizeof(info));
		if (err)
			return err;
		ptr += arg->entry_size;
	}
	arg->cursor = slot;
	return plasma_respond(cmd);
}
