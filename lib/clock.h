/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The clock that this process and the kernel read alike: %PLASMA_CLOCK_CYCLES. */
#ifndef PLASMA_CLOCK_H
#define PLASMA_CLOCK_H

#include <stdint.h>

#if defined(__x86_64__)
#define CLOCK_SHARED 1
static inline uint64_t clock_now(void)
{
	return __builtin_ia32_rdtsc();
}
#elif defined(__aarch64__)
#define CLOCK_SHARED 1
static inline uint64_t clock_now(void)
{
	uint64_t now;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(now));
	return now;
}
#else
#define CLOCK_SHARED 0
static inline uint64_t clock_now(void)
{
	return 0;
}
#endif

#endif
