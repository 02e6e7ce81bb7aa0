// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module itself: when it may be unloaded, and that it leaves nothing behind.
 * Needs $PLASMA_MODULE, the file that it is loaded from.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <kselftest_harness.h>

#include "common.h"

static int load(const char *parameters)
{
	const char *path = getenv("PLASMA_MODULE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	int ret;

	if (fd < 0)
		return -ENOEXEC;
	ret = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "plasma", O_NONBLOCK) ? -errno : 0;
}

static long read_number(const char *path, const char *field)
{
	char line[256];
	long number = -1;
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field)))
			number = strtol(line + strlen(field), NULL, 10);
	if (file)
		fclose(file);
	return number;
}

static bool loaded(void)
{
	return !access("/sys/module/plasma", F_OK);
}

FIXTURE(module)
{
};

FIXTURE_SETUP(module)
{
	ASSERT_NE(NULL, getenv("PLASMA_MODULE"));
	if (!loaded())
		ASSERT_EQ(0, load("size_mb=64"));
	ASSERT_EQ(0, read_number("/sys/module/plasma/refcnt", ""));
}

FIXTURE_TEARDOWN(module)
{
	if (loaded())
		EXPECT_EQ(0, unload());
	EXPECT_EQ(0, load("size_mb=64"));
}

TEST_F(module, once)
{
	EXPECT_EQ(-EEXIST, load(""));
}

TEST_F(module, not_while_open)
{
	int fd = device_open(), copy;

	ASSERT_LE(0, fd);
	EXPECT_LT(0, read_number("/sys/module/plasma/refcnt", ""));
	EXPECT_EQ(-EWOULDBLOCK, unload());
	copy = dup(fd);
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_EQ(0, ns_create(copy, "still works", PLASMA_NS_EPHEMERAL, 0600, 0) < 0);
	close(copy);
	EXPECT_EQ(0, unload());
	EXPECT_EQ(-ENOENT, device_open());
}

TEST_F(module, not_while_on_its_way)
{
	int sockets[2], fd = device_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	ASSERT_EQ(0, send_fd(sockets[0], fd));
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	close(sockets[0]);
	close(sockets[1]);
	EXPECT_EQ(0, read_number("/sys/module/plasma/refcnt", ""));
	EXPECT_EQ(0, unload());
}

/* With the descriptor closed and a window, or a page of one, still mapped. */
static int in_use_by_window(bool write)
{
	struct plasma_get_entry entry;
	struct client c;
	__u64 offset;
	__u8 *page;

	CHECK_EQ(0, client_open(&c, "default", 0));
	CHECK_EQ(0, object_create(&c, id_of(1), 5000, &offset));
	memset(c.write + offset, 7, 5000);
	CHECK_EQ(0, object_seal(&c, id_of(1), 0));
	CHECK_EQ(0, object_get(&c, id_of(1), NOW, &entry));
	page = mmap(NULL, PAGE, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, c.fd,
		    write ? c.write_offset + offset / PAGE * PAGE :
			    c.read_offset + entry.offset / PAGE * PAGE);
	CHECK(page != MAP_FAILED);
	CHECK_EQ(7, peek(page));
	close(c.fd);
	CHECK_EQ(-EWOULDBLOCK, unload());
	c.fd = -1;
	client_unmap(&c);
	CHECK_EQ(-EWOULDBLOCK, unload());
	CHECK_EQ(7, peek(page));
	munmap(page, PAGE);
	CHECK_EQ(0, read_number("/sys/module/plasma/refcnt", ""));
	CHECK_EQ(0, unload());
	return 0;
}

TEST_F(module, not_while_the_read_window_is_mapped)
{
	EXPECT_EQ(0, in_use_by_window(false));
}

TEST_F(module, not_while_the_write_window_is_mapped)
{
	EXPECT_EQ(0, in_use_by_window(true));
}

/*
 * Objects that nobody uses are no reason to stay; they go with it. Figures of free
 * memory swing by some huge pages, which processors keep at hand; this is about more.
 */
TEST_F(module, objects_go_with_it)
{
	long before, with, after;
	struct client c;
	int i;

	ASSERT_EQ(0, unload());
	before = read_number("/proc/meminfo", "MemAvailable:");
	ASSERT_EQ(0, load("size_mb=256"));
	ASSERT_EQ(0, client_open(&c, "default", 0));
	for (i = 0; i < 50; i++)
		ASSERT_EQ(0, object_make(&c, id_of(i), 4 * MIB, i, NULL));
	for (i = 0; i < 200; i++)
		ASSERT_EQ(0, object_put(&c, id_of(100 + i), "x", 1));
	ASSERT_EQ(0, name_bind(&c, id_of(0), "named", 0));
	ASSERT_LE(0, ns_create(c.fd, "left behind", 0, 0600, 0));
	client_close(&c);
	with = read_number("/proc/meminfo", "MemAvailable:");
	EXPECT_LT(with, before - 150 * 1024);
	EXPECT_EQ(0, unload());
	after = read_number("/proc/meminfo", "MemAvailable:");
	EXPECT_GT(after, with + 150 * 1024);

	ASSERT_EQ(0, load("size_mb=64"));
	ASSERT_EQ(0, client_open(&c, "default", 0));
	EXPECT_EQ(0, ns_info(&c).objects);
	EXPECT_EQ(0, ns_info(&c).names);
	EXPECT_EQ(-ENOENT, ns_remove(c.fd, "left behind", 0));
	client_close(&c);
}

