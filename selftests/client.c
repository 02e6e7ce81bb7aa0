// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "common.h"

int plasma_ioctl(int fd, unsigned long command, void *arg)
{
	int ret = ioctl(fd, command, arg);

	return ret < 0 ? -errno : ret;
}

int device_open(void)
{
	int fd = open("/dev/plasma", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int query(int fd, struct plasma_query *answer)
{
	memset(answer, POISON, sizeof(*answer));
	answer->flags = 0;
	return plasma_ioctl(fd, PLASMA_IOC_QUERY, answer);
}

__u64 window_size(void)
{
	static __u64 size;
	struct plasma_query answer;
	int fd;

	if (size)
		return size;
	fd = device_open();
	if (fd < 0)
		return 0;
	if (!query(fd, &answer))
		size = answer.out_window_size;
	close(fd);
	return size;
}

/* All of a window, or what has room in a 32-bit process: objects lie at its beginning. */
static size_t mapped_size(void)
{
	return sizeof(void *) < 8 ? 256 * MIB : window_size();
}

int client_map(struct client *c)
{
	if (c->access & PLASMA_ACCESS_READ) {
		c->read = mmap(NULL, mapped_size(), PROT_READ, MAP_SHARED, c->fd,
			       c->read_offset);
		if (c->read == MAP_FAILED)
			return -errno;
	}
	if (c->access & PLASMA_ACCESS_WRITE) {
		c->write = mmap(NULL, mapped_size(), PROT_READ | PROT_WRITE,
				MAP_SHARED, c->fd, c->write_offset);
		if (c->write == MAP_FAILED)
			return -errno;
	}
	return 0;
}

void client_unmap_write(struct client *c)
{
	if (c->write)
		munmap(c->write, mapped_size());
	c->write = NULL;
}

void client_unmap(struct client *c)
{
	if (c->read)
		munmap(c->read, mapped_size());
	c->read = NULL;
	client_unmap_write(c);
}

void client_close(struct client *c)
{
	client_unmap(c);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* A namespace of a name nobody else has, which goes with the client. */
int client_create_as(struct client *c, const struct plasma_ns_create *how)
{
	static unsigned int number;
	struct plasma_ns_create create = *how;
	int ret;

	memset(c, 0, sizeof(*c));
	c->fd = device_open();
	if (c->fd < 0)
		return c->fd;
	snprintf(c->name, sizeof(c->name), "test %d.%u", getpid(), ++number);

	create.name_ptr = (unsigned long)c->name;
	create.name_len = strlen(c->name);
	create.flags |= PLASMA_NS_EPHEMERAL;
	create.out_ns = 0xcccccccc;
	ret = plasma_ioctl(c->fd, PLASMA_IOC_NS_CREATE, &create);
	if (ret)
		return ret;
	c->ns = create.out_ns;
	c->access = PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE;
	c->read_offset = create.out_read_offset;
	c->write_offset = create.out_write_offset;
	return client_map(c);
}

int client_create(struct client *c, __u64 capacity)
{
	return client_create_as(c, &(struct plasma_ns_create){
		.mode = 0600, .capacity = capacity });
}

int client_open(struct client *c, const char *name, __u32 access)
{
	struct plasma_ns_open open;
	int ret;

	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->fd = device_open();
	if (c->fd < 0)
		return c->fd;
	ret = ns_open(c->fd, name, access, &open);
	if (ret)
		return ret;
	c->ns = open.out_ns;
	c->access = open.out_access;
	c->read_offset = open.out_read_offset;
	c->write_offset = open.out_write_offset;
	return client_map(c);
}

int client_join(struct client *c, const struct client *other)
{
	char name[sizeof(c->name)];

	memcpy(name, other->name, sizeof(name));
	return client_open(c, name, PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE);
}
