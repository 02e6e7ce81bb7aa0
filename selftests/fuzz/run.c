// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine: carries operations out, in a namespace of their own, and compares what
 * comes of each, and what the namespace looks like afterwards, with the model.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "fuzz.h"

/* After one operation of so many everything is looked at, not just the counters. */
#define LOOK_EVERY	16

struct machine {
	struct model model;
	struct client base;	/* whose namespace it is */
	struct client clients[FUZZ_CLIENTS];
	struct indexed index[FUZZ_CLIENTS];
	int exports[FUZZ_FDS];
	int pending[FUZZ_FDS];
	int listeners[FUZZ_FDS];
	struct outcome *out;
};

static void mismatch(struct machine *x, const char *what, long long want, long long have)
{
	if (x->out->failed)
		return;
	x->out->failed = true;
	x->out->what = what;
	x->out->want = want;
	x->out->have = have;
}

static void expect(struct machine *x, const char *what, long long want, long long have)
{
	if (want != have)
		mismatch(x, what, want, have);
}

static struct client *client_of(struct machine *x, const struct op *op)
{
	return &x->clients[op->client];
}

/* Buffers that no operation outgrows; nothing here runs twice at once. */
static __u8 *scratch(void)
{
	static __u8 *buffer;

	if (!buffer)
		buffer = malloc(16 * MIB);
	return buffer;
}

static const void *metadata_for(const struct op *op, __u32 seed)
{
	static __u8 metadata[1024];

	fill(metadata, op->metadata, seed + 7ULL);
	return metadata;
}

/* --- contents -------------------------------------------------------------------------- */

static void check_filled(struct machine *x, const __u8 *at, const struct object *o)
{
	expect(x, "contents", o->filled, matching(at, o->filled, o->seed));
	expect(x, "zeros", o->size - o->filled,
	       leading(at + o->filled, o->size - o->filled, 0));
}

static void check_sealed(struct machine *x, const struct client *c, const struct object *o,
			 __u64 offset)
{
	const __u8 *at = c->read + offset;

	check_filled(x, at, o);
	expect(x, "metadata", o->metadata,
	       matching(at + o->size, o->metadata, o->metadata_seed + 7ULL));
}

static void check_entry(struct machine *x, const struct client *c, struct object *o,
			const struct plasma_get_entry *entry)
{
	struct id id = op_id(o->id);

	if (o->moved)
		o->offset = entry->offset;
	o->moved = false;

	expect(x, "id", true, id_equal(entry->id, &id));
	expect(x, "data_size", o->size, entry->data_size);
	expect(x, "metadata_size", o->metadata, entry->metadata_size);
	expect(x, "offset", o->offset, entry->offset);
	if (!x->out->failed)
		check_sealed(x, c, o, entry->offset);
}

/* A small object moves by its seal, to where it shares a page. */
static void seal_moves(struct machine *x, unsigned int id)
{
	struct object *o = model_find(&x->model, id);

	if (o)
		o->moved = true;
}

/* Where an object is was not predicted; from now on it must be there. */
static void learn_offset(struct machine *x, const struct client *c, struct object *o)
{
	struct plasma_get_entry entry = {};
	struct id id = op_id(o->id);

	memcpy(entry.id, id.byte, sizeof(id.byte));
	expect(x, "look after it", 1,
	       object_get_some(c, &entry, 1, 1, PLASMA_GET_NO_HOLD, NOW));
	o->offset = entry.offset;
}

/* --- one function for each kind -------------------------------------------------------- */

static long long do_create(struct machine *x, const struct op *op)
{
	struct blob blob = {
		.size = op->size,
		.metadata = metadata_for(op, op->seed),
		.metadata_size = op->metadata,
		.name = op_object_name(op->name),
	};
	struct client *c = client_of(x, op);
	struct object *o;
	__u64 offset = 0;
	int want = model_create(&x->model, op, &o);
	/* Without the flag it may hold anything that was sealed here before. */
	int have = object_create_with(c, op_id(op->id), &blob, op->flags | PLASMA_CREATE_ZERO,
				      &offset);

	expect(x, "result", want, have);
	if (want || have)
		return want;
	o->offset = offset;
	check_filled(x, c->write + offset, o);
	return 0;
}

