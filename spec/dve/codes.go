package dve

import "interlock/spec"

// Explanations lists the codes of this package's diagnostics with their pages, in alphabetical order.
func Explanations() []spec.Explanation {
	return []spec.Explanation{
		{Code: "dve-formula", Title: "a formula about runs is not written as one", Page: `
G (always) F (at some time) X (next) U (until) R (release) W (weak until), or [] and <>; ! && || -> <-> or not, and, or, imply; true
and false; propositions by their names; or conditions of DVE between braces:

	G (wait -> F cs)
	(G F {P_0.CS}) -> G F {P_1->x > 2}

-> U R W group to the right.`},
		{Code: "dve-limit", Title: "a text of DVE asks for too much", Page: `
The reader of DVE bounds what a text may make of it: 4 MiB of text, expressions of 200 brackets, 4096 values in all variables
and buffers, 50 000 steps (transitions, and pairs of them that meet on a channel; where an automaton watches, times its edges), 2 000 000 operators
and statements in all steps together, formulas of 400 operators and automata of 200 states. The message names the limit.`},
		{Code: "dve-mixed", Title: "operators that bind alike in DVE stand side by side", Page: `
In DVE, as its first tool read it, || and && bind alike, and so do |, & and ^:

	a || b && c    means    (a || b) && c

In C, and in later readers of DVE, && binds more tightly. Write the brackets that you mean.`},
		{Code: "dve-name", Title: "a name of DVE is not declared, or twice", Page: `
A process sees its own variables and the global ones; a variable of its own hides a global one. process.state asks for the state of
any process, process->variable reads its variable. A name is declared once in its scope.`},
		{Code: "dve-question", Title: "a question about a text of DVE is not asked", Page: `
A description of BEEM (NAME.xml) may ask what cannot be read: a condition that names nothing in the text, macros without a
meaning, another kind of property than reachability and LTL. It is left out and counts as not decided; the rest is asked. Write it
as a formula of your own:

	interlock check -ltl 'G (wait -> F cs)' -ap wait=P_0.wait -ap cs=P_0.CS NAME.1.dve`},
		{Code: "dve-range", Title: "a value does not fit into its type", Page: `
A byte is 0..255, an int -32768..32767. Of a first value that does not fit, the low bits are kept, with a warning. All is calculated in
32 bits, and the low five bits of the count of a shift are what counts. A step that assigns something else is a violation (range) when
the system is checked, and so is an index outside its array. An index that is known to be outside is a warning.`},
		{Code: "dve-syntax", Title: "a text is not written as DVE is", Page: `
	byte x = 0;
	channel c;
	process P {
		byte n;
		state idle, busy;
		init idle;
		trans
			idle -> busy { guard x < 3; sync c?n; effect x = x + n; },
			busy -> idle { };
	}
	system async;`},
		{Code: "dve-type", Title: "something of DVE is used as what it is not", Page: `
Only variables are written to, those of other processes are only read, and constants neither change nor depend on what does. An array
stands with an index; without one its first element is meant, as in DIVINE, and that is a warning. Sender and receiver on a channel
carry the same number of values: as many as its types, if it has any.`},
		{Code: "dve-unsupported", Title: "a part of DVE is not read", Page: `
Synchronous systems (system sync) and probabilities (=>) are not read: they have no form in Interlock. A property process
(system async property P) is read if it only watches: states, accepting ones among them, and transitions with guards. What it
accepts is wrong.`},
	}
}
