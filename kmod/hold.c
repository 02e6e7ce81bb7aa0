// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds: how often a client's attachment holds which object, and releasing.
 *
 * They are numbers by the slot of the object, which keeps its slot as long as it is held.
 * Each slot has one place in a small table; most clients hold few objects at a time, and
 * then that is all. What finds its place taken by another goes to an array. There a
 * number that sinks to 0 stays unless there are many: most objects that were got once are
 * got again, and the array need not be made again for them.
 *
 * A number above 0 is in the table or in the array, never in both. The attachment's account
 * counts those of the table and all of the array. All under ns->lock.
 */
#include <linux/slab.h>

#include "plasma.h"

#define HOLD_MAX	UINT_MAX
#define HOLDS_MANY	256

/* Where the table would have it; it is of this slot only if its count is not 0. */
static struct plasma_hold *place_of(struct plasma_attach *attach, u32 slot)
{
	return &attach->holds[slot % PLASMA_HOLDS];
}

static bool is_of(const struct plasma_hold *hold, u32 slot)
{
	return hold->count && hold->slot == slot;
}

static u32 count_in_array(struct plasma_attach *attach, u32 slot)
{
	void *count = xa_empty(&attach->more_holds) ? NULL : xa_load(&attach->more_holds, slot);

	return count ? xa_to_value(count) : 0;
}

static int set_in_array(struct plasma_attach *attach, u32 slot, u32 count)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;

	return xa_err(xa_store(&attach->more_holds, slot, xa_mk_value(count), gfp));
}

/**
 * plasma_hold_count_locked - how often an attachment holds an object
 * @attach: the attachment
 * @obj: the object
 *
 * Return: how many releases give it back.
 */
unsigned long plasma_hold_count_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	struct plasma_hold *hold = place_of(attach, obj->slot);

	lockdep_assert_held(&attach->ns->lock);
	return is_of(hold, obj->slot) ? hold->count : count_in_array(attach, obj->slot);
}

static int count_up_in_array(struct plasma_attach *attach, u32 slot, u32 count)
{
	bool there = count || xa_load(&attach->more_holds, slot);
	int err;

	err = there ? 0 : plasma_account_add_locked(attach->account, PLASMA_LIMIT_HOLDS);
	if (err)
		return err;
	err = set_in_array(attach, slot, count + 1);
	if (err && !there)
		plasma_account_sub_locked(attach->account, PLASMA_LIMIT_HOLDS);
	return err;
}

/* One more, or the first. */
static int count_up_locked(struct plasma_attach *attach, u32 slot, u32 count)
{
	struct plasma_hold *hold = place_of(attach, slot);
	int err = 0;

	if (count == HOLD_MAX)
		return -EOVERFLOW;
	if (hold->count ? hold->slot != slot : count > 0)
		return count_up_in_array(attach, slot, count);
	if (!count)
		err = plasma_account_add_locked(attach->account, PLASMA_LIMIT_HOLDS);
	if (err)
		return err;
	hold->slot = slot;
	hold->count = count + 1;
	return 0;
}

/* Needs no memory. */
static void count_down_in_array(struct plasma_attach *attach, u32 slot, u32 count)
{
	u32 have = plasma_account_have_locked(attach->account, PLASMA_LIMIT_HOLDS);

	if (count > 1 || have <= HOLDS_MANY) {
		set_in_array(attach, slot, count - 1);
		return;
	}
	xa_erase(&attach->more_holds, slot);
	plasma_account_sub_locked(attach->account, PLASMA_LIMIT_HOLDS);
}

static void count_down_locked(struct plasma_attach *attach, u32 slot, u32 count)
{
	struct plasma_hold *hold = place_of(attach, slot);

	if (!is_of(hold, slot))
		count_down_in_array(attach, slot, count);
	else if (!--hold->count)
		plasma_account_sub_locked(attach->account, PLASMA_LIMIT_HOLDS);
}

