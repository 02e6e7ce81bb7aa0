// SPDX-License-Identifier: GPL-2.0-only
/* rm: delete objects. */

#include <errno.h>
#include "plasmactl.h"

static enum status rm(struct plasma *p, const char *text)
{
	struct target t;
	int result;

	target_parse(&t, text);
	result = target_delete(p, &t, options.hide ? PLASMA_DELETE_HIDE : 0);
	if (result == -ENOENT && options.force)
		return OK;
	if (result < 0)
		return fail_store(result, "rm", text);
	if (result == PLASMA_DELETE_PENDING && !options.hide)
		remark("rm %s: it is in use and goes when its last user lets go", text);
	return OK;
}

static enum status run(int count, char **operands)
{
	return for_operands(count, operands, rm);
}

const struct verb verb_rm = {
	.name = "rm",
	.operands = "NAME|ID...",
	.accepts = "fH",
	.min = 1,
	.max = -1,
	.summary = "delete objects",
	.help = "Deletes the objects and their names. One that is in use goes when its last user\n"
		"lets go, and stays under its id until then unless --hide is given. With --force\n"
		"objects that do not exist are no error.",
	.run = run,
};
