// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations: made from a seed, one after the other and without a look at what they lead
 * to, so that any part of a list is a list.
 */
#include <stdio.h>

#include "fuzz.h"

/* How often each comes, relative to the others. */
static const struct {
	const char *name;
	unsigned int weight;
} kinds[OP_KINDS] = {
	[OP_CREATE] = { "create", 14 },
	[OP_WRITE] = { "write", 10 },
	[OP_RESIZE] = { "resize", 5 },
	[OP_SEAL] = { "seal", 16 },
	[OP_SEAL_BATCH] = { "seal_batch", 2 },
	[OP_ABORT] = { "abort", 2 },
	[OP_PUT] = { "put", 16 },
	[OP_PUT_BATCH] = { "put_batch", 4 },
	[OP_GET] = { "get", 12 },
	[OP_GET_MANY] = { "get_many", 4 },
	[OP_NAME_GET] = { "name_get", 4 },
	[OP_RELEASE] = { "release", 30 },
	[OP_DELETE] = { "delete", 7 },
	[OP_HIDE] = { "hide", 3 },
	[OP_EVICT] = { "evict", 2 },
	[OP_REFRESH] = { "refresh", 3 },
	[OP_BIND] = { "bind", 5 },
	[OP_UNBIND] = { "unbind", 2 },
	[OP_LOOKUP] = { "lookup", 3 },
	[OP_STAT] = { "stat", 6 },
	[OP_LIST] = { "list", 2 },
	[OP_CAPACITY] = { "capacity", 2 },
	[OP_PERCENT] = { "percent", 1 },
	[OP_QUOTA] = { "quota", 1 },
	[OP_EXPORT] = { "export", 3 },
	[OP_PENDING] = { "pending", 2 },
	[OP_SUBSCRIBE] = { "subscribe", 2 },
	[OP_EVENTS] = { "events", 4 },
	[OP_CLOSE] = { "close", 4 },
	[OP_REOPEN] = { "reopen", 1 },
	[OP_MAPPINGS] = { "mappings", 4 },
	[OP_PIN] = { "pin", 8 },
	[OP_UNPIN] = { "unpin", 12 },
};

const char *op_name(enum op_kind kind)
{
	return kinds[kind].name;
}

struct id op_id(unsigned int id)
{
	return id_of(id);
}

const char *op_object_name(unsigned int name)
{
	static const char *const names[FUZZ_NAMES + 1] = { NULL, "one", "two", "three", "four" };

	return names[name];
}

static enum op_kind any_kind(__u64 *random)
{
	unsigned int sum = 0, at, i;

	for (i = 0; i < OP_KINDS; i++)
		sum += kinds[i].weight;
	at = random_next(random) % sum;
	for (i = 0; at >= kinds[i].weight; i++)
		at -= kinds[i].weight;
	return i;
}

/* Some seeds are about large objects, which have huge pages. */
static bool is_large(__u64 seed)
{
	return seed % 8 == 0;
}

/*
 * Others are about pins. The kernel does not see these come and go; so it cannot tell, in which
 * order objects came into use, and that decides what a full quota gives away.
 */
static enum op_kind kind_for(enum op_kind kind, __u64 seed)
{
	const bool pins = seed % 2;

	switch (kind) {
	case OP_QUOTA:
		return pins ? OP_PIN : kind;
	case OP_PIN:
		return pins ? kind : OP_GET;
	case OP_UNPIN:
		return pins ? kind : OP_RELEASE;
	default:
		return kind;
	}
}

__u64 ops_capacity(__u64 seed)
{
	return is_large(seed) ? 20 * MIB : 300000;
}

static __u64 any_size(__u64 *random, bool large)
{
	__u64 x = random_next(random);

	switch (x % 10) {
	case 0:
		return 0;
	case 1:
		return x / 16 % 100;
	case 2:
		return PAGE * (x / 16 % 4) + (x >> 32) % 3 - 1 + !(x / 16 % 4);
	case 3:
		return large ? 2 * MIB + x / 16 % 5000 : 100000 + x / 16 % 100000;
	case 4:
		return large ? x / 16 % (6 * MIB) : 50000;
	default:
		return x / 16 % 20000;
	}
}

