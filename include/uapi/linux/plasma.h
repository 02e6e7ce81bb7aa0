/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * plasma: an in-memory store of immutable objects, behind /dev/plasma.
 *
 * ABI history
 *   0   being designed; numbers and layouts may still change until release 1.0
 */
#ifndef _UAPI_LINUX_PLASMA_H
#define _UAPI_LINUX_PLASMA_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Commands
 *
 * Every command is an ioctl on a descriptor of /dev/plasma and takes one
 * structure, which the kernel reads and, where it has ``out_`` members, writes
 * back. The kernel recognises a command by direction, type and number, and takes
 * the size of the caller's structure from the command word. Structures only ever
 * grow at the end, so that old programs run on new kernels and new programs on
 * old ones: what a caller leaves out counts as zero, and what the kernel does
 * not know must be zero.
 *
 * A *client* is one open file description of /dev/plasma. Descriptors made by
 * dup(), fork() or SCM_RIGHTS share it; so do threads, and none of them delays
 * another. A client opens a *namespace* by name and gets a handle, which all
 * object commands take as @ns.
 *
 * Members named ``__reserved`` and unknown bits in @flags must be zero. They are
 * checked before anything else happens.
 *
 * Some commands fill structures whose size the caller gives as @info_size or
 * @entry_size: %PLASMA_IOC_STAT, LIST, NS_STAT, NS_LIST and QUOTA_LIST. The answer is cut
 * to that size or padded with zeros; 0 is EINVAL, more than a page (@out_page_size)
 * is E2BIG. Arrays that a command reads have entries of exactly the size of theirs:
 * anything else is EINVAL.
 *
 * User pointers travel as 64-bit integers, so that 32-bit programs need no
 * translation. Deadlines are absolute CLOCK_MONOTONIC times in nanoseconds:
 * a time that has passed means "do not wait", %PLASMA_FOREVER means no limit.
 *
 * DOC: Errors
 *
 * ==============  ==========================================================
 * EACCES          the namespace does not grant this access to the client
 * EALREADY        the object is sealed already, or the client has a quota already
 * EBADF           @ns is not a handle of this client
 * EBUSY           in use: a namespace with objects in use, an object that another
 *                 thread is sealing or resizing, an object that has a name
 * E2BIG           non-zero bytes beyond what this kernel knows, or an array or
 *                 buffer longer than %PLASMA_IOC_QUERY allows, an entry of more than a
 *                 page, or a queue of more than 64 MiB
 * EDQUOT          more than the client's quota, quotas beyond what may be given away, or
 *                 more objects, holds, open namespaces, namespaces, descriptors or queues
 *                 than one user may have
 * EEXIST          the id, the name or the namespace exists
 * EFAULT          a pointer does not lead to memory that may be read or written
 * EIDRM           the namespace was removed
 * EINPROGRESS     the object is not sealed yet
 * EINTR           a signal came before anything was ready
 * EINVAL          a structure that is too short, an unknown flag, a reserved member
 *                 that is not zero, or a value out of range
 * ENAMETOOLONG    a name longer than %PLASMA_NAME_MAX bytes, a quota's longer than 63, or
 *                 a prefix longer than what it is a prefix of can be
 * ENOENT          no such object, name or namespace, or not held by this client
 * ENOMEM          the machine or the caller's memory cgroup has no memory left
 * ENOSPC          the object does not fit, also after eviction
 * ENOTTY          an unknown command
 * EOVERFLOW       data and metadata sizes do not add up to a 64-bit number
 * EPERM           only the creator may do this, or the default namespace cannot be
 *                 removed, or only the owner of the namespace may do this
 * EMFILE          the client has 1024 namespaces open; all stay open until it goes
 * ==============  ==========================================================
 *
 * A command that fails has changed nothing, with two exceptions. What CREATE, PUT,
 * PUT_BATCH and RESIZE evicted to make room stays evicted, also when they then fail for
 * another reason. And EFAULT of RELEASE, DELETE, SEAL_BATCH, REFRESH and EVICT, where the
 * arguments could be read, means that it is done and not reported: what is gone, or seen by
 * others, cannot be taken back. A GET that ends in EFAULT holds nothing; what was there counts
 * as released at that moment. Of an event that a read() of a subscription could not copy, an
 * overflow record tells later.
 */

#define PLASMA_ABI_VERSION	0

/** define PLASMA_ID_SIZE - bytes in an object id; any bytes will do */
#define PLASMA_ID_SIZE		20
/** define PLASMA_NAME_MAX - most bytes in a name of an object or a namespace */
#define PLASMA_NAME_MAX		255
/** define PLASMA_FOREVER - a deadline that never comes */
#define PLASMA_FOREVER		(~0ULL)
/** define PLASMA_CURSOR_END - what @cursor becomes when a listing is complete */
#define PLASMA_CURSOR_END	(~0ULL)

/**
 * define PLASMA_OFFSET_NONE - an offset that mmap cannot take, for programs of 32 bits
 *
 * Theirs are below 16 TiB, which is room for the windows of 4, 2 or 1 namespaces, depending
 * on %out_window_size, and at 8 TiB for two windows. The namespace is open all the same. On
 * another descriptor it may be the first one.
 */
#define PLASMA_OFFSET_NONE	(~0ULL)

#define PLASMA_IOC_MAGIC	0xBC

/*
 * Command numbers.
 */
#define PLASMA_NR_QUERY		0x00
#define PLASMA_NR_NS_CREATE	0x01
#define PLASMA_NR_NS_OPEN	0x02
#define PLASMA_NR_NS_REMOVE	0x03
#define PLASMA_NR_NS_LIST	0x04
#define PLASMA_NR_NS_STAT	0x05
#define PLASMA_NR_NS_SET	0x06
#define PLASMA_NR_CREATE	0x10
#define PLASMA_NR_RESIZE	0x11
#define PLASMA_NR_SEAL		0x12
#define PLASMA_NR_ABORT		0x13
#define PLASMA_NR_PUT		0x14
#define PLASMA_NR_GET		0x15
#define PLASMA_NR_RELEASE	0x16
#define PLASMA_NR_DELETE	0x17
#define PLASMA_NR_STAT		0x18
#define PLASMA_NR_LIST		0x19
#define PLASMA_NR_EVICT		0x1a
#define PLASMA_NR_PUT_BATCH	0x1b
#define PLASMA_NR_SEAL_BATCH	0x1c
#define PLASMA_NR_REFRESH	0x1d
#define PLASMA_NR_PENDING_FD	0x1e
#define PLASMA_NR_NAME_BIND	0x20
#define PLASMA_NR_NAME_UNBIND	0x21
#define PLASMA_NR_NAME_LOOKUP	0x22
#define PLASMA_NR_NAME_GET	0x23
#define PLASMA_NR_SUBSCRIBE	0x30
#define PLASMA_NR_QUOTA_SET	0x38
#define PLASMA_NR_QUOTA_LIST	0x39
#define PLASMA_NR_REAP		0x40
#define PLASMA_NR_EXPORT	0x48

/* Feature bits of struct plasma_query.out_features. */
/** define PLASMA_FEATURE_NAMES - objects can be bound to names */
#define PLASMA_FEATURE_NAMES	(1ULL << 0)
/** define PLASMA_FEATURE_HUGE - large objects are mapped by huge pages */
#define PLASMA_FEATURE_HUGE	(1ULL << 1)
/** define PLASMA_FEATURE_EVENTS - subscriptions */
#define PLASMA_FEATURE_EVENTS	(1ULL << 2)
/** define PLASMA_FEATURE_QUOTAS - per-client quotas */
#define PLASMA_FEATURE_QUOTAS	(1ULL << 3)
/** define PLASMA_FEATURE_INDEX - gets without a system call, by the index and the pins */
#define PLASMA_FEATURE_INDEX	(1ULL << 4)
/** define PLASMA_FEATURE_EXPORT - objects as descriptors of their own */
#define PLASMA_FEATURE_EXPORT	(1ULL << 5)

