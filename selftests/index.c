// SPDX-License-Identifier: GPL-2.0-only
/*
 * The index: who may map it and how, that it grows and shrinks with its objects and gives
 * its memory back, and that ids which collide are as good as any.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include <kselftest_harness.h>

#include "fault.h"
#include "indexed.h"

FIXTURE(index)
{
	struct usage before;
	struct client a;
	struct indexed x;	/* a's */
	struct plasma *p;
};

FIXTURE_SETUP(index)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, indexed_map(&self->x, &self->a));
	ASSERT_EQ(0, lib_open(&self->p, &self->a, 0));
}

FIXTURE_TEARDOWN(index)
{
	plasma_close(self->p);
	EXPECT_EQ(0, ns_info(&self->a).in_use);
	indexed_unmap(&self->x);
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* --- mappings ------------------------------------------------------------------ */

/* The errno of an mmap(), or 0. */
static int map_error(int fd, size_t size, int prot, int flags, __u64 offset)
{
	void *at = mmap(NULL, size, prot, flags, fd, offset);

	if (at == MAP_FAILED)
		return errno;
	munmap(at, size);
	return 0;
}

TEST_F(index, arguments_of_mmap)
{
	const int fd = self->a.fd, rw = PROT_READ | PROT_WRITE;
	const struct indexed *x = &self->x;

	EXPECT_EQ(0, map_error(fd, x->index_size, PROT_READ, MAP_SHARED, x->index_offset));
	EXPECT_EQ(0, map_error(fd, PAGE, PROT_READ, MAP_SHARED,
			       x->index_offset + x->index_size - PAGE));
	EXPECT_EQ(EINVAL, map_error(fd, 2 * PAGE, PROT_READ, MAP_SHARED,
				    x->index_offset + x->index_size - PAGE));
	EXPECT_EQ(EINVAL, map_error(fd, PAGE, PROT_READ, MAP_SHARED,
				    x->index_offset + x->index_size));
	EXPECT_EQ(EINVAL, map_error(fd, PAGE, PROT_READ, MAP_SHARED,
				    x->index_offset + x->index_size + PAGE));
	EXPECT_EQ(EINVAL, map_error(fd, PAGE, PROT_READ, MAP_PRIVATE, x->index_offset));
	EXPECT_EQ(EACCES, map_error(fd, PAGE, rw, MAP_SHARED, x->index_offset));
	EXPECT_EQ(EACCES, map_error(fd, PAGE, PROT_WRITE, MAP_SHARED, x->index_offset));
	EXPECT_EQ(EPERM, map_error(fd, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED,
				   x->index_offset));

	/* All pins or none. */
	EXPECT_EQ(0, map_error(fd, x->pins_size, rw, MAP_SHARED, x->pins_offset));
	EXPECT_EQ(0, map_error(fd, x->pins_size, PROT_READ, MAP_SHARED, x->pins_offset));
	EXPECT_EQ(EINVAL, map_error(fd, PAGE, rw, MAP_SHARED, x->pins_offset));
	EXPECT_EQ(EINVAL, map_error(fd, x->pins_size + PAGE, rw, MAP_SHARED, x->pins_offset));
	EXPECT_EQ(EINVAL, map_error(fd, x->pins_size, rw, MAP_SHARED, x->pins_offset + PAGE));
	EXPECT_EQ(EINVAL, map_error(fd, x->pins_size, rw, MAP_PRIVATE, x->pins_offset));
	EXPECT_EQ(EPERM, map_error(fd, x->pins_size, rw | PROT_EXEC, MAP_SHARED,
				   x->pins_offset));

	/* No such handle. */
	EXPECT_EQ(EINVAL, map_error(fd, PAGE, PROT_READ, MAP_SHARED,
				    x->index_offset + 4 * window_size()));
	EXPECT_EQ(EINVAL, map_error(fd, x->pins_size, rw, MAP_SHARED,
				    x->pins_offset + 4 * window_size()));
}

TEST_F(index, cannot_be_written)
{
	char *at = (char *)self->x.header;
	int fd = open("/proc/self/mem", O_RDWR);
	__u32 magic = 7;
	struct iovec from = { &magic, 4 }, to = { at, 4 };

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(at, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, pwrite(fd, &magic, 4, (unsigned long)at));
	EXPECT_EQ(-1, process_vm_writev(getpid(), &from, 1, &to, 1, 0));
	EXPECT_EQ(MAP_FAILED, mremap(self->x.pins, self->x.pins_size, 2 * self->x.pins_size,
				     MREMAP_MAYMOVE));
	EXPECT_EQ(-1, mprotect(self->x.pins, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(PLASMA_INDEX_MAGIC, self->x.header->magic);
	close(fd);
}

TEST_F(index, access)
{
	struct plasma_buffer buf;
	struct client reader, writer;
	struct indexed x;
	struct plasma *p;

	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, client_open(&reader, self->a.name, PLASMA_ACCESS_READ));
	ASSERT_EQ(PLASMA_ACCESS_READ, reader.access);
	ASSERT_EQ(0, indexed_map(&x, &reader));
	EXPECT_EQ(-EACCES, object_delete(&reader, id_of(1)));
	EXPECT_TRUE(indexed_pin(&x, indexed_find(&x, id_of(1))));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, object_release(&reader, id_of(1)));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
	ASSERT_EQ(0, lib_open(&p, &self->a, PLASMA_OPEN_READ));
	ASSERT_EQ(0, lib_get(p, id_of(1), &buf));
	EXPECT_NE(0, buf.pin);
	EXPECT_EQ(0, plasma_release_buffer(p, &buf));
	plasma_close(p);
	indexed_unmap(&x);

	ASSERT_EQ(0, client_open(&writer, self->a.name, PLASMA_ACCESS_WRITE));
	ASSERT_EQ(PLASMA_ACCESS_WRITE, writer.access);
	ASSERT_EQ(0, indexed_ask(&x, &writer));
	EXPECT_EQ(0, x.index_size);
	EXPECT_EQ(0, x.pins_size);
	EXPECT_EQ(EACCES, map_error(writer.fd, PAGE, PROT_READ, MAP_SHARED,
				    self->x.index_offset));
	EXPECT_EQ(EACCES, map_error(writer.fd, self->x.pins_size, PROT_READ | PROT_WRITE,
				    MAP_SHARED, self->x.pins_offset));
	ASSERT_EQ(0, lib_open(&p, &self->a, PLASMA_OPEN_WRITE));
	EXPECT_EQ(-EACCES, lib_get(p, id_of(1), &buf));
	plasma_close(p);
	client_close(&writer);
	client_close(&reader);
}

/* --- mappings of the pins ---------------------------------------------------------- */

#define PINS_PAGES	((unsigned int)(PLASMA_PIN_SETS * PLASMA_PIN_WAYS * \
					sizeof(struct plasma_pin) / PAGE))

