// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: subscriptions to what happens in a namespace.
 *
 * A subscription is a file with a ring of events, allocated at subscribe and charged to
 * the subscriber. Events are added under ns->lock, in the order in which things happen;
 * that allocates nothing and waits for nobody. When the ring is full events are counted
 * instead, until it has been read empty: then an overflow record takes their place. The
 * last event, that the namespace is removed, has a place of its own and is never lost.
 *
 * The replay of what was sealed before is not stored. read() walks the slots of the
 * namespace and tells of the objects that were sealed when the subscription began and
 * still are. When one of those goes, its slot tells what to do: below @cursor the reader
 * has been told of it, so the event goes to the ring; from @cursor on the walk will not
 * find it any more, so the event is left out. All about later objects goes to the ring,
 * which is read when the walk is over. Both sides look at the cursor under ns->lock.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "plasma.h"

#define PLASMA_QUEUE_DEFAULT	SZ_1M
#define PLASMA_QUEUE_MAX	SZ_64M
/* Slots looked at under the lock at a time. */
#define PLASMA_REPLAY_STEP	64

/**
 * struct subscription - a file that events can be read from
 * @node: in plasma_namespace.subscriptions (ns->lock)
 * @ns: the namespace
 * @wait: who waits for events
 * @read_lock: serialises readers
 * @replaying: the walk is not over (ns->lock)
 * @cursor: see above (ns->lock)
 * @since: number of the last event before it began
 * @last: says that the namespace is removed; its type is 0 until then (ns->lock)
 * @ended: that has been read (ns->lock)
 * @lost: events that did not fit (ns->lock)
 * @head: events written so far (ns->lock)
 * @tail: events read so far (ns->lock)
 * @size: events that fit
 * @ring: the events
 * @user: who is charged for the descriptor
 * @queue_user: who is charged for the ring, the same
 */
struct subscription {
	struct list_head node;
	struct plasma_namespace *ns;
	wait_queue_head_t wait;
	struct mutex read_lock;		/* serialises readers */
	bool replaying;
	unsigned long cursor;
	u64 since;
	struct plasma_event last;
	bool ended;
	u64 lost;
	u64 head;
	u64 tail;
	u32 size;
	struct plasma_event *ring;
	struct plasma_user *user;
	struct plasma_user *queue_user;
};

static void fill_event(struct plasma_event *event, const struct plasma_object *obj, u32 type)
{
	*event = (struct plasma_event) {
		.type = type,
		.data_size = obj->entry->data_size,
		.metadata_size = obj->entry->metadata_size,
		.time_ns = ktime_get_real_ns(),
	};
	memcpy(event->id, obj->entry->id, PLASMA_ID_SIZE);
}

static void add_locked(struct subscription *sub, const struct plasma_event *event)
{
	lockdep_assert_held(&sub->ns->lock);
	if (sub->lost || sub->head - sub->tail == sub->size)
		sub->lost++;
	else
		sub->ring[sub->head++ % sub->size] = *event;
	wake_up_interruptible_poll(&sub->wait, EPOLLIN | EPOLLRDNORM);
}

/* Was this object there when the subscription began, and is it still to be told of? */
static bool untold_locked(const struct subscription *sub, const struct plasma_object *obj)
{
	lockdep_assert_held(&sub->ns->lock);
	return sub->replaying && obj->seal_serial <= sub->since && obj->slot >= sub->cursor;
}

/**
 * plasma_event_locked - tell all subscribers what became of an object
 * @obj: the object, which is or was sealed
 * @type: %PLASMA_EVENT_SEAL, %PLASMA_EVENT_DELETE or %PLASMA_EVENT_EVICT
 */
void plasma_event_locked(struct plasma_object *obj, u32 type)
{
	struct plasma_namespace *ns = obj->ns;
	struct subscription *sub;
	struct plasma_event event;

	lockdep_assert_held(&ns->lock);
	ns->event_serial++;
	if (type == PLASMA_EVENT_SEAL)
		obj->seal_serial = ns->event_serial;
	if (ns->removed || list_empty(&ns->subscriptions))
		return;
	fill_event(&event, obj, type);
	event.serial = ns->event_serial;
	list_for_each_entry(sub, &ns->subscriptions, node)
		if (!untold_locked(sub, obj))
			add_locked(sub, &event);
}

/**
 * plasma_event_removed_locked - tell all subscribers that a namespace goes
 * @ns: the namespace
 */
