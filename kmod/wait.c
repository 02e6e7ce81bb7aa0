// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting objects, and waiting for those that are not sealed yet.
 *
 * A get that lacks some ids hangs an entry for each into a table hashed by id. Sealing
 * looks into one bucket and grants the object to the entries that want it: it adds a
 * user on the waiter's behalf, so nothing can evict or delete the object before the
 * waiter runs. The waiter is woken once, when its last entry was granted.
 *
 * All of this happens under ns->lock: a seal either comes before the look-up, which then
 * finds the object, or finds the entry. The waiter takes its entries out under the same
 * lock before it returns, so whoever wakes it finds it alive. What was granted
 * counts as success even when a signal or the deadline came at the same moment.
 */
#include <linux/hrtimer.h>
#include <linux/jhash.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "plasma.h"

/**
 * struct waiter - a get under way
 * @task: who
 * @attach: as which client
 * @missing: entries not granted yet; written under ns->lock
 * @queued: it has entries in the table, or had when it began to wait
 * @removed: the namespace went
 * @count: number of entries
 * @wants: the entries
 */
struct waiter {
	struct task_struct *task;
	struct plasma_attach *attach;
	unsigned int missing;
	bool queued;
	bool removed;
	u32 count;
	struct want *wants;
};

/**
 * struct want - one id of a get
 * @node: in plasma_namespace.pending while not granted
 * @waiter: the get
 * @object: what was granted: a reference and a use
 * @spare: hold to be used for it
 * @entry: the caller's entry
 */
struct want {
	struct hlist_node node;
	struct waiter *waiter;
	struct plasma_object *object;
	struct plasma_hold *spare;
	struct plasma_get_entry entry;
};

static struct hlist_head *bucket(struct plasma_namespace *ns, const u8 *id)
{
	u32 hash = jhash(id, PLASMA_ID_SIZE, ns->hash_seed);

	return &ns->pending[hash & (ARRAY_SIZE(ns->pending) - 1)];
}

static void grant_locked(struct want *want, struct plasma_object *obj)
{
	plasma_object_use_locked(obj);
	want->object = obj;
}

/**
 * plasma_wake_sealed_locked - grant an object to all who wait for its id
 * @obj: an object that has just been sealed
 */
void plasma_wake_sealed_locked(struct plasma_object *obj)
{
	struct want *want;
	struct hlist_node *next;

	lockdep_assert_held(&obj->ns->lock);
	hlist_for_each_entry_safe(want, next, bucket(obj->ns, obj->id), node) {
		struct waiter *waiter = want->waiter;

		if (memcmp(want->entry.id, obj->id, PLASMA_ID_SIZE))
			continue;
		hlist_del_init(&want->node);
		grant_locked(want, obj);
		WRITE_ONCE(waiter->missing, waiter->missing - 1);
		if (!waiter->missing)
			wake_up_process(waiter->task);
	}
}

/**
 * plasma_wake_removed_locked - wake all who wait in a namespace that goes
 * @ns: the namespace
 */
void plasma_wake_removed_locked(struct plasma_namespace *ns)
{
	struct want *want;
	int i;

	lockdep_assert_held(&ns->lock);
	for (i = 0; i < ARRAY_SIZE(ns->pending); i++) {
		hlist_for_each_entry(want, &ns->pending[i], node) {
			WRITE_ONCE(want->waiter->removed, true);
			wake_up_process(want->waiter->task);
		}
	}
}

/* Take what is there, and queue up for the rest if @wait. */
static int collect(struct waiter *waiter, bool wait)
{
	struct plasma_namespace *ns = waiter->attach->ns;
	u32 i;

	spin_lock(&ns->lock);
	if (ns->removed) {
		spin_unlock(&ns->lock);
		return -EIDRM;
	}
	for (i = 0; i < waiter->count; i++) {
		struct want *want = &waiter->wants[i];
		struct plasma_object *obj = plasma_object_lookup_locked(ns, want->entry.id);

		if (obj && obj->state == PLASMA_SEALED) {
			grant_locked(want, obj);
			continue;
		}
		waiter->missing++;
		if (wait)
			hlist_add_head(&want->node, bucket(ns, want->entry.id));
	}
	waiter->queued = wait && waiter->missing;
	if (waiter->queued)
		ns->nr_waiters++;
	spin_unlock(&ns->lock);
	return 0;
}

