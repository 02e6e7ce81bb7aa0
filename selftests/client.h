/* SPDX-License-Identifier: GPL-2.0-only */
/* A descriptor of /dev/plasma with one open namespace and its two windows. */
#ifndef SELFTESTS_CLIENT_H
#define SELFTESTS_CLIENT_H

#include <linux/plasma.h>

struct client {
	int fd;
	__u32 ns;
	__u32 access;
	__u64 read_offset;
	__u64 write_offset;
	__u8 *read;
	__u8 *write;
	char name[PLASMA_NAME_MAX + 1];
};

int device_open(void);
int plasma_ioctl(int fd, unsigned long command, void *arg);
int query(int fd, struct plasma_query *answer);
__u64 window_size(void);

int client_create(struct client *c, __u64 capacity);
int client_create_as(struct client *c, const struct plasma_ns_create *how);
int client_open(struct client *c, const char *name, __u32 access);
int client_join(struct client *c, const struct client *other);
int client_map(struct client *c);
void client_unmap(struct client *c);
void client_unmap_write(struct client *c);
void client_close(struct client *c);

#endif /* SELFTESTS_CLIENT_H */
