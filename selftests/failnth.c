// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nothing is half done: every command, and open, mmap, page faults, reads and close, with
 * the first, the second ... allocation or copy of user memory in it failing, until none
 * does; and with all that come after it failing, too, for where there is a second way to
 * get memory. What fails has no effect, what succeeds has all of it, and every counter
 * is what it was. Needs fault injection in the kernel.
 */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include <kselftest_harness.h>

#include "common.h"
#include "fault.h"

#define DROP_CACHES	"/proc/sys/vm/drop_caches"

/* More faults than any call has places for. */
#define FAULTS_MAX	2000

#define LARGE		(2 * MIB + 5000)

/* The objects that exist when a call begins; others are made by calls. */
enum { PLAIN = 1, MINE, OPEN, HUGE, IDS_BEFORE, FRESH = 10, FRESH2, IDS };

struct scene {
	struct client a;	/* who calls */
	struct client b;	/* who looks on, holds HUGE, and subscribes */
	int events;
	int fd;			/* what the call made, or what it is about */
	int result;
	void *map;
	__u64 offset;
	long long size_mb;
	struct plasma_get_entry entry;
	struct plasma_id_entry ids[2];
	struct client newcomer;		/* by fd */
	__u64 pins_offset;
	size_t pins_size;
	char bytes[6000];
};

/**
 * struct call - something to be tried with failures in it
 * @prepare: what comes before it, without failures; may be missing
 * @run: the call; 0 or a negative errno
 * @check: it succeeded: is everything there?
 * @undo: make it as if it had not been
 * @or_done: an error may also mean that all is done but could not be reported
 * @faults: it is about page faults, which Linux tries again for as long as memory lacks
 */
struct call {
	int (*prepare)(struct scene *s);
	int (*run)(struct scene *s);
	int (*check)(struct scene *s);
	int (*undo)(struct scene *s);
	bool or_done;
	bool faults;
};

/* --- what must stay as it is ---------------------------------------------------------- */

#define FIGURES_MAX	128

struct figures {
	unsigned int count;
	const char *what[FIGURES_MAX];
	long long value[FIGURES_MAX];
};

static void note(struct figures *f, const char *what, long long value)
{
	if (f->count == FIGURES_MAX)
		abort();
	f->what[f->count] = what;
	f->value[f->count++] = value;
}

static long long open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	long long count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static void note_object(struct figures *f, struct client *c, struct id id)
{
	struct plasma_object_info info;
	int ret = object_stat(c, id, &info);

	note(f, "stat of an object", ret);
	if (ret)
		return;
	note(f, "state", info.state);
	note(f, "flags", info.flags);
	note(f, "refs", info.refs);
	note(f, "data_size", info.data_size);
	note(f, "metadata_size", info.metadata_size);
	note(f, "name_len", info.name_len);
}

static void note_namespace(struct figures *f, struct client *c)
{
	struct plasma_ns_info info = ns_info(c);

	note(f, "capacity", info.capacity);
	note(f, "mode", info.mode);
	note(f, "evict_percent", info.evict_percent);
	note(f, "used", info.used);
	note(f, "objects", info.objects);
	note(f, "sealed", info.sealed);
	note(f, "in_use", info.in_use);
	note(f, "names", info.names);
	note(f, "clients of the namespace", info.clients);
	note(f, "waiters", info.waiters);
}

static void take_figures(struct figures *f, struct scene *s)
{
	struct plasma_quota_info quotas[4];
	struct plasma_query store;
	struct id id;
	int i;

	memset(f, 0, sizeof(*f));
	note(f, "query", query(s->b.fd, &store));
	note(f, "namespaces", store.out_namespaces);
	note(f, "clients", store.out_clients);
	note(f, "store_size", store.out_store_size);
	note_namespace(f, &s->b);
	for (i = 1; i < IDS; i++)
		note_object(f, &s->b, id_of(i));
	note(f, "name of MINE", name_lookup(&s->b, "mine", &id));
	note(f, "fresh name", name_lookup(&s->b, "fresh", &id));
	note(f, "quotas", quota_list(&s->b, quotas, 4));
	note(f, "open files", open_files());
}

static int compare(const struct figures *before, const struct figures *now)
{
	unsigned int i;

	for (i = 0; i < before->count && i < now->count; i++) {
		if (before->value[i] == now->value[i])
			continue;
		complain(__FILE__, __LINE__, before->what[i], before->value[i], now->value[i]);
		return 1;
	}
	CHECK_EQ(before->count, now->count);
	return 0;
}

static int unchanged(const struct figures *before, struct scene *s)
{
	struct figures now;

	take_figures(&now, s);
	return compare(before, &now);
}

/* Events that nobody should have heard of, or of what was undone again. */
static unsigned int drain_events(struct scene *s)
{
	struct plasma_event events[16];
	unsigned int count = 0;
	ssize_t n;

	while ((n = read(s->events, events, sizeof(events))) > 0)
		count += n / sizeof(events[0]);
	return count;
}

/*
 * Pages: what is kept for the next object is given back when asked for, which may take
 * the kernel a moment.
 */
static int pages_restored(struct scene *s, __u64 before)
{
	__u64 end = in_ms(120000);
	struct plasma_query store;

	do {
		CHECK_EQ(0, file_write(DROP_CACHES, "2"));
		CHECK_EQ(0, query(s->b.fd, &store));
		if (store.out_store_used == before)
			return 0;
		sleep_ms(20);
	} while (now_ns() < end);
	CHECK_EQ(before, store.out_store_used);
	return 0;
}

/* --- failing --------------------------------------------------------------------------- */

/* What fails: one place, or that and all that come after it. */
static const struct failing {
	void (*at)(unsigned int nth);
	bool (*happened)(void);
} once = { fault_at, fault_happened }, from_then_on = { shortage_at, shortage_happened };

static bool plausible(int error)
{
	return error == -ENOMEM || error == -EFAULT;
}

static int after_failure(const struct call *call, struct scene *s, const struct figures *before)
{
	struct figures now;

	CHECK(plausible(s->result));
	take_figures(&now, s);
	if (call->or_done && memcmp(before, &now, sizeof(now))) {
		CHECK_EQ(0, call->check(s));
		if (call->undo)
			CHECK_EQ(0, call->undo(s));
		drain_events(s);
		return unchanged(before, s);
	}
	CHECK_EQ(0, compare(before, &now));
	CHECK_EQ(0, drain_events(s));
	return 0;
}

static int after_success(const struct call *call, struct scene *s, const struct figures *before)
{
	if (call->check)
		CHECK_EQ(0, call->check(s));
	if (call->undo)
		CHECK_EQ(0, call->undo(s));
	drain_events(s);
	return unchanged(before, s);
}

