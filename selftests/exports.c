// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exported objects: a sealed object as a read-only descriptor of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <kselftest_harness.h>

#include "common.h"

#define SIZE	(3 * MIB + 1234)
#define PAGES	((SIZE + PAGE - 1) / PAGE * PAGE)

FIXTURE(exports)
{
	struct usage before;
	struct client a;
	struct client b;
	int fd;
};

FIXTURE_SETUP(exports)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
	ASSERT_EQ(0, object_make(&self->a, id_of(1), SIZE, 1, NULL));
	self->fd = object_export(&self->b, id_of(1));
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(exports)
{
	if (self->fd >= 0)
		close(self->fd);
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

static void *map(int fd, size_t size, off_t offset)
{
	return mmap(NULL, size, PROT_READ, MAP_SHARED, fd, offset);
}

TEST_F(exports, what_can_be)
{
	struct client reader;
	int fd;

	EXPECT_EQ(-ENOENT, object_export(&self->a, id_of(2)));
	ASSERT_EQ(0, object_create(&self->a, id_of(2), 10, NULL));
	EXPECT_GT(0, object_export(&self->a, id_of(2)));
	ASSERT_EQ(0, client_open(&reader, self->a.name, PLASMA_ACCESS_READ));
	fd = object_export(&reader, id_of(1));
	EXPECT_LE(0, fd);
	close(fd);
	client_close(&reader);
	ASSERT_EQ(0, client_open(&reader, self->a.name, PLASMA_ACCESS_WRITE));
	EXPECT_EQ(-EACCES, object_export(&reader, id_of(1)));
	client_close(&reader);
}

TEST_F(exports, stat_says_what_it_is)
{
	struct plasma_object_info info;
	struct stat stat;

	ASSERT_EQ(0, fstat(self->fd, &stat));
	EXPECT_EQ(SIZE, stat.st_size);
	EXPECT_TRUE(S_ISREG(stat.st_mode));
	EXPECT_EQ(0, stat.st_mode & 0333);
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->fd, F_GETFD));
	EXPECT_EQ(O_RDONLY, fcntl(self->fd, F_GETFL) & O_ACCMODE);
	/* A descriptor is no client. */
	ASSERT_EQ(0, object_stat(&self->a, id_of(1), &info));
	EXPECT_EQ(0, info.flags & PLASMA_OBJECT_MINE);
	EXPECT_EQ(1, ns_info(&self->a).in_use);
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(0, ns_info(&self->a).in_use);
}

