package fsm

import (
	"errors"
	"fmt"
	"slices"
)

// Trace is a run of a system: a start and the steps from it, each with what it did.
type Trace struct {
	Start Joint
	Begun *Outcome // what the entry bodies of the initial states did
	Steps []TraceStep
	// Loop is -1, but for a lasso the index of the joint state that the last step returns to (0 is Start): what follows is
	// gone round for ever. If it is len(Steps), the run stays in its last joint state.
	Loop int
	// Fails is the violation that ends the trace instead of a joint state: the last step of Steps has no Outcome then.
	Fails *Violation
}

// TraceStep is one step of a trace.
type TraceStep struct {
	Choice  Choice
	Outcome *Outcome
}

// begins reports whether a start of the system makes the joint state in which the trace begins, or fails as it does.
func (t *Trace) begins(sys *System) (bool, error) {
	// There may be a million starts. Most likely it is the one whose picks stand in the joint state still.
	if out, err := Begin(sys, t.Start.free(sys)); err == nil && out.Joint.Equal(&t.Start) {
		if allowed, err := holdAll(sys, out.Joint, sys.Initially); err == nil && allowed {
			return true, nil
		}
	}
	starts, err := Starts(sys)
	return slices.ContainsFunc(starts, func(s Initial) bool {
		return s.Fails == nil && s.Outcome.Joint.Equal(&t.Start) || s.Fails != nil && t.Fails != nil && len(t.Steps) == 0
	}), err
}

// free lists the values of the variables that may begin with any value, in the order in which a start picks them.
func (j *Joint) free(sys *System) []int64 {
	if len(j.Vars) != len(sys.slotTypes) {
		return nil // a start that failed has no joint state
	}
	var values []int64
	slot := 0
	add := func(v Var) {
		for range v.Type.Slots() {
			if v.Any {
				values = append(values, j.Vars[slot])
			}
			slot++
		}
	}
	for _, v := range sys.Vars {
		add(v)
	}
	for i := range sys.Instances {
		for _, v := range sys.MachineOf(i).Vars {
			if !v.Shared {
				add(v)
			}
		}
	}
	return values
}

// asks reports whether something that is asked of a joint state has no value there: an assumption or property that breaks
// the built-in check of v.
func asks(sys *System, j *Joint, v *Violation) bool {
	asked := slices.Clone(sys.Assumes)
	for _, p := range sys.Properties {
		asked = append(asked, p.P, p.Q)
	}
	return slices.ContainsFunc(asked, func(e *Expr) bool {
		if e == nil {
			return false
		}
		_, err := Eval(sys, j, e)
		found, ok := err.(*Violation)
		return ok && found.Builtin == v.Builtin && found.Span == v.Span
	})
}

// Replay takes the steps of a trace again with [Step] and reports the first that the reference does not take in the
// same way: a trace that passes is a run of the system.
func Replay(sys *System, t *Trace) error {
	if begins, err := t.begins(sys); err != nil {
		return err
	} else if !begins {
		return errors.New("fsm: the trace does not begin in an initial joint state")
	}
	if t.Loop > len(t.Steps) {
		return errors.New("fsm: the trace returns to a joint state that it has not been in")
	}
	at, back := &t.Start, &t.Start
	for i, s := range t.Steps {
		out, err := Step(sys, at, s.Choice)
		if v, ok := err.(*Violation); ok && i == len(t.Steps)-1 && t.Fails != nil && t.Fails.Builtin == v.Builtin {
			return nil
		}
		if err != nil {
			return fmt.Errorf("fsm: step %d: %w", i+1, err)
		}
		if i == len(t.Steps)-1 && s.Outcome == nil && t.Fails != nil && asks(sys, out.Joint, t.Fails) {
			return nil
		}
		if s.Outcome == nil || !s.Outcome.Joint.Equal(out.Joint) {
			return fmt.Errorf("fsm: step %d (%s) leads elsewhere", i+1, s.Choice.Format(sys, at))
		}
		if at = out.Joint; i+1 == t.Loop {
			back = at
		}
	}
	if t.Fails != nil && len(t.Steps) > 0 {
		return errors.New("fsm: the trace ends in a violation that the reference does not find")
	}
	if t.Loop >= 0 && !at.Equal(back) {
		return fmt.Errorf("fsm: the last step does not lead back to the joint state after step %d", t.Loop)
	}
	return nil
}