/* Each page begins with a pin of no object, by which it is known. */
static __u32 mark_of(unsigned int page)
{
	return 0x0fedcb00 + page;
}

static void mark_pages(const struct indexed *x)
{
	unsigned int i;

	for (i = 0; i < PINS_PAGES; i++)
		x->pins[i * PAGE / sizeof(x->pins[0])].word = mark_of(i);
}

/* Another mapping of the same pins, of which nothing has been touched. */
static char *map_again(const struct indexed *x, int fd, int prot)
{
	char *at = mmap(NULL, x->pins_size, prot, MAP_SHARED, fd, x->pins_offset);

	return at == MAP_FAILED ? NULL : at;
}

/* Page @first and those behind it are at @at. */
static int shows(const char *at, unsigned int first, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		CHECK_EQ(mark_of(first + i), *(const __u32 *)(at + i * PAGE));
	return 0;
}

/* What is written to the last bytes of a page is in the same place of @x, and is undone. */
static int reaches(const struct indexed *x, char *at, unsigned int page)
{
	const __u8 *same = (const __u8 *)x->pins + (page + 1) * PAGE - 1;

	CHECK_EQ(0, poke(at + PAGE - 1, 0x5a));
	CHECK_EQ(0x5a, *same);
	CHECK_EQ(0, poke(at + PAGE - 1, 0));
	CHECK_EQ(0, *same);
	return 0;
}