static void poke_others(struct machine *x, const struct op *op, const struct object *o)
{
	struct client *c = client_of(x, op);

	/* Its old place may be somebody else's, and its new one is not known yet. */
	if (o->moved)
		return;
	if (o->size && o->state == SEALED)
		expect(x, "a write to what is sealed", -SIGBUS, poke(c->write + o->offset, 1));
	else if (o->size)
		expect(x, "a write by another", -SIGBUS, poke(c->write + o->offset, 1));
}

static long long do_write(struct machine *x, const struct op *op)
{
	struct object *o = model_find(&x->model, op->id);
	struct client *c = client_of(x, op);

	if (!o)
		return -ENOENT;
	if (o->state == SEALED || o->creator != (int)op->client) {
		poke_others(x, op, o);
		return -EPERM;
	}
	o->seed = op->seed;
	o->filled = o->size;
	fill(c->write + o->offset, o->size, o->seed);
	return 0;
}

static long long do_resize(struct machine *x, const struct op *op)
{
	struct object *o = model_find(&x->model, op->id);
	struct client *c = client_of(x, op);
	__u64 offset = o ? o->offset : 0;
	int want = model_resize(&x->model, op);
	int have = object_resize(c, op_id(op->id), op->size, &offset);

	expect(x, "result", want, have);
	if (want || have)
		return want;
	o->offset = offset;
	check_filled(x, c->write + offset, o);
	return 0;
}

static long long do_seal(struct machine *x, const struct op *op)
{
	struct client *c = client_of(x, op);
	int want = model_seal(&x->model, op->client, op->id, op->flags, op->name);
	int have;

	if (op->name)
		have = object_seal_named(c, op_id(op->id), op->flags, op_object_name(op->name));
	else
		have = object_seal(c, op_id(op->id), op->flags);
	expect(x, "result", want, have);
	if (!want)
		seal_moves(x, op->id);
	return want;
}

static unsigned int batch_id(const struct op *op, unsigned int i)
{
	return (op->id + i * (op->seed % 3)) % FUZZ_IDS;
}

static long long do_seal_batch(struct machine *x, const struct op *op)
{
	struct plasma_id_entry entries[FUZZ_BATCH];
	struct plasma_seal_batch batch = {
		.ns = client_of(x, op)->ns,
		.flags = op->flags,
		.count = FUZZ_BATCH,
		.entry_size = sizeof(entries[0]),
		.entries_ptr = (unsigned long)entries,
	};
	unsigned int i;
	int want = -1;

	for (i = 0; i < FUZZ_BATCH; i++) {
		struct id id = op_id(batch_id(op, i));

		memcpy(entries[i].id, id.byte, sizeof(id.byte));
	}
	expect(x, "result", 0,
	       plasma_ioctl(client_of(x, op)->fd, PLASMA_IOC_SEAL_BATCH, &batch));
	for (i = 0; i < FUZZ_BATCH; i++) {
		want = model_seal(&x->model, op->client, batch_id(op, i), op->flags, 0);
		expect(x, "status", want, entries[i].status);
		if (!want)
			seal_moves(x, batch_id(op, i));
	}
	return want;
}

static long long do_abort(struct machine *x, const struct op *op)
{
	int want = model_abort(&x->model, op);

	expect(x, "result", want, object_abort(client_of(x, op), op_id(op->id)));
	return want;
}

static long long do_put(struct machine *x, const struct op *op)
{
	struct client *c = client_of(x, op);
	struct blob blob = {
		.data = scratch(),
		.size = op->size,
		.metadata = metadata_for(op, op->seed),
		.metadata_size = op->metadata,
		.name = op_object_name(op->name),
	};
	struct object *o;
	__u64 offset = 0;
	int want, have;

	fill(scratch(), op->size, op->seed);
	want = model_put(&x->model, op, &o);
	have = object_put_with(c, op_id(op->id), &blob, op->flags, &offset);
	expect(x, "result", want, have);
	if (!want && !have)
		o->offset = offset;
	return want;
}

