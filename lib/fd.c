// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Objects as descriptors: to wait for one, and to read one without the store. */

#include "internal.h"

int plasma_pending_fd(struct plasma *p, const struct plasma_id *id)
{
	struct plasma_pending_fd arg = { 0 };
	int err;

	copy_id(arg.id, id);
	err = ns_ioctl(p, PLASMA_IOC_PENDING_FD, &arg);
	return err ? err : arg.out_fd;
}

int plasma_export(struct plasma *p, const struct plasma_id *id)
{
	struct plasma_export arg = { 0 };
	int err;

	copy_id(arg.id, id);
	err = ns_ioctl(p, PLASMA_IOC_EXPORT, &arg);
	return err ? err : arg.out_fd;
}
