// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of objects.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <kselftest_harness.h>

#include "common.h"

FIXTURE(names)
{
	struct usage before;
	struct client a;
	struct client b;
};

FIXTURE_SETUP(names)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
	ASSERT_EQ(0, client_join(&self->b, &self->a));
}

FIXTURE_TEARDOWN(names)
{
	client_close(&self->a);
	client_close(&self->b);
	EXPECT_EQ(0, usage_restored(&self->before));
}

static int put(struct client *c, unsigned int number)
{
	return object_put(c, id_of(number), &number, sizeof(number));
}

/* The number of the object that has the name, or a negative errno. */
static int named(struct client *c, const char *name)
{
	struct id id, want;
	int ret = name_lookup(c, name, &id), i;

	for (i = 0; !ret && i < 100; i++) {
		want = id_of(i);
		if (id_equal(id.byte, &want))
			return i;
	}
	return ret ? ret : -ENXIO;
}

TEST_F(names, bind_look_up_unbind)
{
	struct plasma_object_info info;

	ASSERT_EQ(0, put(&self->a, 1));
	EXPECT_EQ(-ENOENT, named(&self->a, "name"));
	ASSERT_EQ(0, name_bind(&self->b, id_of(1), "name", 0));
	EXPECT_EQ(1, named(&self->a, "name"));
	EXPECT_EQ(1, ns_info(&self->a).names);
	ASSERT_EQ(0, object_stat(&self->a, id_of(1), &info));
	EXPECT_EQ(4, info.name_len);
	EXPECT_STREQ("name", (char *)info.name);

	/* Beginnings and longer ones are other names, and case matters. */
	EXPECT_EQ(-ENOENT, named(&self->a, "nam"));
	EXPECT_EQ(-ENOENT, named(&self->a, "names"));
	EXPECT_EQ(-ENOENT, named(&self->a, "Name"));

	EXPECT_EQ(-ENOENT, name_unbind(&self->a, "other"));
	ASSERT_EQ(0, name_unbind(&self->a, "name"));
	EXPECT_EQ(-ENOENT, name_unbind(&self->a, "name"));
	EXPECT_EQ(-ENOENT, named(&self->a, "name"));
	EXPECT_EQ(0, ns_info(&self->a).names);
	/* The object itself is as it was. */
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
	ASSERT_EQ(0, object_stat(&self->a, id_of(1), &info));
	EXPECT_EQ(0, info.name_len);
	EXPECT_EQ(sizeof(info.name), leading(info.name, sizeof(info.name), 0));
}

TEST_F(names, taken)
{
	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, put(&self->a, 2));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	EXPECT_EQ(-EEXIST, name_bind(&self->a, id_of(2), "name", 0));
	EXPECT_EQ(1, named(&self->a, "name"));
	/* The object that has it has it. */
	EXPECT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	EXPECT_EQ(0, name_bind(&self->a, id_of(1), "name", PLASMA_NAME_REPLACE));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, ns_info(&self->a).names);
	/* One name for each. */
	EXPECT_EQ(-EBUSY, name_bind(&self->a, id_of(1), "second", 0));
	EXPECT_EQ(-EBUSY, name_bind(&self->a, id_of(1), "second", PLASMA_NAME_REPLACE));
	EXPECT_EQ(-ENOENT, named(&self->a, "second"));
	ASSERT_EQ(0, name_bind(&self->a, id_of(2), "third", 0));
	EXPECT_EQ(-EBUSY, name_bind(&self->a, id_of(2), "name", PLASMA_NAME_REPLACE));
	EXPECT_EQ(1, named(&self->a, "name"));
	EXPECT_EQ(0, object_refs(&self->a, id_of(1)));
}

TEST_F(names, of_unsealed_objects)
{
	struct id id;

	ASSERT_EQ(0, object_create(&self->a, id_of(1), 10, NULL));
	EXPECT_EQ(-EPERM, name_bind(&self->b, id_of(1), "name", 0));
	EXPECT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	EXPECT_EQ(1, named(&self->b, "name"));
	ASSERT_EQ(0, object_seal(&self->a, id_of(1), 0));
	EXPECT_EQ(1, named(&self->b, "name"));
	EXPECT_EQ(-ENOENT, name_bind(&self->b, id_of(2), "none", 0));
	EXPECT_EQ(-ENOENT, name_lookup(&self->b, "none", &id));
}

