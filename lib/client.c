// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* A handle, and the client of the store behind it: one per process. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "clock.h"
#include "internal.h"

#define DEVICE		"/dev/plasma"
#define OPEN_FLAGS	(OPEN_ACCESS | PLASMA_OPEN_STORE | PLASMA_OPEN_NO_INDEX)
#define OPEN_ACCESS	(PLASMA_OPEN_READ | PLASMA_OPEN_WRITE)

static int map(const struct client *c, size_t size, int prot, uint64_t offset, char **base)
{
	void *map = mmap(NULL, size, prot, MAP_SHARED | MAP_NORESERVE, c->fd, (off_t)offset);

	if (map == MAP_FAILED)
		return -errno;
	*base = map;
	return 0;
}

static int map_window(const struct client *c, int prot, uint64_t offset, char **base)
{
	return map(c, c->view.window_size, prot, offset, base);
}

/* Without the index everything works as well, by system calls. */
static void map_index(struct client *c, const struct plasma_ns_open *arg)
{
	const struct plasma_index_header *header;
	char *index = NULL, *pins = NULL;

	if (!CLOCK_SHARED || !arg->out_index_size || arg->out_index_size > SIZE_MAX ||
	    map(c, arg->out_index_size, PROT_READ, arg->out_index_offset, &index))
		return;
	header = (const void *)index;
	if (!header || header->magic != PLASMA_INDEX_MAGIC ||
	    header->clock != PLASMA_CLOCK_CYCLES ||
	    header->entry_size != sizeof(struct plasma_index_entry) ||
	    map(c, arg->out_pins_size, PROT_READ | PROT_WRITE, arg->out_pins_offset, &pins)) {
		munmap(index, arg->out_index_size);
		return;
	}
	c->view.index = header;
	c->view.buckets = (const void *)(index + header->buckets_offset);
	c->view.entries = (const struct plasma_index_entry *)(index + header->entries_offset) - 1;
	c->view.seed = header->seed;
	c->index_size = arg->out_index_size;
	c->view.pins = (void *)pins;
	c->pins_size = arg->out_pins_size;
}

static int open_device(struct client *c)
{
	c->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (c->fd >= 0)
		return 0;
	/* -ENOENT is for namespaces. */
	return errno == ENOENT || errno == ENXIO ? -ENODEV : -errno;
}

static int open_store(struct client *c)
{
	struct plasma_query query = { 0 };
	int err = client_ioctl(c, PLASMA_IOC_QUERY, &query);

	if (err)
		return err;
	c->view.window_size = (size_t)query.out_window_size;
	if (c->view.window_size != query.out_window_size)
		return -ENOMEM;
	c->batch_max = query.out_batch_max ? query.out_batch_max : 1;
	return 0;
}

static int open_namespace(struct client *c, const struct plasma *p)
{
	struct plasma_ns_open arg = {
		.name_ptr = user_pointer(p->name),
		.name_len = p->name_len,
		.flags = p->flags & OPEN_ACCESS,
	};
	char *base = NULL;
	int err;

	err = client_ioctl(c, PLASMA_IOC_NS_OPEN, &arg);
	if (err)
		return err;
	if (arg.out_access & PLASMA_ACCESS_READ) {
		err = map_window(c, PROT_READ, arg.out_read_offset, &base);
		if (err)
			return err;
	}
	c->ns = arg.out_ns;
	c->access = arg.out_access;
	c->view.read = base;
	c->write_offset = arg.out_write_offset;
	c->has_ns = true;
	if (c->view.read && !(p->flags & PLASMA_OPEN_NO_INDEX))
		map_index(c, &arg);
	return 0;
}

/* A child of fork() does not have these; something else may be in their place. */
static void unmap_own(struct client *c)
{
	char *write = atomic_load(&c->write);

	if (write)
		munmap(write, c->view.window_size);
	if (c->view.pins) {
		munmap(c->view.pins, c->pins_size);
		munmap((void *)c->view.index, c->index_size);
	}
}

