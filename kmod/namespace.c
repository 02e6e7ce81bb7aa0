// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces: their list, names, owners and limits.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/jhash.h>
#include <linux/lockdep.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "plasma.h"

#define PLASMA_MODE_MASK	0666
#define PLASMA_NS_PAGE		32	/* namespaces listed at a time */

static DEFINE_MUTEX(plasma_namespaces_lock);
static LIST_HEAD(plasma_namespace_list);	/* in order of serial */
static u64 plasma_namespace_serial;
static u32 plasma_nr_namespaces;

static struct plasma_namespace *find_locked(const u8 *name, u32 len)
{
	struct plasma_namespace *ns;

	lockdep_assert_held(&plasma_namespaces_lock);
	list_for_each_entry(ns, &plasma_namespace_list, node)
		if (ns->name_len == len && !memcmp(ns->name, name, len))
			return ns;
	return NULL;
}

static void init_locks(struct plasma_namespace *ns)
{
	int i;

	spin_lock_init(&ns->lock);
	mutex_init(&ns->space_lock);
	for (i = 0; i < PLASMA_GATES; i++)
		init_rwsem(&ns->gates[i]);
	mt_init_flags(&ns->space, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU |
				  MT_FLAGS_LOCK_EXTERN);
	mt_set_external_lock(&ns->space, &ns->space_lock);
	xa_init_flags(&ns->slots, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
}

static void init_tables(struct plasma_namespace *ns)
{
	int i;

	INIT_LIST_HEAD(&ns->lru);
	INIT_LIST_HEAD(&ns->node);
	for (i = 0; i < ARRAY_SIZE(ns->pending); i++)
		INIT_HLIST_HEAD(&ns->pending[i]);
	ns->hash_seed = get_random_u32();
}

static struct plasma_namespace *namespace_alloc(const u8 *name, u32 len)
{
	struct plasma_namespace *ns;
	int err = -ENOMEM;

	ns = kzalloc(sizeof(*ns), GFP_KERNEL_ACCOUNT);
	if (!ns)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ns->ref, 1);
	ns->name = kmemdup(name, len, GFP_KERNEL_ACCOUNT);
	if (!ns->name)
		goto free_ns;
	ns->name_len = len;
	init_locks(ns);
	init_tables(ns);
	err = rhashtable_init(&ns->objects, &plasma_object_params);
	if (err)
		goto free_name;
	err = rhashtable_init(&ns->names, &plasma_name_params);
	if (err)
		goto destroy_objects;
	ns->inode = plasma_extent_inode();
	if (IS_ERR(ns->inode)) {
		err = PTR_ERR(ns->inode);
		goto destroy_names;
	}
	ns->user_ns = get_user_ns(current_user_ns());
	return ns;

destroy_names:
	rhashtable_destroy(&ns->names);
destroy_objects:
	rhashtable_destroy(&ns->objects);
free_name:
	kfree(ns->name);
free_ns:
	kfree(ns);
	return ERR_PTR(err);
}

/**
 * plasma_namespace_put - drop a reference
 * @ns: the namespace; when it was the last, no object is left in it
 *
 * Context: may sleep.
 */
void plasma_namespace_put(struct plasma_namespace *ns)
{
	if (!refcount_dec_and_test(&ns->ref))
		return;
	WARN_ON_ONCE(ns->used || ns->pages || ns->nr_objects);
	iput(ns->inode);
	rhashtable_destroy(&ns->names);
	rhashtable_destroy(&ns->objects);
	xa_destroy(&ns->slots);
	mutex_lock(&ns->space_lock);
	__mt_destroy(&ns->space);
	mutex_unlock(&ns->space_lock);
	put_user_ns(ns->user_ns);
	kfree(ns->name);
	kfree(ns);
}

/**
 * plasma_namespaces - number of namespaces
 *
 * Return: how many there are.
 */
u32 plasma_namespaces(void)
{
	return READ_ONCE(plasma_nr_namespaces);
}

