/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests share: thin wrappers around the commands, which return 0 or a
 * negative errno, guarded memory accesses, children, threads and counters.
 *
 * Tests include <kselftest_harness.h> before this file.
 */
#ifndef SELFTESTS_COMMON_H
#define SELFTESTS_COMMON_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <linux/plasma.h>

/* A guest without KVM is slow, an instrumented kernel in it ten times slower. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	300

#define KIB		1024UL
#define MIB		(1024UL * KIB)
#define GIB		(1024UL * MIB)
#define PAGE		4096UL
#define HUGE_PAGE	(2 * MIB)

/* What output members hold before a call, so that an unwritten one shows. */
#define POISON		0xcc

#define NOW		0ULL
#define ALL		(~0ULL)

/* For children and threads, which cannot use the macros of the harness. */
#define CHECK_EQ(expected, seen) do {					\
	long long __want = (long long)(expected);			\
	long long __have = (long long)(seen);				\
									\
	if (__want != __have) {						\
		complain(__FILE__, __LINE__, #seen, __want, __have);	\
		return 1;						\
	}								\
} while (0)

#define CHECK(condition)	CHECK_EQ(true, !!(condition))

void complain(const char *file, int line, const char *what, long long want,
	      long long have);

struct id {
	__u8 byte[PLASMA_ID_SIZE];
};

struct id id_of(__u64 number);
struct id id_text(const char *text);
bool id_equal(const __u8 *a, const struct id *b);

/* A descriptor of /dev/plasma with one open namespace and its two windows. */
struct client {
	int fd;
	__u32 ns;
	__u32 access;
	__u64 read_offset;
	__u64 write_offset;
	__u8 *read;
	__u8 *write;
	char name[PLASMA_NAME_MAX + 1];
};

int device_open(void);
int plasma_ioctl(int fd, unsigned long command, void *arg);
int query(int fd, struct plasma_query *answer);
__u64 window_size(void);

int client_create(struct client *c, __u64 capacity);
int client_create_as(struct client *c, const struct plasma_ns_create *how);
int client_open(struct client *c, const char *name, __u32 access);
int client_join(struct client *c, const struct client *other);
int client_map(struct client *c);
void client_unmap(struct client *c);
void client_unmap_write(struct client *c);
void client_close(struct client *c);

int ns_create(int fd, const char *name, __u32 flags, __u32 mode, __u64 capacity);
int ns_create_len(int fd, const void *name, size_t len);
int ns_open(int fd, const char *name, __u32 access, struct plasma_ns_open *answer);
int ns_remove(int fd, const char *name, __u32 flags);
int ns_stat(int fd, const char *name, struct plasma_ns_info *info);
int ns_set(int fd, const char *name, struct plasma_ns_set *change);
int ns_set_capacity(const struct client *c, __u64 capacity);
struct plasma_ns_info ns_info(const struct client *c);

struct blob {
	const void *data;
	__u64 size;
	const void *metadata;
	__u64 metadata_size;
	const char *name;	/* or NULL */
};

int object_create(const struct client *c, struct id id, __u64 size, __u64 *offset);
int object_create_with(const struct client *c, struct id id, const struct blob *blob,
		       __u32 flags, __u64 *offset);
int object_resize(const struct client *c, struct id id, __u64 size, __u64 *offset);
int object_seal(const struct client *c, struct id id, __u32 flags);
int object_seal_named(const struct client *c, struct id id, __u32 flags,
		      const char *name);
int object_abort(const struct client *c, struct id id);
int object_put(const struct client *c, struct id id, const void *data, __u64 size);
int object_put_with(const struct client *c, struct id id, const struct blob *blob,
		    __u32 flags, __u64 *offset);
int object_get(const struct client *c, struct id id, __u64 deadline,
	       struct plasma_get_entry *entry);
