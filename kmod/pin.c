// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins: how clients hold objects without telling the kernel, and how the kernel finds
 * out before it takes one away.
 *
 * The argument is Dekker's. A client and the kernel each write one word and then read
 * the other's, with a full barrier between:
 *
 *	client, get			kernel, retire
 *	G1 pin = entry			R1 entry.state: LIVE cleared
 *	G2 full barrier			R2 smp_mb()
 *	G3 load entry.state		R3 look at all pins of the entry
 *
 * Whatever the order, G3 sees that LIVE is gone or R3 sees the pin, or both. If G3 sees
 * LIVE the client holds the object, and no retirement gets through until it lets go. If
 * R3 sees no pin then every G3 to come fails, and the object may go. If both see
 * the other both step back: the kernel restores LIVE, the client asks the kernel.
 * A retired entry may by then belong to another object; so after G3, when the entry
 * cannot change any more, the client makes sure of the id: it compares it then, or, like
 * libplasma, finds the state the same as before it compared it. The state counts its
 * changes.
 *
 *	client, release			kernel, delete
 *	L1 pin's count minus one	D1 entry.state: PENDING set (and R1)
 *	L2 full barrier			D2 smp_mb(), the same as R2
 *	L3 load entry.state		D3 look at all pins, the same as R3
 *
 * Here either L3 sees PENDING, and the client calls REAP, or D3 sees that the pin is
 * gone, and the delete happens at once. The client that steps back after G3 releases
 * in this way, too. So no pending delete is ever forgotten. A client that dies
 * instead has its pins looked through in plasma_pins_exit(), those with a count of 0 as well.
 *
 * selftests/model/pins.pml has all this for spin to try.
 *
 * All kernel sides run under ns->lock, so retirements do not race with one another.
 *
 * An entry can be pinned in one set of each client's pins only, so R3 looks at a few words
 * for each client. These are the client's to scribble on: what they say
 * is taken as a claim to hold an object that the client may get anyway.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "plasma.h"

#define PINS_ORDER	get_order(PLASMA_PINS_BYTES)
#define NR_PINS		(PLASMA_PIN_SETS * PLASMA_PIN_WAYS)
static_assert(NR_PINS == 2048);	/* plasma_pin_first() */
#define UNPIN_TRIES	30

static u32 pin_number(u64 word)
{
	return lower_32_bits(word);
}

static u32 pin_count(u64 word)
{
	return upper_32_bits(word);
}

/* Does a client pin the object? *@stamp rises to the time of its latest release. */
static bool look(struct plasma_pins *pins, struct plasma_object *obj, u64 *stamp)
{
	struct plasma_pin *pin = &pins->slots[plasma_pin_set(obj->slot + 1)];
	struct plasma_pin *end = pin + PLASMA_PIN_WAYS;
	bool pinned = false;

	for (; pin < end; pin++) {
		u64 word = READ_ONCE(pin->word);

		if (pin_number(word) != obj->slot + 1)
			continue;
		pinned |= pin_count(word);
		*stamp = max(*stamp, READ_ONCE(pin->stamp));
	}
	return pinned;
}

/**
 * plasma_pin_look_locked - does any client pin an object?
 * @obj: the object
 * @stamp: gets the time of its latest release by pin, 0 for none
 *
 * A client may pin it right afterwards; see plasma_pin_retire_locked().
 *
 * Return: true if one does.
 */
bool plasma_pin_look_locked(struct plasma_object *obj, u64 *stamp)
{
	struct plasma_pins *pins;
	bool pinned = false;

	lockdep_assert_held(&obj->ns->lock);
	*stamp = 0;
	list_for_each_entry(pins, &obj->ns->pins, node)
		pinned |= look(pins, obj, stamp);
	return pinned;
}

/**
 * plasma_pin_restore_locked - let clients get a sealed object by the index
 * @obj: the object
 *
 * A hidden one, and any of a removed namespace, is not to be had any more.
 */
void plasma_pin_restore_locked(struct plasma_object *obj)
{
	if (!obj->hidden && !obj->ns->removed)
		plasma_index_set_locked(obj, PLASMA_ENTRY_LIVE, 0);
}

