package fsm

import "errors"

// Inspect takes a choice as [Step] does, and calls visit for everything that is taken in it, just before its bodies run: for a
// transition with what will be in [Outcome.Taken], and once for a joint transition, with Instance and Transition -1. eval gives
// the value that an expression in the scope of its guard has at that moment. It fails for what has no value there, and for an
// extern guard that was not asked: the host is not asked more often than by Step.
func Inspect(sys *System, j *Joint, c Choice, visit func(t Taken, eval func(*Expr) (int64, error))) error {
	if err := c.fits(sys, j); err != nil {
		return err
	}
	_, err := attempt(sys, j, c.Picks, func(r *run) {
		r.inspect = func(t Taken) { visit(t, r.evalNow) }
		r.step(c)
	})
	return err
}

// errNotAsked ends the evaluation of an expression that rests on an extern guard that the step has not asked.
var errNotAsked = errors.New("fsm: an extern guard that the step does not ask")

// evalNow evaluates an expression without a change to the run.
func (r *run) evalNow(e *Expr) (v int64, err error) {
	defer func() {
		if p := recover(); p == errNotAsked {
			err = errNotAsked
		} else if violation, ok := p.(*Violation); ok {
			err = violation
		} else if p != nil {
			panic(p)
		}
	}()
	s := r.scope
	s.ask = func(extern int, args []int64) int64 {
		if v, asked := r.answered(extern, args); asked {
			return v
		}
		panic(errNotAsked)
	}
	return s.eval(e), nil
}

// EvalOwn evaluates an expression in the scope of an instance in a joint state, with the given parameters of an event. It fails
// where Eval does, and for an extern guard.
func EvalOwn(sys *System, j *Joint, instance int, params []int64, e *Expr) (int64, error) {
	r := &run{scope: scope{sys: sys, joint: j, own: instance, params: params}}
	return r.evalNow(e)
}
