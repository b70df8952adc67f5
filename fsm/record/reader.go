package record

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Torn is the error of a last line that has no end: its writer was stopped in the middle of it. Nobody was told that it was
// written.
type Torn struct {
	Line   int   // from 1 on, in the file
	Offset int64 // of its first byte
}

// Error says where.
func (t *Torn) Error() string {
	return fmt.Sprintf("record: line %d, at byte %d, has no end: the recorder was stopped while it wrote", t.Line, t.Offset)
}

// Damage is the error of a whole line that no recorder has written so.
type Damage struct {
	Line   int   // from 1 on, in the file
	Offset int64 // of its first byte
	Reason string
}

// Error says where, and what is wrong.
func (d *Damage) Error() string {
	return fmt.Sprintf("record: line %d, at byte %d, is damaged: %s", d.Line, d.Offset, d.Reason)
}

// Reader reads the lines of one file, in the order of the file. One goroutine may use it.
type Reader struct {
	from   *bufio.Reader
	line   int
	offset int64
	err    error // the end
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{from: bufio.NewReaderSize(r, 1<<16)} }

// Next is the next line. The error is io.EOF at the end; a *[Torn] for a last line that was not finished, with nothing behind
// it; a *[Damage] for a line that is passed over: the next call goes on behind it. Any other error is of reading, and stays.
func (r *Reader) Next() (Line, error) {
	if r.err != nil {
		return Line{}, r.err
	}
	text, size, err := r.text()
	at := r.offset
	r.offset += size
	switch {
	case err == io.EOF && size == 0:
		r.err = io.EOF
		return Line{}, io.EOF
	case err == io.EOF:
		r.err = io.EOF
		r.line++
		return Line{}, &Torn{r.line, at}
	case err != nil:
		r.err = err
		return Line{}, err
	}
	r.line++
	if size > MaxLine {
		return Line{}, &Damage{r.line, at, fmt.Sprintf("it has %d bytes, and none has more than %d", size, MaxLine)}
	}
	line, err := decode(text)
	if err != nil {
		return Line{}, &Damage{r.line, at, err.Error()}
	}
	return line, nil
}

// text is the next line without its end, as far as a line may go, and the number of bytes that it takes.
func (r *Reader) text() (text []byte, size int64, err error) {
	for {
		part, err := r.from.ReadSlice('\n')
		size += int64(len(part))
		if len(text) < MaxLine {
			text = append(text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(text, []byte("\n")), size, err
		}
	}
}
