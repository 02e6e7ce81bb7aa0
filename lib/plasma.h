/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libplasma: objects in /dev/plasma from C. Built on <linux/plasma.h>, which
 * describes what the store itself does.
 *
 * Conventions
 *   Return     0 or a count on success, a negative errno on failure. errno itself
 *              is left undefined.
 *   Threads    every function of one handle may be called from many threads at
 *              once, but for plasma_close(), which must be the last call. No
 *              thread delays another. The library has no globals and no threads.
 *   Blocking   only the gets, the waits and plasma_events_read() wait, and only as long
 *              as they are told to. Creating, writing and evicting large objects takes
 *              the time of memset().
 *   Sizes      bytes.
 *   Ids        are read during the call; nothing keeps a pointer to them.
 *   Common     any function of a handle may also return -ENODEV, -EACCES or -ENOMEM
 *              in a child made by fork(), for there the first call opens the store
 *              again; see plasma_open(). Functions that work on objects return
 *              -EBADF on a handle without a namespace, -EIDRM once the namespace
 *              was removed, and -EACCES where it does not grant the access.
 */
#ifndef PLASMA_H
#define PLASMA_H

#include <stddef.h>
#include <stdint.h>
#include "linux/plasma.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * struct plasma - a handle: one client of the store and one of its namespaces
 */
struct plasma;

/**
 * struct plasma_id - id of an object
 * @bytes: any bytes
 */
struct plasma_id {
	uint8_t bytes[PLASMA_ID_SIZE];
};

/** define PLASMA_ID_HEX_SIZE - bytes in an id as text, with the final NUL */
#define PLASMA_ID_HEX_SIZE	(2 * PLASMA_ID_SIZE + 1)

/**
 * struct plasma_buffer - an object that is held, or is to be put
 * @id: its id
 * @status: in gets: 0, or -ENOENT (no such object), -EINPROGRESS (not sealed yet), -EDQUOT
 *	(the user holds as much as one may) or -ENOMEM; the members that follow are zero then
 * @data: the data; never NULL for an object that is held, even one of no bytes
 * @size: bytes of data
 * @metadata: the metadata, never NULL either
 * @metadata_size: bytes of metadata
 * @pin: how it is held; for plasma_release_buffer()
 * @reserved: for later; not looked at
 */
struct plasma_buffer {
	struct plasma_id id;
	int32_t status;
	const void *data;
	size_t size;
	const void *metadata;
	size_t metadata_size;
	uint64_t pin;
	uint64_t reserved;
};

/**
 * struct plasma_result - what became of one object of an array
 * @id: which one; set by the caller
 * @status: 0 or a negative errno; from plasma_delete_many() also
 *	%PLASMA_DELETE_PENDING
 */
struct plasma_result {
	struct plasma_id id;
	int32_t status;
};

/**
 * struct plasma_page - where a listing writes its next entries
 * @entries: array of &struct plasma_object_info or &struct plasma_ns_info
 * @entry_size: sizeof() of one entry
 * @count: entries that fit
 * @cursor: 0 to begin; %PLASMA_CURSOR_END when nothing is left
 */
struct plasma_page {
	void *entries;
	size_t entry_size;
	size_t count;
	uint64_t cursor;
};

/**
 * struct plasma_ns_options - properties of a namespace
 * @flags: plasma_ns_create(): %PLASMA_NS_EPHEMERAL, %PLASMA_NS_RECLAIM; plasma_ns_set():
 *	which of the members to set, %PLASMA_NS_SET_CAPACITY and friends
 * @mode: permission bits: r to get and list, w to create, delete, evict and name
 * @capacity: most bytes of data and metadata in all its objects; 0 at creation stands
 *	for the size of the store
 * @evict_percent: least share of @capacity that an automatic eviction frees
 * @uid: plasma_ns_set(): the new owner
 * @gid: plasma_ns_set(): the new group
 * @reserved: must be zero
 */
