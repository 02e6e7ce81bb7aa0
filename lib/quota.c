// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Parts of a namespace's capacity that are set apart. */

#include "internal.h"

int plasma_quota_set(struct plasma *p, const char *name, uint64_t bytes)
{
	struct plasma_quota_set arg = {
		.bytes = bytes,
		.name_ptr = user_pointer(name),
		.name_len = name_length(name),
	};

	return ns_ioctl(p, PLASMA_IOC_QUOTA_SET, &arg);
}

int plasma_quota_list(struct plasma *p, struct plasma_quota_info *infos, size_t size,
		      size_t count)
{
	struct plasma_quota_list arg = {
		.entry_size = length32(size),
		.entries_ptr = user_pointer(infos),
		.count = length32(count),
	};
	int err;

	err = ns_ioctl(p, PLASMA_IOC_QUOTA_LIST, &arg);
	return err ? err : (int)arg.out_count;
}
