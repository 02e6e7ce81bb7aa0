// SPDX-License-Identifier: GPL-2.0-only
/* plasmactl: the store from the command line. */

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "plasmactl.h"

static const struct verb *const verbs[] = {
	&verb_put, &verb_get, &verb_cat, &verb_ls, &verb_stat, &verb_info, &verb_rm,
	&verb_wait, &verb_watch, &verb_refresh, &verb_ns, &verb_quota, &verb_evict,
	&verb_dump, &verb_restore, &verb_check,
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void print_summary(const struct verb *verb, const char *family)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%s%s %s", family, *family ? " " : "", verb->name,
		 verb->operands);
	printf("  %-30s%s\n", left, verb->summary);
}

static void help_program(void)
{
	size_t i;

	puts("usage: plasmactl [OPTION]... VERB [OPTION]... [OPERAND]...\n"
	     "\n"
	     "Works with the objects in /dev/plasma. An object is called by its NAME, or by its\n"
	     "ID: 40 hexadecimal digits.\n"
	     "\nVerbs:");
	for (i = 0; i < VERBS; i++)
		print_summary(verbs[i], "");
	puts("\nOptions, before or after the verb:");
	options_print("nJqbhV");
	puts("\n"
	     "Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 full, 5 timed out,\n"
	     "6 denied, 77 no module.\n"
	     "\n"
	     "More: plasmactl VERB --help, plasmactl(1)");
}

static void help_verb(const struct verb *verb, const char *path)
{
	const struct verb *v;

	printf("usage: plasmactl %s%s %s\n\n%s\n", path,
	       *verb->accepts ? " [OPTION]..." : "", verb->operands, verb->help);
	if (verb->verbs) {
		puts("\nVerbs:");
		for (v = verb->verbs; v->name; v++)
			print_summary(v, path);
	}
	if (*verb->accepts) {
		puts("\nOptions:");
		options_print(verb->accepts);
	}
	puts("\nOptions of every verb:");
	options_print("nJqbh");
}

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

static const struct verb *find_in(const struct verb *family, const char *name)
{
	const struct verb *v;

	for (v = family->verbs; v->name; v++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}

static enum status check_count(const struct verb *verb, const char *path, int count,
			       char **operands)
{
	if (count < verb->min)
		return fail(USAGE, "%s: %s is missing; see: plasmactl %s --help", path,
			    count ? "an operand" : verb->operands, path);
	if (verb->max >= 0 && count > verb->max)
		return fail(USAGE, "%s %s: one operand too many; see: plasmactl %s --help",
			    path, operands[verb->max], path);
	return OK;
}

static enum status run_verb(const struct verb *verb, const char *path, int argc,
			    char **argv)
{
	const struct verb *member;
	enum status status;
	char full[32];
	bool help = false;
	int first;

	first = options_verb(verb, path, argc, argv, &help);
	if (first < 0)
		return USAGE;
	argc -= first;
	argv += first;
	if (help) {
		help_verb(verb, path);
		return OK;
	}
	if (!verb->verbs) {
		status = check_count(verb, path, argc, argv);
		return status ? status : verb->run(argc, argv);
	}
	if (!argc)
		return fail(USAGE, "%s: %s is missing; see: plasmactl %s --help", path,
			    verb->operands, path);
	member = find_in(verb, argv[0]);
	if (!member)
		return fail(USAGE, "%s %s: there is no such verb; see: plasmactl %s --help",
			    path, argv[0], path);
	snprintf(full, sizeof(full), "%s %s", path, member->name);
	return run_verb(member, full, argc, argv);
}

static enum status run_help(int argc, char **argv)
{
	char *arguments[] = { argv[0], (char *)"--help", NULL };
	const struct verb *verb;

	if (!argc) {
		help_program();
		return OK;
	}
	verb = find_verb(argv[0]);
	if (!verb)
		return fail(USAGE, "help %s: there is no such verb; see: plasmactl --help",
			    argv[0]);
	return run_verb(verb, verb->name, 2, arguments);
}

static enum status run(int argc, char **argv)
{
	const struct verb *verb;
	bool help = false, version = false;
	int first;

	first = options_global(argc, argv, &help, &version);
	if (first < 0)
		return USAGE;
	argc -= first;
	argv += first;
	if (version) {
		printf("plasmactl %s\n", plasma_version());
		return OK;
	}
	if (help)
		return run_help(argc, argv);
	if (!argc)
		return fail(USAGE, "no verb given: nothing to do; see: plasmactl --help");
	if (!strcmp(argv[0], "help"))
		return run_help(argc - 1, argv + 1);
	verb = find_verb(argv[0]);
	if (!verb)
		return fail(USAGE, "%s: there is no such verb; see: plasmactl --help",
			    argv[0]);
	return run_verb(verb, verb->name, argc, argv);
}

/* In the plain C locale names outside ASCII would be shown as escapes. */
static void set_locale(void)
{
	const char *now = setlocale(LC_CTYPE, "");

	setlocale(LC_TIME, "");
	if (!now || !strcmp(now, "C") || !strcmp(now, "POSIX"))
		setlocale(LC_CTYPE, "C.UTF-8");
}

/*
 * No file is to become the standard input or output that whoever called us has closed: what
 * is read there, or written, is an error.
 */
static void occupy_closed(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_WRONLY);
		if (fd == STDOUT_FILENO || fd == STDERR_FILENO) {
			close(fd);
			fd = open("/dev/null", O_RDONLY);
		}
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	enum status status, finished;

	occupy_closed();
	set_locale();
	/* A closed pipe is an error of write(), and a quiet one. */
	signal(SIGPIPE, SIG_IGN);
	/* So is a file that is larger than a limit of the shell. */
	signal(SIGXFSZ, SIG_IGN);
	status = run(argc, argv);
	finished = output_finish();
	return (int)(status ? status : finished);
}
