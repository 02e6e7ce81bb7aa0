// SPDX-License-Identifier: GPL-2.0-only
/* Gets and releases by system call, whatever the library makes of them. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "bench.h"

int raw_open(struct raw *raw, const char *ns)
{
	struct plasma_ns_open arg = {
		.name_ptr = (uintptr_t)ns,
		.name_len = (uint32_t)strlen(ns),
	};

	raw->fd = open("/dev/plasma", O_RDWR | O_CLOEXEC);
	if (raw->fd < 0)
		return -errno;
	if (ioctl(raw->fd, PLASMA_IOC_NS_OPEN, &arg)) {
		int err = -errno;

		raw_close(raw);
		return err;
	}
	raw->ns = arg.out_ns;
	return 0;
}

void raw_close(struct raw *raw)
{
	if (raw->fd >= 0)
		close(raw->fd);
	raw->fd = -1;
}

int raw_get(const struct raw *raw, struct plasma_get_entry *entries, uint32_t count)
{
	struct plasma_get arg = {
		.ns = raw->ns,
		.count = count,
		.entry_size = sizeof(*entries),
		.entries_ptr = (uintptr_t)entries,
	};

	if (ioctl(raw->fd, PLASMA_IOC_GET, &arg))
		return -errno;
	return arg.out_ready == count ? 0 : -ENOENT;
}

int raw_release(const struct raw *raw, struct plasma_id_entry *entries, uint32_t count)
{
	struct plasma_release arg = {
		.ns = raw->ns,
		.count = count,
		.entry_size = sizeof(*entries),
		.entries_ptr = (uintptr_t)entries,
	};

	if (ioctl(raw->fd, PLASMA_IOC_RELEASE, &arg))
		return -errno;
	return entries[0].status;
}