static int publish(struct plasma_namespace *ns)
{
	int err = 0;

	mutex_lock(&plasma_namespaces_lock);
	if (find_locked(ns->name, ns->name_len)) {
		err = -EEXIST;
	} else {
		refcount_inc(&ns->ref);
		ns->serial = ++plasma_namespace_serial;
		list_add_tail(&ns->node, &plasma_namespace_list);
		WRITE_ONCE(plasma_nr_namespaces, plasma_nr_namespaces + 1);
	}
	mutex_unlock(&plasma_namespaces_lock);
	return err;
}

static bool busy_locked(struct plasma_namespace *ns)
{
	lockdep_assert_held(&ns->lock);
	return ns->nr_in_use || ns->nr_waiters || ns->nr_objects > ns->nr_sealed;
}

/*
 * Take a namespace out of the list, for the caller to drop with drop_removed(). The
 * flag is what counts: whoever makes or waits for an object looks at it under ns->lock,
 * in the same critical section in which it publishes the object or queues itself.
 * So each either sees the flag, or is seen by plasma_wake_removed_locked() or by
 * plasma_objects_drop().
 */
static int remove_locked(struct plasma_namespace *ns, bool force)
{
	lockdep_assert_held(&plasma_namespaces_lock);
	spin_lock(&ns->lock);
	if (!force && busy_locked(ns)) {
		spin_unlock(&ns->lock);
		return -EBUSY;
	}
	WRITE_ONCE(ns->removed, true);
	plasma_wake_removed_locked(ns);
	spin_unlock(&ns->lock);
	list_del_init(&ns->node);
	ns->creator = NULL;
	WRITE_ONCE(plasma_nr_namespaces, plasma_nr_namespaces - 1);
	return 0;
}

static void drop_removed(struct plasma_namespace *ns)
{
	plasma_objects_drop(ns);
	plasma_namespace_put(ns);
}

/**
 * plasma_namespace_remove_ephemeral - remove what goes with a client
 * @client: the client, at its last close
 */
void plasma_namespace_remove_ephemeral(struct plasma_client *client)
{
	struct plasma_namespace *ns, *next;
	LIST_HEAD(removed);

	if (!client->ephemeral)
		return;
	mutex_lock(&plasma_namespaces_lock);
	list_for_each_entry_safe(ns, next, &plasma_namespace_list, node) {
		if (ns->creator != client)
			continue;
		remove_locked(ns, true);
		list_add(&ns->node, &removed);
	}
	mutex_unlock(&plasma_namespaces_lock);
	list_for_each_entry_safe(ns, next, &removed, node) {
		list_del_init(&ns->node);
		drop_removed(ns);
	}
}

/* Mode bits as for a file; reading and writing the descriptor bound them as well. */
static u32 access_locked(const struct plasma_namespace *ns)
{
	const u32 all = PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE;
	u32 bits = ns->mode, access = 0;

	lockdep_assert_held(&plasma_namespaces_lock);
	if (uid_eq(current_fsuid(), ns->uid))
		bits >>= 6;
	else if (in_group_p(ns->gid))
		bits >>= 3;
	if (bits & 4)
		access |= PLASMA_ACCESS_READ;
	if (bits & 2)
		access |= PLASMA_ACCESS_WRITE;
	if (access != all && ns_capable(ns->user_ns, CAP_DAC_OVERRIDE))
		access = all;
	return access;
}

static u32 file_access(const struct file *file)
{
	u32 access = 0;

	if (file->f_mode & FMODE_READ)
		access |= PLASMA_ACCESS_READ;
	if (file->f_mode & FMODE_WRITE)
		access |= PLASMA_ACCESS_WRITE;
	return access;
}

static bool owner_locked(const struct plasma_namespace *ns)
{
	lockdep_assert_held(&plasma_namespaces_lock);
	return uid_eq(current_fsuid(), ns->uid) || ns_capable(ns->user_ns, CAP_FOWNER);
}

static bool attr_valid(u64 capacity, u32 mode, u32 evict_percent)
{
	return capacity <= plasma_window_size() && !(mode & ~PLASMA_MODE_MASK) &&
	       evict_percent <= 100;
}

static int respond_create(struct plasma_cmd *cmd, u32 handle)
{
	struct plasma_ns_create *arg = cmd->buf;

	arg->out_ns = handle;
	arg->out_read_offset = plasma_window_offset(handle, false);
	arg->out_write_offset = plasma_window_offset(handle, true);
	return plasma_respond(cmd);
}

