// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two windows through which a client sees a namespace, and how sealing and freeing
 * take pages out of them.
 *
 * The argument, in short (Documentation/design.md has it at length):
 *
 * A fault takes the object's gate shared, looks at the object's state and at who
 * writes it, and inserts its entries before it lets go of the gate. Whoever wants to
 * revoke entries first changes the state (under ns->lock), then takes the gate
 * exclusively and zaps. A fault that saw the old state has inserted its entries by
 * then, and they are zapped; a fault that comes later sees the new state, since the
 * gate orders it after the change. So when the gate is released again no entry of the
 * old kind exists and none will.
 *
 * The write window is VM_PFNMAP. Its entries carry no page reference and GUP refuses
 * them, so nobody can have kept a page to write to: no O_DIRECT, io_uring, vmsplice,
 * ptrace or DMA outlives the zap. The price is that its entries must be gone before
 * the pages are: plasma_window_shut() comes before every plasma_extent_free().
 *
 * The read window is an ordinary file mapping, without VM_MAYWRITE. .fault returns its
 * folio locked, and the core maps it after we let go of the gate; freeing is safe all
 * the same, since truncation takes the folio lock and unmaps what it finds mapped.
 */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "plasma.h"

/* A 32-bit program passes an offset of mmap() as a number of 4 KiB, in 32 bits. */
#define PLASMA_COMPAT_OFFSETS	BIT_ULL(44)

static pgoff_t window_pages(void)
{
	return plasma_window_size() >> PAGE_SHIFT;
}

/**
 * plasma_window_offset - where mmap() finds a window
 * @handle: the namespace's handle, from 1
 * @window: which one
 *
 * Return: the offset in bytes, or %PLASMA_OFFSET_NONE if the caller has no means to say it.
 */
u64 plasma_window_offset(u32 handle, enum plasma_window window)
{
	u64 offset = ((handle - 1ULL) * PLASMA_WINDOWS + window) * plasma_window_size();

	if (in_compat_syscall() && offset >= PLASMA_COMPAT_OFFSETS)
		return PLASMA_OFFSET_NONE;
	return offset;
}

static struct rw_semaphore *gate_of(struct plasma_object *obj)
{
	return &obj->ns->gates[obj->slot % PLASMA_GATES];
}

/* The object at a page offset, with a reference, or NULL. */
static struct plasma_object *object_at(struct plasma_namespace *ns, pgoff_t index)
{
	struct plasma_object *obj;

	rcu_read_lock();
	obj = mtree_load(&ns->space, index);
	if (obj && (xa_pointer_tag(obj) || !refcount_inc_not_zero(&obj->ref)))
		obj = NULL;
	rcu_read_unlock();
	return obj;
}

/* The pack at a page offset, with a reference, or NULL. */
static struct plasma_pack *pack_at(struct plasma_namespace *ns, pgoff_t index)
{
	struct plasma_pack *pack = NULL;
	void *entry;

	rcu_read_lock();
	entry = mtree_load(&ns->space, index);
	if (entry && xa_pointer_tag(entry) == PLASMA_SPACE_PACK)
		pack = xa_untag_pointer(entry);
	if (pack && !refcount_inc_not_zero(&pack->ref))
		pack = NULL;
	rcu_read_unlock();
	return pack;
}

static struct rw_semaphore *pack_gate(struct plasma_namespace *ns, struct plasma_pack *pack)
{
	return &ns->gates[pack->extent.start % PLASMA_GATES];
}

static bool covers(const struct plasma_extent *ext, pgoff_t index)
{
	return index - ext->start < ext->pages;
}

static bool readable(struct plasma_object *obj, pgoff_t index)
{
	/* Pairs with plasma_object_publish_locked(): what readers will see was written before. */
	return smp_load_acquire(&obj->state) == PLASMA_SEALED && covers(&obj->extent, index) &&
	       (!obj->pack || obj->shown == PLASMA_SHOWN_SEALED);
}

static vm_fault_t give_folio(struct vm_fault *vmf, struct plasma_namespace *ns)
{
	struct folio *folio = plasma_extent_folio(ns, vmf->pgoff);

	folio_lock(folio);
	vmf->page = folio_file_page(folio, vmf->pgoff);
	return VM_FAULT_LOCKED;
}

