// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers hold what is asked for and nothing else: no byte of what the kernel's stack or
 * its heap held before. Each is asked for twice, after this memory was filled with one byte
 * and then with another, and must be the same. What is reserved or behind a name is zero.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#include <kselftest_harness.h>

#include "common.h"

#define ROUNDS		3
#define QUOTAS		2
#define EVENTS		2
#define NAMESPACES	4
#define MANY_IDS	512	/* fill half of the largest slab of kmalloc() */
#define METADATA	300

/* --- filling memory -------------------------------------------------------------------- */

/*
 * The first three fill the stack at different depths with what the caller gives: commands
 * that take a name read it before they look at it, poll() has 30 descriptors there, and an
 * option of a socket is copied as it is. The others leave there what the kernel has to do
 * with itself.
 */
static int by_names(const struct client *c, __u8 byte)
{
	__u8 name[PLASMA_NAME_MAX];
	__u64 ptr = (unsigned long)name;
	struct plasma_object_info info;
	struct plasma_ns_stat stat = { .name_ptr = ptr, .name_len = sizeof(name),
				       .info_ptr = (unsigned long)&info, .info_size = 1 };
	struct plasma_ns_set set = { .name_ptr = ptr, .name_len = sizeof(name) };
	struct plasma_quota_set quota = { .ns = c->ns, .name_ptr = ptr,
					  .name_len = sizeof(name) };
	struct plasma_list list = { .ns = c->ns, .flags = PLASMA_LIST_BY_NAME, .count = 1,
				    .entry_size = sizeof(info),
				    .entries_ptr = (unsigned long)&info,
				    .prefix_ptr = ptr, .prefix_len = sizeof(name) };

	memset(name, byte, sizeof(name));
	CHECK_EQ(-ENOENT, plasma_ioctl(c->fd, PLASMA_IOC_NS_STAT, &stat));
	CHECK_EQ(-ENOENT, plasma_ioctl(c->fd, PLASMA_IOC_NS_SET, &set));
	CHECK_EQ(-ENAMETOOLONG, plasma_ioctl(c->fd, PLASMA_IOC_QUOTA_SET, &quota));
	CHECK_EQ(0, object_list(c, &list));
	return 0;
}

static int by_poll(const struct client *c, __u8 byte)
{
	struct pollfd files[30];

	(void)c;
	memset(files, byte, sizeof(files));
	poll(files, 30, 0);
	return 0;
}

static int by_option(const struct client *c, __u8 byte)
{
	struct group_source_req option;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)c;
	CHECK(fd >= 0);
	memset(&option, byte, sizeof(option));
	CHECK_EQ(-1, setsockopt(fd, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, &option,
				sizeof(option)));
	return close(fd);
}

static int by_attribute(const struct client *c, __u8 byte)
{
	char name[256] = "";

	(void)c;
	memset(name, byte, 255);
	CHECK_EQ(-1, getxattr("/proc/self/stat", name, NULL, 0));
	CHECK_EQ(-1, setxattr("/proc/self/stat", name, "", 0, 0));
	return 0;
}

static int by_vectors(const struct client *c, __u8 byte)
{
	struct iovec vectors[8];

	(void)c;
	memset(vectors, byte, sizeof(vectors));
	CHECK_EQ(-1, process_vm_readv(getpid(), vectors, 8, vectors, 8, 0));
	CHECK_EQ(-1, writev(STDERR_FILENO, vectors, 8));
	return 0;
}

static int by_reading(const struct client *c, __u8 byte)
{
	char text[8192];
	int fd = open(byte & 1 ? "/proc/self/smaps" : "/proc/self/status", O_RDONLY);

	(void)c;
	CHECK(fd >= 0);
	CHECK(read(fd, text, sizeof(text)) > 0);
	return close(fd);
}

static int by_forking(const struct client *c, __u8 byte)
{
	pid_t pid = fork();

	(void)c;
	if (!pid)
		_exit(byte & 1);
	return reap(pid) != (byte & 1);
}

static int by_faulting(const struct client *c, __u8 byte)
{
	__u8 *at = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)c;
	CHECK(at != MAP_FAILED);
	at[byte * PAGE] = byte;
	return munmap(at, MIB);
}

static int (*const fillers[])(const struct client *c, __u8 byte) = {
	by_names, by_poll, by_option, by_attribute, by_vectors, by_reading, by_forking,
	by_faulting,
};