TEST_F(exports, read)
{
	static __u8 bytes[SIZE + 100], halves[2][1000];
	struct iovec io[2] = { { halves[0], 1000 }, { halves[1], 1000 } };
	size_t done = 0;
	ssize_t n;

	memset(bytes, POISON, sizeof(bytes));
	while ((n = read(self->fd, bytes + done, 100001)) > 0)
		done += n;
	EXPECT_EQ(0, n);
	EXPECT_EQ(SIZE, done);
	EXPECT_EQ(SIZE, matching(bytes, SIZE, 1));
	EXPECT_EQ(100, leading(bytes + SIZE, 100, POISON));
	EXPECT_EQ(0, read(self->fd, halves, 1));

	EXPECT_EQ(SIZE, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(SIZE - 10, lseek(self->fd, -10, SEEK_END));
	EXPECT_EQ(10, read(self->fd, halves, 1000));
	EXPECT_EQ(0, memcmp(halves, bytes + SIZE - 10, 10));
	EXPECT_EQ(5, lseek(self->fd, 5, SEEK_SET));
	EXPECT_EQ(1, read(self->fd, halves, 1));
	EXPECT_EQ(bytes[5], halves[0][0]);
	EXPECT_EQ(-1, lseek(self->fd, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);

	EXPECT_EQ(1000, pread(self->fd, halves, 1000, 2 * MIB - 500));
	EXPECT_EQ(0, memcmp(halves, bytes + 2 * MIB - 500, 1000));
	EXPECT_EQ(6, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(1, pread(self->fd, halves, 1000, SIZE - 1));
	EXPECT_EQ(0, pread(self->fd, halves, 1000, SIZE));
	EXPECT_EQ(0, pread(self->fd, halves, 1000, SIZE + PAGE));
	EXPECT_EQ(0, pread(self->fd, halves, 1000, 1LL << 50));
	EXPECT_EQ(2000, preadv(self->fd, io, 2, PAGE - 1));
	EXPECT_EQ(0, memcmp(halves[0], bytes + PAGE - 1, 1000));
	EXPECT_EQ(0, memcmp(halves[1], bytes + PAGE + 999, 1000));
}

TEST_F(exports, read_into_forbidden_memory)
{
	__u8 *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_EQ(0, mprotect(pages + PAGE, PAGE, PROT_NONE));
	EXPECT_EQ(-1, pread(self->fd, pages + PAGE, 10, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(10, pread(self->fd, pages + PAGE - 10, 100, 0));
	EXPECT_EQ(10, matching(pages + PAGE - 10, 10, 1));
	munmap(pages, 2 * PAGE);
}

struct pump {
	int from;
	size_t size;
	__u8 *bytes;
};

static int drain(void *arg)
{
	struct pump *pump = arg;
	size_t done = 0;
	ssize_t n;

	while ((n = read(pump->from, pump->bytes + done, SIZE - done)) > 0)
		done += n;
	pump->size = done;
	return n;
}

TEST_F(exports, splice)
{
	struct pump pump = {};
	struct task task;
	size_t done = 0;
	int ends[2];
	ssize_t n;

	pump.bytes = malloc(SIZE);
	ASSERT_EQ(0, pipe(ends));
	pump.from = ends[0];
	ASSERT_EQ(0, task_start(&task, drain, &pump));
	while ((n = splice(self->fd, NULL, ends[1], NULL, 77777, 0)) > 0)
		done += n;
	EXPECT_EQ(0, n);
	EXPECT_EQ(SIZE, done);
	close(ends[1]);
	EXPECT_EQ(0, task_join(&task));
	EXPECT_EQ(SIZE, pump.size);
	EXPECT_EQ(SIZE, matching(pump.bytes, SIZE, 1));
	close(ends[0]);
	free(pump.bytes);
}

/* What went into a pipe stays what it was, whatever becomes of the object. */
TEST_F(exports, splice_outlives_the_object)
{
	static __u8 right[1100], bytes[1000];
	loff_t at = 100;
	int ends[2];

	fill(right, 1100, 1);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(1000, splice(self->fd, &at, ends[1], NULL, 1000, 0));
	EXPECT_EQ(1100, at);
	close(self->fd);
	self->fd = -1;
	ASSERT_EQ(0, object_delete(&self->a, id_of(1)));
	ASSERT_EQ(0, object_make(&self->a, id_of(2), SIZE, 2, NULL));
	ASSERT_EQ(1000, read(ends[0], bytes, 1000));
	self->fd = object_export(&self->a, id_of(2));
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(0, memcmp(bytes, right + 100, 992));
	close(ends[0]);
	close(ends[1]);
}

TEST_F(exports, sendfile)
{
	struct pump pump = {};
	struct task task;
	off_t offset = 0;
	int ends[2];
	ssize_t n;

	pump.bytes = malloc(SIZE);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	pump.from = ends[0];
	ASSERT_EQ(0, task_start(&task, drain, &pump));
	while ((n = sendfile(ends[1], self->fd, &offset, SIZE)) > 0)
		;
	EXPECT_EQ(0, n);
	EXPECT_EQ(SIZE, offset);
	close(ends[1]);
	EXPECT_EQ(0, task_join(&task));
	EXPECT_EQ(SIZE, pump.size);
	EXPECT_EQ(SIZE, matching(pump.bytes, SIZE, 1));
	close(ends[0]);
	free(pump.bytes);
}

TEST_F(exports, mmap)
{
	__u8 *whole, *part;

	whole = map(self->fd, SIZE, 0);
	ASSERT_NE(MAP_FAILED, whole);
	EXPECT_EQ(SIZE, matching(whole, SIZE, 1));
	/* The rest of the last page is nobody's: zeros. */
	EXPECT_EQ(PAGES - SIZE, leading(whole + SIZE, PAGES - SIZE, 0));
	part = map(self->fd, 2 * PAGE, 2 * MIB - PAGE);
	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(0, memcmp(whole + 2 * MIB - PAGE, part, 2 * PAGE));
	munmap(part, 2 * PAGE);
	part = map(self->fd, 1, PAGES - PAGE);
	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(whole[PAGES - PAGE], part[0]);
	munmap(part, 1);

	/* Nothing behind the end. */
	EXPECT_EQ(MAP_FAILED, map(self->fd, PAGE, PAGES));
	EXPECT_EQ(MAP_FAILED, map(self->fd, 2 * PAGE, PAGES - PAGE));
	EXPECT_EQ(MAP_FAILED, map(self->fd, PAGES + 1, 0));
	EXPECT_EQ(MAP_FAILED, map(self->fd, PAGE, 1L << 45));
	EXPECT_EQ(MAP_FAILED, mremap(whole, PAGES, PAGES + PAGE, MREMAP_MAYMOVE));
	munmap(whole, SIZE);
}

/* Metadata is not data, even when it shares a page with it. */
TEST_F(exports, metadata_is_not_part_of_it)
{
	struct blob blob = { .data = "data", .size = 4, .metadata = "secret metadata",
			     .metadata_size = 15 };
	struct stat stat;
	char bytes[32];
	int fd;

	ASSERT_EQ(0, object_put_with(&self->a, id_of(2), &blob, 0, NULL));
	fd = object_export(&self->a, id_of(2));
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &stat));
	EXPECT_EQ(4, stat.st_size);
	EXPECT_EQ(4, pread(fd, bytes, sizeof(bytes), 0));
	EXPECT_EQ(0, memcmp(bytes, "data", 4));
	close(fd);
}

#define FAULT_AROUND	"/sys/kernel/debug/fault_around_bytes"

/* Nor of a mapping of it, where data and metadata are in one page, small or huge. */
TEST_F(exports, metadata_is_not_mapped)
{
	static const __u64 sizes[] = { 100, 5000, 16 * KIB - 512, 64 * KIB - 100, 2 * MIB - 100,
				       4 * MIB - 2000, 2 * MIB - 4095 };
	static __u8 metadata[300];
	unsigned int i, j;

	memset(metadata, POISON, sizeof(metadata));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		__u64 size = sizes[i], mapped = (size + PAGE - 1) / PAGE * PAGE;
		struct blob blob = { .data = calloc(1, size), .size = size,
				     .metadata = metadata, .metadata_size = sizeof(metadata) };
		__u8 *at;
		int fd;

		ASSERT_EQ(0, object_put_with(&self->a, id_of(2), &blob, 0, NULL));
		fd = object_export(&self->a, id_of(2));
		ASSERT_LE(0, fd);
		for (j = 0; j < 3; j++) {
			/* Without what lies around, where root may say so: one fault, one folio. */
			if (j == 2 && file_write(FAULT_AROUND, "4096"))
				break;
			at = map_aligned(fd, 0, mapped, PROT_READ);
			ASSERT_NE(NULL, at);
			/* From the one end or from the other. */
			EXPECT_EQ(0, at[j == 1 ? size - 1 : 0]);
			EXPECT_EQ(mapped, leading(at, mapped, 0)) TH_LOG("%llu", size);
			munmap(at, mapped);
		}
		file_write(FAULT_AROUND, "65536");
		at = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		ASSERT_NE(MAP_FAILED, at);
		at[mapped - 1] = 1;
		at[mapped - PAGE] = 1;
		EXPECT_EQ(1, at[mapped - 1]);
		EXPECT_EQ(mapped - PAGE, leading(at, mapped, 0));
		munmap(at, mapped);
		at = map(fd, mapped, 0);
		ASSERT_NE(MAP_FAILED, at);
		EXPECT_EQ(mapped, leading(at, mapped, 0));
		munmap(at, mapped);
		close(fd);
		ASSERT_EQ(0, object_delete(&self->a, id_of(2)));
		free((void *)blob.data);
	}
}

/* Whoever maps it may have Linux take its huge pages apart. */
TEST_F(exports, cold_and_paged_out)
{
	static const int advice[] = { MADV_COLD, MADV_PAGEOUT };
	unsigned int i;
	__u8 *at;

	at = map_aligned(self->fd, 0, PAGES, PROT_READ);
	ASSERT_NE(NULL, at);
	for (i = 0; i < 40; i++) {
		EXPECT_EQ(SIZE, matching(at, SIZE, 1));
		madvise(at + i * 16 * PAGE, (1 + i) * PAGE, advice[i % 2]);
	}
	EXPECT_EQ(SIZE, matching(at, SIZE, 1));
	munmap(at, PAGES);
}

#ifndef __NR_cachestat
#define __NR_cachestat	451
#endif

static int ask_what_is_cached(void *arg)
{
	struct { __u64 off, len; } range = {};
	__u64 answer[5];
	struct client c;
	int fd;

	CHECK_EQ(0, client_join(&c, arg));
	CHECK_EQ(0, setresuid(1000, 1000, 1000));
	fd = object_export(&c, id_of(1));
	CHECK(fd >= 0);
	CHECK_EQ(-1, syscall(__NR_cachestat, fd, &range, answer, 0));
	CHECK(errno == EPERM || errno == ENOSYS);
	client_close(&c);
	return 0;
}

/* Nor may who exported it ask for what the page cache has: that is of the whole namespace. */
TEST_F(exports, tells_nothing_of_the_page_cache)
{
	struct stat stat;

	ASSERT_EQ(0, fstat(self->fd, &stat));
	EXPECT_EQ(0, stat.st_uid);
	EXPECT_EQ(0, reap(spawn(ask_what_is_cached, &self->a)));
}

TEST_F(exports, empty)
{
	struct stat stat;
	char byte;
	int fd;

	ASSERT_EQ(0, object_put(&self->a, id_of(2), "", 0));
	fd = object_export(&self->a, id_of(2));
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &stat));
	EXPECT_EQ(0, stat.st_size);
	EXPECT_EQ(0, read(fd, &byte, 1));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(MAP_FAILED, map(fd, PAGE, 0));
	EXPECT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(2)));
	close(fd);
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(2)));
}

