// SPDX-License-Identifier: GPL-2.0-only
/* Programs that peers need to be running. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "peer.h"

static void be_quiet(void)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
}

pid_t server_start(const char *program, const char *const *command)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	be_quiet();
	execvp(program, (char *const *)command);
	_exit(127);
}

void server_stop(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int try_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	err = connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) ? -errno : 0;
	close(fd);
	return err;
}

int server_wait(pid_t pid, const char *socket)
{
	int tries, err = -ECHILD;

	for (tries = 0; tries < 600; tries++) {
		if (pid < 0 || waitpid(pid, NULL, WNOHANG))
			return -ECHILD;
		err = try_socket(socket);
		if (!err)
			break;
		usleep(100000);
	}
	return err;
}
