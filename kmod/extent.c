// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extents: where in its namespace's file an object lies, and the folios behind it.
 *
 * The file is as large as a window and sparse. Offsets come from a maple tree, which
 * also tells a fault which object it hit; there are so many that scattered pages
 * always serve, and a create fails for want of pages only. Folios sit in the page
 * cache, of the highest order that alignment, the end of the object and the
 * state of memory allow; each belongs to one object.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "plasma.h"

/*
 * A huge page, but no more than the page cache could split: whoever maps an exported object may
 * ask for that by madvise(). Where Linux is made for small machines (CONFIG_BASE_SMALL) that is
 * less than a huge page.
 */
#define HUGE_ORDER		(PMD_SHIFT - PAGE_SHIFT)
#define PLASMA_ORDER_MAX	min_t(unsigned int, HUGE_ORDER, 2 * XA_CHUNK_SHIFT - 1)
/* When huge folios are not to be had: fault-around maps this much at a time. */
#define PLASMA_ORDER_SOME	4

/**
 * plasma_extent_huge - may folios be as large as a huge page?
 *
 * Return: true if they may.
 */
bool plasma_extent_huge(void)
{
	unsigned int largest = PLASMA_ORDER_MAX;

	return largest == HUGE_ORDER;
}

/* Folios are mapped by PFN, which migration would not see; they stay where they are. */
static int migrate_folio(struct address_space *mapping, struct folio *dst, struct folio *src,
			 enum migrate_mode mode)
{
	return -EBUSY;
}

static const struct address_space_operations plasma_aops = {
	.dirty_folio = noop_dirty_folio,
	.migrate_folio = migrate_folio,
};

/**
 * plasma_extent_inode - make the inode that holds a namespace's objects
 *
 * Return: the inode or an error pointer.
 */
struct inode *plasma_extent_inode(void)
{
	struct inode *inode = plasma_store_inode();

	if (IS_ERR(inode))
		return inode;
	inode->i_mapping->a_ops = &plasma_aops;
	mapping_set_gfp_mask(inode->i_mapping, GFP_HIGHUSER);
	mapping_set_unevictable(inode->i_mapping);
	mapping_set_large_folios(inode->i_mapping);
	return inode;
}

static loff_t byte_of(pgoff_t index)
{
	return (loff_t)index << PAGE_SHIFT;
}

/* Large extents begin where a huge page may, small ones where their largest folio may. */
static unsigned long alignment(unsigned long span)
{
	return roundup_pow_of_two(min(span, 1UL << PLASMA_ORDER_MAX));
}

/* First fit; with room to align only where the first fit is not aligned by chance. */
static int find_space(struct plasma_namespace *ns, unsigned long span, u32 *start)
{
	pgoff_t last = (plasma_window_size() >> PAGE_SHIFT) - 1;
	unsigned long align = alignment(span);
	int err;

	MA_STATE(mas, &ns->space, 0, 0);
	lockdep_assert_held(&ns->space_lock);
	err = mas_empty_area(&mas, 0, last, span);
	if (!err && !IS_ALIGNED(mas.index, align)) {
		mas_reset(&mas);
		err = mas_empty_area(&mas, 0, last, span + align - 1);
	}
	if (err)
		return -ENOSPC;
	*start = ALIGN(mas.index, align);
	return 0;
}

static int set_space(struct plasma_namespace *ns, pgoff_t start, unsigned long span,
		     void *entry, gfp_t gfp)
{
	MA_STATE(mas, &ns->space, start, start + span - 1);

	lockdep_assert_held(&ns->space_lock);
	return mas_store_gfp(&mas, entry, gfp);
}

static int take_space(struct plasma_namespace *ns, void *owner, struct plasma_extent *ext,
		      unsigned long span)
{
	int err;

	mutex_lock(&ns->space_lock);
	err = find_space(ns, span, &ext->start);
	if (!err)
		err = set_space(ns, ext->start, span, owner, GFP_KERNEL);
	mutex_unlock(&ns->space_lock);
	if (!err)
		ext->span = span;
	return err;
}

