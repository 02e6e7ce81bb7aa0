// SPDX-License-Identifier: GPL-2.0-only
/* watch: what happens in a namespace, one line for each event. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "plasmactl.h"

/* So many events are read at once. */
#define BATCH 64

static const char *kind_of(const struct plasma_event *event)
{
	switch (event->type) {
	case PLASMA_EVENT_SEAL:
		return event->flags & PLASMA_EVENT_REPLAY ? "exists" : "seal";
	case PLASMA_EVENT_DELETE:
		return "delete";
	case PLASMA_EVENT_EVICT:
		return "evict";
	case PLASMA_EVENT_OVERFLOW:
		return "overflow";
	case PLASMA_EVENT_REMOVED:
		return "removed";
	}
	return "unknown";
}

/* Of an object, not of the subscription. */
static bool has_object(const struct plasma_event *event)
{
	return event->type != PLASMA_EVENT_OVERFLOW && event->type != PLASMA_EVENT_REMOVED;
}

static const char *hex_of(const struct plasma_event *event, char hex[PLASMA_ID_HEX_SIZE])
{
	struct plasma_id id;

	memcpy(id.bytes, event->id, sizeof(id.bytes));
	plasma_id_to_hex(&id, hex);
	return hex;
}

static void print_line(const struct plasma_event *event)
{
	char hex[PLASMA_ID_HEX_SIZE], data[SIZE_TEXT], metadata[SIZE_TEXT];

	if (has_object(event))
		printf("%-8s %s %s %s\n", kind_of(event), hex_of(event, hex),
		       format_size(data, event->data_size),
		       format_size(metadata, event->metadata_size));
	else if (event->type == PLASMA_EVENT_OVERFLOW)
		printf("%-8s %llu events lost\n", kind_of(event), event->data_size);
	else
		printf("%s\n", kind_of(event));
}

static void print_number(const char *key, bool there, unsigned long long number)
{
	if (there)
		printf("\"%s\": %llu, ", key, number);
	else
		printf("\"%s\": null, ", key);
}

/* Every member always, in one line: for programs that read lines. */
static void print_json(const struct plasma_event *event)
{
	bool object = has_object(event);
	char hex[PLASMA_ID_HEX_SIZE];

	printf("{\"event\": \"%s\", ", kind_of(event));
	if (object)
		printf("\"id\": \"%s\", ", hex_of(event, hex));
	else
		printf("\"id\": null, ");
	print_number("data_size", object, event->data_size);
	print_number("metadata_size", object, event->metadata_size);
	print_number("lost", event->type == PLASMA_EVENT_OVERFLOW, event->data_size);
	print_number("time_ns", true, event->time_ns);
	printf("\"serial\": %llu}\n", event->serial);
}

/* Whoever reads a pipe need not wait for it to fill. */
static enum status print(const struct plasma_event *event)
{
	if (options.json)
		print_json(event);
	else
		print_line(event);
	return output_flush();
}

/* Until there is an event. Fails, quietly, when nobody reads standard output any more. */
static enum status wait_for_event(int fd)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return fail(FAILED, "watch %s: poll: %s; try again", options.ns,
				    strerror(errno));
	return !fds[0].revents && fds[1].revents & POLLERR ? FAILED : OK;
}

/* The next ones; @n becomes 0 when the namespace is gone and nothing is left. */
static enum status read_events(int fd, struct plasma_event *events, int *n)
{
	enum status status;

	do {
		status = wait_for_event(fd);
		if (status)
			return status;
		*n = plasma_events_read(fd, events, BATCH);
	} while (*n == -EINTR || *n == -EAGAIN);
	return *n < 0 ? fail_store(*n, "watch", options.ns) : OK;
}

/* The end of the namespace is the end of the answer, unless more was asked for. */
static enum status removed(void)
{
	if (!options.count)
		return OK;
	return fail(NOT_FOUND, "watch %s: the namespace was removed before --count was reached; create it again: plasmactl ns create",
		    options.ns);
}

static enum status watch(int fd)
{
	struct plasma_event events[BATCH];
	enum status status;
	uint64_t seen = 0;
	int n, i;

	for (;;) {
		status = read_events(fd, events, &n);
		if (status)
			return status;
		if (!n)
			return removed();
		for (i = 0; i < n; i++) {
			status = print(&events[i]);
			if (status || ++seen == options.count)
				return status;
			if (events[i].type == PLASMA_EVENT_REMOVED)
				return removed();
		}
	}
}

/* It is poll() that waits: for events, and for the end of whoever reads them. */
static int subscribe(struct plasma *p)
{
	uint32_t replay = options.no_replay ? PLASMA_SUBSCRIBE_NO_REPLAY : 0;

	return plasma_subscribe(p, PLASMA_SUBSCRIBE_NONBLOCK | replay, 0);
}

static enum status run(int count, char **operands)
{
	enum status status;
	struct plasma *p;
	int fd;

	(void)count;
	(void)operands;
	status = store_open(&p, 0);
	if (status)
		return status;
	fd = subscribe(p);
	if (fd < 0) {
		plasma_close(p);
		return fail_store(fd, "watch", options.ns);
	}
	status = watch(fd);
	close(fd);
	plasma_close(p);
	return status;
}

const struct verb verb_watch = {
	.name = "watch",
	.operands = "",
	.accepts = "YN",
	.min = 0,
	.max = 0,
	.summary = "print what happens in a namespace",
	.help = "Prints a line for each object that exists, then for each that is sealed, deleted\n"
		"or evicted, at once: the event, the id, the size of the data and that of the\n"
		"metadata. 'overflow' stands where events are missing because the reader was too\n"
		"slow. With --json each line is an object of its own. Ends after --count lines, or\n"
		"with 'removed' when the namespace is removed.",
	.run = run,
};
