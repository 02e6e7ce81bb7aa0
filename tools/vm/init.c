// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the guest that tools/vm/run boots: makes a root file system, loads
 * the module, runs one command, tells how it ended and resets the machine.
 *
 * In C, since each process that a shell script would start takes a tenth of a
 * second on an emulated kernel with KASAN, and such a script starts fifty.
 *
 * It finds in /run/vm, each a list of strings that end in NUL,
 *
 *   config   key=value, see run's write_config()
 *   drivers  the kernel modules to load first, in this order
 *   argv     the command
 *   env      its environment
 *
 * The console is the kernel's log. The command's output goes through ports of
 * virtio-serial, and so does the one line of result: "exit STATUS TAINT", or
 * "failed MESSAGE" when the command was not run at all. A command that is to
 * have a terminal gets a pseudo-terminal, whose other end is two ports: unlike
 * QEMU's virtual consoles they drop nothing.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PLASMA_GID 900

struct port {
	const char *name;
	int fd;
};

static struct port ports[] = {
	{ "stdout", -1 },
	{ "stderr", -1 },
	{ "result", -1 },
	{ "stdin", -1 },
};

enum { PORT_STDOUT, PORT_STDERR, PORT_RESULT, PORT_STDIN };

static char **config;

/* Messages */

/* Into the kernel's log, by one write, as it wants it. */
static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	char line[512] = "plasma-vm: ";
	size_t len = strlen(line);
	va_list args;
	int fd;

	va_start(args, format);
	vsnprintf(line + len, sizeof(line) - len, format, args);
	va_end(args);

	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		dprintf(STDERR_FILENO, "%s\n", line);
	if (fd >= 0)
		close(fd);
}

static void __attribute__((noreturn)) reset(void)
{
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* Ends the guest without the command having been run. */
static void __attribute__((noreturn, format(printf, 1, 2)))
fail(const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);

	say("%s", line);
	if (ports[PORT_RESULT].fd >= 0)
		dprintf(ports[PORT_RESULT].fd, "failed %s\n", line);
	reset();
}

/* The kernel's log so far, NULL if there is none. */
static char *kernel_log(void)
{
	int size = klogctl(10 /* SYSLOG_ACTION_SIZE_BUFFER */, NULL, 0), len;
	char *text = size > 0 ? malloc(size + 1) : NULL;

	if (!text)
		return NULL;
	len = klogctl(3 /* SYSLOG_ACTION_READ_ALL */, text, size);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

/* Timers */

#define NAP_MS		10
#define NAPS		5

/* Does the kernel's log say that it found the timers of its processors not to work? */
static bool timers_given_up(void)
{
	char *log = kernel_log();

	return log && (strcasestr(log, "disabling apic timer") ||
		       strcasestr(log, "apic timer disabled"));
}

static long nap_ms(void)
{
	struct timespec nap = { 0, NAP_MS * 1000000 }, from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	nanosleep(&nap, NULL);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

/* By a factor: what else the host does makes some naps long, but not all. */
static bool timers_late(void)
{
	int i;

	for (i = 0; i < NAPS; i++)
		if (nap_ms() < 10 * NAP_MS)
			return false;
	return true;
}

/*
 * The kernel measures the timers of an emulated processor when it boots, for which there is
 * no other way. If the host let it stand still just then, they are late or not used at all,
 * and whoever sleeps may do so for ever. So before anybody does: it has to boot again,
 * which run sees to.
 */
static void check_timers(void)
{
	if (!timers_given_up() && !timers_late())
		return;
	dprintf(STDERR_FILENO, "plasma-vm: the timers are wrong\n");
	reset();
}

/* Files */

/* The whole of a file, with a NUL behind it. NULL if there is no such file. */
static char *read_file(const char *path, size_t *size)
{
	size_t used = 0, room = 0;
	char *text = NULL;
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		if (room - used < 2) {
			room = room ? 2 * room : 4096;
			text = realloc(text, room);
			if (!text)
				fail("no memory for %s", path);
		}
		got = read(fd, text + used, room - used - 1);
		if (got > 0)
			used += got;
	} while (got > 0);
	close(fd);
	text[used] = '\0';
	if (size)
		*size = used;
	return text;
}

/* The strings of a file, and NULL. */
static char **read_list(const char *path)
{
	size_t size = 0, count = 0;
	char *text, *string;
	char **list;

	text = read_file(path, &size);
	if (!text)
		fail("no %s", path);
	for (string = text; string < text + size; string += strlen(string) + 1)
		count++;
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		fail("no memory for %s", path);
	count = 0;
	for (string = text; string < text + size; string += strlen(string) + 1)
		list[count++] = string;
	return list;
}

static int write_file(const char *path, const char *text)
{
	ssize_t put = -1;
	int fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd >= 0) {
		put = write(fd, text, strlen(text));
		close(fd);
	}
	return put < 0 ? -1 : 0;
}

