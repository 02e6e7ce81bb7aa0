// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mistakes, one of each kind that the debug kernels are there to find. What is written to
 * the parameter 'commit' is made: see selftests/detectors/run.
 */
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static void nothing(void)
{
}

static void warning(void)
{
	WARN_ON(1);
}

static void use_after_free(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	WRITE_ONCE(p[3], 1);
}

static void out_of_bounds(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[64], 1);
	kfree(p);
}

static void leak(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	WRITE_ONCE(p[0], 1);
}

static void objects_left_in_cache(void)
{
	struct kmem_cache *cache = kmem_cache_create("plasma_faulty", 64, 0, 0, NULL);

	WRITE_ONCE(*(char *)kmem_cache_alloc(cache, GFP_KERNEL), 1);
	kmem_cache_destroy(cache);
}

static void lock_inversion(void)
{
	static DEFINE_MUTEX(a);
	static DEFINE_MUTEX(b);

	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);

	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static void sleep_under_spinlock(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	kfree(kmalloc(64, GFP_KERNEL));
	spin_unlock(&lock);
}

static void rcu_unprotected(void)
{
	static int __rcu *pointer;

	WARN_ON(rcu_dereference(pointer));
}

static void bad_shift(void)
{
	int by = 40, shifted;

	OPTIMIZER_HIDE_VAR(by);
	shifted = 1 << by;
	OPTIMIZER_HIDE_VAR(shifted);
}

/* A page more than the process has: found when it exits. */
static void unbalanced_rss(void)
{
	atomic_long_inc(&current->mm->rss_stat.count[MM_FILEPAGES]);
}

static unsigned long shared;

/* The barrier keeps the compiler from adding once what the loop adds. */
static void add_many(void)
{
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		shared++;
		barrier();
	}
}

static int race_along(void *unused)
{
	while (!kthread_should_stop())
		add_many();
	return 0;
}

static void racing_writes(void)
{
	struct task_struct *thread = kthread_run(race_along, NULL, "faulty");
	unsigned long end = jiffies + 5 * HZ;

	while (time_before(jiffies, end))
		add_many();
	kthread_stop(thread);
}

static const struct {
	const char *name;
	void (*commit)(void);
} mistakes[] = {
	{ "nothing", nothing },
	{ "warning", warning },
	{ "use_after_free", use_after_free },
	{ "out_of_bounds", out_of_bounds },
	{ "leak", leak },
	{ "objects_left_in_cache", objects_left_in_cache },
	{ "lock_inversion", lock_inversion },
	{ "sleep_under_spinlock", sleep_under_spinlock },
	{ "rcu_unprotected", rcu_unprotected },
	{ "bad_shift", bad_shift },
	{ "unbalanced_rss", unbalanced_rss },
	{ "racing_writes", racing_writes },
};

static int commit(const char *name, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (sysfs_streq(name, mistakes[i].name)) {
			mistakes[i].commit();
			return 0;
		}
	}
	return -EINVAL;
}

static const struct kernel_param_ops commit_ops = { .set = commit };
module_param_cb(commit, &commit_ops, NULL, 0200);

MODULE_DESCRIPTION("Makes mistakes on purpose");
MODULE_LICENSE("GPL");
