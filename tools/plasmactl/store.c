// SPDX-License-Identifier: GPL-2.0-only
/* The store, and objects as the user calls them: by name or by id. */

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "plasmactl.h"

/* A name is looked up so often while it is waited for, and at least so often. */
#define POLL_FIRST_NS	1000000ULL
#define POLL_LAST_NS	50000000ULL
/* A name may move to another object while its object is waited for. */
#define HOLD_WAIT_NS	200000000ULL

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void sleep_ns(uint64_t ns)
{
	struct timespec time = {
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};

	nanosleep(&time, NULL);
}

enum status store_open(struct plasma **p, uint32_t flags)
{
	int err = plasma_open(p, options.ns, flags);

	if (!err)
		return OK;
	if (err == -EACCES && access("/dev/plasma", R_OK | W_OK))
		return fail(DENIED, "open /dev/plasma: permission denied; see: plasmactl check");
	if (err == -ENOENT)
		return fail(NOT_FOUND, "open namespace %s: there is no such namespace; see: plasmactl ns ls",
			    options.ns);
	if (err == -ENODEV)
		return fail_store(err, "open", "/dev/plasma");
	return fail_store(err, "open namespace", options.ns);
}

void target_parse(struct target *t, const char *text)
{
	t->text = text;
	t->by_id = plasma_id_from_hex(&t->id, text) == 0;
}

int target_find(struct plasma *p, struct target *t)
{
	return t->by_id ? 0 : plasma_name_lookup(p, t->text, &t->id);
}

/*
 * A name may have moved on between the look-up and the use of its id: then the id is
 * not found, and the name leads elsewhere now. True if it is worth another try.
 */
static bool moved_on(const struct target *t, int err, int tries)
{
	return err == -ENOENT && !t->by_id && tries < 100;
}

int target_stat(struct plasma *p, struct target *t, struct plasma_object_info *info)
{
	int err, tries = 0;

	do {
		err = target_find(p, t);
		if (err)
			return err;
		err = plasma_stat(p, &t->id, info, sizeof(*info));
	} while (moved_on(t, err, tries++));
	return err;
}

int target_delete(struct plasma *p, struct target *t)
{
	int err, tries = 0;

	do {
		err = target_find(p, t);
		if (err)
			return err;
		err = plasma_delete(p, &t->id);
	} while (moved_on(t, err, tries++));
	return err;
}

/* One get that goes on after signals. */
static int get_until(struct plasma *p, const struct plasma_id *id,
		     struct plasma_buffer *buf, uint64_t deadline_ns)
{
	int ready;

	buf->id = *id;
	do {
		ready = plasma_get_many_until(p, buf, 1, deadline_ns);
	} while (ready == -EINTR);
	return ready < 0 ? ready : buf->status;
}

static bool absent(int err)
{
	return err == -ENOENT || err == -EINPROGRESS;
}

static int get_now(struct plasma *p, struct target *t, struct plasma_buffer *buf)
{
	int err, tries = 0;

	do {
		err = target_find(p, t);
		if (err)
			return err;
		err = get_until(p, &t->id, buf, 0);
	} while (moved_on(t, err, tries++));
	return err;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The kernel waits for ids; for a name it is asked again and again. */
static int wait_name(struct plasma *p, struct target *t, struct plasma_buffer *buf)
{
	uint64_t pause = POLL_FIRST_NS, now;
	int err;

	for (;;) {
		err = target_find(p, t);
		now = now_ns();
		if (!err)
			err = get_until(p, &t->id, buf,
					earlier(options.deadline_ns, now + HOLD_WAIT_NS));
		if (!absent(err))
			return err;
		now = now_ns();
		if (now >= options.deadline_ns)
			return err;
		sleep_ns(earlier(pause, options.deadline_ns - now));
		pause = earlier(2 * pause, POLL_LAST_NS);
	}
}

int target_get(struct plasma *p, struct target *t, struct plasma_buffer *buf)
{
	int err;

	if (!options.waits)
		return get_now(p, t, buf);
	if (t->by_id)
		err = get_until(p, &t->id, buf, options.deadline_ns);
	else
		err = wait_name(p, t, buf);
	return absent(err) ? -ETIMEDOUT : err;
}

