// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of objects. A name and its object lead to each other under ns->lock, so a
 * rebind is one step: a look-up finds the old object or the new one. Most objects have no
 * name; so where the name of one is, is kept in a table, by the object's slot.
 */
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "plasma.h"

struct name_key {
	const u8 *bytes;
	u32 len;
};

static u32 key_hash(const void *data, u32 len, u32 seed)
{
	const struct name_key *key = data;

	return jhash(key->bytes, key->len, seed);
}

static u32 name_hash(const void *data, u32 len, u32 seed)
{
	const struct plasma_name *name = data;

	return jhash(name->bytes, name->len, seed);
}

static int name_cmp(struct rhashtable_compare_arg *arg, const void *data)
{
	const struct name_key *key = arg->key;
	const struct plasma_name *name = data;

	return name->len != key->len || memcmp(name->bytes, key->bytes, key->len);
}

const struct rhashtable_params plasma_name_params = {
	.head_offset = offsetof(struct plasma_name, node),
	.hashfn = key_hash,
	.obj_hashfn = name_hash,
	.obj_cmpfn = name_cmp,
	.automatic_shrinking = true,
};

static struct plasma_name *find_locked(struct plasma_namespace *ns, const u8 *bytes, u32 len)
{
	const struct name_key key = { .bytes = bytes, .len = len };

	lockdep_assert_held(&ns->lock);
	return rhashtable_lookup_fast(&ns->names, &key, plasma_name_params);
}

/* The name of @obj is @name from now on, or none. */
static int set_name_locked(struct plasma_object *obj, struct plasma_name *name)
{
	int err;

	lockdep_assert_held(&obj->ns->lock);
	err = xa_err(xa_store(&obj->ns->slot_names, obj->slot, name,
			      GFP_ATOMIC | __GFP_NOWARN));
	if (!err)
		obj->named = !!name;
	return err;
}

/**
 * plasma_name_of_locked - the name of an object
 * @obj: the object
 *
 * Return: the name, good while the lock is held, or NULL.
 */
struct plasma_name *plasma_name_of_locked(const struct plasma_object *obj)
{
	lockdep_assert_held(&obj->ns->lock);
	return obj->named ? xa_load(&obj->ns->slot_names, obj->slot) : NULL;
}

static void remove_locked(struct plasma_namespace *ns, struct plasma_name *name)
{
	rhashtable_remove_fast(&ns->names, &name->node, plasma_name_params);
	set_name_locked(name->object, NULL);	/* needs no memory */
	ns->nr_names--;
	kfree(name);		/* not by RCU: all look-ups of names are under the lock */
}

/**
 * plasma_name_drop_locked - an object goes, and its name with it
 * @obj: the object
 */
void plasma_name_drop_locked(struct plasma_object *obj)
{
	lockdep_assert_held(&obj->ns->lock);
	if (obj->named)
		remove_locked(obj->ns, plasma_name_of_locked(obj));
}

/**
 * plasma_name_get - read a name that is to be bound
 * @ptr: user pointer
 * @len: bytes; 0 means that there is none
 *
 * Return: the name, to be freed with kfree() unless it is bound, NULL, or an error pointer.
 */
struct plasma_name *plasma_name_get(u64 ptr, u32 len)
{
	struct plasma_name *name;
	u8 bytes[PLASMA_NAME_MAX];
	int err;

	if (!len)
		return NULL;
	err = plasma_copy_name(bytes, ptr, len);
	if (err)
		return ERR_PTR(err);
	name = kmalloc(struct_size(name, bytes, len), GFP_KERNEL_ACCOUNT);
	if (!name)
		return ERR_PTR(-ENOMEM);
	name->object = NULL;
	name->len = len;
	memcpy(name->bytes, bytes, len);
	return name;
}

/* Give @name, which is bound, to @obj. Its former object goes when nobody uses it. */
static int rebind_locked(struct plasma_name *name, struct plasma_object *obj,
			 struct list_head *reap)
{
	struct plasma_object *former = name->object;
	int err = set_name_locked(obj, name);

	if (err)
		return err;
	set_name_locked(former, NULL);
	name->object = obj;
	plasma_object_delete_locked(former, false, reap);
	return 0;
}

static int bind_new_locked(struct plasma_name *name, struct plasma_object *obj)
{
	struct plasma_namespace *ns = obj->ns;
	int err = set_name_locked(obj, name);

	if (err)
		return err;
	if (rhashtable_insert_fast(&ns->names, &name->node, plasma_name_params)) {
		set_name_locked(obj, NULL);
		return -ENOMEM;
	}
	name->object = obj;
	ns->nr_names++;
	return 0;
}

