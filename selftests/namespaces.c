// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces: names, limits, who may do what, and how they end.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <kselftest_harness.h>

#include "common.h"
#include "stall.h"

#define RW	(PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE)

FIXTURE(namespaces)
{
	struct usage before;
	int fd;
	char name[64];	/* of a namespace that a test may make */
};

FIXTURE_SETUP(namespaces)
{
	ASSERT_EQ(0, usage_take(&self->before));
	self->fd = device_open();
	ASSERT_LE(0, self->fd);
	snprintf(self->name, sizeof(self->name), "namespaces %d", getpid());
}

FIXTURE_TEARDOWN(namespaces)
{
	ns_remove(self->fd, self->name, PLASMA_NS_REMOVE_FORCE);
	close(self->fd);
	EXPECT_EQ(0, usage_restored(&self->before));
}

TEST_F(namespaces, the_default)
{
	struct plasma_ns_info info;
	struct plasma_query answer;

	ASSERT_EQ(0, query(self->fd, &answer));
	ASSERT_EQ(0, ns_stat(self->fd, "default", &info));
	EXPECT_EQ(0666, info.mode);
	EXPECT_EQ(0, info.uid);
	EXPECT_EQ(0, info.gid);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(0, info.evict_percent);
	EXPECT_EQ(answer.out_store_size, info.capacity);
	EXPECT_EQ(RW, info.access);
	EXPECT_EQ(7, info.name_len);
	EXPECT_EQ(0, info.__reserved);
	EXPECT_EQ(0, memcmp(info.name, "default", 8));
	EXPECT_EQ(sizeof(info.name) - 7, leading(info.name + 7, sizeof(info.name) - 7, 0));
	EXPECT_EQ(-EPERM, ns_remove(self->fd, "default", 0));
	EXPECT_EQ(-EPERM, ns_remove(self->fd, "default", PLASMA_NS_REMOVE_FORCE));
	EXPECT_EQ(-EEXIST, ns_create(self->fd, "default", 0, 0600, 0));
}

TEST_F(namespaces, create_and_open)
{
	struct plasma_ns_open first, again, other;
	struct plasma_ns_create create = {
		.name_ptr = (unsigned long)self->name,
		.name_len = strlen(self->name),
		.mode = 0640,
		.evict_percent = 30,
		.capacity = 12345,
		.out_ns = 0xcccccccc,
		.out_read_offset = ALL,
		.out_write_offset = ALL,
	};
	struct plasma_ns_info info;
	int fd;

	ASSERT_EQ(0, plasma_ioctl(self->fd, PLASMA_IOC_NS_CREATE, &create));
	EXPECT_NE(ALL, create.out_read_offset);
	EXPECT_NE(ALL, create.out_write_offset);
	EXPECT_EQ(-EEXIST, ns_create(self->fd, self->name, 0, 0600, 0));

	/* Opened again: the same handle, the same windows. */
	ASSERT_EQ(0, ns_open(self->fd, self->name, 0, &first));
	EXPECT_EQ(create.out_ns, first.out_ns);
	EXPECT_EQ(create.out_read_offset, first.out_read_offset);
	EXPECT_EQ(create.out_write_offset, first.out_write_offset);
	EXPECT_EQ(RW, first.out_access);
	ASSERT_EQ(0, ns_open(self->fd, self->name, RW, &again));
	EXPECT_EQ(first.out_ns, again.out_ns);
	ASSERT_EQ(0, ns_open(self->fd, "default", 0, &other));
	EXPECT_NE(first.out_ns, other.out_ns);
	EXPECT_NE(first.out_read_offset, other.out_read_offset);

	ASSERT_EQ(0, ns_stat(self->fd, self->name, &info));
	EXPECT_EQ(0640, info.mode);
	EXPECT_EQ(30, info.evict_percent);
	EXPECT_EQ(12345, info.capacity);
	EXPECT_EQ(getuid(), info.uid);
	EXPECT_EQ(getgid(), info.gid);
	EXPECT_EQ(1, info.clients);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(0, info.objects + info.sealed + info.in_use + info.used + info.pages);

	fd = device_open();
	ASSERT_EQ(0, ns_open(fd, self->name, 0, &other));
	ASSERT_EQ(0, ns_stat(fd, self->name, &info));
	EXPECT_EQ(2, info.clients);
	close(fd);
	ASSERT_EQ(0, ns_stat(self->fd, self->name, &info));
	EXPECT_EQ(1, info.clients);

	/* It outlives its creator, for it is not ephemeral. */
	close(self->fd);
	self->fd = device_open();
	EXPECT_EQ(0, ns_open(self->fd, self->name, 0, &first));
}

TEST_F(namespaces, names)
{
	char name[PLASMA_NAME_MAX + 1], control[3] = "a?";
	unsigned int byte;

	memset(name, 'x', sizeof(name));
	EXPECT_EQ(-EINVAL, ns_create_len(self->fd, name, 0));
	EXPECT_EQ(0, ns_create_len(self->fd, name, 1));
	EXPECT_EQ(0, ns_create_len(self->fd, name, PLASMA_NAME_MAX));
	EXPECT_EQ(-ENAMETOOLONG, ns_create_len(self->fd, name, PLASMA_NAME_MAX + 1));
	EXPECT_EQ(-ENAMETOOLONG, ns_create_len(self->fd, name, ~0U));
	EXPECT_EQ(-EFAULT, ns_create_len(self->fd, NULL, 5));
	/* One that begins like another is another. */
	EXPECT_EQ(0, ns_create_len(self->fd, name, PLASMA_NAME_MAX - 1));
	EXPECT_EQ(-EEXIST, ns_create_len(self->fd, name, 1));

	for (byte = 0; byte < 256; byte++) {
		control[1] = byte;
		EXPECT_EQ(byte < 0x20 || byte == 0x7f ? -EINVAL : 0,
			  ns_create_len(self->fd, control, 2))
			TH_LOG("byte %u", byte);
	}
	EXPECT_EQ(0, ns_create_len(self->fd, "\xc3\xa4\xe2\x82\xac \xf0\x9f\x98\x80", 10));
	EXPECT_EQ(0, ns_create_len(self->fd, " ", 1));
	EXPECT_EQ(0, ns_create_len(self->fd, "../..", 5));
}

