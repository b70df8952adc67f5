package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// checkOptions are what the command line asks of check.
type checkOptions struct {
	set        map[string]string
	systems    []string
	properties []string
	show       []string
	search     check.Options
	reduce     *check.Reductions // nil: nothing was said about them
	timeout    time.Duration
	json       bool
	why        string
	asks       bool // why was given
	walks      check.Walks
	questions  questions
	junit      string // files to write
	sarif      string

	annotations bool // lines for a build service, on standard error
	text        check.TextOptions
}

// flags declares the flags of check.
func (o *checkOptions) flags() *flag.FlagSet {
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	o.set = map[string]string{}
	fs.Func("set", "", func(s string) error { return setConstant(o.set, s) })
	fs.Func("system", "", named(&o.systems))
	fs.Func("property", "", named(&o.properties))
	o.questions.flags(fs)
	fs.Func("show", "", named(&o.show))
	fs.Func("why", "", func(s string) error { o.why, o.asks = s, true; return nil })
	o.walkFlags(fs)
	fs.Func("max-states", "", func(s string) error {
		n, err := parseCount(s, 1000)
		o.search.MaxStates = int(n)
		return err
	})
	fs.Func("max-memory", "", func(s string) (err error) {
		o.search.MaxMemory, err = parseCount(s, 1024)
		return err
	})
	fs.Func("max-choices", "", func(s string) error {
		n, err := parseCount(s, 1000)
		o.search.MaxChoices = int(n)
		return err
	})
	fs.BoolVar(&o.search.Compiled, "compiled", false, "")
	fs.Func("reduce", "", func(s string) error {
		set, err := check.ParseReductions(s)
		o.reduce = &set
		return err
	})
	fs.BoolVar(&o.search.Fingerprints, "hash", false, "")
	fs.StringVar(&o.search.Dir, "dir", "", "")
	fs.BoolVar(&o.search.Resume, "resume", false, "")
	fs.DurationVar(&o.search.Checkpoint, "checkpoint", 0, "")
	fs.Func("workers", "", func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > check.MaxWorkers {
			return fmt.Errorf("say a number from 1 to %d", check.MaxWorkers)
		}
		o.search.Workers = n
		return nil
	})
	fs.DurationVar(&o.timeout, "timeout", 0, "")
	o.tellFlags(fs)
	return fs
}

// named reads a flag that may be repeated into a list. An empty name, of a variable of a shell perhaps that is not set, would be that of
// every property without one.
func named(list *[]string) func(string) error {
	return func(s string) error {
		if s == "" {
			return errors.New("say a name")
		}
		*list = append(*list, s)
		return nil
	}
}

// tellFlags declares the flags of how it is told.
func (o *checkOptions) tellFlags(fs *flag.FlagSet) {
	fs.BoolVar(&o.json, "json", false, "")
	fs.StringVar(&o.junit, "junit", "", "")
	fs.StringVar(&o.sarif, "sarif", "", "")
	fs.BoolVar(&o.annotations, "annotations", false, "")
	fs.Func("trace", "", func(s string) error {
		styles := map[string]check.TraceStyle{"chart": check.ChartStyle, "table": check.TableStyle, "both": check.BothStyles}
		style, ok := styles[s]
		if !ok {
			return errors.New("say chart, table or both")
		}
		o.text.Trace = style
		return nil
	})
	fs.BoolVar(&o.text.ASCII, "ascii", false, "")
	fs.IntVar(&o.text.Width, "width", 0, "")
	fs.BoolVar(&o.text.Verbose, "v", false, "")
	fs.BoolVar(&o.text.Coverage, "coverage", false, "")
	fs.BoolVar(&o.text.Quiet, "quiet", false, "")
}

// walkFlags declares the flags of random walks.
func (o *checkOptions) walkFlags(fs *flag.FlagSet) {
	fs.Func("simulate", "", func(s string) error {
		n, err := parseCount(s, 1000)
		if err == nil && (n < 1 || n > 1<<40) {
			return errors.New("say how many walks, such as 10k")
		}
		o.walks.Walks = int(n)
		return err
	})
	fs.Func("depth", "", func(s string) error {
		n, err := parseCount(s, 1000)
		if err == nil && (n < 1 || n > 1<<24) {
			return errors.New("say how many steps, such as 500")
		}
		o.walks.Depth = int(n)
		return err
	})
	fs.Uint64Var(&o.walks.Seed, "seed", 0, "")
}

