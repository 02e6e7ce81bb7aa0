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

/* Objects that nobody uses are no reason to stay; they go with it. */
TEST_F(module, objects_go_with_it)
{
	long before, with, after;
	struct client c;
	int i;

	ASSERT_EQ(0, unload());
	before = read_number("/proc/meminfo", "MemAvailable:");
	ASSERT_EQ(0, load("size_mb=64"));
	ASSERT_EQ(0, client_open(&c, "default", 0));
	for (i = 0; i < 15; i++)
		ASSERT_EQ(0, object_make(&c, id_of(i), 4 * MIB, i, NULL));
	for (i = 0; i < 200; i++)
		ASSERT_EQ(0, object_put(&c, id_of(100 + i), "x", 1));
	ASSERT_EQ(0, name_bind(&c, id_of(0), "named", 0));
	ASSERT_LE(0, ns_create(c.fd, "left behind", 0, 0600, 0));
	client_close(&c);
	with = read_number("/proc/meminfo", "MemAvailable:");
	EXPECT_LT(with, before - 50 * 1024);
	EXPECT_EQ(0, unload());
	/* Pages of files go through lists of each processor, so not all at once. */
	for (i = 0; i < 100; i++) {
		after = read_number("/proc/meminfo", "MemAvailable:");
		if (after > with + 50 * 1024)
			break;
		sleep_ms(100);
	}
	EXPECT_GT(after, with + 50 * 1024);
	TH_LOG("after %d: before %ld with %ld after %ld", i, before, with, after);

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

TEST_F(module, a_hundred_times)
{
	/* Instrumented kernels put freed memory aside, and look for leaks themselves. */
	long slack = access("/sys/kernel/debug/kmemleak", F_OK) ? 8 * 1024 : 160 * 1024;
	long before = 0, after, slab_before = 0, slab_after;
	unsigned int i;

	ASSERT_EQ(0, unload());
	EXPECT_EQ(0, plasma_caches());
	for (i = 0; i < 110; i++) {
		if (i == 10) {
			before = read_number("/proc/meminfo", "MemAvailable:");
			slab_before = read_number("/proc/meminfo", "SUnreclaim:");
		}
		ASSERT_EQ(0, load_use_unload(i)) TH_LOG("round %u", i);
	}
	/* What RCU and the like still hold comes back by itself. */
	for (i = 0; i < 50; i++) {
		after = read_number("/proc/meminfo", "MemAvailable:");
		slab_after = read_number("/proc/meminfo", "SUnreclaim:");
		if (after >= before - slack && slab_after <= slab_before + slack)
			break;
		sleep_ms(100);
	}
	EXPECT_LE(before - slack, after);
	EXPECT_GE(slab_before + slack, slab_after);
	EXPECT_EQ(0, plasma_caches());
}

TEST_HARNESS_MAIN