/**
 * struct plasma_query - %PLASMA_IOC_QUERY: what this kernel offers
 * @flags: must be zero
 * @out_abi_version: %PLASMA_ABI_VERSION of the module, for humans; programs look at
 *	@out_features
 * @out_features: %PLASMA_FEATURE_NAMES and friends
 * @out_window_size: bytes in a window, a power of two; both windows have this size
 * @out_store_size: bytes of memory that objects of all namespaces may occupy
 * @out_store_used: bytes of memory that they occupy now
 * @out_metadata_max: most bytes of metadata in one object
 * @out_batch_max: most entries in one array
 * @out_page_size: bytes in a page, the unit of occupied memory
 * @out_huge_page_size: bytes in a huge page, 0 where there are none
 * @out_namespaces: namespaces in the store
 * @out_clients: clients now connected
 */
struct plasma_query {
	__u32 flags;
	__u32 out_abi_version;
	__aligned_u64 out_features;
	__aligned_u64 out_window_size;
	__aligned_u64 out_store_size;
	__aligned_u64 out_store_used;
	__u32 out_metadata_max;
	__u32 out_batch_max;
	__u32 out_page_size;
	__u32 out_huge_page_size;
	__u32 out_namespaces;
	__u32 out_clients;
};

#define PLASMA_QUERY_SIZE_VER0	64

/* Access to a namespace, in struct plasma_ns_open.flags and .out_access. */
/** define PLASMA_ACCESS_READ - look up, get, list */
#define PLASMA_ACCESS_READ	(1U << 0)
/** define PLASMA_ACCESS_WRITE - create, delete, evict, name */
#define PLASMA_ACCESS_WRITE	(1U << 1)

/**
 * define PLASMA_NS_EPHEMERAL - the namespace goes, with all its objects, when the
 * client that created it goes
 */
#define PLASMA_NS_EPHEMERAL	(1U << 0)
/**
 * define PLASMA_NS_RECLAIM - objects that may be evicted are, when the machine runs
 * short of memory
 */
#define PLASMA_NS_RECLAIM	(1U << 1)

/**
 * struct plasma_ns_create - %PLASMA_IOC_NS_CREATE: make a namespace and open it
 * @name_ptr: the name, not terminated; UTF-8 or any bytes but control characters
 * @name_len: bytes in the name, 1 to %PLASMA_NAME_MAX
 * @flags: %PLASMA_NS_EPHEMERAL, %PLASMA_NS_RECLAIM
 * @mode: permission bits as of a file; r and w count, x must be absent. The owner
 *	and the group are those of the caller
 * @evict_percent: least share of @capacity that an automatic eviction frees, 0 to 100
 * @capacity: most bytes of data and metadata of all its objects, counted exactly;
 *	0 stands for the size of the store
 * @out_ns: handle of the new namespace, opened for reading and writing
 * @__reserved: must be zero
 * @out_read_offset: see &struct plasma_ns_open
 * @out_write_offset: see &struct plasma_ns_open
 */
struct plasma_ns_create {
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 flags;
	__u32 mode;
	__u32 evict_percent;
	__aligned_u64 capacity;
	__u32 out_ns;
	__u32 __reserved;
	__aligned_u64 out_read_offset;
	__aligned_u64 out_write_offset;
};

#define PLASMA_NS_CREATE_SIZE_VER0	56

/**
 * struct plasma_ns_open - %PLASMA_IOC_NS_OPEN: open a namespace by its name
 * @name_ptr: the name, not terminated
 * @name_len: bytes in the name
 * @flags: %PLASMA_ACCESS_READ and %PLASMA_ACCESS_WRITE that the caller wants, which it
 *	gets or fails with EACCES; 0 asks for as much as is allowed, and fails with EACCES
 *	only when that is nothing
 * @out_ns: the handle. Opening a namespace again gives the same handle, with the
 *	access it has
 * @out_access: what is granted. It is decided once, at the first open
 * @out_read_offset: mmap() offset of the read window: map %out_window_size bytes with
 *	PROT_READ and MAP_SHARED, or the part that is wanted. An object that the client
 *	holds is found at the offset that the get gave. May be %PLASMA_OFFSET_NONE, as
 *	those that follow
 * @out_write_offset: mmap() offset of the write window, for PROT_READ | PROT_WRITE and
 *	MAP_SHARED. It shows the client's own objects until they are sealed. What is
 *	sealed is found in the read window at the same offset, until its creator
 *	releases it: a get may give another
 * @out_index_offset: mmap() offset of the index, for PROT_READ and MAP_SHARED; see
 *	&struct plasma_index_header
 * @out_index_size: bytes of it; 0 without %PLASMA_FEATURE_INDEX, without read access, or
 *	where mmap() cannot reach it
 * @out_pins_offset: mmap() offset of the client's pins, for PROT_READ | PROT_WRITE and
 *	MAP_SHARED; see &struct plasma_pin
 * @out_pins_size: bytes of them; 0 as for the index
 */
struct plasma_ns_open {
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 flags;
	__u32 out_ns;
	__u32 out_access;
	__aligned_u64 out_read_offset;
	__aligned_u64 out_write_offset;
	__aligned_u64 out_index_offset;
	__aligned_u64 out_index_size;
	__aligned_u64 out_pins_offset;
	__aligned_u64 out_pins_size;
};

#define PLASMA_NS_OPEN_SIZE_VER0	40

/** define PLASMA_NS_REMOVE_FORCE - remove although clients hold objects in it */
#define PLASMA_NS_REMOVE_FORCE	(1U << 0)

/**
 * struct plasma_ns_remove - %PLASMA_IOC_NS_REMOVE: remove a namespace
 * @name_ptr: the name, not terminated
 * @name_len: bytes in the name
 * @flags: %PLASMA_NS_REMOVE_FORCE; without it a namespace with objects in use, with
 *	unsealed objects or with waiting clients is refused with EBUSY
 *
 * The name is free at once. Unsealed objects are aborted, waiting clients return with
 * EIDRM, and so does every later command on a handle of the namespace but RELEASE.
 * Objects that are held stay readable until they are released.
 */
struct plasma_ns_remove {
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 flags;
};

#define PLASMA_NS_REMOVE_SIZE_VER0	16

/**
 * struct plasma_ns_info - what is known of a namespace
 * @flags: %PLASMA_NS_EPHEMERAL, %PLASMA_NS_RECLAIM
 * @mode: permission bits
 * @uid: owner, as seen from the caller's user namespace
 * @gid: group, as seen from the caller's user namespace
 * @evict_percent: see &struct plasma_ns_create
 * @access: what the caller may do here
 * @capacity: most bytes of data and metadata
 * @used: bytes of data and metadata now
 * @pages: pages of memory occupied
 * @objects: objects, sealed or not
 * @sealed: sealed objects
 * @in_use: sealed objects that some client holds
 * @names: bound names
 * @clients: clients that have opened it
 * @waiters: gets that wait now
 * @evictions: objects evicted so far
 * @evicted_bytes: bytes of data and metadata evicted so far
 * @name_len: bytes in @name
 * @__reserved: zero
 * @name: the name, padded with zeros
 */
