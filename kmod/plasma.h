/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plasma: structures, lock order and internal interfaces.
 *
 * Lock order, outermost first:
 *
 *	plasma_client.lock		mutex, making and opening namespaces
 *	drop_lock of keep.c		mutex, freeing what is kept
 *	plasma_namespaces_lock		mutex, the list of namespaces
 *	mm->mmap_lock or VMA lock	taken by the core before a fault reaches us
 *	plasma_namespace.gates[]	rwsem, shared by faults, exclusive to revoke
 *	mapping->i_mmap_rwsem		taken by unmap_mapping_range()
 *
 *	plasma_namespace.space_lock	mutex, offsets; nothing above is taken inside
 *	plasma_index.lock		mutex, pages of the index
 *	plasma_index.gate		rwsem, shared by faults of the index
 *	plasma_namespace.lock		spinlock: states, counts, tables
 *	users_lock of limit.c		spinlock, innermost
 *
 * User memory is never touched with one of ours held, since that takes mmap_lock.
 * Memory is allocated under the mutexes only.
 *
 * What refers to what: a client owns its attachments until the last close; the files of
 * an attachment's windows own it as well, so a mapping outlives the descriptor.
 * An attachment owns holds, a hold owns a reference to its object's structure, and by
 * @users the object itself. An attachment and the list of namespaces own
 * references to a namespace.
 */
#ifndef _PLASMA_H
#define _PLASMA_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/maple_tree.h>
#include <linux/mutex.h>
#include <linux/plasma.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>

#define PLASMA_GATES		16
#define PLASMA_PENDING_BITS	8
#define PLASMA_BATCH_MAX	4096
#define PLASMA_METADATA_MAX	(16U << 20)
#define PLASMA_ATTACH_MAX	1024
#define PLASMA_SLOT_MAX		0x0fffffffUL
#define PLASMA_FEW_BYTES	128
#define PLASMA_UNIT		64
#define PLASMA_PAGE_UNITS	((long)(PAGE_SIZE / PLASMA_UNIT))
#define PLASMA_PACK_CLASSES	10
#define PLASMA_KEPT_LISTS	24
#define PLASMA_HOLDS		64
#define PLASMA_FIRST_HANDLES	4
/* Objects that are dealt with before others get a namespace's lock, where there may be millions. */
#define PLASMA_STEP		64

/*
 * One state machine for the kernel; the uapi shows CREATED (for CREATED, RESIZING
 * and SEALING) and SEALED, and nothing of the others.
 *
 *	NEW -> CREATED <-> RESIZING
 *		CREATED -> SEALING -> SEALED
 *	any -> DEAD
 *
 * Changed under plasma_namespace.lock. SEALED is stored with release semantics after all
 * that a reader of the object relies on, and loaded with acquire semantics by the
 * faults (window.c), which do not take that lock.
 */
enum plasma_state {
	PLASMA_NEW,		/* id taken, being built, seen by nobody */
	PLASMA_CREATED,		/* its creator writes */
	PLASMA_RESIZING,	/* unsealed; its window is shut while pages move */
	PLASMA_SEALING,		/* no write fault gets through any more */
	PLASMA_SEALED,		/* immutable */
	PLASMA_DEAD,		/* in no table; its pages are about to go */
};

/**
 * struct plasma_extent - a piece of a namespace's file
 * @start: first page offset, a multiple of a huge page for all but small extents
 * @pages: pages with folios behind them
 * @span: page offsets taken, at least @pages
 */
struct plasma_extent {
	u32 start;
	u32 pages;
	u32 span;
};

/**
 * struct plasma_pack - a page that small sealed objects share
 * @ref: references; faults take them under RCU
 * @class: size of its slots
 * @dead: it has no page yet, or is about to go (then set before the gate is taken exclusively)
 * @mapped: some read window may have an entry for it (set under the shared gate)
 * @extent: where its page is
 * @data: the page
 * @taken: slots that are not free (ns->lock)
 * @left: those of them without objects, which somebody may refer to (ns->lock)
 * @node: in plasma_namespace.packs while a slot is free, or in .spare_packs (ns->lock)
 * @since: when it became a spare, jiffies
 * @rcu: found under RCU
 */
struct plasma_pack {
	refcount_t ref;
	u8 class;
	bool dead;
	bool mapped;
	struct plasma_extent extent;
	void *data;
	u64 taken;
	u64 left;
	struct list_head node;
	unsigned long since;
	struct rcu_head rcu;
};

/**
 * struct plasma_origin - what objects have in common that a process makes by one client
 * @ref: references
 * @uid: the user
 * @attach: the client's attachment. Not a reference: it is there for objects that are
 *	unsealed, or @shown, or @in_quota
 * @account: where the objects are counted; there as long as one of them is (ns->lock)
 * @pid: the process
 * @rcu: found under RCU
 */
struct plasma_origin {
	refcount_t ref;
	kuid_t uid;
	struct plasma_attach *attach;
	struct plasma_account *account;
	struct pid *pid;
	struct rcu_head rcu;
};

