// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile tenants: what they learn of others, which is nothing; what they can take from
 * them, which is bounded; and what they find in memory that others had.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <kselftest_harness.h>

#include "common.h"

#define DEVICE		"/dev/plasma"
#define PARAMETERS	"/sys/module/plasma/parameters/"
#define ALICE		1000
#define BOB		1001
#define NO_USER_NAMESPACES	77

FIXTURE(tenants)
{
	struct usage before;
	struct stat device;
	struct client a;
};

FIXTURE_SETUP(tenants)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, stat(DEVICE, &self->device));
	ASSERT_EQ(0, chmod(DEVICE, 0666));
	ASSERT_EQ(0, client_create(&self->a, 16 * MIB));
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0600 }));
}

FIXTURE_TEARDOWN(tenants)
{
	client_close(&self->a);
	EXPECT_EQ(0, chmod(DEVICE, self->device.st_mode & 07777));
	EXPECT_EQ(0, file_write(PARAMETERS "max_namespaces", "256"));
	EXPECT_EQ(0, file_write(PARAMETERS "max_descriptors", "16384"));
	EXPECT_EQ(0, file_write(PARAMETERS "max_queue_mb", "256"));
	EXPECT_EQ(0, file_write(PARAMETERS "max_objects", "0"));
	EXPECT_EQ(0, file_write(PARAMETERS "max_holds", "0"));
	EXPECT_EQ(0, file_write(PARAMETERS "max_open", "4096"));
	EXPECT_EQ(0, usage_restored(&self->before));
}

static int become(uid_t uid)
{
	CHECK_EQ(0, setgroups(0, NULL));
	CHECK_EQ(0, setresgid(uid, uid, uid));
	CHECK_EQ(0, setresuid(uid, uid, uid));
	return 0;
}

/* Once and for all: the process becomes another user before it opens the namespace. */
static int open_as(uid_t uid, struct client *c, const char *name)
{
	CHECK_EQ(0, become(uid));
	return client_open(c, name, 0);
}

/* --- what is seen of others --------------------------------------------------- */

static bool is_listed(int fd, const char *name)
{
	struct plasma_ns_info infos[32];
	struct plasma_ns_list list = {
		.count = 32, .entries_ptr = (unsigned long)infos,
		.entry_size = sizeof(*infos),
	};
	bool found = false;
	__u32 i;

	while (list.cursor != PLASMA_CURSOR_END && !found) {
		if (plasma_ioctl(fd, PLASMA_IOC_NS_LIST, &list))
			return true;
		for (i = 0; i < list.out_count; i++)
			found |= !strcmp((char *)infos[i].name, name);
	}
	return found;
}

/* Every command on a handle that somebody else has. */
static int try_handle(struct client *c, int want)
{
	struct plasma_get_entry entry = {};
	struct plasma_object_info info;
	struct plasma_list list = {
		.count = 1, .entries_ptr = (unsigned long)&info, .entry_size = sizeof(info),
	};
	struct plasma_evict evict;
	struct id id = id_of(1), found;

	CHECK_EQ(want, object_get(c, id, NOW, &entry));
	CHECK_EQ(want, object_stat(c, id, &info));
	CHECK_EQ(want, object_list(c, &list));
	CHECK_EQ(want, object_export(c, id));
	CHECK_EQ(want, object_pending_fd(c, id));
	CHECK_EQ(want, subscribe(c, 0, 0));
	CHECK_EQ(want, name_lookup(c, "secret", &found));
	CHECK_EQ(want, name_get(c, "secret", NOW, &entry));
	CHECK_EQ(want, quota_list(c, NULL, 0));
	CHECK_EQ(want, object_create(c, id, 1, NULL));
	CHECK_EQ(want, object_put(c, id, "x", 1));
	CHECK_EQ(want, object_seal(c, id, 0));
	CHECK_EQ(want, object_abort(c, id));
	CHECK_EQ(want, object_resize(c, id, 2, NULL));
	CHECK_EQ(want, object_delete(c, id));
	CHECK_EQ(want, object_refresh(c, id));
	CHECK_EQ(want, object_evict(c, ALL, &evict));
	CHECK_EQ(want, name_bind(c, id, "mine", 0));
	CHECK_EQ(want, name_unbind(c, "secret"));
	CHECK_EQ(want, quota_set(c, "mine", 1));
	return 0;
}

static int stranger(void *arg)
{
	const struct client *a = arg;
	struct plasma_ns_open open;
	struct plasma_ns_info info;
	struct client c = {};
	__u64 offset;

	CHECK_EQ(0, become(BOB));
	c.fd = device_open();
	CHECK(c.fd >= 0);
	CHECK_EQ(-EACCES, ns_open(c.fd, a->name, 0, &open));
	CHECK_EQ(-EACCES, ns_open(c.fd, a->name, PLASMA_ACCESS_READ, &open));
	CHECK_EQ(-EACCES, ns_open(c.fd, a->name, PLASMA_ACCESS_WRITE, &open));
	memset(&info, POISON, sizeof(info));
	CHECK_EQ(-EACCES, ns_stat(c.fd, a->name, &info));
	CHECK_EQ(sizeof(info), leading(&info, sizeof(info), POISON));
	CHECK(!is_listed(c.fd, a->name));
	CHECK_EQ(-EPERM, ns_remove(c.fd, a->name, PLASMA_NS_REMOVE_FORCE));
	CHECK_EQ(-EPERM, ns_set(c.fd, a->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0666 }));
	/* Handles are each client's own, and so are the windows' offsets. */
	for (c.ns = 0; c.ns < 5; c.ns++)
		CHECK_EQ(0, try_handle(&c, -EBADF));
	for (offset = 0; offset < 6 * window_size(); offset += window_size())
		CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, c.fd, offset) == MAP_FAILED);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, c.fd, a->read_offset) == MAP_FAILED);
	close(c.fd);
	return 0;
}