static __u32 any_flags(__u64 *random, enum op_kind kind)
{
	__u64 x = random_next(random);
	__u32 flags = 0;

	switch (kind) {
	case OP_PUT:
	case OP_PUT_BATCH:
	case OP_CREATE:
		if (kind == OP_PUT && x % 3 == 0)
			flags |= PLASMA_PUT_HOLD;
		if (kind == OP_PUT && x / 4 % 2)
			flags |= PLASMA_PUT_REPLACE;
		if (x / 16 % 12 == 0)
			flags |= PLASMA_CREATE_KEEP;
		if (x / 256 % 6 == 0)
			flags |= PLASMA_CREATE_NO_EVICT;
		return flags;
	case OP_SEAL:
	case OP_SEAL_BATCH:
		if (x % 2)
			flags |= PLASMA_SEAL_RELEASE;
		if (x / 4 % 2 && kind == OP_SEAL)
			flags |= PLASMA_SEAL_REPLACE;
		return flags;
	case OP_BIND:
		return x % 2 ? PLASMA_NAME_REPLACE : 0;
	case OP_SUBSCRIBE:
		return x % 2 ? PLASMA_SUBSCRIBE_NO_REPLAY : 0;
	default:
		return 0;
	}
}

static bool has_name(enum op_kind kind, __u64 x)
{
	switch (kind) {
	case OP_CREATE:
	case OP_PUT:
	case OP_SEAL:
		return x % 5 == 0;
	case OP_BIND:
	case OP_UNBIND:
	case OP_LOOKUP:
	case OP_NAME_GET:
		return true;
	default:
		return false;
	}
}

static __u64 size_for(enum op_kind kind, __u64 *random, __u64 seed)
{
	__u64 x = random_next(random), capacity = ops_capacity(seed);

	switch (kind) {
	case OP_EVICT:
		return x % 7 ? x % (capacity / 4) : ALL;
	case OP_CAPACITY:
		return capacity / 2 + x % (capacity / 2);
	case OP_PERCENT:
		return x % 2 ? 0 : x % 40;
	case OP_QUOTA:
		return x % (capacity / 3);
	case OP_SUBSCRIBE:
		return x % 3 ? 0 : (1 + x / 4 % 6) * 64;
	default:
		return any_size(random, is_large(seed));
	}
}

/* What an operation of this kind is likely to be about: the object of an earlier one. */
static bool follows(enum op_kind kind, enum op_kind earlier)
{
	bool creates = earlier == OP_CREATE;
	bool gets = earlier == OP_GET || earlier == OP_PUT || earlier == OP_PIN;

	switch (kind) {
	case OP_WRITE:
	case OP_RESIZE:
	case OP_ABORT:
		return creates;
	case OP_SEAL:
	case OP_SEAL_BATCH:
		return creates || earlier == OP_WRITE;
	case OP_RELEASE:
		return gets || creates || earlier == OP_GET_MANY || earlier == OP_SEAL;
	case OP_UNPIN:
		return earlier == OP_PIN;
	case OP_GET:
	case OP_PIN:
	case OP_EXPORT:
		return gets || earlier == OP_SEAL;
	default:
		return false;
	}
}

/* So that most of them come to do something, while some do what nobody would. */
static void follow(struct op *op, const struct op *ops, unsigned int count, __u64 *random)
{
	unsigned int tries;

	for (tries = 0; tries < 12 && count; tries++) {
		const struct op *earlier = &ops[count - 1 - random_next(random) %
						(count < 60 ? count : 60)];

		if (!follows(op->kind, earlier->kind))
			continue;
		op->id = earlier->id;
		op->client = earlier->client;
		return;
	}
}

void ops_make(struct op *ops, unsigned int count, __u64 seed)
{
	__u64 random = seed * 0x9e3779b97f4a7c15ULL + 1;
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct op *op = &ops[i];
		__u64 x = random_next(&random);

		*op = (struct op) {
			.kind = kind_for(any_kind(&random), seed),
			.client = x % FUZZ_CLIENTS,
			.id = x / 8 % FUZZ_IDS,
			.fd = x / 1024 % FUZZ_FDS,
			.metadata = x / 65536 % 3 ? 0 : (x >> 32) % 700,
			.seed = x >> 36,
		};
		if (random_next(&random) % 4)
			follow(op, ops, i, &random);
		if (has_name(op->kind, x >> 40))
			op->name = 1 + (x >> 50) % FUZZ_NAMES;
		op->flags = any_flags(&random, op->kind);
		op->size = size_for(op->kind, &random, seed);
	}
}

void op_print(const struct op *op)
{
	fprintf(stderr, "#   %-10s client %u id %2u name %u fd %u flags %x size %llu metadata %u seed %u\n",
		op_name(op->kind), op->client, op->id, op->name, op->fd, op->flags, op->size,
		op->metadata, op->seed);
}
