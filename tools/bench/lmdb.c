// SPDX-License-Identifier: GPL-2.0-only
/* LMDB: a database in a file that all processes map; here it is in /dev/shm. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

#ifdef HAVE_LMDB
#include <lmdb.h>

static char path[256];

struct client {
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *reader;
};

static int error(int err)
{
	if (err == MDB_NOTFOUND)
		return -ENOENT;
	if (err == MDB_MAP_FULL)
		return -ENOSPC;
	return err < 0 ? -EIO : -err;
}

static int start(const char *dir, char *why, size_t why_size)
{
	(void)why;
	(void)why_size;
	snprintf(path, sizeof(path), "%s/lmdb", dir);
	return 0;
}

static void stop(void)
{
}

static void disconnect(void *client)
{
	struct client *c = client;

	if (c->reader)
		mdb_txn_abort(c->reader);
	mdb_env_close(c->env);
	free(c);
}

static int open_database(struct client *c)
{
	MDB_txn *txn;
	int err = mdb_txn_begin(c->env, NULL, 0, &txn);

	if (err)
		return err;
	err = mdb_dbi_open(txn, NULL, 0, &c->dbi);
	if (!err)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return err;
}

/* The quickest that it has: nothing is written to a disk, and the map is written to. */
static int connect_client(void **client)
{
	struct client *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	err = mdb_env_create(&c->env);
	if (err) {
		free(c);
		return error(err);
	}
	err = mdb_env_set_mapsize(c->env, PEER_CAPACITY);
	if (!err)
		err = mdb_env_open(c->env, path, MDB_NOSUBDIR | MDB_NOSYNC | MDB_WRITEMAP, 0600);
	if (!err)
		err = open_database(c);
	if (!err)
		err = mdb_txn_begin(c->env, NULL, MDB_RDONLY, &c->reader);
	if (err) {
		disconnect(c);
		return error(err);
	}
	mdb_txn_reset(c->reader);
	*client = c;
	return 0;
}

static int put(void *client, const uint8_t *key, const void *data, size_t size)
{
	struct client *c = client;
	MDB_val k = { KEY_SIZE, (void *)key }, value = { size, NULL };
	MDB_txn *txn;
	int err = mdb_txn_begin(c->env, NULL, 0, &txn);

	if (err)
		return error(err);
	err = mdb_put(txn, c->dbi, &k, &value, MDB_NOOVERWRITE | MDB_RESERVE);
	if (err) {
		mdb_txn_abort(txn);
		return error(err);
	}
	memcpy(value.mv_data, data, size);
	return error(mdb_txn_commit(txn));
}

static int get(void *client, const uint8_t *key, const void **data, size_t *size)
{
	struct client *c = client;
	MDB_val k = { KEY_SIZE, (void *)key }, value;
	int err = mdb_txn_renew(c->reader);

	if (err)
		return error(err);
	err = mdb_get(c->reader, c->dbi, &k, &value);
	if (err) {
		mdb_txn_reset(c->reader);
		return error(err);
	}
	*data = value.mv_data;
	*size = value.mv_size;
	return 0;
}

static int release(void *client, const uint8_t *key)
{
	struct client *c = client;

	(void)key;
	mdb_txn_reset(c->reader);
	return 0;
}

static int remove_object(void *client, const uint8_t *key)
{
	struct client *c = client;
	MDB_val k = { KEY_SIZE, (void *)key };
	MDB_txn *txn;
	int err = mdb_txn_begin(c->env, NULL, 0, &txn);

	if (err)
		return error(err);
	err = mdb_del(txn, c->dbi, &k, NULL);
	if (!err)
		return error(mdb_txn_commit(txn));
	mdb_txn_abort(txn);
	return error(err);
}

const struct peer peer_lmdb = {
	.name = "lmdb",
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
#else
static int start(const char *dir, char *why, size_t why_size)
{
	(void)dir;
	snprintf(why, why_size, "liblmdb-dev was not installed at build time");
	return -ENOENT;
}

const struct peer peer_lmdb = { .name = "lmdb", .start = start };
#endif
