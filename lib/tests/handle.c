// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What a handle promises, through the installed library: pointers, arrays of any
 * length, threads, fork. Needs the module. Exits 0, or 1 with the line that failed.
 */

#include <plasma.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANY	5000
#define THREADS	8
#define ROUNDS	200

#define check(condition) do {						\
	if (!(condition)) {						\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);	\
		_exit(1);						\
	}								\
} while (0)

static struct plasma *store;

static struct plasma_id numbered(unsigned int kind, unsigned int n)
{
	struct plasma_id id = { { 0 } };

	memcpy(id.bytes, &kind, sizeof(kind));
	memcpy(id.bytes + sizeof(kind), &n, sizeof(n));
	return id;
}

static void test_open(void)
{
	struct plasma *p = NULL;
	char longest[PLASMA_NAME_MAX + 2];
	struct plasma_id id = numbered(0, 0);

	memset(longest, 'x', sizeof(longest));
	longest[PLASMA_NAME_MAX + 1] = '\0';
	check(plasma_open(&p, longest, 0) == -ENAMETOOLONG);
	check(plasma_open(&p, "", 0) == -EINVAL);
	check(plasma_open(&p, NULL, 1U << 30) == -EINVAL);
	check(plasma_open(&p, "no such namespace", 0) == -ENOENT);
	check(!p);
	check(plasma_open(&p, NULL, PLASMA_OPEN_STORE) == 0);
	check(plasma_contains(p, &id) == -EBADF);
	check(plasma_access(p) == -EBADF);
	plasma_close(p);
	plasma_close(NULL);
	check(plasma_access(store) == (PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE));
}

static void test_query(void)
{
	struct { struct plasma_query q; char later[64]; } wide;

	memset(&wide, 0xff, sizeof(wide));
	check(plasma_query(store, &wide.q, sizeof(wide)) == 0);
	check(wide.q.out_window_size && !wide.later[0] && !wide.later[63]);
	check(plasma_query(store, &wide.q, 8) == -EINVAL);
}

static void test_ids(void)
{
	static const char text[] = "000102030405060708090a0b0c0d0e0fFFfe8081";
	char hex[PLASMA_ID_HEX_SIZE];
	struct plasma_id id, other;

	check(plasma_id_from_hex(&id, text) == 0);
	plasma_id_to_hex(&id, hex);
	check(!strcmp(hex, "000102030405060708090a0b0c0d0e0ffffe8081"));
	check(plasma_id_from_hex(&id, "00") == -EINVAL);
	check(plasma_id_from_hex(&id, "000102030405060708090a0b0c0d0e0fFFfe80811") == -EINVAL);
	check(plasma_id_from_hex(&id, "000102030405060708090a0b0c0d0e0fFFfe808g") == -EINVAL);
	check(id.bytes[19] == 0x81);
	check(plasma_id_random(&id) == 0 && plasma_id_random(&other) == 0);
	check(memcmp(&id, &other, sizeof(id)));
}

static void test_write_in_place(void)
{
	struct plasma_id id = numbered(1, 0);
	struct plasma_buffer buf;
	void *data;

	check(plasma_create(store, &id, 3, "meta", 4, 0, &data) == 0);
	check(plasma_create(store, &id, 3, NULL, 0, 0, &data) == -EEXIST);
	memcpy(data, "abc", 3);
	check(plasma_contains(store, &id) == 0);
	check(plasma_get(store, &id, &buf, 0) == -EINPROGRESS);
	check(plasma_get(store, &id, &buf, 20) == -EINPROGRESS);
	check(plasma_resize(store, &id, 10000, &data) == 0);
	check(!memcmp(data, "abc\0", 4) && ((char *)data)[9999] == 0);
	((char *)data)[9999] = 'z';
	check(plasma_seal(store, &id, 0) == 0);
	check(plasma_seal(store, &id, 0) == -EALREADY);
	check(plasma_contains(store, &id) == 1);
	check(((char *)data)[9999] == 'z');
	check(plasma_get(store, &id, &buf, 0) == 0);
	check(buf.size == 10000 && ((const char *)buf.data)[9999] == 'z');
	check(buf.metadata_size == 4 && !memcmp(buf.metadata, "meta", 4));
	check(plasma_release(store, &id) == 0);
	check(plasma_release(store, &id) == 0);
	check(plasma_release(store, &id) == -ENOENT);
	check(plasma_delete(store, &id, 0) == 0);
	check(plasma_delete(store, &id, 0) == -ENOENT);
}

