package spec

import (
	"fmt"
	"reflect"

	"interlock/fsm"
)

// Difference compares two syntax trees, but for places and file names. It returns "" if they are the same, and otherwise
// the path to the first difference. Formatting keeps the tree: this is how that is checked.
func Difference(a, b *File) string {
	x, y := *a, *b
	x.Name, y.Name = "", ""
	return difference("File", reflect.ValueOf(x), reflect.ValueOf(y))
}

var spanType = reflect.TypeFor[fsm.Span]()

// difference compares two values of one static type.
func difference(path string, a, b reflect.Value) string {
	if a.Type() == spanType {
		return ""
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() != b.IsNil() {
			return fmt.Sprintf("%s: one is nil", path)
		}
		if a.IsNil() {
			return ""
		}
		a, b = a.Elem(), b.Elem()
		if a.Type() != b.Type() {
			return fmt.Sprintf("%s: %s and %s", path, a.Type(), b.Type())
		}
		return difference(path, a, b)
	case reflect.Struct:
		for i := range a.NumField() {
			if d := difference(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i)); d != "" {
				return d
			}
		}
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d elements", path, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := difference(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i)); d != "" {
				return d
			}
		}
	default:
		if !a.Equal(b) {
			return fmt.Sprintf("%s: %v and %v", path, a, b)
		}
	}
	return ""
}