static long long do_put_batch(struct machine *x, const struct op *op)
{
	struct plasma_put_entry entries[FUZZ_BATCH] = {};
	struct object *made[FUZZ_BATCH];
	__u8 metadata[FUZZ_BATCH][1024];
	unsigned int i, done;
	__u8 *at = scratch();
	int want, have;

	for (i = 0; i < FUZZ_BATCH; i++) {
		struct plasma_put_entry *e = &entries[i];
		struct id id = op_id(batch_id(op, i));

		memcpy(e->id, id.byte, sizeof(id.byte));
		e->data_ptr = (unsigned long)at;
		e->data_size = op->size / (i + 1);
		e->metadata_ptr = (unsigned long)metadata[i];
		e->metadata_size = op->metadata;
		fill(at, e->data_size, (__u32)(op->seed + i));
		fill(metadata[i], op->metadata, (__u32)(op->seed + i) + 7ULL);
		at += e->data_size ? e->data_size : 1;
	}
	want = model_put_batch(&x->model, op, made, &done);
	have = put_batch(client_of(x, op), entries, FUZZ_BATCH, op->flags);
	expect(x, "result", want, have);
	if (want && have)
		expect(x, "status", want, entries[done].status);
	for (i = 0; i < FUZZ_BATCH && !want && !have; i++)
		learn_offset(x, client_of(x, op), made[i]);
	return want;
}

static long long do_get(struct machine *x, const struct op *op)
{
	struct object *o = model_find(&x->model, op->id);
	struct plasma_get_entry entry;
	int want = model_get(&x->model, op->client, o);
	int have = object_get(client_of(x, op), op_id(op->id), NOW, &entry);

	expect(x, "status", want, have);
	if (!want && !have)
		check_entry(x, client_of(x, op), o, &entry);
	return want;
}

static long long do_get_many(struct machine *x, const struct op *op)
{
	struct plasma_get_entry entries[FUZZ_BATCH] = {};
	int i, ready = 0, want[FUZZ_BATCH];

	for (i = 0; i < FUZZ_BATCH; i++) {
		struct id id = op_id(batch_id(op, i));

		memcpy(entries[i].id, id.byte, sizeof(id.byte));
		want[i] = model_get(&x->model, op->client,
				    model_find(&x->model, batch_id(op, i)));
		ready += !want[i];
	}
	expect(x, "ready", ready, object_get_many(client_of(x, op), entries, FUZZ_BATCH, NOW));
	for (i = 0; i < FUZZ_BATCH && !x->out->failed; i++) {
		expect(x, "status", want[i], entries[i].status);
		if (!want[i])
			check_entry(x, client_of(x, op),
				    model_find(&x->model, batch_id(op, i)), &entries[i]);
	}
	return ready ? 0 : -1;
}

static long long do_name_get(struct machine *x, const struct op *op)
{
	struct object *o = model_named(&x->model, op->name);
	struct plasma_get_entry entry;
	int want = model_get(&x->model, op->client, o);
	int have = name_get(client_of(x, op), op_object_name(op->name), NOW, &entry);

	expect(x, "status", want, have);
	if (!want && !have)
		check_entry(x, client_of(x, op), o, &entry);
	return want;
}

/* What the kernel has told of in the index can be had by pin, and nothing else can. */
static long long do_pin(struct machine *x, const struct op *op)
{
	struct object *o = model_find(&x->model, op->id);
	struct client *c = client_of(x, op);
	struct plasma_get_entry entry;
	__u32 number = indexed_get(&x->index[op->client], c, op_id(op->id), &entry);
	int want;

	expect(x, "to be had by pin", o && o->state == SEALED, !!number);
	if (!number || x->out->failed)
		return -ENOENT;
	want = model_get(&x->model, op->client, o);
	o->pins[op->client]++;
	o->number = number;
	check_entry(x, c, o, &entry);
	return want;
}

static long long do_unpin(struct machine *x, const struct op *op)
{
	struct object *o = model_held(&x->model, op->client, op->id, true);
	struct client *c = client_of(x, op);

	/* What the kernel has heard of makes no difference. */
	if (op->seed % 8 == 0)
		expect(x, "drained", 0, object_reap(c, 0, PLASMA_REAP_DRAIN));
	if (!o)
		return -ENOENT;
	expect(x, "status", 0, indexed_release(&x->index[op->client], c, o->number));
	model_unpin(&x->model, op->client, o);
	return 0;
}

static long long do_release(struct machine *x, const struct op *op)
{
	struct object *o = model_held(&x->model, op->client, op->id, false);
	struct client *c = client_of(x, op);
	int have;

	if (o && op->seed % 2)
		have = object_release_at(c, op_id(op->id), o->offset);
	else
		have = object_release(c, op_id(op->id));
	expect(x, "status", o ? 0 : -ENOENT, have);
	return model_release(&x->model, op->client, o);
}

