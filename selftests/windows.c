// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two windows: what they show, to whom, and how they may be mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <kselftest_harness.h>

#include "common.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#define MADV_POPULATE_WRITE	23
#endif

FIXTURE(windows)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(windows)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(windows)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

static int map_errno(int fd, __u64 offset, size_t size, int prot, int flags)
{
	void *at = mmap(NULL, size, prot, flags, fd, offset);

	if (at == MAP_FAILED)
		return -errno;
	munmap(at, size);
	return 0;
}

static int read_all(void *arg)
{
	struct client *parent = arg, c;
	struct plasma_get_entry entry;
	__u64 n;

	CHECK_EQ(0, client_join(&c, parent));
	for (n = 0; n < 5; n++) {
		__u64 size = 1 + n * 777777;

		CHECK_EQ(0, object_get(&c, id_of(n), NOW, &entry));
		CHECK_EQ(size, entry.data_size);
		CHECK_EQ(size, matching(c.read + entry.offset, size, n));
	}
	return 0;
}

TEST_F(windows, another_process_sees_the_bytes)
{
	pid_t pids[3];
	__u64 n;
	int i;

	for (n = 0; n < 5; n++)
		ASSERT_EQ(0, object_make(&self->a, id_of(n), 1 + n * 777777, n, NULL));
	for (i = 0; i < 3; i++)
		pids[i] = spawn(read_all, &self->a);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, reap(pids[i]));
}

TEST_F(windows, two_mappings_are_one_memory)
{
	struct plasma_get_entry entry;
	__u64 offset;
	__u8 *again;

	ASSERT_EQ(0, object_create(&self->a, id_of(1), 10 * PAGE, &offset));
	again = mmap(NULL, 10 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->a.fd,
		     self->a.write_offset + offset);
	ASSERT_NE(MAP_FAILED, again);
	fill(again, 10 * PAGE, 1);
	EXPECT_EQ(10 * PAGE, matching(self->a.write + offset, 10 * PAGE, 1));
	self->a.write[offset + 5000] ^= 1;
	EXPECT_EQ(self->a.write[offset + 5000], again[5000]);
	self->a.write[offset + 5000] ^= 1;
	munmap(again, 10 * PAGE);

	ASSERT_EQ(0, object_seal(&self->a, id_of(1), 0));
	ASSERT_EQ(0, object_get(&self->b, id_of(1), NOW, &entry));
	/* One page out of the middle of it. */
	again = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->b.fd,
		     self->b.read_offset + entry.offset / PAGE * PAGE + 3 * PAGE);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(0, memcmp(again, self->b.read + entry.offset / PAGE * PAGE + 3 * PAGE,
			    PAGE));
	munmap(again, PAGE);
}

/* By every way that leads to memory: the pages of an unsealed object stay its creator's. */
static int stay_out(struct client *c, const __u8 *at)
{
	struct iovec to, from = { .iov_base = (void *)at, .iov_len = 100 };
	__u8 bytes[100];
	int fd, pipes[2];

	CHECK_EQ(-SIGBUS, peek(at));
	CHECK_EQ(-SIGBUS, peek(at + PAGE));

	to.iov_base = bytes;
	to.iov_len = sizeof(bytes);
	CHECK_EQ(-1, process_vm_readv(getpid(), &to, 1, &from, 1, 0));

	fd = open("/proc/self/mem", O_RDWR);
	CHECK(fd >= 0);
	CHECK_EQ(-1, pread(fd, bytes, sizeof(bytes), (unsigned long)at));
	CHECK_EQ(-1, pwrite(fd, bytes, sizeof(bytes), (unsigned long)at));
	close(fd);

	CHECK_EQ(0, pipe(pipes));
	CHECK_EQ(-1, write(pipes[1], at, 100));
	CHECK_EQ(EFAULT, errno);
	CHECK_EQ(-1, vmsplice(pipes[1], &from, 1, SPLICE_F_NONBLOCK));
	close(pipes[0]);
	close(pipes[1]);

	CHECK_EQ(-EFAULT, object_put(c, id_text("stolen"), at, 100));
	CHECK_EQ(-1, madvise((void *)((unsigned long)at / PAGE * PAGE), PAGE,
			     MADV_POPULATE_READ));
	CHECK_EQ(-SIGBUS, peek(at));
	return 0;
}

