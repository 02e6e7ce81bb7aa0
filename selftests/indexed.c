// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <clock.h>

#include "indexed.h"

int indexed_ask(struct indexed *x, const struct client *c)
{
	struct plasma_ns_open open;
	int ret = ns_open(c->fd, c->name, 0, &open);

	memset(x, 0, sizeof(*x));
	if (ret)
		return ret;
	x->index_offset = open.out_index_offset;
	x->index_size = open.out_index_size;
	x->pins_offset = open.out_pins_offset;
	x->pins_size = open.out_pins_size;
	return 0;
}

int indexed_map(struct indexed *x, const struct client *c)
{
	int ret = indexed_ask(x, c);
	char *at;

	if (ret)
		return ret;
	at = mmap(NULL, x->index_size, PROT_READ, MAP_SHARED, c->fd, x->index_offset);
	if (at == MAP_FAILED)
		return -errno;
	x->header = (void *)at;
	x->buckets = (void *)(at + x->header->buckets_offset);
	x->entries = (void *)(at + x->header->entries_offset);
	x->pins = mmap(NULL, x->pins_size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd,
		       x->pins_offset);
	return x->pins == MAP_FAILED ? -errno : 0;
}

void indexed_unmap(struct indexed *x)
{
	if (x->header)
		munmap((void *)x->header, x->index_size);
	if (x->pins)
		munmap(x->pins, x->pins_size);
	memset(x, 0, sizeof(*x));
}

__u32 indexed_hash(const struct indexed *x, struct id id)
{
	__u64 a, b;
	__u32 c;

	memcpy(&a, id.byte, sizeof(a));
	memcpy(&b, id.byte + sizeof(a), sizeof(b));
	memcpy(&c, id.byte + sizeof(a) + sizeof(b), sizeof(c));
	return plasma_index_hash(x->header->seed, a, b, c);
}

__u32 indexed_buckets(const struct indexed *x)
{
	return __atomic_load_n(&x->header->geometry, __ATOMIC_ACQUIRE);
}

const struct plasma_index_entry *indexed_entry(const struct indexed *x, __u32 number)
{
	return &x->entries[number - 1];
}

__u32 indexed_find(const struct indexed *x, struct id id)
{
	__u64 geometry = __atomic_load_n(&x->header->geometry, __ATOMIC_ACQUIRE);
	__u32 bucket = plasma_index_bucket(indexed_hash(x, id), geometry);
	__u32 number = __atomic_load_n(&x->buckets[bucket], __ATOMIC_ACQUIRE);
	int hops;

	for (hops = 0; number && hops <= PLASMA_INDEX_CHAIN_MAX; hops++) {
		if (id_equal(indexed_entry(x, number)->id, &id))
			return number;
		number = __atomic_load_n(&indexed_entry(x, number)->next, __ATOMIC_ACQUIRE);
	}
	return 0;
}

struct plasma_pin *indexed_set(const struct indexed *x, __u32 number)
{
	return &x->pins[plasma_pin_set(number)];
}

__u64 indexed_count(const struct indexed *x, __u32 number)
{
	const struct plasma_pin *set = indexed_set(x, number);
	__u64 count = 0;
	int i;

	for (i = 0; i < PLASMA_PIN_WAYS; i++)
		if ((__u32)set[i].word == number)
			count += set[i].word >> 32;
	return count;
}

static bool swap(struct plasma_pin *pin, __u64 from, __u64 to)
{
	return __atomic_compare_exchange_n(&pin->word, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

bool indexed_pin(const struct indexed *x, __u32 number)
{
	struct plasma_pin *set = indexed_set(x, number);
	int i;

	for (i = 0; i < PLASMA_PIN_WAYS; i++)
		if (swap(&set[i], 0, number + PLASMA_PIN_COUNT))
			return true;
	return false;
}

int object_reap(const struct client *c, __u32 number, __u32 flags)
{
	struct plasma_reap reap = { .ns = c->ns, .entry = number, .flags = flags };

	return plasma_ioctl(c->fd, PLASMA_IOC_REAP, &reap);
}

/* The pin of a set that stands for the entry already, or NULL. */
static struct plasma_pin *pin_of(const struct indexed *x, __u32 number, bool pinned)
{
	struct plasma_pin *set = indexed_set(x, number);
	int i;

	for (i = 0; i < PLASMA_PIN_WAYS; i++)
		if ((__u32)set[i].word == number && (set[i].word >> 32 || !pinned))
			return &set[i];
	return NULL;
}

__u32 indexed_get(const struct indexed *x, const struct client *c, struct id id,
		  struct plasma_get_entry *entry)
{
	__u32 number = indexed_find(x, id);
	struct plasma_pin *pin = number ? pin_of(x, number, false) : NULL;
	const struct plasma_index_entry *e;

	if (!number)
		return 0;
	if (pin ? !swap(pin, pin->word, pin->word + PLASMA_PIN_COUNT) : !indexed_pin(x, number))
		return 0;
	e = indexed_entry(x, number);
	if (!(__atomic_load_n(&e->state, __ATOMIC_ACQUIRE) & PLASMA_ENTRY_LIVE) ||
	    !id_equal(e->id, &id)) {
		indexed_release(x, c, number);
		return 0;
	}
	memset(entry, 0, sizeof(*entry));
	memcpy(entry->id, e->id, sizeof(e->id));
	entry->offset = e->offset;
	entry->data_size = e->data_size;
	entry->metadata_size = e->metadata_size;
	return number;
}

int indexed_release(const struct indexed *x, const struct client *c, __u32 number)
{
	struct plasma_pin *pin = pin_of(x, number, true);

	if (!pin)
		return -ENOENT;
	__atomic_store_n(&pin->stamp, clock_now(), __ATOMIC_RELAXED);
	if (!swap(pin, pin->word, pin->word - PLASMA_PIN_COUNT))
		return -EAGAIN;
	if (!(__atomic_load_n(&indexed_entry(x, number)->state, __ATOMIC_ACQUIRE) &
	      PLASMA_ENTRY_PENDING))
		return 0;
	return object_reap(c, number, 0);
}

struct plasma_id lib_id(struct id id)
{
	struct plasma_id same;

	memcpy(same.bytes, id.byte, sizeof(same.bytes));
	return same;
}

int lib_open(struct plasma **p, const struct client *c, __u32 flags)
{
	return plasma_open(p, c->name, flags);
}

int lib_get(struct plasma *p, struct id id, struct plasma_buffer *buf)
{
	struct plasma_id same = lib_id(id);

	memset(buf, POISON, sizeof(*buf));
	return plasma_get(p, &same, buf, 0);
}

int lib_release(struct plasma *p, struct id id)
{
	struct plasma_id same = lib_id(id);

	return plasma_release(p, &same);
}

int lib_delete(struct plasma *p, struct id id, __u32 flags)
{
	struct plasma_id same = lib_id(id);

	return plasma_delete(p, &same, flags);
}