TEST_F(tenants, one_without_rights_learns_nothing)
{
	struct blob blob = { .data = "secret", .size = 6, .name = "secret" };

	ASSERT_EQ(0, object_put_with(&self->a, id_of(1), &blob, 0, NULL));
	ASSERT_TRUE(is_listed(self->a.fd, self->a.name));
	EXPECT_EQ(0, reap(spawn(stranger, &self->a)));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, ns_info(&self->a).clients);
	EXPECT_EQ(1, ns_info(&self->a).objects);
}

static int reader(void *arg)
{
	struct client *a = arg, c;
	struct plasma_object_info info;
	struct plasma_get_entry entry;
	struct plasma_ns_open open;
	struct plasma_evict evict;
	struct id id = id_of(1);

	CHECK_EQ(0, open_as(BOB, &c, a->name));
	CHECK_EQ(PLASMA_ACCESS_READ, c.access);
	CHECK_EQ(0, object_stat(&c, id, &info));
	CHECK_EQ(0, object_get(&c, id, NOW, &entry));
	CHECK_EQ(0, entry.status);
	CHECK_EQ('s', peek(c.read + entry.offset));
	CHECK(poke(c.read + entry.offset, 1) < 0);
	CHECK_EQ(-EACCES, ns_open(c.fd, a->name, PLASMA_ACCESS_WRITE, &open));
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd, c.write_offset) ==
	      MAP_FAILED);
	CHECK_EQ(-EACCES, object_create(&c, id_of(2), 1, NULL));
	CHECK_EQ(-EACCES, object_put(&c, id_of(2), "x", 1));
	CHECK_EQ(-EACCES, object_seal(&c, id, 0));
	CHECK_EQ(-EACCES, object_abort(&c, id));
	CHECK_EQ(-EACCES, object_resize(&c, id, 2, NULL));
	CHECK_EQ(-EACCES, object_delete(&c, id));
	CHECK_EQ(-EACCES, object_hide(&c, id));
	CHECK_EQ(-EACCES, object_refresh(&c, id));
	CHECK_EQ(-EACCES, object_evict(&c, ALL, &evict));
	CHECK_EQ(-EACCES, name_bind(&c, id, "other", 0));
	CHECK_EQ(-EACCES, name_unbind(&c, "secret"));
	CHECK_EQ(-EACCES, quota_set(&c, "mine", 1));
	CHECK_EQ(-EPERM, ns_remove(c.fd, a->name, 0));
	client_close(&c);
	return 0;
}

TEST_F(tenants, one_that_may_read_changes_nothing)
{
	struct blob blob = { .data = "secret", .size = 6, .name = "secret" };

	ASSERT_EQ(0, object_put_with(&self->a, id_of(1), &blob, 0, NULL));
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0604 }));
	EXPECT_EQ(0, reap(spawn(reader, &self->a)));
	EXPECT_EQ(1, ns_info(&self->a).names);
	EXPECT_EQ(6, ns_info(&self->a).used);
}

/* --- what can be taken from others --------------------------------------------- */

static int make_namespaces(unsigned int max)
{
	char name[32];
	unsigned int i;
	int fd = device_open();

	CHECK(fd >= 0);
	for (i = 0; i <= max; i++) {
		int ret;

		snprintf(name, sizeof(name), "tenant %u %u", getuid(), i);
		ret = ns_create(fd, name, PLASMA_NS_EPHEMERAL, 0600, 4096);
		if (i < max)
			CHECK(ret >= 0);
		else
			CHECK_EQ(-EDQUOT, ret);
	}
	/* One that is removed counts as long as somebody has it open. */
	snprintf(name, sizeof(name), "tenant %u 0", getuid());
	CHECK_EQ(0, ns_remove(fd, name, 0));
	CHECK_EQ(-EDQUOT, ns_create(fd, name, PLASMA_NS_EPHEMERAL, 0600, 4096));
	close(fd);
	fd = device_open();
	CHECK(ns_create(fd, name, PLASMA_NS_EPHEMERAL, 0600, 4096) >= 0);
	close(fd);
	return 0;
}

static int bounded_user(void *arg)
{
	uid_t uid = *(uid_t *)arg;

	CHECK_EQ(0, become(uid));
	return make_namespaces(5);
}

TEST_F(tenants, namespaces_are_bounded_per_user)
{
	uid_t alice = ALICE, bob = BOB;
	char name[32];
	pid_t pids[2];
	int fd, i;

	ASSERT_EQ(0, file_write(PARAMETERS "max_namespaces", "5"));
	/* At the same time: one has nothing to do with the other. */
	pids[0] = spawn(bounded_user, &alice);
	pids[1] = spawn(bounded_user, &bob);
	EXPECT_EQ(0, reap(pids[0]));
	EXPECT_EQ(0, reap(pids[1]));
	/* Who may exceed resources may. */
	fd = device_open();
	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "root %d", i);
		EXPECT_LE(0, ns_create(fd, name, PLASMA_NS_EPHEMERAL, 0600, 4096));
	}
	close(fd);
	EXPECT_EQ(0, reap(spawn(bounded_user, &alice)));
}

