/* Peterson's algorithm for N processes, step for step as in peterson.fsm, written to be fast in SPIN: one process, arrays of
   bytes, each step one d_step. */
#ifndef N
#define N 5
#endif
#define JOIN(A, B) A##B
#define NUMBERED(A, B) JOIN(A, B)
#define ALL(X) NUMBERED(ALL_, N)(X)
#define ALL_3(X) X(0) X(1) X(2)
#define ALL_4(X) ALL_3(X) X(3)
#define ALL_5(X) ALL_4(X) X(4)

/* where a process is: 0 out, 1 raise, 2 yield, 3 wait, 4 critical */
byte at[N], level[N], flag[N], turn[N];

#define LOWER(k, i) (k == i || flag[k] < level[i])
#define LOWEST(i) NUMBERED(LOWEST_, N)(i)
#define LOWEST_3(i) LOWER(0, i) && LOWER(1, i) && LOWER(2, i)
#define LOWEST_4(i) LOWEST_3(i) && LOWER(3, i)
#define LOWEST_5(i) LOWEST_4(i) && LOWER(4, i)
#define FREE(i) ((LOWEST(i)) || turn[level[i]] != i + 1)

#define CRITICAL NUMBERED(CRITICAL_, N)
#define CRITICAL_3 IN(0) + IN(1) + IN(2)
#define CRITICAL_4 CRITICAL_3 + IN(3)
#define CRITICAL_5 CRITICAL_4 + IN(4)
#define IN(k) (at[k] == 4)

#define PROCESS(i) \
	:: d_step { at[i] == 0 -> level[i] = 1; at[i] = 1 } \
	:: d_step { at[i] == 1 -> flag[i] = level[i]; at[i] = 2 } \
	:: d_step { at[i] == 2 -> turn[level[i]] = i + 1; at[i] = 3 } \
	:: d_step { at[i] == 3 && FREE(i) && level[i] < N - 1 -> level[i]++; at[i] = 1 } \
	:: d_step { at[i] == 3 && FREE(i) && level[i] == N - 1 -> level[i]++; at[i] = 4; assert(CRITICAL == 1) } \
	:: d_step { at[i] == 3 && !FREE(i) -> skip } \
	:: d_step { at[i] == 4 -> flag[i] = 1; at[i] = 0 }

active proctype filter()
{
end:
	do
	ALL(PROCESS)
	od
}
