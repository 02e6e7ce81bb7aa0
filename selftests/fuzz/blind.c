// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blind: random bytes at everything that takes any. All that is looked for is that nobody
 * is hurt but who does this, and that nothing is left of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "fuzz.h"

#define PROCESSES	3
#define FIRST_FD	10	/* what commands return is here and above, and is closed */
#define BUFFER		(64 * KIB)
#define CALLS_LEAST	200	/* however short the time is */
#define TICK_US		20000
#define LONG_TICKS	3000	/* a minute in one step is worth a word */

struct blind {
	__u64 random;
	int fd;
	struct client c;
	__u8 *buffer;		/* with nothing behind it */
	__u8 *read_only;
	unsigned int calls;
	unsigned int succeeded;
};

static __u64 next(struct blind *b)
{
	return random_next(&b->random);
}

/* --- what structures are made of ------------------------------------------------------- */

static __u64 any_pointer(struct blind *b)
{
	switch (next(b) % 8) {
	case 0:
		return 0;
	case 1:
		return next(b);
	case 2:
		return 0xffff888000000000ULL + next(b) % (1ULL << 40);
	case 3:
		return (unsigned long)b->read_only;
	case 4:
		return (unsigned long)b->buffer + BUFFER - next(b) % 64;
	default:
		return (unsigned long)b->buffer + next(b) % (BUFFER / 2);
	}
}

static __u64 any_number(struct blind *b)
{
	switch (next(b) % 8) {
	case 0:
		return ~0ULL - next(b) % 4;
	case 1:
		return 1ULL << next(b) % 64;
	case 2:
		return next(b);
	case 3:
		return now_ns() + next(b) % 5000000;
	default:
		return next(b) % 300;
	}
}

/* Words that are something now and then: handles, flags, sizes of entries, pointers. */
static void fill_argument(struct blind *b, __u8 *at, size_t size)
{
	static const __u32 sizes[] = { 24, 32, 48, 56, 120, 344, 376 };
	size_t i;

	memset(at, 0, size);
	for (i = 0; i + 8 <= size; i += 4) {
		__u64 wide;
		__u32 word;

		switch (next(b) % 10) {
		case 0:
			wide = any_pointer(b);
			memcpy(at + i, &wide, 8);
			i += 4;
			break;
		case 1:
			wide = any_number(b);
			memcpy(at + i, &wide, 8);
			i += 4;
			break;
		case 2:
			word = sizes[next(b) % 7];
			memcpy(at + i, &word, 4);
			break;
		case 3:
			word = next(b) % 8;
			memcpy(at + i, &word, 4);
			break;
		case 4:
			word = b->c.ns;
			memcpy(at + i, &word, 4);
			break;
		default:
			break;
		}
	}
	if (size >= 4 && next(b) % 4)
		memcpy(at, &b->c.ns, 4);
}

/* Nearly right: a handle, an id where most structures have one, and then a slip or two. */
static void almost(struct blind *b, __u8 *at, size_t size)
{
	struct id id = id_of(next(b) % 4);
	unsigned int slips = next(b) % 3;

	memset(at, 0, size);
	if (size >= 4)
		memcpy(at, &b->c.ns, 4);
	if (size >= 8 + sizeof(id.byte))
		memcpy(at + 8, id.byte, sizeof(id.byte));
	while (slips-- && size >= 8) {
		__u64 wide = next(b) % 2 ? any_pointer(b) : any_number(b);

		memcpy(at + next(b) % (size / 8) * 8, &wide, next(b) % 2 ? 8 : 4);
	}
}

/* Ids and names that exist are more interesting than others. */
static void fill_buffer(struct blind *b)
{
	size_t i;

	for (i = 0; i < BUFFER; i += 512) {
		struct id id = id_of(next(b) % 4);

		if (next(b) % 4)
			memcpy(b->buffer + i, id.byte, sizeof(id.byte));
		else
			memcpy(b->buffer + i, "blind", 5);
	}
}