void plasma_event_removed_locked(struct plasma_namespace *ns)
{
	struct plasma_event event = {
		.type = PLASMA_EVENT_REMOVED,
		.time_ns = ktime_get_real_ns(),
		.serial = ++ns->event_serial,
	};
	struct subscription *sub;

	lockdep_assert_held(&ns->lock);
	list_for_each_entry(sub, &ns->subscriptions, node) {
		sub->replaying = false;
		sub->last = event;
		wake_up_interruptible_poll(&sub->wait, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
	}
}

static bool ready_locked(const struct subscription *sub)
{
	return sub->replaying || sub->head != sub->tail || sub->lost || sub->last.type;
}

/*
 * Move the cursor to the next object to be told of, or end the walk; a few slots at a time.
 * Returns whether there is more to do.
 */
static bool seek_locked(struct subscription *sub)
{
	struct plasma_object *obj;
	int i;

	lockdep_assert_held(&sub->ns->lock);
	for (i = 0; i < PLASMA_REPLAY_STEP && sub->replaying; i++) {
		obj = plasma_slot_next_locked(sub->ns, &sub->cursor);
		if (!obj) {
			sub->replaying = false;
			break;
		}
		if (obj->state == PLASMA_SEALED && !obj->hidden && obj->seal_serial <= sub->since)
			return false;
		sub->cursor++;
	}
	return sub->replaying;
}

/* Readable means that a read will find something: what is left to replay, if anything is. */
static void seek(struct subscription *sub)
{
	bool more;

	do {
		spin_lock(&sub->ns->lock);
		more = seek_locked(sub);
		spin_unlock(&sub->ns->lock);
		cond_resched();
	} while (more);
}

static bool ready(struct subscription *sub)
{
	bool is;

	spin_lock(&sub->ns->lock);
	is = ready_locked(sub);
	spin_unlock(&sub->ns->lock);
	return is;
}

/* The next event of the walk; false at its end, or when it has to go on. */
static bool replay_locked(struct subscription *sub, struct plasma_event *event)
{
	struct plasma_object *obj;

	lockdep_assert_held(&sub->ns->lock);
	if (seek_locked(sub) || !sub->replaying)
		return false;
	obj = plasma_slot_object_locked(sub->ns, sub->cursor++);
	fill_event(event, obj, PLASMA_EVENT_SEAL);
	event->flags = PLASMA_EVENT_REPLAY;
	event->time_ns = obj->entry->create_time_ns;
	return true;
}

static bool overflow_locked(struct subscription *sub, struct plasma_event *event)
{
	if (!sub->lost)
		return false;
	*event = (struct plasma_event) {
		.type = PLASMA_EVENT_OVERFLOW,
		.data_size = sub->lost,
		.time_ns = ktime_get_real_ns(),
	};
	sub->lost = 0;
	return true;
}

static bool queued_locked(struct subscription *sub, struct plasma_event *event)
{
	lockdep_assert_held(&sub->ns->lock);
	if (sub->head != sub->tail) {
		*event = sub->ring[sub->tail++ % sub->size];
		return true;
	}
	if (overflow_locked(sub, event))
		return true;
	if (!sub->last.type || sub->ended)
		return false;
	*event = sub->last;
	sub->ended = true;
	return true;
}

/* Returns 1 with an event, 0 at the end, -EAGAIN without an event. */
static int next_event(struct subscription *sub, struct plasma_event *event)
{
	bool got, again;
	int ret;

	do {
		spin_lock(&sub->ns->lock);
		again = sub->replaying;
		got = again ? replay_locked(sub, event) : queued_locked(sub, event);
		ret = got ? 1 : sub->ended ? 0 : -EAGAIN;
		spin_unlock(&sub->ns->lock);
		cond_resched();
	} while (!got && again);
	return ret;
}

static int wait_ready(struct subscription *sub, struct file *file)
{
	seek(sub);
	if (ready(sub))
		return 0;
	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(sub->wait, ready(sub));
}

/* An event that could not be copied counts as one that did not fit; the last is never lost. */
static void take_back(struct subscription *sub, const struct plasma_event *event)
{
	spin_lock(&sub->ns->lock);
	if (event->type == PLASMA_EVENT_REMOVED)
		sub->ended = false;
	else if (event->type == PLASMA_EVENT_OVERFLOW)
		sub->lost += event->data_size;
	else
		sub->lost++;
	/* Who found nothing meanwhile waits. */
	wake_up_interruptible_poll(&sub->wait, EPOLLIN | EPOLLRDNORM);
	spin_unlock(&sub->ns->lock);
}

/* Copy events while there are some and room for them. */
static ssize_t copy_events(struct subscription *sub, char __user *buf, size_t len)
{
	struct plasma_event event;
	ssize_t done = 0;

	while (len - done >= sizeof(event)) {
		int ret = next_event(sub, &event);

		if (ret <= 0)
			return done ?: ret;
		if (copy_to_user(buf + done, &event, sizeof(event))) {
			take_back(sub, &event);
			return done ?: -EFAULT;
		}
		done += sizeof(event);
		if (signal_pending(current))
			break;
	}
	return done;
}

static ssize_t subscription_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct subscription *sub = file->private_data;
	ssize_t ret;

	if (len < sizeof(struct plasma_event))
		return -EINVAL;
	do {
		ret = wait_ready(sub, file);
		if (ret)
			return ret;
		if (mutex_lock_interruptible(&sub->read_lock))
			return -ERESTARTSYS;
		ret = copy_events(sub, buf, len);
		mutex_unlock(&sub->read_lock);
		/* Another reader may have been faster. */
	} while (ret == -EAGAIN && !(file->f_flags & O_NONBLOCK));
	return ret;
}

