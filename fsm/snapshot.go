package fsm

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrSnapshot is what every error is about stored bytes that are no snapshot of the machine: too short, too long, a value outside its
// range, another machine of the same spec, a joint state that the checker did not find.
var ErrSnapshot = errors.New("fsm: no snapshot")

// snapshotVersion is the first byte of a snapshot. It changes when what follows is laid out otherwise.
const snapshotVersion = 1

// shortDigest is how much of the spec's digest a snapshot in bytes has, in bytes.
const shortDigest = 8

// Slot is one scalar of a generated machine, as a snapshot has it: a state, a variable or an element of one, whether a timer runs.
type Slot struct {
	Name   string
	Kind   Kind     // not Array
	Lo, Hi int64    // of the value; of a set, 0 and the full set
	Names  []string // of an Enum, the values from 0 on; of a Set, its elements, as the language writes them
}

// Shape is how the values of one generated machine are stored: as few bytes, or as JSON for people. Both say which spec they belong
// to, and neither depends on how the generated code keeps a value in memory. A Shape does not change and is for any goroutine.
type Shape struct {
	spec    string // its digest
	short   [shortDigest]byte
	machine string
	number  uint64 // of the machine in the spec: joint machines follow the plain ones
	counted bool   // a counter of steps belongs to the value
	slots   []Slot
	size    int // of the slots in bytes
}

// NewShape is the shape of a machine, by its number in the spec with that digest.
func NewShape(digest, machine string, number int, counted bool, slots ...Slot) *Shape {
	s := &Shape{spec: digest, machine: machine, number: uint64(number), counted: counted, slots: slots}
	s.short = shortened(digest)
	bits := 0
	for i := range slots {
		bits += slots[i].width()
	}
	s.size = (bits + 7) / 8
	return s
}

// shortened is the beginning of a digest in bytes. One that is too short, or not in hexadecimal, is digested once more.
func shortened(digest string) [shortDigest]byte {
	_, text, _ := strings.Cut(digest, ":")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) < shortDigest {
		again := sha256.Sum256([]byte(digest))
		raw = again[:]
	}
	return [shortDigest]byte(raw[:shortDigest])
}

// width is the number of bits that the slot takes.
func (s *Slot) width() int {
	n := 0
	for span := uint64(s.Hi - s.Lo); span > 0; span >>= 1 {
		n++
	}
	return n
}

// broken is an error that is ErrSnapshot.
func (s *Shape) broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrSnapshot, s.machine, fmt.Sprintf(format, args...))
}

// Broken is the error, an [ErrSnapshot], of values that are each in range and together no joint state.
func (s *Shape) Broken() error { return s.broken("no joint state is like this") }

// changed is an error that is ErrSpecChanged.
func (s *Shape) changed(stored, own string) error {
	return fmt.Errorf("%w: %s was stored under %s, and this code is generated from %s", ErrSpecChanged, s.machine, stored, own)
}

// check finds values outside their ranges.
func (s *Shape) check(values []int64) error {
	if len(values) != len(s.slots) {
		return s.broken("%d values for %d slots", len(values), len(s.slots))
	}
	for i, v := range values {
		if slot := &s.slots[i]; v < slot.Lo || v > slot.Hi {
			return s.broken("%s is %d, outside %d..%d", slot.Name, v, slot.Lo, slot.Hi)
		}
	}
	return nil
}

// AppendBinary appends the snapshot of a machine with these values, by slot, and that many steps. The error, an [ErrSnapshot], is
// that of a value that no generated code makes; then b is returned as it was.
//
// A snapshot is a byte with the version of its layout, eight of the spec's digest, the number of the machine in the spec, the values
// less the lower ends of their ranges in as few bits as each range needs, low bits first, and the number of steps. The two numbers are
// in the variable-length form of encoding/binary.
func (s *Shape) AppendBinary(b []byte, values []int64, steps uint64) ([]byte, error) {
	if err := s.check(values); err != nil {
		return b, err
	}
	b = append(append(b, snapshotVersion), s.short[:]...)
	b = binary.AppendUvarint(b, s.number)
	packed := len(b)
	b = append(b, make([]byte, s.size)...)
	at := 0
	for i, v := range values {
		slot := &s.slots[i]
		rest := uint64(v - slot.Lo)
		for range slot.width() {
			b[packed+at/8] |= byte(rest&1) << (at % 8)
			rest >>= 1
			at++
		}
	}
	if s.counted {
		b = binary.AppendUvarint(b, steps)
	}
	return b, nil
}

// ReadBinary reads what AppendBinary wrote, and nothing else, into values, which has a place for each slot and means nothing after an
// error. The error is [ErrSpecChanged] or [ErrSnapshot].
func (s *Shape) ReadBinary(snapshot []byte, values []int64) (steps uint64, err error) {
	if len(snapshot) < 1+shortDigest {
		return 0, s.broken("%d bytes are too few", len(snapshot))
	}
	if snapshot[0] != snapshotVersion {
		return 0, s.broken("its layout is version %d, and this code knows %d", snapshot[0], snapshotVersion)
	}
	if short := [shortDigest]byte(snapshot[1:]); short != s.short {
		return 0, s.changed(fmt.Sprintf("sha256:%x…", short), fmt.Sprintf("sha256:%x…", s.short))
	}
	b := snapshot[1+shortDigest:]
	number, n := binary.Uvarint(b)
	if n <= 0 || number != s.number {
		return 0, s.broken("it is of another machine of the spec")
	}
	if b = b[n:]; len(b) < s.size {
		return 0, s.broken("%d bytes are too few", len(snapshot))
	}
	at := 0
	for i := range values {
		slot := &s.slots[i]
		v := uint64(0)
		for bit := range slot.width() {
			v |= uint64(b[at/8]>>(at%8)&1) << bit
			at++
		}
		values[i] = int64(v) + slot.Lo
	}
	if s.counted {
		if steps, n = binary.Uvarint(b[s.size:]); n <= 0 {
			return 0, s.broken("the number of its steps is cut off")
		}
	}
	// What is written again must be what was read: no bit that means nothing, nothing behind the end.
	again, err := s.AppendBinary(nil, values, steps)
	if err == nil && !bytes.Equal(again, snapshot) {
		err = s.broken("there is more than the values in %d bytes", len(snapshot))
	}
	return steps, err
}