/**
 * plasma_extent_assign - let an extent belong to somebody else
 * @ns: the namespace
 * @ext: the extent
 * @owner: the object, or a tagged entry, that faults find from now on
 *
 * Return: 0 or -ENOMEM.
 */
int plasma_extent_assign(struct plasma_namespace *ns, const struct plasma_extent *ext,
			 void *owner)
{
	int err;

	mutex_lock(&ns->space_lock);
	err = set_space(ns, ext->start, ext->span, owner, GFP_KERNEL);
	mutex_unlock(&ns->space_lock);
	return err;
}

/* A stale entry would lead faults to freed memory: this must not fail. */
static void drop_space(struct plasma_namespace *ns, struct plasma_extent *ext)
{
	mutex_lock(&ns->space_lock);
	set_space(ns, ext->start, ext->span, NULL, GFP_KERNEL | __GFP_NOFAIL);
	mutex_unlock(&ns->space_lock);
	ext->span = 0;
}

static struct folio *alloc_folio(unsigned int *order, gfp_t zero)
{
	const gfp_t gfp = GFP_HIGHUSER | __GFP_NOWARN | zero;
	struct folio *folio;

	while (*order) {
		folio = folio_alloc(gfp | __GFP_NORETRY, *order);
		if (folio)
			return folio;
		*order = *order > PLASMA_ORDER_SOME ? PLASMA_ORDER_SOME : 0;
	}
	return folio_alloc(gfp | __GFP_RETRY_MAYFAIL, 0);
}

static int add_folio(struct address_space *mapping, pgoff_t index, unsigned int *order,
		     gfp_t zero)
{
	struct folio *folio = alloc_folio(order, zero);
	int err;

	if (!folio)
		return -ENOMEM;
	/* Charges the caller's memory cgroup; a full one is an error, not an OOM kill. */
	err = filemap_add_folio(mapping, folio, index,
				GFP_HIGHUSER | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!err) {
		folio_mark_uptodate(folio);
		folio_mark_dirty(folio);	/* not to be dropped as a clean copy */
		folio_unlock(folio);
	}
	folio_put(folio);
	return err;
}

/**
 * plasma_extent_copy_out - copy some of a sealed object to another inode
 * @obj: the object
 * @pos: where in it
 * @len: bytes, at most a page
 * @inode: from plasma_extent_inode(), without pages; it frees its page when it goes
 *
 * Return: 0 or -ENOMEM.
 */
int plasma_extent_copy_out(struct plasma_object *obj, u64 pos, u32 len, struct inode *inode)
{
	unsigned int order = 0;
	struct folio *folio;
	int err;

	err = add_folio(inode->i_mapping, 0, &order, __GFP_ZERO);
	if (err)
		return err;
	folio = plasma_filemap_get(inode->i_mapping, 0);
	plasma_extent_read(obj, pos, folio_address(folio), len);
	folio_put(folio);
	return 0;
}

static void drop_folios(struct plasma_namespace *ns, pgoff_t start, pgoff_t end)
{
	if (start == end)
		return;
	truncate_inode_pages_range(ns->inode->i_mapping, byte_of(start), byte_of(end) - 1);
	plasma_store_unreserve(end - start);
}

/*
 * Put folios behind [start, end), whose pages the caller has reserved. On failure
 * there are none, and the reservation is gone.
 */
static int add_folios(struct plasma_namespace *ns, pgoff_t start, pgoff_t end, gfp_t zero)
{
	struct address_space *mapping = ns->inode->i_mapping;
	pgoff_t index = start;

	while (index < end) {
		unsigned int order = min_t(unsigned int, PLASMA_ORDER_MAX, ilog2(end - index));
		int err = -EINTR;

		if (index)
			order = min_t(unsigned int, order, __ffs(index));
		if (order == 1)		/* the page cache of 6.1 has no room for these */
			order = 0;
		if (!fatal_signal_pending(current))
			err = add_folio(mapping, index, &order, zero);
		if (err) {
			drop_folios(ns, start, index);
			plasma_store_unreserve(end - index);
			return err;
		}
		index += 1UL << order;
		cond_resched();
	}
	return 0;
}

