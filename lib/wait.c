// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Waiting for objects without holding them. */

#include <stdlib.h>
#include "internal.h"

/* So many entries need no memory from the heap. */
#define FEW 16

/* @entries has room for @count. */
static int wait_batch(const struct client *c, struct plasma_result *results, uint32_t count,
		      struct plasma_get *arg, struct plasma_get_entry *entries)
{
	uint32_t i;
	int err;

	memset(entries, 0, count * sizeof(*entries));
	for (i = 0; i < count; i++)
		copy_id(entries[i].id, &results[i].id);
	arg->ns = c->ns;
	arg->count = count;
	arg->entry_size = sizeof(*entries);
	arg->entries_ptr = user_pointer(entries);
	err = client_ioctl(c, PLASMA_IOC_GET, arg);
	if (err)
		return err;
	for (i = 0; i < count; i++)
		results[i].status = entries[i].status;
	return (int)arg->out_ready;
}

int plasma_wait_until(struct plasma *p, struct plasma_result *results, size_t count,
		      size_t min_ready, uint64_t deadline_ns)
{
	struct plasma_get_entry few[FEW], *entries = few;
	struct plasma_get arg = {
		.flags = PLASMA_GET_NO_HOLD,
		.min_ready = length32(min_ready),
		.deadline_ns = deadline_ns,
	};
	struct client *c;
	int ready;

	ready = client_get_ns(p, &c);
	if (ready)
		return ready;
	/* Some of so many cannot be waited for in parts. */
	if (count > c->batch_max)
		return -E2BIG;
	if (min_ready > count)
		return -EINVAL;
	if (count > FEW) {
		entries = malloc(count * sizeof(*entries));
		if (!entries)
			return -ENOMEM;
	}
	ready = wait_batch(c, results, (uint32_t)count, &arg, entries);
	if (entries != few)
		free(entries);
	return ready;
}

int plasma_wait(struct plasma *p, struct plasma_result *results, size_t count,
		size_t min_ready, int timeout_ms)
{
	return plasma_wait_until(p, results, count, min_ready, deadline_after(timeout_ms));
}