struct plasma_ns_options {
	uint32_t flags;
	uint32_t mode;
	uint64_t capacity;
	uint32_t evict_percent;
	uint32_t uid;
	uint32_t gid;
	uint32_t reserved[5];
};

/* Flags of plasma_open(). */
/** define PLASMA_OPEN_READ - fail with -EACCES unless reading is granted */
#define PLASMA_OPEN_READ	PLASMA_ACCESS_READ
/** define PLASMA_OPEN_WRITE - fail with -EACCES unless writing is granted */
#define PLASMA_OPEN_WRITE	PLASMA_ACCESS_WRITE
/** define PLASMA_OPEN_STORE - open no namespace: only store and namespace functions */
#define PLASMA_OPEN_STORE	(1U << 16)
/** define PLASMA_OPEN_NO_INDEX - make a system call of each get and release */
#define PLASMA_OPEN_NO_INDEX	(1U << 17)

/* The handle. */

/**
 * plasma_open() - connect to the store
 * @handle: becomes the new handle; untouched on failure
 * @ns: name of the namespace, NULL for "default"
 * @flags: %PLASMA_OPEN_READ, %PLASMA_OPEN_WRITE: access that is needed; without
 *	either, as much as is allowed. %PLASMA_OPEN_STORE, %PLASMA_OPEN_NO_INDEX
 *
 * One handle is one client: what it holds, and the objects it has not sealed, go
 * when it is closed, or when the process ends however that happens. The file
 * descriptor is closed by exec().
 *
 * After fork() the child has the handle too, as a client of its own, which the first
 * call in the child connects. It holds nothing to begin with. Pointers that the parent
 * got can be read in the child until the parent releases them; the child's copy keeps
 * the parent's client alive until the child calls plasma_close(), exec() or exit().
 * Pointers from plasma_create() are of no use in the child.
 *
 * Return: 0; -ENODEV: no /dev/plasma, the module is not loaded; -EACCES: the device or
 * the namespace denies it; -ENOENT: no such namespace; -EINVAL, -ENAMETOOLONG: a bad
 * name; -EINVAL: a bad flag; -ENOTTY: /dev/plasma is something else; -ENOMEM: also when
 * RLIMIT_AS leaves no room for the window; -EMFILE, -ENFILE: no descriptor left; -EDQUOT:
 * the user has as many namespaces open as one user may have.
 */
int plasma_open(struct plasma **handle, const char *ns, uint32_t flags);

/**
 * plasma_close() - disconnect from the store
 * @p: the handle, gone afterwards; NULL is allowed
 *
 * Releases all that the handle holds and aborts what it did not seal. All pointers
 * that it gave are invalid from now on. Must not run beside any other call on @p.
 */
void plasma_close(struct plasma *p);

/**
 * plasma_access() - what the namespace grants
 * @p: the handle
 *
 * Return: %PLASMA_ACCESS_READ and %PLASMA_ACCESS_WRITE or a negative errno
 */
int plasma_access(struct plasma *p);

/**
 * plasma_query() - what the module offers
 * @p: the handle
 * @query: the answer
 * @size: sizeof(*query)
 *
 * Return: 0 or a negative errno
 */
int plasma_query(struct plasma *p, struct plasma_query *query, size_t size);

/**
 * plasma_version() - version of this library
 *
 * Return: a string as "0.1.0", valid for ever
 */
const char *plasma_version(void);

/* Ids. */

/**
 * plasma_id_random() - choose an id that nobody else has
 * @id: the id
 *
 * Return: 0 or a negative errno of getrandom()
 */
int plasma_id_random(struct plasma_id *id);

/**
 * plasma_id_from_hex() - read an id
 * @id: the id; untouched on failure
 * @hex: exactly 40 hexadecimal digits, either case
 *
 * Return: 0, or -EINVAL for anything else
 */
int plasma_id_from_hex(struct plasma_id *id, const char *hex);

/**
 * plasma_id_to_hex() - write an id
 * @id: the id
 * @hex: 40 lower-case hexadecimal digits and a NUL
 */
void plasma_id_to_hex(const struct plasma_id *id, char hex[PLASMA_ID_HEX_SIZE]);

