// SPDX-License-Identifier: GPL-2.0-only
/* evict: make room. */

#include <inttypes.h>
#include <stdio.h>
#include "plasmactl.h"

static const struct column columns[] = {
	{ "objects", "OBJECTS", COLUMN_NUMBER },
	{ "bytes", "BYTES", COLUMN_SIZE },
};

static enum status print(uint64_t bytes, uint64_t objects)
{
	char text[SIZE_TEXT];
	struct answer *a;

	if (!options.json) {
		printf("evicted %" PRIu64 " objects, %s\n", objects,
		       format_size(text, bytes));
		return OK;
	}
	a = answer_new("evicted", columns, sizeof(columns) / sizeof(columns[0]));
	if (!a)
		return fail_memory();
	answer_record(a);
	answer_number(a, objects);
	answer_number(a, bytes);
	return answer_print(a);
}

static enum status run(int count, char **operands)
{
	uint64_t wanted, bytes, objects;
	enum status status;
	struct plasma *p;
	int err;

	(void)count;
	if (!parse_size(operands[0], &wanted))
		return fail(USAGE, "evict %s: not a SIZE; give bytes, or K, M, G, T as in 10M",
			    operands[0]);
	status = store_open(&p, 0);
	if (status)
		return status;
	err = plasma_evict(p, wanted, &bytes, &objects);
	plasma_close(p);
	return err ? fail_store(err, "evict from namespace", options.ns)
		   : print(bytes, objects);
}

const struct verb verb_evict = {
	.name = "evict",
	.operands = "SIZE",
	.accepts = "",
	.min = 1,
	.max = 1,
	.summary = "evict least recently used objects",
	.help = "Evicts objects that nobody uses, the one first that was let go the longest ago,\n"
		"until SIZE bytes of data and metadata are gone or nothing is left to evict.\n"
		"Whole objects go, so it may be more. SIZE: bytes, or K, M, G, T as in 10M.",
	.run = run,
};
