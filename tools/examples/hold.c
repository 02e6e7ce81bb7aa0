// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold NAME: gets an object by its name, reads every byte of it where it lies, and keeps
 * it until stdin ends. Several of these share one copy of the memory.
 */

#include <plasma.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint64_t sum(const struct plasma_buffer *buf)
{
	const uint8_t *bytes = buf->data;
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < buf->size; i++)
		total += bytes[i];
	return total;
}

int main(int argc, char **argv)
{
	struct plasma *store;
	struct plasma_buffer buf;
	char byte;
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: hold NAME\n");
		return 2;
	}
	err = plasma_open(&store, NULL, PLASMA_OPEN_READ);
	if (!err)
		err = plasma_name_get(store, argv[1], &buf, -1);
	if (err) {
		fprintf(stderr, "hold: %s: %s\n", argv[1], strerror(-err));
		return 1;
	}
	printf("%zu bytes, sum %llu\n", buf.size, (unsigned long long)sum(&buf));
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	plasma_close(store);
	return 0;
}
