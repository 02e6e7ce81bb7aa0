// SPDX-License-Identifier: GPL-2.0-only
/* refresh: keep objects from being the next to be evicted. */

#include "plasmactl.h"

static enum status refresh(struct plasma *p, const char *text)
{
	struct target t;
	int err;

	target_parse(&t, text);
	err = target_refresh(p, &t);
	return err ? fail_store(err, "refresh", text) : OK;
}

static enum status run(int count, char **operands)
{
	return for_operands(count, operands, refresh);
}

const struct verb verb_refresh = {
	.name = "refresh",
	.operands = "NAME|ID...",
	.accepts = "",
	.min = 1,
	.max = -1,
	.summary = "make objects the last to be evicted",
	.help = "Makes the objects the most recently used, as if they had been used just now, in\n"
		"the order in which they are given. What is in use stays as it is.",
	.run = run,
};