/**
 * plasma_ioctl_ns_create - %PLASMA_IOC_NS_CREATE
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_ns_create(struct plasma_cmd *cmd)
{
	struct plasma_ns_create *arg = cmd->buf;
	struct plasma_client *client = cmd->client;
	u8 name[PLASMA_NAME_MAX];
	struct plasma_namespace *ns;
	struct plasma_attach *attach;
	u32 handle;
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	if (!attr_valid(arg->capacity, arg->mode, arg->evict_percent))
		return -EINVAL;
	if (!(cmd->file->f_mode & FMODE_WRITE))
		return -EACCES;
	ns = namespace_alloc(name, arg->name_len);
	if (IS_ERR(ns))
		return PTR_ERR(ns);
	ns->uid = current_fsuid();
	ns->gid = current_fsgid();
	ns->mode = arg->mode;
	ns->capacity = arg->capacity ?: plasma_store_size();
	ns->evict_percent = arg->evict_percent;

	mutex_lock(&client->lock);
	if (arg->flags & PLASMA_NS_EPHEMERAL) {
		ns->ephemeral = true;
		ns->creator = client;
		client->ephemeral = true;
	}
	err = publish(ns);
	if (err) {
		plasma_namespace_put(ns);
		goto unlock;
	}
	refcount_inc(&ns->ref);
	attach = plasma_attach_new(client, ns, file_access(cmd->file), &handle);
	err = PTR_ERR_OR_ZERO(attach);
unlock:
	mutex_unlock(&client->lock);
	if (err == -EEXIST)
		return err;
	if (!err)
		err = respond_create(cmd, handle);
	if (err) {
		int gone;

		/* Somebody may have removed it already; then there is nothing to undo. */
		mutex_lock(&plasma_namespaces_lock);
		gone = list_empty(&ns->node) || remove_locked(ns, true);
		mutex_unlock(&plasma_namespaces_lock);
		if (!gone)
			drop_removed(ns);
	}
	plasma_namespace_put(ns);
	return err;
}

static struct plasma_attach *find_attach(struct plasma_client *client,
					 struct plasma_namespace *ns, u32 *handle)
{
	struct plasma_attach *attach;
	unsigned long index;

	lockdep_assert_held(&client->lock);
	xa_for_each(&client->attaches, index, attach) {
		if (attach->ns == ns) {
			*handle = index;
			return attach;
		}
	}
	return NULL;
}

/**
 * plasma_ioctl_ns_open - %PLASMA_IOC_NS_OPEN
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_ns_open(struct plasma_cmd *cmd)
{
	struct plasma_ns_open *arg = cmd->buf;
	u8 name[PLASMA_NAME_MAX];
	struct plasma_namespace *ns;
	struct plasma_attach *attach;
	u32 access = 0, handle;
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	mutex_lock(&plasma_namespaces_lock);
	ns = find_locked(name, arg->name_len);
	if (ns) {
		refcount_inc(&ns->ref);
		access = access_locked(ns) & file_access(cmd->file);
	}
	mutex_unlock(&plasma_namespaces_lock);
	if (!ns)
		return -ENOENT;

	mutex_lock(&cmd->client->lock);
	attach = find_attach(cmd->client, ns, &handle);
	if (attach) {
		access = attach->access;
		err = arg->flags & ~access ? -EACCES : 0;
		plasma_namespace_put(ns);
	} else if (!access || arg->flags & ~access) {
		err = -EACCES;
		plasma_namespace_put(ns);
	} else {
		access = arg->flags ?: access;
		err = PTR_ERR_OR_ZERO(plasma_attach_new(cmd->client, ns, access, &handle));
	}
	mutex_unlock(&cmd->client->lock);
	if (err)
		return err;
	arg->out_ns = handle;
	arg->out_access = access;
	arg->out_read_offset = plasma_window_offset(handle, false);
	arg->out_write_offset = plasma_window_offset(handle, true);
	return plasma_respond(cmd);
}

/**
 * plasma_ioctl_ns_remove - %PLASMA_IOC_NS_REMOVE
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_ns_remove(struct plasma_cmd *cmd)
{
	struct plasma_ns_remove *arg = cmd->buf;
	u8 name[PLASMA_NAME_MAX];
	struct plasma_namespace *ns;
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	mutex_lock(&plasma_namespaces_lock);
	ns = find_locked(name, arg->name_len);
	if (!ns)
		err = -ENOENT;
	else if (ns->serial == 1 || !owner_locked(ns))	/* the first is "default" */
		err = -EPERM;
	else
		err = remove_locked(ns, arg->flags & PLASMA_NS_REMOVE_FORCE);
	mutex_unlock(&plasma_namespaces_lock);
	if (!err)
		drop_removed(ns);
	return err;
}

