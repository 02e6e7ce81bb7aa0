/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A stand-in for /dev/plasma in user space, for sanitizers: what the library and the
 * tools do is real, the store is a model of it. See mock.c.
 */
#ifndef PLASMA_MOCK_H
#define PLASMA_MOCK_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/plasma.h>

#define MOCK_WINDOW	(1ULL << 32)
#define MOCK_STATE	(64UL << 20)
#define MOCK_OBJECTS	16384
#define MOCK_CLIENTS	32
#define MOCK_SPACES	32
#define MOCK_BUCKETS	4096
#define MOCK_BATCH	4096
#define MOCK_PAGE	4096UL

enum mock_state {
	FREE,
	CREATED,
	SEALED,
};

struct mock_object {
	enum mock_state state;
	int next;		/* in its bucket, -1 at the end */
	int space;
	int creator;		/* client, until sealed */
	uint8_t id[PLASMA_ID_SIZE];
	bool keep;
	bool doomed;		/* delete pending */
	bool hidden;
	uint64_t data_size;
	uint64_t metadata_size;
	uint64_t offset;	/* in the window */
	uint64_t metadata_at;	/* until sealed: in the window too, where nobody writes */
	uint64_t used;		/* serial of the last release */
	uint64_t born_ns;
	pid_t pid;
	uint32_t name_len;
	uint8_t name[PLASMA_NAME_MAX];
	uint16_t holds[MOCK_CLIENTS];
};

struct mock_space {
	bool used;
	bool removed;
	uint32_t flags;
	uint32_t mode;
	uint32_t evict_percent;
	int creator;
	uint64_t capacity;
	uint64_t evictions;
	uint64_t evicted_bytes;
	uint64_t quota;		/* of one client, which is enough for a test */
	uint32_t quota_name_len;
	uint8_t quota_name[64];
	uint32_t name_len;
	uint8_t name[PLASMA_NAME_MAX];
	uint8_t ghost[PLASMA_ID_SIZE];
};

struct mock_client {
	int opens;		/* processes that have it open, 0 for a free place */
	pid_t pid;
};

/* All of it is in one file, which processes share. All zero is the state to begin with. */
struct mock_store {
	pthread_mutex_t lock;
	bool ready;
	uint64_t serial;
	uint64_t brk;		/* the window is handed out from its beginning */
	struct mock_client clients[MOCK_CLIENTS];
	struct mock_space spaces[MOCK_SPACES];
	int buckets[MOCK_BUCKETS];
	int top;		/* objects from here on were never used */
	struct mock_object objects[MOCK_OBJECTS];
};

extern struct mock_store *mock;

/* What the linker puts before the C library's, and these themselves. */
int __real_open(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long cmd, ...);
int __real_close(int fd);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long cmd, ...);
int __wrap_close(int fd);

/* mock.c: the descriptors of this process, and the lock */
void mock_lock(void);
void mock_unlock(void);
char *mock_at(uint64_t offset);
void mock_block(sigset_t *before);
void mock_unblock(const sigset_t *before);
int mock_pause(const sigset_t *before);
void mock_reap(void);
int mock_pending(int space, const uint8_t *id);
int mock_subscription(int space);
void mock_send(int fd, const struct plasma_event *event);
void mock_tell(int space, uint32_t type, const struct mock_object *obj);

/* mock-object.c: objects; all with the lock held */
struct mock_object *mock_find(int space, const uint8_t *id);
struct mock_object *mock_find_name(int space, const void *name, uint32_t len);
struct mock_object *mock_held(int client, int space, const uint8_t *id,
			      const uint64_t *offset);
int mock_make(int client, int space, const struct mock_object *like, bool may_evict,
	      struct mock_object **made);
int mock_set_name(struct mock_object *obj, const uint8_t *name, uint32_t len, bool replace);
void mock_publish(struct mock_object *obj);
int mock_delete(struct mock_object *obj, bool hide);
void mock_drop(struct mock_object *obj);
unsigned int mock_users(const struct mock_object *obj);
void mock_unhold(struct mock_object *obj, int client, unsigned int count);
uint64_t mock_used(int space);
uint64_t mock_evict(int space, uint64_t bytes, uint64_t *objects);
void mock_end_client(int client);
void mock_end_space(int space);

/* mock-ioctl.c */
int mock_ioctl(int client, unsigned long cmd, void *arg);

#endif
