/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault injection: lets allocations of the calling thread fail. Needs a kernel that can.
 */
#ifndef SELFTESTS_FAULT_H
#define SELFTESTS_FAULT_H

#include <stdbool.h>

/* False where nothing can be made to fail. To be called by the thread that is to fail. */
bool fault_init(void);

/* The nth allocation, or copy of user memory, from now on fails; 0 for none. */
void fault_at(unsigned int nth);
/* Whether it did. Then none will fail any more. */
bool fault_happened(void);
/* Instead of that: how many more would have had to come. Then none will fail any more. */
unsigned int fault_left(void);

/*
 * Has the @nth place fail, and all allocations after it but those of single pages: what can be
 * made of many of these where there is no large one fails in the end, too.
 */
void shortage_at(unsigned int nth);
/* Whether it came to that. Then none will fail any more. */
bool shortage_happened(void);

#endif /* SELFTESTS_FAULT_H */