/* The number of places where it can fail, or -1. */
static int sweep(const struct call *call, struct scene *s, const struct failing *failing)
{
	unsigned int nth, errors = 0;
	struct figures before;
	bool failed = true;
	int bad;

	for (nth = 1; failed && nth < FAULTS_MAX; nth++) {
		if (call->prepare && call->prepare(s))
			return -1;
		take_figures(&before, s);
		failing->at(nth);
		s->result = call->run(s);
		failed = failing->happened();
		if (s->result)
			bad = after_failure(call, s, &before);
		else
			bad = after_success(call, s, &before);
		if (!failed && s->result) {
			complain(__FILE__, __LINE__, "result without a failure", 0, s->result);
			bad = 1;
		}
		if (bad) {
			fprintf(stderr, "# that was failure %u\n", nth);
			return -1;
		}
		errors += !!s->result;
	}
	fprintf(stderr, "# %u places fail, %u of them with an error\n", nth - 2, errors);
	return failed ? -1 : (int)nth - 2;
}

/* --- the scene ------------------------------------------------------------------------- */

static int make_plain(struct scene *s)
{
	CHECK_EQ(0, object_put_with(&s->b, id_of(PLAIN), &(struct blob){ .data = s->bytes,
				    .size = 5000, .metadata = "meta", .metadata_size = 4 },
				    0, NULL));
	return 0;
}

static int make_mine(struct scene *s)
{
	CHECK_EQ(0, object_put_with(&s->a, id_of(MINE), &(struct blob){ .data = s->bytes,
				    .size = 100, .name = "mine" }, PLASMA_PUT_HOLD, NULL));
	return 0;
}

static int make_open(struct scene *s)
{
	CHECK_EQ(0, object_create_with(&s->a, id_of(OPEN), &(struct blob){ .size = 5000,
				       .metadata = "open", .metadata_size = 4 }, 0,
				       &s->offset));
	fill(s->a.write + s->offset, 5000, OPEN);
	return 0;
}

static int make_scene(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->fd = -1;
	fill(s->bytes, sizeof(s->bytes), 1);
	CHECK_EQ(0, client_create(&s->a, 64 * MIB));
	CHECK_EQ(0, client_join(&s->b, &s->a));
	CHECK_EQ(0, make_plain(s));
	CHECK_EQ(0, make_mine(s));
	CHECK_EQ(0, make_open(s));
	CHECK_EQ(0, object_make(&s->b, id_of(HUGE), LARGE, HUGE, NULL));
	CHECK_EQ(0, object_hold(&s->b, id_of(HUGE)));
	s->events = subscribe(&s->b, PLASMA_SUBSCRIBE_NO_REPLAY | PLASMA_SUBSCRIBE_NONBLOCK, 0);
	CHECK(s->events >= 0);
	return 0;
}

/* What is only told by an answer has no effect to check. */
static int close_fd(struct scene *s)
{
	CHECK_EQ(0, close(s->fd));
	return 0;
}

static int got_file(struct scene *s)
{
	CHECK(fcntl(s->fd, F_GETFD) == FD_CLOEXEC);
	return 0;
}

static int set_fd(struct scene *s, int fd)
{
	s->fd = fd;
	return fd < 0 ? fd : 0;
}

/* --- clients and namespaces ------------------------------------------------------------ */

static int run_open(struct scene *s)
{
	return set_fd(s, device_open());
}

static const struct call call_open = {
	.run = run_open, .check = got_file, .undo = close_fd,
};

/* Closing cannot fail; what it gives back must all be given back, whatever fails in it. */
static int prepare_close(struct scene *s)
{
	struct plasma_ns_open open;
	struct client other = {};
	__u64 offset;

	if (s->fd >= 0)
		return 0;
	CHECK_EQ(0, set_fd(s, device_open()));
	CHECK_EQ(0, ns_open(s->fd, s->a.name, 0, &open));
	other.fd = s->fd;
	other.ns = open.out_ns;
	CHECK_EQ(0, object_create(&other, id_of(FRESH), 10000, &offset));
	CHECK_EQ(0, object_hold(&other, id_of(PLAIN)));
	CHECK_EQ(0, quota_set(&other, "quota", 1 * MIB));
	CHECK(ns_create(s->fd, "goes with it", PLASMA_NS_EPHEMERAL, 0600, 0) >= 0);
	return 0;
}

static int run_close(struct scene *s)
{
	CHECK_EQ(0, close(s->fd));
	s->fd = -1;
	return 0;
}

static int check_close(struct scene *s)
{
	struct plasma_quota_info quotas[2];
	struct plasma_object_info info;
	struct plasma_ns_info ns;

	CHECK_EQ(-ENOENT, object_stat(&s->b, id_of(FRESH), &info));
	CHECK_EQ(0, object_refs(&s->b, id_of(PLAIN)));
	CHECK_EQ(2, ns_info(&s->b).clients);
	CHECK_EQ(1, quota_list(&s->b, quotas, 2));
	CHECK_EQ(-ENOENT, ns_stat(s->b.fd, "goes with it", &ns));
	return 0;
}

static const struct call call_close = {
	.prepare = prepare_close, .run = run_close, .check = check_close,
	.undo = prepare_close,
};

static int run_query(struct scene *s)
{
	struct plasma_query answer;

	return query(s->a.fd, &answer);
}

static const struct call call_query = { .run = run_query };

static int run_ns_create(struct scene *s)
{
	int ret = ns_create(s->a.fd, "fresh", PLASMA_NS_EPHEMERAL, 0600, 1 * MIB);

	return ret < 0 ? ret : 0;
}

static int check_ns_create(struct scene *s)
{
	struct plasma_ns_info info;

	CHECK_EQ(0, ns_stat(s->b.fd, "fresh", &info));
	CHECK_EQ(1, info.clients);
	CHECK_EQ(1 * MIB, info.capacity);
	return 0;
}

static int undo_ns_create(struct scene *s)
{
	CHECK_EQ(0, ns_remove(s->a.fd, "fresh", 0));
	return 0;
}

static const struct call call_ns_create = {
	.run = run_ns_create, .check = check_ns_create, .undo = undo_ns_create,
};

static int prepare_ns_open(struct scene *s)
{
	if (s->fd < 0)
		CHECK_EQ(0, set_fd(s, device_open()));
	return 0;
}

static int run_ns_open(struct scene *s)
{
	struct plasma_ns_open answer;

	return ns_open(s->fd, s->a.name, 0, &answer);
}

static int check_ns_open(struct scene *s)
{
	CHECK_EQ(3, ns_info(&s->b).clients);
	return 0;
}

/* A new client each time: closing it is what undoes. */
static int undo_ns_open(struct scene *s)
{
	CHECK_EQ(0, close(s->fd));
	s->fd = -1;
	return prepare_ns_open(s);
}

static const struct call call_ns_open = {
	.prepare = prepare_ns_open, .run = run_ns_open, .check = check_ns_open,
	.undo = undo_ns_open,
};

static int prepare_ns_remove(struct scene *s)
{
	struct plasma_ns_info info;

	if (ns_stat(s->b.fd, "fresh", &info) == -ENOENT)
		CHECK(ns_create(s->b.fd, "fresh", PLASMA_NS_EPHEMERAL, 0600, 0) >= 0);
	return 0;
}

static int run_ns_remove(struct scene *s)
{
	return ns_remove(s->a.fd, "fresh", PLASMA_NS_REMOVE_FORCE);
}

