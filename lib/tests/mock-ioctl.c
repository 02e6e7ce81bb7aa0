// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The commands of the store that is a file. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "mock.h"

#define ACCESS	(PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE)

union arg {
	uint32_t ns;
	struct plasma_query query;
	struct plasma_ns_create ns_create;
	struct plasma_ns_open ns_open;
	struct plasma_ns_remove ns_remove;
	struct plasma_ns_list ns_list;
	struct plasma_ns_stat ns_stat;
	struct plasma_ns_set ns_set;
	struct plasma_create create;
	struct plasma_resize resize;
	struct plasma_seal seal;
	struct plasma_abort abort;
	struct plasma_put put;
	struct plasma_get get;
	struct plasma_release release;
	struct plasma_delete delete;
	struct plasma_stat stat;
	struct plasma_list list;
	struct plasma_evict evict;
	struct plasma_name_bind name_bind;
	struct plasma_name_unbind name_unbind;
	struct plasma_name_lookup name_lookup;
	struct plasma_put_batch put_batch;
	struct plasma_seal_batch seal_batch;
	struct plasma_pending_fd pending_fd;
	struct plasma_name_get name_get;
	struct plasma_subscribe subscribe;
	struct plasma_quota_set quota_set;
	struct plasma_quota_list quota_list;
	struct plasma_export export;
};

static void *user(uint64_t ptr)
{
	return (void *)(uintptr_t)ptr;
}

