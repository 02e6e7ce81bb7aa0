// SPDX-License-Identifier: GPL-2.0-only
/* Messages: one line each, "plasma-store-server: what: why; what to do". */

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "server.h"

/* One write of one line, whatever bytes an argument had. */
static void print_line(const char *format, va_list args)
{
	char text[1024], line[1400];
	size_t n;
	const char *c;

	vsnprintf(text, sizeof(text), format, args);
	n = (size_t)snprintf(line, sizeof(line), "plasma-store-server: ");
	for (c = text; *c && n < sizeof(line) - 6; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			n += (size_t)snprintf(line + n, 5, "\\x%02x", (unsigned char)*c);
		else
			line[n++] = *c;
	}
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

enum status fail(enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
	return status;
}

void remark(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
}
