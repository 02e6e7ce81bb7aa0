/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Gets and releases without a system call: the client's side of what the uapi header
 * calls the index and the pins. Why this is safe stands in the kernel's pin.c, with which
 * each barrier here pairs. What a hot get runs through is inline; the rest is in pin.c.
 */
#ifndef PLASMA_PIN_H
#define PLASMA_PIN_H

#include "clock.h"
#include "internal.h"

/* pin.c: what is not hot. */
bool pin_anywhere(const struct client *c, uint32_t number);
bool pin_release_anywhere(const struct client *c, uint32_t number);
int pin_reap(const struct client *c, uint32_t number, uint32_t flags);

/*
 * A compare-and-exchange is a full barrier on x86, and is one to earlier accesses only
 * elsewhere.
 */
static inline void full_barrier_after_exchange(void)
{
#ifdef __x86_64__
	atomic_signal_fence(memory_order_seq_cst);
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* A count is to have room for one more. */
#define COUNT_MAX (UINT64_MAX - PLASMA_PIN_COUNT)

/* The kernel writes these words while clients read them. */
#define load(p, order) __atomic_load_n(p, __ATOMIC_##order)

/* An id as the numbers that it is hashed and compared by. */
struct key {
	uint64_t first;
	uint64_t second;
	uint32_t third;
};

static inline struct key key_of(const uint8_t *id)
{
	struct key key;

	memcpy(&key.first, id, 8);
	memcpy(&key.second, id + 8, 8);
	memcpy(&key.third, id + 16, 4);
	return key;
}

static inline const struct plasma_index_entry *entry_of(const struct client *c,
							uint32_t number)
{
	return &c->entries[number - 1];
}

static inline bool is_of(const struct plasma_index_entry *entry, const struct key *key)
{
	struct key other = key_of(entry->id);

	return !((other.first ^ key->first) | (other.second ^ key->second) |
		 (other.third ^ key->third));
}

/* The same, before whatever is loaded next. */
static inline bool is_of_before(const struct plasma_index_entry *entry, const struct key *key)
{
	const void *id = entry->id;

	return load((const uint64_t *)id, ACQUIRE) == key->first &&
	       load((const uint64_t *)id + 1, ACQUIRE) == key->second &&
	       load((const uint32_t *)id + 4, ACQUIRE) == key->third;
}

/* Its number, or 0: not there, or behind a change of the table; the kernel knows better. */
static inline uint32_t find(const struct client *c, const struct key *key)
{
	uint32_t hash = plasma_index_hash(c->seed, key->first, key->second, key->third);
	uint32_t bucket = plasma_index_bucket(hash, load(&c->index->geometry, ACQUIRE));
	uint32_t number = load(&c->buckets[bucket], ACQUIRE), hops;

	for (hops = 0; number && hops <= PLASMA_INDEX_CHAIN_MAX; hops++) {
		const struct plasma_index_entry *entry = entry_of(c, number);

		if (is_of(entry, key))
			return number;
		number = load(&entry->next, ACQUIRE);
	}
	return 0;
}

static inline struct plasma_pin *set_of(const struct client *c, uint32_t number)
{
	return c->pins + (number - 1) % PLASMA_PIN_SETS * PLASMA_PIN_WAYS;
}

/*
 * The i-th pin of a set to look at. Entries that are neighbours begin at different ones, so
 * the first is nearly always right.
 */
static inline struct plasma_pin *way_of(struct plasma_pin *set, uint32_t number, uint32_t i)
{
	return set + ((number - 1) / PLASMA_PIN_SETS + i) % PLASMA_PIN_WAYS;
}

/* G1: the whole word at once, so that it always says what is held. */
static inline bool exchange(struct plasma_pin *pin, uint64_t old, uint64_t new)
{
	return __atomic_compare_exchange_n(&pin->word, &old, new, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

static inline bool pin_take(const struct client *c, uint32_t number)
{
	struct plasma_pin *first = way_of(set_of(c, number), number, 0);
	uint64_t word = load(&first->word, RELAXED);
	bool pinned;

	pinned = ((uint32_t)word == number && word < COUNT_MAX &&
		  exchange(first, word, word + PLASMA_PIN_COUNT)) ||
		 pin_anywhere(c, number);
	full_barrier_after_exchange();	/* G2 */
	return pinned;
}

/* One attempt at one pin: 1 when released, 0 when it does not hold, -1 to try again. */
static inline int try_release(struct plasma_pin *pin, uint32_t number)
{
	uint64_t word = load(&pin->word, RELAXED);

	if ((uint32_t)word != number || word < PLASMA_PIN_COUNT)
		return 0;
	__atomic_store_n(&pin->stamp, clock_now(), __ATOMIC_RELAXED);
	return exchange(pin, word, word - PLASMA_PIN_COUNT) ? 1 : -1;	/* L1 */
}

static inline bool pin_release(const struct client *c, uint32_t number)
{
	if (try_release(way_of(set_of(c, number), number, 0), number) <= 0 &&
	    !pin_release_anywhere(c, number))
		return false;
	full_barrier_after_exchange();	/* L2 */
	/* L3; without it a pending delete would be forgotten. */
	if (load(&entry_of(c, number)->state, ACQUIRE) & PLASMA_ENTRY_PENDING)
		pin_reap(c, number, 0);
	return true;
}

static inline bool pin_get(const struct client *c, struct plasma_buffer *buf)
{
	const struct plasma_index_entry *entry;
	struct key key = key_of(buf->id.bytes);
	uint32_t number;

	if (!c->pins)
		return false;
	number = find(c, &key);
	if (!number || !pin_take(c, number))
		return false;
	entry = entry_of(c, number);
	/* G3: if it is live then it stays so, and the entry is that of the object. */
	if (!(load(&entry->state, ACQUIRE) & PLASMA_ENTRY_LIVE) || !is_of(entry, &key)) {
		pin_release(c, number);
		return false;
	}
	buf->status = 0;
	buf->data = c->read + entry->offset;
	buf->size = entry->data_size;
	buf->metadata = c->read + entry->offset + entry->data_size;
	buf->metadata_size = entry->metadata_size;
	buf->pin = number;
	return true;
}

static inline bool pin_release_id(const struct client *c, const struct plasma_id *id)
{
	struct key key = key_of(id->bytes);
	uint32_t number = c->pins ? find(c, &key) : 0;

	return number && pin_release(c, number);
}

/* The state counts its changes: the same twice means that the id belongs to it. */
static inline bool pin_contains(const struct client *c, const struct plasma_id *id)
{
	const struct plasma_index_entry *entry;
	struct key key = key_of(id->bytes);
	uint32_t number = c->pins ? find(c, &key) : 0, state;

	if (!number)
		return false;
	entry = entry_of(c, number);
	state = load(&entry->state, ACQUIRE);
	if (!(state & PLASMA_ENTRY_LIVE) || !is_of_before(entry, &key))
		return false;
	return load(&entry->state, RELAXED) == state;
}

#endif