/* Of no bytes the pointer may be NULL, which memcpy() does not like. */
static void copy_in(void *to, uint64_t ptr, size_t size)
{
	if (size)
		memcpy(to, user(ptr), size);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void copy_out(uint64_t ptr, uint32_t size, const void *from, size_t known)
{
	size_t n = size < known ? size : known;

	memcpy(user(ptr), from, n);
	memset((char *)user(ptr) + n, 0, size - n);
}

/* --- namespaces --- */

static int find_space(uint64_t name_ptr, uint32_t len)
{
	int i;

	for (i = 0; i < MOCK_SPACES; i++)
		if (mock->spaces[i].used && !mock->spaces[i].removed &&
		    mock->spaces[i].name_len == len &&
		    !memcmp(mock->spaces[i].name, user(name_ptr), len))
			return i;
	return -ENOENT;
}

static int query(struct plasma_query *q)
{
	int i;

	*q = (struct plasma_query){
		.out_features = PLASMA_FEATURE_NAMES | PLASMA_FEATURE_EVENTS |
				PLASMA_FEATURE_QUOTAS | PLASMA_FEATURE_EXPORT,
		.out_window_size = MOCK_WINDOW / 2,
		.out_store_size = MOCK_WINDOW / 2,
		.out_metadata_max = 16 << 20,
		.out_batch_max = MOCK_BATCH,
		.out_page_size = MOCK_PAGE,
	};
	for (i = 0; i < MOCK_SPACES; i++)
		q->out_namespaces += mock->spaces[i].used && !mock->spaces[i].removed;
	for (i = 0; i < MOCK_CLIENTS; i++)
		q->out_clients += mock->clients[i].opens > 0;
	return 0;
}

static int ns_create(int client, struct plasma_ns_create *arg)
{
	struct mock_space *s;
	int i;

	if (!arg->name_len)
		return -EINVAL;
	if (arg->name_len > PLASMA_NAME_MAX)
		return -ENAMETOOLONG;
	if (find_space(arg->name_ptr, arg->name_len) >= 0)
		return -EEXIST;
	for (i = 0; i < MOCK_SPACES && mock->spaces[i].used; i++)
		;
	if (i == MOCK_SPACES)
		return -ENOMEM;
	s = &mock->spaces[i];
	*s = (struct mock_space){
		.used = true, .flags = arg->flags, .mode = arg->mode,
		.evict_percent = arg->evict_percent, .name_len = arg->name_len,
		.capacity = arg->capacity ? arg->capacity : MOCK_WINDOW / 2,
		.creator = arg->flags & PLASMA_NS_EPHEMERAL ? client : -1,
	};
	memcpy(s->name, user(arg->name_ptr), arg->name_len);
	arg->out_ns = (uint32_t)i + 1;
	arg->out_read_offset = MOCK_STATE;
	arg->out_write_offset = MOCK_STATE;
	return 0;
}

static int ns_open(struct plasma_ns_open *arg)
{
	int space = find_space(arg->name_ptr, arg->name_len);

	if (space < 0)
		return space;
	arg->out_ns = (uint32_t)space + 1;
	arg->out_access = arg->flags ? arg->flags : ACCESS;
	arg->out_read_offset = MOCK_STATE;
	arg->out_write_offset = MOCK_STATE;
	return 0;
}

static int ns_remove(const struct plasma_ns_remove *arg)
{
	int space = find_space(arg->name_ptr, arg->name_len);

	if (space < 0)
		return space;
	if (space == 0)
		return -EPERM;
	mock_end_space(space);
	return 0;
}

static void ns_info(int space, struct plasma_ns_info *info)
{
	const struct mock_space *s = &mock->spaces[space];
	int i;

	*info = (struct plasma_ns_info){
		.flags = s->flags, .mode = s->mode, .evict_percent = s->evict_percent,
		.uid = getuid(), .gid = getgid(),
		.access = ACCESS, .capacity = s->capacity, .used = mock_used(space),
		.evictions = s->evictions, .evicted_bytes = s->evicted_bytes,
		.name_len = s->name_len,
	};
	memcpy(info->name, s->name, s->name_len);
	for (i = 0; i < mock->top; i++) {
		const struct mock_object *obj = &mock->objects[i];

		if (!obj->state || obj->space != space)
			continue;
		info->objects++;
		info->sealed += obj->state == SEALED;
		info->in_use += obj->state == SEALED && mock_users(obj);
		info->names += obj->name_len > 0;
	}
}

static int ns_list(struct plasma_ns_list *arg)
{
	struct plasma_ns_info info;
	int i;

	arg->out_count = 0;
	for (i = (int)arg->cursor; i < MOCK_SPACES && arg->out_count < arg->count; i++) {
		if (!mock->spaces[i].used || mock->spaces[i].removed)
			continue;
		ns_info(i, &info);
		copy_out(arg->entries_ptr + (uint64_t)arg->out_count++ * arg->entry_size,
			 arg->entry_size, &info, sizeof(info));
	}
	arg->cursor = i < MOCK_SPACES ? (uint64_t)i : PLASMA_CURSOR_END;
	return 0;
}

static int ns_stat(const struct plasma_ns_stat *arg)
{
	int space = find_space(arg->name_ptr, arg->name_len);
	struct plasma_ns_info info;

	if (space < 0)
		return space;
	ns_info(space, &info);
	copy_out(arg->info_ptr, arg->info_size, &info, sizeof(info));
	return 0;
}

static int ns_set(const struct plasma_ns_set *arg)
{
	int space = find_space(arg->name_ptr, arg->name_len);

	if (space < 0)
		return space;
	if (arg->flags & PLASMA_NS_SET_CAPACITY)
		mock->spaces[space].capacity = arg->capacity;
	if (arg->flags & PLASMA_NS_SET_MODE)
		mock->spaces[space].mode = arg->mode;
	if (arg->flags & PLASMA_NS_SET_EVICT_PERCENT)
		mock->spaces[space].evict_percent = arg->evict_percent;
	return 0;
}

/* --- making objects --- */

static int create(int client, int space, struct plasma_create *arg)
{
	struct mock_object like = {
		.keep = arg->flags & PLASMA_CREATE_KEEP,
		.data_size = arg->data_size, .metadata_size = arg->metadata_size,
	};
	struct mock_object *obj;
	int err;

	memcpy(like.id, arg->id, PLASMA_ID_SIZE);
	if (arg->name_len && mock_find_name(space, user(arg->name_ptr), arg->name_len) &&
	    !mock_find(space, arg->id))
		return -EEXIST;
	err = mock_make(client, space, &like, !(arg->flags & PLASMA_CREATE_NO_EVICT), &obj);
	if (err)
		return err;
	copy_in(mock_at(obj->metadata_at), arg->metadata_ptr, arg->metadata_size);
	mock_set_name(obj, user(arg->name_ptr), arg->name_len, false);
	obj->holds[client] = 1;
	arg->out_offset = obj->offset;
	return 0;
}

static struct mock_object *mine(int client, int space, const uint8_t *id, int *err)
{
	struct mock_object *obj = mock_find(space, id);

	*err = !obj ? -ENOENT : obj->state == SEALED ? -EALREADY :
	       obj->creator != client ? -EPERM : 0;
	return *err ? NULL : obj;
}

static int resize(int client, int space, struct plasma_resize *arg)
{
	struct mock_object *obj, *moved, like;
	int err;

	obj = mine(client, space, arg->id, &err);
	if (err)
		return err;
	like = *obj;
	like.data_size = arg->data_size;
	obj->hidden = true;		/* lest its id be taken */
	err = mock_make(client, space, &like, true, &moved);
	obj->hidden = false;
	if (err)
		return err;
	memcpy(mock_at(moved->offset), mock_at(obj->offset),
	       obj->data_size < arg->data_size ? obj->data_size : arg->data_size);
	memcpy(mock_at(moved->metadata_at), mock_at(obj->metadata_at), obj->metadata_size);
	mock_drop(obj);
	arg->out_offset = moved->offset;
	return 0;
}

static int seal(int client, int space, const uint8_t *id, uint32_t flags, const void *name,
		uint32_t len)
{
	struct mock_object *obj;
	int err;

	obj = mine(client, space, id, &err);
	if (!err && len)
		err = mock_set_name(obj, name, len, flags & PLASMA_SEAL_REPLACE);
	if (err)
		return err;
	if (flags & PLASMA_SEAL_RELEASE && obj->holds[client])
		obj->holds[client]--;
	mock_publish(obj);
	return 0;
}

static int abort_object(int client, int space, const struct plasma_abort *arg)
{
	struct mock_object *obj;
	int err;

	obj = mine(client, space, arg->id, &err);
	if (!err)
		mock_drop(obj);
	return err;
}

static int fill(int client, int space, const struct plasma_put_entry *e, uint32_t flags,
		struct mock_object **obj)
{
	struct mock_object like = {
		.keep = flags & PLASMA_CREATE_KEEP,
		.data_size = e->data_size, .metadata_size = e->metadata_size,
	};
	int err;

	memcpy(like.id, e->id, PLASMA_ID_SIZE);
	err = mock_make(client, space, &like, !(flags & PLASMA_CREATE_NO_EVICT), obj);
	if (err)
		return err;
	copy_in(mock_at((*obj)->offset), e->data_ptr, e->data_size);
	copy_in(mock_at((*obj)->metadata_at), e->metadata_ptr, e->metadata_size);
	return 0;
}

static int put(int client, int space, struct plasma_put *arg)
{
	struct plasma_put_entry e = {
		.data_ptr = arg->data_ptr, .data_size = arg->data_size,
		.metadata_ptr = arg->metadata_ptr, .metadata_size = arg->metadata_size,
	};
	struct mock_object *obj;
	int err;

	memcpy(e.id, arg->id, PLASMA_ID_SIZE);
	err = fill(client, space, &e, arg->flags, &obj);
	if (err)
		return err;
	if (arg->name_len)
		err = mock_set_name(obj, user(arg->name_ptr), arg->name_len,
				    arg->flags & PLASMA_PUT_REPLACE);
	if (err) {
		mock_drop(obj);
		return err;
	}
	obj->holds[client] = !!(arg->flags & PLASMA_PUT_HOLD);
	arg->out_offset = obj->offset;
	mock_publish(obj);
	return 0;
}

static int put_batch(int client, int space, const struct plasma_put_batch *arg)
{
	struct plasma_put_entry *entries = user(arg->entries_ptr);
	struct mock_object *objs[MOCK_BATCH] = { NULL };
	uint32_t i;
	int err = 0;

	if (arg->count > MOCK_BATCH)
		return -E2BIG;
	for (i = 0; i < arg->count && !err; i++) {
		err = fill(client, space, &entries[i], arg->flags, &objs[i]);
		entries[i].status = err;
	}
	if (err)
		i--;
	while (err && i--)
		mock_drop(objs[i]);
	for (i = 0; i < arg->count && !err; i++)
		mock_publish(objs[i]);
	return err;
}

/* --- getting them --- */

static void grant(int client, bool hold, struct mock_object *obj, struct plasma_get_entry *e)
{
	if (hold)
		obj->holds[client]++;
	memcpy(e->id, obj->id, PLASMA_ID_SIZE);
	e->offset = obj->offset;
	e->data_size = obj->data_size;
	e->metadata_size = obj->metadata_size;
	e->status = 0;
}

static uint32_t collect(int client, int space, bool hold, struct plasma_get_entry *entries,
			uint32_t count, const void *name, uint32_t len)
{
	uint32_t i, ready = 0;

	for (i = 0; i < count; i++) {
		struct mock_object *obj = name ? mock_find_name(space, name, len)
					       : mock_find(space, entries[i].id);

		if (entries[i].status == 1 && obj && obj->state == SEALED)
			grant(client, hold, obj, &entries[i]);
	}
	for (i = 0; i < count; i++)
		ready += !entries[i].status;
	return ready;
}

static void absent(int space, struct plasma_get_entry *entries, uint32_t count,
		   const void *name, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (entries[i].status != 1)
			continue;
		entries[i].offset = 0;
		entries[i].data_size = 0;
		entries[i].metadata_size = 0;
		entries[i].status = (name ? mock_find_name(space, name, len)
					  : mock_find(space, entries[i].id)) ?
				    -EINPROGRESS : -ENOENT;
	}
}

