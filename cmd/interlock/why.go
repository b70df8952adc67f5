package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
	"interlock/spec/dve"
)

// whyName is the name of the property that -why makes of its condition, and its "file" in diagnostics.
const whyName = "-why"

// asking is one run of check -why: the shortest run of each system to a joint state in which a condition holds.
type asking struct {
	*checking
	found, absent, open int
	refused             []refusal
}

// refusal is a system that the condition cannot be asked of, and what is wrong with it there.
type refusal struct {
	system      string
	diagnostics []spec.Diagnostic
}

// why asks folder after folder. As with grep, it is enough that one system has such a joint state.
func (c *checking) why(dirs []string) int {
	specs := compileAll(dirs, c.o.set)
	if err := c.known(specs); err != nil {
		return c.sh.usage("check", "%s", err)
	}
	a := &asking{checking: c}
	for _, s := range specs {
		a.folder(s)
	}
	asked := a.found + a.absent + a.open
	switch {
	case c.sum.exit == exitInput:
	case asked == 0 && len(a.refused) > 0:
		if !c.o.json {
			a.tell(a.refused[0].diagnostics)
		}
		c.sum.exit = exitInput
	case asked == 0:
		return c.sh.usage("check", "-why: there is no system to ask")
	case a.found > 0:
		c.sum.exit = exitOK
	case a.open > 0:
		c.sum.exit = exitUnknown
	default:
		c.sum.exit = exitFindings
	}
	if c.o.json {
		c.doc.Summary = c.sum.image()
		return worse(c.sum.exit, c.doc.write(c.sh))
	}
	if asked > 0 && !c.o.text.Quiet {
		a.tellRefused()
	}
	if asked > 1 {
		fmt.Fprintf(c.sh.out, "%s asked: found in %d, in no joint state of %d", plural(asked, "system"), a.found, a.absent)
		if a.open > 0 {
			fmt.Fprintf(c.sh.out, ", unknown in %d", a.open)
		}
		fmt.Fprintln(c.sh.out)
	}
	return c.sum.exit
}

// tell writes what is wrong with the condition.
func (a *asking) tell(diagnostics []spec.Diagnostic) {
	spec.Render(a.sh.err, diagnostics, func(file string) []byte {
		if file == whyName {
			return []byte(a.o.why)
		}
		return nil
	})
}

// tellRefused names the systems that were not asked, once for each reason.
func (a *asking) tellRefused() {
	var reasons []string
	systems := map[string][]string{}
	for _, r := range a.refused {
		reason := r.diagnostics[0].Message
		if systems[reason] == nil {
			reasons = append(reasons, reason)
		}
		systems[reason] = append(systems[reason], r.system)
	}
	for _, reason := range reasons {
		fmt.Fprintf(a.sh.out, "not asked, because %s: %s\n", spec.Echo(reason), spec.Echo(strings.Join(systems[reason], ", ")))
	}
}

// folder asks the systems of one spec.
func (a *asking) folder(s *compiled) {
	image := a.doc.add(s)
	a.sum.specs++
	if !s.ok() {
		if !a.o.json {
			s.tell(a.sh.err)
		}
		a.sum.broken++
		a.sum.exit = exitInput
		return
	}
	sources, err := s.asSpec()
	if err != nil {
		a.sum.exit = a.sh.fail("-why: %s: %s", s.dir, err)
		return
	}
	own := map[string]string{}
	for _, k := range s.spec.Consts {
		if k.Set {
			own[k.Name] = k.Text
		}
	}
	for i, sys := range s.spec.Systems {
		if i > 0 && isForeign(s.dir) {
			break // the same system again, with an automaton that watches
		}
		if a.wants(sys) {
			a.ask(s, sys.Name, sources, own, image)
		}
	}
}

// asSpec is the text of a spec, also of one from another language.
func (c *compiled) asSpec() ([]spec.Source, error) {
	if !isForeign(c.dir) {
		return c.sources, nil
	}
	text, err := dve.Print(c.spec)
	return []spec.Source{{Name: c.dir, Text: text}}, err
}

// ask asks one system.
func (a *asking) ask(s *compiled, system string, sources []spec.Source, set map[string]string, image *specDocument) {
	name := s.spec.Name + "." + system
	withQuestion, diagnostics := spec.CompileWith(sources, set, []spec.Question{{System: system, Name: whyName, Text: a.o.why}})
	if spec.HasErrors(diagnostics) {
		wrong := slices.DeleteFunc(diagnostics, func(d spec.Diagnostic) bool { return d.Severity != spec.Error })
		a.refused = append(a.refused, refusal{name, wrong})
		image.Errors = append(image.Errors, name+" cannot be asked: "+wrong[0].Message)
		return
	}
	sys := withQuestion.Systems[slices.IndexFunc(withQuestion.Systems, func(sys *fsm.System) bool { return sys.Name == system })]
	search := a.o.search
	search.Properties, search.Soon, search.Reduce = []string{whyName}, true, a.reductions(sys)
	if search.Dir != "" {
		search.Dir = filepath.Join(search.Dir, "why") // what is asked of the spec itself has its own
	}
	report := a.run(name, sys, search, image)
	if report == nil {
		return
	}
	a.sum.systems++
	image.Systems = append(image.Systems, report)
	switch v := &report.Verdicts[0]; v.Result {
	case check.Holds:
		a.found++
		a.sum.met++
	case check.Violated:
		a.absent++
		a.sum.notMet++
	default:
		a.open++
		a.sum.undecided++
	}
	if a.o.json {
		return
	}
	o := a.o.text
	o.Show, o.NoCoverage = []string{whyName}, true
	fmt.Fprintf(a.sh.out, "%s   %s\n", a.bold(name), spec.Echo(sys.Span.String()))
	check.WriteText(a.sh.out, report, o)
	fmt.Fprintln(a.sh.out)
}
