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

DEFINE_MUTEX(plasma_namespaces_lock);	/* protects the list */
LIST_HEAD(plasma_namespace_list);	/* in order of serial */
static u64 plasma_namespace_serial;
static u32 plasma_nr_namespaces;

/**
 * plasma_namespace_find_locked - find a namespace by its name
 * @name: the name
 * @len: bytes in it
 *
 * Return: the namespace, good while plasma_namespaces_lock is held, or NULL.
 */
struct plasma_namespace *plasma_namespace_find_locked(const u8 *name, u32 len)
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
	xa_init_flags(&ns->slot_names, XA_FLAGS_ACCOUNT);
}

static void init_tables(struct plasma_namespace *ns)
{
	int i;

	INIT_LIST_HEAD(&ns->subscriptions);
	INIT_LIST_HEAD(&ns->quotas);
	INIT_LIST_HEAD(&ns->pins);
	for (i = 0; i < PLASMA_PACK_CLASSES; i++)
		INIT_LIST_HEAD(&ns->packs[i]);
	INIT_LIST_HEAD(&ns->spare_packs);
	INIT_LIST_HEAD(&ns->scratches);
	plasma_slots_init(ns);
	for (i = 0; i < PLASMA_KEPT_LISTS; i++)
		INIT_LIST_HEAD(&ns->kept[i]);
	INIT_LIST_HEAD(&ns->node);
	for (i = 0; i < ARRAY_SIZE(ns->pending); i++) {
		INIT_HLIST_HEAD(&ns->pending[i]);
		INIT_HLIST_HEAD(&ns->pending_names[i]);
	}
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
	err = plasma_index_init(ns);
	if (err)
		goto free_name;
	err = rhashtable_init(&ns->names, &plasma_name_params);
	if (err)
		goto exit_index;
	err = plasma_ghosts_init(ns);
	if (err)
		goto destroy_names;
	ns->inode = plasma_extent_inode();
	if (IS_ERR(ns->inode)) {
		err = PTR_ERR(ns->inode);
		goto exit_ghosts;
	}
	ns->user_ns = get_user_ns(current_user_ns());
	return ns;

exit_ghosts:
	plasma_ghosts_exit(ns);
destroy_names:
	rhashtable_destroy(&ns->names);
exit_index:
	plasma_index_exit(ns);
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
	plasma_packs_drop(ns, ULONG_MAX, jiffies);
	WARN_ON_ONCE(ns->used || ns->pages || ns->nr_objects);
	iput(ns->inode);
	plasma_ghosts_exit(ns);
	rhashtable_destroy(&ns->names);
	plasma_index_exit(ns);
	plasma_slots_exit(ns);
	xa_destroy(&ns->slot_names);
	mutex_lock(&ns->space_lock);
	__mt_destroy(&ns->space);
	mutex_unlock(&ns->space_lock);
	put_user_ns(ns->user_ns);
	plasma_limit_uncharge(ns->user, PLASMA_LIMIT_NAMESPACES, 1);
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
	if (plasma_namespace_find_locked(ns->name, ns->name_len)) {
		err = -EEXIST;
	} else {
		refcount_inc(&ns->ref);
		/* From here on plasma_namespaces_resize() sees to it. */
		if (ns->whole_store) {
			ns->capacity = plasma_store_size();
			ns->pool.capacity = ns->capacity;
		}
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
	return ns->nr_in_use || ns->nr_waiters || ns->nr_objects > ns->nr_sealed ||
	       plasma_pins_in_use_locked(ns);
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
	plasma_event_removed_locked(ns);
	spin_unlock(&ns->lock);
	list_del_init(&ns->node);
	ns->creator = NULL;
	WRITE_ONCE(plasma_nr_namespaces, plasma_nr_namespaces - 1);
	return 0;
}

static void drop_removed(struct plasma_namespace *ns)
{
	plasma_objects_drop(ns);
	plasma_packs_drop(ns, ULONG_MAX, jiffies);
	plasma_scratches_drop(ns, ULONG_MAX, jiffies);
	plasma_keep_drop_namespace(ns);
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

/*
 * As for files: a capability over the user namespace that it was made in counts if its owner and
 * group are known there. Who made it there and gave it away has no more of it.
 */
static bool capable_locked(const struct plasma_namespace *ns, int capability)
{
	return kuid_has_mapping(ns->user_ns, ns->uid) && kgid_has_mapping(ns->user_ns, ns->gid) &&
	       ns_capable(ns->user_ns, capability);
}

/**
 * plasma_namespace_access_locked - what the caller may do in a namespace
 * @ns: the namespace
 *
 * Mode bits as for a file; CAP_DAC_OVERRIDE over the namespace grants all.
 *
 * Return: %PLASMA_ACCESS_READ and %PLASMA_ACCESS_WRITE.
 */
u32 plasma_namespace_access_locked(const struct plasma_namespace *ns)
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
	if (access != all && capable_locked(ns, CAP_DAC_OVERRIDE))
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

/**
 * plasma_namespace_owner_locked - may the caller change a namespace?
 * @ns: the namespace
 *
 * Return: true for its owner and for CAP_FOWNER over it.
 */
bool plasma_namespace_owner_locked(const struct plasma_namespace *ns)
{
	lockdep_assert_held(&plasma_namespaces_lock);
	return uid_eq(current_fsuid(), ns->uid) || capable_locked(ns, CAP_FOWNER);
}

/**
 * plasma_namespace_may_give_locked - may the caller give a namespace to somebody?
 * @ns: the namespace, of which the caller is the owner
 * @uid: the new owner
 * @gid: the new group
 *
 * Nobody can put it into the hands of users that the user namespace does not know in which
 * it was made: whoever rules that would pass for them.
 *
 * Return: 0, -EINVAL if they are unknown there, -EPERM without CAP_CHOWN.
 */
int plasma_namespace_may_give_locked(const struct plasma_namespace *ns, kuid_t uid, kgid_t gid)
{
	lockdep_assert_held(&plasma_namespaces_lock);
	if (!kuid_has_mapping(ns->user_ns, uid) || !kgid_has_mapping(ns->user_ns, gid))
		return -EINVAL;
	return capable_locked(ns, CAP_CHOWN) ? 0 : -EPERM;
}

/**
 * plasma_namespace_valid - may a namespace have these attributes?
 * @capacity: in bytes
 * @mode: permission bits
 * @evict_percent: share of the capacity
 *
 * Return: whether all are in range.
 */
bool plasma_namespace_valid(u64 capacity, u32 mode, u32 evict_percent)
{
	return capacity <= plasma_window_size() && !(mode & ~PLASMA_MODE_MASK) &&
	       evict_percent <= 100;
}

/* With what the arguments say; @user is charged for it. */
static struct plasma_namespace *namespace_new(const struct plasma_ns_create *arg, const u8 *name,
					      struct plasma_user *user)
{
	struct plasma_namespace *ns = namespace_alloc(name, arg->name_len);

	if (IS_ERR(ns))
		return ns;
	ns->user = user;
	ns->uid = current_fsuid();
	ns->gid = current_fsgid();
	ns->mode = arg->mode;
	ns->whole_store = !arg->capacity;
	ns->reclaim = arg->flags & PLASMA_NS_RECLAIM;
	ns->ephemeral = arg->flags & PLASMA_NS_EPHEMERAL;
	ns->capacity = arg->capacity ?: plasma_store_size();
	plasma_pool_init(&ns->pool, ns->capacity);
	ns->evict_percent = arg->evict_percent;
	return ns;
}

static int respond_create(struct plasma_cmd *cmd, u32 handle)
{
	struct plasma_ns_create *arg = cmd->buf;

	arg->out_ns = handle;
	arg->out_read_offset = plasma_window_offset(handle, PLASMA_WINDOW_READ);
	arg->out_write_offset = plasma_window_offset(handle, PLASMA_WINDOW_WRITE);
	return plasma_respond(cmd);
}

/* The last step: the namespace is in the list, and its creator has it open. */
static int publish_opened(struct plasma_client *client, struct plasma_namespace *ns,
			  struct plasma_attach *attach, u32 handle)
{
	int err;

	mutex_lock(&client->lock);
	if (ns->ephemeral) {
		ns->creator = client;
		client->ephemeral = true;
	}
	err = publish(ns);
	if (!err)
		plasma_attach_publish(client, attach, handle);
	mutex_unlock(&client->lock);
	return err;
}

/* Nobody knows the namespace yet: what fails leaves nothing behind. */
static int open_new(struct plasma_cmd *cmd, struct plasma_namespace *ns)
{
	struct plasma_client *client = cmd->client;
	struct plasma_attach *attach;
	u32 handle;
	int err;

	refcount_inc(&ns->ref);
	mutex_lock(&client->lock);
	attach = plasma_attach_new(client, ns, file_access(cmd->file), &handle);
	mutex_unlock(&client->lock);
	if (IS_ERR(attach))
		return PTR_ERR(attach);
	err = respond_create(cmd, handle);
	if (!err)
		err = publish_opened(client, ns, attach, handle);
	if (err)
		plasma_attach_cancel(client, attach, handle);
	return err;
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
	u8 name[PLASMA_NAME_MAX];
	struct plasma_namespace *ns;
	struct plasma_user *user;
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	if (!plasma_namespace_valid(arg->capacity, arg->mode, arg->evict_percent))
		return -EINVAL;
	if (!(cmd->file->f_mode & FMODE_WRITE))
		return -EACCES;
	user = plasma_limit_charge(PLASMA_LIMIT_NAMESPACES, 1);
	if (IS_ERR(user))
		return PTR_ERR(user);
	ns = namespace_new(arg, name, user);
	if (IS_ERR(ns)) {
		plasma_limit_uncharge(user, PLASMA_LIMIT_NAMESPACES, 1);
		return PTR_ERR(ns);
	}
	err = open_new(cmd, ns);
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
 * struct opening - a namespace that is being opened
 * @ns: the namespace
 * @granted: access that its mode and the descriptor grant
 * @attach: the client's attachment
 * @handle: its handle
 * @new: it is not published yet
 */
struct opening {
	struct plasma_namespace *ns;
	u32 granted;
	struct plasma_attach *attach;
	u32 handle;
	bool new;
};

/* What is asked for in the namespace of this name, which gets a reference. */
static int find_to_open(struct plasma_cmd *cmd, struct opening *opening)
{
	struct plasma_ns_open *arg = cmd->buf;
	u8 name[PLASMA_NAME_MAX];
	int err;

	err = plasma_copy_name(name, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	mutex_lock(&plasma_namespaces_lock);
	opening->ns = plasma_namespace_find_locked(name, arg->name_len);
	if (opening->ns) {
		refcount_inc(&opening->ns->ref);
		opening->granted = plasma_namespace_access_locked(opening->ns) &
				   file_access(cmd->file);
	}
	mutex_unlock(&plasma_namespaces_lock);
	return opening->ns ? 0 : -ENOENT;
}

/* The attachment that the client has, or one that is not published yet. */
static int attach_to(struct plasma_client *client, u32 wanted, struct opening *opening)
{
	u32 access = opening->granted;
	int err = 0;

	mutex_lock(&client->lock);
	opening->attach = find_attach(client, opening->ns, &opening->handle);
	opening->new = !opening->attach;
	if (opening->attach)
		access = opening->attach->access;
	if (!access || wanted & ~access) {
		err = -EACCES;
	} else if (opening->new) {
		refcount_inc(&opening->ns->ref);
		opening->attach = plasma_attach_new(client, opening->ns, wanted ?: access,
						    &opening->handle);
		err = PTR_ERR_OR_ZERO(opening->attach);
	}
	mutex_unlock(&client->lock);
	return err;
}

static int respond_open(struct plasma_cmd *cmd, const struct opening *opening)
{
	struct plasma_ns_open *arg = cmd->buf;
	u32 handle = opening->handle;
	bool index;

	arg->out_ns = handle;
	arg->out_access = opening->attach->access;
	arg->out_read_offset = plasma_window_offset(handle, PLASMA_WINDOW_READ);
	arg->out_write_offset = plasma_window_offset(handle, PLASMA_WINDOW_WRITE);
	arg->out_index_offset = plasma_window_offset(handle, PLASMA_WINDOW_INDEX);
	arg->out_pins_offset = plasma_window_offset(handle, PLASMA_WINDOW_PINS);
	/* One is of no use without the other, which comes behind it. */
	index = opening->attach->access & PLASMA_ACCESS_READ && plasma_index_enabled() &&
		arg->out_pins_offset != PLASMA_OFFSET_NONE;
	arg->out_index_size = index ? plasma_index_size() : 0;
	arg->out_pins_size = index ? PLASMA_PINS_BYTES : 0;
	return plasma_respond(cmd);
}

/* Publish the attachment, unless another thread of the client was faster. */
static bool publish_attach(struct plasma_client *client, struct opening *opening)
{
	u32 handle;
	bool first;

	mutex_lock(&client->lock);
	first = !find_attach(client, opening->ns, &handle);
	if (first)
		plasma_attach_publish(client, opening->attach, opening->handle);
	mutex_unlock(&client->lock);
	return first;
}

/* A client must know its handle before there is one: nobody could close it. */
static int open_once(struct plasma_cmd *cmd, u32 wanted, struct opening *opening)
{
	int err = attach_to(cmd->client, wanted, opening);

	if (err)
		return err;
	err = respond_open(cmd, opening);
	if (!opening->new || (!err && publish_attach(cmd->client, opening)))
		return err;
	plasma_attach_cancel(cmd->client, opening->attach, opening->handle);
	return err ?: -EAGAIN;
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
	struct opening opening;
	int err;

	err = find_to_open(cmd, &opening);
	if (err)
		return err;
	do {
		err = open_once(cmd, arg->flags, &opening);
	} while (err == -EAGAIN);
	plasma_namespace_put(opening.ns);
	return err;
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
	ns = plasma_namespace_find_locked(name, arg->name_len);
	if (!ns)
		err = -ENOENT;
	else if (ns->serial == 1 || !plasma_namespace_owner_locked(ns))	/* the first is "default" */
		err = -EPERM;
	else
		err = remove_locked(ns, arg->flags & PLASMA_NS_REMOVE_FORCE);
	mutex_unlock(&plasma_namespaces_lock);
	if (!err)
		drop_removed(ns);
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
	ns->whole_store = true;
	ns->capacity = plasma_store_size();
	plasma_pool_init(&ns->pool, ns->capacity);
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