TEST_F(names, go_with_their_objects)
{
	struct client c;

	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "deleted", 0));
	ASSERT_EQ(0, object_delete(&self->a, id_of(1)));
	EXPECT_EQ(-ENOENT, named(&self->a, "deleted"));

	ASSERT_EQ(0, object_create(&self->a, id_of(2), 10, NULL));
	ASSERT_EQ(0, name_bind(&self->a, id_of(2), "aborted", 0));
	ASSERT_EQ(0, object_abort(&self->a, id_of(2)));
	EXPECT_EQ(-ENOENT, named(&self->a, "aborted"));

	ASSERT_EQ(0, client_join(&c, &self->a));
	ASSERT_EQ(0, object_create(&c, id_of(3), 10, NULL));
	ASSERT_EQ(0, name_bind(&c, id_of(3), "left", 0));
	client_close(&c);
	EXPECT_EQ(-ENOENT, named(&self->a, "left"));
	EXPECT_EQ(0, ns_info(&self->a).names);

	/* All of these are free again. */
	ASSERT_EQ(0, put(&self->a, 4));
	EXPECT_EQ(0, name_bind(&self->a, id_of(4), "deleted", 0));

	/* As long as the object exists so does its name. */
	ASSERT_EQ(0, object_hold(&self->b, id_of(4)));
	ASSERT_EQ(PLASMA_DELETE_PENDING, object_delete(&self->a, id_of(4)));
	EXPECT_EQ(4, named(&self->a, "deleted"));
	ASSERT_EQ(0, object_release(&self->b, id_of(4)));
	EXPECT_EQ(-ENOENT, named(&self->a, "deleted"));
}

TEST_F(names, replace)
{
	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, put(&self->a, 2));
	ASSERT_EQ(0, put(&self->a, 3));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "name", PLASMA_NAME_REPLACE));
	ASSERT_EQ(0, name_bind(&self->a, id_of(2), "name", PLASMA_NAME_REPLACE));
	EXPECT_EQ(2, named(&self->a, "name"));
	/* The object that had it is gone. */
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(1, ns_info(&self->a).names);

	/* Or goes, once its user lets go of it. */
	ASSERT_EQ(0, object_hold(&self->b, id_of(2)));
	ASSERT_EQ(0, name_bind(&self->a, id_of(3), "name", PLASMA_NAME_REPLACE));
	EXPECT_EQ(3, named(&self->a, "name"));
	EXPECT_EQ(1, object_refs(&self->a, id_of(2)));
	ASSERT_EQ(0, object_release(&self->b, id_of(2)));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(2)));
	EXPECT_EQ(3, named(&self->a, "name"));

	/* A refused one changes nothing. */
	EXPECT_EQ(-ENOENT, name_bind(&self->a, id_of(9), "name", PLASMA_NAME_REPLACE));
	EXPECT_EQ(3, named(&self->a, "name"));
	EXPECT_EQ(0, object_refs(&self->a, id_of(3)));
}