static void test_empty(void)
{
	struct plasma_id id = numbered(2, 0);
	struct plasma_buffer buf;
	void *data = NULL;

	check(plasma_create(store, &id, 0, NULL, 0, 0, &data) == 0 && data);
	check(plasma_seal(store, &id, PLASMA_SEAL_RELEASE) == 0);
	check(plasma_get(store, &id, &buf, 0) == 0);
	check(buf.data && buf.size == 0 && buf.metadata && buf.metadata_size == 0);
	check(plasma_delete(store, &id, 0) == PLASMA_DELETE_PENDING);
	check(plasma_release(store, &id) == 0);
	check(plasma_contains(store, &id) == 0);
	check(plasma_create(store, &id, 0, NULL, 0, 0, &data) == 0);
	check(plasma_abort(store, &id) == 0);
	check(plasma_abort(store, &id) == -ENOENT);
}

static void test_put_hold(void)
{
	static const char data[] = "some data", metadata[] = "m";
	struct plasma_buffer buf = {
		.id = numbered(3, 0),
		.data = data, .size = sizeof(data),
		.metadata = metadata, .metadata_size = sizeof(metadata),
	};

	check(plasma_put(store, &buf.id, data, 1, NULL, 0, PLASMA_PUT_HOLD) == -EINVAL);
	check(plasma_put_hold(store, &buf, 0) == 0);
	check(buf.data != data && !memcmp(buf.data, data, sizeof(data)));
	check(buf.metadata != metadata && !memcmp(buf.metadata, metadata, sizeof(metadata)));
	check(plasma_release(store, &buf.id) == 0);
	check(plasma_delete(store, &buf.id, 0) == 0);
}

/* More than one call of the kernel takes, and ids that stand twice. */
static void test_many(void)
{
	static struct plasma_buffer bufs[MANY];
	static struct plasma_result results[MANY];
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		bufs[i].id = numbered(4, i / 2);
		results[i].id = bufs[i].id;
		if (i % 4 == 0)
			check(plasma_put(store, &bufs[i].id, &i, sizeof(i), NULL, 0, 0) == 0);
	}
	check(plasma_get_many(store, bufs, MANY, 10) == MANY / 2);
	for (i = 0; i < MANY; i++) {
		check(bufs[i].status == (i % 4 < 2 ? 0 : -ENOENT));
		check(!bufs[i].status == !!bufs[i].data);
		if (!bufs[i].status)
			check(*(const unsigned int *)bufs[i].data == i / 4 * 4);
	}
	check(plasma_release_many(store, results, MANY) == 0);
	for (i = 0; i < MANY; i++)
		check(results[i].status == (i % 4 < 2 ? 0 : -ENOENT));
	check(plasma_delete_many(store, results, MANY, 0) == 0);
	for (i = 0; i < MANY; i++)
		check(results[i].status == (i % 4 == 0 ? 0 : -ENOENT));
	check(plasma_get_many(store, bufs, 0, -1) == 0);
}

static void test_listing(void)
{
	struct plasma_object_info infos[7];
	struct plasma_page page = {
		.entries = infos, .entry_size = sizeof(infos[0]), .count = 7,
	};
	struct plasma_id id;
	unsigned int kind = 5, i, seen = 0;
	int n;

	for (i = 0; i < 50; i++) {
		id = numbered(kind, i);
		check(plasma_put(store, &id, "x", 1, NULL, 0, 0) == 0);
	}
	while (page.cursor != PLASMA_CURSOR_END) {
		n = plasma_list(store, 0, &kind, sizeof(kind), &page);
		check(n >= 0 && n <= 7);
		seen += (unsigned int)n;
	}
	check(seen == 50);
	for (i = 0; i < 50; i++) {
		id = numbered(kind, i);
		check(plasma_delete(store, &id, 0) == 0);
	}
}

