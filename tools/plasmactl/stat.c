// SPDX-License-Identifier: GPL-2.0-only
/* stat: all that is known of objects. */

#include <errno.h>
#include <stdlib.h>
#include "plasmactl.h"

/* As much metadata as there is, which may change with the object until it is read. */
static int find_out(struct plasma *p, struct target *t, struct known *known)
{
	size_t room = 0;
	int err;

	for (;;) {
		err = target_stat(p, t, &known->info, known->metadata, room);
		if (err || known->info.metadata_size <= room)
			return err;
		free(known->metadata);
		room = known->info.metadata_size;
		known->metadata = malloc(room);
		if (!known->metadata)
			return -ENOMEM;
	}
}

static enum status collect(struct plasma *p, int count, char **operands,
			   struct known *known, size_t *found)
{
	enum status status = OK, one;
	struct target t;
	int i, err;

	for (i = 0; i < count; i++) {
		target_parse(&t, operands[i]);
		err = find_out(p, &t, &known[*found]);
		if (!err) {
			++*found;
			continue;
		}
		one = fail_store(err, "stat", operands[i]);
		status = status ? status : one;
	}
	return status;
}

static void free_all(struct known *known, int count)
{
	int i;

	for (i = 0; known && i < count; i++)
		free(known[i].metadata);
	free(known);
}

static enum status run(int count, char **operands)
{
	enum status status, printed;
	struct known *known;
	size_t found = 0;
	struct plasma *p;

	status = store_open(&p, 0);
	if (status)
		return status;
	known = calloc((size_t)count, sizeof(*known));
	if (known) {
		status = collect(p, count, operands, known, &found);
		printed = found ? objects_answer_all(known, found) : OK;
		status = status ? status : printed;
	} else {
		status = fail_memory();
	}
	free_all(known, count);
	plasma_close(p);
	return status;
}

const struct verb verb_stat = {
	.name = "stat",
	.operands = "NAME|ID...",
	.accepts = "",
	.min = 1,
	.max = -1,
	.summary = "show all that is known of objects",
	.help = "Shows all that is known of the objects, sealed or not, without using them, and\n"
		"their metadata. An id may also be one whose object was evicted not long ago.",
	.run = run,
};