static int bounded_descriptors(void *arg)
{
	struct client *a = arg, c;
	int fds[4];

	CHECK_EQ(0, open_as(BOB, &c, a->name));
	fds[0] = subscribe(&c, 0, PAGE);
	fds[1] = object_pending_fd(&c, id_of(1));
	fds[2] = object_pending_fd(&c, id_of(1));
	fds[3] = subscribe(&c, 0, PAGE);
	CHECK(fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0 && fds[3] >= 0);
	CHECK_EQ(-EDQUOT, subscribe(&c, 0, PAGE));
	CHECK_EQ(-EDQUOT, object_pending_fd(&c, id_of(1)));
	close(fds[1]);
	fds[1] = subscribe(&c, 0, PAGE);
	CHECK(fds[1] >= 0);
	CHECK_EQ(-EDQUOT, object_pending_fd(&c, id_of(1)));
	close(fds[0]);
	close(fds[1]);
	close(fds[2]);
	close(fds[3]);
	/* A queue of bytes: as many as fit, whatever they are divided into. */
	fds[0] = subscribe(&c, 0, MIB);
	CHECK(fds[0] >= 0);
	CHECK_EQ(-EDQUOT, subscribe(&c, 0, 64));
	CHECK_EQ(-EDQUOT, subscribe(&c, 0, 0));
	close(fds[0]);
	fds[0] = subscribe(&c, 0, MIB - 64);
	fds[1] = subscribe(&c, 0, 64);
	CHECK(fds[0] >= 0 && fds[1] >= 0);
	CHECK_EQ(-EDQUOT, subscribe(&c, 0, 64));
	close(fds[0]);
	close(fds[1]);
	client_close(&c);
	return 0;
}

TEST_F(tenants, descriptors_and_queues_are_bounded_per_user)
{
	int fds[6];
	int i;

	ASSERT_EQ(0, file_write(PARAMETERS "max_descriptors", "4"));
	ASSERT_EQ(0, file_write(PARAMETERS "max_queue_mb", "1"));
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0606 }));
	for (i = 0; i < 6; i++) {
		fds[i] = subscribe(&self->a, 0, MIB);
		EXPECT_LE(0, fds[i]);
	}
	EXPECT_EQ(0, reap(spawn(bounded_descriptors, &self->a)));
	for (i = 0; i < 6; i++)
		close(fds[i]);
	EXPECT_EQ(0, reap(spawn(bounded_descriptors, &self->a)));
}

enum { PACKED = 1, WITH_PAGES };

static int bounded_exports(void *arg)
{
	struct client *a = arg, c;
	long long refs;
	int fds[4], i;
	void *map;

	CHECK_EQ(0, open_as(BOB, &c, a->name));
	refs = object_refs(&c, id_of(WITH_PAGES));
	for (i = 0; i < 5; i++)
		CHECK_EQ(-ENOENT, object_export(&c, id_of(99)));
	fds[0] = object_export(&c, id_of(PACKED));
	fds[1] = object_export(&c, id_of(WITH_PAGES));
	fds[2] = object_pending_fd(&c, id_of(99));
	fds[3] = object_export(&c, id_of(WITH_PAGES));
	CHECK(fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0 && fds[3] >= 0);
	CHECK_EQ(-EDQUOT, object_export(&c, id_of(PACKED)));
	CHECK_EQ(-EDQUOT, object_export(&c, id_of(WITH_PAGES)));
	CHECK_EQ(-EDQUOT, subscribe(&c, 0, PAGE));
	CHECK_EQ(refs + 2, object_refs(&c, id_of(WITH_PAGES)));
	/* One counts as long as anybody has a copy or a mapping of it. */
	i = dup(fds[0]);
	close(fds[0]);
	CHECK_EQ(-EDQUOT, object_export(&c, id_of(PACKED)));
	close(i);
	fds[0] = object_export(&c, id_of(PACKED));
	CHECK(fds[0] >= 0);
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fds[1], 0);
	CHECK(map != MAP_FAILED);
	close(fds[1]);
	CHECK_EQ(-EDQUOT, object_pending_fd(&c, id_of(99)));
	munmap(map, PAGE);
	fds[1] = object_pending_fd(&c, id_of(99));
	CHECK(fds[1] >= 0);
	CHECK_EQ(-EDQUOT, object_export(&c, id_of(PACKED)));
	for (i = 0; i < 4; i++)
		close(fds[i]);
	CHECK_EQ(refs, object_refs(&c, id_of(WITH_PAGES)));
	client_close(&c);
	return 0;
}

TEST_F(tenants, exports_are_bounded_per_user)
{
	int fds[6];
	int i;

	ASSERT_EQ(0, file_write(PARAMETERS "max_descriptors", "4"));
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0606 }));
	ASSERT_EQ(0, object_put(&self->a, id_of(PACKED), "x", 1));
	ASSERT_EQ(0, object_make(&self->a, id_of(WITH_PAGES), 100000, 1, NULL));
	/* Who may exceed resources may; and those of one user are not another's. */
	for (i = 0; i < 6; i++) {
		fds[i] = object_export(&self->a, id_of(i % 2 ? PACKED : WITH_PAGES));
		EXPECT_LE(0, fds[i]);
	}
	EXPECT_EQ(0, reap(spawn(bounded_exports, &self->a)));
	for (i = 0; i < 6; i++)
		close(fds[i]);
	EXPECT_EQ(0, reap(spawn(bounded_exports, &self->a)));
}

/* As many objects without a byte as a client can make, from @id on. */
static int put_until_refused(struct client *c, unsigned int id, unsigned int *count)
{
	int ret;

	for (*count = 0; !(ret = object_put(c, id_of(id + *count), "", 0)); ++*count)
		;
	return ret;
}