// contradiction says which flags do not go together, and what to do about it; "" if they do.
func (o *checkOptions) contradiction() string {
	switch {
	case o.text.Quiet && o.text.Verbose:
		return "-quiet and -v exclude each other"
	case o.text.Width < 0 || o.timeout < 0 || o.search.Checkpoint < 0:
		return "-width, -timeout and -checkpoint are not negative"
	case o.asks && (len(o.properties)+len(o.show) > 0 || o.questions.asks() || o.annotations || o.junit+o.sarif != ""):
		return "-why asks for one thing: leave -property, -show, -questions, -ltl, -cut, -junit, -sarif and -annotations out"
	case o.junit != "" && o.junit == o.sarif:
		return "-junit and -sarif name one file: the one report would take the place of the other"
	case o.search.Resume && o.search.Dir == "":
		return "-resume needs -dir, the folder of the search that is to go on"
	case o.search.Checkpoint > 0 && o.search.Dir == "":
		return "-checkpoint is about -dir, the folder that a search can go on from"
	case o.walks.Walks == 0 && (o.walks.Depth > 0 || o.walks.Seed > 0):
		return "-depth and -seed are about -simulate N: say how many walks"
	case o.walks.Walks > 0 && (o.asks || o.search.Compiled || o.search.Workers > 1 || o.search.Fingerprints || o.search.Dir != ""):
		return "-simulate walks, and does not search: leave -why, -compiled, -workers, -hash and -dir out"
	case o.search.Fingerprints && o.search.Dir != "":
		return "-hash and -dir exclude each other: -dir keeps whole states"
	}
	return ""
}

func runCheck(sh *shell, args []string) int {
	var o checkOptions
	args, code, ok := sh.parse(o.flags(), args)
	if !ok {
		return code
	}
	if why := o.contradiction(); why != "" {
		return sh.usage("check", "%s", why)
	}
	o.search.Compiled = o.search.Compiled || o.search.Fingerprints || o.search.Dir != ""
	dirs, err := folders(args)
	if err != nil {
		return sh.fail("%s", err)
	}
	if o.text.Width == 0 {
		o.text.Width = columnsOf(sh.out)
	}
	o.text.Color = inColour(sh.out)
	ctx := sh.ctx
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	c := &checking{sh: sh, o: &o, ctx: ctx, brief: len(dirs) > 1 && !o.text.Verbose && !o.text.Coverage}
	if o.asks {
		return c.why(dirs)
	}
	return c.all(dirs)
}

// checking is one run of check over folders.
type checking struct {
	sh  *shell
	o   *checkOptions
	ctx context.Context
	sum summary
	doc document

	// brief: there are several specs, and a system of which all is as expected gets one line.
	brief bool
}

// all checks folder after folder, and tells how it went.
func (c *checking) all(dirs []string) int {
	specs := compileAll(dirs, c.o.set)
	if err := c.o.questions.of(specs); err != nil {
		return c.sh.usage("check", "%s", err)
	}
	if err := c.known(specs); err != nil {
		return c.sh.usage("check", "%s", err)
	}
	if err := c.prebuild(specs); err != nil {
		return c.sh.fail("%s", err)
	}
	for _, s := range specs {
		c.folder(s)
	}
	c.sum.exit = worse(c.sum.exit, c.files())
	if c.o.json {
		c.doc.Summary = c.sum.image()
		return worse(c.sum.exit, c.doc.write(c.sh))
	}
	if c.sum.specs > c.sum.broken {
		c.sum.tell(c.sh.out)
	}
	return c.sum.exit
}

// prebuild builds the searches of all systems at once, if they are to be compiled.
func (c *checking) prebuild(specs []*compiled) error {
	if !c.o.search.Compiled {
		return nil
	}
	var systems []*fsm.System
	for _, s := range specs {
		if s.ok() {
			systems = append(systems, slices.DeleteFunc(slices.Clone(s.spec.Systems), func(sys *fsm.System) bool { return !c.wants(sys) })...)
		}
	}
	if len(systems) == 1 {
		return nil // its run builds what it needs
	}
	err := check.Prebuild(c.ctx, systems, c.options)
	if c.ctx.Err() != nil {
		return nil // it was ended: the runs tell that
	}
	return err
}

