// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting objects, and waiting for those that are not sealed yet.
 *
 * A get that lacks some objects hangs an entry for each into a table hashed by id, or by
 * name. Sealing, and naming what is sealed, look into one bucket and grant the object to
 * the entries that want it: this adds a user on the waiter's behalf, so nothing can evict
 * or delete the object before the waiter runs. The waiter is woken once, when enough of
 * its entries were granted. An entry may also stand for a descriptor to be polled.
 *
 * All of this happens under ns->lock: a seal either comes before the look-up, which then
 * finds the object, or finds the entry. The waiter takes its entries out under the same
 * lock before it returns, so whoever wakes it finds it alive. What was granted
 * counts as success even when a signal or the deadline came at the same moment.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/hrtimer.h>
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/time_namespace.h>
#include <linux/uaccess.h>

#include "plasma.h"

/**
 * struct waiter - a get under way
 * @task: who
 * @attach: as which client
 * @missing: entries still to be granted before it goes on; written under ns->lock
 * @hold: whether it wants to hold what it gets
 * @removed: the namespace went
 * @count: number of entries
 * @wants: the entries
 */
struct waiter {
	struct task_struct *task;
	struct plasma_attach *attach;
	int missing;
	bool hold;
	bool removed;
	u32 count;
	struct want *wants;
};

/**
 * struct want - one object that somebody waits for
 * @node: in plasma_namespace.pending or .pending_names while not granted
 * @waiter: the get, or NULL
 * @pending: the descriptor, or NULL
 * @name: a name, or NULL for the id in @entry
 * @granted: it was, and @entry tells what
 * @object: what is to be held: a reference and a use; NULL for who only waits
 * @entry: the caller's entry
 */
struct want {
	struct hlist_node node;
	struct waiter *waiter;
	struct pending *pending;
	const struct plasma_name *name;
	bool granted;
	struct plasma_object *object;
	struct plasma_get_entry *entry;
};

/**
 * struct pending - a descriptor that tells when an object is sealed
 * @ns: the namespace
 * @wait: who polls it
 * @sealed: it was (ns->lock)
 * @want: its place in the table
 * @entry: the id
 * @user: who is charged for it
 */
struct pending {
	struct plasma_namespace *ns;
	wait_queue_head_t wait;
	bool sealed;
	struct want want;
	struct plasma_get_entry entry;
	struct plasma_user *user;
};

static struct hlist_head *bucket(struct plasma_namespace *ns, const u8 *id)
{
	u32 hash = jhash(id, PLASMA_ID_SIZE, ns->hash_seed);

	return &ns->pending[hash & (ARRAY_SIZE(ns->pending) - 1)];
}

static struct hlist_head *name_bucket(struct plasma_namespace *ns,
				      const struct plasma_name *name)
{
	u32 hash = jhash(name->bytes, name->len, ns->hash_seed);

	return &ns->pending_names[hash & (ARRAY_SIZE(ns->pending_names) - 1)];
}

static void enqueue_locked(struct plasma_namespace *ns, struct want *want)
{
	lockdep_assert_held(&ns->lock);
	hlist_add_head(&want->node, want->name ? name_bucket(ns, want->name) :
						 bucket(ns, want->entry->id));
	ns->nr_wanted++;
}

static void dequeue_locked(struct plasma_namespace *ns, struct want *want)
{
	if (hlist_unhashed(&want->node))
		return;
	hlist_del_init(&want->node);
	ns->nr_wanted--;
}

/* Who only waits is told; it leaves the object, and its place in the LRU, alone. */
static void grant_locked(struct want *want, struct plasma_object *obj)
{
	want->granted = true;
	want->entry->offset = plasma_object_offset(obj);
	want->entry->data_size = obj->entry->data_size;
	want->entry->metadata_size = obj->entry->metadata_size;
	want->entry->status = 0;
	memcpy(want->entry->id, obj->entry->id, PLASMA_ID_SIZE);
	if (!want->waiter->hold)
		return;
	plasma_object_use_locked(obj);
	want->object = obj;
}