static unsigned int any_command(struct blind *b)
{
	static const unsigned int known[] = {
		PLASMA_IOC_QUERY, PLASMA_IOC_NS_CREATE, PLASMA_IOC_NS_OPEN,
		PLASMA_IOC_NS_REMOVE, PLASMA_IOC_NS_LIST, PLASMA_IOC_NS_STAT,
		PLASMA_IOC_NS_SET, PLASMA_IOC_CREATE, PLASMA_IOC_RESIZE, PLASMA_IOC_SEAL,
		PLASMA_IOC_ABORT, PLASMA_IOC_PUT, PLASMA_IOC_GET, PLASMA_IOC_RELEASE,
		PLASMA_IOC_DELETE, PLASMA_IOC_STAT, PLASMA_IOC_LIST, PLASMA_IOC_EVICT,
		PLASMA_IOC_PUT_BATCH, PLASMA_IOC_SEAL_BATCH, PLASMA_IOC_REFRESH,
		PLASMA_IOC_PENDING_FD, PLASMA_IOC_NAME_BIND, PLASMA_IOC_NAME_UNBIND,
		PLASMA_IOC_NAME_LOOKUP, PLASMA_IOC_NAME_GET, PLASMA_IOC_SUBSCRIBE,
		PLASMA_IOC_QUOTA_SET, PLASMA_IOC_QUOTA_LIST, PLASMA_IOC_REAP, PLASMA_IOC_EXPORT,
	};
	unsigned int command = known[next(b) % (sizeof(known) / sizeof(known[0]))];

	switch (next(b) % 8) {
	case 0:
		return next(b);
	case 1:
		return _IOC(next(b) % 4, PLASMA_IOC_MAGIC, next(b) % 0x60, next(b) % 500);
	case 2:
		return _IOC(_IOC_DIR(command), PLASMA_IOC_MAGIC, _IOC_NR(command),
			    _IOC_SIZE(command) + next(b) % 40 - 16);
	default:
		return command;
	}
}

static void one_ioctl(struct blind *b)
{
	unsigned int command = any_command(b);
	size_t size = _IOC_SIZE(command);
	__u8 *at = b->buffer + BUFFER - size;

	/* Sometimes the end of the structure, or all of it, is not there. */
	switch (next(b) % 12) {
	case 0:
		at += next(b) % (size + 1);
		break;
	case 1:
		at = (__u8 *)(unsigned long)any_pointer(b);
		break;
	case 2 ... 6:
		almost(b, at, size);
		break;
	default:
		fill_argument(b, at, size);
		break;
	}
	b->calls++;
	b->succeeded += ioctl(b->fd, command, at) == 0;
}

/* --- mmap and what else a descriptor takes --------------------------------------------- */

static void one_mmap(struct blind *b)
{
	__u64 window = window_size(), offset = next(b);
	size_t size = PAGE * (1 + next(b) % 600);
	int prot = next(b) % 8, flags = 1 << next(b) % 2;
	__u8 *at;

	switch (next(b) % 4) {
	case 0:
		offset = next(b) % 4 * window + next(b) % (64 * MIB);
		break;
	case 1:
		offset = next(b) % 8 * window;
		size = window >> next(b) % 20;
		break;
	case 2:
		/* Where other things than windows may be. */
		offset = (1ULL << (40 + next(b) % 23)) + next(b) % 64 * PAGE;
		break;
	default:
		break;
	}
	if (next(b) % 8)
		offset = offset / PAGE * PAGE;
	at = mmap(NULL, size, prot, flags | (next(b) % 4 ? 0 : MAP_POPULATE), b->fd, offset);
	b->calls++;
	if (at == MAP_FAILED)
		return;
	b->succeeded++;
	peek(at + next(b) % size);
	poke(at + next(b) % size, next(b));
	madvise(at, size, next(b) % 26);
	mprotect(at, size, next(b) % 8);
	peek(at);
	remap_file_pages(at, PAGE, 0, next(b) % 1000, 0);
	munmap(at, size);
}

static void other_calls(struct blind *b)
{
	struct pollfd poller = { .fd = b->fd, .events = next(b) };
	struct iovec io = { b->buffer, next(b) % BUFFER };
	int pipes[2];

	switch (next(b) % 8) {
	case 0:
		b->succeeded += read(b->fd, b->buffer, next(b) % 256) > 0;
		break;
	case 1:
		b->succeeded += write(b->fd, b->buffer, next(b) % 256) > 0;
		break;
	case 2:
		b->succeeded += pwritev(b->fd, &io, 1, next(b)) > 0;
		break;
	case 3:
		poll(&poller, 1, 0);
		break;
	case 4:
		lseek(b->fd, next(b), next(b) % 5);
		break;
	case 5:
		b->succeeded += !ftruncate(b->fd, next(b)) + !fallocate(b->fd, 0, 0, PAGE);
		break;
	case 6:
		if (pipe(pipes))
			break;
		splice(b->fd, NULL, pipes[1], NULL, 4096, SPLICE_F_NONBLOCK);
		close(pipes[0]);
		close(pipes[1]);
		break;
	default:
		fcntl(b->fd, F_SETFL, next(b) & (O_NONBLOCK | O_APPEND | O_DIRECT));
		break;
	}
}

