// SPDX-License-Identifier: GPL-2.0-only
/* The store itself, in the shape of the others. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "peer.h"

/* That of the whole run; its clients come and go. */
static struct store store;

struct client {
	struct plasma *p;
	struct raw raw;
	struct plasma_buffer held;
};

static int start(const char *dir, char *why, size_t why_size)
{
	(void)dir;
	(void)why;
	(void)why_size;
	return store.p ? 0 : store_open(&store);
}

static void stop(void)
{
	store_close(&store);
}

static void disconnect(void *client)
{
	struct client *c = client;

	raw_close(&c->raw);
	plasma_close(c->p);
	free(c);
}

static int connect_client(void **client)
{
	struct client *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->raw.fd = -1;
	err = plasma_open(&c->p, store.name, 0);
	if (!err)
		err = raw_open(&c->raw, store.name);
	if (err)
		disconnect(c);
	else
		*client = c;
	return err;
}

static void id_of(struct plasma_id *id, const uint8_t *key)
{
	memcpy(id->bytes, key, PLASMA_ID_SIZE);
}

static int put(void *client, const uint8_t *key, const void *data, size_t size)
{
	struct client *c = client;
	struct plasma_id id;

	id_of(&id, key);
	return plasma_put(c->p, &id, data, size, NULL, 0, 0);
}

static int get(void *client, const uint8_t *key, const void **data, size_t *size)
{
	struct client *c = client;
	struct plasma_id id;
	int err;

	id_of(&id, key);
	err = plasma_get(c->p, &id, &c->held, 0);
	*data = c->held.data;
	*size = c->held.size;
	return err;
}

static int release(void *client, const uint8_t *key)
{
	struct client *c = client;

	(void)key;
	return plasma_release_buffer(c->p, &c->held);
}

static int remove_object(void *client, const uint8_t *key)
{
	struct client *c = client;
	struct plasma_id id;

	id_of(&id, key);
	return plasma_delete(c->p, &id, 0);
}

const struct peer peer_plasma = {
	.name = SUBJECT,
	.quick = 1,
	.start = start,
	.stop = stop,
	.connect = connect_client,
	.disconnect = disconnect,
	.put = put,
	.get = get,
	.release = release,
	.remove = remove_object,
};

/* Where the bytes are is not looked for: the raw client has no window. */
static int get_ioctl(void *client, const uint8_t *key, const void **data, size_t *size)
{
	struct client *c = client;
	struct plasma_get_entry entry = { 0 };
	int err;

	memcpy(entry.id, key, PLASMA_ID_SIZE);
	err = raw_get(&c->raw, &entry, 1);
	*data = NULL;
	*size = entry.data_size;
	return err;
}

static int release_ioctl(void *client, const uint8_t *key)
{
	struct client *c = client;
	struct plasma_id_entry entry;

	memcpy(entry.id, key, PLASMA_ID_SIZE);
	return raw_release(&c->raw, &entry, 1);
}

const struct peer peer_ioctl = {
	.name = "plasma-ioctl",
	.get_only = 1,
	.quick = 1,
	.start = start,
	.stop = stop,
	.connect = connect_client,
	.disconnect = disconnect,
	.put = put,
	.get = get_ioctl,
	.release = release_ioctl,
	.remove = remove_object,
};
