// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/utsname.h>

#include "common.h"

long long file_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long long number;

	if (!file)
		return -errno;
	if (fscanf(file, "%lld", &number) != 1)
		number = -ENODATA;
	fclose(file);
	return number;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = -errno;
	close(fd);
	return ret;
}

static __u64 sum_of(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	long long number;
	__u64 sum = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			sum += number;
	if (file)
		fclose(file);
	return sum;
}

__u64 memory_available(void)
{
	return sum_of("/proc/meminfo", "MemAvailable: %lld") * KIB +
	       sum_of("/proc/zoneinfo", " count: %lld") * PAGE;
}

int usage_take(struct usage *usage)
{
	struct plasma_ns_info info;
	struct plasma_query answer;
	int fd = device_open(), ret;

	if (fd < 0)
		return fd;
	memset(usage, 0, sizeof(*usage));
	ret = query(fd, &answer);
	if (!ret)
		ret = ns_stat(fd, "default", &info);
	close(fd);
	if (ret)
		return ret;
	usage->store_used = answer.out_store_used;
	usage->namespaces = answer.out_namespaces;
	usage->clients = answer.out_clients;
	usage->default_used = info.used;
	usage->default_objects = info.objects;
	usage->default_in_use = info.in_use;
	usage->default_names = info.names;
	usage->default_waiters = info.waiters;
	return 0;
}

int usage_restored(const struct usage *before)
{
	__u64 end = in_ms(PATIENCE_MS / 6);
	struct usage now;
	int ret;

	do {
		ret = usage_take(&now);
		if (ret || !memcmp(before, &now, sizeof(now)))
			return ret;
		sleep_ms(10);
	} while (now_ns() < end);

	complain(__FILE__, __LINE__, "store_used", before->store_used, now.store_used);
	complain(__FILE__, __LINE__, "namespaces", before->namespaces, now.namespaces);
	complain(__FILE__, __LINE__, "clients", before->clients, now.clients);
	complain(__FILE__, __LINE__, "objects", before->default_objects,
		 now.default_objects);
	complain(__FILE__, __LINE__, "in_use", before->default_in_use,
		 now.default_in_use);
	return -ETIMEDOUT;
}

unsigned int slowness(void)
{
	struct utsname name;

	if (uname(&name))
		return 1;
	/* Those that tools/vm/kernel builds, all of them full of checks. */
	return strstr(name.release, "-plasma-") ? 50 : 1;
}
