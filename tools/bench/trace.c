// SPDX-License-Identifier: GPL-2.0-only
/* The row about system calls: a process traced by another, as by strace. */

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/ptrace.h>
#include "bench.h"

#define TURNS 100

/* Between two calls of getppid() there are @TURNS gets and releases. */
static void traced_process(const char *name)
{
	struct plasma_buffer buf;
	struct plasma_id id;
	struct plasma *p;
	int i, err;

	make_id(&id, 0);
	err = plasma_open(&p, name, 0);
	if (!err)
		err = plasma_get(p, &id, &buf, 0);
	if (!err)
		err = plasma_release(p, &id);
	if (err || ptrace(PTRACE_TRACEME, 0, NULL, NULL) || raise(SIGSTOP))
		_exit(1);
	syscall(SYS_getppid);
	for (i = 0; !err && i < TURNS; i++) {
		err = plasma_get(p, &id, &buf, 0);
		if (!err)
			err = plasma_release(p, &id);
	}
	syscall(SYS_getppid);
	_exit(err ? 1 : 0);
}

/* Lets it run to its next system call; false at its end. */
static bool next_call(pid_t pid, int *status, uint64_t *number)
{
	struct ptrace_syscall_info info;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) || waitpid(pid, status, 0) < 0)
			return false;
		if (!WIFSTOPPED(*status))
			return false;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY)
			break;
	}
	*number = info.entry.nr;
	return true;
}

static int count_calls(pid_t pid, double *calls)
{
	int status, marks = 0;
	uint64_t number;

	*calls = 0;
	if (waitpid(pid, &status, 0) < 0 ||
	    (WIFSTOPPED(status) && ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD)))
		return -errno;
	while (WIFSTOPPED(status) && next_call(pid, &status, &number)) {
		if (number == SYS_getppid)
			marks++;
		else if (marks == 1)
			++*calls;
	}
	return marks == 2 && WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ECHILD;
}

static int row_calls(const struct row *row)
{
	struct result r = { 0 };
	struct store s;
	pid_t pid;
	int err = store_open(&s);

	if (err)
		return err;
	unit_source(64);
	err = put_range(s.p, 0, 1, 64);
	if (!err) {
		pid = fork();
		if (!pid)
			traced_process(s.name);
		err = pid < 0 ? -errno : count_calls(pid, &r.value);
	}
	r.value /= TURNS;
	if (!err)
		report_own(row, &r);
	store_close(&s);
	return err;
}

const struct row rows_trace[] = {
	{ .name = "get-calls", .what = "system calls of get + release, hot", .unit = "calls",
	  .same_unit = true, .bound = AT_MOST, .target = 0, .run = row_calls },
	{ 0 }
};