static int bind_bytes(struct client *c, struct id id, const void *name, __u32 len)
{
	struct plasma_name_bind bind = {
		.ns = c->ns,
		.name_len = len,
		.name_ptr = (unsigned long)name,
	};

	memcpy(bind.id, id.byte, sizeof(bind.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_NAME_BIND, &bind);
}

TEST_F(names, bytes)
{
	char name[PLASMA_NAME_MAX + 2], two[2] = "a", three[3];
	unsigned int byte;

	ASSERT_EQ(0, put(&self->a, 1));
	memset(name, 'x', sizeof(name));
	EXPECT_EQ(-EINVAL, bind_bytes(&self->a, id_of(1), name, 0));
	EXPECT_EQ(-ENAMETOOLONG, bind_bytes(&self->a, id_of(1), name, PLASMA_NAME_MAX + 1));
	EXPECT_EQ(-ENAMETOOLONG, bind_bytes(&self->a, id_of(1), name, ~0U));
	EXPECT_EQ(-EFAULT, bind_bytes(&self->a, id_of(1), NULL, 5));
	ASSERT_EQ(0, bind_bytes(&self->a, id_of(1), name, PLASMA_NAME_MAX));
	name[PLASMA_NAME_MAX] = 0;
	EXPECT_EQ(1, named(&self->a, name));
	ASSERT_EQ(0, name_unbind(&self->a, name));

	for (byte = 0; byte < 256; byte++) {
		two[1] = byte;
		if (byte < 0x20 || byte == 0x7f) {
			EXPECT_EQ(-EINVAL, bind_bytes(&self->a, id_of(1), two, 2));
			continue;
		}
		ASSERT_EQ(0, bind_bytes(&self->a, id_of(1), two, 2));
		memcpy(three, two, 2);
		three[2] = 0;
		EXPECT_EQ(1, named(&self->a, three)) TH_LOG("byte %u", byte);
		ASSERT_EQ(0, name_unbind(&self->a, three));
	}
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "gr\xc3\xbc\xc3\x9f dich/.. ", 0));
	EXPECT_EQ(1, named(&self->b, "gr\xc3\xbc\xc3\x9f dich/.. "));
}

TEST_F(names, of_one_namespace_are_not_of_another)
{
	struct client other;

	ASSERT_EQ(0, client_create(&other, 0));
	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, put(&other, 2));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	EXPECT_EQ(-ENOENT, named(&other, "name"));
	ASSERT_EQ(0, name_bind(&other, id_of(2), "name", 0));
	EXPECT_EQ(1, named(&self->a, "name"));
	EXPECT_EQ(2, named(&other, "name"));
	client_close(&other);
}

/* A name that moves on and on: it is always there, and so is what it names. */
struct looker {
	struct client *client;
	volatile bool *stop;
	volatile unsigned int looks;
	unsigned int missing;
	unsigned int wrong;
};

static int look(void *arg)
{
	struct looker *looker = arg;
	struct plasma_get_entry entry;
	struct id id;

	while (!*looker->stop) {
		if (name_lookup(looker->client, "moving", &id)) {
			looker->missing++;
			continue;
		}
		looker->looks++;
		/* It may have been replaced since; but if not, its bytes are right. */
		if (object_get(looker->client, id, NOW, &entry))
			continue;
		if (memcmp(looker->client->read + entry.offset, id.byte, sizeof(id.byte)))
			looker->wrong++;
		object_release(looker->client, id);
	}
	return 0;
}

TEST_F(names, old_or_new_but_never_neither)
{
	struct looker lookers[2];
	volatile bool stop = false;
	struct task tasks[2];
	unsigned int i;
	struct id id;

	id = id_of(0);
	ASSERT_EQ(0, object_put(&self->a, id, id.byte, sizeof(id.byte)));
	ASSERT_EQ(0, name_bind(&self->a, id, "moving", 0));
	for (i = 0; i < 2; i++) {
		lookers[i] = (struct looker){ .client = &self->b, .stop = &stop };
		ASSERT_EQ(0, task_start(&tasks[i], look, &lookers[i]));
	}
	for (i = 1; i < 600; i++) {
		id = id_of(i);
		ASSERT_EQ(0, object_put(&self->a, id, id.byte, sizeof(id.byte)));
		ASSERT_EQ(0, name_bind(&self->a, id, "moving", PLASMA_NAME_REPLACE));
	}
	for (i = 0; i < 2; i++)
		while (!lookers[i].looks)
			sleep_ms(1);
	stop = true;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, task_join(&tasks[i]));
		EXPECT_EQ(0, lookers[i].missing);
		EXPECT_EQ(0, lookers[i].wrong);
	}
	EXPECT_EQ(1, ns_info(&self->a).objects);
	EXPECT_EQ(1, ns_info(&self->a).names);
}