TEST_F(namespaces, values_out_of_range)
{
	struct plasma_ns_create create = {
		.name_ptr = (unsigned long)self->name,
		.name_len = strlen(self->name),
		.mode = 0600,
	};
	struct plasma_ns_open open;
	struct plasma_ns_info info;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		if (0666 & 1U << bit)
			continue;
		create.mode = 1U << bit;
		EXPECT_EQ(-EINVAL, plasma_ioctl(self->fd, PLASMA_IOC_NS_CREATE, &create));
	}
	create.mode = 0600;
	create.evict_percent = 101;
	EXPECT_EQ(-EINVAL, plasma_ioctl(self->fd, PLASMA_IOC_NS_CREATE, &create));
	create.evict_percent = 100;
	create.capacity = window_size() + 1;
	EXPECT_EQ(-EINVAL, plasma_ioctl(self->fd, PLASMA_IOC_NS_CREATE, &create));
	EXPECT_EQ(-ENOENT, ns_open(self->fd, self->name, 0, &open));
	create.capacity = window_size();
	EXPECT_EQ(0, plasma_ioctl(self->fd, PLASMA_IOC_NS_CREATE, &create));
	ASSERT_EQ(0, ns_stat(self->fd, self->name, &info));
	EXPECT_EQ(window_size(), info.capacity);
	EXPECT_EQ(100, info.evict_percent);
}

TEST_F(namespaces, not_by_who_may_only_read)
{
	int fd = open("/dev/plasma", O_RDONLY | O_CLOEXEC);
	struct plasma_ns_open open;
	struct plasma_ns_info info;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EACCES, ns_create(fd, self->name, 0, 0600, 0));
	EXPECT_EQ(-EACCES, ns_create(fd, self->name, PLASMA_NS_EPHEMERAL, 0600, 0));
	EXPECT_EQ(-ENOENT, ns_stat(fd, self->name, &info));
	EXPECT_EQ(-EACCES, ns_open(fd, "default", RW, &open));
	ASSERT_EQ(0, ns_open(fd, "default", 0, &open));
	EXPECT_EQ(PLASMA_ACCESS_READ, open.out_access);
	close(fd);
}

TEST_F(namespaces, set)
{
	struct plasma_ns_info info;
	struct client c;

	ASSERT_LE(0, ns_create(self->fd, self->name, 0, 0600, 0));
	EXPECT_EQ(0, ns_set(self->fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE | PLASMA_NS_SET_EVICT_PERCENT |
			 PLASMA_NS_SET_CAPACITY | PLASMA_NS_SET_OWNER,
		.mode = 0644, .evict_percent = 7, .capacity = 5000, .uid = 12, .gid = 34 }));
	ASSERT_EQ(0, ns_stat(self->fd, self->name, &info));
	EXPECT_EQ(0644, info.mode);
	EXPECT_EQ(7, info.evict_percent);
	EXPECT_EQ(5000, info.capacity);
	EXPECT_EQ(12, info.uid);
	EXPECT_EQ(34, info.gid);

	/* Only what is asked for. */
	EXPECT_EQ(0, ns_set(self->fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0600, .evict_percent = 9 }));
	ASSERT_EQ(0, ns_stat(self->fd, self->name, &info));
	EXPECT_EQ(0600, info.mode);
	EXPECT_EQ(7, info.evict_percent);
	EXPECT_EQ(5000, info.capacity);

	/* All or nothing. */
	EXPECT_EQ(-EINVAL, ns_set(self->fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE | PLASMA_NS_SET_EVICT_PERCENT,
		.mode = 0666, .evict_percent = 101 }));
	EXPECT_EQ(-EINVAL, ns_set(self->fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE | PLASMA_NS_SET_EVICT_PERCENT,
		.mode = 0777, .evict_percent = 50 }));
	EXPECT_EQ(-EINVAL, ns_set(self->fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY, .capacity = window_size() + 1 }));
	ASSERT_EQ(0, client_open(&c, self->name, 0));
	ASSERT_EQ(0, object_create(&c, id_of(1), 4000, NULL));
	EXPECT_EQ(-ENOSPC, ns_set(self->fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE | PLASMA_NS_SET_CAPACITY,
		.mode = 0666, .capacity = 3999 }));
	ASSERT_EQ(0, ns_stat(self->fd, self->name, &info));
	EXPECT_EQ(0600, info.mode);
	EXPECT_EQ(7, info.evict_percent);
	EXPECT_EQ(5000, info.capacity);
	EXPECT_EQ(0, ns_set(self->fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY, .capacity = 4000 }));
	client_close(&c);

	EXPECT_EQ(-ENOENT, ns_set(self->fd, "no such namespace", &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0600 }));
	/* Capacity 0 is that of the store. */
	EXPECT_EQ(0, ns_set(self->fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY }));
	ASSERT_EQ(0, ns_stat(self->fd, self->name, &info));
	EXPECT_LT(5000, info.capacity);
}

/* The same id in two namespaces is two objects, in two pairs of windows. */
TEST_F(namespaces, are_independent)
{
	struct plasma_get_entry entry;
	struct client a, b;

	ASSERT_EQ(0, client_create(&a, 0));
	ASSERT_EQ(0, client_create(&b, 0));
	ASSERT_EQ(0, object_make(&a, id_of(1), 5000, 1, NULL));
	EXPECT_EQ(-ENOENT, object_refs(&b, id_of(1)));
	ASSERT_EQ(0, object_make(&b, id_of(1), 6000, 2, NULL));
	ASSERT_EQ(0, object_get(&a, id_of(1), NOW, &entry));
	EXPECT_EQ(5000, entry.data_size);
	EXPECT_EQ(5000, matching(a.read + entry.offset, 5000, 1));
	ASSERT_EQ(0, object_get(&b, id_of(1), NOW, &entry));
	EXPECT_EQ(6000, entry.data_size);
	EXPECT_EQ(6000, matching(b.read + entry.offset, 6000, 2));
	ASSERT_EQ(0, object_release(&a, id_of(1)));
	ASSERT_EQ(0, object_delete(&a, id_of(1)));
	EXPECT_EQ(6000, matching(b.read + entry.offset, 6000, 2));
	client_close(&a);
	client_close(&b);
}

