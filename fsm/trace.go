package fsm

// Trace is a run of a system: a start and the steps from it, each with what it did.
type Trace struct {
	Start Joint
	Begun *Outcome // what the entry bodies of the initial states did
	Steps []TraceStep
	Loop  int // for a lasso: the index of the joint state that the last step returns to (0 is Start); -1 otherwise
	// Fails is the violation that ends the trace instead of a joint state: the last step of Steps has no Outcome then.
	Fails *Violation
}

// TraceStep is one step of a trace.
type TraceStep struct {
	Choice  Choice
	Outcome *Outcome
}
