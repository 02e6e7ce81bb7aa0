// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a list of operations that fails as short as it gets: whole pieces are left out,
 * then smaller ones, for as long as what is left fails.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static bool fails(const struct op *ops, unsigned int count, __u64 capacity, bool defect)
{
	struct outcome out;

	run_ops(ops, count, capacity, defect, &out);
	return out.failed;
}

/* All but [from, from + size); false if that does not fail. */
static bool leave_out(struct op *ops, unsigned int *count, unsigned int from, unsigned int size,
		      __u64 capacity, bool defect)
{
	struct op rest[FUZZ_OPS];

	if (from + size > *count)
		size = *count - from;
	memcpy(rest, ops, from * sizeof(*ops));
	memcpy(rest + from, ops + from + size, (*count - from - size) * sizeof(*ops));
	if (!fails(rest, *count - size, capacity, defect))
		return false;
	*count -= size;
	memcpy(ops, rest, *count * sizeof(*ops));
	return true;
}

/* Returns how many operations are left. */
unsigned int shrink_ops(struct op *ops, unsigned int count, __u64 capacity, bool defect)
{
	unsigned int size, at;
	bool shorter;

	for (size = count / 2; size; size = shorter && size == 1 ? 1 : size / 2) {
		shorter = false;
		for (at = 0; at < count;) {
			if (leave_out(ops, &count, at, size, capacity, defect))
				shorter = true;
			else
				at += size;
		}
	}
	return count;
}
