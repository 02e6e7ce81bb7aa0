// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Making, knowing and removing objects. */

#include "internal.h"

static void copy_id(__u8 *to, const struct plasma_id *id)
{
	memcpy(to, id->bytes, PLASMA_ID_SIZE);
}

int plasma_create(struct plasma *p, const struct plasma_id *id, size_t size,
		  const void *metadata, size_t metadata_size, uint32_t flags,
		  void **data)
{
	struct plasma_create arg = {
		.flags = flags,
		.data_size = size,
		.metadata_size = metadata_size,
		.metadata_ptr = user_pointer(metadata),
	};
	struct client *c;
	char *base;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	/* Before the object is made, that nothing need be undone. */
	if (!(c->access & PLASMA_ACCESS_WRITE))
		return -EACCES;
	err = client_map_write(p, c, &base);
	if (err)
		return err;
	arg.ns = c->ns;
	copy_id(arg.id, id);
	err = client_ioctl(c, PLASMA_IOC_CREATE, &arg);
	if (err)
		return err;
	*data = base + arg.out_offset;
	return 0;
}

int plasma_resize(struct plasma *p, const struct plasma_id *id, size_t size,
		  void **data)
{
	struct plasma_resize arg = { .data_size = size };
	struct client *c;
	char *base;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	err = client_map_write(p, c, &base);
	if (err)
		return err;
	arg.ns = c->ns;
	copy_id(arg.id, id);
	err = client_ioctl(c, PLASMA_IOC_RESIZE, &arg);
	if (err)
		return err;
	*data = base + arg.out_offset;
	return 0;
}

int plasma_seal(struct plasma *p, const struct plasma_id *id, uint32_t flags)
{
	struct plasma_seal arg = { .flags = flags };
	struct client *c;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	arg.ns = c->ns;
	copy_id(arg.id, id);
	return client_ioctl(c, PLASMA_IOC_SEAL, &arg);
}

int plasma_abort(struct plasma *p, const struct plasma_id *id)
{
	struct plasma_abort arg = { 0 };
	struct client *c;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	arg.ns = c->ns;
	copy_id(arg.id, id);
	return client_ioctl(c, PLASMA_IOC_ABORT, &arg);
}

static int put(struct client *c, const struct plasma_buffer *buf, uint32_t flags,
	       uint64_t *offset)
{
	struct plasma_put arg = {
		.ns = c->ns,
		.flags = flags,
		.data_ptr = user_pointer(buf->data),
		.data_size = buf->size,
		.metadata_ptr = user_pointer(buf->metadata),
		.metadata_size = buf->metadata_size,
	};
	int err;

	copy_id(arg.id, &buf->id);
	err = client_ioctl(c, PLASMA_IOC_PUT, &arg);
	*offset = arg.out_offset;
	return err;
}

int plasma_put(struct plasma *p, const struct plasma_id *id,
	       const void *data, size_t size,
	       const void *metadata, size_t metadata_size, uint32_t flags)
{
	struct plasma_buffer buf = {
		.id = *id,
		.data = data,
		.size = size,
		.metadata = metadata,
		.metadata_size = metadata_size,
	};
	struct client *c;
	uint64_t offset;
	int err;

	/* A hold without a buffer could not be seen by the caller. */
	if (flags & PLASMA_PUT_HOLD)
		return -EINVAL;
	err = client_get_ns(p, &c);
	if (err)
		return err;
	return put(c, &buf, flags, &offset);
}

int plasma_put_hold(struct plasma *p, struct plasma_buffer *buf, uint32_t flags)
{
	struct client *c;
	uint64_t offset;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	if (!c->read)
		return -EACCES;
	err = put(c, buf, flags | PLASMA_PUT_HOLD, &offset);
	if (err)
		return err;
	buf->status = 0;
	buf->data = c->read + offset;
	buf->metadata = c->read + offset + buf->size;
	return 0;
}

int plasma_stat(struct plasma *p, const struct plasma_id *id,
		struct plasma_object_info *info, size_t size)
{
	struct plasma_stat arg = {
		.info_size = length32(size),
		.info_ptr = user_pointer(info),
	};
	struct client *c;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	arg.ns = c->ns;
	copy_id(arg.id, id);
	return client_ioctl(c, PLASMA_IOC_STAT, &arg);
}

int plasma_contains(struct plasma *p, const struct plasma_id *id)
{
	struct plasma_object_info info;
	int err = plasma_stat(p, id, &info, sizeof(info));

	if (err == -ENOENT)
		return 0;
	return err ? err : info.state == PLASMA_STATE_SEALED;
}

int plasma_evict(struct plasma *p, uint64_t bytes, uint64_t *out_bytes,
		 uint64_t *out_objects)
{
	struct plasma_evict arg = { .bytes = bytes };
	struct client *c;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	arg.ns = c->ns;
	err = client_ioctl(c, PLASMA_IOC_EVICT, &arg);
	if (err)
		return err;
	if (out_bytes)
		*out_bytes = arg.out_bytes;
	if (out_objects)
		*out_objects = arg.out_objects;
	return 0;
}

/*
 * Release and delete take the same argument but for the type of its pointer, and
 * struct plasma_result is laid out as their entries.
 */
_Static_assert(sizeof(struct plasma_result) == PLASMA_ID_ENTRY_SIZE_VER0, "entry");
_Static_assert(offsetof(struct plasma_result, status) ==
	       offsetof(struct plasma_id_entry, status), "status");
_Static_assert(sizeof(struct plasma_release) == sizeof(struct plasma_delete), "arg");
_Static_assert(offsetof(struct plasma_release, entries_ptr) ==
	       offsetof(struct plasma_delete, entries_ptr), "entries_ptr");

static int for_ids(struct plasma *p, unsigned long cmd,
		   struct plasma_result *results, size_t count)
{
	struct client *c;
	int err;

	err = client_get_ns(p, &c);
	while (!err && count) {
		uint32_t n = count < c->batch_max ? (uint32_t)count : c->batch_max;
		struct plasma_release arg = {
			.ns = c->ns,
			.count = n,
			.entry_size = sizeof(*results),
			.entries_ptr = user_pointer(results),
		};

		err = client_ioctl(c, cmd, &arg);
		results += n;
		count -= n;
	}
	return err;
}

int plasma_release_many(struct plasma *p, struct plasma_result *results, size_t count)
{
	return for_ids(p, PLASMA_IOC_RELEASE, results, count);
}

int plasma_release(struct plasma *p, const struct plasma_id *id)
{
	struct plasma_result result = { .id = *id };
	int err = plasma_release_many(p, &result, 1);

	return err ? err : result.status;
}

int plasma_delete_many(struct plasma *p, struct plasma_result *results, size_t count)
{
	return for_ids(p, PLASMA_IOC_DELETE, results, count);
}

int plasma_delete(struct plasma *p, const struct plasma_id *id)
{
	struct plasma_result result = { .id = *id };
	int err = plasma_delete_many(p, &result, 1);

	return err ? err : result.status;
}