TEST_F(index, parts_of_pins)
{
	const struct indexed *x = &self->x;
	char *at;

	ASSERT_LE(4, PINS_PAGES);
	ASSERT_EQ(x->pins_size, PINS_PAGES * PAGE);
	mark_pages(x);
	/* Without the first page, and touched from behind. */
	at = map_again(x, self->a.fd, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, at);
	ASSERT_EQ(0, munmap(at, PAGE));
	EXPECT_EQ(0, shows(at + 3 * PAGE, 3, 1));
	EXPECT_EQ(0, shows(at + PAGE, 1, PINS_PAGES - 1));
	EXPECT_EQ(-SIGSEGV, peek(at));
	/* Without one in the middle of what is there. */
	ASSERT_EQ(0, munmap(at + 2 * PAGE, PAGE));
	EXPECT_EQ(0, shows(at + PAGE, 1, 1));
	EXPECT_EQ(-SIGSEGV, peek(at + 2 * PAGE));
	EXPECT_EQ(0, reaches(x, at + 3 * PAGE, 3));
	ASSERT_EQ(0, munmap(at, x->pins_size));

	at = map_again(x, self->a.fd, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, at);
	ASSERT_EQ(0, munmap(at + 2 * PAGE, PAGE));
	EXPECT_EQ(0, reaches(x, at + 3 * PAGE, 3));
	EXPECT_EQ(0, reaches(x, at + PAGE, 1));
	ASSERT_EQ(0, munmap(at, x->pins_size));
}

/* The last two pages go elsewhere, before or after they were touched. */
static int move_pins(const struct indexed *x, int fd, bool touched)
{
	char *at = map_again(x, fd, PROT_READ | PROT_WRITE), *there, *moved;

	CHECK(at);
	if (touched)
		CHECK_EQ(0, shows(at, 0, PINS_PAGES));
	there = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(there != MAP_FAILED);
	moved = mremap(at + 2 * PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, there);
	CHECK(moved == there);
	CHECK_EQ(0, shows(moved, 2, 2));
	CHECK_EQ(0, reaches(x, moved, 2));
	CHECK_EQ(0, shows(at, 0, 2));
	CHECK_EQ(0, munmap(moved, 2 * PAGE));
	CHECK_EQ(0, munmap(at, x->pins_size));
	return 0;
}

TEST_F(index, moved_pins)
{
	mark_pages(&self->x);
	EXPECT_EQ(0, move_pins(&self->x, self->a.fd, false));
	EXPECT_EQ(0, move_pins(&self->x, self->a.fd, true));
}

TEST_F(index, pins_as_protected)
{
	const int rw = PROT_READ | PROT_WRITE;
	const struct indexed *x = &self->x;
	char *at;

	mark_pages(x);
	at = map_again(x, self->a.fd, PROT_READ);
	ASSERT_NE(NULL, at);
	EXPECT_EQ(-SIGSEGV, poke(at, 1));
	EXPECT_EQ(0, shows(at, 0, PINS_PAGES));
	EXPECT_EQ(-SIGSEGV, poke(at, 1));
	/* One page becomes writable, and only that. */
	ASSERT_EQ(0, mprotect(at + PAGE, PAGE, rw));
	EXPECT_EQ(0, reaches(x, at + PAGE, 1));
	EXPECT_EQ(-SIGSEGV, poke(at, 1));
	EXPECT_EQ(-SIGSEGV, poke(at + 2 * PAGE, 1));
	ASSERT_EQ(0, mprotect(at, x->pins_size, PROT_NONE));
	EXPECT_EQ(-SIGSEGV, peek(at + PAGE));
	ASSERT_EQ(0, mprotect(at, x->pins_size, rw));
	EXPECT_EQ(0, shows(at, 0, PINS_PAGES));
	EXPECT_EQ(0, reaches(x, at, 0));
	EXPECT_EQ(0, reaches(x, at + PAGE, 1));
	ASSERT_EQ(0, munmap(at, x->pins_size));

	/* The same before anything was touched. */
	at = map_again(x, self->a.fd, rw);
	ASSERT_NE(NULL, at);
	ASSERT_EQ(0, mprotect(at, x->pins_size, PROT_READ));
	EXPECT_EQ(-SIGSEGV, poke(at, 1));
	EXPECT_EQ(0, shows(at, 0, PINS_PAGES));
	ASSERT_EQ(0, mprotect(at, x->pins_size, PROT_WRITE));
	EXPECT_EQ(0, poke(at + PAGE - 1, 0));
	EXPECT_EQ(0, reaches(x, at + 3 * PAGE, 3));
	ASSERT_EQ(0, munmap(at, x->pins_size));
}

