package check

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"reflect"
	"unsafe"

	"interlock/fsm"
)

// shape is a digest of all that a system is, with its spec: every field of every value that it leads to. So whatever is made of
// a system alone, by the same executable, is the same where the shape is. It is empty if there is something in the system that
// cannot be told from something else.
func shape(sys *fsm.System) string {
	t := &teller{met: map[meeting]uint64{}}
	if !t.value(reflect.ValueOf(sys)) {
		return ""
	}
	sum := sha256.Sum256(t.text)
	return hex.EncodeToString(sum[:])
}

// teller writes values down such that different ones are written differently. Their types are known: they say how it is read.
type teller struct {
	text []byte
	met  map[meeting]uint64 // what pointers point at, by the order in which it was met
}

type meeting struct {
	at unsafe.Pointer
	of reflect.Type
}

// value writes a value down. It fails where its kind has no order, or more to it than can be seen.
func (t *teller) value(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool:
		t.number(uint64(truth(v.Bool())))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		t.number(uint64(v.Int()<<1) ^ uint64(v.Int()>>63)) // small ones are short, also below zero
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		t.number(v.Uint())
	case reflect.String:
		t.number(uint64(v.Len()))
		t.text = append(t.text, v.String()...)
	case reflect.Struct:
		for i := range v.NumField() {
			if !t.value(v.Field(i)) {
				return false
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			t.number(0)
			return true
		}
		t.number(uint64(v.Len()) + 1)
		return t.elements(v)
	case reflect.Array:
		return t.elements(v)
	case reflect.Pointer:
		return t.pointer(v)
	default:
		return false
	}
	return true
}

func (t *teller) number(n uint64) { t.text = binary.AppendUvarint(t.text, n) }

func (t *teller) elements(v reflect.Value) bool {
	for i := range v.Len() {
		if !t.value(v.Index(i)) {
			return false
		}
	}
	return true
}

// pointer writes what is pointed at when it is met first, and after that which it is.
func (t *teller) pointer(v reflect.Value) bool {
	if v.IsNil() {
		t.number(0)
		return true
	}
	key := meeting{v.UnsafePointer(), v.Type()}
	if n, ok := t.met[key]; ok {
		t.number(n)
		return true
	}
	n := uint64(len(t.met)) + 1
	t.met[key] = n
	t.number(n)
	return t.value(v.Elem())
}
