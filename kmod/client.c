// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients, the namespaces that they have opened, and the objects that they hold.
 *
 * A client is an open file description. What it is writing is aborted at the last
 * close: nobody could seal it any more. What it holds hangs on the files of its
 * windows, which the client and every mapping of a window own: so a pointer is
 * good for as long as it is mapped, also after close() and in a forked child, and
 * a process that dies gives everything back with its last mapping.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "plasma.h"

static struct kmem_cache *plasma_hold_cache;
static atomic_t plasma_nr_clients;

static const struct rhashtable_params plasma_hold_params = {
	.key_len = PLASMA_ID_SIZE,
	.key_offset = offsetof(struct plasma_hold, id),
	.head_offset = offsetof(struct plasma_hold, node),
	.automatic_shrinking = true,
};

/**
 * plasma_hold_init - make the cache of holds
 *
 * Return: 0 or -ENOMEM.
 */
int plasma_hold_init(void)
{
	plasma_hold_cache = KMEM_CACHE(plasma_hold, SLAB_ACCOUNT);
	return plasma_hold_cache ? 0 : -ENOMEM;
}

/**
 * plasma_hold_exit - drop the cache of holds
 */
void plasma_hold_exit(void)
{
	kmem_cache_destroy(plasma_hold_cache);
}

/**
 * plasma_hold_alloc - allocate a hold for plasma_hold_add_locked()
 *
 * Return: the hold or NULL.
 */
struct plasma_hold *plasma_hold_alloc(void)
{
	return kmem_cache_alloc(plasma_hold_cache, GFP_KERNEL);
}

/**
 * plasma_hold_free - free a hold that is in no table
 * @hold: the hold, may be NULL
 */
void plasma_hold_free(struct plasma_hold *hold)
{
	if (hold)
		kmem_cache_free(plasma_hold_cache, hold);
}

/**
 * plasma_hold_find_locked - an attachment's hold on an object
 * @attach: the attachment
 * @obj: the object
 *
 * Return: the hold or NULL.
 */
struct plasma_hold *plasma_hold_find_locked(struct plasma_attach *attach,
					    struct plasma_object *obj)
{
	struct rhlist_head *list, *next;
	struct plasma_hold *hold;

	lockdep_assert_held(&attach->ns->lock);
	rcu_read_lock();	/* for the table; the lock protects its entries */
	list = rhltable_lookup(&attach->holds, obj->id, plasma_hold_params);
	rhl_for_each_entry_rcu(hold, next, list, node)
		if (hold->object == obj)
			break;
	rcu_read_unlock();
	return next ? hold : NULL;
}

/* By place if that is given, else the newest object of this id. */
static struct plasma_hold *find_by_id_locked(struct plasma_attach *attach, const u8 *id,
					     const u64 *offset)
{
	struct plasma_hold *hold, *found = NULL;
	struct rhlist_head *list, *next;

	lockdep_assert_held(&attach->ns->lock);
	rcu_read_lock();
	list = rhltable_lookup(&attach->holds, id, plasma_hold_params);
	rhl_for_each_entry_rcu(hold, next, list, node) {
		if (offset && plasma_object_offset(hold->object) != *offset)
			continue;
		if (!found || !hold->object->hidden)
			found = hold;
	}
	rcu_read_unlock();
	return found;
}

/**
 * plasma_hold_add_locked - turn one of an object's users into a hold
 * @attach: who is to hold it
 * @obj: the object, on which the caller has a reference and a use
 * @spare: a hold from plasma_hold_alloc(); becomes NULL if it was needed
 *
 * On success the caller's reference and use have gone into the hold; on failure the
 * caller still has them.
 *
 * Return: 0, -ENOMEM, or -EOVERFLOW when it is held too often.
 */
int plasma_hold_add_locked(struct plasma_attach *attach, struct plasma_object *obj,
			   struct plasma_hold **spare)
{
	struct plasma_hold *hold = plasma_hold_find_locked(attach, obj);

	if (hold) {
		if (hold->count == UINT_MAX)
			return -EOVERFLOW;
		hold->count++;
		obj->users--;
		plasma_object_put(obj);
		return 0;
	}
	hold = *spare;
	memcpy(hold->id, obj->id, PLASMA_ID_SIZE);
	hold->object = obj;
	hold->count = 1;
	if (rhltable_insert(&attach->holds, &hold->node, plasma_hold_params))
		return -ENOMEM;
	*spare = NULL;
	return 0;
}