/* --- no way to write ------------------------------------------------------------ */

TEST_F(exports, no_way_to_write)
{
	char path[64];
	__u8 *at, byte;
	int fd, mem;

	EXPECT_EQ(-1, write(self->fd, "x", 1));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(-1, ftruncate(self->fd, 1));
	EXPECT_EQ(-1, ftruncate(self->fd, SIZE + 1));
	EXPECT_EQ(-1, fallocate(self->fd, 0, 0, SIZE + 1));
	EXPECT_EQ(-1, fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				PAGE));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
				   self->fd, 0));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED,
				   self->fd, 0));

	at = map(self->fd, SIZE, 0);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(-1, mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(-1, mprotect(at, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(-SIGSEGV, poke(at, 1));
	EXPECT_EQ(-1, madvise(at, PAGE, MADV_REMOVE));
	madvise(at, PAGE, MADV_DONTNEED);
	mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (mem >= 0) {
		EXPECT_EQ(-1, pwrite(mem, "x", 1, (unsigned long)at));
		close(mem);
	}

	/* Opened again by way of /proc, as root. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		EXPECT_NE(1, pwrite(fd, "x", 1, 0));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
					   fd, 0));
		close(fd);
	}
	fd = open(path, O_RDONLY | O_TRUNC | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	EXPECT_EQ(1, pread(self->fd, &byte, 1, 0));
	EXPECT_EQ(SIZE, matching(at, SIZE, 1));
	munmap(at, SIZE);
}

TEST_F(exports, private_mapping)
{
	struct plasma_get_entry entry;
	__u8 *mine = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0);
	__u8 *all = map(self->fd, SIZE, 0);
	int mem;

	ASSERT_NE(MAP_FAILED, mine);
	ASSERT_NE(MAP_FAILED, all);
	EXPECT_EQ(SIZE, matching(mine, SIZE, 1));
	ASSERT_EQ(0, poke(mine + 5, all[5] ^ 0xff));
	ASSERT_EQ(0, poke(mine + SIZE - 1, all[SIZE - 1] ^ 0xff));
	mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (mem >= 0) {
		EXPECT_EQ(3, pwrite(mem, "abc", 3, (unsigned long)mine + 2 * MIB));
		EXPECT_EQ(0, memcmp(mine + 2 * MIB, "abc", 3));
		close(mem);
	}
	EXPECT_EQ(all[5] ^ 0xff, mine[5]);
	EXPECT_EQ(SIZE, matching(all, SIZE, 1));
	ASSERT_EQ(0, object_get(&self->b, id_of(1), NOW, &entry));
	EXPECT_EQ(SIZE, matching(self->b.read + entry.offset, SIZE, 1));
	ASSERT_EQ(0, object_release(&self->b, id_of(1)));
	munmap(mine, SIZE);
	munmap(all, SIZE);
}

/* --- it keeps the object -------------------------------------------------------- */

TEST_F(exports, keeps_the_object)
{
	struct plasma_evict evict;
	__u8 *at = map(self->fd, SIZE, 0);

	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	EXPECT_EQ(0, evict.out_objects);
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(1)));
	EXPECT_EQ(-EEXIST, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, ns_set_capacity(&self->a, SIZE + 10));
	EXPECT_EQ(-ENOSPC, object_put(&self->a, id_of(2), "12345678901", 11));
	client_close(&self->b);
	EXPECT_EQ(SIZE, matching(at, SIZE, 1));

	/* A mapping is enough. */
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(SIZE, ns_info(&self->a).used);
	EXPECT_EQ(SIZE, matching(at, SIZE, 1));
	ASSERT_EQ(0, munmap(at, SIZE / PAGE / 2 * PAGE));
	EXPECT_EQ(SIZE, ns_info(&self->a).used);
	munmap(at, SIZE);
	EXPECT_EQ(0, ns_info(&self->a).used);
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
}

TEST_F(exports, keeps_a_hidden_object)
{
	__u8 *bytes = malloc(SIZE);
	int fd;

	ASSERT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->a, id_of(1)));
	EXPECT_EQ(-ENOENT, object_export(&self->a, id_of(1)));
	ASSERT_EQ(0, object_make(&self->a, id_of(1), SIZE, 2, NULL));
	fd = object_export(&self->a, id_of(1));
	ASSERT_LE(0, fd);
	ASSERT_EQ(SIZE, pread(self->fd, bytes, SIZE, 0));
	EXPECT_EQ(SIZE, matching(bytes, SIZE, 1));
	ASSERT_EQ(SIZE, pread(fd, bytes, SIZE, 0));
	EXPECT_EQ(SIZE, matching(bytes, SIZE, 2));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(SIZE, ns_info(&self->a).used);
	EXPECT_EQ(1, ns_info(&self->a).in_use);
	close(fd);
	free(bytes);
}