static int check_ns_remove(struct scene *s)
{
	struct plasma_ns_info info;

	CHECK_EQ(-ENOENT, ns_stat(s->b.fd, "fresh", &info));
	return 0;
}

static const struct call call_ns_remove = {
	.prepare = prepare_ns_remove, .run = run_ns_remove, .check = check_ns_remove,
	.undo = prepare_ns_remove,
};

static int run_ns_list(struct scene *s)
{
	struct plasma_ns_info infos[4];
	struct plasma_ns_list list = {
		.count = 4,
		.entries_ptr = (unsigned long)infos,
		.entry_size = sizeof(infos[0]),
	};

	return plasma_ioctl(s->a.fd, PLASMA_IOC_NS_LIST, &list);
}

static const struct call call_ns_list = { .run = run_ns_list };

static int run_ns_stat(struct scene *s)
{
	struct plasma_ns_info info;

	return ns_stat(s->a.fd, s->a.name, &info);
}

static const struct call call_ns_stat = { .run = run_ns_stat };

static int run_ns_set(struct scene *s)
{
	return ns_set(s->a.fd, s->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY | PLASMA_NS_SET_MODE |
			 PLASMA_NS_SET_EVICT_PERCENT,
		.capacity = 32 * MIB, .mode = 0644, .evict_percent = 5 });
}

static int check_ns_set(struct scene *s)
{
	struct plasma_ns_info info = ns_info(&s->b);

	CHECK_EQ(32 * MIB, info.capacity);
	CHECK_EQ(0644, info.mode);
	CHECK_EQ(5, info.evict_percent);
	return 0;
}

static int undo_ns_set(struct scene *s)
{
	CHECK_EQ(0, ns_set(s->a.fd, s->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY | PLASMA_NS_SET_MODE |
			 PLASMA_NS_SET_EVICT_PERCENT,
		.capacity = 64 * MIB, .mode = 0600 }));
	return 0;
}

static const struct call call_ns_set = {
	.run = run_ns_set, .check = check_ns_set, .undo = undo_ns_set,
};

static int prepare_size(struct scene *s)
{
	if (!s->size_mb)
		s->size_mb = file_number(SIZE_MB);
	CHECK(s->size_mb > 100);
	return 0;
}

static int run_size(struct scene *s)
{
	(void)s;
	return file_write(SIZE_MB, "100");
}

static int check_size(struct scene *s)
{
	struct plasma_query store;

	CHECK_EQ(100, file_number(SIZE_MB));
	CHECK_EQ(0, query(s->b.fd, &store));
	CHECK_EQ(100 * MIB, store.out_store_size);
	return 0;
}

static int undo_size(struct scene *s)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", s->size_mb);
	CHECK_EQ(0, file_write(SIZE_MB, text));
	return 0;
}

static const struct call call_size_mb = {
	.prepare = prepare_size, .run = run_size, .check = check_size, .undo = undo_size,
};

/* --- making objects -------------------------------------------------------------------- */

static int check_create(struct scene *s, __u64 size)
{
	struct id id, fresh = id_of(FRESH);
	struct plasma_object_info info;

	CHECK_EQ(0, object_stat(&s->b, fresh, &info));
	CHECK_EQ(PLASMA_STATE_CREATED, info.state);
	CHECK_EQ(1, info.refs);
	CHECK_EQ(size, leading(s->a.write + s->offset, size, 0));
	CHECK_EQ(0, poke(s->a.write + s->offset + size - 1, 1));
	CHECK_EQ(0, name_lookup(&s->b, "fresh", &id));
	CHECK(id_equal(id.byte, &fresh));
	return 0;
}

static int undo_create(struct scene *s)
{
	CHECK_EQ(0, object_abort(&s->a, id_of(FRESH)));
	return 0;
}

static int run_create(struct scene *s)
{
	return object_create_with(&s->a, id_of(FRESH), &(struct blob){ .size = 9000,
				  .metadata = s->bytes, .metadata_size = 5000,
				  .name = "fresh" }, 0, &s->offset);
}

static int check_small_create(struct scene *s)
{
	return check_create(s, 9000);
}

static const struct call call_create = {
	.run = run_create, .check = check_small_create, .undo = undo_create,
};

static int run_create_large(struct scene *s)
{
	return object_create_with(&s->a, id_of(FRESH), &(struct blob){ .size = LARGE,
				  .name = "fresh" }, PLASMA_CREATE_KEEP, &s->offset);
}

static int check_large_create(struct scene *s)
{
	return check_create(s, LARGE);
}

static const struct call call_create_large = {
	.run = run_create_large, .check = check_large_create, .undo = undo_create,
};

/* A small one, where the client wrote another before: see scratch.c. */
static int prepare_create_again(struct scene *s)
{
	CHECK_EQ(0, object_create(&s->a, id_of(FRESH2), 900, &s->offset));
	memset(s->a.write + s->offset, POISON, PAGE);
	CHECK_EQ(0, object_seal(&s->a, id_of(FRESH2), PLASMA_SEAL_RELEASE));
	CHECK_EQ(0, object_delete(&s->b, id_of(FRESH2)));
	drain_events(s);
	return 0;
}

static int run_create_again(struct scene *s)
{
	return object_create_with(&s->a, id_of(FRESH), &(struct blob){ .size = 900,
				  .name = "fresh" }, 0, &s->offset);
}

static int check_create_again(struct scene *s)
{
	return check_create(s, 900);
}

static const struct call call_create_again = {
	.prepare = prepare_create_again, .run = run_create_again, .check = check_create_again,
	.undo = undo_create,
};

static int resize(struct scene *s, __u64 size)
{
	return object_resize(&s->a, id_of(OPEN), size, &s->offset);
}

static int check_resized(struct scene *s, __u64 size)
{
	CHECK_EQ(5000, matching(s->a.write + s->offset, 5000, OPEN));
	CHECK_EQ(size - 5000, leading(s->a.write + s->offset + 5000, size - 5000, 0));
	return 0;
}

static int run_grow(struct scene *s)
{
	return resize(s, LARGE);
}

static int check_grow(struct scene *s)
{
	return check_resized(s, LARGE);
}

static int undo_grow(struct scene *s)
{
	CHECK_EQ(0, resize(s, 5000));
	CHECK_EQ(5000, matching(s->a.write + s->offset, 5000, OPEN));
	return 0;
}

static const struct call call_resize_up = {
	.run = run_grow, .check = check_grow, .undo = undo_grow,
};

static int prepare_shrink(struct scene *s)
{
	CHECK_EQ(0, resize(s, LARGE));
	return 0;
}

static int run_shrink(struct scene *s)
{
	return resize(s, 6000);
}

static int check_shrink(struct scene *s)
{
	return check_resized(s, 6000);
}

static const struct call call_resize_down = {
	.prepare = prepare_shrink, .run = run_shrink, .check = check_shrink,
	.undo = prepare_shrink,
};

static int run_seal(struct scene *s)
{
	return object_seal_named(&s->a, id_of(OPEN), 0, "fresh");
}

