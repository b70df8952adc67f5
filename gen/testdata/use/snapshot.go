package session

import (
	"encoding"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	changed "compared/changed"
	reversed "compared/reversed"
	"interlock/fsm"
)

// The interfaces that stores look for.
var (
	_ encoding.BinaryMarshaler   = Proxy{}
	_ encoding.BinaryAppender    = Proxy{}
	_ encoding.BinaryUnmarshaler = &Proxy{}
	_ json.Marshaler             = Embedded{}
	_ json.Unmarshaler           = &Embedded{}
)

// closing is a proxy that has something to remember.
func closing(t *testing.T) Proxy {
	p := NewProxy()
	_, first := p.Accept()
	_, second := p.Hangup(ReasonIdle)
	if err := errors.Join(first, second); err != nil || !p.RetryArmed() {
		t.Fatal(err)
	}
	return p
}

func TestASnapshotGoesOn(t *testing.T) {
	p := closing(t)
	snapshot, err := p.MarshalBinary()
	if err != nil || len(snapshot) > 12 {
		t.Fatal(snapshot, err)
	}
	var back Proxy
	if err := back.UnmarshalBinary(snapshot); err != nil || back != p {
		t.Fatal(back, err)
	}
	if effects, err := back.FireRetry(); err != nil || effects.Len() != 2 {
		t.Fatal(effects, err)
	}
	text, err := json.Marshal(map[string]Proxy{"p": p})
	if err != nil || !strings.HasSuffix(string(text), `"machine":"Proxy","values":{"state":"Closing","retry.armed":true}}}`) {
		t.Fatal(string(text), err)
	}
	var all map[string]Proxy
	if err := json.Unmarshal(text, &all); err != nil || all["p"] != p {
		t.Fatal(all, err)
	}
}

// A snapshot is of one machine of one version of the spec. Whatever it is of otherwise, nothing changes.
func TestASnapshotOfSomethingElse(t *testing.T) {
	p := closing(t)
	snapshot, _ := p.MarshalBinary()
	text, _ := p.MarshalJSON()
	fresh := changed.NewProxy()
	before := fresh
	for _, err := range []error{fresh.UnmarshalBinary(snapshot), fresh.UnmarshalJSON(text)} {
		if !errors.Is(err, fsm.ErrSpecChanged) || fresh != before || !strings.Contains(err.Error(), SpecDigest[:20]) || !strings.Contains(err.Error(), changed.SpecDigest[:20]) {
			t.Fatal(err, fresh)
		}
	}
	var l Leader
	var s Embedded
	for _, err := range []error{l.UnmarshalBinary(snapshot), l.UnmarshalJSON(text), s.UnmarshalBinary(snapshot), s.UnmarshalJSON(text)} {
		if !errors.Is(err, fsm.ErrSnapshot) || l != (Leader{}) || s != (Embedded{}) {
			t.Fatal(err)
		}
	}
}

// Another checker may find the joint states in another order. Words change their meaning then, which their layout tells; snapshots do not.
func TestASnapshotOutlivesTheNumbersOfJointStates(t *testing.T) {
	s, _, _ := NewEmbedded()
	for { // as far as it goes
		snapshot, err := s.MarshalBinary()
		var back reversed.Embedded
		if err != nil || back.UnmarshalBinary(snapshot) != nil || back.Proxy().String() != s.Proxy().String() || back.Leader().String() != s.Leader().String() || back.Seq() != s.Seq() {
			t.Fatal(err, back, s)
		}
		if int(back.State()) != 2-int(s.State()) || reversed.SpecDigest != SpecDigest || reversed.EmbeddedClass.Layout == EmbeddedClass.Layout {
			t.Fatal("the joint states are not in another order", s.State(), back.State())
		}
		possible := slices.Collect(s.EnabledEvents())
		if len(possible) == 0 {
			return
		}
		s.Step(possible[0])
	}
}

// Each machine's state is one of its own; that they are never so together, the checker has found.
func TestASnapshotOfAJointStateThatIsNone(t *testing.T) {
	s, _, err := NewEmbedded()
	if err != nil {
		t.Fatal(err)
	}
	text, _ := s.MarshalJSON()
	orphan := strings.NewReplacer(`"proxy":"Idle"`, `"proxy":"Closed"`, `"leader":"Absent"`, `"leader":"Open"`).Replace(string(text))
	before := s
	if err := s.UnmarshalJSON([]byte(orphan)); !errors.Is(err, fsm.ErrSnapshot) || s != before || orphan == string(text) {
		t.Fatal(err, orphan)
	}
}

func TestWhatIsPossibleNow(t *testing.T) {
	p := NewProxy()
	kinds := slices.Collect(p.EnabledKinds())
	if !slices.Equal(kinds, []ProxyEventKind{ProxyOnAccept, ProxyOnRegistered, ProxyOnRemoved}) {
		t.Fatal(kinds)
	}
	p = closing(t)
	for e := range p.EnabledEvents() { // taking them changes nothing about what was possible
		if _, err := p.Step(e); err != nil && e.Kind == ProxyOnRegistered {
			t.Fatal(err)
		}
	}
	s, _, _ := NewEmbedded()
	if events := slices.Collect(s.EnabledEvents()); !slices.Equal(events, []EmbeddedEvent{{Kind: EmbeddedOnProxyAccept}}) {
		t.Fatal(events)
	}
	if _, err := s.ProxyAccept(); err != nil {
		t.Fatal(err)
	}
	var whys []Reason
	for e := range s.EnabledEvents() {
		if e.Kind == EmbeddedOnProxyHangup {
			whys = append(whys, e.Why)
		}
	}
	if !slices.Equal(whys, []Reason{ReasonGone, ReasonIdle, ReasonKick}) {
		t.Fatal(whys)
	}
}

// Values of generated types stand in JSON as values and as keys; what is none is an error, and the target stays.
func TestNamesInJSON(t *testing.T) {
	in := map[ProxyEffectKind]EmbeddedEventKind{ProxyDoCloseSocket: EmbeddedOnProxyAccept}
	text, err := json.Marshal(in)
	if err != nil || string(text) != `{"do CloseSocket":"proxy.Accept"}` {
		t.Fatal(string(text), err)
	}
	var out map[ProxyEffectKind]EmbeddedEventKind
	if err := json.Unmarshal(text, &out); err != nil || out[ProxyDoCloseSocket] != EmbeddedOnProxyAccept {
		t.Fatal(out, err)
	}
	state, joint := ProxyClosing, EmbeddedProxyOpenLeaderOpen
	for _, bad := range []string{`"Nowhere"`, `""`, `"closing"`, `3`, `{}`} {
		if json.Unmarshal([]byte(bad), &state) == nil || json.Unmarshal([]byte(bad), &joint) == nil || state != ProxyClosing || joint != EmbeddedProxyOpenLeaderOpen {
			t.Fatal(bad, state, joint)
		}
	}
	if err := json.Unmarshal([]byte(`{"Nowhere":"Idle"}`), &map[ProxyState]ProxyState{}); err == nil {
		t.Fatal("a key that is no state")
	}
}