/* Every kind of creation has the same bound, and none evicts to get by it. */
static int bounded_objects(void *arg)
{
	struct plasma_put_entry entries[2] = {};
	struct blob named = { .name = "named" };
	unsigned int count;
	struct client c;
	struct id id;
	int i;

	(void)arg;
	CHECK_EQ(0, become(BOB));
	CHECK_EQ(0, client_create(&c, 16 * MIB));
	CHECK_EQ(-EDQUOT, put_until_refused(&c, 1, &count));
	CHECK_EQ(100, count);
	CHECK_EQ(-EDQUOT, object_create(&c, id_of(1000), 1, NULL));
	CHECK_EQ(-EDQUOT, object_put_with(&c, id_of(1000), &named, 0, NULL));
	CHECK_EQ(-EEXIST, object_put(&c, id_of(1), "", 0));
	CHECK_EQ(100, ns_info(&c).objects);
	CHECK_EQ(0, ns_info(&c).evictions);
	CHECK_EQ(0, ns_info(&c).names);
	/* One is as good as another: unsealed, aborted, deleted, hidden but held. */
	CHECK_EQ(0, object_delete(&c, id_of(1)));
	for (i = 0; i < 2; i++) {
		id = id_of(2000 + i);
		memcpy(entries[i].id, id.byte, sizeof(id.byte));
	}
	CHECK_EQ(-EDQUOT, put_batch(&c, entries, 2, 0));
	CHECK_EQ(-EDQUOT, entries[1].status);
	CHECK_EQ(99, ns_info(&c).objects);
	CHECK_EQ(0, object_create(&c, id_of(1000), 1, NULL));
	CHECK_EQ(-EDQUOT, object_put(&c, id_of(1001), "", 0));
	CHECK_EQ(0, object_abort(&c, id_of(1000)));
	CHECK_EQ(0, object_create(&c, id_of(1000), 1, NULL));
	CHECK_EQ(0, object_seal(&c, id_of(1000), 0));
	CHECK_EQ(PLASMA_DELETE_PENDING, object_hide(&c, id_of(1000)));
	CHECK_EQ(-EDQUOT, object_put(&c, id_of(1001), "", 0));
	CHECK_EQ(0, object_release(&c, id_of(1000)));
	CHECK_EQ(0, object_put(&c, id_of(1001), "", 0));
	CHECK_EQ(-EDQUOT, object_put(&c, id_of(1002), "", 0));
	client_close(&c);
	return 0;
}

TEST_F(tenants, objects_are_bounded_per_user)
{
	unsigned int i;

	ASSERT_EQ(0, file_write(PARAMETERS "max_objects", "100"));
	/* Who may exceed resources may. */
	for (i = 0; i < 300; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "", 0));
	EXPECT_EQ(0, reap(spawn(bounded_objects, NULL)));
	/* With the namespace all that was in it is gone. */
	EXPECT_EQ(0, reap(spawn(bounded_objects, NULL)));
}

struct share {
	const char *name;
	unsigned int first;
	unsigned int count;	/* that there is room for */
};

static int put_share(void *arg)
{
	const struct share *share = arg;
	unsigned int count;
	struct client c;

	CHECK_EQ(0, open_as(BOB, &c, share->name));
	CHECK_EQ(-EDQUOT, put_until_refused(&c, share->first, &count));
	CHECK_EQ(share->count, count);
	client_close(&c);
	return 0;
}

static int put_some(void *arg)
{
	const struct share *share = arg;
	struct client c;
	unsigned int i;

	CHECK_EQ(0, open_as(BOB, &c, share->name));
	for (i = 0; i < share->count; i++)
		CHECK_EQ(0, object_put(&c, id_of(share->first + i), "", 0));
	client_close(&c);
	return 0;
}

/* They count for who made them until they go, whoever lets them go, and wherever they are. */
TEST_F(tenants, objects_outlive_their_client)
{
	struct share some = { self->a.name, 1, 60 }, rest = { "default", 1000, 40 };
	struct plasma_evict evict;
	unsigned int i;
	struct client d;

	ASSERT_EQ(0, file_write(PARAMETERS "max_objects", "100"));
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0606 }));
	ASSERT_EQ(0, client_open(&d, "default", 0));
	ASSERT_EQ(0, reap(spawn(put_some, &some)));
	EXPECT_EQ(0, reap(spawn(put_share, &rest)));
	rest = (struct share){ "default", 2000, 0 };
	EXPECT_EQ(0, reap(spawn(put_share, &rest)));
	/* Others do not count for them. */
	ASSERT_EQ(0, object_put(&self->a, id_of(5000), "", 0));
	ASSERT_EQ(0, object_delete(&self->a, id_of(5000)));
	EXPECT_EQ(0, reap(spawn(put_share, &rest)));
	/* Deleted by another; what is left of a client that has gone counts for a bit more. */
	for (i = 0; i < 52; i++)
		ASSERT_EQ(0, object_delete(&self->a, id_of(1 + i)));
	rest = (struct share){ "default", 2000, 51 };
	EXPECT_EQ(0, reap(spawn(put_share, &rest)));
	/* Evicted: now none is left. */
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	EXPECT_EQ(8, evict.out_objects);
	rest = (struct share){ "default", 3000, 9 };
	EXPECT_EQ(0, reap(spawn(put_share, &rest)));
	ASSERT_EQ(0, object_evict(&d, ALL, &evict));
	EXPECT_EQ(100, evict.out_objects);
	rest = (struct share){ self->a.name, 4000, 100 };
	EXPECT_EQ(0, reap(spawn(put_share, &rest)));
	client_close(&d);
}