static int check_seal(struct scene *s)
{
	CHECK_EQ(0, object_get(&s->b, id_of(OPEN), NOW, &s->entry));
	CHECK_EQ(5000, matching(s->b.read + s->entry.offset, 5000, OPEN));
	CHECK_EQ(0, memcmp(s->b.read + s->entry.offset + 5000, "open", 4));
	CHECK_EQ(0, object_release(&s->b, id_of(OPEN)));
	return 0;
}

static int undo_seal(struct scene *s)
{
	CHECK_EQ(0, object_release(&s->a, id_of(OPEN)));
	CHECK_EQ(0, object_delete(&s->a, id_of(OPEN)));
	return make_open(s);
}

static const struct call call_seal = {
	.run = run_seal, .check = check_seal, .undo = undo_seal,
};

/* Its page stays with the client, for want of memory or not. */
static int prepare_seal_small(struct scene *s)
{
	object_abort(&s->a, id_of(FRESH));
	CHECK_EQ(0, object_create_with(&s->a, id_of(FRESH), &(struct blob){ .size = 900,
				       .metadata = "open", .metadata_size = 4 }, 0,
				       &s->offset));
	fill(s->a.write + s->offset, 900, FRESH);
	return 0;
}

static int run_seal_small(struct scene *s)
{
	return object_seal_named(&s->a, id_of(FRESH), PLASMA_SEAL_RELEASE, "fresh");
}

static int check_seal_small(struct scene *s)
{
	poke(s->a.write + s->offset, POISON);
	CHECK_EQ(0, object_get(&s->b, id_of(FRESH), NOW, &s->entry));
	CHECK_EQ(900, matching(s->b.read + s->entry.offset, 900, FRESH));
	CHECK_EQ(0, memcmp(s->b.read + s->entry.offset + 900, "open", 4));
	CHECK_EQ(0, object_release(&s->b, id_of(FRESH)));
	return 0;
}

static int undo_seal_small(struct scene *s)
{
	CHECK_EQ(0, object_delete(&s->b, id_of(FRESH)));
	return prepare_seal_small(s);
}

static const struct call call_seal_small = {
	.prepare = prepare_seal_small, .run = run_seal_small, .check = check_seal_small,
	.undo = undo_seal_small,
};

static void name_ids(struct scene *s, int first, int second)
{
	struct id one = id_of(first), two = id_of(second);

	memset(s->ids, POISON, sizeof(s->ids));
	memcpy(s->ids[0].id, one.byte, sizeof(one.byte));
	memcpy(s->ids[1].id, two.byte, sizeof(two.byte));
}

static int run_seal_batch(struct scene *s)
{
	struct plasma_seal_batch batch = {
		.ns = s->a.ns,
		.count = 2,
		.entry_size = sizeof(s->ids[0]),
		.entries_ptr = (unsigned long)s->ids,
	};

	name_ids(s, OPEN, FRESH);
	return plasma_ioctl(s->a.fd, PLASMA_IOC_SEAL_BATCH, &batch);
}

static const struct call call_seal_batch = {
	.run = run_seal_batch, .check = check_seal, .undo = undo_seal, .or_done = true,
};

static int run_abort(struct scene *s)
{
	return object_abort(&s->a, id_of(OPEN));
}

static int check_abort(struct scene *s)
{
	CHECK_EQ(-ENOENT, object_refs(&s->b, id_of(OPEN)));
	CHECK_EQ(-SIGBUS, peek(s->a.write + s->offset));
	return 0;
}

static const struct call call_abort = {
	.run = run_abort, .check = check_abort, .undo = make_open,
};

static int run_put(struct scene *s)
{
	return object_put_with(&s->a, id_of(FRESH), &(struct blob){ .data = s->bytes,
			       .size = sizeof(s->bytes), .metadata = "1234567",
			       .metadata_size = 7, .name = "fresh" }, PLASMA_PUT_HOLD,
			       &s->offset);
}

static int check_fresh(struct scene *s, __u64 size, __u64 seed)
{
	CHECK_EQ(0, object_get(&s->b, id_of(FRESH), NOW, &s->entry));
	CHECK_EQ(size, s->entry.data_size);
	CHECK_EQ(size, matching(s->b.read + s->entry.offset, size, seed));
	CHECK_EQ(0, object_release(&s->b, id_of(FRESH)));
	return 0;
}

static int check_put(struct scene *s)
{
	CHECK_EQ(0, check_fresh(s, sizeof(s->bytes), 1));
	CHECK_EQ(1, object_refs(&s->b, id_of(FRESH)));
	return 0;
}

static int undo_put(struct scene *s)
{
	CHECK_EQ(0, object_release(&s->a, id_of(FRESH)));
	CHECK_EQ(0, object_delete(&s->a, id_of(FRESH)));
	return 0;
}

static const struct call call_put = { .run = run_put, .check = check_put, .undo = undo_put };

static int run_put_tiny(struct scene *s)
{
	return object_put(&s->a, id_of(FRESH), s->bytes, 64);
}

static int check_put_tiny(struct scene *s)
{
	return check_fresh(s, 64, 1);
}

static int undo_put_tiny(struct scene *s)
{
	CHECK_EQ(0, object_delete(&s->a, id_of(FRESH)));
	return 0;
}

static const struct call call_put_tiny = {
	.run = run_put_tiny, .check = check_put_tiny, .undo = undo_put_tiny,
};

/* From a window that has no entries yet: faults in the middle of copying. */
static int prepare_put_window(struct scene *s)
{
	client_unmap(&s->b);
	CHECK_EQ(0, client_map(&s->b));
	CHECK_EQ(0, object_get(&s->b, id_of(HUGE), NOW, &s->entry));
	CHECK_EQ(0, object_release(&s->b, id_of(HUGE)));
	return 0;
}

static int run_put_window(struct scene *s)
{
	return object_put(&s->a, id_of(FRESH), s->b.read + s->entry.offset, LARGE);
}

static int check_put_window(struct scene *s)
{
	return check_fresh(s, LARGE, HUGE);
}

static const struct call call_put_from_window = {
	.prepare = prepare_put_window, .run = run_put_window, .check = check_put_window,
	.undo = undo_put_tiny,
};

static int run_put_replace(struct scene *s)
{
	return object_put_with(&s->a, id_of(FRESH), &(struct blob){ .data = s->bytes,
			       .size = 64, .name = "mine" }, PLASMA_PUT_REPLACE, NULL);
}

static int check_put_replace(struct scene *s)
{
	struct plasma_object_info info;

	CHECK_EQ(0, object_stat(&s->b, id_of(MINE), &info));
	CHECK(info.flags & PLASMA_OBJECT_DELETE_PENDING);
	return check_put_tiny(s);
}

static int undo_put_replace(struct scene *s)
{
	CHECK_EQ(0, object_release(&s->a, id_of(MINE)));
	CHECK_EQ(0, object_delete(&s->a, id_of(FRESH)));
	return make_mine(s);
}

static const struct call call_put_replace = {
	.run = run_put_replace, .check = check_put_replace, .undo = undo_put_replace,
};