/* One client in two namespaces. */
TEST_F(namespaces, of_one_client)
{
	struct client a, other;
	__u64 offset;

	ASSERT_EQ(0, client_create(&a, 0));
	other = a;
	ASSERT_LE(0, ns_create(a.fd, self->name, 0, 0600, 0));
	{
		struct plasma_ns_open open;

		ASSERT_EQ(0, ns_open(a.fd, self->name, 0, &open));
		other.ns = open.out_ns;
		other.read_offset = open.out_read_offset;
		other.write_offset = open.out_write_offset;
		ASSERT_EQ(0, client_map(&other));
	}
	ASSERT_EQ(0, object_create(&a, id_of(1), 100, NULL));
	ASSERT_EQ(0, object_create(&other, id_of(1), 100, &offset));
	fill(other.write + offset, 100, 1);
	ASSERT_EQ(0, object_seal(&other, id_of(1), 0));
	EXPECT_EQ(-EINPROGRESS, object_hold(&a, id_of(1)));
	EXPECT_EQ(100, matching(other.read + offset, 100, 1));
	client_unmap(&other);
	client_close(&a);
}

/* --- who may do what ------------------------------------------------------- */

struct person {
	unsigned int uid;
	unsigned int gid;
	unsigned int group;	/* a supplementary one, or 0 */
};

static int become(const struct person *person)
{
	gid_t group = person->group;

	CHECK_EQ(0, setgroups(group ? 1 : 0, &group));
	CHECK_EQ(0, setresgid(person->gid, person->gid, person->gid));
	CHECK_EQ(0, setresuid(person->uid, person->uid, person->uid));
	return 0;
}

struct attempt {
	const char *name;
	struct person person;
	__u32 access;		/* to be granted */
};

static int attempt_open(void *arg)
{
	const struct attempt *attempt = arg;
	struct plasma_ns_open open;
	struct client c;
	__u32 asked;
	int fd;

	CHECK_EQ(0, become(&attempt->person));
	for (asked = 0; asked <= RW; asked++) {
		bool granted = asked ? !(asked & ~attempt->access) : attempt->access;

		fd = device_open();
		CHECK(fd >= 0);
		CHECK_EQ(granted ? 0 : -EACCES, ns_open(fd, attempt->name, asked, &open));
		/* Asked for or not, more is not granted than there is. */
		if (granted)
			CHECK_EQ(0, open.out_access & ~attempt->access);
		if (granted && !asked)
			CHECK_EQ(attempt->access, open.out_access);
		if (granted && asked)
			CHECK_EQ(asked, open.out_access & asked);
		close(fd);
	}
	if (!attempt->access)
		return 0;

	CHECK_EQ(0, client_open(&c, attempt->name, 0));
	if (attempt->access & PLASMA_ACCESS_WRITE) {
		CHECK_EQ(0, object_put(&c, id_of(getpid()), "x", 1));
		CHECK_EQ(0, object_delete(&c, id_of(getpid())));
	} else {
		struct plasma_evict evict;

		CHECK_EQ(-EACCES, object_put(&c, id_of(2), "x", 1));
		CHECK_EQ(-EACCES, object_create(&c, id_of(2), 1, NULL));
		CHECK_EQ(-EACCES, object_delete(&c, id_of(1)));
		CHECK_EQ(-EACCES, object_evict(&c, 1, &evict));
		CHECK_EQ(-EACCES, name_bind(&c, id_of(1), "mine", 0));
		CHECK_EQ(-EACCES, name_unbind(&c, "one"));
	}
	if (attempt->access & PLASMA_ACCESS_READ) {
		CHECK_EQ(0, object_hold(&c, id_of(1)));
		CHECK_EQ(0, object_release(&c, id_of(1)));
	} else {
		struct plasma_object_info info;
		struct plasma_list list = { .count = 1, .entry_size = sizeof(info),
					    .entries_ptr = (unsigned long)&info };
		struct id id;

		CHECK_EQ(-EACCES, object_hold(&c, id_of(1)));
		CHECK_EQ(-EACCES, object_list(&c, &list));
		CHECK_EQ(-EACCES, name_lookup(&c, "one", &id));
	}
	return 0;
}

FIXTURE(permissions)
{
	struct usage before;
	struct client a;
	mode_t mode;
	char name[64];
};

FIXTURE_SETUP(permissions)
{
	struct stat device;

	if (geteuid())
		SKIP(return, "takes root");
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, stat("/dev/plasma", &device));
	self->mode = device.st_mode & 07777;
	ASSERT_EQ(0, chmod("/dev/plasma", 0666));
	snprintf(self->name, sizeof(self->name), "permissions %d", getpid());
	self->a.fd = device_open();
	ASSERT_LE(0, ns_create(self->a.fd, self->name, 0, 0600, 0));
	close(self->a.fd);
	ASSERT_EQ(0, client_open(&self->a, self->name, 0));
	ASSERT_EQ(0, ns_set(self->a.fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_OWNER, .uid = 1000, .gid = 2000 }));
	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "one", 0));
}

