// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exported objects: a sealed object as a read-only file of its own.
 *
 * The file is a user of the object, so it keeps object and pages; and its mappings keep
 * the file. It has an inode of its own, for fstat(), but its f_mapping is that of the
 * namespace, whose page cache holds the data: mappings get offsets there. Since the
 * object cannot go while a mapping of it exists, faults need no gate.
 *
 * A packed object shares its page with others, which are none of the file's business. It is
 * copied to a page of the file's own inode.
 *
 * A descriptor may be kept by who has no access any more, and keeps memory; so each counts for
 * the user who asked for it, whom its inode knows.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "compat.h"
#include "plasma.h"

/* Where the file's pages begin in its f_mapping. */
static pgoff_t first_page(const struct plasma_object *obj)
{
	return obj->pack ? 0 : obj->extent.start;
}

/* The folio at an offset in f_mapping, with a reference. */
static struct folio *export_folio(struct file *file, pgoff_t index)
{
	return plasma_filemap_get(file->f_mapping, index);
}

static vm_fault_t export_fault(struct vm_fault *vmf)
{
	struct plasma_object *obj = vmf->vma->vm_file->private_data;
	struct folio *folio;

	if (vmf->pgoff - first_page(obj) >= plasma_pages_for(obj->entry->data_size))
		return VM_FAULT_SIGBUS;
	folio = export_folio(vmf->vma->vm_file, vmf->pgoff);
	folio_lock(folio);
	vmf->page = folio_file_page(folio, vmf->pgoff);
	return VM_FAULT_LOCKED;
}

static vm_fault_t export_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	struct plasma_object *obj = vmf->vma->vm_file->private_data;
	pgoff_t first = first_page(obj);
	pgoff_t last = first + plasma_pages_for(obj->entry->data_size) - 1;

	if (vmf->pgoff < first || vmf->pgoff > last)
		return 0;
	return filemap_map_pages(vmf, max(start, first), min(end, last));
}

static const struct vm_operations_struct export_vm_ops = {
	.fault = export_fault,
	.map_pages = export_map_pages,
};

/* The descriptor is read-only, so shared mappings are; a private one may be written to. */
static int export_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct plasma_object *obj = file->private_data;
	pgoff_t pages = plasma_pages_for(obj->entry->data_size);

	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vm_flags_clear(vma, VM_MAYEXEC);
	vma->vm_pgoff += first_page(obj);
	vma->vm_ops = &export_vm_ops;
	return 0;
}

static ssize_t export_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct plasma_object *obj = iocb->ki_filp->private_data;
	ssize_t done = 0;

	while (iov_iter_count(to) && iocb->ki_pos < obj->entry->data_size) {
		loff_t pos = ((loff_t)first_page(obj) << PAGE_SHIFT) + iocb->ki_pos;
		struct folio *folio = export_folio(iocb->ki_filp, pos >> PAGE_SHIFT);
		size_t offset = offset_in_folio(folio, pos);
		size_t n = min_t(u64, obj->entry->data_size - iocb->ki_pos,
				 folio_size(folio) - offset);
		size_t copied = copy_to_iter(folio_address(folio) + offset,
					     min(n, iov_iter_count(to)), to);

		folio_put(folio);
		iocb->ki_pos += copied;
		done += copied;
		if (!copied)
			return done ?: -EFAULT;
		cond_resched();
	}
	return done;
}

static loff_t export_llseek(struct file *file, loff_t offset, int whence)
{
	struct plasma_object *obj = file->private_data;

	return fixed_size_llseek(file, offset, whence, obj->entry->data_size);
}

static struct plasma_object *begin_use(struct plasma_namespace *ns, const u8 *id)
{
	struct plasma_object *obj;
	int err = 0;

	spin_lock(&ns->lock);
	obj = plasma_object_lookup_locked(ns, id);
	if (!obj)
		err = -ENOENT;
	else if (obj->state != PLASMA_SEALED)
		err = -EINPROGRESS;
	else
		plasma_object_use_locked(obj);
	spin_unlock(&ns->lock);
	if (err)
		return ERR_PTR(err);
	refcount_inc(&ns->ref);
	return obj;
}

static void end_use(struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;
	LIST_HEAD(reap);

	spin_lock(&ns->lock);
	plasma_object_unuse_locked(obj, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	plasma_object_put(obj);
	plasma_namespace_put(ns);
}

static int export_release(struct inode *inode, struct file *file)
{
	plasma_limit_uncharge(inode->i_private, PLASMA_LIMIT_DESCRIPTORS, 1);
	end_use(file->private_data);
	return 0;
}

static const struct file_operations export_fops = {
	.owner = THIS_MODULE,
	.mmap = export_mmap,
	.get_unmapped_area = plasma_get_unmapped_area,
	.read_iter = export_read_iter,
	.splice_read = plasma_splice_read,
	.llseek = export_llseek,
	.release = export_release,
};

/* An inode with the data of a packed object, or without pages. */
static struct inode *export_inode(struct plasma_object *obj)
{
	struct inode *inode = plasma_extent_inode();
	int err;

	if (IS_ERR(inode) || !obj->pack || !obj->entry->data_size)
		return inode;
	err = plasma_extent_copy_out(obj, inode);
	if (!err)
		return inode;
	iput(inode);
	return ERR_PTR(err);
}

static struct file *export_file(struct plasma_object *obj, struct plasma_user *user)
{
	struct inode *inode = export_inode(obj);
	struct file *file;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	inode->i_private = user;
	inode->i_mode = S_IFREG | 0444;
	inode->i_flags |= S_IMMUTABLE;
	i_size_write(inode, obj->entry->data_size);
	file = plasma_store_file(inode, "plasma-object", O_RDONLY, &export_fops, obj);
	iput(inode);
	if (!IS_ERR(file)) {
		if (!obj->pack)
			file->f_mapping = obj->ns->inode->i_mapping;
		file->f_mode |= FMODE_LSEEK | FMODE_PREAD;
	}
	return file;
}

/**
 * plasma_ioctl_export - %PLASMA_IOC_EXPORT
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_export(struct plasma_cmd *cmd)
{
	struct plasma_export *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	struct plasma_object *obj;
	struct plasma_user *user;
	struct file *file;
	int err;

	user = plasma_limit_charge(PLASMA_LIMIT_DESCRIPTORS, 1);
	if (IS_ERR(user))
		return PTR_ERR(user);
	obj = begin_use(ns, arg->id);
	if (IS_ERR(obj)) {
		err = PTR_ERR(obj);
		goto uncharge;
	}
	file = export_file(obj, user);
	if (!IS_ERR(file))
		return plasma_respond_file(cmd, &arg->out_fd, file);
	err = PTR_ERR(file);
	end_use(obj);
uncharge:
	plasma_limit_uncharge(user, PLASMA_LIMIT_DESCRIPTORS, 1);
	return err;
}
