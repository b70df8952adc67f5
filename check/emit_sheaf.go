package check

import (
	"fmt"
	"slices"
	"strings"
)

// arranging writes the function that sorts the elements of every class, as [sheaf.arrange] does: the key of each goes into a
// variable, the keys are sorted by a network, without a branch that depends on them, and what is in them is put back.
func (c *code) arranging() {
	c.line("// arrange sorts what may stand in any order. What is dead is set back.")
	c.line("func arrange(x *explorer, n state) state {")
	for i := range c.p.reduce.shape.sheaves {
		c.line("n = arrange%d(n)", i)
	}
	c.line("return n\n}\n")
	for i := range c.p.reduce.shape.sheaves {
		h := &c.p.reduce.shape.sheaves[i]
		c.line("func arrange%d(n state) state {", i)
		c.keys(h)
		c.sorts(h)
		c.unlock(h)
		c.line("return n\n}\n")
	}
}

// piece writes some bits of the state, from a bit on.
func (c *code) piece(at int, bits uint) string { return "(" + c.raw(&field{at: at, bits: bits}) + ")" }

// keys writes the keys of the elements.
func (c *code) keys(h *sheaf) {
	terms := make([][]string, h.size)
	for i := range h.strands {
		s := &h.strands[i]
		if s.names {
			v := c.one(s)
			for e := range terms {
				terms[e] = append(terms[e], fmt.Sprintf("%s>>%d&1<<%d", v, int64(e)-s.lo, s.shift))
			}
			continue
		}
		for e, at := range s.at {
			if s.bits > 0 {
				terms[e] = append(terms[e], fmt.Sprintf("%s<<%d", c.piece(at, s.bits), s.shift))
			}
		}
	}
	for e, list := range terms {
		c.line("k%d := %s", e, strings.Join(append(list, "uint64(0)"), " | "))
	}
}

// one writes a number of which one bit is set: that of the element that a variable names, or of another value; none where the
// variable is dead.
func (c *code) one(s *strand) string {
	v := c.name("o")
	c.line("%s := uint64(1) << (%s & 63)", v, c.piece(s.at[0], s.bits))
	if s.deadIn == nil || !slices.Contains(s.deadIn, true) {
		return v
	}
	f, lo := c.field(s.owner)
	if f == nil {
		if s.deadIn[lo+1] {
			c.line("%s = 0", v)
		}
		return v
	}
	if f.bits > 6 { // more leaf states than bits
		for state, dead := range s.deadIn {
			if dead && int64(state-1) >= f.lo {
				c.line("if %s == %d { %s = 0 }", c.raw(f), int64(state-1)-f.lo, v)
			}
		}
		return v
	}
	live := uint64(0)
	for state, dead := range s.deadIn {
		if !dead && int64(state-1) >= f.lo {
			live |= 1 << uint64(int64(state-1)-f.lo)
		}
	}
	c.line("%s &= -(uint64(%#x) >> (%s & 63) & 1)", v, live, c.piece(f.at, f.bits))
	return v
}

// sorts writes that the keys are sorted, if they are not.
func (c *code) sorts(h *sheaf) {
	var sorted []string
	for e := range h.size - 1 {
		sorted = append(sorted, fmt.Sprintf("k%d <= k%d", e, e+1))
	}
	c.line("if %s { return n }", strings.Join(sorted, " && "))
	for _, pair := range network(h.size) {
		c.line("k%[1]d, k%[2]d = min(k%[1]d, k%[2]d), max(k%[1]d, k%[2]d)", pair[0], pair[1])
	}
}

// network lists the places that are compared and exchanged, in this order, to sort n: Batcher's merge of odd and even places.
func network(n int) [][2]int {
	var pairs [][2]int
	for p := 1; p < n; p *= 2 {
		for k := p; k >= 1; k /= 2 {
			for j := k % p; j+k < n; j += 2 * k {
				for i := 0; i < k && i+j+k < n; i++ {
					if (i+j)/(2*p) == (i+j+k)/(2*p) {
						pairs = append(pairs, [2]int{i + j, i + j + k})
					}
				}
			}
		}
	}
	return pairs
}

// unlock writes that what is in the keys is put back.
func (c *code) unlock(h *sheaf) {
	masks := make([]uint64, c.p.words)
	terms := make([][]string, c.p.words)
	put := func(at int, bits uint, value string) {
		word, shift := at>>6, uint(at&63)
		mask := ones(int(bits))
		masks[word] |= mask << shift
		terms[word] = append(terms[word], fmt.Sprintf("%s<<%d", value, shift))
		if shift+bits > 64 {
			masks[word+1] |= mask >> (64 - shift)
			terms[word+1] = append(terms[word+1], fmt.Sprintf("%s>>%d", value, 64-shift))
		}
	}
	for i := range h.strands {
		s := &h.strands[i]
		if s.names {
			c.renames(h, s)
			continue
		}
		for e, at := range s.at {
			if s.bits > 0 {
				put(at, s.bits, fmt.Sprintf("(k%d>>%d&%#x)", e, s.shift, ones(int(s.bits))))
			}
		}
	}
	for word, list := range terms {
		if len(list) > 0 {
			c.line("n.w%d = n.w%d&^%#x | %s", word, word, masks[word], strings.Join(list, " | "))
		}
	}
}

// renames writes that a variable names the element that it named before.
func (c *code) renames(h *sheaf, s *strand) {
	var any, sum []string
	for e := range h.size {
		any = append(any, fmt.Sprintf("k%d", e))
		if raw := int64(e) - s.lo; raw != 0 {
			sum = append(sum, fmt.Sprintf("(k%d>>%d&1)*%d", e, s.shift, raw))
		}
	}
	v := c.name("e")
	c.line("if (%s)>>%d&1 != 0 {", strings.Join(any, "|"), s.shift)
	c.line("%s := %s", v, strings.Join(append(sum, "uint64(0)"), " + "))
	word, shift, mask := s.at[0]>>6, uint(s.at[0]&63), ones(int(s.bits))
	c.line("n.w%d = n.w%d&^%#x | %s<<%d", word, word, mask<<shift, v, shift)
	if shift+s.bits > 64 {
		c.line("n.w%d = n.w%d&^%#x | %s>>%d", word+1, word+1, mask>>(64-shift), v, 64-shift)
	}
	c.line("}")
}