FIXTURE_TEARDOWN(permissions)
{
	ns_remove(self->a.fd, self->name, PLASMA_NS_REMOVE_FORCE);
	client_close(&self->a);
	chmod("/dev/plasma", self->mode);
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* As with files: the first class that a caller is in decides. */
TEST_F(permissions, as_of_files)
{
	static const struct person owner = { 1000, 1000, 0 };
	static const struct person owner_in_group = { 1000, 2000, 0 };
	static const struct person member = { 1001, 2000, 0 };
	static const struct person supplementary = { 1001, 1001, 2000 };
	static const struct person other = { 1001, 1001, 0 };
	static const struct {
		__u32 mode;
		const struct person *person;
		__u32 access;
	} cases[] = {
		{ 0600, &owner, RW },
		{ 0600, &member, 0 },
		{ 0600, &other, 0 },
		{ 0400, &owner, PLASMA_ACCESS_READ },
		{ 0200, &owner, PLASMA_ACCESS_WRITE },
		{ 0066, &owner, 0 },
		{ 0066, &owner_in_group, 0 },
		{ 0660, &member, RW },
		{ 0660, &supplementary, RW },
		{ 0660, &other, 0 },
		{ 0640, &member, PLASMA_ACCESS_READ },
		{ 0640, &supplementary, PLASMA_ACCESS_READ },
		{ 0620, &member, PLASMA_ACCESS_WRITE },
		{ 0606, &member, 0 },
		{ 0606, &other, RW },
		{ 0644, &other, PLASMA_ACCESS_READ },
		{ 0602, &other, PLASMA_ACCESS_WRITE },
		{ 0000, &other, 0 },
	};
	struct attempt admin = { self->name, { 0, 0, 0 }, RW };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct attempt attempt = { self->name, *cases[i].person, cases[i].access };

		ASSERT_EQ(0, ns_set(self->a.fd, self->name, &(struct plasma_ns_set){
			.flags = PLASMA_NS_SET_MODE, .mode = cases[i].mode }));
		EXPECT_EQ(0, reap(spawn(attempt_open, &attempt)))
			TH_LOG("mode %o, uid %u, gid %u", cases[i].mode,
			       attempt.person.uid, attempt.person.gid);
	}
	/* The administrator may always. */
	ASSERT_EQ(0, ns_set(self->a.fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0 }));
	EXPECT_EQ(0, reap(spawn(attempt_open, &admin)));
}

/* What has been granted stays granted; a later open is judged anew. */
static int open_before_and_after(void *arg)
{
	struct client *admin = arg;
	struct plasma_ns_open open;
	struct client c;
	int fd;

	CHECK_EQ(0, become(&(struct person){ 1001, 1001, 0 }));
	CHECK_EQ(0, client_open(&c, admin->name, RW));
	CHECK_EQ(0, object_put(&c, id_of(7), "x", 1));
	kill(getpid(), SIGSTOP);
	CHECK_EQ(0, object_put(&c, id_of(8), "x", 1));
	fd = device_open();
	CHECK_EQ(-EACCES, ns_open(fd, admin->name, 0, &open));
	close(fd);
	return 0;
}

TEST_F(permissions, decided_at_open)
{
	pid_t pid;

	ASSERT_EQ(0, ns_set(self->a.fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0666 }));
	pid = spawn(open_before_and_after, &self->a);
	ASSERT_EQ(0, wait_process_state(pid, 'T'));
	ASSERT_EQ(0, ns_set(self->a.fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0600 }));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	EXPECT_EQ(0, reap(pid));
}

static int meddle(void *arg)
{
	struct client *admin = arg;
	int fd;

	CHECK_EQ(0, become(&(struct person){ 1001, 1001, 0 }));
	fd = device_open();
	CHECK_EQ(-EPERM, ns_remove(fd, admin->name, 0));
	CHECK_EQ(-EPERM, ns_remove(fd, admin->name, PLASMA_NS_REMOVE_FORCE));
	CHECK_EQ(-EPERM, ns_remove(fd, "default", PLASMA_NS_REMOVE_FORCE));
	CHECK_EQ(-EPERM, ns_set(fd, admin->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0666 }));
	CHECK_EQ(-EPERM, ns_set(fd, admin->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY, .capacity = 1 }));
	CHECK_EQ(-EPERM, ns_set(fd, admin->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_OWNER, .uid = 1001, .gid = 1001 }));
	CHECK_EQ(-EPERM, ns_set(fd, "default", &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY, .capacity = 1 }));
	close(fd);
	return 0;
}

static int own(void *arg)
{
	struct client *admin = arg;
	struct plasma_ns_info info;
	int fd;

	CHECK_EQ(0, become(&(struct person){ 1000, 1000, 0 }));
	fd = device_open();
	CHECK_EQ(0, ns_set(fd, admin->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE | PLASMA_NS_SET_CAPACITY, .mode = 0644,
		.capacity = 10000 }));
	/* To give it away takes more. */
	CHECK_EQ(-EPERM, ns_set(fd, admin->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_OWNER, .uid = 1001, .gid = 1000 }));
	CHECK_EQ(0, ns_stat(fd, admin->name, &info));
	CHECK_EQ(1000, info.uid);
	CHECK_EQ(10000, info.capacity);
	CHECK_EQ(0, ns_remove(fd, admin->name, 0));
	/* What it makes is its own. */
	CHECK(ns_create(fd, admin->name, 0, 0600, 0) >= 0);
	CHECK_EQ(0, ns_stat(fd, admin->name, &info));
	CHECK_EQ(1000, info.uid);
	CHECK_EQ(1000, info.gid);
	close(fd);
	return 0;
}

TEST_F(permissions, of_the_owner)
{
	ASSERT_EQ(0, ns_set(self->a.fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0666 }));
	EXPECT_EQ(0, reap(spawn(meddle, &self->a)));
	EXPECT_EQ(0, reap(spawn(own, &self->a)));
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ret = -1;

	if (fd >= 0) {
		ret = write(fd, text, strlen(text)) < 0 ? -1 : 0;
		close(fd);
	}
	return ret;
}

#define NO_USER_NAMESPACES	77

