// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <unistd.h>

#include "check.h"

void complain(const char *file, int line, const char *what, long long want,
	      long long have)
{
	fprintf(stderr, "# %s:%d: pid %d: expected %s to be %lld, not %lld\n",
		file, line, getpid(), what, want, have);
}