/**
 * plasma_hold_put_locked - release an object
 * @attach: who holds it
 * @hold: the hold
 * @count: how often to release it
 * @reap: where the object goes if it has to go
 *
 * Return: the hold when that was its last count, for plasma_hold_finish(), or NULL.
 */
struct plasma_hold *plasma_hold_put_locked(struct plasma_attach *attach,
					   struct plasma_hold *hold, unsigned int count,
					   struct list_head *reap)
{
	lockdep_assert_held(&attach->ns->lock);
	if (hold->count > count) {
		hold->count -= count;
		return NULL;
	}
	rhltable_remove(&attach->holds, &hold->node, plasma_hold_params);
	plasma_object_unuse_locked(hold->object, reap);
	return hold;
}

/**
 * plasma_hold_finish - end a hold that plasma_hold_put_locked() took from its table
 * @attach: whose it was
 * @hold: the hold, may be NULL
 *
 * Takes the creator's window off the object: a pointer into it is good until release.
 *
 * Context: may sleep; before plasma_object_reap() of the list that went with it.
 */
void plasma_hold_finish(struct plasma_attach *attach, struct plasma_hold *hold)
{
	if (!hold)
		return;
	plasma_window_revoke(hold->object, attach);
	plasma_object_put(hold->object);
	plasma_hold_free(hold);
}

/* The attachment is in nobody's hands: no lookup can find the hold any more. */
static void drop_hold(void *ptr, void *arg)
{
	struct plasma_hold *hold = ptr;
	struct plasma_attach *attach = arg;
	LIST_HEAD(reap);

	spin_lock(&attach->ns->lock);
	plasma_object_unuse_locked(hold->object, &reap);
	spin_unlock(&attach->ns->lock);
	plasma_hold_finish(attach, hold);
	plasma_object_reap(&reap);
}

static void attach_put(struct plasma_attach *attach)
{
	struct plasma_namespace *ns = attach->ns;

	if (!refcount_dec_and_test(&attach->ref))
		return;
	rhltable_free_and_destroy(&attach->holds, drop_hold, attach);
	spin_lock(&ns->lock);
	WARN_ON_ONCE(!list_empty(&attach->unsealed));
	ns->nr_attached--;
	spin_unlock(&ns->lock);
	plasma_namespace_put(ns);
	kfree(attach);
}

static int window_release(struct inode *inode, struct file *file)
{
	attach_put(file->private_data);
	return 0;
}

/*
 * The windows' files are reached through mappings only. They have no mmap of their
 * own, so remap_file_pages() cannot make a mapping that plasma_mmap() did not see.
 */
static const struct file_operations plasma_window_fops = {
	.owner = THIS_MODULE,
	.release = window_release,
	.llseek = noop_llseek,
};

static struct file *write_file(struct plasma_attach *attach)
{
	struct inode *inode = plasma_store_inode();
	struct file *file;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	file = plasma_store_file(inode, "plasma-write", O_RDWR, &plasma_window_fops, attach);
	iput(inode);
	return file;
}

/**
 * plasma_attach_new - open a namespace for a client
 * @client: the client, its lock held
 * @ns: the namespace; a reference goes over to the attachment, also on failure
 * @access: %PLASMA_ACCESS_READ and %PLASMA_ACCESS_WRITE granted
 * @handle: gets the handle
 *
 * Return: the attachment, which the client owns, or an error pointer.
 */
struct plasma_attach *plasma_attach_new(struct plasma_client *client,
					struct plasma_namespace *ns, u32 access, u32 *handle)
{
	struct plasma_attach *attach;
	int err = -ENOMEM;

	lockdep_assert_held(&client->lock);
	attach = kzalloc(sizeof(*attach), GFP_KERNEL_ACCOUNT);
	if (!attach)
		goto put_ns;
	attach->ns = ns;
	attach->access = access;
	INIT_LIST_HEAD(&attach->unsealed);
	refcount_set(&attach->ref, 1);
	err = rhltable_init(&attach->holds, &plasma_hold_params);
	if (err)
		goto free_attach;
	spin_lock(&ns->lock);
	ns->nr_attached++;
	spin_unlock(&ns->lock);

