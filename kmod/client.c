// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients, and the namespaces that they have opened.
 *
 * A client is an open file description. What it is writing is aborted at the last
 * close: nobody could seal it any more. What it holds hangs on the files of its
 * windows, which the client and every mapping of a window own: so a pointer is
 * good for as long as it is mapped, also after close() and in a forked child, and
 * a process that dies gives everything back with its last mapping.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "plasma.h"

static atomic_t plasma_nr_clients;

static void attach_put(struct plasma_attach *attach)
{
	struct plasma_namespace *ns = attach->ns;

	if (!refcount_dec_and_test(&attach->ref))
		return;
	plasma_pins_exit(attach);
	plasma_holds_exit(attach);
	spin_lock(&ns->lock);
	WARN_ON_ONCE(!list_empty(&attach->unsealed));
	ns->nr_attached--;
	plasma_account_close_locked(attach->account);
	spin_unlock(&ns->lock);
	plasma_origin_forget(attach);
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

/* What a client owns of an attachment. */
static void drop_files(struct plasma_attach *attach)
{
	fput(attach->index_file);
	fput(attach->write_file);
	fput(attach->read_file);
}

/**
 * plasma_attach_new - open a namespace for a client, as nobody can see yet
 * @client: the client, its lock held
 * @ns: the namespace; a reference goes over to the attachment, also on failure
 * @access: %PLASMA_ACCESS_READ and %PLASMA_ACCESS_WRITE granted
 * @handle: gets the handle, which is taken but stands for nothing
 *
 * Return: the attachment, for plasma_attach_publish() or plasma_attach_cancel(), or an
 * error pointer.
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
	plasma_holds_init(attach);
	plasma_scratch_init(attach);
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
	err = xa_alloc(&client->attaches, handle, NULL, XA_LIMIT(1, PLASMA_ATTACH_MAX),
		       GFP_KERNEL_ACCOUNT);
	if (err) {
		drop_files(attach);
		return ERR_PTR(err == -EBUSY ? -EMFILE : err);
	}
	return attach;

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
 * plasma_attach_publish - let an attachment be found by its handle
 * @client: the client, its lock held, which owns it from now on
 * @attach: from plasma_attach_new()
 * @handle: likewise
 */
void plasma_attach_publish(struct plasma_client *client, struct plasma_attach *attach,
			   u32 handle)
{
	lockdep_assert_held(&client->lock);
	xa_store(&client->attaches, handle, attach, 0);	/* in a place that is there */
	if (handle >= PLASMA_FIRST_HANDLES)
		return;
	/* Pairs with plasma_attach_of(), which takes no lock. */
	smp_store_release(&client->first[handle], attach);
}

/**
 * plasma_attach_cancel - give up an attachment that was not published
 * @client: the client
 * @attach: from plasma_attach_new()
 * @handle: likewise
 *
 * Context: may sleep.
 */
void plasma_attach_cancel(struct plasma_client *client, struct plasma_attach *attach,
			  u32 handle)
{
	xa_release(&client->attaches, handle);
	drop_files(attach);
}

/**
 * plasma_attach_of - what a handle stands for
 * @client: the client
 * @handle: from user space
 *
 * Return: the attachment, good until the last close, or NULL.
 */
struct plasma_attach *plasma_attach_of(struct plasma_client *client, u32 handle)
{
	/* Pairs with plasma_attach_publish(): by the address dependency. */
	if (handle < PLASMA_FIRST_HANDLES)
		return READ_ONCE(client->first[array_index_nospec(handle,
								  PLASMA_FIRST_HANDLES)]);
	return xa_load(&client->attaches, handle);
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
		plasma_scratch_exit(attach);
		plasma_quota_drop(attach);
		drop_files(attach);
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
