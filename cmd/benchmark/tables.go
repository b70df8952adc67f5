package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// writeTables writes the results as Markdown: CPU seconds and ratios, then speed and memory.
func writeTables(w io.Writer, engines []*engine, results []*result) error {
	b := bufio.NewWriter(w)
	rows := byEntry(engines, results)
	times(b, engines, rows)
	alone(b, engines, rows)
	speeds(b, engines, rows)
	reduced(b, engines, rows)
	clocks(b, engines, rows)
	builds(b, engines, results)
	return b.Flush()
}

// byEntry sorts the results into rows, one for each entry, in the order of the engines.
func byEntry(engines []*engine, results []*result) [][]*result {
	var rows [][]*result
	for len(results) > 0 {
		rows = append(rows, results[:len(engines)])
		results = results[len(engines):]
	}
	return rows
}

// pair is one of SPIN's engines over one of ours, by their places: both search everything, or both may leave states out.
type pair struct{ spin, ours int }

func pairs(engines []*engine) []pair {
	var list []pair
	for i, mine := range engines {
		for j, other := range engines {
			if !mine.spin && other.spin && mine.reduces() == other.reduces() {
				list = append(list, pair{spin: j, ours: i})
			}
		}
	}
	return list
}

// times writes the CPU seconds, and how many times as long SPIN takes, with the geometric means.
func times(w io.Writer, engines []*engine, rows [][]*result) {
	head := []string{"system", "joint states", "steps"}
	for _, g := range engines {
		head = append(head, g.name+" s")
	}
	ratios := pairs(engines)
	for _, p := range ratios {
		head = append(head, engines[p.spin].name+" / "+engines[p.ours].name)
	}
	header(w, head)
	for _, row := range rows {
		cells := []string{row[0].entry.name, grouped(row[0].entry.states), grouped(row[0].median().Transitions)}
		for _, r := range row {
			cells = append(cells, fmt.Sprintf("%.2f", r.median().CPU))
		}
		for _, p := range ratios {
			cells = append(cells, fmt.Sprintf("%.2f", row[p.spin].median().CPU/row[p.ours].median().CPU))
		}
		line(w, cells)
	}
	means(w, rows, ratios, 2+len(engines), whole)
}

// whole and program are the CPU seconds of a run: of the whole command, and of the program that was built for the system.
func whole(f figures) float64   { return f.CPU }
func program(f figures) float64 { return f.Search }

// means writes the geometric means of SPIN's seconds to ours, behind so many empty cells: by the median of the runs, and, where there
// are several, by the shortest of each side, which is what other programs on the computer disturb least.
func means(w io.Writer, rows [][]*result, ratios []pair, empty int, of func(figures) float64) {
	write := func(title, style string, of, spin func(*result) float64) {
		cells := append([]string{title}, make([]string, empty)...)
		for _, p := range ratios {
			sum := 0.0
			for _, row := range rows {
				sum += math.Log(spin(row[p.spin]) / of(row[p.ours]))
			}
			cells = append(cells, fmt.Sprintf(style, math.Exp(sum/float64(len(rows)))))
		}
		line(w, cells)
	}
	if len(ratios) == 0 {
		return
	}
	median := func(of func(figures) float64) func(*result) float64 {
		return func(r *result) float64 { return of(r.median()) }
	}
	write("geometric mean", "**%.2f**", median(of), median(whole))
	if len(rows[0][0].runs) > 1 {
		least := func(of func(figures) float64) func(*result) float64 {
			return func(r *result) float64 { return r.least(of) }
		}
		write("the same of the shortest runs", "%.2f", least(of), least(whole))
	}
}

// alone writes what the programs took that were built for the systems, ours and SPIN's, without the process that asks ours.
func alone(w io.Writer, engines []*engine, rows [][]*result) {
	list := slices.DeleteFunc(pairs(engines), func(p pair) bool {
		return !engines[p.ours].compiled || slices.ContainsFunc(rows, func(row []*result) bool { return row[p.ours].median().Search == 0 })
	})
	if len(list) == 0 {
		return
	}
	fmt.Fprint(w, "\nThe search program alone, as pan is counted alone: what `compiled` takes above is the whole command, with the process that reads\n"+
		"the spec, asks the program that was built for it, and makes the report; here is the program. SPIN's side is the same in both tables:\n"+
		"pan, without `spin -a`, which reads the text.\n\n")
	head := []string{"system"}
	var ours, theirs []int
	for _, p := range list {
		if !slices.Contains(ours, p.ours) {
			ours = append(ours, p.ours)
		}
		if !slices.Contains(theirs, p.spin) {
			theirs = append(theirs, p.spin)
		}
	}
	for _, i := range ours {
		head = append(head, engines[i].name+", the program s")
	}
	for _, i := range theirs {
		head = append(head, engines[i].name+" s")
	}
	for _, p := range list {
		head = append(head, engines[p.spin].name+" / the program of "+engines[p.ours].name)
	}
	header(w, head)
	for _, row := range rows {
		cells := []string{row[0].entry.name}
		for _, i := range ours {
			cells = append(cells, fmt.Sprintf("%.3f", row[i].median().Search))
		}
		for _, i := range theirs {
			cells = append(cells, fmt.Sprintf("%.3f", row[i].median().CPU))
		}
		for _, p := range list {
			cells = append(cells, fmt.Sprintf("%.2f", row[p.spin].median().CPU/row[p.ours].median().Search))
		}
		line(w, cells)
	}
	means(w, rows, list, len(ours)+len(theirs), program)
}