// AppendJSON appends the snapshot as JSON: an object with the digest of the spec, the machine, the number of steps if they are counted,
// and the values by name, in order. The error is that of AppendBinary.
func (s *Shape) AppendJSON(b []byte, values []int64, steps uint64) ([]byte, error) {
	if err := s.check(values); err != nil {
		return b, err
	}
	b = append(b, `{"spec":`...)
	b = appendText(b, s.spec)
	b = append(b, `,"machine":`...)
	b = appendText(b, s.machine)
	if s.counted {
		b = append(b, `,"steps":`...)
		b = strconv.AppendUint(b, steps, 10)
	}
	b = append(b, `,"values":{`...)
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, s.slots[i].Name)
		b = append(b, ':')
		b = s.slots[i].appendJSON(b, v)
	}
	return append(b, "}}"...), nil
}

// appendText appends a text as JSON.
func appendText(b []byte, text string) []byte {
	quoted, _ := json.Marshal(text) // a string has no error
	return append(b, quoted...)
}

func (s *Slot) appendJSON(b []byte, v int64) []byte {
	switch s.Kind {
	case Bool:
		return strconv.AppendBool(b, v != 0)
	case Enum:
		return appendText(b, s.Names[v])
	case Set:
		b = append(b, '[')
		for i, name := range s.Names {
			if v>>uint(i)&1 != 0 {
				if b[len(b)-1] != '[' {
					b = append(b, ',')
				}
				b = appendText(b, name)
			}
		}
		return append(b, ']')
	}
	return strconv.AppendInt(b, v, 10)
}

// ReadJSON reads what AppendJSON wrote; names may come in another order and with space between them, but each exactly once and no
// others. Values and errors are as for ReadBinary.
func (s *Shape) ReadJSON(snapshot []byte, values []int64) (steps uint64, err error) {
	top, err := s.fields(snapshot)
	if err != nil {
		return 0, err
	}
	var digest, machine string
	if err := errors.Join(s.field(top, "spec", &digest), s.field(top, "machine", &machine)); err != nil {
		return 0, err
	}
	if digest != s.spec {
		return 0, s.changed(digest, s.spec)
	}
	if machine != s.machine {
		return 0, s.broken("it is of %q", machine)
	}
	known := 3
	if s.counted {
		known++
		if err := s.field(top, "steps", &steps); err != nil {
			return 0, err
		}
	}
	inner, err := s.fields(top["values"])
	if err != nil {
		return 0, err
	}
	if len(top) != known || len(inner) != len(s.slots) {
		return 0, s.broken("a name is missing, or is none of its own")
	}
	for i := range s.slots {
		slot := &s.slots[i]
		v, ok := slot.parse(inner[slot.Name])
		if !ok || v < slot.Lo || v > slot.Hi {
			return 0, s.broken("%s is missing, or has a value that is none of its own", slot.Name)
		}
		values[i] = v
	}
	return steps, nil
}

// field reads one field of an object; null is no value.
func (s *Shape) field(object map[string]json.RawMessage, name string, into any) error {
	if raw := object[name]; len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, into) != nil {
		return s.broken("%s is missing, or has a value that is none of its own", name)
	}
	return nil
}

// fields splits a JSON object. A name that comes twice is an error, which package json would let pass.
func (s *Shape) fields(text []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, s.broken("no JSON object")
	}
	found := map[string]json.RawMessage{}
	for d.More() {
		var raw json.RawMessage
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok || found[name] != nil || d.Decode(&raw) != nil {
			return nil, s.broken("no JSON object, or one with a name that comes twice")
		}
		found[name] = raw
	}
	if _, err := d.Token(); err != nil || len(bytes.TrimSpace(text[d.InputOffset():])) > 0 {
		return nil, s.broken("a JSON object that does not end, or something behind it")
	}
	return found, nil
}

// parse reads a value as appendJSON writes it.
func (s *Slot) parse(raw json.RawMessage) (v int64, ok bool) {
	switch s.Kind {
	case Bool:
		return Cond[int64](string(raw) == "true", 1, 0), string(raw) == "true" || string(raw) == "false"
	case Enum:
		var name string
		if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &name) != nil {
			return 0, false
		}
		v = int64(slices.Index(s.Names, name))
		return v, v >= 0
	case Set:
		var names []string
		if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &names) != nil {
			return 0, false
		}
		for _, name := range names {
			i := slices.Index(s.Names, name)
			if i < 0 || v>>uint(i)&1 != 0 {
				return 0, false
			}
			v |= 1 << uint(i)
		}
		return v, true
	}
	v, err := strconv.ParseInt(string(raw), 10, 64)
	return v, err == nil
}