static long long do_delete(struct machine *x, const struct op *op)
{
	bool hide = op->kind == OP_HIDE;
	struct client *c = client_of(x, op);
	int want = model_delete(&x->model, op->id, hide);

	expect(x, "status", want,
	       hide ? object_hide(c, op_id(op->id)) : object_delete(c, op_id(op->id)));
	return want < 0 ? want : 0;
}

static long long do_evict(struct machine *x, const struct op *op)
{
	struct plasma_evict answer;
	__u64 freed, count;

	model_evict(&x->model, op->client, op->size, &freed, &count);
	expect(x, "result", 0, object_evict(client_of(x, op), op->size, &answer));
	expect(x, "out_bytes", freed, answer.out_bytes);
	expect(x, "out_objects", count, answer.out_objects);
	return count ? 0 : -1;
}

static long long do_refresh(struct machine *x, const struct op *op)
{
	int want = model_refresh(&x->model, op->id);

	expect(x, "status", want, object_refresh(client_of(x, op), op_id(op->id)));
	return want;
}

static long long do_bind(struct machine *x, const struct op *op)
{
	int want = model_bind(&x->model, op);

	expect(x, "result", want, name_bind(client_of(x, op), op_id(op->id),
					    op_object_name(op->name), op->flags));
	return want;
}

static long long do_unbind(struct machine *x, const struct op *op)
{
	int want = model_unbind(&x->model, op->name);

	expect(x, "result", want, name_unbind(client_of(x, op), op_object_name(op->name)));
	return want;
}

static void check_name(struct machine *x, const struct client *c, unsigned int name)
{
	struct object *o = model_named(&x->model, name);
	struct id id, want;
	int have = name_lookup(c, op_object_name(name), &id);

	expect(x, "look-up of a name", o ? 0 : -ENOENT, have);
	if (!o || have)
		return;
	want = op_id(o->id);
	expect(x, "object of a name", true, id_equal(id.byte, &want));
}

static long long do_lookup(struct machine *x, const struct op *op)
{
	check_name(x, client_of(x, op), op->name);
	return model_named(&x->model, op->name) ? 0 : -ENOENT;
}

/* What nothing was written to comes as zeros, and not as what the kernel had there. */
static void check_padding(struct machine *x, __u32 reserved, const __u8 *name, size_t size,
			  size_t len)
{
	expect(x, "reserved member", 0, reserved);
	expect(x, "zeros behind a name", size - len, leading(name + len, size - len, 0));
}

static void check_info(struct machine *x, unsigned int client, const struct object *o,
		       const struct plasma_object_info *info)
{
	const char *name = op_object_name(o->name);
	__u32 flags = 0;

	if (o->keep)
		flags |= PLASMA_OBJECT_KEEP;
	if (o->pending)
		flags |= PLASMA_OBJECT_DELETE_PENDING;
	if (o->holds[client] || o->creator == (int)client)
		flags |= PLASMA_OBJECT_MINE;
	expect(x, "state", o->state == SEALED ? PLASMA_STATE_SEALED : PLASMA_STATE_CREATED,
	       info->state);
	expect(x, "flags", flags, info->flags);
	expect(x, "refs", model_users(o), info->refs);
	expect(x, "data_size", o->size, info->data_size);
	expect(x, "metadata_size", o->metadata, info->metadata_size);
	expect(x, "name_len", name ? strlen(name) : 0, info->name_len);
	if (name)
		expect(x, "name", 0, memcmp(name, info->name, strlen(name)));
	check_padding(x, info->__reserved, info->name, sizeof(info->name),
		      name ? strlen(name) : 0);
}

/* With the metadata; looking at it is no use of the object. */
static int stat_all(const struct client *c, unsigned int number, __u8 *metadata,
		    struct plasma_object_info *info)
{
	struct plasma_stat stat = {
		.ns = c->ns,
		.flags = PLASMA_STAT_EVICTED,
		.info_size = sizeof(*info),
		.info_ptr = (unsigned long)info,
		.metadata_ptr = (unsigned long)metadata,
		.metadata_len = 1024,
	};
	struct id id = op_id(number);

	memset(info, POISON, sizeof(*info));
	memcpy(stat.id, id.byte, sizeof(stat.id));
	return plasma_ioctl(c->fd, PLASMA_IOC_STAT, &stat);
}