TEST_F(index, pins_by_a_device_opened_for_reading)
{
	int fd = open("/dev/plasma", O_RDONLY | O_CLOEXEC);
	struct client c = { .fd = fd };
	struct indexed x;
	char *at;

	ASSERT_LE(0, fd);
	strcpy(c.name, self->a.name);
	ASSERT_EQ(0, indexed_ask(&x, &c));
	EXPECT_EQ(EACCES, map_error(fd, x.pins_size, PROT_READ | PROT_WRITE, MAP_SHARED,
				    x.pins_offset));
	at = map_again(&x, fd, PROT_READ);
	ASSERT_NE(NULL, at);
	EXPECT_EQ(x.pins_size, leading(at, x.pins_size, 0));
	EXPECT_EQ(-SIGSEGV, poke(at, 1));
	EXPECT_NE(0, mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	munmap(at, x.pins_size);
	close(fd);
}

/* A mapping is all that is left of the client. */
TEST_F(index, pins_touched_after_the_end)
{
	struct client c;
	struct indexed x;
	char *at;

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, indexed_map(&x, &c));
	mark_pages(&x);
	at = map_again(&x, c.fd, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, at);
	munmap(x.pins, x.pins_size);
	munmap((void *)x.header, x.index_size);
	client_close(&c);
	EXPECT_EQ(3, ns_info(&self->a).clients);
	EXPECT_EQ(0, shows(at, 0, PINS_PAGES));
	EXPECT_EQ(0, poke(at, 1));
	munmap(at, PINS_PAGES * PAGE);
	EXPECT_EQ(2, ns_info(&self->a).clients);
}

static int touch_pins(void *arg)
{
	CHECK_EQ(-SIGSEGV, peek(arg));
	return 0;
}

static int write_pins(void *arg)
{
	CHECK_EQ(0, poke((char *)arg + PAGE - 1, 7));
	return 0;
}

/* A child has its parent's pins only if that is asked for; then they are the same. */
TEST_F(index, pins_in_a_child)
{
	char *at = map_again(&self->x, self->a.fd, PROT_READ | PROT_WRITE);

	ASSERT_NE(NULL, at);
	EXPECT_EQ(0, reap(spawn(touch_pins, at)));
	EXPECT_EQ(0, reap(spawn(touch_pins, self->x.pins)));
	if (madvise(at, self->x.pins_size, MADV_DOFORK)) {
		EXPECT_EQ(EINVAL, errno);	/* since Linux 7 */
	} else {
		EXPECT_EQ(0, reap(spawn(write_pins, at)));
		EXPECT_EQ(7, at[PAGE - 1]);
		at[PAGE - 1] = 0;
	}
	munmap(at, self->x.pins_size);
}

/* --- growth ---------------------------------------------------------------------- */

#define BATCH		1000
#define KEPT_OF		1000

static int put_range(const struct client *c, unsigned int from, unsigned int count)
{
	static struct plasma_put_entry entries[BATCH];
	static unsigned int values[BATCH];
	unsigned int done, i;
	struct id id;

	for (done = 0; done < count; done += BATCH) {
		for (i = 0; i < BATCH; i++) {
			id = id_of(from + done + i);
			values[i] = from + done + i;
			entries[i] = (struct plasma_put_entry){
				.data_ptr = (unsigned long)&values[i],
				.data_size = sizeof(values[i]),
			};
			memcpy(entries[i].id, id.byte, sizeof(id.byte));
		}
		CHECK_EQ(0, put_batch(c, entries, BATCH, 0));
	}
	return 0;
}

