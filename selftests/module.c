// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module itself: when it may be unloaded, and that it leaves nothing behind.
 * Needs $PLASMA_MODULE, the file that it is loaded from.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <kselftest_harness.h>

#include "common.h"
#include "fault.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	7200

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
	__u64 before, with, after;
	struct client c;
	int i;

	ASSERT_EQ(0, unload());
	before = memory_available();
	ASSERT_EQ(0, load("size_mb=256"));
	ASSERT_EQ(0, client_open(&c, "default", 0));
	for (i = 0; i < 50; i++)
		ASSERT_EQ(0, object_make(&c, id_of(i), 4 * MIB, i, NULL));
	for (i = 0; i < 200; i++)
		ASSERT_EQ(0, object_put(&c, id_of(100 + i), "x", 1));
	ASSERT_EQ(0, name_bind(&c, id_of(0), "named", 0));
	ASSERT_LE(0, ns_create(c.fd, "left behind", 0, 0600, 0));
	client_close(&c);
	with = memory_available();
	EXPECT_LT(with, before - 150 * MIB);
	EXPECT_EQ(0, unload());
	after = memory_available();
	EXPECT_GT(after, with + 150 * MIB);

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

/*
 * Memory in use, by its field in /proc/meminfo, and how many KiB more of it are no leak: one
 * of a round's worth would be far more.
 */
static const struct {
	const char *field;		/* NULL for all kinds */
	long slack;
} figures[] = {
	{ NULL, 64 * 1024 },		/* objects: 300 MiB */
	{ "SUnreclaim:", 4 * 1024 },
	{ "VmallocUsed:", 2 * 1024 },	/* the module: 10 MiB */
	{ "Percpu:", 256 },
	{ "KernelStack:", 512 },
};

static long figure(unsigned int i)
{
	if (figures[i].field)
		return read_number("/proc/meminfo", figures[i].field);
	return -(long)(memory_available() / KIB);
}

static unsigned int grown(const long *before)
{
	/* Instrumented kernels put freed memory aside, and look for leaks themselves. */
	long more = access("/sys/kernel/debug/kmemleak", F_OK) ? 0 : 128 * 1024;
	unsigned int i, bad = 0;

	for (i = 0; i < ARRAY_SIZE(figures); i++)
		if (figure(i) > before[i] + figures[i].slack + more)
			bad |= 1U << i;
	return bad;
}

/* --- refused, while somebody is in the middle of something ----------------------------- */

static int wait_for_ever(void *arg)
{
	struct plasma_get_entry entry;
	struct client c;

	(void)arg;
	CHECK_EQ(0, client_open(&c, "default", 0));
	/* Not even by a window or a descriptor of its own: the call is what counts. */
	client_unmap(&c);
	return object_get(&c, id_of(1), PLASMA_FOREVER, &entry) == 0 ? 0 : 1;
}

TEST_F(module, not_while_somebody_waits)
{
	pid_t pid = spawn(wait_for_ever, NULL);
	struct client c;

	ASSERT_EQ(0, client_open(&c, "default", 0));
	ASSERT_EQ(0, wait_waiters(&c, 1));
	client_close(&c);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	EXPECT_EQ(0, read_number("/sys/module/plasma/refcnt", ""));
	EXPECT_EQ(0, unload());
}

/* A descriptor of another kind is left when the client has gone. */
static int not_while_open(int fd)
{
	CHECK(fd >= 0);
	CHECK_EQ(-EWOULDBLOCK, unload());
	close(fd);
	CHECK_EQ(0, read_number("/sys/module/plasma/refcnt", ""));
	/* At once: the last close is all that it takes. */
	CHECK_EQ(0, unload());
	return 0;
}

TEST_F(module, not_while_somebody_listens)
{
	struct client c;
	int fd;

	ASSERT_EQ(0, client_open(&c, "default", 0));
	fd = subscribe(&c, 0, 0);
	client_close(&c);
	EXPECT_EQ(0, not_while_open(fd));
}

TEST_F(module, not_while_an_object_is_awaited)
{
	struct client c;
	int fd;

	ASSERT_EQ(0, client_open(&c, "default", 0));
	fd = object_pending_fd(&c, id_of(1));
	client_close(&c);
	EXPECT_EQ(0, not_while_open(fd));
}

TEST_F(module, not_while_an_object_is_exported)
{
	struct client c;
	int fd;

	ASSERT_EQ(0, client_open(&c, "default", 0));
	ASSERT_EQ(0, object_put(&c, id_of(1), "x", 1));
	fd = object_export(&c, id_of(1));
	client_close(&c);
	EXPECT_EQ(0, not_while_open(fd));
}

TEST_F(module, not_while_an_export_is_mapped)
{
	struct client c;
	int fd;
	void *at;

	ASSERT_EQ(0, client_open(&c, "default", 0));
	ASSERT_EQ(0, object_put(&c, id_of(1), "x", 1));
	fd = object_export(&c, id_of(1));
	client_close(&c);
	at = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, at);
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_EQ('x', peek(at));
	munmap(at, 1);
	EXPECT_EQ(0, unload());
}