/* A few ids of those evicted are forgotten, so 'never seen' may be the answer too. */
static void check_absent(struct machine *x, unsigned int id, int have,
			 const struct plasma_object_info *info)
{
	if (!have && x->model.ghosts[id])
		expect(x, "state", PLASMA_STATE_EVICTED, info->state);
	else
		expect(x, "stat of what is not there", -ENOENT, have);
}

static void check_stat(struct machine *x, unsigned int client, unsigned int id)
{
	struct object *o = model_find(&x->model, id);
	struct plasma_object_info info;
	__u8 metadata[1024];
	int have = stat_all(&x->clients[client], id, metadata, &info);

	if (!o) {
		check_absent(x, id, have, &info);
		return;
	}
	expect(x, "result of stat", 0, have);
	check_info(x, client, o, &info);
	expect(x, "metadata by stat", o->metadata,
	       matching(metadata, o->metadata, o->metadata_seed + 7ULL));
}

static long long do_stat(struct machine *x, const struct op *op)
{
	check_stat(x, op->client, op->id);
	return 0;
}

static long long do_list(struct machine *x, const struct op *op)
{
	struct plasma_object_info infos[FUZZ_IDS];
	bool by_name = op->seed % 3 == 0;
	struct plasma_list list = {
		.flags = by_name ? PLASMA_LIST_BY_NAME : 0,
		.count = 1 + op->seed % FUZZ_IDS,
		.entry_size = sizeof(infos[0]),
		.entries_ptr = (unsigned long)infos,
	};
	bool seen[FUZZ_IDS] = {};
	unsigned int i, j;

	while (list.cursor != PLASMA_CURSOR_END && !x->out->failed) {
		expect(x, "result", 0, object_list(client_of(x, op), &list));
		for (i = 0; i < list.out_count && !x->out->failed; i++) {
			struct object *o = NULL;

			for (j = 0; j < FUZZ_IDS; j++) {
				struct id id = op_id(j);

				if (id_equal(infos[i].id, &id))
					o = model_find(&x->model, j);
			}
			expect(x, "an object in the list", true, o && !seen[o->id]);
			if (!o)
				break;
			seen[o->id] = true;
			check_info(x, op->client, o, &infos[i]);
		}
	}
	for (j = 0; j < FUZZ_IDS; j++) {
		struct object *o = model_find(&x->model, j);

		expect(x, "whether it is listed", o && (!by_name || o->name), seen[j]);
	}
	return 0;
}

static long long do_capacity(struct machine *x, const struct op *op)
{
	int want = model_set_capacity(&x->model, op->size);

	expect(x, "result", want, ns_set_capacity(&x->base, op->size));
	return want;
}

static long long do_percent(struct machine *x, const struct op *op)
{
	struct plasma_ns_set set = {
		.flags = PLASMA_NS_SET_EVICT_PERCENT,
		.evict_percent = op->size,
	};

	x->model.percent = op->size;
	expect(x, "result", 0, ns_set(x->base.fd, x->base.name, &set));
	return 0;
}

static long long do_quota(struct machine *x, const struct op *op)
{
	int want = model_quota(&x->model, op->client, op->size);

	expect(x, "result", want, quota_set(client_of(x, op), "quota", op->size));
	return want;
}

static long long do_export(struct machine *x, const struct op *op)
{
	struct object *o = model_find(&x->model, op->id);
	int want = !o ? -ENOENT : o->state != SEALED ? -EINPROGRESS : 0;
	int have;

	if (x->exports[op->fd] >= 0)
		return -EBUSY;
	have = object_export(client_of(x, op), op_id(op->id));
	expect(x, "result", want, have < 0 ? have : 0);
	if (want || have < 0)
		return want;
	x->exports[op->fd] = have;
	model_export(&x->model, op->fd, o);
	expect(x, "size of a file", o->size, lseek(have, 0, SEEK_END));
	expect(x, "read from a file", o->size, pread(have, scratch(), o->size + 10, 0));
	check_filled(x, scratch(), o);
	return 0;
}

static void check_pending(struct machine *x, unsigned int fd)
{
	int seen = poll_now(x->pending[fd]);

	expect(x, "poll", x->model.pending_sealed[fd] ? POLLIN : 0, seen & (POLLIN | POLLHUP));
}