/* All but one in @keep_of; 0 for all. */
static int delete_range(struct plasma *p, unsigned int from, unsigned int count,
			unsigned int keep_of)
{
	static struct plasma_result results[BATCH];
	unsigned int i, n = 0, j;

	for (i = 0; i < count; i++) {
		if (!keep_of || i % keep_of)
			results[n++].id = lib_id(id_of(from + i));
		if (n < BATCH && i + 1 < count)
			continue;
		CHECK_EQ(0, plasma_delete_many(p, results, n, 0));
		for (j = 0; j < n; j++)
			CHECK_EQ(0, results[j].status);
		n = 0;
	}
	return 0;
}

/* By pin, without asking the kernel. */
static int get_number(struct plasma *p, unsigned int number)
{
	struct plasma_buffer buf;

	CHECK_EQ(0, lib_get(p, id_of(number), &buf));
	CHECK(buf.pin);
	CHECK_EQ(number, *(const unsigned int *)buf.data);
	CHECK_EQ(0, plasma_release_buffer(p, &buf));
	return 0;
}

/* Pages of entries that are not all zero, of those of the first @count. */
static unsigned int used_pages(const struct indexed *x, unsigned int count)
{
	const __u8 *at = (const __u8 *)x->entries, *end = at + 64UL * count;
	unsigned int used = 0;

	for (; at < end; at += PAGE)
		used += leading(at, PAGE, 0) != PAGE;
	return used;
}

/* What is kept, or freed by RCU, takes some seconds; more on a machine that has none. */
static bool memory_back(__u64 before, __u64 taken)
{
	int tries;

	for (tries = 0; tries < 1200; tries++) {
		if (memory_available() + taken / 4 >= before)
			return true;
		sleep_ms(100);
	}
	return false;
}

/*
 * Who found an entry, and comes back to it much later, can tell that it has changed, also if
 * its page has gone and come back meanwhile.
 */
TEST_F(index, a_state_does_not_come_back)
{
	const struct indexed *x = &self->x;
	__u32 number = 0, before = 0;
	unsigned int i, round;

	for (round = 0; round < 10; round++) {
		for (i = 1; i <= 2; i++)
			ASSERT_EQ(0, object_put(&self->a, id_of(10 * round + i), "x", 1));
		number = indexed_find(x, id_of(10 * round + 1));
		ASSERT_NE(0, number);
		if (round && number == 1)
			EXPECT_LT(0, (__s32)(indexed_entry(x, number)->state - before));
		before = indexed_entry(x, number)->state;
		for (i = 1; i <= 2; i++)
			ASSERT_EQ(0, object_delete(&self->a, id_of(10 * round + i)));
	}
	EXPECT_EQ(1, number);
}

