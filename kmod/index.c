// SPDX-License-Identifier: GPL-2.0-only
/*
 * The index: which id is which object, in memory that clients read as well.
 *
 * Each object has an entry, found by its slot; entries never move. A table of buckets
 * leads from a hash to a chain of entries. The table grows and shrinks by linear
 * hashing, one bucket at a time: nothing is ever rehashed as a whole, and no operation
 * costs more than a chain. All of it changes under ns->lock. The kernel looks ids
 * up here too; there is no second table.
 *
 * Clients know the hash and its seed, so a hostile one may find ids that collide. A
 * chain therefore never gets longer than PLASMA_INDEX_CHAIN_MAX; what does not fit goes to
 * a table of the kernel's own, with a secret seed, which clients get at by system call.
 *
 * Clients follow chains without a lock. They may miss an object while its bucket is
 * being split, and then ask the kernel. What they find they believe only once they
 * have pinned it: see pin.c.
 *
 * The index is mapped by PFN, read-only. Where it has no page, clients see zeros, which
 * lead nowhere; a page that appears takes these zeros away, and a page that goes is
 * taken out of the mappings before it is freed.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timex.h>

#include "compat.h"
#include "plasma.h"

#define INDEX_BUCKETS_AT	PAGE_SIZE
#define INDEX_ENTRIES_AT	(2ULL << 30)
#define INDEX_SIZE		(INDEX_ENTRIES_AT + (PLASMA_SLOT_MAX + 1) * \
				 sizeof(struct plasma_index_entry))
#define BUCKETS_IN_PAGE		((u32)(PAGE_SIZE / sizeof(u32)))
#define INDEX_BUCKETS_MIN	256U	/* fewer would take no less memory */
#define INDEX_BUCKETS_MAX	0x10000000U
#define INDEX_BUCKETS_EACH	2	/* for each object, so that most chains are of one */
#define INDEX_AROUND		16	/* pages mapped at a fault */

/**
 * struct long_chain - an object whose chain is full already
 * @node: in plasma_index.long_chains
 * @obj: the object
 * @id: its id
 * @rcu: the table may be resizing
 */
struct long_chain {
	struct rhash_head node;
	struct plasma_object *obj;
	u8 id[PLASMA_ID_SIZE];
	struct rcu_head rcu;
};

static const struct rhashtable_params long_chain_params = {
	.key_len = PLASMA_ID_SIZE,
	.key_offset = offsetof(struct long_chain, id),
	.head_offset = offsetof(struct long_chain, node),
	.automatic_shrinking = true,
};

static pgoff_t bucket_page(u32 bucket)
{
	return (INDEX_BUCKETS_AT + bucket * sizeof(u32)) >> PAGE_SHIFT;
}

static pgoff_t entry_page(u32 slot)
{
	return (INDEX_ENTRIES_AT + (u64)slot * sizeof(struct plasma_index_entry)) >> PAGE_SHIFT;
}

static bool is_entries(pgoff_t at)
{
	return at >= entry_page(0);
}

static u32 *bucket_at(struct plasma_index *index, u32 bucket)
{
	u32 *buckets = index->bucket_pages.pages[bucket / BUCKETS_IN_PAGE];

	return &buckets[bucket % BUCKETS_IN_PAGE];
}

static struct plasma_index_entry *entry_at(struct plasma_index *index, u32 slot)
{
	return plasma_slot_entry(&container_of(index, struct plasma_namespace, index)->slots, slot);
}

static bool has_bucket_locked(struct plasma_index *index, u32 bucket)
{
	u32 number = bucket / BUCKETS_IN_PAGE;

	return number < index->bucket_pages.size && index->bucket_pages.pages[number];
}

/**
 * plasma_page_table_grow - make room for a page in a table, by doubling
 * @ns: the namespace, whose index.lock is held: nobody else changes the size
 * @table: one of its tables
 * @number: of the page
 *
 * Return: 0 or -ENOMEM.
 */