static vm_fault_t read_pack_fault(struct vm_fault *vmf, struct plasma_namespace *ns)
{
	struct plasma_pack *pack = pack_at(ns, vmf->pgoff);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (!pack)
		return ret;
	down_read(pack_gate(ns, pack));
	/* Pairs with pack_alloc(): its page is there. */
	if (!smp_load_acquire(&pack->dead)) {
		WRITE_ONCE(pack->mapped, true);
		ret = give_folio(vmf, ns);
	}
	up_read(pack_gate(ns, pack));
	plasma_pack_put(pack);
	return ret;
}

static vm_fault_t read_fault(struct vm_fault *vmf)
{
	struct plasma_attach *attach = vmf->vma->vm_file->private_data;
	struct plasma_object *obj = object_at(attach->ns, vmf->pgoff);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (!obj)
		return read_pack_fault(vmf, attach->ns);
	down_read(gate_of(obj));
	if (readable(obj, vmf->pgoff)) {
		WRITE_ONCE(obj->mapped, true);
		ret = give_folio(vmf, attach->ns);
	}
	up_read(gate_of(obj));
	plasma_object_put(obj);
	return ret;
}

/*
 * Fault-around, within the one object. The core may call this in an RCU read section, so
 * the gate is only tried; without it read_fault() does the work.
 */
static vm_fault_t read_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	struct plasma_attach *attach = vmf->vma->vm_file->private_data;
	struct plasma_object *obj = object_at(attach->ns, vmf->pgoff);
	vm_fault_t ret = 0;

	if (!obj)
		return 0;
	if (down_read_trylock(gate_of(obj))) {
		if (readable(obj, vmf->pgoff)) {
			const struct plasma_extent *ext = &obj->extent;

			WRITE_ONCE(obj->mapped, true);
			ret = filemap_map_pages(vmf, max_t(pgoff_t, start, ext->start),
						min_t(pgoff_t, end,
						      ext->start + ext->pages - 1));
		}
		up_read(gate_of(obj));
	}
	plasma_object_put(obj);
	return ret;
}

static const struct vm_operations_struct plasma_read_vm_ops = {
	.fault = read_fault,
	.map_pages = read_map_pages,
};

/* What a fault in the write window may insert: nothing, read-only or writable entries. */
enum writable { SHUT, READ_ONLY, WRITABLE };

/* Whose write window shows the object, or NULL. */
static struct plasma_attach *writer_of(const struct plasma_object *obj)
{
	return READ_ONCE(obj->shown) ? obj->origin->attach : NULL;
}

static enum writable writable(struct plasma_object *obj, struct vm_fault *vmf)
{
	/* Pairs with publish_created() and resize: @shown and @extent come before. */
	u8 state = smp_load_acquire(&obj->state);

	if (writer_of(obj) != vmf->vma->vm_file->private_data || !covers(&obj->extent, vmf->pgoff))
		return SHUT;
	if (state == PLASMA_CREATED)
		return WRITABLE;
	if (state != PLASMA_SEALING && state != PLASMA_SEALED)
		return SHUT;
	return vmf->flags & FAULT_FLAG_WRITE ? SHUT : READ_ONLY;
}

/*
 * With .pfn_mkwrite the core takes the write bit from vm_page_prot, to be told of first
 * writes. We decide by the object, not by the access, so put it where it belongs. What may
 * be written may be read, also through a mapping with PROT_WRITE alone: without VM_READ
 * its entries would allow nothing, and the access would fault for ever.
 */
static pgprot_t window_prot(const struct vm_area_struct *vma, enum writable how)
{
	if (how == WRITABLE)
		return vm_get_page_prot(vma->vm_flags);
	return vm_get_page_prot((vma->vm_flags & ~VM_WRITE) | VM_READ);
}

/* Insert what lies around the fault in its huge page, its object and its mapping. */
static vm_fault_t insert_around(struct vm_fault *vmf, struct plasma_object *obj, pgprot_t prot)
{
	struct vm_area_struct *vma = vmf->vma;
	const struct plasma_extent *ext = &obj->extent;
	pgoff_t first = max3((pgoff_t)ext->start, vma->vm_pgoff,
			     round_down(vmf->pgoff, PTRS_PER_PTE));
	pgoff_t end = min3((pgoff_t)ext->start + ext->pages, vma->vm_pgoff + vma_pages(vma),
			   round_down(vmf->pgoff, PTRS_PER_PTE) + PTRS_PER_PTE);
	vm_fault_t ret = VM_FAULT_NOPAGE;
	pgoff_t index = first;

	while (index < end && ret == VM_FAULT_NOPAGE) {
		struct folio *folio = plasma_extent_folio(obj->ns, index);
		pgoff_t next = min(end, folio_next_index(folio));

		ret = plasma_insert_pfns(vma,
					 vma->vm_start + ((index - vma->vm_pgoff) << PAGE_SHIFT),
					 folio_pfn(folio) + index - folio->index, next - index,
					 prot);
		index = next;
		folio_put(folio);	/* the gate keeps it; entries hold no reference */
	}
	return ret;
}