static void test_names(void)
{
	struct plasma_id id = numbered(6, 0), other = numbered(6, 1), found;

	check(plasma_put(store, &id, "1", 1, NULL, 0, 0) == 0);
	check(plasma_put(store, &other, "2", 1, NULL, 0, 0) == 0);
	check(plasma_name_lookup(store, "a name", &found) == -ENOENT);
	check(plasma_name_bind(store, "a name", &id, 0) == 0);
	check(plasma_name_bind(store, "a name", &other, 0) == -EEXIST);
	check(plasma_name_bind(store, "another", &id, 0) == -EBUSY);
	check(plasma_name_lookup(store, "a name", &found) == 0);
	check(!memcmp(&found, &id, sizeof(id)));
	check(plasma_name_bind(store, "a name", &other, PLASMA_NAME_REPLACE) == 0);
	check(plasma_name_lookup(store, "a name", &found) == 0);
	check(!memcmp(&found, &other, sizeof(id)));
	check(plasma_contains(store, &id) == 0);
	check(plasma_name_unbind(store, "a name") == 0);
	check(plasma_name_unbind(store, "a name") == -ENOENT);
	check(plasma_delete(store, &other, 0) == 0);
}

/* A name from the beginning, with the seal, with the put; and gets by it. */
static void test_named(void)
{
	struct plasma_id id = numbered(8, 0), other = numbered(8, 1), found;
	struct plasma_buffer buf, copy;
	void *data;

	check(plasma_name_get(store, "named", &buf, 0) == -ENOENT);
	check(plasma_name_get(store, "", &buf, 0) == -EINVAL);
	check(plasma_create_named(store, &id, "", 1, NULL, 0, 0, &data) == -EINVAL);
	check(plasma_create_named(store, &id, "named", 1, NULL, 0, 0, &data) == 0);
	check(plasma_create_named(store, &other, "named", 1, NULL, 0, 0, &data) == -EEXIST);
	check(plasma_name_get(store, "named", &buf, 10) == -EINPROGRESS);
	check(plasma_seal(store, &id, PLASMA_SEAL_RELEASE) == 0);
	check(plasma_name_get(store, "named", &buf, -1) == 0);
	check(!memcmp(&buf.id, &id, sizeof(id)) && buf.size == 1);

	check(plasma_create(store, &other, 2, NULL, 0, 0, &data) == 0);
	check(plasma_seal_named(store, &other, "named", 0) == -EEXIST);
	check(plasma_contains(store, &other) == 0);
	check(plasma_seal_named(store, &other, "named",
				PLASMA_SEAL_REPLACE | PLASMA_SEAL_RELEASE) == 0);
	check(plasma_name_get(store, "named", &copy, 0) == 0 && copy.size == 2);
	check(plasma_release_buffer(store, &copy) == 0);
	check(plasma_release_buffer(store, &copy) == -ENOENT);
	check(plasma_release_buffer(store, &buf) == 0);
	check(plasma_contains(store, &id) == 0);

	check(plasma_put_named(store, &id, "named", "123", 3, NULL, 0, 0) == -EEXIST);
	check(plasma_put_named(store, &id, "named", "123", 3, NULL, 0, PLASMA_PUT_REPLACE) == 0);
	check(plasma_name_lookup(store, "named", &found) == 0);
	check(!memcmp(&found, &id, sizeof(id)));
	check(plasma_delete(store, &id, 0) == 0);
	check(plasma_contains(store, &other) == 0);
}

