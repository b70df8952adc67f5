/* Dining philosophers, step for step as in dining.fsm, written to be fast in SPIN: one process, who holds the fork at the left
   and who that at the right in the bits of two words, each step one d_step. */
#ifndef N
#define N 16
#endif
#define JOIN(A, B) A##B
#define NUMBERED(A, B) JOIN(A, B)
#define ALL(X) NUMBERED(ALL_, N)(X)
#define ALL_4(X) X(0) X(1) X(2) X(3)
#define ALL_5(X) ALL_4(X) X(4)
#define ALL_6(X) ALL_5(X) X(5)
#define ALL_7(X) ALL_6(X) X(6)
#define ALL_8(X) ALL_7(X) X(7)
#define ALL_9(X) ALL_8(X) X(8)
#define ALL_10(X) ALL_9(X) X(9)
#define ALL_11(X) ALL_10(X) X(10)
#define ALL_12(X) ALL_11(X) X(11)
#define ALL_13(X) ALL_12(X) X(12)
#define ALL_14(X) ALL_13(X) X(13)
#define ALL_15(X) ALL_14(X) X(14)
#define ALL_16(X) ALL_15(X) X(15)
#define ALL_17(X) ALL_16(X) X(16)
#define ALL_18(X) ALL_17(X) X(17)

int left, right;

#define OF(set, i) ((set >> (i)) & 1)
#define BEFORE(i) ((i + N - 1) % N)
#define AFTER(i) ((i + 1) % N)

#define PHILOSOPHER(i) \
	:: d_step { !OF(left, i) && !OF(right, BEFORE(i)) -> left = left | (1 << i) } \
	:: d_step { OF(left, i) && !OF(right, i) && !OF(left, AFTER(i)) -> right = right | (1 << i); \
		assert(!OF(right, BEFORE(i)) && !OF(right, AFTER(i))) } \
	:: d_step { OF(right, i) -> left = left & ~(1 << i); right = right & ~(1 << i) }

active proctype table()
{
	do
	ALL(PHILOSOPHER)
	od
}