int plasma_page_table_grow(struct plasma_namespace *ns, struct plasma_page_table *table,
			   u32 number)
{
	u32 size = max(64UL, roundup_pow_of_two(number + 1UL));
	void **pages, **old;

	lockdep_assert_held(&ns->index.lock);
	if (number < table->size)
		return 0;
	pages = kvcalloc(size, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return -ENOMEM;
	spin_lock(&ns->lock);
	if (table->size)
		memcpy(pages, table->pages, table->size * sizeof(*pages));
	old = table->pages;
	table->pages = pages;
	table->size = size;
	spin_unlock(&ns->lock);
	kvfree(old);
	return 0;
}

/* Where the page of buckets is. From here on the table may grow into it at any time. */
static void note_buckets(struct plasma_namespace *ns, pgoff_t at, void *address)
{
	spin_lock(&ns->lock);
	ns->index.bucket_pages.pages[at - bucket_page(0)] = address;
	spin_unlock(&ns->lock);
}

/* Put a page where there may be zeros of none; taken out again by remove_page(). */
static int add_page(struct plasma_namespace *ns, pgoff_t at)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	struct plasma_index *index = &ns->index;
	bool buckets = at && !is_entries(at);
	int err;

	if (!page)
		return -ENOMEM;
	err = buckets ? plasma_page_table_grow(ns, &index->bucket_pages, at - bucket_page(0)) : 0;
	if (err)
		goto free_page;
	down_write(&index->gate);
	err = xa_err(xa_store(&index->pages, at, page, GFP_KERNEL_ACCOUNT));
	if (!err && index->zeros_mapped)
		unmap_mapping_range(index->inode->i_mapping, (loff_t)at << PAGE_SHIFT,
				    PAGE_SIZE, 0);
	up_write(&index->gate);
	if (err)
		goto free_page;
	if (buckets)
		note_buckets(ns, at, page_address(page));
	return 0;

free_page:
	__free_page(page);
	return err;
}

/* The address of a page, which is made where there is none; NULL for want of memory. */
static void *ensure_page(struct plasma_namespace *ns, pgoff_t at)
{
	struct page *page = xa_load(&ns->index.pages, at);

	lockdep_assert_held(&ns->index.lock);
	if (!page && !add_page(ns, at))
		page = xa_load(&ns->index.pages, at);
	return page ? page_address(page) : NULL;
}

/**
 * plasma_index_entries - make a page of entries
 * @ns: the namespace, whose index.lock is held
 * @number: of the page
 *
 * Context: may sleep.
 * Return: the entries, all of them unused, or NULL for want of memory.
 */
struct plasma_index_entry *plasma_index_entries(struct plasma_namespace *ns, u32 number)
{
	return ensure_page(ns, entry_page(number * PLASMA_SLOTS_IN_PAGE));
}

/**
 * plasma_index_next_entries - find the next page of entries
 * @ns: the namespace
 * @slot: where to begin; where such a page begins
 *
 * Return: false if there is none.
 */
bool plasma_index_next_entries(struct plasma_namespace *ns, unsigned long *slot)
{
	unsigned long at = entry_page(*slot);

	if (!xa_find(&ns->index.pages, &at, ULONG_MAX, XA_PRESENT))
		return false;
	*slot = (at - entry_page(0)) * PLASMA_SLOTS_IN_PAGE;
	return true;
}

/**
 * plasma_index_prepare - make room for one more bucket, if it is time for that
 * @ns: the namespace
 *
 * Without it the table does not grow; it still works.
 *
 * Context: may sleep.
 */
void plasma_index_prepare(struct plasma_namespace *ns)
{
	struct plasma_index *index = &ns->index;
	u32 buckets = READ_ONCE(index->buckets);

	if (READ_ONCE(index->count) < buckets / INDEX_BUCKETS_EACH ||
	    buckets >= INDEX_BUCKETS_MAX ||
	    xa_load(&index->pages, bucket_page(buckets)))
		return;
	mutex_lock(&index->lock);
	ensure_page(ns, bucket_page(buckets));
	mutex_unlock(&index->lock);
}

static u32 hash_id(const struct plasma_index *index, const u8 *id)
{
	u64 a, b;
	u32 c;

	BUILD_BUG_ON(sizeof(a) + sizeof(b) + sizeof(c) != PLASMA_ID_SIZE);
	memcpy(&a, id, sizeof(a));
	memcpy(&b, id + sizeof(a), sizeof(b));
	memcpy(&c, id + sizeof(a) + sizeof(b), sizeof(c));
	return plasma_index_hash(index->seed, a, b, c);
}

static u32 bucket_of(const struct plasma_index *index, u32 hash)
{
	return plasma_index_bucket(hash, index->geometry);
}

static void set_buckets(struct plasma_index *index, u32 buckets)
{
	WRITE_ONCE(index->buckets, buckets);
	index->geometry = (u64)(roundup_pow_of_two(buckets) - 1) << 32 | buckets;
}

/* Entries are linked by slot + 1, so that zero is the end. */
static void link_entry(struct plasma_index *index, u32 *head, u32 slot,
		       struct plasma_index_entry *entry)
{
	WRITE_ONCE(entry->next, *head);
	/* Pairs with the address dependency of a client: the entry before the link. */
	smp_store_release(head, slot + 1);
}

