// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands and what is common to all: size, flags, reserved members,
 * handle and access are checked here, before a command has any effect.
 */
#include <linux/build_bug.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "plasma.h"

/**
 * struct plasma_op - a command
 * @run: carries it out
 * @dir: direction bits
 * @size: bytes of the structure as of this kernel
 * @min_size: as of the first version
 * @flags_at: offset of the flags
 * @flags: flags known
 * @reserved_at: offset of a reserved member, 0 for none
 * @reserved2_at: offset of another
 * @handle: begins with a namespace handle
 * @access: access to that namespace
 * @removed: also for a removed namespace
 */
struct plasma_op {
	int (*run)(struct plasma_cmd *cmd);
	u8 dir;
	u16 size;
	u16 min_size;
	u16 flags_at;
	u32 flags;
	u16 reserved_at;
	u16 reserved2_at;
	bool handle;
	bool removed;
	u32 access;
};

static int plasma_ioctl_query(struct plasma_cmd *cmd)
{
	struct plasma_query *q = cmd->buf;

	*q = (struct plasma_query) {
		.out_abi_version = PLASMA_ABI_VERSION,
		.out_features = PLASMA_FEATURE_NAMES | PLASMA_FEATURE_EVENTS |
				PLASMA_FEATURE_QUOTAS | PLASMA_FEATURE_EXPORT |
				(plasma_index_enabled() ? PLASMA_FEATURE_INDEX : 0),
		.out_window_size = plasma_window_size(),
		.out_store_size = plasma_store_size(),
		.out_store_used = plasma_store_used(),
		.out_metadata_max = PLASMA_METADATA_MAX,
		.out_batch_max = PLASMA_BATCH_MAX,
		.out_page_size = PAGE_SIZE,
		.out_namespaces = plasma_namespaces(),
		.out_clients = plasma_clients(),
	};
	if (plasma_extent_huge()) {
		q->out_features |= PLASMA_FEATURE_HUGE;
		q->out_huge_page_size = HPAGE_PMD_SIZE;
	}
	return plasma_respond(cmd);
}

