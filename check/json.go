package check

import (
	"bytes"
	"encoding/json"

	"interlock/fsm"
)

// The JSON image of a report. Names are stable: a field is never renamed, and new ones may come.

type jsonReport struct {
	System      string          `json:"system"`
	Place       *jsonPlace      `json:"place,omitempty"`
	Met         bool            `json:"met"`
	Complete    bool            `json:"complete"`
	Reason      string          `json:"reason,omitempty"`
	Missed      float64         `json:"missed,omitempty"`
	Verdicts    []jsonVerdict   `json:"verdicts"`
	Scenarios   []jsonScenario  `json:"scenarios"`
	Bounds      []string        `json:"bounds"`
	Faults      []string        `json:"faults"`
	Assumptions []string        `json:"assumptions"`
	Coverage    jsonCoverage    `json:"coverage"`
	Stats       jsonStats       `json:"stats"`
	Simulation  *jsonSimulation `json:"simulation,omitempty"`
}

type jsonPlace struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
}

type jsonVerdict struct {
	Name     string        `json:"name,omitempty"`
	Kind     string        `json:"kind"`
	Text     string        `json:"text,omitempty"`
	Place    *jsonPlace    `json:"place,omitempty"`
	Result   string        `json:"result"`
	Expected string        `json:"expected"`
	Met      bool          `json:"met"`
	Vacuous  bool          `json:"vacuous"`
	Reason   string        `json:"reason,omitempty"`
	Notes    []string      `json:"notes,omitempty"`
	Trace    *jsonTrace    `json:"trace,omitempty"`
	Because  []jsonBecause `json:"because,omitempty"`
	Waits    []jsonWaiting `json:"waits,omitempty"` // of a deadlock
	More     []*jsonTrace  `json:"more,omitempty"`
	Hidden   int           `json:"hidden,omitempty"`
}

type jsonScenario struct {
	Name     string     `json:"name"`
	Place    *jsonPlace `json:"place,omitempty"`
	Result   string     `json:"result"`
	Expected string     `json:"expected"`
	Met      bool       `json:"met"`
	Reason   string     `json:"reason,omitempty"`
	Done     int        `json:"done"`
	Enabled  []string   `json:"enabled,omitempty"`
	Trace    *jsonTrace `json:"trace,omitempty"`
}

type jsonCoverage struct {
	Taken        []jsonTakenCount `json:"taken,omitempty"` // in the order of the text; missing: not counted
	NeverTaken   []jsonUntaken    `json:"neverTaken"`
	NeverEntered []jsonUnentered  `json:"neverEntered"`
	Cut          int              `json:"cut"`
	CutTrace     *jsonTrace       `json:"cutTrace,omitempty"`
}

type jsonTakenCount struct {
	Machine  string     `json:"machine,omitempty"`
	Text     string     `json:"text"`
	Count    int64      `json:"count"`
	Deferred bool       `json:"deferred,omitempty"`
	Place    *jsonPlace `json:"place,omitempty"`
}

type jsonUntaken struct {
	Machine string     `json:"machine,omitempty"`
	Text    string     `json:"text"`
	Place   *jsonPlace `json:"place,omitempty"`
}

type jsonUnentered struct {
	Machine string     `json:"machine"`
	State   string     `json:"state"`
	Place   *jsonPlace `json:"place,omitempty"`
}

type jsonStats struct {
	States        int     `json:"states"`
	Transitions   int     `json:"transitions"`
	Depth         int     `json:"depth"`
	Explored      int     `json:"explored"`
	Levels        []int   `json:"levels"`
	Seconds       float64 `json:"seconds"`
	StateBits     int     `json:"stateBits"`
	StateBytes    int     `json:"stateBytes"`
	TableBytes    int64   `json:"tableBytes"`
	BytesPerState float64 `json:"bytesPerState"`
	Compiled      bool    `json:"compiled,omitempty"`
	NotCompiled   string  `json:"notCompiled,omitempty"`
	BuildSeconds  float64 `json:"buildSeconds,omitempty"`
	Fingerprints  bool    `json:"fingerprints,omitempty"`
	Dir           string  `json:"dir,omitempty"`
	StoredBytes   int64   `json:"storedBytes,omitempty"`
	Resumed       bool    `json:"resumed,omitempty"`

	Reductions []jsonReduction `json:"reductions,omitempty"`
}

// jsonReduction has of, or why it did nothing.
type jsonReduction struct {
	By  string `json:"by"`
	Of  string `json:"of,omitempty"`
	Why string `json:"why,omitempty"`
}

func jsonReductions(list []Reduction) []jsonReduction {
	var images []jsonReduction
	for _, r := range list {
		images = append(images, jsonReduction{r.By.String(), r.Of, r.Why})
	}
	return images
}