static int churn_at_the_bound(void *arg)
{
	const struct share *share = arg;
	unsigned int i, refused = 0;
	struct client c;
	int ret;

	CHECK_EQ(0, open_as(BOB, &c, share->name));
	for (i = 0; i < 3000; i++) {
		ret = object_put(&c, id_of(share->first + i), "", 0);
		CHECK(ret == 0 || ret == -EDQUOT);
		refused += ret == -EDQUOT;
		/* What each has at a time is more than all may have. */
		if (i >= 120)
			object_delete(&c, id_of(share->first + i - 120));
		CHECK(ns_info(&c).objects <= 100);
	}
	CHECK(refused > 0);
	client_close(&c);
	return 0;
}

/* Several at once: never more than the bound, and in the end all of it is to be had again. */
TEST_F(tenants, the_bound_holds_under_races)
{
	struct share shares[4], all = { self->a.name, 1, 100 };
	struct plasma_evict evict;
	pid_t pids[4];
	int i;

	ASSERT_EQ(0, file_write(PARAMETERS "max_objects", "100"));
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0606 }));
	for (i = 0; i < 4; i++) {
		shares[i] = (struct share){ self->a.name, 10000 * (i + 1), 0 };
		pids[i] = spawn(churn_at_the_bound, &shares[i]);
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, reap(pids[i]));
	ASSERT_EQ(0, object_evict(&self->a, ALL, &evict));
	EXPECT_EQ(0, ns_info(&self->a).objects);
	EXPECT_EQ(0, reap(spawn(put_share, &all)));
}

static int bounded_holds(void *arg)
{
	struct client *a = arg, c, other;
	struct plasma_get_entry entry;
	long long refs;
	unsigned int i;

	CHECK_EQ(0, open_as(BOB, &c, a->name));
	for (i = 0; i < 50; i++)
		CHECK_EQ(0, object_hold(&c, id_of(i)));
	refs = object_refs(&c, id_of(50));
	CHECK_EQ(-EDQUOT, object_get(&c, id_of(50), NOW, &entry));
	CHECK_EQ(-EDQUOT, entry.status);
	CHECK_EQ(refs, object_refs(&c, id_of(50)));
	CHECK_EQ(-EDQUOT, name_get(&c, "named", NOW, &entry));
	CHECK_EQ(-EDQUOT, object_create(&c, id_of(1000), 1, NULL));
	CHECK_EQ(-ENOENT, object_refs(&c, id_of(1000)));
	CHECK_EQ(-EDQUOT, object_put_with(&c, id_of(1000), &(struct blob){},
					  PLASMA_PUT_HOLD, NULL));
	CHECK_EQ(-ENOENT, object_refs(&c, id_of(1000)));
	/* Once more of what it holds costs nothing; nor does waiting, or putting. */
	CHECK_EQ(0, object_hold(&c, id_of(0)));
	memcpy(entry.id, id_of(50).byte, sizeof(entry.id));
	CHECK_EQ(1, object_get_some(&c, &entry, 1, 1, PLASMA_GET_NO_HOLD, NOW));
	CHECK_EQ(0, object_put(&c, id_of(1000), "", 0));
	CHECK_EQ(0, object_delete(&c, id_of(1000)));
	/* It counts for the user, not for the client. */
	CHECK_EQ(0, client_join(&other, &c));
	CHECK_EQ(-EDQUOT, object_get(&other, id_of(0), NOW, &entry));
	client_close(&c);
	for (i = 0; i < 50; i++)
		CHECK_EQ(0, object_hold(&other, id_of(i)));
	client_close(&other);
	return 0;
}

TEST_F(tenants, holds_are_bounded_per_user)
{
	struct blob blob = { .name = "named" };
	unsigned int i;

	ASSERT_EQ(0, file_write(PARAMETERS "max_holds", "50"));
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0606 }));
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "", 0));
	ASSERT_EQ(0, object_put_with(&self->a, id_of(100), &blob, 0, NULL));
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, object_hold(&self->a, id_of(i)));
	EXPECT_EQ(0, reap(spawn(bounded_holds, &self->a)));
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, object_release(&self->a, id_of(i)));
	EXPECT_EQ(0, reap(spawn(bounded_holds, &self->a)));
}

/* What it held once and holds no more does not add up: many times as many as are allowed. */
static int hold_all_in_turn(void *arg)
{
	struct client *a = arg, c;
	unsigned int i;

	CHECK_EQ(0, open_as(BOB, &c, a->name));
	for (i = 0; i < 5000; i++) {
		CHECK_EQ(0, object_hold(&c, id_of(i)));
		if (i >= 100)
			CHECK_EQ(0, object_release(&c, id_of(i - 100)));
	}
	client_close(&c);
	return 0;
}

TEST_F(tenants, holds_that_are_over_do_not_count)
{
	unsigned int i;

	ASSERT_EQ(0, file_write(PARAMETERS "max_holds", "400"));
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0606 }));
	for (i = 0; i < 5000; i++)
		ASSERT_EQ(0, object_put(&self->a, id_of(i), "", 0));
	EXPECT_EQ(0, reap(spawn(hold_all_in_turn, &self->a)));
}

