package load

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"interlock/machines/wukongim/gateway"
)

// Report is what was seen.
type Report struct {
	Limits      string // what the computer allows, and what was made of it
	Asked, Made int    // connections
	Processes   int

	Opening, Ending, Stopping time.Duration

	Before, Peak, After Footprint
	Counts, Left        gateway.Counts // when all were open, and when the gateway had stopped
	Ways                map[string]int
	Reasons             map[gateway.Reason]uint64 // why sockets were shut
	Shut                int                       // clients that were shut without their farewell when the gateway stopped

	Checks  int      // comparisons of the books
	Orphans int      // connections that were in one and not in the other
	Open    int      // connections that had not ended at one of their ends when all should have
	Untold  int      // clients that listened and were not told farewell
	Failed  int      // requests that went wrong
	Errors  []string // the first of all those
	Wrong   []string // what is wrong: all of the above, and leaks
}

// besides is how many descriptors everything else takes.
const besides = 256

// Limit finds out how many connections one process can have both ends of, raising its limit as far as it may, and says what of.
func Limit(asked int) (text string, made int) {
	want := uint64(2*asked + besides)
	before, now, most := raise(want)
	made = asked
	if now < want {
		made = max(int(now)-besides, 2) / 2
	}
	text = fmt.Sprintf("%d open files in a process (%d at the beginning, at most %d without privilege), two for each connection", now, before, most)
	if runtime.GOOS != "linux" {
		made = min(made, portsEach/2)
		return text + "; one address", made
	}
	if ports, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		text += fmt.Sprintf("; ports %s: at most %d connections from one address of 127/8", strings.Join(strings.Fields(string(ports)), " to "), portsEach)
	}
	return text, made
}

// wrong says what is wrong: orphans, connections that did not end, clients that were not told, leaks.
func (r *Report) wrong() []string {
	var wrong []string
	note := func(n int, format string) {
		if n != 0 {
			wrong = append(wrong, fmt.Sprintf(format, n))
		}
	}
	note(r.Orphans, "%d orphans")
	note(r.Open, "%d connections did not end")
	note(r.Untold, "%d clients were not told farewell")
	note(r.Failed, "%d requests failed")
	note(r.Left.Sessions, "%d machines left")
	note(r.Left.Sockets, "%d sockets left")
	note(r.Left.Reached, "%d users' connections left")
	note(max(0, r.After.Goroutines-r.Before.Goroutines), "%d goroutines leaked")
	note(max(0, r.After.Files-r.Before.Files), "%d descriptors leaked")
	if r.After.Heap > r.Before.Heap+slack {
		wrong = append(wrong, fmt.Sprintf("%s of memory leaked", size(r.After.Heap-r.Before.Heap)))
	}
	return wrong
}

// Err is what is wrong as an error.
func (r *Report) Err() error {
	if len(r.Wrong) == 0 {
		return nil
	}
	return fmt.Errorf("load: %s", strings.Join(r.Wrong, ", "))
}

// Add adds what another process has seen at the same time.
func (r *Report) Add(o *Report) {
	r.Made, r.Processes = r.Made+o.Made, r.Processes+o.Processes
	r.Opening, r.Ending, r.Stopping = max(r.Opening, o.Opening), max(r.Ending, o.Ending), max(r.Stopping, o.Stopping)
	for _, pair := range [][2]*Footprint{{&r.Before, &o.Before}, {&r.Peak, &o.Peak}, {&r.After, &o.After}} {
		pair[0].Goroutines += pair[1].Goroutines
		pair[0].Files += pair[1].Files
		pair[0].Heap += pair[1].Heap
	}
	for _, pair := range [][2]*gateway.Counts{{&r.Counts, &o.Counts}, {&r.Left, &o.Left}} {
		pair[0].Sessions += pair[1].Sessions
		pair[0].Sockets += pair[1].Sockets
		pair[0].Reached += pair[1].Reached
		pair[0].Users += pair[1].Users
	}
	if r.Ways == nil {
		r.Ways, r.Reasons = map[string]int{}, map[gateway.Reason]uint64{}
	}
	for name, n := range o.Ways { // in any order: sums
		r.Ways[name] += n
	}
	for why, n := range o.Reasons { // in any order: sums
		r.Reasons[why] += n
	}
	r.Shut, r.Checks, r.Orphans, r.Open = r.Shut+o.Shut, r.Checks+o.Checks, r.Orphans+o.Orphans, r.Open+o.Open
	r.Untold, r.Failed = r.Untold+o.Untold, r.Failed+o.Failed
	r.Errors, r.Wrong = append(r.Errors, o.Errors...), append(r.Wrong, o.Wrong...)
}

// size is a number of bytes for people.
func size(bytes uint64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }

// Write writes the report for people.
func (r *Report) Write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "connections\t%d of %d asked, open at once\n", r.Made, r.Asked)
	fmt.Fprintf(w, "gateways\t%d, each in a process with its clients\n", r.Processes)
	fmt.Fprintf(w, "limits\t%s\n", r.Limits)
	fmt.Fprintf(w, "opened in\t%s\t%.0f a second\n", r.Opening.Round(time.Millisecond), float64(r.Made)/r.Opening.Seconds())
	fmt.Fprintf(w, "ended in\t%s\n", r.Ending.Round(time.Millisecond))
	fmt.Fprintf(w, "gateway stopped in\t%s\n", r.Stopping.Round(time.Millisecond))
	fmt.Fprintf(w, "\nway\tconnections\tends as\n")
	for _, way := range ways {
		why := fmt.Sprint(way.why[0])
		for _, other := range way.why[1:] {
			why += " or " + other.String()
		}
		fmt.Fprintf(w, "%s\t%d\t%s\n", way.name, r.Ways[way.name], why)
	}
	fmt.Fprintf(w, "\nthe gateway's reasons\tconnections\n")
	for why := range gateway.AllReasons() {
		fmt.Fprintf(w, "%s\t%d\n", why, r.Reasons[why])
	}
	fmt.Fprintf(w, "\n\tmachines\tproxy's book\tleader's book\n")
	fmt.Fprintf(w, "all open\t%d\t%d\t%d\n", r.Counts.Sessions, r.Counts.Sockets, r.Counts.Reached)
	fmt.Fprintf(w, "stopped\t%d\t%d\t%d\n", r.Left.Sessions, r.Left.Sockets, r.Left.Reached)
	fmt.Fprintf(w, "\n\tgoroutines\tdescriptors\tlive heap\n")
	for _, f := range []struct {
		name string
		Footprint
	}{{"before", r.Before}, {"all open", r.Peak}, {"after", r.After}} {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", f.name, f.Goroutines, f.Files, size(f.Heap))
	}
	fmt.Fprintf(w, "\norphans\t%d\tin %d comparisons of the books, before, during and after\n", r.Orphans, r.Checks)
	for _, err := range r.Errors {
		fmt.Fprintf(w, "error: %s\n", err)
	}
	return w.Flush()
}