static vm_fault_t write_fault(struct vm_fault *vmf)
{
	struct plasma_attach *attach = vmf->vma->vm_file->private_data;
	struct plasma_object *obj = object_at(attach->ns, vmf->pgoff);
	vm_fault_t ret = VM_FAULT_SIGBUS;
	enum writable how;

	if (!obj)
		return ret;
	down_read(gate_of(obj));
	how = writable(obj, vmf);
	if (how != SHUT) {
		WRITE_ONCE(obj->mapped, true);
		ret = insert_around(vmf, obj, window_prot(vmf->vma, how));
	}
	up_read(gate_of(obj));
	plasma_object_put(obj);
	return ret;
}

/*
 * A write to an entry without the write bit: of a sealed object, or after an mprotect()
 * to read-only and back. If we returned 0 the core would set the bit, after comparing
 * the entry with what it was. Between our look and that, a seal may have zapped the
 * entry and a read put the same one back: a writable entry of a sealed object. So the
 * core never gets to do it: the entry goes, and the access faults again.
 */
static vm_fault_t write_mkwrite(struct vm_fault *vmf)
{
	struct plasma_attach *attach = vmf->vma->vm_file->private_data;
	struct plasma_object *obj = object_at(attach->ns, vmf->pgoff);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (!obj)
		return ret;
	down_read(gate_of(obj));
	if (writable(obj, vmf) == WRITABLE) {
		unmap_mapping_range(attach->write_file->f_mapping,
				    (loff_t)vmf->pgoff << PAGE_SHIFT, PAGE_SIZE, 0);
		ret = VM_FAULT_NOPAGE;
	}
	up_read(gate_of(obj));
	plasma_object_put(obj);
	return ret;
}

#ifdef PLASMA_HAVE_HUGE_FAULT
/* The pfn of the huge page around the fault, or 0 if that is not one folio of the object. */
static unsigned long huge_pfn(struct vm_fault *vmf, struct plasma_object *obj)
{
	pgoff_t first = round_down(vmf->pgoff, HPAGE_PMD_NR);
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address & HPAGE_PMD_MASK, pfn = 0;
	struct folio *folio;

	if (addr < vma->vm_start || addr + HPAGE_PMD_SIZE > vma->vm_end ||
	    linear_page_index(vma, addr) != first)
		return 0;
	if (!covers(&obj->extent, first) || !covers(&obj->extent, first + HPAGE_PMD_NR - 1))
		return 0;
	folio = plasma_extent_folio(obj->ns, first);
	if (folio_order(folio) == HPAGE_PMD_ORDER)
		pfn = folio_pfn(folio);
	folio_put(folio);
	return pfn;
}

/*
 * The huge entry of an object whose gate is held. There may be small entries by now, of an object
 * that was here before; inside the gate they are seen, since that one has been shut. A new
 * entry does not allow writes, as the core warns of such a one where another thread has just
 * put small entries; the access then faults again, and finds the huge entry there.
 */
static vm_fault_t insert_huge(struct vm_fault *vmf, unsigned long pfn, bool write)
{
	pmd_t pmd = READ_ONCE(*vmf->pmd);

	if (!pmd_none(pmd) && !pmd_leaf(pmd))
		return VM_FAULT_FALLBACK;
	return plasma_insert_pmd(vmf, pfn, write && !pmd_none(pmd));
}

/*
 * Also called for a write to a huge entry without the write bit. Unlike in
 * write_mkwrite() the bit is then set by our own insertion, inside the gate.
 */
static vm_fault_t write_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct plasma_attach *attach = vmf->vma->vm_file->private_data;
	vm_fault_t ret = VM_FAULT_FALLBACK;
	struct plasma_object *obj;
	unsigned long pfn = 0;
	enum writable how;

	if (order != HPAGE_PMD_ORDER)
		return ret;
	obj = object_at(attach->ns, vmf->pgoff);
	if (!obj)
		return VM_FAULT_SIGBUS;
	down_read(gate_of(obj));
	how = writable(obj, vmf);
	/* Pages of one that is shut may be going just now. */
	if (how == SHUT)
		ret = VM_FAULT_SIGBUS;
	else
		pfn = huge_pfn(vmf, obj);
	if (pfn) {
		WRITE_ONCE(obj->mapped, true);
		ret = insert_huge(vmf, pfn, how == WRITABLE);
	}
	up_read(gate_of(obj));
	plasma_object_put(obj);
	return ret;
}
#endif