/* Making objects. */

/**
 * plasma_create() - make an object to be written in place
 * @p: the handle
 * @id: its id
 * @size: bytes of data, 0 is allowed
 * @metadata: metadata, copied now and fixed from now on
 * @metadata_size: bytes of metadata
 * @flags: %PLASMA_CREATE_NO_EVICT, %PLASMA_CREATE_KEEP, %PLASMA_CREATE_ZERO
 * @data: where to write, never NULL. Without %PLASMA_CREATE_ZERO it may hold anything that
 *	was sealed in this namespace before. Owned by the store: valid for
 *	writing until the object is sealed, resized or aborted, and for reading until
 *	the object is released
 *
 * All memory is allocated here: writing cannot fail later. The handle holds the
 * object. It is invisible to all others until plasma_seal().
 *
 * Return: 0; -EEXIST: the id is taken; -ENOSPC: it does not fit, also after eviction;
 * -EDQUOT: it is larger than the handle's quota, or the user has as many objects, or holds
 * as many, as one user may; -ENOMEM: no memory left on the machine or in the cgroup;
 * -EOVERFLOW: sizes add up to too much; -E2BIG: too much metadata; -EINVAL: a bad flag.
 */
int plasma_create(struct plasma *p, const struct plasma_id *id, size_t size,
		  const void *metadata, size_t metadata_size, uint32_t flags,
		  void **data);

/**
 * plasma_create_named() - as plasma_create(), with a name from the beginning
 * @p: the handle
 * @id: its id
 * @name: 1 to %PLASMA_NAME_MAX bytes, no control characters. It leads to the object at
 *	once, and goes with it; NULL for none
 * @size: bytes of data
 * @metadata: metadata
 * @metadata_size: bytes of metadata
 * @flags: as plasma_create()
 * @data: where to write
 *
 * Return: as plasma_create(); -EEXIST: the id or the name is taken; -EINVAL,
 * -ENAMETOOLONG: a bad name
 */
int plasma_create_named(struct plasma *p, const struct plasma_id *id, const char *name,
			size_t size, const void *metadata, size_t metadata_size,
			uint32_t flags, void **data);

/**
 * plasma_resize() - change the data size of an object that is not sealed
 * @p: the handle that created it
 * @id: its id
 * @size: the new size. What is kept is unchanged, what is added is zero
 * @data: where the data is now; the old pointer must not be used any more, and by
 *	no thread during the call
 *
 * Return: 0; -ENOENT: none that this handle made; -EALREADY: sealed; -ENOSPC; -ENOMEM;
 * -EDQUOT: more than the handle's quota; -EOVERFLOW; -EBUSY: another thread is sealing or
 * resizing it. On failure nothing has changed.
 */
int plasma_resize(struct plasma *p, const struct plasma_id *id, size_t size,
		  void **data);

/**
 * plasma_seal() - make an object immutable and visible
 * @p: the handle that created it
 * @id: its id
 * @flags: %PLASMA_SEAL_RELEASE to release it as well
 *
 * Wakes those who wait for it. The creator may go on reading by its pointer until it
 * releases the object; writing by it is SIGBUS. After that, and at once with
 * %PLASMA_SEAL_RELEASE, the pointer may not be used, as after free(): it may lead to an
 * object that this handle creates later.
 *
 * Return: 0; -ENOENT: none that this handle holds; -EPERM: somebody else's;
 * -EALREADY: sealed; -EBUSY: another thread is sealing or resizing it.
 */
int plasma_seal(struct plasma *p, const struct plasma_id *id, uint32_t flags);

/**
 * plasma_seal_named() - seal an object and give it a name, in one step
 * @p: the handle that created it
 * @id: its id
 * @name: as in plasma_name_bind(); NULL for none
 * @flags: %PLASMA_SEAL_RELEASE; %PLASMA_SEAL_REPLACE: take the name from the object that
 *	has it and delete that object; a look-up finds the old one or the new one at any
 *	time
 *
 * Return: as plasma_seal() and plasma_name_bind(); on failure it stays unsealed
 */
