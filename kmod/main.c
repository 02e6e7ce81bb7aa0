// SPDX-License-Identifier: GPL-2.0-only
/*
 * plasma: an in-memory store of immutable objects. The module and its device.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "compat.h"
#include "plasma.h"

static struct miscdevice plasma_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "plasma",
	.fops = &plasma_fops,
	.mode = 0660,
};

static unsigned long size_mb;
static bool plasma_loaded;	/* the parameter may be set before there is a store */

/*
 * At run time the store shrinks by evicting, from all namespaces, and refuses with EBUSY
 * when what is left does not fit.
 */
static int set_size_mb(const char *val, const struct kernel_param *kp)
{
	unsigned long old = size_mb, used, max;
	int err;

	err = param_set_ulong(val, kp);
	if (err || !plasma_loaded)
		return err;
	err = plasma_store_resize(size_mb);
	if (err)
		goto restore;
	used = plasma_store_used() >> PAGE_SHIFT;
	max = plasma_store_size() >> PAGE_SHIFT;
	plasma_keep_drop(ULONG_MAX);
	if (used > max)
		plasma_namespaces_evict(used - max, false);
	if (plasma_store_used() <= plasma_store_size() && !plasma_namespaces_resize()) {
		size_mb = plasma_store_size() >> 20;
		return 0;
	}
	plasma_store_resize(old);
	plasma_namespaces_resize();
	err = -EBUSY;
restore:
	size_mb = old;
	return err;
}

static const struct kernel_param_ops size_mb_ops = {
	.set = set_size_mb,
	.get = param_get_ulong,
};
module_param_cb(size_mb, &size_mb_ops, &size_mb, 0644);
MODULE_PARM_DESC(size_mb, "Memory that objects may occupy, in MiB (default: a quarter of RAM)");

static bool index_enabled = true;
module_param_named(index, index_enabled, bool, 0644);
MODULE_PARM_DESC(index, "Let clients that open a namespace get objects without a system call (default: yes)");

/**
 * plasma_index_enabled - may clients use indexes?
 *
 * Return: the module's parameter. It counts when a client maps an index.
 */
bool plasma_index_enabled(void)
{
	return READ_ONCE(index_enabled) && PLASMA_HAVE_CLOCK;
}

static int __init plasma_init(void)
{
	int err;

	err = plasma_store_resize(size_mb);
	if (err)
		return err;
	size_mb = plasma_store_size() >> 20;
	err = plasma_object_init();
	if (err)
		return err;
	err = plasma_slot_init();
	if (err)
		goto exit_object;
	err = plasma_store_init();
	if (err)
		goto exit_slot;
	err = plasma_namespaces_init();
	if (err)
		goto exit_store;
	err = plasma_reclaim_init();
	if (err)
		goto exit_namespaces;
	err = misc_register(&plasma_device);
	if (err)
		goto exit_reclaim;
	WRITE_ONCE(plasma_loaded, true);
	return 0;

exit_reclaim:
	plasma_reclaim_exit();
exit_namespaces:
	plasma_namespaces_exit();
	plasma_keep_exit();
exit_store:
	plasma_store_exit();
exit_slot:
	plasma_slot_exit();
exit_object:
	plasma_object_exit();
	return err;
}

static void __exit plasma_exit(void)
{
	/* Parameters are set under this lock: nobody resizes the store any more. */
	kernel_param_lock(THIS_MODULE);
	plasma_loaded = false;
	kernel_param_unlock(THIS_MODULE);
	misc_deregister(&plasma_device);
	plasma_reclaim_exit();
	plasma_namespaces_exit();
	plasma_keep_exit();
	plasma_store_exit();
	plasma_slot_exit();
	plasma_object_exit();
}

module_init(plasma_init);
module_exit(plasma_exit);

MODULE_DESCRIPTION("In-memory store of immutable objects");
MODULE_AUTHOR("The plasma maintainers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
