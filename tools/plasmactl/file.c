// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that is written. It gets its name when it is complete, so that nobody sees
 * half of it and a failure leaves what was there before.
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "plasmactl.h"

/* Most bytes of one write, so that progress is seen. */
#define WRITE_SIZE (8UL << 20)

/*
 * @final: the name it is to get, NULL for what has its name: a device, a pipe,
 *	standard output
 * @durable: it is on the disk before it gets its name
 */
struct file {
	int fd;
	const char *path;
	char *final;
	bool durable;
};

/* Of the one file that may be half written; for the signal handler. */
static char temporary[PATH_MAX];

static void remove_temporary(int sig)
{
	unlink(temporary);
	/* SA_RESETHAND: now it is the end. */
	raise(sig);
}

static void guard_temporary(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction new = { .sa_handler = remove_temporary,
				 .sa_flags = SA_RESETHAND }, old;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], NULL, &old);
		if (old.sa_handler == SIG_DFL)
			sigaction(signals[i], &new, NULL);
	}
}

static mode_t new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static enum status open_temporary(struct file *f)
{
	int n = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", f->final);

	if (n >= (int)sizeof(temporary))
		return fail_file(ENAMETOOLONG, "create", f->path);
	guard_temporary();
	f->fd = mkostemp(temporary, O_CLOEXEC);
	if (f->fd < 0)
		return fail_file(errno, "create", f->path);
	return OK;
}

/*
 * The new file is to belong to who had the old one, where that is allowed. What would run with
 * the rights of its owner was the old content, so such bits do not go over to the new one.
 */
static enum status give_mode(struct file *f, const struct stat *old)
{
	mode_t mode = old ? old->st_mode & 0777 : new_mode();

	if (old && fchown(f->fd, old->st_uid, old->st_gid) && errno != EPERM)
		return fail_file(errno, "create", f->path);
	return fchmod(f->fd, mode) ? fail_file(errno, "create", f->path) : OK;
}

/*
 * The descriptor that a path stands for, or -1. What has been written to it is not to be
 * replaced, and what will be is not to be lost.
 */
static int descriptor_of(const char *path)
{
	char rest;
	int fd;

	if (!strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if (!strcmp(path, "/dev/stderr"))
		return STDERR_FILENO;
	if (sscanf(path, "/dev/fd/%d%c", &fd, &rest) == 1 ||
	    sscanf(path, "/proc/self/fd/%d%c", &fd, &rest) == 1)
		return fd;
	return -1;
}

static enum status open_new(struct file *f, const struct stat *old)
{
	enum status status = open_temporary(f);

	if (status)
		return status;
	status = give_mode(f, old);
	if (status)
		unlink(temporary);
	return status;
}

static enum status open_path(struct file *f, const char *path)
{
	int given = descriptor_of(path);
	struct stat st;
	bool there;

	if (given >= 0) {
		f->fd = fcntl(given, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		return f->fd < 0 ? fail_file(errno, "open", path) : OK;
	}
	there = stat(path, &st) == 0;
	if (!there && errno != ENOENT)
		return fail_file(errno, "create", path);
	if (there && !S_ISREG(st.st_mode)) {
		f->fd = open(path, O_WRONLY | O_CLOEXEC);
		return f->fd < 0 ? fail_file(errno, "open", path) : OK;
	}
	f->final = there ? realpath(path, NULL) : strdup(path);
	if (!f->final)
		return fail_file(errno, "create", path);
	return open_new(f, there ? &st : NULL);
}

static void file_free(struct file *f)
{
	if (f->fd > STDOUT_FILENO)
		close(f->fd);
	free(f->final);
	free(f);
}

enum status file_open(struct file **file, const char *path)
{
	struct file *f = calloc(1, sizeof(*f));
	enum status status = OK;

	if (!f)
		return fail_memory();
	f->fd = STDOUT_FILENO;
	f->path = "standard output";
	if (strcmp(path, "-")) {
		f->path = path;
		f->fd = -1;
		status = open_path(f, path);
	}
	if (status) {
		file_free(f);
		return status;
	}
	*file = f;
	return OK;
}

bool file_again(int fd, short events)
{
	struct pollfd ready = { .fd = fd, .events = events };
	int err = errno;

	if (err == EAGAIN)
		poll(&ready, 1, -1);
	errno = err;
	return err == EAGAIN || err == EINTR;
}

static ssize_t write_some(int fd, const char *from, size_t size)
{
	ssize_t n;

	do {
		n = write(fd, from, size);
	} while (n < 0 && file_again(fd, POLLOUT));
	return n;
}

enum status file_open_durable(struct file **file, const char *path)
{
	enum status status = file_open(file, path);

	if (status)
		return status;
	if (!(*file)->final) {
		file_free(*file);
		return fail(FAILED, "create %s: it is not a regular file; give the name of one",
			    path);
	}
	(*file)->durable = true;
	return OK;
}

/* Nobody reads on: that is nothing that he need be told. */
static enum status write_failed(const struct file *f, int err)
{
	progress_end();
	return err == EPIPE ? FAILED : fail_file(err, "write", f->path);
}

enum status file_append(struct file *f, const void *data, size_t size)
{
	const char *from = data;
	ssize_t n;

	while (size) {
		n = write_some(f->fd, from, size);
		if (n < 0)
			return write_failed(f, errno);
		from += n;
		size -= (size_t)n;
	}
	return OK;
}

enum status file_overwrite(struct file *f, const void *data, size_t size)
{
	ssize_t n = pwrite(f->fd, data, size, 0);

	if (n < 0)
		return write_failed(f, errno);
	return (size_t)n == size ? OK : write_failed(f, EIO);
}

enum status file_write(struct file *f, const void *data, size_t size)
{
	const char *from = data;
	enum status status = OK;
	size_t done = 0;

	progress_begin(f->path, size);
	while (done < size && !status) {
		size_t n = size - done < WRITE_SIZE ? size - done : WRITE_SIZE;

		status = file_append(f, from + done, n);
		done += n;
		if (!status)
			progress_update(done);
	}
	progress_end();
	return status;
}

/* A new name is on the disk when its directory is. */
static enum status sync_directory(const struct file *f)
{
	char path[PATH_MAX];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s", f->final);
	fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		err = errno;
	if (fd >= 0)
		close(fd);
	return err ? fail_file(err, "write the directory of", f->path) : OK;
}

enum status file_commit(struct file *f)
{
	enum status status = OK;
	int fd = f->fd;

	/* Some file systems run out of space only now. */
	if (f->durable && fsync(fd))
		status = fail_file(errno, "write", f->path);
	if (fd > STDOUT_FILENO) {
		f->fd = -1;
		if (close(fd) && !status)
			status = fail_file(errno, "write", f->path);
	}
	if (f->final && !status && rename(temporary, f->final))
		status = fail_file(errno, "create", f->path);
	if (f->final && status)
		unlink(temporary);
	else if (f->durable)
		status = sync_directory(f);
	file_free(f);
	return status;
}

void file_abandon(struct file *f)
{
	if (f->final)
		unlink(temporary);
	file_free(f);
}
