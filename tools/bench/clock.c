// SPDX-License-Identifier: GPL-2.0-only
/* Time, and what is known of the clock. */

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench.h"

#define HYPERVISOR_PRESENT	(1U << 31)
#define HYPERVISOR_LEAF		0x40000000

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	if (count % 2)
		return values[count / 2];
	return (values[count / 2 - 1] + values[count / 2]) / 2;
}

/*
 * What a thing takes, of samples. Where the clock counts instructions that is the least of
 * them: nothing does with less by chance, and some have the machine's own work in them.
 */
double typical(double *values, size_t count)
{
	double middle = median(values, count);

	return options.mode == ICOUNT ? values[0] : middle;
}

#ifdef __x86_64__
/* @turns times @per_turn instructions, give or take some dozens. */
static uint64_t turns2(uint64_t turns)
{
	uint64_t start = now_ns();

	asm volatile("1: dec %0; jnz 1b" : "+r"(turns) : : "cc");
	return now_ns() - start;
}

static uint64_t turns6(uint64_t turns)
{
	uint64_t start = now_ns();

	asm volatile("1: nop; nop; nop; nop; dec %0; jnz 1b" : "+r"(turns) : : "cc");
	return now_ns() - start;
}

static bool about(uint64_t value, uint64_t wanted)
{
	return fabs((double)value - (double)wanted) < 0.005 * (double)wanted;
}

/* An interrupt may come between, not always. */
bool clock_counts_instructions(void)
{
	const uint64_t turns = 200000;
	int tries;

	for (tries = 0; tries < 10; tries++)
		if (about(turns2(turns), 2 * turns) && about(turns6(turns), 6 * turns))
			return true;
	return false;
}
#else
bool clock_counts_instructions(void)
{
	return false;
}
#endif

#ifdef __x86_64__
/* QEMU signs what it emulates, whatever processor that is said to be. */
bool emulated(void)
{
	unsigned int max, ebx, ecx, edx;
	char signature[12];

	if (!__get_cpuid(1, &max, &ebx, &ecx, &edx) || !(ecx & HYPERVISOR_PRESENT))
		return false;
	__cpuid(HYPERVISOR_LEAF, max, ebx, ecx, edx);
	memcpy(signature, &ebx, 4);
	memcpy(signature + 4, &ecx, 4);
	memcpy(signature + 8, &edx, 4);
	return !memcmp(signature, "TCGTCGTCGTCG", sizeof(signature));
}
#else
bool emulated(void)
{
	return false;
}
#endif

/* Those that the program began with: a process that is bound to one may have children on others. */
static const cpu_set_t *cpus(void)
{
	static cpu_set_t set;
	static bool known;

	if (!known)
		known = !sched_getaffinity(0, sizeof(set), &set);
	return known ? &set : NULL;
}

int cpus_online(void)
{
	const cpu_set_t *set = cpus();

	return set ? CPU_COUNT(set) : 1;
}

int pin_to_cpu(int cpu)
{
	const cpu_set_t *allowed = cpus();
	cpu_set_t one;
	int i, left;

	if (!allowed)
		return -errno;
	left = cpu % CPU_COUNT(allowed);
	for (i = 0; !CPU_ISSET(i, allowed) || left; i++)
		left -= CPU_ISSET(i, allowed) ? 1 : 0;
	CPU_ZERO(&one);
	CPU_SET(i, &one);
	return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
}
