/* The alternating bit protocol, step for step as in abp.fsm, written to be fast in SPIN: one process, each link up to three
   places in a word, each step one d_step. */
#ifndef N
#define N 2
#endif
#ifndef Capacity
#define Capacity 3
#endif
#ifndef Values
#define Values 3
#endif
#if Values > 4 || Capacity > 3
#error "a place of a link has four bits, and a link twelve"
#endif
#define JOIN(A, B) A##B
#define NUMBERED(A, B) JOIN(A, B)
#define ALL(X) NUMBERED(ALL_, N)(X)
#define ALL_1(X) X(0)
#define ALL_2(X) ALL_1(X) X(1)
#define ALL_3(X) ALL_2(X) X(2)
#define PUTS(i) NUMBERED(PUTS_, Values)(i)
#define PUTS_2(i) PUT(i, 0) PUT(i, 1)
#define PUTS_3(i) PUTS_2(i) PUT(i, 2)
#define PUTS_4(i) PUTS_3(i) PUT(i, 3)
#define FAULTS(i) NUMBERED(FAULTS_, Capacity)(i)
#define FAULTS_1(i) FAULT(i, 0)
#define FAULTS_2(i) FAULTS_1(i) FAULT(i, 1)
#define FAULTS_3(i) FAULTS_2(i) FAULT(i, 2)

/* which senders wait for an acknowledgement, with which bit; which receivers have seen which bit last; who is owed an item */
byte sending, flag, seen = (1 << N) - 1, owed;
byte item[N], promised[N];

/* what is on its way, the oldest in the low bits: places of 8 + 4 * bit + value, and of 2 + bit */
short items[N];
byte acks[N];

#define OF(set, i) ((set >> i) & 1)
#define SET(set, i) set = set | (1 << i)
#define CUT(set, i) set = set & ~(1 << i)
#define FLIP(set, i) set = set ^ (1 << i)
#define LOW(w, k) ((1 << (w * (k))) - 1)

#define ADD(link, w, m) link = link | (link >= 1 << (w * (Capacity - 1)) -> 0 : m << (link == 0 -> 0 : (link < 1 << w -> w : 2 * w)))
#define SEND(i) ADD(items[i], 4, (8 | (OF(flag, i) << 2) | item[i]))

#define PUT(i, v) \
	:: d_step { !OF(sending, i) -> assert(!OF(owed, i)); item[i] = v; promised[i] = v; SET(owed, i); SET(sending, i); SEND(i) }
#define FAULT(i, k) \
	:: d_step { items[i] >= 1 << (4 * k) -> items[i] = (items[i] & LOW(4, k)) | ((items[i] >> 4) & ~LOW(4, k)) } \
	:: d_step { acks[i] >= 1 << (2 * k) -> acks[i] = (acks[i] & LOW(2, k)) | ((acks[i] >> 2) & ~LOW(2, k)) } \
	:: d_step { items[i] >= 1 << (4 * k) && items[i] < 1 << (4 * (Capacity - 1)) -> \
		items[i] = (items[i] & LOW(4, k + 1)) | ((items[i] & ~LOW(4, k)) << 4) } \
	:: d_step { acks[i] >= 1 << (2 * k) && acks[i] < 1 << (2 * (Capacity - 1)) -> \
		acks[i] = (acks[i] & LOW(2, k + 1)) | ((acks[i] & ~LOW(2, k)) << 2) }
#define WIRE(i) \
	PUTS(i) \
	FAULTS(i) \
	:: d_step { OF(sending, i) -> SEND(i) } \
	:: d_step { acks[i] != 0 -> \
		if \
		:: OF(sending, i) && (acks[i] & 1) == OF(flag, i) -> assert(!OF(owed, i)); FLIP(flag, i); item[i] = 0; CUT(sending, i) \
		:: else \
		fi; \
		acks[i] = acks[i] >> 2 } \
	:: d_step { items[i] != 0 -> \
		if \
		:: ((items[i] >> 2) & 1) != OF(seen, i) -> \
			FLIP(seen, i); assert(OF(owed, i) && (items[i] & 3) == promised[i]); CUT(owed, i); promised[i] = 0 \
		:: else \
		fi; \
		ADD(acks[i], 2, (2 | ((items[i] >> 2) & 1))); \
		items[i] = items[i] >> 4 }

active proctype cable()
{
end:
	do
	ALL(WIRE)
	od
}