static long long do_pending(struct machine *x, const struct op *op)
{
	struct model *m = &x->model;
	struct object *o = model_find(m, op->id);
	int fd;

	if (x->pending[op->fd] >= 0) {
		check_pending(x, op->fd);
		return 0;
	}
	fd = object_pending_fd(client_of(x, op), op_id(op->id));
	expect(x, "result", true, fd >= 0);
	x->pending[op->fd] = fd;
	m->pending_there[op->fd] = true;
	m->pending_id[op->fd] = op->id;
	m->pending_sealed[op->fd] = o && o->state == SEALED;
	check_pending(x, op->fd);
	return 0;
}

/* --- events ---------------------------------------------------------------------------- */

static void check_event(struct machine *x, const struct plasma_event *event,
			const struct told *told)
{
	struct id id = op_id(told->id);

	expect(x, "type of event", told->type, event->type);
	expect(x, "flags of event", 0, event->flags);
	expect(x, "object of event", true, id_equal(event->id, &id));
	expect(x, "data_size of event", told->size, event->data_size);
	expect(x, "metadata_size of event", told->metadata, event->metadata_size);
	expect(x, "serial of event", told->serial, event->serial);
	expect(x, "reserved member of event", 0, event->__reserved);
}

static void check_events(struct machine *x, unsigned int fd)
{
	struct listener *l = &x->model.listeners[fd];
	struct plasma_event event;
	unsigned int i;

	for (i = 0; i < l->count && !x->out->failed; i++) {
		expect(x, "an event", sizeof(event), read(x->listeners[fd], &event,
							  sizeof(event)));
		check_event(x, &event, &l->told[i]);
	}
	if (l->lost) {
		expect(x, "an overflow", sizeof(event), read(x->listeners[fd], &event,
							     sizeof(event)));
		expect(x, "type of overflow", PLASMA_EVENT_OVERFLOW, event.type);
		expect(x, "events lost", l->lost, event.data_size);
	}
	expect(x, "no more events", -1, read(x->listeners[fd], &event, sizeof(event)));
	l->count = 0;
	l->lost = 0;
}

/* What was sealed before, in no particular order. */
static void check_replay(struct machine *x, int fd)
{
	struct plasma_event event;
	unsigned int i, told = 0, sealed = 0;

	while (read(fd, &event, sizeof(event)) == sizeof(event)) {
		struct object *o = NULL;

		for (i = 0; i < FUZZ_IDS; i++) {
			struct id id = op_id(i);

			if (id_equal(event.id, &id))
				o = model_find(&x->model, i);
		}
		expect(x, "a replayed object", true, o && o->state == SEALED);
		expect(x, "flags of a replay", PLASMA_EVENT_REPLAY, event.flags);
		if (x->out->failed)
			return;
		expect(x, "data_size of a replay", o->size, event.data_size);
		told++;
	}
	for (i = 0; i < FUZZ_IDS; i++) {
		struct object *o = model_find(&x->model, i);

		sealed += o && o->state == SEALED;
	}
	expect(x, "replayed objects", sealed, told);
}

static long long do_subscribe(struct machine *x, const struct op *op)
{
	struct listener *l = &x->model.listeners[op->fd];
	int fd;

	if (x->listeners[op->fd] >= 0)
		return -EBUSY;
	fd = subscribe(client_of(x, op), op->flags | PLASMA_SUBSCRIBE_NONBLOCK, op->size);
	expect(x, "result", true, fd >= 0);
	if (fd < 0)
		return fd;
	x->listeners[op->fd] = fd;
	l->there = true;
	l->count = 0;
	l->lost = 0;
	l->room = (op->size ? op->size : MIB) / sizeof(struct plasma_event);
	if (!(op->flags & PLASMA_SUBSCRIBE_NO_REPLAY))
		check_replay(x, fd);
	return 0;
}

static long long do_events(struct machine *x, const struct op *op)
{
	if (x->listeners[op->fd] < 0)
		return -ENOENT;
	check_events(x, op->fd);
	return 0;
}

static void close_fd(int *fd)
{
	close(*fd);
	*fd = -1;
}

/* Of the three descriptors of a number, one that is there. */
static long long do_close(struct machine *x, const struct op *op)
{
	struct model *m = &x->model;

	if (x->exports[op->fd] >= 0 && op->seed % 3) {
		model_unexport(m, op->fd);
		close_fd(&x->exports[op->fd]);
	} else if (x->pending[op->fd] >= 0) {
		m->pending_there[op->fd] = false;
		close_fd(&x->pending[op->fd]);
	} else if (x->listeners[op->fd] >= 0) {
		check_events(x, op->fd);
		m->listeners[op->fd].there = false;
		close_fd(&x->listeners[op->fd]);
	} else {
		return -ENOENT;
	}
	return 0;
}

