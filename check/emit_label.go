package check

import "fmt"

// labelled reports whether the program has to find labels of elements, because it takes more than sorting keys.
func (e *emitter) labelled() bool {
	return e.p.reduce != nil && e.p.reduce.shape != nil && e.p.reduce.shape.sheaves == nil
}

// labelling writes the function that finds the state that stands for another by the labels of elements, as the search in process
// does: the package is the same, and has the shape from here.
func (c *code) labelling() {
	c.line("var shape = %#v\n", *c.p.reduce.shape.packed)
	c.line("// arrange puts the elements into the order of their labels. What is dead is set back.")
	c.line("func arrange(x *explorer, n state) state {")
	c.line("return x.label(n, &shape)\n}\n")
}

// imports writes the packages that the text needs.
func (e *emitter) imports() string {
	orbits := ""
	if e.labelled() {
		orbits = "\n\"interlock/check/compiled/engine/orbits\"\n"
	}
	return fmt.Sprintf("import (\n\"encoding/binary\"\n\"math/bits\"\n%s)\n", orbits)
}
