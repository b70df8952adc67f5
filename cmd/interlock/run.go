package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"interlock/spec"
)

// The exit codes. Where several apply, the first in this order of weight wins: exitInput, exitFindings, exitUnknown.
const (
	exitOK       = 0 // everything is as expected
	exitFindings = 1 // violated, not formatted, stale
	exitInput    = 2 // wrong usage, unreadable or wrong input
	exitUnknown  = 3 // a limit was reached before everything was decided
)

// worse is the exit code of two runs together.
func worse(a, b int) int {
	weight := [...]int{exitOK: 0, exitUnknown: 1, exitFindings: 2, exitInput: 3}
	if weight[b] > weight[a] {
		return b
	}
	return a
}

// shell is what a command talks to.
type shell struct {
	ctx      context.Context
	in       io.Reader
	out, err io.Writer
}

// output is standard output. It keeps the first error of a write: what was not told is no success.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// command is one subcommand.
type command struct {
	name  string
	short string // one line
	run   func(sh *shell, args []string) int
}

// commands lists the subcommands in the order of the help. It is a function because help lists itself.
func commands() []command {
	return []command{
		{"check", "decide every property of every system, with a shortest counterexample", runCheck},
		{"generate", "write the Go code of a spec", runGenerate},
		{"replay", "hold a recording of production against the spec", runReplay},
		{"fmt", "format specs", runFormat},
		{"import", "print a spec from another language", runImport},
		{"explain", "explain the code of a diagnostic", runExplain},
		{"version", "print the version", runVersion},
		{"help", "print this, or help on a command or a topic", runHelp},
	}
}

// run is the whole command, without the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	out := &output{w: stdout}
	sh := &shell{ctx: ctx, in: stdin, out: out, err: stderr}
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(stderr, "interlock: internal error: %v\nThis is a mistake in interlock, not in your spec. Please report it with what follows.\n\n%s", p, debug.Stack())
			code = exitInput
		} else if out.err != nil {
			code = sh.fail("%s", out.err)
		}
	}()
	if len(args) == 0 {
		fmt.Fprint(stderr, overview())
		return exitInput
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-version", "--version":
		name = "version"
	}
	names := []string{}
	for _, c := range commands() {
		if c.name == name {
			return c.run(sh, args[1:])
		}
		names = append(names, c.name)
	}
	if strings.HasSuffix(name, ".fsm") || strings.ContainsAny(name, "./") {
		return sh.usage("", "no command %q; to check a spec, say: interlock check %s", name, name)
	}
	return sh.usage("", "no command %q%s", name, didYouMean(name, names))
}

func didYouMean(name string, names []string) string {
	if near := spec.Nearest(name, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// usage tells a mistake of usage, and where to read more.
func (sh *shell) usage(command, format string, args ...any) int {
	topic := ""
	if command != "" {
		topic = " " + command
	}
	fmt.Fprintf(sh.err, "interlock%s: %s\nSee: interlock help%s\n", topic, spec.Echo(fmt.Sprintf(format, args...)), topic)
	return exitInput
}

// fail tells what is wrong with the input. Errors may be several, or what another command said, a line each: what is behind the first line
// is set in, so that a line of a file name passes for nothing else.
func (sh *shell) fail(format string, args ...any) int {
	lines := strings.Split(strings.TrimRight(fmt.Sprintf(format, args...), "\n"), "\n")
	for i := range lines {
		lines[i] = spec.Echo(lines[i])
	}
	fmt.Fprintf(sh.err, "interlock: %s\n", strings.Join(lines, "\n  "))
	return exitInput
}

// parse reads flags, which may stand before, between and behind the other arguments; "--" ends them. ok is false when the
// command is over: help was asked for, or the flags are wrong; then code is its exit code.
func (sh *shell) parse(fs *flag.FlagSet, args []string) (rest []string, code int, ok bool) {
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	for len(args) > 0 {
		if args[0] == "--" {
			return append(rest, args[1:]...), 0, true
		}
		if args[0] == "-" || !strings.HasPrefix(args[0], "-") {
			rest, args = append(rest, args[0]), args[1:]
			continue
		}
		// One flag at a time, so that "--" behind other arguments keeps its meaning.
		err := fs.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			fmt.Fprint(sh.out, topics()[fs.Name()])
			return nil, exitOK, false
		case err != nil:
			return nil, sh.usage(fs.Name(), "%s", flagMistake(fs, err)), false
		}
		if n := len(args) - fs.NArg(); n > 0 && args[n-1] == "--" {
			return append(rest, fs.Args()...), 0, true
		}
		args = fs.Args()
	}
	return rest, 0, true
}

// wantedOf says what a flag takes where package flag only says that it could not be read.
func wantedOf(fs *flag.FlagSet, text string) (wanted string) {
	if !strings.HasSuffix(text, "parse error") {
		return ""
	}
	fs.VisitAll(func(f *flag.Flag) {
		value, ok := f.Value.(flag.Getter)
		if !ok || !strings.Contains(text, " for flag -"+f.Name+": ") && !strings.Contains(text, " for -"+f.Name+": ") {
			return
		}
		switch value.Get().(type) {
		case time.Duration:
			wanted = "say how long, such as 90s or 5m"
		case bool:
			wanted = "say true or false, or nothing"
		default:
			wanted = "say a number"
		}
	})
	return wanted
}

// flagMistake adds to the words of package flag which flag was meant.
func flagMistake(fs *flag.FlagSet, err error) string {
	text := err.Error()
	name, ok := strings.CutPrefix(text, "flag provided but not defined: -")
	if !ok {
		return strings.TrimSuffix(text, "parse error") + wantedOf(fs, text)
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if near := spec.Nearest(name, names); near != "" {
		return fmt.Sprintf("no flag -%s; did you mean -%s?", name, near)
	}
	return "no flag -" + name
}