/* Root of a user namespace of one's own is root of nothing else. */
static int root_in_user_namespace(void *arg)
{
	struct client *admin = arg;
	struct plasma_ns_open open;
	struct plasma_ns_info info;
	int fd;

	CHECK_EQ(0, become(&(struct person){ 1001, 1001, 0 }));
	prctl(PR_SET_DUMPABLE, 1);
	if (unshare(CLONE_NEWUSER))
		return NO_USER_NAMESPACES;
	CHECK_EQ(0, write_text("/proc/self/setgroups", "deny"));
	CHECK_EQ(0, write_text("/proc/self/uid_map", "0 1001 1"));
	CHECK_EQ(0, write_text("/proc/self/gid_map", "0 1001 1"));
	CHECK_EQ(0, getuid());

	fd = device_open();
	CHECK(fd >= 0);
	CHECK_EQ(-EACCES, ns_open(fd, admin->name, 0, &open));
	CHECK_EQ(-EPERM, ns_remove(fd, admin->name, 0));
	CHECK_EQ(-EPERM, ns_remove(fd, admin->name, PLASMA_NS_REMOVE_FORCE));
	CHECK_EQ(-EPERM, ns_set(fd, admin->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0666 }));
	CHECK_EQ(-EPERM, ns_set(fd, "default", &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_CAPACITY, .capacity = 1 }));
	/* Who is not mapped is nobody. */
	CHECK_EQ(0, ns_stat(fd, "default", &info));
	CHECK_EQ(65534, info.uid);
	CHECK_EQ(65534, info.gid);

	CHECK(ns_create(fd, "of a container", PLASMA_NS_EPHEMERAL, 0600, 0) >= 0);
	CHECK_EQ(0, ns_stat(fd, "of a container", &info));
	CHECK_EQ(0, info.uid);
	CHECK_EQ(0, info.gid);
	/* Nor can it give things to users that it does not know. */
	CHECK_EQ(-EINVAL, ns_set(fd, "of a container", &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_OWNER, .uid = 5, .gid = 0 }));
	CHECK_EQ(0, ns_remove(fd, "of a container", 0));
	close(fd);
	return 0;
}

TEST_F(permissions, in_user_namespaces)
{
	int ret = reap(spawn(root_in_user_namespace, &self->a));

	if (ret == NO_USER_NAMESPACES)
		SKIP(return, "no user namespaces for users");
	EXPECT_EQ(0, ret);
}

/* Whether @name is listed, in steps of @step. */
static int listed(int fd, const char *name, unsigned int step)
{
	struct plasma_ns_info entries[8];
	struct plasma_ns_list list = {
		.count = step,
		.entries_ptr = (unsigned long)entries,
		.entry_size = sizeof(entries[0]),
	};
	unsigned int i, found = 0, calls = 0;
	int ret;

	while (list.cursor != PLASMA_CURSOR_END && calls++ < 10000) {
		memset(entries, POISON, sizeof(entries));
		list.out_count = 0xcccccccc;
		ret = plasma_ioctl(fd, PLASMA_IOC_NS_LIST, &list);
		if (ret)
			return ret;
		if (list.out_count > step)
			return -EOVERFLOW;
		for (i = 0; i < list.out_count; i++)
			found += entries[i].name_len == strlen(name) &&
				 !memcmp(entries[i].name, name, strlen(name) + 1);
	}
	return found;
}

static int list_as_other(void *arg)
{
	struct client *admin = arg;
	int fd;

	CHECK_EQ(0, become(&(struct person){ 1001, 1001, 0 }));
	fd = device_open();
	CHECK_EQ(0, listed(fd, admin->name, 3));
	CHECK_EQ(1, listed(fd, "default", 3));
	close(fd);
	return 0;
}

static int list_as_reader(void *arg)
{
	struct client *admin = arg;
	int fd;

	CHECK_EQ(0, become(&(struct person){ 1001, 1001, 0 }));
	fd = device_open();
	CHECK_EQ(1, listed(fd, admin->name, 3));
	close(fd);
	return 0;
}

TEST_F(permissions, list)
{
	EXPECT_EQ(1, listed(self->a.fd, self->name, 3));
	EXPECT_EQ(0, reap(spawn(list_as_other, &self->a)));
	ASSERT_EQ(0, ns_set(self->a.fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0604 }));
	EXPECT_EQ(0, reap(spawn(list_as_reader, &self->a)));
	ASSERT_EQ(0, ns_set(self->a.fd, self->name, &(struct plasma_ns_set){
		.flags = PLASMA_NS_SET_MODE, .mode = 0602 }));
	EXPECT_EQ(0, reap(spawn(list_as_reader, &self->a)));
}

TEST_F(namespaces, list_in_steps)
{
	char names[20][32];
	unsigned int i, step;

	for (i = 0; i < 20; i++) {
		snprintf(names[i], sizeof(names[i]), "listed %u", i);
		ASSERT_LE(0, ns_create(self->fd, names[i], PLASMA_NS_EPHEMERAL, 0600, 0));
	}
	for (step = 1; step <= 8; step += 3)
		for (i = 0; i < 20; i++)
			EXPECT_EQ(1, listed(self->fd, names[i], step));
	EXPECT_EQ(1, listed(self->fd, "default", 1));
	EXPECT_EQ(0, listed(self->fd, "listed 20", 8));
	ASSERT_EQ(0, ns_remove(self->fd, names[7], 0));
	EXPECT_EQ(0, listed(self->fd, names[7], 1));
	EXPECT_EQ(1, listed(self->fd, names[8], 1));
}

/* --- the end --------------------------------------------------------------- */