TEST_F(windows, unsealed_is_invisible)
{
	static const __u64 sizes[] = { 3 * PAGE, 4 * MIB };
	struct plasma_get_entry entry;
	unsigned int i;
	__u64 offset;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, object_create(&self->a, id_of(i), sizes[i], &offset));
		fill(self->a.write + offset, sizes[i], i);
		ASSERT_EQ(-EINPROGRESS, object_get(&self->b, id_of(i), NOW, &entry));

		EXPECT_EQ(0, stay_out(&self->b, self->b.read + offset));
		EXPECT_EQ(0, stay_out(&self->b, self->b.write + offset));
		EXPECT_EQ(-SIGBUS, poke(self->b.write + offset, 1));
		/* Not even its creator reads it here. */
		EXPECT_EQ(0, stay_out(&self->a, self->a.read + offset));
		EXPECT_EQ(sizes[i], matching(self->a.write + offset, sizes[i], i));

		/* The same addresses serve it afterwards. */
		ASSERT_EQ(0, object_seal(&self->a, id_of(i), 0));
		ASSERT_EQ(0, object_get(&self->b, id_of(i), NOW, &entry));
		EXPECT_EQ(sizes[i], matching(self->b.read + entry.offset, sizes[i], i));
		EXPECT_EQ(0, madvise(self->b.read + entry.offset / PAGE * PAGE, PAGE,
				     MADV_POPULATE_READ));
		/* But the write window shows nobody else's objects, sealed or not. */
		EXPECT_EQ(-SIGBUS, peek(self->b.write + offset));
		EXPECT_EQ(-SIGBUS, poke(self->b.write + offset, 1));
	}
}

/* No offset of either window lets anybody at an unsealed object. */
TEST_F(windows, unsealed_at_no_offset)
{
	__u64 offset, at, found = 0;
	__u8 *map;

	ASSERT_EQ(0, object_create(&self->a, id_of(1), 64 * KIB, &offset));
	memset(self->a.write + offset, 0x5a, 64 * KIB);
	at = offset > 4 * MIB ? offset - 4 * MIB : 0;
	for (; at < offset + 4 * MIB; at += PAGE) {
		if (peek(self->b.read + at) >= 0 || peek(self->b.write + at) >= 0)
			found++;
		map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->b.fd,
			   self->b.read_offset + at);
		ASSERT_NE(MAP_FAILED, map);
		if (peek(map) >= 0)
			found++;
		munmap(map, PAGE);
	}
	EXPECT_EQ(0, found);
}

/*
 * Around a sealed object, where fault-around would go, and where objects were. Of @pages
 * pages each, several of them lie within what is mapped around a fault.
 */