// jsonSimulation is what random walks did.
type jsonSimulation struct {
	Walks    int     `json:"walks"`
	Depth    int     `json:"depth"`
	Seed     uint64  `json:"seed"`
	Done     int     `json:"done"`
	Ended    int     `json:"ended"`
	Steps    int64   `json:"steps"`
	Looked   int64   `json:"looked"`
	Distinct int64   `json:"distinct"` // an estimate
	Seconds  float64 `json:"seconds"`
}

// MarshalJSON writes everything that the report holds, traces step by step, under names that stay: see docs/checking.md.
func (r *Report) MarshalJSON() ([]byte, error) {
	st := r.Stats
	image := jsonReport{System: r.System.Name, Place: jsonSpan(r.System.Span), Met: r.Met(), Complete: r.Complete, Reason: r.Reason, Missed: r.Missed,
		Faults:   append([]string{}, faults(r.System)...),
		Bounds:   append([]string{}, bounds(r.System)...),
		Verdicts: []jsonVerdict{}, Scenarios: []jsonScenario{}, Assumptions: append([]string{}, r.Assumptions...),
		Stats: jsonStats{st.States, st.Transitions, st.Depth, st.Explored, append([]int{}, st.Levels...), st.Duration.Seconds(),
			st.StateBits, st.StateBytes, st.TableBytes, st.BytesPerState, st.Compiled, st.NotCompiled, st.Build.Seconds(),
			st.Fingerprints, st.Dir, st.Stored, st.Resumed, jsonReductions(st.Reductions)}}
	for i := range r.Verdicts {
		image.Verdicts = append(image.Verdicts, r.jsonVerdict(&r.Verdicts[i]))
	}
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		image.Scenarios = append(image.Scenarios, jsonScenario{s.Scenario.Name, jsonSpan(s.Scenario.Span), s.Result.String(),
			expected(s.Scenario.ExpectViolated), s.Met, s.Reason, s.Done, s.Enabled, r.jsonTrace(s.Trace)})
	}
	image.Coverage = r.jsonCoverage()
	if sim := r.Simulation; sim != nil {
		image.Simulation = &jsonSimulation{sim.Walks.Walks, sim.Depth, sim.Seed, sim.Done, sim.Ended, sim.Steps, sim.Looked, sim.Distinct, sim.Duration.Seconds()}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // "&&" and "->" stay readable
	err := e.Encode(image)
	return b.Bytes(), err
}

func (r *Report) jsonVerdict(v *Verdict) jsonVerdict {
	image := jsonVerdict{Name: v.Property.Name, Kind: KindName(v.Property), Text: oneLine(v.Property.Text),
		Place: jsonSpan(v.Property.Span), Result: v.Result.String(), Expected: expected(v.Property.ExpectViolated), Met: v.Met,
		Vacuous: v.Vacuous, Reason: v.Reason, Notes: v.Notes, Trace: r.jsonTrace(v.Trace), Hidden: v.Hidden}
	image.Because, image.Waits = r.jsonWhy(v)
	for _, tr := range v.More {
		image.More = append(image.More, r.jsonTrace(tr))
	}
	return image
}

func (r *Report) jsonCoverage() jsonCoverage {
	c := &r.Coverage
	image := jsonCoverage{NeverTaken: []jsonUntaken{}, NeverEntered: []jsonUnentered{}, Cut: c.Cut, CutTrace: r.jsonTrace(c.CutTrace)}
	for _, t := range inTextOrder(c.Taken) {
		counted := jsonTakenCount{Text: oneLine(t.Text), Count: t.Count, Deferred: t.Deferred, Place: jsonSpan(t.Span)}
		if t.Machine != nil {
			counted.Machine = t.Machine.Name
		}
		image.Taken = append(image.Taken, counted)
	}
	for _, u := range c.NeverTaken {
		machine := ""
		if u.Machine != nil {
			machine = u.Machine.Name
		}
		image.NeverTaken = append(image.NeverTaken, jsonUntaken{machine, oneLine(u.Text), jsonSpan(u.Span)})
	}
	for _, u := range c.NeverEntered {
		s := u.Machine.States[u.State]
		image.NeverEntered = append(image.NeverEntered, jsonUnentered{u.Machine.Name, s.Name, jsonSpan(s.Span)})
	}
	return image
}

func jsonSpan(s fsm.Span) *jsonPlace {
	if s.IsZero() {
		return nil
	}
	return &jsonPlace{s.File, s.Line, s.Col, s.EndLine, s.EndCol}
}

func expected(violated bool) string {
	if violated {
		return Violated.String()
	}
	return Holds.String()
}

// KindName is the form of a property, such as "leads to"; of a built-in check, its name.
func KindName(pr *fsm.Property) string {
	switch pr.Kind {
	case fsm.Never:
		return "never"
	case fsm.Always:
		return "always"
	case fsm.AfterAlways:
		return "after always"
	case fsm.Reachable:
		return "reachable"
	case fsm.Recoverable:
		return "recoverable"
	case fsm.Eventually:
		return "eventually"
	case fsm.LeadsTo:
		return "leads to"
	case fsm.InfinitelyOften:
		return "infinitely often"
	}
	return builtinNames[pr.Builtin]
}