int plasma_seal_named(struct plasma *p, const struct plasma_id *id, const char *name,
		      uint32_t flags);

/**
 * plasma_seal_many() - seal many objects
 * @p: the handle that created them
 * @results: array; the caller sets @id in each, the call sets @status to what
 *	plasma_seal() of that object alone would return
 * @count: entries in @results, any number
 * @flags: %PLASMA_SEAL_RELEASE
 *
 * Return: 0 if all were tried, see @status of each, or a negative errno
 */
int plasma_seal_many(struct plasma *p, struct plasma_result *results, size_t count,
		     uint32_t flags);

/**
 * plasma_abort() - throw away an object that is not sealed
 * @p: the handle that created it
 * @id: its id, free afterwards
 *
 * Return: 0; -ENOENT; -EPERM; -EALREADY; -EBUSY, as plasma_seal()
 */
int plasma_abort(struct plasma *p, const struct plasma_id *id);

/**
 * plasma_put() - make a sealed object of bytes in memory, in one step
 * @p: the handle
 * @id: its id
 * @data: the data
 * @size: bytes of data
 * @metadata: the metadata
 * @metadata_size: bytes of metadata
 * @flags: %PLASMA_CREATE_NO_EVICT, %PLASMA_CREATE_KEEP
 *
 * The handle does not hold the object afterwards: it may be evicted at once.
 *
 * Return: 0; errors as plasma_create(); -EFAULT: no memory at @data or @metadata
 */
int plasma_put(struct plasma *p, const struct plasma_id *id,
	       const void *data, size_t size,
	       const void *metadata, size_t metadata_size, uint32_t flags);

/**
 * plasma_put_named() - as plasma_put(), and give the object a name in the same step
 * @p: the handle
 * @id: its id
 * @name: as in plasma_name_bind(); NULL for none
 * @data: the data
 * @size: bytes of data
 * @metadata: the metadata
 * @metadata_size: bytes of metadata
 * @flags: as plasma_put(), and %PLASMA_PUT_REPLACE: take the name from the object that has
 *	it and delete that object
 *
 * Return: 0; errors as plasma_put() and plasma_name_bind()
 */
int plasma_put_named(struct plasma *p, const struct plasma_id *id, const char *name,
		     const void *data, size_t size,
		     const void *metadata, size_t metadata_size, uint32_t flags);

/**
 * plasma_put_many() - put many objects, all of them or none
 * @p: the handle
 * @bufs: array of what to put, in memory of the caller; the call sets @status only
 * @count: entries in @bufs, at most %out_batch_max of plasma_query()
 * @flags: as plasma_put(), for each of them
 *
 * They appear in one step, in this order. The handle holds none of them afterwards.
 *
 * Return: 0; -E2BIG: too many at once; errors as plasma_put(): none has appeared, and the
 * one that could not be made has that error as its @status
 */
int plasma_put_many(struct plasma *p, struct plasma_buffer *bufs, size_t count,
		    uint32_t flags);

/**
 * plasma_put_hold() - as plasma_put(), and hold the object
 * @p: the handle
 * @buf: what to put, in memory of the caller; becomes what is in the store. To be
 *	released. Untouched on failure
 * @flags: as plasma_put()
 *
 * Return: 0; errors as plasma_put()
 */
int plasma_put_hold(struct plasma *p, struct plasma_buffer *buf, uint32_t flags);

/* Holding objects. */

/**
 * plasma_get() - hold a sealed object, waiting for it if need be
 * @p: the handle
 * @id: its id; may be &buf->id
 * @buf: the object. Its pointers stay valid until it is released
 * @timeout_ms: how long to wait at most, in milliseconds; 0 not at all, negative for
 *	ever
 *
 * Each get is to be given back by one plasma_release().
 *
 * A signal ends the wait with -EINTR, unless its handler was installed with
 * SA_RESTART: then the kernel goes on waiting for what is left of the time.
 * To go on by hand, use plasma_get_many_until(), whose deadline does not move.
 *
 * Return: 0; -ENOENT: no such object in that time; -EINPROGRESS: there is one, but it
 * was not sealed in that time; -EINTR; -ENOMEM; -EDQUOT: the user holds as much as one may
 */