static int neighbours(struct client *a, struct client *b, __u64 pages)
{
	__u64 offset[5], i, start, end, size = pages * PAGE;
	struct plasma_get_entry entry;
	bool inside;

	for (i = 0; i < 5; i++) {
		CHECK_EQ(0, object_create(a, id_of(i), size, &offset[i]));
		memset(a->write + offset[i], 0x40 + i, size);
	}
	/* 2 is sealed, 1 and 3 are not, 0 was aborted, 4 was sealed and deleted. */
	CHECK_EQ(0, object_seal(a, id_of(2), 0));
	CHECK_EQ(0, object_seal(a, id_of(4), 0));
	CHECK_EQ(0, object_get(b, id_of(4), NOW, &entry));
	CHECK_EQ(size, leading(b->read + entry.offset, size, 0x44));
	offset[4] = entry.offset;
	CHECK_EQ(0, object_get(b, id_of(2), NOW, &entry));
	CHECK_EQ(size, leading(b->read + entry.offset, size, 0x42));
	offset[2] = entry.offset;

	CHECK_EQ(0, object_release(b, id_of(4)));
	CHECK_EQ(0, object_release(a, id_of(4)));
	CHECK_EQ(0, object_delete(a, id_of(4)));
	CHECK_EQ(0, object_abort(a, id_of(0)));

	start = offset[2] > 64 * PAGE ? offset[2] - 64 * PAGE : 0;
	end = offset[2] + size + 64 * PAGE;
	for (i = start / PAGE * PAGE; i < end; i += PAGE) {
		inside = i + PAGE > offset[2] && i < offset[2] + size;
		CHECK_EQ(inside ? 0x42 : -SIGBUS, peek(b->read + i));
	}
	for (i = 0; i < size; i += PAGE) {
		CHECK_EQ(-SIGBUS, peek(b->read + offset[0] + i));
		CHECK_EQ(-SIGBUS, peek(b->read + offset[1] + i));
		CHECK_EQ(-SIGBUS, peek(b->read + offset[3] + i));
		CHECK_EQ(-SIGBUS, peek(b->read + offset[4] + i));
		CHECK_EQ(-SIGBUS, peek(a->read + offset[4] + i));
		CHECK_EQ(-SIGBUS, peek(a->write + offset[0] + i));
		CHECK_EQ(-SIGBUS, poke(a->write + offset[0] + i, 1));
		CHECK_EQ(-SIGBUS, peek(a->write + offset[4] + i));
	}
	CHECK_EQ(size, leading(a->write + offset[1], size, 0x41));
	CHECK_EQ(size, leading(a->write + offset[3], size, 0x43));
	CHECK_EQ(0, object_abort(a, id_of(1)));
	CHECK_EQ(0, object_abort(a, id_of(3)));
	CHECK_EQ(0, object_release(a, id_of(2)));
	CHECK_EQ(0, object_release(b, id_of(2)));
	CHECK_EQ(0, object_delete(a, id_of(2)));
	CHECK_EQ(-SIGBUS, peek(b->read + offset[2]));
	return 0;
}

TEST_F(windows, neighbours)
{
	EXPECT_EQ(0, neighbours(&self->a, &self->b, 1));
	EXPECT_EQ(0, neighbours(&self->a, &self->b, 2));
	EXPECT_EQ(0, neighbours(&self->a, &self->b, 3));
	EXPECT_EQ(0, neighbours(&self->a, &self->b, 5));
	EXPECT_EQ(0, neighbours(&self->a, &self->b, 16));
	EXPECT_EQ(0, neighbours(&self->a, &self->b, 21));
}

/* An object that was made smaller ends where it ends, also in mappings of before. */
TEST_F(windows, a_shrunk_object)
{
	static const __u64 sizes[] = { 40 * PAGE, 23 * PAGE, 7 * PAGE, PAGE };
	struct plasma_get_entry entry;
	unsigned int i;
	__u64 offset, at;

	ASSERT_EQ(0, object_create(&self->a, id_of(1), 64 * PAGE, &offset));
	fill(self->a.write + offset, 64 * PAGE, 1);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, object_resize(&self->a, id_of(1), sizes[i], &offset));
		EXPECT_EQ(sizes[i], matching(self->a.write + offset, sizes[i], 1));
		/* What folios keep alive behind it is zero. */
		for (at = sizes[i]; at < 80 * PAGE; at += PAGE) {
			int byte = peek(self->a.write + offset + at);

			EXPECT_TRUE(byte == -SIGBUS || byte == 0);
		}
	}
	ASSERT_EQ(0, object_seal(&self->a, id_of(1), 0));
	ASSERT_EQ(0, object_get(&self->b, id_of(1), NOW, &entry));
	for (at = PAGE; at < 80 * PAGE; at += PAGE) {
		int byte = peek(self->b.read + entry.offset + at);

		EXPECT_TRUE(byte == -SIGBUS || byte == 0);
	}
	EXPECT_EQ(PAGE, matching(self->b.read + entry.offset, PAGE, 1));
}

