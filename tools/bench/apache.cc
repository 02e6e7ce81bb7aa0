// SPDX-License-Identifier: GPL-2.0-only
/*
 * Apache Plasma 11: the store and the client library in the Python package pyarrow 11.0.0.
 * A shared object of its own, so that plasma-bench runs without it.
 */

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>
#include <arrow/buffer.h>
#include <plasma/client.h>
#include "peer.h"

namespace {

std::string path;
pid_t server;

struct Client {
	plasma::PlasmaClient plasma;
	plasma::ObjectBuffer held;
};

int start(const char *dir, char *why, size_t why_size)
{
	const std::string bytes = std::to_string(PEER_CAPACITY);

	path = std::string(dir) + "/apache";
	if (server > 0)
		return 0;
	const char *const command[] = { PYARROW "/plasma-store-server", "-m", bytes.c_str(),
					"-s", path.c_str(), nullptr };
	server = server_start(command[0], command);
	int err = server_wait(server, path.c_str());
	if (err) {
		snprintf(why, why_size, "plasma-store-server of pyarrow does not start");
		server = 0;
	}
	return err;
}

void stop()
{
	server_stop(server);
	server = 0;
}

plasma::ObjectID id_of(const uint8_t *key)
{
	plasma::ObjectID id;

	memcpy(id.mutable_data(), key, KEY_SIZE);
	return id;
}

int error(const arrow::Status &status)
{
	if (status.ok())
		return 0;
	if (status.IsKeyError())
		return -ENOENT;
	return status.IsOutOfMemory() ? -ENOSPC : -EIO;
}

int connect_client(void **client)
{
	auto c = std::make_unique<Client>();
	int err = error(c->plasma.Connect(path));

	if (!err)
		*client = c.release();
	return err;
}

void disconnect(void *client)
{
	auto c = static_cast<Client *>(client);

	error(c->plasma.Disconnect());
	delete c;
}

/* As its documentation does it, and its own Python client. */
int put(void *client, const uint8_t *key, const void *data, size_t size)
{
	auto &plasma = static_cast<Client *>(client)->plasma;
	auto id = id_of(key);
	std::shared_ptr<arrow::Buffer> buffer;
	auto status = plasma.Create(id, static_cast<int64_t>(size), nullptr, 0, &buffer);

	if (!status.ok())
		return error(status);
	memcpy(buffer->mutable_data(), data, size);
	status = plasma.Seal(id);
	return error(status.ok() ? plasma.Release(id) : status);
}

/* By one message, which contains the data. */
int put_atomic(void *client, const uint8_t *key, const void *data, size_t size)
{
	auto &plasma = static_cast<Client *>(client)->plasma;

	return error(plasma.CreateAndSeal(id_of(key),
					  std::string(static_cast<const char *>(data), size), ""));
}

int get(void *client, const uint8_t *key, const void **data, size_t *size)
{
	auto c = static_cast<Client *>(client);
	auto id = id_of(key);
	int err = error(c->plasma.Get(&id, 1, 0, &c->held));

	if (err)
		return err;
	if (!c->held.data)
		return -ENOENT;
	*data = c->held.data->data();
	*size = static_cast<size_t>(c->held.data->size());
	return 0;
}

int release(void *client, const uint8_t *key)
{
	auto c = static_cast<Client *>(client);

	c->held.data.reset();
	c->held.metadata.reset();
	return error(c->plasma.Release(id_of(key)));
}

int remove_object(void *client, const uint8_t *key)
{
	return error(static_cast<Client *>(client)->plasma.Delete(id_of(key)));
}

peer make(const char *name, decltype(peer::put) put_function)
{
	peer p = {};

	p.name = name;
	p.start = start;
	p.stop = stop;
	p.connect = connect_client;
	p.disconnect = disconnect;
	p.put = put_function;
	p.get = get;
	p.release = release;
	p.remove = remove_object;
	return p;
}

}

extern "C" {
__attribute__((visibility("default"))) extern const peer peer_apache = make("apache-plasma", put);
__attribute__((visibility("default"))) extern const peer peer_apache_atomic =
	make("apache-atomic", put_atomic);
}