TEST_F(namespaces, removed_when_idle)
{
	struct plasma_query before, after;
	struct plasma_ns_open open;
	struct client c;

	ASSERT_EQ(0, query(self->fd, &before));
	ASSERT_LE(0, ns_create(self->fd, self->name, 0, 0600, 0));
	ASSERT_EQ(0, client_open(&c, self->name, 0));
	ASSERT_EQ(0, object_make(&c, id_of(1), 3 * MIB, 1, NULL));
	ASSERT_EQ(0, object_put_with(&c, id_of(2), &(struct blob){ .size = 0 },
				     PLASMA_CREATE_KEEP, NULL));
	ASSERT_EQ(0, name_bind(&c, id_of(1), "name", 0));
	EXPECT_EQ(-ENOENT, ns_remove(self->fd, "another", 0));
	EXPECT_EQ(0, ns_remove(self->fd, self->name, 0));
	EXPECT_EQ(-ENOENT, ns_remove(self->fd, self->name, 0));
	EXPECT_EQ(-ENOENT, ns_open(self->fd, self->name, 0, &open));
	/* The memory is back at once, although clients still have it open. */
	ASSERT_EQ(0, query(self->fd, &after));
	EXPECT_EQ(before.out_store_used, after.out_store_used);
	EXPECT_EQ(before.out_namespaces, after.out_namespaces);
	client_close(&c);
}

struct blocked {
	struct client *client;
	struct plasma_get_entry entry;
	int ret;
};

static int block(void *arg)
{
	struct blocked *blocked = arg;

	blocked->ret = object_get(blocked->client, id_text("never"), PLASMA_FOREVER,
				  &blocked->entry);
	return 0;
}

TEST_F(namespaces, busy)
{
	struct blocked blocked;
	struct client c;
	struct task task;

	ASSERT_LE(0, ns_create(self->fd, self->name, 0, 0600, 0));
	ASSERT_EQ(0, client_open(&c, self->name, 0));

	ASSERT_EQ(0, object_put(&c, id_of(1), "x", 1));
	ASSERT_EQ(0, object_hold(&c, id_of(1)));
	EXPECT_EQ(-EBUSY, ns_remove(self->fd, self->name, 0));
	ASSERT_EQ(0, object_release(&c, id_of(1)));

	ASSERT_EQ(0, object_create(&c, id_of(2), 1, NULL));
	EXPECT_EQ(-EBUSY, ns_remove(self->fd, self->name, 0));
	ASSERT_EQ(0, object_abort(&c, id_of(2)));

	blocked.client = &c;
	ASSERT_EQ(0, task_start(&task, block, &blocked));
	ASSERT_EQ(0, wait_waiters(&c, 1));
	EXPECT_EQ(-EBUSY, ns_remove(self->fd, self->name, 0));
	ASSERT_EQ(0, object_put(&c, id_text("never"), "", 0));
	ASSERT_EQ(0, task_join(&task));
	ASSERT_EQ(0, object_release(&c, id_text("never")));

	EXPECT_EQ(0, ns_remove(self->fd, self->name, 0));
	client_close(&c);
}

/* Every command on a handle of what is no more. */
static int all_removed(struct client *c)
{
	struct plasma_object_info info;
	struct plasma_list list = { .count = 1, .entry_size = sizeof(info),
				    .entries_ptr = (unsigned long)&info };
	struct plasma_evict evict;
	struct id id;

	CHECK_EQ(-EIDRM, object_create(c, id_of(9), 1, NULL));
	CHECK_EQ(-EIDRM, object_resize(c, id_of(9), 1, NULL));
	CHECK_EQ(-EIDRM, object_seal(c, id_of(9), 0));
	CHECK_EQ(-EIDRM, object_abort(c, id_of(9)));
	CHECK_EQ(-EIDRM, object_put(c, id_of(9), "x", 1));
	CHECK_EQ(-EIDRM, object_hold(c, id_of(9)));
	CHECK_EQ(-EIDRM, object_delete(c, id_of(9)));
	CHECK_EQ(-EIDRM, object_stat(c, id_of(9), &info));
	CHECK_EQ(-EIDRM, object_list(c, &list));
	CHECK_EQ(-EIDRM, object_evict(c, 1, &evict));
	CHECK_EQ(-EIDRM, name_bind(c, id_of(9), "x", 0));
	CHECK_EQ(-EIDRM, name_unbind(c, "x"));
	CHECK_EQ(-EIDRM, name_lookup(c, "x", &id));
	CHECK_EQ(-ENOENT, object_release(c, id_of(9)));
	return 0;
}

TEST_F(namespaces, removed_by_force)
{
	struct plasma_get_entry entry;
	struct blocked blocked;
	struct client a, b, again;
	__u64 offset, mine;
	struct task task;

	ASSERT_LE(0, ns_create(self->fd, self->name, 0, 0600, 0));
	ASSERT_EQ(0, client_open(&a, self->name, 0));
	ASSERT_EQ(0, client_open(&b, self->name, 0));
	ASSERT_EQ(0, object_create(&a, id_of(1), 5000, &offset));
	memset(a.write + offset, 1, 5000);
	ASSERT_EQ(0, object_make(&a, id_of(2), 3 * MIB, 2, NULL));
	ASSERT_EQ(0, object_get(&b, id_of(2), NOW, &entry));
	ASSERT_EQ(0, object_make(&a, id_of(3), 3 * MIB, 3, NULL));
	ASSERT_EQ(0, object_create(&a, id_of(4), 5000, &mine));
	fill(a.write + mine, 5000, 4);
	ASSERT_EQ(0, object_seal(&a, id_of(4), 0));
	blocked.client = &b;
	ASSERT_EQ(0, task_start(&task, block, &blocked));
	ASSERT_EQ(0, wait_waiters(&a, 1));

	EXPECT_EQ(-EBUSY, ns_remove(self->fd, self->name, 0));
	ASSERT_EQ(0, ns_remove(self->fd, self->name, PLASMA_NS_REMOVE_FORCE));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(-EIDRM, blocked.ret);
	EXPECT_EQ(0, all_removed(&a));
	EXPECT_EQ(0, all_removed(&b));
	EXPECT_EQ(-SIGBUS, peek(a.write + offset));
	EXPECT_EQ(-SIGBUS, poke(a.write + offset, 1));

	/* The name is free, and what gets it has nothing of the old. */
	ASSERT_LE(0, ns_create(self->fd, self->name, 0, 0600, 0));
	ASSERT_EQ(0, client_open(&again, self->name, 0));
	EXPECT_EQ(-ENOENT, object_refs(&again, id_of(2)));
	ASSERT_EQ(0, object_make(&again, id_of(2), 100, 9, NULL));

	/* What is held stays until it is released. */
	EXPECT_EQ(3 * MIB, matching(b.read + entry.offset, 3 * MIB, 2));
	EXPECT_EQ(5000, matching(a.read + mine, 5000, 4));
	EXPECT_EQ(5000, matching(a.write + mine, 5000, 4));
	EXPECT_EQ(-SIGBUS, poke(a.write + mine, 1));
	EXPECT_EQ(0, object_release(&b, id_of(2)));
	EXPECT_EQ(-ENOENT, object_release(&b, id_of(2)));
	EXPECT_EQ(-SIGBUS, peek(b.read + entry.offset));
	EXPECT_EQ(0, object_release(&a, id_of(4)));
	EXPECT_EQ(-SIGBUS, peek(a.read + mine));
	client_close(&a);
	client_close(&b);
	client_close(&again);
}

