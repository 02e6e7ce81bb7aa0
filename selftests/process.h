/* SPDX-License-Identifier: GPL-2.0-only */
/* Children, threads, and what goes between them. */
#ifndef SELFTESTS_PROCESS_H
#define SELFTESTS_PROCESS_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/* A child returns fn's result as its exit status and dies with its parent. */
pid_t spawn(int (*fn)(void *), void *arg);
int reap(pid_t pid);
int kill_and_reap(pid_t pid);
/* Until the process sleeps in the kernel (S) or is stopped (T). */
int wait_process_state(pid_t pid, char state);

struct task {
	pthread_t thread;
	int (*fn)(void *arg);
	void *arg;
	int result;
	bool done;
};

int task_start(struct task *task, int (*fn)(void *), void *arg);
bool task_done(struct task *task);
int task_join(struct task *task);

/* A gate between processes: a wait returns for each open. */
struct gate {
	int fd[2];
};

int gate_init(struct gate *gate);
void gate_open(struct gate *gate);
int gate_wait(struct gate *gate);
void gate_close(struct gate *gate);

int send_fd(int socket, int fd);
int recv_fd(int socket);

#endif /* SELFTESTS_PROCESS_H */
