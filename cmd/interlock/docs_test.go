package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/spec"
)

// fence matches a fenced block of a page: its language and its text.
var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// documents lists README.md and docs/**.md.
func documents(t *testing.T) []string {
	root := "../../"
	if _, err := os.Stat("README.md"); err == nil {
		root = ""
	}
	more, err := filepath.Glob(root + "docs/*.md")
	require.NoError(t, err)
	decisions, err := filepath.Glob(root + "docs/decisions/*.md")
	require.NoError(t, err)
	return append(append([]string{root + "README.md"}, more...), decisions...)
}

// rewriting reports whether -update was given: the documents are then brought up to date.
func rewriting() bool { return flag.Lookup("update").Value.String() == "true" }

// eachBlock hands every fenced block of a page to edit and compares the page with what comes back, or rewrites it.
func eachBlock(t *testing.T, page string, edit func(language, text string) string) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	edited := fence.ReplaceAllStringFunc(string(text), func(block string) string {
		m := fence.FindStringSubmatch(block)
		return "```" + m[1] + "\n" + edit(m[1], m[2]) + "```"
	})
	if rewriting() && edited != string(text) {
		require.NoError(t, os.WriteFile(page, []byte(edited), 0o644))
		return
	}
	require.Equal(t, edited, string(text), "%s is not up to date (-update rewrites it)", page)
}

// Every spec in the docs is whole, compiles without a warning, is formatted, and is as it says.
func TestSpecsInTheDocs(t *testing.T) {
	specs := 0
	for _, page := range documents(t) {
		eachBlock(t, page, func(language, text string) string {
			if language != "fsm" {
				return text
			}
			specs++
			formatted, diagnostics := spec.Format([]byte(text), filepath.Base(page))
			require.Empty(t, diagnostics, "%s:\n%s", page, text)
			asItSays(t, filepath.Base(page), string(formatted))
			return string(formatted)
		})
	}
	require.Greater(t, specs, 3)
}

func asItSays(t *testing.T, page, text string) {
	s, diagnostics := spec.Compile([]spec.Source{{Name: page, Text: []byte(text)}}, nil)
	require.Empty(t, diagnostics, "%s:\n%s", page, text)
	for _, sys := range s.Systems {
		report, err := check.Run(context.Background(), sys, check.Options{})
		require.NoError(t, err)
		require.True(t, report.Met(), "%s: system %s:\n%s", page, sys.Name, text)
	}
}

// console matches a command of a console block and what it prints.
var console = regexp.MustCompile(`(?m)^\$ interlock (.*)\n((?:[^$\n].*\n|\n)*)`)

// Every command in the docs that begins with "$ interlock" prints what stands below it.
func TestCommandsInTheDocs(t *testing.T) {
	t.Chdir("../..")
	commands := 0
	for _, page := range documents(t) {
		eachBlock(t, page, func(language, text string) string {
			if language != "console" {
				return text
			}
			return console.ReplaceAllStringFunc(text, func(command string) string {
				commands++
				args, _, _ := strings.Cut(strings.TrimPrefix(command, "$ interlock "), "\n")
				var out bytes.Buffer
				run(context.Background(), fields(args), strings.NewReader(""), &out, &out)
				return "$ interlock " + args + "\n" + out.String()
			})
		})
	}
	require.Positive(t, commands)
}