/* The ends of the windows are ends. */
TEST_F(windows, far_offsets)
{
	__u64 size = window_size();

	EXPECT_EQ(-SIGBUS, peek(self->a.read));
	EXPECT_EQ(-SIGBUS, peek(self->a.read + size - 1));
	EXPECT_EQ(-SIGBUS, peek(self->a.write));
	EXPECT_EQ(-SIGBUS, poke(self->a.write + size - 1, 1));
	EXPECT_EQ(-SIGBUS, peek(self->a.read + size / 2));
}

/* Freed memory is somebody else's next: its old owner's view must be gone first. */
TEST_F(windows, freed_extents_are_not_seen_again)
{
	struct plasma_get_entry entry;
	unsigned int i, seen;
	__u64 offset, old;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, object_make(&self->a, id_of(i), 2 * MIB + 5, i, NULL));
		ASSERT_EQ(0, object_get(&self->b, id_of(i), NOW, &entry));
		ASSERT_EQ(2 * MIB + 5, matching(self->b.read + entry.offset, 2 * MIB + 5,
						i));
		old = entry.offset;
		ASSERT_EQ(0, object_release(&self->b, id_of(i)));
		ASSERT_EQ(0, object_delete(&self->b, id_of(i)));
		EXPECT_EQ(-SIGBUS, peek(self->b.read + old));
		EXPECT_EQ(-SIGBUS, peek(self->b.read + old + 2 * MIB));

		ASSERT_EQ(0, object_create(&self->a, id_of(1000 + i), 2 * MIB + 5,
					   &offset));
		memset(self->a.write + offset, 0x77, 2 * MIB + 5);
		seen = peek(self->b.read + old) == 0x77;
		EXPECT_EQ(0, seen);
		ASSERT_EQ(0, object_abort(&self->a, id_of(1000 + i)));
	}
}

/* What one namespace held must not show up in another, nor behind an object's end. */
TEST_F(windows, no_remains_of_others)
{
	struct plasma_get_entry entry;
	__u64 offset, at, i, dirty = 0;
	static __u8 secret[16 * PAGE];
	struct client other;

	memset(secret, 0xee, sizeof(secret));
	ASSERT_EQ(0, client_create(&other, 0));
	for (i = 0; i < 64; i++)
		ASSERT_EQ(0, object_put(&other, id_of(i), secret, sizeof(secret)));
	for (i = 0; i < 64; i++)
		ASSERT_EQ(0, object_delete(&other, id_of(i)));

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "x", 1));
		ASSERT_EQ(0, object_get(&self->a, id_of(i), NOW, &entry));
		for (at = entry.offset + 1; at % PAGE; at++)
			dirty += self->a.read[at] == 0xee;
	}
	for (i = 0; i < 32; i++) {
		ASSERT_EQ(0, object_create(&self->a, id_of(1000 + i), 5 * PAGE + 100,
					   &offset));
		for (at = 0; at < 6 * PAGE; at++)
			dirty += self->a.write[offset + at] != 0;
	}
	EXPECT_EQ(0, dirty);
	client_close(&other);
}

TEST_F(windows, how_they_may_be_mapped)
{
	__u64 size = window_size(), read = self->a.read_offset, write = self->a.write_offset;
	int fd = self->a.fd, rw = PROT_READ | PROT_WRITE;

	EXPECT_EQ(0, size & (size - 1));
	EXPECT_NE(read, write);
	EXPECT_EQ(0, map_errno(fd, read, size, PROT_READ, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, write, size, rw, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, write, size, PROT_READ, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, read, size, PROT_READ, MAP_SHARED_VALIDATE));
	EXPECT_EQ(0, map_errno(fd, read + PAGE, PAGE, PROT_READ, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, read + size - PAGE, PAGE, PROT_READ, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, write + size / 2, 3 * PAGE, rw, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, read, PAGE, PROT_NONE, MAP_SHARED));

	EXPECT_EQ(-EINVAL, map_errno(fd, read, PAGE, PROT_READ, MAP_PRIVATE));
	EXPECT_EQ(-EINVAL, map_errno(fd, write, PAGE, rw, MAP_PRIVATE));
	EXPECT_EQ(-EPERM, map_errno(fd, read, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED));
	EXPECT_EQ(-EPERM, map_errno(fd, write, PAGE, rw | PROT_EXEC, MAP_SHARED));
	EXPECT_EQ(-EACCES, map_errno(fd, read, PAGE, rw, MAP_SHARED));
	EXPECT_EQ(-EACCES, map_errno(fd, read, size, PROT_WRITE, MAP_SHARED));

	EXPECT_EQ(-EINVAL, map_errno(fd, read, size + PAGE, PROT_READ, MAP_SHARED));
	EXPECT_EQ(-EINVAL, map_errno(fd, read + PAGE, size, PROT_READ, MAP_SHARED));
	EXPECT_EQ(-EINVAL, map_errno(fd, read + size - PAGE, 2 * PAGE, PROT_READ,
				     MAP_SHARED));
	EXPECT_EQ(-EINVAL, map_errno(fd, write + size - PAGE, 2 * PAGE, rw, MAP_SHARED));
}

