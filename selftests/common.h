/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests share.
 *
 * Tests include <kselftest_harness.h> before this file.
 */
#ifndef SELFTESTS_COMMON_H
#define SELFTESTS_COMMON_H

#include "check.h"
#include "client.h"
#include "commands.h"
#include "counters.h"
#include "memory.h"
#include "process.h"
#include "timing.h"

/* A guest without KVM is slow, an instrumented kernel in it ten times slower. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	300

#define KIB		1024UL
#define MIB		(1024UL * KIB)
#define GIB		(1024UL * MIB)
#define PAGE		4096UL
#define HUGE_PAGE	(2 * MIB)

/* What output members hold before a call, so that an unwritten one shows. */
#define POISON		0xcc

#define NOW		0ULL
#define ALL		(~0ULL)

#endif /* SELFTESTS_COMMON_H */