/*
 * What a command finds at first, that its namespace exists, need not be so for long. Here it
 * goes while the command is copying what it was told, or telling what it did.
 */
struct middle {
	struct client c;
	struct stall stall;
	int (*call)(struct middle *middle);
	int ret;
};

static int call_create(struct middle *middle)
{
	return plasma_ioctl(middle->c.fd, PLASMA_IOC_CREATE, middle->stall.page);
}

static void fill_create(struct middle *middle)
{
	struct plasma_create *create = middle->stall.bytes;

	*create = (struct plasma_create){ .ns = middle->c.ns, .data_size = 3 * MIB };
}

static int call_put(struct middle *middle)
{
	return plasma_ioctl(middle->c.fd, PLASMA_IOC_PUT, middle->stall.page);
}

static void fill_put(struct middle *middle)
{
	struct plasma_put *put = middle->stall.bytes;

	*put = (struct plasma_put){ .ns = middle->c.ns, .flags = PLASMA_PUT_HOLD,
				    .data_size = sizeof(middle->c.name),
				    .data_ptr = (unsigned long)middle->c.name };
}

static int call_put_batch(struct middle *middle)
{
	return put_batch(&middle->c, middle->stall.page, 2, 0);
}

static void fill_put_batch(struct middle *middle)
{
	struct plasma_put_entry *entries = middle->stall.bytes;

	entries[0].id[0] = 1;
}

static int call_get(struct middle *middle)
{
	return object_get_many(&middle->c, middle->stall.page, 2, PLASMA_FOREVER);
}

static int call_name_get(struct middle *middle)
{
	struct plasma_name_get get = { .ns = middle->c.ns, .name_len = 4,
				       .name_ptr = (unsigned long)middle->stall.page,
				       .deadline_ns = PLASMA_FOREVER };

	return plasma_ioctl(middle->c.fd, PLASMA_IOC_NAME_GET, &get);
}

static int call_name_bind(struct middle *middle)
{
	struct plasma_name_bind bind = { .ns = middle->c.ns, .name_len = 4,
					 .name_ptr = (unsigned long)middle->stall.page };

	return plasma_ioctl(middle->c.fd, PLASMA_IOC_NAME_BIND, &bind);
}

static int call_quota_set(struct middle *middle)
{
	struct plasma_quota_set set = { .ns = middle->c.ns, .name_len = 4, .bytes = 1 * MIB,
					.name_ptr = (unsigned long)middle->stall.page };

	return plasma_ioctl(middle->c.fd, PLASMA_IOC_QUOTA_SET, &set);
}

static void fill_name(struct middle *middle)
{
	strcpy(middle->stall.bytes, "name");
}

static const struct {
	const char *what;
	enum stall_at at;
	void (*fill)(struct middle *middle);
	int (*call)(struct middle *middle);
} middles[] = {
	{ "create", STALL_AT_WRITE, fill_create, call_create },
	{ "put", STALL_AT_WRITE, fill_put, call_put },
	{ "put batch", STALL_AT_WRITE, fill_put_batch, call_put_batch },
	{ "get", STALL_AT_READ, NULL, call_get },
	{ "get by name", STALL_AT_READ, fill_name, call_name_get },
	{ "bind a name", STALL_AT_READ, fill_name, call_name_bind },
	{ "set a quota", STALL_AT_READ, fill_name, call_quota_set },
};

static int be_in_the_middle(void *arg)
{
	struct middle *middle = arg;

	middle->ret = middle->call(middle);
	return 0;
}

static int remove_in_the_middle(int fd, const char *name, struct middle *middle)
{
	struct task task;

	CHECK_EQ(0, task_start(&task, be_in_the_middle, middle));
	CHECK_EQ(0, stall_wait(&middle->stall));
	CHECK_EQ(0, ns_remove(fd, name, PLASMA_NS_REMOVE_FORCE));
	CHECK_EQ(0, stall_end(&middle->stall));
	CHECK_EQ(0, task_join(&task));
	return 0;
}

TEST_F(namespaces, removed_in_the_middle)
{
	struct plasma_query before, after;
	struct middle middle;
	unsigned int i;

	ASSERT_EQ(0, query(self->fd, &before));
	for (i = 0; i < sizeof(middles) / sizeof(middles[0]); i++) {
		if (stall_init(&middle.stall))
			SKIP(return, "no userfaultfd");
		ASSERT_LE(0, ns_create(self->fd, self->name, 0, 0600, 0));
		ASSERT_EQ(0, client_open(&middle.c, self->name, 0));
		if (middles[i].fill)
			middles[i].fill(&middle);
		middle.call = middles[i].call;
		ASSERT_EQ(0, stall_arm(&middle.stall, middles[i].at));
		ASSERT_EQ(0, remove_in_the_middle(self->fd, self->name, &middle))
			TH_LOG("%s", middles[i].what);
		EXPECT_EQ(-EIDRM, middle.ret) TH_LOG("%s", middles[i].what);
		client_close(&middle.c);
		stall_free(&middle.stall);
		ASSERT_EQ(0, query(self->fd, &after));
		EXPECT_EQ(before.out_store_used, after.out_store_used)
			TH_LOG("%s", middles[i].what);
	}
}

