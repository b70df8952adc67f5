package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"interlock/gen"
	"interlock/spec"
)

// formatting is one run of fmt.
type formatting struct {
	sh                *shell
	write, list, diff bool
	exit              int
}

// maxInput bounds what fmt reads from standard input or a file, as spec.Load bounds a folder.
const maxInput = 8 << 20

func runFormat(sh *shell, args []string) int {
	f := &formatting{sh: sh}
	flags := flag.NewFlagSet("fmt", flag.ContinueOnError)
	flags.BoolVar(&f.write, "w", false, "")
	flags.BoolVar(&f.list, "l", false, "")
	flags.BoolVar(&f.diff, "d", false, "")
	args, code, ok := sh.parse(flags, args)
	if !ok {
		return code
	}
	if len(args) == 0 {
		if f.write {
			return sh.usage("fmt", "-w needs files or folders: standard input cannot be written to")
		}
		f.input()
		return f.exit
	}
	for _, arg := range args {
		files, err := specFiles(arg)
		if err != nil {
			return sh.fail("%s", err)
		}
		for _, file := range files {
			f.file(file)
		}
	}
	return f.exit
}

// specFiles lists the files that an argument names: itself, or every spec file in and below a folder.
func specFiles(arg string) ([]string, error) {
	if info, err := os.Stat(arg); err == nil && !info.IsDir() {
		return []string{arg}, nil
	} else if err == nil {
		arg = filepath.Join(arg, "...")
	}
	dirs, err := expand(arg)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, d := range entries {
			if isSpec(d) && d.Type().IsRegular() { // a link is not written through
				files = append(files, filepath.Join(dir, d.Name()))
			}
		}
	}
	return files, nil
}

// input formats standard input.
func (f *formatting) input() {
	src, err := f.patiently(func() ([]byte, error) { return readAll(f.sh.in) })
	if err != nil {
		f.exit = f.sh.fail("standard input: %s", err)
		return
	}
	f.text("<stdin>", src, func([]byte) error { return nil })
}

// file formats one file.
func (f *formatting) file(name string) {
	file, err := os.Open(name)
	if err != nil {
		f.exit = f.sh.fail("%s", err)
		return
	}
	src, err := readAll(file)
	file.Close()
	if err != nil {
		f.exit = f.sh.fail("%s: %s", name, err)
		return
	}
	f.text(name, src, func(out []byte) error { return replace(name, out) })
}

// patiently reads what may never come, such as what is typed at a terminal: a signal ends the wait.
func (f *formatting) patiently(read func() ([]byte, error)) ([]byte, error) {
	var src []byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		src, err = read()
	}()
	select {
	case <-done:
		return src, err
	case <-f.sh.ctx.Done():
		return nil, errors.New("it was interrupted")
	}
}

func readAll(r io.Reader) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(src) > maxInput {
		err = fmt.Errorf("more than %d bytes", maxInput)
	}
	return src, err
}

// text formats a text and does with it what the flags say.
func (f *formatting) text(name string, src []byte, save func([]byte) error) {
	out, diagnostics := spec.Format(src, name)
	if spec.HasErrors(diagnostics) {
		spec.Render(f.sh.err, diagnostics, func(string) []byte { return src })
		f.exit = exitInput
		return
	}
	changed := !bytes.Equal(src, out)
	if changed && f.list {
		fmt.Fprintln(f.sh.out, spec.Echo(name))
	}
	if changed && f.diff {
		f.sh.out.Write(echoLines(gen.Unified(name, string(src), string(out))))
	}
	if changed && f.write {
		if err := save(out); err != nil {
			f.exit = f.sh.fail("%s", err)
		}
	} else if changed && (f.list || f.diff) {
		f.exit = worse(f.exit, exitFindings)
	}
	if !f.write && !f.list && !f.diff {
		f.sh.out.Write(out)
	}
}

// replace writes a file anew: beside it first, so that it is never half written. Its mode stays, and a symbolic link stays
// one.
func replace(name string, text []byte) error {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(real), "."+filepath.Base(real)+".*")
	if errors.Is(err, fs.ErrPermission) {
		return os.WriteFile(real, text, info.Mode()) // the folder may not be written to, the file may
	}
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // fails once it is renamed
	_, err = part.Write(text)
	if err2 := part.Chmod(info.Mode().Perm()); err == nil {
		err = err2
	}
	if err2 := part.Close(); err == nil {
		err = err2
	}
	if err != nil {
		return err
	}
	return os.Rename(part.Name(), real)
}
