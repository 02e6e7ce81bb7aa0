// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common.h"

pid_t spawn(int (*fn)(void *), void *arg)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	_exit(fn(arg));
}

/* The exit status, or minus the signal that ended it. */
int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int kill_and_reap(pid_t pid)
{
	kill(pid, SIGKILL);
	return reap(pid);
}

int wait_process_state(pid_t pid, char state)
{
	__u64 end = in_ms(PATIENCE_MS);
	char path[64], line[512], *after;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (; now_ns() < end; sleep_ms(2)) {
		stat = fopen(path, "r");
		if (!stat)
			return -errno;
		after = fgets(line, sizeof(line), stat) ? strrchr(line, ')') : NULL;
		fclose(stat);
		if (after && after[1] == ' ' && after[2] == state)
			return 0;
	}
	return -ETIMEDOUT;
}

static void *task_main(void *arg)
{
	struct task *task = arg;

	task->result = task->fn(task->arg);
	__atomic_store_n(&task->done, true, __ATOMIC_RELEASE);
	return NULL;
}

int task_start(struct task *task, int (*fn)(void *), void *arg)
{
	*task = (struct task){ .fn = fn, .arg = arg, .result = -1 };
	return -pthread_create(&task->thread, NULL, task_main, task);
}

bool task_done(struct task *task)
{
	return __atomic_load_n(&task->done, __ATOMIC_ACQUIRE);
}

int task_join(struct task *task)
{
	pthread_join(task->thread, NULL);
	return task->result;
}

int gate_init(struct gate *gate)
{
	return pipe2(gate->fd, O_CLOEXEC) ? -errno : 0;
}

void gate_open(struct gate *gate)
{
	if (write(gate->fd[1], "", 1) != 1)
		complain(__FILE__, __LINE__, "gate", 1, -errno);
}

int gate_wait(struct gate *gate)
{
	char byte;
	ssize_t n;

	do {
		n = read(gate->fd[0], &byte, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : -EPIPE;
}

void gate_close(struct gate *gate)
{
	close(gate->fd[0]);
	close(gate->fd[1]);
}

union rights {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int send_fd(int socket, int fd)
{
	struct iovec io = { .iov_base = "", .iov_len = 1 };
	union rights rights = {};
	struct msghdr message = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = rights.space,
		.msg_controllen = sizeof(rights.space),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

int recv_fd(int socket)
{
	char byte;
	struct iovec io = { .iov_base = &byte, .iov_len = 1 };
	union rights rights = {};
	struct msghdr message = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = rights.space,
		.msg_controllen = sizeof(rights.space),
	};
	struct cmsghdr *header;
	int fd;

	if (recvmsg(socket, &message, 0) != 1)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}
