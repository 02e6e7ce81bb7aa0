// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands and what is common to all: size, flags, reserved members,
 * handle and access are checked here, before a command has any effect.
 */
#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

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
	bool handle;
	bool removed;
	u32 access;
};

static int plasma_ioctl_query(struct plasma_cmd *cmd)
{
	struct plasma_query *q = cmd->buf;

	*q = (struct plasma_query) {
		.out_abi_version = PLASMA_ABI_VERSION,
		.out_features = PLASMA_FEATURE_NAMES,
		.out_window_size = plasma_window_size(),
		.out_store_size = plasma_store_size(),
		.out_store_used = plasma_store_used(),
		.out_metadata_max = PLASMA_METADATA_MAX,
		.out_batch_max = PLASMA_BATCH_MAX,
		.out_page_size = PAGE_SIZE,
		.out_namespaces = plasma_namespaces(),
		.out_clients = plasma_clients(),
	};
	if (IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE)) {
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
#define OP_READS	.handle = true, .access = PLASMA_ACCESS_READ
#define OP_WRITES	.handle = true, .access = PLASMA_ACCESS_WRITE

static const struct plasma_op plasma_ops[] = {
	PLASMA_OP(QUERY, query, OP_IN_OUT, 0),
	PLASMA_OP(NS_CREATE, ns_create, OP_IN_OUT, PLASMA_NS_EPHEMERAL, OP_RESERVED(ns_create)),
	PLASMA_OP(NS_OPEN, ns_open, OP_IN_OUT, PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE),
	PLASMA_OP(NS_REMOVE, ns_remove, OP_IN, PLASMA_NS_REMOVE_FORCE),
	PLASMA_OP(NS_LIST, ns_list, OP_IN_OUT, 0),
	PLASMA_OP(NS_STAT, ns_stat, OP_IN, 0, OP_RESERVED(ns_stat)),
	PLASMA_OP(NS_SET, ns_set, OP_IN, PLASMA_NS_SET_CAPACITY | PLASMA_NS_SET_MODE |
		  PLASMA_NS_SET_OWNER | PLASMA_NS_SET_EVICT_PERCENT),
	PLASMA_OP(CREATE, create, OP_IN_OUT, PLASMA_CREATE_NO_EVICT | PLASMA_CREATE_KEEP,
		  OP_RESERVED(create), OP_WRITES),
	PLASMA_OP(RESIZE, resize, OP_IN_OUT, 0, OP_RESERVED(resize), OP_WRITES),
	PLASMA_OP(SEAL, seal, OP_IN, PLASMA_SEAL_RELEASE, OP_RESERVED(seal), OP_WRITES),
	PLASMA_OP(ABORT, abort, OP_IN, 0, OP_RESERVED(abort), OP_WRITES),
	PLASMA_OP(PUT, put, OP_IN_OUT, PLASMA_CREATE_NO_EVICT | PLASMA_CREATE_KEEP |
		  PLASMA_PUT_HOLD, OP_RESERVED(put), OP_WRITES),
	PLASMA_OP(GET, get, OP_IN_OUT, 0, OP_RESERVED(get), OP_READS),
	PLASMA_OP(RELEASE, release, OP_IN, 0, .handle = true, .removed = true),
	PLASMA_OP(DELETE, delete, OP_IN, 0, OP_WRITES),
	PLASMA_OP(STAT, stat, OP_IN, 0, OP_READS),
	PLASMA_OP(LIST, list, OP_IN_OUT, PLASMA_LIST_BY_NAME, OP_READS),
	PLASMA_OP(EVICT, evict, OP_IN_OUT, 0, OP_WRITES),
	PLASMA_OP(NAME_BIND, name_bind, OP_IN, PLASMA_NAME_REPLACE, OP_WRITES),
	PLASMA_OP(NAME_UNBIND, name_unbind, OP_IN, 0, OP_RESERVED(name_unbind), OP_WRITES),
	PLASMA_OP(NAME_LOOKUP, name_lookup, OP_IN_OUT, 0, OP_READS),
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
};

#define CHECK_SIZE(_struct, _size) \
	static_assert(sizeof(struct _struct) == (_size))

CHECK_SIZE(plasma_query, 64);
CHECK_SIZE(plasma_ns_create, 56);
CHECK_SIZE(plasma_ns_open, 40);
CHECK_SIZE(plasma_ns_remove, 16);
CHECK_SIZE(plasma_ns_info, 376);
CHECK_SIZE(plasma_ns_list, 32);
CHECK_SIZE(plasma_ns_stat, 32);
CHECK_SIZE(plasma_ns_set, 40);
CHECK_SIZE(plasma_create, 64);
CHECK_SIZE(plasma_resize, 48);
CHECK_SIZE(plasma_seal, 32);
CHECK_SIZE(plasma_abort, 32);
CHECK_SIZE(plasma_put, 72);
CHECK_SIZE(plasma_get_entry, 48);
CHECK_SIZE(plasma_get, 40);
CHECK_SIZE(plasma_id_entry, 24);
CHECK_SIZE(plasma_release, 24);
CHECK_SIZE(plasma_delete, 24);
CHECK_SIZE(plasma_object_info, 344);
CHECK_SIZE(plasma_stat, 40);
CHECK_SIZE(plasma_list, 48);
CHECK_SIZE(plasma_evict, 32);
CHECK_SIZE(plasma_name_bind, 40);
CHECK_SIZE(plasma_name_unbind, 24);
CHECK_SIZE(plasma_name_lookup, 40);

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
	if (copy_to_user(cmd->arg, cmd->buf, min(cmd->user_size, cmd->size)))
		return -EFAULT;
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
 * plasma_get_ids - read the array of a release or delete
 * @ptr: user pointer to it
 * @count: entries
 * @entry_size: bytes in an entry
 *
 * Return: the array, for plasma_return_ids(), NULL when it is empty, or an error pointer.
 */
struct plasma_id_entry *plasma_get_ids(u64 ptr, u32 count, u32 entry_size)
{
	struct plasma_id_entry *entries;

	if (entry_size != sizeof(*entries))
		return ERR_PTR(-EINVAL);
	if (count > PLASMA_BATCH_MAX)
		return ERR_PTR(-E2BIG);
	if (!count)
		return NULL;
	entries = kvmalloc_array(count, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(entries, u64_to_user_ptr(ptr), count * sizeof(*entries))) {
		kvfree(entries);
		return ERR_PTR(-EFAULT);
	}
	return entries;
}

/**
 * plasma_return_ids - write the statuses of a release or delete back
 * @ptr: user pointer to the array
 * @count: entries
 * @entries: what plasma_get_ids() gave; freed
 *
 * Return: 0 or -EFAULT.
 */
int plasma_return_ids(u64 ptr, u32 count, struct plasma_id_entry *entries)
{
	int err = 0;

	if (copy_to_user(u64_to_user_ptr(ptr), entries, count * sizeof(*entries)))
		err = -EFAULT;
	kvfree(entries);
	return err;
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
	return 0;
}

/* Every structure that names a namespace by handle begins with it. */
static int check_handle(const struct plasma_op *op, struct plasma_cmd *cmd)
{
	BUILD_BUG_ON(offsetof(struct plasma_create, ns));

	cmd->attach = xa_load(&cmd->client->attaches, member(cmd, 0));
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
	union plasma_arg buf;
	struct plasma_cmd c = {
		.client = file->private_data,
		.file = file,
		.arg = (void __user *)arg,
		.user_size = _IOC_SIZE(cmd),
		.buf = &buf,
	};
	int err;

	if (!op)
		return -ENOTTY;
	if (c.user_size < op->min_size)
		return -EINVAL;
	c.size = op->size;
	err = copy_struct_from_user(&buf, op->size, c.arg, c.user_size);
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
