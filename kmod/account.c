// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounts: what a client has in a namespace, counted for the user who opened it.
 *
 * An object costs some hundred bytes of the kernel's memory, also one that has none of its
 * own, and so does a hold. They are counted, but not one by one: an account asks limit.c for a
 * few at a time, and gives back what it has too many of. So puts and deletes take no lock of
 * the whole module but once in %ACCOUNT_STEP times.
 *
 * An account lives as long as the attachment or one of its objects. It is protected by the
 * lock of the namespace.
 */
#include <linux/slab.h>

#include "plasma.h"

#define ACCOUNT_STEP	32

/**
 * struct plasma_account - what a client has in a namespace
 * @user: who opened it, charged for that while @open
 * @open: the client, or a mapping, has it open
 * @counts: objects that it made and that exist; objects that it holds, or may hold again
 * @charged: for how many of these the user is charged
 */
struct plasma_account {
	struct plasma_user *user;
	bool open;
	u32 counts[PLASMA_ACCOUNT_KINDS];
	u32 charged[PLASMA_ACCOUNT_KINDS];
};

/**
 * plasma_account_open - make an account for a namespace that the caller opens
 *
 * Context: may sleep.
 * Return: the account, or -EDQUOT or -ENOMEM as an error pointer.
 */
struct plasma_account *plasma_account_open(void)
{
	struct plasma_account *account = kzalloc(sizeof(*account), GFP_KERNEL_ACCOUNT);
	struct plasma_user *user;

	if (!account)
		return ERR_PTR(-ENOMEM);
	user = plasma_limit_charge(PLASMA_LIMIT_OPEN, 1);
	if (IS_ERR(user)) {
		kfree(account);
		return ERR_CAST(user);
	}
	account->user = user;
	account->open = true;
	return account;
}

static void trim(struct plasma_account *account, enum plasma_limit what, u32 to)
{
	plasma_limit_give(account->user, what, account->charged[what] - to);
	account->charged[what] = to;
}

static void free_if_unused(struct plasma_account *account)
{
	if (account->open || account->counts[PLASMA_LIMIT_OBJECTS])
		return;
	trim(account, PLASMA_LIMIT_OBJECTS, 0);
	plasma_limit_put(account->user);
	kfree(account);
}

/**
 * plasma_account_close_locked - the namespace is open no more
 * @account: the account, whose holds are gone; it goes now or with its last object
 */
void plasma_account_close_locked(struct plasma_account *account)
{
	account->counts[PLASMA_LIMIT_HOLDS] = 0;
	trim(account, PLASMA_LIMIT_HOLDS, 0);
	trim(account, PLASMA_LIMIT_OBJECTS, account->counts[PLASMA_LIMIT_OBJECTS]);
	plasma_limit_give(account->user, PLASMA_LIMIT_OPEN, 1);
	account->open = false;
	free_if_unused(account);
}

/**
 * plasma_account_have_locked - how many there are
 * @account: the account
 * @what: %PLASMA_LIMIT_OBJECTS or %PLASMA_LIMIT_HOLDS
 *
 * Return: their number.
 */
u32 plasma_account_have_locked(const struct plasma_account *account, enum plasma_limit what)
{
	return account->counts[what];
}

/**
 * plasma_account_add_locked - count one more
 * @account: the account
 * @what: as there
 *
 * Return: 0 or -EDQUOT.
 */
int plasma_account_add_locked(struct plasma_account *account, enum plasma_limit what)
{
	if (account->counts[what] == account->charged[what])
		account->charged[what] += plasma_limit_take(account->user, what, 1, ACCOUNT_STEP);
	if (account->counts[what] == account->charged[what])
		return -EDQUOT;
	account->counts[what]++;
	return 0;
}

/**
 * plasma_account_sub_locked - count one less
 * @account: the account; a closed one goes with its last object
 * @what: as there
 */
void plasma_account_sub_locked(struct plasma_account *account, enum plasma_limit what)
{
	u32 left = --account->counts[what];
	u32 unused = account->charged[what] - left;

	if (!account->open && unused > left / 8)
		trim(account, what, left);
	else if (unused >= 2 * ACCOUNT_STEP)
		trim(account, what, left + ACCOUNT_STEP);
	free_if_unused(account);
}
