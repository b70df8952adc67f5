package fleet

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"reflect"
)

// Codec is how keys or owners are stored in a snapshot.
type Codec[T any] struct {
	Append func(to []byte, v T) []byte  // the bytes of a value, behind those there are
	Parse  func(from []byte) (T, error) // the value of exactly these bytes
}

// orDefault is the codec itself, or, where it is not set, one for T: its own MarshalBinary and UnmarshalBinary; the bytes of a string; a
// number, or an array or struct of fixed size with exported fields only, as encoding/binary writes it in little endian.
func (c Codec[T]) orDefault(option string) (Codec[T], error) {
	if c.Append != nil && c.Parse != nil {
		return c, nil
	}
	var zero T
	if _, ok := any(zero).(encoding.BinaryMarshaler); ok {
		if _, ok := any(&zero).(encoding.BinaryUnmarshaler); ok {
			return Codec[T]{appendMarshaled[T], parseMarshaled[T]}, nil
		}
	}
	switch reflect.TypeFor[T]().Kind() {
	case reflect.String:
		return Codec[T]{
			func(to []byte, v T) []byte { return append(to, reflect.ValueOf(v).String()...) },
			func(from []byte) (v T, err error) {
				reflect.ValueOf(&v).Elem().SetString(string(from))
				return v, nil
			},
		}, nil
	case reflect.Int:
		return Codec[T]{
			func(to []byte, v T) []byte { return binary.AppendVarint(to, reflect.ValueOf(v).Int()) },
			func(from []byte) (v T, err error) {
				n, size := binary.Varint(from)
				reflect.ValueOf(&v).Elem().SetInt(n)
				return v, whole(size, from)
			},
		}, nil
	case reflect.Uint:
		return Codec[T]{
			func(to []byte, v T) []byte { return binary.AppendUvarint(to, reflect.ValueOf(v).Uint()) },
			func(from []byte) (v T, err error) {
				n, size := binary.Uvarint(from)
				reflect.ValueOf(&v).Elem().SetUint(n)
				return v, whole(size, from)
			},
		}, nil
	}
	return fixed[T](option)
}

// whole says that not all bytes are the number's.
func whole(size int, from []byte) error {
	if size != len(from) {
		return fmt.Errorf("%d bytes are no number", len(from))
	}
	return nil
}

func appendMarshaled[T any](to []byte, v T) []byte {
	b, err := any(v).(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic(fmt.Sprintf("fleet: the key or owner %v cannot be stored: %v", v, err))
	}
	return append(to, b...)
}

func parseMarshaled[T any](from []byte) (v T, err error) {
	return v, any(&v).(encoding.BinaryUnmarshaler).UnmarshalBinary(from)
}

// fixed is the codec of a type of fixed size, if T is one that can be read back.
func fixed[T any](option string) (c Codec[T], err error) {
	fail := fmt.Errorf("%w: %s is needed: there is no telling how a %s is stored", ErrOptions, option, reflect.TypeFor[T]())
	defer func() {
		if recover() != nil { // a field that is not exported
			err = fail
		}
	}()
	var zero T
	size := binary.Size(zero)
	if size < 0 {
		return c, fail
	}
	c = Codec[T]{
		func(to []byte, v T) []byte {
			to, err := binary.Append(to, binary.LittleEndian, v)
			if err != nil {
				panic(err) // its size was known
			}
			return to
		},
		func(from []byte) (v T, err error) {
			if len(from) != size {
				return v, fmt.Errorf("%d bytes are no %T", len(from), v)
			}
			_, err = binary.Decode(from, binary.LittleEndian, &v)
			return v, err
		},
	}
	_, err = c.Parse(c.Append(nil, zero))
	return c, err
}
