// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Names of objects. */

#include "internal.h"

int plasma_name_bind(struct plasma *p, const char *name, const struct plasma_id *id,
		     uint32_t flags)
{
	struct plasma_name_bind arg = {
		.flags = flags,
		.name_len = length32(strlen(name)),
		.name_ptr = user_pointer(name),
	};

	memcpy(arg.id, id->bytes, PLASMA_ID_SIZE);
	return ns_ioctl(p, PLASMA_IOC_NAME_BIND, &arg);
}

int plasma_name_unbind(struct plasma *p, const char *name)
{
	struct plasma_name_unbind arg = {
		.name_len = length32(strlen(name)),
		.name_ptr = user_pointer(name),
	};

	return ns_ioctl(p, PLASMA_IOC_NAME_UNBIND, &arg);
}

int plasma_name_lookup(struct plasma *p, const char *name, struct plasma_id *id)
{
	struct plasma_name_lookup arg = {
		.name_len = length32(strlen(name)),
		.name_ptr = user_pointer(name),
	};
	int err;

	err = ns_ioctl(p, PLASMA_IOC_NAME_LOOKUP, &arg);
	if (err)
		return err;
	memcpy(id->bytes, arg.out_id, PLASMA_ID_SIZE);
	return 0;
}
