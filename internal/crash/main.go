// Command crash kills a recording program again and again, and looks at what is left.
//
//	go run ./internal/crash -n 100
//
// A child holds a fleet of joint machines, records what they do, and saves the fleet over and over; whatever it is told is kept,
// it says on standard output: the number of a line when Write or Flush has returned it, the number of a snapshot when Save has
// returned. After a moment it is killed, as by kill -9. Then everything that it said must be there: each line, whole and in its
// place; the last snapshot or a later one, whole, each session in it in the state that the recording says; nothing damaged; at
// most one line without an end, behind all others; and every session a run that the reference step allows. The next child
// goes on in the same files, with a fleet of its own.
//
// A process that is killed does not take the operating system with it: what the disk does when the power fails is not tried
// here.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	n := flag.Int("n", 100, "how often to kill")
	seed := flag.Int64("seed", 1, "for the moments of the kills, as far as those can be repeated")
	child := flag.String("child", "", "record in this folder until killed")
	round := flag.Int("round", 0, "of the child")
	spec := flag.String("spec", "machines/wukongim/repaired", "the folder of the spec that the recorded machines are generated from")
	flag.Parse()
	if *child != "" {
		if err := record(*child, *round, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "crash:", err)
			os.Exit(2)
		}
		return
	}
	self, err := os.Executable()
	if err == nil {
		var tally tally
		tally, err = campaign(*n, *seed, *spec, func(dir string, round int) []string {
			return []string{self, "-child", dir, "-round", fmt.Sprint(round)}
		})
		fmt.Println(tally)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}