static __poll_t subscription_poll(struct file *file, poll_table *table)
{
	struct subscription *sub = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &sub->wait, table);
	seek(sub);
	spin_lock(&sub->ns->lock);
	if (ready_locked(sub))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (sub->ns->removed)
		mask |= EPOLLHUP;
	spin_unlock(&sub->ns->lock);
	return mask;
}

static u64 ring_bytes(const struct subscription *sub)
{
	return (u64)sub->size * sizeof(*sub->ring);
}

static int charge(struct subscription *sub)
{
	sub->user = plasma_limit_charge(PLASMA_LIMIT_DESCRIPTORS, 1);
	if (IS_ERR(sub->user))
		return PTR_ERR(sub->user);
	sub->queue_user = plasma_limit_charge(PLASMA_LIMIT_QUEUE, ring_bytes(sub));
	if (!IS_ERR(sub->queue_user))
		return 0;
	plasma_limit_uncharge(sub->user, PLASMA_LIMIT_DESCRIPTORS, 1);
	return PTR_ERR(sub->queue_user);
}

static void uncharge(struct subscription *sub)
{
	plasma_limit_uncharge(sub->user, PLASMA_LIMIT_DESCRIPTORS, 1);
	plasma_limit_uncharge(sub->queue_user, PLASMA_LIMIT_QUEUE, ring_bytes(sub));
}

static void subscription_free(struct subscription *sub)
{
	struct plasma_namespace *ns = sub->ns;

	spin_lock(&ns->lock);
	ns->nr_subscriptions -= !list_empty(&sub->node);
	list_del_init(&sub->node);
	spin_unlock(&ns->lock);
	plasma_namespace_put(ns);
	uncharge(sub);
	kvfree(sub->ring);
	kfree(sub);
}

static int subscription_release(struct inode *inode, struct file *file)
{
	subscription_free(file->private_data);
	return 0;
}

static const struct file_operations subscription_fops = {
	.owner = THIS_MODULE,
	.read = subscription_read,
	.poll = subscription_poll,
	.release = subscription_release,
};

static struct subscription *subscription_new(struct plasma_namespace *ns, u32 flags, u32 size)
{
	struct subscription *sub = kzalloc(sizeof(*sub), GFP_KERNEL_ACCOUNT);
	int err;

	if (!sub)
		return ERR_PTR(-ENOMEM);
	sub->size = size / sizeof(struct plasma_event);
	err = charge(sub);
	if (err) {
		kfree(sub);
		return ERR_PTR(err);
	}
	sub->ring = kvmalloc_array(sub->size, sizeof(*sub->ring), GFP_KERNEL_ACCOUNT |
				   __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	if (!sub->ring) {
		uncharge(sub);
		kfree(sub);
		return ERR_PTR(-ENOMEM);
	}
	init_waitqueue_head(&sub->wait);
	mutex_init(&sub->read_lock);
	sub->replaying = !(flags & PLASMA_SUBSCRIBE_NO_REPLAY);
	refcount_inc(&ns->ref);
	sub->ns = ns;
	INIT_LIST_HEAD(&sub->node);
	return sub;
}

/**
 * plasma_ioctl_subscribe - %PLASMA_IOC_SUBSCRIBE
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_subscribe(struct plasma_cmd *cmd)
{
	struct plasma_subscribe *arg = cmd->buf;
	struct plasma_namespace *ns = cmd->attach->ns;
	u32 size = arg->queue_size ?: PLASMA_QUEUE_DEFAULT;
	struct subscription *sub;
	int flags = O_RDONLY;
	struct file *file;
	int err = 0;

	if (size > PLASMA_QUEUE_MAX)
		return -E2BIG;
	if (size < sizeof(struct plasma_event))
		return -EINVAL;
	sub = subscription_new(ns, arg->flags, size);
	if (IS_ERR(sub))
		return PTR_ERR(sub);
	if (arg->flags & PLASMA_SUBSCRIBE_NONBLOCK)
		flags |= O_NONBLOCK;
	spin_lock(&ns->lock);
	if (ns->removed) {
		err = -EIDRM;
	} else {
		list_add_tail(&sub->node, &ns->subscriptions);
		ns->nr_subscriptions++;
	}
	sub->since = ns->event_serial;
	spin_unlock(&ns->lock);
	file = err ? ERR_PTR(err) : anon_inode_getfile("[plasma-events]", &subscription_fops,
							sub, flags);
	if (IS_ERR(file)) {
		subscription_free(sub);
		return PTR_ERR(file);
	}
	return plasma_respond_file(cmd, &arg->out_fd, file);
}
