// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "actor.h"

#define META_SIZE	24
#define SMALLEST	16
#define LARGE		(2 * MIB)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

__u64 random_next(__u64 *state)
{
	__u64 x;

	*state += 0x9e3779b97f4a7c15ULL;
	x = *state;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static unsigned int below(struct actor *a, unsigned int limit)
{
	return random_next(&a->random) % limit;
}

/* Errors that come when there is too little of something, which is nobody's fault. */
static bool lacks(const struct actor *a, int error)
{
	return error == -ENOSPC ||
	       ((a->flags & ACTOR_MAY_LACK) && (error == -ENOMEM || error == -EINTR));
}

/* --- objects that tell what is in them ------------------------------------------------- */

static __u64 any_size(struct actor *a)
{
	switch (below(a, 12)) {
	case 0:
		return SMALLEST;
	case 1:
		return LARGE + below(a, 5000);
	case 2:
		return PAGE - 8 + below(a, 16);
	case 3:
	case 4:
		return SMALLEST + below(a, 300);
	default:
		return SMALLEST + below(a, 60000);
	}
}

static void write_object(__u8 *at, __u64 size, __u64 seed)
{
	fill(at, size, seed);
	memcpy(at, &seed, 8);
	memcpy(at + 8, &size, 8);
}

static int check_bytes(const __u8 *at, __u64 size, __u64 *seed)
{
	__u64 said, word, i, step = size > 20000 ? 4096 + 8 : 8;
	__u8 expected[8];

	memcpy(seed, at, 8);
	memcpy(&said, at + 8, 8);
	CHECK_EQ(size, said);
	for (i = SMALLEST; i + 8 <= size; i += step) {
		/* A word of fill(), without all that come before it. */
		word = (*seed + 1) * 0x9e3779b97f4a7c15ULL + i / 8 * 0xd1342543de82ef95ULL;
		memcpy(expected, &word, 8);
		CHECK_EQ(0, memcmp(at + i, expected, 8));
	}
	return 0;
}

static int check_object(struct actor *a, const struct plasma_get_entry *entry, __u64 *seed)
{
	const __u8 *at = a->c.read + entry->offset;

	CHECK_EQ(0, check_bytes(at, entry->data_size, seed));
	if (!entry->metadata_size)
		return 0;
	CHECK_EQ(META_SIZE, entry->metadata_size);
	CHECK_EQ(META_SIZE, matching(at + entry->data_size, META_SIZE, *seed + 1));
	return 0;
}

/* --- making ---------------------------------------------------------------------------- */

static int create(struct actor *a, struct id id, __u64 size, __u64 seed, __u64 *offset)
{
	__u8 metadata[META_SIZE];
	struct blob blob = { .size = size };

	fill(metadata, META_SIZE, seed + 1);
	if (seed % 3 == 0) {
		blob.metadata = metadata;
		blob.metadata_size = META_SIZE;
	}
	return object_create_with(&a->c, id, &blob, 0, offset);
}

static int make_shared(struct actor *a)
{
	__u64 size = any_size(a), seed = random_next(&a->random), offset;
	struct id id = id_of(below(a, ACTOR_SHARED));
	int ret = create(a, id, size, seed, &offset);

	if (ret == -EEXIST || lacks(a, ret))
		return 0;
	CHECK_EQ(0, ret);
	if (below(a, 4) == 0) {
		__u64 other = any_size(a);

		ret = object_resize(&a->c, id, other, &offset);
		CHECK(!ret || lacks(a, ret));
		if (!ret)
			size = other;
	}
	write_object(a->c.write + offset, size, seed);
	switch (below(a, 6)) {
	case 0:
		CHECK_EQ(0, object_abort(&a->c, id));
		return 0;
	case 1:
		CHECK_EQ(0, object_seal(&a->c, id, 0));
		CHECK_EQ(seed, *(__u64 *)(a->c.write + offset));
		CHECK_EQ(-SIGBUS, poke(a->c.write + offset, 0));
		CHECK_EQ(0, object_release(&a->c, id));
		return 0;
	case 2:
		ret = object_seal_named(&a->c, id, PLASMA_SEAL_RELEASE | PLASMA_SEAL_REPLACE,
					"sealed");
		CHECK(!ret || lacks(a, ret));
		if (ret)
			CHECK_EQ(0, object_abort(&a->c, id));
		return 0;
	default:
		CHECK_EQ(0, object_seal(&a->c, id, PLASMA_SEAL_RELEASE));
		return 0;
	}
}

static int put_shared(struct actor *a)
{
	struct id id = id_of(below(a, ACTOR_SHARED));
	__u8 bytes[SMALLEST + 9000], metadata[META_SIZE];
	struct blob blob = { .data = bytes, .size = SMALLEST + below(a, 9000) };
	__u64 seed = random_next(&a->random);
	__u32 flags = 0;
	int ret;

	if (below(a, 2))
		blob.size = SMALLEST + below(a, 200);
	write_object(bytes, blob.size, seed);
	fill(metadata, META_SIZE, seed + 1);
	if (below(a, 2)) {
		blob.metadata = metadata;
		blob.metadata_size = META_SIZE;
	}
	if (below(a, 4) == 0) {
		blob.name = "put";
		flags = PLASMA_PUT_REPLACE;
	}
	if (below(a, 8) == 0)
		flags |= PLASMA_CREATE_NO_EVICT;
	ret = object_put_with(&a->c, id, &blob, flags, NULL);
	CHECK(!ret || ret == -EEXIST || lacks(a, ret));
	return 0;
}

static int put_some(struct actor *a)
{
	struct plasma_put_entry entries[3] = {};
	__u8 bytes[3][400];
	unsigned int i, first = below(a, ACTOR_SHARED - 2);
	int ret;

	for (i = 0; i < 3; i++) {
		__u64 size = SMALLEST + below(a, 384);
		struct id id = id_of(first + i);

		write_object(bytes[i], size, random_next(&a->random));
		memcpy(entries[i].id, id.byte, sizeof(id.byte));
		entries[i].data_ptr = (unsigned long)bytes[i];
		entries[i].data_size = size;
	}
	ret = put_batch(&a->c, entries, 3, 0);
	CHECK(!ret || ret == -EEXIST || lacks(a, ret));
	return 0;
}

/* --- holding --------------------------------------------------------------------------- */

static int check_hold(struct actor *a, struct actor_hold *hold)
{
	__u8 bytes[300];
	__u64 seed;
	ssize_t n;

	if (hold->fd < 0) {
		CHECK_EQ(0, check_object(a, &hold->entry, &seed));
		CHECK_EQ(hold->seed, seed);
		return 0;
	}
	n = pread(hold->fd, bytes, sizeof(bytes), 0);
	CHECK(n >= SMALLEST);
	memcpy(&seed, bytes, 8);
	CHECK_EQ(hold->seed, seed);
	return 0;
}

int actor_check_holds(struct actor *a)
{
	unsigned int i;

	for (i = 0; i < ACTOR_HOLDS; i++)
		if (a->holds[i].valid)
			CHECK_EQ(0, check_hold(a, &a->holds[i]));
	return 0;
}

static int let_go(struct actor *a, struct actor_hold *hold)
{
	if (!hold->valid)
		return 0;
	CHECK_EQ(0, check_hold(a, hold));
	hold->valid = false;
	if (hold->fd >= 0) {
		close(hold->fd);
		hold->fd = -1;
		return 0;
	}
	/* A hidden one and a later one of its id are told apart by their place. */
	CHECK_EQ(0, object_release_at(&a->c, hold->id, hold->entry.offset));
	return 0;
}

static bool may_be_absent(struct actor *a, int ret)
{
	return ret == -ENOENT || ret == -EINPROGRESS ||
	       ((a->flags & ACTOR_MAY_LACK) && ret == -ENOMEM) ||
	       ((a->flags & ACTOR_SIGNALS) && ret == -EINTR);
}

static int get_shared(struct actor *a)
{
	struct actor_hold *hold = &a->holds[below(a, ACTOR_HOLDS)];
	__u64 deadline = below(a, 4) ? NOW : in_ms(1 + below(a, 5));
	int ret;

	CHECK_EQ(0, let_go(a, hold));
	hold->id = id_of(below(a, ACTOR_SHARED));
	hold->fd = -1;
	ret = object_get(&a->c, hold->id, deadline, &hold->entry);
	if (ret) {
		CHECK(may_be_absent(a, ret));
		return 0;
	}
	CHECK_EQ(0, check_object(a, &hold->entry, &hold->seed));
	hold->valid = true;
	return 0;
}

static int export_shared(struct actor *a)
{
	struct actor_hold *hold = &a->holds[below(a, ACTOR_HOLDS)];
	__u8 *map;

	CHECK_EQ(0, let_go(a, hold));
	hold->id = id_of(below(a, ACTOR_SHARED));
	hold->fd = object_export(&a->c, hold->id);
	if (hold->fd < 0) {
		CHECK(may_be_absent(a, hold->fd));
		hold->fd = -1;
		return 0;
	}
	CHECK_EQ(8, pread(hold->fd, &hold->seed, 8, 0));
	hold->valid = true;
	map = mmap(NULL, SMALLEST, PROT_READ, MAP_SHARED, hold->fd, 0);
	if (map == MAP_FAILED) {
		CHECK(lacks(a, -errno));
		return 0;
	}
	CHECK_EQ(hold->seed, *(__u64 *)map);
	munmap(map, SMALLEST);
	return 0;
}

static int delete_shared(struct actor *a)
{
	struct id id = id_of(below(a, ACTOR_SHARED));
	int ret = below(a, 3) ? object_delete(&a->c, id) : object_hide(&a->c, id);

	CHECK(!ret || ret == PLASMA_DELETE_PENDING || ret == -ENOENT);
	return 0;
}

/* --- ids of its own: nobody else can change what comes of these ------------------------ */

static struct id own_id(struct actor *a, struct actor_own *own)
{
	return id_of(1000 + a->number * 100 + (own - a->own));
}

static int own_from_nothing(struct actor *a, struct actor_own *own, struct id id)
{
	struct plasma_get_entry entry;
	int ret;

	CHECK_EQ(-ENOENT, object_release(&a->c, id));
	CHECK_EQ(-ENOENT, object_seal(&a->c, id, 0));
	ret = object_get(&a->c, id, NOW, &entry);
	CHECK_EQ(-ENOENT, ret);
	own->size = any_size(a);
	own->seed = random_next(&a->random);
	ret = create(a, id, own->size, own->seed, &own->offset);
	if (lacks(a, ret))
		return 0;
	CHECK_EQ(0, ret);
	own->state = OWN_OPEN;
	return 0;
}

static int own_open(struct actor *a, struct actor_own *own, struct id id)
{
	struct plasma_get_entry entry;

	CHECK_EQ(-EEXIST, object_put(&a->c, id, "x", 1));
	CHECK_EQ(-EINPROGRESS, object_get(&a->c, id, NOW, &entry));
	if (below(a, 4) == 0) {
		CHECK_EQ(0, object_abort(&a->c, id));
		own->state = OWN_NONE;
		return 0;
	}
	write_object(a->c.write + own->offset, own->size, own->seed);
	CHECK_EQ(0, object_seal(&a->c, id, 0));
	CHECK_EQ(-EALREADY, object_seal(&a->c, id, 0));
	own->state = OWN_HELD;
	return 0;
}

static int own_held(struct actor *a, struct actor_own *own, struct id id)
{
	struct plasma_get_entry entry;
	__u64 seed;

	CHECK_EQ(-EEXIST, object_put(&a->c, id, "x", 1));
	CHECK_EQ(1, object_refs(&a->c, id));
	if ((a->flags & ACTOR_MAY_LACK) == 0) {
		CHECK_EQ(0, object_get(&a->c, id, NOW, &entry));
		CHECK_EQ(own->size, entry.data_size);
		CHECK_EQ(0, check_object(a, &entry, &seed));
		CHECK_EQ(own->seed, seed);
		CHECK_EQ(0, object_release(&a->c, id));
	}
	own->state = OWN_LEFT;
	if (below(a, 2)) {
		CHECK_EQ(PLASMA_DELETE_PENDING, object_delete(&a->c, id));
		own->state = OWN_NONE;
	}
	CHECK_EQ(0, object_release(&a->c, id));
	return 0;
}

/* It may have been evicted since. */
static int own_left(struct actor *a, struct actor_own *own, struct id id)
{
	struct plasma_get_entry entry;
	__u64 seed;
	int ret = object_get(&a->c, id, NOW, &entry);

	if ((a->flags & ACTOR_MAY_LACK) && ret == -ENOMEM)
		return 0;
	own->state = OWN_NONE;
	if (ret == -ENOENT)
		return 0;
	CHECK_EQ(0, ret);
	CHECK_EQ(own->size, entry.data_size);
	CHECK_EQ(0, check_object(a, &entry, &seed));
	CHECK_EQ(own->seed, seed);
	CHECK_EQ(PLASMA_DELETE_PENDING, object_delete(&a->c, id));
	CHECK_EQ(0, object_release(&a->c, id));
	return 0;
}

static int step_own(struct actor *a)
{
	struct actor_own *own = &a->own[below(a, ACTOR_OWN)];
	struct id id = own_id(a, own);

	switch (own->state) {
	case OWN_NONE:
		return own_from_nothing(a, own, id);
	case OWN_OPEN:
		return own_open(a, own, id);
	case OWN_HELD:
		return own_held(a, own, id);
	default:
		return own_left(a, own, id);
	}
}

/* --- names, lists, events -------------------------------------------------------------- */

static int use_names(struct actor *a)
{
	static const char *const names[] = { "put", "sealed", "bound" };
	const char *name = names[below(a, 3)];
	struct plasma_get_entry entry;
	__u64 seed;
	struct id id;
	int ret;

	switch (below(a, 4)) {
	case 0:
		ret = name_bind(&a->c, id_of(below(a, ACTOR_SHARED)), name,
				below(a, 2) ? PLASMA_NAME_REPLACE : 0);
		CHECK(!ret || ret == -ENOENT || ret == -EPERM || ret == -EBUSY ||
		      ret == -EEXIST || lacks(a, ret));
		return 0;
	case 1:
		ret = name_unbind(&a->c, name);
		CHECK(!ret || ret == -ENOENT);
		return 0;
	case 2:
		ret = name_lookup(&a->c, name, &id);
		CHECK(!ret || ret == -ENOENT);
		return 0;
	default:
		ret = name_get(&a->c, name, below(a, 2) ? NOW : in_ms(1 + below(a, 3)), &entry);
		if (ret) {
			CHECK(may_be_absent(a, ret));
			return 0;
		}
		CHECK_EQ(0, check_object(a, &entry, &seed));
		memcpy(id.byte, entry.id, sizeof(id.byte));
		CHECK_EQ(0, object_release_at(&a->c, id, entry.offset));
		return 0;
	}
}

static int look_at_lists(struct actor *a)
{
	struct plasma_object_info infos[5];
	struct plasma_list list = { .count = 5, .entry_size = sizeof(infos[0]),
				    .entries_ptr = (unsigned long)infos };
	struct plasma_quota_info quotas[3];
	unsigned int pages = 0;

	switch (below(a, 3)) {
	case 0:
		while (list.cursor != PLASMA_CURSOR_END && pages++ < 1000) {
			CHECK_EQ(0, object_list(&a->c, &list));
			CHECK(list.out_count <= 5);
		}
		CHECK_EQ(PLASMA_CURSOR_END, list.cursor);
		return 0;
	case 1:
		CHECK(quota_list(&a->c, quotas, 3) >= 1);
		return 0;
	default:
		CHECK(object_refs(&a->c, id_of(below(a, ACTOR_SHARED))) >= -ENOENT);
		return 0;
	}
}

static int subscribe_a_while(struct actor *a)
{
	struct plasma_event events[8];
	int fd = subscribe(&a->c, PLASMA_SUBSCRIBE_NONBLOCK, 4096), rounds = below(a, 4);
	ssize_t n, i;

	if (lacks(a, fd))
		return 0;
	CHECK(fd >= 0);
	while (rounds-- >= 0) {
		n = read(fd, events, sizeof(events));
		CHECK(n >= 0 ? n % sizeof(events[0]) == 0 :
			       errno == EAGAIN || (a->flags & ACTOR_SIGNALS && errno == EINTR));
		for (i = 0; i < n / (ssize_t)sizeof(events[0]); i++)
			CHECK(events[i].type >= PLASMA_EVENT_SEAL &&
			      events[i].type <= PLASMA_EVENT_OVERFLOW);
	}
	close(fd);
	return 0;
}

static int await(struct actor *a)
{
	int fd = object_pending_fd(&a->c, id_of(below(a, ACTOR_SHARED)));
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	if (lacks(a, fd))
		return 0;
	CHECK(fd >= 0);
	poll(&poller, 1, below(a, 4));
	CHECK((poller.revents & ~POLLIN) == 0);
	close(fd);
	return 0;
}

static int throw_away(struct actor *a)
{
	struct plasma_evict evict;
	int ret;

	if (below(a, 2)) {
		CHECK_EQ(0, object_evict(&a->c, below(a, 100000), &evict));
		return 0;
	}
	ret = object_refresh(&a->c, id_of(below(a, ACTOR_SHARED)));
	CHECK(!ret || ret == -ENOENT);
	return 0;
}

/* --- other clients --------------------------------------------------------------------- */

static int with_quota(struct actor *a)
{
	struct client c;
	unsigned int i;
	__u64 offset;
	int ret;

	ret = client_join(&c, &a->c);
	if (lacks(a, ret)) {
		client_close(&c);
		return 0;
	}
	CHECK_EQ(0, ret);
	ret = quota_set(&c, "of an actor", 100000);
	CHECK(!ret || ret == -EDQUOT || lacks(a, ret));
	for (i = 0; i < 4; i++) {
		struct id id = id_of(1000 + a->number * 100 + 50 + i);

		ret = object_create(&c, id, 40000, &offset);
		if (ret) {
			CHECK(ret == -EEXIST || lacks(a, ret));
			continue;
		}
		write_object(c.write + offset, 40000, i);
		if (i != 2)
			CHECK_EQ(0, object_seal(&c, id, i % 2 ? PLASMA_SEAL_RELEASE : 0));
	}
	client_close(&c);
	for (i = 0; i < 4; i++)
		object_delete(&a->c, id_of(1000 + a->number * 100 + 50 + i));
	return 0;
}

static int in_removed_namespace(struct actor *a, struct client *c)
{
	struct plasma_get_entry entry;
	__u64 offset;
	int ret;

	ret = object_create(c, id_of(1), 30000, &offset);
	if (lacks(a, ret))
		return 0;
	CHECK_EQ(0, ret);
	write_object(c->write + offset, 30000, 5);
	CHECK_EQ(0, object_seal(c, id_of(1), 0));
	ret = object_create(c, id_of(2), 30000, &offset);
	CHECK(!ret || lacks(a, ret));
	ret = object_get(c, id_of(1), NOW, &entry);
	if (lacks(a, ret))
		return 0;
	CHECK_EQ(0, ret);
	CHECK_EQ(-EBUSY, ns_remove(c->fd, c->name, 0));
	CHECK_EQ(0, ns_remove(c->fd, c->name, PLASMA_NS_REMOVE_FORCE));
	CHECK_EQ(-EIDRM, object_put(c, id_of(3), "x", 1));
	CHECK_EQ(-EIDRM, object_seal(c, id_of(2), 0));
	CHECK_EQ(5, *(__u64 *)(c->read + entry.offset));
	if (below(a, 2))
		CHECK_EQ(0, object_release(c, id_of(1)));
	return 0;
}

static int with_namespace(struct actor *a)
{
	struct client c;
	int ret = client_create(&c, 0);

	if (!ret)
		ret = in_removed_namespace(a, &c);
	else
		CHECK(lacks(a, ret));
	client_close(&c);
	return ret > 0;
}

static int pass_on(struct actor *a)
{
	struct plasma_query answer;
	int sockets[2], fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets)) {
		CHECK(lacks(a, -errno));
		return 0;
	}
	CHECK_EQ(0, send_fd(sockets[0], a->c.fd));
	if (below(a, 2)) {
		fd = recv_fd(sockets[1]);
		CHECK(fd >= 0);
		CHECK_EQ(0, query(fd, &answer));
		close(fd);
	}
	close(sockets[0]);
	close(sockets[1]);
	return 0;
}

