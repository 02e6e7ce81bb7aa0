// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits: how much of what is not bounded by the capacity of a namespace one user may have.
 *
 * A user is the real user id of who makes a thing, as the machine knows it: user 0 of a
 * user namespace is whoever made that. Memory is charged to memory cgroups as well, but
 * not everybody is in one that has a limit, and a namespace outlives its maker.
 * CAP_SYS_RESOURCE is above these limits.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "plasma.h"

#define USER_BITS	6

/**
 * struct plasma_user - what a user has; exists as long as that is something
 * @node: in users (users_lock)
 * @uid: the user
 * @charges: of how many things (users_lock)
 * @used: how much of each (users_lock)
 */
struct plasma_user {
	struct hlist_node node;
	kuid_t uid;
	u64 charges;
	u64 used[PLASMA_LIMITS];
};

static DEFINE_HASHTABLE(users, USER_BITS);
static DEFINE_SPINLOCK(users_lock);	/* protects users; nothing is taken inside */

static unsigned int max_namespaces = 256;
module_param(max_namespaces, uint, 0644);
MODULE_PARM_DESC(max_namespaces, "Namespaces that one user may have (default: 256)");

static unsigned int max_descriptors = 16384;
module_param(max_descriptors, uint, 0644);
MODULE_PARM_DESC(max_descriptors, "Subscriptions and pending descriptors of one user (default: 16384)");

static unsigned int max_queue_mb = 256;
module_param(max_queue_mb, uint, 0644);
MODULE_PARM_DESC(max_queue_mb, "Memory for events unread by one user, in MiB (default: 256)");

static u64 most(enum plasma_limit what)
{
	switch (what) {
	case PLASMA_LIMIT_NAMESPACES:
		return READ_ONCE(max_namespaces);
	case PLASMA_LIMIT_DESCRIPTORS:
		return READ_ONCE(max_descriptors);
	default:
		return (u64)READ_ONCE(max_queue_mb) << 20;
	}
}

static struct plasma_user *find_locked(kuid_t uid)
{
	struct plasma_user *user;

	lockdep_assert_held(&users_lock);
	hash_for_each_possible(users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/* The user, made of @spare where there is none; that becomes NULL then. */
static struct plasma_user *get_locked(kuid_t uid, struct plasma_user **spare)
{
	struct plasma_user *user = find_locked(uid);

	if (user)
		return user;
	user = *spare;
	*spare = NULL;
	user->uid = uid;
	hash_add(users, &user->node, __kuid_val(uid));
	return user;
}

/* Above all limits? Asked for only where one is reached, since the answer leaves traces. */
static bool exempt(kuid_t uid, enum plasma_limit what, u64 amount)
{
	struct plasma_user *user;
	u64 max = most(what), used;

	spin_lock(&users_lock);
	user = find_locked(uid);
	used = user ? user->used[what] : 0;
	spin_unlock(&users_lock);
	return (used > max || amount > max - used) && capable(CAP_SYS_RESOURCE);
}

/**
 * plasma_limit_charge - count something as the caller's
 * @what: what it is
 * @amount: how much: a number, or bytes of a queue; not 0
 *
 * Context: may sleep.
 * Return: whom to give to plasma_limit_uncharge(), or -EDQUOT or -ENOMEM as an error pointer.
 */
struct plasma_user *plasma_limit_charge(enum plasma_limit what, u64 amount)
{
	struct plasma_user *spare = kzalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
	struct plasma_user *user;
	kuid_t uid = current_uid();
	u64 max;

	if (!spare)
		return ERR_PTR(-ENOMEM);
	max = exempt(uid, what, amount) ? U64_MAX : most(what);
	spin_lock(&users_lock);
	user = find_locked(uid);
	if (amount > max || (user && user->used[what] > max - amount)) {
		user = ERR_PTR(-EDQUOT);
	} else {
		user = get_locked(uid, &spare);
		user->used[what] += amount;
		user->charges++;
	}
	spin_unlock(&users_lock);
	kfree(spare);
	return user;
}

/**
 * plasma_limit_uncharge - take back what plasma_limit_charge() did
 * @user: what that returned, or NULL for what nobody was charged for
 * @what: as there
 * @amount: as there
 */
void plasma_limit_uncharge(struct plasma_user *user, enum plasma_limit what, u64 amount)
{
	bool last;

	if (!user)
		return;
	spin_lock(&users_lock);
	user->used[what] -= amount;
	last = !--user->charges;
	if (last)
		hash_del(&user->node);
	spin_unlock(&users_lock);
	if (last)
		kfree(user);
}
