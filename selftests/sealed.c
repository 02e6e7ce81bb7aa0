// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sealed is sealed. Each test tries one route to the bytes of a sealed object; the
 * teardown compares them with what was sealed, through another client's window and
 * through the creator's old pointer.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <kselftest_harness.h>

#include "common.h"

#define OBJECT	id_text("sealed")

FIXTURE(sealed)
{
	struct usage before;
	struct client a;	/* the creator */
	struct client b;	/* a reader */
	__u64 size;
	__u8 *old;		/* the pointer that the object was written by */
	__u8 *shown;		/* where the creator reads it */
	const __u8 *seen;	/* where the reader does */
};

FIXTURE_VARIANT(sealed)
{
	__u64 size;
};

FIXTURE_VARIANT_ADD(sealed, small) { .size = 4 * PAGE };
FIXTURE_VARIANT_ADD(sealed, large) { .size = 4 * MIB };

FIXTURE_SETUP(sealed)
{
	struct plasma_get_entry entry;
	__u64 offset;

	self->size = variant->size;
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
	ASSERT_EQ(0, object_create(&self->a, OBJECT, self->size, &offset));
	self->old = self->a.write + offset;
	fill(self->old, self->size, 1);
	ASSERT_EQ(0, object_seal(&self->a, OBJECT, 0));
	ASSERT_EQ(0, object_get(&self->a, OBJECT, NOW, &entry));
	self->shown = self->a.read + entry.offset;
	ASSERT_EQ(0, object_get(&self->b, OBJECT, NOW, &entry));
	self->seen = self->b.read + entry.offset;
	ASSERT_EQ(self->size, matching(self->seen, self->size, 1));
}

FIXTURE_TEARDOWN(sealed)
{
	EXPECT_EQ(self->size, matching(self->seen, self->size, 1));
	EXPECT_EQ(self->size, matching(self->shown, self->size, 1));
	EXPECT_EQ(self->size, matching(self->old, self->size, 1));
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

TEST_F(sealed, old_pointer)
{
	__u64 at;

	/* Before a read has put its entries back, and after. */
	EXPECT_EQ(-SIGBUS, poke(self->old, 0));
	EXPECT_EQ(self->size, matching(self->old, self->size, 1));
	for (at = 0; at < self->size; at += PAGE)
		ASSERT_EQ(-SIGBUS, poke(self->old + at, 0));
	EXPECT_EQ(-SIGBUS, poke(self->old + self->size - 1, 0));
	EXPECT_EQ(-SIGSEGV, poke(self->shown, 0));
}

TEST_F(sealed, mprotect)
{
	int rw = PROT_READ | PROT_WRITE;

	mprotect(self->old, self->size, PROT_READ);
	EXPECT_EQ(self->size, matching(self->old, self->size, 1));
	mprotect(self->old, self->size, rw);
	EXPECT_EQ(-SIGBUS, poke(self->old, 0));
	EXPECT_EQ(self->size, matching(self->old, self->size, 1));
	EXPECT_EQ(-SIGBUS, poke(self->old + PAGE, 0));
	mprotect(self->old, self->size, PROT_NONE);
	mprotect(self->old, self->size, rw);
	EXPECT_EQ(-SIGBUS, poke(self->old, 0));

	EXPECT_EQ(-1, mprotect(self->shown, self->size, rw));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-SIGSEGV, poke(self->shown, 0));
}

