/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of the store and of the system. */
#ifndef SELFTESTS_COUNTERS_H
#define SELFTESTS_COUNTERS_H

#include <linux/types.h>

#define SIZE_MB	"/sys/module/plasma/parameters/size_mb"

/* The whole of a small file, as a number; or a negative errno. */
long long file_number(const char *path);
int file_write(const char *path, const char *text);

/*
 * Bytes of memory that Linux could give, with those that it does not count itself: a
 * processor keeps pages that were freed at hand, since 6.7 some ten MiB.
 */
__u64 memory_available(void);

/* Counters of the whole store, with a descriptor of their own. */
struct usage {
	__u64 store_used;
	__u32 namespaces;
	__u32 clients;
	__u64 default_used;
	__u64 default_objects;
	__u64 default_in_use;
	__u64 default_names;
	__u64 default_waiters;
};

int usage_take(struct usage *usage);
/* 0 once the counters are what they were, which may take the kernel a moment. */
int usage_restored(const struct usage *before);

/* The kernels with all the checks are slow: numbers of what is done are divided by this. */
unsigned int slowness(void);

#endif /* SELFTESTS_COUNTERS_H */
