// SPDX-License-Identifier: GPL-2.0-only
/* put: a file or a stream becomes an object. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plasmactl.h"

/* A bad name is better found out before the work than after it. */
static enum status check_name(struct plasma *p, const char *name)
{
	struct plasma_id id;
	int err = plasma_name_lookup(p, name, &id);

	return err && err != -ENOENT ? fail_store(err, "put", name) : OK;
}

/*
 * A name that is to be replaced stays with the old object until the new one is sealed, and
 * goes over to it in the same step.
 */
static enum status seal(struct upload *up, const char *name)
{
	int err;

	if (name && options.replace)
		err = plasma_seal_named(up->p, &up->id, name, PLASMA_SEAL_REPLACE);
	else
		err = plasma_seal(up->p, &up->id, 0);
	return err ? fail_store(err, "put", up->called) : OK;
}

static uint32_t create_flags(void)
{
	return (options.keep ? PLASMA_CREATE_KEEP : 0) |
	       (options.no_evict ? PLASMA_CREATE_NO_EVICT : 0);
}

/* Is it the name, and not the id, that is taken? */
static bool taken(struct upload *up, const char *name)
{
	struct plasma_id id;

	return name && plasma_name_lookup(up->p, name, &id) == 0;
}

/*
 * A new name belongs to the object from the beginning: a name that is taken is found out
 * before the work is done, and if this process dies the name goes with the object. Who
 * looks the name up meanwhile finds an object that is not sealed, and never a part of it.
 */
static enum status create(struct upload *up, size_t size, const char *name)
{
	void *data;
	int err = plasma_create_named(up->p, &up->id, name, size, up->metadata,
				      up->metadata_size, create_flags(), &data);

	if (err == -EEXIST && taken(up, name))
		return fail(FAILED, "put %s: the name is taken; use --replace, or: plasmactl rm",
			    name);
	if (err)
		return fail_store(err, "put", up->called);
	up->data = data;
	up->room = size;
	return OK;
}

static enum status put(struct upload *up, struct input *in, const char *name)
{
	enum status status = OK;

	if (name && options.replace)
		status = check_name(up->p, name);
	if (!status)
		status = create(up, in->size, options.replace ? NULL : name);
	if (!status)
		status = input_read(in, up);
	return status ? status : seal(up, name);
}

static enum status answer(const struct upload *up, const char *hex)
{
	struct plasma_object_info info;
	int err = plasma_stat(up->p, &up->id, &info, sizeof(info));

	return err ? fail_store(err, "stat", hex) : objects_answer(&info, 1);
}

/* An object whose id nobody gets to know is not left. */
static enum status report(const struct upload *up, const char *hex)
{
	bool unknown = up->called == hex && (!options.id || options.random_id);
	enum status status = OK;

	if (options.json)
		status = answer(up, hex);
	else if (unknown)
		puts(hex);
	if (!status)
		status = output_flush();
	if (status && unknown)
		plasma_delete(up->p, &up->id, 0);
	return status;
}

static enum status choose_id(struct upload *up)
{
	int err;

	if (options.id && !options.random_id)
		err = plasma_id_from_hex(&up->id, options.id);
	else
		err = plasma_id_random(&up->id);
	return err ? fail_store(err, "choose", "an id") : OK;
}

static enum status run_put(const char *name, const char *path)
{
	char hex[PLASMA_ID_HEX_SIZE];
	struct upload up = { 0 };
	struct input in;
	enum status status;

	status = choose_id(&up);
	if (!status && options.metadata)
		status = input_read_small(options.metadata, &up.metadata_size, &up.metadata);
	if (!status)
		status = input_open(&in, path);
	if (!status)
		status = store_open(&up.p, 0);
	if (status) {
		free(up.metadata);
		return status;
	}
	plasma_id_to_hex(&up.id, hex);
	up.called = name ? name : hex;
	status = put(&up, &in, name);
	if (!status)
		status = report(&up, hex);
	plasma_close(up.p);
	free(up.metadata);
	return status;
}

/* [NAME [FILE]], or [FILE] after --id; '-' is never a name. */
static enum status run(int count, char **operands)
{
	const char *name = NULL, *path = "-";
	struct plasma_id id;
	int i = 0;

	if (count && !options.id && strcmp(operands[0], "-"))
		name = operands[i++];
	if (i < count)
		path = operands[i++];
	if (i < count)
		return fail(USAGE, "put %s: one operand too many; see: plasmactl put --help",
			    operands[i]);
	if (name && plasma_id_from_hex(&id, name) == 0)
		return fail(USAGE, "put %s: a name must not look like an id; use --id for an id",
			    name);
	if (options.replace && !name)
		return fail(USAGE, "put: --replace is for names; see: plasmactl put --help");
	if (options.metadata && !strcmp(options.metadata, "-") && !strcmp(path, "-"))
		return fail(USAGE, "put: data and metadata cannot both come from standard input; name a FILE");
	return run_put(name, path);
}

const struct verb verb_put = {
	.name = "put",
	.operands = "[NAME|--id HEX] [FILE|-]",
	.accepts = "IRDKE",
	.min = 0,
	.max = 2,
	.summary = "make an object of a file or a stream",
	.help = "Makes an object of FILE, or of standard input if there is no FILE or it is '-'.\n"
		"Without NAME and --id the id is random and is printed. The object can be used\n"
		"when it is complete; if put fails or is killed there is none.\n"
		"A name that is taken is refused unless --replace is given: then whoever looks\n"
		"the name up finds the old object or the new one, and never neither.",
	.run = run,
};