/* Whether an object's creator has it in its write window, and what for. */
enum plasma_shown {
	PLASMA_SHOWN_NOT,
	PLASMA_SHOWN,
	/* Of a packed object: what the creator wrote to shows what was sealed, in either window. */
	PLASMA_SHOWN_SEALED,
};

/**
 * struct plasma_object - an object
 * @entry: in the index of its namespace: id, sizes, place, and what clients see of its
 *	state; as long as the object has its slot
 * @slot: its number in the namespace
 * @ref: references to this structure; the tables own one
 * @round: the plasma_namespace.round in which it was last met (ns->lock)
 * @users: attachments that hold it through the kernel, and waiters it was granted to
 *	(ns->lock)
 * @state: &enum plasma_state
 * @keep: never evicted (ns->lock, as the other bits)
 * @evictable: it is in the pool's LRU
 * @put_back: in its tree
 * @hidden: deleted while in use, and in no table any more
 * @published: it was sealed, so its contents are no secret
 * @written: there may be anything behind its end
 * @named: it has a name
 * @in_quota: its bytes are counted in its creator's quota, not in the common pool
 * @mapped: some window may have entries for it (set under the shared gate)
 * @shown: &enum plasma_shown (gate)
 * @extent: where its own pages are; changed under the exclusive gate. Of a packed object:
 *	what its creator wrote to, until it releases it
 * @ns: its namespace
 * @origin: who made it: who may seal it, while it is unsealed
 * @pack: the page that it shares since its seal, where its @entry says, or NULL
 * @link: in a list of its pool (sealed), in its creator's list (unsealed) or in the list
 *	of a reaper (dead) (ns->lock)
 * @age: in the tree of the pool's LRU (sealed, @put_back) (ns->lock)
 * @rcu: look-ups run under RCU
 * @create_mono: CLOCK_MONOTONIC, ns; until it is @published
 * @construct_ns: from create to seal; from then on
 * @metadata: the metadata, or NULL; until it is @published, which copies it behind the data
 * @seal_serial: number of the event that told of its seal; from then on (ns->lock)
 */
struct plasma_object {
	struct plasma_index_entry *entry;
	u32 slot;
	refcount_t ref;
	u32 round;
	u32 users;
	u8 state;
	bool keep : 1;
	bool evictable : 1;
	bool put_back : 1;
	bool hidden : 1;
	bool published : 1;
	bool written : 1;
	bool named : 1;
	bool in_quota : 1;
	bool mapped;
	u8 shown;
	struct plasma_extent extent;
	struct plasma_namespace *ns;
	struct plasma_origin *origin;
	struct plasma_pack *pack;
	union {
		struct list_head link;
		struct rb_node age;
		struct rcu_head rcu;
	};
	union {
		u64 create_mono;
		u64 construct_ns;
	};
	union {
		void *metadata;
		u64 seal_serial;
	};
};

/**
 * struct plasma_pool - a part of a namespace's capacity, with an order of eviction
 * @capacity: most logical bytes
 * @used: logical bytes
 * @evictable: of these, in @lru
 * @evictable_units: memory of these, in units of %PLASMA_UNIT bytes
 * @nr_evictable: objects in @lru
 * @evictions: objects evicted
 * @evicted_bytes: logical bytes evicted
 * @lru: sealed objects without users, by the stamp of their last release; some of
 *	them may be pinned, or have been released later, which shows when they are looked at
 * @put_back: the rest of the LRU, by their stamps
 * @busy: sealed objects that are in use or to be kept, longest so first
 */
struct plasma_pool {
	u64 capacity;
	u64 used;
	u64 evictable;
	u64 evictable_units;
	u64 nr_evictable;
	u64 evictions;
	u64 evicted_bytes;
	struct list_head lru;
	struct rb_root_cached put_back;
	struct list_head busy;
};

/**
 * struct plasma_quota - a client's own pool (ns->lock)
 * @node: in plasma_namespace.quotas
 * @pool: the pool; its capacity has been taken from the namespace's
 * @unsealed: what its client is writing and is counted here, oldest first
 * @attach: whose it is
 * @name_len: bytes in @name
 * @name: what it is called
 */
struct plasma_quota {
	struct list_head node;
	struct plasma_pool pool;
	struct list_head unsealed;
	struct plasma_attach *attach;
	u8 name_len;
	u8 name[64];
};

/**
 * struct plasma_name - the name of an object
 * @node: in plasma_namespace.names
 * @object: what it names
 * @len: bytes in @bytes
 * @bytes: the name, not terminated
 */
struct plasma_name {
	struct rhash_head node;
	struct plasma_object *object;
	u8 len;
	u8 bytes[];
};

/**
 * struct plasma_page_table - the addresses of pages, to be found quickly (ns->lock, and
 *	plasma_index.lock to change them)
 * @pages: the addresses, NULL where there is no page
 * @size: how many
 */
struct plasma_page_table {
	void **pages;
	u32 size;
};

#define PLASMA_SLOTS_IN_PAGE	((u32)(PAGE_SIZE / sizeof(struct plasma_index_entry)))

/**
 * struct plasma_slot_page - slots whose entries are in one page of the index (ns->lock)
 * @node: in plasma_slots.free while one of them is free
 * @taken: those with an object
 * @number: of the page
 * @entries: the entries
 * @objects: the objects
 */
