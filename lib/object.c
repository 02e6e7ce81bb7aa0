// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Making and knowing objects. */

#include "pin.h"

int plasma_create_named(struct plasma *p, const struct plasma_id *id, const char *name,
			size_t size, const void *metadata, size_t metadata_size,
			uint32_t flags, void **data)
{
	struct plasma_create arg = {
		.flags = flags,
		.data_size = size,
		.metadata_size = metadata_size,
		.metadata_ptr = user_pointer(metadata),
		.name_ptr = user_pointer(name),
		.name_len = name_length(name),
	};
	struct client *c;
	char *base;
	int err;

	if (name_empty(name))
		return -EINVAL;
	err = client_get_ns(p, &c);
	if (err)
		return err;
	/* Before the object is made, that nothing need be undone. */
	if (!(c->access & PLASMA_ACCESS_WRITE))
		return -EACCES;
	err = client_map_write(p, c, &base);
	if (err)
		return err;
	arg.ns = c->ns;
	copy_id(arg.id, id);
	err = client_ioctl(c, PLASMA_IOC_CREATE, &arg);
	if (err)
		return err;
	*data = base + arg.out_offset;
	return 0;
}

int plasma_create(struct plasma *p, const struct plasma_id *id, size_t size,
		  const void *metadata, size_t metadata_size, uint32_t flags,
		  void **data)
{
	return plasma_create_named(p, id, NULL, size, metadata, metadata_size, flags, data);
}

int plasma_resize(struct plasma *p, const struct plasma_id *id, size_t size,
		  void **data)
{
	struct plasma_resize arg = { .data_size = size };
	struct client *c;
	char *base;
	int err;

	err = client_get_ns(p, &c);
	if (err)
		return err;
	err = client_map_write(p, c, &base);
	if (err)
		return err;
	arg.ns = c->ns;
	copy_id(arg.id, id);
	err = client_ioctl(c, PLASMA_IOC_RESIZE, &arg);
	if (err)
		return err;
	*data = base + arg.out_offset;
	return 0;
}

int plasma_seal_named(struct plasma *p, const struct plasma_id *id, const char *name,
		      uint32_t flags)
{
	struct plasma_seal arg = {
		.flags = flags,
		.name_ptr = user_pointer(name),
		.name_len = name_length(name),
	};

	if (name_empty(name))
		return -EINVAL;
	copy_id(arg.id, id);
	return ns_ioctl(p, PLASMA_IOC_SEAL, &arg);
}

int plasma_seal(struct plasma *p, const struct plasma_id *id, uint32_t flags)
{
	return plasma_seal_named(p, id, NULL, flags);
}

int plasma_abort(struct plasma *p, const struct plasma_id *id)
{
	struct plasma_abort arg = { 0 };

	copy_id(arg.id, id);
	return ns_ioctl(p, PLASMA_IOC_ABORT, &arg);
}

int plasma_stat_metadata(struct plasma *p, const struct plasma_id *id, uint32_t flags,
			 struct plasma_object_info *info, size_t size,
			 void *metadata, size_t metadata_size)
{
	struct plasma_stat arg = {
		.flags = flags,
		.info_size = length32(size),
		.info_ptr = user_pointer(info),
		.metadata_ptr = user_pointer(metadata),
		.metadata_len = length32(metadata_size),
	};

	copy_id(arg.id, id);
	return ns_ioctl(p, PLASMA_IOC_STAT, &arg);
}

int plasma_stat(struct plasma *p, const struct plasma_id *id,
		struct plasma_object_info *info, size_t size)
{
	return plasma_stat_metadata(p, id, 0, info, size, NULL, 0);
}

cold int contains_cold(struct plasma *p, const struct plasma_id *id)
{
	struct plasma_object_info info;
	int err = plasma_stat(p, id, &info, sizeof(info));

	if (err == -ENOENT)
		return 0;
	return err ? err : info.state == PLASMA_STATE_SEALED;
}

int plasma_contains(struct plasma *p, const struct plasma_id *id)
{
	const struct view *v = &p->here->view;

	return has_pins(v) && pin_contains(v, id) ? 1 : contains_cold(p, id);
}

int plasma_evict(struct plasma *p, uint64_t bytes, uint64_t *out_bytes,
		 uint64_t *out_objects)
{
	struct plasma_evict arg = { .bytes = bytes };
	int err;

	err = ns_ioctl(p, PLASMA_IOC_EVICT, &arg);
	if (err)
		return err;
	if (out_bytes)
		*out_bytes = arg.out_bytes;
	if (out_objects)
		*out_objects = arg.out_objects;
	return 0;
}