	/* From here on attach_put() undoes everything, through the files that exist. */
	attach->read_file = plasma_store_file(ns->inode, "plasma-read", O_RDONLY,
					      &plasma_window_fops, attach);
	if (IS_ERR(attach->read_file)) {
		err = PTR_ERR(attach->read_file);
		goto put_attach;
	}
	refcount_inc(&attach->ref);
	attach->write_file = write_file(attach);
	if (IS_ERR(attach->write_file)) {
		err = PTR_ERR(attach->write_file);
		goto put_read_file;
	}
	err = xa_alloc(&client->attaches, handle, attach, XA_LIMIT(1, PLASMA_ATTACH_MAX),
		       GFP_KERNEL_ACCOUNT);
	if (err) {
		err = err == -EBUSY ? -EMFILE : err;
		goto put_write_file;
	}
	return attach;

put_write_file:
	refcount_inc(&attach->ref);
	fput(attach->write_file);
put_read_file:
	fput(attach->read_file);
put_attach:
	attach_put(attach);
	return ERR_PTR(err);

free_attach:
	kfree(attach);
put_ns:
	plasma_namespace_put(ns);
	return ERR_PTR(err);
}

/**
 * plasma_clients - number of clients
 *
 * Return: how many open file descriptions of the device there are.
 */
u32 plasma_clients(void)
{
	return atomic_read(&plasma_nr_clients);
}

static int client_open(struct inode *inode, struct file *file)
{
	struct plasma_client *client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);

	if (!client)
		return -ENOMEM;
	mutex_init(&client->lock);
	xa_init_flags(&client->attaches, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	file->private_data = client;
	atomic_inc(&plasma_nr_clients);
	return nonseekable_open(inode, file);
}

/* No ioctl is under way: each holds the file. Mappings may live on. */
static int client_release(struct inode *inode, struct file *file)
{
	struct plasma_client *client = file->private_data;
	struct plasma_attach *attach;
	unsigned long handle;

	plasma_namespace_remove_ephemeral(client);
	xa_for_each(&client->attaches, handle, attach) {
		plasma_objects_abort(attach);
		plasma_quota_drop(attach);
		fput(attach->write_file);
		fput(attach->read_file);
	}
	xa_destroy(&client->attaches);
	atomic_dec(&plasma_nr_clients);
	kfree(client);
	return 0;
}

const struct file_operations plasma_fops = {
	.owner = THIS_MODULE,
	.open = client_open,
	.release = client_release,
	.unlocked_ioctl = plasma_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = plasma_mmap,
	.get_unmapped_area = plasma_get_unmapped_area,
	.llseek = noop_llseek,
};

/**
 * plasma_release - give one hold back
 * @attach: whose
 * @id: of the object
 * @offset: where it is, or NULL for the newest of this id
 * @reap: the list for plasma_object_reap()
 *
 * Context: may sleep.
 * Return: 0 or -ENOENT.
 */
int plasma_release(struct plasma_attach *attach, const u8 *id, const u64 *offset,
		   struct list_head *reap)
{
	struct plasma_hold *hold, *last = NULL;

	spin_lock(&attach->ns->lock);
	hold = find_by_id_locked(attach, id, offset);
	if (hold)
		last = plasma_hold_put_locked(attach, hold, 1, reap);
	spin_unlock(&attach->ns->lock);
	plasma_hold_finish(attach, last);
	return hold ? 0 : -ENOENT;
}

static int release_by_id(struct plasma_cmd *cmd, const u8 *id, struct list_head *reap)
{
	return plasma_release(cmd->attach, id, NULL, reap);
}

static int release_by_place(struct plasma_attach *attach, const struct plasma_release *arg)
{
	struct plasma_release_entry *entries;
	LIST_HEAD(reap);
	int err;
	u32 i;

	entries = plasma_get_array(arg->entries_ptr, arg->count, sizeof(*entries));
	if (IS_ERR_OR_NULL(entries))
		return PTR_ERR_OR_ZERO(entries);
	for (i = 0; i < arg->count; i++)
		entries[i].status = plasma_release(attach, entries[i].id, &entries[i].offset,
						   &reap);
	plasma_object_reap(&reap);
	err = plasma_return_array(arg->entries_ptr, arg->count, sizeof(*entries), entries);
	kvfree(entries);
	return err;
}

/**
 * plasma_ioctl_release - %PLASMA_IOC_RELEASE
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_release(struct plasma_cmd *cmd)
{
	struct plasma_release *arg = cmd->buf;

	if (arg->entry_size == sizeof(struct plasma_release_entry))
		return release_by_place(cmd->attach, arg);
	return plasma_for_ids(cmd, arg->entries_ptr, arg->count, arg->entry_size,
			      release_by_id);
}
