// SPDX-License-Identifier: GPL-2.0-only
/* A POSIX shared memory object for each key: no server, a name in /dev/shm. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "peer.h"

#define PREFIX "/plasma-bench-"

struct client {
	void *map;
	size_t size;
};

static int start(const char *dir, char *why, size_t why_size)
{
	(void)dir;
	if (!access("/dev/shm", W_OK))
		return 0;
	snprintf(why, why_size, "cannot write to /dev/shm");
	return -errno;
}

static void stop(void)
{
}

static int connect_client(void **client)
{
	*client = calloc(1, sizeof(struct client));
	return *client ? 0 : -ENOMEM;
}

static void disconnect(void *client)
{
	free(client);
}

static void name_of(char *name, const uint8_t *key)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	memcpy(name, PREFIX, strlen(PREFIX));
	name += strlen(PREFIX);
	for (i = 0; i < KEY_SIZE; i++) {
		*name++ = digits[key[i] >> 4];
		*name++ = digits[key[i] & 15];
	}
	*name = '\0';
}

static int map_all(int fd, size_t size, int prot, void **map)
{
	*map = mmap(NULL, size, prot, MAP_SHARED, fd, 0);
	return *map == MAP_FAILED ? -errno : 0;
}

static int put(void *client, const uint8_t *key, const void *data, size_t size)
{
	void *map = MAP_FAILED;
	char name[64];
	int fd, err;

	(void)client;
	name_of(name, key);
	fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
	if (fd < 0)
		return -errno;
	err = ftruncate(fd, (off_t)size) ? -errno : map_all(fd, size, PROT_READ | PROT_WRITE, &map);
	close(fd);
	if (err)
		return err;
	memcpy(map, data, size);
	munmap(map, size);
	return 0;
}

static int get(void *client, const uint8_t *key, const void **data, size_t *size)
{
	struct client *c = client;
	struct stat st;
	char name[64];
	int fd, err;

	name_of(name, key);
	fd = shm_open(name, O_RDONLY, 0);
	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : map_all(fd, (size_t)st.st_size, PROT_READ, &c->map);
	close(fd);
	if (err)
		return err;
	c->size = (size_t)st.st_size;
	*data = c->map;
	*size = c->size;
	return 0;
}

static int release(void *client, const uint8_t *key)
{
	struct client *c = client;

	(void)key;
	return munmap(c->map, c->size) ? -errno : 0;
}

static int remove_object(void *client, const uint8_t *key)
{
	char name[64];

	(void)client;
	name_of(name, key);
	return shm_unlink(name) ? -errno : 0;
}

const struct peer peer_shm = {
	.name = "shm",
	.start = start,
	.stop = stop,
	.connect = connect_client,
	.disconnect = disconnect,
	.put = put,
	.get = get,
	.release = release,
	.remove = remove_object,
};
