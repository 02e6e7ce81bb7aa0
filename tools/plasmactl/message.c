// SPDX-License-Identifier: GPL-2.0-only
/* Messages: one write of one line each, whatever bytes an argument had. */

#include <stdio.h>
#include <unistd.h>
#include "message.h"

void message(const char *program, const char *format, va_list args)
{
	char text[1536], line[2048];
	size_t n;
	const char *c;

	vsnprintf(text, sizeof(text), format, args);
	n = (size_t)snprintf(line, sizeof(line), "%s: ", program);
	for (c = text; *c && n < sizeof(line) - 6; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			n += (size_t)snprintf(line + n, 5, "\\x%02x", (unsigned char)*c);
		else
			line[n++] = *c;
	}
	line[n++] = '\n';
	fflush(stdout);
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
