/* The election of Chang and Roberts, step for step as in changroberts.fsm, written to be fast in SPIN: one process, sets of
   nodes and of claims in the bits of bytes, each step one d_step. pan stores one state more, before it is chosen who begins;
   breadth first it stores the choices one by one, but says so (nominal states). */
#ifndef N
#define N 6
#endif
#define JOIN(A, B) A##B
#define NUMBERED(A, B) JOIN(A, B)
#define ALL(X) NUMBERED(ALL_, N)(X)
#define ALL_3(X) X(0) X(1) X(2)
#define ALL_4(X) ALL_3(X) X(3)
#define ALL_5(X) ALL_4(X) X(4)
#define ALL_6(X) ALL_5(X) X(5)
#define ALL_7(X) ALL_6(X) X(6)

/* what is on its way to a node; which nodes have begun, may begin, have lost, have won */
byte claims[N], begun, initiator, lost, won;

#define NEXT(i) claims[(i + 1) % N]
#define OF(set, i) ((set >> i) & 1)
#define PUT(set, i) set = set | (1 << i)
#define CUT(set, i) set = set & ~(1 << i)

#define CLAIM(i, c) \
	:: d_step { OF(begun, i) && OF(claims[i], c) && OF(lost, i) -> CUT(claims[i], c); PUT(NEXT(i), c) }
#define SMALLER(i, c) \
	:: d_step { OF(begun, i) && OF(claims[i], c) && !OF(lost, i) && c < i -> assert(!OF(won, i)); CUT(claims[i], c); PUT(lost, i); PUT(NEXT(i), c) } \
	:: d_step { OF(begun, i) && OF(claims[i], c) && !OF(lost, i) && c > i -> CUT(claims[i], c) } \
	:: d_step { OF(begun, i) && OF(claims[i], c) && !OF(lost, i) && c == i -> CUT(claims[i], c); PUT(won, i); assert(ALONE(i)) }
#define ALONE(i) (won == 1 << i && !(initiator & ((1 << i) - 1)))

#define NODE(i) \
	:: d_step { !OF(begun, i) && OF(initiator, i) -> PUT(begun, i); PUT(NEXT(i), i) } \
	:: d_step { !OF(begun, i) && !OF(initiator, i) -> PUT(begun, i); PUT(lost, i) } \
	CLAIMS(i)
#define CLAIMS(i) NUMBERED(CLAIMS_, N)(i)
#define CLAIMS_3(i) ANY(i, 0) ANY(i, 1) ANY(i, 2)
#define CLAIMS_4(i) CLAIMS_3(i) ANY(i, 3)
#define CLAIMS_5(i) CLAIMS_4(i) ANY(i, 4)
#define CLAIMS_6(i) CLAIMS_5(i) ANY(i, 5)
#define CLAIMS_7(i) CLAIMS_6(i) ANY(i, 6)
#define ANY(i, c) CLAIM(i, c) SMALLER(i, c)
#define CHOOSE(i) if :: PUT(initiator, i) :: skip fi;

active proctype ring()
{
	atomic { ALL(CHOOSE) skip };
end:
	do
	ALL(NODE)
	od
}