/* While an object grows: its creator is told, and its pages are nobody's any more. */
static int grow_by_much(void *arg)
{
	struct middle *middle = arg;

	middle->ret = object_resize(&middle->c, id_of(1), 100 * MIB, NULL);
	return 0;
}

TEST_F(namespaces, removed_during_a_resize)
{
	struct middle middle = { .ret = 0 };
	struct task task;
	int round;

	for (round = 0; round < 100 && middle.ret != -EIDRM; round++) {
		ASSERT_LE(0, ns_create(self->fd, self->name, 0, 0600, 0));
		ASSERT_EQ(0, client_open(&middle.c, self->name, 0));
		ASSERT_EQ(0, object_create(&middle.c, id_of(1), PAGE, NULL));
		ASSERT_EQ(0, task_start(&task, grow_by_much, &middle));
		while (ns_info(&middle.c).used == PAGE && !task_done(&task))
			;
		ASSERT_EQ(0, ns_remove(self->fd, self->name, PLASMA_NS_REMOVE_FORCE));
		ASSERT_EQ(0, task_join(&task));
		EXPECT_TRUE(!middle.ret || middle.ret == -EIDRM) TH_LOG("%d", middle.ret);
		EXPECT_EQ(-EIDRM, object_seal(&middle.c, id_of(1), 0));
		client_close(&middle.c);
	}
	EXPECT_EQ(-EIDRM, middle.ret);
}

TEST_F(namespaces, ephemeral)
{
	struct plasma_get_entry entry;
	struct plasma_ns_open open;
	struct plasma_ns_info info;
	struct client a, b;

	ASSERT_EQ(0, client_create(&a, 0));
	ASSERT_EQ(0, client_join(&b, &a));
	ASSERT_EQ(0, ns_stat(self->fd, a.name, &info));
	EXPECT_EQ(PLASMA_NS_EPHEMERAL, info.flags);
	ASSERT_EQ(0, object_make(&a, id_of(1), 3 * MIB, 1, NULL));
	ASSERT_EQ(0, object_make(&a, id_of(2), 3 * MIB, 2, NULL));
	ASSERT_EQ(0, object_get(&b, id_of(1), NOW, &entry));

	/* It goes with its creator's descriptor, windows or not. */
	close(a.fd);
	a.fd = -1;
	EXPECT_EQ(-ENOENT, ns_open(self->fd, a.name, 0, &open));
	EXPECT_EQ(0, all_removed(&b));
	EXPECT_EQ(3 * MIB, matching(b.read + entry.offset, 3 * MIB, 1));
	EXPECT_EQ(0, object_release(&b, id_of(1)));
	EXPECT_EQ(-SIGBUS, peek(b.read + entry.offset));
	client_close(&a);
	client_close(&b);
}

struct mayfly {
	char name[64];
	struct gate ready;
};

static int live_briefly(void *arg)
{
	struct mayfly *mayfly = arg;
	struct client c;
	int fd = device_open();

	CHECK(ns_create(fd, mayfly->name, PLASMA_NS_EPHEMERAL, 0666, 0) >= 0);
	CHECK_EQ(0, client_open(&c, mayfly->name, 0));
	CHECK_EQ(0, object_make(&c, id_of(1), MIB, 1, NULL));
	CHECK_EQ(0, object_create(&c, id_of(2), MIB, NULL));
	CHECK_EQ(0, object_hold(&c, id_of(1)));
	gate_open(&mayfly->ready);
	for (;;)
		pause();
}

TEST_F(namespaces, ephemeral_of_a_killed_process)
{
	struct plasma_ns_open open;
	struct blocked blocked;
	struct mayfly mayfly;
	struct client c;
	struct task task;
	pid_t pid;

	snprintf(mayfly.name, sizeof(mayfly.name), "mayfly %d", getpid());
	ASSERT_EQ(0, gate_init(&mayfly.ready));
	pid = spawn(live_briefly, &mayfly);
	ASSERT_EQ(0, gate_wait(&mayfly.ready));
	ASSERT_EQ(0, client_open(&c, mayfly.name, 0));
	blocked.client = &c;
	ASSERT_EQ(0, task_start(&task, block, &blocked));
	ASSERT_EQ(0, wait_waiters(&c, 1));
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(-EIDRM, blocked.ret);
	EXPECT_EQ(-ENOENT, ns_open(self->fd, mayfly.name, 0, &open));
	EXPECT_LE(0, ns_create(self->fd, mayfly.name, PLASMA_NS_EPHEMERAL, 0600, 0));
	client_close(&c);
}

/* Opened, created and removed by several at once. */
static int come_and_go(void *arg)
{
	const char *name = arg;
	int i, ret, fd = device_open();
	struct plasma_ns_open open;
	struct client c = { .fd = fd };

	for (i = 0; i < 60; i++) {
		ret = ns_create(fd, name, 0, 0600, 0);
		CHECK(ret >= 0 || ret == -EEXIST || ret == -EMFILE);
		ret = ns_open(fd, name, 0, &open);
		CHECK(!ret || ret == -ENOENT || ret == -EMFILE);
		if (!ret) {
			c.ns = open.out_ns;
			ret = object_put(&c, id_of(getpid() * 1000 + i), "x", 1);
			CHECK(!ret || ret == -EIDRM);
		}
		ret = ns_remove(fd, name, i & 1 ? PLASMA_NS_REMOVE_FORCE : 0);
		CHECK(!ret || ret == -ENOENT || ret == -EBUSY);
	}
	close(fd);
	return 0;
}

TEST_F(namespaces, many_at_once)
{
	pid_t pids[4];
	int i;

	for (i = 0; i < 4; i++)
		pids[i] = spawn(come_and_go, self->name);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, reap(pids[i]));
}

TEST_HARNESS_MAIN