static const struct vm_operations_struct plasma_write_vm_ops = {
	.fault = write_fault,
	.pfn_mkwrite = write_mkwrite,
#ifdef PLASMA_HAVE_HUGE_FAULT
	.huge_fault = write_huge_fault,
#endif
};

static void zap(struct address_space *mapping, const struct plasma_extent *ext)
{
	if (!ext->pages)	/* a length of 0 would be all that follows */
		return;
	unmap_mapping_range(mapping, (loff_t)ext->start << PAGE_SHIFT,
			    (loff_t)ext->pages << PAGE_SHIFT, 1);
}

/**
 * plasma_window_zap - take an extent out of a write window
 * @write_file: the window's file
 * @ext: the extent, for which no fault inserts anything any more
 *
 * Context: may sleep.
 */
void plasma_window_zap(struct file *write_file, const struct plasma_extent *ext)
{
	zap(write_file->f_mapping, ext);
}

static void zap_writer(const struct plasma_object *obj)
{
	struct plasma_attach *attach = obj->origin->attach;

	/*
	 * An attachment without references has no file left, and so no mapping: it is giving
	 * its holds back, and goes only after plasma_window_revoke(). Before that, what it
	 * shows is held by it, and then nobody comes here but its client's release; or it is
	 * unsealed, and then its client is open, or whoever made it PLASMA_DEAD has the file:
	 * see plasma_objects_drop().
	 */
	if (obj->mapped && obj->shown && refcount_read(&attach->ref))
		zap(attach->write_file->f_mapping, &obj->extent);
}

static void zap_readers(const struct plasma_object *obj)
{
	if (obj->mapped)
		zap(obj->ns->inode->i_mapping, &obj->extent);
}

/**
 * plasma_window_flush - make a change of an unsealed object's state effective
 * @obj: the object, whose state the caller has just changed
 *
 * Takes all its entries out of the write window. When this returns no process has a
 * writable mapping of the object, nor will get one in this state.
 *
 * Context: may sleep.
 * Return: true if there may be anything behind the object's end.
 */
bool plasma_window_flush(struct plasma_object *obj)
{
	bool written;

	down_write(gate_of(obj));
	zap_writer(obj);
	spin_lock(&obj->ns->lock);
	written = obj->written || obj->mapped;
	obj->written = written;
	spin_unlock(&obj->ns->lock);
	obj->mapped = false;	/* nobody reads it yet */
	up_write(gate_of(obj));
	return written;
}

/**
 * plasma_window_shut - take a dead object out of all windows
 * @obj: the object, in PLASMA_DEAD
 *
 * When this returns no window shows the object, nor will: its pages may go.
 *
 * Context: may sleep.
 */
void plasma_window_shut(struct plasma_object *obj)
{
	down_write(gate_of(obj));
	zap_writer(obj);
	obj->shown = PLASMA_SHOWN_NOT;
	zap_readers(obj);
	up_write(gate_of(obj));
}

/**
 * plasma_window_shut_pack - take a pack without objects out of all windows
 * @ns: the namespace
 * @pack: the pack, in no list any more
 *
 * As plasma_window_shut().
 *
 * Context: may sleep.
 */
void plasma_window_shut_pack(struct plasma_namespace *ns, struct plasma_pack *pack)
{
	WRITE_ONCE(pack->dead, true);
	down_write(pack_gate(ns, pack));
	if (pack->mapped)
		zap(ns->inode->i_mapping, &pack->extent);
	up_write(pack_gate(ns, pack));
}

/**
 * plasma_window_protect - end writing in the page of a packed object that is sealed
 * @obj: the object, which its creator may hold still
 *
 * When this returns, the creator reads by the pointer it wrote by what was sealed,
 * whatever it wrote since.
 *
 * Context: may sleep.
 */
void plasma_window_protect(struct plasma_object *obj)
{
	down_write(gate_of(obj));
	/* Else it has been released meanwhile, and may be about to go. */
	if (obj->shown) {
		zap_writer(obj);
		obj->mapped = false;
		plasma_extent_write(obj, 0, plasma_pack_data(obj), plasma_object_bytes(obj));
		plasma_extent_zero(obj, plasma_object_bytes(obj));
		obj->shown = PLASMA_SHOWN_SEALED;
	}
	up_write(gate_of(obj));
}