struct plasma_slot_page {
	struct list_head node;
	u64 taken;
	u32 number;
	struct plasma_index_entry *entries;
	struct plasma_object *objects[PLASMA_SLOTS_IN_PAGE];
};

/**
 * struct plasma_slots - the slots of a namespace (ns->lock)
 * @free: pages with free slots
 * @table: all pages
 * @lowest: no page with a lower number is missing
 * @first_state: the state with which the entries of a new page begin
 */
struct plasma_slots {
	struct list_head free;
	struct plasma_page_table table;
	u32 lowest;
	u32 first_state;
};

/**
 * struct plasma_index - the published table of a namespace's objects
 * @inode: what mappings of it hang on
 * @lock: serialises adding and removing pages
 * @gate: shared by faults, exclusive to take pages out of the mappings
 * @pages: its pages by their offset; what has none reads as zeros
 * @bucket_pages: where the pages of buckets are (ns->lock)
 * @zeros_mapped: a fault found no page once, and mapped zeros (gate)
 * @header: its first page
 * @seed: of the hash
 * @buckets: number of buckets (ns->lock)
 * @geometry: the same for plasma_index_bucket() (ns->lock)
 * @count: objects in it (ns->lock)
 * @peak: most objects since empty pages were last looked for (ns->lock)
 * @nr_long_chains: objects in @long_chains (ns->lock)
 * @long_chains: objects whose chain was full (ns->lock)
 */
struct plasma_index {
	struct inode *inode;
	struct mutex lock;		/* serialises changes of pages */
	struct rw_semaphore gate;
	struct xarray pages;
	struct plasma_page_table bucket_pages;
	bool zeros_mapped;
	struct plasma_index_header *header;
	u64 seed;
	u32 buckets;
	u64 geometry;
	u32 count;
	u32 peak;
	u32 nr_long_chains;
	struct rhashtable long_chains;
};

/**
 * struct plasma_pins - a client's pins in a namespace
 * @node: in plasma_namespace.pins (ns->lock)
 * @attach: whose they are
 * @slots: the pins, which the client writes as it likes
 */
struct plasma_pins {
	struct list_head node;
	struct plasma_attach *attach;
	struct plasma_pin *slots;
};

/**
 * struct plasma_namespace - an independent set of objects
 * @ref: references
 * @node: in the list of namespaces (plasma_namespaces_lock)
 * @serial: position in that list, for listing it page by page
 * @name: the name, not terminated
 * @name_len: bytes in @name
 * @ephemeral: goes with @creator
 * @reclaim: may be evicted from under memory pressure
 * @whole_store: its capacity is that of the store (plasma_namespaces_lock)
 * @creator: the client that made an ephemeral one (plasma_namespaces_lock)
 * @uid: owner (plasma_namespaces_lock)
 * @gid: group (likewise)
 * @mode: permission bits (likewise)
 * @user_ns: where capabilities over it are looked for
 * @user: who is charged for it, whoever owns it later; NULL for the default namespace
 * @inode: its page cache holds the objects, its i_mmap the read windows
 * @gates: exclusion of faults and revocation, striped over objects
 * @space_lock: protects @space
 * @space: page offset to object
 * @slots: all objects, in the order in which they are listed
 * @lock: protects all that follows, and object states
 * @removed: no new objects; going
 * @index: id to object
 * @pins: the pins of all clients
 * @round: number of the last search that is to meet each object once
 * @packs: packs with objects and free slots, by the size of these
 * @spare_packs: those without objects, the newest first
 * @scratches: pages that wait for small objects, the oldest first
 * @kept: extents without objects, by their size (keep.c's own lock)
 * @names: name to object
 * @slot_names: slot of a named object to its name
 * @pending: waiters by hash of the id they wait for
 * @pending_names: waiters by hash of the name they wait for
 * @nr_wanted: entries of both
 * @hash_seed: of these
 * @subscriptions: who hears of events
 * @nr_subscriptions: how many
 * @event_serial: number of the last event
 * @capacity: most logical bytes of all pools
 * @evict_percent: least share of an automatic eviction
 * @used: logical bytes of all pools
 * @pool: the common part of the capacity
 * @quotas: the other parts
 * @ghosts: ids evicted lately
 * @pages: pages of all objects
 * @nr_objects: objects in CREATED to SEALED
 * @nr_sealed: of these, sealed
 * @nr_in_use: of these, with users
 * @nr_hidden: of these, hidden
 * @nr_names: names
 * @nr_attached: attachments
 * @nr_waiters: gets that wait
 */
struct plasma_namespace {
	refcount_t ref;
	struct list_head node;
	u64 serial;
	u8 *name;
	u8 name_len;
	bool ephemeral;
	bool reclaim;
	bool whole_store;
	struct plasma_client *creator;
	kuid_t uid;
	kgid_t gid;
	u32 mode;
	struct user_namespace *user_ns;
	struct plasma_user *user;
	struct inode *inode;
	struct rw_semaphore gates[PLASMA_GATES];
	struct mutex space_lock;	/* protects space */
	struct maple_tree space;
	struct plasma_slots slots;