/* Entries that wait have the status 1, which none has in the end. */
static int wait(int client, int space, bool hold, struct plasma_get_entry *entries,
		uint32_t count, uint32_t needed, const void *name, uint32_t len,
		uint64_t deadline, uint32_t *ready)
{
	sigset_t before;
	uint32_t i;
	int err = 0;

	for (i = 0; i < count; i++)
		entries[i].status = 1;
	mock_block(&before);
	for (;;) {
		*ready = collect(client, space, hold, entries, count, name, len);
		if (*ready >= needed || err || deadline <= now_ns())
			break;
		err = mock->spaces[space].removed ? -EIDRM : mock_pause(&before);
	}
	mock_unblock(&before);
	if (*ready >= needed)
		err = 0;
	for (i = 0; err && hold && i < count; i++)
		if (!entries[i].status)
			mock_unhold(mock_held(client, space, entries[i].id,
					      (const uint64_t *)&entries[i].offset), client, 1);
	absent(space, entries, count, name, len);
	return err;
}

static int get(int client, int space, struct plasma_get *arg)
{
	if (arg->min_ready > arg->count || arg->entry_size != sizeof(struct plasma_get_entry))
		return -EINVAL;
	if (arg->count > MOCK_BATCH)
		return -E2BIG;
	return wait(client, space, !(arg->flags & PLASMA_GET_NO_HOLD), user(arg->entries_ptr),
		    arg->count, arg->min_ready ? arg->min_ready : arg->count, NULL, 0,
		    arg->deadline_ns, &arg->out_ready);
}

