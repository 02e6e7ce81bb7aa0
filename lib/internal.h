/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef PLASMA_INTERNAL_H
#define PLASMA_INTERNAL_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include "plasma.h"

/*
 * What gets without a system call need: the index and the pins of a namespace, and where
 * objects are. Without @pins gets are system calls.
 */
struct view {
	struct plasma_pin *pins;
	const struct plasma_index_header *index;
	const uint32_t *buckets;
	/* Before the first entry, since numbers count from 1. */
	const struct plasma_index_entry *entries;
	uint64_t seed;
	const char *read;
	size_t window_size;
};

/*
 * One open of /dev/plasma. Does not change once published, but for @write, which
 * is mapped by the first create.
 */
struct client {
	int fd;
	bool has_ns;
	uint32_t ns;
	uint32_t access;
	uint32_t batch_max;
	uint64_t write_offset;
	struct view view;
	size_t index_size;
	size_t pins_size;
	char *_Atomic write;
	/* That of the parent process, kept for the pointers it gave. */
	struct client *inherited;
};

/*
 * Lives in a page of its own that the kernel wipes in a child of fork(). All zero is
 * the state before the first use, and an unlocked mutex in glibc and in musl.
 */
struct process_state {
	pthread_mutex_t lock;
	/* NULL in a process that has none yet. */
	struct client *_Atomic client;
	/* What it sees, to be found without looking for it. @pins comes last. */
	struct view view;
};

struct plasma {
	struct process_state *here;
	/* That of this process if it has one, else that of an ancestor or NULL. */
	struct client *client;
	uint32_t flags;
	uint32_t name_len;
	char name[PLASMA_NAME_MAX + 1];
};

/* The slow half of client_get(): first use of the handle in this process. */
int client_connect(struct plasma *p, struct client **client);

/* The client of this process, for store and namespace functions. */
static inline int client_get(struct plasma *p, struct client **client)
{
	*client = atomic_load_explicit(&p->here->client, memory_order_acquire);
	return *client ? 0 : client_connect(p, client);
}

/* The same, for object functions: one that has a namespace. */
static inline int client_get_ns(struct plasma *p, struct client **client)
{
	int err = client_get(p, client);

	return err ? err : (*client)->has_ns ? 0 : -EBADF;
}

/* Maps the write window if it is not. */
int client_map_write(struct plasma *p, struct client *c, char **base);

static inline int client_ioctl(const struct client *c, unsigned long cmd, void *arg)
{
	return ioctl(c->fd, cmd, arg) < 0 ? -errno : 0;
}

/*
 * A command on the namespace of the handle. Every argument that names one begins with it.
 */
static inline int ns_ioctl(struct plasma *p, unsigned long cmd, void *arg)
{
	struct client *c;
	int err = client_get_ns(p, &c);

	if (err)
		return err;
	*(uint32_t *)arg = c->ns;
	return client_ioctl(c, cmd, arg);
}

/* What fits into a 32-bit length of the uapi; the kernel refuses what is too long. */
static inline uint32_t length32(size_t length)
{
	return length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
}

static inline uint64_t user_pointer(const void *p)
{
	return (uintptr_t)p;
}

static inline void copy_id(__u8 *to, const struct plasma_id *id)
{
	memcpy(to, id->bytes, PLASMA_ID_SIZE);
}

/* An empty name is not one, and is not to pass for none. */
static inline bool name_empty(const char *name)
{
	return name && !*name;
}

/* NULL is no name, and takes no bytes. */
static inline uint32_t name_length(const char *name)
{
	return name ? length32(strlen(name)) : 0;
}

/* time.c: the absolute time of a timeout in milliseconds, negative for none */
uint64_t deadline_after(int timeout_ms);

#endif