TEST_F(exports, outlives_clients_and_namespace)
{
	__u8 *bytes = malloc(SIZE), *at;

	ASSERT_EQ(0, ns_remove(self->a.fd, self->a.name, PLASMA_NS_REMOVE_FORCE));
	EXPECT_EQ(-EIDRM, object_export(&self->a, id_of(1)));
	client_close(&self->a);
	client_close(&self->b);
	at = map(self->fd, SIZE, 0);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(SIZE, matching(at, SIZE, 1));
	EXPECT_EQ(SIZE, pread(self->fd, bytes, SIZE, 0));
	EXPECT_EQ(SIZE, matching(bytes, SIZE, 1));
	munmap(at, SIZE);
	free(bytes);
}

/* Objects in use make a namespace busy, whoever uses them. */
TEST_F(exports, make_a_namespace_busy)
{
	client_close(&self->b);
	EXPECT_EQ(-EBUSY, ns_remove(self->a.fd, self->a.name, 0));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(0, ns_remove(self->a.fd, self->a.name, 0));
}

/* --- handed on ------------------------------------------------------------------ */

/* A process that may not even open the device. */
static int read_as_nobody(void *arg)
{
	static __u8 bytes[SIZE];
	int socket = *(int *)arg, fd;
	__u8 *at;

	CHECK_EQ(0, setgid(65534));
	CHECK_EQ(0, setuid(65534));
	CHECK(device_open() < 0);
	fd = recv_fd(socket);
	CHECK(fd >= 0);
	CHECK_EQ(SIZE, lseek(fd, 0, SEEK_END));
	CHECK_EQ(SIZE, pread(fd, bytes, SIZE, 0));
	CHECK_EQ(SIZE, matching(bytes, SIZE, 1));
	at = map(fd, SIZE, 0);
	CHECK(at != MAP_FAILED);
	CHECK_EQ(SIZE, matching(at, SIZE, 1));
	CHECK_EQ(-SIGSEGV, poke(at, 1));
	CHECK_EQ(1, send(socket, "", 1, 0));
	/* The sender deletes it meanwhile. */
	CHECK_EQ(1, recv(socket, bytes, 1, 0));
	CHECK_EQ(SIZE, matching(at, SIZE, 1));
	return 0;
}

