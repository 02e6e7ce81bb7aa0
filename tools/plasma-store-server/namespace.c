// SPDX-License-Identifier: GPL-2.0-only
/* The namespace. The kernel removes it with the process that made it, however that ends. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <plasma.h>
#include "server.h"

/* What Plasma's own server makes room for at least, when it must. */
#define EVICT_PERCENT 20

static mode_t mode_of_umask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static enum status failed(int err, const char *name)
{
	switch (err) {
	case -ENODEV:
		return fail(NO_MODULE, "open /dev/plasma: there is no such device; load the module: modprobe plasma, or insmod plasma.ko");
	case -EACCES:
		return fail(FAILED, "open /dev/plasma: permission denied; see: plasmactl check");
	case -EEXIST:
		return fail(FAILED, "create namespace %s: another server or user has it; stop it, or: plasmactl ns rm",
			    name);
	}
	return fail(FAILED, "create namespace %s: %s; see: plasmactl check", name,
		    strerror(-err));
}

/* More than there is can be promised, but not kept. */
static void compare(struct plasma *p, uint64_t capacity)
{
	struct plasma_query query;

	if (plasma_query(p, &query, sizeof(query)) == 0 && capacity > query.out_store_size)
		remark("option -m %llu: the whole store has %llu bytes; it is full when those are used",
		       (unsigned long long)capacity,
		       (unsigned long long)query.out_store_size);
}

enum status namespace_open(struct plasma **p, const char *name, uint64_t capacity)
{
	struct plasma_ns_options options = {
		.flags = PLASMA_NS_EPHEMERAL,
		.mode = mode_of_umask(),
		.capacity = capacity,
		.evict_percent = EVICT_PERCENT,
	};
	int err = plasma_open(p, NULL, PLASMA_OPEN_STORE);

	if (err)
		return failed(err, name);
	err = plasma_ns_create(*p, name, &options);
	if (err) {
		plasma_close(*p);
		return failed(err, name);
	}
	compare(*p, capacity);
	return OK;
}