/* Batches of each size that the heap knows; what was freed last is what is taken next. */
static int fill_heap(const struct client *c, __u8 byte)
{
	static struct plasma_id_entry entries[MANY_IDS];
	struct plasma_release release = { .ns = c->ns, .entry_size = sizeof(*entries),
					  .entries_ptr = (unsigned long)entries };
	__u32 count;

	for (count = MANY_IDS; count > 5; count = count * 2 / 3) {
		memset(entries, byte, sizeof(entries));
		release.count = count;
		CHECK_EQ(0, plasma_ioctl(c->fd, PLASMA_IOC_RELEASE, &release));
		CHECK_EQ(-ENOENT, entries[count - 1].status);
	}
	return 0;
}

/* How memory is filled, and with what. */
struct dirt {
	unsigned int filler;
	__u8 byte;
};

static int fill_memory(const struct client *c, struct dirt dirt)
{
	CHECK_EQ(0, fill_heap(c, dirt.byte));
	return fillers[dirt.filler](c, dirt.byte);
}

/* --- asking ---------------------------------------------------------------------------- */

struct answers {
	struct plasma_object_info stat;
	struct plasma_object_info evicted;
	struct plasma_object_info list[1];
	struct plasma_ns_info ns_stat;
	struct plasma_ns_info ns_list[NAMESPACES];
	struct plasma_quota_info quotas[QUOTAS];
	struct plasma_get_entry get;
	struct plasma_get_entry name_get;
	struct plasma_event replay[1];
	struct plasma_event events[EVENTS];
	__u8 metadata[METADATA + 50];
};

static int ask_for_objects(const struct client *c, struct dirt dirt, struct answers *a)
{
	struct plasma_stat stat = { .ns = c->ns, .info_ptr = (unsigned long)&a->stat,
				    .info_size = sizeof(a->stat),
				    .metadata_ptr = (unsigned long)a->metadata,
				    .metadata_len = sizeof(a->metadata) };
	struct plasma_list list = { .ns = c->ns, .count = 1, .entry_size = sizeof(a->list[0]),
				    .entries_ptr = (unsigned long)a->list };

	memcpy(stat.id, id_of(1).byte, sizeof(stat.id));
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(0, plasma_ioctl(c->fd, PLASMA_IOC_STAT, &stat));
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(0, object_list(c, &list));

	stat.flags = PLASMA_STAT_EVICTED;
	stat.info_ptr = (unsigned long)&a->evicted;
	stat.metadata_len = 0;
	memcpy(stat.id, id_of(2).byte, sizeof(stat.id));
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(0, plasma_ioctl(c->fd, PLASMA_IOC_STAT, &stat));
	return 0;
}

static int ask_for_namespaces(const struct client *c, struct dirt dirt, struct answers *a)
{
	struct plasma_ns_list list = { .count = NAMESPACES,
				       .entry_size = sizeof(a->ns_list[0]),
				       .entries_ptr = (unsigned long)a->ns_list };

	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(0, ns_stat(c->fd, c->name, &a->ns_stat));
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(0, plasma_ioctl(c->fd, PLASMA_IOC_NS_LIST, &list));
	CHECK_EQ(2, list.out_count);
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(QUOTAS, quota_list(c, a->quotas, QUOTAS));
	return 0;
}

/* It is not held afterwards. */
static int ask_for_holds(const struct client *c, struct dirt dirt, struct answers *a)
{
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(0, object_get(c, id_of(1), NOW, &a->get));
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(0, name_get(c, "name", NOW, &a->name_get));
	CHECK_EQ(0, object_release(c, id_of(1)));
	CHECK_EQ(0, object_release(c, id_of(1)));
	return 0;
}

static int ask_for_events(const struct client *c, struct dirt dirt, struct answers *a)
{
	unsigned int i;
	int fd;

	CHECK_EQ(0, fill_memory(c, dirt));
	fd = subscribe(c, PLASMA_SUBSCRIBE_NONBLOCK, 4096);
	CHECK(fd >= 0);
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(sizeof(a->replay), read(fd, a->replay, sizeof(a->replay)));
	CHECK_EQ(-EAGAIN, read(fd, a->events, sizeof(a->events)) < 0 ? -errno : 0);
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(0, object_put(c, id_of(3), "x", 1));
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(0, object_delete(c, id_of(3)));
	CHECK_EQ(0, fill_memory(c, dirt));
	CHECK_EQ(sizeof(a->events), read(fd, a->events, sizeof(a->events)));
	for (i = 0; i < EVENTS; i++) {
		CHECK(a->events[i].time_ns && a->events[i].serial);
		a->events[i].time_ns = 0;
		a->events[i].serial = 0;
	}
	return close(fd);
}

