// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "common.h"

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