/* Many in one step, or none. */
static void test_batches(void)
{
	static struct plasma_buffer bufs[100];
	static struct plasma_result results[100];
	unsigned int i;
	void *data;

	for (i = 0; i < 100; i++) {
		bufs[i] = (struct plasma_buffer){
			.id = numbered(9, i), .data = &i, .size = 4,
			.metadata = "m", .metadata_size = 1,
		};
		results[i].id = bufs[i].id;
	}
	check(plasma_create(store, &bufs[50].id, 1, NULL, 0, 0, &data) == 0);
	check(plasma_put_many(store, bufs, 100, 0) == -EEXIST);
	check(bufs[50].status == -EEXIST);
	check(plasma_contains(store, &bufs[0].id) == 0);
	check(plasma_abort(store, &bufs[50].id) == 0);
	check(plasma_put_many(store, bufs, 100, 0) == 0);
	check(plasma_wait(store, results, 100, 0, 0) == 100);
	check(plasma_refresh(store, results, 100) == 0 && results[99].status == 0);
	check(plasma_delete_many(store, results, 100, 0) == 0 && results[99].status == 0);
	check(plasma_refresh(store, results, 100) == 0 && results[99].status == -ENOENT);
	check(plasma_put_many(store, bufs, 1U << 30, 0) == -E2BIG);

	for (i = 0; i < 100; i += 2)
		check(plasma_create(store, &results[i].id, 1, NULL, 0, 0, &data) == 0);
	check(plasma_seal_many(store, results, 100, PLASMA_SEAL_RELEASE) == 0);
	check(results[0].status == 0 && results[1].status == -ENOENT);
	check(plasma_wait(store, results, 100, 50, -1) == 50);
	check(results[0].status == 0 && results[1].status == -ENOENT);
	check(plasma_wait(store, results, 100, 51, 10) == 50);
	check(plasma_wait(store, results, 100, 101, 0) == -EINVAL);
	check(plasma_release(store, &results[0].id) == -ENOENT);
	check(plasma_delete_many(store, results, 100, 0) == 0);
}

static int ready(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	return poll(&poller, 1, 0);
}