/* --- bound when made ---------------------------------------------------------- */

TEST_F(names, at_create)
{
	struct blob blob = { .size = 10, .name = "name" };
	struct plasma_object_info info;

	ASSERT_EQ(0, object_create_with(&self->a, id_of(1), &blob, 0, NULL));
	EXPECT_EQ(1, named(&self->b, "name"));
	ASSERT_EQ(0, object_stat(&self->b, id_of(1), &info));
	EXPECT_EQ(PLASMA_STATE_CREATED, info.state);
	EXPECT_STREQ("name", (char *)info.name);
	/* The name is taken: nothing has been made. */
	EXPECT_EQ(-EEXIST, object_create_with(&self->b, id_of(2), &blob, 0, NULL));
	EXPECT_EQ(-ENOENT, object_refs(&self->b, id_of(2)));
	EXPECT_EQ(1, named(&self->b, "name"));
	EXPECT_EQ(10, ns_info(&self->a).used);
	ASSERT_EQ(0, object_abort(&self->a, id_of(1)));
	EXPECT_EQ(0, object_create_with(&self->b, id_of(2), &blob, 0, NULL));
	EXPECT_EQ(2, named(&self->a, "name"));
}

TEST_F(names, at_put)
{
	struct blob blob = { .data = "1234", .size = 4, .name = "name" };

	ASSERT_EQ(0, object_put_with(&self->a, id_of(1), &blob, 0, NULL));
	EXPECT_EQ(1, named(&self->b, "name"));
	EXPECT_EQ(-EEXIST, object_put_with(&self->a, id_of(2), &blob, 0, NULL));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(2)));
	EXPECT_EQ(4, ns_info(&self->a).used);
	EXPECT_EQ(-EEXIST, object_put_with(&self->a, id_of(1), &blob, PLASMA_PUT_REPLACE,
					   NULL));
	EXPECT_EQ(1, named(&self->b, "name"));
	ASSERT_EQ(0, object_put_with(&self->b, id_of(2), &blob,
				     PLASMA_PUT_REPLACE | PLASMA_PUT_HOLD, NULL));
	EXPECT_EQ(2, named(&self->a, "name"));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
	/* Held, the old one goes later. */
	ASSERT_EQ(0, object_put_with(&self->a, id_of(3), &blob, PLASMA_PUT_REPLACE, NULL));
	EXPECT_EQ(3, named(&self->a, "name"));
	EXPECT_EQ(1, object_refs(&self->a, id_of(2)));
	ASSERT_EQ(0, object_release(&self->b, id_of(2)));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(2)));
	/* To replace nothing is to bind. */
	blob.name = "fresh";
	ASSERT_EQ(0, object_put_with(&self->a, id_of(4), &blob, PLASMA_PUT_REPLACE, NULL));
	EXPECT_EQ(4, named(&self->a, "fresh"));
	EXPECT_EQ(2, ns_info(&self->a).names);
}

TEST_F(names, at_seal)
{
	struct plasma_object_info info;

	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	ASSERT_EQ(0, object_create(&self->a, id_of(2), 10, NULL));
	/* What cannot be named stays unsealed, and may be tried again. */
	EXPECT_EQ(-EEXIST, object_seal_named(&self->a, id_of(2), 0, "name"));
	EXPECT_EQ(-EINVAL, object_seal_named(&self->a, id_of(2), 0, "na\nme"));
	ASSERT_EQ(0, object_stat(&self->a, id_of(2), &info));
	EXPECT_EQ(PLASMA_STATE_CREATED, info.state);
	EXPECT_EQ(1, info.refs);
	EXPECT_EQ(0, info.name_len);
	ASSERT_EQ(0, object_seal_named(&self->a, id_of(2),
				       PLASMA_SEAL_REPLACE | PLASMA_SEAL_RELEASE, "name"));
	EXPECT_EQ(2, named(&self->b, "name"));
	EXPECT_EQ(-ENOENT, object_refs(&self->a, id_of(1)));
	EXPECT_EQ(0, object_refs(&self->a, id_of(2)));

	/* One that has a name gets no second one, but may be given its own again. */
	ASSERT_EQ(0, object_create(&self->a, id_of(3), 10, NULL));
	ASSERT_EQ(0, name_bind(&self->a, id_of(3), "third", 0));
	EXPECT_EQ(-EBUSY, object_seal_named(&self->a, id_of(3), 0, "fourth"));
	ASSERT_EQ(0, object_seal_named(&self->a, id_of(3), 0, "third"));
	EXPECT_EQ(3, named(&self->b, "third"));
	EXPECT_EQ(2, ns_info(&self->a).names);
}