static void client_close(struct client *c)
{
	if (c->view.read)
		munmap((void *)c->view.read, c->view.window_size);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

static int client_open(const struct plasma *p, struct client **client)
{
	struct client *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	err = open_device(c);
	if (!err)
		err = open_store(c);
	if (!err && !(p->flags & PLASMA_OPEN_STORE))
		err = open_namespace(c, p);
	if (err) {
		unmap_own(c);
		client_close(c);
		return err;
	}
	*client = c;
	return 0;
}

/* Other threads may be looking: the pins, by which they know that all is there, come last. */
static void client_publish(struct plasma *p, struct client *c)
{
	struct view *view = &p->here->view;

	c->inherited = p->client;
	p->client = c;
	atomic_store_explicit(&p->here->client, c, memory_order_release);
	view->index = c->view.index;
	view->buckets = c->view.buckets;
	view->entries = c->view.entries;
	view->seed = c->view.seed;
	view->read = c->view.read;
	view->window_size = c->view.window_size;
	__atomic_store_n(&view->pins, c->view.pins, __ATOMIC_RELEASE);
}

int client_connect(struct plasma *p, struct client **client)
{
	struct client *c;
	int err = 0;

	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): it thinks errno may be 0 */
	pthread_mutex_lock(&p->here->lock);
	c = atomic_load_explicit(&p->here->client, memory_order_relaxed);
	if (!c) {
		err = client_open(p, &c);
		if (!err)
			client_publish(p, c);
	}
	pthread_mutex_unlock(&p->here->lock);
	*client = c;
	return err;
}

int client_map_write(struct plasma *p, struct client *c, char **base)
{
	int err = 0;

	*base = atomic_load_explicit(&c->write, memory_order_acquire);
	if (*base)
		return 0;
	pthread_mutex_lock(&p->here->lock);
	*base = atomic_load_explicit(&c->write, memory_order_relaxed);
	if (!*base) {
		err = map_window(c, PROT_READ | PROT_WRITE, c->write_offset, base);
		if (!err)
			atomic_store_explicit(&c->write, *base, memory_order_release);
	}
	pthread_mutex_unlock(&p->here->lock);
	return err;
}

static int state_alloc(struct process_state **state)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (page == MAP_FAILED)
		return -errno;
	if (madvise(page, size, MADV_WIPEONFORK)) {
		err = -errno;
		munmap(page, size);
		return err;
	}
	*state = page;
	return 0;
}

static void state_free(struct process_state *state)
{
	munmap(state, (size_t)sysconf(_SC_PAGESIZE));
}

static int handle_alloc(struct plasma **handle, const char *ns, uint32_t flags)
{
	struct plasma *p;
	size_t len;
	int err;

	ns = ns ? ns : "default";
	len = strlen(ns);
	if (flags & ~OPEN_FLAGS)
		return -EINVAL;
	if (len == 0)
		return -EINVAL;
	if (len > PLASMA_NAME_MAX)
		return -ENAMETOOLONG;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	memcpy(p->name, ns, len);
	p->name_len = (uint32_t)len;
	p->flags = flags;
	err = state_alloc(&p->here);
	if (err) {
		free(p);
		return err;
	}
	*handle = p;
	return 0;
}

int plasma_open(struct plasma **handle, const char *ns, uint32_t flags)
{
	struct client *c;
	struct plasma *p;
	int err;

	err = handle_alloc(&p, ns, flags);
	if (err)
		return err;
	err = client_connect(p, &c);
	if (err) {
		plasma_close(p);
		return err;
	}
	*handle = p;
	return 0;
}

void plasma_close(struct plasma *p)
{
	struct client *c, *next;

	if (!p)
		return;
	if (p->client && atomic_load(&p->here->client))
		unmap_own(p->client);
	for (c = p->client; c; c = next) {
		next = c->inherited;
		client_close(c);
	}
	state_free(p->here);
	free(p);
}

int plasma_access(struct plasma *p)
{
	struct client *c;
	int err = client_get_ns(p, &c);

	return err ? err : (int)c->access;
}

int plasma_query(struct plasma *p, struct plasma_query *query, size_t size)
{
	struct client *c;
	int err;

	if (size < PLASMA_QUERY_SIZE_VER0 || size > _IOC_SIZEMASK)
		return -EINVAL;
	err = client_get(p, &c);
	if (err)
		return err;
	memset(query, 0, size);
	return client_ioctl(c, _IOC(_IOC_READ | _IOC_WRITE, PLASMA_IOC_MAGIC,
				    PLASMA_NR_QUERY, size), query);
}

const char *plasma_version(void)
{
	return PLASMA_VERSION;
}
