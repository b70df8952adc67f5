package session

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"interlock/fsm"
)

func TestALife(t *testing.T) {
	p := NewProxy()
	if _, err := p.Accept(); err != nil {
		t.Fatal(err)
	}
	effects, err := p.DeliverRegistered()
	if err != nil || effects.Delivery() != fsm.DeliveryTaken || p.State() != ProxyOpen {
		t.Fatal(err, effects, p.State())
	}
	effects, err = p.Hangup(ReasonKick)
	if err != nil || effects.From() != ProxyOpen || effects.To() != ProxyClosing || effects.Len() != 3 {
		t.Fatal(err, effects)
	}
	var kinds []ProxyEffectKind
	for e := range effects.All() {
		kinds = append(kinds, e.Kind)
		switch e.Kind {
		case ProxyDoCloseSocket:
			if e.Why != ReasonKick {
				t.Fatal(e)
			}
		case ProxyStartRetry:
			if e.Kind.Duration() != 500*time.Millisecond {
				t.Fatal(e.Kind.Duration())
			}
		}
	}
	if !slices.Equal(kinds, []ProxyEffectKind{ProxyDoCloseSocket, ProxySendLeaderRemove, ProxyStartRetry}) {
		t.Fatal(kinds)
	}
	before := p
	if _, err = p.Accept(); !errors.Is(err, fsm.ErrRefused) || p != before {
		t.Fatal(err, p)
	}
	if err.Error() != "fsm: Proxy in Closing refuses Accept: no transition is enabled" {
		t.Fatal(err)
	}
	if _, err := p.Hangup(ReasonKick + 1); !errors.Is(err, fsm.ErrRefused) || p != before {
		t.Fatal(err)
	}
	if effects, err := p.DeliverRegistered(); err != nil || effects.Delivery() != fsm.DeliveryIgnored || p != before {
		t.Fatal(err, effects)
	}
	if _, err := p.Step(ProxyEvent{Kind: 99}); !errors.Is(err, fsm.ErrRefused) {
		t.Fatal(err)
	}
}