static int name_get(int client, int space, struct plasma_name_get *arg)
{
	uint32_t ready;

	if (!arg->name_len)
		return -EINVAL;
	return wait(client, space, true, &arg->entry, 1, 1, user(arg->name_ptr), arg->name_len,
		    arg->deadline_ns, &ready);
}

static int release_one(int client, int space, const uint8_t *id, const uint64_t *offset)
{
	struct mock_object *obj = mock_held(client, space, id, offset);

	if (!obj)
		return -ENOENT;
	mock_unhold(obj, client, 1);
	return 0;
}

/* Of release, delete, seal and refresh, which are laid out alike. */
static int for_ids(int client, int space, unsigned int nr, const struct plasma_release *arg)
{
	uint32_t i;

	if (arg->count > MOCK_BATCH)
		return -E2BIG;
	for (i = 0; i < arg->count; i++) {
		struct plasma_release_entry *e = user(arg->entries_ptr +
						      (uint64_t)i * arg->entry_size);
		bool placed = arg->entry_size == sizeof(*e);
		struct mock_object *obj = mock_find(space, e->id);

		if (nr == PLASMA_NR_RELEASE)
			e->status = release_one(client, space, e->id,
						placed ? (const uint64_t *)&e->offset : NULL);
		else if (nr == PLASMA_NR_SEAL_BATCH)
			e->status = seal(client, space, e->id, arg->flags, NULL, 0);
		else if (!obj)
			e->status = -ENOENT;
		else if (nr == PLASMA_NR_DELETE)
			e->status = mock_delete(obj, arg->flags & PLASMA_DELETE_HIDE);
		else
			e->status = 0;
	}
	return 0;
}