	spinlock_t lock;		/* protects what follows */
	bool removed;
	struct plasma_index index;
	struct list_head pins;
	u32 round;
	struct list_head packs[PLASMA_PACK_CLASSES];
	struct list_head spare_packs;
	struct list_head scratches;
	struct list_head kept[PLASMA_KEPT_LISTS];
	struct rhashtable names;
	struct xarray slot_names;
	struct hlist_head pending[1 << PLASMA_PENDING_BITS];
	struct hlist_head pending_names[1 << PLASMA_PENDING_BITS];
	u64 nr_wanted;
	u32 hash_seed;
	struct list_head subscriptions;
	u64 nr_subscriptions;
	u64 event_serial;
	u64 capacity;
	u32 evict_percent;
	u64 used;
	struct plasma_pool pool;
	struct list_head quotas;
	struct plasma_ghosts *ghosts;
	u64 pages;
	u64 nr_objects;
	u64 nr_sealed;
	u64 nr_in_use;
	u64 nr_hidden;
	u64 nr_names;
	u64 nr_attached;
	u64 nr_waiters;
};

/**
 * struct plasma_hold - how often a client holds an object
 * @slot: the object's, if @count is not 0
 * @count: how many releases give it back
 */
struct plasma_hold {
	u32 slot;
	u32 count;
};

/**
 * struct plasma_scratch - a page in which a client writes its next small object (ns->lock)
 * @node: in plasma_namespace.scratches while it waits, else empty
 * @extent: where it is, while it waits
 * @mapped: the client's write window may have entries for it
 * @since: when it began to wait, jiffies
 */
struct plasma_scratch {
	struct list_head node;
	struct plasma_extent extent;
	bool mapped;
	unsigned long since;
};

/**
 * struct plasma_attach - a client's opened namespace
 * @ref: owned by its files
 * @ns: the namespace
 * @access: %PLASMA_ACCESS_READ and %PLASMA_ACCESS_WRITE, as decided at open
 * @read_file: what VMAs of the read window point to; on the namespace's inode
 * @write_file: what VMAs of the write window point to; on an inode of its own, so that
 *	a seal looks at this client's mappings only
 * @holds: how often it holds an object, by slot (ns->lock); see hold.c
 * @more_holds: the same for those that find their place there taken
 * @account: what it has there, counted for a user (ns->lock)
 * @unsealed: objects this client is writing, but for those that its quota counts (ns->lock)
 * @scratch: where it writes its next small object
 * @origin: of what it made last
 * @quota: its own pool or NULL (ns->lock)
 * @index_file: what VMAs of the index and of the pins point to
 * @pins: its pins, once mapped (ns->lock)
 */
struct plasma_attach {
	refcount_t ref;
	struct plasma_namespace *ns;
	u32 access;
	struct file *read_file;
	struct file *write_file;
	struct plasma_hold holds[PLASMA_HOLDS];
	struct xarray more_holds;
	struct plasma_account *account;
	struct list_head unsealed;
	struct plasma_scratch scratch;
	struct plasma_origin __rcu *origin;
	struct plasma_quota *quota;
	struct file *index_file;
	struct plasma_pins *pins;
};

/**
 * struct plasma_client - an open file description of /dev/plasma
 * @lock: serialises opening of namespaces
 * @ephemeral: it has made an ephemeral namespace (lock)
 * @attaches: handle to attachment; entries stay until the last close
 * @first: the attachments of the first handles, again: nearly all clients have no other
 */
struct plasma_client {
	struct mutex lock;		/* serialises opening */
	bool ephemeral;
	struct xarray attaches;
	struct plasma_attach *first[PLASMA_FIRST_HANDLES];
};

/**
 * struct plasma_cmd - one ioctl under way
 * @client: the caller
 * @attach: what its handle stands for, or NULL for commands without one
 * @file: the descriptor used
 * @arg: where the caller's structure is
 * @user_size: bytes that the caller knows of it
 * @size: bytes that we know of it
 * @buf: the structure
 * @few: room for an array of few entries
 */
struct plasma_cmd {
	struct plasma_client *client;
	struct plasma_attach *attach;
	struct file *file;
	void __user *arg;
	unsigned int user_size;
	unsigned int size;
	void *buf;
	u64 *few;
};

/* main.c */
bool plasma_index_enabled(void);

/* ioctl.c */
long plasma_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int plasma_respond(struct plasma_cmd *cmd);
int plasma_respond_file(struct plasma_cmd *cmd, s32 *out_fd, struct file *file);
int plasma_copy_name(u8 *name, u64 ptr, u32 len);
void *plasma_get_array(struct plasma_cmd *cmd, u64 ptr, u32 count, u32 entry_size);
void plasma_free_array(struct plasma_cmd *cmd, void *entries);
int plasma_return_array(u64 ptr, u32 count, u32 entry_size, const void *entries);
int plasma_for_ids(struct plasma_cmd *cmd, u64 ptr, u32 count, u32 entry_size,
		   int (*fn)(struct plasma_cmd *cmd, const u8 *id, struct list_head *reap));

