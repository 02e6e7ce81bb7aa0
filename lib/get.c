// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Holding sealed objects. */

#include <stdlib.h>
#include "pin.h"

/* So many entries need no memory from the heap. */
#define FEW 16

static void fill(const struct client *c, struct plasma_buffer *buf,
		 const struct plasma_get_entry *entry)
{
	struct plasma_id id = buf->id;

	*buf = (struct plasma_buffer){ .id = id, .status = entry->status };
	if (entry->status)
		return;
	buf->data = c->view.read + entry->offset;
	buf->size = entry->data_size;
	buf->metadata = c->view.read + entry->offset + entry->data_size;
	buf->metadata_size = entry->metadata_size;
}

/* What could be pinned is not to be asked for. */
static uint32_t get_pinned(const struct client *c, struct plasma_buffer *bufs, uint32_t count)
{
	uint32_t i, ready = 0;

	for (i = 0; i < count; i++) {
		if (pin_get(c, &bufs[i]))
			ready++;
		else
			bufs[i].status = -EINPROGRESS;
	}
	return ready;
}

/* One call of the kernel for those that are not ready; @entries has room for @count. */
static int get_batch(const struct client *c, struct plasma_buffer *bufs, uint32_t count,
		     uint64_t deadline_ns, struct plasma_get_entry *entries)
{
	struct plasma_get arg = {
		.ns = c->ns,
		.entry_size = sizeof(*entries),
		.entries_ptr = user_pointer(entries),
		.deadline_ns = deadline_ns,
	};
	uint32_t i, n = 0, pinned = get_pinned(c, bufs, count);
	int err;

	if (pinned == count)
		return (int)count;
	for (i = 0; i < count; i++) {
		if (!bufs[i].status)
			continue;
		memset(&entries[n], 0, sizeof(*entries));
		memcpy(entries[n++].id, bufs[i].id.bytes, PLASMA_ID_SIZE);
	}
	arg.count = n;
	err = client_ioctl(c, PLASMA_IOC_GET, &arg);
	if (err)
		return err;
	for (i = 0, n = 0; i < count; i++)
		if (bufs[i].status)
			fill(c, &bufs[i], &entries[n++]);
	return (int)(pinned + arg.out_ready);
}

static void release_ready(struct plasma *p, const struct plasma_buffer *bufs,
			  size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (bufs[i].status == 0)
			plasma_release_buffer(p, &bufs[i]);
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
	if (!c->view.read)
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
			release_ready(p, bufs, done + n);
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

/* Whatever the hot path of plasma_get() could not do, @taken being what it left pinned. */
cold int get_cold(struct plasma *p, struct plasma_buffer *buf, int timeout_ms, uint32_t taken)
{
	int ready;

	if (has_pins(&p->here->view) && pin_get_anywhere(p->client, buf, taken))
		return 0;
	ready = plasma_get_many(p, buf, 1, timeout_ms);
	return ready < 0 ? ready : buf->status;
}

int plasma_get(struct plasma *p, const struct plasma_id *id,
	       struct plasma_buffer *buf, int timeout_ms)
{
	const struct view *v = &p->here->view;
	uint32_t taken = 0;

	buf->id = *id;
	if (has_pins(v) && pin_get_hot(v, buf, &taken))
		return 0;
	return get_cold(p, buf, timeout_ms, taken);
}

int plasma_name_get_until(struct plasma *p, const char *name, struct plasma_buffer *buf,
			  uint64_t deadline_ns)
{
	struct plasma_name_get arg = {
		.name_ptr = user_pointer(name),
		.name_len = name_length(name),
		.deadline_ns = deadline_ns,
	};
	struct client *c;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	if (!c->view.read)
		return -EACCES;
	arg.ns = c->ns;
	err = client_ioctl(c, PLASMA_IOC_NAME_GET, &arg);
	if (err)
		return err;
	memcpy(buf->id.bytes, arg.entry.id, PLASMA_ID_SIZE);
	fill(c, buf, &arg.entry);
	return buf->status;
}

int plasma_name_get(struct plasma *p, const char *name, struct plasma_buffer *buf,
		    int timeout_ms)
{
	return plasma_name_get_until(p, name, buf, deadline_after(timeout_ms));
}

/* Which client gave a pointer: that of this process, not one inherited. */
static bool gave(const struct view *v, const char *data)
{
	return v->read && data >= v->read && data < v->read + v->window_size;
}

static int release_by_place(const struct client *c, const struct plasma_buffer *buf)
{
	struct plasma_release_entry entry = {
		.offset = (uint64_t)((const char *)buf->data - c->view.read),
	};
	struct plasma_release arg = {
		.ns = c->ns,
		.count = 1,
		.entry_size = sizeof(entry),
		.entries_ptr = user_pointer(&entry),
	};
	int err;

	copy_id(entry.id, &buf->id);
	err = client_ioctl(c, PLASMA_IOC_RELEASE, &arg);
	return err ? err : entry.status;
}

cold int release_cold(struct plasma *p, const struct plasma_buffer *buf)
{
	struct client *c;
	int err = client_get_ns(p, &c);

	if (err)
		return err;
	if (!gave(&c->view, buf->data))
		return -ENOENT;
	if (c->view.pins && buf->pin && pin_release(c, (uint32_t)buf->pin))
		return 0;
	return release_by_place(c, buf);
}

int plasma_release_buffer(struct plasma *p, const struct plasma_buffer *buf)
{
	const struct view *v = &p->here->view;
	enum released done = NOT_RELEASED;
	uint32_t number = (uint32_t)buf->pin;

	if (number && has_pins(v) && gave(v, buf->data))
		done = pin_release_hot(v, number, entry_of(v, number));
	if (done == RELEASED)
		return 0;
	return done == RELEASED_PENDING ? pin_reap(p, number) : release_cold(p, buf);
}