static int run_put_batch(struct scene *s)
{
	struct plasma_put_entry entries[2] = {
		{ .data_ptr = (unsigned long)s->bytes, .data_size = 6000 },
		{ .data_ptr = (unsigned long)s->bytes, .data_size = 50 },
	};
	struct id one = id_of(FRESH), two = id_of(FRESH2);

	memcpy(entries[0].id, one.byte, sizeof(one.byte));
	memcpy(entries[1].id, two.byte, sizeof(two.byte));
	return put_batch(&s->a, entries, 2, 0);
}

static int check_put_batch(struct scene *s)
{
	CHECK_EQ(0, object_refs(&s->b, id_of(FRESH2)));
	return check_fresh(s, 6000, 1);
}

static int undo_put_batch(struct scene *s)
{
	CHECK_EQ(0, object_delete(&s->a, id_of(FRESH)));
	CHECK_EQ(0, object_delete(&s->a, id_of(FRESH2)));
	return 0;
}

static const struct call call_put_batch = {
	.run = run_put_batch, .check = check_put_batch, .undo = undo_put_batch,
};

/* --- the first of their kind ----------------------------------------------------------- */

/* A client that holds nothing so far, in a namespace where there is nothing so far. */
static int prepare_first(struct scene *s)
{
	struct plasma_ns_open open;

	if (s->fd >= 0)
		return 0;
	CHECK_EQ(0, set_fd(s, device_open()));
	CHECK(ns_create(s->fd, "first", PLASMA_NS_EPHEMERAL, 0600, 0) >= 0);
	CHECK_EQ(0, ns_open(s->fd, "first", 0, &open));
	s->newcomer = (struct client){ .fd = s->fd, .ns = open.out_ns, .name = "first" };
	return 0;
}

static int run_first_put(struct scene *s)
{
	return object_put_with(&s->newcomer, id_of(FRESH), &(struct blob){ .data = s->bytes,
			       .size = 64, .name = "first" }, PLASMA_PUT_HOLD, &s->offset);
}

static int run_first_create(struct scene *s)
{
	return object_create_with(&s->newcomer, id_of(FRESH), &(struct blob){ .size = 5000,
				  .metadata = s->bytes, .metadata_size = 100 }, 0, &s->offset);
}

static int check_first(struct scene *s)
{
	CHECK_EQ(1, object_refs(&s->newcomer, id_of(FRESH)));
	CHECK_EQ(1, ns_info(&s->newcomer).objects);
	return 0;
}

static int undo_first(struct scene *s)
{
	CHECK_EQ(0, close(s->fd));
	s->fd = -1;
	return prepare_first(s);
}

static const struct call call_first_put = {
	.prepare = prepare_first, .run = run_first_put, .check = check_first,
	.undo = undo_first,
};

static const struct call call_first_create = {
	.prepare = prepare_first, .run = run_first_create, .check = check_first,
	.undo = undo_first,
};

/* The same where there is something, but not of this client. */
static int prepare_newcomer(struct scene *s)
{
	struct plasma_ns_open open;

	if (s->fd >= 0)
		return 0;
	CHECK_EQ(0, set_fd(s, device_open()));
	CHECK_EQ(0, ns_open(s->fd, s->a.name, 0, &open));
	s->newcomer = (struct client){ .fd = s->fd, .ns = open.out_ns };
	return 0;
}

static int check_newcomer(struct scene *s)
{
	CHECK_EQ(1, object_refs(&s->b, id_of(FRESH)));
	return 0;
}

static int undo_newcomer(struct scene *s)
{
	/* What was created goes with its creator, what was put stays. */
	CHECK_EQ(0, close(s->fd));
	s->fd = -1;
	object_delete(&s->b, id_of(FRESH));
	return prepare_newcomer(s);
}

static const struct call call_newcomer_put = {
	.prepare = prepare_newcomer, .run = run_first_put, .check = check_newcomer,
	.undo = undo_newcomer,
};

static const struct call call_newcomer_create = {
	.prepare = prepare_newcomer, .run = run_first_create, .check = check_newcomer,
	.undo = undo_newcomer,
};

static int run_newcomer_get(struct scene *s)
{
	int ret = object_get(&s->newcomer, id_of(HUGE), NOW, &s->entry);

	return ret ? ret : s->entry.status;
}

static int check_newcomer_get(struct scene *s)
{
	CHECK_EQ(2, object_refs(&s->b, id_of(HUGE)));
	return 0;
}

static const struct call call_newcomer_get = {
	.prepare = prepare_newcomer, .run = run_newcomer_get, .check = check_newcomer_get,
	.undo = undo_newcomer,
};

/* --- holding and deleting -------------------------------------------------------------- */

static int run_get(struct scene *s)
{
	struct plasma_get_entry entries[3] = {};
	struct id ids[3] = { id_of(PLAIN), id_of(HUGE), id_of(PLAIN) };
	int i, ret;

	for (i = 0; i < 3; i++)
		memcpy(entries[i].id, ids[i].byte, sizeof(ids[i].byte));
	ret = object_get_many(&s->a, entries, 3, NOW);
	if (ret < 0)
		return ret;
	/* Want of memory for one of them is told in its entry, and does not touch the rest. */
	for (i = 0; i < 3; i++)
		if (entries[i].status)
			break;
	if (ret == 3 && i == 3)
		return 0;
	for (i = 0; i < 3; i++)
		if (!entries[i].status)
			CHECK_EQ(0, object_release(&s->a, ids[i]));
		else
			CHECK_EQ(-ENOMEM, entries[i].status);
	return -ENOMEM;
}

static int check_get(struct scene *s)
{
	CHECK_EQ(1, object_refs(&s->b, id_of(PLAIN)));
	CHECK_EQ(2, object_refs(&s->b, id_of(HUGE)));
	return 0;
}

static int undo_get(struct scene *s)
{
	CHECK_EQ(0, object_release(&s->a, id_of(PLAIN)));
	CHECK_EQ(0, object_release(&s->a, id_of(PLAIN)));
	CHECK_EQ(-ENOENT, object_release(&s->a, id_of(PLAIN)));
	CHECK_EQ(0, object_release(&s->a, id_of(HUGE)));
	return 0;
}

static const struct call call_get = { .run = run_get, .check = check_get, .undo = undo_get };

/* Waits, in vain; nothing is held, and nothing waits any more. */
static int run_get_wait(struct scene *s)
{
	int ret = object_get(&s->a, id_of(FRESH), in_ms(2), &s->entry);

	return ret == -ENOENT ? 0 : ret;
}

static const struct call call_get_wait = { .run = run_get_wait };

static int run_get_no_hold(struct scene *s)
{
	struct plasma_get_entry entry = {};
	struct id id = id_of(PLAIN);
	int ret;

	memcpy(entry.id, id.byte, sizeof(id.byte));
	ret = object_get_some(&s->a, &entry, 1, 1, PLASMA_GET_NO_HOLD, NOW);
	return ret < 0 ? ret : 0;
}

static const struct call call_get_no_hold = { .run = run_get_no_hold };