struct plasma_ns_info {
	__u32 flags;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u32 evict_percent;
	__u32 access;
	__aligned_u64 capacity;
	__aligned_u64 used;
	__aligned_u64 pages;
	__aligned_u64 objects;
	__aligned_u64 sealed;
	__aligned_u64 in_use;
	__aligned_u64 names;
	__aligned_u64 clients;
	__aligned_u64 waiters;
	__aligned_u64 evictions;
	__aligned_u64 evicted_bytes;
	__u32 name_len;
	__u32 __reserved;
	__u8 name[256];
};

#define PLASMA_NS_INFO_SIZE_VER0	376

/**
 * struct plasma_ns_list - %PLASMA_IOC_NS_LIST: the namespaces that the caller may use
 * @flags: must be zero
 * @count: entries that fit at @entries_ptr, 1 to %out_batch_max
 * @entries_ptr: array of &struct plasma_ns_info
 * @entry_size: bytes in an entry, 1 to a page; entries are cut or padded with zeros to it
 * @out_count: entries written
 * @cursor: 0 to begin, then what the last call left here; %PLASMA_CURSOR_END when
 *	nothing is left
 */
struct plasma_ns_list {
	__u32 flags;
	__u32 count;
	__aligned_u64 entries_ptr;
	__u32 entry_size;
	__u32 out_count;
	__aligned_u64 cursor;
};

#define PLASMA_NS_LIST_SIZE_VER0	32

/**
 * struct plasma_ns_stat - %PLASMA_IOC_NS_STAT: one namespace
 * @name_ptr: the name, not terminated
 * @name_len: bytes in the name
 * @flags: must be zero
 * @info_ptr: a &struct plasma_ns_info
 * @info_size: bytes at @info_ptr, 1 to a page; the answer is cut or padded with zeros to it
 * @__reserved: must be zero
 */
struct plasma_ns_stat {
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 flags;
	__aligned_u64 info_ptr;
	__u32 info_size;
	__u32 __reserved;
};

#define PLASMA_NS_STAT_SIZE_VER0	32

/* What %PLASMA_IOC_NS_SET changes, in struct plasma_ns_set.flags. */
/** define PLASMA_NS_SET_CAPACITY - set the capacity; objects are evicted to fit it */
#define PLASMA_NS_SET_CAPACITY		(1U << 0)
/** define PLASMA_NS_SET_MODE - set the permission bits */
#define PLASMA_NS_SET_MODE		(1U << 1)
/**
 * define PLASMA_NS_SET_OWNER - set owner and group; takes CAP_CHOWN
 *
 * Both must be known in the user namespace in which this one was made, else EINVAL.
 */
#define PLASMA_NS_SET_OWNER		(1U << 2)
/** define PLASMA_NS_SET_EVICT_PERCENT - set the least share of an eviction */
#define PLASMA_NS_SET_EVICT_PERCENT	(1U << 3)

/**
 * struct plasma_ns_set - %PLASMA_IOC_NS_SET: change a namespace; for its owner
 * @name_ptr: the name, not terminated
 * @name_len: bytes in the name
 * @flags: which of the following to set, all or none of them
 * @capacity: as in &struct plasma_ns_create; ENOSPC when what cannot be evicted
 *	does not fit
 * @mode: as in &struct plasma_ns_create; counts for clients that open it later
 * @evict_percent: as in &struct plasma_ns_create
 * @uid: the new owner
 * @gid: the new group
 */
struct plasma_ns_set {
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 flags;
	__aligned_u64 capacity;
	__u32 mode;
	__u32 evict_percent;
	__u32 uid;
	__u32 gid;
};

#define PLASMA_NS_SET_SIZE_VER0	40

/* Flags of %PLASMA_IOC_CREATE and %PLASMA_IOC_PUT. */
/** define PLASMA_CREATE_NO_EVICT - fail with ENOSPC rather than evict others */
#define PLASMA_CREATE_NO_EVICT	(1U << 0)
/** define PLASMA_CREATE_KEEP - never evict this object */
#define PLASMA_CREATE_KEEP	(1U << 1)
/** define PLASMA_CREATE_ZERO - only CREATE: the data begins as zeros */
#define PLASMA_CREATE_ZERO	(1U << 4)
/** define PLASMA_PUT_HOLD - only PUT: the caller holds the new object */
#define PLASMA_PUT_HOLD		(1U << 2)
/** define PLASMA_PUT_REPLACE - only PUT: as %PLASMA_NAME_REPLACE */
#define PLASMA_PUT_REPLACE	(1U << 3)

/**
 * struct plasma_create - %PLASMA_IOC_CREATE: make an object to be written in place
 * @ns: handle of the namespace
 * @flags: %PLASMA_CREATE_NO_EVICT, %PLASMA_CREATE_KEEP, %PLASMA_CREATE_ZERO
 * @id: the id, unique in the namespace whatever the other object's state is
 * @__reserved: must be zero
 * @data_size: bytes of data, 0 is allowed. Without %PLASMA_CREATE_ZERO they may hold what
 *	sealed objects of this namespace left behind, if the client has read access to it;
 *	of anything else they are cleared
 * @metadata_size: bytes of metadata
 * @metadata_ptr: the metadata. It is taken over now, cannot be changed any more, and
 *	follows the data of the sealed object without a gap
 * @out_offset: where the data begins in the write window
 * @name_ptr: a name to bind to it, not terminated
 * @name_len: bytes in the name, 0 for none
 * @__reserved2: must be zero
 *
 * All memory is allocated here, charged to the caller's memory cgroup: touching
 * the object never fails for want of memory. The caller holds the object.
 */
struct plasma_create {
	__u32 ns;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__u32 __reserved;
	__aligned_u64 data_size;
	__aligned_u64 metadata_size;
	__aligned_u64 metadata_ptr;
	__aligned_u64 out_offset;
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 __reserved2;
};

#define PLASMA_CREATE_SIZE_VER0	64

/**
 * struct plasma_resize - %PLASMA_IOC_RESIZE: change the data size of an unsealed object
 * @ns: handle of the namespace
 * @flags: must be zero
 * @id: an object that this client created
 * @__reserved: must be zero
 * @data_size: the new size; what is kept is unchanged, what is added is zero
 * @out_offset: where the data begins now. As with realloc() the old place must not be
 *	used any more, and not during the call either: touching it is SIGBUS, and EFAULT if
 *	it is this structure that lies there
 */
struct plasma_resize {
	__u32 ns;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__u32 __reserved;
	__aligned_u64 data_size;
	__aligned_u64 out_offset;
};

#define PLASMA_RESIZE_SIZE_VER0	48

/** define PLASMA_SEAL_RELEASE - release the object in the same call */
#define PLASMA_SEAL_RELEASE	(1U << 0)
/** define PLASMA_SEAL_REPLACE - as %PLASMA_NAME_REPLACE */
#define PLASMA_SEAL_REPLACE	(1U << 1)

/**
 * struct plasma_seal - %PLASMA_IOC_SEAL: make an object immutable and visible
 * @ns: handle of the namespace
 * @flags: %PLASMA_SEAL_RELEASE, %PLASMA_SEAL_REPLACE
 * @id: an object that this client created
 * @__reserved: must be zero
 * @name_ptr: a name to bind to it in the same step, not terminated. If it cannot be
 *	bound the object stays unsealed
 * @name_len: bytes in the name, 0 for none
 * @__reserved2: must be zero
 *
 * When this returns no process can change the object by any route, and every waiting get
 * for it has been woken. As long as it holds the object, the creator may go on reading
 * through the pointer it wrote by; a write through it is SIGBUS. One that has released
 * it may not use that pointer: it leads to nothing, or to what this client creates next.
 */
