// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The same to each object of an array: seal, release, delete, refresh. */

#include "pin.h"

/*
 * They take the same argument but for the type of its pointer, and struct plasma_result
 * is laid out as their entries.
 */
_Static_assert(sizeof(struct plasma_result) == PLASMA_ID_ENTRY_SIZE_VER0, "entry");
_Static_assert(offsetof(struct plasma_result, status) ==
	       offsetof(struct plasma_id_entry, status), "status");

_Static_assert(sizeof(struct plasma_release) == sizeof(struct plasma_delete), "arg");
_Static_assert(sizeof(struct plasma_release) == sizeof(struct plasma_seal_batch), "arg");
_Static_assert(sizeof(struct plasma_release) == sizeof(struct plasma_refresh), "arg");

static int for_ids(struct plasma *p, unsigned long cmd, uint32_t flags,
		   struct plasma_result *results, size_t count)
{
	struct client *c;
	int err;

	err = client_get_ns(p, &c);
	while (!err && count) {
		uint32_t n = count < c->batch_max ? (uint32_t)count : c->batch_max;
		struct plasma_release arg = {
			.ns = c->ns,
			.flags = flags,
			.count = n,
			.entry_size = sizeof(*results),
			.entries_ptr = user_pointer(results),
		};

		err = client_ioctl(c, cmd, &arg);
		results += n;
		count -= n;
	}
	return err;
}

cold int for_id(struct plasma *p, unsigned long cmd, uint32_t flags,
		const struct plasma_id *id)
{
	struct plasma_result result = { .id = *id };
	int err = for_ids(p, cmd, flags, &result, 1);

	return err ? err : result.status;
}

/* How many of the first the kernel has to be asked for; the one after them is done. */
static size_t not_pinned(const struct client *c, struct plasma_result *results, size_t count)
{
	size_t n;

	for (n = 0; n < count; n++) {
		if (c->view.pins && pin_release_id(c, &results[n].id)) {
			results[n].status = 0;
			break;
		}
	}
	return n;
}

int plasma_release_many(struct plasma *p, struct plasma_result *results, size_t count)
{
	struct client *c;
	int err = client_get_ns(p, &c);

	while (!err && count) {
		size_t n = not_pinned(c, results, count);
		size_t done = n < count ? n + 1 : n;

		err = for_ids(p, PLASMA_IOC_RELEASE, 0, results, n);
		results += done;
		count -= done;
	}
	return err;
}

cold int release_id_cold(struct plasma *p, const struct plasma_id *id)
{
	if (has_pins(&p->here->view) && pin_release_id(p->client, id))
		return 0;
	return for_id(p, PLASMA_IOC_RELEASE, 0, id);
}

int plasma_release(struct plasma *p, const struct plasma_id *id)
{
	const struct view *v = &p->here->view;
	enum released done = NOT_RELEASED;
	struct found found = { 0 };

	if (has_pins(v))
		found = find(v, id);
	if (found.number)
		done = pin_release_hot(v, found.number, found.entry);
	if (done == RELEASED)
		return 0;
	return done == RELEASED_PENDING ? pin_reap(p, found.number) : release_id_cold(p, id);
}

int plasma_delete_many(struct plasma *p, struct plasma_result *results, size_t count,
		       uint32_t flags)
{
	return for_ids(p, PLASMA_IOC_DELETE, flags, results, count);
}

int plasma_delete(struct plasma *p, const struct plasma_id *id, uint32_t flags)
{
	return for_id(p, PLASMA_IOC_DELETE, flags, id);
}

int plasma_seal_many(struct plasma *p, struct plasma_result *results, size_t count,
		     uint32_t flags)
{
	return for_ids(p, PLASMA_IOC_SEAL_BATCH, flags, results, count);
}

int plasma_refresh(struct plasma *p, struct plasma_result *results, size_t count)
{
	return for_ids(p, PLASMA_IOC_REFRESH, 0, results, count);
}