// known reports a system or property that was asked for and that nothing has.
func (c *checking) known(specs []*compiled) error {
	var systems, properties, shown []string
	for _, s := range specs {
		if !s.ok() {
			return nil // what is wrong with it comes first
		}
		for _, sys := range s.spec.Systems {
			systems = append(systems, sys.Name)
			if c.wants(sys) {
				properties = append(properties, check.Names(sys)...)
			}
			shown = append(shown, c.shown(s, sys)...)
		}
	}
	for _, name := range c.o.systems {
		if !slices.Contains(systems, name) {
			return fmt.Errorf("no system %q%s", name, didYouMean(name, systems))
		}
	}
	if len(c.o.show) > 0 && len(shown) == 0 {
		return fmt.Errorf("no property or scenario %q to show%s", c.o.show[0], didYouMean(c.o.show[0], properties))
	}
	for _, name := range c.o.properties {
		if !slices.Contains(properties, name) && !slices.ContainsFunc(properties, func(p string) bool { return family(p) == name }) {
			return fmt.Errorf("no property or scenario %q%s", name, didYouMean(name, properties))
		}
	}
	return nil
}

// asked reports whether a property of that name is to be decided; the name without an index asks for all that "for" made.
func (c *checking) asked(name string) bool {
	return name != "" && (slices.Contains(c.o.properties, name) || slices.Contains(c.o.properties, family(name)))
}

// shown lists the properties and scenarios of a system whose traces are asked for, by their name, or by that of the
// system or of the spec and the system before it.
func (c *checking) shown(s *compiled, sys *fsm.System) []string {
	return slices.DeleteFunc(check.Names(sys), func(name string) bool {
		whole := "." + s.spec.Name + "." + sys.Name + "." + name
		return name == "" || !slices.ContainsFunc(c.o.show, func(asked string) bool {
			return strings.HasSuffix(whole, "."+asked) || strings.HasSuffix(family(whole), "."+asked)
		})
	})
}

// family is the name of a property without the index that "for" gave it.
func family(name string) string {
	base, _, _ := strings.Cut(name, "[")
	return base
}

// wants reports whether a system is to be checked.
func (c *checking) wants(sys *fsm.System) bool {
	return len(c.o.systems) == 0 || slices.Contains(c.o.systems, sys.Name)
}

// folder checks the systems of one spec.
func (c *checking) folder(s *compiled) {
	image := c.doc.add(s)
	c.sum.specs++
	if !c.o.json {
		s.tell(c.sh.err)
	}
	if !s.ok() {
		c.sum.broken++
		c.sum.exit = worse(c.sum.exit, exitInput)
		return
	}
	if len(s.spec.Systems) == 0 && !c.o.json && !c.o.text.Quiet {
		wayOut := ""
		if len(s.spec.Machines) > 0 {
			wayOut = "; a system names the instances, as in system S { x " + spec.Echo(s.spec.Machines[0].Name) + " }"
		}
		fmt.Fprintf(c.sh.out, "%s: %s and no system: nothing to check%s\n\n", spec.Echo(s.spec.Name), plural(len(s.spec.Machines), "machine"), wayOut)
	}
	if len(s.unasked) > 0 {
		c.sum.undecided += len(s.unasked)
		c.sum.exit = worse(c.sum.exit, exitUnknown)
	}
	for _, sys := range s.spec.Systems {
		switch {
		case !c.wants(sys):
		case c.ctx.Err() != nil && c.sum.systems > 0:
			c.sum.skipped++ // a search that ends at once tells nothing
			image.Skipped = append(image.Skipped, sys.Name)
			c.sum.exit = worse(c.sum.exit, exitUnknown)
		default:
			c.system(s, sys, image)
		}
	}
	c.unused(s, image)
}

// unused tells, of a spec with several systems, what none of them needs. What one of several systems does not need says
// little: the same machines stand in all.
func (c *checking) unused(s *compiled, image *specDocument) {
	if c.o.json || c.o.text.Quiet || len(s.spec.Systems) == 1 || c.brief || len(image.Systems) != len(s.spec.Systems) {
		return
	}
	var b bytes.Buffer
	check.WriteCoverage(&b, image.Systems, c.o.text)
	if b.Len() > 0 {
		fmt.Fprintf(c.sh.out, "%s\n%s\n", c.bold(s.spec.Name+", in all systems"), b.String())
	}
}