/* A setting, or the empty string. */
static const char *setting(const char *key)
{
	size_t len = strlen(key);
	char **entry;

	for (entry = config; *entry; entry++)
		if (!strncmp(*entry, key, len) && (*entry)[len] == '=')
			return *entry + len + 1;
	return "";
}

static bool is_set(const char *key)
{
	return setting(key)[0];
}

/* Kernel modules */

static int load(const char *path, const char *options)
{
	int fd, ret;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = syscall(SYS_finit_module, fd, options, 0);
	close(fd);
	return ret;
}

static void load_drivers(void)
{
	char **name, path[256];

	for (name = read_list("/run/vm/drivers"); *name; name++) {
		snprintf(path, sizeof(path), "/run/vm/%s", *name);
		if (load(path, "") && errno != EEXIST)
			say("cannot load %s: %m", *name);
	}
}

/* The module under test; its file is out of sight once the root is switched. */
static void load_module(int fd)
{
	char options[64] = "";

	if (fd < 0)
		return;
	if (is_set("size_mb"))
		snprintf(options, sizeof(options), "size_mb=%s",
			 setting("size_mb"));
	if (syscall(SYS_finit_module, fd, options, 0))
		fail("cannot load %s.ko %s: %m", setting("module"), options);
	close(fd);

	/* What udev does elsewhere. */
	if (!chown("/dev/plasma", 0, PLASMA_GID))
		chmod("/dev/plasma", 0660);
}

static void unload_module(void)
{
	char path[256], *text;
	int tries;

	if (!is_set("module"))
		return;
	/* Leaks found after it is gone have backtraces without its names. */
	snprintf(path, sizeof(path), "/sys/module/%s/sections/.text",
		 setting("module"));
	text = read_file(path, NULL);
	if (text)
		say("%s is at %.*s", setting("module"),
		    (int)strcspn(text, "\n"), text);
	free(text);
	for (tries = 0; tries < 20; tries++) {
		if (!syscall(SYS_delete_module, setting("module"), O_NONBLOCK))
			return;
		usleep(50000);
	}
	say("%s does not unload: %m", setting("module"));
}

/* The root file system */

static void must_mount(const char *source, const char *target, const char *type,
		       unsigned long flags, const char *data)
{
	if (mount(source, target, type, flags, data))
		fail("cannot mount %s on %s: %m", type, target);
}

/*
 * The host's root, read-only, below a layer that takes what is written and is
 * gone with the guest. Moving it onto the root, instead of changing root to it,
 * leaves the command free to make user namespaces.
 */
static void switch_to_host(void)
{
	char options[256];

	mkdir("/host", 0755);
	mkdir("/layer", 0755);
	mkdir("/new", 0755);
	snprintf(options, sizeof(options), "trans=virtio,version=9p2000.L,%s",
		 setting("host_options"));
	must_mount("host", "/host", "9p", MS_RDONLY, options);
	must_mount("layer", "/layer", "tmpfs", 0, "mode=755");
	mkdir("/layer/upper", 0755);
	mkdir("/layer/work", 0755);
	must_mount("root", "/new", "overlay", 0,
		   "lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work");
	if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		fail("cannot switch to the root of the host: %m");
}

