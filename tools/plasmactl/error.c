// SPDX-License-Identifier: GPL-2.0-only
/* Errors: one line each, "plasmactl: what on what: why; what to do". */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "message.h"
#include "plasmactl.h"

enum status fail(enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message("plasmactl", format, args);
	va_end(args);
	return status;
}

void remark(const char *format, ...)
{
	va_list args;

	if (options.quiet)
		return;
	va_start(args, format);
	message("plasmactl", format, args);
	va_end(args);
}

struct reason {
	int err;
	enum status status;
	const char *why;
	const char *todo;
};

static const struct reason reasons[] = {
	{ EACCES, DENIED, "the namespace does not allow it",
	  "ask its owner to widen its mode: plasmactl ns set --mode" },
	{ E2BIG, FAILED, "it is more than the store takes at once", "give it less" },
	{ EALREADY, FAILED, "the object is sealed already", "put a new one" },
	{ EBUSY, FAILED, "it is in use", "try again when nobody uses it" },
	{ EDQUOT, FULL, "it is more than the quota, or than one user may have",
	  "remove objects, or choose a larger quota" },
	{ EEXIST, FAILED, "it exists already", "choose another, or remove it first" },
	{ EIDRM, NOT_FOUND, "the namespace was removed meanwhile",
	  "create it again: plasmactl ns create" },
	{ EINPROGRESS, NOT_FOUND, "the object is not sealed yet",
	  "wait for it with --timeout" },
	{ EINVAL, FAILED, "the store does not accept the value",
	  "names must not be empty nor have control characters" },
	{ ENAMETOOLONG, FAILED, "the name is longer than 255 bytes", "choose a shorter one" },
	{ ENODEV, NO_MODULE, "there is no such device",
	  "load the module: modprobe plasma, or insmod plasma.ko" },
	{ ENOENT, NOT_FOUND, "there is no such object", "see what there is: plasmactl ls" },
	{ ENOMEM, FULL, "the machine or the cgroup has no memory left",
	  "free memory, or make room: plasmactl evict SIZE" },
	{ ENOSPC, FULL, "the store is full and nothing more may be evicted",
	  "remove objects with plasmactl rm, or raise the capacity: plasmactl ns set" },
	{ ENOTTY, FAILED, "the module does not know this command",
	  "install the plasmactl that came with the module: plasmactl check" },
	{ EOVERFLOW, FULL, "it is larger than any store", "put something smaller" },
	{ EPERM, DENIED, "only its owner may do this", "become its owner or root" },
	{ ETIMEDOUT, TIMED_OUT, "it did not come in time", "wait longer: --timeout" },
};

enum status fail_store(int err, const char *what, const char *on)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].err == -err)
			return fail(reasons[i].status, "%s %s: %s; %s", what, on,
				    reasons[i].why, reasons[i].todo);
	return fail(FAILED, "%s %s: %s; see: plasmactl check", what, on, strerror(-err));
}

enum status fail_file(int err, const char *what, const char *path)
{
	const char *todo = "check the file";

	if (err == ENOSPC || err == EDQUOT || err == EFBIG)
		todo = "make room there or choose another place";
	else if (err == EACCES || err == EPERM || err == EROFS)
		todo = "check its permissions";
	else if (err == ENOENT || err == ENOTDIR)
		todo = "check the path";
	return fail(FAILED, "%s %s: %s; %s", what, path, strerror(err), todo);
}

enum status fail_memory(void)
{
	return fail(FAILED, "plasmactl itself: no memory; free some and try again");
}
