// SPDX-License-Identifier: GPL-2.0-only
/*
 * A namespace as its documents describe it, without any of its difficulties: one list of
 * objects that is looked through from end to end.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"

void model_init(struct model *m, __u64 capacity)
{
	memset(m, 0, sizeof(*m));
	m->capacity = capacity;
	m->common.there = true;
	m->common.capacity = capacity;
}

static bool exists(const struct object *o)
{
	return o->state != ABSENT;
}

static __u64 bytes_of(const struct object *o)
{
	return o->size + o->metadata;
}

/* A part of a whole, which may be too large to be multiplied. */
static __u64 percent_of(__u64 whole, unsigned int percent)
{
	return whole / 100 * percent + whole % 100 * percent / 100;
}

#define for_each_object(m, o)							\
	for ((o) = (m)->objects; (o) < (m)->objects + FUZZ_OBJECTS; (o)++)	\
		if (exists(o))

struct object *model_find(struct model *m, unsigned int id)
{
	struct object *o;

	for_each_object(m, o)
		if (o->id == id && !o->hidden)
			return o;
	return NULL;
}

struct object *model_named(struct model *m, unsigned int name)
{
	struct object *o;

	for_each_object(m, o)
		if (name && o->name == name)
			return o;
	return NULL;
}

/* What a client holds of an id, or pins: the newest. */
struct object *model_held(struct model *m, unsigned int client, unsigned int id, bool pinned)
{
	struct object *o, *found = NULL;

	for_each_object(m, o)
		if (o->id == id && (pinned ? o->pins[client] : o->holds[client]) &&
		    (!found || o->made > found->made))
			found = o;
	return found;
}

bool model_has_pins(struct model *m)
{
	struct object *o;
	unsigned int i;

	for_each_object(m, o)
		for (i = 0; i < FUZZ_CLIENTS; i++)
			if (o->pins[i])
				return true;
	return false;
}

unsigned int model_users(const struct object *o)
{
	unsigned int i, users = o->exports;

	for (i = 0; i < FUZZ_CLIENTS; i++)
		users += !!o->holds[i];
	return users;
}

bool model_evictable(const struct model *m, const struct object *o)
{
	return o->state == SEALED && !model_users(o) && (!o->keep || m->defect);
}

__u64 model_used(const struct model *m, int pool)
{
	const struct object *o;
	__u64 used = 0;

	for_each_object(m, o)
		if (o->pool == pool)
			used += bytes_of(o);
	return used;
}

static __u64 evictable_in(const struct model *m, int pool)
{
	const struct object *o;
	__u64 bytes = 0;

	for_each_object(m, o)
		if (o->pool == pool && model_evictable(m, o))
			bytes += bytes_of(o);
	return bytes;
}

struct pool *model_pool(struct model *m, int pool)
{
	return pool == COMMON ? &m->common : &m->quotas[pool];
}

int model_pool_of(const struct model *m, unsigned int client)
{
	return m->quotas[client].there ? (int)client : COMMON;
}

/* --- what happens to objects ----------------------------------------------------------- */

static void tell(struct model *m, const struct object *o, __u32 type)
{
	struct listener *l;

	m->serial++;
	for (l = m->listeners; l < m->listeners + FUZZ_FDS; l++) {
		if (!l->there)
			continue;
		if (l->lost || l->count == l->room || l->count == FUZZ_EVENTS) {
			l->lost++;
			continue;
		}
		l->told[l->count++] = (struct told) {
			.type = type,
			.id = o->id,
			.size = o->size,
			.metadata = o->metadata,
			.serial = m->serial,
		};
	}
}

static void place(struct model *m, struct object *o)
{
	o->place = ++m->clock;
}

static void end(struct model *m, struct object *o, __u32 event)
{
	if (o->state == SEALED && !o->hidden)
		tell(m, o, event);
	memset(o, 0, sizeof(*o));
}

/* A use has come or gone. */
static void used(struct model *m, struct object *o)
{
	if (o->state != SEALED)
		return;
	place(m, o);
	if (!model_users(o) && o->pending)
		end(m, o, PLASMA_EVENT_DELETE);
}

