// SPDX-License-Identifier: GPL-2.0-only
/* The command line. */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "plasmactl.h"

struct options options = { .ns = "default" };

/* Every option of every verb; verbs name theirs by letter. Capitals have no short form. */
struct option_help {
	char letter;
	const char *name;
	const char *argument;
	const char *help;
};

static const struct option_help table[] = {
	{ 'n', "namespace", "NAME", "work in this namespace, not in 'default'" },
	{ 'J', "json", NULL, "answer in JSON" },
	{ 'q', "quiet", NULL, "no progress and no remarks" },
	{ 'b', "bytes", NULL, "sizes in bytes" },
	{ 'h', "help", NULL, "this text" },
	{ 'V', "version", NULL, "the version" },

	{ 'I', "id", "HEX", "the id, 40 hexadecimal digits, or 'random'" },
	{ 'R', "replace", NULL, "if the name is taken, replace its object" },
	{ 'D', "metadata", "FILE", "the metadata of the object" },
	{ 'K', "keep", NULL, "never evict the object" },
	{ 'E', "no-evict", NULL, "fail if the store is full, evict nothing" },
	{ 'o', "output", "FILE", "write to FILE, '-' for standard output" },
	{ 'A', "metadata", NULL, "the metadata instead of the data" },
	{ 't', "timeout", "SECONDS", "wait so long, 'inf' for ever" },
	{ 'f', "force", NULL, "go on where caution would stop" },
	{ 'C', "capacity", "SIZE", "most bytes of its objects; K, M, G, T accepted" },
	{ 'M', "mode", "OCTAL", "permissions as of a file, 660 if not given" },
	{ 'P', "evict-percent", "N", "least share of the capacity to evict at once" },
	{ 'L', "reclaim", NULL, "evict its objects when the machine runs short of memory" },
	{ 'H', "hide", NULL, "free the id and the name at once, also of what is in use" },
	{ 'N', "count", "N", "end after so many lines" },
	{ 'Y', "no-replay", NULL, "only what happens from now on" },
	{ 'z', "zstd", NULL, "compress" },
	{ 'S', "skip-existing", NULL, "leave out what exists already" },
	{ 'O', "owner", "USER[:GROUP]", "the new owner, names or numbers" },
};

#define OPTIONS (sizeof(table) / sizeof(table[0]))
#define GLOBAL "nJqbhV"

static const char units[] = "KMGT";

/* Suffixes K M G T, of 1024, also as KiB or KB; fractions as 1.5G. */
bool parse_size(const char *text, uint64_t *size)
{
	const char *unit;
	long double value;
	char *end;
	int shift = 0;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	if (text[strspn(text, "0123456789")] == '\0') {
		*size = strtoull(text, NULL, 10);
		return errno == 0;
	}
	/* Of what strtold() reads, only digits and a point. */
	end = (char *)text + strspn(text, "0123456789.");
	if (*end && strchr("eExX", *end))
		return false;
	value = strtold(text, &end);
	if (*end) {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit)
			return false;
		shift = 10 * (int)(unit - units + 1);
		end++;
		if (strcmp(end, "") && strcasecmp(end, "B") && strcasecmp(end, "iB"))
			return false;
	}
	value *= (long double)(1ULL << shift);
	if (!(value < 18446744073709551616.0L))
		return false;
	*size = (uint64_t)value;
	return true;
}

static bool parse_timeout(const char *text)
{
	char *end;
	double seconds;

	options.waits = true;
	options.has_timeout = true;
	if (!strcmp(text, "inf")) {
		options.deadline_ns = PLASMA_FOREVER;
		return true;
	}
	seconds = strtod(text, &end);
	if (end == text || *end || !(seconds >= 0) || !isfinite(seconds))
		return false;
	options.waits = seconds > 0;
	if (seconds > 1e9)
		options.deadline_ns = PLASMA_FOREVER;
	else
		options.deadline_ns = now_ns() + (uint64_t)(seconds * 1e9);
	return true;
}

static bool parse_mode(const char *text)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (!isdigit((unsigned char)text[0]) || *end || mode > 0777)
		return false;
	options.ns_options.mode = (uint32_t)mode;
	options.ns_options.flags |= PLASMA_NS_SET_MODE;
	return true;
}

static bool parse_percent(const char *text)
{
	char *end;
	unsigned long percent = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)text[0]) || *end || percent > 100)
		return false;
	options.ns_options.evict_percent = (uint32_t)percent;
	options.ns_options.flags |= PLASMA_NS_SET_EVICT_PERCENT;
	return true;
}

static bool parse_count(const char *text)
{
	char *end;

	errno = 0;
	options.count = strtoull(text, &end, 10);
	return isdigit((unsigned char)text[0]) && !*end && !errno && options.count;
}

static bool parse_id(const char *text)
{
	struct plasma_id id;

	options.random_id = !strcmp(text, "random");
	options.id = text;
	return options.random_id || plasma_id_from_hex(&id, text) == 0;
}