func (c *checking) bold(text string) string {
	if text = spec.Echo(text); c.o.text.Color {
		return "\x1b[1m" + text + "\x1b[0m"
	}
	return text
}

// system checks one system.
func (c *checking) system(s *compiled, sys *fsm.System, image *specDocument) {
	search := c.options(sys)
	if len(c.o.properties) > 0 && len(search.Properties) == 0 {
		return // they are those of other systems
	}
	shown := c.shown(s, sys)
	search.Plain = len(shown) == 0 && !c.o.text.Verbose && !c.o.json && !c.o.annotations && c.o.junit+c.o.sarif == ""
	name := s.spec.Name + "." + sys.Name
	report := c.run(name, sys, search, image)
	c.sum.systems++
	if report == nil {
		return
	}
	o := c.o.text
	o.Show = shown
	c.sum.add(name, report, c.o.text.ASCII)
	image.Systems = append(image.Systems, report)
	switch {
	case c.o.json:
	case c.brief && calm(report) && len(o.Show) == 0:
		if !c.o.text.Quiet {
			c.line(name, report)
		}
	case !c.o.text.Quiet || !report.Met() || len(o.Show) > 0 || o.Coverage:
		fmt.Fprintf(c.sh.out, "%s   %s\n", c.bold(name), spec.Echo(sys.Span.String()))
		o.NoCoverage = len(s.spec.Systems) > 1 && !o.Verbose
		check.WriteText(c.sh.out, report, o)
		fmt.Fprintln(c.sh.out)
	}
}

// options are those of the search of one system.
func (c *checking) options(sys *fsm.System) check.Options {
	search := c.o.search
	search.Reduce = c.reductions(sys)
	if len(c.o.properties) > 0 {
		search.Properties = slices.DeleteFunc(check.Names(sys), func(name string) bool { return !c.asked(name) })
	}
	return search
}

// run searches one system and tells how far it has come. The report is nil if it cannot be searched, and that is told.
func (c *checking) run(name string, sys *fsm.System, search check.Options, image *specDocument) *check.Report {
	p := &progress{w: c.sh.err, terminal: isTerminal(c.sh.err), columns: columnsOf(c.sh.err), system: spec.Echo(name)}
	search.Progress = p.tell
	var report *check.Report
	var err error
	if c.o.walks.Walks > 0 {
		report, err = check.Simulate(c.ctx, sys, search, c.o.walks)
	} else {
		report, err = check.Run(c.ctx, sys, search)
	}
	p.clear()
	if err == nil {
		return report
	}
	image.Errors = append(image.Errors, err.Error())
	c.sum.exit = worse(c.sum.exit, exitInput)
	c.sum.broken++
	if !c.o.json {
		c.sh.fail("%s: %s", sys.Span, err)
	}
	return nil
}

// reductions are what the command line asks for; if it does not say, all of them where people read the verdicts, and none
// where the numbers of joint states are what counts: they are compared with published ones.
func (c *checking) reductions(sys *fsm.System) check.Reductions {
	switch {
	case c.o.reduce != nil:
		return *c.o.reduce
	case c.o.json, filepath.Ext(sys.Span.File) == dveExt:
		return check.NoReductions
	}
	return check.DefaultReductions
}

// calm reports whether a report holds nothing but what was expected.
func calm(r *check.Report) bool {
	return r.Met() && !slices.ContainsFunc(r.Verdicts, func(v check.Verdict) bool { return v.Vacuous })
}

// line tells of a system in one line.
func (c *checking) line(name string, r *check.Report) {
	sign := "✓"
	if c.o.text.ASCII {
		sign = "+"
	}
	text := fmt.Sprintf("%d as expected, %s states", len(r.Verdicts)+len(r.Scenarios), short(float64(r.Stats.States)))
	if slices.ContainsFunc(r.Stats.Reductions, func(by check.Reduction) bool { return by.Why == "" }) {
		text += " (reduced)"
	}
	if n := len(r.Assumptions); n > 0 {
		text += ", " + plural(n, "assumption")
	}
	if r.Missed > 0 {
		text += "; " + check.Odds(r.Missed)
	}
	fmt.Fprintf(c.sh.out, "%s %-24s %s\n", sign, spec.Echo(name), text)
}