/* Moving a mapping takes its entries along. */
TEST_F(sealed, mremap)
{
	__u8 *map, *room, *moved;

	map = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->a.fd,
		   self->a.write_offset + (self->old - self->a.write));
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(self->size, matching(map, self->size, 1));
	room = mmap(NULL, self->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved = mremap(map, self->size, self->size, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	if (moved == MAP_FAILED)
		moved = map;
	EXPECT_EQ(-SIGBUS, poke(moved, 0));
	EXPECT_EQ(self->size, matching(moved, self->size, 1));
	EXPECT_EQ(-SIGBUS, poke(moved, 0));
	munmap(moved, self->size);
}

TEST_F(sealed, second_writable_mapping)
{
	__u8 *map = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->a.fd,
			 self->a.write_offset + (self->old - self->a.write));

	if (map == MAP_FAILED)
		return;
	EXPECT_EQ(-SIGBUS, poke(map, 0));
	EXPECT_EQ(self->size, matching(map, self->size, 1));
	EXPECT_EQ(-SIGBUS, poke(map, 0));
	munmap(map, self->size);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
				   self->a.fd, self->a.read_offset));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(sealed, private_mapping)
{
	int rw = PROT_READ | PROT_WRITE;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, rw, MAP_PRIVATE, self->a.fd,
				   self->a.write_offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, self->a.fd,
				   self->a.read_offset));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(sealed, remap_file_pages)
{
	/* An old call that maps again by the mapping's own file. */
	if (!remap_file_pages(self->shown, PAGE, 0, 0, 0)) {
		EXPECT_EQ(-1, mprotect(self->shown, PAGE, PROT_READ | PROT_WRITE));
		EXPECT_GT(0, poke(self->shown, 0));
		munmap(self->shown, PAGE);
		ASSERT_NE(MAP_FAILED, mmap(self->shown, PAGE, PROT_READ,
					   MAP_SHARED | MAP_FIXED, self->a.fd,
					   self->a.read_offset +
						(self->shown - self->a.read)));
	}
	if (!remap_file_pages(self->old, PAGE, 0,
			      (self->old - self->a.write) / PAGE, 0))
		EXPECT_EQ(-SIGBUS, poke(self->old, 0));
}

/* The window's file, opened again by its mapping. */
TEST_F(sealed, map_files)
{
	char path[128], target[256], byte = 0;
	void *map;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx",
		 (unsigned long)self->a.read,
		 (unsigned long)(self->a.read + window_size()));
	/* Also shows that this is how the mapping is called. */
	ASSERT_LT(0, readlink(path, target, sizeof(target)));

	fd = open(path, O_RDWR);
	if (fd >= 0) {
		EXPECT_EQ(-1, pwrite(fd, &byte, 1, self->shown - self->a.read));
		EXPECT_EQ(-1, ftruncate(fd, 0));
		EXPECT_EQ(-1, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					0, self->shown - self->a.read + self->size));
		map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   (self->shown - self->a.read) / PAGE * PAGE);
		EXPECT_EQ(MAP_FAILED, map);
		close(fd);
	}
	fd = open(path, O_RDONLY);
	if (fd >= 0) {
		map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
			   (self->shown - self->a.read) / PAGE * PAGE);
		if (map != MAP_FAILED)
			EXPECT_EQ(-1, mprotect(map, PAGE, PROT_READ | PROT_WRITE));
		close(fd);
	}
}

struct views {
	__u8 *old;
	__u8 *shown;
	__u64 size;
};

static int child_tries(void *arg)
{
	struct views *views = arg;

	/* The write window does not come along; the read window does, and works. */
	CHECK_EQ(-SIGSEGV, poke(views->old, 0));
	CHECK_EQ(-SIGSEGV, peek(views->old));
	CHECK_EQ(-SIGSEGV, poke(views->shown, 0));
	CHECK_EQ(views->size, matching(views->shown, views->size, 1));
	return 0;
}

TEST_F(sealed, forked_child)
{
	struct views views = { self->old, self->shown, self->size };

	EXPECT_EQ(0, reap(spawn(child_tries, &views)));
}

struct passed {
	int socket;
	struct gate ready;
	struct gate sealed;
	__u64 write_offset;
	__u64 offset;
	__u64 size;
};

