// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store: how much memory all namespaces may occupy together, and the private file
 * system whose inodes hold it.
 *
 * The file system type has no owner, since an owner would be pinned by the mount that
 * init makes and the module could never go. Each file pins the module instead. The
 * core drops that pin a few instructions before it drops the file's mount, so
 * exit waits for the mount to be ours alone before it unmounts.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs_context.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/sizes.h>

#include "plasma.h"

#define PLASMA_FS_MAGIC		0x706c736d	/* "plsm" */
#define PLASMA_WINDOW_MIN	SZ_1T
#define PLASMA_WINDOW_MAX	(8 * SZ_1T)	/* page numbers of 32 bits, and their sums */

static struct vfsmount *plasma_mnt __read_mostly;
static u64 plasma_window_bytes __read_mostly;
static unsigned long plasma_pages_max __read_mostly;	/* may change at any time */
static atomic_long_t plasma_pages_used;	/* those kept included */
static atomic_long_t plasma_pages_kept;

/**
 * plasma_store_reserve - take pages from what objects may occupy
 * @pages: how many
 *
 * Return: 0, or how many pages are lacking, and then none have been taken.
 */
unsigned long plasma_store_reserve(unsigned long pages)
{
	unsigned long used = atomic_long_read(&plasma_pages_used);

	do {
		unsigned long max = READ_ONCE(plasma_pages_max);
		unsigned long left = max > used ? max - used : 0;

		if (pages > left)
			return pages - left;
	} while (!atomic_long_try_cmpxchg(&plasma_pages_used, (long *)&used, used + pages));
	return 0;
}

/**
 * plasma_store_unreserve - give pages back
 * @pages: how many
 */
void plasma_store_unreserve(unsigned long pages)
{
	atomic_long_sub(pages, &plasma_pages_used);
}

/**
 * plasma_store_keep - count pages that no object occupies any more, but which are not freed
 * @pages: how many more; negative when objects occupy them again, or when they are freed
 */
void plasma_store_keep(long pages)
{
	atomic_long_add(pages, &plasma_pages_kept);
}

/**
 * plasma_store_kept - how much memory is kept for objects to come
 *
 * Return: bytes.
 */
u64 plasma_store_kept(void)
{
	return (u64)max(atomic_long_read(&plasma_pages_kept), 0L) << PAGE_SHIFT;
}

/**
 * plasma_store_size - the store's size
 *
 * Return: bytes of memory that objects may occupy.
 */
u64 plasma_store_size(void)
{
	return (u64)READ_ONCE(plasma_pages_max) << PAGE_SHIFT;
}

/**
 * plasma_store_used - how much of the store objects occupy
 *
 * Return: bytes of memory.
 */
u64 plasma_store_used(void)
{
	long used = atomic_long_read(&plasma_pages_used);

	return ((u64)used << PAGE_SHIFT) - min((u64)used << PAGE_SHIFT, plasma_store_kept());
}

/**
 * plasma_window_size - the size of every window
 *
 * Return: bytes, a power of two.
 */
u64 plasma_window_size(void)
{
	return plasma_window_bytes;
}

/**
 * plasma_store_inode - make an inode on the private file system
 *
 * Return: an inode of a window's size without pages, or an error pointer.
 */
struct inode *plasma_store_inode(void)
{
	struct inode *inode = alloc_anon_inode(plasma_mnt->mnt_sb);

	if (!IS_ERR(inode))
		i_size_write(inode, plasma_window_bytes);
	return inode;
}

/**
 * plasma_store_file - make a file on an inode of the private file system
 * @inode: the inode; the file gets a reference of its own
 * @name: what /proc/PID/maps shows
 * @flags: O_RDONLY or O_RDWR
 * @fops: operations, owned by this module
 * @data: private_data
 *
 * Return: the file, which pins the module, or an error pointer.
 */
struct file *plasma_store_file(struct inode *inode, const char *name, int flags,
			       const struct file_operations *fops, void *data)
{
	struct file *file;

	__module_get(THIS_MODULE);
	ihold(inode);
	file = alloc_file_pseudo(inode, plasma_mnt, name, flags, fops);
	if (IS_ERR(file)) {
		iput(inode);
		module_put(THIS_MODULE);
		return file;
	}
	file->private_data = data;
	return file;
}

static int plasma_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, PLASMA_FS_MAGIC) ? 0 : -ENOMEM;
}

static struct file_system_type plasma_fs = {
	.name = "plasma",
	.init_fs_context = plasma_init_fs_context,
	.kill_sb = kill_anon_super,
};

/*
 * Offsets must never run out before pages do, however objects of all sizes come and go.
 * First fit keeps the used range within pages * log2(largest / smallest); 64 times
 * the memory of the machine is beyond that bound.
 */
static u64 window_bytes(void)
{
	u64 bytes = roundup_pow_of_two((u64)totalram_pages() << (PAGE_SHIFT + 6));

	return clamp_t(u64, bytes, PLASMA_WINDOW_MIN, PLASMA_WINDOW_MAX);
}

/**
 * plasma_store_resize - say how much objects may occupy
 * @mb: MiB, 0 for a quarter of the machine's memory
 *
 * What is occupied already stays.
 *
 * Return: 0, or -EINVAL when that is more than the machine has.
 */
int plasma_store_resize(unsigned long mb)
{
	unsigned long ram_mb = totalram_pages() >> (20 - PAGE_SHIFT);

	if (mb > ram_mb) {
		pr_err("size_mb=%lu is more than this machine's %lu MiB of memory\n", mb, ram_mb);
		return -EINVAL;
	}
	if (!mb)
		mb = max(ram_mb / 4, 1UL);
	WRITE_ONCE(plasma_pages_max, mb << (20 - PAGE_SHIFT));
	return 0;
}

/**
 * plasma_store_init - mount the file system
 *
 * Return: 0 or a negative error.
 */
int plasma_store_init(void)
{
	plasma_window_bytes = window_bytes();
	plasma_mnt = kern_mount(&plasma_fs);
	return PTR_ERR_OR_ZERO(plasma_mnt);
}

/**
 * plasma_store_exit - unmount
 *
 * All inodes are gone and no file can be opened any more, but the core may be in the
 * middle of its last steps with one: see the head of this file. may_umount()
 * tolerates two references, hence the second one taken here.
 */
void plasma_store_exit(void)
{
	mntget(plasma_mnt);
	while (!may_umount(plasma_mnt))
		msleep(20);
	mntput(plasma_mnt);
	kern_unmount(plasma_mnt);
	WARN_ON_ONCE(atomic_long_read(&plasma_pages_used));
	WARN_ON_ONCE(atomic_long_read(&plasma_pages_kept));
}
