// SPDX-License-Identifier: GPL-2.0-only
/* check: does it work here, and if not, why. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "plasmactl.h"

#define DEVICE		"/dev/plasma"
#define OBJECT_SIZE	100000

/**
 * struct checkup - the state of a check
 * @p: the handle, once there is one
 * @detail: what was found
 * @fix: the command that mends it
 */
struct checkup {
	struct plasma *p;
	char detail[192];
	char fix[192];
};

static enum status found(struct checkup *c, enum status status, const char *detail,
			 const char *fix)
{
	snprintf(c->detail, sizeof(c->detail), "%s", detail);
	snprintf(c->fix, sizeof(c->fix), "%s", fix);
	return status;
}

static enum status broken(struct checkup *c, int err, const char *what)
{
	snprintf(c->detail, sizeof(c->detail), "%s failed: %s", what, strerror(-err));
	snprintf(c->fix, sizeof(c->fix), "sudo dmesg | grep plasma");
	switch (err) {
	case -EACCES:
	case -EPERM:
		return DENIED;
	case -ENOSPC:
	case -ENOMEM:
		return FULL;
	}
	return FAILED;
}

/* Is it where make modules_install, or dkms, puts it? */
static bool module_installed(void)
{
	static const char *const places[] = { "updates", "updates/dkms", "extra" };
	struct utsname kernel;
	char path[256];
	size_t i;

	if (uname(&kernel))
		return false;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "/lib/modules/%s/%s/plasma.ko", kernel.release,
			 places[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static enum status check_module(struct checkup *c)
{
	if (access("/sys/module/plasma", F_OK) == 0)
		return found(c, OK, "loaded", "");
	return found(c, NO_MODULE, "the module plasma is not loaded",
		     module_installed() ? "sudo modprobe plasma" : "sudo insmod plasma.ko");
}

static enum status check_device(struct checkup *c)
{
	struct stat st;

	if (stat(DEVICE, &st))
		return found(c, NO_MODULE, DEVICE " is not there",
			     "sudo udevadm trigger --name-match=plasma");
	if (!S_ISCHR(st.st_mode))
		return found(c, NO_MODULE, DEVICE " is not a device",
			     "sudo rm " DEVICE " && sudo udevadm trigger --name-match=plasma");
	return found(c, OK, DEVICE, "");
}

/* The group of the device where that helps, else its permissions. */
static enum status device_denied(struct checkup *c)
{
	struct group *group = NULL;
	struct stat st;

	if (stat(DEVICE, &st) == 0 && (st.st_mode & 0060) == 0060 && st.st_gid)
		group = getgrgid(st.st_gid);
	if (group) {
		snprintf(c->detail, sizeof(c->detail),
			 "only members of the group %s may open " DEVICE, group->gr_name);
		snprintf(c->fix, sizeof(c->fix),
			 "sudo usermod -aG %s $USER (and log in again)", group->gr_name);
		return DENIED;
	}
	return found(c, DENIED, "you may not open " DEVICE,
		     "sudo groupadd -fr plasma && sudo chgrp plasma " DEVICE
		     " && sudo chmod 660 " DEVICE " && sudo usermod -aG plasma $USER");
}

static enum status check_permission(struct checkup *c)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return found(c, OK, "you may open it", "");
	}
	if (errno == EACCES || errno == EPERM)
		return device_denied(c);
	if (errno == ENXIO || errno == ENODEV)
		return found(c, NO_MODULE, DEVICE " is left over from another module",
			     "sudo rm " DEVICE " && sudo udevadm trigger --name-match=plasma");
	return broken(c, -errno, "opening " DEVICE);
}

static enum status check_abi(struct checkup *c)
{
	struct plasma_query query;
	struct plasma *p;
	int err;

	err = plasma_open(&p, NULL, PLASMA_OPEN_STORE);
	if (err == -ENOTTY || err == -EINVAL || err == -E2BIG)
		return found(c, FAILED, "the module does not answer as this plasmactl expects",
			     "installing module and plasmactl of one version");
	if (err)
		return broken(c, err, "asking the module");
	err = plasma_query(p, &query, sizeof(query));
	plasma_close(p);
	if (err)
		return broken(c, err, "asking the module");
	if (!(query.out_features & PLASMA_FEATURE_NAMES))
		return found(c, FAILED, "the module knows no names",
			     "installing a newer module");
	snprintf(c->detail, sizeof(c->detail), "version %u, names%s", query.out_abi_version,
		 query.out_features & PLASMA_FEATURE_HUGE ? ", huge pages" : "");
	return OK;
}

static enum status check_namespace(struct checkup *c)
{
	int err = plasma_open(&c->p, options.ns, 0), access;