static void give_locked(struct want *want, struct plasma_object *obj)
{
	struct waiter *waiter = want->waiter;

	lockdep_assert_held(&obj->ns->lock);
	dequeue_locked(obj->ns, want);
	if (want->pending) {
		want->pending->sealed = true;
		wake_up_interruptible_poll(&want->pending->wait, EPOLLIN | EPOLLRDNORM);
		return;
	}
	grant_locked(want, obj);
	WRITE_ONCE(waiter->missing, waiter->missing - 1);
	if (!waiter->missing)
		wake_up_process(waiter->task);
}

/**
 * plasma_wake_sealed_locked - grant an object to all who wait for its id
 * @obj: an object that will be sealed before the lock is let go
 */
void plasma_wake_sealed_locked(struct plasma_object *obj)
{
	struct want *want;
	struct hlist_node *next;

	lockdep_assert_held(&obj->ns->lock);
	if (!obj->ns->nr_wanted)
		return;
	hlist_for_each_entry_safe(want, next, bucket(obj->ns, obj->entry->id), node)
		if (!memcmp(want->entry->id, obj->entry->id, PLASMA_ID_SIZE))
			give_locked(want, obj);
}

/**
 * plasma_wake_named_locked - grant an object to all who wait for its name
 * @obj: a sealed object that has just got a name, or a named one just sealed
 */
void plasma_wake_named_locked(struct plasma_object *obj)
{
	const struct plasma_name *name = plasma_name_of_locked(obj);
	struct want *want;
	struct hlist_node *next;

	lockdep_assert_held(&obj->ns->lock);
	hlist_for_each_entry_safe(want, next, name_bucket(obj->ns, name), node)
		if (want->name->len == name->len &&
		    !memcmp(want->name->bytes, name->bytes, name->len))
			give_locked(want, obj);
}

static void wake_all_locked(struct hlist_head *head)
{
	struct want *want;

	hlist_for_each_entry(want, head, node) {
		if (want->pending) {
			wake_up_interruptible_poll(&want->pending->wait, EPOLLHUP);
			continue;
		}
		WRITE_ONCE(want->waiter->removed, true);
		wake_up_process(want->waiter->task);
	}
}

/**
 * plasma_wake_removed_locked - wake all who wait in a namespace that goes
 * @ns: the namespace
 */
void plasma_wake_removed_locked(struct plasma_namespace *ns)
{
	int i;

	lockdep_assert_held(&ns->lock);
	for (i = 0; i < ARRAY_SIZE(ns->pending); i++) {
		wake_all_locked(&ns->pending[i]);
		wake_all_locked(&ns->pending_names[i]);
	}
}

static struct plasma_object *find_locked(struct plasma_namespace *ns, const struct want *want)
{
	if (want->name)
		return plasma_name_find_locked(ns, want->name->bytes, want->name->len);
	return plasma_object_lookup_locked(ns, want->entry->id);
}

/* Take what is there. */
static void collect_locked(struct waiter *waiter, u32 needed)
{
	u32 i;

	waiter->missing = needed;
	for (i = 0; i < waiter->count; i++) {
		struct plasma_object *obj = find_locked(waiter->attach->ns, &waiter->wants[i]);

		if (obj && obj->state == PLASMA_SEALED) {
			grant_locked(&waiter->wants[i], obj);
			waiter->missing--;
		}
	}
}

/* Queue up for the rest. */
static void queue_locked(struct waiter *waiter)
{
	struct plasma_namespace *ns = waiter->attach->ns;
	u32 i;

	for (i = 0; i < waiter->count; i++)
		if (!waiter->wants[i].granted)
			enqueue_locked(ns, &waiter->wants[i]);
	ns->nr_waiters++;
}

/* Until nothing is missing, the namespace goes, a signal comes or the deadline passes. */
static int wait_for_rest(struct waiter *waiter, u64 deadline)
{
	ktime_t until = min_t(u64, deadline, KTIME_MAX);
	int err = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		/* Pairs with the wake-ups above, which write before they wake. */
		if (READ_ONCE(waiter->missing) <= 0 || READ_ONCE(waiter->removed))
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
		dequeue_locked(ns, &waiter->wants[i]);
}

static void ungrant_locked(struct want *want, struct list_head *reap)
{
	plasma_object_unuse_locked(want->object, reap);
	plasma_object_put(want->object);
	want->object = NULL;
}

static void keep_locked(struct waiter *waiter, struct want *want, struct list_head *reap)
{
	want->entry->status = plasma_hold_add_locked(waiter->attach, want->object);
	if (want->entry->status)
		ungrant_locked(want, reap);
}

