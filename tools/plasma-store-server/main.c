// SPDX-License-Identifier: GPL-2.0-only
/*
 * plasma-store-server: a namespace that lives as long as this process, for programs that
 * start the server of Plasma.
 */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <plasma.h>
#include "server.h"

/**
 * struct arguments - what the command line said
 * @path: of the socket
 * @capacity: in bytes
 */
struct arguments {
	const char *path;
	uint64_t capacity;
};

static const char help[] =
	"usage: plasma-store-server -m BYTES -s PATH\n"
	"\n"
	"Makes a namespace of BYTES in /dev/plasma whose name is PATH, made absolute, and\n"
	"keeps it until it gets SIGTERM or SIGINT. It is ready when the socket PATH is there.\n"
	"When it ends, even by SIGKILL, the namespace goes with all its objects.\n"
	"\n"
	"  -m BYTES   most bytes of data and metadata of all objects\n"
	"  -s PATH    the socket\n"
	"  -d DIR     accepted and ignored: memory is that of the module\n"
	"  -h         accepted and ignored: huge pages are used in any case\n"
	"  --help     this text\n"
	"  --version  the version\n"
	"\n"
	"Exit status: 0 ended by a signal, 1 failed, 2 wrong usage, 77 no module.\n"
	"More: plasma-store-server(1)";

static enum status parse_capacity(const char *text, uint64_t *capacity)
{
	char *end;

	errno = 0;
	*capacity = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || !*capacity)
		return fail(USAGE, "option -m %s: not a number of bytes; see: plasma-store-server --help",
			    text);
	return OK;
}

static enum status take_option(struct arguments *a, int option, const char *argument)
{
	switch (option) {
	case 'm':
		return parse_capacity(argument, &a->capacity);
	case 's':
		a->path = argument;
		return OK;
	case 'd':
		remark("option -d %s: ignored; the memory is that of the module", argument);
		return OK;
	case 'h':
		remark("option -h: ignored; huge pages are used in any case");
		return OK;
	case 'e':
		return fail(USAGE, "option -e %s: there are no external stores; evicted objects are gone, start it without -e",
			    argument);
	case ':':
		return fail(USAGE, "option -%c: its argument is missing; see: plasma-store-server --help",
			    optopt);
	}
	return fail(USAGE, "option %s: there is no such option; see: plasma-store-server --help",
		    argument);
}

/* Those that only print. */
static bool informed(int argc, char **argv)
{
	if (argc != 2)
		return false;
	if (!strcmp(argv[1], "--help"))
		return puts(help) >= 0;
	if (!strcmp(argv[1], "--version"))
		return printf("plasma-store-server %s\n", plasma_version()) >= 0;
	return false;
}

static enum status parse(struct arguments *a, int argc, char **argv)
{
	enum status status = OK;
	int c;

	opterr = 0;
	while (!status && (c = getopt(argc, argv, ":m:s:d:he:")) != -1)
		status = take_option(a, c, optarg ? optarg : argv[optind - 1]);
	if (status)
		return status;
	if (optind < argc)
		return fail(USAGE, "operand %s: one too many; see: plasma-store-server --help",
			    argv[optind]);
	if (!a->capacity || !a->path)
		return fail(USAGE, "option -%c: it is missing; see: plasma-store-server --help",
			    a->capacity ? 's' : 'm');
	return OK;
}

/* Before anything is made that these signals are to remove. */
static int catch_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* Whoever connects speaks another protocol: he is told so by the end of the stream. */
static void turn_away(int fd)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (client >= 0)
		close(client);
}

static enum status serve(int socket, int signals)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = socket, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 2, -1) < 0) {
			if (errno != EINTR)
				return fail(FAILED, "poll: %s; start it again",
					    strerror(errno));
			continue;
		}
		if (fds[0].revents)
			return OK;
		if (fds[1].revents)
			turn_away(socket);
	}
}

static enum status run(const struct arguments *a)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct endpoint endpoint;
	struct plasma *p;
	enum status status;
	int signals;

	status = path_absolute(a->path, path, sizeof(path));
	if (status)
		return status;
	signals = catch_signals();
	if (signals < 0)
		return fail(FAILED, "signalfd: %s; start it again", strerror(errno));
	/* First: of several servers with one path one gets it. */
	status = namespace_open(&p, path, a->capacity);
	if (status)
		return status;
	status = endpoint_open(&endpoint, path);
	if (!status) {
		status = serve(endpoint.fd, signals);
		endpoint_close(&endpoint);
	}
	plasma_close(p);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	enum status status;

	if (informed(argc, argv))
		return OK;
	status = parse(&arguments, argc, argv);
	return (int)(status ? status : run(&arguments));
}
