package looplab

import "interlock/spec"

// Explanations lists the codes of this package's diagnostics with their pages, in alphabetical order.
func Explanations() []spec.Explanation {
	return []spec.Explanation{
		{Code: "looplab-async", Title: "a transition of looplab/fsm that somebody ends later", Page: `
A callback that calls Async when a state is left makes looplab wait until Transition is called; till then every event is refused. A
step of a spec is whole at once. Say it with a state of its own:

	state Open {
		on Close -> Closing
	}
	state Closing {
		on Closed -> Shut
	}`},
		{Code: "looplab-callback", Title: "a callback of looplab/fsm that the spec does not have", Page: `
A callback for one event or state becomes an effect, or, if it can cancel, a guard that the host answers. This one does not: it is called
for every event or every state (before_event, leave_state, enter_state, after_event), for which fsm.Observe is the place; or its key
names nothing in the table, so that looplab never calls it; or two keys mean the same ("open" and "enter_open"), of which looplab
calls one, not always the same; or it cannot be read from the text.`},
		{Code: "looplab-dynamic", Title: "a part of a table of looplab/fsm is known only at run time", Page: `
The importer reads text and runs nothing. It follows constants, variables that nothing changes, fields that one place sets, append in a
straight line and in a loop over a list that is written down, functions that only return something, methods of constants such as
String, fmt.Sprintf of texts, and names of other packages of the same module. What comes from a parameter, a file, a condition or another module is left
out of the spec, which then says less than the program: add it by hand.`},
		{Code: "looplab-initial", Title: "the first state of a table of looplab/fsm is known only at run time", Page: `
Often it is the state in which an object was stored. A spec says where a new one begins; from there the checker reaches the others.
The first source in the table stands for it: move the word "initial" if that is not the one. A table that another call makes as
well, with a first state that is known, is not made twice.`},
		{Code: "looplab-late", Title: "a callback of looplab/fsm cancels what has happened", Page: `
Cancel stops a transition in the callbacks before_EVENT and leave_STATE. In enter_STATE and after_EVENT, and in their short forms STATE and
EVENT, the state has changed already: Event returns the error that Cancel was given, or none at all, and the FSM stays where it went. The
spec says what happens.`},
		{Code: "looplab-limit", Title: "there is too much to import at once", Page: `
The importer bounds what it reads: 1000 tables, 100 000 events and sources, files of 8 MiB, 64 MiB in all. Import
fewer folders at a time.`},
		{Code: "looplab-setstate", Title: "a program sets the state of looplab/fsm past its table", Page: `
SetState goes anywhere from anywhere, without callbacks. The checker does not know of it: what it proves is about runs in which nobody
calls it. Give it an event of its own, from the states in which it is called to the state that it sets.`},
		{Code: "looplab-syntax", Title: "a file is no Go", Page: `
The file cannot be parsed; gofmt tells all that is wrong in it.`},
		{Code: "looplab-twice", Title: "two destinations for one event and state in a table of looplab/fsm", Page: `
looplab allows one destination for each event and state. Where a table says two, the later one counts and the first does nothing. A spec
allows several, each with a guard of its own:

	on Close when Dirty() -> Saving
	on Close else -> Closed`},
	}
}
