package check

import (
	"fmt"
	"math/bits"

	"interlock/fsm"
)

// MaxStateBits is the widest packed joint state that is explored.
const MaxStateBits = 4096

// layout says where everything of a joint state is: packed into the bits of a few words. What lies in them has a number of its
// own, its cell, by which the rest of the package names it; unpacked, a joint state is a row of cells, one int64 each.
//
// The cells are, in this order: the state of each instance, the slots of the variables, a cell for each timer, the
// counters of crashes, and for each link its length and then its places. A place is the message's index and its fields.
// Cells of places that are empty are 0, so that equal joint states have equal cells.
//
// Packed, a place is from the top the number of the message in what the link carries, from 1, and then its fields, as that
// message needs them: as numbers, places are ordered as [fsm.Packet.Compare] orders packets. A place that holds nothing is
// 0, so the length needs no bits. Where that takes fewer bits, the messages are counted instead: those of the first kind
// have the numbers from 1, as many as its fields need, those of the second the numbers behind, and so on. Of a link that
// keeps each message once it may take still fewer bits to have one for each message that there can be; there are no places then.
type layout struct {
	sys    *fsm.System
	vars   int // the first cell of the variables
	timers int
	crash  int
	links  []linkLayout
	cells  int
	fixed  []field    // of every cell that is not of a link and has more than one value
	at     []field    // of every cell that is not of a link, by its number; one that has one value takes no bits
	states []slotBits // of the states of instances, where none straddles two words; otherwise empty
	bits   int
	words  int
	parcel int // words of the longest packed message of any link
}

// field is where a cell is packed: bits from at on hold the cell's value above lo.
type field struct {
	cell int
	lo   int64
	at   int
	bits uint
}

// linkLayout is where a link is.
type linkLayout struct {
	cell     int // of the length; the places follow, stride cells each
	stride   int
	capacity int      // 0: the link stores nothing
	at       int      // the first bit
	width    int      // bits of a place
	size     int      // bits of the link
	where    slotBits // where they are, if they are in one word
	inWord   bool
	set      bool // there is a bit for each message
	tagBits  uint
	tagAt    int      // counted from the beginning of the place
	firsts   []uint64 // where messages are counted: by tag, what the message is with the lowest fields; otherwise nil
	carries  []int
	counts   [65]uint8 // by the length of a row of at most 64 bits: the messages in it
	tag      []int     // by message: its number from 1 in carries, or 0
	fields   [][]field // by tag: cell and at count from the beginning of the place
}

// newLayout lays out the joint states of sys. Slots for which drop is true take no bits and stay at their first value;
// if loose, crashes are not counted.
func newLayout(sys *fsm.System, loose bool, drop func(slot int) bool) (*layout, error) {
	l := &layout{sys: sys}
	for i := range sys.Instances {
		lo := int64(0)
		if sys.MayCrash(i) {
			lo = fsm.Down
		}
		l.add(lo, int64(len(sys.MachineOf(i).States)-1))
	}
	l.vars = l.cells
	for slot, t := range sys.SlotTypes() {
		if drop(slot) {
			l.add(t.Lo, t.Lo)
		} else {
			l.add(t.Lo, t.Hi)
		}
	}
	l.timers = l.cells
	for range sys.NumTimers() {
		l.add(0, 1)
	}
	l.crash = l.cells
	for _, c := range sys.Crashes {
		if loose {
			l.add(0, 0)
		} else {
			l.add(0, int64(c.AtMost))
		}
	}
	for _, link := range sys.Links {
		if err := l.addLink(link); err != nil {
			return nil, err
		}
	}
	if l.bits > MaxStateBits {
		return nil, fmt.Errorf("check: a joint state of system %s takes %d bits; at most %d can be explored", sys.Name, l.bits, MaxStateBits)
	}
	l.findStates()
	l.words, l.parcel = max(1, (l.bits+63)/64), 1
	for i := range l.links {
		l.parcel = max(l.parcel, l.links[i].parcel())
	}
	return l, nil
}

// findStates locates the states of the instances, which are looked at most.
func (l *layout) findStates() {
	for i := range l.sys.Instances {
		if l.at[i].straddles() {
			l.states = nil
			return
		}
		l.states = append(l.states, l.at[i].locate())
	}
}

// state is the leaf state of an instance, or Down.
func (l *layout) state(w []uint64, instance int) int64 {
	if l.states == nil {
		return l.value(w, instance)
	}
	return l.states[instance].read(w)
}

// width is the number of bits for the values lo..hi.
func width(lo, hi int64) uint { return uint(bits.Len64(uint64(hi - lo))) }