/**
 * plasma_hold_add_locked - turn one of an object's users into a hold
 * @attach: who is to hold it
 * @obj: the object, on which the caller has a reference and a use
 *
 * On success the caller's reference and use have gone into the hold; on failure the
 * caller still has them.
 *
 * Return: 0, -ENOMEM, -EDQUOT, or -EOVERFLOW when it is held too often.
 */
int plasma_hold_add_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	u32 count = plasma_hold_count_locked(attach, obj);
	int err = count_up_locked(attach, obj->slot, count);

	if (!err && count) {
		obj->users--;
		plasma_object_put(obj);
	}
	return err;
}

/**
 * plasma_hold_put_locked - release an object once
 * @attach: who holds it
 * @obj: the object, which it holds
 * @reap: where the object goes if it has to go
 *
 * Return: true when that was the last hold, and plasma_hold_finish() is to be called.
 */
bool plasma_hold_put_locked(struct plasma_attach *attach, struct plasma_object *obj,
			    struct list_head *reap)
{
	u32 count = plasma_hold_count_locked(attach, obj);

	count_down_locked(attach, obj->slot, count);
	if (count > 1)
		return false;
	plasma_object_unuse_locked(obj, reap);
	return true;
}

/**
 * plasma_hold_forget_locked - end the creator's hold on an object that is never sealed
 * @obj: the object, which is about to leave its slot
 */
void plasma_hold_forget_locked(struct plasma_object *obj)
{
	struct plasma_attach *attach = obj->origin->attach;

	/* It holds it once: nobody can get what is not sealed. */
	if (!plasma_hold_count_locked(attach, obj))
		return;
	count_down_locked(attach, obj->slot, 1);
	obj->users--;
	plasma_object_put(obj);		/* not the last: the tables have one */
}

/**
 * plasma_hold_finish - end a hold whose last count is gone
 * @attach: whose it was
 * @obj: the object; the hold's reference to it goes
 *
 * Takes the creator's window off the object: a pointer into it is good until release.
 *
 * Context: may sleep; before plasma_object_reap() of the list that went with it.
 */
void plasma_hold_finish(struct plasma_attach *attach, struct plasma_object *obj)
{
	plasma_window_revoke(obj, attach);
	plasma_object_put(obj);
}

/* The next slot that is held; *@at, 0 at first, says where to go on. False at the end. */
static bool next_held(struct plasma_attach *attach, unsigned long *at, unsigned long *slot)
{
	void *count;

	for (; *at < PLASMA_HOLDS; ++*at) {
		if (!attach->holds[*at].count)
			continue;
		*slot = attach->holds[(*at)++].slot;
		return true;
	}
	do {
		*slot = *at - PLASMA_HOLDS;
		count = xa_find(&attach->more_holds, slot, PLASMA_SLOT_MAX, XA_PRESENT);
		*at = *slot + 1 + PLASMA_HOLDS;
	} while (count && !xa_to_value(count));
	return count;
}

/* Where a get or a put said that it is, or a create. */
static bool is_at(const struct plasma_object *obj, u64 offset)
{
	return offset == plasma_object_offset(obj) ||
	       (obj->extent.span && offset == plasma_extent_offset(&obj->extent));
}

/*
 * A hidden object is in no table: only who holds it can tell. Of several the newest; what is
 * hidden was sealed.
 */
static struct plasma_object *find_hidden_locked(struct plasma_attach *attach, const u8 *id,
						const u64 *offset)
{
	struct plasma_object *newest = NULL;
	unsigned long at = 0, slot;

	if (!attach->ns->nr_hidden)
		return NULL;
	while (next_held(attach, &at, &slot)) {
		struct plasma_object *obj = plasma_slot_object_locked(attach->ns, slot);

		if (obj->hidden && !memcmp(obj->entry->id, id, PLASMA_ID_SIZE) &&
		    (!offset || is_at(obj, *offset)) &&
		    (!newest || obj->seal_serial > newest->seal_serial))
			newest = obj;
	}
	return newest;
}