/* --- what is known of them --- */

static void info(int client, const struct mock_object *obj, struct plasma_object_info *i)
{
	*i = (struct plasma_object_info){
		.state = obj->state == SEALED ? PLASMA_STATE_SEALED : PLASMA_STATE_CREATED,
		.flags = (obj->keep ? PLASMA_OBJECT_KEEP : 0) |
			 (obj->doomed ? PLASMA_OBJECT_DELETE_PENDING : 0) |
			 (obj->holds[client] ? PLASMA_OBJECT_MINE : 0),
		.refs = mock_users(obj), .data_size = obj->data_size,
		.metadata_size = obj->metadata_size, .create_time_ns = obj->born_ns,
		.construct_ns = obj->state == SEALED ? 1 : ~0ULL,
		.creator_pid = obj->pid, .creator_uid = getuid(), .name_len = obj->name_len,
	};
	memcpy(i->id, obj->id, PLASMA_ID_SIZE);
	memcpy(i->name, obj->name, obj->name_len);
}

static int stat_object(int client, int space, const struct plasma_stat *arg)
{
	const struct mock_object *obj = mock_find(space, arg->id);
	struct plasma_object_info i = { .state = PLASMA_STATE_EVICTED };
	uint64_t n;

	mock_reap();
	if (!obj && (!(arg->flags & PLASMA_STAT_EVICTED) ||
		     memcmp(mock->spaces[space].ghost, arg->id, PLASMA_ID_SIZE)))
		return -ENOENT;
	memcpy(i.id, arg->id, PLASMA_ID_SIZE);
	if (obj)
		info(client, obj, &i);
	copy_out(arg->info_ptr, arg->info_size, &i, sizeof(i));
	if (!obj)
		return 0;
	n = obj->metadata_size < arg->metadata_len ? obj->metadata_size : arg->metadata_len;
	if (n)
		memcpy(user(arg->metadata_ptr), mock_at(obj->metadata_at), n);
	return 0;
}

static bool matches(const struct mock_object *obj, const struct plasma_list *arg)
{
	const void *prefix = user(arg->prefix_ptr);

	if (!arg->prefix_len)
		return obj->name_len || !(arg->flags & PLASMA_LIST_BY_NAME);
	if (!(arg->flags & PLASMA_LIST_BY_NAME))
		return !memcmp(obj->id, prefix, arg->prefix_len);
	return obj->name_len >= arg->prefix_len &&
	       !memcmp(obj->name, prefix, arg->prefix_len);
}

static int list(int client, int space, struct plasma_list *arg)
{
	struct plasma_object_info i;
	uint64_t at;

	arg->out_count = 0;
	for (at = arg->cursor; at < (uint64_t)mock->top && arg->out_count < arg->count; at++) {
		const struct mock_object *obj = &mock->objects[at];

		if (!obj->state || obj->hidden || obj->space != space || !matches(obj, arg))
			continue;
		info(client, obj, &i);
		copy_out(arg->entries_ptr + (uint64_t)arg->out_count++ * arg->entry_size,
			 arg->entry_size, &i, sizeof(i));
	}
	arg->cursor = at < (uint64_t)mock->top ? at : PLASMA_CURSOR_END;
	return 0;
}

