/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLASMA_STORE_SERVER_H
#define PLASMA_STORE_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>
#include <sys/types.h>

/* Documented in plasma-store-server(1); part of the interface. */
enum status {
	OK = 0,
	FAILED = 1,
	USAGE = 2,
	NO_MODULE = 77,
};

/* error.c: one line on stderr, and what to exit with */
enum status fail(enum status status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* path.c */
/* Makes @path absolute, without . and .. and //; links in it are left alone. */
enum status path_absolute(const char *path, char *absolute, size_t size);

/* socket.c: the socket that says that the server is there */
/**
 * struct endpoint - a socket in the file system
 * @fd: it
 * @address: where it is
 * @device: where its file is
 * @inode: its file, which may have been replaced by another of that name
 */
struct endpoint {
	int fd;
	struct sockaddr_un address;
	dev_t device;
	ino_t inode;
};

/* Only what nobody listens on is replaced. */
enum status endpoint_open(struct endpoint *e, const char *path);
/* Removes the file, if it still is that of @e. */
void endpoint_close(struct endpoint *e);

/* namespace.c: what the clients of the server work in */
struct plasma;

enum status namespace_open(struct plasma **p, const char *name, uint64_t capacity);

#endif
