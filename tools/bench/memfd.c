// SPDX-License-Identifier: GPL-2.0-only
/* A memfd for each key, with a server of the least kind that hands them out by SCM_RIGHTS. */

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "peer.h"

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static pid_t server;

enum what { PUT, GET, REMOVE };

/* From client to server, the first with a descriptor. */
struct request {
	enum what what;
	uint8_t key[KEY_SIZE];
};

/* Sends @size bytes, and @fd unless it is negative. */
static int send_message(int socket, const void *bytes, size_t size, int fd)
{
	struct iovec iov = { (void *)bytes, size };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.space);
	}
	return sendmsg(socket, &msg, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -EIO;
}

/* Receives @size bytes, and a descriptor or -1. */
static int receive_message(int socket, void *bytes, size_t size, int *fd)
{
	struct iovec iov = { bytes, size };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control.space) };
	struct cmsghdr *header;

	*fd = -1;
	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != (ssize_t)size)
		return -EIO;
	header = CMSG_FIRSTHDR(&msg);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return 0;
}

/* --- the server --- */

struct kept {
	uint8_t key[KEY_SIZE];
	int fd;
};

static void *kept_files;

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, KEY_SIZE);
}

static struct kept *find(const uint8_t *key)
{
	struct kept **found = tfind(key, &kept_files, compare);

	return found ? *found : NULL;
}

static int insert(const uint8_t *key, int fd)
{
	struct kept *e;

	if (find(key))
		return -EEXIST;
	e = malloc(sizeof(*e));
	if (!e)
		return -ENOMEM;
	memcpy(e->key, key, KEY_SIZE);
	e->fd = fd;
	if (tsearch(e, &kept_files, compare))
		return 0;
	free(e);
	return -ENOMEM;
}

static int take_out(const uint8_t *key)
{
	struct kept *e = find(key);

	if (!e)
		return -ENOENT;
	tdelete(e, &kept_files, compare);
	close(e->fd);
	free(e);
	return 0;
}

/* Does what is asked; the answer is an error, and for a get the descriptor. */
static int answer(int socket)
{
	struct kept *found = NULL;
	struct request request;
	int fd, err = receive_message(socket, &request, sizeof(request), &fd);

	if (err)
		return err;
	switch (request.what) {
	case PUT:
		err = insert(request.key, fd);
		if (err)
			close(fd);
		break;
	case GET:
		found = find(request.key);
		err = found ? 0 : -ENOENT;
		break;
	case REMOVE:
		err = take_out(request.key);
		break;
	}
	return send_message(socket, &err, sizeof(err), found ? found->fd : -1);
}

static void serve(int listener)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		if (epoll_wait(epoll, &event, 1, -1) != 1)
			continue;
		if (event.data.fd == listener) {
			event.data.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
			event.events = EPOLLIN;
			epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
		} else if (answer(event.data.fd)) {
			close(event.data.fd);
		}
	}
}

/* As many descriptors as it may have: one for each object. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int start(const char *dir, char *why, size_t why_size)
{
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/memfd", dir);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 64)) {
		snprintf(why, why_size, "cannot listen on a socket");
		return -errno;
	}
	server = fork();
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		allow_descriptors();
		serve(listener);
	}
	close(listener);
	return server < 0 ? -EAGAIN : 0;
}

static void stop(void)
{
	server_stop(server);
}

/* --- the client --- */

struct client {
	int socket;
	void *map;
	size_t size;
};

static void disconnect(void *client)
{
	struct client *c = client;

	close(c->socket);
	free(c);
}

static int connect_client(void **client)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (connect(c->socket, (struct sockaddr *)&address, sizeof(address))) {
		int err = -errno;

		disconnect(c);
		return err;
	}
	*client = c;
	return 0;
}

/* @fd: goes along; becomes what comes back. */
static int ask(struct client *c, enum what what, const uint8_t *key, int *fd)
{
	struct request request = { .what = what };
	int err, result;

	memcpy(request.key, key, KEY_SIZE);
	err = send_message(c->socket, &request, sizeof(request), *fd);
	if (!err)
		err = receive_message(c->socket, &result, sizeof(result), fd);
	return err ? err : result;
}

static int fill(int fd, const void *data, size_t size)
{
	const char *at = data;
	ssize_t n;

	for (; size; size -= (size_t)n, at += n) {
		n = write(fd, at, size);
		if (n <= 0)
			return -errno;
	}
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) ? -errno : 0;
}

static int put(void *client, const uint8_t *key, const void *data, size_t size)
{
	int fd = memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING), sent = fd, err;

	if (fd < 0)
		return -errno;
	err = fill(fd, data, size);
	if (!err)
		err = ask(client, PUT, key, &sent);
	close(fd);
	return err;
}

static int get(void *client, const uint8_t *key, const void **data, size_t *size)
{
	struct client *c = client;
	struct stat st;
	int fd = -1, err = ask(c, GET, key, &fd);

	if (err)
		return err;
	if (fstat(fd, &st))
		err = -errno;
	if (!err) {
		c->size = (size_t)st.st_size;
		c->map = mmap(NULL, c->size, PROT_READ, MAP_SHARED, fd, 0);
		if (c->map == MAP_FAILED)
			err = -errno;
	}
	close(fd);
	*data = c->map;
	*size = c->size;
	return err;
}

static int release(void *client, const uint8_t *key)
{
	struct client *c = client;

	(void)key;
	return munmap(c->map, c->size) ? -errno : 0;
}

static int remove_object(void *client, const uint8_t *key)
{
	int none = -1;

	return ask(client, REMOVE, key, &none);
}

const struct peer peer_memfd = {
	.name = "memfd",
	.start = start,
	.stop = stop,
	.connect = connect_client,
	.disconnect = disconnect,
	.put = put,
	.get = get,
	.release = release,
	.remove = remove_object,
};