static int evict(int space, struct plasma_evict *arg)
{
	arg->out_objects = 0;
	arg->out_bytes = mock_evict(space, arg->bytes, (uint64_t *)&arg->out_objects);
	return 0;
}

static int name_bind(int space, const struct plasma_name_bind *arg)
{
	struct mock_object *obj = mock_find(space, arg->id);

	if (!obj)
		return -ENOENT;
	return mock_set_name(obj, user(arg->name_ptr), arg->name_len,
			     arg->flags & PLASMA_NAME_REPLACE);
}

static int name_unbind(int space, const struct plasma_name_unbind *arg)
{
	struct mock_object *obj = mock_find_name(space, user(arg->name_ptr), arg->name_len);

	if (obj)
		obj->name_len = 0;
	return obj ? 0 : -ENOENT;
}

static int name_lookup(int space, struct plasma_name_lookup *arg)
{
	struct mock_object *obj = mock_find_name(space, user(arg->name_ptr), arg->name_len);

	if (obj)
		memcpy(arg->out_id, obj->id, PLASMA_ID_SIZE);
	return obj ? 0 : -ENOENT;
}

/* --- descriptors, quotas --- */

static int subscribe(int space, struct plasma_subscribe *arg)
{
	int i;

	arg->out_fd = mock_subscription(space);
	for (i = 0; i < mock->top && !(arg->flags & PLASMA_SUBSCRIBE_NO_REPLAY); i++) {
		struct plasma_event event = {
			.type = PLASMA_EVENT_SEAL, .flags = PLASMA_EVENT_REPLAY, .time_ns = 1,
			.data_size = mock->objects[i].data_size,
			.metadata_size = mock->objects[i].metadata_size,
		};

		if (mock->objects[i].state != SEALED || mock->objects[i].space != space)
			continue;
		memcpy(event.id, mock->objects[i].id, PLASMA_ID_SIZE);
		mock_send(arg->out_fd, &event);
	}
	return 0;
}

static int export(int space, struct plasma_export *arg)
{
	const struct mock_object *obj = mock_find(space, arg->id);
	char *data;
	int fd;

	if (!obj || obj->state != SEALED)
		return obj ? -EINPROGRESS : -ENOENT;
	data = mock_at(obj->offset);
	fd = memfd_create("export", MFD_CLOEXEC);
	if (fd < 0 || pwrite(fd, data, obj->data_size, 0) != (ssize_t)obj->data_size)
		abort();
	arg->out_fd = fd;
	return 0;
}

static int quota_set(int space, const struct plasma_quota_set *arg)
{
	struct mock_space *s = &mock->spaces[space];

	if (s->quota)
		return -EALREADY;
	if (arg->bytes > s->capacity * 7 / 10)
		return -EDQUOT;
	s->quota = arg->bytes;
	s->quota_name_len = arg->name_len;
	memcpy(s->quota_name, user(arg->name_ptr), arg->name_len);
	return 0;
}

static int quota_list(int space, struct plasma_quota_list *arg)
{
	const struct mock_space *s = &mock->spaces[space];
	struct plasma_quota_info infos[2] = {
		{ .capacity = s->capacity - s->quota },
		{ .capacity = s->quota, .name_len = s->quota_name_len },
	};
	uint32_t i;

	memcpy(infos[1].name, s->quota_name, s->quota_name_len);
	arg->out_count = s->quota ? 2 : 1;
	for (i = 0; i < arg->count && i < arg->out_count; i++)
		copy_out(arg->entries_ptr + (uint64_t)i * arg->entry_size, arg->entry_size,
			 &infos[i], sizeof(infos[i]));
	return 0;
}

/* --- the table --- */