TEST_F(index, grows_and_shrinks)
{
	const unsigned int many = 1000000 / slowness(), kept = many / KEPT_OF;
	const struct indexed *x = &self->x;
	__u64 before, taken;
	unsigned int i;

	/* What is mapped before there is anything does not stay so. */
	EXPECT_EQ(0, used_pages(x, many));
	EXPECT_EQ(0, x->buckets[many - 1]);
	EXPECT_GE(256, indexed_buckets(x));
	before = memory_available();
	ASSERT_EQ(0, put_range(&self->a, 0, many));
	taken = before - memory_available();
	EXPECT_EQ(many, ns_info(&self->a).objects);
	EXPECT_LE(many, indexed_buckets(x));
	EXPECT_EQ((many * 64UL + PAGE - 1) / PAGE, used_pages(x, many));
	for (i = 0; i < 2000; i++)
		ASSERT_EQ(0, get_number(self->p, i * 499 % many));
	TH_LOG("%u objects take %llu bytes each", many, taken / many);

	ASSERT_EQ(0, delete_range(self->p, 0, many, KEPT_OF));
	EXPECT_EQ(kept, ns_info(&self->a).objects);
	EXPECT_GE(4 * kept + 256, indexed_buckets(x));
	EXPECT_GE(2 * kept + 2, used_pages(x, many));
	if (slowness() == 1)
		EXPECT_TRUE(memory_back(before, taken));
	for (i = 0; i < many; i += KEPT_OF)
		ASSERT_EQ(0, get_number(self->p, i));
	for (i = 1; i < many; i += KEPT_OF)
		EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(i)));

	/* And again, over what is there, in the same places and through the same mappings. */
	ASSERT_EQ(0, put_range(&self->a, many, many / 4));
	for (i = 0; i < 2000; i++)
		ASSERT_EQ(0, get_number(self->p, many + i * 499 % (many / 4)));
	for (i = 0; i < many; i += KEPT_OF)
		ASSERT_EQ(0, get_number(self->p, i));
	ASSERT_EQ(0, delete_range(self->p, many, many / 4, 0));
	EXPECT_EQ(kept, ns_info(&self->a).objects);
}

/* --- ids that collide -------------------------------------------------------------- */

/* In one bucket of any table with up to 2^16 of them. */
#define COLLIDING	40
#define LOW_BITS	0xffff

static void find_colliding(const struct indexed *x, struct id *ids)
{
	__u32 low = indexed_hash(x, id_of(0)) & LOW_BITS;
	unsigned int n = 0;
	__u64 i;

	for (i = 0; n < COLLIDING; i++)
		if ((indexed_hash(x, id_of(i)) & LOW_BITS) == low)
			ids[n++] = id_of(i);
}

static int check_all(const struct client *a, struct plasma *p, const struct id *ids,
		     const __u64 *seeds)
{
	struct plasma_buffer buf;
	int i, pinned = 0;

	for (i = 0; i < COLLIDING; i++) {
		CHECK_EQ(0, object_refs(a, ids[i]));
		CHECK_EQ(-EEXIST, object_put(a, ids[i], "x", 1));
		CHECK_EQ(0, lib_get(p, ids[i], &buf));
		CHECK_EQ(100, buf.size);
		CHECK_EQ(100, matching(buf.data, 100, seeds[i]));
		CHECK_EQ(1, object_refs(a, ids[i]));
		pinned += buf.pin != 0;
		CHECK_EQ(0, plasma_release_buffer(p, &buf));
	}
	return pinned == PLASMA_INDEX_CHAIN_MAX ? 0 : 1000 + pinned;
}

/*
 * Ids that nobody chose to collide do not, though they differ by a counter only, wherever
 * that is, and whichever end of it comes first.
 */
static struct id counted(unsigned int number, unsigned int at, bool upwards)
{
	struct id id = id_text("what all of them have");

	id.byte[at] = upwards ? number : number >> 8;
	id.byte[at + 1] = upwards ? number >> 8 : number;
	return id;
}

TEST_F(index, ids_with_a_counter)
{
	const unsigned int many = slowness() > 1 ? 300 : 1000;
	unsigned int at, i;

	for (at = 0; at < 2 * (PLASMA_ID_SIZE - 1); at++) {
		for (i = 0; i < many; i++)
			ASSERT_EQ(0, object_put(&self->a, counted(i, at / 2, at % 2), "x", 1));
		for (i = 0; i < many; i++)
			ASSERT_NE(0, indexed_find(&self->x, counted(i, at / 2, at % 2)));
		for (i = 0; i < many; i++)
			ASSERT_EQ(0, object_delete(&self->a, counted(i, at / 2, at % 2)));
	}
}

