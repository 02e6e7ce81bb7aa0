// SPDX-License-Identifier: GPL-2.0-only
/* Messages: one line each, "plasma-store-server: what: why; what to do". */

#include <stdarg.h>
#include "message.h"
#include "server.h"

enum status fail(enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message("plasma-store-server", format, args);
	va_end(args);
	return status;
}

void remark(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message("plasma-store-server", format, args);
	va_end(args);
}