static int bounded_opens(void *arg)
{
	struct client *a = arg, c[3];
	struct plasma_ns_open open;
	char name[32];
	void *window;
	int fd;

	CHECK_EQ(0, open_as(BOB, &c[0], a->name));
	CHECK_EQ(0, client_open(&c[1], "default", 0));
	CHECK_EQ(0, client_open(&c[2], a->name, 0));
	fd = device_open();
	CHECK(fd >= 0);
	CHECK_EQ(-EDQUOT, ns_open(fd, a->name, 0, &open));
	snprintf(name, sizeof(name), "tenant %u", getpid());
	CHECK_EQ(-EDQUOT, ns_create(fd, name, 0, 0600, 4096));
	CHECK_EQ(-ENOENT, ns_open(fd, name, 0, &open));
	/* What is open already costs nothing, and a mapping keeps it open. */
	CHECK_EQ(0, ns_open(c[0].fd, a->name, 0, &open));
	window = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, c[0].fd, c[0].read_offset);
	CHECK(window != MAP_FAILED);
	client_close(&c[0]);
	CHECK_EQ(-EDQUOT, ns_open(fd, a->name, 0, &open));
	CHECK_EQ(0, munmap(window, PAGE));
	CHECK_EQ(0, ns_open(fd, a->name, 0, &open));
	close(fd);
	client_close(&c[1]);
	client_close(&c[2]);
	return 0;
}

TEST_F(tenants, open_namespaces_are_bounded_per_user)
{
	struct plasma_ns_open open;
	int fds[6], i;

	ASSERT_EQ(0, file_write(PARAMETERS "max_open", "3"));
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0606 }));
	for (i = 0; i < 6; i++) {
		fds[i] = device_open();
		EXPECT_EQ(0, ns_open(fds[i], self->a.name, 0, &open));
	}
	EXPECT_EQ(0, reap(spawn(bounded_opens, &self->a)));
	for (i = 0; i < 6; i++)
		close(fds[i]);
	EXPECT_EQ(0, reap(spawn(bounded_opens, &self->a)));
}

/* Root of a user namespace is above no limit but that of its maker, who shares it. */
static int contained(void *arg)
{
	char map[32];

	(void)arg;
	CHECK_EQ(0, become(BOB));
	prctl(PR_SET_DUMPABLE, 1);
	if (unshare(CLONE_NEWUSER))
		return NO_USER_NAMESPACES;
	CHECK(file_write("/proc/self/setgroups", "deny") >= 0);
	snprintf(map, sizeof(map), "0 %d 1", BOB);
	CHECK(file_write("/proc/self/uid_map", map) >= 0);
	CHECK_EQ(0, getuid());
	return make_namespaces(5);
}

TEST_F(tenants, root_of_a_user_namespace_gains_nothing)
{
	int ret;

	ASSERT_EQ(0, file_write(PARAMETERS "max_namespaces", "5"));
	ret = reap(spawn(contained, NULL));
	if (ret == NO_USER_NAMESPACES)
		SKIP(return, "no user namespaces for users");
	EXPECT_EQ(0, ret);
}

/* Of a user namespace of its own, by the descriptor of a process outside of that. */
static int make_inside(void *arg)
{
	if (unshare(CLONE_NEWUSER))
		return NO_USER_NAMESPACES;
	return ns_create(*(int *)arg, "inside", 0, 0600, 0) < 0;
}

static int give_to_root(void *arg)
{
	struct plasma_ns_set change = { .flags = PLASMA_NS_SET_OWNER };
	struct plasma_ns_info info;
	int fd, ret;

	(void)arg;
	CHECK_EQ(0, become(BOB));
	fd = device_open();
	ret = reap(spawn(make_inside, &fd));
	if (ret)
		return ret;
	CHECK_EQ(-EINVAL, ns_set(fd, "inside", &change));
	/* To itself neither: it knows nobody. */
	change.uid = BOB;
	change.gid = BOB;
	CHECK_EQ(-EINVAL, ns_set(fd, "inside", &change));
	CHECK_EQ(0, ns_stat(fd, "inside", &info));
	CHECK_EQ(BOB, info.uid);
	CHECK_EQ(0, ns_remove(fd, "inside", 0));
	return 0;
}

/* Nobody passes for root, or for anybody else, by a user namespace that he rules. */
TEST_F(tenants, gives_nothing_to_users_that_its_user_namespace_does_not_know)
{
	int ret = reap(spawn(give_to_root, NULL));

	if (ret == NO_USER_NAMESPACES)
		SKIP(return, "no user namespaces for users");
	EXPECT_EQ(0, ret);
}

struct race {
	struct client client;
	struct gate *go;
	int ret;
};

static int set_quota(void *arg)
{
	struct race *race = arg;

	gate_wait(race->go);
	race->ret = quota_set(&race->client, "part", 3 * MIB);
	return 0;
}

/* Whoever comes first: never more than 70 %, and never less than fits. */
TEST_F(tenants, quotas_hold_under_races)
{
	struct plasma_quota_info infos[9];
	struct race races[8];
	struct task tasks[8];
	struct gate go;
	unsigned int round;
	int i, given;

	for (round = 0; round < 10; round++) {
		ASSERT_EQ(0, gate_init(&go));
		for (i = 0; i < 8; i++) {
			ASSERT_EQ(0, client_join(&races[i].client, &self->a));
			races[i].go = &go;
			ASSERT_EQ(0, task_start(&tasks[i], set_quota, &races[i]));
		}
		for (i = 0; i < 8; i++)
			gate_open(&go);
		for (given = 0, i = 0; i < 8; i++) {
			ASSERT_EQ(0, task_join(&tasks[i]));
			given += !races[i].ret;
			if (races[i].ret)
				EXPECT_EQ(-EDQUOT, races[i].ret);
		}
		/* 70 % of 16 MiB are three times 3 MiB and a bit. */
		EXPECT_EQ(3, given);
		EXPECT_EQ(4, quota_list(&self->a, infos, 9));
		EXPECT_EQ(7 * MIB, infos[0].capacity);
		for (i = 0; i < 8; i++)
			client_close(&races[i].client);
		EXPECT_EQ(1, quota_list(&self->a, infos, 9));
		EXPECT_EQ(16 * MIB, infos[0].capacity);
		gate_close(&go);
	}
}