TEST_F(windows, offsets_that_are_no_window)
{
	__u64 size = window_size(), i, bad = 0;
	int fd = device_open();

	/* A client without a namespace has none. */
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, map_errno(fd, self->a.read_offset, PAGE, PROT_READ, MAP_SHARED));
	EXPECT_EQ(-EINVAL, map_errno(fd, self->a.write_offset, PAGE, PROT_READ,
				     MAP_SHARED));
	for (i = 0; i < 64; i++)
		bad += map_errno(fd, i * size, PAGE, PROT_READ, MAP_SHARED) != -EINVAL;
	EXPECT_EQ(0, bad);
	/* Nor are there others than those of the namespace that is open. */
	for (i = 0; i < 64; i++)
		if (i * size < self->a.read_offset || i * size >= self->a.read_offset + 4 * size)
			bad += map_errno(self->a.fd, i * size, PAGE, PROT_READ,
					 MAP_SHARED) != -EINVAL;
	EXPECT_EQ(0, bad);
	close(fd);
}

TEST_F(windows, access_decides)
{
	struct plasma_ns_open open;
	int fd = device_open();

	ASSERT_EQ(0, ns_open(fd, self->a.name, PLASMA_ACCESS_READ, &open));
	EXPECT_EQ(PLASMA_ACCESS_READ, open.out_access);
	EXPECT_EQ(0, map_errno(fd, open.out_read_offset, PAGE, PROT_READ, MAP_SHARED));
	EXPECT_EQ(-EACCES, map_errno(fd, open.out_write_offset, PAGE,
				     PROT_READ | PROT_WRITE, MAP_SHARED));
	EXPECT_EQ(-EACCES, map_errno(fd, open.out_write_offset, PAGE, PROT_READ,
				     MAP_SHARED));
	close(fd);
}

TEST_F(windows, protection_stays)
{
	struct plasma_get_entry entry;
	__u64 offset;
	__u8 *page;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 8 * PAGE, 1, NULL));
	ASSERT_EQ(0, object_get(&self->b, id_of(1), NOW, &entry));
	page = self->b.read + entry.offset / PAGE * PAGE;

	EXPECT_EQ(-1, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(page, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-SIGSEGV, poke(page, 1));
	EXPECT_EQ(8 * PAGE, matching(self->b.read + entry.offset, 8 * PAGE, 1));

	ASSERT_EQ(0, object_create(&self->a, id_of(2), 8 * PAGE, &offset));
	page = self->a.write + offset / PAGE * PAGE;
	EXPECT_EQ(-1, mprotect(page, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
	EXPECT_EQ(-SIGSEGV, poke(page, 1));
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, poke(page, 1));
}

static int write_there(void *at)
{
	return -poke(at, 1);
}

/* The creator's pointer stays good for reading, however it was mapped. */
TEST_F(windows, mapped_for_writing_alone)
{
	__u64 offset;
	__u8 *at;

	ASSERT_EQ(0, object_create(&self->a, id_of(1), PAGE, &offset));
	at = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, self->a.fd,
		  self->a.write_offset + offset);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(0, poke(at, 'x'));
	EXPECT_EQ('x', peek(at));
	ASSERT_EQ(0, object_seal(&self->a, id_of(1), 0));
	/* An entry that allows nothing would fault for ever. */
	EXPECT_EQ('x', peek(at));
	EXPECT_EQ(-SIGBUS, poke(at, 'y'));
	EXPECT_EQ('x', peek(at));
	munmap(at, PAGE);
}

