// SPDX-License-Identifier: GPL-2.0-only
/* The socket. Nothing is said on it: its being there says that the server is ready. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "server.h"

static enum status failed(const char *what, const char *path, const char *todo)
{
	return fail(FAILED, "%s %s: %s; %s", what, path, strerror(errno), todo);
}

static int new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* A queue that is full is one that somebody listens on. */
static bool somebody_listens(const struct sockaddr_un *address)
{
	int fd = new_socket(), err = 0;

	if (fd < 0)
		return true;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		err = errno;
	close(fd);
	return err != ECONNREFUSED && err != ENOENT;
}

/* Of a server that was killed. */
static enum status remove_stale(const struct sockaddr_un *address)
{
	const char *path = address->sun_path;
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? OK : failed("create", path, "check the path");
	if (!S_ISSOCK(st.st_mode))
		return fail(FAILED, "create %s: something else is there; remove it or choose another path",
			    path);
	if (somebody_listens(address))
		return fail(FAILED, "create %s: another server listens there; stop it or choose another path",
			    path);
	if (unlink(path) && errno != ENOENT)
		return failed("replace", path, "check its permissions");
	return OK;
}

static enum status bind_socket(struct endpoint *e)
{
	const char *path = e->address.sun_path;
	struct stat st;

	if (bind(e->fd, (struct sockaddr *)&e->address, sizeof(e->address)))
		return failed("create", path, "check the path and its permissions");
	if (listen(e->fd, SOMAXCONN) || stat(path, &st)) {
		unlink(path);
		return failed("listen on", path, "try again");
	}
	e->device = st.st_dev;
	e->inode = st.st_ino;
	return OK;
}

enum status endpoint_open(struct endpoint *e, const char *path)
{
	enum status status;

	*e = (struct endpoint){ .fd = -1, .address.sun_family = AF_UNIX };
	strcpy(e->address.sun_path, path);
	status = remove_stale(&e->address);
	if (status)
		return status;
	e->fd = new_socket();
	if (e->fd < 0)
		return failed("create", path, "try again");
	status = bind_socket(e);
	if (status)
		close(e->fd);
	return status;
}

void endpoint_close(struct endpoint *e)
{
	struct stat st;

	if (!lstat(e->address.sun_path, &st) && st.st_dev == e->device &&
	    st.st_ino == e->inode)
		unlink(e->address.sun_path);
	close(e->fd);
}
