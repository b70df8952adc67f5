/* The system Cluster of machines/handshake, step for step, written to be fast in SPIN: one process, what is in a link as the bits
   of a byte, each step one d_step. A property is asserted where a step may break it. */
#ifndef EpochsOfCluster
#define EpochsOfCluster 2
#endif
#define LAST EpochsOfCluster

/* the record */
#define IDLE 0
#define OPENING 1
#define OPEN 2
#define MOVING 3
#define CLOSING 4
#define CLOSED 5
byte phase, epoch, home, opener, leases;

/* where the proxy is, whether its retry is armed in Lost */
#define NONE 0
#define LIVE 1
#define ENDING 2
#define ENDED 3
#define LOST 4
#define DOWN 5
byte proxy;
bit retry;

/* where the leaders are; what they have; which epochs are meant in what was sent */
#define PENDING 1
#define UP 2
#define SHUTTING 3
#define DEAD 4
byte at[2], incarnation[2], mine[2], held[2];
byte begins[2], closes[2], acks[2];
bit deadline[2], crashed[2];

#define OF(set, i) ((set >> i) & 1)
#define PUT(set, i) set = set | (1 << i)
#define WANTED (phase == OPENING || phase == OPEN || phase == MOVING)
#define CURRENT(n) (deadline[n] && held[n] == incarnation[n])
#define EFFECTIVE(n) ((at[n] == UP || at[n] == SHUTTING) && CURRENT(n))
#define QUIET assert(!EFFECTIVE(0) && !EFFECTIVE(1))
#define NOTCUT assert(!(phase == OPEN && incarnation[home] == opener && deadline[home] && (at[home] == NONE || at[home] == SHUTTING)))
#define NEXT phase = OPENING; epoch = epoch + 1; home = 1 - home; opener = 0
#define END phase = CLOSED; QUIET

#define LEADER(n) \
	:: d_step { proxy == LIVE && phase == MOVING && OF(acks[n], epoch) -> NEXT } \
	:: d_step { (proxy == ENDING || proxy == LOST) && phase == CLOSING && OF(acks[n], epoch) -> END } \
	:: d_step { at[n] != DEAD && !OF(leases, n) && incarnation[n] < 2 -> PUT(leases, n); incarnation[n]++; deadline[n] = 1 } \
	:: d_step { deadline[n] -> deadline[n] = 0 } \
	:: d_step { at[n] == NONE && deadline[n] && phase == OPENING && home == n && OF(begins[n], epoch) -> \
		at[n] = PENDING; mine[n] = epoch; held[n] = incarnation[n]; phase = OPEN; opener = incarnation[n]; NOTCUT } \
	:: d_step { at[n] == PENDING && CURRENT(n) -> at[n] = UP; assert(phase != CLOSED && !EFFECTIVE((1 - n))) } \
	:: d_step { at[n] == PENDING && !CURRENT(n) -> at[n] = SHUTTING; NOTCUT } \
	:: d_step { (at[n] == PENDING || at[n] == UP) && !(phase == OPEN && epoch == mine[n] && home == n && CURRENT(n)) -> at[n] = SHUTTING; NOTCUT } \
	:: d_step { at[n] == SHUTTING -> \
		if \
		:: epoch == mine[n] && home == n && (phase == CLOSING || ((phase == OPEN || phase == MOVING) && epoch == LAST)) -> at[n] = NONE; END \
		:: epoch == mine[n] && home == n && (phase == OPEN || phase == MOVING) && epoch < LAST -> NEXT \
		:: else \
		fi; \
		PUT(acks[n], mine[n]); mine[n] = 0; held[n] = 0; at[n] = NONE; NOTCUT } \
	:: d_step { at[n] != DEAD && !crashed[n] -> at[n] = DEAD; crashed[n] = 1; deadline[n] = 0; mine[n] = 0; held[n] = 0 } \
	:: d_step { at[n] == DEAD -> at[n] = NONE } \
	:: d_step { OF(leases, n) && !deadline[n] -> leases = leases & ~(1 << n) } \
	CLOSES(n)

#define CLOSE(n, e) \
	:: d_step { OF(closes[n], e) && (at[n] == PENDING || at[n] == UP) && mine[n] == e -> at[n] = SHUTTING; NOTCUT } \
	:: d_step { OF(closes[n], e) && at[n] != DEAD && mine[n] != e && !OF(acks[n], e) -> PUT(acks[n], e) }
#if EpochsOfCluster == 1
#define CLOSES(n) CLOSE(n, 1)
#elif EpochsOfCluster == 2
#define CLOSES(n) CLOSE(n, 1) CLOSE(n, 2)
#elif EpochsOfCluster == 3
#define CLOSES(n) CLOSE(n, 1) CLOSE(n, 2) CLOSE(n, 3)
#endif

active proctype cluster()
{
end:
	do
	:: d_step { proxy == NONE -> proxy = LIVE; phase = OPENING; epoch = 1 }
	:: d_step { proxy == LIVE ->
		proxy = ENDING;
		if
		:: WANTED -> phase = CLOSING
		:: else
		fi }
	:: d_step { proxy == LIVE && phase == OPENING -> PUT(begins[home], epoch) }
	:: d_step { proxy == LIVE && phase == MOVING -> PUT(closes[home], epoch) }
	:: d_step { proxy == LIVE && (phase == CLOSING || phase == CLOSED) -> proxy = ENDING }
	:: d_step { proxy == ENDING && phase == CLOSED -> proxy = ENDED; QUIET }
	:: d_step { (proxy == ENDING || (proxy == LOST && retry)) && WANTED -> phase = CLOSING }
	:: d_step { (proxy == ENDING || (proxy == LOST && retry)) && phase == CLOSING -> PUT(closes[home], epoch) }
	:: d_step { proxy == LOST && retry && phase == CLOSED -> retry = 0 }
	:: d_step { proxy <= ENDED -> proxy = DOWN }
	:: d_step { proxy == DOWN -> proxy = LOST; retry = (phase != IDLE) }
	:: d_step { proxy == DOWN && phase == OPENING -> END }
	:: d_step { proxy == DOWN && (phase == OPEN || phase == MOVING) -> phase = CLOSING }
	:: d_step { phase == OPEN && epoch < LAST -> phase = MOVING }
	:: d_step { phase == CLOSING && (!OF(leases, home) || incarnation[home] != opener) -> END }
	:: d_step { phase == MOVING && (!OF(leases, home) || incarnation[home] != opener) -> NEXT }
	LEADER(0)
	LEADER(1)
	od
}
