// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of objects.
 */
#include <errno.h>
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
	unsigned int looks;
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
	stop = true;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, task_join(&tasks[i]));
		EXPECT_LT(0, lookers[i].looks);
		EXPECT_EQ(0, lookers[i].missing);
		EXPECT_EQ(0, lookers[i].wrong);
	}
	EXPECT_EQ(1, ns_info(&self->a).objects);
	EXPECT_EQ(1, ns_info(&self->a).names);
}

TEST_HARNESS_MAIN