int plasma_get(struct plasma *p, const struct plasma_id *id,
	       struct plasma_buffer *buf, int timeout_ms);

/**
 * plasma_get_many() - hold many sealed objects
 * @p: the handle
 * @bufs: array; the caller sets @id in each. An id may stand in several of them
 * @count: entries in @bufs, any number
 * @timeout_ms: as plasma_get(), for all of them together
 *
 * Return: how many have status 0 and are to be released; running out of time is not
 * an error. A negative errno: nothing is held
 */
int plasma_get_many(struct plasma *p, struct plasma_buffer *bufs, size_t count,
		    int timeout_ms);

/**
 * plasma_get_many_until() - as plasma_get_many(), until a point in time
 * @p: the handle
 * @bufs: array
 * @count: entries in @bufs
 * @deadline_ns: absolute CLOCK_MONOTONIC time in nanoseconds, %PLASMA_FOREVER for no
 *	limit; a time that has passed means not to wait
 *
 * Return: as plasma_get_many()
 */
int plasma_get_many_until(struct plasma *p, struct plasma_buffer *bufs,
			  size_t count, uint64_t deadline_ns);

/**
 * plasma_name_get() - hold the object that has a name, waiting for it if need be
 * @p: the handle
 * @name: the name
 * @buf: the object, with its id
 * @timeout_ms: as plasma_get(): how long to wait for the name to lead to a sealed object
 *
 * Give it back by plasma_release_buffer() or plasma_release().
 *
 * Return: as plasma_get(); -EINVAL, -ENAMETOOLONG: a bad name
 */
int plasma_name_get(struct plasma *p, const char *name, struct plasma_buffer *buf,
		    int timeout_ms);

/**
 * plasma_name_get_until() - as plasma_name_get(), until a point in time
 * @p: the handle
 * @name: the name
 * @buf: the object
 * @deadline_ns: as plasma_get_many_until()
 *
 * Return: as plasma_name_get()
 */
int plasma_name_get_until(struct plasma *p, const char *name, struct plasma_buffer *buf,
			  uint64_t deadline_ns);

/**
 * plasma_wait() - wait until some of many objects are sealed, and hold none
 * @p: the handle
 * @results: array; the caller sets @id in each. The call sets @status to 0 (sealed),
 *	-ENOENT or -EINPROGRESS
 * @count: entries in @results, at most %out_batch_max of plasma_query()
 * @min_ready: wait for so many of them, 0 for all
 * @timeout_ms: as plasma_get()
 *
 * Return: how many have status 0, fewer than @min_ready when the time is over; -EINTR;
 * -E2BIG: too many at once; -EINVAL: @min_ready is more than @count
 */
int plasma_wait(struct plasma *p, struct plasma_result *results, size_t count,
		size_t min_ready, int timeout_ms);

/**
 * plasma_wait_until() - as plasma_wait(), until a point in time
 * @p: the handle
 * @results: array
 * @count: entries in @results
 * @min_ready: wait for so many of them, 0 for all
 * @deadline_ns: as plasma_get_many_until()
 *
 * Return: as plasma_wait()
 */
int plasma_wait_until(struct plasma *p, struct plasma_result *results, size_t count,
		      size_t min_ready, uint64_t deadline_ns);

/**
 * plasma_pending_fd() - a descriptor to poll for an object
 * @p: the handle
 * @id: its id, of which there need be no object yet
 *
 * It becomes readable (POLLIN) when an object of this id is sealed, and stays so; POLLHUP
 * says that the namespace was removed. For poll(), epoll and io_uring. The caller closes
 * it, before or after the handle.
 *
 * Return: the descriptor, closed on exec, or a negative errno; -EDQUOT: the user has as many
 * descriptors as one may have; -EMFILE, -ENFILE
 */