struct plasma_seal {
	__u32 ns;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__u32 __reserved;
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 __reserved2;
};

#define PLASMA_SEAL_SIZE_VER0	32

/**
 * struct plasma_abort - %PLASMA_IOC_ABORT: throw an unsealed object away
 * @ns: handle of the namespace
 * @flags: must be zero
 * @id: an object that this client created
 * @__reserved: must be zero
 *
 * The id is free afterwards. Gets that wait for it go on waiting.
 */
struct plasma_abort {
	__u32 ns;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__u32 __reserved;
};

#define PLASMA_ABORT_SIZE_VER0	32

/**
 * struct plasma_put - %PLASMA_IOC_PUT: make a sealed object of bytes in user memory
 * @ns: handle of the namespace
 * @flags: %PLASMA_CREATE_NO_EVICT, %PLASMA_CREATE_KEEP, %PLASMA_PUT_HOLD,
 *	%PLASMA_PUT_REPLACE
 * @id: the id, unique in the namespace
 * @__reserved: must be zero
 * @data_ptr: the data
 * @data_size: bytes of data, may be 0
 * @metadata_ptr: the metadata
 * @metadata_size: bytes of metadata, may be 0
 * @out_offset: where the data begins in the read window
 * @name_ptr: a name to bind to it in the same step, not terminated
 * @name_len: bytes in the name, 0 for none
 * @__reserved2: must be zero
 */
struct plasma_put {
	__u32 ns;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__u32 __reserved;
	__aligned_u64 data_ptr;
	__aligned_u64 data_size;
	__aligned_u64 metadata_ptr;
	__aligned_u64 metadata_size;
	__aligned_u64 out_offset;
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 __reserved2;
};

#define PLASMA_PUT_SIZE_VER0	72

/**
 * struct plasma_put_entry - one object of %PLASMA_IOC_PUT_BATCH
 * @id: the id
 * @status: 0, or the negative error that stopped the batch here
 * @data_ptr: the data
 * @data_size: bytes of data
 * @metadata_ptr: the metadata
 * @metadata_size: bytes of metadata
 */
struct plasma_put_entry {
	__u8 id[PLASMA_ID_SIZE];
	__s32 status;
	__aligned_u64 data_ptr;
	__aligned_u64 data_size;
	__aligned_u64 metadata_ptr;
	__aligned_u64 metadata_size;
};

#define PLASMA_PUT_ENTRY_SIZE_VER0	56

/**
 * struct plasma_put_batch - %PLASMA_IOC_PUT_BATCH: make many sealed objects or none
 * @ns: handle of the namespace
 * @flags: %PLASMA_CREATE_NO_EVICT, %PLASMA_CREATE_KEEP, for each of them
 * @count: number of entries, 0 to %out_batch_max
 * @entry_size: size of &struct plasma_put_entry
 * @entries_ptr: array of &struct plasma_put_entry
 *
 * All appear in one step, in this order. If one cannot be made the call fails with its
 * error, its entry's status tells which, and none has appeared. What was evicted to make
 * room stays evicted.
 */
struct plasma_put_batch {
	__u32 ns;
	__u32 flags;
	__u32 count;
	__u32 entry_size;
	__aligned_u64 entries_ptr;
};

#define PLASMA_PUT_BATCH_SIZE_VER0	24

/**
 * struct plasma_get_entry - one object of %PLASMA_IOC_GET
 * @id: which one; the same id may stand in several entries
 * @status: 0, or ENOENT (there is no such object), EINPROGRESS (there is one, but it is
 *	not sealed), ENOMEM or EDQUOT (it cannot be held) as a negative number
 * @offset: where the data begins in the read window; the metadata follows it
 * @data_size: bytes of data
 * @metadata_size: bytes of metadata
 */
struct plasma_get_entry {
	__u8 id[PLASMA_ID_SIZE];
	__s32 status;
	__aligned_u64 offset;
	__aligned_u64 data_size;
	__aligned_u64 metadata_size;
};

#define PLASMA_GET_ENTRY_SIZE_VER0	48

/** define PLASMA_GET_NO_HOLD - wait and look only; nothing is held */
#define PLASMA_GET_NO_HOLD	(1U << 0)

/**
 * struct plasma_get - %PLASMA_IOC_GET: hold sealed objects, waiting for them if need be
 * @ns: handle of the namespace
 * @flags: %PLASMA_GET_NO_HOLD
 * @count: number of entries, 0 to %out_batch_max
 * @entry_size: size of &struct plasma_get_entry
 * @entries_ptr: array of &struct plasma_get_entry
 * @deadline_ns: until when to wait for what is not there yet
 * @out_ready: number of entries whose status is 0
 * @min_ready: go on as soon as so many entries are ready, 0 for all
 *
 * Each entry with status 0 adds one to the client's count for that object; so many
 * releases give it back. Reaching the deadline is not an error: the entries tell
 * what there is. A signal interrupts the wait, with nothing held, unless
 * everything was ready by then.
 */
struct plasma_get {
	__u32 ns;
	__u32 flags;
	__u32 count;
	__u32 entry_size;
	__aligned_u64 entries_ptr;
	__aligned_u64 deadline_ns;
	__u32 out_ready;
	__u32 min_ready;
};

#define PLASMA_GET_SIZE_VER0	40

/**
 * struct plasma_pending_fd - %PLASMA_IOC_PENDING_FD: poll for an object
 * @ns: handle of the namespace
 * @flags: must be zero
 * @id: the id, of which there need be no object yet
 * @out_fd: a descriptor, closed on exec, that becomes readable (EPOLLIN) when an object of
 *	this id is sealed, and stays so; EPOLLHUP when the namespace is removed
 */
struct plasma_pending_fd {
	__u32 ns;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__s32 out_fd;
};

#define PLASMA_PENDING_FD_SIZE_VER0	32

/**
 * struct plasma_id_entry - one object of %PLASMA_IOC_RELEASE and %PLASMA_IOC_DELETE
 * @id: which one
 * @status: what became of it
 */
struct plasma_id_entry {
	__u8 id[PLASMA_ID_SIZE];
	__s32 status;
};

#define PLASMA_ID_ENTRY_SIZE_VER0	24

/**
 * struct plasma_release_entry - one object of %PLASMA_IOC_RELEASE, told by its place
 * @id: which one
 * @status: what became of it
 * @offset: where the get, put or create said that it is. This tells a hidden object
 *	(%PLASMA_DELETE_HIDE) from a later one of the same id that the client holds too
 */
struct plasma_release_entry {
	__u8 id[PLASMA_ID_SIZE];
	__s32 status;
	__aligned_u64 offset;
};

#define PLASMA_RELEASE_ENTRY_SIZE_VER0	32

/**
 * struct plasma_release - %PLASMA_IOC_RELEASE: give back what create, put or get gave
 * @ns: handle of the namespace
 * @flags: must be zero
 * @count: number of entries, 0 to %out_batch_max
 * @entry_size: size of &struct plasma_id_entry or of &struct plasma_release_entry
 * @entries_ptr: array of either. Each status becomes 0, or -ENOENT for an object that this
 *	client does not hold. An id alone means the newest object of that id
 *
 * The last release of the last client makes a sealed object evictable, as the most
 * recently used one, or carries out a pending delete. An unsealed object stays with
 * its creator.
 */
struct plasma_release {
	__u32 ns;
	__u32 flags;
	__u32 count;
	__u32 entry_size;
	__aligned_u64 entries_ptr;
};

