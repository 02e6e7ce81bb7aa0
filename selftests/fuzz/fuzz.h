/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzzer: lists of operations made from a seed, a model of a namespace that predicts
 * what comes of each, and the machine that carries them out and compares.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>

#include "../actor.h"
#include "../indexed.h"

#define FUZZ_CLIENTS	3
#define FUZZ_IDS	12
#define FUZZ_NAMES	4
#define FUZZ_FDS	4
#define FUZZ_OBJECTS	96	/* hidden ones and those being made included */
#define FUZZ_EVENTS	4096
#define FUZZ_OPS	400
#define FUZZ_BATCH	3

/* --- operations (ops.c) ---------------------------------------------------------------- */

enum op_kind {
	OP_CREATE, OP_WRITE, OP_RESIZE, OP_SEAL, OP_SEAL_BATCH, OP_ABORT, OP_PUT, OP_PUT_BATCH,
	OP_GET, OP_GET_MANY, OP_NAME_GET, OP_RELEASE, OP_DELETE, OP_HIDE, OP_EVICT, OP_REFRESH,
	OP_BIND, OP_UNBIND, OP_LOOKUP, OP_STAT, OP_LIST, OP_CAPACITY, OP_PERCENT, OP_QUOTA,
	OP_EXPORT, OP_PENDING, OP_SUBSCRIBE, OP_EVENTS, OP_CLOSE, OP_REOPEN, OP_MAPPINGS,
	OP_PIN, OP_UNPIN,
	OP_KINDS
};

/**
 * struct op - an operation, which means something after any others
 * @kind: what
 * @client: who
 * @id: of which object
 * @name: 0 for none
 * @fd: which of the descriptors that it has
 * @flags: of the command
 * @size: bytes of data, or what else there is of that kind
 * @metadata: bytes of metadata
 * @seed: of contents
 */
struct op {
	enum op_kind kind;
	unsigned int client;
	unsigned int id;
	unsigned int name;
	unsigned int fd;
	__u32 flags;
	__u64 size;
	__u32 metadata;
	__u32 seed;
};

void ops_make(struct op *ops, unsigned int count, __u64 seed);
__u64 ops_capacity(__u64 seed);
void op_print(const struct op *op);
const char *op_name(enum op_kind kind);
struct id op_id(unsigned int id);
const char *op_object_name(unsigned int name);

/* --- the model (model.c) --------------------------------------------------------------- */

enum object_state { ABSENT, NEW, CREATED, SEALED };

struct object {
	enum object_state state;
	unsigned int id;
	int creator;		/* while it is not sealed */
	int pool;		/* whose quota, or COMMON */
	__u64 size;
	__u64 metadata;
	__u32 seed;
	__u32 metadata_seed;
	__u64 filled;		/* bytes by the seed; zeros follow */
	bool keep;
	bool pending;
	bool hidden;
	bool chosen;		/* of a quota, to be handed over */
	unsigned int name;
	unsigned int holds[FUZZ_CLIENTS];
	unsigned int pins[FUZZ_CLIENTS];	/* of these, by pin */
	__u32 number;				/* of its entry in the index, if it was pinned */
	unsigned int exports;
	__u64 place;		/* in the order of its pool's list */
	__u64 made;		/* in the order of all that were made */
	__u64 offset;		/* as the kernel said */
	bool moved;		/* by its seal; the next get tells where to */
};

#define COMMON	(-1)

struct pool {
	bool there;
	__u64 since;		/* in the order of quotas */
	__u64 capacity;
	__u64 evictions;
	__u64 evicted_bytes;
};

struct told {
	__u32 type;
	unsigned int id;
	__u64 size;
	__u64 metadata;
	__u64 serial;
};

struct listener {
	bool there;
	unsigned int room;
	unsigned int count;
	__u64 lost;
	struct told told[FUZZ_EVENTS];
};

struct model {
	__u64 capacity;
	unsigned int percent;
	struct pool common;
	struct pool quotas[FUZZ_CLIENTS];
	struct object objects[FUZZ_OBJECTS];
	bool ghosts[FUZZ_IDS];
	__u64 clock;
	__u64 serial;
	struct listener listeners[FUZZ_FDS];
	struct object *exported[FUZZ_FDS];
	bool pending_there[FUZZ_FDS];
	bool pending_sealed[FUZZ_FDS];
	unsigned int pending_id[FUZZ_FDS];
	bool defect;		/* planted, to see that one is found */
};

void model_init(struct model *m, __u64 capacity);
struct object *model_find(struct model *m, unsigned int id);
struct object *model_named(struct model *m, unsigned int name);
struct object *model_held(struct model *m, unsigned int client, unsigned int id, bool pinned);
bool model_has_pins(struct model *m);
unsigned int model_users(const struct object *o);
bool model_evictable(const struct model *m, const struct object *o);
__u64 model_used(const struct model *m, int pool);
struct pool *model_pool(struct model *m, int pool);
int model_pool_of(const struct model *m, unsigned int client);

int model_create(struct model *m, const struct op *op, struct object **made);
int model_put(struct model *m, const struct op *op, struct object **made);
int model_put_batch(struct model *m, const struct op *op, struct object **made,
		    unsigned int *done);
int model_resize(struct model *m, const struct op *op);
int model_seal(struct model *m, unsigned int client, unsigned int id, __u32 flags,
	       unsigned int name);
int model_abort(struct model *m, const struct op *op);
int model_get(struct model *m, unsigned int client, struct object *o);
int model_release(struct model *m, unsigned int client, struct object *o);
void model_unpin(struct model *m, unsigned int client, struct object *o);
int model_delete(struct model *m, unsigned int id, bool hide);
void model_evict(struct model *m, unsigned int client, __u64 bytes, __u64 *freed, __u64 *count);
int model_refresh(struct model *m, unsigned int id);
int model_bind(struct model *m, const struct op *op);
int model_unbind(struct model *m, unsigned int name);
int model_set_capacity(struct model *m, __u64 capacity);
int model_quota(struct model *m, unsigned int client, __u64 bytes);
void model_export(struct model *m, unsigned int fd, struct object *o);
void model_unexport(struct model *m, unsigned int fd);
void model_close(struct model *m, unsigned int client);

/* --- the machine (run.c) --------------------------------------------------------------- */

/**
 * struct outcome - what came of a list
 * @failed: whether something was not as predicted
 * @at: which operation
 * @what: of it
 * @want: predicted
 * @have: seen
 * @done: operations carried out, and of those that changed something
 */
struct outcome {
	bool failed;
	unsigned int at;
	const char *what;
	long long want;
	long long have;
	unsigned int succeeded[OP_KINDS];
};

void run_ops(const struct op *ops, unsigned int count, __u64 capacity, bool defect,
	     struct outcome *out);

/* --- making a list short (shrink.c) ---------------------------------------------------- */

unsigned int shrink_ops(struct op *ops, unsigned int count, __u64 capacity, bool defect);

/* --- without a model (torment.c, blind.c) ---------------------------------------------- */

int torment(__u64 seed, unsigned int seconds);
int blind(__u64 seed, unsigned int seconds);

#endif /* FUZZ_H */