/* --- while memory lacks ---------------------------------------------------------------- */

/* More than there are places in a load. */
#define FAULTS_MAX	1000000

/* What there is of a module that is loaded. */
static const char *const traces[] = {
	"/dev/plasma",
	"/sys/module/plasma",
	"/sys/class/misc/plasma",
	"/sys/kernel/slab/plasma_object",
	"/sys/kernel/slab/plasma_slot_page",
};

static int nothing_left(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(traces); i++) {
		if (!access(traces[i], F_OK)) {
			fprintf(stderr, "# %s is left\n", traces[i]);
			return 1;
		}
	}
	CHECK_EQ(0, plasma_caches());
	return 0;
}

/* It is there, all of it, and goes. Its node is made by a thread of Linux, or not at all. */
static int works_and_goes(void)
{
	struct plasma_query answer;
	int fd;

	CHECK(loaded());
	fd = device_open();
	if (fd >= 0) {
		CHECK_EQ(0, query(fd, &answer));
		CHECK_EQ(64 * MIB, answer.out_store_size);
		close(fd);
	}
	CHECK_EQ(0, unload());
	return 0;
}

/*
 * A store larger than the machine is the first that the module's own part refuses, so about as
 * many places are Linux's own; some come when the load is undone, and some by chance.
 */
#define BY_CHANCE	50

static unsigned int places_before_init(void)
{
	unsigned int count;

	fault_at(FAULTS_MAX);
	if (load("size_mb=1000000000") != -EINVAL)
		abort();
	count = FAULTS_MAX - fault_left();
	return count > BY_CHANCE ? count - BY_CHANCE : 1;
}

/* 1 if it failed, 0 if nothing did, or a negative error of the test itself. */
static int load_with_failure(unsigned int nth, unsigned int *errors)
{
	bool failed;
	int ret;

	fault_at(nth);
	ret = load("size_mb=64");
	failed = fault_happened();
	if (ret && !failed)
		return -1;
	*errors += !!ret;
	if (!ret && works_and_goes())
		return -2;
	if (nothing_left())
		return -3;
	return failed;
}

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
#define REPORT		"unreferenced object"

/* How many leaks are told of, where each is Linux's own, or -1. */
static int count_leaks(FILE *reports)
{
	bool own = true;
	char line[512];
	int count = 0;

	while (fgets(line, sizeof(line), reports)) {
		if (!strncmp(line, REPORT, strlen(REPORT))) {
			if (!own)
				return -1;
			own = false;
			count++;
		}
		own |= !!strstr(line, " sysfs_slab_add+");
	}
	return own ? count : -1;
}

/*
 * Linux forgets the name of a cache which could not be made. That is not to be told of the module
 * when the machine looks for leaks in the end; all else is. What is younger than five seconds
 * is no leak yet, nor what looked different in the scan before.
 */
static int only_linux_leaks(void)
{
	FILE *reports;
	int count;

	if (access(KMEMLEAK, F_OK))
		return 0;
	CHECK_EQ(0, file_write(KMEMLEAK, "scan"));
	sleep_ms(6000);
	CHECK_EQ(0, file_write(KMEMLEAK, "scan"));
	reports = fopen(KMEMLEAK, "r");
	CHECK(reports);
	count = count_leaks(reports);
	fclose(reports);
	CHECK(count >= 0);
	fprintf(stderr, "# Linux lost %d names\n", count);
	CHECK_EQ(0, file_write(KMEMLEAK, "clear"));
	return 0;
}

TEST_F(module, all_of_it_or_nothing)
{
	unsigned int nth, first, errors = 0;
	int ret = 1;

	if (!fault_init())
		SKIP(return, "no fault injection");
	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, nothing_left());
	first = places_before_init();
	for (nth = first; ret > 0; nth++) {
		ret = load_with_failure(nth, &errors);
		ASSERT_LE(0, ret) TH_LOG("failure %u", nth);
	}
	fprintf(stderr, "# %u places fail behind %u of Linux, %u of them with an error\n",
		nth - 1 - first, first, errors);
	EXPECT_LT(0, errors);
	EXPECT_EQ(0, only_linux_leaks());
}

/* --- again and again ------------------------------------------------------------------- */

static unsigned int cycles(void)
{
	const char *text = getenv("TEST_MODULE_CYCLES");

	return text && *text ? strtoul(text, NULL, 0) : 60;
}