#define PLASMA_RELEASE_SIZE_VER0	24

/**
 * struct plasma_seal_batch - %PLASMA_IOC_SEAL_BATCH: seal many objects
 * @ns: handle of the namespace
 * @flags: %PLASMA_SEAL_RELEASE
 * @count: number of entries, 0 to %out_batch_max
 * @entry_size: size of &struct plasma_id_entry
 * @entries_ptr: array of &struct plasma_id_entry; each status becomes 0 or what a seal
 *	of that object alone would have failed with
 *
 * No signal, SIGKILL included, ends the call before it has come to the last entry.
 */
struct plasma_seal_batch {
	__u32 ns;
	__u32 flags;
	__u32 count;
	__u32 entry_size;
	__aligned_u64 entries_ptr;
};

#define PLASMA_SEAL_BATCH_SIZE_VER0	24

/**
 * struct plasma_refresh - %PLASMA_IOC_REFRESH: make objects the most recently used
 * @ns: handle of the namespace
 * @flags: must be zero
 * @count: number of entries, 0 to %out_batch_max
 * @entry_size: size of &struct plasma_id_entry
 * @entries_ptr: array of &struct plasma_id_entry; each status becomes 0, or -ENOENT. An
 *	object in use stays as it is
 */
struct plasma_refresh {
	__u32 ns;
	__u32 flags;
	__u32 count;
	__u32 entry_size;
	__aligned_u64 entries_ptr;
};

#define PLASMA_REFRESH_SIZE_VER0	24

/**
 * define PLASMA_DELETE_HIDE - free the ids at once, also of sealed objects in use, which
 * those who hold them keep until they release them
 */
#define PLASMA_DELETE_HIDE	(1U << 0)
/** define PLASMA_DELETE_PENDING - status: deleted when its last user lets go */
#define PLASMA_DELETE_PENDING	1

/**
 * struct plasma_delete - %PLASMA_IOC_DELETE: delete objects
 * @ns: handle of the namespace
 * @flags: %PLASMA_DELETE_HIDE
 * @count: number of entries, 0 to %out_batch_max
 * @entry_size: size of &struct plasma_id_entry
 * @entries_ptr: array of &struct plasma_id_entry. Each status becomes 0 (gone),
 *	%PLASMA_DELETE_PENDING (unsealed or in use: it goes at the last release, and
 *	exists until then) or -ENOENT (there was none)
 *
 * A pending delete belongs to the object, never to a later one of the same id.
 */
struct plasma_delete {
	__u32 ns;
	__u32 flags;
	__u32 count;
	__u32 entry_size;
	__aligned_u64 entries_ptr;
};

#define PLASMA_DELETE_SIZE_VER0	24

/* States of an object, in struct plasma_object_info.state. */
/** define PLASMA_STATE_CREATED - being written by its creator */
#define PLASMA_STATE_CREATED	1
/** define PLASMA_STATE_SEALED - immutable, visible to all */
#define PLASMA_STATE_SEALED	2
/**
 * define PLASMA_STATE_EVICTED - evicted, and there is none of its id now; only a stat with
 * %PLASMA_STAT_EVICTED says so, and all sizes and times are zero
 */
#define PLASMA_STATE_EVICTED	3

/* Properties of an object, in struct plasma_object_info.flags. */
/** define PLASMA_OBJECT_KEEP - never evicted */
#define PLASMA_OBJECT_KEEP		(1U << 0)
/** define PLASMA_OBJECT_DELETE_PENDING - goes at the last release */
#define PLASMA_OBJECT_DELETE_PENDING	(1U << 1)
/** define PLASMA_OBJECT_MINE - held or created by the asking client */
#define PLASMA_OBJECT_MINE		(1U << 2)

/**
 * struct plasma_object_info - what is known of an object
 * @id: the id
 * @state: %PLASMA_STATE_CREATED or %PLASMA_STATE_SEALED
 * @flags: %PLASMA_OBJECT_KEEP, %PLASMA_OBJECT_DELETE_PENDING, %PLASMA_OBJECT_MINE
 * @refs: number of clients that hold it
 * @data_size: bytes of data
 * @metadata_size: bytes of metadata
 * @pages: pages of memory it occupies; 0 for a small object that shares a page
 * @create_time_ns: when it was created, CLOCK_REALTIME
 * @construct_ns: nanoseconds from create to seal, all bits set before the seal
 * @creator_pid: process that created it, as seen from the caller's pid namespace, or 0
 * @creator_uid: its user, as seen from the caller's user namespace
 * @name_len: bytes in @name, 0 without a name
 * @__reserved: zero
 * @name: the name, padded with zeros
 */
struct plasma_object_info {
	__u8 id[PLASMA_ID_SIZE];
	__u32 state;
	__u32 flags;
	__u32 refs;
	__aligned_u64 data_size;
	__aligned_u64 metadata_size;
	__aligned_u64 pages;
	__aligned_u64 create_time_ns;
	__aligned_u64 construct_ns;
	__s32 creator_pid;
	__u32 creator_uid;
	__u32 name_len;
	__u32 __reserved;
	__u8 name[256];
};

#define PLASMA_OBJECT_INFO_SIZE_VER0	344

/**
 * define PLASMA_STAT_EVICTED - tell an evicted object from one that never was, as far as
 * the namespace remembers: it keeps the ids of the last few thousand
 */
#define PLASMA_STAT_EVICTED	(1U << 0)

/**
 * struct plasma_stat - %PLASMA_IOC_STAT: one object, in any state
 * @ns: handle of the namespace
 * @flags: %PLASMA_STAT_EVICTED
 * @id: which one
 * @info_size: bytes at @info_ptr, 1 to a page; the answer is cut or padded with zeros to it
 * @info_ptr: a &struct plasma_object_info
 * @metadata_ptr: where the metadata goes, sealed or not
 * @metadata_len: bytes there; what does not fit is left out
 * @__reserved: must be zero
 */
struct plasma_stat {
	__u32 ns;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__u32 info_size;
	__aligned_u64 info_ptr;
	__aligned_u64 metadata_ptr;
	__u32 metadata_len;
	__u32 __reserved;
};

#define PLASMA_STAT_SIZE_VER0	40

/** define PLASMA_LIST_BY_NAME - the prefix is one of names, not of ids */
#define PLASMA_LIST_BY_NAME	(1U << 0)

/**
 * struct plasma_list - %PLASMA_IOC_LIST: the objects of a namespace, page by page
 * @ns: handle of the namespace
 * @flags: %PLASMA_LIST_BY_NAME
 * @prefix_ptr: only objects whose id, or name, begins with these bytes
 * @prefix_len: bytes in the prefix, 0 for all objects (with %PLASMA_LIST_BY_NAME: for
 *	all that have a name). At most %PLASMA_ID_SIZE, or %PLASMA_NAME_MAX of a name;
 *	more is ENAMETOOLONG
 * @count: entries that fit at @entries_ptr, 1 to %out_batch_max
 * @entries_ptr: array of &struct plasma_object_info
 * @entry_size: bytes in an entry, 1 to a page; entries are cut or padded with zeros to it
 * @out_count: entries written
 * @cursor: 0 to begin, then what the last call left here; %PLASMA_CURSOR_END when
 *	nothing is left
 *
 * An object that exists from the first call to the last is listed exactly once; one
 * that comes or goes meanwhile may be listed or not. The order means nothing.
 */
struct plasma_list {
	__u32 ns;
	__u32 flags;
	__aligned_u64 prefix_ptr;
	__u32 prefix_len;
	__u32 count;
	__aligned_u64 entries_ptr;
	__u32 entry_size;
	__u32 out_count;
	__aligned_u64 cursor;
};