static void publish(struct model *m, struct object *o)
{
	unsigned int i;

	o->state = SEALED;
	o->creator = -1;
	place(m, o);
	m->ghosts[o->id] = false;
	tell(m, o, PLASMA_EVENT_SEAL);
	for (i = 0; i < FUZZ_FDS; i++)
		if (m->pending_there[i] && m->pending_id[i] == o->id)
			m->pending_sealed[i] = true;
	if (!model_users(o) && o->pending)
		end(m, o, PLASMA_EVENT_DELETE);
}

static int delete_object(struct model *m, struct object *o, bool hide)
{
	if (o->state == SEALED && !model_users(o)) {
		end(m, o, PLASMA_EVENT_DELETE);
		return 0;
	}
	o->pending = true;
	if (hide && o->state == SEALED) {
		tell(m, o, PLASMA_EVENT_DELETE);
		o->hidden = true;
		o->name = 0;
	}
	return PLASMA_DELETE_PENDING;
}

static int give_name(struct model *m, struct object *o, unsigned int name, bool replace)
{
	struct object *former = model_named(m, name);

	if (!name || former == o)
		return 0;
	if (o->name)
		return -EBUSY;
	if (former && !replace)
		return -EEXIST;
	o->name = name;
	if (former) {
		former->name = 0;
		delete_object(m, former, false);
	}
	return 0;
}

/* --- room ------------------------------------------------------------------------------ */

static struct object *oldest(struct model *m, int pool, bool evictable)
{
	struct object *o, *first = NULL;

	for_each_object(m, o) {
		if (o->pool != pool || o->state != SEALED || model_evictable(m, o) != evictable)
			continue;
		if (!first || o->place < first->place)
			first = o;
	}
	return first;
}

static __u64 evict(struct model *m, int pool, __u64 bytes, __u64 *count)
{
	__u64 freed = 0;
	struct object *o;

	while (freed < bytes) {
		o = oldest(m, pool, true);
		if (!o)
			break;
		freed += bytes_of(o);
		++*count;
		model_pool(m, pool)->evictions++;
		model_pool(m, pool)->evicted_bytes += bytes_of(o);
		m->ghosts[o->id] = true;
		end(m, o, PLASMA_EVENT_EVICT);
	}
	return freed;
}

/* What may be evicted of a pool, and what is free in it. */
static __u64 room_in(struct model *m, int pool)
{
	return model_pool(m, pool)->capacity - model_used(m, pool) + evictable_in(m, pool);
}

static int make_room(struct model *m, int pool, __u64 need, bool may_evict)
{
	struct pool *p = model_pool(m, pool);
	__u64 left = p->capacity - model_used(m, pool), count = 0, batch;

	if (need <= left)
		return 0;
	if (!may_evict || need > room_in(m, pool))
		return -ENOSPC;
	batch = percent_of(p->capacity, m->percent);
	evict(m, pool, need - left > batch ? need - left : batch, &count);
	return 0;
}

/* Which of two in use is handed over first: one that is sealed, or else the older. */
static bool goes_before(const struct object *a, const struct object *b)
{
	if (a->state != b->state)
		return a->state == SEALED;
	return a->state == SEALED ? a->place < b->place : a->made < b->made;
}

/* The next to be handed over of those that were @chosen, or were not but could be. */
static struct object *next_in_use(struct model *m, unsigned int client, bool chosen)
{
	struct object *o, *first = NULL;

	for_each_object(m, o) {
		if (o->pool != (int)client || o->chosen != chosen || !bytes_of(o))
			continue;
		if (o->state != CREATED && (o->state != SEALED || model_evictable(m, o)))
			continue;
		if (!first || goes_before(o, first))
			first = o;
	}
	return first;
}

static void give_away(struct model *m, struct object *o)
{
	o->pool = COMMON;
	if (o->state == SEALED)
		place(m, o);
}

/* As many as it takes, or none. */
static int hand_over(struct model *m, unsigned int client, __u64 need, bool may_evict)
{
	__u64 left = m->quotas[client].capacity - model_used(m, client), bytes = 0;
	struct object *o;

	for_each_object(m, o)
		o->chosen = false;
	while (need > left + bytes) {
		o = next_in_use(m, client, false);
		if (!o)
			return -ENOSPC;
		o->chosen = true;
		bytes += bytes_of(o);
	}
	if (make_room(m, COMMON, bytes, may_evict))
		return -ENOSPC;
	while ((o = next_in_use(m, client, true)))
		give_away(m, o);
	return 0;
}

