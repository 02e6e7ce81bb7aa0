/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock, and waiting for what must come. */
#ifndef SELFTESTS_TIMING_H
#define SELFTESTS_TIMING_H

#include <linux/types.h>

#include "client.h"

/* How long anything may take that must come, but not at once. */
#define PATIENCE_MS	120000

__u64 now_ns(void);
__u64 in_ms(__u64 ms);
void sleep_ms(unsigned int ms);

/* What poll() says of a descriptor at once, or a negative errno. */
int poll_now(int fd);
/* Until poll() wakes and says something; 0 if it never does. */
int poll_wait(int fd);

/* Waits until as many gets wait in the namespace of @c. */
int wait_waiters(const struct client *c, __u64 count);

#endif /* SELFTESTS_TIMING_H */
