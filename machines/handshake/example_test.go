package handshake_test

import (
	"errors"
	"fmt"
	"sync"

	"interlock/machines/handshake"
)

// record is what the store keeps: the shared variables of the machines.
type record struct {
	phase  handshake.Phase
	epoch  handshake.Epoch
	home   handshake.Node
	opener handshake.Incarnation
	leases uint8
}

// store compares and swaps.
type store struct {
	mu      sync.Mutex
	version int
	record  record
}

func (s *store) read() (record, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record, s.version
}

var errBusy = errors.New("somebody else was faster")

func (s *store) swap(version int, r record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version != version {
		return errBusy
	}
	s.record, s.version = r, version+1
	return nil
}

// turnProxy is one event of the proxy: the record is read and handed to a copy of the machine, which takes the event; what it
// made of the record is swapped in. Only then the copy counts, and its effects may be carried out.
func turnProxy(s *store, p *handshake.Proxy, event handshake.ProxyEvent) error {
	for {
		r, version := s.read()
		next := *p
		if err := errors.Join(next.SetPhase(r.phase), next.SetEpoch(r.epoch), next.SetHome(r.home), next.SetOpener(r.opener)); err != nil {
			return err
		}
		effects, err := next.Step(event)
		if err != nil {
			return err
		}
		r.phase, r.epoch, r.home, r.opener = next.Phase(), next.Epoch(), next.Home(), next.Opener()
		if s.swap(version, r) != nil {
			continue
		}
		*p = next
		for e := range effects.All() {
			fmt.Println("    proxy:", e.Kind, e.Epoch)
		}
		return nil
	}
}

// turnLeader is the same for the leader, whose lease is in the store, too.
func turnLeader(s *store, l *handshake.Leader, event handshake.LeaderEvent) error {
	for {
		r, version := s.read()
		next := *l
		if err := errors.Join(next.SetPhase(r.phase), next.SetEpoch(r.epoch), next.SetHome(r.home), next.SetOpener(r.opener), next.SetLeases(r.leases)); err != nil {
			return err
		}
		effects, err := next.Step(event)
		if err != nil {
			return err
		}
		r = record{next.Phase(), next.Epoch(), next.Home(), next.Opener(), next.Leases()}
		if s.swap(version, r) != nil {
			continue
		}
		*l = next
		for e := range effects.All() {
			fmt.Println("    leader:", e.Kind, e.Epoch)
		}
		return nil
	}
}

// A session is opened and closed, over a store that compares and swaps.
func Example() {
	s := &store{}
	proxy, _, err := handshake.NewProxy(0, 0, 0, 0)
	if err != nil {
		panic(err)
	}
	leader, _, err := handshake.NewLeader(0, 3, 0, 0, 0, 0, 0)
	if err != nil {
		panic(err)
	}
	byProxy := func(event handshake.ProxyEvent) {
		fmt.Println(event.Kind)
		if err := turnProxy(s, &proxy, event); err != nil {
			panic(err)
		}
	}
	byLeader := func(event handshake.LeaderEvent) {
		fmt.Println(event.Kind)
		if err := turnLeader(s, &leader, event); err != nil {
			panic(err)
		}
	}
	byLeader(handshake.LeaderEvent{Kind: handshake.LeaderOnRegister})
	byProxy(handshake.ProxyEvent{Kind: handshake.ProxyOnAccept})
	byProxy(handshake.ProxyEvent{Kind: handshake.ProxyOnRetry})
	byLeader(handshake.LeaderEvent{Kind: handshake.LeaderOnBegin, Epoch: 1})
	byLeader(handshake.LeaderEvent{Kind: handshake.LeaderOnConnected})
	byProxy(handshake.ProxyEvent{Kind: handshake.ProxyOnHangup})
	byLeader(handshake.LeaderEvent{Kind: handshake.LeaderOnLook})
	byLeader(handshake.LeaderEvent{Kind: handshake.LeaderOnDisconnected})
	byLeader(handshake.LeaderEvent{Kind: handshake.LeaderOnBegin, Epoch: 1}) // it comes again, and is too late
	byProxy(handshake.ProxyEvent{Kind: handshake.ProxyOnRetry})
	fmt.Println("the record:", s.record.phase, "proxy:", proxy.State(), "leader:", leader.State())
	// Output:
	// Register
	//     leader: start deadline 0
	// Accept
	//     proxy: start retry 0
	// retry
	//     proxy: send leader Begin 1
	//     proxy: start retry 0
	// Begin
	//     leader: start look 0
	//     leader: do Connect 1
	// Connected
	// Hangup
	//     proxy: stop retry 0
	//     proxy: do CloseSocket 0
	//     proxy: start retry 0
	// look
	//     leader: stop look 0
	//     leader: do Disconnect 1
	// Disconnected
	//     leader: send proxy Ack 1
	// Begin
	// retry
	//     proxy: stop retry 0
	//     proxy: do ReportClosed 0
	// the record: Closed proxy: Closed leader: None
}