/**
 * plasma_name_set_locked - bind a name to an object
 * @obj: the object
 * @namep: the name, may be NULL; becomes NULL if it was used
 * @replace: take it from another object
 * @reap: where that object goes if nobody uses it
 *
 * Return: 0, -EBUSY (the object has another name), -EEXIST (the name is taken) or -ENOMEM,
 * and then nothing has changed.
 */
int plasma_name_set_locked(struct plasma_object *obj, struct plasma_name **namep, bool replace,
			   struct list_head *reap)
{
	struct plasma_namespace *ns = obj->ns;
	struct plasma_name *name = *namep, *old;
	int err;

	lockdep_assert_held(&ns->lock);
	if (!name)
		return 0;
	old = find_locked(ns, name->bytes, name->len);
	if (old && old->object == obj)
		return 0;
	if (obj->named)
		return -EBUSY;
	if (old && !replace)
		return -EEXIST;
	if (old)
		return rebind_locked(old, obj, reap);
	err = bind_new_locked(name, obj);
	if (!err)
		*namep = NULL;
	return err;
}

/**
 * plasma_name_find_locked - which object has a name
 * @ns: the namespace
 * @bytes: the name
 * @len: bytes in it
 *
 * Return: the object, sealed or not, or NULL.
 */
struct plasma_object *plasma_name_find_locked(struct plasma_namespace *ns, const u8 *bytes,
					      u32 len)
{
	struct plasma_name *name = find_locked(ns, bytes, len);

	return name ? name->object : NULL;
}

static struct plasma_object *nameable_locked(struct plasma_attach *attach, const u8 *id)
{
	struct plasma_object *obj = plasma_object_lookup_locked(attach->ns, id);

	if (!obj)
		return ERR_PTR(-ENOENT);
	if (obj->state != PLASMA_SEALED && obj->origin->attach != attach)
		return ERR_PTR(-EPERM);
	return obj;
}

static int bind_locked(struct plasma_attach *attach, const struct plasma_name_bind *arg,
		       struct plasma_name **namep, struct list_head *reap)
{
	struct plasma_object *obj;
	int err;

	if (attach->ns->removed)
		return -EIDRM;
	obj = nameable_locked(attach, arg->id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = plasma_name_set_locked(obj, namep, arg->flags & PLASMA_NAME_REPLACE, reap);
	if (!err && obj->state == PLASMA_SEALED)
		plasma_wake_named_locked(obj);
	return err;
}

/**
 * plasma_ioctl_name_bind - %PLASMA_IOC_NAME_BIND
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_name_bind(struct plasma_cmd *cmd)
{
	struct plasma_name_bind *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	struct plasma_name *name = plasma_name_get(arg->name_ptr, arg->name_len);
	LIST_HEAD(reap);
	int err;

	if (IS_ERR_OR_NULL(name))
		return name ? PTR_ERR(name) : -EINVAL;
	spin_lock(&ns->lock);
	err = bind_locked(cmd->attach, arg, &name, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	kfree(name);
	return err;
}

/**
 * plasma_ioctl_name_unbind - %PLASMA_IOC_NAME_UNBIND
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_name_unbind(struct plasma_cmd *cmd)
{
	struct plasma_name_unbind *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	u8 bytes[PLASMA_NAME_MAX];
	struct plasma_name *name;
	int err;

	err = plasma_copy_name(bytes, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	spin_lock(&ns->lock);
	name = find_locked(ns, bytes, arg->name_len);
	if (name)
		remove_locked(ns, name);
	spin_unlock(&ns->lock);
	return name ? 0 : -ENOENT;
}

/**
 * plasma_ioctl_name_lookup - %PLASMA_IOC_NAME_LOOKUP
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_name_lookup(struct plasma_cmd *cmd)
{
	struct plasma_name_lookup *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	u8 bytes[PLASMA_NAME_MAX];
	struct plasma_name *name;
	int err;

	err = plasma_copy_name(bytes, arg->name_ptr, arg->name_len);
	if (err)
		return err;
	spin_lock(&ns->lock);
	name = find_locked(ns, bytes, arg->name_len);
	if (name)
		memcpy(arg->out_id, name->object->entry->id, PLASMA_ID_SIZE);
	spin_unlock(&ns->lock);
	return name ? plasma_respond(cmd) : -ENOENT;
}