/* A visit: comes, does something, and goes. */
static int visit(struct id id, unsigned int round)
{
	struct client c;
	int fd, ret;

	ret = client_open(&c, "default", 0);
	if (ret) {
		client_close(&c);
		/* There is no device, or there is none any more. */
		CHECK(ret == -ENOENT || ret == -ENODEV || ret == -ENXIO);
		return 0;
	}
	ret = object_make(&c, id, 9000 + round % 7 * 5000, round, NULL);
	CHECK(ret == 0 || ret == -EEXIST || ret == -ENOSPC);
	fd = object_export(&c, id);
	CHECK(fd >= 0 || fd == -ENOENT);
	object_delete(&c, id);
	client_close(&c);
	if (fd >= 0)
		close(fd);
	return 0;
}

/*
 * Stays away for four times as long as it was there: however slow the machine, there
 * are moments at which none of three visitors is there.
 */
static int come_and_go(void *arg)
{
	unsigned int number = *(unsigned int *)arg, i;
	__u64 begin;

	for (i = 0;; i++) {
		begin = now_ns();
		CHECK_EQ(0, visit(id_of(number), i));
		sleep_ms(1 + (now_ns() - begin) * 4 / 1000000);
	}
}

static int unload_when_possible(void)
{
	__u64 end = in_ms(120000);
	int ret;

	do {
		ret = unload();
		if (ret != -EWOULDBLOCK)
			return ret;
		sleep_ms(1);
	} while (now_ns() < end);
	return ret;
}

TEST_F(module, while_clients_come_and_go)
{
	unsigned int i, numbers[3] = { 1, 2, 3 }, rounds = cycles();
	pid_t pids[3];

	for (i = 0; i < 3; i++)
		pids[i] = spawn(come_and_go, &numbers[i]);
	for (i = 0; i < rounds; i++) {
		sleep_ms(i % 12);
		ASSERT_EQ(0, unload_when_possible()) TH_LOG("round %u", i);
		ASSERT_EQ(0, load("size_mb=16")) TH_LOG("round %u", i);
	}
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-SIGKILL, kill_and_reap(pids[i]));
	fprintf(stderr, "# unloaded %u times\n", rounds);
}

/* With exported descriptors, some of them mapped, closed a moment before. */
TEST_F(module, right_after_the_last_close)
{
	unsigned int i, j, rounds = cycles();
	struct client c;
	int fds[8];

	for (i = 0; i < rounds; i++) {
		ASSERT_EQ(0, client_open(&c, "default", 0));
		for (j = 0; j < 8; j++) {
			ASSERT_EQ(0, object_make(&c, id_of(j), j % 2 ? 100 : 100000, j, NULL));
			fds[j] = object_export(&c, id_of(j));
			ASSERT_LE(0, fds[j]);
			if (i % 2)
				ASSERT_EQ(0, object_delete(&c, id_of(j)) < 0);
		}
		client_close(&c);
		ASSERT_EQ(-EWOULDBLOCK, unload());
		for (j = 0; j < 8; j++)
			close(fds[j]);
		ASSERT_EQ(0, unload()) TH_LOG("round %u", i);
		ASSERT_EQ(0, load("size_mb=16"));
	}
}

static int set_size(void *arg)
{
	struct gate *go = arg;

	CHECK_EQ(0, gate_wait(go));
	/* Or there is no module any more. */
	file_write(SIZE_MB, "32");
	return 0;
}

/* While what was kept is freed for a smaller size. */
TEST_F(module, while_its_size_is_set)
{
	unsigned int round;
	struct client c;
	struct gate go;
	pid_t pid;
	int ret;

	ASSERT_EQ(0, unload());
	for (round = 0; round < (slowness() > 1 ? 4 : 40); round++) {
		ASSERT_EQ(0, load("size_mb=128"));
		ASSERT_EQ(0, gate_init(&go));
		pid = spawn(set_size, &go);
		ASSERT_EQ(0, client_open(&c, "default", 0));
		ASSERT_EQ(0, object_make(&c, id_of(1), 60 * MIB, 1, NULL));
		ASSERT_EQ(0, object_delete(&c, id_of(1)));
		client_close(&c);
		gate_open(&go);
		do
			ret = unload();
		while (ret == -EWOULDBLOCK || ret == -EBUSY);
		ASSERT_EQ(0, ret);
		ASSERT_EQ(0, reap(pid));
		gate_close(&go);
	}
}

/* Or a third of that, where each takes long. */
TEST_F(module, a_hundred_times)
{
	const unsigned int rounds = slowness() > 1 ? 30 : 110;
	long before[ARRAY_SIZE(figures)];
	unsigned int i, j;

	ASSERT_EQ(0, unload());
	EXPECT_EQ(0, plasma_caches());
	for (i = 0; i < rounds; i++) {
		for (j = 0; i == 10 && j < ARRAY_SIZE(figures); j++)
			before[j] = figure(j);
		ASSERT_EQ(0, load_use_unload(i)) TH_LOG("round %u", i);
	}
	/* What RCU and the like still hold comes back by itself. */
	for (i = 0; i < 100 && grown(before); i++)
		sleep_ms(100);
	EXPECT_EQ(0, grown(before));
	EXPECT_EQ(0, plasma_caches());
}

TEST_HARNESS_MAIN
