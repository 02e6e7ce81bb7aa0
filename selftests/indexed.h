/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The index and the pins of a client, used by hand as the uapi header says; and libplasma,
 * which is what programs use, with the tests' own ids.
 */
#ifndef SELFTESTS_INDEXED_H
#define SELFTESTS_INDEXED_H

#include <plasma.h>

#include "common.h"

struct indexed {
	__u64 index_offset;
	__u64 index_size;
	__u64 pins_offset;
	__u64 pins_size;
	const struct plasma_index_header *header;
	const __u32 *buckets;
	const struct plasma_index_entry *entries;
	struct plasma_pin *pins;
};

/* Offsets and sizes, 0 where there are none. */
int indexed_ask(struct indexed *x, const struct client *c);
/* Maps both. */
int indexed_map(struct indexed *x, const struct client *c);
void indexed_unmap(struct indexed *x);

/* How many buckets there are. */
__u32 indexed_buckets(const struct indexed *x);
__u32 indexed_hash(const struct indexed *x, struct id id);
/* The number of the entry of an id, or 0. */
__u32 indexed_find(const struct indexed *x, struct id id);
const struct plasma_index_entry *indexed_entry(const struct indexed *x, __u32 number);
/* The first pin of an entry's set. */
struct plasma_pin *indexed_set(const struct indexed *x, __u32 number);
/* How often the client pins it, by all pins of its set. */
__u64 indexed_count(const struct indexed *x, __u32 number);
/* Pins what has a free pin in its set, without a look at its state. */
bool indexed_pin(const struct indexed *x, __u32 number);
int object_reap(const struct client *c, __u32 number, __u32 flags);
/*
 * A get by hand: the number of the entry, which @entry tells of, or 0 where PLASMA_IOC_GET is to
 * be asked. And a release: -ENOENT where it is not pinned.
 */
__u32 indexed_get(const struct indexed *x, const struct client *c, struct id id,
		  struct plasma_get_entry *entry);
int indexed_release(const struct indexed *x, const struct client *c, __u32 number);

/* libplasma */
struct plasma_id lib_id(struct id id);
int lib_open(struct plasma **p, const struct client *c, __u32 flags);
int lib_get(struct plasma *p, struct id id, struct plasma_buffer *buf);
int lib_release(struct plasma *p, struct id id);
int lib_delete(struct plasma *p, struct id id, __u32 flags);

#endif /* SELFTESTS_INDEXED_H */