/* A child never has the write window, by whatever means. */
TEST_F(windows, not_in_a_child)
{
	__u64 offset;

	ASSERT_EQ(0, object_create(&self->a, id_of(1), PAGE, &offset));
	EXPECT_EQ(-1, madvise(self->a.write, window_size(), MADV_DOFORK));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(SIGSEGV, reap(spawn(write_there, self->a.write + offset)));
}

static int grow_and_shrink(void *arg)
{
	struct client *c = arg;
	unsigned int i;
	int ret;

	for (i = 0; i < 200 / slowness(); i++) {
		ret = object_resize(c, id_of(1), i % 2 ? 64 * MIB : 2 * MIB, NULL);
		CHECK_EQ(0, ret);
	}
	return 0;
}

/* What is written while its place goes is refused or gone, in small pages or in huge ones. */
TEST_F(windows, written_while_it_is_resized)
{
	struct task task;
	__u64 offset, at;
	int ret;

	ASSERT_EQ(0, object_create(&self->a, id_of(1), 64 * MIB, &offset));
	ASSERT_EQ(0, task_start(&task, grow_and_shrink, &self->a));
	while (!task_done(&task)) {
		for (at = 0; at < 64 * MIB; at += 2 * MIB) {
			ret = poke(self->a.write + offset + at, 1);
			ASSERT_TRUE(!ret || ret == -SIGBUS) TH_LOG("%d", ret);
		}
	}
	EXPECT_EQ(0, task_join(&task));
}

TEST_F(windows, mappings_do_not_grow)
{
	void *at;

	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->a.fd, self->a.read_offset);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(MAP_FAILED, mremap(at, PAGE, 4 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	/* An old length of 0 would make a second one. */
	EXPECT_EQ(MAP_FAILED, mremap(at, 0, PAGE, MREMAP_MAYMOVE));
	munmap(at, PAGE);
	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->a.fd,
		  self->a.write_offset);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(MAP_FAILED, mremap(at, PAGE, 4 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	munmap(at, PAGE);
}

/* A window that is moved, split and thinned out still shows the same objects. */
TEST_F(windows, moved_and_split)
{
	struct plasma_get_entry entry;
	__u8 *map, *moved;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 8 * PAGE, 1, NULL));
	ASSERT_EQ(0, object_get(&self->b, id_of(1), NOW, &entry));
	ASSERT_EQ(0, entry.offset % PAGE);
	map = mmap(NULL, 8 * PAGE, PROT_READ, MAP_SHARED, self->b.fd,
		   self->b.read_offset + entry.offset);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(8 * PAGE, matching(map, 8 * PAGE, 1));
	moved = mremap(map, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	ASSERT_NE(MAP_FAILED, moved);
	EXPECT_EQ(8 * PAGE, matching(moved, 8 * PAGE, 1));
	EXPECT_EQ(-SIGSEGV, peek(map));
	ASSERT_EQ(0, munmap(moved + 2 * PAGE, PAGE));
	EXPECT_EQ(-SIGSEGV, peek(moved + 2 * PAGE));
	EXPECT_EQ(0, memcmp(moved + 3 * PAGE, self->b.read + entry.offset + 3 * PAGE,
			    5 * PAGE));
	EXPECT_EQ(0, madvise(moved, 2 * PAGE, MADV_DONTNEED));
	EXPECT_EQ(2 * PAGE, matching(moved, 2 * PAGE, 1));

	/* Gone by delete in all of them. */
	ASSERT_EQ(0, object_release(&self->b, id_of(1)));
	ASSERT_EQ(0, object_delete(&self->b, id_of(1)));
	EXPECT_EQ(-SIGBUS, peek(moved));
	EXPECT_EQ(-SIGBUS, peek(moved + 3 * PAGE));
	munmap(moved, 8 * PAGE);
}

/* Nobody punches a hole into an object. */
TEST_F(windows, no_holes)
{
	struct plasma_get_entry entry;

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 8 * PAGE, 1, NULL));
	ASSERT_EQ(0, object_get(&self->a, id_of(1), NOW, &entry));
	EXPECT_EQ(-1, madvise(self->a.read + entry.offset, 8 * PAGE, MADV_REMOVE));
	EXPECT_EQ(-1, madvise(self->a.write + entry.offset, 8 * PAGE, MADV_REMOVE));
	EXPECT_EQ(-1, fallocate(self->a.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				0, PAGE));
	EXPECT_EQ(-1, ftruncate(self->a.fd, 0));
	EXPECT_EQ(8 * PAGE, matching(self->a.read + entry.offset, 8 * PAGE, 1));
}