static int reserve(struct model *m, unsigned int client, __u64 need, bool may_evict)
{
	struct pool *quota = &m->quotas[client];
	__u64 count = 0;

	if (!quota->there)
		return make_room(m, COMMON, need, may_evict);
	if (need > quota->capacity)
		return -EDQUOT;
	if (!make_room(m, client, need, may_evict))
		return 0;
	if (may_evict) {
		/* The common part could not take what would still be in the quota. */
		if (need > room_in(m, client) + room_in(m, COMMON))
			return -ENOSPC;
		evict(m, client, evictable_in(m, client), &count);
	}
	return hand_over(m, client, need, may_evict);
}

/* --- commands -------------------------------------------------------------------------- */

static int make(struct model *m, const struct op *op, unsigned int id, __u64 size,
		struct object **made)
{
	bool may_evict = !(op->flags & PLASMA_CREATE_NO_EVICT);
	struct object *o;
	int ret;

	if (model_find(m, id))
		return -EEXIST;
	ret = reserve(m, op->client, size + op->metadata, may_evict);
	if (ret)
		return ret;
	for (o = m->objects; exists(o); o++)
		;
	*o = (struct object) {
		.state = NEW,
		.id = id,
		.creator = op->client,
		.pool = model_pool_of(m, op->client),
		.size = size,
		.metadata = op->metadata,
		.seed = op->seed,
		.metadata_seed = op->seed,
		.keep = op->flags & PLASMA_CREATE_KEEP,
		.made = ++m->clock,
	};
	*made = o;
	return 0;
}

int model_create(struct model *m, const struct op *op, struct object **made)
{
	struct object *o = NULL;
	int ret = make(m, op, op->id, op->size, &o);

	if (ret)
		return ret;
	ret = give_name(m, o, op->name, false);
	if (ret) {
		memset(o, 0, sizeof(*o));
		return ret;
	}
	o->state = CREATED;
	o->holds[op->client] = 1;
	*made = o;
	return 0;
}

int model_put(struct model *m, const struct op *op, struct object **made)
{
	struct object *o = NULL;
	int ret = make(m, op, op->id, op->size, &o);

	if (ret)
		return ret;
	o->filled = o->size;
	ret = give_name(m, o, op->name, op->flags & PLASMA_PUT_REPLACE);
	if (ret) {
		memset(o, 0, sizeof(*o));
		return ret;
	}
	if (op->flags & PLASMA_PUT_HOLD)
		o->holds[op->client] = 1;
	publish(m, o);
	*made = o;
	return 0;
}

int model_put_batch(struct model *m, const struct op *op, struct object **made,
		    unsigned int *done)
{
	unsigned int i;
	int ret = 0;

	for (*done = 0; *done < FUZZ_BATCH; ++*done) {
		ret = make(m, op, (op->id + *done * (op->seed % 3)) % FUZZ_IDS,
			   op->size / (*done + 1), &made[*done]);
		if (ret)
			break;
		made[*done]->filled = made[*done]->size;
		made[*done]->seed += *done;
		made[*done]->metadata_seed += *done;
	}
	for (i = 0; i < *done; i++) {
		if (ret)
			memset(made[i], 0, sizeof(*made[i]));
		else
			publish(m, made[i]);
	}
	return ret;
}

/* May this client write this object? */
static int claim(unsigned int client, const struct object *o)
{
	if (!o)
		return -ENOENT;
	if (o->state == SEALED)
		return -EALREADY;
	return o->creator == (int)client ? 0 : -EPERM;
}

int model_resize(struct model *m, const struct op *op)
{
	struct object *o = model_find(m, op->id);
	int ret = claim(op->client, o);

	if (ret)
		return ret;
	if (op->size > o->size && make_room(m, o->pool, op->size - o->size, true))
		return o->pool == COMMON ? -ENOSPC : -EDQUOT;
	o->size = op->size;
	if (o->filled > o->size)
		o->filled = o->size;
	return 0;
}

int model_seal(struct model *m, unsigned int client, unsigned int id, __u32 flags,
	       unsigned int name)
{
	struct object *o = model_find(m, id);
	int ret = claim(client, o);

	if (!ret)
		ret = give_name(m, o, name, flags & PLASMA_SEAL_REPLACE);
	if (ret)
		return ret;
	if (flags & PLASMA_SEAL_RELEASE && o->holds[client])
		o->holds[client]--;
	publish(m, o);
	return 0;
}