/* What an attachment holds of this id: by place if that is given, else the newest. */
static struct plasma_object *find_held_locked(struct plasma_attach *attach, const u8 *id,
					      const u64 *offset)
{
	struct plasma_object *obj = plasma_index_find_locked(attach->ns, id);

	if (obj && plasma_hold_count_locked(attach, obj) && (!offset || is_at(obj, *offset)))
		return obj;
	return find_hidden_locked(attach, id, offset);
}

static void drop_hold(struct plasma_attach *attach, unsigned long slot)
{
	struct plasma_object *obj;
	LIST_HEAD(reap);

	spin_lock(&attach->ns->lock);
	obj = plasma_slot_object_locked(attach->ns, slot);
	plasma_object_unuse_locked(obj, &reap);
	spin_unlock(&attach->ns->lock);
	plasma_hold_finish(attach, obj);
	plasma_object_reap(&reap);
}

/**
 * plasma_holds_init - hold nothing
 * @attach: a new attachment
 */
void plasma_holds_init(struct plasma_attach *attach)
{
	xa_init_flags(&attach->more_holds, XA_FLAGS_ACCOUNT);
}

/**
 * plasma_holds_exit - release all that an attachment holds
 * @attach: the attachment, which is in nobody's hands any more
 *
 * Context: may sleep.
 */
void plasma_holds_exit(struct plasma_attach *attach)
{
	unsigned long at = 0, slot;

	while (next_held(attach, &at, &slot)) {
		drop_hold(attach, slot);
		cond_resched();
	}
	xa_destroy(&attach->more_holds);
}

/**
 * plasma_release - give one hold back
 * @attach: whose
 * @id: of the object
 * @offset: where it is, or NULL for the newest of this id
 * @reap: the list for plasma_object_reap()
 *
 * Context: may sleep.
 * Return: 0 or -ENOENT.
 */
int plasma_release(struct plasma_attach *attach, const u8 *id, const u64 *offset,
		   struct list_head *reap)
{
	struct plasma_object *obj;
	bool last = false;
	int err = -ENOENT;

	spin_lock(&attach->ns->lock);
	obj = find_held_locked(attach, id, offset);
	/* What is pinned may be newer than what is held and hidden. */
	if (!obj || obj->hidden)
		err = plasma_pin_release_locked(attach, id, offset, obj ? obj->seal_serial : 0,
						reap);
	if (err && obj) {
		last = plasma_hold_put_locked(attach, obj, reap);
		err = 0;
	}
	spin_unlock(&attach->ns->lock);
	if (last)
		plasma_hold_finish(attach, obj);
	return err;
}

static int release_by_id(struct plasma_cmd *cmd, const u8 *id, struct list_head *reap)
{
	return plasma_release(cmd->attach, id, NULL, reap);
}

static int release_by_place(struct plasma_cmd *cmd)
{
	const struct plasma_release *arg = cmd->buf;
	struct plasma_attach *attach = cmd->attach;
	struct plasma_release_entry *entries;
	LIST_HEAD(reap);
	int err;
	u32 i;

	entries = plasma_get_array(cmd, arg->entries_ptr, arg->count, sizeof(*entries));
	if (IS_ERR_OR_NULL(entries))
		return PTR_ERR_OR_ZERO(entries);
	for (i = 0; i < arg->count; i++) {
		entries[i].status = plasma_release(attach, entries[i].id, &entries[i].offset,
						   &reap);
		cond_resched();
	}
	plasma_object_reap(&reap);
	err = plasma_return_array(arg->entries_ptr, arg->count, sizeof(*entries), entries);
	plasma_free_array(cmd, entries);
	return err;
}

/**
 * plasma_ioctl_release - %PLASMA_IOC_RELEASE
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_release(struct plasma_cmd *cmd)
{
	struct plasma_release *arg = cmd->buf;

	if (arg->entry_size == sizeof(struct plasma_release_entry))
		return release_by_place(cmd);
	return plasma_for_ids(cmd, arg->entries_ptr, arg->count, arg->entry_size,
			      release_by_id);
}
