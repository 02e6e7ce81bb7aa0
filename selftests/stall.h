/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page at which the kernel stops in the middle of a command, for something else to
 * happen meanwhile. By userfaultfd, which takes root.
 */
#ifndef SELFTESTS_STALL_H
#define SELFTESTS_STALL_H

enum stall_at { STALL_AT_READ, STALL_AT_WRITE };

/**
 * struct stall - such a page
 * @bytes: what is in it, or will be; to be written before stall_arm()
 * @page: where commands are led
 * @fd: the userfaultfd
 */
struct stall {
	void *bytes;
	void *page;
	int fd;
};

/* 0 or a negative errno: -ENOSYS or -EPERM where it cannot be had. */
int stall_init(struct stall *stall);
int stall_arm(struct stall *stall, enum stall_at at);
/* Until somebody has stopped there. */
int stall_wait(struct stall *stall);
/* Lets who stopped go on, and nobody stops there any more. */
int stall_end(struct stall *stall);
/* The page goes, and who stopped there gets -EFAULT. */
int stall_fail(struct stall *stall);
void stall_free(struct stall *stall);

#endif /* SELFTESTS_STALL_H */
