// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault injection: see fault.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common.h"
#include "fault.h"

#define FAULTS		"/sys/kernel/debug/"
#define MIN_ORDER	FAULTS "fail_page_alloc/min-order"

static int nth_file = -1, shortage_file = -1;

bool fault_init(void)
{
	static const struct {
		const char *file;
		const char *value;
	} settings[] = {
		{ FAULTS "failslab/ignore-gfp-wait", "N" },
		{ FAULTS "failslab/verbose", "0" },
		/* Of threads that are in a shortage, all. */
		{ FAULTS "failslab/task-filter", "Y" },
		{ FAULTS "failslab/times", "-1" },
		{ FAULTS "failslab/probability", "100" },
		{ FAULTS "fail_page_alloc/ignore-gfp-wait", "N" },
		{ FAULTS "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ MIN_ORDER, "0" },
		{ FAULTS "fail_page_alloc/verbose", "0" },
		{ FAULTS "fail_page_alloc/task-filter", "Y" },
		{ FAULTS "fail_page_alloc/times", "-1" },
		{ FAULTS "fail_page_alloc/probability", "100" },
		{ FAULTS "fail_usercopy/verbose", "0" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (file_write(settings[i].file, settings[i].value))
			return false;
	nth_file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	shortage_file = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	return nth_file >= 0 && shortage_file >= 0;
}

void fault_at(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(nth_file, text, n, 0) != n)
		abort();
}

/* Reading and writing the file may fail by it, too. */
unsigned int fault_left(void)
{
	char text[16] = "";
	ssize_t n = pread(nth_file, text, sizeof(text) - 1, 0);

	if (pwrite(nth_file, "0", 1, 0) != 1 && pwrite(nth_file, "0", 1, 0) != 1)
		abort();
	return n > 0 ? strtoul(text, NULL, 10) : 1;
}

bool fault_happened(void)
{
	return !fault_left();
}

void shortage_at(unsigned int nth)
{
	if (file_write(MIN_ORDER, "1") || pwrite(shortage_file, "1", 1, 0) != 1)
		abort();
	fault_at(nth);
}

bool shortage_happened(void)
{
	bool happened;

	/* Writing may be the place that fails. */
	if (pwrite(shortage_file, "0", 1, 0) != 1 && pwrite(shortage_file, "0", 1, 0) != 1)
		abort();
	happened = fault_happened();
	if (file_write(MIN_ORDER, "0"))
		abort();
	return happened;
}
