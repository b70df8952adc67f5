// Package prometheus counts what machines do, for Prometheus. It is a module of its own: who does not import it does not link
// the client.
//
//	c := prometheus.New(prometheus.Options{})
//	prometheus.Watch(c, &repaired.EmbeddedClass, conns.Counts)
//	remove := fsm.Observe(c.Observe)
//	registry.MustRegister(c)
//
// These are the metrics; the first word is Options.Namespace:
//
//	fsm_sessions{machine,state}                     how many there are in each joint state, read when Prometheus asks
//	fsm_transitions_total{machine,event,from,to}    steps that were taken
//	fsm_refusals_total{machine,event,cause}         events that were refused
//	fsm_unanswered_total{machine,event,delivery}    messages that were ignored or deferred
//	fsm_record_lines_total{recording}               lines that a recorder was asked for, and
//	fsm_record_lost_lines_total{recording}          those of them that it could not write
//
// Label values are those of the spec: machines, states and events that were declared, by Watch or Declare, and causes; never
// the key of a session, nor arguments. Whatever else an observation holds is counted under the value "other". A machine that
// has very many joint states has very many transitions: beyond Options.Series they are counted with from and to as "other".
package prometheus

import (
	"fmt"
	"sync"

	client "github.com/prometheus/client_golang/prometheus"

	"interlock/fsm"
	"interlock/fsm/record"
)

// Other is the label value of what was not declared.
const Other = "other"

// Options say how to count. The zero value is usable.
type Options struct {
	Namespace string // the first word of each name; "fsm" if empty
	Series    int    // transitions that are told apart, of all machines together; 10 000 if 0
}

// Collector counts observations. Any goroutine may use it.
type Collector struct {
	options                           Options
	transitions, refusals, unanswered *client.CounterVec
	sessions, recorded, lost          *client.Desc
	lock                              sync.RWMutex // guards what follows
	names                             map[string]machine
	known                             map[transition]client.Counter
	watched                           []watched
	recordings                        []recording
}

// machine is what was declared of one.
type machine struct{ states, events map[string]bool }

type transition struct{ machine, event, from, to string }

type watched struct {
	machine string
	states  []string
	counts  func() []int
}

type recording struct {
	name  string
	stats func() record.Stats
}

// New is a collector that knows no machine yet. It is to be registered with a registry, and set as an observer.
func New(o Options) *Collector {
	if o.Namespace == "" {
		o.Namespace = "fsm"
	}
	if o.Series <= 0 {
		o.Series = 10_000
	}
	counter := func(name, help string, labels ...string) *client.CounterVec {
		return client.NewCounterVec(client.CounterOpts{Namespace: o.Namespace, Name: name, Help: help}, labels)
	}
	desc := func(name, help string, labels ...string) *client.Desc {
		return client.NewDesc(client.BuildFQName(o.Namespace, "", name), help, labels, nil)
	}
	return &Collector{options: o, names: map[string]machine{}, known: map[transition]client.Counter{},
		transitions: counter("transitions_total", "Steps that machines took.", "machine", "event", "from", "to"),
		refusals:    counter("refusals_total", "Events that machines refused.", "machine", "event", "cause"),
		unanswered:  counter("unanswered_total", "Messages that machines ignored or deferred.", "machine", "event", "delivery"),
		sessions:    desc("sessions", "Sessions in each joint state.", "machine", "state"),
		recorded:    desc("record_lines_total", "Lines that a recorder was asked for.", "recording"),
		lost:        desc("record_lost_lines_total", "Lines that a recorder could not write.", "recording"),
	}
}

// Declare says which states and events a machine, or the system of a joint machine, has. A second time adds to the first.
func (c *Collector) Declare(name string, states, events []string) {
	c.lock.Lock()
	defer c.lock.Unlock()
	m, ok := c.names[name]
	if !ok {
		m = machine{map[string]bool{}, map[string]bool{}}
		c.names[name] = m
	}
	for _, s := range states {
		m.states[s] = true
	}
	for _, e := range events {
		m.events[e] = true
	}
}