static bool is_crowded(const struct plasma_index *index)
{
	return index->count >= index->buckets / INDEX_BUCKETS_EACH;
}

/* Half as many buckets would do: so what comes and goes does not change their number. */
static bool is_sparse(const struct plasma_index *index)
{
	return index->count < index->buckets / (2 * INDEX_BUCKETS_EACH) &&
	       index->buckets > INDEX_BUCKETS_MIN;
}

/* Put the entries that belong there from an old bucket into the new one, the last. */
static void split_bucket(struct plasma_index *index)
{
	u32 new = index->buckets, old = new - (1U << ilog2(new));
	u32 *link = bucket_at(index, old), *head = bucket_at(index, new);

	set_buckets(index, index->buckets + 1);
	while (*link) {
		u32 slot = *link - 1;
		struct plasma_index_entry *entry = entry_at(index, slot);

		if (bucket_of(index, hash_id(index, entry->id)) == new) {
			WRITE_ONCE(*link, entry->next);
			link_entry(index, head, slot, entry);
		} else {
			link = &entry->next;
		}
	}
	/* Pairs with the client's load: by the new geometry the new chain is found. */
	smp_store_release(&index->header->geometry, index->geometry);
}

static unsigned int chain_length(struct plasma_index *index, u32 **end)
{
	unsigned int length = 0;

	for (; **end; length++)
		*end = &entry_at(index, **end - 1)->next;
	return length;
}

/* The reverse, unless the chain would get too long. */
static void merge_bucket(struct plasma_index *index)
{
	u32 last = index->buckets - 1, into = last - (1U << ilog2(last));
	u32 *from = bucket_at(index, last), *end = bucket_at(index, into), *tail = from;

	if (chain_length(index, &end) + chain_length(index, &tail) > PLASMA_INDEX_CHAIN_MAX)
		return;
	set_buckets(index, index->buckets - 1);
	/* Pairs with the client's load: the chain that it leaves behind is whole. */
	smp_store_release(&index->header->geometry, index->geometry);
	WRITE_ONCE(*end, *from);
	WRITE_ONCE(*from, 0);
}

static int add_long_chain(struct plasma_index *index, struct plasma_object *obj)
{
	struct long_chain *node = kmalloc(sizeof(*node), GFP_ATOMIC | __GFP_ACCOUNT |
							  __GFP_NOWARN);

	if (!node)
		return -ENOMEM;
	node->obj = obj;
	memcpy(node->id, obj->entry->id, PLASMA_ID_SIZE);
	if (rhashtable_insert_fast(&index->long_chains, &node->node, long_chain_params)) {
		kfree(node);
		return -ENOMEM;
	}
	index->nr_long_chains++;
	return 0;
}

static void remove_long_chain(struct plasma_index *index, struct plasma_object *obj)
{
	struct long_chain *node = rhashtable_lookup_fast(&index->long_chains, obj->entry->id,
							 long_chain_params);

	rhashtable_remove_fast(&index->long_chains, &node->node, long_chain_params);
	index->nr_long_chains--;
	kfree_rcu(node, rcu);
}

/**
 * plasma_index_find_locked - find an object by its id
 * @ns: the namespace
 * @id: the id
 *
 * Return: the object, in whatever state, good while the lock is held; or NULL.
 */
struct plasma_object *plasma_index_find_locked(struct plasma_namespace *ns, const u8 *id)
{
	struct plasma_index *index = &ns->index;
	struct long_chain *node;
	u32 number;

	lockdep_assert_held(&ns->lock);
	number = *bucket_at(index, bucket_of(index, hash_id(index, id)));
	while (number) {
		struct plasma_index_entry *entry = entry_at(index, number - 1);

		if (!memcmp(entry->id, id, PLASMA_ID_SIZE))
			return plasma_slot_object_locked(ns, number - 1);
		number = entry->next;
	}
	if (likely(!index->nr_long_chains))
		return NULL;
	node = rhashtable_lookup_fast(&index->long_chains, id, long_chain_params);
	return node ? node->obj : NULL;
}

/**
 * plasma_index_add_locked - let an object be found by its id
 * @obj: the object, of whose id there is none
 *
 * Return: 0 or -ENOMEM.
 */
int plasma_index_add_locked(struct plasma_object *obj)
{
	struct plasma_index *index = &obj->ns->index;
	u32 *head, *end;
	int err, i;

	lockdep_assert_held(&obj->ns->lock);
	for (i = 0; i < INDEX_BUCKETS_EACH && is_crowded(index); i++)
		if (has_bucket_locked(index, index->buckets))
			split_bucket(index);
	head = bucket_at(index, bucket_of(index, hash_id(index, obj->entry->id)));
	end = head;
	if (chain_length(index, &end) >= PLASMA_INDEX_CHAIN_MAX) {
		err = add_long_chain(index, obj);
		if (err)
			return err;
	} else {
		link_entry(index, head, obj->slot, obj->entry);
	}
	WRITE_ONCE(index->count, index->count + 1);
	WRITE_ONCE(index->peak, max(index->peak, index->count));
	return 0;
}