TEST_F(names, that_are_none)
{
	char name[PLASMA_NAME_MAX + 2] = {};
	struct blob blob = { .data = "x", .size = 1, .name = name };

	memset(name, 'n', PLASMA_NAME_MAX + 1);
	EXPECT_EQ(-ENAMETOOLONG, object_create_with(&self->a, id_of(1), &blob, 0, NULL));
	EXPECT_EQ(-ENAMETOOLONG, object_put_with(&self->a, id_of(1), &blob, 0, NULL));
	name[3] = 7;
	name[4] = 0;
	EXPECT_EQ(-EINVAL, object_create_with(&self->a, id_of(1), &blob, 0, NULL));
	EXPECT_EQ(-EINVAL, object_put_with(&self->a, id_of(1), &blob, 0, NULL));
	EXPECT_EQ(0, ns_info(&self->a).objects);
	name[0] = 0;
	EXPECT_EQ(0, object_put_with(&self->a, id_of(1), &blob, 0, NULL));
	EXPECT_EQ(0, ns_info(&self->a).names);
}

/* --- get by name ---------------------------------------------------------------- */

static int number_of(struct client *c, const struct plasma_get_entry *entry)
{
	int number;

	memcpy(&number, c->read + entry->offset, sizeof(number));
	return entry->data_size == sizeof(number) ? number : -1;
}

TEST_F(names, get)
{
	struct plasma_get_entry entry;
	struct id id = id_of(1);

	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, name_bind(&self->a, id, "name", 0));
	ASSERT_EQ(0, name_get(&self->b, "name", NOW, &entry));
	EXPECT_TRUE(id_equal(entry.id, &id));
	EXPECT_EQ(sizeof(int), entry.data_size);
	EXPECT_EQ(0, entry.metadata_size);
	EXPECT_EQ(1, number_of(&self->b, &entry));
	EXPECT_EQ(1, object_refs(&self->a, id));
	/* It is a get as any: counted, and given back by id or by place. */
	ASSERT_EQ(0, name_get(&self->b, "name", PLASMA_FOREVER, &entry));
	ASSERT_EQ(0, object_release(&self->b, id));
	ASSERT_EQ(0, object_release_at(&self->b, id, entry.offset));
	EXPECT_EQ(-ENOENT, object_release(&self->b, id));
}

TEST_F(names, get_of_what_is_not_there)
{
	struct plasma_get_entry entry;
	__u64 deadline;

	EXPECT_EQ(-ENOENT, name_get(&self->a, "name", NOW, &entry));
	EXPECT_EQ(0, entry.offset);
	EXPECT_EQ(0, entry.data_size);
	EXPECT_EQ(-ENOENT, name_get(&self->a, "name", 1, &entry));
	EXPECT_EQ(-ENOENT, name_get(&self->a, "name", now_ns() - 1, &entry));
	ASSERT_EQ(0, object_create(&self->a, id_of(1), 10, NULL));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	EXPECT_EQ(-EINPROGRESS, name_get(&self->a, "name", NOW, &entry));
	deadline = in_ms(30);
	EXPECT_EQ(-EINPROGRESS, name_get(&self->a, "name", deadline, &entry));
	EXPECT_LE(deadline, now_ns());
	deadline = in_ms(30);
	EXPECT_EQ(-ENOENT, name_get(&self->a, "other", deadline, &entry));
	EXPECT_LE(deadline, now_ns());
	EXPECT_EQ(-EINVAL, name_get(&self->a, "", NOW, &entry));
	EXPECT_EQ(-EINVAL, name_get(&self->a, "\n", PLASMA_FOREVER, &entry));
	EXPECT_EQ(0, ns_info(&self->a).waiters);
	EXPECT_EQ(0, ns_info(&self->a).in_use);
}

