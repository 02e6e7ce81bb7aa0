// SPDX-License-Identifier: GPL-2.0-only
/* The row about waking: from a seal to the end of a get in another process. */

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>
#include "bench.h"

/**
 * struct waker - a process that waits, and what it is waited for by
 * @store: the namespace of the objects
 * @pid: the process
 * @order: pipe by which it is told what to wait for next
 * @wake: pipe that it waits for; the other thing is an object
 * @done: pipe by which it tells that it is through
 * @shared: memory of both
 * @next: number of the next object
 */
struct waker {
	struct store store;
	pid_t pid;
	int order[2], wake[2], done[2];
	struct shared {
		atomic_ullong waiting;
		atomic_ullong woke_ns;
		atomic_int err;
	} *shared;
	uint64_t next;
};

/* Number 0 is the pipe, others are objects. */
static int wait_for(struct waker *w, struct plasma *p, uint64_t number)
{
	struct plasma_buffer buf;
	struct plasma_id id;
	char byte;
	int err;

	make_id(&id, number);
	atomic_store(&w->shared->waiting, number + 1);
	if (!number) {
		err = read(w->wake[0], &byte, 1) == 1 ? 0 : -EIO;
		atomic_store(&w->shared->woke_ns, now_ns());
		return err;
	}
	err = plasma_get(p, &id, &buf, -1);
	atomic_store(&w->shared->woke_ns, now_ns());
	return err ? err : plasma_release_buffer(p, &buf);
}

/* The process: does what it is told until it is killed. */
static void waiting_process(struct waker *w)
{
	struct plasma *p = NULL;
	uint64_t number;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = pin_to_cpu(1);
	if (!err)
		err = plasma_open(&p, w->store.name, 0);
	while (read(w->order[0], &number, sizeof(number)) == sizeof(number)) {
		if (!err)
			err = wait_for(w, p, number);
		atomic_store(&w->shared->err, err);
		if (write(w->done[1], "", 1) != 1)
			break;
	}
	_exit(0);
}

/* Is the process asleep? After it said that it will wait, that is where it sleeps. */
static bool asleep(pid_t pid)
{
	char path[32], text[256], *end;
	size_t length = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f) {
		length = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[length] = '\0';
	end = strrchr(text, ')');
	return end && end[1] == ' ' && end[2] == 'S';
}

static int make_wait(struct waker *w, uint64_t number)
{
	if (write(w->order[1], &number, sizeof(number)) != sizeof(number))
		return -errno;
	while (atomic_load(&w->shared->waiting) != number + 1 || !asleep(w->pid)) {
		if (waitpid(w->pid, NULL, WNOHANG))
			return -ECHILD;
		usleep(200);
	}
	/* Its processor has time to find that it has nothing to do. */
	usleep(1000);
	return 0;
}

static int time_of_waking(struct waker *w, uint64_t start, double *ns)
{
	char byte;

	if (read(w->done[0], &byte, 1) != 1)
		return -EIO;
	*ns = (double)(atomic_load(&w->shared->woke_ns) - start);
	return atomic_load(&w->shared->err);
}

static int wake_by_pipe(struct waker *w, double *ns)
{
	uint64_t start;
	int err = make_wait(w, 0);

	if (err)
		return err;
	start = now_ns();
	if (write(w->wake[1], "", 1) != 1)
		return -errno;
	return time_of_waking(w, start, ns);
}

static int wake_by_seal(struct waker *w, double *ns)
{
	struct plasma_id id;
	uint64_t start;
	void *data;
	int err;

	make_id(&id, ++w->next);
	err = plasma_create(w->store.p, &id, 64, NULL, 0, 0, &data);
	if (err)
		return err;
	memset(data, 1, 64);
	err = make_wait(w, w->next);
	if (err)
		return err;
	start = now_ns();
	err = plasma_seal(w->store.p, &id, PLASMA_SEAL_RELEASE);
	return err ? err : time_of_waking(w, start, ns);
}

static int waker_start(struct waker *w)
{
	w->shared = mmap(NULL, sizeof(*w->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w->shared == MAP_FAILED || pipe(w->order) || pipe(w->wake) || pipe(w->done))
		return -errno;
	w->pid = fork();
	if (w->pid < 0)
		return -errno;
	if (!w->pid)
		waiting_process(w);
	return 0;
}

static void waker_stop(struct waker *w)
{
	int i;

	kill(w->pid, SIGKILL);
	waitpid(w->pid, NULL, 0);
	munmap(w->shared, sizeof(*w->shared));
	for (i = 0; i < 2; i++) {
		close(w->order[i]);
		close(w->wake[i]);
		close(w->done[i]);
	}
}

static int take_samples(struct waker *w, size_t samples, double *pipe_ns, double *seal_ns)
{
	double pipes[samples], seals[samples];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < samples; i++) {
		err = wake_by_pipe(w, &pipes[i]);
		if (!err)
			err = wake_by_seal(w, &seals[i]);
	}
	if (err)
		return err;
	*pipe_ns = typical(pipes, samples);
	*seal_ns = typical(seals, samples);
	return 0;
}

/*
 * With another process each time: what the scheduler remembers of two that wake one another
 * may add to the time, as long as they live.
 */
static int one_round(struct waker *w, size_t samples, double *pipe_ns, double *seal_ns)
{
	int err = waker_start(w);

	if (err)
		return err;
	err = take_samples(w, 1, pipe_ns, seal_ns);
	if (!err)
		err = take_samples(w, samples, pipe_ns, seal_ns);
	waker_stop(w);
	return err;
}

static int all_rounds(struct waker *w, struct result *r)
{
	double ratio[options.rounds], ns[options.rounds], pipe_ns;
	size_t samples = options.quick ? 3 : 15;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < options.rounds; i++) {
		err = one_round(w, samples, &pipe_ns, &ns[i]);
		if (!err)
			ratio[i] = ns[i] / pipe_ns;
	}
	if (err)
		return err;
	r->ns = typical(ns, options.rounds);
	r->value = options.mode == ICOUNT ? r->ns : median(ratio, options.rounds);
	return 0;
}

/* In a process of its own, since it keeps to one processor. */
static int measure_here(void *arg, int who)
{
	struct waker w = { 0 };
	int err = store_open(&w.store);

	(void)who;
	if (err)
		return err;
	err = all_rounds(&w, arg);
	store_close(&w.store);
	return err;
}

static int row_wake(const struct row *row)
{
	struct result *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct crew crew = { .count = 1, .pinned = true, .run = measure_here, .arg = r };
	double ns;
	int err;

	if (r == MAP_FAILED)
		return -errno;
	err = crew_run(&crew, &ns);
	if (!err)
		report_own(row, r);
	munmap(r, sizeof(*r));
	return err;
}

const struct row rows_wake[] = {
	{ .name = "wake", .what = "seal until a blocked get returns elsewhere, to a pipe's",
	  .unit = "pipe", .bound = AT_MOST, .target = 1.3, .run = row_wake },
	{ 0 }
};
