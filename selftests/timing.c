// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "common.h"

__u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

__u64 in_ms(__u64 ms)
{
	return now_ns() + ms * 1000000;
}

void sleep_ms(unsigned int ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static int poll_for(int fd, int timeout)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };
	int ret;

	do {
		ret = poll(&poller, 1, timeout);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : poller.revents;
}

int poll_now(int fd)
{
	return poll_for(fd, 0);
}

int poll_wait(int fd)
{
	__u64 end = in_ms(PATIENCE_MS);
	int ret = poll_for(fd, PATIENCE_MS);

	/* When its time is over, poll() looks once more: what it finds then has woken nobody. */
	return ret > 0 && now_ns() >= end ? 0 : ret;
}

int wait_waiters(const struct client *c, __u64 count)
{
	__u64 end = in_ms(PATIENCE_MS);
	struct plasma_ns_info info;
	int ret;

	do {
		ret = ns_stat(c->fd, c->name, &info);
		if (ret || info.waiters == count)
			return ret;
		sleep_ms(2);
	} while (now_ns() < end);
	complain(__FILE__, __LINE__, "waiters", count, info.waiters);
	return -ETIMEDOUT;
}