func TestStatesAreText(t *testing.T) {
	if text, err := json.Marshal(map[ProxyState]Reason{ProxyClosing: ReasonIdle}); err != nil || string(text) != `{"Closing":"Idle"}` {
		t.Fatal(string(text), err)
	}
	var back map[ProxyState]Reason
	if err := json.Unmarshal([]byte(`{"Closing":"Idle"}`), &back); err != nil || back[ProxyClosing] != ReasonIdle {
		t.Fatal(back, err)
	}
	if err := json.Unmarshal([]byte(`{"Nowhere":"Idle"}`), &back); err == nil {
		t.Fatal("a state that is none")
	}
	if _, err := ProxyState(9).MarshalText(); err == nil || ProxyState(9).String() != "ProxyState(9)" {
		t.Fatal(err)
	}
	if all := slices.Collect(AllProxyStates()); len(all) != 5 || all[4] != ProxyClosed || !ProxyClosed.IsFinal() || ProxyOpen.IsFinal() {
		t.Fatal(all)
	}
	s, err := ParseEmbeddedState("ProxyOpenLeaderOpen")
	if err != nil || s != EmbeddedProxyOpenLeaderOpen {
		t.Fatal(s, err)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	p := NewProxy()
	s, _, _ := NewEmbedded()
	var cell EmbeddedCell
	fails := 0
	n := testing.AllocsPerRun(100, func() {
		q, r := p, s
		cell.Store(s)
		for range 3 { // the second and third are refused
			if _, err := q.Accept(); err != nil {
				fails++
			}
			if _, err := r.ProxyAccept(); err != nil {
				fails++
			}
			if _, err := cell.ProxyAccept(); err != nil {
				fails++
			}
		}
		e, _ := cell.ProxyHangup(ReasonGone)
		for x := range e.All() {
			if x.Why > ReasonKick {
				fails++
			}
		}
	})
	if n != 0 || fails == 0 {
		t.Fatal(n, fails)
	}
}

func TestObserverIsTold(t *testing.T) {
	var told []fsm.Observation
	defer fsm.Observe(func(o fsm.Observation) { told = append(told, o) })()
	s, _, _ := NewEmbedded()
	var cell EmbeddedCell
	s.ProxyAccept()
	s.ProxyAccept() // refused
	if !s.Can(EmbeddedEvent{Kind: EmbeddedOnProxyHangup}) {
		t.Fatal("asking is no event, and is not told")
	}
	cell.Store(s)
	cell.ProxyHangup(ReasonKick)
	cell.Step(EmbeddedEvent{Kind: EmbeddedOnProxyAccept})
	want := []fsm.Observation{
		{Seq: 1, Event: "proxy.Accept", Call: "proxy.Accept", From: "ProxyIdleLeaderAbsent", To: "ProxyOpenLeaderOpen", Delivery: fsm.DeliveryTaken},
		{Seq: 1, Event: "proxy.Accept", Call: "proxy.Accept", From: "ProxyOpenLeaderOpen", To: "ProxyOpenLeaderOpen", Refused: fsm.CauseState},
		{Seq: 2, Event: "proxy.Hangup", Call: "proxy.Hangup(Kick)", From: "ProxyOpenLeaderOpen", To: "ProxyClosedLeaderGone",
			Effects: []string{"proxy: do CloseSocket(Kick)", "proxy: start retry", "proxy: stop retry"}, Delivery: fsm.DeliveryTaken},
		{Seq: 2, Event: "proxy.Accept", Call: "proxy.Accept", From: "ProxyClosedLeaderGone", To: "ProxyClosedLeaderGone", Refused: fsm.CauseState},
	}
	for i := range want {
		want[i].Spec, want[i].Machine = SpecDigest, "Embedded"
	}
	if len(told) != len(want) {
		t.Fatal(told)
	}
	for i := range want {
		if !reflect.DeepEqual(told[i], want[i]) {
			t.Errorf("told %+v, want %+v", told[i], want[i])
		}
	}
}

func TestObserverIsToldByPlainMachines(t *testing.T) {
	var told []fsm.Observation
	defer fsm.Observe(func(o fsm.Observation) { told = append(told, o) })()
	p := NewProxy()
	p.Accept()
	p.Step(ProxyEvent{Kind: ProxyOnAccept})
	want := []fsm.Observation{
		{Spec: SpecDigest, Machine: "Proxy", Event: "Accept", Call: "Accept", From: "Idle", To: "Opening", Effects: []string{"send leader Register"}, Delivery: fsm.DeliveryTaken},
		{Spec: SpecDigest, Machine: "Proxy", Event: "Accept", Call: "Accept", From: "Opening", To: "Opening", Refused: fsm.CauseState},
	}
	if !reflect.DeepEqual(told, want) {
		t.Errorf("told %+v, want %+v", told, want)
	}
}

func TestStoredWordsAreChecked(t *testing.T) {
	s, _, _ := NewEmbedded()
	s.ProxyAccept()
	if back, err := EmbeddedFromWord(s.Word()); err != nil || back != s {
		t.Fatal(back, err)
	}
	if _, err := EmbeddedFromWord(s.Word() | 3); err == nil {
		t.Fatal("a joint state that is none")
	}
}

// One of many wins each step; put in the order of their numbers, the steps follow each other, and nothing is done twice.
func TestCellFromManyGoroutines(t *testing.T) {
	for range 50 {
		var cell EmbeddedCell
		s, _, err := NewEmbedded()
		if err != nil {
			t.Fatal(err)
		}
		cell.Store(s)
		var lock sync.Mutex
		var taken []EmbeddedEffects
		var wait sync.WaitGroup
		for i := range 8 {
			wait.Go(func() {
				for k := range 10 {
					effects, err := cell.Step(EmbeddedEvent{Kind: EmbeddedEventKind((i + k) % 3), Why: ReasonGone})
					if err != nil {
						continue
					}
					lock.Lock()
					taken = append(taken, effects)
					lock.Unlock()
				}
			})
		}
		wait.Wait()
		slices.SortFunc(taken, func(a, b EmbeddedEffects) int { return int(a.Seq()) - int(b.Seq()) })
		at, closed := s.State(), 0
		for i := range taken {
			if taken[i].Seq() != uint64(i+1) || taken[i].From() != at {
				t.Fatalf("step %d has number %d, from %s", i+1, taken[i].Seq(), taken[i].From())
			}
			at = taken[i].To()
			for e := range taken[i].All() {
				if e.Kind == EmbeddedProxyDoCloseSocket {
					closed++
				}
			}
		}
		if at != cell.Load().State() || cell.Load().Seq() != uint64(len(taken)) || closed > 1 {
			t.Fatal(at, cell.Load().State(), closed)
		}
	}
}