static void mount_all(void)
{
	static const char *const mounts[][3] = {
		{ "proc", "/proc", "" },
		{ "sysfs", "/sys", "" },
		{ "devtmpfs", "/dev", "mode=755" },
		{ "devpts", "/dev/pts", "mode=620,gid=5,ptmxmode=666" },
		{ "tmpfs", "/dev/shm", "mode=1777" },
		{ "tmpfs", "/run", "mode=755" },
		{ "tmpfs", "/tmp", "mode=1777" },
		{ "cgroup2", "/sys/fs/cgroup", "" },
		{ "debugfs", "/sys/kernel/debug", "" },
		{ "tracefs", "/sys/kernel/tracing", "" },
	};
	size_t i;

	chmod("/", 0755);
	umask(0);
	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		const char *type = mounts[i][0], *target = mounts[i][1];

		/* Not over the directory that the command is to be run in. */
		if (is_set("keep_tmp") && !strcmp(target, "/tmp"))
			continue;
		mkdir(target, 0755);
		if (mount(type, target, type, 0, mounts[i][2]) && i < 7)
			fail("cannot mount %s on %s: %m", type, target);
	}
	umask(022);

	symlink("/proc/self/fd", "/dev/fd");
	symlink("fd/0", "/dev/stdin");
	symlink("fd/1", "/dev/stdout");
	symlink("fd/2", "/dev/stderr");
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory +pids");
}

/* add_line(file, name, rest): unless a line begins with "name:" already. */
static void add_line(const char *file, const char *name, const char *rest)
{
	char *text = read_file(file, NULL), *line = text;
	size_t len = strlen(name);
	char added[128];

	while (line && *line) {
		if (!strncmp(line, name, len) && line[len] == ':')
			goto out;
		line = strchr(line, '\n');
		line += !!line;
	}
	snprintf(added, sizeof(added), "%s:%s\n", name, rest);
	write_file(file, added);
out:
	free(text);
}

/* The users that tests take part as; the host's root may lack them. */
static void add_users(void)
{
	add_line("/etc/group", "plasma", "x:900:");
	add_line("/etc/group", "alice", "x:1000:");
	add_line("/etc/group", "bob", "x:1001:");
	add_line("/etc/passwd", "alice", "x:1000:1000::/tmp:/bin/sh");
	add_line("/etc/passwd", "bob", "x:1001:1001::/tmp:/bin/sh");
}

static void network_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

/* Ports */

#define PORT_DIR "/sys/class/virtio-ports"

/* Only a terminal has an stdin. */
static int port_count(void)
{
	return is_set("tty") ? PORT_STDIN + 1 : PORT_STDIN;
}

static void open_port(const char *device)
{
	char path[300], *name;
	int i, mode;

	snprintf(path, sizeof(path), PORT_DIR "/%s/name", device);
	name = read_file(path, NULL);
	if (!name)
		return;
	name[strcspn(name, "\n")] = '\0';
	snprintf(path, sizeof(path), "/dev/%s", device);
	for (i = 0; i < port_count(); i++) {
		mode = i == PORT_STDIN ? O_RDONLY : O_WRONLY;
		if (ports[i].fd < 0 && !strcmp(name, ports[i].name))
			ports[i].fd = open(path, mode | O_CLOEXEC);
	}
	free(name);
}

static bool ports_are_open(void)
{
	struct dirent *entry;
	int i;
	DIR *dir;

	dir = opendir(PORT_DIR);
	while (dir && (entry = readdir(dir)))
		open_port(entry->d_name);
	if (dir)
		closedir(dir);
	for (i = 0; i < port_count(); i++)
		if (ports[i].fd < 0)
			return false;
	return true;
}

/* They appear some time after their driver. */
static void open_ports(void)
{
	int tries;

	for (tries = 0; !ports_are_open(); tries++) {
		if (tries == 2000)
			fail("the virtio ports did not come up");
		usleep(10000);
	}
}

/* The command */

/* Returns the side of a new terminal that is not the command's. */
static int make_terminal(void)
{
	struct winsize size = {
		.ws_row = atoi(setting("rows")),
		.ws_col = atoi(setting("cols")),
	};
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) || unlockpt(master))
		fail("cannot make a terminal: %m");
	ioctl(master, TIOCSWINSZ, &size);
	return master;
}

