package main

import (
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"interlock/check"
	"interlock/fsm"
	"interlock/gen"
	"interlock/spec"
)

// generating is one run of generate.
type generating struct {
	sh    *shell
	named []string // folders that the command line names one by one
	check bool
	set   map[string]string
	exit  int
}

func runGenerate(sh *shell, args []string) int {
	g := &generating{sh: sh, set: map[string]string{}}
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	flags.BoolVar(&g.check, "check", false, "")
	flags.Func("set", "", func(s string) error { return setConstant(g.set, s) })
	args, code, ok := sh.parse(flags, args)
	if !ok {
		return code
	}
	dirs, err := folders(args)
	if err != nil {
		return sh.fail("%s", err)
	}
	g.named = dirs
	if len(args) > 0 {
		g.named = nil
		for _, arg := range args {
			g.named = append(g.named, filepath.Clean(arg)) // as folders does: ./print is print
		}
	}
	for _, dir := range dirs {
		g.folder(dir)
	}
	return g.exit
}

// folder generates the code of one spec, or tells how it differs.
func (g *generating) folder(dir string) {
	if isForeign(dir) {
		g.exit = worse(g.exit, g.sh.fail("code is generated from .fsm files: see interlock help import"))
		return
	}
	c := compile(dir, g.set)
	c.tell(g.sh.err)
	if !c.ok() {
		g.exit = worse(g.exit, exitInput)
		return
	}
	spaces, ok := g.spaces(c.spec)
	if !ok {
		return
	}
	files, err := gen.Go(c.spec, spaces, gen.Options{})
	if err != nil {
		g.refused(dir, err)
		return
	}
	written, err := gen.Write(dir, files, g.check)
	if err != nil {
		g.exit = worse(g.exit, g.sh.fail("%s: %s", dir, err))
		return
	}
	g.tell(dir, written)
	g.tellPackage(dir, files)
}

// refused tells why there is no code, each reason on a line of its own.
func (g *generating) refused(dir string, err error) {
	reasons := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		reasons = several.Unwrap()
	}
	for _, reason := range reasons {
		g.exit = worse(g.exit, g.sh.fail("%s: %s", dir, strings.TrimPrefix(reason.Error(), "gen: ")))
	}
}

// tellPackage says so where Go will not build the generated code with the files that are written by hand: a folder is one
// package, and that of a spec is not always called as the spec is.
func (g *generating) tellPackage(dir string, files map[string][]byte) {
	others, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		wanted := packageOf(name, files[name])
		for _, other := range others {
			found := packageOf(other, nil)
			if found == "" || found == wanted || strings.HasSuffix(other, "_test.go") {
				continue // a test may have a package of its own
			}
			fmt.Fprintf(g.sh.err, "interlock: %s is package %s, and %s is package %s: Go does not build them together; rename one of them, or give the spec a folder of its own\n",
				spec.Echo(filepath.Join(dir, name)), wanted, spec.Echo(other), spec.Echo(found))
			return
		}
	}
}

// packageOf is the name in the package clause of a Go file. It is empty where there is none, and of a file with a build
// constraint, which may well be a program by itself.
func packageOf(name string, text []byte) string {
	var source any // a nil []byte would be an empty file
	if text != nil {
		source = text
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil {
		return ""
	}
	for _, group := range file.Comments {
		for _, line := range group.List {
			if strings.HasPrefix(line.Text, "//go:build ") {
				return ""
			}
		}
	}
	return file.Name.Name
}

// spaces finds the joint states of the systems whose links are all atomic. Where they cannot all be found there is no joint
// machine to generate, and a file without it would break its users: nothing is written.
func (g *generating) spaces(s *fsm.Spec) (spaces map[string]*fsm.ControlSpace, ok bool) {
	spaces = map[string]*fsm.ControlSpace{}
	for _, sys := range s.Systems {
		if !sys.IsAtomic() {
			continue
		}
		p := &progress{w: g.sh.err, terminal: isTerminal(g.sh.err), columns: columnsOf(g.sh.err), system: spec.Echo(s.Name + "." + sys.Name)}
		space := check.Control(g.sh.ctx, sys, check.Options{Progress: p.tell})
		p.clear()
		if !space.Complete {
			g.sh.fail("%s: the joint states of %s could not all be found: %s; nothing is written", sys.Span, sys.Name, space.Reason)
			g.exit = worse(g.exit, exitUnknown)
			return nil, false
		}
		spaces[sys.Name] = space
	}
	return spaces, true
}

// tell says what was written, or with -check what would be. A folder without any generated file may hold a design and no
// more: unless it was asked for by its name, that is not a finding.
func (g *generating) tell(dir string, w *gen.Written) {
	if g.check && !slices.ContainsFunc(w.Diffs, func(diff string) bool { return diff != "" }) && len(w.Orphans) == 0 &&
		len(w.Changed) > 0 && !slices.Contains(g.named, dir) {
		fmt.Fprintf(g.sh.err, "interlock: nothing is generated from %s\n", spec.Echo(dir))
		return
	}
	for i, name := range w.Changed {
		path := spec.Echo(filepath.Join(dir, name))
		switch {
		case !g.check:
			fmt.Fprintf(g.sh.out, "wrote %s\n", path)
		case w.Diffs[i] == "":
			fmt.Fprintf(g.sh.out, "%s is not there\n", path)
		default:
			g.sh.out.Write(echoLines(w.Diffs[i]))
		}
	}
	for _, name := range w.Orphans {
		fmt.Fprintf(g.sh.err, "interlock: %s was generated from a spec that is not there any more: delete it\n", spec.Echo(filepath.Join(dir, name)))
	}
	if g.check && !w.Clean() {
		fmt.Fprintf(g.sh.err, "interlock: %s is not fresh: run interlock generate %s\n", spec.Echo(dir), spec.Echo(dir))
		g.exit = worse(g.exit, exitFindings)
	}
}