/* A child has the read window, and the client: it gives back what it gets, and no more. */
static int in_child(void *arg)
{
	struct actor *a = arg;
	unsigned int i;

	CHECK_EQ(0, actor_check_holds(a));
	for (i = 0; i < ACTOR_HOLDS; i++)
		a->holds[i].valid = false;
	CHECK_EQ(0, get_shared(a));
	CHECK_EQ(0, delete_shared(a));
	CHECK_EQ(0, get_shared(a));
	for (i = 0; i < ACTOR_HOLDS; i++)
		CHECK_EQ(0, let_go(a, &a->holds[i]));
	if (below(a, 2))
		client_unmap(&a->c);
	return 0;
}

static int fork_child(struct actor *a)
{
	pid_t pid;
	int ret;

	madvise(a->c.read, window_size(), MADV_DOFORK);
	pid = spawn(in_child, a);
	if (pid < 0)
		return 0;
	ret = reap(pid);
	/* Where memory runs out, somebody is killed for it. */
	CHECK(!ret || (a->flags & ACTOR_MAY_LACK && ret == -SIGKILL));
	return 0;
}

/* --- abuse of mappings ----------------------------------------------------------------- */

static void *some_place(struct actor *a, __u8 *window, size_t *size)
{
	__u64 offset = 0;

	switch (below(a, 3)) {
	case 0:
		offset = (__u64)below(a, 64) * 64 * KIB;
		break;
	case 1:
		offset = below(a, 8 << 20) / PAGE * PAGE;
		break;
	default:
		offset = random_next(&a->random) % window_size() / PAGE * PAGE;
		break;
	}
	*size = (1 + below(a, 700)) * PAGE;
	if (offset + *size > window_size())
		offset = window_size() - *size;
	return window + offset;
}