/**
 * plasma_index_remove_locked - let an object not be found any more
 * @obj: the object
 */
void plasma_index_remove_locked(struct plasma_object *obj)
{
	struct plasma_index *index = &obj->ns->index;
	u32 *link;
	int i;

	lockdep_assert_held(&obj->ns->lock);
	link = bucket_at(index, bucket_of(index, hash_id(index, obj->entry->id)));
	while (*link && *link != obj->slot + 1)
		link = &entry_at(index, *link - 1)->next;
	/* The entry still leads on, for clients that are on it. */
	if (*link)
		WRITE_ONCE(*link, obj->entry->next);
	else
		remove_long_chain(index, obj);
	WRITE_ONCE(index->count, index->count - 1);
	/* Several, or the table would be half as large as ever when the last object goes. */
	for (i = 0; i < 2 * INDEX_BUCKETS_EACH && is_sparse(index); i++)
		merge_bucket(index);
}

/**
 * plasma_index_set_locked - change what clients see of an object's state
 * @obj: the object
 * @set: flags to set
 * @clear: flags to clear
 *
 * What a client may rely on once it sees PLASMA_ENTRY_LIVE comes before.
 */
void plasma_index_set_locked(struct plasma_object *obj, u32 set, u32 clear)
{
	u32 state = obj->entry->state;

	lockdep_assert_held(&obj->ns->lock);
	/* Pairs with the client's load of the state, after it has pinned the entry. */
	smp_store_release(&obj->entry->state, ((state & ~clear) | set) + PLASMA_ENTRY_STEP);
}

static bool forget_entries(struct plasma_namespace *ns, pgoff_t at)
{
	if (!plasma_slot_forget(ns, at - entry_page(0)))
		return false;
	xa_erase(&ns->index.pages, at);
	return true;
}

/* Under ns->lock, with which the table grows. The page of the next bucket may stay. */
static bool forget_buckets(struct plasma_namespace *ns, pgoff_t at)
{
	bool unused;

	spin_lock(&ns->lock);
	unused = at > bucket_page(ns->index.buckets);
	if (unused) {
		xa_erase(&ns->index.pages, at);
		ns->index.bucket_pages.pages[at - bucket_page(0)] = NULL;
	}
	spin_unlock(&ns->lock);
	return unused;
}

static void remove_page(struct plasma_index *index, pgoff_t at, struct page *page)
{
	down_write(&index->gate);
	unmap_mapping_range(index->inode->i_mapping, (loff_t)at << PAGE_SHIFT, PAGE_SIZE, 0);
	up_write(&index->gate);
	__free_page(page);
}

/**
 * plasma_index_trim - free pages of an index that has become much emptier
 * @ns: the namespace
 *
 * Costs as much as there are pages, but does so only when half of the objects have
 * gone since it last did: so each removal pays its constant share.
 *
 * Context: may sleep.
 */
void plasma_index_trim(struct plasma_namespace *ns)
{
	struct plasma_index *index = &ns->index;
	struct page *page;
	unsigned long at;
	bool wanted;

	if (READ_ONCE(index->count) >= READ_ONCE(index->peak) / 2)
		return;
	mutex_lock(&index->lock);
	spin_lock(&ns->lock);
	wanted = index->count < index->peak / 2;
	WRITE_ONCE(index->peak, index->count);
	spin_unlock(&ns->lock);
	xa_for_each_start(&index->pages, at, page, wanted ? 1 : ULONG_MAX) {
		if (is_entries(at) ? forget_entries(ns, at) : forget_buckets(ns, at))
			remove_page(index, at, page);
		cond_resched();
	}
	mutex_unlock(&index->lock);
}

/**
 * plasma_index_size - how large the mapping of an index is
 *
 * Return: bytes.
 */
u64 plasma_index_size(void)
{
	return INDEX_SIZE;
}

/**
 * plasma_clock - the time, as clients can read it too
 *
 * Return: cycles, or nanoseconds where there is no common clock.
 */
u64 plasma_clock(void)
{
	return PLASMA_HAVE_CLOCK ? get_cycles() : ktime_get_ns();
}