int model_abort(struct model *m, const struct op *op)
{
	struct object *o = model_find(m, op->id);
	int ret = claim(op->client, o);

	if (!ret)
		end(m, o, 0);
	return ret;
}

/* The status of a get that does not wait. */
int model_get(struct model *m, unsigned int client, struct object *o)
{
	if (!o)
		return -ENOENT;
	if (o->state != SEALED)
		return -EINPROGRESS;
	if (!o->holds[client]++ && model_users(o) == 1)
		used(m, o);
	return 0;
}

static void let_go(struct model *m, unsigned int client, struct object *o)
{
	if (!--o->holds[client] && !model_users(o))
		used(m, o);
}

/* By the kernel, which gives back a hold of its own before it does a pin. */
int model_release(struct model *m, unsigned int client, struct object *o)
{
	if (!o)
		return -ENOENT;
	if (o->pins[client] == o->holds[client])
		o->pins[client]--;
	let_go(m, client, o);
	return 0;
}

void model_unpin(struct model *m, unsigned int client, struct object *o)
{
	o->pins[client]--;
	let_go(m, client, o);
}

int model_delete(struct model *m, unsigned int id, bool hide)
{
	struct object *o = model_find(m, id);

	return o ? delete_object(m, o, hide) : -ENOENT;
}

void model_evict(struct model *m, unsigned int client, __u64 bytes, __u64 *freed, __u64 *count)
{
	*count = 0;
	*freed = evict(m, model_pool_of(m, client), bytes, count);
}

int model_refresh(struct model *m, unsigned int id)
{
	struct object *o = model_find(m, id);

	if (!o)
		return -ENOENT;
	if (model_evictable(m, o))
		place(m, o);
	return 0;
}

int model_bind(struct model *m, const struct op *op)
{
	struct object *o = model_find(m, op->id);

	if (!o)
		return -ENOENT;
	if (o->state != SEALED && o->creator != (int)op->client)
		return -EPERM;
	return give_name(m, o, op->name, op->flags & PLASMA_NAME_REPLACE);
}

int model_unbind(struct model *m, unsigned int name)
{
	struct object *o = model_named(m, name);

	if (!o)
		return -ENOENT;
	o->name = 0;
	return 0;
}

int model_set_capacity(struct model *m, __u64 capacity)
{
	__u64 quotas = m->capacity - m->common.capacity, count = 0;
	__u64 in_use = model_used(m, COMMON) - evictable_in(m, COMMON);

	if (capacity < quotas || capacity - quotas < in_use)
		return -ENOSPC;
	if (model_used(m, COMMON) > capacity - quotas)
		evict(m, COMMON, model_used(m, COMMON) - (capacity - quotas), &count);
	m->capacity = capacity;
	m->common.capacity = capacity - quotas;
	return 0;
}

int model_quota(struct model *m, unsigned int client, __u64 bytes)
{
	__u64 most = percent_of(m->capacity, 70);

	if (m->quotas[client].there)
		return -EALREADY;
	if (bytes > most || m->capacity - m->common.capacity > most - bytes)
		return -EDQUOT;
	if (make_room(m, COMMON, bytes, true))
		return -ENOSPC;
	m->common.capacity -= bytes;
	m->quotas[client] = (struct pool) {
		.there = true, .capacity = bytes, .since = ++m->clock,
	};
	return 0;
}

void model_export(struct model *m, unsigned int fd, struct object *o)
{
	m->exported[fd] = o;
	if (!o->exports++ && model_users(o) == 1)
		used(m, o);
}

void model_unexport(struct model *m, unsigned int fd)
{
	struct object *o = m->exported[fd];

	m->exported[fd] = NULL;
	if (!--o->exports && !model_users(o))
		used(m, o);
}

/* What a client leaves behind that holds nothing any more. */
void model_close(struct model *m, unsigned int client)
{
	struct pool *quota = &m->quotas[client];
	struct object *o;

	for_each_object(m, o)
		if (o->state == CREATED && o->creator == (int)client)
			end(m, o, 0);
	if (!quota->there)
		return;
	while ((o = oldest(m, client, true)))
		give_away(m, o);
	while ((o = oldest(m, client, false)))
		give_away(m, o);
	m->common.capacity += quota->capacity;
	m->common.evictions += quota->evictions;
	m->common.evicted_bytes += quota->evicted_bytes;
	memset(quota, 0, sizeof(*quota));
}