static int child_with_descriptor(void *arg)
{
	struct passed *passed = arg;
	int fd = recv_fd(passed->socket);
	__u8 *map;

	CHECK(fd >= 0);
	map = mmap(NULL, passed->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   passed->write_offset + passed->offset);
	CHECK(map != MAP_FAILED);
	/* It is the client: until the seal it writes, and is one with the sender. */
	fill(map, passed->size, 4);
	gate_open(&passed->ready);
	CHECK_EQ(0, gate_wait(&passed->sealed));
	CHECK_EQ(-SIGBUS, poke(map, 0));
	CHECK_EQ(passed->size, matching(map, passed->size, 4));
	CHECK_EQ(-SIGBUS, poke(map, 0));
	CHECK_EQ(-SIGBUS, poke(map + passed->size - 1, 0));
	return 0;
}

TEST_F(sealed, descriptor_by_scm_rights)
{
	struct passed passed = { .size = self->size,
				 .write_offset = self->a.write_offset };
	struct plasma_get_entry entry;
	int sockets[2];
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	ASSERT_EQ(0, object_create(&self->a, id_of(2), self->size, &passed.offset));
	ASSERT_EQ(0, gate_init(&passed.ready));
	ASSERT_EQ(0, gate_init(&passed.sealed));
	passed.socket = sockets[1];
	pid = spawn(child_with_descriptor, &passed);
	ASSERT_EQ(0, send_fd(sockets[0], self->a.fd));
	ASSERT_EQ(0, gate_wait(&passed.ready));
	EXPECT_EQ(self->size, matching(self->a.write + passed.offset, self->size, 4));
	ASSERT_EQ(0, object_seal(&self->a, id_of(2), 0));
	gate_open(&passed.sealed);
	EXPECT_EQ(0, reap(pid));
	ASSERT_EQ(0, object_get(&self->b, id_of(2), NOW, &entry));
	EXPECT_EQ(self->size, matching(self->b.read + entry.offset, self->size, 4));
	close(sockets[0]);
	close(sockets[1]);
}

TEST_F(sealed, proc_self_mem)
{
	int fd = open("/proc/self/mem", O_RDWR);
	static __u8 zero[PAGE];

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, pwrite(fd, zero, PAGE, (unsigned long)self->old));
	EXPECT_EQ(-1, pwrite(fd, zero, PAGE, (unsigned long)self->shown));
	EXPECT_EQ(-1, pwrite(fd, zero, 1, (unsigned long)self->shown + self->size - 1));
	close(fd);
}

static int wait_for_tracer(void *arg)
{
	(void)arg;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	return 0;
}

TEST_F(sealed, ptrace_poke)
{
	int status;
	pid_t pid;

	pid = spawn(wait_for_tracer, NULL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	/* The tracer's right holds for memory as any. */
	EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, pid, &self->before, 0));
	EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, pid, self->shown, 0));
	EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, pid, self->shown + PAGE, 0));
	EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, pid, self->old, 0));
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	EXPECT_EQ(0, reap(pid));
}

TEST_F(sealed, process_vm_writev)
{
	static __u8 zero[PAGE];
	struct iovec from = { zero, PAGE }, to = { self->old, PAGE };

	EXPECT_EQ(-1, process_vm_writev(getpid(), &from, 1, &to, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	to.iov_base = self->shown;
	EXPECT_EQ(-1, process_vm_writev(getpid(), &from, 1, &to, 1, 0));
	EXPECT_EQ(EFAULT, errno);
}

/* Whatever the kernel copies to a user's pointer. */
TEST_F(sealed, system_calls_that_fill_memory)
{
	struct client c = self->a;
	static __u8 zero[PAGE];
	int pipes[2], sockets[2];
	__u8 *targets[2] = { self->old, self->shown };
	unsigned int i;
	struct id id;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(PAGE, write(pipes[1], zero, PAGE));
		EXPECT_EQ(-1, read(pipes[0], targets[i], PAGE));
		EXPECT_EQ(EFAULT, errno);
		ASSERT_EQ(100, write(sockets[1], zero, 100));
		EXPECT_EQ(-1, recv(sockets[0], targets[i], 100, 0));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_GE(0, getrandom(targets[i], 100, 0));
		/* Our own commands write to what they are given, too. */
		EXPECT_EQ(-EFAULT, object_get_many(&c, (void *)targets[i], 1, NOW));
	}
	EXPECT_EQ(-ENOENT, name_lookup(&self->a, "nobody", &id));
	close(pipes[0]);
	close(pipes[1]);
	close(sockets[0]);
	close(sockets[1]);
}

/* A file on a block device, the one kind of disk that every guest can have. */
static int open_direct(void)
{
	static __u8 bytes[64 * 1024];
	int fd = open("/dev/ram0", O_RDWR);

	if (fd < 0)
		return -errno;
	memset(bytes, 0xdd, sizeof(bytes));
	if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes) || fsync(fd))
		return -EIO;
	close(fd);
	fd = open("/dev/ram0", O_RDWR | O_DIRECT);
	return fd < 0 ? -errno : fd;
}