/* store.c: the memory all namespaces share and the file system behind their files */
int plasma_store_init(void);
void plasma_store_exit(void);
unsigned long plasma_store_reserve(unsigned long pages);
void plasma_store_unreserve(unsigned long pages);
void plasma_store_keep(long pages);
u64 plasma_store_kept(void);
u64 plasma_store_size(void);
int plasma_store_resize(unsigned long mb);
u64 plasma_store_used(void);
u64 plasma_window_size(void);
struct inode *plasma_store_inode(void);
struct file *plasma_store_file(struct inode *inode, const char *name, int flags,
			       const struct file_operations *fops, void *data);

/* client.c */
extern const struct file_operations plasma_fops;
u32 plasma_clients(void);
struct plasma_attach *plasma_attach_new(struct plasma_client *client,
					struct plasma_namespace *ns, u32 access, u32 *handle);
void plasma_attach_publish(struct plasma_client *client, struct plasma_attach *attach,
			   u32 handle);
void plasma_attach_cancel(struct plasma_client *client, struct plasma_attach *attach,
			  u32 handle);
struct plasma_attach *plasma_attach_of(struct plasma_client *client, u32 handle);

/* hold.c */
void plasma_holds_init(struct plasma_attach *attach);
void plasma_holds_exit(struct plasma_attach *attach);
unsigned long plasma_hold_count_locked(struct plasma_attach *attach,
				       struct plasma_object *obj);
int plasma_hold_add_locked(struct plasma_attach *attach, struct plasma_object *obj);
bool plasma_hold_put_locked(struct plasma_attach *attach, struct plasma_object *obj,
			    struct list_head *reap);
void plasma_hold_forget_locked(struct plasma_object *obj);
void plasma_hold_finish(struct plasma_attach *attach, struct plasma_object *obj);
int plasma_release(struct plasma_attach *attach, const u8 *id, const u64 *offset,
		   struct list_head *reap);
int plasma_ioctl_release(struct plasma_cmd *cmd);

/* namespace.c */
extern struct mutex plasma_namespaces_lock;
extern struct list_head plasma_namespace_list;
int plasma_namespaces_init(void);
void plasma_namespaces_exit(void);
u32 plasma_namespaces(void);
struct plasma_namespace *plasma_namespace_find_locked(const u8 *name, u32 len);
u32 plasma_namespace_access_locked(const struct plasma_namespace *ns);
bool plasma_namespace_owner_locked(const struct plasma_namespace *ns);
int plasma_namespace_may_give_locked(const struct plasma_namespace *ns, kuid_t uid, kgid_t gid);
bool plasma_namespace_valid(u64 capacity, u32 mode, u32 evict_percent);
void plasma_namespace_put(struct plasma_namespace *ns);
void plasma_namespace_remove_ephemeral(struct plasma_client *client);
int plasma_ioctl_ns_create(struct plasma_cmd *cmd);
int plasma_ioctl_ns_open(struct plasma_cmd *cmd);
int plasma_ioctl_ns_remove(struct plasma_cmd *cmd);

/* nsattr.c */
unsigned long plasma_namespaces_evict(unsigned long pages, bool reclaim);
unsigned long plasma_namespaces_tidy(unsigned long pages, unsigned long before);
int plasma_namespaces_resize(void);
int plasma_ioctl_ns_list(struct plasma_cmd *cmd);
int plasma_ioctl_ns_stat(struct plasma_cmd *cmd);
int plasma_ioctl_ns_set(struct plasma_cmd *cmd);

/* slot.c */
int plasma_slot_init(void);
void plasma_slot_exit(void);
int plasma_slot_prepare(struct plasma_namespace *ns);
bool plasma_slot_take_locked(struct plasma_object *obj);
void plasma_slot_put_locked(struct plasma_object *obj);
struct plasma_object *plasma_slot_object_locked(struct plasma_namespace *ns, u32 slot);
struct plasma_object *plasma_slot_next_locked(struct plasma_namespace *ns, unsigned long *slot);
bool plasma_slot_forget(struct plasma_namespace *ns, u32 number);
void plasma_slots_init(struct plasma_namespace *ns);
void plasma_slots_exit(struct plasma_namespace *ns);

/* The entry of a slot whose page there is. */
static inline struct plasma_index_entry *plasma_slot_entry(struct plasma_slots *slots, u32 slot)
{
	struct plasma_slot_page *page = slots->table.pages[slot / PLASMA_SLOTS_IN_PAGE];

	return &page->entries[slot % PLASMA_SLOTS_IN_PAGE];
}

/* pack.c */
bool plasma_pack_fits(u64 bytes);
unsigned int plasma_pack_units(const struct plasma_object *obj);
void *plasma_pack_data(const struct plasma_object *obj);
bool plasma_pack_take_locked(struct plasma_object *obj, u64 bytes, bool any);
bool plasma_pack_take(struct plasma_object *obj, u64 bytes, bool any);
int plasma_pack_add(struct plasma_namespace *ns);
void plasma_pack_put(struct plasma_pack *pack);
void plasma_pack_free(struct plasma_namespace *ns, struct plasma_pack *pack);
struct plasma_pack *plasma_pack_leave_locked(struct plasma_object *obj);
unsigned long plasma_packs_drop(struct plasma_namespace *ns, unsigned long pages,
				unsigned long before);