/* --- what is left in memory ------------------------------------------------------- */

/* All that a client can see of an object: its pages to the end. */
static size_t foreign(const __u8 *at, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i < size; i++)
		n += at[i] == 0xa5;
	return n;
}

/* All pages of an object that is handed to who may not see the namespace. */
static int look_at_export(struct client *c, struct id id, size_t size)
{
	size_t end = (size + PAGE - 1) / PAGE * PAGE;
	int fd = object_export(c, id);
	__u8 *at;

	CHECK(fd >= 0);
	at = mmap(NULL, end, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(at != MAP_FAILED);
	CHECK_EQ(0, foreign(at, end));
	CHECK_EQ(0, munmap(at, end));
	close(fd);
	return 0;
}

/* Metadata of an object that is not sealed, into more room than it needs. */
static int look_at_metadata(struct client *c, struct id id, size_t size)
{
	__u8 *bytes = calloc(1, size), *answer = malloc(size + PAGE);
	struct plasma_object_info info;
	struct plasma_stat stat = {
		.ns = c->ns, .info_size = sizeof(info), .info_ptr = (unsigned long)&info,
		.metadata_ptr = (unsigned long)answer, .metadata_len = size + PAGE,
	};
	struct blob blob = { .size = 1, .metadata = bytes, .metadata_size = size };

	CHECK(bytes && answer);
	memset(answer, POISON, size + PAGE);
	memcpy(stat.id, id.byte, sizeof(id.byte));
	CHECK_EQ(0, object_create_with(c, id, &blob, 0, NULL));
	CHECK_EQ(0, plasma_ioctl(c->fd, PLASMA_IOC_STAT, &stat));
	CHECK_EQ(size, leading(answer, size, 0));
	CHECK_EQ(PAGE, leading(answer + size, PAGE, POISON));
	CHECK_EQ(sizeof(info.name), leading(info.name, sizeof(info.name), 0));
	CHECK_EQ(0, object_abort(c, id));
	free(answer);
	free(bytes);
	return 0;
}

static int look_for_old_bytes(void *arg)
{
	static const size_t sizes[] = { 1, 100, PAGE - 1, PAGE + 1, 3 * PAGE + 5, 300000,
					2 * MIB + 1 };
	struct client c;
	__u64 offset;
	size_t i, end;

	(void)arg;
	CHECK_EQ(0, become(BOB));
	CHECK_EQ(0, client_create(&c, 16 * MIB));
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		end = (sizes[i] + PAGE - 1) / PAGE * PAGE;
		/* Put: all is written, and the tail is not. */
		CHECK_EQ(0, object_put_with(&c, id_of(i), &(struct blob){
			.data = calloc(1, sizes[i]), .size = sizes[i] }, PLASMA_PUT_HOLD,
			&offset));
		CHECK_EQ(0, foreign(c.read + offset, end));
		/* Created, and read before it is written; grown; sealed. */
		CHECK_EQ(0, object_create(&c, id_of(100 + i), sizes[i], &offset));
		CHECK_EQ(0, foreign(c.write + offset, end));
		CHECK_EQ(0, object_resize(&c, id_of(100 + i), 2 * sizes[i], &offset));
		end = (2 * sizes[i] + PAGE - 1) / PAGE * PAGE;
		CHECK_EQ(0, foreign(c.write + offset, end));
		CHECK_EQ(0, object_seal(&c, id_of(100 + i), 0));
		CHECK_EQ(0, foreign(c.read + offset, end));
		CHECK_EQ(0, look_at_export(&c, id_of(i), sizes[i]));
		CHECK_EQ(0, look_at_export(&c, id_of(100 + i), 2 * sizes[i]));
		CHECK_EQ(0, look_at_metadata(&c, id_of(200 + i), sizes[i]));
	}
	client_close(&c);
	return 0;
}

TEST_F(tenants, memory_of_others_comes_clean)
{
	__u8 *bytes = malloc(8 * MIB);
	unsigned int round;

	ASSERT_NE(NULL, bytes);
	memset(bytes, 0xa5, 8 * MIB);
	for (round = 0; round < 5; round++) {
		unsigned int i;

		/* Large and small ones, to be found again in whatever way memory is kept. */
		ASSERT_EQ(0, object_put(&self->a, id_of(1), bytes, 8 * MIB));
		for (i = 0; i < 200; i++)
			ASSERT_EQ(0, object_put(&self->a, id_of(10 + i), bytes, PAGE + i));
		ASSERT_EQ(0, object_delete(&self->a, id_of(1)));
		for (i = 0; i < 200; i++)
			ASSERT_EQ(0, object_delete(&self->a, id_of(10 + i)));
		/* What is kept for the namespace would be nobody else's for two seconds. */
		ASSERT_EQ(0, file_write("/proc/sys/vm/drop_caches", "2"));
		EXPECT_EQ(0, reap(spawn(look_for_old_bytes, NULL)));
	}
	free(bytes);
}

