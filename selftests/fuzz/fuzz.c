// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzer's tests. All go on for a while and then end: TEST_FUZZ_SECONDS in total, by
 * TEST_SEED. What one prints when it fails is enough to see it fail again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kselftest_harness.h>

#include "fuzz.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	7200

#define SECONDS		60

static __u64 number_from(const char *variable, __u64 otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* The part of the time that a test has. */
static unsigned int seconds(unsigned int percent)
{
	return number_from("TEST_FUZZ_SECONDS", SECONDS) * percent / 100;
}

static __u64 seed_of_run(void)
{
	__u64 seed = number_from("TEST_SEED", now_ns() / 1000 & 0xffffffff);

	fprintf(stderr, "# TEST_SEED=%llu\n", seed);
	return seed;
}

static void explain(const struct op *ops, unsigned int count, const struct outcome *out)
{
	unsigned int i;

	fprintf(stderr, "# operation %u of these: expected %s to be %lld, not %lld\n",
		out->at + 1, out->what, out->want, out->have);
	for (i = 0; i < count; i++)
		op_print(&ops[i]);
}

/* Returns the number of operations of the shortest list that fails, 0 for none. */
static unsigned int try_list(__u64 seed, bool defect, struct outcome *out)
{
	static struct op ops[FUZZ_OPS];
	unsigned int count = FUZZ_OPS;

	ops_make(ops, count, seed);
	run_ops(ops, count, ops_capacity(seed), defect, out);
	if (!out->failed)
		return 0;
	fprintf(stderr, "# the list of TEST_SEED=%llu fails at %u: %s is %lld, not %lld\n",
		seed, out->at + 1, out->what, out->have, out->want);
	count = shrink_ops(ops, out->at + 1, ops_capacity(seed), defect);
	run_ops(ops, count, ops_capacity(seed), defect, out);
	explain(ops, count, out);
	return count;
}

FIXTURE(fuzz)
{
	struct usage before;
};

FIXTURE_SETUP(fuzz)
{
	ASSERT_EQ(0, usage_take(&self->before));
}

FIXTURE_TEARDOWN(fuzz)
{
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* A kind that never comes to do anything tests nothing. */
static int all_kinds_did_something(const unsigned int *succeeded)
{
	unsigned int i, idle = 0;

	for (i = 0; i < OP_KINDS; i++) {
		if (succeeded[i])
			continue;
		fprintf(stderr, "# %s never succeeded\n", op_name(i));
		idle++;
	}
	return idle;
}

TEST_F(fuzz, every_result_is_predicted)
{
	__u64 seed = seed_of_run(), end = in_ms(seconds(40) * 1000ULL), lists = 0;
	unsigned int succeeded[OP_KINDS] = {}, i, total = 0;
	struct outcome out;

	do {
		ASSERT_EQ(0, try_list(seed + lists++, false, &out));
		for (i = 0; i < OP_KINDS; i++)
			succeeded[i] += out.succeeded[i];
	} while (now_ns() < end);
	for (i = 0; i < OP_KINDS; i++)
		total += succeeded[i];
	fprintf(stderr, "# %llu lists of %u operations, of which %u changed or told something\n",
		lists, FUZZ_OPS, total);
	if (lists > 100)
		EXPECT_EQ(0, all_kinds_did_something(succeeded));
}

/* A model that is wrong about one thing: it takes objects that are to be kept for others. */
TEST_F(fuzz, a_mistake_is_found_and_its_list_made_short)
{
	unsigned int count = 0;
	struct outcome out;
	__u64 seed;

	for (seed = 1; !count && seed < 30; seed++)
		count = try_list(seed, true, &out);
	EXPECT_LT(0, count);
	EXPECT_GE(12, count);
	EXPECT_TRUE(out.failed);
}

TEST_F(fuzz, torment)
{
	EXPECT_EQ(0, torment(seed_of_run(), seconds(40)));
}

TEST_F(fuzz, blind)
{
	EXPECT_EQ(0, blind(seed_of_run(), seconds(20)));
}

TEST_HARNESS_MAIN