TEST_F(sealed, direct_read)
{
	static __u8 page[PAGE] __attribute__((aligned(PAGE)));
	int fd = open_direct();
	__u64 offset;

	if (fd < 0)
		SKIP(return, "no block device /dev/ram0");
	/* The read itself works, into other memory. */
	ASSERT_EQ(PAGE, pread(fd, page, PAGE, 0));
	ASSERT_EQ(PAGE, leading(page, PAGE, 0xdd));

	EXPECT_EQ(-1, pread(fd, self->old, PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pread(fd, self->shown, PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	/* Not before the seal either: such a read could still be under way at the seal. */
	ASSERT_EQ(0, object_create(&self->a, id_of(2), PAGE, &offset));
	EXPECT_EQ(0, poke(self->a.write + offset, 1));
	EXPECT_EQ(-1, pread(fd, self->a.write + offset, PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	/* Out of a sealed object it is fine. */
	EXPECT_EQ(PAGE, pwrite(fd, self->seen, PAGE, PAGE));
	ASSERT_EQ(PAGE, pread(fd, page, PAGE, PAGE));
	EXPECT_EQ(PAGE, matching(page, PAGE, 1));
	close(fd);
}

static int ring_read(struct io_uring *ring, int fd, void *to, bool fixed)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct io_uring_cqe *cqe;
	int ret;

	if (fixed)
		io_uring_prep_read_fixed(sqe, fd, to, PAGE, 0, 0);
	else
		io_uring_prep_read(sqe, fd, to, PAGE, 0);
	ret = io_uring_submit(ring);
	if (ret != 1)
		return -EIO;
	ret = io_uring_wait_cqe(ring, &cqe);
	if (ret)
		return ret;
	ret = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

TEST_F(sealed, io_uring_fixed_buffer)
{
	struct plasma_get_entry entry;
	struct io_uring ring;
	struct iovec buffer;
	int fd, ret;
	__u64 offset;

	ret = io_uring_queue_init(4, &ring, 0);
	if (ret)
		SKIP(return, "no io_uring: %s", strerror(-ret));
	fd = memfd_create("source", 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, PAGE));

	ASSERT_EQ(0, object_create(&self->a, id_of(2), self->size, &offset));
	fill(self->a.write + offset, self->size, 2);
	buffer.iov_base = self->a.write + offset;
	buffer.iov_len = PAGE;
	ret = io_uring_register_buffers(&ring, &buffer, 1);
	/* Before the seal the ring may write, though not by a page it keeps. */
	if (!ret)
		EXPECT_LT(-1, ring_read(&ring, fd, buffer.iov_base, true));
	ASSERT_EQ(0, object_seal(&self->a, id_of(2), 0));
	if (!ret) {
		ring_read(&ring, fd, buffer.iov_base, true);
		io_uring_unregister_buffers(&ring);
	} else {
		EXPECT_EQ(-EFAULT, ret);
	}
	ASSERT_EQ(0, object_get(&self->b, id_of(2), NOW, &entry));
	EXPECT_EQ(self->size, matching(self->b.read + entry.offset, self->size, 2));
	EXPECT_EQ(self->size, matching(self->a.write + offset, self->size, 2));

	EXPECT_EQ(-EFAULT, ring_read(&ring, fd, buffer.iov_base, false));
	EXPECT_EQ(-EFAULT, ring_read(&ring, fd, self->shown, false));
	EXPECT_NE(0, io_uring_register_buffers(&ring, &buffer, 1));
	buffer.iov_base = self->shown;
	EXPECT_NE(0, io_uring_register_buffers(&ring, &buffer, 1));
	EXPECT_EQ(self->size, matching(self->b.read + entry.offset, self->size, 2));
	io_uring_queue_exit(&ring);
	close(fd);
}

/* A read that was submitted before the seal and gets its bytes after it. */
TEST_F(sealed, io_uring_read_across_the_seal)
{
	struct plasma_get_entry entry;
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	static __u8 zero[PAGE];
	struct io_uring ring;
	int pipes[2], ret;
	__u64 offset;

	ret = io_uring_queue_init(4, &ring, 0);
	if (ret)
		SKIP(return, "no io_uring: %s", strerror(-ret));
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, object_create(&self->a, id_of(2), self->size, &offset));
	fill(self->a.write + offset, self->size, 2);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_read(sqe, pipes[0], self->a.write + offset, PAGE, 0);
	ASSERT_EQ(1, io_uring_submit(&ring));

	ASSERT_EQ(0, object_seal(&self->a, id_of(2), 0));
	ASSERT_EQ(PAGE, write(pipes[1], zero, PAGE));
	ASSERT_EQ(0, io_uring_wait_cqe(&ring, &cqe));
	EXPECT_EQ(-EFAULT, cqe->res);
	io_uring_cqe_seen(&ring, cqe);
	ASSERT_EQ(0, object_get(&self->b, id_of(2), NOW, &entry));
	EXPECT_EQ(self->size, matching(self->b.read + entry.offset, self->size, 2));
	io_uring_queue_exit(&ring);
	close(pipes[0]);
	close(pipes[1]);
}

struct slow_pipe {
	int fd;
	void *to;
	ssize_t result;
};

static int read_pipe(void *arg)
{
	struct slow_pipe *slow = arg;

	slow->result = read(slow->fd, slow->to, PAGE);
	if (slow->result < 0)
		slow->result = -errno;
	return 0;
}

/* The same by read(2), blocked in another thread. */
TEST_F(sealed, read_across_the_seal)
{
	struct plasma_get_entry entry;
	static __u8 zero[PAGE];
	struct slow_pipe slow;
	struct task task;
	int pipes[2];
	__u64 offset;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, object_create(&self->a, id_of(2), self->size, &offset));
	fill(self->a.write + offset, self->size, 2);
	slow.fd = pipes[0];
	slow.to = self->a.write + offset;
	ASSERT_EQ(0, task_start(&task, read_pipe, &slow));
	sleep_ms(50);
	ASSERT_EQ(0, object_seal(&self->a, id_of(2), 0));
	ASSERT_EQ(PAGE, write(pipes[1], zero, PAGE));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(-EFAULT, slow.result);
	ASSERT_EQ(0, object_get(&self->b, id_of(2), NOW, &entry));
	EXPECT_EQ(self->size, matching(self->b.read + entry.offset, self->size, 2));
	close(pipes[0]);
	close(pipes[1]);
}

/* Pages given to a pipe are the pipe's to change, if it ever gets them. */
TEST_F(sealed, vmsplice_gift)
{
	struct iovec from;
	int pipes[2];
	__u64 offset;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, object_create(&self->a, id_of(2), PAGE, &offset));
	EXPECT_EQ(0, poke(self->a.write + offset, 1));
	from.iov_base = self->a.write + offset;
	from.iov_len = PAGE;
	EXPECT_EQ(-1, vmsplice(pipes[1], &from, 1, SPLICE_F_GIFT | SPLICE_F_NONBLOCK));
	from.iov_base = self->old;
	EXPECT_EQ(-1, vmsplice(pipes[1], &from, 1, SPLICE_F_GIFT | SPLICE_F_NONBLOCK));
	/* Of a sealed object it gets a page, which stays as it is. */
	from.iov_base = self->shown;
	if (vmsplice(pipes[1], &from, 1, SPLICE_F_GIFT | SPLICE_F_NONBLOCK) == PAGE)
		EXPECT_EQ(1, write(pipes[1], "", 1));
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(sealed, userfaultfd)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register where = {
		.range = { (unsigned long)self->old, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (fd < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, ioctl(fd, UFFDIO_API, &api));
	EXPECT_EQ(-1, ioctl(fd, UFFDIO_REGISTER, &where));
	where.range.start = (unsigned long)self->shown / PAGE * PAGE;
	EXPECT_EQ(-1, ioctl(fd, UFFDIO_REGISTER, &where));
	close(fd);
}

/* Advice about memory changes nothing. */
TEST_F(sealed, madvise)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_PAGEOUT, MADV_COLD,
		MADV_MERGEABLE, MADV_WIPEONFORK, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
		22 /* MADV_POPULATE_READ */, 23 /* MADV_POPULATE_WRITE */,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(advice); i++) {
		madvise(self->old, self->size, advice[i]);
		madvise(self->shown, self->size, advice[i]);
		EXPECT_EQ(-SIGBUS, poke(self->old, 0)) TH_LOG("advice %d", advice[i]);
		EXPECT_EQ(-SIGSEGV, poke(self->shown, 0)) TH_LOG("advice %d", advice[i]);
		EXPECT_EQ(self->size, matching(self->seen, self->size, 1))
			TH_LOG("advice %d", advice[i]);
	}
}

/* What is locked or populated in the write window before the seal is revoked as well. */
TEST_F(sealed, populated_mapping)
{
	struct plasma_get_entry entry;
	__u64 offset;
	__u8 *map;

	ASSERT_EQ(0, object_create(&self->a, id_of(2), self->size, &offset));
	map = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		   self->a.fd, self->a.write_offset + offset);
	ASSERT_NE(MAP_FAILED, map);
	mlock(map, self->size);
	fill(map, self->size, 2);
	ASSERT_EQ(0, object_seal(&self->a, id_of(2), 0));
	EXPECT_EQ(-SIGBUS, poke(map, 0));
	EXPECT_EQ(self->size, matching(map, self->size, 2));
	EXPECT_EQ(-SIGBUS, poke(map, 0));
	ASSERT_EQ(0, object_get(&self->b, id_of(2), NOW, &entry));
	EXPECT_EQ(self->size, matching(self->b.read + entry.offset, self->size, 2));
	munmap(map, self->size);
}