/**
 * plasma_pin_retire_locked - take a sealed object away from clients, unless one pins it
 * @obj: the object, which nobody holds through the kernel
 *
 * With PLASMA_ENTRY_PENDING set before, whoever turns out to pin it calls REAP afterwards.
 *
 * Return: true if it may go; nobody can pin it any more then.
 */
bool plasma_pin_retire_locked(struct plasma_object *obj)
{
	u64 stamp;

	plasma_index_set_locked(obj, 0, PLASMA_ENTRY_LIVE);
	/* R2, D2: pairs with the client's barriers G2 and L2, in libplasma's pin.c. */
	smp_mb();
	if (!plasma_pin_look_locked(obj, &stamp))
		return true;
	plasma_pin_restore_locked(obj);
	return false;
}

/**
 * plasma_pin_mine_locked - does a client pin an object?
 * @attach: the client's attachment
 * @obj: the object
 *
 * Return: true if it does.
 */
bool plasma_pin_mine_locked(struct plasma_attach *attach, struct plasma_object *obj)
{
	u64 stamp = 0;

	lockdep_assert_held(&obj->ns->lock);
	return attach->pins && look(attach->pins, obj, &stamp);
}

/**
 * plasma_pin_clients_locked - how many clients hold an object by pins alone
 * @obj: the object
 *
 * Return: clients that pin it and do not hold it through the kernel as well.
 */
u32 plasma_pin_clients_locked(struct plasma_object *obj)
{
	struct plasma_pins *pins;
	u64 stamp = 0;
	u32 n = 0;

	lockdep_assert_held(&obj->ns->lock);
	list_for_each_entry(pins, &obj->ns->pins, node)
		if (look(pins, obj, &stamp) && !plasma_hold_count_locked(pins->attach, obj))
			n++;
	return n;
}

/* The object that a pin's word stands for, if that is sealed. */
static struct plasma_object *pinned_object(struct plasma_namespace *ns, u64 word)
{
	struct plasma_object *obj = NULL;

	if (pin_number(word))
		obj = plasma_slot_object_locked(ns, pin_number(word) - 1);
	return obj && obj->state == PLASMA_SEALED ? obj : NULL;
}

/**
 * plasma_pins_in_use_locked - how many objects are held by pins alone
 * @ns: the namespace
 *
 * Return: their number.
 */
u64 plasma_pins_in_use_locked(struct plasma_namespace *ns)
{
	struct plasma_object *obj;
	struct plasma_pins *pins;
	u64 n = 0;
	int i;

	lockdep_assert_held(&ns->lock);
	ns->round++;
	list_for_each_entry(pins, &ns->pins, node) {
		for (i = 0; i < NR_PINS; i++) {
			u64 word = READ_ONCE(pins->slots[i].word);

			obj = pin_count(word) ? pinned_object(ns, word) : NULL;
			if (!obj || obj->users || obj->round == ns->round ||
			    !plasma_pin_mine_locked(pins->attach, obj))
				continue;
			obj->round = ns->round;
			n++;
		}
	}
	return n;
}

/* Carry out a pending delete, if nobody is left who holds the object. */
static void reap_locked(struct plasma_object *obj, struct list_head *reap)
{
	if (plasma_object_goes_locked(obj) && !obj->users && plasma_pin_retire_locked(obj))
		plasma_object_unlink_locked(obj, PLASMA_EVENT_DELETE, reap);
}

/* Note a release by pin. Times to come are nobody's to give. */
static void note_release_locked(struct plasma_object *obj, u64 stamp)
{
	plasma_pool_touch_locked(obj, min(stamp, plasma_clock()));
}

/* The newest object of this id, or the one at this place, that a client pins. */
static struct plasma_object *find_pinned_locked(struct plasma_attach *attach, const u8 *id,
						const u64 *offset)
{
	struct plasma_object *newest = NULL;
	unsigned int i;

	for (i = 0; attach->pins && i < NR_PINS; i++) {
		u64 word = READ_ONCE(attach->pins->slots[i].word);
		struct plasma_object *obj;

		obj = pin_count(word) ? pinned_object(attach->ns, word) : NULL;
		if (obj && !memcmp(obj->entry->id, id, PLASMA_ID_SIZE) &&
		    i - plasma_pin_set(pin_number(word)) < PLASMA_PIN_WAYS &&
		    (!offset || *offset == obj->entry->offset) &&
		    (!newest || obj->seal_serial > newest->seal_serial))
			newest = obj;
	}
	return newest;
}