static void absent_locked(struct plasma_namespace *ns, struct want *want)
{
	want->entry->offset = 0;
	want->entry->data_size = 0;
	want->entry->metadata_size = 0;
	want->entry->status = find_locked(ns, want) ? -EINPROGRESS : -ENOENT;
}

/* Turn what was granted into holds, or give it back after an error. */
static u32 settle_locked(struct waiter *waiter, int err, struct list_head *reap)
{
	u32 i, ready = 0;

	for (i = 0; i < waiter->count; i++) {
		struct want *want = &waiter->wants[i];

		if (!want->granted)
			absent_locked(waiter->attach->ns, want);
		else if (want->object && err)
			ungrant_locked(want, reap);
		else if (want->object)
			keep_locked(waiter, want, reap);
		ready += !want->entry->status;
	}
	return ready;
}

/* The lock is let go while it waits. */
static int wait_locked(struct waiter *waiter, u64 deadline)
{
	struct plasma_namespace *ns = waiter->attach->ns;
	int err;

	queue_locked(waiter);
	spin_unlock(&ns->lock);
	err = wait_for_rest(waiter, deadline);
	spin_lock(&ns->lock);
	unqueue_locked(waiter);
	if (waiter->missing <= 0)
		return 0;
	return waiter->removed ? -EIDRM : err;
}

/* In a time namespace the caller's clock differs from that of the kernel. */
static u64 host_deadline(u64 deadline)
{
	struct timespec64 zero = {};
	s64 offset;

	if (deadline >= KTIME_MAX)
		return PLASMA_FOREVER;
	timens_add_monotonic(&zero);
	offset = timespec64_to_ns(&zero);
	if (offset < 0 && deadline >= KTIME_MAX + offset)
		return PLASMA_FOREVER;
	return max((s64)deadline - offset, 0LL);
}

static int get(struct waiter *waiter, u32 needed, u64 user_deadline, u32 *ready)
{
	struct plasma_namespace *ns = waiter->attach->ns;
	u64 deadline = host_deadline(user_deadline);
	LIST_HEAD(reap);
	int err = 0;

	spin_lock(&ns->lock);
	if (ns->removed) {
		spin_unlock(&ns->lock);
		return -EIDRM;
	}
	collect_locked(waiter, needed);
	if (waiter->missing > 0 && deadline > ktime_get_ns())
		err = wait_locked(waiter, deadline);
	*ready = settle_locked(waiter, err, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return err;
}

/* The caller will not learn what it holds: it shall hold nothing. */
static void undo(struct waiter *waiter)
{
	LIST_HEAD(reap);
	u32 i;

	for (i = 0; i < waiter->count && waiter->hold; i++) {
		const struct plasma_get_entry *entry = waiter->wants[i].entry;

		if (!entry->status)
			plasma_release(waiter->attach, entry->id, &entry->offset, &reap);
	}
	plasma_object_reap(&reap);
}

static int get_entries(struct plasma_cmd *cmd, struct waiter *waiter,
		       struct plasma_get_entry *entries)
{
	struct plasma_get *arg = cmd->buf;
	u32 i;
	int err;

	for (i = 0; i < arg->count; i++) {
		waiter->wants[i].waiter = waiter;
		waiter->wants[i].entry = &entries[i];
	}
	waiter->count = arg->count;
	err = get(waiter, arg->min_ready ?: arg->count, arg->deadline_ns, &arg->out_ready);
	if (err)
		return err;
	err = plasma_return_array(arg->entries_ptr, arg->count, sizeof(*entries), entries);
	if (!err)
		err = put_user(arg->out_ready, &((struct plasma_get __user *)cmd->arg)->out_ready);
	if (err)
		undo(waiter);
	return err;
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
	struct plasma_get_entry *entries;
	struct want one = {};
	struct waiter waiter = {
		.task = current,
		.attach = cmd->attach,
		.hold = !(arg->flags & PLASMA_GET_NO_HOLD),
		.wants = &one,
	};
	int err = -ENOMEM;

	if (arg->entry_size != sizeof(*entries) || arg->min_ready > arg->count)
		return -EINVAL;
	entries = plasma_get_array(cmd, arg->entries_ptr, arg->count, arg->entry_size);
	if (IS_ERR(entries))
		return PTR_ERR(entries);
	if (arg->count > 1)
		waiter.wants = kvcalloc(arg->count, sizeof(*waiter.wants), GFP_KERNEL_ACCOUNT);
	if (waiter.wants)
		err = get_entries(cmd, &waiter, entries);
	if (waiter.wants != &one)
		kvfree(waiter.wants);
	plasma_free_array(cmd, entries);
	return err;
}

/**
 * plasma_ioctl_name_get - %PLASMA_IOC_NAME_GET
 * @cmd: the command
 *
 * Return: 0 or a negative error, and then nothing is held.
 */
int plasma_ioctl_name_get(struct plasma_cmd *cmd)
{
	struct plasma_name_get *arg = cmd->buf;
	struct plasma_name *name = plasma_name_get(arg->name_ptr, arg->name_len);
	struct want want = { .name = name, .entry = &arg->entry };
	struct waiter waiter = {
		.task = current,
		.attach = cmd->attach,
		.hold = true,
		.count = 1,
		.wants = &want,
	};
	u32 ready;
	int err;

	if (IS_ERR_OR_NULL(name))
		return name ? PTR_ERR(name) : -EINVAL;
	want.waiter = &waiter;
	err = get(&waiter, 1, arg->deadline_ns, &ready);
	if (err)
		goto free_name;
	err = plasma_respond(cmd);
	if (err)
		undo(&waiter);
free_name:
	kfree(name);
	return err;
}

static __poll_t pending_poll(struct file *file, poll_table *table)
{
	struct pending *pending = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &pending->wait, table);
	spin_lock(&pending->ns->lock);
	if (pending->sealed)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (pending->ns->removed)
		mask |= EPOLLHUP;
	spin_unlock(&pending->ns->lock);
	return mask;
}