// Watch declares the joint machine of a class and, if counts is not nil, shows how many sessions are in each joint state. counts
// has an entry for each of class.States, as Counts of a fleet does; it is called when Prometheus asks. A class is watched once:
// the error says that it is already.
func Watch[S, E, F any](c *Collector, class *fsm.Class[S, E, F], counts func() []int) error {
	c.Declare(class.Name, class.States, class.Events)
	if counts == nil {
		return nil
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, w := range c.watched {
		if w.machine == class.Name {
			return fmt.Errorf("prometheus: the sessions of %s are watched already", class.Name)
		}
	}
	c.watched = append(c.watched, watched{class.Name, class.States, counts})
	return nil
}

// WatchRecording shows how a recorder is doing; stats is its method Stats. The error says that the name is taken.
func (c *Collector) WatchRecording(name string, stats func() record.Stats) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, r := range c.recordings {
		if r.name == name {
			return fmt.Errorf("prometheus: a recording %q is watched already", name)
		}
	}
	c.recordings = append(c.recordings, recording{name, stats})
	return nil
}

// Observe counts an event, for [fsm.Observe].
func (c *Collector) Observe(o fsm.Observation) {
	if o.Delivery == fsm.DeliveryTaken {
		c.transition(transition{o.Machine, o.Event, o.From, o.To}).Inc()
		return
	}
	c.lock.RLock()
	m, declared := c.names[o.Machine]
	event := among(m.events, o.Event)
	c.lock.RUnlock()
	name := o.Machine
	if !declared {
		name = Other
	}
	if o.Delivery == fsm.DeliveryRefused {
		c.refusals.WithLabelValues(name, event, o.Refused.Name()).Inc()
		return
	}
	c.unanswered.WithLabelValues(name, event, o.Delivery.String()).Inc()
}

// transition is the counter of a step. Those that have been taken before are found without a change.
func (c *Collector) transition(t transition) client.Counter {
	c.lock.RLock()
	counter := c.known[t]
	c.lock.RUnlock()
	if counter != nil {
		return counter
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	m, declared := c.names[t.machine]
	if !declared {
		return c.transitions.WithLabelValues(Other, Other, Other, Other)
	}
	bounded := transition{t.machine, among(m.events, t.event), among(m.states, t.from), among(m.states, t.to)}
	if len(c.known) >= c.options.Series {
		return c.transitions.WithLabelValues(bounded.machine, bounded.event, Other, Other)
	}
	counter = c.transitions.WithLabelValues(bounded.machine, bounded.event, bounded.from, bounded.to)
	if bounded == t {
		c.known[t] = counter
	}
	return counter
}

// among is the name if it was declared.
func among(declared map[string]bool, name string) string {
	if declared[name] {
		return name
	}
	return Other
}

// Describe is of client_golang's interface Collector.
func (c *Collector) Describe(to chan<- *client.Desc) {
	c.transitions.Describe(to)
	c.refusals.Describe(to)
	c.unanswered.Describe(to)
	to <- c.sessions
	to <- c.recorded
	to <- c.lost
}

// Collect is of client_golang's interface Collector.
func (c *Collector) Collect(to chan<- client.Metric) {
	c.transitions.Collect(to)
	c.refusals.Collect(to)
	c.unanswered.Collect(to)
	c.lock.RLock()
	watched, recordings := c.watched, c.recordings
	c.lock.RUnlock()
	for _, w := range watched { // without the lock: counts may be slow, or observed
		counts := w.counts()
		for i, state := range w.states {
			if i < len(counts) {
				to <- client.MustNewConstMetric(c.sessions, client.GaugeValue, float64(counts[i]), w.machine, state)
			}
		}
	}
	for _, r := range recordings {
		stats := r.stats()
		to <- client.MustNewConstMetric(c.recorded, client.CounterValue, float64(stats.Last), r.name)
		to <- client.MustNewConstMetric(c.lost, client.CounterValue, float64(stats.Lost), r.name)
	}
}
