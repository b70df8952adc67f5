// Command interlock checks specs of coupled lifecycles, generates Go from them, and formats them.
//
//	interlock check ./...        is every promise kept, in every reachable joint state?
//	interlock generate           write the Go code of the spec in this folder
//	interlock fmt -w .           format the specs in this folder
//	interlock help               all commands, with examples
//
// Every command is a thin shell over a package: spec, check, gen. The exit code is 0 if everything is as expected, 1 if there
// are findings, 2 for mistakes of usage or input, 3 if a limit left something undecided.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"interlock/check/pages"
)

func main() {
	pages.CollectLate()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal ends the search and is reported, a second one ends the program
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