static vm_fault_t map_page(struct vm_fault *vmf, struct plasma_index *index, pgoff_t at)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vma->vm_start + ((at - vma->vm_pgoff) << PAGE_SHIFT);
	struct page *page = xa_load(&index->pages, at);

	if (page)
		return vmf_insert_pfn(vma, addr, page_to_pfn(page));
	if (at != vmf->pgoff)
		return VM_FAULT_NOPAGE;
	index->zeros_mapped = true;
	return vmf_insert_pfn(vma, addr, page_to_pfn(ZERO_PAGE(addr)));
}

static vm_fault_t index_fault(struct vm_fault *vmf)
{
	struct plasma_attach *attach = vmf->vma->vm_file->private_data;
	struct plasma_index *index = &attach->ns->index;
	struct vm_area_struct *vma = vmf->vma;
	pgoff_t at = max(round_down(vmf->pgoff, INDEX_AROUND), vma->vm_pgoff);
	pgoff_t end = min(round_down(vmf->pgoff, INDEX_AROUND) + INDEX_AROUND,
			  vma->vm_pgoff + vma_pages(vma));
	vm_fault_t ret = VM_FAULT_NOPAGE;

	/* Exclusive, for @zeros_mapped; faults of an index are few. */
	down_write(&index->gate);
	for (; at < end && ret == VM_FAULT_NOPAGE; at++)
		ret = map_page(vmf, index, at);
	up_write(&index->gate);
	return ret;
}

static const struct vm_operations_struct index_vm_ops = {
	.fault = index_fault,
};

/**
 * plasma_index_mmap - map a part of the index
 * @attach: the client's
 * @vma: the mapping
 * @offset: in the index, in pages
 *
 * Return: 0 or a negative error.
 */
int plasma_index_mmap(struct plasma_attach *attach, struct vm_area_struct *vma, pgoff_t offset)
{
	if (offset >= INDEX_SIZE >> PAGE_SHIFT ||
	    vma_pages(vma) > (INDEX_SIZE >> PAGE_SHIFT) - offset)
		return -EINVAL;
	if (!(attach->access & PLASMA_ACCESS_READ) || vma->vm_flags & VM_WRITE)
		return -EACCES;
	vm_flags_set(vma, VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_ops = &index_vm_ops;
	vma->vm_pgoff = offset;
	vma_set_file(vma, attach->index_file);
	return 0;
}

static int init_pages(struct plasma_namespace *ns)
{
	struct plasma_index *index = &ns->index;
	bool made;

	mutex_lock(&index->lock);
	index->header = ensure_page(ns, 0);
	made = index->header && ensure_page(ns, bucket_page(0));
	mutex_unlock(&index->lock);
	if (!made)
		return -ENOMEM;
	set_buckets(index, INDEX_BUCKETS_MIN);
	*index->header = (struct plasma_index_header) {
		.magic = PLASMA_INDEX_MAGIC,
		.clock = PLASMA_HAVE_CLOCK ? PLASMA_CLOCK_CYCLES : PLASMA_CLOCK_NONE,
		.geometry = index->geometry,
		.entry_size = sizeof(struct plasma_index_entry),
		.seed = index->seed,
		.buckets_offset = INDEX_BUCKETS_AT,
		.entries_offset = INDEX_ENTRIES_AT,
	};
	return 0;
}

static void free_pages_of(struct plasma_index *index)
{
	struct page *page;
	unsigned long at;

	xa_for_each(&index->pages, at, page)
		__free_page(page);
	xa_destroy(&index->pages);
	kvfree(index->bucket_pages.pages);
}

/**
 * plasma_index_init - make an empty index
 * @ns: the namespace
 *
 * Return: 0 or a negative error.
 */
int plasma_index_init(struct plasma_namespace *ns)
{
	struct plasma_index *index = &ns->index;
	int err;

	mutex_init(&index->lock);
	init_rwsem(&index->gate);
	xa_init_flags(&index->pages, XA_FLAGS_ACCOUNT);
	index->seed = get_random_u64();
	index->inode = plasma_store_inode();
	if (IS_ERR(index->inode))
		return PTR_ERR(index->inode);
	err = rhashtable_init(&index->long_chains, &long_chain_params);
	if (err)
		goto put_inode;
	err = init_pages(ns);
	if (!err)
		return 0;
	free_pages_of(index);
	rhashtable_destroy(&index->long_chains);
put_inode:
	iput(index->inode);
	return err;
}

/**
 * plasma_index_exit - free an index, which nobody maps any more
 * @ns: the namespace
 */
void plasma_index_exit(struct plasma_namespace *ns)
{
	free_pages_of(&ns->index);
	rhashtable_destroy(&ns->index.long_chains);
	iput(ns->index.inode);
}