static void fill_info_locked(struct plasma_namespace *ns, u32 access,
			     struct plasma_ns_info *info)
{
	lockdep_assert_held(&plasma_namespaces_lock);
	*info = (struct plasma_ns_info) {
		.flags = ns->ephemeral ? PLASMA_NS_EPHEMERAL : 0,
		.mode = ns->mode,
		.uid = from_kuid_munged(current_user_ns(), ns->uid),
		.gid = from_kgid_munged(current_user_ns(), ns->gid),
		.access = access,
		.name_len = ns->name_len,
	};
	memcpy(info->name, ns->name, ns->name_len);
	spin_lock(&ns->lock);
	info->evict_percent = ns->evict_percent;
	info->capacity = ns->capacity;
	info->used = ns->used;
	info->pages = ns->pages;
	info->objects = ns->nr_objects;
	info->sealed = ns->nr_sealed;
	info->in_use = ns->nr_in_use;
	info->names = ns->nr_names;
	info->clients = ns->nr_attached;
	info->waiters = ns->nr_waiters;
	info->evictions = ns->evictions;
	info->evicted_bytes = ns->evicted_bytes;
	spin_unlock(&ns->lock);
}

/* Fill @infos with up to @max namespaces after *@cursor, and advance it. */
static u32 list_some(struct plasma_ns_info *infos, u32 max, u64 *cursor)
{
	struct plasma_namespace *ns;
	u32 n = 0;

	mutex_lock(&plasma_namespaces_lock);
	list_for_each_entry(ns, &plasma_namespace_list, node) {
		u32 access;

		if (ns->serial <= *cursor)
			continue;
		if (n == max)
			goto unlock;
		*cursor = ns->serial;
		access = access_locked(ns);
		if (access)
			fill_info_locked(ns, access, &infos[n++]);
	}
	*cursor = PLASMA_CURSOR_END;
unlock:
	mutex_unlock(&plasma_namespaces_lock);
	return n;
}

/**
 * plasma_ioctl_ns_list - %PLASMA_IOC_NS_LIST
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_ns_list(struct plasma_cmd *cmd)
{
	struct plasma_ns_list *arg = cmd->buf;
	u64 ptr = arg->entries_ptr;
	struct plasma_ns_info *infos;
	int err = 0;

	if (!arg->count || !arg->entry_size)
		return -EINVAL;
	if (arg->count > PLASMA_BATCH_MAX || arg->entry_size > PAGE_SIZE)
		return -E2BIG;
	infos = kvmalloc_array(PLASMA_NS_PAGE, sizeof(*infos), GFP_KERNEL_ACCOUNT);
	if (!infos)
		return -ENOMEM;
	arg->out_count = 0;
	while (arg->out_count < arg->count && arg->cursor != PLASMA_CURSOR_END && !err) {
		u32 i, n = min_t(u32, PLASMA_NS_PAGE, arg->count - arg->out_count);

		n = list_some(infos, n, &arg->cursor);
		for (i = 0; i < n && !err; i++, ptr += arg->entry_size)
			err = plasma_copy_info(ptr, arg->entry_size, &infos[i], sizeof(*infos));
		arg->out_count += n;
	}
	kvfree(infos);
	return err ?: plasma_respond(cmd);
}

/**
 * plasma_ioctl_ns_stat - %PLASMA_IOC_NS_STAT
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_ns_stat(struct plasma_cmd *cmd)
{
	struct plasma_ns_stat *arg = cmd->buf;
	u8 name[PLASMA_NAME_MAX];
	struct plasma_ns_info info;
	struct plasma_namespace *ns;
	u32 access = 0;
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	if (!arg->info_size)
		return -EINVAL;
	if (arg->info_size > PAGE_SIZE)
		return -E2BIG;
	mutex_lock(&plasma_namespaces_lock);
	ns = find_locked(name, arg->name_len);
	if (ns) {
		access = access_locked(ns);
		if (access || owner_locked(ns))
			fill_info_locked(ns, access, &info);
		else
			err = -EACCES;
	} else {
		err = -ENOENT;
	}
	mutex_unlock(&plasma_namespaces_lock);
	return err ?: plasma_copy_info(arg->info_ptr, arg->info_size, &info, sizeof(info));
}

static int may_set_locked(const struct plasma_namespace *ns, u32 what, kuid_t uid, kgid_t gid)
{
	if (!owner_locked(ns))
		return -EPERM;
	if (!(what & PLASMA_NS_SET_OWNER))
		return 0;
	if (!uid_valid(uid) || !gid_valid(gid))
		return -EINVAL;
	return ns_capable(ns->user_ns, CAP_CHOWN) ? 0 : -EPERM;
}

static int set_capacity(struct plasma_namespace *ns, u64 capacity)
{
	LIST_HEAD(reap);
	int err = 0;

	spin_lock(&ns->lock);
	if (ns->used - ns->evictable > capacity) {
		err = -ENOSPC;
	} else {
		if (ns->used > capacity)
			plasma_evict_locked(ns, ns->used - capacity, NULL, &reap);
		ns->capacity = capacity;
	}
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

/**
 * plasma_ioctl_ns_set - %PLASMA_IOC_NS_SET
 * @cmd: the command
 *
 * Return: 0 or a negative error, and then nothing has changed.
 */
