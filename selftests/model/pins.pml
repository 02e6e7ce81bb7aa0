/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model, for spin, of the argument in kmod/pin.c: two clients that get an object by
 * its entry and release it, against a kernel that creates, seals, aborts, deletes, hides and
 * evicts what the entry stands for and gives the entry to other objects; each of them
 * for as long as it likes.
 *
 * What a client finds in the table it may have found at any time before, and while the table
 * changes it may find nothing. So a client here may try to pin the entry at any time, which
 * covers every split, merge, hidden and reused entry.
 *
 * Spin's memory is sequentially consistent; processors' is not. Each side's stores to the
 * word that the other side reads go through a buffer of one word, which is written to memory
 * at any later time, or at a barrier. Loads of the other side's word go to memory.
 *
 * What must hold: what a client has got is there, and remains what it was, until the client
 * releases it; pages are freed once; and whenever all have come to rest, no delete is pending
 * for an object that nobody holds.
 *
 * With one of these defined it must not hold: NO_G2, NO_L2 and NO_R2 leave out a barrier,
 * NO_G3 the test of LIVE, NO_ID that of the id, NO_L3 that of PENDING; LATE_D1 sets
 * PENDING only after the pins were looked at; NO_DRAIN and NO_EXIT forget the deletes that
 * wait for a pin which is drained, and for those of a client that dies.
 */

#define CLIENTS	2

/* The id that clients look for, and any other. */
#define WANTED	1
#define OTHER	2

/* entry.state */
#define LIVE	1
#define PENDING	2

/* A pin: not in use, for the entry with a count of 0, with a count of 1. */
#define EMPTY	0
#define STALE	1
#define HELD	2

/* --- memory that both sides see, and the buffers before it ------------------ */

byte state;			/* entry.state */
byte id;			/* entry.id */
byte pin[CLIENTS];		/* a pin of each client, in the set of the entry */

bool kernel_buffered;
byte kernel_buffer;		/* for state; only who has the lock stores */
bool client_buffered[CLIENTS];
byte client_buffer[CLIENTS];	/* for pin */

active proctype write_kernel_buffer()
{
end:	do
	:: d_step {
		kernel_buffered ->
		state = kernel_buffer;
		kernel_buffer = 0;
		kernel_buffered = false
	   }
	od
}

active [CLIENTS] proctype write_client_buffer()
{
	byte me = _pid - 1;

end:	do
	:: d_step {
		client_buffered[me] ->
		pin[me] = client_buffer[me];
		client_buffer[me] = 0;
		client_buffered[me] = false
	   }
	od
}

/* --- the kernel ------------------------------------------------------------- */

mtype = { NONE, CREATED, SEALED, DEAD };

bool lock;
mtype object = NONE;
byte kernel_state;		/* entry.state as the kernel sees it */
bool pages;			/* the object has memory */
bool delete_pending;
bool nameless;			/* hidden, a word that spin has taken */
byte users;
bool listed[CLIENTS] = true;	/* in ns->pins */
bool pinned;			/* what look() says; under the lock */
bool same[CLIENTS];		/* the object is the one that the client has got */

inline take_lock()
{
	atomic { !lock -> lock = true }
}

/* A store of state that is still in the buffer comes before the store that unlocks. */
inline drop_lock()
{
	d_step { !kernel_buffered -> lock = false; pinned = false }
}

inline store_state(value)
{
	d_step {
		!kernel_buffered ->
		kernel_state = value;
		kernel_buffer = kernel_state;
		kernel_buffered = true
	}
}

inline look()
{
	pinned = listed[0] && pin[0] == HELD;
	pinned = pinned || (listed[1] && pin[1] == HELD)
}

inline restore()
{
	if
	:: !nameless -> store_state(kernel_state | LIVE)
	:: else
	fi
}

/* pinned says whether it failed */
inline retire()
{
	store_state(kernel_state & ~LIVE);	/* R1 */
#ifndef NO_R2
	!kernel_buffered;			/* R2 */
#endif
	look();					/* R3 */
	if
	:: pinned -> restore()
	:: else
	fi
}

/* @mine: the caller is to destroy it, once it has dropped the lock */
inline unlink(mine)
{
	d_step { object = DEAD; mine = true };
	if
	:: !nameless -> store_state(kernel_state & ~LIVE)
	:: else
	fi
}

inline destroy(mine)
{
	if
	:: mine ->
		d_step { assert(object == DEAD && pages); pages = false };
		d_step { object = NONE; mine = false }
	:: else
	fi
}

inline create()
{
	store_state((kernel_state & ~(LIVE | PENDING)));
	!kernel_buffered;	/* stores are seen in their order */
	if
	:: id = WANTED
	:: id = OTHER
	fi;
	d_step {
		object = CREATED;
		pages = true;
		delete_pending = false;
		nameless = false;
		same[0] = false;
		same[1] = false
	}
}

/* Carries out a pending delete, if nobody holds the object. */
inline reap_locked(mine)
{
	if
	:: object == SEALED && delete_pending && users == 0 ->
		retire();
		if
		:: !pinned -> unlink(mine)
		:: else
		fi
	:: else
	fi
}

inline seal(mine)
{
	object = SEALED;
	store_state(kernel_state | LIVE);
	reap_locked(mine)
}

