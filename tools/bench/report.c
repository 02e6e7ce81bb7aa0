// SPDX-License-Identifier: GPL-2.0-only
/* What came of the rows: a table, or JSON. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "bench.h"

/**
 * struct line - what is known of one row and subject
 * @row: which row
 * @subject: which subject
 * @result: what came of it
 * @why: why there is no result; empty if there is one
 * @failed: there should have been
 */
struct line {
	const struct row *row;
	char subject[32];
	struct result result;
	char why[128];
	bool failed;
};

static struct line *lines;
static size_t count;

static struct line *add(const struct row *row, const char *subject)
{
	struct line *l;

	lines = realloc(lines, (count + 1) * sizeof(*lines));
	if (!lines)
		abort();
	l = &lines[count++];
	*l = (struct line){ .row = row };
	snprintf(l->subject, sizeof(l->subject), "%s", subject);
	return l;
}

const char *own_subject(const struct row *row)
{
	return row->no_store ? "machine" : SUBJECT;
}

void report(const struct row *row, const char *subject, const struct result *result)
{
	add(row, subject)->result = *result;
}

void report_own(const struct row *row, const struct result *result)
{
	report(row, own_subject(row), result);
}

void report_skip(const struct row *row, const char *subject, const char *why, ...)
{
	struct line *l = add(row, subject);
	va_list args;

	va_start(args, why);
	vsnprintf(l->why, sizeof(l->why), why, args);
	va_end(args);
}

void report_error(const struct row *row, const char *subject, int err)
{
	struct line *l = add(row, subject);

	snprintf(l->why, sizeof(l->why), "failed: %s", strerror(-err));
	l->failed = true;
}

/* --- targets --- */

struct target {
	enum bound bound;
	double value;
};

static bool old_kernel(const struct utsname *kernel)
{
	int major = 0, minor = 0;

	if (sscanf(kernel->release, "%d.%d", &major, &minor) != 2)
		return false;
	return major < 6 || (major == 6 && minor < 6);
}

/* Only what is measured here has targets, in the unit of the mode. */
static struct target target_of(const struct line *l)
{
	struct target none = { NO_TARGET, 0 }, t = { l->row->bound, l->row->target };
	struct utsname kernel;

	if (strcmp(l->subject, SUBJECT))
		return none;
	uname(&kernel);
	if (options.mode == ICOUNT && !l->row->same_unit) {
		t.bound = l->row->insns ? AT_MOST : NO_TARGET;
		t.value = l->row->insns;
	} else if (l->row->target_old && old_kernel(&kernel)) {
		t.value = l->row->target_old;
	}
	return t;
}

static bool met(struct target t, double value)
{
	return t.bound == AT_MOST ? value <= t.value : value >= t.value;
}

static const char *unit_of(const struct line *l)
{
	return options.mode == ICOUNT && !l->row->same_unit ? "instructions" : l->row->unit;
}

/* --- the table --- */

static const char *figure(char *text, size_t size, double value)
{
	double magnitude = value < 0 ? -value : value;
	int digits = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3;

	snprintf(text, size, "%.*f", magnitude ? digits : 0, value);
	return text;
}

static void print_time(double ns)
{
	if (options.mode != NATIVE)
		return;
	if (!ns)
		printf(" %10s", "");
	else if (ns < 10000)
		printf(" %7.1f ns", ns);
	else
		printf(" %7.1f us", ns / 1000);
}

static void print_target(const struct line *l)
{
	struct target t = target_of(l);
	char text[32];

	if (t.bound == NO_TARGET)
		printf(" %10s", "");
	else
		printf(" %2s %7s", t.bound == AT_MOST ? "<=" : ">=",
		       figure(text, sizeof(text), t.value));
	if (t.bound != NO_TARGET && !*l->why)
		printf("  %s", met(t, l->result.value) ? "met" : "NOT MET");
}

static void print_line(const struct line *l)
{
	char text[32];

	printf("%-20s %-13s ", l->row->name, l->subject);
	if (*l->why) {
		printf("%s", l->failed ? "" : "skipped: ");
		printf("%s\n", l->why);
		return;
	}
	printf("%9s %-12s", figure(text, sizeof(text), l->result.value), unit_of(l));
	print_time(l->result.ns);
	print_target(l);
	printf("  %s\n", l->row->what);
}

static void print_units(void)
{
	puts("N: a null ioctl. M: memcpy of the same bytes between warm buffers. x: a ratio.");
	if (options.mode == NATIVE)
		printf("N is %.1f ns, M of 1 MiB is %.1f us.\n",
		       unit_ns(UNIT_IOCTL, 0, 10000), unit_ns(UNIT_MEMCPY, 1 << 20, 100) / 1000);
	if (options.mode == MTTCG)
		puts("The processor is emulated: only ratios mean anything.");
	if (options.mode == ICOUNT)
		puts("The clock counts instructions.");
}

static void print_table(void)
{
	size_t i;

	print_units();
	printf("\n%-20s %-13s %9s %-12s", "ROW", "SUBJECT", "VALUE", "UNIT");
	printf("%s %10s\n", options.mode == NATIVE ? "       TIME" : "", "TARGET");
	for (i = 0; i < count; i++)
		print_line(&lines[i]);
}

/* --- JSON --- */

static void print_string(const char *key, const char *text)
{
	printf("\"%s\": \"", key);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text >= ' ')
			putchar(*text);
	putchar('"');
}

static void print_json_value(const struct line *l)
{
	struct target t = target_of(l);

	if (*l->why)
		printf("\"value\": null, ");
	else
		printf("\"value\": %.10g, ", l->result.value);
	print_string("unit", unit_of(l));
	if (*l->why) {
		printf(", ");
		print_string(l->failed ? "error" : "skipped", l->why);
		return;
	}
	if (t.bound != NO_TARGET)
		printf(", \"%s\": %g, \"met\": %s",
		       t.bound == AT_MOST ? "at_most" : "at_least", t.value,
		       met(t, l->result.value) ? "true" : "false");
	if (options.mode == NATIVE && l->result.ns)
		printf(", \"ns\": %.6g", l->result.ns);
}

static void print_json_line(const struct line *l, const char *kernel)
{
	static const char *const modes[] = { "native", "mttcg", "icount" };

	printf("{");
	print_string("kernel", kernel);
	printf(", ");
	print_string("mode", modes[options.mode]);
	printf(", ");
	print_string("row", l->row->name);
	printf(", ");
	print_string("subject", l->subject);
	printf(", ");
	print_json_value(l);
	printf("}");
}

/* The series of the running kernel, as 6.12. */
static void print_json(void)
{
	struct utsname kernel;
	char *end;
	size_t i;

	uname(&kernel);
	end = strchr(kernel.release, '.');
	if (end)
		end[1 + strspn(end + 1, "0123456789")] = '\0';
	printf("[");
	for (i = 0; i < count; i++) {
		printf("%s\n", i ? "," : "");
		print_json_line(&lines[i], kernel.release);
	}
	printf("\n]\n");
}

bool report_print(void)
{
	size_t i;

	if (options.json)
		print_json();
	else
		print_table();
	for (i = 0; i < count; i++)
		if (lines[i].failed)
			return false;
	return true;
}
