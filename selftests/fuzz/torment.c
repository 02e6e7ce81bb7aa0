// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without a model of it all, but everything at once: processes and threads that do random
 * things and know what may come of each, killed, forked, interrupted, short of memory, in
 * a store that changes its size and namespaces that are removed under them. Every now and
 * then all are stopped, and nothing may be left of them.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "fuzz.h"

#define GROUP		"/sys/fs/cgroup/plasma-fuzz"
#define DROP_CACHES	"/proc/sys/vm/drop_caches"
#define SHRINKERS	"/sys/kernel/debug/shrinker"
#define CAPACITY	(12 * MIB)
#define PROCESSES	6
#define THREADS		3
#define ACTORS_MAX	THREADS		/* in a process: each has ids of its own */
#define DOOMED		"doomed"

struct scene {
	struct client base;
	__u64 seed;
	__u64 random;
	bool group;
	long long size_mb;
	unsigned int born;
	pid_t pids[PROCESSES];
	unsigned int kills;
};

/* --- those who are tormented ----------------------------------------------------------- */

static void on_alarm(int number)
{
	(void)number;
}

/* Without SA_RESTART: what waits is interrupted. */
static void be_interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 13000 }, { 0, 13000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

struct part {
	const struct scene *scene;
	unsigned int number;
	unsigned int flags;
};

static int act(void *arg)
{
	struct part *part = arg;
	struct actor a;
	int ret;

	ret = actor_begin(&a, &part->scene->base, part->number,
			  part->scene->seed + part->number, part->flags);
	/* There may be no memory to begin with. */
	if (ret == -ENOMEM)
		return 0;
	CHECK_EQ(0, ret);
	for (;;)
		CHECK_EQ(0, actor_step(&a));
}

static int act_alone(void *arg)
{
	struct part *part = arg;

	part->number *= ACTORS_MAX;
	part->flags = ACTOR_MAY_LACK | ACTOR_SIGNALS;
	be_interrupted();
	return act(part);
}

static int act_in_threads(void *arg)
{
	struct part parts[THREADS], *part = arg;
	struct task tasks[THREADS];
	unsigned int i;

	be_interrupted();
	for (i = 0; i < THREADS; i++) {
		parts[i] = *part;
		parts[i].number = part->number * ACTORS_MAX + i;
		parts[i].flags = ACTOR_MAY_LACK | ACTOR_SIGNALS | ACTOR_THREAD;
		CHECK_EQ(0, task_start(&tasks[i], act, &parts[i]));
	}
	/* They go on for ever, unless one of them finds fault with something. */
	for (;;) {
		for (i = 0; i < THREADS; i++)
			if (task_done(&tasks[i]) && task_join(&tasks[i]))
				return 1;
		sleep_ms(20);
	}
}

/* What may come of anything in a namespace that is removed at any time. */
static bool foreseen(int ret)
{
	switch (ret) {
	case 0:
	case PLASMA_DELETE_PENDING:
	case -EIDRM:
	case -ENOENT:
	case -EEXIST:
	case -ENOSPC:
	case -ENOMEM:
	case -EINTR:
	case -EINPROGRESS:
		return true;
	default:
		return false;
	}
}

static int use_doomed(struct client *c, __u64 *random)
{
	struct plasma_get_entry entry;
	unsigned int i, left;
	struct id id;

	for (i = 0; i < 40; i++) {
		id = id_of(random_next(random) % 6);
		switch (random_next(random) % 6) {
		case 0:
			CHECK(foreseen(object_put(c, id, "doomed", 6)));
			break;
		case 1:
			CHECK(foreseen(object_get(c, id, in_ms(3), &entry)));
			break;
		case 2:
			CHECK(foreseen(object_create(c, id, 5000, NULL)));
			left = random_next(random) % 2 ? PLASMA_SEAL_RELEASE : 0;
			CHECK(foreseen(object_seal(c, id_of(100), left)));
			break;
		case 3:
			CHECK(foreseen(object_release(c, id)));
			break;
		case 4:
			CHECK(foreseen(object_delete(c, id)));
			break;
		default:
			CHECK(foreseen(name_get(c, "name", in_ms(2), &entry)));
			break;
		}
	}
	return 0;
}

static int be_doomed(void *arg)
{
	struct part *part = arg;
	__u64 random = part->scene->seed + part->number;
	struct client c;
	int ret;

	be_interrupted();
	for (;;) {
		ret = client_open(&c, DOOMED, 0);
		CHECK(foreseen(ret));
		if (!ret)
			CHECK_EQ(0, use_doomed(&c, &random));
		client_close(&c);
	}
}

/* --- who torments them ----------------------------------------------------------------- */

static int in_group(void *arg)
{
	static int (*const lives[])(void *arg) = { act_alone, act_in_threads, be_doomed };
	struct part *part = arg;
	char pid[32];

	if (part->scene->group) {
		snprintf(pid, sizeof(pid), "%d", getpid());
		CHECK_EQ(0, file_write(GROUP "/cgroup.procs", pid));
	}
	return lives[part->number % 3](part);
}

static int bear(struct scene *s, unsigned int i)
{
	struct part part = { .scene = s, .number = s->born++ };

	s->pids[i] = spawn(in_group, &part);
	CHECK(s->pids[i] > 0);
	return 0;
}

/* Whoever is not there any more to be killed has found a mistake, or had no memory. */
static int end(struct scene *s, unsigned int i)
{
	int ret = kill_and_reap(s->pids[i]);

	s->pids[i] = 0;
	s->kills++;
	CHECK(ret == -SIGKILL || ret == 0);
	return 0;
}

static void set_number(const char *file, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", value);
	file_write(file, text);
}

/* Where there is a shrinker of ours in debugfs, ask it for much. */
static void shrink_by_debugfs(void)
{
	DIR *dir = opendir(SHRINKERS);
	struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "plasma", 6))
			continue;
		snprintf(path, sizeof(path), SHRINKERS "/%s/scan", entry->d_name);
		file_write(path, "0 0 1000");
	}
	if (dir)
		closedir(dir);
}