static int ask(const struct client *c, struct dirt dirt, struct answers *a)
{
	memset(a, POISON, sizeof(*a));
	CHECK_EQ(0, ask_for_objects(c, dirt, a));
	CHECK_EQ(0, ask_for_namespaces(c, dirt, a));
	CHECK_EQ(0, ask_for_holds(c, dirt, a));
	CHECK_EQ(0, ask_for_events(c, dirt, a));
	return 0;
}

/* --- looking --------------------------------------------------------------------------- */

/* A slab that was poisoned by the kernel has the same bytes twice. */
static int check_zeros(const struct answers *a)
{
	const struct plasma_object_info *infos[] = { &a->stat, &a->evicted, &a->list[0] };
	const struct plasma_ns_info *spaces[] = { &a->ns_stat, &a->ns_list[0],
						  &a->ns_list[1] };
	const struct plasma_event *events[] = { &a->replay[0], &a->events[0], &a->events[1] };
	unsigned int i;
	size_t left;

	for (i = 0; i < 3; i++) {
		left = sizeof(infos[i]->name) - infos[i]->name_len;
		CHECK_EQ(left, leading(infos[i]->name + infos[i]->name_len, left, 0));
		CHECK_EQ(0, infos[i]->__reserved);
		left = sizeof(spaces[i]->name) - spaces[i]->name_len;
		CHECK_EQ(left, leading(spaces[i]->name + spaces[i]->name_len, left, 0));
		CHECK_EQ(0, spaces[i]->__reserved);
		CHECK_EQ(0, events[i]->__reserved);
	}
	for (i = 0; i < QUOTAS; i++) {
		left = sizeof(a->quotas[i].name) - a->quotas[i].name_len;
		CHECK_EQ(left, leading(a->quotas[i].name + a->quotas[i].name_len, left, 0));
		CHECK_EQ(0, a->quotas[i].__reserved);
	}
	CHECK_EQ(50, leading(a->metadata + METADATA, 50, POISON));
	return 0;
}

static int compare(const struct answers *one, const struct answers *other)
{
	const __u8 *x = (const __u8 *)one, *y = (const __u8 *)other;
	size_t i;

	for (i = 0; i < sizeof(*one); i++)
		if (x[i] != y[i]) {
			complain(__FILE__, __LINE__, "a byte of the answers", x[i], y[i]);
			fprintf(stderr, "# at %zu of struct answers\n", i);
			return 1;
		}
	return 0;
}

FIXTURE(answers)
{
	struct usage before;
	struct client a;
};

/* What one processor frees it takes again: the test stays on the one that it has. */
FIXTURE_SETUP(answers)
{
	__u8 metadata[METADATA];
	struct plasma_evict evict;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, MIB));
	ASSERT_EQ(0, object_put(&self->a, id_of(2), "evicted", 7));
	ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
	ASSERT_EQ(1, evict.out_objects);
	ASSERT_EQ(0, quota_set(&self->a, "quota", 1000));
	fill(metadata, sizeof(metadata), 1);
	ASSERT_EQ(0, object_put_with(&self->a, id_of(1), &(struct blob){
		.data = "data", .size = 4, .metadata = metadata,
		.metadata_size = sizeof(metadata), .name = "name" }, 0, NULL));
}

FIXTURE_TEARDOWN(answers)
{
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

TEST_F(answers, are_the_same_whatever_memory_held)
{
	static struct answers one, other;
	unsigned int i;

	for (i = 0; i < ROUNDS * ARRAY_SIZE(fillers); i++) {
		struct dirt dirt = { i % ARRAY_SIZE(fillers), 0x5a };

		ASSERT_EQ(0, ask(&self->a, dirt, &one));
		dirt.byte = 0xa5;
		ASSERT_EQ(0, ask(&self->a, dirt, &other));
		ASSERT_EQ(0, check_zeros(&one)) TH_LOG("filler %u", dirt.filler);
		ASSERT_EQ(0, check_zeros(&other)) TH_LOG("filler %u", dirt.filler);
		ASSERT_EQ(0, compare(&one, &other)) TH_LOG("filler %u", dirt.filler);
	}
	EXPECT_EQ(METADATA, matching(one.metadata, METADATA, 1));
}

TEST_HARNESS_MAIN