/* Until nothing is missing, the namespace goes, a signal comes or the deadline passes. */
static int wait_for_rest(struct waiter *waiter, u64 deadline)
{
	ktime_t until = min_t(u64, deadline, KTIME_MAX);
	int err = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		/* Pairs with the wake-ups above, which write before they wake. */
		if (!READ_ONCE(waiter->missing) || READ_ONCE(waiter->removed))
			break;
		if (signal_pending(current)) {
			err = -ERESTARTSYS;	/* the deadline is absolute */
			break;
		}
		if (!schedule_hrtimeout_range(until == KTIME_MAX ? NULL : &until,
					      current->timer_slack_ns, HRTIMER_MODE_ABS))
			break;
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

/* Leave the queue; from here on nobody else knows the waiter. */
static void unqueue_locked(struct waiter *waiter)
{
	struct plasma_namespace *ns = waiter->attach->ns;
	u32 i;

	lockdep_assert_held(&ns->lock);
	ns->nr_waiters--;
	for (i = 0; i < waiter->count; i++)
		if (!hlist_unhashed(&waiter->wants[i].node))
			hlist_del_init(&waiter->wants[i].node);
}

static void ungrant_locked(struct want *want, struct list_head *reap)
{
	plasma_object_unuse_locked(want->object, reap);
	plasma_object_put(want->object);
	want->object = NULL;
}

static void keep_locked(struct waiter *waiter, struct want *want, struct list_head *reap)
{
	struct plasma_object *obj = want->object;

	want->entry.offset = (u64)obj->extent.start << PAGE_SHIFT;
	want->entry.data_size = obj->data_size;
	want->entry.metadata_size = obj->metadata_size;
	want->entry.status = plasma_hold_add_locked(waiter->attach, obj, &want->spare);
	if (want->entry.status)
		ungrant_locked(want, reap);
}

static int absence_locked(struct plasma_namespace *ns, const u8 *id)
{
	return plasma_object_lookup_locked(ns, id) ? -EINPROGRESS : -ENOENT;
}

/* Turn what was granted into holds, or give it back after an error. */
static u32 settle_locked(struct waiter *waiter, int err, struct list_head *reap)
{
	u32 i, ready = 0;

	for (i = 0; i < waiter->count; i++) {
		struct want *want = &waiter->wants[i];

		if (!want->object) {
			want->entry.offset = 0;
			want->entry.data_size = 0;
			want->entry.metadata_size = 0;
			want->entry.status = absence_locked(waiter->attach->ns, want->entry.id);
		} else if (err) {
			ungrant_locked(want, reap);
		} else {
			keep_locked(waiter, want, reap);
			ready += !want->entry.status;
		}
	}
	return ready;
}

static int get(struct waiter *waiter, u64 deadline, u32 *ready)
{
	bool wait = deadline > ktime_get_ns();
	struct plasma_namespace *ns = waiter->attach->ns;
	LIST_HEAD(reap);
	int err;

	err = collect(waiter, wait);
	if (err)
		return err;
	if (waiter->queued)
		err = wait_for_rest(waiter, deadline);
	spin_lock(&ns->lock);
	if (waiter->queued)
		unqueue_locked(waiter);
	if (!waiter->missing)
		err = 0;
	else if (waiter->removed)
		err = -EIDRM;
	*ready = settle_locked(waiter, err, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

static int copy_wants(struct waiter *waiter, const struct plasma_get *arg)
{
	const struct plasma_get_entry __user *user = u64_to_user_ptr(arg->entries_ptr);
	u32 i;

	for (i = 0; i < arg->count; i++) {
		struct want *want = &waiter->wants[i];

		if (copy_from_user(&want->entry, &user[i], sizeof(want->entry)))
			return -EFAULT;
		INIT_HLIST_NODE(&want->node);
		want->waiter = waiter;
		want->spare = plasma_hold_alloc();
		if (!want->spare)
			return -ENOMEM;
		waiter->count++;
	}
	return 0;
}

static int return_entries(struct waiter *waiter, const struct plasma_get *arg)
{
	struct plasma_get_entry __user *user = u64_to_user_ptr(arg->entries_ptr);
	u32 i;

	for (i = 0; i < waiter->count; i++)
		if (copy_to_user(&user[i], &waiter->wants[i].entry,
				 sizeof(waiter->wants[i].entry)))
			return -EFAULT;
	return 0;
}

/* The caller will not learn what it holds: it shall hold nothing. */
static void undo(struct waiter *waiter)
{
	struct plasma_attach *attach = waiter->attach;
	LIST_HEAD(reap);
	u32 i;

	for (i = 0; i < waiter->count; i++)
		if (!waiter->wants[i].entry.status)
			plasma_release(attach, waiter->wants[i].entry.id, &reap);
	plasma_object_reap(&reap);
}

/**
 * plasma_ioctl_get - %PLASMA_IOC_GET
 * @cmd: the command
 *
 * Return: 0 or a negative error, and then nothing is held.
 */
int plasma_ioctl_get(struct plasma_cmd *cmd)
{
	struct plasma_get *arg = cmd->buf;
	struct waiter waiter = { .task = current, .attach = cmd->attach };
	u32 i;
	int err;

	if (arg->entry_size != sizeof(struct plasma_get_entry))
		return -EINVAL;
	if (arg->count > PLASMA_BATCH_MAX)
		return -E2BIG;
	waiter.wants = kvcalloc(arg->count, sizeof(*waiter.wants), GFP_KERNEL_ACCOUNT);
	if (arg->count && !waiter.wants)
		return -ENOMEM;
	err = copy_wants(&waiter, arg);
	if (err)
		goto free;
	err = get(&waiter, arg->deadline_ns, &arg->out_ready);
	if (err)
		goto free;
	err = return_entries(&waiter, arg) ?: plasma_respond(cmd);
	if (err)
		undo(&waiter);
free:
	for (i = 0; i < arg->count && waiter.wants; i++)
		plasma_hold_free(waiter.wants[i].spare);
	kvfree(waiter.wants);
	return err;
}
