// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "common.h"

static __u64 scramble(__u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

struct id id_of(__u64 number)
{
	__u64 word[3] = { scramble(number + 1), scramble(number + 77), number };
	struct id id;

	memcpy(id.byte, word, sizeof(id.byte));
	return id;
}

struct id id_text(const char *text)
{
	size_t len = strlen(text);
	struct id id = {};

	memcpy(id.byte, text, len < sizeof(id.byte) ? len : sizeof(id.byte));
	return id;
}

bool id_equal(const __u8 *a, const struct id *b)
{
	return !memcmp(a, b->byte, sizeof(b->byte));
}

static __u64 to_u64(const void *pointer)
{
	return (unsigned long)pointer;
}

/* The handle of the new namespace, or a negative errno. */
int ns_create(int fd, const char *name, __u32 flags, __u32 mode, __u64 capacity)
{
	struct plasma_ns_create create = {
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
		.flags = flags,
		.mode = mode,
		.capacity = capacity,
		.out_ns = 0x4ccccccc,
	};
	int ret = plasma_ioctl(fd, PLASMA_IOC_NS_CREATE, &create);

	return ret ? ret : (int)create.out_ns;
}

int ns_create_len(int fd, const void *name, size_t len)
{
	struct plasma_ns_create create = {
		.name_ptr = to_u64(name),
		.name_len = len,
		.flags = PLASMA_NS_EPHEMERAL,
		.mode = 0600,
	};

	return plasma_ioctl(fd, PLASMA_IOC_NS_CREATE, &create);
}

int ns_open(int fd, const char *name, __u32 access, struct plasma_ns_open *answer)
{
	memset(answer, POISON, sizeof(*answer));
	answer->name_ptr = to_u64(name);
	answer->name_len = strlen(name);
	answer->flags = access;
	return plasma_ioctl(fd, PLASMA_IOC_NS_OPEN, answer);
}

int ns_remove(int fd, const char *name, __u32 flags)
{
	struct plasma_ns_remove remove = {
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
		.flags = flags,
	};

	return plasma_ioctl(fd, PLASMA_IOC_NS_REMOVE, &remove);
}

int ns_stat(int fd, const char *name, struct plasma_ns_info *info)
{
	struct plasma_ns_stat stat = {
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
		.info_ptr = to_u64(info),
		.info_size = sizeof(*info),
	};

	memset(info, POISON, sizeof(*info));
	return plasma_ioctl(fd, PLASMA_IOC_NS_STAT, &stat);
}

int ns_set(int fd, const char *name, struct plasma_ns_set *change)
{
	change->name_ptr = to_u64(name);
	change->name_len = strlen(name);
	return plasma_ioctl(fd, PLASMA_IOC_NS_SET, change);
}

int ns_set_capacity(const struct client *c, __u64 capacity)
{
	return ns_set(c->fd, c->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY, .capacity = capacity });
}

struct plasma_ns_info ns_info(const struct client *c)
{
	struct plasma_ns_info info;
	int ret = ns_stat(c->fd, c->name, &info);

	if (ret) {
		complain(__FILE__, __LINE__, "NS_STAT", 0, ret);
		memset(&info, POISON, sizeof(info));
	}
	return info;
}

