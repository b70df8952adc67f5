/* Lamport's mutual exclusion, step for step as in lamport.fsm, written to be fast in SPIN: one process, each link three places
   of four bits in a short, each step one d_step. */
#ifndef N
#define N 3
#endif
#ifndef MaxClock
#define MaxClock 6
#endif
#define JOIN(A, B) A##B
#define NUMBERED(A, B) JOIN(A, B)
#define ALL(X) NUMBERED(ALL_, N)(X)
#define ALL_2(X) X(0) X(1)
#define ALL_3(X) X(0) X(1) X(2)
#define PAIRS(X) NUMBERED(PAIRS_, N)(X)
#define PAIRS_2(X) X(0, 1) X(1, 0)
#define PAIRS_3(X) X(0, 1) X(0, 2) X(1, 0) X(1, 2) X(2, 0) X(2, 1)

/* where a process is: 0 idle, 1 waiting, 2 critical */
byte at[N], clock[N] = 1, acks[N], asked[N * N];

/* what is on its way, the oldest in the low bits: 0 nothing, 1 to MaxClock a request, 14 a release, 15 an acknowledgement */
short link[N * N];

#define ASKED(p, q) asked[p * N + q]
#define LINK(p, q) link[p * N + q]
#define HEAD(p, q) (LINK(p, q) & 15)
#define TAKE(p, q) LINK(p, q) = LINK(p, q) >> 4
#define SEND(p, q, m) assert(LINK(p, q) < 256); \
	LINK(p, q) = LINK(p, q) | (m << (LINK(p, q) == 0 -> 0 : (LINK(p, q) < 16 -> 4 : 8)))
#define EVERY ((1 << N) - 1)
#define BEATS(p, q) (p == q || ASKED(p, q) == 0 || ASKED(p, p) < ASKED(p, q) || (ASKED(p, p) == ASKED(p, q) && p < q))
#define BEST(p) NUMBERED(BEST_, N)(p)
#define BEST_2(p) BEATS(p, 0) && BEATS(p, 1)
#define BEST_3(p) BEST_2(p) && BEATS(p, 2)
#define IN(p) (at[p] == 2)
#define CRITICAL NUMBERED(CRITICAL_, N)
#define CRITICAL_2 IN(0) + IN(1)
#define CRITICAL_3 CRITICAL_2 + IN(2)
#define OTHERS(p, m) NUMBERED(OTHERS_, N)(p, m)
#define OTHERS_2(p, m) SEND(p, (p + 1) % 2, m)
#define OTHERS_3(p, m) SEND(p, (p + 1) % 3, m); SEND(p, (p + 2) % 3, m)

#define PROCESS(p) \
	:: d_step { at[p] == 0 -> at[p] = 1; ASKED(p, p) = clock[p]; acks[p] = 1 << p; OTHERS(p, clock[p]) } \
	:: d_step { at[p] == 1 && acks[p] == EVERY && BEST(p) -> at[p] = 2; assert(CRITICAL == 1) } \
	:: d_step { at[p] == 2 -> at[p] = 0; ASKED(p, p) = 0; acks[p] = 0; OTHERS(p, 14) }
#define RECEIVE(q, p) \
	:: d_step { HEAD(q, p) > 0 && HEAD(q, p) < 14 && clock[p] < MaxClock && HEAD(q, p) < MaxClock -> \
		ASKED(p, q) = HEAD(q, p); \
		clock[p] = 1 + (HEAD(q, p) > clock[p] -> HEAD(q, p) : clock[p]); \
		TAKE(q, p); SEND(p, q, 15) } \
	:: d_step { HEAD(q, p) == 14 -> ASKED(p, q) = 0; TAKE(q, p) } \
	:: d_step { HEAD(q, p) == 15 -> assert(at[p] == 1); acks[p] = acks[p] | (1 << q); TAKE(q, p) }

active proctype group()
{
end:
	do
	ALL(PROCESS)
	PAIRS(RECEIVE)
	od
}
