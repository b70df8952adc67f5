package spec

// syntaxCodes are the codes that the lexer and the parser give, with their pages, in alphabetical order.
var syntaxCodes = []Explanation{
	{"arrow-in-expression", "an arrow stands in a condition", `
An arrow goes from a state to a state and stands in transitions and links. In a condition "if P then Q" is written with =>:

	always proxy in Open => leader in Open`},
	{"assign-count", "an assignment has not as many values as variables", `
	a, b = b, a

assigns several at once, each its own value. A test of several states among the values needs brackets, because its commas
would separate values: ok, n = (proxy in Open, Closing), 0`},
	{"assign-in-expression", "a single = stands in a condition", `
= gives a variable a value and is a statement. To compare, write ==:

	on Accept when tries == 3 -> Closed`},
	{"bad-arrow", "the arrow of a transition is misspelt or missing", `
The target of a transition stands after ->:

	on Accept -> Opening`},
	{"bad-binding", "an instance binds something without its name", `
Parameters and peers of an instance are bound by name, in any order:

	client Client(role = Initiator, server = home)`},
	{"bad-character", "a character begins nothing in this language", `
Outside of comments a text consists of names, numbers and Go's operators. Comments begin with // or stand between /* and */.`},
	{"bad-name", "a name has other letters than a-z and A-Z", `
Names begin with a letter a-z or A-Z and go on with letters, digits and _. They become names in Go, in diagrams and in
other tools, and must look like what they are. Comments may be in any language.`},
	{"bad-number", "something that begins with a digit is no number", `
Numbers are whole: 12, 1_000, 0x1F, 0o17, 0b101. A leading 0 does not mean octal and is refused. Durations have a unit, and only
they may have a fraction: 500ms, 1.5s, 2m30s.`},
	{"bad-operator", "the language does not have this operator", `
There is one way to change a variable: x = x + 1. Go's ++, -- and += are not in the language.`},
	{"bidi-character", "a character changes the order in which text is shown", `
Characters that switch between left-to-right and right-to-left text can make a spec look like another. They are refused
everywhere, in comments too.`},
	{"body-braces", "a body stands without braces", `
	on Accept -> Opening { send leader Register }`},
	{"brace-on-new-line", "an opening brace stands on a line of its own", `
As in Go, a line end after a name or a bracket ends the statement. The brace stands on the line of what it opens:

	state Open {`},
	{"built-in", "a check that is always made is asked for", `
Deadlock, unexpected message, overflow, overlap, range and runaway are checked without being asked for. They are written only where
they are known to fail:

	deadlock expect violated`},
	{"byte-order-mark", "the file begins with a byte order mark", `
The mark has no meaning in UTF-8. Formatting the file removes it.`},
	{"carriage-return", "lines end in carriage return and line feed", `
Lines end in a line feed. Formatting the file removes the carriage returns; an entry in .gitattributes (*.fsm text eol=lf)
keeps them away.`},
	{"colon-before-type", "a colon stands between a name and its type", `
As in Go, the type follows the name: var tries 0..3`},
	{"comma-condition", "conditions are separated by a comma", `
After "in", commas separate states: proxy in Open, Closing. Conditions are joined with &&:

	on Accept when proxy in Open && leader in Open -> Ready`},
	{"compare-in-body", "a comparison stands where an assignment was meant", `
In a body, x = 1 assigns. == compares and stands in conditions.`},
	{"control-character", "a control character stands in the text", `
Only tabs, spaces and line ends may stand between words. Other control characters cannot be seen and are refused, in
comments too.`},
	{"defer-guard", "a guarded defer has several events", `
The parameters in the guard must be those of one event. Write one defer for each:

	defer Data(n) when n > 3
	defer Close when busy`},
	{"duration", "a duration stands in an expression", `
Durations belong to the declaration of timers: timer retry 500ms. The checker does not measure time: an armed timer may
fire at any moment. To wait, start a timer and answer it.`},
	{"duration-unit", "a duration has no unit", `
	timer retry 500ms

The units are ns, us, ms, s, m and h.`},
	{"else-guard", "else is written together with a guard", `
else stands in the place of a guard and means: no other transition of this state for this event is enabled.

	on Accept when tries < 3 -> Opening
	on Accept else -> Closed`},
	{"else-on-new-line", "else stands on a line of its own", `
As in Go, a line end after } ends the statement. Write } else {`},
	{"extern-guard", "extern is not followed by guard", `
Only guards can be left to the host: extern guard allowed(user User). Effects say what the host shall do.`},
	{"file-too-large", "the file is larger than the limit", `
A file has at most 1048576 bytes. A folder is one spec, so a spec can be split into several files.`},
	{"guard-after-arrow", "a guard stands after the target", `
The order is event, guard, target, body:

	on Accept when tries < 3 -> Opening { send leader Register }`},
	{"guard-word", "a guard begins with if", `
Guards of transitions begin with when; if is a statement in a body, or stands round members.`},
	{"ignore-arrow", "an ignored event has a target", `
ignore means that the event is taken and nothing happens. To go somewhere write a transition: on Event -> Target`},
	{"ignore-guard", "ignore has a guard", `
ignore answers an event when no transition does. To ignore it under a condition, write a transition that does nothing:

	on Data(n) when n == last`},
	{"ignore-params", "ignore has parameters", `
ignore answers an event whatever its parameters are: ignore Data`},
	{"invalid-utf8", "the file is not in UTF-8", `
Specs are text in UTF-8. Save the file in that encoding.`},
	{"invisible-character", "a character cannot be seen", `
Zero-width and other invisible characters make two names look the same. They are refused everywhere.`},
	{"leads-to", "leads to is misspelt", `
	Released: proxy in Closing leads to leader in Gone

says that after every joint state with the first, one with the second comes, on every fair run.`},
	{"line-begins", "a line begins with an operator", `
As in Go, a line end after a name, a number or a closing bracket ends the statement. To go on, end the line with the
operator:

	never proxy in Closed &&
		leader in Open`},
	{"link-braces", "the options of a link stand without braces", `
	link a -> b { capacity 2; may lose }`},
	{"local-variable", "a body declares a variable", `
Bodies have no variables of their own: what a machine remembers is part of its state, and is declared with var.`},
	{"lookalike", "a character looks like an operator and is not", `
Input methods and word processors write （ for ( or → for ->. The fix puts in the plain character.`},
	{"misplaced", "something stands where it cannot", `
Peers, variables, timers and inputs stand in a machine; entry and exit in a state; links, properties and scenarios in a
system; const, type, enum, message, effect, machine and system at the level of the file.`},
	{"missing-brace", "an opening brace is never closed, or is not there", `
The place of the missing } is guessed from the indentation of the lines below: a block ends before the next line that is
not indented deeper than the line that opened it. Formatting keeps the indentation honest. A missing { stands at the end of
the line, as in Go: machine Proxy {`},
	{"missing-comma", "the elements of a list are not separated", `
Values of an enum and instances of a node are separated by commas, on lines of their own too:

	enum Reason {
		Gone,
		Idle,
	}`},
	{"missing-edition", "the first line is not fsm 1", `
The first line of every file names the edition of the language, so that the language can change and old specs keep their
meaning. The second names the spec:

	fsm 1
	spec session`},
	{"missing-form", "a condition stands where a property is expected", `
A property says when a condition must hold: never P, always P, after P always Q, reachable P, recoverable P, eventually P,
P leads to Q, infinitely often P. Each may have a name before it: Name: never P`},
	{"missing-source", "a move of a joint transition does not say where it begins", `
A joint transition is possible where every machine in it is in the state that is named:

	joint Handover { old Open -> Draining; new Idle -> Serving }`},
	{"missing-spec", "the second line does not name the spec", `
All files of a folder are one spec and say its name in their second line: spec session`},
	{"missing-state", "initial or final stands without state", `
	initial state Idle`},
	{"missing-target", "an arrow goes nowhere", `
The arrow is followed by the state to go to. A transition without an arrow stays in its state, without exit and entry.`},
	{"missing-type", "a parameter has no type", `
Every parameter has its own type: message Data(sender Pid, seq Seq)`},
	{"misspelt-word", "a word is nearly one of the language", `
The text goes on as if the word had been written correctly. The fix does so.`},
	{"not-in", "! stands before a test with in", `
! binds more tightly than in, as it does in Go with all operators: !x in A would be (!x) in A. Write !(x in A).`},
	{"nul-byte", "the file holds a NUL byte", `
This is not a text, or one in UTF-16. Specs are text in UTF-8.`},
	{"number-too-large", "a number does not fit", `
Numbers fit in 64 bits; the bounds of types lie within ±2^31.`},
	{"open-comment", "a comment is never closed", `
A comment that begins with /* ends with */. It may not hold another.`},
	{"open-list", "a list is not closed", `
The elements of a list are separated by commas and stand between brackets. Here something else stands after an element.`},
	{"other-messages", "other messages is misspelt", `
ignore other messages and on other messages answer the messages that nothing else answers.`},
	{"pattern-type", "the parameter of a transition has a type", `
The types stand where the event is declared. A transition gives its parameters names:

	on Hangup(why) -> Closing { do CloseSocket(why) }`},
	{"pattern-value", "a value stands for a parameter of a transition", `
A transition gives its parameters names; which values it answers is said by its guard:

	on Data(n) when n == 3 -> Done`},
	{"quoted-name", "a name stands in quotes", `
Names are written without quotes. There are no strings in this language.`},
	{"reserved-word", "a word of the language is used as a name", `
These words cannot be names: const type enum message effect predicate extern machine system peer var durable shared ghost
timer input internal initial final state in on when else ignore defer entry exit if for send start stop do link joint all
some any self from true false bool. All others can, also those that mean something in one place, such as capacity.`},
	{"said-twice", "something is said twice", `
Options of a link and words before var or state are said once.`},
	{"send-order", "the peer and the message of a send are swapped", `
The peer stands first: send leader Register`},
	{"strange-space", "a space is not a plain space", `
No-break and ideographic spaces look like spaces and are not. The fix puts in a plain one.`},
	{"string", "a string stands in the text", `
There are no strings in this language. Remarks are comments; names are written without quotes.`},
	{"surplus-brace", "a closing brace closes nothing", `
There is one } more than {. The place is guessed from the indentation.`},
	{"token-too-long", "a name or a number is longer than the limit", `
A name or a number has at most 128 bytes.`},
	{"too-deep", "the text is nested deeper than the limit", `
Blocks, brackets and operators may be nested 100 deep in all. Name inner parts with predicates.`},
	{"too-long", "an expression is longer than the limit", `
An expression has at most 10000 operators and operands. Name parts of it with predicates.`},
	{"too-many", "there are more mistakes than are shown", `
Only the first mistakes of a run are shown. Mend them and run again.`},
	{"two-guards", "a transition has two guards", `
A transition has one guard. Conditions are joined with &&.`},
	{"two-names", "a property has two names", `
A name stands before the property or after its first word, not both: never Orphan: P is the same as Orphan: never P.`},
	{"two-on-a-line", "two statements stand on one line", `
Statements and members stand on lines of their own. On one line they are separated by ; as in

	{ send leader Remove; start retry }`},
	{"two-targets", "a transition has two targets", `
A transition goes to one state. Where it depends on something, write two transitions with guards.`},
	{"unbounded-type", "a value stands where a type is expected", `
Everything is bounded, so that all of it can be checked. Types are bool, 0..7, declared names, [4]T and set of T.`},
	{"unexpected", "the text does not go on as expected", `
The message says what can stand here. If it is not the place of the mistake, look at the end of the line before.`},
	{"unknown-edition", "the edition of the language is not known", `
This version of the program reads edition 1: fsm 1`},
	{"wildcard", "_ stands where a value is needed", `
_ stands for any value among the arguments of a message in a property or scenario, and for a parameter that a transition
does not use. It has no value of its own.`},
	{"word-operator", "an operator is written as a word", `
The operators are Go's: && for and, || for or, ! for not; and => for implies. The quantifiers are all, some and count.`},
}
