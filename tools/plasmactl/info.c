// SPDX-License-Identifier: GPL-2.0-only
/* info: the store. */

#include <stdio.h>
#include <string.h>
#include "plasmactl.h"

static const struct column columns[] = {
	{ "module_version", "Module:", COLUMN_TEXT },
	{ "plasmactl_version", "Plasmactl:", COLUMN_TEXT },
	{ "abi_version", "ABI:", COLUMN_NUMBER },
	{ "features", "Features:", COLUMN_TEXT },
	{ "store_size", "Store:", COLUMN_SIZE },
	{ "store_used", "Used:", COLUMN_SIZE },
	{ "namespaces", "Namespaces:", COLUMN_NUMBER },
	{ "clients", "Clients:", COLUMN_NUMBER },
	{ "page_size", "Page:", COLUMN_SIZE },
	{ "huge_page_size", "Huge page:", COLUMN_SIZE },
	{ "window_size", "Window:", COLUMN_SIZE },
	{ "metadata_max", "Metadata at most:", COLUMN_SIZE },
	{ "batch_max", "Batch at most:", COLUMN_NUMBER },
};

static void answer_features(struct answer *a, uint64_t features)
{
	static const char *const names[] = { "names", "huge", "events", "quotas", "index",
					      "export" };
	char text[64] = "";
	size_t i, n = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (features >> i & 1)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      n ? " " : "", names[i]);
	answer_text(a, text);
}

static void answer_module_version(struct answer *a)
{
	FILE *file = fopen("/sys/module/plasma/version", "re");
	char text[64] = "";

	if (file && fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		answer_text(a, text);
	} else {
		answer_none(a);
	}
	if (file)
		fclose(file);
}

static enum status print(const struct plasma_query *q)
{
	struct answer *a = answer_new("store", columns, sizeof(columns) / sizeof(columns[0]));

	if (!a)
		return fail_memory();
	answer_set_vertical(a);
	answer_record(a);
	answer_module_version(a);
	answer_text(a, plasma_version());
	answer_number(a, q->out_abi_version);
	answer_features(a, q->out_features);
	answer_number(a, q->out_store_size);
	answer_number(a, q->out_store_used);
	answer_number(a, q->out_namespaces);
	answer_number(a, q->out_clients);
	answer_number(a, q->out_page_size);
	answer_number(a, q->out_huge_page_size);
	answer_number(a, q->out_window_size);
	answer_number(a, q->out_metadata_max);
	answer_number(a, q->out_batch_max);
	return answer_print(a);
}

static enum status run(int count, char **operands)
{
	struct plasma_query query;
	enum status status;
	struct plasma *p;
	int err;

	(void)count;
	(void)operands;
	status = store_open(&p, PLASMA_OPEN_STORE);
	if (status)
		return status;
	err = plasma_query(p, &query, sizeof(query));
	plasma_close(p);
	return err ? fail_store(err, "query", "/dev/plasma") : print(&query);
}

const struct verb verb_info = {
	.name = "info",
	.operands = "",
	.accepts = "",
	.min = 0,
	.max = 0,
	.summary = "show the store",
	.help = "Shows the versions, the size and the use of the store.",
	.run = run,
};