struct getter {
	struct client *client;
	const char *name;
	__u64 deadline;
	struct plasma_get_entry entry;
	int ret;
};

static int get_named(void *arg)
{
	struct getter *getter = arg;

	getter->ret = name_get(getter->client, getter->name, getter->deadline,
			       &getter->entry);
	return 0;
}

static int start(struct task *task, struct getter *getter, struct client *c)
{
	*getter = (struct getter){ .client = c, .name = "name",
				   .deadline = PLASMA_FOREVER };
	return task_start(task, get_named, getter) || wait_waiters(c, 1);
}

TEST_F(names, get_waits_for_the_seal)
{
	struct getter getter;
	struct task task;
	__u64 offset;

	/* For a name that does not exist yet, then for one of an unsealed object. */
	ASSERT_EQ(0, start(&task, &getter, &self->b));
	ASSERT_EQ(0, object_create(&self->a, id_of(1), sizeof(int), &offset));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	ASSERT_EQ(0, put(&self->a, 2));
	ASSERT_EQ(0, name_bind(&self->a, id_of(2), "another", 0));
	EXPECT_EQ(1, ns_info(&self->a).waiters);
	memcpy(self->a.write + offset, &(int){ 1 }, sizeof(int));
	ASSERT_EQ(0, object_seal(&self->a, id_of(1), PLASMA_SEAL_RELEASE));
	ASSERT_EQ(0, task_join(&task));
	ASSERT_EQ(0, getter.ret);
	EXPECT_EQ(1, number_of(&self->b, &getter.entry));
	EXPECT_EQ(1, object_refs(&self->a, id_of(1)));
}

TEST_F(names, get_waits_for_the_name)
{
	struct blob blob = { .data = &(int){ 3 }, .size = sizeof(int), .name = "name" };
	struct getter getter;
	struct task task;
	unsigned int way;

	for (way = 0; way < 4; way++) {
		ASSERT_EQ(0, start(&task, &getter, &self->b));
		switch (way) {
		case 0:	/* bound to what is sealed */
			ASSERT_EQ(0, put(&self->a, 3));
			EXPECT_EQ(1, ns_info(&self->a).waiters);
			ASSERT_EQ(0, name_bind(&self->a, id_of(3), "name", 0));
			break;
		case 1:	/* put with it */
			ASSERT_EQ(0, object_put_with(&self->a, id_of(3), &blob, 0, NULL));
			break;
		case 2:	/* sealed with it */
			ASSERT_EQ(0, object_create(&self->a, id_of(3), sizeof(int), NULL));
			ASSERT_EQ(0, object_seal_named(&self->a, id_of(3), 0, "name"));
			ASSERT_EQ(0, object_release(&self->a, id_of(3)));
			break;
		case 3:	/* an unsealed one loses it to a sealed one */
			ASSERT_EQ(0, object_create(&self->a, id_of(4), 10, NULL));
			ASSERT_EQ(0, name_bind(&self->a, id_of(4), "name", 0));
			ASSERT_EQ(0, put(&self->a, 3));
			EXPECT_EQ(1, ns_info(&self->a).waiters);
			ASSERT_EQ(0, name_bind(&self->a, id_of(3), "name",
					       PLASMA_NAME_REPLACE));
			break;
		}
		ASSERT_EQ(0, task_join(&task));
		ASSERT_EQ(0, getter.ret) TH_LOG("way %u", way);
		EXPECT_EQ(0, memcmp(getter.entry.id, id_of(3).byte, PLASMA_ID_SIZE));
		ASSERT_EQ(0, object_release(&self->b, id_of(3)));
		ASSERT_EQ(0, object_delete(&self->b, id_of(3)));
	}
}

