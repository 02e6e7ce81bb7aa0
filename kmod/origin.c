// SPDX-License-Identifier: GPL-2.0-only
/*
 * Origins: what all objects have in common that one process makes by one client. There are
 * many such objects, so it is stored once for all of them.
 *
 * An attachment remembers its last origin, for the next object, which nearly always has
 * the same. Several processes that share a client, and take turns, get new ones each time.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "plasma.h"

static bool is_mine(const struct plasma_origin *origin)
{
	return origin->pid == task_tgid(current) && uid_eq(origin->uid, current_uid());
}

static struct plasma_origin *origin_new(struct plasma_attach *attach)
{
	struct plasma_origin *origin = kmalloc(sizeof(*origin), GFP_KERNEL_ACCOUNT), *last;

	if (!origin)
		return NULL;
	refcount_set(&origin->ref, 2);	/* the caller's, and that of the attachment */
	origin->attach = attach;
	origin->account = attach->account;
	origin->pid = get_pid(task_tgid(current));
	origin->uid = current_uid();
	last = unrcu_pointer(xchg(&attach->origin, RCU_INITIALIZER(origin)));
	if (last)
		plasma_origin_put(last);
	return origin;
}

/**
 * plasma_origin_get - the origin of what the caller is about to make
 * @attach: by which attachment
 *
 * Context: may sleep.
 * Return: the origin, with a reference, or NULL for want of memory.
 */
struct plasma_origin *plasma_origin_get(struct plasma_attach *attach)
{
	struct plasma_origin *origin;

	rcu_read_lock();
	origin = rcu_dereference(attach->origin);
	if (origin && (!is_mine(origin) || !refcount_inc_not_zero(&origin->ref)))
		origin = NULL;
	rcu_read_unlock();
	return origin ?: origin_new(attach);
}

/**
 * plasma_origin_put - drop a reference
 * @origin: the origin
 *
 * Context: any.
 */
void plasma_origin_put(struct plasma_origin *origin)
{
	if (!refcount_dec_and_test(&origin->ref))
		return;
	put_pid(origin->pid);
	kfree_rcu(origin, rcu);
}

/**
 * plasma_origin_forget - an attachment goes
 * @attach: the attachment, which nobody uses any more
 */
void plasma_origin_forget(struct plasma_attach *attach)
{
	struct plasma_origin *last = rcu_dereference_protected(attach->origin, true);

	if (last)
		plasma_origin_put(last);
}