TEST_F(exports, passed_by_scm_rights)
{
	int sockets[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	pid = spawn(read_as_nobody, &sockets[1]);
	ASSERT_EQ(0, send_fd(sockets[0], self->fd));
	close(self->fd);
	self->fd = -1;
	ASSERT_EQ(1, recv(sockets[0], &byte, 1, 0));
	EXPECT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(1)));
	client_close(&self->a);
	client_close(&self->b);
	ASSERT_EQ(1, send(sockets[0], "", 1, 0));
	EXPECT_EQ(0, reap(pid));
	close(sockets[0]);
	close(sockets[1]);
}

/* Its offset is its own, as of any file opened twice. */
TEST_F(exports, two_of_one_object)
{
	int other = object_export(&self->a, id_of(1));

	ASSERT_LE(0, other);
	EXPECT_EQ(100, lseek(self->fd, 100, SEEK_SET));
	EXPECT_EQ(0, lseek(other, 0, SEEK_CUR));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(1, ns_info(&self->a).in_use);
	close(other);
	EXPECT_EQ(0, ns_info(&self->a).in_use);
}

static int read_on(void *arg)
{
	__u8 *at = arg;
	unsigned int i;

	for (i = 0; i < 20; i++)
		if (matching(at, SIZE, 1) != SIZE)
			return 1;
	return 0;
}

/* Read by one process while another makes and deletes objects all around it. */
TEST_F(exports, while_others_come_and_go)
{
	__u8 *at = map(self->fd, SIZE, 0);
	unsigned int i = 2;
	struct task task;

	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, task_start(&task, read_on, at));
	for (; !task_done(&task) && i < 500; i++) {
		ASSERT_EQ(0, object_make(&self->a, id_of(i), i * 1000, i, NULL));
		if (i % 3)
			ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	}
	EXPECT_EQ(0, task_join(&task));
	munmap(at, SIZE);
}

TEST_HARNESS_MAIN