int plasma_pending_fd(struct plasma *p, const struct plasma_id *id);

/**
 * plasma_export() - a sealed object as a descriptor of its own
 * @p: the handle
 * @id: its id
 *
 * The descriptor is read-only: fstat() gives the size of the data, mmap() at 0 maps it,
 * read(), pread(), lseek(), splice() and sendfile() work. It needs no access to the
 * namespace, may be passed to any process, and keeps the object until the last copy of it
 * is closed. The caller closes it, before or after the handle.
 *
 * Return: the descriptor, closed on exec, or a negative errno; -ENOENT: no such object;
 * -EINPROGRESS: not sealed yet; -EDQUOT: the user has as many descriptors as one may have;
 * -EMFILE, -ENFILE
 */
int plasma_export(struct plasma *p, const struct plasma_id *id);

/**
 * plasma_release() - give back what one create, held put or get gave
 * @p: the handle
 * @id: the object. Pointers to it are invalid after its last release
 *
 * An object that is not sealed stays with its creator until it is sealed or aborted.
 *
 * Return: 0; -ENOENT: this handle does not hold it
 */
int plasma_release(struct plasma *p, const struct plasma_id *id);

/**
 * plasma_release_buffer() - give back what a get or a held put gave, by its place
 * @p: the handle
 * @buf: the object. Its pointers are invalid after its last release
 *
 * Where the object was hidden (%PLASMA_DELETE_HIDE) and another of the same id is held
 * too, this tells them apart; plasma_release() means the newest.
 *
 * Return: 0; -ENOENT: this handle does not hold it
 */
int plasma_release_buffer(struct plasma *p, const struct plasma_buffer *buf);

/**
 * plasma_release_many() - release many objects
 * @p: the handle
 * @results: array; the caller sets @id in each, the call sets @status
 * @count: entries in @results, any number
 *
 * Return: 0 if all were tried, see @status of each, or a negative errno
 */
int plasma_release_many(struct plasma *p, struct plasma_result *results, size_t count);

/* Knowing and removing objects. */

/**
 * plasma_delete() - delete an object
 * @p: the handle; any client that may write
 * @id: its id
 * @flags: %PLASMA_DELETE_HIDE: free the id at once even if the object is in use; those who
 *	hold it keep it until they release it
 *
 * Return: 0: gone; %PLASMA_DELETE_PENDING: unsealed or in use, gone at its last release;
 * -ENOENT: there is none
 */
int plasma_delete(struct plasma *p, const struct plasma_id *id, uint32_t flags);

/**
 * plasma_delete_many() - delete many objects
 * @p: the handle
 * @results: array; the caller sets @id in each, the call sets @status
 * @count: entries in @results, any number
 * @flags: as plasma_delete()
 *
 * Return: 0 if all were tried, see @status of each, or a negative errno
 */
int plasma_delete_many(struct plasma *p, struct plasma_result *results, size_t count,
		       uint32_t flags);

/**
 * plasma_refresh() - make objects the most recently used, without using them
 * @p: the handle
 * @results: array; the caller sets @id in each, the call sets @status to 0 or -ENOENT
 * @count: entries in @results, any number
 *
 * Return: 0 if all were tried, see @status of each, or a negative errno
 */
int plasma_refresh(struct plasma *p, struct plasma_result *results, size_t count);

/**
 * plasma_contains() - is there a sealed object of this id?
 * @p: the handle
 * @id: the id
 *
 * Return: 1: yes; 0: no, or one that is not sealed; or a negative errno
 */
int plasma_contains(struct plasma *p, const struct plasma_id *id);

/**
 * plasma_stat() - what is known of an object, sealed or not
 * @p: the handle
 * @id: its id
 * @info: the answer
 * @size: sizeof(*info)
 *
 * Return: 0; -ENOENT
 */
int plasma_stat(struct plasma *p, const struct plasma_id *id,
		struct plasma_object_info *info, size_t size);

