package record

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
	"unicode/utf8"

	"interlock/fsm"
)

// MaxLine bounds a line in bytes, with its end. A longer one is not written, and not read.
const MaxLine = 1 << 20

// Line is an event as it was recorded. Texts that are not UTF-8 are changed where they are not, but for Session.
type Line struct {
	N    uint64 // from 1 on, over all files of a recording; numbers that are missing are lines that were lost
	Time time.Time
	fsm.Observation
}

// written is a line as JSON, without its number and its checksum.
type written struct {
	Time       time.Time    `json:"time"`
	Machine    string       `json:"machine"`
	Session    string       `json:"session,omitempty"`
	SessionHex string       `json:"sessionHex,omitempty"` // where it is not UTF-8
	Seq        uint64       `json:"seq,omitempty"`
	Event      string       `json:"event"`
	Call       string       `json:"call,omitempty"`
	From       string       `json:"from"`
	To         string       `json:"to"`
	Effects    []string     `json:"effects,omitempty"`
	Delivery   fsm.Delivery `json:"delivery"`
	Refused    fsm.Cause    `json:"refused,omitempty"`
	Spec       string       `json:"spec"`
}

// encode is what a line holds between its number and its checksum.
func encode(at time.Time, o *fsm.Observation) ([]byte, error) {
	w := written{Time: at.UTC(), Machine: o.Machine, Seq: o.Seq, Event: o.Event, Call: o.Call, From: o.From, To: o.To, Effects: o.Effects,
		Delivery: o.Delivery, Refused: o.Refused, Spec: o.Spec}
	if utf8.ValidString(o.Session) {
		w.Session = o.Session
	} else {
		w.SessionHex = hex.EncodeToString([]byte(o.Session))
	}
	text, err := json.Marshal(w)
	if err == nil && len(text)+maxFrame > MaxLine {
		err = fmt.Errorf("record: a line of %d bytes is too long", len(text))
	}
	return text, err
}

// A line is `{"n":1,"time":…,"spec":"…","sum":"01234567"}`: the checksum is of all that stands before it.
const (
	sumStart = `,"sum":"`
	sumEnd   = `"}`
	sumLen   = len(sumStart) + 8 + len(sumEnd)
	maxFrame = 64 // the number and the checksum, at most
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendLine adds a line with that number to b.
func appendLine(b []byte, n uint64, text []byte) []byte {
	start := len(b)
	b = fmt.Appendf(b, "%s%d,", beginning, n)
	b = append(b, text[1:len(text)-1]...)
	return fmt.Appendf(b, "%s%08x%s\n", sumStart, crc32.Checksum(b[start:], castagnoli), sumEnd)
}

// decode is a line without its end.
func decode(text []byte) (Line, error) {
	if len(text) < sumLen {
		return Line{}, errors.New("it is too short")
	}
	body, sum := text[:len(text)-sumLen], text[len(text)-sumLen:]
	if want := fmt.Sprintf("%s%08x%s", sumStart, crc32.Checksum(body, castagnoli), sumEnd); string(sum) != want {
		return Line{}, errors.New("its checksum is not that of its text")
	}
	var w struct {
		N *uint64 `json:"n"`
		written
	}
	if err := json.Unmarshal(text, &w); err != nil {
		return Line{}, err
	}
	if w.N == nil || !bytes.HasPrefix(text, []byte(beginning)) {
		return Line{}, errors.New("it has no number")
	}
	session := w.Session
	if w.SessionHex != "" {
		raw, err := hex.DecodeString(w.SessionHex)
		if err != nil {
			return Line{}, err
		}
		session = string(raw)
	}
	if len(w.Effects) == 0 {
		w.Effects = nil
	}
	return Line{N: *w.N, Time: w.Time.UTC(), Observation: fsm.Observation{Spec: w.Spec, Machine: w.Machine, Session: session, Seq: w.Seq,
		Event: w.Event, Call: w.Call, From: w.From, To: w.To, Effects: w.Effects, Delivery: w.Delivery, Refused: w.Refused}}, nil
}