static void test_descriptors(void)
{
	struct plasma_id id = numbered(10, 0);
	char text[16] = "";
	struct stat st;
	int pending, fd;
	void *data;

	pending = plasma_pending_fd(store, &id);
	check(pending >= 0 && ready(pending) == 0);
	check(plasma_export(store, &id) == -ENOENT);
	check(plasma_create(store, &id, 5, "meta", 4, 0, &data) == 0);
	check(ready(pending) == 0);
	check(plasma_export(store, &id) < 0);
	memcpy(data, "12345", 5);
	check(plasma_seal(store, &id, PLASMA_SEAL_RELEASE) == 0);
	check(ready(pending) == 1);
	close(pending);
	fd = plasma_export(store, &id);
	check(fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 5);
	check(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	check(plasma_delete(store, &id, 0) >= 0);
	check(pread(fd, text, sizeof(text), 0) == 5 && !strcmp(text, "12345"));
	close(fd);
}

static void test_hidden(void)
{
	struct plasma_id id = numbered(11, 0);
	struct plasma_buffer old, new;

	check(plasma_put(store, &id, "old", 3, NULL, 0, 0) == 0);
	check(plasma_get(store, &id, &old, 0) == 0);
	check(plasma_delete(store, &id, PLASMA_DELETE_HIDE) >= 0);
	check(plasma_contains(store, &id) == 0);
	check(plasma_put(store, &id, "new", 3, NULL, 0, 0) == 0);
	check(plasma_get(store, &id, &new, 0) == 0);
	check(!memcmp(old.data, "old", 3) && !memcmp(new.data, "new", 3));
	check(plasma_release_buffer(store, &old) == 0);
	check(plasma_release_buffer(store, &old) == -ENOENT);
	check(!memcmp(new.data, "new", 3));
	check(plasma_release(store, &id) == 0);
	check(plasma_delete(store, &id, 0) == 0);
}

/* A namespace with nothing in it, gone with @store. */
static struct plasma *open_private(const char *name, uint64_t capacity)
{
	struct plasma_ns_options options = {
		.flags = PLASMA_NS_EPHEMERAL, .mode = 0600, .capacity = capacity,
	};
	struct plasma *p = NULL;

	check(plasma_ns_create(store, name, &options) == 0);
	check(plasma_open(&p, name, 0) == 0);
	return p;
}

static void close_private(struct plasma *p, const char *name)
{
	plasma_close(p);
	check(plasma_ns_remove(store, name, 0) == 0);
}

static void test_events(void)
{
	struct plasma *p = open_private("events", 10000);
	struct plasma_id id = numbered(12, 0);
	struct plasma_event events[4];
	int fd;

	check(plasma_put(p, &id, "1", 1, "22", 2, 0) == 0);
	fd = plasma_subscribe(p, PLASMA_SUBSCRIBE_NONBLOCK, 0);
	check(fd >= 0);
	check(plasma_events_read(fd, events, 0) == -EINVAL);
	check(plasma_events_read(fd, events, 4) == 1);
	check(events[0].type == PLASMA_EVENT_SEAL && events[0].flags == PLASMA_EVENT_REPLAY);
	check(!memcmp(events[0].id, id.bytes, PLASMA_ID_SIZE));
	check(plasma_events_read(fd, events, 4) == -EAGAIN);
	check(plasma_delete(p, &id, 0) == 0);
	check(plasma_put(p, &id, "333", 3, NULL, 0, 0) == 0);
	/* One by one is as good. */
	check(plasma_events_read(fd, events, 1) == 1);
	check(events[0].type == PLASMA_EVENT_DELETE && events[0].metadata_size == 2);
	check(plasma_events_read(fd, events, 1) == 1);
	check(events[0].type == PLASMA_EVENT_SEAL && events[0].data_size == 3);
	close_private(p, "events");
	check(plasma_events_read(fd, events, 4) == 1);
	check(events[0].type == PLASMA_EVENT_REMOVED);
	check(plasma_events_read(fd, events, 4) == 0);
	close(fd);
}

static void test_stat(void)
{
	struct plasma *p = open_private("stat", 10000);
	struct plasma_id id = numbered(13, 0);
	struct plasma_object_info info;
	char text[8] = "";

	check(plasma_put(p, &id, "1", 1, "metadata", 8, 0) == 0);
	check(plasma_stat_metadata(p, &id, 0, &info, sizeof(info), text, 4) == 0);
	check(info.metadata_size == 8 && !strcmp(text, "meta"));
	check(plasma_evict(p, 1, NULL, NULL) == 0);
	check(plasma_stat(p, &id, &info, sizeof(info)) == -ENOENT);
	check(plasma_stat_metadata(p, &id, PLASMA_STAT_EVICTED, &info, sizeof(info),
				   NULL, 0) == 0);
	check(info.state == PLASMA_STATE_EVICTED);
	check(plasma_contains(p, &id) == 0);
	close_private(p, "stat");
}

static void test_quota(void)
{
	struct plasma *p = open_private("quota", 10000);
	struct plasma_quota_info infos[2];

	check(plasma_quota_set(p, "mine", 7001) == -EDQUOT);
	check(plasma_quota_set(p, "mine", 7000) == 0);
	check(plasma_quota_set(p, "mine", 10) == -EALREADY);
	check(plasma_quota_list(p, infos, sizeof(*infos), 1) == 2);
	check(plasma_quota_list(p, infos, sizeof(*infos), 2) == 2);
	check(infos[0].name_len == 0 && infos[0].capacity == 3000);
	check(infos[1].capacity == 7000 && !memcmp(infos[1].name, "mine", 5));
	close_private(p, "quota");
}

static void test_namespaces(void)
{
	struct plasma_ns_options options = { .mode = 0600, .capacity = 4096 };
	struct plasma_ns_info info;
	struct plasma *p, *q;
	struct plasma_id id = numbered(7, 0);
	char data[4097] = "";

	check(plasma_open(&p, NULL, PLASMA_OPEN_STORE) == 0);
	options.flags = PLASMA_NS_EPHEMERAL;
	check(plasma_ns_create(p, "of a handle", &options) == 0);
	check(plasma_ns_create(p, "of a handle", &options) == -EEXIST);
	check(plasma_ns_stat(p, NULL, &info, sizeof(info)) == -EBADF);
	check(plasma_open(&q, "of a handle", 0) == 0);
	check(plasma_ns_stat(q, NULL, &info, sizeof(info)) == 0);
	check(info.capacity == 4096 && info.flags == PLASMA_NS_EPHEMERAL);
	check(plasma_put(q, &id, data, 4097, NULL, 0, 0) == -ENOSPC);
	check(plasma_put(q, &id, data, 4096, NULL, 0, 0) == 0);
	options.flags = PLASMA_NS_SET_CAPACITY;
	options.capacity = 8192;
	check(plasma_ns_set(q, NULL, &options) == 0);
	check(plasma_ns_stat(q, NULL, &info, sizeof(info)) == 0 && info.capacity == 8192);
	options.reserved[4] = 1;
	check(plasma_ns_set(q, NULL, &options) == -EINVAL);
	plasma_close(p);
	check(plasma_contains(q, &id) == -EIDRM);
	plasma_close(q);
	check(plasma_open(&q, "of a handle", 0) == -ENOENT);
}

/* Each puts, gets, compares and deletes its own, and all get one that they share. */
static void *worker(void *arg)
{
	unsigned int number = *(unsigned int *)arg, i;
	struct plasma_id mine, shared = numbered(8, 0);
	struct plasma_buffer buf;
	void *data;

	for (i = 0; i < ROUNDS; i++) {
		mine = numbered(9 + number, i);
		check(plasma_create(store, &mine, 5000, NULL, 0, 0, &data) == 0);
		memset(data, (int)i, 5000);
		check(plasma_seal(store, &mine, PLASMA_SEAL_RELEASE) == 0);
		check(plasma_get(store, &mine, &buf, -1) == 0);
		check(((const unsigned char *)buf.data)[4999] == (unsigned char)i);
		check(plasma_get(store, &shared, &buf, -1) == 0);
		check(!memcmp(buf.data, "shared", 6));
		check(plasma_release(store, &shared) == 0);
		check(plasma_release(store, &mine) == 0);
		check(plasma_delete(store, &mine, 0) == 0);
	}
	return NULL;
}

/* One thread waits for what another seals. */
static void *blocked(void *arg)
{
	struct plasma_id id = numbered(8, 1);
	struct plasma_buffer buf;

	(void)arg;
	check(plasma_get(store, &id, &buf, -1) == 0);
	check(plasma_release(store, &id) == 0);
	return NULL;
}

static void test_threads(void)
{
	unsigned int numbers[THREADS], i;
	pthread_t threads[THREADS], waiter;
	struct plasma_id id = numbered(8, 0), awaited = numbered(8, 1);

	check(plasma_put(store, &id, "shared", 6, NULL, 0, 0) == 0);
	check(pthread_create(&waiter, NULL, blocked, NULL) == 0);
	for (i = 0; i < THREADS; i++) {
		numbers[i] = i;
		check(pthread_create(&threads[i], NULL, worker, &numbers[i]) == 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	check(plasma_put(store, &awaited, "", 0, NULL, 0, 0) == 0);
	pthread_join(waiter, NULL);
	check(plasma_delete(store, &awaited, 0) == 0);
	check(plasma_delete(store, &id, 0) == 0);
}

static int hunted;

/* Gets and releases what another thread holds, deletes and releases. */
static void *hunt(void *arg)
{
	struct plasma_id id = numbered(21, 0);
	struct plasma_buffer buf;

	(void)arg;
	while (__atomic_load_n(&hunted, __ATOMIC_RELAXED))
		if (plasma_get(store, &id, &buf, 0) == 0)
			check(plasma_release_buffer(store, &buf) == 0);
	return NULL;
}

/*
 * What one thread pins for a moment only another may release for a hold of its own; that
 * is not lost then: each time the object goes, and its id is free again.
 */
static void test_holds_of_threads(void)
{
	struct plasma_buffer buf = { .id = numbered(21, 0) };
	pthread_t threads[2];
	unsigned int i, tries;
	int err;

	__atomic_store_n(&hunted, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		check(pthread_create(&threads[i], NULL, hunt, NULL) == 0);
	for (i = 0; i < 20 * ROUNDS; i++) {
		buf = (struct plasma_buffer){ .id = buf.id };
		for (tries = 0; tries < 1000000; tries++) {
			err = plasma_put_hold(store, &buf, 0);
			if (err != -EEXIST)
				break;
		}
		check(err == 0);
		plasma_delete(store, &buf.id, 0);
		check(plasma_release(store, &buf.id) == 0);
	}
	__atomic_store_n(&hunted, 0, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	check(plasma_contains(store, &buf.id) == 0);
}

static void on_signal(int sig)
{
	(void)sig;
}

/* A get is interrupted, or goes on, as the handler was installed. */
static void test_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct plasma_id id = numbered(20, 0);
	struct plasma_buffer buf;
	struct timespec begin, end;

	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	check(plasma_get(store, &id, &buf, -1) == -EINTR);
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	alarm(1);
	check(plasma_get(store, &id, &buf, 2000) == -ENOENT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	check((end.tv_sec - begin.tv_sec) * 1000 +
	      (end.tv_nsec - begin.tv_nsec) / 1000000 >= 1999);
}

static void *child_thread(void *arg)
{
	check(plasma_contains(store, arg) == 1);
	return NULL;
}

static int child(struct plasma_id *held, const char *inherited)
{
	pthread_t threads[THREADS];
	struct plasma_buffer buf;
	struct plasma_id mine = numbered(10, 1);
	pid_t grandchild;
	void *data;
	int i, status;

	/* The pointer of the parent, and many at once that find nothing open yet. */
	check(!memcmp(inherited, "parent", 6));
	for (i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, child_thread, held) == 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	/* Another client, that holds nothing and makes its own. */
	check(plasma_release(store, held) == -ENOENT);
	check(plasma_get(store, held, &buf, 0) == 0);
	check(!memcmp(buf.data, "parent", 6));
	check(plasma_create(store, &mine, 5, NULL, 0, 0, &data) == 0);
	memcpy(data, "child", 5);
	check(plasma_seal(store, &mine, 0) == 0);
	grandchild = fork();
	if (grandchild == 0) {
		check(plasma_release(store, held) == -ENOENT);
		check(plasma_get(store, &mine, &buf, 0) == 0);
		plasma_close(store);
		_exit(0);
	}
	check(waitpid(grandchild, &status, 0) == grandchild && status == 0);
	/* Without plasma_close(): the kernel gives back what it holds. */
	return 0;
}

static void test_fork(void)
{
	struct plasma_id held = numbered(10, 0), made = numbered(10, 1);
	struct plasma_object_info info;
	struct plasma_buffer buf;
	struct plasma *idle;
	int status;
	pid_t pid;

	check(plasma_put(store, &held, "parent", 6, NULL, 0, 0) == 0);
	check(plasma_get(store, &held, &buf, 0) == 0);
	pid = fork();
	if (pid == 0)
		_exit(child(&held, buf.data));
	check(waitpid(pid, &status, 0) == pid && status == 0);
	check(plasma_get(store, &made, &buf, 0) == 0);
	check(!memcmp(buf.data, "child", 5));
	check(plasma_stat(store, &held, &info, sizeof(info)) == 0 && info.refs == 1);
	check(plasma_release(store, &made) == 0 && plasma_delete(store, &made, 0) == 0);
	check(plasma_release(store, &held) == 0 && plasma_delete(store, &held, 0) == 0);

	/* Closed in the child without any use there. */
	check(plasma_open(&idle, NULL, 0) == 0);
	pid = fork();
	if (pid == 0) {
		plasma_close(idle);
		_exit(0);
	}
	check(waitpid(pid, &status, 0) == pid && status == 0);
	check(plasma_contains(idle, &held) == 0);
	plasma_close(idle);
}

int main(void)
{
	int err = plasma_open(&store, NULL, 0);

	if (err) {
		fprintf(stderr, "plasma_open: %s\n", strerror(-err));
		return 1;
	}
	test_open();
	test_query();
	test_ids();
	test_write_in_place();
	test_empty();
	test_put_hold();
	test_many();
	test_listing();
	test_names();
	test_named();
	test_batches();
	test_descriptors();
	test_hidden();
	test_events();
	test_stat();
	test_quota();
	test_namespaces();
	test_threads();
	test_holds_of_threads();
	test_signals();
	test_fork();
	plasma_close(store);
	return 0;
}