// speeds writes states a second of CPU time and bytes a state.
func speeds(w io.Writer, engines []*engine, rows [][]*result) {
	fmt.Fprintln(w)
	head := []string{"system"}
	for _, g := range engines {
		head = append(head, g.name+" M states/s")
	}
	for _, g := range engines {
		head = append(head, g.name+" bytes/state")
	}
	header(w, head)
	for _, row := range rows {
		cells := []string{row[0].entry.name}
		for _, r := range row {
			cells = append(cells, fmt.Sprintf("%.2f", float64(r.median().States)/r.median().CPU/1e6))
		}
		for _, r := range row {
			cells = append(cells, fmt.Sprintf("%.1f", r.median().BytesPerState))
		}
		line(w, cells)
	}
}

// reduced writes how many states the engines explored that may leave some out.
func reduced(w io.Writer, engines []*engine, rows [][]*result) {
	var places []int
	head := []string{"system", "joint states"}
	for i, g := range engines {
		if g.reduces() {
			places = append(places, i)
			head = append(head, g.name+" explores")
		}
	}
	if len(places) == 0 {
		return
	}
	fmt.Fprintln(w)
	header(w, head)
	for _, row := range rows {
		cells := []string{row[0].entry.name, grouped(row[0].entry.states)}
		for _, i := range places {
			cells = append(cells, grouped(row[i].median().States))
		}
		line(w, cells)
	}
}

// clocks writes how much sooner, by the clock, an engine with several workers is done than the same with one, and how much more is done by
// as many searches side by side.
func clocks(w io.Writer, engines []*engine, rows [][]*result) {
	for i, many := range engines {
		one := slices.IndexFunc(engines, func(g *engine) bool {
			return many.workers > 1 && g.name == strings.TrimSuffix(many.name, fmt.Sprintf("-%d", many.workers))
		})
		if one < 0 {
			continue
		}
		beside := slices.IndexFunc(engines, func(g *engine) bool { return g.name == fmt.Sprintf("%s-x%d", engines[one].name, many.workers) })
		fmt.Fprintln(w)
		head := []string{"system", engines[one].name + " s by the clock", many.name + " s by the clock", engines[one].name + " / " + many.name}
		if beside >= 0 {
			head = append(head, fmt.Sprintf("%d times %s / %s", many.workers, engines[one].name, engines[beside].name))
		}
		header(w, head)
		sum, most := 0.0, 0.0
		for _, row := range rows {
			a, b := row[one].shortest(), row[i].shortest()
			sum += math.Log(a / b)
			cells := []string{row[0].entry.name, fmt.Sprintf("%.3f", a), fmt.Sprintf("%.3f", b), fmt.Sprintf("%.2f", a/b)}
			if beside >= 0 {
				limit := float64(many.workers) * a / row[beside].shortest()
				most += math.Log(limit)
				cells = append(cells, fmt.Sprintf("%.2f", limit))
			}
			line(w, cells)
		}
		mean := func(sum float64) float64 { return math.Exp(sum / float64(len(rows))) }
		cells := []string{"geometric mean", "", "", fmt.Sprintf("**%.2f**", mean(sum))}
		if beside >= 0 {
			cells = append(cells, fmt.Sprintf("%.2f", mean(most)))
		}
		line(w, cells)
	}
}

// builds writes how long building took, which no figure above contains.
func builds(w io.Writer, engines []*engine, results []*result) {
	var parts []string
	for _, g := range engines {
		least, most := math.Inf(1), 0.0
		for _, r := range results {
			if r.engine == g && r.build > 0 {
				least, most = min(least, r.build), max(most, r.build)
			}
		}
		if most > 0 {
			parts = append(parts, fmt.Sprintf("%s %.1f to %.1f s", g.name, least, most))
		}
	}
	if len(parts) > 0 {
		fmt.Fprintf(w, "\nBuilt before, by the clock (a search of ours that was built once is kept): %s.\n", strings.Join(parts, ", "))
	}
}

func header(w io.Writer, cells []string) {
	line(w, cells)
	line(w, strings.Split(strings.Repeat("---,", len(cells)-1)+"---", ","))
}

func line(w io.Writer, cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

// grouped writes a number with spaces between thousands.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