/* Who may write and not read is a domain of its own: it sees nothing of what was sealed. */
static int writer_alone(void *arg)
{
	static const size_t sizes[] = { 100, PAGE, 3 * PAGE + 5, 2 * MIB + 1 };
	struct client *a = arg, c;
	__u64 offset;
	size_t i;

	CHECK_EQ(0, open_as(BOB, &c, a->name));
	CHECK_EQ(PLASMA_ACCESS_WRITE, c.access);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t end = (sizes[i] + PAGE - 1) / PAGE * PAGE;

		CHECK_EQ(0, object_create(&c, id_of(100 + i), sizes[i], &offset));
		CHECK_EQ(end, leading(c.write + offset, end, 0));
		CHECK_EQ(0, object_resize(&c, id_of(100 + i), 2 * sizes[i], &offset));
		end = (2 * sizes[i] + PAGE - 1) / PAGE * PAGE;
		CHECK_EQ(end, leading(c.write + offset, end, 0));
		CHECK_EQ(0, object_abort(&c, id_of(100 + i)));
	}
	client_close(&c);
	return 0;
}

TEST_F(tenants, one_that_may_only_write_sees_nothing)
{
	static const size_t sizes[] = { 100, PAGE, 3 * PAGE + 5, 2 * MIB + 1 };
	__u8 *bytes = malloc(3 * MIB);
	unsigned int i, round;

	ASSERT_NE(NULL, bytes);
	memset(bytes, 0xa5, 3 * MIB);
	ASSERT_EQ(0, ns_set(self->a.fd, self->a.name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0602 }));
	for (round = 0; round < 3; round++) {
		/* Kept for the next of their size, which is the writer's. */
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			ASSERT_EQ(0, object_put(&self->a, id_of(i), bytes, sizes[i]));
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			ASSERT_EQ(0, object_delete(&self->a, id_of(i)));
		EXPECT_EQ(0, reap(spawn(writer_alone, &self->a)));
	}
	free(bytes);
}

#define IDS		4000
#define TABLES		32

static struct id pattern_id(unsigned int number)
{
	struct id id;

	memset(id.byte, 0xa5, sizeof(id.byte));
	memcpy(id.byte + 16, &number, sizeof(number));
	return id;
}

/* Index, pins and queue full of what another shall not see; all of it freed at the end. */
static int leave_traces(void *arg)
{
	struct plasma_ns_open open;
	struct client c;
	unsigned int i;
	void *pins;

	(void)arg;
	CHECK_EQ(0, client_create(&c, 16 * MIB));
	CHECK_EQ(0, ns_open(c.fd, c.name, 0, &open));
	CHECK(subscribe(&c, 0, MIB) >= 0);
	for (i = 0; i < IDS; i++)
		CHECK_EQ(0, object_put(&c, pattern_id(i), "", 0));
	if (open.out_pins_size) {
		pins = mmap(NULL, open.out_pins_size, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd,
			    open.out_pins_offset);
		CHECK(pins != MAP_FAILED);
		memset(pins, 0xa5, open.out_pins_size);
	}
	return 0;
}

/* Eight bytes of the pattern in a row are no chance. */
static bool has_traces(const void *at, size_t size)
{
	static const __u64 traces = 0xa5a5a5a5a5a5a5a5;

	return memmem(at, size, &traces, sizeof(traces));
}

static int look_at_tables(struct client *c, const struct plasma_ns_open *open)
{
	const struct plasma_index_header *header;
	const __u8 *entries;
	void *pins;

	pins = mmap(NULL, open->out_pins_size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd,
		    open->out_pins_offset);
	CHECK(pins != MAP_FAILED);
	CHECK_EQ(open->out_pins_size, leading(pins, open->out_pins_size, 0));
	header = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, c->fd, open->out_index_offset);
	CHECK(header != MAP_FAILED);
	CHECK(!has_traces(header, 4 * PAGE));
	entries = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, c->fd,
		       open->out_index_offset + header->entries_offset);
	CHECK(entries != MAP_FAILED);
	CHECK(!has_traces(entries, PAGE));
	return 0;
}

static int look_at_events(struct client *c)
{
	struct plasma_event events[4];
	int fd = subscribe(c, 0, MIB);

	CHECK(fd >= 0);
	memset(events, POISON, sizeof(events));
	CHECK_EQ(sizeof(events[0]), read(fd, events, 2 * sizeof(events[0]) - 1));
	CHECK(!has_traces(events, sizeof(events[0])));
	CHECK_EQ(3 * sizeof(events[0]), leading(&events[1], 3 * sizeof(events[0]), POISON));
	close(fd);
	return 0;
}

/* Namespaces with one object each: nearly all of their tables is as it was allocated. */
static int look_for_traces(void *arg)
{
	struct client c = { .fd = device_open() };
	struct plasma_ns_open open;
	struct plasma_ns_info info;
	unsigned int i;

	(void)arg;
	CHECK_EQ(0, become(BOB));
	for (i = 0; i < TABLES; i++) {
		snprintf(c.name, sizeof(c.name), "clean %u %u", getpid(), i);
		CHECK(ns_create(c.fd, c.name, PLASMA_NS_EPHEMERAL, 0600, MIB) >= 0);
		CHECK_EQ(0, ns_open(c.fd, c.name, 0, &open));
		c.ns = open.out_ns;
		CHECK_EQ(0, object_put(&c, id_of(1), "", 0));
		if (open.out_pins_size)
			CHECK_EQ(0, look_at_tables(&c, &open));
		CHECK_EQ(0, look_at_events(&c));
		info = ns_info(&c);
		CHECK_EQ(sizeof(info.name) - info.name_len,
			 leading(info.name + info.name_len,
				 sizeof(info.name) - info.name_len, 0));
	}
	close(c.fd);
	return 0;
}

TEST_F(tenants, tables_of_others_come_clean)
{
	unsigned int round;

	for (round = 0; round < 3; round++) {
		EXPECT_EQ(0, reap(spawn(leave_traces, NULL)));
		EXPECT_EQ(0, reap(spawn(look_for_traces, NULL)));
	}
}

TEST_HARNESS_MAIN
