// Package compiled builds and runs searches that were written for one system: package check writes the text, this package
// joins it with the folder engine, has the go command build both, and talks to the process.
//
// What was built is kept in the user's cache folder under the digest of its text, so a system is built once; an executable that
// has asked for it before finds it without that text. Several processes may do that at once: what is there is whole.
package compiled

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// engine is the text that is the same for every system.
//
//go:embed engine/bits.go engine/choices.go engine/crew.go engine/crew_log.go engine/crew_start.go engine/crew_trace.go engine/engine.go engine/grow.go engine/hand.go engine/main.go engine/pages_linux.go engine/pages_other.go engine/reduce.go engine/table.go
//go:embed engine/disk.go engine/disk_file.go engine/disk_level.go engine/disk_lock_other.go engine/disk_lock_unix.go engine/disk_run.go
//go:embed engine/fingers.go engine/fingers_linux.go engine/fingers_other.go engine/fingers_table.go
//go:embed engine/resume.go engine/resume_parse.go engine/storage.go
//go:embed engine/orbits/label.go engine/orbits/memo.go engine/orbits/plan.go engine/orbits/shape.go engine/orbits/swap.go
//go:embed engine/workers/gate.go engine/workers/rivals.go
var engine embed.FS

// keptFor is how long a program that nobody runs stays in the cache.
const keptFor = 30 * 24 * time.Hour

// Program is a search that was built.
type Program struct {
	path string
	key  string // of the text; one file may hold several programs
}

// Build makes programs of the texts of systems, in their order. Those that are in the cache are not built again, and the
// others by one run of the go command, which must be on the path. The error holds what that command says.
func Build(ctx context.Context, systems [][]byte) ([]*Program, error) {
	folder, err := cache()
	if err != nil {
		return nil, err
	}
	programs := make([]*Program, len(systems))
	missing := map[string][]byte{}
	var keys []string
	for i, text := range systems {
		key := digest(text)
		programs[i] = program(folder, key)
		if _, there := missing[key]; there || used(programs[i].path) {
			continue
		}
		missing[key] = text
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return programs, nil
	}
	trim(folder)
	return programs, build(ctx, folder, keys, missing)
}

// program is the one of a key, whether it is there or not.
func program(folder, key string) *Program {
	return &Program{filepath.Join(folder, key+suffix()), key}
}

// cache is the folder of the programs.
func cache() (string, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("compiled: no folder to build in: %w", err)
	}
	folder := filepath.Join(user, "interlock", "compiled")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("compiled: %w", err)
	}
	return folder, nil
}

// digest names a program by all its text.
func digest(system []byte) string {
	h := sha256.New()
	for _, name := range engineFiles() {
		text, _ := engine.ReadFile(name) // it is embedded
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	fmt.Fprintf(h, "%s%d\n%s", mainText([]string{"key"}), len(system), system)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func engineFiles() []string {
	var names []string
	_ = fs.WalkDir(engine, "engine", func(name string, e fs.DirEntry, _ error) error { // it is embedded
		if !e.IsDir() {
			names = append(names, name)
		}
		return nil
	})
	return names
}

func suffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// used reports whether a file is there, and notes that it is of use.
func used(path string) bool {
	now := time.Now()
	return os.Chtimes(path, now, now) == nil
}

// trim takes out what was not used for long. What cannot be taken out stays.
func trim(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > keptFor {
			os.RemoveAll(filepath.Join(folder, e.Name()))
		}
	}
}

// build makes the programs of the keys and puts each into the folder, whole or not at all.
func build(ctx context.Context, folder string, keys []string, texts map[string][]byte) error {
	dir, err := os.MkdirTemp(folder, "build-")
	if err != nil {
		return fmt.Errorf("compiled: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := lay(dir, keys, texts); err != nil {
		return fmt.Errorf("compiled: %w", err)
	}
	built := filepath.Join(dir, "search"+suffix())
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", built, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GO111MODULE=on", "GOTOOLCHAIN=local", "CGO_ENABLED=0",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "GOEXPERIMENT=")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return errors.New("compiled: the go command is needed to build a search, and is not on the path")
		}
		return fmt.Errorf("compiled: go build: %w\n%s", err, said.String())
	}
	for _, key := range keys {
		if err := install(built, dir, filepath.Join(folder, key+suffix())); err != nil {
			return fmt.Errorf("compiled: %w", err)
		}
	}
	return nil
}

// module is the path of the module that is built: so the packages in the folder engine have the path there that they have here.
const module = "interlock/check/compiled/engine"

// lay writes the module that is built: a package for each system, one that runs the one it is told to, and those in the folder engine.
func lay(dir string, keys []string, texts map[string][]byte) error {
	files := map[string][]byte{"go.mod": []byte("module " + module + "\n\ngo 1.22\n"), "main.go": mainText(keys)}
	for _, name := range engineFiles() {
		text, err := engine.ReadFile(name)
		if err != nil {
			return err
		}
		if name = strings.TrimPrefix(name, "engine/"); strings.Contains(name, "/") {
			files[name] = text
			continue
		}
		for _, key := range keys {
			files["s"+key+"/"+name] = text
		}
	}
	for _, key := range keys {
		files["s"+key+"/system.go"] = texts[key]
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(at, files[name], 0o600); err != nil {
			return err
		}
	}
	return nil
}

// mainText is the program round the packages of systems.
func mainText(keys []string) []byte {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\t\"os\"\n\n")
	for _, key := range keys {
		fmt.Fprintf(&b, "\ts%s \"%s/s%s\"\n", key, module, key)
	}
	b.WriteString(")\n\nfunc main() {\n\tswitch os.Args[1] {\n")
	for _, key := range keys {
		fmt.Fprintf(&b, "\tcase %q:\n\t\ts%s.Main(os.Stdin, os.Stdout)\n", key, key)
	}
	b.WriteString("\t}\n}\n")
	return []byte(b.String())
}

// install puts a file where it is looked for, in one step.
func install(built, dir, to string) error {
	next := filepath.Join(dir, "next")
	os.Remove(next)
	if os.Link(built, next) != nil {
		if err := copyFile(built, next); err != nil {
			return err
		}
	}
	return os.Rename(next, to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