#define PLASMA_LIST_SIZE_VER0	48

/**
 * struct plasma_evict - %PLASMA_IOC_EVICT: evict least recently released objects
 * @ns: handle of the namespace
 * @flags: must be zero
 * @bytes: evict until so many bytes of data and metadata are gone, or nothing is left
 *	that may be evicted
 * @out_bytes: bytes of data and metadata that went, possibly more than asked for
 * @out_objects: objects that went
 */
struct plasma_evict {
	__u32 ns;
	__u32 flags;
	__aligned_u64 bytes;
	__aligned_u64 out_bytes;
	__aligned_u64 out_objects;
};

#define PLASMA_EVICT_SIZE_VER0	32

/**
 * define PLASMA_NAME_REPLACE - take the name from the object that has it; that object
 * is deleted, once its last user lets go
 *
 * Subscribers hear of both in this order: where nobody uses the old object its DELETE
 * comes before the SEAL of an object that takes the name as it is sealed or put. Neither
 * is seen without the other by a look-up or a list.
 */
#define PLASMA_NAME_REPLACE	(1U << 0)

/**
 * struct plasma_name_bind - %PLASMA_IOC_NAME_BIND: give an object a name
 * @ns: handle of the namespace
 * @flags: %PLASMA_NAME_REPLACE; without it a bound name is refused with EEXIST
 * @id: an object that is sealed, or unsealed and made by this client; EBUSY when it
 *	has another name
 * @name_len: bytes in the name, 1 to %PLASMA_NAME_MAX
 * @name_ptr: the name, not terminated; UTF-8 or any bytes but control characters
 *
 * A name goes with its object. A look-up at any time finds the old object or the new
 * one, never neither.
 */
struct plasma_name_bind {
	__u32 ns;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__u32 name_len;
	__aligned_u64 name_ptr;
};

#define PLASMA_NAME_BIND_SIZE_VER0	40

/**
 * struct plasma_name_unbind - %PLASMA_IOC_NAME_UNBIND: take a name from its object
 * @ns: handle of the namespace
 * @flags: must be zero
 * @name_ptr: the name, not terminated
 * @name_len: bytes in the name
 * @__reserved: must be zero
 */
struct plasma_name_unbind {
	__u32 ns;
	__u32 flags;
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 __reserved;
};

#define PLASMA_NAME_UNBIND_SIZE_VER0	24

/**
 * struct plasma_name_lookup - %PLASMA_IOC_NAME_LOOKUP: which object has a name
 * @ns: handle of the namespace
 * @flags: must be zero
 * @out_id: id of the object, sealed or not
 * @name_len: bytes in the name
 * @name_ptr: the name, not terminated
 */
struct plasma_name_lookup {
	__u32 ns;
	__u32 flags;
	__u8 out_id[PLASMA_ID_SIZE];
	__u32 name_len;
	__aligned_u64 name_ptr;
};

#define PLASMA_NAME_LOOKUP_SIZE_VER0	40

/**
 * struct plasma_name_get - %PLASMA_IOC_NAME_GET: hold the object that has a name
 * @ns: handle of the namespace
 * @flags: must be zero
 * @name_ptr: the name, not terminated
 * @name_len: bytes in the name
 * @__reserved: must be zero
 * @deadline_ns: until when to wait for the name to belong to a sealed object
 * @entry: the object. Its id is written, not read; a deadline that passes is not an error
 *	but a status
 */
struct plasma_name_get {
	__u32 ns;
	__u32 flags;
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 __reserved;
	__aligned_u64 deadline_ns;
	struct plasma_get_entry entry;
};

#define PLASMA_NAME_GET_SIZE_VER0	80

/* Kinds of events, in struct plasma_event.type. */
/** define PLASMA_EVENT_SEAL - an object was sealed */
#define PLASMA_EVENT_SEAL	1
/** define PLASMA_EVENT_DELETE - a sealed object was deleted */
#define PLASMA_EVENT_DELETE	2
/** define PLASMA_EVENT_EVICT - a sealed object was evicted */
#define PLASMA_EVENT_EVICT	3
/**
 * define PLASMA_EVENT_OVERFLOW - the subscriber was too slow, and @data_size events are
 * missing here. List the namespace to know what there is
 */
#define PLASMA_EVENT_OVERFLOW	4
/**
 * define PLASMA_EVENT_REMOVED - the namespace was removed; nothing will follow, and from now
 * on read() gives 0. This one always comes, also after an overflow
 */
#define PLASMA_EVENT_REMOVED	5

/** define PLASMA_EVENT_REPLAY - sealed before the subscription began */
#define PLASMA_EVENT_REPLAY	(1U << 0)

/**
 * struct plasma_event - what read() of a subscription gives, any number at a time
 * @type: %PLASMA_EVENT_SEAL and so on
 * @flags: %PLASMA_EVENT_REPLAY
 * @id: the object
 * @__reserved: zero
 * @data_size: bytes of data; of an overflow, the number of events lost
 * @metadata_size: bytes of metadata
 * @time_ns: when, CLOCK_REALTIME
 * @serial: number of the event in its namespace, 0 for a replay or an overflow
 */
struct plasma_event {
	__u32 type;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__u32 __reserved;
	__aligned_u64 data_size;
	__aligned_u64 metadata_size;
	__aligned_u64 time_ns;
	__aligned_u64 serial;
};

#define PLASMA_EVENT_SIZE_VER0	64

/** define PLASMA_SUBSCRIBE_NO_REPLAY - begin with what happens from now on */
#define PLASMA_SUBSCRIBE_NO_REPLAY	(1U << 0)
/** define PLASMA_SUBSCRIBE_NONBLOCK - the descriptor is in non-blocking mode */
#define PLASMA_SUBSCRIBE_NONBLOCK	(1U << 1)

/**
 * struct plasma_subscribe - %PLASMA_IOC_SUBSCRIBE: hear of seals, deletions, evictions
 * @ns: handle of the namespace
 * @flags: %PLASMA_SUBSCRIBE_NO_REPLAY, %PLASMA_SUBSCRIBE_NONBLOCK
 * @queue_size: bytes of unread events to keep, 0 for 1 MiB; more than 64 MiB is E2BIG, less
 *	than one event is EINVAL
 * @out_fd: a descriptor for read(), poll() and epoll, closed on exec
 *
 * First come the objects that are sealed now, in no particular order, then events as they
 * happen. Nobody waits for a subscriber: beyond @queue_size events are counted and
 * dropped, and an overflow stands where they are missing.
 */
struct plasma_subscribe {
	__u32 ns;
	__u32 flags;
	__u32 queue_size;
	__s32 out_fd;
};

#define PLASMA_SUBSCRIBE_SIZE_VER0	16

/**
 * struct plasma_quota_set - %PLASMA_IOC_QUOTA_SET: set a part of the capacity apart
 * @ns: handle of the namespace
 * @flags: must be zero
 * @bytes: bytes of data and metadata for objects that this client creates from now on
 * @name_ptr: what the quota is called in a list
 * @name_len: bytes in the name, 1 to 63
 * @__reserved: must be zero
 *
 * Once for a client and namespace. All quotas together may take 70 % of the capacity.
 * Under a quota a client evicts its own objects only, and nobody else evicts them. When
 * those in use leave no room, the oldest of them go over to the common part. When the
 * client goes, all do.
 */
struct plasma_quota_set {
	__u32 ns;
	__u32 flags;
	__aligned_u64 bytes;
	__aligned_u64 name_ptr;
	__u32 name_len;
	__u32 __reserved;
};

