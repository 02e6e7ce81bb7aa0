/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Gets and releases without a system call: the client's side of what the uapi header
 * calls the index and the pins. Why this is safe stands in the kernel's pin.c, with which
 * each barrier here pairs.
 *
 * What a hot get or release runs through is inline: it looks at the one pin that is nearly
 * always right, and calls nothing, so that it need not save a register. Whatever
 * it does not get done is begun anew in pin.c, which looks everywhere.
 */
#ifndef PLASMA_PIN_H
#define PLASMA_PIN_H

#include "clock.h"
#include "internal.h"

/* pin.c: what is not hot. */
bool pin_get_anywhere(const struct client *c, struct plasma_buffer *buf, uint32_t taken);
bool pin_release(const struct client *c, uint32_t number);
bool pin_release_id(const struct client *c, const struct plasma_id *id);
int pin_reap(const struct plasma *p, uint32_t number);

#define hot static inline __attribute__((always_inline))
#define cold static __attribute__((noinline))

/*
 * A compare-and-exchange is a full barrier on x86, and is one to earlier accesses only
 * elsewhere.
 */
hot void full_barrier_after_exchange(void)
{
#ifdef __x86_64__
	atomic_signal_fence(memory_order_seq_cst);
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* The kernel writes these words while clients read them. */
#define load(p, order) __atomic_load_n(p, __ATOMIC_##order)

/* An id as the numbers that it is hashed and compared by. */
struct key {
	uint64_t first;
	uint64_t second;
	uint32_t third;
};

hot struct key key_of(const struct plasma_id *id)
{
	struct key key;

	memcpy(&key.first, id->bytes, 8);
	memcpy(&key.second, id->bytes + 8, 8);
	memcpy(&key.third, id->bytes + 16, 4);
	return key;
}

hot const struct plasma_index_entry *entry_of(const struct view *v, uint32_t number)
{
	return &v->entries[number];
}

/* An entry as it was found. The state counts its changes: while it is the same, so is the id. */
struct found {
	uint32_t number;
	uint32_t state;
	const struct plasma_index_entry *entry;
};

/*
 * The state is loaded before the id, and this before whatever is loaded next. The id that is
 * looked for is read anew rather than kept in registers, which are few.
 */
hot bool is_of(const struct plasma_index_entry *entry, const struct plasma_id *wanted,
	       uint32_t *state)
{
	const void *id = entry->id;

	*state = load(&entry->state, ACQUIRE);
	return load((const uint64_t *)id, ACQUIRE) == key_of(wanted).first &&
	       load((const uint64_t *)id + 1, ACQUIRE) == key_of(wanted).second &&
	       load((const uint32_t *)id + 4, ACQUIRE) == key_of(wanted).third;
}

/* Number 0: it is not there, or behind a change of the table; the kernel knows better. */
hot struct found find(const struct view *v, const struct plasma_id *id)
{
	struct key key = key_of(id);
	uint32_t hash = plasma_index_hash(v->seed, key.first, key.second, key.third);
	uint32_t bucket = plasma_index_bucket(hash, load(&v->index->geometry, ACQUIRE));
	struct found found = { .number = load(&v->buckets[bucket], ACQUIRE) };
	uint32_t hops;

	for (hops = 0; found.number && hops <= PLASMA_INDEX_CHAIN_MAX; hops++) {
		found.entry = entry_of(v, found.number);
		if (is_of(found.entry, id, &found.state))
			return found;
		found.number = load(&found.entry->next, ACQUIRE);
	}
	found.number = 0;
	return found;
}

/* Found, and there to be pinned. */
hot bool is_live(struct found found)
{
	return found.number && found.state & PLASMA_ENTRY_LIVE;
}

/*
 * G3: what was live, and is pinned, stays so. The state is the same as before the id was
 * compared: 2^29 changes of this entry in between would be needed for that to mislead.
 */
hot bool is_unchanged(struct found found)
{
	return load(&found.entry->state, ACQUIRE) == found.state;
}

/*
 * The i-th pin of its set to look at for an entry. Those of one set begin at different ones, so
 * the first is nearly always right.
 */
hot struct plasma_pin *way_of(const struct view *v, uint32_t number, uint32_t i)
{
	return v->pins + plasma_pin_set(number) + (plasma_pin_first(number) + i) % PLASMA_PIN_WAYS;
}

hot struct plasma_pin *first_of(const struct view *v, uint32_t number)
{
	return v->pins + plasma_pin_first(number);
}

/* G1: the whole word at once, so that it always says what is held. */
hot bool exchange(struct plasma_pin *pin, uint64_t old, uint64_t new)
{
	return __atomic_compare_exchange_n(&pin->word, &old, new, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

/* Has this process a client, with pins? What else @v has comes before them. */
hot bool has_pins(const struct view *v)
{
	return load(&v->pins, ACQUIRE);
}

/* The entry is pinned and found unchanged. */
static inline void pin_fill(const struct view *v, struct plasma_buffer *buf,
			    struct found found)
{
	const struct plasma_index_entry *entry = found.entry;
	const char *data = v->read + entry->offset;

	buf->status = 0;
	buf->data = data;
	buf->size = entry->data_size;
	buf->metadata = data + entry->data_size;
	buf->metadata_size = entry->metadata_size;
	buf->pin = found.number;
}

/* When it fails the entry *@taken has been pinned, if that is not 0. */
hot bool pin_get_hot(const struct view *v, struct plasma_buffer *buf, uint32_t *taken)
{
	struct found found = find(v, &buf->id);
	struct plasma_pin *pin = first_of(v, found.number);
	uint64_t word, more;

	*taken = 0;
	if (!is_live(found))
		return false;
	word = load(&pin->word, RELAXED);
	if ((uint32_t)word != found.number ||
	    __builtin_add_overflow(word, PLASMA_PIN_COUNT, &more) || !exchange(pin, word, more))
		return false;
	full_barrier_after_exchange();	/* G2 */
	*taken = found.number;
	if (!is_unchanged(found))
		return false;
	pin_fill(v, buf, found);
	return true;
}

static inline bool pin_get(const struct client *c, struct plasma_buffer *buf)
{
	uint32_t taken;

	return c->view.pins && (pin_get_hot(&c->view, buf, &taken) ||
				pin_get_anywhere(c, buf, taken));
}

/* Whether a release leaves a delete to be carried out, which L3 tells. */
hot bool is_pending(const struct plasma_index_entry *entry)
{
	full_barrier_after_exchange();	/* L2 */
	return load(&entry->state, ACQUIRE) & PLASMA_ENTRY_PENDING;
}

/* One attempt at one pin: 1 when released, 0 when it does not hold, -1 to try again. */
hot int try_release(struct plasma_pin *pin, uint32_t number)
{
	uint64_t word = load(&pin->word, RELAXED);

	if ((uint32_t)word != number || word < PLASMA_PIN_COUNT)
		return 0;
	__atomic_store_n(&pin->stamp, clock_now(), __ATOMIC_RELAXED);
	return exchange(pin, word, word - PLASMA_PIN_COUNT) ? 1 : -1;	/* L1 */
}

/*
 * After PENDING comes pin_reap(), without which the delete would be forgotten. Let calls of
 * what is not hot be the last thing that a function does, and it saves nothing for them.
 */
enum released { RELEASED, RELEASED_PENDING, NOT_RELEASED };

hot enum released pin_release_hot(const struct view *v, uint32_t number,
				  const struct plasma_index_entry *entry)
{
	if (try_release(first_of(v, number), number) <= 0)
		return NOT_RELEASED;
	return is_pending(entry) ? RELEASED_PENDING : RELEASED;
}

hot bool pin_contains(const struct view *v, const struct plasma_id *id)
{
	struct found found = find(v, id);

	return is_live(found) && is_unchanged(found);
}

#endif
