/* Peterson's algorithm for N processes, step for step as in peterson.fsm, written to be fast in SPIN: one process, arrays of
   bytes, each step one d_step. */
#ifndef N
#define N 5
#endif
#define ALL(X) X(0) X(1) X(2) X(3) X(4)
#if N != 5
#error "write ALL for this N"
#endif

/* where a process is: 0 out, 1 raise, 2 yield, 3 wait, 4 critical */
byte at[N], level[N], flag[N], turn[N];

#define LOWER(k, i) (k == i || flag[k] < level[i])
#define FREE(i) ((LOWER(0, i) && LOWER(1, i) && LOWER(2, i) && LOWER(3, i) && LOWER(4, i)) || turn[level[i]] != i + 1)
#define IN(k) (at[k] == 4)
#define ALONE (IN(0) + IN(1) + IN(2) + IN(3) + IN(4) == 1)

#define PROCESS(i) \
	:: d_step { at[i] == 0 -> level[i] = 1; at[i] = 1 } \
	:: d_step { at[i] == 1 -> flag[i] = level[i]; at[i] = 2 } \
	:: d_step { at[i] == 2 -> turn[level[i]] = i + 1; at[i] = 3 } \
	:: d_step { at[i] == 3 && FREE(i) && level[i] < N - 1 -> level[i]++; at[i] = 1 } \
	:: d_step { at[i] == 3 && FREE(i) && level[i] == N - 1 -> level[i]++; at[i] = 4; assert(ALONE) } \
	:: d_step { at[i] == 3 && !FREE(i) -> skip } \
	:: d_step { at[i] == 4 -> flag[i] = 1; at[i] = 0 }

active proctype filter()
{
end:
	do
	ALL(PROCESS)
	od
}