TEST_F(module, size_mb)
{
	struct plasma_query answer;
	long quarter;
	int fd;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("size_mb=3"));
	fd = device_open();
	ASSERT_EQ(0, query(fd, &answer));
	EXPECT_EQ(3 * MIB, answer.out_store_size);
	close(fd);
	ASSERT_EQ(0, unload());

	/* Left out, it is a quarter of the memory. */
	ASSERT_EQ(0, load(""));
	fd = device_open();
	ASSERT_EQ(0, query(fd, &answer));
	quarter = read_number("/proc/meminfo", "MemTotal:") / 4;
	EXPECT_LE(quarter * 8 / 10, (long)(answer.out_store_size / 1024));
	EXPECT_GE(quarter * 12 / 10, (long)(answer.out_store_size / 1024));
	close(fd);

	ASSERT_EQ(0, unload());
	EXPECT_EQ(-EINVAL, load("size_mb=many"));
	EXPECT_FALSE(loaded());
}

static unsigned int plasma_caches(void)
{
	unsigned int caches = 0;
	char line[512];
	FILE *file = fopen("/proc/slabinfo", "r");

	while (file && fgets(line, sizeof(line), file))
		caches += !strncmp(line, "plasma", 6);
	if (file)
		fclose(file);
	return caches;
}

static int load_use_unload(unsigned int round)
{
	struct plasma_get_entry entry;
	struct client c;

	CHECK_EQ(0, load("size_mb=16"));
	CHECK_EQ(0, client_create(&c, 0));
	CHECK_EQ(0, object_make(&c, id_of(1), 100000 + round, round, NULL));
	CHECK_EQ(0, object_make(&c, id_of(2), 3 * MIB, round, NULL));
	CHECK_EQ(0, object_create(&c, id_of(3), 10000, NULL));
	CHECK_EQ(0, name_bind(&c, id_of(1), "name", 0));
	CHECK_EQ(-ENOENT, object_get(&c, id_of(4), in_ms(1), &entry));
	CHECK_EQ(0, object_get(&c, id_of(2), NOW, &entry));
	CHECK_EQ(3 * MIB, matching(c.read + entry.offset, 3 * MIB, round));
	client_close(&c);
	CHECK_EQ(0, unload());
	return 0;
}

/* KiB of memory, by kind: a leak of one round's worth would be far above the slack. */
static const struct {
	const char *field;
	bool less_is_worse;
	long slack;
} figures[] = {
	{ "MemAvailable:", true, 64 * 1024 },	/* objects: 300 MiB */
	{ "SUnreclaim:", false, 4 * 1024 },
	{ "VmallocUsed:", false, 2 * 1024 },	/* the module: 10 MiB */
	{ "Percpu:", false, 256 },
	{ "KernelStack:", false, 512 },
};

static unsigned int grown(const long *before)
{
	/* Instrumented kernels put freed memory aside, and look for leaks themselves. */
	long more = access("/sys/kernel/debug/kmemleak", F_OK) ? 0 : 128 * 1024;
	unsigned int i, bad = 0;
	long now;

	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		now = read_number("/proc/meminfo", figures[i].field);
		if (figures[i].less_is_worse ? now < before[i] - figures[i].slack - more :
					       now > before[i] + figures[i].slack + more)
			bad |= 1U << i;
	}
	return bad;
}

TEST_F(module, a_hundred_times)
{
	long before[ARRAY_SIZE(figures)];
	unsigned int i, j;

	ASSERT_EQ(0, unload());
	EXPECT_EQ(0, plasma_caches());
	for (i = 0; i < 110; i++) {
		for (j = 0; i == 10 && j < ARRAY_SIZE(figures); j++)
			before[j] = read_number("/proc/meminfo", figures[j].field);
		ASSERT_EQ(0, load_use_unload(i)) TH_LOG("round %u", i);
	}
	/* What RCU and the like still hold comes back by itself. */
	for (i = 0; i < 100 && grown(before); i++)
		sleep_ms(100);
	EXPECT_EQ(0, grown(before));
	EXPECT_EQ(0, plasma_caches());
}

TEST_HARNESS_MAIN