inline delete(hide, mine)
{
	delete_pending = true;
#ifndef LATE_D1
	store_state(kernel_state | PENDING);	/* D1 */
#endif
	pinned = true;
	if
	:: object == SEALED && users == 0 -> retire()
	:: else
	fi;
#ifdef LATE_D1
	store_state(kernel_state | PENDING);
#endif
	if
	:: !pinned -> unlink(mine)
	:: pinned && hide && object == SEALED ->
		store_state(kernel_state & ~LIVE);
		nameless = true
	:: else
	fi
}

/* A victim goes, or is spared since there are not enough of them. */
inline evict(mine)
{
	retire();
	if
	:: !pinned -> unlink(mine)
	:: !pinned -> restore()
	:: pinned
	fi
}

/* For another thread of the client, which needs pins. The exchange is atomic. */
inline drain(who, mine)
{
	if
	:: d_step {
		pin[who] == STALE && !client_buffered[who] && listed[who] ->
		pin[who] = EMPTY
	   };
#ifndef NO_DRAIN
	   reap_locked(mine)
#endif
	:: else
	fi
}

bool others_done;

active proctype others()
{
	bool mine;

	do
	::	take_lock();
		if
		:: object == NONE -> create()
		:: object == CREATED -> seal(mine)
		:: object == CREATED -> unlink(mine)		/* abort */
		:: object == CREATED -> delete(false, mine)
		:: object == SEALED && !nameless -> delete(false, mine)
		:: object == SEALED && !nameless -> delete(true, mine)
		:: object == SEALED && users == 0 -> evict(mine)
		:: object == SEALED -> drain(0, mine)
		:: object == SEALED -> drain(1, mine)
		:: else			/* somebody else is about to destroy it */
		fi;
		drop_lock();
		destroy(mine)
	:: break
	od;
	others_done = true
}

/* --- the clients ------------------------------------------------------------ */

bool in_kernel[CLIENTS];	/* where nobody is killed */
bool killed;			/* client 0 */
bool holds;			/* client 0, by a system call */
bool client_done[CLIENTS];

/* Taking the lock is a barrier. */
inline enter_kernel()
{
	in_kernel[me] = true;
	!client_buffered[me];
	take_lock()
}

inline leave_kernel()
{
	drop_lock();
	destroy(mine);
	in_kernel[me] = false
}

inline store_pin(value)
{
	d_step {
		!client_buffered[me] ->
		client_buffer[me] = value;
		client_buffered[me] = true
	}
}

/* What it has got is there, and is the same all the time. */
inline use()
{
	d_step {
		assert(pages && object == SEALED && id == WANTED);
		same[me] = true
	};
	d_step {
		assert(pages && object == SEALED && id == WANTED && same[me]);
		same[me] = false
	}
}

inline release()
{
	store_pin(STALE);			/* L1 */
#ifndef NO_L2
	!client_buffered[me];			/* L2 */
#endif
#ifndef NO_L3
	if					/* L3 */
	:: state & PENDING ->
		enter_kernel();
		reap_locked(mine);
		leave_kernel()
	:: else
	fi
#endif
}

inline get_by_pin()
{
	store_pin(HELD);			/* G1 */
#ifndef NO_G2
	!client_buffered[me];			/* G2 */
#endif
#ifdef NO_G3
	ok = true;
#else
	ok = state & LIVE;			/* G3 */
#endif
#ifndef NO_ID
	ok = ok && id == WANTED;
#endif
	if
	:: ok -> use()
	:: else
	fi;
	ok = false;
	release()
}

inline release_hold()
{
	d_step { holds = false; users-- };
	reap_locked(mine)
}

inline get_by_call()
{
	enter_kernel();
	if
	:: d_step {
		object == SEALED && !nameless && id == WANTED ->
		users++;
		holds = true
	   }
	:: else
	fi;
	leave_kernel();
	if
	:: holds ->
		use();
		enter_kernel();
		release_hold();
		leave_kernel()
	:: else
	fi
}

/* First the pins, which do not count any more, then the holds. */
inline exit()
{
	enter_kernel();
	listed[me] = false;
#ifndef NO_EXIT
	leave_kernel();
	enter_kernel();
	if
	:: pin[me] != EMPTY -> reap_locked(mine)
	:: else
	fi;
#endif
	leave_kernel();
	enter_kernel();
	if
	:: me == 0 && holds -> release_hold()
	:: else
	fi;
	leave_kernel()
}

proctype client(byte me)
{
	bool ok, mine;

	{
		do
		:: get_by_pin()
		:: me == 0 -> get_by_call()
		:: break
		od
	} unless {
		killed && me == 0 && !in_kernel[me] -> exit()
	};
	client_done[me] = true
}

/* Client 0, at any time or never. */
proctype killer()
{
	if
	:: killed = true
	:: skip
	fi
}

/* Client 1 is still there, and what it has written to its pin as well. */
proctype judge()
{
	others_done && client_done[0] && client_done[1] && !kernel_buffered &&
		!client_buffered[0] && !client_buffered[1];
	assert(users == 0 && pin[1] != HELD);
	assert(pages == (object != NONE));
	assert(!(object == SEALED && delete_pending))
}

init
{
	atomic {
		run client(0);
		run client(1);
		run judge();
		run killer()
	}
}
