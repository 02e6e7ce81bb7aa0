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
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "plasma.h"

static atomic_t plasma_nr_clients;

/*
 * Holds are numbers in an array, by the slot of the object, which keeps it as long as it is
 * held. A number that sinks to 0 stays unless there are many: most objects that were got
 * once are got again, and the array need not be made again for them.
 */
#define HOLD_MAX	UINT_MAX
#define HOLDS_MANY	256

/**
 * plasma_hold_count_locked - how often an attachment holds an object
 * @attach: the attachment
 * @obj: the object
 *
 * Return: how many releases give it back.
 */
unsigned long plasma_hold_count_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	void *count = xa_load(&attach->holds, obj->slot);

	lockdep_assert_held(&attach->ns->lock);
	return count ? xa_to_value(count) : 0;
}

static int set_count_locked(struct plasma_attach *attach, struct plasma_object *obj,
			    unsigned long count)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;

	return xa_err(xa_store(&attach->holds, obj->slot, xa_mk_value(count), gfp));
}

/* Neither needs memory. */
static void drop_count_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	if (plasma_account_have_locked(attach->account, PLASMA_LIMIT_HOLDS) <= HOLDS_MANY) {
		set_count_locked(attach, obj, 0);
		return;
	}
	xa_erase(&attach->holds, obj->slot);
	plasma_account_sub_locked(attach->account, PLASMA_LIMIT_HOLDS);
}

static int add_count_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	int err = plasma_account_add_locked(attach->account, PLASMA_LIMIT_HOLDS);

	if (err)
		return err;
	err = set_count_locked(attach, obj, 1);
	if (err)
		plasma_account_sub_locked(attach->account, PLASMA_LIMIT_HOLDS);
	return err;
}

/* Where a get or a put said that it is, or a create. */
static bool is_at(const struct plasma_object *obj, u64 offset)
{
	return offset == plasma_object_offset(obj) ||
	       (obj->extent.span && offset == plasma_extent_offset(&obj->extent));
}

/* A hidden object is in no table: only who holds it can tell. */
static struct plasma_object *find_hidden_locked(struct plasma_attach *attach, const u8 *id,
						const u64 *offset)
{
	unsigned long slot;
	void *count;

	if (!attach->ns->nr_hidden)
		return NULL;
	xa_for_each(&attach->holds, slot, count) {
		struct plasma_object *obj;

		if (!xa_to_value(count))
			continue;
		obj = xa_load(&attach->ns->slots, slot);
		if (obj->hidden && !memcmp(obj->entry->id, id, PLASMA_ID_SIZE) &&
		    (!offset || is_at(obj, *offset)))
			return obj;
	}
	return NULL;
}

/* What an attachment holds of this id: by place if that is given, else the newest. */
static struct plasma_object *find_held_locked(struct plasma_attach *attach, const u8 *id,
					      const u64 *offset)
{
	struct plasma_object *obj = plasma_index_find_locked(attach->ns, id);

	if (obj && plasma_hold_count_locked(attach, obj) && (!offset || is_at(obj, *offset)))
		return obj;
	return find_hidden_locked(attach, id, offset);
}

/**
 * plasma_hold_add_locked - turn one of an object's users into a hold
 * @attach: who is to hold it
 * @obj: the object, on which the caller has a reference and a use
 *
 * On success the caller's reference and use have gone into the hold; on failure the
 * caller still has them.
 *
 * Return: 0, -ENOMEM, -EDQUOT, or -EOVERFLOW when it is held too often.
 */
int plasma_hold_add_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	void *entry = xa_load(&attach->holds, obj->slot);
	unsigned long count = entry ? xa_to_value(entry) : 0;
	int err;

	lockdep_assert_held(&attach->ns->lock);
	if (count == HOLD_MAX)
		return -EOVERFLOW;
	err = entry ? set_count_locked(attach, obj, count + 1) : add_count_locked(attach, obj);
	if (!err && count) {
		obj->users--;
		plasma_object_put(obj);
	}
	return err;
}

/**
 * plasma_hold_put_locked - release an object once
 * @attach: who holds it
 * @obj: the object, which it holds
 * @reap: where the object goes if it has to go
 *
 * Return: true when that was the last hold, and plasma_hold_finish() is to be called.
 */
bool plasma_hold_put_locked(struct plasma_attach *attach, struct plasma_object *obj,
			    struct list_head *reap)
{
	unsigned long left = plasma_hold_count_locked(attach, obj) - 1;

	if (left) {
		set_count_locked(attach, obj, left);	/* needs no memory */
		return false;
	}
	drop_count_locked(attach, obj);
	plasma_object_unuse_locked(obj, reap);
	return true;
}

/**
 * plasma_hold_forget_locked - end the creator's hold on an object that is never sealed
 * @obj: the object, which is about to leave its slot
 */
