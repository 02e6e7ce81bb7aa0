// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "common.h"

/* How long anything may take that must come, but not at once. */
#define PATIENCE_MS	120000

void complain(const char *file, int line, const char *what, long long want,
	      long long have)
{
	fprintf(stderr, "# %s:%d: pid %d: expected %s to be %lld, not %lld\n",
		file, line, getpid(), what, want, have);
}

static __u64 scramble(__u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

struct id id_of(__u64 number)
{
	__u64 word[3] = { scramble(number + 1), scramble(number + 77), number };
	struct id id;

	memcpy(id.byte, word, sizeof(id.byte));
	return id;
}

struct id id_text(const char *text)
{
	size_t len = strlen(text);
	struct id id = {};

	memcpy(id.byte, text, len < sizeof(id.byte) ? len : sizeof(id.byte));
	return id;
}

bool id_equal(const __u8 *a, const struct id *b)
{
	return !memcmp(a, b->byte, sizeof(b->byte));
}

static __u64 to_u64(const void *pointer)
{
	return (unsigned long)pointer;
}

int plasma_ioctl(int fd, unsigned long command, void *arg)
{
	int ret = ioctl(fd, command, arg);

	return ret < 0 ? -errno : ret;
}

int device_open(void)
{
	int fd = open("/dev/plasma", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int query(int fd, struct plasma_query *answer)
{
	memset(answer, POISON, sizeof(*answer));
	answer->flags = 0;
	return plasma_ioctl(fd, PLASMA_IOC_QUERY, answer);
}

__u64 window_size(void)
{
	static __u64 size;
	struct plasma_query answer;
	int fd;

	if (size)
		return size;
	fd = device_open();
	if (fd < 0)
		return 0;
	if (!query(fd, &answer))
		size = answer.out_window_size;
	close(fd);
	return size;
}

/* All of a window, or what has room in a 32-bit process: objects lie at its beginning. */
static size_t mapped_size(void)
{
	return sizeof(void *) < 8 ? 256 * MIB : window_size();
}

int client_map(struct client *c)
{
	if (c->access & PLASMA_ACCESS_READ) {
		c->read = mmap(NULL, mapped_size(), PROT_READ, MAP_SHARED, c->fd,
			       c->read_offset);
		if (c->read == MAP_FAILED)
			return -errno;
	}
	if (c->access & PLASMA_ACCESS_WRITE) {
		c->write = mmap(NULL, mapped_size(), PROT_READ | PROT_WRITE,
				MAP_SHARED, c->fd, c->write_offset);
		if (c->write == MAP_FAILED)
			return -errno;
	}
	return 0;
}

void client_unmap_write(struct client *c)
{
	if (c->write)
		munmap(c->write, mapped_size());
	c->write = NULL;
}

void client_unmap(struct client *c)
{
	if (c->read)
		munmap(c->read, mapped_size());
	c->read = NULL;
	client_unmap_write(c);
}

void client_close(struct client *c)
{
	client_unmap(c);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* A namespace of a name nobody else has, which goes with the client. */
int client_create_as(struct client *c, const struct plasma_ns_create *how)
{
	static unsigned int number;
	struct plasma_ns_create create = *how;
	int ret;

	memset(c, 0, sizeof(*c));
	c->fd = device_open();
	if (c->fd < 0)
		return c->fd;
	snprintf(c->name, sizeof(c->name), "test %d.%u", getpid(), ++number);

	create.name_ptr = to_u64(c->name);
	create.name_len = strlen(c->name);
	create.flags |= PLASMA_NS_EPHEMERAL;
	create.out_ns = 0xcccccccc;
	ret = plasma_ioctl(c->fd, PLASMA_IOC_NS_CREATE, &create);
	if (ret)
		return ret;
	c->ns = create.out_ns;
	c->access = PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE;
	c->read_offset = create.out_read_offset;
	c->write_offset = create.out_write_offset;
	return client_map(c);
}

int client_create(struct client *c, __u64 capacity)
{
	return client_create_as(c, &(struct plasma_ns_create){
		.mode = 0600, .capacity = capacity });
}

int client_open(struct client *c, const char *name, __u32 access)
{
	struct plasma_ns_open open;
	int ret;

	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->fd = device_open();
	if (c->fd < 0)
		return c->fd;
	ret = ns_open(c->fd, name, access, &open);
	if (ret)
		return ret;
	c->ns = open.out_ns;
	c->access = open.out_access;
	c->read_offset = open.out_read_offset;
	c->write_offset = open.out_write_offset;
	return client_map(c);
}

int client_join(struct client *c, const struct client *other)
{
	char name[sizeof(c->name)];

	memcpy(name, other->name, sizeof(name));
	return client_open(c, name, PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE);
}

/* The handle of the new namespace, or a negative errno. */
int ns_create(int fd, const char *name, __u32 flags, __u32 mode, __u64 capacity)
{
	struct plasma_ns_create create = {
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
		.flags = flags,
		.mode = mode,
		.capacity = capacity,
		.out_ns = 0x4ccccccc,
	};
	int ret = plasma_ioctl(fd, PLASMA_IOC_NS_CREATE, &create);

	return ret ? ret : (int)create.out_ns;
}

int ns_create_len(int fd, const void *name, size_t len)
{
	struct plasma_ns_create create = {
		.name_ptr = to_u64(name),
		.name_len = len,
		.flags = PLASMA_NS_EPHEMERAL,
		.mode = 0600,
	};

	return plasma_ioctl(fd, PLASMA_IOC_NS_CREATE, &create);
}

int ns_open(int fd, const char *name, __u32 access, struct plasma_ns_open *answer)
{
	memset(answer, POISON, sizeof(*answer));
	answer->name_ptr = to_u64(name);
	answer->name_len = strlen(name);
	answer->flags = access;
	return plasma_ioctl(fd, PLASMA_IOC_NS_OPEN, answer);
}

int ns_remove(int fd, const char *name, __u32 flags)
{
	struct plasma_ns_remove remove = {
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
		.flags = flags,
	};

	return plasma_ioctl(fd, PLASMA_IOC_NS_REMOVE, &remove);
}

int ns_stat(int fd, const char *name, struct plasma_ns_info *info)
{
	struct plasma_ns_stat stat = {
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
		.info_ptr = to_u64(info),
		.info_size = sizeof(*info),
	};

	memset(info, POISON, sizeof(*info));
	return plasma_ioctl(fd, PLASMA_IOC_NS_STAT, &stat);
}

int ns_set(int fd, const char *name, struct plasma_ns_set *change)
{
	change->name_ptr = to_u64(name);
	change->name_len = strlen(name);
	return plasma_ioctl(fd, PLASMA_IOC_NS_SET, change);
}

int ns_set_capacity(const struct client *c, __u64 capacity)
{
	return ns_set(c->fd, c->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY, .capacity = capacity });
}

struct plasma_ns_info ns_info(const struct client *c)
{
	struct plasma_ns_info info;
	int ret = ns_stat(c->fd, c->name, &info);

	if (ret) {
		complain(__FILE__, __LINE__, "NS_STAT", 0, ret);
		memset(&info, POISON, sizeof(info));
	}
	return info;
}

int object_create_with(const struct client *c, struct id id, const struct blob *blob,
		       __u32 flags, __u64 *offset)
{
	struct plasma_create create = {
		.ns = c->ns,
		.flags = flags,
		.data_size = blob->size,
		.metadata_size = blob->metadata_size,
		.metadata_ptr = to_u64(blob->metadata),
		.out_offset = ALL,
		.name_ptr = to_u64(blob->name),
		.name_len = blob->name ? strlen(blob->name) : 0,
	};
	int ret;

	memcpy(create.id, id.byte, sizeof(create.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_CREATE, &create);
	if (!ret && offset)
		*offset = create.out_offset;
	return ret;
}

int object_create(const struct client *c, struct id id, __u64 size, __u64 *offset)
{
	return object_create_with(c, id, &(struct blob){ .size = size }, 0, offset);
}

int object_resize(const struct client *c, struct id id, __u64 size, __u64 *offset)
{
	struct plasma_resize resize = {
		.ns = c->ns,
		.data_size = size,
		.out_offset = ALL,
	};
	int ret;

	memcpy(resize.id, id.byte, sizeof(resize.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_RESIZE, &resize);
	if (!ret && offset)
		*offset = resize.out_offset;
	return ret;
}

int object_seal(const struct client *c, struct id id, __u32 flags)
{
	struct plasma_seal seal = { .ns = c->ns, .flags = flags };

	memcpy(seal.id, id.byte, sizeof(seal.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_SEAL, &seal);
}

int object_seal_named(const struct client *c, struct id id, __u32 flags,
		      const char *name)
{
	struct plasma_seal seal = {
		.ns = c->ns,
		.flags = flags,
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
	};

	memcpy(seal.id, id.byte, sizeof(seal.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_SEAL, &seal);
}

int object_abort(const struct client *c, struct id id)
{
	struct plasma_abort abort = { .ns = c->ns };

	memcpy(abort.id, id.byte, sizeof(abort.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_ABORT, &abort);
}

int object_put_with(const struct client *c, struct id id, const struct blob *blob,
		    __u32 flags, __u64 *offset)
{
	struct plasma_put put = {
		.ns = c->ns,
		.flags = flags,
		.data_ptr = to_u64(blob->data),
		.data_size = blob->size,
		.metadata_ptr = to_u64(blob->metadata),
		.metadata_size = blob->metadata_size,
		.out_offset = ALL,
		.name_ptr = to_u64(blob->name),
		.name_len = blob->name ? strlen(blob->name) : 0,
	};
	int ret;

	memcpy(put.id, id.byte, sizeof(put.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_PUT, &put);
	if (!ret && offset)
		*offset = put.out_offset;
	return ret;
}

int object_put(const struct client *c, struct id id, const void *data, __u64 size)
{
	return object_put_with(c, id, &(struct blob){ .data = data, .size = size }, 0,
			       NULL);
}

/* The number of entries that are ready, or a negative errno. */
int object_get_some(const struct client *c, struct plasma_get_entry *entries,
		    __u32 count, __u32 min_ready, __u32 flags, __u64 deadline)
{
	struct plasma_get get = {
		.ns = c->ns,
		.flags = flags,
		.count = count,
		.entry_size = sizeof(*entries),
		.entries_ptr = to_u64(entries),
		.deadline_ns = deadline,
		.out_ready = 0x4ccccccc,
		.min_ready = min_ready,
	};
	int ret = plasma_ioctl(c->fd, PLASMA_IOC_GET, &get);

	return ret ? ret : (int)get.out_ready;
}

int object_get_many(const struct client *c, struct plasma_get_entry *entries,
		    __u32 count, __u64 deadline)
{
	return object_get_some(c, entries, count, 0, 0, deadline);
}

int object_get(const struct client *c, struct id id, __u64 deadline,
	       struct plasma_get_entry *entry)
{
	int ret;

	memset(entry, POISON, sizeof(*entry));
	memcpy(entry->id, id.byte, sizeof(entry->id));
	ret = object_get_many(c, entry, 1, deadline);
	if (ret < 0)
		return ret;
	if (ret != !entry->status) {
		complain(__FILE__, __LINE__, "out_ready", !entry->status, ret);
		return -EPROTO;
	}
	return entry->status;
}

int object_hold(const struct client *c, struct id id)
{
	struct plasma_get_entry entry;

	return object_get(c, id, NOW, &entry);
}

/* Release, delete and refresh take the same argument but for the type of a pointer. */
_Static_assert(sizeof(struct plasma_release) == sizeof(struct plasma_delete), "argument");
_Static_assert(sizeof(struct plasma_release) == sizeof(struct plasma_refresh), "argument");

static int for_one_id(const struct client *c, unsigned long cmd, struct id id, __u32 flags)
{
	struct plasma_id_entry entry = { .status = 0x4ccccccc };
	struct plasma_release arg = {
		.ns = c->ns,
		.flags = flags,
		.count = 1,
		.entry_size = sizeof(entry),
		.entries_ptr = to_u64(&entry),
	};
	int ret;

	memcpy(entry.id, id.byte, sizeof(entry.id));
	ret = plasma_ioctl(c->fd, cmd, &arg);
	return ret ? ret : entry.status;
}

int object_release(const struct client *c, struct id id)
{
	return for_one_id(c, PLASMA_IOC_RELEASE, id, 0);
}

/* Of several objects of one id that the client holds, the one that is there. */
int object_release_at(const struct client *c, struct id id, __u64 offset)
{
	struct plasma_release_entry entry = { .status = 0x4ccccccc, .offset = offset };
	struct plasma_release release = {
		.ns = c->ns,
		.count = 1,
		.entry_size = sizeof(entry),
		.entries_ptr = to_u64(&entry),
	};
	int ret;

	memcpy(entry.id, id.byte, sizeof(entry.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_RELEASE, &release);
	return ret ? ret : entry.status;
}

int object_delete(const struct client *c, struct id id)
{
	return for_one_id(c, PLASMA_IOC_DELETE, id, 0);
}

int object_hide(const struct client *c, struct id id)
{
	return for_one_id(c, PLASMA_IOC_DELETE, id, PLASMA_DELETE_HIDE);
}

int object_refresh(const struct client *c, struct id id)
{
	return for_one_id(c, PLASMA_IOC_REFRESH, id, 0);
}

/* A descriptor, or a negative errno. */
int object_export(const struct client *c, struct id id)
{
	struct plasma_export export = { .ns = c->ns, .out_fd = -1 };
	int ret;

	memcpy(export.id, id.byte, sizeof(export.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_EXPORT, &export);
	return ret ? ret : export.out_fd;
}

int object_pending_fd(const struct client *c, struct id id)
{
	struct plasma_pending_fd pending = { .ns = c->ns, .out_fd = -1 };
	int ret;

	memcpy(pending.id, id.byte, sizeof(pending.id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_PENDING_FD, &pending);
	return ret ? ret : pending.out_fd;
}

int put_batch(const struct client *c, struct plasma_put_entry *entries, __u32 count,
	      __u32 flags)
{
	struct plasma_put_batch batch = {
		.ns = c->ns,
		.flags = flags,
		.count = count,
		.entry_size = sizeof(*entries),
		.entries_ptr = to_u64(entries),
	};

	return plasma_ioctl(c->fd, PLASMA_IOC_PUT_BATCH, &batch);
}

int object_stat(const struct client *c, struct id id, struct plasma_object_info *info)
{
	struct plasma_stat stat = {
		.ns = c->ns,
		.info_size = sizeof(*info),
		.info_ptr = to_u64(info),
	};

	memset(info, POISON, sizeof(*info));
	memcpy(stat.id, id.byte, sizeof(stat.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_STAT, &stat);
}

/* How many clients hold the object, or a negative errno. */
long long object_refs(const struct client *c, struct id id)
{
	struct plasma_object_info info;
	int ret = object_stat(c, id, &info);

	return ret ? ret : (long long)info.refs;
}

/* A sealed object of fill()ed bytes that the client does not hold. */
int object_make(const struct client *c, struct id id, __u64 size, __u64 seed,
		__u64 *offset)
{
	__u64 at;
	int ret = object_create(c, id, size, &at);

	if (ret)
		return ret;
	fill(c->write + at, size, seed);
	if (offset)
		*offset = at;
	return object_seal(c, id, PLASMA_SEAL_RELEASE);
}

int object_evict(const struct client *c, __u64 bytes, struct plasma_evict *answer)
{
	memset(answer, POISON, sizeof(*answer));
	answer->ns = c->ns;
	answer->flags = 0;
	answer->bytes = bytes;
	return plasma_ioctl(c->fd, PLASMA_IOC_EVICT, answer);
}

int object_list(const struct client *c, struct plasma_list *list)
{
	list->ns = c->ns;
	list->out_count = 0xcccccccc;
	return plasma_ioctl(c->fd, PLASMA_IOC_LIST, list);
}

/* A descriptor, or a negative errno. */
int subscribe(const struct client *c, __u32 flags, __u32 queue_size)
{
	struct plasma_subscribe subscribe = {
		.ns = c->ns,
		.flags = flags,
		.queue_size = queue_size,
		.out_fd = -1,
	};
	int ret = plasma_ioctl(c->fd, PLASMA_IOC_SUBSCRIBE, &subscribe);

	return ret ? ret : subscribe.out_fd;
}

int quota_set(const struct client *c, const char *name, __u64 bytes)
{
	struct plasma_quota_set set = {
		.ns = c->ns,
		.bytes = bytes,
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
	};

	return plasma_ioctl(c->fd, PLASMA_IOC_QUOTA_SET, &set);
}

/* How many there are, or a negative errno. */
int quota_list(const struct client *c, struct plasma_quota_info *infos, __u32 count)
{
	struct plasma_quota_list list = {
		.ns = c->ns,
		.count = count,
		.entry_size = sizeof(*infos),
		.entries_ptr = to_u64(infos),
		.out_count = 0x4ccccccc,
	};
	int ret;

	memset(infos, POISON, count * sizeof(*infos));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_QUOTA_LIST, &list);
	return ret ? ret : (int)list.out_count;
}

int name_bind(const struct client *c, struct id id, const char *name, __u32 flags)
{
	struct plasma_name_bind bind = {
		.ns = c->ns,
		.flags = flags,
		.name_len = strlen(name),
		.name_ptr = to_u64(name),
	};

	memcpy(bind.id, id.byte, sizeof(bind.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_NAME_BIND, &bind);
}

int name_unbind(const struct client *c, const char *name)
{
	struct plasma_name_unbind unbind = {
		.ns = c->ns,
		.name_len = strlen(name),
		.name_ptr = to_u64(name),
	};

	return plasma_ioctl(c->fd, PLASMA_IOC_NAME_UNBIND, &unbind);
}

int name_lookup(const struct client *c, const char *name, struct id *id)
{
	struct plasma_name_lookup lookup = {
		.ns = c->ns,
		.name_len = strlen(name),
		.name_ptr = to_u64(name),
	};
	int ret;

	memset(lookup.out_id, POISON, sizeof(lookup.out_id));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_NAME_LOOKUP, &lookup);
	if (!ret)
		memcpy(id->byte, lookup.out_id, sizeof(id->byte));
	return ret;
}

/* The entry's status, or a negative errno. */
int name_get(const struct client *c, const char *name, __u64 deadline,
	     struct plasma_get_entry *entry)
{
	struct plasma_name_get get = {
		.ns = c->ns,
		.name_ptr = to_u64(name),
		.name_len = strlen(name),
		.deadline_ns = deadline,
	};
	int ret;

	memset(&get.entry, POISON, sizeof(get.entry));
	ret = plasma_ioctl(c->fd, PLASMA_IOC_NAME_GET, &get);
	*entry = get.entry;
	return ret ? ret : entry->status;
}

static __u64 pattern(__u64 seed, size_t word)
{
	return (seed + 1) * 0x9e3779b97f4a7c15ULL + word * 0xd1342543de82ef95ULL;
}

void fill(void *to, size_t size, __u64 seed)
{
	__u8 *at = to;
	size_t word;
	__u64 value;

	for (word = 0; size >= sizeof(value); word++) {
		value = pattern(seed, word);
		memcpy(at, &value, sizeof(value));
		at += sizeof(value);
		size -= sizeof(value);
	}
	value = pattern(seed, word);
	memcpy(at, &value, size);
}

size_t matching(const void *from, size_t size, __u64 seed)
{
	const __u8 *at = from;
	size_t done, part;
	__u64 value;

	for (done = 0; done < size; done += part) {
		value = pattern(seed, done / sizeof(value));
		part = size - done < sizeof(value) ? size - done : sizeof(value);
		if (memcmp(at + done, &value, part))
			break;
	}
	return done;
}

/* How many bytes from the start on have one value. */
size_t leading(const void *from, size_t size, __u8 byte)
{
	const __u8 *at = from;
	size_t done;

	for (done = 0; done < size && at[done] == byte; done++)
		;
	return done;
}

__u64 checksum(const void *from, size_t size)
{
	const __u8 *at = from;
	__u64 sum = size, value;

	for (; size >= sizeof(value); at += sizeof(value), size -= sizeof(value)) {
		memcpy(&value, at, sizeof(value));
		sum = (sum ^ value) * 0x9e3779b97f4a7c15ULL;
		sum ^= sum >> 29;
	}
	while (size--)
		sum = (sum ^ *at++) * 0x9e3779b97f4a7c15ULL;
	return sum;
}

struct catcher {
	sigjmp_buf here;
};

static __thread struct catcher *catcher;

static void on_fault(int signal_number)
{
	if (catcher)
		siglongjmp(catcher->here, signal_number);
	/* Not ours: let the access that is tried again kill the process. */
	signal(signal_number, SIG_DFL);
}

static void catch_faults(void)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

/* Runs what may touch forbidden memory: 0, or minus the signal it raised. */
int guarded(void (*access)(void *), void *arg)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct catcher mine;
	int caught;

	pthread_once(&once, catch_faults);
	caught = sigsetjmp(mine.here, 0);
	if (!caught) {
		catcher = &mine;
		access(arg);
	}
	catcher = NULL;
	return -caught;
}

struct touch {
	volatile __u8 *at;
	__u8 value;
};

static void read_byte(void *arg)
{
	struct touch *touch = arg;

	touch->value = *touch->at;
}

static void write_byte(void *arg)
{
	struct touch *touch = arg;

	*touch->at = touch->value;
}

int peek(const volatile void *at)
{
	struct touch touch = { .at = (volatile __u8 *)at };
	int ret = guarded(read_byte, &touch);

	return ret ? ret : touch.value;
}

int poke(volatile void *at, __u8 value)
{
	struct touch touch = { .at = at, .value = value };

	return guarded(write_byte, &touch);
}

__u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

__u64 in_ms(__u64 ms)
{
	return now_ns() + ms * 1000000;
}

void sleep_ms(unsigned int ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

pid_t spawn(int (*fn)(void *), void *arg)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	_exit(fn(arg));
}

static int poll_for(int fd, int timeout)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };
	int ret;

	do {
		ret = poll(&poller, 1, timeout);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : poller.revents;
}

int poll_now(int fd)
{
	return poll_for(fd, 0);
}

int poll_wait(int fd)
{
	return poll_for(fd, PATIENCE_MS);
}

long long file_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long long number;

	if (!file)
		return -errno;
	if (fscanf(file, "%lld", &number) != 1)
		number = -ENODATA;
	fclose(file);
	return number;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = -errno;
	close(fd);
	return ret;
}

/* The exit status, or minus the signal that ended it. */
int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int kill_and_reap(pid_t pid)
{
	kill(pid, SIGKILL);
	return reap(pid);
}

int wait_process_state(pid_t pid, char state)
{
	__u64 end = in_ms(PATIENCE_MS);
	char path[64], line[512], *after;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (; now_ns() < end; sleep_ms(2)) {
		stat = fopen(path, "r");
		if (!stat)
			return -errno;
		after = fgets(line, sizeof(line), stat) ? strrchr(line, ')') : NULL;
		fclose(stat);
		if (after && after[1] == ' ' && after[2] == state)
			return 0;
	}
	return -ETIMEDOUT;
}

static void *task_main(void *arg)
{
	struct task *task = arg;

	task->result = task->fn(task->arg);
	__atomic_store_n(&task->done, true, __ATOMIC_RELEASE);
	return NULL;
}

int task_start(struct task *task, int (*fn)(void *), void *arg)
{
	*task = (struct task){ .fn = fn, .arg = arg, .result = -1 };
	return -pthread_create(&task->thread, NULL, task_main, task);
}

bool task_done(struct task *task)
{
	return __atomic_load_n(&task->done, __ATOMIC_ACQUIRE);
}

int task_join(struct task *task)
{
	pthread_join(task->thread, NULL);
	return task->result;
}

int gate_init(struct gate *gate)
{
	return pipe2(gate->fd, O_CLOEXEC) ? -errno : 0;
}

void gate_open(struct gate *gate)
{
	if (write(gate->fd[1], "", 1) != 1)
		complain(__FILE__, __LINE__, "gate", 1, -errno);
}

int gate_wait(struct gate *gate)
{
	char byte;
	ssize_t n;

	do {
		n = read(gate->fd[0], &byte, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : -EPIPE;
}

void gate_close(struct gate *gate)
{
	close(gate->fd[0]);
	close(gate->fd[1]);
}

union rights {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int send_fd(int socket, int fd)
{
	struct iovec io = { .iov_base = "", .iov_len = 1 };
	union rights rights = {};
	struct msghdr message = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = rights.space,
		.msg_controllen = sizeof(rights.space),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

int recv_fd(int socket)
{
	char byte;
	struct iovec io = { .iov_base = &byte, .iov_len = 1 };
	union rights rights = {};
	struct msghdr message = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = rights.space,
		.msg_controllen = sizeof(rights.space),
	};
	struct cmsghdr *header;
	int fd;

	if (recvmsg(socket, &message, 0) != 1)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static __u64 sum_of(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	long long number;
	__u64 sum = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			sum += number;
	if (file)
		fclose(file);
	return sum;
}

__u64 memory_available(void)
{
	return sum_of("/proc/meminfo", "MemAvailable: %lld") * KIB +
	       sum_of("/proc/zoneinfo", " count: %lld") * PAGE;
}

int wait_waiters(const struct client *c, __u64 count)
{
	__u64 end = in_ms(PATIENCE_MS);
	struct plasma_ns_info info;
	int ret;

	do {
		ret = ns_stat(c->fd, c->name, &info);
		if (ret || info.waiters == count)
			return ret;
		sleep_ms(2);
	} while (now_ns() < end);
	complain(__FILE__, __LINE__, "waiters", count, info.waiters);
	return -ETIMEDOUT;
}

int usage_take(struct usage *usage)
{
	struct plasma_ns_info info;
	struct plasma_query answer;
	int fd = device_open(), ret;

	if (fd < 0)
		return fd;
	memset(usage, 0, sizeof(*usage));
	ret = query(fd, &answer);
	if (!ret)
		ret = ns_stat(fd, "default", &info);
	close(fd);
	if (ret)
		return ret;
	usage->store_used = answer.out_store_used;
	usage->namespaces = answer.out_namespaces;
	usage->clients = answer.out_clients;
	usage->default_used = info.used;
	usage->default_objects = info.objects;
	usage->default_in_use = info.in_use;
	usage->default_names = info.names;
	usage->default_waiters = info.waiters;
	return 0;
}

int usage_restored(const struct usage *before)
{
	__u64 end = in_ms(PATIENCE_MS / 6);
	struct usage now;
	int ret;

	do {
		ret = usage_take(&now);
		if (ret || !memcmp(before, &now, sizeof(now)))
			return ret;
		sleep_ms(10);
	} while (now_ns() < end);

	complain(__FILE__, __LINE__, "store_used", before->store_used, now.store_used);
	complain(__FILE__, __LINE__, "namespaces", before->namespaces, now.namespaces);
	complain(__FILE__, __LINE__, "clients", before->clients, now.clients);
	complain(__FILE__, __LINE__, "objects", before->default_objects,
		 now.default_objects);
	complain(__FILE__, __LINE__, "in_use", before->default_in_use,
		 now.default_in_use);
	return -ETIMEDOUT;
}

unsigned int slowness(void)
{
	struct utsname name;

	if (uname(&name))
		return 1;
	/* Those that tools/vm/kernel builds, all of them full of checks. */
	return strstr(name.release, "-plasma-") ? 50 : 1;
}

/* Maps so that address and offset agree within a huge page. */
void *map_aligned(int fd, __u64 offset, size_t size, int prot)
{
	unsigned long at;
	void *room;

	room = mmap(NULL, size + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return room;
	at = (unsigned long)room;
	at += (offset - at) & (HUGE_PAGE - 1);
	return mmap((void *)at, size, prot, MAP_SHARED | MAP_FIXED, fd, offset);
}
