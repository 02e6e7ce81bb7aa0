/* SPDX-License-Identifier: GPL-2.0-only */
/* Other ways to share data between processes, made to look alike. C and C++. */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes in a key, as in an object's id. */
#define KEY_SIZE 20

/* Most bytes that are stored at a time by all clients. */
#define PEER_CAPACITY ((size_t)256 << 20)

/**
 * struct peer - something that stores objects
 * @name: as a subject in the table
 * @get_only: all but its gets is the same as of another
 * @quick: an operation is much less than two context switches
 * @start: before all clients: finds or starts what clients connect to, below directory @dir.
 *	On failure writes the reason to @why
 * @stop: after all clients
 * @connect: a client of this process
 * @disconnect: its end
 * @put: makes an object that every client sees when it returns
 * @get: finds an object and makes its bytes accessible until @release
 * @release: ends the last get
 * @remove: removes an object that nobody has got
 *
 * Functions return 0 or a negative errno.
 */
struct peer {
	const char *name;
	int get_only;
	int quick;
	int (*start)(const char *dir, char *why, size_t why_size);
	void (*stop)(void);
	int (*connect)(void **client);
	void (*disconnect)(void *client);
	int (*put)(void *client, const uint8_t *key, const void *data, size_t size);
	int (*get)(void *client, const uint8_t *key, const void **data, size_t *size);
	int (*release)(void *client, const uint8_t *key);
	int (*remove)(void *client, const uint8_t *key);
};

extern const struct peer peer_plasma, peer_ioctl, peer_shm, peer_memfd, peer_redis, peer_lmdb;
/* Looked up in plasma-bench-apache.so, which may not be there. */
extern const struct peer peer_apache, peer_apache_atomic;

/* Starts a program that goes with this process, with what it prints thrown away. */
pid_t server_start(const char *program, const char *const *command);
void server_stop(pid_t pid);
/* Waits until a socket is there; -ECHILD: the server ended. */
int server_wait(pid_t pid, const char *socket);

#ifdef __cplusplus
}
#endif

#endif
