// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The objects of a namespace. */

#include "internal.h"

int plasma_list(struct plasma *p, uint32_t flags, const void *prefix,
		size_t prefix_len, struct plasma_page *page)
{
	struct plasma_list arg = {
		.flags = flags,
		.prefix_ptr = user_pointer(prefix),
		.prefix_len = length32(prefix_len),
		.entries_ptr = user_pointer(page->entries),
		.entry_size = length32(page->entry_size),
		.cursor = page->cursor,
	};
	struct client *c;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	arg.ns = c->ns;
	arg.count = page->count < c->batch_max ? (uint32_t)page->count : c->batch_max;
	err = client_ioctl(c, PLASMA_IOC_LIST, &arg);
	if (err)
		return err;
	page->cursor = arg.cursor;
	return (int)arg.out_count;
}