/* scratch.c */
void plasma_scratch_init(struct plasma_attach *attach);
bool plasma_scratch_give(struct plasma_object *obj, struct plasma_attach *attach);
bool plasma_scratch_take(struct plasma_object *obj, struct plasma_attach *attach, bool clear);
unsigned long plasma_scratches_drop(struct plasma_namespace *ns, unsigned long pages,
				    unsigned long before);
void plasma_scratch_exit(struct plasma_attach *attach);

/* Entries of plasma_namespace.space are objects, or other things with these tags. */
#define PLASMA_SPACE_PACK	1UL
#define PLASMA_SPACE_KEPT	3UL

static inline void *plasma_pack_entry(struct plasma_pack *pack)
{
	return xa_tag_pointer(pack, PLASMA_SPACE_PACK);
}

static inline void *plasma_kept_entry(void *kept)
{
	return xa_tag_pointer(kept, PLASMA_SPACE_KEPT);
}

/* keep.c */
bool plasma_keep_wants(struct folio *folio);
bool plasma_keep_pays(struct folio *folio);
bool plasma_keep_is_ours(struct plasma_namespace *ns, const struct plasma_extent *ext);
void plasma_keep_expire(void);
bool plasma_keep(struct plasma_namespace *ns, const struct plasma_extent *ext);
bool plasma_keep_take(struct plasma_object *obj, u64 pages, bool clear);
unsigned long plasma_keep_drop(unsigned long pages);
void plasma_keep_drop_namespace(struct plasma_namespace *ns);
void plasma_keep_exit(void);

/* origin.c */
struct plasma_origin *plasma_origin_get(struct plasma_attach *attach);
void plasma_origin_put(struct plasma_origin *origin);
void plasma_origin_forget(struct plasma_attach *attach);

/* object.c */
int plasma_object_init(void);
void plasma_object_exit(void);
struct plasma_object *plasma_object_alloc(struct plasma_attach *attach);
void plasma_object_put(struct plasma_object *obj);
struct plasma_object *plasma_object_lookup_locked(struct plasma_namespace *ns, const u8 *id);
struct plasma_object *plasma_object_next(struct plasma_namespace *ns, unsigned long *slot);
void plasma_object_use_locked(struct plasma_object *obj);
void plasma_object_unuse_locked(struct plasma_object *obj, struct list_head *reap);
void plasma_object_publish_locked(struct plasma_object *obj, struct list_head *reap);
void plasma_object_unlink_locked(struct plasma_object *obj, u32 event, struct list_head *reap);
int plasma_object_delete_locked(struct plasma_object *obj, bool hide, struct list_head *reap);
void plasma_object_destroy(struct plasma_object *obj);
void plasma_object_free_extent(struct plasma_object *obj);
void plasma_object_reap(struct list_head *reap);
void plasma_objects_abort(struct plasma_attach *attach);
void plasma_objects_drop(struct plasma_namespace *ns);
int plasma_ioctl_delete(struct plasma_cmd *cmd);

static inline u64 plasma_object_bytes(const struct plasma_object *obj)
{
	return obj->entry->data_size + obj->entry->metadata_size;
}

/* Does it go at the last release? */
static inline bool plasma_object_goes_locked(const struct plasma_object *obj)
{
	return obj->entry->state & PLASMA_ENTRY_PENDING;
}

/* Where its bytes are counted (ns->lock). */
static inline struct plasma_pool *plasma_object_pool_locked(const struct plasma_object *obj)
{
	return obj->in_quota ? &obj->origin->attach->quota->pool : &obj->ns->pool;
}

static inline u64 plasma_extent_offset(const struct plasma_extent *ext)
{
	return (u64)ext->start << PAGE_SHIFT;
}

static inline u64 plasma_object_offset(const struct plasma_object *obj)
{
	return obj->pack ? obj->entry->offset : plasma_extent_offset(&obj->extent);
}

/* How much memory comes free when it goes, more or less. */
static inline u64 plasma_object_units(const struct plasma_object *obj)
{
	return obj->pack ? plasma_pack_units(obj) :
			   (u64)obj->extent.pages * PLASMA_PAGE_UNITS;
}

/*
 * Whether to go on with what was left off to let others have a lock. Who is dying does not: the
 * error is -EINTR then.
 */
static inline bool plasma_again(int *err)
{
	if (*err != -EAGAIN)
		return false;
	cond_resched();
	if (!fatal_signal_pending(current))
		return true;
	*err = -EINTR;
	return false;
}

static inline u64 plasma_pages_for(u64 bytes)
{
	return (bytes >> PAGE_SHIFT) + !!(bytes & (PAGE_SIZE - 1));
}

/* index.c */
int plasma_index_init(struct plasma_namespace *ns);
void plasma_index_exit(struct plasma_namespace *ns);
int plasma_page_table_grow(struct plasma_namespace *ns, struct plasma_page_table *table,
			   u32 number);
