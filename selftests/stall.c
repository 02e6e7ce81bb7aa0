// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages at which the kernel stops: see stall.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/userfaultfd.h>

#include "common.h"
#include "stall.h"

static void *map_page(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

int stall_init(struct stall *stall)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP };

	stall->bytes = map_page();
	stall->page = map_page();
	stall->fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (!stall->bytes || !stall->page || stall->fd < 0 ||
	    ioctl(stall->fd, UFFDIO_API, &api)) {
		int err = -errno;

		stall_free(stall);
		return err;
	}
	return 0;
}

static struct uffdio_range range_of(const struct stall *stall)
{
	return (struct uffdio_range){ (unsigned long)stall->page, PAGE };
}

static int copy(struct stall *stall, __u64 mode)
{
	struct uffdio_copy copy = {
		.dst = (unsigned long)stall->page,
		.src = (unsigned long)stall->bytes,
		.len = PAGE,
		.mode = mode,
	};

	return ioctl(stall->fd, UFFDIO_COPY, &copy) ? -errno : 0;
}

int stall_arm(struct stall *stall, enum stall_at at)
{
	struct uffdio_register area = {
		.range = range_of(stall),
		.mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
	};

	if (ioctl(stall->fd, UFFDIO_REGISTER, &area))
		return -errno;
	return at == STALL_AT_WRITE ? copy(stall, UFFDIO_COPY_MODE_WP) : 0;
}

int stall_wait(struct stall *stall)
{
	struct uffd_msg message;

	CHECK(poll_wait(stall->fd) & POLLIN);
	CHECK_EQ(sizeof(message), read(stall->fd, &message, sizeof(message)));
	CHECK_EQ(UFFD_EVENT_PAGEFAULT, message.event);
	return 0;
}

int stall_end(struct stall *stall)
{
	struct uffdio_writeprotect none = { .range = range_of(stall) };
	struct uffdio_range range = range_of(stall);
	int err = copy(stall, 0);

	CHECK(!err || err == -EEXIST);
	CHECK_EQ(0, ioctl(stall->fd, UFFDIO_WRITEPROTECT, &none));
	CHECK_EQ(0, ioctl(stall->fd, UFFDIO_UNREGISTER, &range));
	return 0;
}

int stall_fail(struct stall *stall)
{
	struct uffdio_range range = range_of(stall);

	CHECK_EQ(0, munmap(stall->page, PAGE));
	stall->page = NULL;
	CHECK_EQ(0, ioctl(stall->fd, UFFDIO_WAKE, &range));
	return 0;
}

void stall_free(struct stall *stall)
{
	if (stall->fd >= 0)
		close(stall->fd);
	if (stall->page)
		munmap(stall->page, PAGE);
	if (stall->bytes)
		munmap(stall->bytes, PAGE);
}