/* What is beyond the end of a chain needs memory. */
TEST_F(index, a_collision_without_memory)
{
	unsigned int i, nth;
	bool failed = true;
	struct id ids[COLLIDING];

	if (!fault_init())
		SKIP(return, "no fault injection");
	find_colliding(&self->x, ids);
	for (i = 0; i < PLASMA_INDEX_CHAIN_MAX; i++)
		ASSERT_EQ(0, object_put(&self->a, ids[i], "x", 1));
	for (nth = 1; failed; nth++) {
		int ret;

		fault_at(nth);
		ret = object_put(&self->a, ids[i], "x", 1);
		failed = fault_happened();
		if (ret) {
			EXPECT_TRUE(ret == -ENOMEM || ret == -EFAULT) TH_LOG("error %d", ret);
			EXPECT_EQ(-ENOENT, object_refs(&self->a, ids[i]));
		} else {
			EXPECT_EQ(0, object_refs(&self->a, ids[i]));
			EXPECT_EQ(0, object_delete(&self->a, ids[i]));
		}
	}
	EXPECT_EQ(PLASMA_INDEX_CHAIN_MAX, ns_info(&self->a).objects);
}

TEST_F(index, ids_that_collide)
{
	struct plasma_object_info infos[COLLIDING + 1];
	struct plasma_list list = { .count = COLLIDING + 1, .entry_size = sizeof(infos[0]),
				    .entries_ptr = (unsigned long)infos };
	struct plasma_buffer bufs[COLLIDING];
	struct plasma_evict evict;
	struct id ids[COLLIDING];
	__u64 seeds[COLLIDING];
	int i;

	find_colliding(&self->x, ids);
	for (i = 0; i < COLLIDING; i++) {
		seeds[i] = i;
		ASSERT_EQ(0, object_make(&self->a, ids[i], 100, seeds[i], NULL));
	}
	/* As many as a chain may have are found without the kernel, the others by it. */
	EXPECT_EQ(0, check_all(&self->a, self->p, ids, seeds));
	ASSERT_EQ(0, object_list(&self->a, &list));
	EXPECT_EQ(COLLIDING, list.out_count);

	/* The table changes around them. */
	ASSERT_EQ(0, put_range(&self->a, 10000000, 5000));
	EXPECT_EQ(0, check_all(&self->a, self->p, ids, seeds));
	ASSERT_EQ(0, delete_range(self->p, 10000000, 5000, 0));
	EXPECT_EQ(0, check_all(&self->a, self->p, ids, seeds));

	/* Some go at once, some later, and come again. */
	for (i = 0; i < COLLIDING; i += 3) {
		EXPECT_EQ(0, object_delete(&self->a, ids[i]));
		EXPECT_EQ(-ENOENT, object_refs(&self->a, ids[i]));
	}
	for (i = 1; i < COLLIDING; i += 3) {
		ASSERT_EQ(0, lib_get(self->p, ids[i], &bufs[i]));
		EXPECT_EQ(PLASMA_DELETE_PENDING, object_hide(&self->a, ids[i]));
		EXPECT_EQ(-ENOENT, object_refs(&self->a, ids[i]));
	}
	for (i = 0; i < COLLIDING; i++) {
		if (i % 3 == 2)
			continue;
		seeds[i] = 100 + i;
		ASSERT_EQ(0, object_make(&self->a, ids[i], 100, seeds[i], NULL));
	}
	for (i = 1; i < COLLIDING; i += 3) {
		EXPECT_EQ(100, matching(bufs[i].data, 100, i));
		EXPECT_EQ(0, plasma_release_buffer(self->p, &bufs[i]));
	}
	EXPECT_EQ(COLLIDING, ns_info(&self->a).objects);
	EXPECT_EQ(0, check_all(&self->a, self->p, ids, seeds));

	/* In the order in which check_all() released them. */
	for (i = 0; i < COLLIDING; i++) {
		ASSERT_EQ(0, object_evict(&self->a, 1, &evict));
		EXPECT_EQ(1, evict.out_objects);
		EXPECT_EQ(-ENOENT, object_refs(&self->a, ids[i]));
		if (i + 1 < COLLIDING)
			EXPECT_EQ(0, object_refs(&self->a, ids[i + 1]));
	}
	for (i = 0; i < COLLIDING; i++)
		EXPECT_EQ(0, object_put(&self->a, ids[i], "x", 1));
}

TEST_HARNESS_MAIN
