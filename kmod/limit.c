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
#include <linux/mm.h>
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
 * @refs: references (users_lock)
 * @used: how much of each (users_lock)
 */
struct plasma_user {
	struct hlist_node node;
	kuid_t uid;
	u64 refs;
	u64 used[PLASMA_LIMITS];
};

static DEFINE_HASHTABLE(users, USER_BITS);
static DEFINE_SPINLOCK(users_lock);	/* protects users; nothing is taken inside */

static unsigned long max_objects;
module_param(max_objects, ulong, 0644);
MODULE_PARM_DESC(max_objects, "Objects of one user (default: as many as the machine has pages)");

static unsigned long max_holds;
module_param(max_holds, ulong, 0644);
MODULE_PARM_DESC(max_holds, "Holds of one user's clients (default: as many as the machine has pages)");

static unsigned int max_open = 4096;
module_param(max_open, uint, 0644);
MODULE_PARM_DESC(max_open, "Namespaces that the clients of one user have open (default: 4096)");

static unsigned int max_namespaces = 256;
module_param(max_namespaces, uint, 0644);
MODULE_PARM_DESC(max_namespaces, "Namespaces that one user may have (default: 256)");

static unsigned int max_descriptors = 16384;
module_param(max_descriptors, uint, 0644);
MODULE_PARM_DESC(max_descriptors, "Subscriptions, pending descriptors and exported objects of one user (default: 16384)");

static unsigned int max_queue_mb = 256;
module_param(max_queue_mb, uint, 0644);
MODULE_PARM_DESC(max_queue_mb, "Memory for events unread by one user, in MiB (default: 256)");

static u64 most(enum plasma_limit what)
{
	switch (what) {
	case PLASMA_LIMIT_OBJECTS:
		return READ_ONCE(max_objects) ?: totalram_pages();
	case PLASMA_LIMIT_HOLDS:
		return READ_ONCE(max_holds) ?: totalram_pages();
	case PLASMA_LIMIT_OPEN:
		return READ_ONCE(max_open);
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

	if (!user) {
		user = *spare;
		*spare = NULL;
		user->uid = uid;
		hash_add(users, &user->node, __kuid_val(uid));
	}
	user->refs++;
	return user;
}

/**
 * plasma_limit_put - drop a reference to a user
 * @user: from plasma_limit_charge()
 *
 * Context: any.
 */
void plasma_limit_put(struct plasma_user *user)
{
	bool last;

	spin_lock(&users_lock);
	last = !--user->refs;
	if (last)
		hash_del(&user->node);
	spin_unlock(&users_lock);
	if (last)
		kfree(user);
}

/* The caller, with a reference; NULL for want of memory. */
static struct plasma_user *get_caller(void)
{
	struct plasma_user *spare = kzalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
	struct plasma_user *user;

	if (!spare)
		return NULL;
	spin_lock(&users_lock);
	user = get_locked(current_uid(), &spare);
	spin_unlock(&users_lock);
	kfree(spare);
	return user;
}

static u64 take(struct plasma_user *user, enum plasma_limit what, u64 least, u64 amount, u64 max)
{
	u64 left;

	spin_lock(&users_lock);
	left = max > user->used[what] ? max - user->used[what] : 0;
	amount = min(amount, left);
	if (amount < least)
		amount = 0;
	user->used[what] += amount;
	spin_unlock(&users_lock);
	return amount;
}

/**
 * plasma_limit_take - count more as somebody's
 * @user: from plasma_limit_charge(), not given to plasma_limit_uncharge() yet
 * @what: what it is
 * @least: how much is needed, not 0
 * @amount: how much would be good
 *
 * Who is asked for its capabilities is the caller, whoever @user is.
 *
 * Context: any.
 * Return: how much it got, or 0.
 */
u64 plasma_limit_take(struct plasma_user *user, enum plasma_limit what, u64 least, u64 amount)
{
	u64 got = take(user, what, least, amount, most(what));

	/* Asked for only where a limit is reached, since the answer leaves traces. */
	if (!got && capable(CAP_SYS_RESOURCE))
		got = take(user, what, least, amount, U64_MAX);
	return got;
}

/**
 * plasma_limit_give - take back what plasma_limit_take() did
 * @user: as there
 * @what: as there
 * @amount: how much
 */
void plasma_limit_give(struct plasma_user *user, enum plasma_limit what, u64 amount)
{
	spin_lock(&users_lock);
	user->used[what] -= amount;
	spin_unlock(&users_lock);
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
	struct plasma_user *user = get_caller();

	if (!user)
		return ERR_PTR(-ENOMEM);
	if (plasma_limit_take(user, what, amount, amount))
		return user;
	plasma_limit_put(user);
	return ERR_PTR(-EDQUOT);
}

/**
 * plasma_limit_uncharge - take back what plasma_limit_charge() did
 * @user: what that returned, or NULL for what nobody was charged for
 * @what: as there
 * @amount: as there
 */
void plasma_limit_uncharge(struct plasma_user *user, enum plasma_limit what, u64 amount)
{
	if (!user)
		return;
	plasma_limit_give(user, what, amount);
	plasma_limit_put(user);
}