#define PLASMA_QUOTA_SET_SIZE_VER0	32

/**
 * struct plasma_quota_info - a part of a namespace's capacity
 * @capacity: bytes of data and metadata that fit
 * @used: bytes of data and metadata in it
 * @evictable: of these, in objects that may be evicted
 * @objects: objects that may be evicted
 * @evictions: objects evicted so far
 * @evicted_bytes: bytes of data and metadata evicted so far
 * @name_len: bytes in @name; 0 in the first entry, which is the common part
 * @__reserved: zero
 * @name: the name, padded with zeros
 */
struct plasma_quota_info {
	__aligned_u64 capacity;
	__aligned_u64 used;
	__aligned_u64 evictable;
	__aligned_u64 objects;
	__aligned_u64 evictions;
	__aligned_u64 evicted_bytes;
	__u32 name_len;
	__u32 __reserved;
	__u8 name[64];
};

#define PLASMA_QUOTA_INFO_SIZE_VER0	120

/**
 * struct plasma_quota_list - %PLASMA_IOC_QUOTA_LIST: the common part, then all quotas
 * @ns: handle of the namespace
 * @flags: must be zero
 * @count: entries that fit at @entries_ptr, 0 to %out_batch_max
 * @entry_size: bytes in an entry, 1 to a page; entries are cut or padded with zeros to it
 * @entries_ptr: array of &struct plasma_quota_info
 * @out_count: entries that there are; only @count of them are written
 * @__reserved: must be zero
 */
struct plasma_quota_list {
	__u32 ns;
	__u32 flags;
	__u32 count;
	__u32 entry_size;
	__aligned_u64 entries_ptr;
	__u32 out_count;
	__u32 __reserved;
};

#define PLASMA_QUOTA_LIST_SIZE_VER0	32

/**
 * struct plasma_export - %PLASMA_IOC_EXPORT: a sealed object as a descriptor
 * @ns: handle of the namespace
 * @flags: must be zero
 * @id: a sealed object; EINPROGRESS if it is not yet
 * @out_fd: a read-only descriptor, closed on exec: fstat() gives the size of the data,
 *	mmap() at 0 maps it, read(), pread(), lseek(), splice() and sendfile() work. It needs
 *	no access to the namespace, may be passed on, and keeps the object alive
 */
struct plasma_export {
	__u32 ns;
	__u32 flags;
	__u8 id[PLASMA_ID_SIZE];
	__s32 out_fd;
};

#define PLASMA_EXPORT_SIZE_VER0	32

/**
 * DOC: Gets without a system call
 *
 * A namespace publishes an *index*, which clients with read access map read-only: a
 * &struct plasma_index_header, a table of buckets, and an entry for each object. A
 * bucket holds the number of an entry, and an entry that of the next in its chain;
 * numbers count from 1, and 0 ends the chain.
 *
 * Finding an entry means nothing: the object may go at any time. To hold it the client
 * *pins* it. A client's pins are memory that it shares with the kernel alone, an array of
 * &struct plasma_pin. An object may be pinned in one set of them only: see plasma_pin_set().
 *
 * Get: find the entry; add one to the count of a pin of its set that stands for it
 * already, or put its number and a count of one into a pin that is 0, in either case by
 * an atomic compare-and-exchange of the whole word; full memory barrier; load the entry's
 * state with acquire semantics. If that says %PLASMA_ENTRY_LIVE and the id is the right
 * one, the object is held, and its entry does not change. Otherwise release, and use
 * %PLASMA_IOC_GET. So does a client that finds no entry or no pin, or an entry
 * behind more than %PLASMA_INDEX_CHAIN_MAX others. Among threads another one that
 * releases a hold that the kernel knows may have taken this pin instead: who finds
 * nothing to release gives back that hold by %PLASMA_IOC_RELEASE.
 *
 * Release: store the time (by the header's clock) in the pin's @stamp; take one from the
 * count by compare-and-exchange; full memory barrier; load the entry's state; if it says
 * %PLASMA_ENTRY_PENDING call %PLASMA_IOC_REAP. A pin whose count is 0 keeps number and
 * stamp, which is how the kernel learns the order of releases. When no pin of a
 * set is free %PLASMA_IOC_REAP with %PLASMA_REAP_DRAIN makes the kernel take note and clear them.
 *
 * Holds by pin and by %PLASMA_IOC_GET add up; %PLASMA_IOC_RELEASE gives back either.
 * Whatever a client writes to its pins can keep objects alive that it may get, as long as
 * it lives, and nothing else.
 */

/** define PLASMA_INDEX_MAGIC - first word of an index */
#define PLASMA_INDEX_MAGIC	0x58444e49
/** define PLASMA_INDEX_CHAIN_MAX - most entries in a chain that the kernel lets grow */
#define PLASMA_INDEX_CHAIN_MAX	16

/** define PLASMA_CLOCK_NONE - this machine has no clock that both can read: use no pins */
#define PLASMA_CLOCK_NONE	0
/** define PLASMA_CLOCK_CYCLES - the cycle counter: rdtsc on x86, CNTVCT_EL0 on arm64 */
#define PLASMA_CLOCK_CYCLES	1

/**
 * struct plasma_index_header - the beginning of an index
 * @magic: %PLASMA_INDEX_MAGIC
 * @clock: what stamps are made of
 * @geometry: argument of plasma_index_bucket(), read at once: how many buckets there are
 *	now, which grows and shrinks by one at a time, and in the upper half the least
 *	power of two that is not less, minus one
 * @entry_size: bytes from one entry to the next
 * @__reserved: zero
 * @seed: argument of plasma_index_hash()
 * @buckets_offset: where the buckets are in the index, each a __u32
 * @entries_offset: where entry 0 is in the index
 */
struct plasma_index_header {
	__u32 magic;
	__u32 clock;
	__aligned_u64 geometry;
	__u32 entry_size;
	__u32 __reserved;
	__aligned_u64 seed;
	__aligned_u64 buckets_offset;
	__aligned_u64 entries_offset;
};

/** define PLASMA_ENTRY_LIVE - there is a sealed object, and it may be got */
#define PLASMA_ENTRY_LIVE	(1U << 0)
/** define PLASMA_ENTRY_PENDING - whoever releases it calls %PLASMA_IOC_REAP */
#define PLASMA_ENTRY_PENDING	(1U << 1)
/** define PLASMA_ENTRY_STEP - the rest of @state counts its changes */
#define PLASMA_ENTRY_STEP	(1U << 2)

/**
 * struct plasma_index_entry - an object in the index
 * @state: %PLASMA_ENTRY_LIVE, %PLASMA_ENTRY_PENDING and a count
 * @next: number of the next entry of the chain, or 0
 * @id: the id
 * @metadata_size: bytes of metadata, which follows the data
 * @offset: where the data begins in the read window
 * @data_size: bytes of data
 * @create_time_ns: when it was created, CLOCK_REALTIME
 * @stamp: when it was last released through the kernel
 */
struct plasma_index_entry {
	__u32 state;
	__u32 next;
	__u8 id[PLASMA_ID_SIZE];
	__u32 metadata_size;
	__aligned_u64 offset;
	__aligned_u64 data_size;
	__aligned_u64 create_time_ns;
	__aligned_u64 stamp;
};

/**
 * plasma_index_fold() - both halves of a product, as one
 * @a: a number
 * @b: another
 *
 * Return: the lower half of @a times @b, with the upper half over it.
 */