static int run_store(int client, unsigned int nr, union arg *a)
{
	switch (nr) {
	case PLASMA_NR_QUERY:
		return query(&a->query);
	case PLASMA_NR_NS_CREATE:
		return ns_create(client, &a->ns_create);
	case PLASMA_NR_NS_OPEN:
		return ns_open(&a->ns_open);
	case PLASMA_NR_NS_REMOVE:
		return ns_remove(&a->ns_remove);
	case PLASMA_NR_NS_LIST:
		return ns_list(&a->ns_list);
	case PLASMA_NR_NS_STAT:
		return ns_stat(&a->ns_stat);
	case PLASMA_NR_NS_SET:
		return ns_set(&a->ns_set);
	}
	return -ENOTTY;
}

static int run(int client, int space, unsigned int nr, union arg *a)
{
	switch (nr) {
	case PLASMA_NR_CREATE:
		return create(client, space, &a->create);
	case PLASMA_NR_RESIZE:
		return resize(client, space, &a->resize);
	case PLASMA_NR_SEAL:
		return seal(client, space, a->seal.id, a->seal.flags, user(a->seal.name_ptr),
			    a->seal.name_len);
	case PLASMA_NR_ABORT:
		return abort_object(client, space, &a->abort);
	case PLASMA_NR_PUT:
		return put(client, space, &a->put);
	case PLASMA_NR_PUT_BATCH:
		return put_batch(client, space, &a->put_batch);
	case PLASMA_NR_GET:
		return get(client, space, &a->get);
	case PLASMA_NR_NAME_GET:
		return name_get(client, space, &a->name_get);
	case PLASMA_NR_RELEASE:
	case PLASMA_NR_DELETE:
	case PLASMA_NR_SEAL_BATCH:
	case PLASMA_NR_REFRESH:
		return for_ids(client, space, nr, &a->release);
	case PLASMA_NR_STAT:
		return stat_object(client, space, &a->stat);
	case PLASMA_NR_LIST:
		return list(client, space, &a->list);
	case PLASMA_NR_EVICT:
		return evict(space, &a->evict);
	case PLASMA_NR_NAME_BIND:
		return name_bind(space, &a->name_bind);
	case PLASMA_NR_NAME_UNBIND:
		return name_unbind(space, &a->name_unbind);
	case PLASMA_NR_NAME_LOOKUP:
		return name_lookup(space, &a->name_lookup);
	case PLASMA_NR_PENDING_FD:
		a->pending_fd.out_fd = mock_pending(space, a->pending_fd.id);
		return 0;
	case PLASMA_NR_SUBSCRIBE:
		return subscribe(space, &a->subscribe);
	case PLASMA_NR_EXPORT:
		return export(space, &a->export);
	case PLASMA_NR_QUOTA_SET:
		return quota_set(space, &a->quota_set);
	case PLASMA_NR_QUOTA_LIST:
		return quota_list(space, &a->quota_list);
	}
	return -ENOTTY;
}

static int run_object(int client, unsigned int nr, union arg *a)
{
	int space = (int)a->ns - 1;

	if (space < 0 || space >= MOCK_SPACES || !mock->spaces[space].used)
		return -EBADF;
	if (mock->spaces[space].removed && nr != PLASMA_NR_RELEASE)
		return -EIDRM;
	return run(client, space, nr, a);
}

int mock_ioctl(int client, unsigned long cmd, void *ptr)
{
	size_t size = _IOC_SIZE(cmd);
	union arg a;
	int err;

	if (_IOC_TYPE(cmd) != PLASMA_IOC_MAGIC)
		return -ENOTTY;
	memset(&a, 0, sizeof(a));
	memcpy(&a, ptr, size < sizeof(a) ? size : sizeof(a));
	mock_lock();
	if (_IOC_NR(cmd) < PLASMA_NR_CREATE)
		err = run_store(client, _IOC_NR(cmd), &a);
	else
		err = run_object(client, _IOC_NR(cmd), &a);
	mock_unlock();
	if (!err && _IOC_DIR(cmd) & _IOC_READ)
		memcpy(ptr, &a, size < sizeof(a) ? size : sizeof(a));
	return err;
}