	if (err == -ENOENT) {
		snprintf(c->detail, sizeof(c->detail), "there is no namespace %s", options.ns);
		snprintf(c->fix, sizeof(c->fix), "plasmactl ns create '%s'", options.ns);
		return NOT_FOUND;
	}
	if (err && err != -EACCES)
		return broken(c, err, "opening the namespace");
	access = err ? 0 : plasma_access(c->p);
	if (access == (PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE)) {
		snprintf(c->detail, sizeof(c->detail), "%s: you may read and write", options.ns);
		return OK;
	}
	snprintf(c->detail, sizeof(c->detail), "you may not %s namespace %s",
		 access == PLASMA_ACCESS_READ ? "write" : access ? "read" : "open", options.ns);
	snprintf(c->fix, sizeof(c->fix), "sudo plasmactl ns set '%s' --mode 666", options.ns);
	return DENIED;
}

/* Also from the second page, where there is another mapping. */
static enum status compare(struct checkup *c, const struct plasma_id *id,
			   const void *expected)
{
	struct plasma_buffer buf;
	bool same;
	int err;

	err = plasma_get(c->p, id, &buf, 0);
	if (err)
		return broken(c, err, "get");
	same = buf.size == OBJECT_SIZE && !memcmp(buf.data, expected, OBJECT_SIZE);
	err = plasma_release(c->p, id);
	if (err)
		return broken(c, err, "release");
	if (!same)
		return found(c, FAILED, "an object read back differs from what was put",
			     "sudo rmmod plasma && sudo modprobe plasma");
	return OK;
}

static enum status round_trip(struct checkup *c, const struct plasma_id *id,
			      const void *data)
{
	enum status status;
	int err;

	err = plasma_put(c->p, id, data, OBJECT_SIZE, NULL, 0, PLASMA_CREATE_NO_EVICT);
	if (err == -ENOSPC)
		return found(c, FULL, "the namespace is full", "plasmactl evict 1M");
	if (err)
		return broken(c, err, "put");
	status = compare(c, id, data);
	err = plasma_delete(c->p, id, 0);
	if (!status && err)
		return broken(c, err, "rm");
	return status;
}

static enum status check_object(struct checkup *c)
{
	unsigned char *data = malloc(OBJECT_SIZE);
	enum status status;
	struct plasma_id id;
	size_t i;

	if (!data)
		return broken(c, -ENOMEM, "malloc");
	if (plasma_id_random(&id) || getrandom(data, 256, 0) != 256) {
		free(data);
		return broken(c, -EIO, "getrandom");
	}
	for (i = 256; i < OBJECT_SIZE; i++)
		data[i] = (unsigned char)(data[i - 256] * 5 + i);
	status = round_trip(c, &id, data);
	free(data);
	if (!status)
		found(c, OK, "put, read back, compared and removed", "");
	return status;
}

static const struct step {
	const char *name;
	enum status (*run)(struct checkup *c);
} steps[] = {
	{ "module", check_module },
	{ "device", check_device },
	{ "permission", check_permission },
	{ "interface", check_abi },
	{ "namespace", check_namespace },
	{ "object", check_object },
};

static const struct column columns[] = {
	{ "check", "CHECK", COLUMN_TEXT },
	{ "ok", "OK", COLUMN_BOOL },
	{ "detail", "DETAIL", COLUMN_TEXT },
	{ "fix", NULL, COLUMN_TEXT },
};

static void answer_step(struct answer *a, const struct step *step, enum status status,
			const struct checkup *c)
{
	answer_record(a);
	answer_text(a, step->name);
	answer_bool(a, status == OK);
	answer_text(a, c->detail);
	if (*c->fix)
		answer_text(a, c->fix);
	else
		answer_none(a);
}

static enum status run(int count, char **operands)
{
	struct checkup c = { 0 };
	enum status status = OK, printed;
	struct answer *a;
	size_t i;

	(void)count;
	(void)operands;
	a = answer_new("checks", columns, sizeof(columns) / sizeof(columns[0]));
	if (!a)
		return fail_memory();
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && !status; i++) {
		c.fix[0] = '\0';
		status = steps[i].run(&c);
		if (status || !options.quiet || options.json)
			answer_step(a, &steps[i], status, &c);
	}
	plasma_close(c.p);
	printed = answer_print(a);
	if (status)
		return fail(status, "check %s: %s; fix it by: %s", steps[i - 1].name, c.detail,
			    c.fix);
	return printed;
}

const struct verb verb_check = {
	.name = "check",
	.operands = "",
	.accepts = "",
	.min = 0,
	.max = 0,
	.summary = "see whether everything works here",
	.help = "Looks for the module and the device, asks whether you may use them and the\n"
		"namespace, and puts, reads back and removes an object. Stops at what is wrong and\n"
		"says which command mends it.",
	.run = run,
};