struct plasma_index_entry *plasma_index_entries(struct plasma_namespace *ns, u32 number);
bool plasma_index_next_entries(struct plasma_namespace *ns, unsigned long *slot);
void plasma_index_prepare(struct plasma_namespace *ns);
struct plasma_object *plasma_index_find_locked(struct plasma_namespace *ns, const u8 *id);
int plasma_index_add_locked(struct plasma_object *obj);
void plasma_index_remove_locked(struct plasma_object *obj);
void plasma_index_set_locked(struct plasma_object *obj, u32 set, u32 clear);
void plasma_index_trim(struct plasma_namespace *ns);
u64 plasma_index_size(void);
u64 plasma_clock(void);
int plasma_index_mmap(struct plasma_attach *attach, struct vm_area_struct *vma, pgoff_t offset);

/* pin.c */
#define PLASMA_PINS_BYTES	(PLASMA_PIN_SETS * PLASMA_PIN_WAYS * sizeof(struct plasma_pin))
int plasma_pins_mmap(struct plasma_attach *attach, struct vm_area_struct *vma, pgoff_t offset);
void plasma_pins_exit(struct plasma_attach *attach);
bool plasma_pin_look_locked(struct plasma_object *obj, u64 *stamp);
bool plasma_pin_retire_locked(struct plasma_object *obj);
void plasma_pin_restore_locked(struct plasma_object *obj);
bool plasma_pin_mine_locked(struct plasma_attach *attach, struct plasma_object *obj);
u32 plasma_pin_clients_locked(struct plasma_object *obj);
u64 plasma_pins_in_use_locked(struct plasma_namespace *ns);
int plasma_pin_release_locked(struct plasma_attach *attach, const u8 *id, const u64 *offset,
			      u64 since, struct list_head *reap);
int plasma_ioctl_reap(struct plasma_cmd *cmd);

/* create.c */
int plasma_ioctl_create(struct plasma_cmd *cmd);
int plasma_ioctl_put(struct plasma_cmd *cmd);
int plasma_ioctl_put_batch(struct plasma_cmd *cmd);

/* unsealed.c */
int plasma_ioctl_resize(struct plasma_cmd *cmd);
int plasma_ioctl_seal(struct plasma_cmd *cmd);
int plasma_ioctl_seal_batch(struct plasma_cmd *cmd);
int plasma_ioctl_abort(struct plasma_cmd *cmd);

/*
 * limit.c: what one user may have; the queue is counted in bytes, and what comes before
 * PLASMA_ACCOUNT_KINDS through accounts
 */
enum plasma_limit {
	PLASMA_LIMIT_OBJECTS,
	PLASMA_LIMIT_HOLDS,
	PLASMA_ACCOUNT_KINDS,
	PLASMA_LIMIT_OPEN = PLASMA_ACCOUNT_KINDS,
	PLASMA_LIMIT_NAMESPACES,
	PLASMA_LIMIT_DESCRIPTORS,
	PLASMA_LIMIT_QUEUE,
	PLASMA_LIMITS
};

struct plasma_user;

u64 plasma_limit_take(struct plasma_user *user, enum plasma_limit what, u64 least, u64 amount);
void plasma_limit_give(struct plasma_user *user, enum plasma_limit what, u64 amount);
void plasma_limit_put(struct plasma_user *user);
struct plasma_user *plasma_limit_charge(enum plasma_limit what, u64 amount);
void plasma_limit_uncharge(struct plasma_user *user, enum plasma_limit what, u64 amount);

/* account.c */
struct plasma_account *plasma_account_open(void);
void plasma_account_close_locked(struct plasma_account *account);
u32 plasma_account_have_locked(const struct plasma_account *account, enum plasma_limit what);
int plasma_account_add_locked(struct plasma_account *account, enum plasma_limit what);
void plasma_account_sub_locked(struct plasma_account *account, enum plasma_limit what);

/* name.c */
extern const struct rhashtable_params plasma_name_params;
struct plasma_name *plasma_name_get(u64 ptr, u32 len);
int plasma_name_set_locked(struct plasma_object *obj, struct plasma_name **name, bool replace,
			   struct list_head *reap);
void plasma_name_drop_locked(struct plasma_object *obj);
struct plasma_name *plasma_name_of_locked(const struct plasma_object *obj);
struct plasma_object *plasma_name_find_locked(struct plasma_namespace *ns, const u8 *bytes,
					      u32 len);
int plasma_ioctl_name_bind(struct plasma_cmd *cmd);
int plasma_ioctl_name_unbind(struct plasma_cmd *cmd);
int plasma_ioctl_name_lookup(struct plasma_cmd *cmd);

/* extent.c */
struct inode *plasma_extent_inode(void);
int plasma_extent_alloc(struct plasma_namespace *ns, void *owner, struct plasma_extent *ext,
			unsigned long pages, unsigned long span, gfp_t zero);
int plasma_extent_assign(struct plasma_namespace *ns, const struct plasma_extent *ext,
			 void *owner);