/* The source of a put is not the object. */
TEST_F(sealed, source_of_a_put)
{
	struct plasma_get_entry entry;
	__u8 *bytes = malloc(self->size);

	fill(bytes, self->size, 2);
	ASSERT_EQ(0, object_put(&self->a, id_of(2), bytes, self->size));
	memset(bytes, 0, self->size);
	ASSERT_EQ(0, object_get(&self->b, id_of(2), NOW, &entry));
	EXPECT_EQ(self->size, matching(self->b.read + entry.offset, self->size, 2));
	EXPECT_GT(0, poke(self->a.write + entry.offset, 0));
	free(bytes);
}

/* Metadata is closed from the beginning. */
TEST_F(sealed, metadata)
{
	struct blob blob = { .size = 100, .metadata = "constant", .metadata_size = 8 };
	struct plasma_get_entry entry;
	__u64 offset;

	ASSERT_EQ(0, object_create_with(&self->a, id_of(2), &blob, 0, &offset));
	/* Behind its data an unsealed object may have a page, but not the metadata. */
	memset(self->a.write + offset, 0xff, PAGE - offset % PAGE);
	ASSERT_EQ(0, object_seal(&self->a, id_of(2), 0));
	ASSERT_EQ(0, object_get(&self->b, id_of(2), NOW, &entry));
	EXPECT_EQ(100, leading(self->b.read + entry.offset, 100, 0xff));
	EXPECT_EQ(0, memcmp(self->b.read + entry.offset + 100, "constant", 8));
	/* Nor does what was written there show behind the object's end. */
	EXPECT_NE(0xff, self->b.read[entry.offset + 108]);
	EXPECT_NE(0xff, self->b.read[(entry.offset | (PAGE - 1))]);
	EXPECT_NE(0xff, self->a.write[offset + 108]);
}

