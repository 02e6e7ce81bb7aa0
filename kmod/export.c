// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exported objects: a sealed object as a read-only file of its own.
 *
 * The file is a user of the object, so it keeps object and pages; and its mappings keep
 * the file. It has an inode of its own, for fstat(), but its f_mapping is that of the
 * namespace, whose page cache holds the data: mappings get offsets there. Since the
 * object cannot go while a mapping of it exists, faults need no gate.
 *
 * A packed object shares its page with others, and another its last page with its metadata, which
 * are none of the file's business. That page is copied to one of the file's own inode.
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

/* How many bytes at the end of the data are in a page with something else, and copied. */
static u64 copied_bytes(const struct plasma_object *obj)
{
	if (obj->pack)
		return obj->entry->data_size;
	return obj->entry->metadata_size ? offset_in_page(obj->entry->data_size) : 0;
}

static pgoff_t end_page(const struct plasma_object *obj)
{
	return first_page(obj) + plasma_pages_for(obj->entry->data_size);
}

/*
 * Whether a last page that is copied may be the last of a large folio, too, of four pages or more:
 * the core takes a huge entry where it can, and newer ones map any folio whole, which would show
 * what is in that. Such a mapping is VM_MIXEDMAP and has its entries inserted one by one; the
 * core could not remove huge ones from it.
 */
static bool ends_in_large_folio(const struct plasma_object *obj)
{
	return !obj->pack && copied_bytes(obj) && IS_ALIGNED(end_page(obj), 4);
}

/* An entry for one page alone, of a locked folio. */
static vm_fault_t insert_alone(struct vm_fault *vmf, struct folio *folio)
{
	int err = vm_insert_page(vmf->vma, vmf->address & PAGE_MASK, vmf->page);

	folio_unlock(folio);
	folio_put(folio);
	vmf->page = NULL;
	/* Another thread may have been faster. */
	return err && err != -EBUSY ? VM_FAULT_OOM : VM_FAULT_NOPAGE;
}

static vm_fault_t export_fault(struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	struct plasma_object *obj = file->private_data;
	struct address_space *mapping = file->f_mapping;
	pgoff_t index = vmf->pgoff;
	struct folio *folio;

	if (index < first_page(obj) || index >= end_page(obj))
		return VM_FAULT_SIGBUS;
	if (index == end_page(obj) - 1 && copied_bytes(obj)) {
		mapping = file_inode(file)->i_mapping;
		index = 0;
	}
	folio = plasma_filemap_get(mapping, index);
	folio_lock(folio);
	vmf->page = folio_file_page(folio, index);
	/* A write is to a private mapping, and copies. */
	if (ends_in_large_folio(obj) && !(vmf->flags & FAULT_FLAG_WRITE))
		return insert_alone(vmf, folio);
	return VM_FAULT_LOCKED;
}

static vm_fault_t export_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	struct plasma_object *obj = vmf->vma->vm_file->private_data;
	pgoff_t first = first_page(obj), behind = end_page(obj);

	if (copied_bytes(obj))
		behind--;
	if (vmf->pgoff < first || vmf->pgoff >= behind || ends_in_large_folio(obj))
		return 0;
	return filemap_map_pages(vmf, max(start, first), min(end, behind - 1));
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
	if (ends_in_large_folio(obj))
		vm_flags_set(vma, VM_MIXEDMAP);
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
		struct folio *folio = plasma_filemap_get(iocb->ki_filp->f_mapping,
							 pos >> PAGE_SHIFT);
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

/* An inode with what has to be copied, or without pages. */
static struct inode *export_inode(struct plasma_object *obj)
{
	struct inode *inode = plasma_extent_inode();
	u64 bytes = copied_bytes(obj);
	int err;

	if (IS_ERR(inode) || !bytes)
		return inode;
	err = plasma_extent_copy_out(obj, obj->entry->data_size - bytes, bytes, inode);
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
	/*
	 * Nobody's: who owns a file may ask by cachestat() what is in the page cache behind it,
	 * which is the whole namespace's.
	 */
	inode->i_uid = GLOBAL_ROOT_UID;
	inode->i_gid = GLOBAL_ROOT_GID;
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
