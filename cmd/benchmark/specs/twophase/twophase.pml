/* Two-phase commit, step for step as in twophase.fsm, written to be fast in SPIN: one process, the resource managers in the
   bits of one word, each step one d_step. pan stores as many states as twophase.fsm has. */
#ifndef N
#define N 7
#endif
#define JOIN(A, B) A##B
#define NUMBERED(A, B) JOIN(A, B)
#define ALL(X) NUMBERED(ALL_, N)(X)
#define ALL_3(X) X(0) X(1) X(2)
#define ALL_4(X) ALL_3(X) X(3)
#define ALL_5(X) ALL_4(X) X(4)
#define ALL_6(X) ALL_5(X) X(5)
#define ALL_7(X) ALL_6(X) X(6)
#define ALL_8(X) ALL_7(X) X(7)
#define ALL_9(X) ALL_8(X) X(8)

/* a resource manager: 0 working, 1 prepared, 2 committed, 3 aborted */
int rm;
short prepared, ready;
byte tm; /* 0 init, 1 committed, 2 aborted */
bit commit, abort;

#define EVERY ((1 << N) - 1)
#define LOW 87381 /* 01 for each */
#define IS(i) ((rm >> (2 * i)) & 3)
#define BECOMES(i, s) rm = (rm & ~(3 << (2 * i))) | (s << (2 * i))
#define TORN (((rm & (rm >> 1)) & LOW) && (((rm >> 1) & ~rm) & LOW))

#define MANAGER(i) \
	:: d_step { IS(i) == 0 -> BECOMES(i, 1); prepared = prepared | (1 << i) } \
	:: d_step { IS(i) == 0 -> BECOMES(i, 3); assert(!TORN) } \
	:: d_step { commit -> BECOMES(i, 2); assert(!TORN) } \
	:: d_step { abort -> BECOMES(i, 3); assert(!TORN) }
#define HEAR(i) \
	:: d_step { tm == 0 && ((prepared >> i) & 1) -> ready = ready | (1 << i) }

active proctype cluster()
{
end:
	do
	ALL(HEAR)
	:: d_step { tm == 0 && ready == EVERY -> tm = 1; commit = 1 }
	:: d_step { tm == 0 -> tm = 2; abort = 1 }
	ALL(MANAGER)
	od
}
