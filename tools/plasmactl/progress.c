// SPDX-License-Identifier: GPL-2.0-only
/* How far a transfer is: on a terminal, once it has taken a second. */

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>
#include "plasmactl.h"

#define FIRST_NS	1000000000ULL
#define EVERY_NS	200000000ULL

static struct {
	const char *what;
	uint64_t total;
	uint64_t done;
	uint64_t begin_ns;
	uint64_t next_ns;
	bool active;
	bool visible;
} progress;

/* @total is 0 where it is not known. */
void progress_begin(const char *what, uint64_t total)
{
	progress.active = !options.quiet && isatty(STDERR_FILENO);
	progress.visible = false;
	progress.what = what;
	progress.total = total;
	progress.done = 0;
	progress.begin_ns = now_ns();
	progress.next_ns = progress.begin_ns + FIRST_NS;
}

static uint64_t rate(uint64_t done, uint64_t ns)
{
	return (uint64_t)((double)done * 1e9 / (double)(ns ? ns : 1));
}

void progress_update(uint64_t done)
{
	char bytes[SIZE_TEXT], total[SIZE_TEXT], speed[SIZE_TEXT];
	uint64_t now;

	if (!progress.active)
		return;
	now = now_ns();
	if (now < progress.next_ns)
		return;
	progress.next_ns = now + EVERY_NS;
	progress.visible = true;
	format_size(bytes, done);
	format_size(speed, rate(done, now - progress.begin_ns));
	if (progress.total >= done && progress.total)
		fprintf(stderr, "\r%s: %s of %s, %u%%, %s/s\033[K", progress.what, bytes,
			format_size(total, progress.total),
			(unsigned int)((double)done * 100 / (double)progress.total), speed);
	else
		fprintf(stderr, "\r%s: %s, %s/s\033[K", progress.what, bytes, speed);
}

void progress_advance(uint64_t more)
{
	progress.done += more;
	progress_update(progress.done);
}

void progress_end(void)
{
	if (progress.visible)
		fputs("\r\033[K", stderr);
	progress.active = false;
	progress.visible = false;
}
