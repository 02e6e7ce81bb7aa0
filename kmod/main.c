// SPDX-License-Identifier: GPL-2.0-only
/*
 * plasma: an in-memory store of immutable objects. The module and its device.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "plasma.h"

static struct miscdevice plasma_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "plasma",
	.fops = &plasma_fops,
	.mode = 0660,
};

static int __init plasma_init(void)
{
	int err;

	err = plasma_hold_init();
	if (err)
		return err;
	err = plasma_object_init();
	if (err)
		goto exit_hold;
	err = plasma_store_init();
	if (err)
		goto exit_object;
	err = plasma_namespaces_init();
	if (err)
		goto exit_store;
	err = misc_register(&plasma_device);
	if (err)
		goto exit_namespaces;
	return 0;

exit_namespaces:
	plasma_namespaces_exit();
exit_store:
	plasma_store_exit();
exit_object:
	plasma_object_exit();
exit_hold:
	plasma_hold_exit();
	return err;
}

static void __exit plasma_exit(void)
{
	misc_deregister(&plasma_device);
	plasma_namespaces_exit();
	plasma_store_exit();
	plasma_object_exit();
	plasma_hold_exit();
}

module_init(plasma_init);
module_exit(plasma_exit);

MODULE_DESCRIPTION("In-memory store of immutable objects");
MODULE_AUTHOR("The plasma maintainers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