static void pending_free(struct pending *pending)
{
	struct plasma_namespace *ns = pending->ns;

	spin_lock(&ns->lock);
	dequeue_locked(ns, &pending->want);
	spin_unlock(&ns->lock);
	plasma_namespace_put(ns);
	plasma_limit_uncharge(pending->user, PLASMA_LIMIT_DESCRIPTORS, 1);
	kfree(pending);
}

static int pending_release(struct inode *inode, struct file *file)
{
	pending_free(file->private_data);
	return 0;
}

static const struct file_operations pending_fops = {
	.owner = THIS_MODULE,
	.poll = pending_poll,
	.release = pending_release,
};

static int pending_begin(struct pending *pending)
{
	struct plasma_namespace *ns = pending->ns;
	struct plasma_object *obj;
	int err = 0;

	spin_lock(&ns->lock);
	obj = find_locked(ns, &pending->want);
	if (ns->removed)
		err = -EIDRM;
	else if (obj && obj->state == PLASMA_SEALED)
		pending->sealed = true;
	else
		enqueue_locked(ns, &pending->want);
	spin_unlock(&ns->lock);
	return err;
}

/**
 * plasma_ioctl_pending_fd - %PLASMA_IOC_PENDING_FD
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_pending_fd(struct plasma_cmd *cmd)
{
	struct plasma_pending_fd *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	struct pending *pending = kzalloc(sizeof(*pending), GFP_KERNEL_ACCOUNT);
	struct file *file;
	int err;

	if (!pending)
		return -ENOMEM;
	pending->user = plasma_limit_charge(PLASMA_LIMIT_DESCRIPTORS, 1);
	if (IS_ERR(pending->user)) {
		err = PTR_ERR(pending->user);
		kfree(pending);
		return err;
	}
	refcount_inc(&ns->ref);
	pending->ns = ns;
	pending->want.pending = pending;
	pending->want.entry = &pending->entry;
	memcpy(pending->entry.id, arg->id, PLASMA_ID_SIZE);
	init_waitqueue_head(&pending->wait);
	err = pending_begin(pending);
	file = err ? ERR_PTR(err) : anon_inode_getfile("[plasma-pending]", &pending_fops, pending,
							O_RDONLY);
	if (IS_ERR(file)) {
		pending_free(pending);
		return PTR_ERR(file);
	}
	return plasma_respond_file(cmd, &arg->out_fd, file);
}
