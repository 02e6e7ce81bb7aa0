// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Timeouts and deadlines. */

#include <time.h>
#include "internal.h"

uint64_t deadline_after(int timeout_ms)
{
	struct timespec now;

	if (timeout_ms < 0)
		return PLASMA_FOREVER;
	if (timeout_ms == 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec +
	       (uint64_t)timeout_ms * 1000000;
}