static int run_name_get(struct scene *s)
{
	return name_get(&s->a, "mine", NOW, &s->entry);
}

static int check_name_get(struct scene *s)
{
	CHECK_EQ(1, object_refs(&s->b, id_of(MINE)));
	return 0;
}

/* One of two counts that the client has on it. */
static int undo_name_get(struct scene *s)
{
	CHECK_EQ(0, object_release(&s->a, id_of(MINE)));
	CHECK_EQ(1, object_refs(&s->b, id_of(MINE)));
	return 0;
}

static const struct call call_name_get = {
	.run = run_name_get, .check = check_name_get, .undo = undo_name_get,
};

static int prepare_release(struct scene *s)
{
	if (object_refs(&s->b, id_of(PLAIN)) == 0)
		CHECK_EQ(0, object_hold(&s->a, id_of(PLAIN)));
	return 0;
}

static int run_release(struct scene *s)
{
	return object_release(&s->a, id_of(PLAIN));
}

static int check_release(struct scene *s)
{
	CHECK_EQ(0, object_refs(&s->b, id_of(PLAIN)));
	return 0;
}

static const struct call call_release = {
	.prepare = prepare_release, .run = run_release, .check = check_release,
	.undo = prepare_release, .or_done = true,
};

static int run_release_at(struct scene *s)
{
	return object_release_at(&s->a, id_of(PLAIN), s->entry.offset);
}

static int prepare_release_at(struct scene *s)
{
	CHECK_EQ(0, prepare_release(s));
	CHECK_EQ(0, object_get(&s->a, id_of(PLAIN), NOW, &s->entry));
	CHECK_EQ(0, object_release(&s->a, id_of(PLAIN)));
	return 0;
}

static const struct call call_release_at = {
	.prepare = prepare_release_at, .run = run_release_at, .check = check_release,
	.undo = prepare_release, .or_done = true,
};

static int run_delete(struct scene *s)
{
	return object_delete(&s->a, id_of(PLAIN));
}

static int check_delete(struct scene *s)
{
	CHECK_EQ(-ENOENT, object_refs(&s->b, id_of(PLAIN)));
	return 0;
}

static const struct call call_delete = {
	.run = run_delete, .check = check_delete, .undo = make_plain, .or_done = true,
};

static int run_hide(struct scene *s)
{
	int ret = object_hide(&s->a, id_of(MINE));

	return ret == PLASMA_DELETE_PENDING ? 0 : ret;
}

static int check_hide(struct scene *s)
{
	CHECK_EQ(-ENOENT, object_refs(&s->b, id_of(MINE)));
	return 0;
}

static int undo_hide(struct scene *s)
{
	CHECK_EQ(0, object_release(&s->a, id_of(MINE)));
	return make_mine(s);
}

static const struct call call_hide = {
	.run = run_hide, .check = check_hide, .undo = undo_hide, .or_done = true,
};

static int run_evict(struct scene *s)
{
	struct plasma_evict answer;

	return object_evict(&s->a, 1, &answer);
}

static const struct call call_evict = {
	.run = run_evict, .check = check_delete, .undo = make_plain, .or_done = true,
};

static int run_refresh(struct scene *s)
{
	return object_refresh(&s->a, id_of(PLAIN));
}

static const struct call call_refresh = { .run = run_refresh };

/* More than the kernel has room for without an allocation. */
static int run_refresh_many(struct scene *s)
{
	struct plasma_id_entry entries[100];
	struct plasma_refresh refresh = {
		.ns = s->a.ns,
		.count = 100,
		.entry_size = sizeof(entries[0]),
		.entries_ptr = (unsigned long)entries,
	};
	struct id id = id_of(PLAIN);
	int i, ret;

	memset(entries, POISON, sizeof(entries));
	for (i = 0; i < 100; i++)
		memcpy(entries[i].id, id.byte, sizeof(id.byte));
	ret = plasma_ioctl(s->a.fd, PLASMA_IOC_REFRESH, &refresh);
	for (i = 0; i < 100 && !ret; i++)
		CHECK_EQ(0, entries[i].status);
	return ret;
}

static const struct call call_refresh_many = { .run = run_refresh_many };

/* --- looking --------------------------------------------------------------------------- */

static int stat_with_metadata(struct scene *s, struct id id)
{
	struct plasma_object_info info;
	char metadata[8] = "";
	struct plasma_stat stat = {
		.ns = s->a.ns,
		.info_size = sizeof(info),
		.info_ptr = (unsigned long)&info,
		.metadata_ptr = (unsigned long)metadata,
		.metadata_len = sizeof(metadata),
	};

	memcpy(stat.id, id.byte, sizeof(id.byte));
	return plasma_ioctl(s->a.fd, PLASMA_IOC_STAT, &stat);
}

static int run_stat(struct scene *s)
{
	return stat_with_metadata(s, id_of(OPEN)) ?: stat_with_metadata(s, id_of(PLAIN));
}

static const struct call call_stat = { .run = run_stat };

static int run_list(struct scene *s)
{
	struct plasma_object_info infos[8];
	struct plasma_list list = {
		.prefix_ptr = (unsigned long)"m",
		.prefix_len = 1,
		.flags = PLASMA_LIST_BY_NAME,
		.count = 8,
		.entries_ptr = (unsigned long)infos,
		.entry_size = sizeof(infos[0]),
	};
	int ret = object_list(&s->a, &list);

	if (!ret)
		CHECK_EQ(1, list.out_count);
	return ret;
}

static const struct call call_list = { .run = run_list };

/* --- names ----------------------------------------------------------------------------- */

static int run_bind(struct scene *s)
{
	return name_bind(&s->a, id_of(PLAIN), "fresh", 0);
}

static int check_bind(struct scene *s)
{
	struct id id, plain = id_of(PLAIN);

	CHECK_EQ(0, name_lookup(&s->b, "fresh", &id));
	CHECK(id_equal(id.byte, &plain));
	return 0;
}

static int undo_bind(struct scene *s)
{
	CHECK_EQ(0, name_unbind(&s->b, "fresh"));
	return 0;
}

static const struct call call_name_bind = {
	.run = run_bind, .check = check_bind, .undo = undo_bind,
};

static int run_unbind(struct scene *s)
{
	return name_unbind(&s->a, "mine");
}

static int check_unbind(struct scene *s)
{
	struct id id;

	CHECK_EQ(-ENOENT, name_lookup(&s->b, "mine", &id));
	return 0;
}

static int undo_unbind(struct scene *s)
{
	CHECK_EQ(0, name_bind(&s->b, id_of(MINE), "mine", 0));
	return 0;
}

static const struct call call_name_unbind = {
	.run = run_unbind, .check = check_unbind, .undo = undo_unbind,
};

static int run_lookup(struct scene *s)
{
	struct id id;

	return name_lookup(&s->a, "mine", &id);
}

static const struct call call_name_lookup = { .run = run_lookup };

/* --- descriptors ----------------------------------------------------------------------- */

static int run_pending(struct scene *s)
{
	return set_fd(s, object_pending_fd(&s->a, id_of(FRESH)));
}

