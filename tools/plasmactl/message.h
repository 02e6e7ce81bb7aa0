/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program says to its user; for plasma-store-server too. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdarg.h>

/* One line on stderr, "program: text", after what stdout has so far. */
void message(const char *program, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif
