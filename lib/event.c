// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Subscriptions. */

#include <limits.h>
#include <unistd.h>
#include "internal.h"

int plasma_subscribe(struct plasma *p, uint32_t flags, uint32_t queue_size)
{
	struct plasma_subscribe arg = { .flags = flags, .queue_size = queue_size };
	int err;

	err = ns_ioctl(p, PLASMA_IOC_SUBSCRIBE, &arg);
	return err ? err : arg.out_fd;
}

int plasma_events_read(int fd, struct plasma_event *events, size_t count)
{
	ssize_t n;

	if (!count)
		return -EINVAL;
	/* What is left of so many is read by the next call. */
	if (count > INT_MAX / sizeof(*events))
		count = INT_MAX / sizeof(*events);
	n = read(fd, events, count * sizeof(*events));
	return n < 0 ? -errno : (int)((size_t)n / sizeof(*events));
}
