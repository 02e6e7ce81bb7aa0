// SPDX-License-Identifier: GPL-2.0-only
/* Processes that do the same at once, and how long that takes. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

/**
 * struct gate - what starts and ends a crew, in memory of all of its processes
 * @ready: pipe; each process writes a byte when it is set up
 * @start: pipe; its end starts them all
 * @end: pipe; its end says that all are through
 * @done: for each process, when it was through and what came of it
 */
struct gate {
	int ready[2], start[2], end[2];
	struct done {
		uint64_t ns;
		int err;
	} *done;
};

static void wait_for_end(int fd)
{
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
}

static void work(const struct crew *crew, struct gate *gate, int who)
{
	struct done *done = &gate->done[who];
	int cleaned;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(gate->start[1]);
	close(gate->end[1]);
	done->err = crew->pinned ? pin_to_cpu(who) : 0;
	if (!done->err && crew->setup)
		done->err = crew->setup(crew->arg, who);
	if (write(gate->ready[1], "", 1) != 1)
		_exit(1);
	wait_for_end(gate->start[0]);
	if (!done->err)
		done->err = crew->run(crew->arg, who);
	done->ns = now_ns();
	if (write(gate->ready[1], "", 1) != 1)
		_exit(1);
	wait_for_end(gate->end[0]);
	cleaned = crew->clean ? crew->clean(crew->arg, who) : 0;
	if (!done->err)
		done->err = cleaned;
	_exit(0);
}

/* Until all have written a byte; false if one has died. */
static bool all_ready(const struct gate *gate, int count)
{
	char byte;

	while (count-- > 0)
		if (read(gate->ready[0], &byte, 1) != 1)
			return false;
	return true;
}

static int outcome(const struct crew *crew, const struct gate *gate, uint64_t start, double *ns)
{
	uint64_t last = start;
	int i;

	for (i = 0; i < crew->count; i++) {
		if (gate->done[i].err)
			return gate->done[i].err;
		if (gate->done[i].ns > last)
			last = gate->done[i].ns;
	}
	*ns = (double)(last - start);
	return 0;
}

static int run_through(const struct crew *crew, struct gate *gate, double *ns)
{
	uint64_t start;
	bool alive;
	int i, status, err = 0;

	for (i = 0; i < crew->count; i++) {
		pid_t pid = fork();

		if (!pid)
			work(crew, gate, i);
		if (pid < 0)
			err = -errno;
	}
	close(gate->ready[1]);
	alive = !err && all_ready(gate, crew->count);
	start = now_ns();
	close(gate->start[1]);
	alive = alive && all_ready(gate, crew->count);
	close(gate->end[1]);
	for (i = 0; i < crew->count && wait(&status) > 0; i++)
		alive = alive && WIFEXITED(status) && !WEXITSTATUS(status);
	if (err)
		return err;
	return alive ? outcome(crew, gate, start, ns) : -ECHILD;
}

int crew_run(const struct crew *crew, double *ns)
{
	size_t size = (size_t)crew->count * sizeof(struct done);
	struct gate gate = { 0 };
	int err;

	gate.done = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (gate.done == MAP_FAILED || pipe(gate.ready) || pipe(gate.start) || pipe(gate.end))
		return -errno;
	err = run_through(crew, &gate, ns);
	close(gate.ready[0]);
	close(gate.start[0]);
	close(gate.end[0]);
	munmap(gate.done, size);
	return err;
}
