// SPDX-License-Identifier: GPL-2.0-only
/* From a file or a stream straight into an object. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "plasmactl.h"

/* Most bytes of one read, so that progress is seen. */
#define READ_SIZE	(8UL << 20)
/* What is read ahead to see whether there is any more. */
#define AHEAD_SIZE	(64UL << 10)

static size_t expected(int fd)
{
	struct stat st;
	off_t at;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return 0;
	at = lseek(fd, 0, SEEK_CUR);
	return at >= 0 && st.st_size > at ? (size_t)(st.st_size - at) : 0;
}

enum status input_open(struct input *in, const char *path)
{
	in->fd = STDIN_FILENO;
	in->path = "standard input";
	if (strcmp(path, "-")) {
		in->path = path;
		in->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (in->fd < 0)
			return fail_file(errno, "open", path);
	}
	in->size = expected(in->fd);
	return OK;
}

static ssize_t read_some(int fd, void *to, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, to, size);
	} while (n < 0 && file_again(fd, POLLIN));
	return n;
}

static enum status resize(struct upload *up, size_t room)
{
	void *data;
	int err;

	if (room == up->room)
		return OK;
	err = plasma_resize(up->p, &up->id, room, &data);
	if (err)
		return fail_store(err, "put", up->called);
	up->data = data;
	up->room = room;
	return OK;
}

/* By half as much again; where that does not fit, by less, down to what is needed. */
static enum status grow(struct upload *up, size_t needed)
{
	size_t extra = up->room / 2;
	void *data;

	while (up->room + extra > needed) {
		if (plasma_resize(up->p, &up->id, up->room + extra, &data) == 0) {
			up->data = data;
			up->room += extra;
			return OK;
		}
		extra /= 2;
	}
	return resize(up, needed);
}

/* By way of @ahead. Returns the bytes read, 0 at the end, -1 with @status set. */
static ssize_t read_through(struct input *in, struct upload *up, char *ahead,
			    enum status *status)
{
	ssize_t n = read_some(in->fd, ahead, AHEAD_SIZE);

	if (n < 0)
		*status = fail_file(errno, "read", in->path);
	if (n <= 0)
		return n;
	if ((size_t)n > up->room - up->size) {
		*status = grow(up, up->size + (size_t)n);
		if (*status)
			return -1;
	}
	memcpy(up->data + up->size, ahead, (size_t)n);
	return n;
}

/*
 * Into the object itself. Some file systems read by DMA into the pages of the reader,
 * which those of an object do not allow: they say EFAULT, and are read through @ahead.
 */
static ssize_t read_straight(struct input *in, struct upload *up, char *ahead,
			     enum status *status)
{
	size_t left = up->room - up->size;
	ssize_t n;

	n = read_some(in->fd, up->data + up->size, left < READ_SIZE ? left : READ_SIZE);
	if (n < 0 && errno == EFAULT)
		return read_through(in, up, ahead, status);
	if (n < 0)
		*status = fail_file(errno, "read", in->path);
	return n;
}

enum status input_read(struct input *in, struct upload *up)
{
	char *ahead = malloc(AHEAD_SIZE);
	enum status status = OK;
	ssize_t n;

	if (!ahead)
		return fail_memory();
	progress_begin(up->called, in->size);
	do {
		/* The end of a file of known size is seen by reading on. */
		if (up->size == up->room)
			n = read_through(in, up, ahead, &status);
		else
			n = read_straight(in, up, ahead, &status);
		if (n > 0)
			up->size += (size_t)n;
		progress_update(up->size);
	} while (n > 0);
	progress_end();
	free(ahead);
	return status ? status : resize(up, up->size);
}

/* Larger than any metadata. */
#define SMALL_MAX	(64UL << 20)

static enum status read_growing(const struct input *in, size_t *size, char **bytes)
{
	size_t room = 0;
	ssize_t n = 1;

	while (n > 0) {
		if (*size == room) {
			char *more;

			room = room ? 2 * room : AHEAD_SIZE;
			more = realloc(*bytes, room);
			if (!more)
				return fail_memory();
			*bytes = more;
		}
		if (*size > SMALL_MAX)
			return fail(FAILED, "read %s: it is too large for metadata; put it into the data",
				    in->path);
		n = read_some(in->fd, *bytes + *size, room - *size);
		if (n < 0)
			return fail_file(errno, "read", in->path);
		*size += (size_t)n;
	}
	return OK;
}

enum status input_read_small(const char *path, size_t *size, void **bytes)
{
	char *text = NULL;
	enum status status;
	struct input in;

	status = input_open(&in, path);
	if (status)
		return status;
	*size = 0;
	status = read_growing(&in, size, &text);
	if (in.fd != STDIN_FILENO)
		close(in.fd);
	*bytes = text;
	return status;
}