static bool set_option(char letter, const char *argument)
{
	switch (letter) {
	case 'n':
		options.ns = argument;
		return *argument;
	case 'J':
		options.json = true;
		break;
	case 'q':
		options.quiet = true;
		break;
	case 'b':
		options.exact = true;
		break;
	case 'I':
		return parse_id(argument);
	case 'R':
		options.replace = true;
		break;
	case 'D':
		options.metadata = argument;
		return *argument;
	case 'A':
		options.only_metadata = true;
		break;
	case 'K':
		options.keep = true;
		break;
	case 'E':
		options.no_evict = true;
		break;
	case 'o':
		options.output = argument;
		return *argument;
	case 't':
		return parse_timeout(argument);
	case 'f':
		options.force = true;
		break;
	case 'C':
		options.ns_options.flags |= PLASMA_NS_SET_CAPACITY;
		return parse_size(argument, &options.ns_options.capacity);
	case 'M':
		return parse_mode(argument);
	case 'P':
		return parse_percent(argument);
	case 'L':
		options.reclaim = true;
		break;
	case 'H':
		options.hide = true;
		break;
	case 'N':
		return parse_count(argument);
	case 'Y':
		options.no_replay = true;
		break;
	case 'z':
		options.zstd = true;
		break;
	case 'S':
		options.skip_existing = true;
		break;
	case 'O':
		options.owner = argument;
		return *argument;
	}
	return true;
}

static const struct option_help *find_option(int letter)
{
	size_t i;

	for (i = 0; i < OPTIONS; i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

/* What getopt_long() wants to know of the options in @accepts. */
static void build(const char *accepts, char *letters, struct option *names)
{
	size_t i;

	*letters++ = ':';
	for (i = 0; i < OPTIONS; i++) {
		const struct option_help *o = &table[i];

		if (!strchr(accepts, o->letter))
			continue;
		*names++ = (struct option){ o->name, !!o->argument, NULL, o->letter };
		if (isupper((unsigned char)o->letter) && o->letter != 'V')
			continue;
		*letters++ = o->letter;
		if (o->argument)
			*letters++ = ':';
	}
	*letters = '\0';
	*names = (struct option){ 0 };
}

static void see_help(const char *path, char *text, size_t size)
{
	snprintf(text, size, "plasmactl%s%s --help", *path ? " " : "", path);
}

static int bad_option(const char *path, int result, char **argv)
{
	const struct option_help *o = find_option(optopt);
	const char *colon = *path ? ": " : "";
	char help[64];

	see_help(path, help, sizeof(help));
	if (result == ':')
		fail(USAGE, "%s%soption --%s: its %s is missing; see: %s", path, colon,
		     o ? o->name : "?", o ? o->argument : "argument", help);
	else if (optopt && !o)
		fail(USAGE, "%s%soption -%c: there is no such option; see: %s", path, colon,
		     optopt, help);
	else if (optopt && strncmp(argv[optind - 1], "--", 2))
		fail(USAGE, "%s%soption -%c: not an option here; see: %s", path, colon,
		     optopt, help);
	else
		fail(USAGE, "%s%soption %s: not an option here; see: %s", path, colon,
		     argv[optind - 1], help);
	return -1;
}

static int bad_argument(const char *path, int letter, const char *argument)
{
	const struct option_help *o = find_option(letter);
	char help[64];

	see_help(path, help, sizeof(help));
	if (o)
		fail(USAGE, "%s%soption --%s %s: not valid as %s; see: %s", path,
		     *path ? ": " : "", o->name, argument, o->argument, help);
	return -1;
}

/* Returns the index of the first operand, or -1 after an error. */
static int parse(const char *path, const char *accepts, bool stop_at_operand, int argc,
		 char **argv, bool *help, bool *version)
{
	char letters[2 * OPTIONS + 3] = "+";
	struct option names[OPTIONS + 1];
	int c;

	build(accepts, letters + stop_at_operand, names);
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (c == '?' || c == ':')
			return bad_option(path, c, argv);
		if (c == 'h')
			*help = true;
		else if (c == 'V')
			*version = true;
		else if (!set_option((char)c, optarg))
			return bad_argument(path, c, optarg);
	}
	return optind;
}

int options_global(int argc, char **argv, bool *help, bool *version)
{
	return parse("", GLOBAL, true, argc, argv, help, version);
}

int options_verb(const struct verb *verb, const char *path, int argc, char **argv,
		 bool *help)
{
	char accepts[OPTIONS + 1];
	bool version = false;

	snprintf(accepts, sizeof(accepts), "nJqbh%s", verb->accepts);
	return parse(path, accepts, !!verb->verbs, argc, argv, help, &version);
}

void options_print(const char *accepts)
{
	char left[64];
	size_t i;

	for (i = 0; i < OPTIONS; i++) {
		const struct option_help *o = &table[i];
		bool has_short = islower((unsigned char)o->letter) || o->letter == 'V';

		if (!strchr(accepts, o->letter))
			continue;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s",
			 has_short ? '-' : ' ', has_short ? o->letter : ' ',
			 has_short ? ',' : ' ', o->name, o->argument ? " " : "",
			 o->argument ? o->argument : "");
		printf("  %-30s%s\n", left, o->help);
	}
}