func (l *layout) add(lo, hi int64) {
	f := field{cell: l.cells, lo: lo, bits: width(lo, hi)}
	if f.bits > 0 {
		f.at = l.bits
		l.fixed = append(l.fixed, f)
		l.bits += int(f.bits)
	}
	l.at = append(l.at, f)
	l.cells++
}

func (l *layout) addLink(link *fsm.Link) error {
	k := linkLayout{cell: l.cells, at: l.bits, capacity: link.Capacity, carries: link.Carries, stride: 1,
		tag: make([]int, len(l.sys.Spec.Messages)), fields: make([][]field, len(link.Carries)+1)}
	if link.Kind == fsm.Atomic {
		k.capacity = 0
	}
	k.tagBits = uint(bits.Len(uint(len(link.Carries))))
	for _, message := range link.Carries {
		k.width = max(k.width, int(k.tagBits)+fieldBits(l.sys.Spec.Messages[message].Fields))
	}
	k.tagAt = k.width - int(k.tagBits)
	k.size = k.capacity * k.width
	k.countMessages(l.sys.Spec, link.Kind == fsm.Keep && !link.Duplicate)
	for i, message := range link.Carries {
		k.tag[message] = i + 1
		fields := l.sys.Spec.Messages[message].Fields
		at := k.tagAt
		if k.firsts != nil {
			at = fieldBits(fields)
		}
		for f, param := range fields {
			w := width(param.Type.Lo, param.Type.Hi)
			at -= int(w)
			k.fields[i+1] = append(k.fields[i+1], field{1 + f, param.Type.Lo, at * int(min(w, 1)), w}) // no bits: anywhere
			k.stride = max(k.stride, 2+f)
		}
	}
	if k.capacity > MaxStateBits {
		return fmt.Errorf("check: the link %s of system %s holds %d messages; at most %d can be explored", link.Name, l.sys.Name,
			k.capacity, MaxStateBits)
	}
	if k.width > 0 && k.narrow() && !k.set {
		for n := range k.counts {
			k.counts[n] = uint8((n + k.width - 1) / k.width)
		}
	}
	if k.inWord = k.size > 0 && k.at&63+k.size <= 64; k.inWord {
		k.where = slotBits{word: k.at >> 6, shift: uint(k.at & 63), mask: ^uint64(0) >> (64 - k.size)}
	}
	l.links = append(l.links, k)
	l.cells++
	l.cells += k.capacity * k.stride
	l.bits += k.size
	return nil
}

// countMessages lets the messages of the link be counted, if a place takes fewer bits so, or all places together where each
// message is once in the link at most.
func (k *linkLayout) countMessages(spec *fsm.Spec, once bool) {
	if k.width >= 64 {
		return
	}
	firsts, next := make([]uint64, 1, len(k.carries)+1), uint64(1)
	for _, message := range k.carries {
		firsts = append(firsts, next)
		highest := uint64(0)
		for _, f := range spec.Messages[message].Fields {
			highest = highest<<width(f.Type.Lo, f.Type.Hi) | uint64(f.Type.Hi-f.Type.Lo)
		}
		next += highest + 1
	}
	w := bits.Len64(next - 1)
	if once && next-1 <= min(64, uint64(k.capacity*w)) {
		k.width, k.firsts, k.size, k.set = w, firsts, int(next-1), true
	} else if w < k.width {
		k.width, k.firsts, k.size = w, firsts, k.capacity*w
	}
}

// fieldBits is how many bits the fields of a message take.
func fieldBits(fields []fsm.Param) int {
	n := 0
	for _, f := range fields {
		n += int(width(f.Type.Lo, f.Type.Hi))
	}
	return n
}

// put writes the low n bits of v at bit at. The bits there must be 0.
func put(w []uint64, at int, n uint, v uint64) {
	i, s := at>>6, uint(at&63)
	w[i] |= v << s
	if s+n > 64 {
		w[i+1] |= v >> (64 - s)
	}
}

// get reads n bits at bit at.
func get(w []uint64, at int, n uint) uint64 {
	i, s := at>>6, uint(at&63)
	v := w[i] >> s
	if s+n > 64 {
		v |= w[i+1] << (64 - s)
	}
	return v & (1<<n - 1)
}

// set writes the low n bits of v at bit at, whatever is there.
func set(w []uint64, at int, n uint, v uint64) {
	i, s, mask := at>>6, uint(at&63), uint64(1)<<n-1
	w[i] = w[i]&^(mask<<s) | v<<s
	if s+n > 64 {
		w[i+1] = w[i+1]&^(mask>>(64-s)) | v>>(64-s)
	}
}