static void use_terminal(int master)
{
	/* A session's first terminal is the one that controls it. */
	int fd = open(ptsname(master), O_RDWR);

	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void copy_some(int from, int to)
{
	char buffer[4096];
	ssize_t got = read(from, buffer, sizeof(buffer)), put, done = 0;

	while (done < got) {
		put = write(to, buffer + done, got - done);
		if (put < 0)
			return;
		done += put;
	}
}

static void use_ports(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	dup2(fd, STDIN_FILENO);
	dup2(ports[PORT_STDOUT].fd, STDOUT_FILENO);
	dup2(ports[PORT_STDERR].fd, STDERR_FILENO);
}

static void __attribute__((noreturn))
exec_command(char **argv, char **env, int terminal)
{
	int error;

	setsid();
	if (terminal >= 0)
		use_terminal(terminal);
	else
		use_ports();
	environ = env;
	if (chdir(setting("cwd"))) {
		dprintf(STDERR_FILENO, "plasma-vm: no directory %s: %m\n",
			setting("cwd"));
		_exit(126);
	}
	execvp(argv[0], argv);
	error = errno;
	dprintf(STDERR_FILENO, "plasma-vm: %s: %m\n", argv[0]);
	_exit(error == ENOENT ? 127 : 126);
}

/* Waits for the command, and reaps the orphans of others meanwhile. */
static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(-1, &status, 0) != pid)
		;
	return status;
}

/* In a process of its own, so that input never holds up output. */
static pid_t start_input(int master)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (;;)
		copy_some(ports[PORT_STDIN].fd, master);
}

/* The same, with its terminal to be served. */
static int serve_terminal(pid_t pid, int master)
{
	struct pollfd poll_master = { .fd = master, .events = POLLIN };
	pid_t input = start_input(master), reaped;
	bool ended = false, output;
	int status = 0;

	/* Having ended, the command may have left output in the terminal. */
	do {
		output = poll(&poll_master, 1, ended ? 0 : 50) > 0 &&
			 (poll_master.revents & POLLIN);
		if (output)
			copy_some(master, ports[PORT_STDOUT].fd);
		else if (poll_master.revents)
			usleep(50000);
		while (!ended && (reaped = waitpid(-1, &status, WNOHANG)) > 0)
			ended = reaped == pid;
	} while (!ended || output);
	kill(input, SIGKILL);
	return status;
}

/* Returns the command's status as a shell would. */
static int run_command(char **argv, char **env)
{
	int status, terminal = -1;
	pid_t pid;

	if (is_set("tty"))
		terminal = make_terminal();
	pid = fork();
	if (pid < 0)
		fail("cannot fork: %m");
	if (!pid)
		exec_command(argv, env, terminal);
	status = terminal < 0 ? wait_for(pid) : serve_terminal(pid, terminal);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

/* The end */

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/*
 * Objects younger than five seconds are not leaks yet, and an object must look
 * the same and unreferenced in two scans to be reported.
 */
static void find_leaks(void)
{
	char *text;

	say("looking for leaks");
	write_file(KMEMLEAK, "scan");
	sleep(6);
	write_file(KMEMLEAK, "scan");
	text = read_file(KMEMLEAK, NULL);
	if (text && *text) {
		dprintf(STDOUT_FILENO, "%s", text);
		say("kmemleak: memory leaked");
	}
	free(text);
}

/* What is still running could hold the module, and its memory is no leak. */
static void end_everybody(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* Puts on the console what did not go there, if the command made it quiet. */
static void complete_log(void)
{
	char *text = read_file("/proc/sys/kernel/printk", NULL);

	if (!text || atoi(text) >= 7)
		return;
	text = kernel_log();
	if (text && *text)
		dprintf(STDOUT_FILENO, "%s\n", text);
}

int main(void)
{
	char **argv, **env, path[256], *taint;
	bool leaks;
	int module = -1, status;

	check_timers();
	config = read_list("/run/vm/config");
	argv = read_list("/run/vm/argv");
	env = read_list("/run/vm/env");
	if (is_set("module")) {
		snprintf(path, sizeof(path), "/run/vm/%s.ko",
			 setting("module"));
		module = open(path, O_RDONLY | O_CLOEXEC);
	}
	load_drivers();
	if (is_set("host"))
		switch_to_host();
	mount_all();
	open_ports();
	say("the guest is up");

	sethostname("plasma", strlen("plasma"));
	network_up();
	add_users();
	leaks = is_set("leak_scan") && !write_file(KMEMLEAK, "clear");
	load_module(module);
	status = run_command(argv, env);
	if (is_set("debug")) {
		end_everybody();
		unload_module();
	}
	if (leaks)
		find_leaks();
	complete_log();
	taint = read_file("/proc/sys/kernel/tainted", NULL);
	dprintf(ports[PORT_RESULT].fd, "exit %d %s\n", status,
		taint ? taint : "0");
	reset();
}