/*
 * A client goes and comes again. It gives back what it holds before: in which order a
 * close does that is not promised, and decides what is evicted first.
 */
static long long do_reopen(struct machine *x, const struct op *op)
{
	struct client *c = client_of(x, op);
	unsigned int i;

	for (i = 0; i < FUZZ_OBJECTS; i++) {
		struct object *o = &x->model.objects[i];

		while (o->state != ABSENT && o->holds[op->client] && !x->out->failed) {
			expect(x, "release before close", 0,
			       object_release_at(c, op_id(o->id), o->offset));
			model_release(&x->model, op->client, o);
		}
	}
	model_close(&x->model, op->client);
	indexed_unmap(&x->index[op->client]);
	client_close(c);
	expect(x, "open again", 0, client_join(c, &x->base));
	expect(x, "index", 0, indexed_map(&x->index[op->client], c));
	return 0;
}

static long long do_mappings(struct machine *x, const struct op *op)
{
	struct actor a = { .c = *client_of(x, op), .random = op->seed };

	expect(x, "abuse of mappings", 0, actor_abuse(&a));
	return 0;
}

static long long (*const operations[OP_KINDS])(struct machine *x, const struct op *op) = {
	[OP_CREATE] = do_create,
	[OP_WRITE] = do_write,
	[OP_RESIZE] = do_resize,
	[OP_SEAL] = do_seal,
	[OP_SEAL_BATCH] = do_seal_batch,
	[OP_ABORT] = do_abort,
	[OP_PUT] = do_put,
	[OP_PUT_BATCH] = do_put_batch,
	[OP_GET] = do_get,
	[OP_GET_MANY] = do_get_many,
	[OP_NAME_GET] = do_name_get,
	[OP_RELEASE] = do_release,
	[OP_DELETE] = do_delete,
	[OP_HIDE] = do_delete,
	[OP_EVICT] = do_evict,
	[OP_REFRESH] = do_refresh,
	[OP_BIND] = do_bind,
	[OP_UNBIND] = do_unbind,
	[OP_LOOKUP] = do_lookup,
	[OP_STAT] = do_stat,
	[OP_LIST] = do_list,
	[OP_CAPACITY] = do_capacity,
	[OP_PERCENT] = do_percent,
	[OP_QUOTA] = do_quota,
	[OP_EXPORT] = do_export,
	[OP_PENDING] = do_pending,
	[OP_SUBSCRIBE] = do_subscribe,
	[OP_EVENTS] = do_events,
	[OP_CLOSE] = do_close,
	[OP_REOPEN] = do_reopen,
	[OP_MAPPINGS] = do_mappings,
	[OP_PIN] = do_pin,
	[OP_UNPIN] = do_unpin,
};

/* --- the whole ------------------------------------------------------------------------- */

static void check_namespace(struct machine *x)
{
	struct plasma_ns_info info = ns_info(&x->base);
	__u64 used = 0, objects = 0, sealed = 0, in_use = 0, names = 0, evictions, bytes;
	struct model *m = &x->model;
	struct object *o;
	unsigned int i;

	for (o = m->objects; o < m->objects + FUZZ_OBJECTS; o++) {
		if (o->state == ABSENT)
			continue;
		objects++;
		sealed += o->state == SEALED;
		in_use += o->state == SEALED && model_users(o);
		names += !!o->name;
		used += o->size + o->metadata;
	}
	evictions = m->common.evictions;
	bytes = m->common.evicted_bytes;
	for (i = 0; i < FUZZ_CLIENTS; i++) {
		evictions += m->quotas[i].evictions;
		bytes += m->quotas[i].evicted_bytes;
	}
	check_padding(x, info.__reserved, info.name, sizeof(info.name), strlen(x->base.name));
	expect(x, "capacity of the namespace", m->capacity, info.capacity);
	expect(x, "bytes used", used, info.used);
	expect(x, "objects", objects, info.objects);
	expect(x, "sealed objects", sealed, info.sealed);
	expect(x, "objects in use", in_use, info.in_use);
	expect(x, "names", names, info.names);
	expect(x, "clients", 1 + FUZZ_CLIENTS, info.clients);
	expect(x, "waiters", 0, info.waiters);
	expect(x, "evictions", evictions, info.evictions);
	expect(x, "evicted bytes", bytes, info.evicted_bytes);
}