// value reads a cell that is not of a link.
func (l *layout) value(w []uint64, cell int) int64 {
	f := &l.at[cell]
	return f.lo + int64(get(w, f.at, f.bits))
}

// write writes a cell that is not of a link.
func (l *layout) write(w []uint64, cell int, v int64) {
	if f := &l.at[cell]; f.bits > 0 {
		set(w, f.at, f.bits, uint64(v-f.lo))
	}
}

// pack writes the cells c into w.
func (l *layout) pack(c []int64, w []uint64) {
	clear(w)
	code := make([]uint64, l.parcel)
	for i := range l.fixed {
		f := &l.fixed[i]
		put(w, f.at, f.bits, uint64(c[f.cell]-f.lo))
	}
	for i := range l.links {
		k := &l.links[i]
		for p := range int(c[k.cell]) {
			cell, at := k.place(p), k.at+p*k.width
			k.encode(c[cell:cell+k.stride], code)
			if k.set {
				put(w, k.at+int(code[0])-1, 1, 1)
				continue
			}
			for i, left := 0, k.width; left > 0; i, left = i+1, left-64 {
				put(w, at+64*i, uint(min(left, 64)), code[i])
			}
		}
	}
}

// place is the first cell of the place p.
func (k *linkLayout) place(p int) int { return k.cell + 1 + p*k.stride }

// unpack writes the packed state w into the cells c. Cells without bits are not touched but for those of links.
func (l *layout) unpack(w []uint64, c []int64) {
	var room [MaxStateBits / 64]uint64 // steps allocate nothing
	for i := range l.fixed {
		f := &l.fixed[i]
		c[f.cell] = f.lo + int64(get(w, f.at, f.bits))
	}
	for i := range l.links {
		k := &l.links[i]
		if k.capacity > 0 {
			clear(c[k.cell : k.cell+1+k.capacity*k.stride])
			k.unpack(w, c, room[:])
		}
	}
}

func (k *linkLayout) unpack(w []uint64, c []int64, code []uint64) {
	for p := range k.capacity {
		if k.free(w, p) {
			return
		}
		cell := k.place(p)
		c[k.cell]++
		k.code(w, p, code)
		c[cell] = int64(k.decode(code, c[cell+1:]))
	}
}

// blank returns cells in which those without bits have their value.
func (l *layout) blank() []int64 {
	c := make([]int64, l.cells)
	for slot, t := range l.sys.SlotTypes() {
		c[l.vars+slot] = t.Lo
	}
	return c
}

// joint turns a packed state into the joint state of package fsm.
func (l *layout) joint(w []uint64) *fsm.Joint {
	c := l.blank()
	l.unpack(w, c)
	j := &fsm.Joint{States: make([]int, len(l.sys.Instances)), Vars: append([]int64{}, c[l.vars:l.timers]...),
		Armed: make([]bool, l.sys.NumTimers()), Links: make([][]fsm.Packet, len(l.links)), Crashes: make([]int, len(l.sys.Crashes))}
	for i := range j.States {
		j.States[i] = int(c[i])
	}
	for i := range j.Armed {
		j.Armed[i] = c[l.timers+i] != 0
	}
	for i := range j.Crashes {
		j.Crashes[i] = int(c[l.crash+i])
	}
	for i := range l.links {
		k := &l.links[i]
		for p := range int(c[k.cell]) {
			cell := k.place(p)
			message := int(c[cell])
			n := len(l.sys.Spec.Messages[message].Fields)
			j.Links[i] = append(j.Links[i], fsm.Packet{Message: message, Args: append([]int64{}, c[cell+1:cell+1+n]...)})
		}
	}
	return j
}

// load packs the joint state j into w.
func (l *layout) load(j *fsm.Joint, w []uint64) {
	c := make([]int64, l.cells)
	for i, s := range j.States {
		c[i] = int64(s)
	}
	copy(c[l.vars:], j.Vars)
	for i, armed := range j.Armed {
		if armed {
			c[l.timers+i] = 1
		}
	}
	for i, n := range j.Crashes {
		c[l.crash+i] = int64(n)
	}
	for i, packets := range j.Links {
		k := &l.links[i]
		c[k.cell] = int64(len(packets))
		for p, packet := range packets {
			cell := k.place(p)
			c[cell] = int64(packet.Message)
			copy(c[cell+1:], packet.Args)
		}
	}
	l.pack(c, w)
}
