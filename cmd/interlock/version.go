package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"interlock/fsm"
)

// asksForHelp reports whether an argument is one of the flags by which people ask for help.
func asksForHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// runVersion prints what this program is: its module's version, the revision that it was built from, and Go's.
func runVersion(sh *shell, args []string) int {
	switch {
	case len(args) == 1 && asksForHelp(args[0]):
		fmt.Fprint(sh.out, topics()["version"])
		return exitOK
	case len(args) > 0:
		return sh.usage("version", "it takes no arguments")
	}
	version, revision := "(unknown)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && len(s.Value) >= 12:
				revision = " " + s.Value[:12] + revision
			case s.Key == "vcs.modified" && s.Value == "true":
				revision += " (modified)"
			}
		}
	}
	fmt.Fprintf(sh.out, "interlock %s%s, edition 1, runtime %d, %s\n", version, revision, fsm.RuntimeVersion, runtime.Version())
	return exitOK
}

// runExplain prints the page of a diagnostic's code, or lists the codes.
func runExplain(sh *shell, args []string) int {
	if len(args) == 1 && asksForHelp(args[0]) {
		fmt.Fprint(sh.out, topics()["explain"])
		return exitOK
	}
	if len(args) > 1 {
		return sh.usage("explain", "name one code")
	}
	var codes []string
	for _, e := range explanations() {
		codes = append(codes, e.Code)
		if len(args) == 0 {
			fmt.Fprintf(sh.out, "%-24s %s\n", e.Code, e.Title)
		}
	}
	if len(args) == 0 {
		return exitOK
	}
	at := slices.Index(codes, args[0])
	if at < 0 {
		return sh.usage("explain", "no diagnostic has the code %q%s", args[0], didYouMean(args[0], codes))
	}
	e := explanations()[at]
	fmt.Fprintf(sh.out, "%s: %s\n\n%s\n", e.Code, e.Title, strings.TrimSpace(e.Page))
	return exitOK
}