static void check_pool(struct machine *x, int pool, const struct plasma_quota_info *info)
{
	struct model *m = &x->model;
	__u64 evictable = 0, objects = 0;
	struct object *o;

	for (o = m->objects; o < m->objects + FUZZ_OBJECTS; o++) {
		if (o->state == ABSENT || o->pool != pool || !model_evictable(m, o))
			continue;
		evictable += o->size + o->metadata;
		objects++;
	}
	check_padding(x, info->__reserved, info->name, sizeof(info->name), info->name_len);
	expect(x, "capacity of a quota", model_pool(m, pool)->capacity, info->capacity);
	expect(x, "used of a quota", model_used(m, pool), info->used);
	/* What is pinned is counted until somebody looks. */
	if (!model_has_pins(m)) {
		expect(x, "evictable of a quota", evictable, info->evictable);
		expect(x, "objects of a quota", objects, info->objects);
	}
	expect(x, "evictions of a quota", model_pool(m, pool)->evictions, info->evictions);
}

/* In the list they stand in the order in which they were set. */
static void check_quotas(struct machine *x)
{
	struct plasma_quota_info infos[FUZZ_CLIENTS + 1];
	int i, j, count = 1, have = quota_list(&x->base, infos, FUZZ_CLIENTS + 1);

	for (i = 0; i < FUZZ_CLIENTS; i++)
		count += x->model.quotas[i].there;
	expect(x, "quotas", count, have);
	if (x->out->failed)
		return;
	check_pool(x, COMMON, &infos[0]);
	for (i = 0; i < FUZZ_CLIENTS; i++) {
		int before = 1;

		if (!x->model.quotas[i].there)
			continue;
		for (j = 0; j < FUZZ_CLIENTS; j++)
			before += x->model.quotas[j].there &&
				  x->model.quotas[j].since < x->model.quotas[i].since;
		check_pool(x, i, &infos[before]);
	}
}

static void check_all(struct machine *x)
{
	unsigned int i;

	for (i = 0; i < FUZZ_IDS && !x->out->failed; i++)
		check_stat(x, i % FUZZ_CLIENTS, i);
	for (i = 1; i <= FUZZ_NAMES && !x->out->failed; i++)
		check_name(x, &x->base, i);
	check_quotas(x);
	for (i = 0; i < FUZZ_FDS && !x->out->failed; i++)
		if (x->pending[i] >= 0)
			check_pending(x, i);
}

static void machine_end(struct machine *x)
{
	unsigned int i;

	for (i = 0; i < FUZZ_FDS; i++) {
		if (x->exports[i] >= 0)
			close(x->exports[i]);
		if (x->pending[i] >= 0)
			close(x->pending[i]);
		if (x->listeners[i] >= 0)
			close(x->listeners[i]);
	}
	for (i = 0; i < FUZZ_CLIENTS; i++) {
		indexed_unmap(&x->index[i]);
		client_close(&x->clients[i]);
	}
	client_close(&x->base);
}

static void machine_begin(struct machine *x, __u64 capacity)
{
	unsigned int i;

	model_init(&x->model, capacity);
	for (i = 0; i < FUZZ_FDS; i++) {
		x->exports[i] = -1;
		x->pending[i] = -1;
		x->listeners[i] = -1;
	}
	expect(x, "a namespace", 0, client_create(&x->base, capacity));
	for (i = 0; i < FUZZ_CLIENTS; i++) {
		expect(x, "a client", 0, client_join(&x->clients[i], &x->base));
		expect(x, "its index", 0, indexed_map(&x->index[i], &x->clients[i]));
	}
}

void run_ops(const struct op *ops, unsigned int count, __u64 capacity, bool defect,
	     struct outcome *out)
{
	static struct machine machine;
	struct machine *x = &machine;

	memset(out, 0, sizeof(*out));
	x->out = out;
	machine_begin(x, capacity);
	x->model.defect = defect;
	for (out->at = 0; out->at < count && !out->failed; out->at++) {
		const struct op *op = &ops[out->at];

		out->succeeded[op->kind] += operations[op->kind](x, op) == 0;
		check_namespace(x);
		if (op->seed % LOOK_EVERY == 0 || out->at == count - 1)
			check_all(x);
	}
	if (out->failed && out->at)
		out->at--;
	machine_end(x);
}
