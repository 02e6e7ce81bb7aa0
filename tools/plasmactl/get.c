// SPDX-License-Identifier: GPL-2.0-only
/* get and cat: from an object straight into a file or a stream. */

#include "plasmactl.h"

static enum status write_object(struct plasma *p, const char *text, const char *what,
				const char *path)
{
	struct plasma_buffer buf;
	struct target t;
	struct file *file;
	enum status status;
	int err;

	target_parse(&t, text);
	err = target_get(p, &t, &buf);
	if (err)
		return fail_store(err, what, text);
	status = file_open(&file, path);
	if (!status) {
		if (options.only_metadata)
			status = file_write(file, buf.metadata, buf.metadata_size);
		else
			status = file_write(file, buf.data, buf.size);
		if (status)
			file_abandon(file);
		else
			status = file_commit(file);
	}
	plasma_release_buffer(p, &buf);
	return status;
}

static enum status run_get(int count, char **operands)
{
	struct plasma *p;
	enum status status;

	(void)count;
	status = store_open(&p, 0);
	if (status)
		return status;
	status = write_object(p, operands[0], "get", options.output ? options.output : "-");
	plasma_close(p);
	return status;
}

static enum status run_cat(int count, char **operands)
{
	struct plasma *p;
	enum status status;
	int i;

	status = store_open(&p, 0);
	if (status)
		return status;
	for (i = 0; i < count && !status; i++)
		status = write_object(p, operands[i], "cat", "-");
	plasma_close(p);
	return status;
}

const struct verb verb_get = {
	.name = "get",
	.operands = "NAME|ID",
	.accepts = "toA",
	.min = 1,
	.max = 1,
	.summary = "write an object to a file or a stream",
	.help = "Writes the data of an object to standard output, or to FILE: that appears when it\n"
		"is complete, and stays as it was if get fails. An object that is not there, or\n"
		"not sealed yet, is waited for with --timeout only.",
	.run = run_get,
};

const struct verb verb_cat = {
	.name = "cat",
	.operands = "NAME|ID...",
	.accepts = "t",
	.min = 1,
	.max = -1,
	.summary = "write objects to standard output, one after the other",
	.help = "Writes the data of the objects to standard output, one after the other, and stops\n"
		"at the first that fails. With --timeout waits for what is not there yet, so long\n"
		"for all of them together.",
	.run = run_cat,
};
