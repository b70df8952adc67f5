/* German's cache coherence, step for step as in german.fsm, written to be fast in SPIN: one process, bytes, sets of clients in
   bits, each step one d_step. A value is the lowest bit of what carries it. pan stores one state more, before the content of
   the memory is chosen. */
#ifndef N
#define N 4
#endif
#define JOIN(A, B) A##B
#define NUMBERED(A, B) JOIN(A, B)
#define ALL(X) NUMBERED(ALL_, N)(X)
#define ALL_2(X) X(0) X(1)
#define ALL_3(X) ALL_2(X) X(2)
#define ALL_4(X) ALL_3(X) X(3)
#define ALL_5(X) ALL_4(X) X(4)

/* a client's copy: 0 invalid, 2 shared, 4 exclusive, and the value */
byte copy[N];

/* its links: 1 asks for a shared, 2 for an exclusive copy; to it 1 invalidate, 2 shared, 4 exclusive; back 1 invalidated, 2
   written back */
byte asks[N], to[N], back[N];

/* home: 0 idle, 1 sharing, 2 owning */
byte home, whom, sharers, drop;
bit exclusive, memory, latest;

#define COPIES NUMBERED(COPIES_, N)
#define COPIES_2 copy[0] + copy[1]
#define COPIES_3 COPIES_2 + copy[2]
#define COPIES_4 COPIES_3 + copy[3]
#define COPIES_5 COPIES_4 + copy[4]
#define ANYWRITER NUMBERED(WRITER_, N)
#define WRITER_2 copy[0] >= 4 || copy[1] >= 4
#define WRITER_3 WRITER_2 || copy[2] >= 4
#define WRITER_4 WRITER_3 || copy[3] >= 4
#define WRITER_5 WRITER_4 || copy[4] >= 4

#define CLIENT(i) \
	:: d_step { copy[i] == 0 && asks[i] == 0 -> asks[i] = 1 } \
	:: d_step { copy[i] < 4 && asks[i] == 0 -> asks[i] = 2 } \
	:: d_step { to[i] == 2 || to[i] == 3 -> assert(!(ANYWRITER)); copy[i] = to[i]; to[i] = 0; assert((copy[i] & 1) == latest) } \
	:: d_step { to[i] >= 4 -> assert(COPIES == 0); copy[i] = to[i]; to[i] = 0; assert((copy[i] & 1) == latest) } \
	:: d_step { to[i] == 1 -> assert(copy[i] && back[i] == 0); back[i] = (copy[i] >= 4 -> copy[i] - 2 : 1); copy[i] = 0; to[i] = 0 } \
	:: d_step { copy[i] >= 4 -> copy[i] = 4; latest = 0; assert(exclusive && COPIES == copy[i]) } \
	:: d_step { copy[i] >= 4 -> copy[i] = 5; latest = 1; assert(exclusive && COPIES == copy[i]) } \
	:: d_step { home == 0 && asks[i] -> home = asks[i]; asks[i] = 0; whom = i; drop = sharers } \
	:: d_step { to[i] == 0 && ((drop >> i) & 1) && (home == 2 || (home == 1 && exclusive)) -> to[i] = 1; drop = drop & ~(1 << i) } \
	:: d_step { back[i] == 1 -> back[i] = 0; sharers = sharers & ~(1 << i) } \
	:: d_step { back[i] >= 2 -> memory = back[i] & 1; back[i] = 0; sharers = sharers & ~(1 << i); exclusive = 0; assert(memory == latest) }

active proctype line()
{
	if
	:: memory = 0
	:: d_step { memory = 1; latest = 1 }
	fi;
end:
	do
	:: d_step { home == 1 && !exclusive && to[whom] == 0 -> to[whom] = 2 | memory; sharers = sharers | (1 << whom); home = 0; whom = 0 }
	:: d_step { home == 2 && !exclusive && sharers == 0 && to[whom] == 0 ->
		to[whom] = 4 | memory; sharers = 1 << whom; exclusive = 1; home = 0; whom = 0 }
	ALL(CLIENT)
	od
}
