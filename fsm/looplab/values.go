package looplab

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	lab "github.com/looplab/fsm"

	"interlock/fsm"
)

// params are the parameters of an event: what Event was given behind its name, and the answers of the host.
func (b *bridge) params(ctx context.Context, event int, e *lab.Event) ([]int64, error) {
	wanted := b.machine.Events[event].Params[:b.plain[event]]
	if len(e.Args) != len(wanted) {
		return nil, fmt.Errorf("%w; it takes %d, and was given %d", b.refusal(e, fsm.CauseArgument), len(wanted), len(e.Args))
	}
	var params []int64
	for i, p := range wanted {
		v, ok := value(p.Type, e.Args[i])
		if !ok {
			return nil, fmt.Errorf("%w; %s is a %s, not %v", b.refusal(e, fsm.CauseArgument), p.Name, p.Type, e.Args[i])
		}
		params = append(params, v)
	}
	answers := map[string]int64{} // the same question has one answer
	for _, q := range b.asked[event] {
		var args []string
		for i, a := range q.args {
			v := a.Value
			if a.Op == fsm.OpParam {
				v = params[a.Index]
			}
			args = append(args, q.types[i].Format(v))
		}
		key := fmt.Sprint(q.guard, args)
		if _, asked := answers[key]; !asked {
			answers[key] = 0
			if b.Allow(ctx, q.guard, args) {
				answers[key] = 1
			}
		}
		params = append(params, answers[key])
	}
	return params, nil
}

// value is what an argument stands for in a type: a bool; a whole number; of an enum the name, or what has the name as its
// String, or the number.
func value(t *fsm.Type, arg any) (v int64, ok bool) {
	if t.Kind == fsm.Enum {
		name, isText := arg.(string)
		if s, has := arg.(fmt.Stringer); has {
			name, isText = s.String(), true
		}
		if i := slices.IndexFunc(t.Values, func(v fsm.Value) bool { return v.Name == name }); isText {
			return int64(i), i >= 0
		}
	}
	switch x := reflect.ValueOf(arg); {
	case x.Kind() == reflect.Bool && t.Kind == fsm.Bool:
		if x.Bool() {
			v = 1
		}
		return v, true
	case t.Kind == fsm.Bool:
		return 0, false
	case x.CanInt():
		v = x.Int()
	case x.CanUint() && x.Uint() < 1<<62:
		v = int64(x.Uint())
	default:
		return 0, false
	}
	return v, t.Has(v)
}