static const struct call call_pending_fd = {
	.run = run_pending, .check = got_file, .undo = close_fd,
};

static int run_subscribe(struct scene *s)
{
	return set_fd(s, subscribe(&s->a, PLASMA_SUBSCRIBE_NONBLOCK, 4096));
}

static int check_subscribe(struct scene *s)
{
	struct plasma_event events[4];

	CHECK_EQ(3 * sizeof(events[0]), read(s->fd, events, sizeof(events)));
	return got_file(s);
}

static const struct call call_subscribe = {
	.run = run_subscribe, .check = check_subscribe, .undo = close_fd,
};

static int run_export(struct scene *s)
{
	return set_fd(s, object_export(&s->a, id_of(PLAIN)));
}

static int check_export(struct scene *s)
{
	char bytes[5000];

	CHECK_EQ(1, object_refs(&s->b, id_of(PLAIN)));
	CHECK_EQ(5000, pread(s->fd, bytes, sizeof(bytes), 0));
	CHECK_EQ(5000, matching(bytes, 5000, 1));
	return got_file(s);
}

static const struct call call_export = {
	.run = run_export, .check = check_export, .undo = close_fd,
};

static int prepare_export(struct scene *s)
{
	return s->fd < 0 ? run_export(s) : 0;
}

static int run_export_read(struct scene *s)
{
	char bytes[5000];
	ssize_t n = pread(s->fd, bytes, sizeof(bytes), 0);

	if (n < 0)
		return -errno;
	CHECK_EQ(n, matching(bytes, n, 1));
	return 0;
}

static const struct call call_export_read = {
	.prepare = prepare_export, .run = run_export_read,
};

static int run_export_map(struct scene *s)
{
	s->map = mmap(NULL, 5000, PROT_READ, MAP_SHARED, s->fd, 0);
	if (s->map == MAP_FAILED) {
		s->map = NULL;
		return -errno;
	}
	CHECK_EQ(5000, matching(s->map, 5000, 1));
	return 0;
}

static int undo_export_map(struct scene *s)
{
	CHECK_EQ(0, munmap(s->map, 5000));
	s->map = NULL;
	return 0;
}

static const struct call call_export_map = {
	.prepare = prepare_export, .run = run_export_map, .undo = undo_export_map,
	.faults = true,
};

/* A client has its quota for as long as it lives: a new client for each. */
static int prepare_quota(struct scene *s)
{
	struct plasma_ns_open open;

	if (s->fd < 0) {
		CHECK_EQ(0, set_fd(s, device_open()));
		CHECK_EQ(0, ns_open(s->fd, s->a.name, 0, &open));
		s->offset = open.out_ns;
	}
	return 0;
}

static int run_quota(struct scene *s)
{
	struct client c = { .fd = s->fd, .ns = s->offset };

	return quota_set(&c, "mine", 1 * MIB);
}

static int check_quota(struct scene *s)
{
	struct plasma_quota_info quotas[2];

	CHECK_EQ(2, quota_list(&s->b, quotas, 2));
	CHECK_EQ(63 * MIB, quotas[0].capacity);
	CHECK_EQ(1 * MIB, quotas[1].capacity);
	return 0;
}

static int undo_quota(struct scene *s)
{
	CHECK_EQ(0, close(s->fd));
	s->fd = -1;
	return prepare_quota(s);
}

static const struct call call_quota_set = {
	.prepare = prepare_quota, .run = run_quota, .check = check_quota, .undo = undo_quota,
};

static int run_quota_list(struct scene *s)
{
	struct plasma_quota_info quotas[2];
	int ret = quota_list(&s->a, quotas, 2);

	return ret < 0 ? ret : 0;
}

static const struct call call_quota_list = { .run = run_quota_list };

static int prepare_events(struct scene *s)
{
	drain_events(s);
	CHECK_EQ(0, object_put(&s->a, id_of(FRESH), "x", 1));
	CHECK_EQ(0, object_delete(&s->a, id_of(FRESH)));
	return 0;
}

/* An event that could not be copied is lost, which is documented; nothing else is. */
static int run_events(struct scene *s)
{
	struct plasma_event events[4];
	ssize_t n = read(s->events, events, sizeof(events));

	if (n < 0 && errno == EFAULT) {
		drain_events(s);
		return -EFAULT;
	}
	CHECK(n == sizeof(events[0]) || n == 2 * sizeof(events[0]));
	return 0;
}

static const struct call call_events = { .prepare = prepare_events, .run = run_events };

/* --- mappings and faults --------------------------------------------------------------- */

static int run_map(struct scene *s, int prot, __u64 offset)
{
	s->map = mmap(NULL, window_size(), prot, MAP_SHARED, s->a.fd, offset);
	if (s->map != MAP_FAILED)
		return 0;
	s->map = NULL;
	return -errno;
}

static int run_map_read(struct scene *s)
{
	return run_map(s, PROT_READ, s->a.read_offset);
}

static int run_map_write(struct scene *s)
{
	return run_map(s, PROT_READ | PROT_WRITE, s->a.write_offset);
}

static int check_map_read(struct scene *s)
{
	CHECK_EQ(0, object_get(&s->a, id_of(HUGE), NOW, &s->entry));
	CHECK_EQ(0, object_release(&s->a, id_of(HUGE)));
	CHECK_EQ(LARGE, matching(s->map + s->entry.offset, LARGE, HUGE));
	return 0;
}

static int undo_map(struct scene *s)
{
	CHECK_EQ(0, munmap(s->map, window_size()));
	s->map = NULL;
	return 0;
}

static int check_map_write(struct scene *s)
{
	CHECK_EQ(5000, matching(s->map + s->offset, 5000, OPEN));
	return 0;
}

static const struct call call_mmap_read = {
	.run = run_map_read, .check = check_map_read, .undo = undo_map,
};

static const struct call call_mmap_write = {
	.run = run_map_write, .check = check_map_write, .undo = undo_map,
};

/* Windows without page tables. The kernel tries a fault again that lacked memory. */
static int prepare_read_fault(struct scene *s)
{
	if (!s->map)
		CHECK_EQ(0, run_map_read(s));
	CHECK_EQ(0, object_get(&s->a, id_of(HUGE), NOW, &s->entry));
	CHECK_EQ(0, object_release(&s->a, id_of(HUGE)));
	return 0;
}

static int run_read_fault(struct scene *s)
{
	CHECK(peek((__u8 *)s->map + s->entry.offset) >= 0);
	CHECK(peek((__u8 *)s->map + s->entry.offset + LARGE - 1) >= 0);
	return 0;
}

static int check_read_fault(struct scene *s)
{
	CHECK_EQ(LARGE, matching(s->map + s->entry.offset, LARGE, HUGE));
	return 0;
}

static const struct call call_read_fault = {
	.prepare = prepare_read_fault, .run = run_read_fault, .check = check_read_fault,
	.undo = undo_map,
	.faults = true,
};

static int prepare_write_fault(struct scene *s)
{
	return s->map ? 0 : run_map_write(s);
}