/* What commands have returned: files to be read, mapped and closed. */
static void other_files(struct blind *b)
{
	int fd;

	for (fd = FIRST_FD; fd < FIRST_FD + 20; fd++) {
		void *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, next(b) % 3 * PAGE);

		if (at != MAP_FAILED) {
			peek(at);
			munmap(at, PAGE);
		}
		if (next(b) % 2)
			continue;
		fcntl(fd, F_SETFL, O_NONBLOCK);
		while (read(fd, b->buffer, 1 + next(b) % 4096) > 0 && next(b) % 8)
			;
		lseek(fd, next(b), SEEK_SET);
		if (next(b) % 4 == 0)
			close(fd);
	}
}

/* --- the whole ------------------------------------------------------------------------- */

static const char *doing;
static volatile unsigned int steps;

/* Cuts waits short, and says where it is if it does not get on. */
static void on_alarm(int number)
{
	static unsigned int seen, ticks;

	(void)number;
	ticks = seen == steps ? ticks + 1 : 0;
	seen = steps;
	if (ticks && ticks % LONG_TICKS == 0)
		dprintf(STDERR_FILENO, "# pid %d: step %u, %s, takes long\n", getpid(), steps,
			doing);
}

static int prepare(struct blind *b, const struct client *of)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, TICK_US }, { 0, TICK_US } };
	struct rlimit files = { 64, 64 };

	b->buffer = mmap(NULL, BUFFER + PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(b->buffer != MAP_FAILED);
	CHECK_EQ(0, mprotect(b->buffer + BUFFER, PAGE, PROT_NONE));
	b->read_only = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(b->read_only != MAP_FAILED);
	CHECK_EQ(0, client_join(&b->c, of));
	b->fd = b->c.fd;
	CHECK(b->fd < FIRST_FD);
	/* Descriptors are few, and so is their memory. */
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	fill_buffer(b);
	return 0;
}

static void step(struct blind *b)
{
	static const struct {
		const char *name;
		void (*run)(struct blind *b);
		unsigned int times;	/* of 128 */
	} kinds[] = {
		{ "mmap", one_mmap, 8 },
		{ "other calls", other_calls, 8 },
		{ "other files", other_files, 8 },
		{ "other bytes", fill_buffer, 1 },
		{ "ioctl", one_ioctl, 103 },
	};
	unsigned int at = next(b) % 128, i;

	for (i = 0; at >= kinds[i].times; i++)
		at -= kinds[i].times;
	doing = kinds[i].name;
	steps++;
	kinds[i].run(b);
}

struct part {
	struct client of;
	__u64 seed;
	unsigned int seconds;
};

static int be_blind(void *arg)
{
	struct part *part = arg;
	__u64 end = in_ms(part->seconds * 1000ULL);
	struct blind b = { .random = part->seed };

	CHECK_EQ(0, prepare(&b, &part->of));
	while (now_ns() < end || b.calls < CALLS_LEAST || !b.succeeded)
		step(&b);
	fprintf(stderr, "# %u calls, of which %u succeeded\n", b.calls, b.succeeded);
	return 0;
}

/* Namespaces that were made by chance, and are not ephemeral. */
static int remove_strays(int fd)
{
	struct plasma_ns_info info;
	struct plasma_ns_list list = {
		.count = 1,
		.entries_ptr = (unsigned long)&info,
		.entry_size = sizeof(info),
	};

	while (list.cursor != PLASMA_CURSOR_END) {
		struct plasma_ns_remove remove = { .flags = PLASMA_NS_REMOVE_FORCE };

		CHECK_EQ(0, plasma_ioctl(fd, PLASMA_IOC_NS_LIST, &list));
		if (!list.out_count || info.flags & PLASMA_NS_EPHEMERAL ||
		    (info.name_len == 7 && !memcmp(info.name, "default", 7)))
			continue;
		remove.name_ptr = (unsigned long)info.name;
		remove.name_len = info.name_len;
		CHECK_EQ(0, plasma_ioctl(fd, PLASMA_IOC_NS_REMOVE, &remove));
	}
	return 0;
}

int blind(__u64 seed, unsigned int seconds)
{
	struct part part = { .seconds = seconds };
	pid_t pids[PROCESSES];
	int i, bad = 0;

	CHECK_EQ(0, client_create(&part.of, 8 * MIB));
	for (i = 0; i < PROCESSES; i++) {
		part.seed = seed + i;
		pids[i] = spawn(be_blind, &part);
	}
	for (i = 0; i < PROCESSES; i++)
		bad |= reap(pids[i]);
	CHECK_EQ(0, bad);
	CHECK_EQ(0, remove_strays(part.of.fd));
	/* It still does what it is for. */
	CHECK_EQ(0, object_make(&part.of, id_of(77), 100000, 77, NULL));
	CHECK_EQ(0, object_hold(&part.of, id_of(77)));
	client_close(&part.of);
	return 0;
}
