// SPDX-License-Identifier: GPL-2.0-only
/* Redis over a Unix socket, by hiredis. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

#ifdef HAVE_HIREDIS
#include <hiredis/hiredis.h>

static char path[256];
static pid_t server;

struct client {
	redisContext *redis;
	redisReply *held;
};

static int start(const char *dir, char *why, size_t why_size)
{
	const char *const command[] = { "redis-server", "--port", "0", "--unixsocket", path,
					"--save", "", "--appendonly", "no", "--dir", dir, NULL };
	int err;

	snprintf(path, sizeof(path), "%s/redis", dir);
	/*
	 * The server is one program with the tools, and goes by its name. Debian's package of
	 * the tools has it too, and does not start a service for the whole machine.
	 */
	server = server_start("redis-check-rdb", command);
	err = server_wait(server, path);
	if (err)
		snprintf(why, why_size, "redis-server does not start; are redis-tools installed?");
	return err;
}

static void stop(void)
{
	server_stop(server);
}

static void disconnect(void *client)
{
	struct client *c = client;

	if (c->redis)
		redisFree(c->redis);
	free(c);
}

static int connect_client(void **client)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->redis = redisConnectUnix(path);
	if (!c->redis || c->redis->err) {
		disconnect(c);
		return -ECONNREFUSED;
	}
	*client = c;
	return 0;
}

/* Takes the answer's kind, and the answer itself unless somebody wants it. */
static int settle(redisReply *reply, int type, redisReply **answer)
{
	int err = 0;

	if (!reply)
		return -EIO;
	if (reply->type == REDIS_REPLY_NIL)
		err = -ENOENT;
	else if (reply->type != type)
		err = -EPROTO;
	if (err || !answer)
		freeReplyObject(reply);
	else
		*answer = reply;
	return err;
}

static int put(void *client, const uint8_t *key, const void *data, size_t size)
{
	struct client *c = client;

	return settle(redisCommand(c->redis, "SET %b %b", key, (size_t)KEY_SIZE, data, size),
		      REDIS_REPLY_STATUS, NULL);
}

static int get(void *client, const uint8_t *key, const void **data, size_t *size)
{
	struct client *c = client;
	int err = settle(redisCommand(c->redis, "GET %b", key, (size_t)KEY_SIZE),
			 REDIS_REPLY_STRING, &c->held);

	if (err)
		return err;
	*data = c->held->str;
	*size = c->held->len;
	return 0;
}

static int release(void *client, const uint8_t *key)
{
	struct client *c = client;

	(void)key;
	freeReplyObject(c->held);
	return 0;
}

static int remove_object(void *client, const uint8_t *key)
{
	struct client *c = client;

	return settle(redisCommand(c->redis, "DEL %b", key, (size_t)KEY_SIZE),
		      REDIS_REPLY_INTEGER, NULL);
}

const struct peer peer_redis = {
	.name = "redis",
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
	snprintf(why, why_size, "libhiredis-dev was not installed at build time");
	return -ENOENT;
}

const struct peer peer_redis = { .name = "redis", .start = start };
#endif
