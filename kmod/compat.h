/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels, by what Kbuild found in their headers. The code is
 * written for the newest interface; what older kernels lack is made up for here.
 */
#ifndef _PLASMA_COMPAT_H
#define _PLASMA_COMPAT_H

#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shrinker.h>
#include <linux/splice.h>

#ifndef CONFIG_TRANSPARENT_HUGEPAGE
#error "plasma needs a kernel with CONFIG_TRANSPARENT_HUGEPAGE"
#endif

#ifndef PLASMA_HAVE_VM_FLAGS_SET	/* before 6.3 */
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* filemap_get_folio() came to return an error pointer instead of NULL in 6.4. */
static inline struct folio *plasma_filemap_get(struct address_space *mapping, pgoff_t index)
{
	struct folio *folio = filemap_get_folio(mapping, index);

	return IS_ERR_OR_NULL(folio) ? NULL : folio;
}

/*
 * Since 6.12, where the architecture has special huge entries. Before 6.6 nobody asks for them in
 * PFN mappings; in between there were some, but GUP took them for ordinary pages.
 */
#ifdef PLASMA_HAVE_HUGE_FAULT
#include <linux/huge_mm.h>
#ifdef PLASMA_HAVE_PFN_T		/* until 6.16 */
#include <linux/pfn_t.h>
static inline vm_fault_t plasma_insert_pmd(struct vm_fault *vmf, unsigned long pfn, bool write)
{
	return vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV), write);
}
#else
static inline vm_fault_t plasma_insert_pmd(struct vm_fault *vmf, unsigned long pfn, bool write)
{
	return vmf_insert_pfn_pmd(vmf, pfn, write);
}
#endif
#endif

#if defined(CONFIG_X86) && !defined(PLASMA_HAVE_HUGE_FAULT)
/*
 * Large objects, too, are written through small entries here, and vmf_insert_pfn_prot() walks and
 * locks the page table for each. This does so once. It must not meet a huge entry, as it might
 * where there are huge faults; and not every architecture lets modules set entries.
 */
struct plasma_pfns {
	struct mm_struct *mm;
	unsigned long pfn;
	pgprot_t prot;
};

static inline int plasma_insert_next(pte_t *pte, unsigned long addr, void *data)
{
	struct plasma_pfns *pfns = data;

	/* A fault of another thread may have been here. */
	if (pte_none(*pte))
		set_pte_at(pfns->mm, addr, pte, pte_mkspecial(pfn_pte(pfns->pfn, pfns->prot)));
	pfns->pfn++;
	return 0;
}

/* Insert entries for @count pages, one behind the other, within one page table. */
static inline vm_fault_t plasma_insert_pfns(struct vm_area_struct *vma, unsigned long addr,
					    unsigned long pfn, unsigned long count, pgprot_t prot)
{
	struct plasma_pfns pfns = { .mm = vma->vm_mm, .pfn = pfn, .prot = prot };

	if (apply_to_page_range(vma->vm_mm, addr, count << PAGE_SHIFT, plasma_insert_next, &pfns))
		return VM_FAULT_OOM;
	return VM_FAULT_NOPAGE;
}
#else
static inline vm_fault_t plasma_insert_pfns(struct vm_area_struct *vma, unsigned long addr,
					    unsigned long pfn, unsigned long count, pgprot_t prot)
{
	vm_fault_t ret = VM_FAULT_NOPAGE;

	for (; count && ret == VM_FAULT_NOPAGE; count--, addr += PAGE_SIZE, pfn++)
		ret = vmf_insert_pfn_prot(vma, addr, pfn, prot);
	return ret;
}
#endif

#ifdef PLASMA_HAVE_SHRINKER_ALLOC	/* since 6.7 */
struct plasma_shrinker {
	struct shrinker *shrinker;
};

static inline int plasma_shrinker_register(struct plasma_shrinker *s,
					   unsigned long (*count)(struct shrinker *,
								  struct shrink_control *),
					   unsigned long (*scan)(struct shrinker *,
								 struct shrink_control *))
{
	s->shrinker = shrinker_alloc(0, "plasma");
	if (!s->shrinker)
		return -ENOMEM;
	s->shrinker->count_objects = count;
	s->shrinker->scan_objects = scan;
	shrinker_register(s->shrinker);
	return 0;
}

static inline void plasma_shrinker_unregister(struct plasma_shrinker *s)
{
	shrinker_free(s->shrinker);
}
#else
struct plasma_shrinker {
	struct shrinker shrinker;
};

static inline int plasma_shrinker_register(struct plasma_shrinker *s,
					   unsigned long (*count)(struct shrinker *,
								  struct shrink_control *),
					   unsigned long (*scan)(struct shrinker *,
								 struct shrink_control *))
{
	s->shrinker.count_objects = count;
	s->shrinker.scan_objects = scan;
	s->shrinker.seeks = DEFAULT_SEEKS;
	return register_shrinker(&s->shrinker, "plasma");
}

static inline void plasma_shrinker_unregister(struct plasma_shrinker *s)
{
	unregister_shrinker(&s->shrinker);
}
#endif

/* Whether get_cycles() is the counter that user space reads: see libplasma's clock.h. */
#if defined(CONFIG_X86_64) || defined(CONFIG_ARM64)
#define PLASMA_HAVE_CLOCK 1
#else
#define PLASMA_HAVE_CLOCK 0
#endif

/*
 * For a variable that is written before it is read, where the kernel would clear it first: more
 * than a hundred bytes at each call. One that looks for mistakes fills it with a pattern instead.
 */
#if __has_attribute(uninitialized) && !defined(CONFIG_KASAN)
#define PLASMA_UNINITIALIZED __attribute__((uninitialized))
#else
#define PLASMA_UNINITIALIZED
#endif

/* Splicing by copy, through read_iter; our folios must not go where they may be stolen. */
#ifdef PLASMA_HAVE_COPY_SPLICE_READ	/* since 6.5 */
#define plasma_splice_read copy_splice_read
#else
#define plasma_splice_read generic_file_splice_read
#endif

#endif /* _PLASMA_COMPAT_H */