/*
 * The page that a packed object was written in. It is left to the client only if it was never
 * in a read window, by which somebody could have kept it.
 */
static void leave_scratch(struct plasma_object *obj, struct plasma_attach *attach)
{
	if (obj->shown == PLASMA_SHOWN && plasma_scratch_give(obj, attach))
		return;
	zap_writer(obj);
	zap_readers(obj);
	obj->mapped = false;
	plasma_object_free_extent(obj);
}

/**
 * plasma_window_revoke - end an attachment's right to read an object by its write window
 * @obj: the object
 * @attach: who may have written it, and has just released it
 *
 * The page that a packed object had while it was written is left to the attachment, with its
 * entries, or freed.
 *
 * An unsealed object stays writable; it stays with its creator. @shown is set once and
 * cleared here or by plasma_window_shut(), under the gate, so an attachment that has
 * been through here for all its objects can go: nobody will look at it.
 *
 * Context: may sleep.
 */
void plasma_window_revoke(struct plasma_object *obj, struct plasma_attach *attach)
{
	if (writer_of(obj) != attach)
		return;
	down_write(gate_of(obj));
	if (obj->shown && obj->state >= PLASMA_SEALED) {
		if (obj->pack)
			leave_scratch(obj, attach);
		else
			zap_writer(obj);
		obj->shown = PLASMA_SHOWN_NOT;
	}
	up_write(gate_of(obj));
}

static int mmap_read(struct plasma_attach *attach, struct vm_area_struct *vma)
{
	if (!(attach->access & PLASMA_ACCESS_READ) || vma->vm_flags & VM_WRITE)
		return -EACCES;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_ops = &plasma_read_vm_ops;
	vma_set_file(vma, attach->read_file);
	return 0;
}

static int mmap_write(struct plasma_attach *attach, struct vm_area_struct *vma)
{
	if (!(attach->access & PLASMA_ACCESS_WRITE))
		return -EACCES;
	/*
	 * VM_IO, as children must not have it if MADV_DOFORK asks for that either: fork() copies a
	 * huge entry as it was before it took the lock, and may so bring back one that was zapped.
	 */
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	vm_flags_clear(vma, VM_MAYEXEC);
	vma->vm_ops = &plasma_write_vm_ops;
	vma_set_file(vma, attach->write_file);
	return 0;
}

static int mmap_window(struct plasma_attach *attach, struct vm_area_struct *vma,
		       enum plasma_window window, pgoff_t offset)
{
	int err;

	if (window >= PLASMA_WINDOW_INDEX && !plasma_index_enabled())
		return -EOPNOTSUPP;
	if (window == PLASMA_WINDOW_INDEX)
		return plasma_index_mmap(attach, vma, offset);
	if (window == PLASMA_WINDOW_PINS)
		return plasma_pins_mmap(attach, vma, offset);
	err = window == PLASMA_WINDOW_WRITE ? mmap_write(attach, vma) : mmap_read(attach, vma);
	if (!err)
		vma->vm_pgoff = offset;
	return err;
}

/**
 * plasma_mmap - mmap of /dev/plasma: a part of a window
 * @file: a client
 * @vma: the mapping
 *
 * The mapping's file becomes the window's, which lives on an inode of ours: a zap
 * reaches every mapping, whatever device node it was made through.
 *
 * Return: 0 or a negative error.
 */
int plasma_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct plasma_client *client = file->private_data;
	pgoff_t window = vma->vm_pgoff / window_pages();
	pgoff_t offset = vma->vm_pgoff % window_pages();
	struct plasma_attach *attach;

	/* Private mappings would copy; a forked child could then write what it took for data. */
	if (!(vma->vm_flags & VM_MAYSHARE) || vma_pages(vma) > window_pages() - offset)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	attach = plasma_attach_of(client, window / PLASMA_WINDOWS + 1);
	if (!attach)
		return -EINVAL;
	return mmap_window(attach, vma, window % PLASMA_WINDOWS, offset);
}

/**
 * plasma_get_unmapped_area - place a window so that huge pages fit
 * @file: a client
 * @addr: where the caller wants it, or 0
 * @len: bytes
 * @pgoff: offset in pages
 * @flags: of mmap()
 *
 * Return: the address or a negative error.
 */
unsigned long plasma_get_unmapped_area(struct file *file, unsigned long addr,
				       unsigned long len, unsigned long pgoff,
				       unsigned long flags)
{
	return thp_get_unmapped_area(file, addr, len, pgoff, flags);
}