/* For what the kernel reads on behalf of a process sealed objects are memory as any. */
TEST_F(windows, the_kernel_reads_sealed_objects)
{
	__u8 bytes[PAGE];
	struct iovec to = { bytes, PAGE }, from;
	struct plasma_get_entry entry;
	int pipes[2];

	ASSERT_EQ(0, object_make(&self->a, id_of(1), 4 * PAGE, 1, NULL));
	ASSERT_EQ(0, object_get(&self->b, id_of(1), NOW, &entry));
	from.iov_base = self->b.read + entry.offset;
	from.iov_len = PAGE;
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(PAGE, write(pipes[1], from.iov_base, PAGE));
	ASSERT_EQ(PAGE, read(pipes[0], bytes, PAGE));
	EXPECT_EQ(PAGE, matching(bytes, PAGE, 1));

	memset(bytes, 0, PAGE);
	ASSERT_EQ(PAGE, vmsplice(pipes[1], &from, 1, 0));
	/* The pipe refers to the page itself, which must survive the object. */
	ASSERT_EQ(0, object_release(&self->b, id_of(1)));
	ASSERT_EQ(0, object_delete(&self->b, id_of(1)));
	ASSERT_EQ(0, object_make(&self->a, id_of(2), 4 * PAGE, 2, NULL));
	ASSERT_EQ(PAGE, read(pipes[0], bytes, PAGE));
	EXPECT_EQ(PAGE, matching(bytes, PAGE, 1));

	ASSERT_EQ(0, object_get(&self->b, id_of(2), NOW, &entry));
	from.iov_base = self->b.read + entry.offset;
	EXPECT_EQ(PAGE, process_vm_readv(getpid(), &to, 1, &from, 1, 0));
	EXPECT_EQ(PAGE, matching(bytes, PAGE, 2));
	close(pipes[0]);
	close(pipes[1]);
}

/* A figure of the mapping at @at, in KiB, or -1. */
static long smaps_kib(const void *at, const char *field)
{
	unsigned long start, end;
	bool inside = false;
	char line[512];
	long kib = -1;
	FILE *smaps = fopen("/proc/self/smaps", "r");

	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = (unsigned long)at >= start && (unsigned long)at < end;
		else if (inside && !strncmp(line, field, strlen(field)))
			kib = strtol(line + strlen(field), NULL, 10);
	}
	if (smaps)
		fclose(smaps);
	return kib;
}

TEST_F(windows, large_objects_are_mapped_by_huge_pages)
{
	struct plasma_get_entry entry;
	struct plasma_query answer;
	__u64 at;
	__u8 *map;

	ASSERT_EQ(0, query(self->a.fd, &answer));
	if (!(answer.out_features & PLASMA_FEATURE_HUGE))
		SKIP(return, "a kernel for small machines");
	ASSERT_EQ(HUGE_PAGE, answer.out_huge_page_size);
	ASSERT_EQ(0, object_make(&self->a, id_of(1), 64 * MIB, 1, NULL));
	ASSERT_EQ(0, object_get(&self->b, id_of(1), NOW, &entry));
	ASSERT_EQ(0, entry.offset % HUGE_PAGE);

	map = map_aligned(self->b.fd, self->b.read_offset + entry.offset, 64 * MIB,
			  PROT_READ);
	ASSERT_NE(MAP_FAILED, map);
	for (at = 0; at < 64 * MIB; at += HUGE_PAGE)
		ASSERT_LE(0, peek(map + at));
	EXPECT_EQ(64 * 1024, smaps_kib(map, "FilePmdMapped:"));
	EXPECT_EQ(64 * 1024, smaps_kib(map, "Rss:"));
	EXPECT_EQ(64 * MIB, matching(map, 64 * MIB, 1));
	munmap(map, 64 * MIB);

	/* So is the window that is mapped as programs do it, without asking. */
	for (at = 0; at < 64 * MIB; at += HUGE_PAGE)
		ASSERT_LE(0, peek(self->b.read + entry.offset + at));
	EXPECT_EQ(64 * 1024, smaps_kib(self->b.read, "FilePmdMapped:"));
}