/**
 * plasma_stat_metadata() - as plasma_stat(), with the metadata
 * @p: the handle
 * @id: its id
 * @flags: %PLASMA_STAT_EVICTED: of an object that was evicted not long ago the state is
 *	%PLASMA_STATE_EVICTED, where it would be -ENOENT
 * @info: the answer
 * @size: sizeof(*info)
 * @metadata: where the metadata goes
 * @metadata_size: bytes there. What does not fit is left out: see @info for how much
 *	there is
 *
 * Return: 0; -ENOENT
 */
int plasma_stat_metadata(struct plasma *p, const struct plasma_id *id, uint32_t flags,
			 struct plasma_object_info *info, size_t size,
			 void *metadata, size_t metadata_size);

/**
 * plasma_list() - the objects of the namespace, page by page
 * @p: the handle
 * @flags: %PLASMA_LIST_BY_NAME: only objects with a name, and @prefix is one of names
 * @prefix: only objects whose id, or name, begins with these bytes
 * @prefix_len: bytes in @prefix, 0 for all
 * @page: where to write &struct plasma_object_info; call again with the same
 *	@page until its cursor is %PLASMA_CURSOR_END
 *
 * Return: number of entries written, perhaps 0 before the end; or a negative errno
 */
int plasma_list(struct plasma *p, uint32_t flags, const void *prefix,
		size_t prefix_len, struct plasma_page *page);

/**
 * plasma_evict() - evict least recently released objects
 * @p: the handle
 * @bytes: how many bytes of data and metadata are to go at least
 * @out_bytes: how many went: more for a whole object, fewer if no more may go; or NULL
 * @out_objects: how many objects went; or NULL
 *
 * Return: 0 or a negative errno
 */
int plasma_evict(struct plasma *p, uint64_t bytes, uint64_t *out_bytes,
		 uint64_t *out_objects);

/* Names of objects. */

/**
 * plasma_name_bind() - give an object a name
 * @p: the handle
 * @name: 1 to %PLASMA_NAME_MAX bytes, no control characters
 * @id: an object that is sealed, or was made by this handle
 * @flags: %PLASMA_NAME_REPLACE: take the name from the object that has it and delete
 *	that object; a look-up finds the old one or the new one at any time
 *
 * The name goes with the object.
 *
 * Return: 0; -EEXIST: the name is taken; -ENOENT: no such object; -EBUSY: it has another
 * name; -EPERM: somebody else's unsealed object; -EINVAL, -ENAMETOOLONG: a bad name
 */
int plasma_name_bind(struct plasma *p, const char *name, const struct plasma_id *id,
		     uint32_t flags);

/**
 * plasma_name_unbind() - take a name from its object
 * @p: the handle
 * @name: the name
 *
 * Return: 0; -ENOENT
 */
int plasma_name_unbind(struct plasma *p, const char *name);

/**
 * plasma_name_lookup() - which object has a name
 * @p: the handle
 * @name: the name
 * @id: id of the object, sealed or not
 *
 * Return: 0; -ENOENT
 */
int plasma_name_lookup(struct plasma *p, const char *name, struct plasma_id *id);

/* Events. */

/**
 * plasma_subscribe() - hear of seals, deletions and evictions in the namespace
 * @p: the handle
 * @flags: %PLASMA_SUBSCRIBE_NO_REPLAY: not of what is sealed already;
 *	%PLASMA_SUBSCRIBE_NONBLOCK: the descriptor does not wait
 * @queue_size: bytes of unread events to keep, 0 for 1 MiB
 *
 * First come the objects that are sealed now, then events as they happen. Read them by
 * plasma_events_read(); poll() and epoll tell when there are any. Whoever reads too slowly
 * finds a %PLASMA_EVENT_OVERFLOW where events are missing. The caller closes the
 * descriptor, before or after the handle.
 *
 * Return: the descriptor, closed on exec, or a negative errno; -EINVAL: a bad flag; -E2BIG: too
 * large a queue; -EDQUOT: the user has as many descriptors, or as much in queues, as one may
 * have; -EMFILE, -ENFILE
 */