static int renew_doomed(struct scene *s)
{
	int ret = ns_remove(s->base.fd, DOOMED, PLASMA_NS_REMOVE_FORCE);

	CHECK(ret == 0 || ret == -ENOENT);
	ret = ns_create(s->base.fd, DOOMED, PLASMA_NS_EPHEMERAL, 0600, 100000);
	/* So many may a client open in its life; the namespace of the scene stays. */
	CHECK(ret >= 0 || ret == -EMFILE);
	return 0;
}

static int do_something(struct scene *s)
{
	unsigned int i = random_next(&s->random) % PROCESSES;

	switch (random_next(&s->random) % 10) {
	case 0 ... 3:
		CHECK_EQ(0, end(s, i));
		return bear(s, i);
	case 4:
		kill(s->pids[i], SIGSTOP);
		sleep_ms(5);
		kill(s->pids[i], SIGCONT);
		return 0;
	case 5:
		set_number(DROP_CACHES, 2);
		shrink_by_debugfs();
		return 0;
	case 6:
		set_number(SIZE_MB, 4 + random_next(&s->random) % 30);
		return 0;
	case 7:
		set_number(SIZE_MB, s->size_mb);
		return 0;
	case 8:
		if (s->group)
			set_number(GROUP "/memory.max",
				   (10 + random_next(&s->random) % 40) * MIB);
		return 0;
	default:
		return renew_doomed(s);
	}
}

/* --- what is left ---------------------------------------------------------------------- */

static int nothing_left(struct scene *s)
{
	struct plasma_evict evict;
	struct plasma_ns_info info;
	struct plasma_quota_info quotas[2];
	__u64 end = in_ms(120000);

	do {
		CHECK_EQ(0, object_evict(&s->base, ALL, &evict));
		info = ns_info(&s->base);
		if (info.clients == 1 && !info.objects && !info.waiters)
			break;
		sleep_ms(20);
	} while (now_ns() < end);
	CHECK_EQ(1, info.clients);
	CHECK_EQ(0, info.objects);
	CHECK_EQ(0, info.sealed);
	CHECK_EQ(0, info.in_use);
	CHECK_EQ(0, info.used);
	CHECK_EQ(0, info.names);
	CHECK_EQ(0, info.waiters);
	CHECK_EQ(1, quota_list(&s->base, quotas, 2));
	CHECK_EQ(CAPACITY, quotas[0].capacity);
	CHECK_EQ(0, quotas[0].used + quotas[0].evictable + quotas[0].objects);
	return 0;
}

static int begin_scene(struct scene *s, __u64 seed)
{
	struct plasma_ns_create how = {
		.mode = 0600, .capacity = CAPACITY, .flags = PLASMA_NS_RECLAIM,
	};

	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->random = seed;
	s->size_mb = file_number(SIZE_MB);
	CHECK(s->size_mb > 0);
	s->group = !mkdir(GROUP, 0755) && !access(GROUP "/memory.max", W_OK);
	return client_create_as(&s->base, &how);
}

static int end_scene(struct scene *s)
{
	unsigned int i;

	client_close(&s->base);
	set_number(SIZE_MB, s->size_mb);
	CHECK_EQ(s->size_mb, file_number(SIZE_MB));
	for (i = 0; s->group && rmdir(GROUP) && i < 100; i++)
		sleep_ms(100);
	return 0;
}

/* A round of some seconds, then everybody goes. */
static int torment_a_while(struct scene *s, __u64 end_ns)
{
	unsigned int i;

	for (i = 0; i < PROCESSES; i++)
		CHECK_EQ(0, bear(s, i));
	while (now_ns() < end_ns) {
		sleep_ms(random_next(&s->random) % 20);
		CHECK_EQ(0, do_something(s));
	}
	for (i = 0; i < PROCESSES; i++)
		CHECK_EQ(0, end(s, i));
	if (s->group)
		file_write(GROUP "/memory.max", "max");
	set_number(SIZE_MB, s->size_mb);
	return nothing_left(s);
}

int torment(__u64 seed, unsigned int seconds)
{
	__u64 end_ns = in_ms(seconds * 1000ULL), part;
	unsigned int i, rounds = 0;
	struct scene s;
	int bad = begin_scene(&s, seed);

	while (!bad && now_ns() < end_ns) {
		part = in_ms(8000);
		bad = torment_a_while(&s, part < end_ns ? part : end_ns);
		rounds++;
	}
	for (i = 0; i < PROCESSES && bad; i++)
		if (s.pids[i] > 0)
			kill_and_reap(s.pids[i]);
	fprintf(stderr, "# %u rounds, %u processes killed\n", rounds, s.kills);
	return end_scene(&s) ?: bad;
}
