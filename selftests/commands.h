/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of the device. They return 0, or what they make, or a negative errno. */
#ifndef SELFTESTS_COMMANDS_H
#define SELFTESTS_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/plasma.h>

#include "client.h"

struct id {
	__u8 byte[PLASMA_ID_SIZE];
};

struct id id_of(__u64 number);
struct id id_text(const char *text);
bool id_equal(const __u8 *a, const struct id *b);

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

#endif /* SELFTESTS_COMMANDS_H */
