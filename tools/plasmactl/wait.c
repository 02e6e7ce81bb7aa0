// SPDX-License-Identifier: GPL-2.0-only
/* wait: until objects can be had. */

#include "plasmactl.h"

static enum status wait_for(struct plasma *p, const char *text)
{
	struct target t;
	int err;

	target_parse(&t, text);
	err = target_wait(p, &t);
	return err ? fail_store(err, "wait for", text) : OK;
}

static enum status run(int count, char **operands)
{
	enum status status;
	struct plasma *p;
	int i;

	options.waits = true;
	if (!options.has_timeout)
		options.deadline_ns = PLASMA_FOREVER;
	status = store_open(&p, 0);
	if (status)
		return status;
	for (i = 0; i < count && !status; i++)
		status = wait_for(p, operands[i]);
	plasma_close(p);
	return status;
}

const struct verb verb_wait = {
	.name = "wait",
	.operands = "NAME|ID...",
	.accepts = "t",
	.min = 1,
	.max = -1,
	.summary = "wait until objects are there",
	.help = "Waits until each of the objects was seen sealed, for ever or as --timeout says.",
	.run = run,
};
