/* SPDX-License-Identifier: GPL-2.0-only */
/* What bytes there are, and whether they may be touched. */
#ifndef SELFTESTS_MEMORY_H
#define SELFTESTS_MEMORY_H

#include <stddef.h>

#include <linux/types.h>

/* Deterministic bytes: fill() writes them, matching() counts how many are right. */
void fill(void *to, size_t size, __u64 seed);
size_t matching(const void *from, size_t size, __u64 seed);
size_t leading(const void *from, size_t size, __u8 byte);
__u64 checksum(const void *from, size_t size);

/* Guarded accesses: the byte, or 0 for a poke, or minus the signal it raised. */
int peek(const volatile void *at);
int poke(volatile void *at, __u8 value);
int guarded(void (*access)(void *), void *arg);

/* Maps so that address and offset agree within a huge page. */
void *map_aligned(int fd, __u64 offset, size_t size, int prot);

#endif /* SELFTESTS_MEMORY_H */