/*
 * Every advice that is not about hardware errors: those take memory away from the machine
 * for good, and kill whoever uses it.
 */
static int advise(struct actor *a, __u8 *window)
{
	static const int advice[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED,
		MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK, MADV_MERGEABLE,
		MADV_UNMERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP,
		MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_COLD, MADV_PAGEOUT,
		MADV_POPULATE_READ, MADV_POPULATE_WRITE, 24 /* MADV_DONTNEED_LOCKED */,
		MADV_COLLAPSE,
	};
	size_t size;
	void *at = some_place(a, window, &size);

	madvise(at, size, advice[below(a, sizeof(advice) / sizeof(advice[0]))]);
	return 0;
}

static int unmap_part(struct actor *a, bool write)
{
	__u8 *window = write ? a->c.write : a->c.read;
	int prot = write ? PROT_READ | PROT_WRITE : PROT_READ;
	size_t size;
	__u8 *at = some_place(a, window, &size);

	/* Never leaves a hole, in which another thread could map something. */
	mmap(at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	while (mmap(at, size, prot, MAP_SHARED | MAP_FIXED, a->c.fd,
		    (write ? a->c.write_offset : a->c.read_offset) + (at - window)) != at)
		CHECK(lacks(a, -errno));
	return 0;
}

/* To another place and back; what is moved is seen there meanwhile. */
static int move_part(struct actor *a)
{
	size_t size;
	__u8 *at = some_place(a, a->c.read, &size), *there;

	there = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (there == MAP_FAILED)
		return 0;
	if (mremap(at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, there) != there) {
		munmap(there, size);
		return 0;
	}
	while (mremap(there, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, at) != at)
		CHECK(lacks(a, -errno));
	return 0;
}

int actor_abuse(struct actor *a)
{
	__u8 *window = below(a, 2) ? a->c.write : a->c.read;
	size_t size;
	void *at;

	switch (below(a, 8)) {
	case 0:
		return unmap_part(a, false);
	case 1:
		return unmap_part(a, true);
	case 2:
		return a->flags & ACTOR_THREAD ? 0 : move_part(a);
	case 3:
		at = some_place(a, window, &size);
		mlock(at, size);
		munlock(at, size);
		return 0;
	case 4:
		at = some_place(a, a->c.read, &size);
		CHECK(mprotect(at, size, PROT_READ | PROT_WRITE) < 0);
		return 0;
	case 5:
		at = some_place(a, a->c.write, &size);
		mprotect(at, size, PROT_READ);
		while (mprotect(at, size, PROT_READ | PROT_WRITE))
			CHECK(lacks(a, -errno));
		return 0;
	case 6:
		at = some_place(a, window, &size);
		msync(at, size, MS_SYNC);
		return 0;
	default:
		return advise(a, window);
	}
}

/* --- the whole ------------------------------------------------------------------------- */

int actor_begin(struct actor *a, const struct client *of, unsigned int number, __u64 seed,
		unsigned int flags)
{
	unsigned int i;

	memset(a, 0, sizeof(*a));
	a->number = number;
	a->random = seed;
	a->flags = flags;
	for (i = 0; i < ACTOR_HOLDS; i++)
		a->holds[i].fd = -1;
	return client_join(&a->c, of);
}

int actor_look(struct actor *a)
{
	a->steps++;
	switch (below(a, 10)) {
	case 0:
		return export_shared(a);
	case 1:
		return look_at_lists(a);
	case 2:
		return let_go(a, &a->holds[below(a, ACTOR_HOLDS)]);
	case 3:
		return actor_check_holds(a);
	default:
		return get_shared(a);
	}
}

int actor_step(struct actor *a)
{
	if (a->flags & ACTOR_READS)
		return actor_look(a);
	a->steps++;
	switch (below(a, 40)) {
	case 0 ... 5:
		return make_shared(a);
	case 6 ... 9:
		return put_shared(a);
	case 10:
	case 11:
		return put_some(a);
	case 12 ... 15:
		return delete_shared(a);
	case 16 ... 21:
		return step_own(a);
	case 22 ... 24:
		return use_names(a);
	case 25:
		return subscribe_a_while(a);
	case 26:
		return await(a);
	case 27:
		return throw_away(a);
	case 28:
		return with_quota(a);
	case 29:
		return a->flags & ACTOR_THREAD ? 0 : with_namespace(a);
	case 30:
		return pass_on(a);
	case 31:
		return a->flags & ACTOR_THREAD ? 0 : fork_child(a);
	case 32 ... 33:
		return actor_abuse(a);
	default:
		return actor_look(a);
	}
}

/* Gives back what it holds, and ends what it began. */
int actor_end(struct actor *a)
{
	unsigned int i;

	for (i = 0; i < ACTOR_HOLDS; i++)
		CHECK_EQ(0, let_go(a, &a->holds[i]));
	client_close(&a->c);
	return 0;
}