static int run_write_fault(struct scene *s)
{
	__u8 byte = s->a.write[s->offset + 4999];

	CHECK(peek((__u8 *)s->map + s->offset) >= 0);
	CHECK_EQ(0, poke((__u8 *)s->map + s->offset + 4999, byte));
	return 0;
}

static const struct call call_write_fault = {
	.prepare = prepare_write_fault, .run = run_write_fault, .check = check_map_write,
	.undo = undo_map,
	.faults = true,
};

/* Where there are no page tables, which near other mappings there are. */
#define FAR_AWAY	((void *)(1UL << 40))

/* Pins are made at their first mapping: a new client for each. */
static int prepare_mmap_pins(struct scene *s)
{
	struct plasma_ns_open open;

	if (s->fd >= 0)
		CHECK_EQ(0, close(s->fd));
	CHECK_EQ(0, set_fd(s, device_open()));
	CHECK_EQ(0, ns_open(s->fd, s->a.name, 0, &open));
	CHECK(open.out_pins_size);
	s->pins_offset = open.out_pins_offset;
	s->pins_size = open.out_pins_size;
	return 0;
}

static int run_mmap_pins(struct scene *s)
{
	s->map = mmap(FAR_AWAY, s->pins_size, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_FIXED_NOREPLACE, s->fd, s->pins_offset);
	if (s->map != MAP_FAILED)
		return 0;
	s->map = NULL;
	return -errno;
}

static int check_pins(struct scene *s)
{
	CHECK_EQ(s->pins_size, leading(s->map, s->pins_size, 0));
	return 0;
}

static int undo_mmap_pins(struct scene *s)
{
	CHECK_EQ(0, munmap(s->map, s->pins_size));
	s->map = NULL;
	return 0;
}

static const struct call call_mmap_pins = {
	.prepare = prepare_mmap_pins, .run = run_mmap_pins, .check = check_pins,
	.undo = undo_mmap_pins,
};

static int prepare_pins_fault(struct scene *s)
{
	if (s->map)
		return 0;
	CHECK_EQ(0, prepare_mmap_pins(s));
	CHECK_EQ(0, run_mmap_pins(s));
	return 0;
}

static int run_pins_fault(struct scene *s)
{
	CHECK_EQ(0, poke((__u8 *)s->map + s->pins_size - 1, 0));
	CHECK_EQ(0, poke(s->map, 0));
	return 0;
}

static const struct call call_pins_fault = {
	.prepare = prepare_pins_fault, .run = run_pins_fault, .check = check_pins,
	.undo = undo_mmap_pins,
	.faults = true,
};

static int run_populate(struct scene *s)
{
	unsigned long at = (unsigned long)s->map + s->entry.offset;

	return madvise((void *)at, LARGE, MADV_POPULATE_READ) ? -errno : 0;
}

static int run_populate_and_undo(struct scene *s)
{
	int ret = run_populate(s);

	if (ret)
		CHECK_EQ(0, undo_map(s));
	return ret;
}

static const struct call call_populate = {
	.prepare = prepare_read_fault, .run = run_populate_and_undo,
	.check = check_read_fault, .undo = undo_map,
	.faults = true,
};

/* --- all of them ----------------------------------------------------------------------- */

FIXTURE(failnth)
{
	struct usage usage;
	struct scene scene;
};

FIXTURE_VARIANT(failnth)
{
	const struct call *call;
};

#define VARIANT(_name)								\
	FIXTURE_VARIANT_ADD(failnth, _name)					\
	{									\
		.call = &call_##_name,						\
	}

VARIANT(open);
VARIANT(close);
VARIANT(query);
VARIANT(ns_create);
VARIANT(ns_open);
VARIANT(ns_remove);
VARIANT(ns_list);
VARIANT(ns_stat);
VARIANT(ns_set);
VARIANT(size_mb);
VARIANT(create);
VARIANT(create_large);
VARIANT(create_again);
VARIANT(resize_up);
VARIANT(resize_down);
VARIANT(seal);
VARIANT(seal_small);
VARIANT(seal_batch);
VARIANT(abort);
VARIANT(put);
VARIANT(put_tiny);
VARIANT(put_from_window);
VARIANT(put_replace);
VARIANT(put_batch);
VARIANT(first_put);
VARIANT(first_create);
VARIANT(newcomer_put);
VARIANT(newcomer_create);
VARIANT(newcomer_get);
VARIANT(get);
VARIANT(get_wait);
VARIANT(get_no_hold);
VARIANT(name_get);
VARIANT(release);
VARIANT(release_at);
VARIANT(delete);
VARIANT(hide);
VARIANT(evict);
VARIANT(refresh);
VARIANT(refresh_many);
VARIANT(stat);
VARIANT(list);
VARIANT(name_bind);
VARIANT(name_unbind);
VARIANT(name_lookup);
VARIANT(pending_fd);
VARIANT(subscribe);
VARIANT(events);
VARIANT(export);
VARIANT(export_read);
VARIANT(export_map);
VARIANT(quota_set);
VARIANT(quota_list);
VARIANT(mmap_read);
VARIANT(mmap_write);
VARIANT(read_fault);
VARIANT(write_fault);
VARIANT(mmap_pins);
VARIANT(pins_fault);
VARIANT(populate);

FIXTURE_SETUP(failnth)
{
	ASSERT_TRUE(fault_init());
	ASSERT_EQ(0, usage_take(&self->usage));
	ASSERT_EQ(0, make_scene(&self->scene));
}

FIXTURE_TEARDOWN(failnth)
{
	if (self->scene.map)
		munmap(self->scene.map, window_size());
	client_close(&self->scene.a);
	client_close(&self->scene.b);
	close(self->scene.events);
	if (self->scene.fd >= 0)
		close(self->scene.fd);
	EXPECT_EQ(0, usage_restored(&self->usage));
}

TEST_F(failnth, sweep)
{
	struct scene *s = &self->scene;
	struct plasma_query store;

	if (variant->call->prepare)
		ASSERT_EQ(0, variant->call->prepare(s));
	ASSERT_EQ(0, query(s->b.fd, &store));
	EXPECT_LE(0, sweep(variant->call, s, &once));
	drain_events(s);
	EXPECT_EQ(0, pages_restored(s, store.out_store_used));
}

TEST_F(failnth, shortages)
{
	struct scene *s = &self->scene;
	struct plasma_query store;

	if (variant->call->faults)
		return;
	if (variant->call->prepare)
		ASSERT_EQ(0, variant->call->prepare(s));
	ASSERT_EQ(0, query(s->b.fd, &store));
	EXPECT_LE(0, sweep(variant->call, s, &from_then_on));
	drain_events(s);
	EXPECT_EQ(0, pages_restored(s, store.out_store_used));
}

/* Where nothing can be made to fail, that is one test to skip and not fifty. */
#define main sweep_all
TEST_HARNESS_MAIN
#undef main

int main(int argc, char **argv)
{
	if (fault_init())
		return sweep_all(argc, argv);
	ksft_print_header();
	ksft_set_plan(1);
	ksft_test_result_skip("every place: this kernel has no fault injection\n");
	return 0;
}
