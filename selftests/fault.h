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

/* From when @bytes have been allocated on, every small allocation fails. */
void shortage_begin(long bytes);
/* The reverse; how many of the bytes were left. */
long shortage_end(void);

#endif /* SELFTESTS_FAULT_H */