/* Two thirds of a huge page more than one: the tail is the object's alone. */
TEST_F(windows, a_tail_is_not_huge)
{
	__u64 size = 2 * HUGE_PAGE + 1300000;
	struct plasma_get_entry entry;
	struct plasma_query answer;
	__u8 *map;

	ASSERT_EQ(0, query(self->a.fd, &answer));
	if (!(answer.out_features & PLASMA_FEATURE_HUGE))
		SKIP(return, "a kernel for small machines");
	ASSERT_EQ(0, object_make(&self->a, id_of(1), size, 1, NULL));
	ASSERT_EQ(0, object_get(&self->b, id_of(1), NOW, &entry));
	map = map_aligned(self->b.fd, self->b.read_offset + entry.offset / PAGE * PAGE,
			  4 * HUGE_PAGE, PROT_READ);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(size, matching(map, size, 1));
	EXPECT_EQ(2 * 2048, smaps_kib(map, "FilePmdMapped:"));
	EXPECT_EQ(-SIGBUS, peek(map + (size + PAGE - 1) / PAGE * PAGE));
	EXPECT_EQ(-SIGBUS, peek(map + 3 * HUGE_PAGE));
	munmap(map, 4 * HUGE_PAGE);
}

/* Linux moves pages to make room for large ones; not those of which we gave out the place. */
TEST_F(windows, pages_stay_where_they_are)
{
	struct plasma_get_entry entry;
	__u64 offset;
	int i;

	/* With gaps between them, so that there is something to be gained. */
	for (i = 1; i <= 64; i++)
		ASSERT_EQ(0, object_make(&self->a, id_of(i), 60000, i, NULL));
	for (i = 1; i <= 64; i += 2)
		ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
	ASSERT_EQ(0, object_create(&self->a, id_of(100), 3 * MIB, &offset));
	fill(self->a.write + offset, 3 * MIB, 1);
	if (file_write("/proc/sys/vm/compact_memory", "1"))
		SKIP(return, "this kernel does not move pages");

	EXPECT_EQ(3 * MIB, matching(self->a.write + offset, 3 * MIB, 1));
	fill(self->a.write + offset, 3 * MIB, 2);
	ASSERT_EQ(0, object_seal(&self->a, id_of(100), 0));
	ASSERT_EQ(0, object_get(&self->b, id_of(100), NOW, &entry));
	EXPECT_EQ(3 * MIB, matching(self->b.read + entry.offset, 3 * MIB, 2));
	ASSERT_EQ(0, file_write("/proc/sys/vm/compact_memory", "1"));
	EXPECT_EQ(3 * MIB, matching(self->b.read + entry.offset, 3 * MIB, 2));
	for (i = 2; i <= 64; i += 2) {
		ASSERT_EQ(0, object_get(&self->b, id_of(i), NOW, &entry));
		EXPECT_EQ(60000, matching(self->b.read + entry.offset, 60000, i));
	}
}

TEST_F(windows, the_device_is_no_file)
{
	char byte = 0;

	EXPECT_EQ(-1, read(self->a.fd, &byte, 1));
	EXPECT_EQ(-1, write(self->a.fd, &byte, 1));
	EXPECT_EQ(-1, pread(self->a.fd, &byte, 1, 0));
}

TEST_HARNESS_MAIN
