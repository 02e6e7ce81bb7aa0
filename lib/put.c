// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Objects of bytes that are in memory already. */

#include <stdlib.h>
#include "internal.h"

/* So many entries need no memory from the heap. */
#define FEW 16

static int put(struct client *c, const struct plasma_buffer *buf, const char *name,
	       uint32_t flags, uint64_t *offset)
{
	struct plasma_put arg = {
		.ns = c->ns,
		.flags = flags,
		.data_ptr = user_pointer(buf->data),
		.data_size = buf->size,
		.metadata_ptr = user_pointer(buf->metadata),
		.metadata_size = buf->metadata_size,
		.name_ptr = user_pointer(name),
		.name_len = name_length(name),
	};
	int err;

	copy_id(arg.id, &buf->id);
	err = client_ioctl(c, PLASMA_IOC_PUT, &arg);
	*offset = arg.out_offset;
	return err;
}

int plasma_put_named(struct plasma *p, const struct plasma_id *id, const char *name,
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
	if (flags & PLASMA_PUT_HOLD || name_empty(name))
		return -EINVAL;
	err = client_get_ns(p, &c);
	if (err)
		return err;
	return put(c, &buf, name, flags, &offset);
}

int plasma_put(struct plasma *p, const struct plasma_id *id,
	       const void *data, size_t size,
	       const void *metadata, size_t metadata_size, uint32_t flags)
{
	return plasma_put_named(p, id, NULL, data, size, metadata, metadata_size, flags);
}

int plasma_put_hold(struct plasma *p, struct plasma_buffer *buf, uint32_t flags)
{
	struct client *c;
	uint64_t offset;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	if (!c->view.read)
		return -EACCES;
	err = put(c, buf, NULL, flags | PLASMA_PUT_HOLD, &offset);
	if (err)
		return err;
	buf->status = 0;
	buf->pin = 0;
	buf->data = c->view.read + offset;
	buf->metadata = c->view.read + offset + buf->size;
	return 0;
}

/* @entries has room for @count. */
static int put_batch(const struct client *c, struct plasma_buffer *bufs, uint32_t count,
		     uint32_t flags, struct plasma_put_entry *entries)
{
	struct plasma_put_batch arg = {
		.ns = c->ns,
		.flags = flags,
		.count = count,
		.entry_size = sizeof(*entries),
		.entries_ptr = user_pointer(entries),
	};
	uint32_t i;
	int err;

	for (i = 0; i < count; i++) {
		entries[i] = (struct plasma_put_entry){
			.data_ptr = user_pointer(bufs[i].data),
			.data_size = bufs[i].size,
			.metadata_ptr = user_pointer(bufs[i].metadata),
			.metadata_size = bufs[i].metadata_size,
		};
		copy_id(entries[i].id, &bufs[i].id);
	}
	err = client_ioctl(c, PLASMA_IOC_PUT_BATCH, &arg);
	for (i = 0; i < count; i++)
		bufs[i].status = entries[i].status;
	return err;
}

int plasma_put_many(struct plasma *p, struct plasma_buffer *bufs, size_t count,
		    uint32_t flags)
{
	struct plasma_put_entry few[FEW], *entries = few;
	struct client *c;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	/* In parts it would not be all or nothing. */
	if (count > c->batch_max)
		return -E2BIG;
	if (count > FEW) {
		entries = malloc(count * sizeof(*entries));
		if (!entries)
			return -ENOMEM;
	}
	err = put_batch(c, bufs, (uint32_t)count, flags, entries);
	if (entries != few)
		free(entries);
	return err;
}
