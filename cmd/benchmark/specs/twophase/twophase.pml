/* Two-phase commit, step for step as in twophase.fsm, written to be fast in SPIN: one process, the resource managers in the
   bits of one word, each step one d_step. The states that twophase.fsm counts are those that pan stores. */
#ifndef N
#define N 7
#endif
#if N == 7
#define ALL(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6)
#elif N == 9
#define ALL(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#endif

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