int plasma_ioctl_ns_set(struct plasma_cmd *cmd)
{
	struct plasma_ns_set *arg = cmd->buf;
	kuid_t uid = make_kuid(current_user_ns(), arg->uid);
	kgid_t gid = make_kgid(current_user_ns(), arg->gid);
	u8 name[PLASMA_NAME_MAX];
	struct plasma_namespace *ns;
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	if (!attr_valid(arg->capacity, arg->mode, arg->evict_percent))
		return -EINVAL;
	mutex_lock(&plasma_namespaces_lock);
	ns = find_locked(name, arg->name_len);
	err = ns ? may_set_locked(ns, arg->flags, uid, gid) : -ENOENT;
	if (!err && arg->flags & PLASMA_NS_SET_CAPACITY)
		err = set_capacity(ns, arg->capacity ?: plasma_store_size());
	if (err)
		goto unlock;
	if (arg->flags & PLASMA_NS_SET_MODE)
		ns->mode = arg->mode;
	if (arg->flags & PLASMA_NS_SET_OWNER) {
		ns->uid = uid;
		ns->gid = gid;
	}
	if (arg->flags & PLASMA_NS_SET_EVICT_PERCENT) {
		spin_lock(&ns->lock);
		ns->evict_percent = arg->evict_percent;
		spin_unlock(&ns->lock);
	}
unlock:
	mutex_unlock(&plasma_namespaces_lock);
	return err;
}

/**
 * plasma_namespaces_init - make the default namespace
 *
 * It belongs to root and is open to everybody who may open the device.
 *
 * Return: 0 or a negative error.
 */
int plasma_namespaces_init(void)
{
	struct plasma_namespace *ns = namespace_alloc("default", 7);
	int err;

	if (IS_ERR(ns))
		return PTR_ERR(ns);
	ns->uid = GLOBAL_ROOT_UID;
	ns->gid = GLOBAL_ROOT_GID;
	ns->mode = PLASMA_MODE_MASK;
	ns->capacity = plasma_store_size();
	err = publish(ns);
	plasma_namespace_put(ns);
	return err;
}

/**
 * plasma_namespaces_exit - drop all namespaces with their objects
 *
 * There are no clients any more, nor mappings.
 */
void plasma_namespaces_exit(void)
{
	struct plasma_namespace *ns, *next;

	mutex_lock(&plasma_namespaces_lock);
	list_for_each_entry_safe(ns, next, &plasma_namespace_list, node) {
		remove_locked(ns, true);
		drop_removed(ns);
	}
	mutex_unlock(&plasma_namespaces_lock);
}
