// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Holding sealed objects. */

#include <stdlib.h>
#include <time.h>
#include "internal.h"

/* So many entries need no memory from the heap. */
#define FEW 16

static uint64_t deadline_after(int timeout_ms)
{
	struct timespec now;

	if (timeout_ms < 0)
		return PLASMA_FOREVER;
	if (timeout_ms == 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec +
	       (uint64_t)timeout_ms * 1000000;
}

static void fill(const struct client *c, struct plasma_buffer *buf,
		 const struct plasma_get_entry *entry)
{
	struct plasma_id id = buf->id;

	*buf = (struct plasma_buffer){ .id = id, .status = entry->status };
	if (entry->status)
		return;
	buf->data = c->read + entry->offset;
	buf->size = entry->data_size;
	buf->metadata = c->read + entry->offset + entry->data_size;
	buf->metadata_size = entry->metadata_size;
}

/* One call of the kernel; @entries has room for @count. */
static int get_batch(const struct client *c, struct plasma_buffer *bufs, uint32_t count,
		     uint64_t deadline_ns, struct plasma_get_entry *entries)
{
	struct plasma_get arg = {
		.ns = c->ns,
		.count = count,
		.entry_size = sizeof(*entries),
		.entries_ptr = user_pointer(entries),
		.deadline_ns = deadline_ns,
	};
	uint32_t i;
	int err;

	memset(entries, 0, count * sizeof(*entries));
	for (i = 0; i < count; i++)
		memcpy(entries[i].id, bufs[i].id.bytes, PLASMA_ID_SIZE);
	err = client_ioctl(c, PLASMA_IOC_GET, &arg);
	if (err)
		return err;
	for (i = 0; i < count; i++)
		fill(c, &bufs[i], &entries[i]);
	return (int)arg.out_ready;
}

static void release_ready(struct plasma *p, const struct plasma_buffer *bufs,
			  size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (bufs[i].status == 0)
			plasma_release(p, &bufs[i].id);
}

int plasma_get_many_until(struct plasma *p, struct plasma_buffer *bufs,
			  size_t count, uint64_t deadline_ns)
{
	struct plasma_get_entry few[FEW], *entries = few;
	struct client *c;
	int ready = 0, err;
	size_t done = 0;
	uint32_t room;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	if (count > INT32_MAX)
		return -E2BIG;
	/* Without the read window there is nothing to point to. */
	if (!c->read)
		return -EACCES;
	room = count < c->batch_max ? (uint32_t)count : c->batch_max;
	if (room > FEW) {
		entries = malloc(room * sizeof(*entries));
		if (!entries)
			return -ENOMEM;
	}
	while (done < count) {
		uint32_t n = count - done < room ? (uint32_t)(count - done) : room;

		err = get_batch(c, bufs + done, n, deadline_ns, entries);
		if (err < 0) {
			release_ready(p, bufs, done);
			ready = err;
			break;
		}
		ready += err;
		done += n;
	}
	if (entries != few)
		free(entries);
	return ready;
}

int plasma_get_many(struct plasma *p, struct plasma_buffer *bufs, size_t count,
		    int timeout_ms)
{
	return plasma_get_many_until(p, bufs, count, deadline_after(timeout_ms));
}

int plasma_get(struct plasma *p, const struct plasma_id *id,
	       struct plasma_buffer *buf, int timeout_ms)
{
	int ready;

	buf->id = *id;
	ready = plasma_get_many(p, buf, 1, timeout_ms);
	return ready < 0 ? ready : buf->status;
}
