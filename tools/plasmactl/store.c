// SPDX-License-Identifier: GPL-2.0-only
/* The store, and objects as the user calls them: by name or by id. */

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "plasmactl.h"

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
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

enum status for_operands(int count, char **operands,
			 enum status (*one)(struct plasma *p, const char *operand))
{
	enum status first, status;
	struct plasma *p;
	int i;

	first = store_open(&p, 0);
	if (first)
		return first;
	for (i = 0; i < count; i++) {
		status = one(p, operands[i]);
		first = first ? first : status;
	}
	plasma_close(p);
	return first;
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

int target_stat(struct plasma *p, struct target *t, struct plasma_object_info *info,
		void *metadata, size_t metadata_size)
{
	int err, tries = 0;

	do {
		err = target_find(p, t);
		if (err)
			return err;
		err = plasma_stat_metadata(p, &t->id, t->by_id ? PLASMA_STAT_EVICTED : 0,
					   info, sizeof(*info), metadata, metadata_size);
	} while (moved_on(t, err, tries++));
	return err;
}

int target_refresh(struct plasma *p, struct target *t)
{
	struct plasma_result result = { 0 };
	int err, tries = 0;

	do {
		err = target_find(p, t);
		if (err)
			return err;
		result.id = t->id;
		err = plasma_refresh(p, &result, 1);
		err = err ? err : result.status;
	} while (moved_on(t, err, tries++));
	return err;
}

int target_delete(struct plasma *p, struct target *t, uint32_t flags)
{
	int err, tries = 0;

	do {
		err = target_find(p, t);
		if (err)
			return err;
		err = plasma_delete(p, &t->id, flags);
	} while (moved_on(t, err, tries++));
	return err;
}

/* Goes on after signals. */
static int get_until(struct plasma *p, struct target *t, struct plasma_buffer *buf,
		     uint64_t deadline_ns)
{
	int result;

	buf->id = t->id;
	do {
		if (t->by_id)
			result = plasma_get_many_until(p, buf, 1, deadline_ns);
		else
			result = plasma_name_get_until(p, t->text, buf, deadline_ns);
	} while (result == -EINTR);
	return result < 0 ? result : buf->status;
}

static int in_time(int err)
{
	bool absent = err == -ENOENT || err == -EINPROGRESS;

	return absent && options.waits ? -ETIMEDOUT : err;
}

int target_get(struct plasma *p, struct target *t, struct plasma_buffer *buf)
{
	return in_time(get_until(p, t, buf, options.waits ? options.deadline_ns : 0));
}

static int wait_id(struct plasma *p, const struct plasma_id *id)
{
	struct plasma_result result = { .id = *id };
	int ready;

	do {
		ready = plasma_wait_until(p, &result, 1, 0, options.deadline_ns);
	} while (ready == -EINTR);
	return in_time(ready < 0 ? ready : result.status);
}

int target_wait(struct plasma *p, struct target *t)
{
	struct plasma_buffer buf;
	int err;

	if (t->by_id)
		return wait_id(p, &t->id);
	err = target_get(p, t, &buf);
	if (!err)
		plasma_release_buffer(p, &buf);
	return err;
}