/**
 * plasma_extent_alloc - allocate offsets and pages
 * @ns: the namespace
 * @owner: the object or the pack, which faults at the new offsets will find
 * @ext: the extent to fill in
 * @pages: pages needed, which the caller has reserved; 0 makes an empty extent
 * @span: offsets to take, at least @pages
 * @zero: __GFP_ZERO for zeroed pages, 0 when the caller overwrites them
 *
 * Return: 0, -ENOMEM, -ENOSPC (no offsets) or -EINTR (dying); on failure the
 * reservation is gone.
 */
int plasma_extent_alloc(struct plasma_namespace *ns, void *owner, struct plasma_extent *ext,
			unsigned long pages, unsigned long span, gfp_t zero)
{
	int err;

	*ext = (struct plasma_extent) {};
	if (!span)
		return 0;
	err = take_space(ns, owner, ext, span);
	if (err) {
		plasma_store_unreserve(pages);
		return err;
	}
	err = add_folios(ns, ext->start, ext->start + pages, zero);
	if (err)
		drop_space(ns, ext);
	else
		ext->pages = pages;
	return err;
}

/**
 * plasma_extent_grow - put zeroed pages behind more of an object's offsets
 * @obj: an unsealed object whose window is shut
 * @pages: pages it shall have, at most its span; the caller has reserved the new ones
 *
 * Return: as plasma_extent_alloc().
 */
int plasma_extent_grow(struct plasma_object *obj, unsigned long pages)
{
	struct plasma_extent *ext = &obj->extent;
	int err;

	err = add_folios(obj->ns, ext->start + ext->pages, ext->start + pages, __GFP_ZERO);
	if (!err)
		ext->pages = pages;
	return err;
}

/**
 * plasma_extent_least - how many pages plasma_extent_shrink() would leave
 * @obj: an unsealed object whose window is shut
 * @pages: pages it needs
 *
 * Return: as many, and what else belongs to the last folio.
 */
u64 plasma_extent_least(struct plasma_object *obj, unsigned long pages)
{
	struct plasma_extent *ext = &obj->extent;
	struct folio *folio;
	pgoff_t end;

	if (!pages)
		return 0;
	folio = plasma_extent_folio(obj->ns, ext->start + pages - 1);
	end = folio_next_index(folio);
	folio_put(folio);
	return end - ext->start;
}

/**
 * plasma_extent_shrink - free the pages behind the end of an object
 * @obj: an unsealed object whose window is shut
 * @pages: pages it needs. A folio that is needed in part stays whole
 */
void plasma_extent_shrink(struct plasma_object *obj, unsigned long pages)
{
	struct plasma_extent *ext = &obj->extent;
	u64 least = plasma_extent_least(obj, pages);

	drop_folios(obj->ns, ext->start + least, ext->start + ext->pages);
	ext->pages = least;
}

/**
 * plasma_extent_trim - give back offsets without pages
 * @obj: an object, all of whose extent is the caller's
 * @span: how many offsets it keeps, with and without pages
 */
void plasma_extent_trim(struct plasma_object *obj, unsigned long span)
{
	struct plasma_extent *ext = &obj->extent;
	struct plasma_namespace *ns = obj->ns;

	if (ext->span <= span)
		return;
	mutex_lock(&ns->space_lock);
	if (!set_space(ns, ext->start + span, ext->span - span, NULL, GFP_KERNEL))
		ext->span = span;
	mutex_unlock(&ns->space_lock);
}

/**
 * plasma_extent_free - free an extent
 * @ns: the namespace
 * @ext: the extent; no mapping shows it, and no fault will map it
 */
void plasma_extent_free(struct plasma_namespace *ns, struct plasma_extent *ext)
{
	drop_folios(ns, ext->start, ext->start + ext->pages);
	ext->pages = 0;
	if (ext->span)
		drop_space(ns, ext);
}

/**
 * plasma_extent_folio - the folio at an offset
 * @ns: the namespace
 * @index: page offset inside an extent that cannot go meanwhile
 *
 * Return: the folio, with a reference.
 */
struct folio *plasma_extent_folio(struct plasma_namespace *ns, pgoff_t index)
{
	return plasma_filemap_get(ns->inode->i_mapping, index);
}

