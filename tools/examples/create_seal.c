// SPDX-License-Identifier: GPL-2.0-only
/* Writes an object in place, with no copy, while a child process waits for it. */

#include <plasma.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE (64UL << 20)

/* The handle of the parent serves here too, as a client of its own. */
static int reader(struct plasma *store, const struct plasma_id *id)
{
	struct plasma_buffer buf;
	int err = plasma_get(store, id, &buf, -1);
	const char *text = buf.data;

	if (err)
		return 1;
	printf("%zu bytes, %c to %c\n", buf.size, text[0], text[SIZE - 1]);
	fflush(stdout);
	plasma_close(store);
	return 0;
}

static int writer(struct plasma *store, const struct plasma_id *id)
{
	void *data;

	if (plasma_create(store, id, SIZE, NULL, 0, 0, &data))
		return 1;
	memset(data, 'a', SIZE / 2);
	memset((char *)data + SIZE / 2, 'z', SIZE / 2);
	/* From now on nobody can change it. */
	return plasma_seal(store, id, PLASMA_SEAL_RELEASE) ? 1 : 0;
}

int main(void)
{
	struct plasma *store;
	struct plasma_id id;
	int failed, status = 1;
	pid_t child;

	if (plasma_open(&store, NULL, 0) || plasma_id_random(&id))
		return 1;
	child = fork();
	if (child < 0)
		return 1;
	if (child == 0)
		_exit(reader(store, &id));
	failed = writer(store, &id);
	waitpid(child, &status, 0);
	plasma_delete(store, &id, 0);
	plasma_close(store);
	return failed || status;
}