/* Take one from the count of a pin, if it pins this object. */
static bool unpin(struct plasma_pin *pin, const struct plasma_object *obj)
{
	int tries;
	u64 word;

	for (tries = 0; tries < UNPIN_TRIES; tries++) {
		word = READ_ONCE(pin->word);
		if (!pin_count(word) || pin_number(word) != obj->slot + 1)
			return false;
		WRITE_ONCE(pin->stamp, plasma_clock());
		if (cmpxchg(&pin->word, word, word - PLASMA_PIN_COUNT) == word)
			return true;
	}
	return false;
}

static bool unpin_any(struct plasma_pins *pins, const struct plasma_object *obj)
{
	struct plasma_pin *pin = &pins->slots[plasma_pin_set(obj->slot + 1)];
	struct plasma_pin *end = pin + PLASMA_PIN_WAYS;

	for (; pin < end; pin++)
		if (unpin(pin, obj))
			return true;
	return false;
}

/**
 * plasma_pin_release_locked - give back a hold by pin, for a client that does not itself
 * @attach: the client's attachment
 * @id: the object's id
 * @offset: where it is, or NULL for the newest
 * @since: leave alone what was not sealed later than this event
 * @reap: the list for plasma_object_reap()
 *
 * Looks through all pins of the client. Another thread of it may change them at the same
 * time; only one that means no good does so again and again.
 *
 * Return: 0, or -ENOENT when it does not pin such an object.
 */
int plasma_pin_release_locked(struct plasma_attach *attach, const u8 *id, const u64 *offset,
			      u64 since, struct list_head *reap)
{
	struct plasma_object *obj;
	int tries;

	lockdep_assert_held(&attach->ns->lock);
	for (tries = 0; tries < UNPIN_TRIES; tries++) {
		obj = find_pinned_locked(attach, id, offset);
		if (!obj || obj->seal_serial <= since)
			break;
		if (!unpin_any(attach->pins, obj))
			continue;
		reap_locked(obj, reap);
		return 0;
	}
	return -ENOENT;
}

/*
 * The thread that released may not have come to calling REAP yet, and may never do: once its
 * pin is cleared nobody would think of the pending delete.
 */
static void drain_locked(struct plasma_pins *pins, struct list_head *reap)
{
	int i;

	for (i = 0; i < NR_PINS; i++) {
		struct plasma_pin *pin = &pins->slots[i];
		u64 word = READ_ONCE(pin->word);
		struct plasma_object *obj;

		if (!word || pin_count(word))
			continue;
		obj = pinned_object(pins->attach->ns, word);
		if (obj)
			note_release_locked(obj, READ_ONCE(pin->stamp));
		/* Unless it has been pinned again. */
		if (cmpxchg(&pin->word, word, 0) == word && obj)
			reap_locked(obj, reap);
	}
}

/**
 * plasma_ioctl_reap - %PLASMA_IOC_REAP
 * @cmd: the command
 *
 * Return: 0 or a negative error.
 */
int plasma_ioctl_reap(struct plasma_cmd *cmd)
{
	struct plasma_reap *arg = cmd->buf;
	struct plasma_attach *attach = cmd->attach;
	struct plasma_namespace *ns = attach->ns;
	struct plasma_object *obj;
	LIST_HEAD(reap);

	spin_lock(&ns->lock);
	obj = pinned_object(ns, arg->entry);
	if (obj)
		reap_locked(obj, &reap);
	if (arg->flags & PLASMA_REAP_DRAIN && attach->pins)
		drain_locked(attach->pins, &reap);
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
	return 0;
}

static struct plasma_pins *pins_alloc(struct plasma_attach *attach)
{
	struct plasma_pins *pins = kzalloc(sizeof(*pins), GFP_KERNEL_ACCOUNT);

	if (!pins)
		return NULL;
	pins->attach = attach;
	pins->slots = (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN |
					       __GFP_RETRY_MAYFAIL, PINS_ORDER);
	if (pins->slots)
		return pins;
	kfree(pins);
	return NULL;
}

