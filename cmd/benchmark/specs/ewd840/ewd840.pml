/* Dijkstra's detection of termination, step for step as in ewd840.fsm, written to be fast in SPIN: one process, sets of nodes
   in the bits of bytes, each step one d_step. pan stores one state more, before it is chosen where the system begins; breadth
   first it stores the choices one by one, but says so (nominal states). */
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

byte active_, black, token;
bit stained = 1;

#define OF(set, i) ((set >> i) & 1)
#define PUT(set, i) set = set | (1 << i)
#define CUT(set, i) set = set & ~(1 << i)
#define RIGHT (token || stained || OF(black, 0) || OF(active_, 0) || !active_)

#define NODE(i) \
	:: d_step { OF(active_, i) -> CUT(active_, i); assert(RIGHT) } \
	:: d_step { i > 0 && token == i && (!OF(active_, i) || OF(black, i) || stained) -> \
		token = i - 1; stained = stained || OF(black, i); CUT(black, i); assert(RIGHT) } \
	GIVES(i)
#define GIVE(i, j) \
	:: d_step { i != j && OF(active_, i) -> PUT(active_, j); black = black | ((j > i) << i); assert(RIGHT) }
#define GIVES(i) NUMBERED(GIVES_, N)(i)
#define GIVES_3(i) GIVE(i, 0) GIVE(i, 1) GIVE(i, 2)
#define GIVES_4(i) GIVES_3(i) GIVE(i, 3)
#define GIVES_5(i) GIVES_4(i) GIVE(i, 4)
#define GIVES_6(i) GIVES_5(i) GIVE(i, 5)
#define GIVES_7(i) GIVES_6(i) GIVE(i, 6)
#define CHOOSE(i) if :: PUT(active_, i) :: skip fi; if :: PUT(black, i) :: skip fi;
#define AT(i) :: token = i

active proctype ring()
{
	atomic { ALL(CHOOSE) if ALL(AT) fi };
end:
	do
	:: d_step { token == 0 && (stained || OF(black, 0)) -> token = N - 1; stained = 0; CUT(black, 0) }
	ALL(NODE)
	od
}