TEST_F(names, get_and_removal)
{
	struct getter getter;
	struct task task;

	ASSERT_EQ(0, start(&task, &getter, &self->b));
	ASSERT_EQ(0, ns_remove(self->a.fd, self->a.name, PLASMA_NS_REMOVE_FORCE));
	ASSERT_EQ(0, task_join(&task));
	EXPECT_EQ(-EIDRM, getter.ret);
}

static void on_signal(int number)
{
	(void)number;
}

static int get_interrupted(void *arg)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct plasma_get_entry entry;
	struct client c;

	CHECK_EQ(0, client_join(&c, arg));
	sigaction(SIGUSR1, &action, NULL);
	CHECK_EQ(-EINTR, name_get(&c, "name", PLASMA_FOREVER, &entry));
	CHECK_EQ(0, object_put(&c, id_of(90), "", 0));
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	CHECK_EQ(0, name_get(&c, "name", PLASMA_FOREVER, &entry));
	return 0;
}

TEST_F(names, get_and_signals)
{
	struct plasma_get_entry entry;
	pid_t pid = spawn(get_interrupted, &self->a);

	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	kill(pid, SIGUSR1);
	while (object_refs(&self->a, id_of(90)) == -ENOENT)
		sleep_ms(1);
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	kill(pid, SIGUSR1);
	sleep_ms(50);
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	EXPECT_EQ(0, reap(pid));
	ASSERT_EQ(0, wait_waiters(&self->a, 0));

	/* Killed, it leaves no trace. */
	ASSERT_EQ(0, object_delete(&self->a, id_of(1)));
	pid = spawn(get_interrupted, &self->a);
	ASSERT_EQ(0, wait_waiters(&self->a, 1));
	EXPECT_EQ(-SIGKILL, kill_and_reap(pid));
	EXPECT_EQ(0, wait_waiters(&self->a, 0));
	ASSERT_EQ(0, put(&self->a, 1));
	ASSERT_EQ(0, name_bind(&self->a, id_of(1), "name", 0));
	ASSERT_EQ(0, name_get(&self->a, "name", NOW, &entry));
}

/* Held by name while it moves on: always there, always whole, old or new. */
static int get_moving(void *arg)
{
	struct looker *looker = arg;
	struct plasma_get_entry entry;
	int ret;

	while (!*looker->stop) {
		ret = name_get(looker->client, "moving", NOW, &entry);
		if (ret) {
			looker->missing++;
			continue;
		}
		looker->looks++;
		if (memcmp(looker->client->read + entry.offset, entry.id, sizeof(entry.id)))
			looker->wrong++;
		if (object_release_at(looker->client, *(struct id *)entry.id, entry.offset))
			looker->wrong++;
	}
	return 0;
}

TEST_F(names, put_over_and_over)
{
	struct looker lookers[2];
	volatile bool stop = false;
	struct blob blob = { .size = PLASMA_ID_SIZE, .name = "moving" };
	struct task tasks[2];
	unsigned int i;
	struct id id;

	for (i = 0; i < 1000; i++) {
		id = id_of(i);
		blob.data = id.byte;
		ASSERT_EQ(0, object_put_with(&self->a, id, &blob, PLASMA_PUT_REPLACE, NULL));
		if (i)
			continue;
		lookers[0] = (struct looker){ .client = &self->b, .stop = &stop };
		lookers[1] = (struct looker){ .client = &self->b, .stop = &stop };
		ASSERT_EQ(0, task_start(&tasks[0], get_moving, &lookers[0]));
		ASSERT_EQ(0, task_start(&tasks[1], get_moving, &lookers[1]));
	}
	for (i = 0; i < 2; i++)
		while (!lookers[i].looks)
			sleep_ms(1);
	stop = true;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, task_join(&tasks[i]));
		EXPECT_EQ(0, lookers[i].missing);
		EXPECT_EQ(0, lookers[i].wrong);
	}
	EXPECT_EQ(1, ns_info(&self->a).objects);
	EXPECT_EQ(0, ns_info(&self->a).in_use);
}

TEST_HARNESS_MAIN