static void pins_free(struct plasma_pins *pins)
{
	if (!pins)
		return;
	free_pages((unsigned long)pins->slots, PINS_ORDER);
	kfree(pins);
}

/* The client's pins, made at their first mapping. */
static struct plasma_pins *pins_get(struct plasma_attach *attach)
{
	struct plasma_pins *pins = READ_ONCE(attach->pins), *new;

	if (pins)
		return pins;
	new = pins_alloc(attach);
	if (!new)
		return ERR_PTR(-ENOMEM);
	spin_lock(&attach->ns->lock);
	pins = attach->pins;
	if (!pins) {
		pins = new;
		new = NULL;
		list_add(&pins->node, &attach->ns->pins);
		WRITE_ONCE(attach->pins, pins);
	}
	spin_unlock(&attach->ns->lock);
	pins_free(new);
	return pins;
}

/* Behind the index, with which they share a file: nothing there is ever unmapped. */
static pgoff_t pins_pgoff(void)
{
	return plasma_index_size() >> PAGE_SHIFT;
}

/*
 * All of the mapping at once, since one fault costs more than the few pages that are left.
 * The mapping's file keeps the attachment, and that keeps the pins, until the entries are gone.
 * Linux is not asked to tell of first writes, so entries allow all that the mapping does.
 */
static vm_fault_t pins_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct plasma_attach *attach = vma->vm_file->private_data;
	unsigned long pfn = page_to_pfn(virt_to_page(attach->pins->slots));
	unsigned long addr = vma->vm_start;
	vm_fault_t ret = VM_FAULT_NOPAGE;

	pfn += vma->vm_pgoff - pins_pgoff();
	for (; addr < vma->vm_end && ret == VM_FAULT_NOPAGE; addr += PAGE_SIZE)
		ret = vmf_insert_pfn(vma, addr, pfn++);
	return ret;
}

static const struct vm_operations_struct pins_vm_ops = {
	.fault = pins_fault,
};

/**
 * plasma_pins_mmap - map a client's pins, all of them
 * @attach: the client's attachment
 * @vma: the mapping, which keeps the attachment
 * @offset: must be zero
 *
 * Return: 0 or a negative error.
 */
int plasma_pins_mmap(struct plasma_attach *attach, struct vm_area_struct *vma, pgoff_t offset)
{
	struct plasma_pins *pins;

	if (offset || vma_pages(vma) != PLASMA_PINS_BYTES >> PAGE_SHIFT)
		return -EINVAL;
	/* Who may not get may not hold. */
	if (!(attach->access & PLASMA_ACCESS_READ))
		return -EACCES;
	pins = pins_get(attach);
	if (IS_ERR(pins))
		return PTR_ERR(pins);
	vm_flags_set(vma, VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	vm_flags_clear(vma, VM_MAYEXEC);
	vma->vm_ops = &pins_vm_ops;
	vma->vm_pgoff = pins_pgoff();
	vma_set_file(vma, attach->index_file);
	return 0;
}

/*
 * One word of a client that is gone: all that it held is released now. Its pins are in no
 * list any more, so they do not count.
 */
static void drop_pin(struct plasma_namespace *ns, const struct plasma_pin *pin)
{
	struct plasma_object *obj;
	LIST_HEAD(reap);

	spin_lock(&ns->lock);
	obj = pinned_object(ns, pin->word);
	if (obj) {
		note_release_locked(obj, pin_count(pin->word) ? ~0ULL : pin->stamp);
		reap_locked(obj, &reap);
	}
	spin_unlock(&ns->lock);
	plasma_object_reap(&reap);
}

/**
 * plasma_pins_exit - release all that a client held by pins
 * @attach: the client's attachment, which nobody uses or maps any more
 *
 * Context: may sleep.
 */
void plasma_pins_exit(struct plasma_attach *attach)
{
	struct plasma_pins *pins = attach->pins;
	int i;

	if (!pins)
		return;
	spin_lock(&attach->ns->lock);
	list_del(&pins->node);
	attach->pins = NULL;
	spin_unlock(&attach->ns->lock);
	for (i = 0; i < NR_PINS; i++)
		if (pins->slots[i].word)
			drop_pin(attach->ns, &pins->slots[i]);
	pins_free(pins);
}