int plasma_extent_copy_out(struct plasma_object *obj, u64 pos, u32 len, struct inode *inode);
int plasma_extent_grow(struct plasma_object *obj, unsigned long pages);
u64 plasma_extent_least(struct plasma_object *obj, unsigned long pages);
void plasma_extent_shrink(struct plasma_object *obj, unsigned long pages);
bool plasma_extent_huge(void);
void plasma_extent_trim(struct plasma_object *obj, unsigned long span);
void plasma_extent_free(struct plasma_namespace *ns, struct plasma_extent *ext);
struct folio *plasma_extent_folio(struct plasma_namespace *ns, pgoff_t index);
int plasma_extent_write_user(struct plasma_object *obj, u64 pos, u64 user, u64 len);
void plasma_extent_write(struct plasma_object *obj, u64 pos, const void *data, u64 len);
void plasma_extent_read(struct plasma_object *obj, u64 pos, void *data, u64 len);
void plasma_extent_clear(struct plasma_object *obj, u64 pos, u64 end);
void plasma_extent_zero(struct plasma_object *obj, u64 pos);
void plasma_extent_copy(struct plasma_namespace *ns, const struct plasma_extent *to,
			const struct plasma_extent *from, u64 len);

/* window.c */
int plasma_mmap(struct file *file, struct vm_area_struct *vma);
unsigned long plasma_get_unmapped_area(struct file *file, unsigned long addr,
				       unsigned long len, unsigned long pgoff,
				       unsigned long flags);
enum plasma_window { PLASMA_WINDOW_READ, PLASMA_WINDOW_WRITE, PLASMA_WINDOW_INDEX,
		     PLASMA_WINDOW_PINS, PLASMA_WINDOWS };
u64 plasma_window_offset(u32 handle, enum plasma_window window);
void plasma_window_zap(struct file *write_file, const struct plasma_extent *ext);
bool plasma_window_flush(struct plasma_object *obj);
void plasma_window_protect(struct plasma_object *obj);
void plasma_window_shut(struct plasma_object *obj);
void plasma_window_shut_pack(struct plasma_namespace *ns, struct plasma_pack *pack);
void plasma_window_revoke(struct plasma_object *obj, struct plasma_attach *attach);

/* wait.c */
void plasma_wake_sealed_locked(struct plasma_object *obj);
void plasma_wake_named_locked(struct plasma_object *obj);
void plasma_wake_removed_locked(struct plasma_namespace *ns);
int plasma_ioctl_get(struct plasma_cmd *cmd);
int plasma_ioctl_name_get(struct plasma_cmd *cmd);
int plasma_ioctl_pending_fd(struct plasma_cmd *cmd);

/* event.c */
void plasma_event_locked(struct plasma_object *obj, u32 type);
void plasma_event_removed_locked(struct plasma_namespace *ns);
int plasma_ioctl_subscribe(struct plasma_cmd *cmd);

/* evict.c */
int plasma_ghosts_init(struct plasma_namespace *ns);
void plasma_ghosts_exit(struct plasma_namespace *ns);
bool plasma_ghost_locked(struct plasma_namespace *ns, const u8 *id);
void plasma_ghost_forget_locked(struct plasma_namespace *ns, const u8 *id);
void plasma_pool_init(struct plasma_pool *pool, u64 capacity);
void plasma_pool_charge_locked(struct plasma_object *obj, struct plasma_pool *pool);
void plasma_pool_uncharge_locked(struct plasma_object *obj);
void plasma_pool_place_locked(struct plasma_object *obj);
void plasma_pool_unplace_locked(struct plasma_object *obj);
void plasma_pool_touch_locked(struct plasma_object *obj, u64 stamp);
struct plasma_object *plasma_pool_oldest_locked(struct plasma_pool *pool);
int plasma_evict_enough_locked(struct plasma_namespace *ns, struct plasma_pool *pool,
			       u64 bytes, u64 least, struct list_head *reap);
int plasma_evict_for_bytes_locked(struct plasma_namespace *ns, struct plasma_pool *pool,
				  u64 need, bool may_evict, struct list_head *reap);
int plasma_evict_for_pages(struct plasma_object *obj, unsigned long pages, bool may_evict);
u64 plasma_evict_units_locked(struct plasma_namespace *ns, struct plasma_pool *pool, u64 units,
			      struct list_head *reap);
bool plasma_evict_some_locked(struct plasma_namespace *ns, struct plasma_pool *pool, u64 bytes,
			      struct list_head *reap);
unsigned long plasma_reclaimable(void);
int plasma_ioctl_evict(struct plasma_cmd *cmd);
int plasma_ioctl_refresh(struct plasma_cmd *cmd);

/* quota.c */
struct plasma_pool *plasma_quota_pool_locked(struct plasma_attach *attach);
int plasma_quota_reserve_locked(struct plasma_attach *attach, u64 need, bool may_evict,
				struct list_head *reap);
void plasma_quota_drop(struct plasma_attach *attach);
int plasma_ioctl_quota_set(struct plasma_cmd *cmd);
int plasma_ioctl_quota_list(struct plasma_cmd *cmd);

/* export.c */
int plasma_ioctl_export(struct plasma_cmd *cmd);

/* reclaim.c */
int plasma_reclaim_init(void);
void plasma_reclaim_exit(void);

/* list.c */
int plasma_ioctl_stat(struct plasma_cmd *cmd);
int plasma_ioctl_list(struct plasma_cmd *cmd);
int plasma_copy_info(u64 ptr, u32 user_size, const void *info, size_t size);

#endif /* _PLASMA_H */
