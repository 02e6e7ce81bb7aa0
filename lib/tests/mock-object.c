// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The objects of the store that is a file. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "mock.h"

static int *bucket(const uint8_t *id)
{
	unsigned int hash = 0, i;

	for (i = 0; i < PLASMA_ID_SIZE; i++)
		hash = hash * 31 + id[i];
	return &mock->buckets[hash % MOCK_BUCKETS];
}

static struct mock_object *find_in(int space, const uint8_t *id, bool hidden)
{
	int at;

	for (at = *bucket(id); at >= 0; at = mock->objects[at].next) {
		struct mock_object *obj = &mock->objects[at];

		if (obj->space == space && obj->hidden == hidden &&
		    !memcmp(obj->id, id, PLASMA_ID_SIZE))
			return obj;
	}
	return NULL;
}

struct mock_object *mock_find(int space, const uint8_t *id)
{
	return find_in(space, id, false);
}

struct mock_object *mock_find_name(int space, const void *name, uint32_t len)
{
	int i;

	for (i = 0; i < mock->top && len; i++) {
		struct mock_object *obj = &mock->objects[i];

		if (obj->state && obj->space == space && obj->name_len == len &&
		    !memcmp(obj->name, name, len))
			return obj;
	}
	return NULL;
}

struct mock_object *mock_held(int client, int space, const uint8_t *id, const uint64_t *offset)
{
	struct mock_object *hidden = NULL;
	int at;

	for (at = *bucket(id); at >= 0; at = mock->objects[at].next) {
		struct mock_object *obj = &mock->objects[at];

		if (obj->space != space || memcmp(obj->id, id, PLASMA_ID_SIZE) ||
		    !obj->holds[client] || (offset && obj->offset != *offset))
			continue;
		if (!obj->hidden)
			return obj;
		hidden = obj;
	}
	return hidden;
}

unsigned int mock_users(const struct mock_object *obj)
{
	unsigned int users = 0, i;

	for (i = 0; i < MOCK_CLIENTS; i++)
		users += obj->holds[i] > 0;
	return users;
}

static uint64_t bytes(const struct mock_object *obj)
{
	return obj->data_size + obj->metadata_size;
}

uint64_t mock_used(int space)
{
	uint64_t used = 0;
	int i;

	for (i = 0; i < mock->top; i++)
		if (mock->objects[i].state && mock->objects[i].space == space)
			used += bytes(&mock->objects[i]);
	return used;
}

static struct mock_object *oldest(int space)
{
	struct mock_object *found = NULL;
	int i;

	for (i = 0; i < mock->top; i++) {
		struct mock_object *obj = &mock->objects[i];

		if (obj->state == SEALED && obj->space == space && !obj->keep &&
		    !mock_users(obj) && (!found || obj->used < found->used))
			found = obj;
	}
	return found;
}

uint64_t mock_evict(int space, uint64_t wanted, uint64_t *objects)
{
	struct mock_object *obj;
	uint64_t done = 0;

	while (done < wanted && (obj = oldest(space))) {
		done += bytes(obj);
		++*objects;
		memcpy(mock->spaces[space].ghost, obj->id, PLASMA_ID_SIZE);
		mock_tell(space, PLASMA_EVENT_EVICT, obj);
		mock_drop(obj);
	}
	mock->spaces[space].evicted_bytes += done;
	mock->spaces[space].evictions += *objects;
	return done;
}

static uint64_t place(uint64_t size)
{
	uint64_t at = mock->brk;

	mock->brk += (size + MOCK_PAGE) & ~(MOCK_PAGE - 1);
	return at;
}

static struct mock_object *vacant(void)
{
	int i;

	for (i = 0; i < MOCK_OBJECTS && mock->objects[i].state; i++)
		;
	if (i == MOCK_OBJECTS)
		return NULL;
	if (i >= mock->top)
		mock->top = i + 1;
	return &mock->objects[i];
}

int mock_make(int client, int space, const struct mock_object *like, bool may_evict,
	      struct mock_object **made)
{
	struct mock_space *s = &mock->spaces[space];
	uint64_t used = mock_used(space), evicted = 0;
	struct mock_object *obj;
	struct timespec now;