/* As much as lies in one folio at byte @pos: its address, and *@len cut down to it. */
static void *piece(struct plasma_namespace *ns, const struct plasma_extent *ext, u64 pos,
		   u64 *len, struct folio **foliop)
{
	pgoff_t index = ext->start + (pos >> PAGE_SHIFT);
	struct folio *folio = plasma_extent_folio(ns, index);
	size_t offset = byte_of(index - folio->index) + offset_in_page(pos);

	*len = min_t(u64, *len, folio_size(folio) - offset);
	*foliop = folio;
	return folio_address(folio) + offset;
}

/**
 * plasma_extent_write_user - copy from user memory into an object that nobody sees yet
 * @obj: the object
 * @pos: where in it
 * @user: user pointer
 * @len: bytes
 *
 * Return: 0, -EFAULT, or -EINTR when the caller is being killed.
 */
int plasma_extent_write_user(struct plasma_object *obj, u64 pos, u64 user, u64 len)
{
	if (obj->pack)
		return copy_from_user(plasma_pack_data(obj) + pos, u64_to_user_ptr(user), len) ?
			       -EFAULT : 0;
	while (len) {
		struct folio *folio;
		u64 n = len;
		void *to = piece(obj->ns, &obj->extent, pos, &n, &folio);
		unsigned long left = copy_from_user(to, u64_to_user_ptr(user), n);

		folio_put(folio);
		if (left)
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		pos += n;
		user += n;
		len -= n;
	}
	return 0;
}

/**
 * plasma_extent_write - copy kernel memory into an object that nobody can write
 * @obj: the object
 * @pos: where in it
 * @data: what to copy
 * @len: bytes
 */
void plasma_extent_write(struct plasma_object *obj, u64 pos, const void *data, u64 len)
{
	while (len) {
		struct folio *folio;
		u64 n = len;
		void *to = piece(obj->ns, &obj->extent, pos, &n, &folio);

		memcpy(to, data, n);
		folio_put(folio);
		pos += n;
		data += n;
		len -= n;
	}
}

/**
 * plasma_extent_read - copy from an object that nobody can write
 * @obj: the object, which cannot go meanwhile
 * @pos: where in it
 * @data: where to
 * @len: bytes
 */
void plasma_extent_read(struct plasma_object *obj, u64 pos, void *data, u64 len)
{
	if (obj->pack) {
		memcpy(data, plasma_pack_data(obj) + pos, len);
		return;
	}
	while (len) {
		struct folio *folio;
		u64 n = len;
		void *from = piece(obj->ns, &obj->extent, pos, &n, &folio);

		memcpy(data, from, n);
		folio_put(folio);
		pos += n;
		data += n;
		len -= n;
	}
}

/**
 * plasma_extent_clear - clear a part of an object's pages
 * @obj: the object
 * @pos: where to begin
 * @end: where to stop
 */
void plasma_extent_clear(struct plasma_object *obj, u64 pos, u64 end)
{
	while (pos < end) {
		struct folio *folio;
		u64 n = end - pos;
		void *to = piece(obj->ns, &obj->extent, pos, &n, &folio);

		memset(to, 0, n);
		folio_put(folio);
		cond_resched();
		pos += n;
	}
}

/**
 * plasma_extent_zero - clear an object from some byte to the end of its pages
 * @obj: the object
 * @pos: where to begin
 */
void plasma_extent_zero(struct plasma_object *obj, u64 pos)
{
	plasma_extent_clear(obj, pos, byte_of(obj->extent.pages));
}

/**
 * plasma_extent_copy - copy from one extent to another
 * @ns: the namespace of both
 * @to: the destination
 * @from: the source
 * @len: bytes from the beginning of each
 */
void plasma_extent_copy(struct plasma_namespace *ns, const struct plasma_extent *to,
			const struct plasma_extent *from, u64 len)
{
	u64 pos = 0;

	while (pos < len) {
		struct folio *source, *target;
		u64 n = len - pos;
		void *src = piece(ns, from, pos, &n, &source);
		void *dst = piece(ns, to, pos, &n, &target);

		memcpy(dst, src, n);
		folio_put(target);
		folio_put(source);
		cond_resched();
		pos += n;
	}
}
