// SPDX-License-Identifier: GPL-2.0-only
/* stat: all that is known of objects. */

#include <stdlib.h>
#include "plasmactl.h"

static enum status collect(struct plasma *p, int count, char **operands,
			   struct plasma_object_info *infos, size_t *found)
{
	enum status status = OK, one;
	struct target t;
	int i, err;

	for (i = 0; i < count; i++) {
		target_parse(&t, operands[i]);
		err = target_stat(p, &t, &infos[*found]);
		if (!err) {
			++*found;
			continue;
		}
		one = fail_store(err, "stat", operands[i]);
		status = status ? status : one;
	}
	return status;
}

static enum status run(int count, char **operands)
{
	struct plasma_object_info *infos;
	enum status status, printed;
	size_t found = 0;
	struct plasma *p;

	status = store_open(&p, 0);
	if (status)
		return status;
	infos = calloc((size_t)count, sizeof(*infos));
	if (infos) {
		status = collect(p, count, operands, infos, &found);
		printed = found ? objects_answer(infos, found, true) : OK;
		status = status ? status : printed;
	} else {
		status = fail_memory();
	}
	free(infos);
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
	.help = "Shows all that is known of the objects, sealed or not, without using them.",
	.run = run,
};