static __inline__ __u64 plasma_index_fold(__u64 a, __u64 b)
{
#ifdef __SIZEOF_INT128__
	__extension__ unsigned __int128 product = a;

	product *= b;
	return (__u64)product ^ (__u64)(product >> 64);
#else
	__u64 al = (__u32)a, ah = a >> 32, bl = (__u32)b, bh = b >> 32;
	__u64 middle = (al * bl >> 32) + (__u32)(al * bh) + (__u32)(ah * bl);

	return a * b ^ (ah * bh + (al * bh >> 32) + (ah * bl >> 32) + (middle >> 32));
#endif
}

/**
 * plasma_index_hash() - hash of an id
 * @seed: of the index
 * @a: its first eight bytes, as a number of this machine
 * @b: the next eight
 * @c: the last four
 *
 * Return: the hash.
 */
static __inline__ __u32 plasma_index_hash(__u64 seed, __u64 a, __u64 b, __u32 c)
{
	const __u64 k = 0x9e3779b97f4a7c15ULL;
	__u64 x = plasma_index_fold(a ^ seed, b ^ c * k ^ (seed << 32 | seed >> 32));

	return (__u32)((x ^ x >> 32) * k >> 32);
}

/**
 * plasma_index_bucket() - the bucket of a hash
 * @hash: from plasma_index_hash()
 * @geometry: of the index
 *
 * Return: the bucket.
 */
static __inline__ __u32 plasma_index_bucket(__u32 hash, __u64 geometry)
{
	__u32 mask = (__u32)(geometry >> 32), bucket = hash & mask;

	return bucket < (__u32)geometry ? bucket : hash & (mask >> 1);
}

/** define PLASMA_PIN_SETS - sets of pins that a client has */
#define PLASMA_PIN_SETS		256
/** define PLASMA_PIN_WAYS - pins in a set */
#define PLASMA_PIN_WAYS		8
/**
 * plasma_pin_first() - where to pin an object, if that pin is free
 * @number: of its entry
 *
 * Numbers that are so many apart, whatever that is, are in different places.
 *
 * Return: a pin of its set, counted from 0.
 */
static __inline__ __u32 plasma_pin_first(__u32 number)
{
	return (number * 0x9e3779b1U) >> 21;	/* of 2048 */
}

/**
 * plasma_pin_set() - where an object may be pinned
 * @number: of its entry
 *
 * Return: the first of the %PLASMA_PIN_WAYS pins of its set, counted from 0.
 */
static __inline__ __u32 plasma_pin_set(__u32 number)
{
	return plasma_pin_first(number) / PLASMA_PIN_WAYS * PLASMA_PIN_WAYS;
}

/** define PLASMA_PIN_COUNT - adds one to the count of a pin */
#define PLASMA_PIN_COUNT	(1ULL << 32)

/**
 * struct plasma_pin - a claim to hold an object
 * @word: the entry's number, from 1, in the lower half, how often it is held in the upper
 * @stamp: time of the last release
 */
struct plasma_pin {
	__aligned_u64 word;
	__aligned_u64 stamp;
};

/** define PLASMA_REAP_DRAIN - take note of the releases in all pins and clear them */
#define PLASMA_REAP_DRAIN	(1U << 0)

/**
 * struct plasma_reap - %PLASMA_IOC_REAP: what a release by pin leaves to the kernel
 * @ns: handle of the namespace
 * @flags: %PLASMA_REAP_DRAIN
 * @entry: number of an entry, from 1, whose pending delete is to be carried out if nobody
 *	holds it any more, or 0
 * @__reserved: must be zero
 */
struct plasma_reap {
	__u32 ns;
	__u32 flags;
	__u32 entry;
	__u32 __reserved;
};

#define PLASMA_REAP_SIZE_VER0	16

#define _PLASMA_IOW(_nr, _arg)	_IOW(PLASMA_IOC_MAGIC, PLASMA_NR_##_nr, struct _arg)
#define _PLASMA_IOWR(_nr, _arg)	_IOWR(PLASMA_IOC_MAGIC, PLASMA_NR_##_nr, struct _arg)

#define PLASMA_IOC_QUERY	_PLASMA_IOWR(QUERY, plasma_query)
#define PLASMA_IOC_NS_CREATE	_PLASMA_IOWR(NS_CREATE, plasma_ns_create)
#define PLASMA_IOC_NS_OPEN	_PLASMA_IOWR(NS_OPEN, plasma_ns_open)
#define PLASMA_IOC_NS_REMOVE	_PLASMA_IOW(NS_REMOVE, plasma_ns_remove)
#define PLASMA_IOC_NS_LIST	_PLASMA_IOWR(NS_LIST, plasma_ns_list)
#define PLASMA_IOC_NS_STAT	_PLASMA_IOW(NS_STAT, plasma_ns_stat)
#define PLASMA_IOC_NS_SET	_PLASMA_IOW(NS_SET, plasma_ns_set)
#define PLASMA_IOC_CREATE	_PLASMA_IOWR(CREATE, plasma_create)
#define PLASMA_IOC_RESIZE	_PLASMA_IOWR(RESIZE, plasma_resize)
#define PLASMA_IOC_SEAL		_PLASMA_IOW(SEAL, plasma_seal)
#define PLASMA_IOC_ABORT	_PLASMA_IOW(ABORT, plasma_abort)
#define PLASMA_IOC_PUT		_PLASMA_IOWR(PUT, plasma_put)
#define PLASMA_IOC_GET		_PLASMA_IOWR(GET, plasma_get)
#define PLASMA_IOC_RELEASE	_PLASMA_IOW(RELEASE, plasma_release)
#define PLASMA_IOC_DELETE	_PLASMA_IOW(DELETE, plasma_delete)
#define PLASMA_IOC_STAT		_PLASMA_IOW(STAT, plasma_stat)
#define PLASMA_IOC_LIST		_PLASMA_IOWR(LIST, plasma_list)
#define PLASMA_IOC_EVICT	_PLASMA_IOWR(EVICT, plasma_evict)
#define PLASMA_IOC_NAME_BIND	_PLASMA_IOW(NAME_BIND, plasma_name_bind)
#define PLASMA_IOC_NAME_UNBIND	_PLASMA_IOW(NAME_UNBIND, plasma_name_unbind)
#define PLASMA_IOC_NAME_LOOKUP	_PLASMA_IOWR(NAME_LOOKUP, plasma_name_lookup)
#define PLASMA_IOC_PUT_BATCH	_PLASMA_IOW(PUT_BATCH, plasma_put_batch)
#define PLASMA_IOC_SEAL_BATCH	_PLASMA_IOW(SEAL_BATCH, plasma_seal_batch)
#define PLASMA_IOC_REFRESH	_PLASMA_IOW(REFRESH, plasma_refresh)
#define PLASMA_IOC_PENDING_FD	_PLASMA_IOWR(PENDING_FD, plasma_pending_fd)
#define PLASMA_IOC_NAME_GET	_PLASMA_IOWR(NAME_GET, plasma_name_get)
#define PLASMA_IOC_SUBSCRIBE	_PLASMA_IOWR(SUBSCRIBE, plasma_subscribe)
#define PLASMA_IOC_QUOTA_SET	_PLASMA_IOW(QUOTA_SET, plasma_quota_set)
#define PLASMA_IOC_QUOTA_LIST	_PLASMA_IOWR(QUOTA_LIST, plasma_quota_list)
#define PLASMA_IOC_REAP		_PLASMA_IOW(REAP, plasma_reap)
#define PLASMA_IOC_EXPORT	_PLASMA_IOWR(EXPORT, plasma_export)

#endif /* _UAPI_LINUX_PLASMA_H */
