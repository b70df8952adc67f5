package gateway

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Counts is how many there are of everything that a connection leaves traces in.
type Counts struct {
	Sessions int            `json:"sessions"` // in the fleet
	Sockets  int            `json:"sockets"`  // in the proxy's book
	Reached  int            `json:"reached"`  // connections in the leader's book
	Users    int            `json:"users"`    // in the leader's book
	States   map[string]int `json:"states"`   // sessions by joint state
}

// Counts are the counts of now. The three books are read one after the other.
func (g *Gateway) Counts() Counts {
	c := Counts{Sessions: g.fleet.Len(), States: map[string]int{}}
	for i, n := range g.fleet.Counts() {
		c.States[ConnectionState(i).String()] = n
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	c.Sockets, c.Users = len(g.sockets), len(g.users)
	for _, of := range g.users { // in any order: a sum
		c.Reached += len(of)
	}
	return c
}

// looks is how often a connection that does not fit is looked at again, a millisecond apart. The limit is not a time: where the process
// itself is kept from running, nothing of what a step has ordered is done meanwhile, and nothing is amiss.
const looks = 5000

// Check compares the proxy's book with the leader's and with the machines, and returns all that does not fit: orphans, whichever
// end they are orphans of. What a step has ordered may be done a moment after it, so what does not fit is looked at again until it
// does, or until it never did in five thousand looks.
func (g *Gateway) Check() error {
	suspects := g.suspects()
	for look := 1; ; look++ {
		var errs []error
		var again []ID
		for _, id := range suspects {
			if err := g.agree(id); err != nil {
				errs, again = append(errs, err), append(again, id)
			}
		}
		if len(errs) == 0 || look == looks {
			return errors.Join(errs...)
		}
		suspects = again
		time.Sleep(time.Millisecond)
	}
}

// suspects are the connections that do not fit at first sight: the machines and the books are read one after the other.
func (g *Gateway) suspects() []ID {
	proxies := map[ID]ProxyState{}
	for v := range g.fleet.All() {
		proxies[v.Key] = v.State.Proxy()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []ID
	reached := map[ID]bool{}
	for _, of := range g.users { // in any order, here and below: what is found is sorted
		for id := range of { // in any order
			reached[id] = true
			if proxy, there := proxies[id]; !there || proxy != ProxyOpen {
				all = append(all, id)
			}
		}
	}
	for id := range g.sockets { // in any order
		if proxy, there := proxies[id]; !there || proxy == ProxyClosed {
			all = append(all, id)
		}
	}
	for id, proxy := range proxies { // in any order
		if g.sockets[id] == nil && proxy != ProxyClosed || !reached[id] && proxy == ProxyOpen {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// agree says of a connection what does not fit.
func (g *Gateway) agree(id ID) error {
	view, there := g.fleet.Get(id)
	g.mu.Lock()
	_, socket := g.sockets[id]
	_, reached := g.users[view.Owner][id]
	for user, of := range g.users { // in any order: whoever is in the book under another name, or has no machine
		if _, found := of[id]; found && user != view.Owner {
			socket, reached = false, true
		}
	}
	g.mu.Unlock()
	proxy := view.State.Proxy()
	alive := there && proxy != ProxyClosed
	if socket == alive && reached == (alive && proxy == ProxyOpen) {
		return nil
	}
	return fmt.Errorf("gateway: connection %d of %q: has a machine: %t, proxy %s, leader %s, has a socket: %t, can be reached: %t",
		id, view.Owner, there, proxy, view.State.Leader(), socket, reached)
}

// Ended is how many sockets have been shut, by reason.
func (g *Gateway) Ended() map[Reason]uint64 {
	all := map[Reason]uint64{}
	for why := range AllReasons() {
		if n := g.stats.ends[why].Load(); n > 0 {
			all[why] = n
		}
	}
	return all
}
