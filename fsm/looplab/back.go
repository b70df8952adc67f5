package looplab

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	lab "github.com/looplab/fsm"

	"interlock/fsm"
	"interlock/spec"
	tables "interlock/spec/looplab"
)

// Table is the table of a live FSM, with its current state as the first one: events, then sources, in the order of their names,
// and the callbacks by their full keys. It reads private fields of looplab v1.0.3, and fails with a version that has others.
func Table(name string, f *lab.FSM) (t tables.Table, err error) {
	t = tables.Table{Name: name, Initial: f.Current()}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("looplab: the table of this version of looplab/fsm cannot be read: %v", p)
		}
	}()
	v := reflect.ValueOf(f).Elem()
	for moves := v.FieldByName("transitions").MapRange(); moves.Next(); { // sorted below
		key := moves.Key()
		t.Events = append(t.Events, tables.Event{Name: text(key, "event"), Src: []string{text(key, "src")}, Dst: moves.Value().String()})
	}
	slices.SortFunc(t.Events, func(a, b tables.Event) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Src[0], b.Src[0]))
	})
	for calls := v.FieldByName("callbacks").MapRange(); calls.Next(); { // sorted below
		key := calls.Key()
		at := tables.Point(key.FieldByName("callbackType").Int() - 1)
		t.Callbacks = append(t.Callbacks, tables.Callback{Key: at.Key(text(key, "target")), Unseen: true})
	}
	slices.SortFunc(t.Callbacks, func(a, b tables.Callback) int { return strings.Compare(a.Key, b.Key) })
	return t, nil
}

// text is a field that must be a text: reflection writes something for any value.
func text(v reflect.Value, field string) string {
	f := v.FieldByName(field)
	if f.Kind() != reflect.String {
		panic("no text " + field)
	}
	return f.String()
}

// Spec makes a spec of what NewFSM is given, and its text, to be stored and to go on from: one machine, and a system of it alone. A
// callback before an event, or when a state is left, is taken for one that may cancel, since functions cannot be looked into:
// "interlock import looplab" can look into their source, and writes the same spec otherwise.
func Spec(name, initial string, events lab.Events, callbacks lab.Callbacks) (s *fsm.Spec, text []byte, err error) {
	t := tables.Table{Name: name, Initial: initial}
	for _, e := range events {
		t.Events = append(t.Events, tables.Event{Name: e.Name, Src: e.Src, Dst: e.Dst})
	}
	for _, key := range slices.Sorted(maps.Keys(callbacks)) {
		t.Callbacks = append(t.Callbacks, tables.Callback{Key: key, Unseen: true})
	}
	if text, _, err = tables.Text(name, []tables.Table{t}); err != nil {
		return nil, nil, err
	}
	s, said := spec.Compile([]spec.Source{{Name: name + ".fsm", Text: text}}, nil)
	if spec.HasErrors(said) {
		return nil, nil, fmt.Errorf("looplab: %w", said[0])
	}
	return s, text, nil
}

// Events are the events of a table, as NewFSM takes them.
func Events(t tables.Table) lab.Events {
	events := make(lab.Events, len(t.Events))
	for i, e := range t.Events {
		events[i] = lab.EventDesc{Name: e.Name, Src: e.Src, Dst: e.Dst}
	}
	return events
}