int object_hold(const struct client *c, struct id id);
int object_get_many(const struct client *c, struct plasma_get_entry *entries,
		    __u32 count, __u64 deadline);
int object_get_some(const struct client *c, struct plasma_get_entry *entries,
		    __u32 count, __u32 min_ready, __u32 flags, __u64 deadline);
int object_release(const struct client *c, struct id id);
int object_release_at(const struct client *c, struct id id, __u64 offset);
int object_delete(const struct client *c, struct id id);
int object_hide(const struct client *c, struct id id);
int object_refresh(const struct client *c, struct id id);
int object_export(const struct client *c, struct id id);
int object_pending_fd(const struct client *c, struct id id);
int put_batch(const struct client *c, struct plasma_put_entry *entries, __u32 count,
	      __u32 flags);
int object_stat(const struct client *c, struct id id, struct plasma_object_info *info);
long long object_refs(const struct client *c, struct id id);
int object_make(const struct client *c, struct id id, __u64 size, __u64 seed,
		__u64 *offset);
int object_evict(const struct client *c, __u64 bytes, struct plasma_evict *answer);
int object_list(const struct client *c, struct plasma_list *list);
int subscribe(const struct client *c, __u32 flags, __u32 queue_size);
int quota_set(const struct client *c, const char *name, __u64 bytes);
int quota_list(const struct client *c, struct plasma_quota_info *infos, __u32 count);

int name_bind(const struct client *c, struct id id, const char *name, __u32 flags);
int name_unbind(const struct client *c, const char *name);
int name_lookup(const struct client *c, const char *name, struct id *id);
int name_get(const struct client *c, const char *name, __u64 deadline,
	     struct plasma_get_entry *entry);

/* Deterministic bytes: fill() writes them, matching() counts how many are right. */
void fill(void *to, size_t size, __u64 seed);
size_t matching(const void *from, size_t size, __u64 seed);
size_t leading(const void *from, size_t size, __u8 byte);
__u64 checksum(const void *from, size_t size);

/* Guarded accesses: the byte, or 0 for a poke, or minus the signal it raised. */
int peek(const volatile void *at);
int poke(volatile void *at, __u8 value);
int guarded(void (*access)(void *), void *arg);

__u64 now_ns(void);
__u64 in_ms(__u64 ms);
void sleep_ms(unsigned int ms);

/* What poll() says of a descriptor at once, or a negative errno. */
int poll_now(int fd);
/* Until poll() says something; 0 if it never does. */
int poll_wait(int fd);

/* A child returns fn's result as its exit status and dies with its parent. */
pid_t spawn(int (*fn)(void *), void *arg);
int reap(pid_t pid);
int kill_and_reap(pid_t pid);
/* Until the process sleeps in the kernel (S) or is stopped (T). */
int wait_process_state(pid_t pid, char state);

struct task {
	pthread_t thread;
	int (*fn)(void *arg);
	void *arg;
	int result;
	bool done;
};

int task_start(struct task *task, int (*fn)(void *), void *arg);
bool task_done(struct task *task);
int task_join(struct task *task);

/* A gate between processes: a wait returns for each open. */
struct gate {
	int fd[2];
};

int gate_init(struct gate *gate);
void gate_open(struct gate *gate);
int gate_wait(struct gate *gate);
void gate_close(struct gate *gate);

int send_fd(int socket, int fd);
int recv_fd(int socket);

/* The whole of a small file, as a number; or a negative errno. */
long long file_number(const char *path);
int file_write(const char *path, const char *text);

/*
 * Bytes of memory that Linux could give, with those that it does not count itself: a
 * processor keeps pages that were freed at hand, since 6.7 some ten MiB.
 */
__u64 memory_available(void);

/* Waits until as many gets wait in the namespace of @c. */
int wait_waiters(const struct client *c, __u64 count);

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

void *map_aligned(int fd, __u64 offset, size_t size, int prot);

#endif /* SELFTESTS_COMMON_H */