	if (mock_find(space, like->id))
		return -EEXIST;
	if (bytes(like) > s->capacity)
		return -ENOSPC;
	if (used + bytes(like) > s->capacity && may_evict)
		used -= mock_evict(space, used + bytes(like) - s->capacity, &evicted);
	obj = vacant();
	if (used + bytes(like) > s->capacity || mock->brk + bytes(like) > MOCK_WINDOW / 2 || !obj)
		return -ENOSPC;
	clock_gettime(CLOCK_REALTIME, &now);
	*obj = *like;
	obj->state = CREATED;
	obj->space = space;
	obj->creator = client;
	obj->pid = getpid();
	obj->born_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	obj->offset = place(bytes(like));
	obj->metadata_at = place(like->metadata_size);
	obj->next = *bucket(obj->id);
	*bucket(obj->id) = (int)(obj - mock->objects);
	*made = obj;
	return 0;
}

int mock_set_name(struct mock_object *obj, const uint8_t *name, uint32_t len, bool replace)
{
	struct mock_object *old = mock_find_name(obj->space, name, len);

	if (old == obj || !len)
		return 0;
	if (obj->name_len)
		return -EBUSY;
	if (old && !replace)
		return -EEXIST;
	if (old) {
		old->name_len = 0;
		mock_delete(old, false);
	}
	memcpy(obj->name, name, len);
	obj->name_len = len;
	return 0;
}

void mock_publish(struct mock_object *obj)
{
	memcpy(mock_at(obj->offset + obj->data_size), mock_at(obj->metadata_at),
	       obj->metadata_size);
	obj->state = SEALED;
	obj->creator = -1;
	obj->used = ++mock->serial;
	mock_tell(obj->space, PLASMA_EVENT_SEAL, obj);
	if (obj->doomed && !mock_users(obj))
		mock_delete(obj, false);
}

void mock_drop(struct mock_object *obj)
{
	int *link = bucket(obj->id);

	while (&mock->objects[*link] != obj)
		link = &mock->objects[*link].next;
	*link = obj->next;
	madvise(mock_at(obj->offset), (bytes(obj) + MOCK_PAGE) & ~(MOCK_PAGE - 1), MADV_REMOVE);
	obj->state = FREE;
}

int mock_delete(struct mock_object *obj, bool hide)
{
	if (obj->state == SEALED && !mock_users(obj)) {
		if (!obj->hidden)
			mock_tell(obj->space, PLASMA_EVENT_DELETE, obj);
		mock_drop(obj);
		return 0;
	}
	obj->doomed = true;
	if (hide && obj->state == SEALED) {
		obj->hidden = true;
		obj->name_len = 0;
		mock_tell(obj->space, PLASMA_EVENT_DELETE, obj);
	}
	return PLASMA_DELETE_PENDING;
}

void mock_unhold(struct mock_object *obj, int client, unsigned int count)
{
	obj->holds[client] -= count;
	if (obj->state != SEALED || mock_users(obj))
		return;
	obj->used = ++mock->serial;
	if (obj->doomed)
		mock_delete(obj, false);
}

void mock_end_space(int space)
{
	int i;

	mock->spaces[space].removed = true;
	mock->spaces[space].name_len = 0;
	mock_tell(space, PLASMA_EVENT_REMOVED, NULL);
	for (i = 0; i < mock->top; i++)
		if (mock->objects[i].state && mock->objects[i].space == space)
			mock_drop(&mock->objects[i]);
}

void mock_end_client(int client)
{
	int i;

	for (i = 1; i < MOCK_SPACES; i++)
		if (mock->spaces[i].used && !mock->spaces[i].removed &&
		    mock->spaces[i].creator == client)
			mock_end_space(i);
	for (i = 0; i < mock->top; i++) {
		struct mock_object *obj = &mock->objects[i];

		if (obj->state == CREATED && obj->creator == client)
			mock_drop(obj);
		else if (obj->state && obj->holds[client])
			mock_unhold(obj, client, obj->holds[client]);
	}
	for (i = 0; i < MOCK_SPACES; i++)
		if (mock->spaces[i].creator == client)
			mock->spaces[i].creator = -1;
	mock->clients[client].opens = 0;
}