#define PLASMA_OP(_NAME, _name, _dir, _flags, ...)				\
	[PLASMA_NR_##_NAME] = {							\
		.run = plasma_ioctl_##_name,					\
		.dir = _dir,							\
		.size = sizeof(struct plasma_##_name),				\
		.min_size = PLASMA_##_NAME##_SIZE_VER0,				\
		.flags_at = offsetof(struct plasma_##_name, flags),		\
		.flags = _flags,						\
		__VA_ARGS__							\
	}

#define OP_IN		_IOC_WRITE
#define OP_IN_OUT	(_IOC_WRITE | _IOC_READ)
#define OP_RESERVED(_name)	.reserved_at = offsetof(struct plasma_##_name, __reserved)
#define OP_RESERVED2(_name)	.reserved2_at = offsetof(struct plasma_##_name, __reserved2)
#define OP_READS	.handle = true, .access = PLASMA_ACCESS_READ
#define OP_WRITES	.handle = true, .access = PLASMA_ACCESS_WRITE

static const struct plasma_op plasma_ops[] = {
	PLASMA_OP(QUERY, query, OP_IN_OUT, 0),
	PLASMA_OP(NS_CREATE, ns_create, OP_IN_OUT, PLASMA_NS_EPHEMERAL | PLASMA_NS_RECLAIM,
		  OP_RESERVED(ns_create)),
	PLASMA_OP(NS_OPEN, ns_open, OP_IN_OUT, PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE),
	PLASMA_OP(NS_REMOVE, ns_remove, OP_IN, PLASMA_NS_REMOVE_FORCE),
	PLASMA_OP(NS_LIST, ns_list, OP_IN_OUT, 0),
	PLASMA_OP(NS_STAT, ns_stat, OP_IN, 0, OP_RESERVED(ns_stat)),
	PLASMA_OP(NS_SET, ns_set, OP_IN, PLASMA_NS_SET_CAPACITY | PLASMA_NS_SET_MODE |
		  PLASMA_NS_SET_OWNER | PLASMA_NS_SET_EVICT_PERCENT),
	PLASMA_OP(CREATE, create, OP_IN_OUT, PLASMA_CREATE_NO_EVICT | PLASMA_CREATE_KEEP |
		  PLASMA_CREATE_ZERO,
		  OP_RESERVED(create), OP_RESERVED2(create), OP_WRITES),
	PLASMA_OP(RESIZE, resize, OP_IN_OUT, 0, OP_RESERVED(resize), OP_WRITES),
	PLASMA_OP(SEAL, seal, OP_IN, PLASMA_SEAL_RELEASE | PLASMA_SEAL_REPLACE,
		  OP_RESERVED(seal), OP_RESERVED2(seal), OP_WRITES),
	PLASMA_OP(ABORT, abort, OP_IN, 0, OP_RESERVED(abort), OP_WRITES),
	PLASMA_OP(PUT, put, OP_IN_OUT, PLASMA_CREATE_NO_EVICT | PLASMA_CREATE_KEEP |
		  PLASMA_PUT_HOLD | PLASMA_PUT_REPLACE, OP_RESERVED(put), OP_RESERVED2(put),
		  OP_WRITES),
	PLASMA_OP(GET, get, OP_IN_OUT, PLASMA_GET_NO_HOLD, OP_READS),
	PLASMA_OP(RELEASE, release, OP_IN, 0, .handle = true, .removed = true),
	PLASMA_OP(DELETE, delete, OP_IN, PLASMA_DELETE_HIDE, OP_WRITES),
	PLASMA_OP(STAT, stat, OP_IN, PLASMA_STAT_EVICTED, OP_RESERVED(stat), OP_READS),
	PLASMA_OP(LIST, list, OP_IN_OUT, PLASMA_LIST_BY_NAME, OP_READS),
	PLASMA_OP(EVICT, evict, OP_IN_OUT, 0, OP_WRITES),
	PLASMA_OP(NAME_BIND, name_bind, OP_IN, PLASMA_NAME_REPLACE, OP_WRITES),
	PLASMA_OP(NAME_UNBIND, name_unbind, OP_IN, 0, OP_RESERVED(name_unbind), OP_WRITES),
	PLASMA_OP(NAME_LOOKUP, name_lookup, OP_IN_OUT, 0, OP_READS),
	PLASMA_OP(PUT_BATCH, put_batch, OP_IN, PLASMA_CREATE_NO_EVICT | PLASMA_CREATE_KEEP,
		  OP_WRITES),
	PLASMA_OP(SEAL_BATCH, seal_batch, OP_IN, PLASMA_SEAL_RELEASE, OP_WRITES),
	PLASMA_OP(REFRESH, refresh, OP_IN, 0, OP_WRITES),
	PLASMA_OP(PENDING_FD, pending_fd, OP_IN_OUT, 0, OP_READS),
	PLASMA_OP(NAME_GET, name_get, OP_IN_OUT, 0, OP_RESERVED(name_get), OP_READS),
	PLASMA_OP(SUBSCRIBE, subscribe, OP_IN_OUT, PLASMA_SUBSCRIBE_NO_REPLAY |
		  PLASMA_SUBSCRIBE_NONBLOCK, OP_READS),
	PLASMA_OP(QUOTA_SET, quota_set, OP_IN, 0, OP_RESERVED(quota_set), OP_WRITES),
	PLASMA_OP(QUOTA_LIST, quota_list, OP_IN_OUT, 0, OP_RESERVED(quota_list), OP_READS),
	PLASMA_OP(REAP, reap, OP_IN, PLASMA_REAP_DRAIN, OP_RESERVED(reap),
		  .handle = true, .removed = true),
	PLASMA_OP(EXPORT, export, OP_IN_OUT, 0, OP_READS),
};

/* All structures, and the assertion that none has grown without a look at this file. */
union plasma_arg {
	struct plasma_query query;
	struct plasma_ns_create ns_create;
	struct plasma_ns_open ns_open;
	struct plasma_ns_remove ns_remove;
	struct plasma_ns_list ns_list;
	struct plasma_ns_stat ns_stat;
	struct plasma_ns_set ns_set;
	struct plasma_create create;
	struct plasma_resize resize;
	struct plasma_seal seal;
	struct plasma_abort abort;
	struct plasma_put put;
	struct plasma_get get;
	struct plasma_release release;
	struct plasma_delete delete;
	struct plasma_stat stat;
	struct plasma_list list;
	struct plasma_evict evict;
	struct plasma_name_bind name_bind;
	struct plasma_name_unbind name_unbind;
	struct plasma_name_lookup name_lookup;
	struct plasma_put_batch put_batch;
	struct plasma_seal_batch seal_batch;
	struct plasma_refresh refresh;
	struct plasma_pending_fd pending_fd;
	struct plasma_name_get name_get;
	struct plasma_subscribe subscribe;
	struct plasma_quota_set quota_set;
	struct plasma_quota_list quota_list;
	struct plasma_reap reap;
	struct plasma_export export;
};

#define CHECK_SIZE(_struct, _size) \
	static_assert(sizeof(struct _struct) == (_size))

CHECK_SIZE(plasma_query, 64);
CHECK_SIZE(plasma_ns_create, 56);
CHECK_SIZE(plasma_ns_open, 72);
CHECK_SIZE(plasma_ns_remove, 16);
CHECK_SIZE(plasma_ns_info, 376);
CHECK_SIZE(plasma_ns_list, 32);
CHECK_SIZE(plasma_ns_stat, 32);
CHECK_SIZE(plasma_ns_set, 40);
CHECK_SIZE(plasma_create, 80);
CHECK_SIZE(plasma_resize, 48);
CHECK_SIZE(plasma_seal, 48);
CHECK_SIZE(plasma_abort, 32);
CHECK_SIZE(plasma_put, 88);
CHECK_SIZE(plasma_put_entry, 56);
CHECK_SIZE(plasma_put_batch, 24);
CHECK_SIZE(plasma_get_entry, 48);
CHECK_SIZE(plasma_get, 40);
CHECK_SIZE(plasma_id_entry, 24);
CHECK_SIZE(plasma_release, 24);
CHECK_SIZE(plasma_delete, 24);
CHECK_SIZE(plasma_object_info, 344);
CHECK_SIZE(plasma_stat, 56);
CHECK_SIZE(plasma_list, 48);
CHECK_SIZE(plasma_evict, 32);
CHECK_SIZE(plasma_name_bind, 40);
CHECK_SIZE(plasma_name_unbind, 24);
CHECK_SIZE(plasma_name_lookup, 40);
CHECK_SIZE(plasma_seal_batch, 24);
CHECK_SIZE(plasma_refresh, 24);
CHECK_SIZE(plasma_release_entry, 32);
CHECK_SIZE(plasma_pending_fd, 32);
CHECK_SIZE(plasma_name_get, 80);
CHECK_SIZE(plasma_event, 64);
CHECK_SIZE(plasma_subscribe, 16);
CHECK_SIZE(plasma_quota_set, 32);
CHECK_SIZE(plasma_quota_info, 120);
CHECK_SIZE(plasma_quota_list, 32);
CHECK_SIZE(plasma_export, 32);
CHECK_SIZE(plasma_reap, 16);
CHECK_SIZE(plasma_index_header, 48);
CHECK_SIZE(plasma_index_entry, 64);
CHECK_SIZE(plasma_pin, 16);

/*
 * Copies, of the sizes that most have: where the compiler knows the size, the kernel does not
 * look each time whether @buf has as many bytes.
 */
static unsigned long copy_in(void *buf, const void __user *from, size_t size)
{
	switch (size) {
	case 24:
		return copy_from_user(buf, from, 24);
	case 40:
		return copy_from_user(buf, from, 40);
	case 48:
		return copy_from_user(buf, from, 48);
	case 80:
		return copy_from_user(buf, from, 80);
	case 88:
		return copy_from_user(buf, from, 88);
	default:
		return copy_from_user(buf, from, size);
	}
}

static unsigned long copy_out(void __user *to, const void *buf, size_t size)
{
	switch (size) {
	case 24:
		return copy_to_user(to, buf, 24);
	case 40:
		return copy_to_user(to, buf, 40);
	case 48:
		return copy_to_user(to, buf, 48);
	case 80:
		return copy_to_user(to, buf, 80);
	case 88:
		return copy_to_user(to, buf, 88);
	default:
		return copy_to_user(to, buf, size);
	}
}

/**
 * plasma_respond - write the structure back to the caller
 * @cmd: the command
 *
 * A command does this before its last step that others can see, so that one which
 * reports EFAULT has had no effect.
 *
 * Context: may fault, so no locks held.
 * Return: 0 or -EFAULT.
 */
int plasma_respond(struct plasma_cmd *cmd)
{
	if (copy_out(cmd->arg, cmd->buf, min(cmd->user_size, cmd->size)))
		return -EFAULT;
	return 0;
}

/**
 * plasma_respond_file - answer with a new descriptor
 * @cmd: the command
 * @out_fd: where in the structure the descriptor goes
 * @file: the file; its reference is used up, also on failure
 *
 * Return: 0 or a negative error.
 */
int plasma_respond_file(struct plasma_cmd *cmd, s32 *out_fd, struct file *file)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	int err;

	if (fd < 0) {
		fput(file);
		return fd;
	}
	*out_fd = fd;
	err = plasma_respond(cmd);
	if (err) {
		put_unused_fd(fd);
		fput(file);
		return err;
	}
	fd_install(fd, file);	/* from here on the caller has it */
	return 0;
}

/**
 * plasma_copy_name - read a name of an object or a namespace
 * @name: room for %PLASMA_NAME_MAX bytes
 * @ptr: user pointer to it
 * @len: bytes in it
 *
 * Names are shown on terminals and in logs, so control characters are refused; anything
 * else is the user's business.
 *
 * Return: 0, -EINVAL, -ENAMETOOLONG or -EFAULT.
 */
int plasma_copy_name(u8 *name, u64 ptr, u32 len)
{
	u32 i;

	if (!len)
		return -EINVAL;
	if (len > PLASMA_NAME_MAX)
		return -ENAMETOOLONG;
	if (copy_from_user(name, u64_to_user_ptr(ptr), len))
		return -EFAULT;
	for (i = 0; i < len; i++)
		if (name[i] < 0x20 || name[i] == 0x7f)
			return -EINVAL;
	return 0;
}

/**
 * plasma_for_ids - do something to each id of an array, and report what came of it
 * @cmd: the command
 * @ptr: user pointer to an array of &struct plasma_id_entry
 * @count: entries
 * @entry_size: bytes in an entry
 * @fn: what to do; returns the entry's status and may add to a list of dead objects
 *
 * Return: 0 or a negative error. EFAULT may also mean that all is done, but
 * could not be reported.
 */
int plasma_for_ids(struct plasma_cmd *cmd, u64 ptr, u32 count, u32 entry_size,
		   int (*fn)(struct plasma_cmd *cmd, const u8 *id, struct list_head *reap))
{
	struct plasma_id_entry *entries;
	LIST_HEAD(reap);
	int err;
	u32 i;

	if (entry_size != sizeof(*entries))
		return -EINVAL;
	entries = plasma_get_array(cmd, ptr, count, entry_size);
	if (IS_ERR_OR_NULL(entries))
		return PTR_ERR_OR_ZERO(entries);
	for (i = 0; i < count; i++) {
		entries[i].status = fn(cmd, entries[i].id, &reap);
		cond_resched();
	}
	plasma_object_reap(&reap);
	err = plasma_return_array(ptr, count, entry_size, entries);
	plasma_free_array(cmd, entries);
	return err;
}

/**
 * plasma_get_array - read an array
 * @cmd: the command, which takes one such array
 * @ptr: user pointer
 * @count: entries
 * @entry_size: bytes in an entry
 *
 * Return: the array, for plasma_free_array(), NULL when it is empty, or an error pointer.
 */
void *plasma_get_array(struct plasma_cmd *cmd, u64 ptr, u32 count, u32 entry_size)
{
	void *entries = cmd->few;

	if (count > PLASMA_BATCH_MAX)
		return ERR_PTR(-E2BIG);
	if (!count)
		return NULL;
	if ((size_t)count * entry_size > PLASMA_FEW_BYTES)
		entries = kvmalloc_array(count, entry_size, GFP_KERNEL_ACCOUNT);
	if (!entries)
		return ERR_PTR(-ENOMEM);
	if (copy_in(entries, u64_to_user_ptr(ptr), (size_t)count * entry_size)) {
		plasma_free_array(cmd, entries);
		return ERR_PTR(-EFAULT);
	}
	return entries;
}

/**
 * plasma_free_array - free an array
 * @cmd: the command
 * @entries: from plasma_get_array()
 */
void plasma_free_array(struct plasma_cmd *cmd, void *entries)
{
	if (entries != cmd->few)
		kvfree(entries);
}

/**
 * plasma_return_array - write an array back
 * @ptr: user pointer
 * @count: entries
 * @entry_size: bytes in an entry
 * @entries: the array
 *
 * Return: 0 or -EFAULT.
 */
int plasma_return_array(u64 ptr, u32 count, u32 entry_size, const void *entries)
{
	if (copy_out(u64_to_user_ptr(ptr), entries, (size_t)count * entry_size))
		return -EFAULT;
	return 0;
}

static int copy_arg(const struct plasma_op *op, struct plasma_cmd *cmd)
{
	if (cmd->user_size == op->size)
		return copy_in(cmd->buf, cmd->arg, op->size) ? -EFAULT : 0;
	return copy_struct_from_user(cmd->buf, op->size, cmd->arg, cmd->user_size);
}

static u32 member(const struct plasma_cmd *cmd, unsigned int offset)
{
	return *(const u32 *)(cmd->buf + offset);
}

static int check_arg(const struct plasma_op *op, const struct plasma_cmd *cmd)
{
	if (member(cmd, op->flags_at) & ~op->flags)
		return -EINVAL;
	if (op->reserved_at && member(cmd, op->reserved_at))
		return -EINVAL;
	if (op->reserved2_at && member(cmd, op->reserved2_at))
		return -EINVAL;
	return 0;
}

/* Every structure that names a namespace by handle begins with it. */
static int check_handle(const struct plasma_op *op, struct plasma_cmd *cmd)
{
	BUILD_BUG_ON(offsetof(struct plasma_create, ns));

	cmd->attach = plasma_attach_of(cmd->client, member(cmd, 0));
	if (!cmd->attach)
		return -EBADF;
	if (op->access & ~cmd->attach->access)
		return -EACCES;
	if (!op->removed && READ_ONCE(cmd->attach->ns->removed))
		return -EIDRM;
	return 0;
}

static const struct plasma_op *find_op(unsigned int cmd)
{
	const struct plasma_op *op;
	unsigned int nr = _IOC_NR(cmd);

	if (_IOC_TYPE(cmd) != PLASMA_IOC_MAGIC || nr >= ARRAY_SIZE(plasma_ops))
		return NULL;
	op = &plasma_ops[array_index_nospec(nr, ARRAY_SIZE(plasma_ops))];
	return op->run && op->dir == _IOC_DIR(cmd) ? op : NULL;
}

/**
 * plasma_ioctl - unlocked_ioctl of /dev/plasma
 * @file: a client
 * @cmd: the command word
 * @arg: user pointer to the command's structure
 *
 * Return: 0 or a negative error.
 */
long plasma_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct plasma_op *op = find_op(cmd);
	union plasma_arg buf PLASMA_UNINITIALIZED;
	u64 few[PLASMA_FEW_BYTES / sizeof(u64)] PLASMA_UNINITIALIZED;
	struct plasma_cmd c = {
		.client = file->private_data,
		.file = file,
		.arg = (void __user *)arg,
		.user_size = _IOC_SIZE(cmd),
		.buf = &buf,
		.few = few,
	};
	int err;

	if (!op)
		return -ENOTTY;
	if (c.user_size < op->min_size)
		return -EINVAL;
	c.size = op->size;
	err = copy_arg(op, &c);
	if (err)
		return err;
	err = check_arg(op, &c);
	if (err)
		return err;
	if (op->handle) {
		err = check_handle(op, &c);
		if (err)
			return err;
	}
	return op->run(&c);
}