int object_create_with(const struct client *c, struct id id, const struct blob *blob,
		       __u32 flags, __u64 *offset)
{
	struct plasma_create create = {
		.ns = c->ns,
		.flags = flags,
		.data_size = blob->size,
		.metadata_size = blob->metadata_size,
		.metadata_ptr = to_u64(blob->metadata),
		.out_offset = ALL,
		.name_ptr = to_u64(blob->name),
		.name_len = blob->name ? strlen(blob->name) : 0,
	};
	int ret;

	memcpy(create.id, id.byte, sizeof(create.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_CREATE, &create);
	if (!ret && offset)
		*offset = create.out_offset;
	return ret;
}

int object_create(const struct client *c, struct id id, __u64 size, __u64 *offset)
{
	return object_create_with(c, id, &(struct blob){ .size = size }, 0, offset);
}

int object_resize(const struct client *c, struct id id, __u64 size, __u64 *offset)
{
	struct plasma_resize resize = {
		.ns = c->ns,
		.data_size = size,
		.out_offset = ALL,
	};
	int ret;

	memcpy(resize.id, id.byte, sizeof(resize.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_RESIZE, &resize);
	if (!ret && offset)
		*offset = resize.out_offset;
	return ret;
}

int object_seal(const struct client *c, struct id id, __u32 flags)
{
	struct plasma_seal seal = { .ns = c->ns, .flags = flags };

	memcpy(seal.id, id.byte, sizeof(seal.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_SEAL, &seal);
}

int object_seal_named(const struct client *c, struct id id, __u32 flags,
		      const char *name)
{
	struct plasma_seal seal = {
		.ns = c->ns,
		.flags = flags,
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
	};

	memcpy(seal.id, id.byte, sizeof(seal.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_SEAL, &seal);
}

int object_abort(const struct client *c, struct id id)
{
	struct plasma_abort abort = { .ns = c->ns };

	memcpy(abort.id, id.byte, sizeof(abort.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_ABORT, &abort);
}

int object_put_with(const struct client *c, struct id id, const struct blob *blob,
		    __u32 flags, __u64 *offset)
{
	struct plasma_put put = {
		.ns = c->ns,
		.flags = flags,
		.data_ptr = to_u64(blob->data),
		.data_size = blob->size,
		.metadata_ptr = to_u64(blob->metadata),
		.metadata_size = blob->metadata_size,
		.out_offset = ALL,
		.name_ptr = to_u64(blob->name),
		.name_len = blob->name ? strlen(blob->name) : 0,
	};
	int ret;

	memcpy(put.id, id.byte, sizeof(put.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_PUT, &put);
	if (!ret && offset)
		*offset = put.out_offset;
	return ret;
}

int object_put(const struct client *c, struct id id, const void *data, __u64 size)
{
	return object_put_with(c, id, &(struct blob){ .data = data, .size = size }, 0,
			       NULL);
}

/* The number of entries that are ready, or a negative errno. */
int object_get_some(const struct client *c, struct plasma_get_entry *entries,
		    __u32 count, __u32 min_ready, __u32 flags, __u64 deadline)
{
	struct plasma_get get = {
		.ns = c->ns,
		.flags = flags,
		.count = count,
		.entry_size = sizeof(*entries),
		.entries_ptr = to_u64(entries),
		.deadline_ns = deadline,
		.out_ready = 0x4ccccccc,
		.min_ready = min_ready,
	};
	int ret = plasma_ioctl(c->fd, PLASMA_IOC_GET, &get);

	return ret ? ret : (int)get.out_ready;
}

int object_get_many(const struct client *c, struct plasma_get_entry *entries,
		    __u32 count, __u64 deadline)
{
	return object_get_some(c, entries, count, 0, 0, deadline);
}

int object_get(const struct client *c, struct id id, __u64 deadline,
	       struct plasma_get_entry *entry)
{
	int ret;

	memset(entry, POISON, sizeof(*entry));
	memcpy(entry->id, id.byte, sizeof(entry->id));
	ret = object_get_many(c, entry, 1, deadline);
	if (ret < 0)
		return ret;
	if (ret != !entry->status) {
		complain(__FILE__, __LINE__, "out_ready", !entry->status, ret);
		return -EPROTO;
	}
	return entry->status;
}

int object_hold(const struct client *c, struct id id)
{
	struct plasma_get_entry entry;

	return object_get(c, id, NOW, &entry);
}

/* Release, delete and refresh take the same argument but for the type of a pointer. */
_Static_assert(sizeof(struct plasma_release) == sizeof(struct plasma_delete), "argument");
_Static_assert(sizeof(struct plasma_release) == sizeof(struct plasma_refresh), "argument");

static int for_one_id(const struct client *c, unsigned long cmd, struct id id, __u32 flags)
{
	struct plasma_id_entry entry = { .status = 0x4ccccccc };
	struct plasma_release arg = {
		.ns = c->ns,
		.flags = flags,
		.count = 1,
		.entry_size = sizeof(entry),
		.entries_ptr = to_u64(&entry),
	};
	int ret;

	memcpy(entry.id, id.byte, sizeof(entry.id));
	ret = plasma_ioctl(c->fd, cmd, &arg);
	return ret ? ret : entry.status;
}

int object_release(const struct client *c, struct id id)
{
	return for_one_id(c, PLASMA_IOC_RELEASE, id, 0);
}

/* Of several objects of one id that the client holds, the one that is there. */
int object_release_at(const struct client *c, struct id id, __u64 offset)
{
	struct plasma_release_entry entry = { .status = 0x4ccccccc, .offset = offset };
	struct plasma_release release = {
		.ns = c->ns,
		.count = 1,
		.entry_size = sizeof(entry),
		.entries_ptr = to_u64(&entry),
	};
	int ret;

	memcpy(entry.id, id.byte, sizeof(entry.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_RELEASE, &release);
	return ret ? ret : entry.status;
}

int object_delete(const struct client *c, struct id id)
{
	return for_one_id(c, PLASMA_IOC_DELETE, id, 0);
}

int object_hide(const struct client *c, struct id id)
{
	return for_one_id(c, PLASMA_IOC_DELETE, id, PLASMA_DELETE_HIDE);
}

int object_refresh(const struct client *c, struct id id)
{
	return for_one_id(c, PLASMA_IOC_REFRESH, id, 0);
}

/* A descriptor, or a negative errno. */
int object_export(const struct client *c, struct id id)
{
	struct plasma_export export = { .ns = c->ns, .out_fd = -1 };
	int ret;

	memcpy(export.id, id.byte, sizeof(export.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_EXPORT, &export);
	return ret ? ret : export.out_fd;
}

int object_pending_fd(const struct client *c, struct id id)
{
	struct plasma_pending_fd pending = { .ns = c->ns, .out_fd = -1 };
	int ret;

	memcpy(pending.id, id.byte, sizeof(pending.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_PENDING_FD, &pending);
	return ret ? ret : pending.out_fd;
}

int put_batch(const struct client *c, struct plasma_put_entry *entries, __u32 count,
	      __u32 flags)
{
	struct plasma_put_batch batch = {
		.ns = c->ns,
		.flags = flags,
		.count = count,
		.entry_size = sizeof(*entries),
		.entries_ptr = to_u64(entries),
	};

	return plasma_ioctl(c->fd, PLASMA_IOC_PUT_BATCH, &batch);
}

int object_stat(const struct client *c, struct id id, struct plasma_object_info *info)
{
	struct plasma_stat stat = {
		.ns = c->ns,
		.info_size = sizeof(*info),
		.info_ptr = to_u64(info),
	};

	memset(info, POISON, sizeof(*info));
	memcpy(stat.id, id.byte, sizeof(stat.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_STAT, &stat);
}

/* How many clients hold the object, or a negative errno. */
long long object_refs(const struct client *c, struct id id)
{
	struct plasma_object_info info;
	int ret = object_stat(c, id, &info);

	return ret ? ret : (long long)info.refs;
}

/* A sealed object of fill()ed bytes that the client does not hold. */
int object_make(const struct client *c, struct id id, __u64 size, __u64 seed,
		__u64 *offset)
{
	__u64 at;
	int ret = object_create(c, id, size, &at);

	if (ret)
		return ret;
	fill(c->write + at, size, seed);
	if (offset)
		*offset = at;
	return object_seal(c, id, PLASMA_SEAL_RELEASE);
}

int object_evict(const struct client *c, __u64 bytes, struct plasma_evict *answer)
{
	memset(answer, POISON, sizeof(*answer));
	answer->ns = c->ns;
	answer->flags = 0;
	answer->bytes = bytes;
	return plasma_ioctl(c->fd, PLASMA_IOC_EVICT, answer);
}

int object_list(const struct client *c, struct plasma_list *list)
{
	list->ns = c->ns;
	list->out_count = 0xcccccccc;
	return plasma_ioctl(c->fd, PLASMA_IOC_LIST, list);
}

/* A descriptor, or a negative errno. */
int subscribe(const struct client *c, __u32 flags, __u32 queue_size)
{
	struct plasma_subscribe subscribe = {
		.ns = c->ns,
		.flags = flags,
		.queue_size = queue_size,
		.out_fd = -1,
	};
	int ret = plasma_ioctl(c->fd, PLASMA_IOC_SUBSCRIBE, &subscribe);

	return ret ? ret : subscribe.out_fd;
}

int quota_set(const struct client *c, const char *name, __u64 bytes)
{
	struct plasma_quota_set set = {
		.ns = c->ns,
		.bytes = bytes,
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
	};

	return plasma_ioctl(c->fd, PLASMA_IOC_QUOTA_SET, &set);
}

/* How many there are, or a negative errno. */
int quota_list(const struct client *c, struct plasma_quota_info *infos, __u32 count)
{
	struct plasma_quota_list list = {
		.ns = c->ns,
		.count = count,
		.entry_size = sizeof(*infos),
		.entries_ptr = to_u64(infos),
		.out_count = 0x4ccccccc,
	};
	int ret;

	memset(infos, POISON, count * sizeof(*infos));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_QUOTA_LIST, &list);
	return ret ? ret : (int)list.out_count;
}

int name_bind(const struct client *c, struct id id, const char *name, __u32 flags)
{
	struct plasma_name_bind bind = {
		.ns = c->ns,
		.flags = flags,
		.name_len = strlen(name),
		.name_ptr = to_u64(name),
	};

	memcpy(bind.id, id.byte, sizeof(bind.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_NAME_BIND, &bind);
}

int name_unbind(const struct client *c, const char *name)
{
	struct plasma_name_unbind unbind = {
		.ns = c->ns,
		.name_len = strlen(name),
		.name_ptr = to_u64(name),
	};

	return plasma_ioctl(c->fd, PLASMA_IOC_NAME_UNBIND, &unbind);
}

int name_lookup(const struct client *c, const char *name, struct id *id)
{
	struct plasma_name_lookup lookup = {
		.ns = c->ns,
		.name_len = strlen(name),
		.name_ptr = to_u64(name),
	};
	int ret;

	memset(lookup.out_id, POISON, sizeof(lookup.out_id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_NAME_LOOKUP, &lookup);
	if (!ret)
		memcpy(id->byte, lookup.out_id, sizeof(id->byte));
	return ret;
}

/* The entry's status, or a negative errno. */
int name_get(const struct client *c, const char *name, __u64 deadline,
	     struct plasma_get_entry *entry)
{
	struct plasma_name_get get = {
		.ns = c->ns,
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
		.deadline_ns = deadline,
	};
	int ret;

	memset(&get.entry, POISON, sizeof(get.entry));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_NAME_GET, &get);
	*entry = get.entry;
	return ret ? ret : entry->status;
}
