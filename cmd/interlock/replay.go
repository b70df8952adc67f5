package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"

	"interlock/fsm"
	"interlock/fsm/record/replay"
	"interlock/spec"
)

// runReplay holds a recording of what machines did against their specs.
func runReplay(sh *shell, args []string) int {
	var dirs []string
	set := map[string]string{}
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	flags.Func("spec", "", func(s string) error { dirs = append(dirs, s); return nil })
	flags.Func("set", "", func(s string) error { return setConstant(set, s) })
	asJSON := flags.Bool("json", false, "")
	lines := flags.Int("max-lines", 0, "")
	args, code, ok := sh.parse(flags, args)
	switch {
	case !ok:
		return code
	case len(args) != 1:
		return sh.usage("replay", "say which recording: interlock replay -spec FOLDER FILE")
	}
	named := len(dirs) > 0
	dirs, err := folders(dirs)
	switch {
	case err != nil && !named:
		return sh.usage("replay", "there is no spec in this folder: say where it is: interlock replay -spec FOLDER %s", args[0])
	case err != nil:
		return sh.fail("%s", err)
	}
	specs, ok := sh.specs(dirs, set)
	if !ok {
		return exitInput
	}
	checker := replay.New(replay.Limits{Lines: *lines}, specs...)
	err = checker.Files(args[0])
	if err != nil && !errors.Is(err, replay.ErrTooLong) {
		return sh.fail("%s", err)
	}
	report := checker.Report()
	if err != nil {
		report.Unknown = append(report.Unknown, err.Error())
	}
	return sh.replayed(args[0], &report, *asJSON)
}

// specs reads the specs of several folders.
func (sh *shell) specs(dirs []string, set map[string]string) (specs []*fsm.Spec, ok bool) {
	ok = true
	for _, c := range compileAll(dirs, set) {
		c.tell(sh.err)
		if !c.ok() {
			ok = false
			continue
		}
		specs = append(specs, c.spec)
	}
	return specs, ok
}

// replayed tells what a replay has found, and is the exit code.
func (sh *shell) replayed(name string, r *replay.Report, asJSON bool) int {
	code := exitOK
	switch {
	case len(r.Findings) > 0:
		code = exitFindings
	case !r.Passed():
		code = exitUnknown
	}
	if asJSON {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return sh.fail("%s", err)
		}
		fmt.Fprintf(sh.out, "%s\n", text)
		return code
	}
	fmt.Fprintf(sh.out, "%s: %s of %s: %d taken, %d refused, %d ignored or deferred\n", spec.Echo(name), plural(r.Lines, "line"), plural(r.Sessions, "session"),
		r.Taken, r.Refused, r.Others)
	if r.Torn {
		fmt.Fprintln(sh.out, "the last line was not finished: the recorder was stopped while it wrote")
	}
	for _, f := range r.Findings {
		fmt.Fprintf(sh.out, "✗ %s\n", spec.Echo(f.String()))
	}
	if r.More > 0 {
		fmt.Fprintf(sh.out, "✗ and %d more\n", r.More)
	}
	for _, u := range r.Unknown {
		fmt.Fprintf(sh.out, "? %s\n", spec.Echo(u))
	}
	if code == exitOK {
		fmt.Fprintln(sh.out, "✓ every session is a run that the spec allows")
	}
	return code
}
