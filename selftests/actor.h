/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody who does whatever comes to mind, by a seed, and knows what may come of it. The
 * tests that kill and torment many of these at once are about what is left by them.
 */
#ifndef SELFTESTS_ACTOR_H
#define SELFTESTS_ACTOR_H

#include "common.h"

#define ACTOR_SHARED	24	/* ids that all fight for: id_of(0) and so on */
#define ACTOR_HOLDS	6
#define ACTOR_OWN	5	/* ids that nobody else uses */

/* It looks at what others made, and makes, deletes and evicts nothing. */
#define ACTOR_READS	(1U << 0)
/* Memory may run out, for its cgroup or the store. */
#define ACTOR_MAY_LACK	(1U << 1)
/* Signals come: waiting may end early. */
#define ACTOR_SIGNALS	(1U << 2)
/* It is one of several in its process. */
#define ACTOR_THREAD	(1U << 3)

struct actor_hold {
	bool valid;
	int fd;			/* of an exported object, or -1 */
	struct id id;
	__u64 seed;
	struct plasma_get_entry entry;
};

enum actor_own_state { OWN_NONE, OWN_OPEN, OWN_HELD, OWN_LEFT };

struct actor_own {
	enum actor_own_state state;
	__u64 offset;
	__u64 size;
	__u64 seed;
};

struct actor {
	struct client c;
	unsigned int number;	/* tells its own ids from those of others */
	unsigned int flags;
	__u64 random;
	unsigned int steps;
	struct actor_hold holds[ACTOR_HOLDS];
	struct actor_own own[ACTOR_OWN];
};

__u64 random_next(__u64 *state);
int actor_begin(struct actor *a, const struct client *of, unsigned int number, __u64 seed,
		unsigned int flags);
/* Each returns 0, or 1 after a complaint. */
int actor_step(struct actor *a);
int actor_look(struct actor *a);
int actor_check_holds(struct actor *a);
int actor_abuse(struct actor *a);
int actor_end(struct actor *a);

#endif /* SELFTESTS_ACTOR_H */
