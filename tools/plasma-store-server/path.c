// SPDX-License-Identifier: GPL-2.0-only
/* The path that names both the socket and the namespace. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "server.h"

/* Appends /@part to @to, or takes away the last part for "..". */
static void append(char *to, const char *part, size_t length)
{
	char *last;

	if (!length || (length == 1 && part[0] == '.'))
		return;
	if (length == 2 && !memcmp(part, "..", 2)) {
		last = strrchr(to, '/');
		if (last)
			*last = '\0';
		return;
	}
	to += strlen(to);
	*to++ = '/';
	memcpy(to, part, length);
	to[length] = '\0';
}

/* @to has room for the whole of @path. */
static void append_parts(char *to, const char *path)
{
	size_t length;

	while (*path) {
		length = strcspn(path, "/");
		append(to, path, length);
		path += length;
		path += *path == '/';
	}
}

enum status path_absolute(const char *path, char *absolute, size_t size)
{
	char result[2 * PATH_MAX + 2] = "", here[PATH_MAX] = "";

	if (!*path || path[strlen(path) - 1] == '/' || strlen(path) >= PATH_MAX)
		return fail(USAGE, "option -s %s: not a path of a socket; see: plasma-store-server --help",
			    path);
	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return fail(FAILED, "working directory: %s; give an absolute path",
			    strerror(errno));
	append_parts(result, here);
	append_parts(result, path);
	if (!*result || strlen(result) >= size)
		return fail(FAILED, "create %s: a socket's path has 1 to %zu bytes; choose a shorter one",
			    result, size - 1);
	strcpy(absolute, result);
	return OK;
}
