package gateway

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The limits of a list, and of what is posted.
const (
	defaultListed = 100
	mostListed    = 10_000
	mostPosted    = 1<<16 - 1 // bytes: no frame holds more
)

// Listed is a connection as the admin page shows it.
type Listed struct {
	ID     ID          `json:"id"`
	User   string      `json:"user"` // "" before the login
	Proxy  ProxyState  `json:"proxy"`
	Leader LeaderState `json:"leader"`
	Steps  uint64      `json:"steps"` // since it was accepted
	Remote string      `json:"remote"`
}

// Filter says which connections are listed.
type Filter struct {
	User  string      // of that user only; "" for any
	Proxy *ProxyState // in that state only; nil for any
	After ID          // newer than that one only
	Limit int         // so many at most
}

// List gives the connections that a filter lets through, oldest first. It looks at all of them, one at a time: none has to wait. It
// never remembers more than twice the limit.
func (g *Gateway) List(f Filter) []Listed {
	found, limit := []Listed{}, max(f.Limit, 0)
	oldest := func() {
		slices.SortFunc(found, func(a, b Listed) int { return cmp.Compare(a.ID, b.ID) })
		found = found[:min(len(found), limit)]
	}
	for v := range g.fleet.All() {
		if v.Key > f.After && (f.User == "" || v.Owner == f.User) && (f.Proxy == nil || v.State.Proxy() == *f.Proxy) {
			found = append(found, Listed{ID: v.Key, User: v.Owner, Proxy: v.State.Proxy(), Leader: v.State.Leader(), Steps: v.Seq})
		}
		if len(found)/2 >= limit && len(found) > 1 {
			oldest()
		}
	}
	oldest()
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range found {
		if s := g.sockets[found[i].ID]; s != nil {
			found[i].Remote = s.conn.RemoteAddr().String()
		}
	}
	return found
}

// Admin is the admin page. It is for a listener on loopback: it asks nobody who they are, and answers only to a name of loopback, so
// that no page of the web can have a browser on this computer ask for it.
//
//	GET  /connections?user=&proxy=&after=&limit=   a list, oldest first; the last id is the next list's after
//	GET  /counts                                   how many there are of everything
//	GET  /check                                    what does not fit between the books; 500 if anything does not
//	GET  /metrics                                  for Prometheus
//	POST /kick?id=  POST /kick?user=               farewell to one connection, or to all of a user
//	POST /remove?id=                               an end without a word
//	POST /push?user=                               the body to all connections of a user
func (g *Gateway) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /connections", g.adminList)
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) { answer(w, g.Counts()) })
	mux.HandleFunc("GET /check", func(w http.ResponseWriter, _ *http.Request) {
		if err := g.Check(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, map[string]bool{"agree": true})
	})
	mux.HandleFunc("GET /metrics", g.metrics)
	mux.HandleFunc("POST /kick", func(w http.ResponseWriter, r *http.Request) {
		if user := r.FormValue("user"); user != "" {
			answer(w, map[string]int{"kicked": g.KickUser(user)})
			return
		}
		g.one(w, r, g.Kick)
	})
	mux.HandleFunc("POST /remove", func(w http.ResponseWriter, r *http.Request) { g.one(w, r, g.Remove) })
	mux.HandleFunc("POST /push", func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		answer(w, map[string]int{"reached": g.Push(r.URL.Query().Get("user"), data)})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) || r.Header.Get("Origin") != "" {
			http.Error(w, "gateway: this page is for programs on loopback", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, mostPosted) // of forms, too: package http would store a long one in files
		mux.ServeHTTP(w, r)
	})
}

// isLoopback reports whether a host, with or without a port, is a name of loopback.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// ListenAdmin listens on an address of loopback. Any other is an error.
func ListenAdmin(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil || !isLoopback(host) {
		return nil, fmt.Errorf("gateway: the admin page listens on loopback, such as 127.0.0.1:5101, not on %q", address)
	}
	return net.Listen("tcp", address)
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // whoever asked has gone
}

// one does something to the connection that the request names.
func (g *Gateway) one(w http.ResponseWriter, r *http.Request, do func(ID) error) {
	id, err := strconv.ParseUint(r.FormValue("id"), 10, 64)
	if err != nil {
		http.Error(w, "gateway: id is the number of a connection", http.StatusBadRequest)
		return
	}
	if err := do(ID(id)); err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	answer(w, map[string]uint64{"id": id})
}

// adminList answers /connections.
func (g *Gateway) adminList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f := Filter{User: q.Get("user")}
	if text := q.Get("proxy"); text != "" {
		state, err := ParseProxyState(text)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		f.Proxy = &state
	}
	after, err := number(q.Get("after"), 0)
	limit, bad := number(q.Get("limit"), defaultListed)
	if err = errors.Join(err, bad); err != nil {
		http.Error(w, "gateway: after and limit are numbers: "+err.Error(), http.StatusBadRequest)
		return
	}
	f.After, f.Limit = ID(after), int(min(limit, mostListed))
	answer(w, g.List(f))
}

// number is a number of a query, or what holds without one.
func number(text string, otherwise uint64) (uint64, error) {
	if text == "" {
		return otherwise, nil
	}
	return strconv.ParseUint(text, 10, 63)
}

// metrics answers /metrics, in the text format of Prometheus. Every label is a name of the spec's.
func (g *Gateway) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	family := func(name, kind, help string) {
		fmt.Fprintf(w, "# HELP gateway_%s %s\n# TYPE gateway_%s %s\n", name, help, name, kind)
	}
	counts := g.Counts()
	family("sessions", "gauge", "Joint machines by joint state.")
	for state := range AllConnectionStates() {
		fmt.Fprintf(w, "gateway_sessions{state=%q} %d\n", state, counts.States[state.String()])
	}
	one := func(name, kind, help string, n uint64) {
		family(name, kind, help)
		fmt.Fprintf(w, "gateway_%s %d\n", name, n)
	}
	one("sockets", "gauge", "Connections in the proxy's book.", uint64(counts.Sockets))
	one("reached", "gauge", "Connections in the leader's book.", uint64(counts.Reached))
	one("users", "gauge", "Users in the leader's book.", uint64(counts.Users))
	one("accepted_total", "counter", "Clients accepted.", g.stats.accepted.Load())
	one("full_total", "counter", "Clients turned away for want of room.", g.stats.full.Load())
	one("frames_total", "counter", "Frames of clients.", g.stats.frames.Load())
	one("pushes_total", "counter", "Pushes to one connection.", g.stats.pushes.Load())
	one("overflows_total", "counter", "Frames that found a client's queue full.", g.stats.overflows.Load())
	one("online_total", "counter", "Connections that went online.", g.stats.onlines.Load())
	one("offline_total", "counter", "Connections that went offline.", g.stats.offlines.Load())
	family("ended_total", "counter", "Sockets shut, by reason.")
	for why := range AllReasons() {
		fmt.Fprintf(w, "gateway_ended_total{reason=%q} %d\n", why, g.stats.ends[why].Load())
	}
	family("farewells_total", "counter", "Clients told to go, by reason.")
	for why := range AllReasons() {
		fmt.Fprintf(w, "gateway_farewells_total{reason=%q} %d\n", why, g.stats.farewells[why].Load())
	}
	f := g.fleet.Stats()
	one("steps_total", "counter", "Events that machines took.", f.Steps)
	one("refused_total", "counter", "Events that machines refused.", f.Refused)
	one("unknown_total", "counter", "Events for connections that are not there.", f.Unknown)
}
