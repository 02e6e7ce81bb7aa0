// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The descriptors of a store that is a file. A program that is linked with
 * --wrap=open,open64,ioctl,close finds this where it opens /dev/plasma. The file is
 * $PLASMA_MOCK, which several processes may use in turn or at once; without that, one
 * that goes with the process. A client is a place in it; that of a process that died is
 * cleared by whoever comes next.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "mock.h"

#define DESCRIPTORS	256

enum kind { NOTHING, CLIENT, PENDING, SUBSCRIPTION };

/* What a descriptor is to this process. */
struct descriptor {
	enum kind kind;
	int client;
	int space;
	int fd;			/* the other end of it */
	uint8_t id[PLASMA_ID_SIZE];
};

struct mock_store *mock;
static struct descriptor descriptors[DESCRIPTORS];
static int backing = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

void mock_lock(void)
{
	if (pthread_mutex_lock(&mock->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&mock->lock);
}

void mock_unlock(void)
{
	pthread_mutex_unlock(&mock->lock);
}

char *mock_at(uint64_t offset)
{
	return (char *)mock + MOCK_STATE + offset;
}

/* A child has what its parent had. */
static void in_child(void)
{
	int i;

	mock_lock();
	for (i = 0; i < DESCRIPTORS; i++)
		if (descriptors[i].kind == CLIENT)
			mock->clients[descriptors[i].client].opens++;
	mock_unlock();
}

static void init_store(void)
{
	pthread_mutexattr_t attr;
	int i;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mock->lock, &attr);
	for (i = 0; i < MOCK_BUCKETS; i++)
		mock->buckets[i] = -1;
	mock->spaces[0] = (struct mock_space){
		.used = true, .mode = 0666, .creator = -1, .capacity = 64 << 20,
		.name_len = 7, .name = "default",
	};
	mock->ready = true;
}

static void attach(void)
{
	const char *path = getenv("PLASMA_MOCK");

	backing = path ? __real_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)
		       : memfd_create("mock", MFD_CLOEXEC);
	if (backing < 0 || ftruncate(backing, MOCK_STATE + MOCK_WINDOW))
		abort();
	mock = mmap(NULL, MOCK_STATE + MOCK_WINDOW, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, backing, 0);
	if (mock == MAP_FAILED)
		abort();
	if (!mock->ready)
		init_store();
	pthread_atfork(NULL, NULL, in_child);
}

/* What the kernel does at once. */
void mock_reap(void)
{
	int i;

	for (i = 0; i < MOCK_CLIENTS; i++)
		if (mock->clients[i].opens && kill(mock->clients[i].pid, 0) && errno == ESRCH)
			mock_end_client(i);
}

static int new_client(void)
{
	int i;

	mock_reap();
	for (i = 0; i < MOCK_CLIENTS && mock->clients[i].opens; i++)
		;
	if (i < MOCK_CLIENTS)
		mock->clients[i] = (struct mock_client){ .opens = 1, .pid = getpid() };
	return i;
}

static int open_client(void)
{
	char path[64];
	int fd, client;

	pthread_once(&once, attach);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", backing);
	fd = __real_open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fd >= DESCRIPTORS)
		abort();
	mock_lock();
	client = new_client();
	if (client == MOCK_CLIENTS)
		abort();
	descriptors[fd] = (struct descriptor){ .kind = CLIENT, .client = client };
	mock_unlock();
	return fd;
}

static int open_path(const char *path, int flags, mode_t mode)
{
	if (!strcmp(path, "/dev/plasma"))
		return open_client();
	return __real_open64(path, flags, mode);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_path(path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_path(path, flags, mode);
}

static bool is_ours(int fd)
{
	bool ours = false;

	if (!mock || fd < 0 || fd >= DESCRIPTORS)
		return false;
	mock_lock();
	ours = descriptors[fd].kind != NOTHING;
	mock_unlock();
	return ours;
}

int __wrap_close(int fd)
{
	struct descriptor *d = &descriptors[fd];

	if (is_ours(fd)) {
		mock_lock();
		if (d->kind == CLIENT && --mock->clients[d->client].opens == 0)
			mock_end_client(d->client);
		if (d->kind != CLIENT)
			__real_close(d->fd);
		*d = (struct descriptor){ 0 };
		mock_unlock();
	}
	return __real_close(fd);
}

int __wrap_ioctl(int fd, unsigned long cmd, ...)
{
	va_list args;
	void *arg;
	int err;

	va_start(args, cmd);
	arg = va_arg(args, void *);
	va_end(args);
	if (!is_ours(fd))
		return __real_ioctl(fd, cmd, arg);
	err = mock_ioctl(descriptors[fd].client, cmd, arg);
	if (!err)
		return 0;
	errno = -err;
	return -1;
}

/* From here to mock_pause() and on to mock_unblock() no signal goes unnoticed. */
void mock_block(sigset_t *before)
{
	sigset_t signals;

	sigfillset(&signals);
	sigdelset(&signals, SIGSEGV);
	sigdelset(&signals, SIGBUS);
	pthread_sigmask(SIG_BLOCK, &signals, before);
}

void mock_unblock(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/*
 * A millisecond, without the lock. -EINTR if a signal came whose handler does not ask for a
 * restart, after the handler has run, as with the ioctl.
 */
int mock_pause(const sigset_t *before)
{
	const struct timespec soon = { .tv_nsec = 1000000 };
	struct sigaction action;
	sigset_t signals;
	int sig;

	mock_unlock();
	pthread_sigmask(SIG_SETMASK, NULL, &signals);
	sig = sigtimedwait(&signals, NULL, &soon);
	if (sig > 0) {
		sigaction(sig, NULL, &action);
		mock_unblock(before);
		pthread_kill(pthread_self(), sig);
		mock_block(&signals);
	}
	mock_lock();
	return sig > 0 && !(action.sa_flags & SA_RESTART) ? -EINTR : 0;
}

int mock_pending(int space, const uint8_t *id)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct descriptor *d = &descriptors[fd];

	d->kind = PENDING;
	d->space = space;
	d->fd = dup(fd);
	memcpy(d->id, id, PLASMA_ID_SIZE);
	return fd;
}

int mock_subscription(int space)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		abort();
	descriptors[ends[0]] = (struct descriptor){
		.kind = SUBSCRIPTION, .space = space, .fd = ends[1],
	};
	return ends[0];
}

void mock_send(int fd, const struct plasma_event *event)
{
	if (write(descriptors[fd].fd, event, sizeof(*event)) < 0)
		abort();
}

static void end_subscription(struct descriptor *d)
{
	__real_close(d->fd);
	d->kind = NOTHING;
}

/* What is told is told to this process. */
void mock_tell(int space, uint32_t type, const struct mock_object *obj)
{
	struct plasma_event event = { .type = type, .serial = ++mock->serial, .time_ns = 1 };
	const uint64_t one = 1;
	int i;

	if (obj) {
		memcpy(event.id, obj->id, PLASMA_ID_SIZE);
		event.data_size = obj->data_size;
		event.metadata_size = obj->metadata_size;
	}
	for (i = 0; i < DESCRIPTORS; i++) {
		struct descriptor *d = &descriptors[i];

		if (d->kind < PENDING || d->space != space)
			continue;
		if (d->kind == SUBSCRIPTION) {
			mock_send(i, &event);
			if (type == PLASMA_EVENT_REMOVED)
				end_subscription(d);
		} else if (type == PLASMA_EVENT_SEAL && obj &&
			   !memcmp(d->id, obj->id, PLASMA_ID_SIZE) &&
			   write(d->fd, &one, sizeof(one)) < 0) {
			abort();
		}
	}
}
