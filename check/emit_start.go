package check

import "fmt"

// maxLoops is how many loops a function has inside one another; a system with more values to begin with, of those that may be
// any, has its starts made in process.
const maxLoops = 24

// open lists the values that may be any to begin with, where there is more than one.
func (p *program) open() []initial {
	var open []initial
	for _, f := range p.inits {
		if f.any && f.lo < f.hi {
			open = append(open, f)
		}
	}
	return open
}

// starts writes the functions that make the starts, in the order of [exec.starts]: a loop for each value that may be any, and
// in the innermost the entries of the initial states.
func (e *emitter) starts() {
	c := &code{emitter: e, at: "n"}
	fixed := e.fixing()
	for _, f := range e.p.inits {
		if !f.any {
			fixed.add(e, f.cell, f.value)
		}
	}
	for i := range e.p.instances {
		fixed.add(e, i, int64(e.p.sys.MachineOf(i).Initial))
	}
	var open []initial
	if e.begins {
		open = e.p.open()
	}
	e.startOf(c, fixed, open)
	c.line("func starts(x *explorer) {")
	c.line("var n state")
	fixed.write(c)
	for i, f := range open {
		v := fmt.Sprint("a", i)
		c.line("for %s := int64(%d); %s <= %d; %s++ {", v, f.lo, v, f.hi, v)
		c.setCell(f.cell, v)
	}
	c.line("if !x.onward() { return }")
	c.line("start(x, n)")
	for range open {
		c.line("}")
	}
	c.line("}\n")
	c.line("func start(x *explorer, s state) {\n%s}\n", e.entered())
	c.line("// begins reports whether a start is one, by what is said of them and of all joint states.")
	c.line("func begins(x *explorer, s state) bool {")
	for _, a := range append(e.p.sys.Initially[:len(e.p.sys.Initially):len(e.p.sys.Initially)], e.p.sys.Assumes...) {
		q := e.question(a, "{ x.doubt(%d); return false }")
		q.line("if !%s { return false }", q.cond(a))
		c.Write(q.Bytes())
	}
	c.line("return true\n}\n")
	e.text.Write(c.Bytes())
}

// startOf writes the function that makes the start of one choice of the values that may be any, in the order of starts, for several workers
// to share.
func (e *emitter) startOf(c *code, fixed *fixing, open []initial) {
	c.line("// startChoices is how many choices of first values there are; 0: one worker makes the starts.")
	c.line("const startChoices = %d\n", e.p.choicesOfStart().n)
	c.line("func startOf(x *explorer, choice int) {")
	c.line("var n state")
	fixed.write(c)
	for i := len(open) - 1; i >= 0; i-- {
		f := open[i]
		v := fmt.Sprint("a", i)
		c.line("%s := %d + int64(choice %% %d)", v, f.lo, f.hi-f.lo+1)
		c.line("choice /= %d", f.hi-f.lo+1)
		c.setCell(f.cell, v)
	}
	c.line("start(x, n)\n}\n")
}

// entered writes what a start does when the variables have their values: the entries of the initial states, and what they send.
func (e *emitter) entered() string {
	return e.attempt(0, func(c *code) {
		c.copied() // every combination of free choices begins anew
		c.gathers, c.cascades, c.starts = true, true, true
		for i := range e.p.instances {
			c.k = newCompiler(e.p, i)
			c.body(e.p.sys.MachineOf(i).Entry)
		}
		c.leave()
		c.line("if begins(x, n) { x.start(%s) }", e.stands("n"))
	})
}