int plasma_subscribe(struct plasma *p, uint32_t flags, uint32_t queue_size);

/**
 * plasma_events_read() - the next events
 * @fd: from plasma_subscribe()
 * @events: where they go
 * @count: how many fit
 *
 * Waits for the first, and only for that. After any error but those of a bad argument the
 * next call goes on where this one stopped; no event is lost.
 *
 * Return: how many, at least 1; 0: the namespace was removed and all events have been
 * read; -EAGAIN: none now, on a descriptor that does not wait; -EINTR
 */
int plasma_events_read(int fd, struct plasma_event *events, size_t count);

/* Quotas. */

/**
 * plasma_quota_set() - set a part of the namespace's capacity apart for this handle
 * @p: the handle; once only, and for what it creates from now on
 * @name: what the quota is called in plasma_quota_list(), 1 to 63 bytes
 * @bytes: bytes of data and metadata
 *
 * Under a quota the handle evicts objects of its own only, and nobody else evicts them.
 * The quota goes with the handle; its objects go over to the common part.
 *
 * Return: 0; -EALREADY: it has one; -EDQUOT: more than may be given away; -EINVAL; -ENOMEM
 */
int plasma_quota_set(struct plasma *p, const char *name, uint64_t bytes);

/**
 * plasma_quota_list() - the common part of the namespace, then all quotas
 * @p: the handle
 * @infos: where they go
 * @size: sizeof(*infos)
 * @count: how many fit, at most %out_batch_max of plasma_query()
 *
 * Return: how many there are, of which the first @count were written, or a negative errno
 */
int plasma_quota_list(struct plasma *p, struct plasma_quota_info *infos, size_t size,
		      size_t count);

/* Namespaces. These work on any handle; the name need not be that of the handle. */

/**
 * plasma_ns_create() - make a namespace
 * @p: the handle; an ephemeral namespace goes when it is closed
 * @name: 1 to %PLASMA_NAME_MAX bytes, no control characters
 * @options: its properties
 *
 * The caller becomes its owner. Work in it through another plasma_open().
 *
 * Return: 0; -EEXIST; -EINVAL; -ENAMETOOLONG; -ENOMEM; -EMFILE, -ENFILE; -EDQUOT: the user has as
 * many namespaces as one user may have
 */
int plasma_ns_create(struct plasma *p, const char *name,
		     const struct plasma_ns_options *options);

/**
 * plasma_ns_remove() - remove a namespace and its objects
 * @p: the handle
 * @name: the name, free at once
 * @flags: %PLASMA_NS_REMOVE_FORCE: although it is in use
 *
 * Return: 0; -ENOENT; -EPERM: the default namespace, or somebody else's; -EBUSY: in use
 */
int plasma_ns_remove(struct plasma *p, const char *name, uint32_t flags);

/**
 * plasma_ns_list() - the namespaces that the caller may use, page by page
 * @p: the handle
 * @page: where to write &struct plasma_ns_info, as in plasma_list()
 *
 * Return: number of entries written or a negative errno
 */
int plasma_ns_list(struct plasma *p, struct plasma_page *page);

/**
 * plasma_ns_stat() - what is known of a namespace
 * @p: the handle
 * @name: the name, NULL for the namespace of the handle
 * @info: the answer
 * @size: sizeof(*info)
 *
 * Return: 0; -ENOENT; -EACCES; -EBADF: NULL on a handle without a namespace
 */
int plasma_ns_stat(struct plasma *p, const char *name, struct plasma_ns_info *info,
		   size_t size);

/**
 * plasma_ns_set() - change a namespace; for its owner
 * @p: the handle
 * @name: the name, NULL for the namespace of the handle
 * @options: what to change and to what
 *
 * Return: 0 and all is set, or nothing is: -ENOENT; -EPERM; -EINVAL; -ENOSPC: objects
 * that cannot be evicted do not fit; -EBADF: NULL on a handle without a namespace
 */
int plasma_ns_set(struct plasma *p, const char *name,
		  const struct plasma_ns_options *options);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* PLASMA_H */
