/* SPDX-License-Identifier: GPL-2.0-only */
/* How children and threads check, which cannot use the macros of the harness. */
#ifndef SELFTESTS_CHECK_H
#define SELFTESTS_CHECK_H

#include <stdbool.h>

#define CHECK_EQ(expected, seen) do {					\
	long long __want = (long long)(expected);			\
	long long __have = (long long)(seen);				\
									\
	if (__want != __have) {						\
		complain(__FILE__, __LINE__, #seen, __want, __have);	\
		return 1;						\
	}								\
} while (0)

#define CHECK(condition)	CHECK_EQ(true, !!(condition))

void complain(const char *file, int line, const char *what, long long want,
	      long long have);

#endif /* SELFTESTS_CHECK_H */