void plasma_hold_forget_locked(struct plasma_object *obj)
{
	struct plasma_attach *attach = obj->creator;

	if (!attach || !plasma_hold_count_locked(attach, obj))
		return;
	drop_count_locked(attach, obj);
	obj->users--;
	plasma_object_put(obj);		/* not the last: the tables have one */
}

/**
 * plasma_hold_finish - end a hold whose last count is gone
 * @attach: whose it was
 * @obj: the object; the hold's reference to it goes
 *
 * Takes the creator's window off the object: a pointer into it is good until release.
 *
 * Context: may sleep; before plasma_object_reap() of the list that went with it.
 */
void plasma_hold_finish(struct plasma_attach *attach, struct plasma_object *obj)
{
	plasma_window_revoke(obj, attach);
	plasma_object_put(obj);
}

/* The attachment is in nobody's hands any more. */
static void drop_hold(struct plasma_attach *attach, unsigned long slot)
{
	struct plasma_object *obj = xa_load(&attach->ns->slots, slot);
	LIST_HEAD(reap);

	spin_lock(&attach->ns->lock);
	plasma_object_unuse_locked(obj, &reap);
	spin_unlock(&attach->ns->lock);
	plasma_hold_finish(attach, obj);
	plasma_object_reap(&reap);
}

static void drop_holds(struct plasma_attach *attach)
{
	unsigned long slot;
	void *count;

	xa_for_each(&attach->holds, slot, count) {
		if (xa_to_value(count))
			drop_hold(attach, slot);
		cond_resched();
	}
	xa_destroy(&attach->holds);
}

static void attach_put(struct plasma_attach *attach)
{
	struct plasma_namespace *ns = attach->ns;

	if (!refcount_dec_and_test(&attach->ref))
		return;
	plasma_pins_exit(attach);
	drop_holds(attach);
	spin_lock(&ns->lock);
	WARN_ON_ONCE(!list_empty(&attach->unsealed));
	ns->nr_attached--;
	plasma_account_close_locked(attach->account);
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

/* For the index and the pins. */
static struct file *index_file(struct plasma_attach *attach)
{
	return plasma_store_file(attach->ns->index.inode, "plasma-index", O_RDWR,
				 &plasma_window_fops, attach);
}

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
	attach->account = plasma_account_open();
	if (IS_ERR(attach->account)) {
		err = PTR_ERR(attach->account);
		kfree(attach);
		goto put_ns;
	}
	attach->ns = ns;
	attach->access = access;
	INIT_LIST_HEAD(&attach->unsealed);
	refcount_set(&attach->ref, 1);
	xa_init_flags(&attach->holds, XA_FLAGS_ACCOUNT);
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
	refcount_inc(&attach->ref);
	attach->index_file = index_file(attach);
	if (IS_ERR(attach->index_file)) {
		err = PTR_ERR(attach->index_file);
		goto put_write_file;
	}
	err = xa_alloc(&client->attaches, handle, attach, XA_LIMIT(1, PLASMA_ATTACH_MAX),
		       GFP_KERNEL_ACCOUNT);
	if (err) {
		err = err == -EBUSY ? -EMFILE : err;
		goto put_index_file;
	}
	return attach;

put_index_file:
	refcount_inc(&attach->ref);
	fput(attach->index_file);
put_write_file:
	fput(attach->write_file);
put_read_file:
	fput(attach->read_file);
put_attach:
	attach_put(attach);
	return ERR_PTR(err);

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
		fput(attach->index_file);
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
	struct plasma_object *obj;
	bool last = false;
	int err = 0;

	spin_lock(&attach->ns->lock);
	obj = find_held_locked(attach, id, offset);
	if (obj)
		last = plasma_hold_put_locked(attach, obj, reap);
	else
		err = plasma_pin_release_locked(attach, id, offset, reap);
	spin_unlock(&attach->ns->lock);
	if (last)
		plasma_hold_finish(attach, obj);
	return err;
}

static int release_by_id(struct plasma_cmd *cmd, const u8 *id, struct list_head *reap)
{
	return plasma_release(cmd->attach, id, NULL, reap);
}

static int release_by_place(struct plasma_cmd *cmd)
{
	const struct plasma_release *arg = cmd->buf;
	struct plasma_attach *attach = cmd->attach;
	struct plasma_release_entry *entries;
	LIST_HEAD(reap);
	int err;
	u32 i;

	entries = plasma_get_array(cmd, arg->entries_ptr, arg->count, sizeof(*entries));
	if (IS_ERR_OR_NULL(entries))
		return PTR_ERR_OR_ZERO(entries);
	for (i = 0; i < arg->count; i++)
		entries[i].status = plasma_release(attach, entries[i].id, &entries[i].offset,
						   &reap);
	plasma_object_reap(&reap);
	err = plasma_return_array(arg->entries_ptr, arg->count, sizeof(*entries), entries);
	plasma_free_array(cmd, entries);
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
		return release_by_place(cmd);
	return plasma_for_ids(cmd, arg->entries_ptr, arg->count, arg->entry_size,
			      release_by_id);
}
