// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The pins when they are not as a hot get finds them. */

#include "pin.h"

/* One attempt: 1 when pinned, 0 when no pin is free, -1 when another thread was faster. */
static int try_pin(const struct view *v, uint32_t number)
{
	struct plasma_pin *empty = NULL;
	uint32_t i;

	for (i = 0; i < PLASMA_PIN_WAYS; i++) {
		struct plasma_pin *pin = way_of(v, number, i);
		uint64_t word = load(&pin->word, RELAXED), more;

		if ((uint32_t)word == number &&
		    !__builtin_add_overflow(word, PLASMA_PIN_COUNT, &more))
			return exchange(pin, word, more) ? 1 : -1;
		if (!word && !empty)
			empty = pin;
	}
	if (!empty)
		return 0;
	return exchange(empty, 0, number + PLASMA_PIN_COUNT) ? 1 : -1;
}

static int reap(const struct client *c, uint32_t number, uint32_t flags)
{
	struct plasma_reap arg = { .ns = c->ns, .flags = flags, .entry = number };

	return client_ioctl(c, PLASMA_IOC_REAP, &arg);
}

/* After a release: a delete that waited for it is carried out, if nobody else holds. */
int pin_reap(const struct plasma *p, uint32_t number)
{
	reap(p->client, number, 0);
	return 0;
}

/* A full set is of releases that the kernel has not heard of; or of holds. */
static bool take_anywhere(const struct client *c, uint32_t number)
{
	bool drained = false;
	int done;

	for (;;) {
		done = try_pin(&c->view, number);
		if (done > 0)
			return true;
		if (done < 0)
			continue;
		if (drained || reap(c, 0, PLASMA_REAP_DRAIN))
			return false;
		drained = true;
	}
}

/*
 * What was pinned in vain is given back. If it is not there any more, another thread that holds
 * the object through the kernel has released it meanwhile, and took this pin for its own: then
 * its hold is left to be given back, and keeps the entry as it is until then.
 */
static void step_back(const struct client *c, uint32_t number)
{
	struct plasma_result entry = { .status = 0 };
	struct plasma_release arg = {
		.ns = c->ns,
		.count = 1,
		.entry_size = sizeof(entry),
		.entries_ptr = user_pointer(&entry),
	};

	if (pin_release(c, number))
		return;
	memcpy(entry.id.bytes, entry_of(&c->view, number)->id, sizeof(entry.id.bytes));
	client_ioctl(c, PLASMA_IOC_RELEASE, &arg);
}

bool pin_get_anywhere(const struct client *c, struct plasma_buffer *buf, uint32_t taken)
{
	struct found found;

	if (taken)
		step_back(c, taken);
	found = find(&c->view, &buf->id);
	if (!is_live(found) || !take_anywhere(c, found.number))
		return false;
	full_barrier_after_exchange();	/* G2 */
	if (!is_unchanged(found)) {
		step_back(c, found.number);
		return false;
	}
	pin_fill(&c->view, buf, found);
	return true;
}

static bool release_one(const struct client *c, uint32_t number)
{
	uint32_t i;

	for (i = 0; i < PLASMA_PIN_WAYS; i++) {
		int done;

		do {
			done = try_release(way_of(&c->view, number, i), number);
		} while (done < 0);
		if (done)
			return true;
	}
	return false;
}

/* False when the kernel has to be asked. */
bool pin_release(const struct client *c, uint32_t number)
{
	if (!release_one(c, number))
		return false;
	if (is_pending(entry_of(&c->view, number)))
		reap(c, number, 0);
	return true;
}

bool pin_release_id(const struct client *c, const struct plasma_id *id)
{
	struct found found = find(&c->view, id);

	return found.number && pin_release(c, found.number);
}
