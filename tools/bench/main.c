// SPDX-License-Identifier: GPL-2.0-only
/* plasma-bench: what operations of the store cost, in units of the machine's own. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

struct options options = { .rounds = 9, .objects = 1000000, .refs = 100000 };

static const struct row *const groups[] = {
	rows_small, rows_large, rows_wake, rows_many, rows_clients, rows_trace,
	rows_peers,
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static const char usage[] =
	"usage: plasma-bench [OPTION]...\n"
	"\n"
	"Measures operations of the store behind /dev/plasma: in N, the time of an ioctl that\n"
	"does nothing, and M, the time of a memcpy of the same bytes.\n"
	"\n"
	"  --rows LIST     only these rows, with commas between; 'put' is also put-64 and so on\n"
	"  --peers LIST    only these peers; 'none' for none\n"
	"  --list          name the rows and exit\n"
	"  --rounds N      measure each row N times and take the median (9; quick: 3) or, with icount, the least (5)\n"
	"  --objects N     how many objects are many (1000000; quick, icount: 10000)\n"
	"  --refs N        references that a dying client holds (100000; quick, icount: 1000)\n"
	"  --quick         few operations: does it work?\n"
	"  --json          print JSON\n"
	"  --progress      say on stderr how long each row took\n"
	"  --mode MODE     what the clock measures: native, mttcg or icount; without it,\n"
	"                  plasma-bench finds out\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 done, 1 a row failed, 2 wrong usage, 77 no module.\n";

static bool listed_as(const char *word, size_t length, const char *name)
{
	return !strncmp(word, name, length) && (name[length] == '\0' || name[length] == '-');
}

bool listed(const char *list, const char *name)
{
	size_t length;

	if (!list)
		return true;
	for (; *list; list += length + (list[length] == ',')) {
		length = strcspn(list, ",");
		if (length && listed_as(list, length, name))
			return true;
	}
	return false;
}

static void list_rows(void)
{
	const struct row *row;
	size_t i;

	for (i = 0; i < GROUPS; i++)
		for (row = groups[i]; row->name; row++)
			printf("%-20s %s\n", row->name, row->what);
}

static enum mode find_mode(void)
{
	if (!emulated())
		return NATIVE;
	return clock_counts_instructions() ? ICOUNT : MTTCG;
}

static void wrong(const char *what, const char *value)
{
	fprintf(stderr, "plasma-bench: %s '%s'; see plasma-bench --help\n", what, value);
	exit(2);
}

static size_t number(const char *text)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || !value)
		wrong("not a number that makes sense:", text);
	return value;
}

static enum mode mode_named(const char *name)
{
	if (!strcmp(name, "native"))
		return NATIVE;
	if (!strcmp(name, "mttcg"))
		return MTTCG;
	if (!strcmp(name, "icount"))
		return ICOUNT;
	wrong("no mode", name);
	return NATIVE;
}

enum choice {
	OPT_ROWS,
	OPT_PEERS,
	OPT_LIST,
	OPT_ROUNDS,
	OPT_OBJECTS,
	OPT_REFS,
	OPT_QUICK,
	OPT_JSON,
	OPT_PROGRESS,
	OPT_MODE,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "rows", required_argument, NULL, OPT_ROWS },
	{ "peers", required_argument, NULL, OPT_PEERS },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "rounds", required_argument, NULL, OPT_ROUNDS },
	{ "objects", required_argument, NULL, OPT_OBJECTS },
	{ "refs", required_argument, NULL, OPT_REFS },
	{ "quick", no_argument, NULL, OPT_QUICK },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "progress", no_argument, NULL, OPT_PROGRESS },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

/* What was not given depends on what was. */
struct given {
	size_t rounds, objects, refs;
	bool mode;
};

static void take_number(int option, struct given *given)
{
	size_t value = number(optarg);

	if (option == OPT_ROUNDS)
		given->rounds = value;
	else if (option == OPT_OBJECTS)
		given->objects = value;
	else
		given->refs = value;
}

static void take(int option, struct given *given)
{
	switch (option) {
	case OPT_ROWS:
		options.rows = optarg;
		break;
	case OPT_PEERS:
		options.peers = optarg;
		break;
	case OPT_LIST:
		list_rows();
		exit(0);
	case OPT_ROUNDS:
	case OPT_OBJECTS:
	case OPT_REFS:
		take_number(option, given);
		break;
	case OPT_QUICK:
		options.quick = true;
		break;
	case OPT_JSON:
		options.json = true;
		break;
	case OPT_PROGRESS:
		options.progress = true;
		break;
	case OPT_MODE:
		options.mode = mode_named(optarg);
		given->mode = true;
		break;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		fputs("plasma-bench: see plasma-bench --help\n", stderr);
		exit(2);
	}
}

/* Fewer where each takes long. */
static unsigned int usual_rounds(void)
{
	if (options.quick)
		return 3;
	return options.mode == ICOUNT ? 5 : 9;
}

static void parse(int argc, char **argv)
{
	struct given given = { 0 };
	bool small;
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
		take(option, &given);
	if (optind < argc)
		wrong("unknown argument", argv[optind]);
	if (!given.mode)
		options.mode = find_mode();
	else if (options.mode == NATIVE && emulated())
		wrong("the processor is emulated, and its times mean nothing: not", "native");
	small = options.quick || options.mode == ICOUNT;
	options.rounds = given.rounds ? (unsigned int)given.rounds : usual_rounds();
	options.objects = given.objects ? given.objects : small ? 10000 : 1000000;
	options.refs = given.refs ? given.refs : small ? 1000 : 100000;
}

static void run_row(const struct row *row)
{
	uint64_t start = now_ns();
	int err;

	if (!listed(options.rows, row->name) || (row->no_icount && options.mode == ICOUNT))
		return;
	if (row->cpus > cpus_online()) {
		report_skip(row, own_subject(row), "it takes %d processors", row->cpus);
		return;
	}
	err = row->run(row);
	if (err)
		report_error(row, own_subject(row), err);
	if (options.progress)
		fprintf(stderr, "%s: %.1f s\n", row->name, (double)(now_ns() - start) / 1e9);
}

/* Says what is wrong before a row does. */
static void need_module(void)
{
	struct plasma *p;
	int err = plasma_open(&p, NULL, PLASMA_OPEN_STORE);

	if (err) {
		fprintf(stderr, "plasma-bench: cannot open /dev/plasma: %s\n", strerror(-err));
		exit(err == -ENODEV ? 77 : 1);
	}
	plasma_close(p);
}

int main(int argc, char **argv)
{
	const struct row *row;
	size_t i;

	parse(argc, argv);
	need_module();
	for (i = 0; i < GROUPS; i++)
		for (row = groups[i]; row->name; row++)
			run_row(row);
	return report_print() ? 0 : 1;
}