/* Threads that write as fast as they can, all the way across the seal. */
struct writer {
	struct client *client;
	volatile __u8 *at;
	__u64 size;
	unsigned int seed;
	unsigned int rounds;
	bool started;
	int signal;
};

static void write_on(void *arg)
{
	struct writer *writer = arg;
	__u64 at;

	for (;; writer->rounds++) {
		for (at = writer->seed * 64; at < writer->size; at += 256)
			writer->at[at] = writer->rounds + writer->seed;
		__atomic_store_n(&writer->started, true, __ATOMIC_RELEASE);
	}
}

static int write_until_fault(void *arg)
{
	struct writer *writer = arg;

	writer->signal = guarded(write_on, writer);
	return 0;
}

TEST_F(sealed, writers_across_the_seal)
{
	struct writer writers[2];
	struct task tasks[2];
	struct plasma_get_entry entry;
	__u64 offset, sum;
	int round, i;

	for (round = 0; round < 25; round++) {
		ASSERT_EQ(0, object_create(&self->a, id_of(round), self->size, &offset));
		for (i = 0; i < 2; i++) {
			writers[i] = (struct writer){ .at = self->a.write + offset,
						      .size = self->size, .seed = i };
			ASSERT_EQ(0, task_start(&tasks[i], write_until_fault, &writers[i]));
		}
		for (i = 0; i < 2; i++)
			while (!__atomic_load_n(&writers[i].started, __ATOMIC_ACQUIRE))
				sched_yield();
		ASSERT_EQ(0, object_seal(&self->a, id_of(round), 0));
		ASSERT_EQ(0, object_get(&self->b, id_of(round), NOW, &entry));
		sum = checksum(self->b.read + entry.offset, self->size);
		for (i = 0; i < 2; i++) {
			ASSERT_EQ(0, task_join(&tasks[i]));
			EXPECT_EQ(-SIGBUS, writers[i].signal);
			EXPECT_EQ(sum, checksum(self->b.read + entry.offset, self->size));
		}
		EXPECT_EQ(sum, checksum(self->a.write + offset, self->size));
		ASSERT_EQ(0, object_release(&self->a, id_of(round)));
		ASSERT_EQ(0, object_release(&self->b, id_of(round)));
		ASSERT_EQ(0, object_delete(&self->b, id_of(round)));
	}
}

/* Reads and failing writes mixed, so that read entries come and go under the writers. */
struct prober {
	volatile __u8 *at;
	volatile bool *stop;
	int wrong;
};

static int probe(void *arg)
{
	struct prober *prober = arg;

	while (!*prober->stop) {
		if (peek(prober->at) < 0)
			prober->wrong++;
		if (poke(prober->at, 0) != -SIGBUS)
			prober->wrong++;
	}
	return 0;
}

TEST_F(sealed, reads_and_writes_race)
{
	volatile bool stop = false;
	struct prober probers[3];
	struct task tasks[3];
	int i;

	for (i = 0; i < 3; i++) {
		probers[i] = (struct prober){ .at = self->old + 8, .stop = &stop };
		ASSERT_EQ(0, task_start(&tasks[i], probe, &probers[i]));
	}
	for (i = 0; i < 200; i++) {
		madvise(self->a.write, window_size(), MADV_DONTNEED);
		mprotect(self->old + PAGE, PAGE, i & 1 ? PROT_READ | PROT_WRITE : PROT_READ);
		sched_yield();
	}
	stop = true;
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, task_join(&tasks[i]));
		EXPECT_EQ(0, probers[i].wrong);
	}
}

TEST_HARNESS_MAIN
