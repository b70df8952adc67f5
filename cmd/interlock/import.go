package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"interlock/spec"
	"interlock/spec/dve"
	"interlock/spec/looplab"
)

// dveExt is how the names of files in DVE end. Each is a spec of its own.
const dveExt = ".dve"

// parametersExt is how the names of files end that DIVINE makes files in DVE of, with a preprocessor.
const parametersExt = ".mdve"

// maxForeign bounds a file of another language, in bytes; its reader has a limit of its own.
const maxForeign = 8 << 20

// isForeign reports whether a path names a file in another language, and not a folder of specs.
func isForeign(path string) bool {
	info, err := os.Stat(path)
	return filepath.Ext(path) == dveExt && err == nil && info.Mode().IsRegular()
}

// importFile reads a spec from a file in another language. Constants cannot be given other values in it.
func importFile(file string, set map[string]string) *compiled {
	return importAs(file, set, dve.Questions{})
}

func importAs(file string, set map[string]string, ask dve.Questions) *compiled {
	c := &compiled{dir: file}
	var text []byte
	if text, c.err = readForeign(file); c.err == nil && len(set) > 0 {
		c.err = fmt.Errorf("-set does not reach into %s: import it first, or change its constants", file)
	}
	if c.err != nil {
		return c
	}
	c.sources = []spec.Source{{Name: file, Text: text}}
	c.spec, c.diagnostics = dve.ImportAsking(file, text, ask)
	return c
}

func readForeign(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxForeign+1))
	if err == nil && len(text) > maxForeign {
		err = fmt.Errorf("%s has more than %d bytes", file, maxForeign)
	}
	return text, err
}

// runImport prints a file of another language as a spec.
func runImport(sh *shell, args []string) int {
	im := &importing{sh: sh}
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.StringVar(&im.file, "o", "", "")
	flags.BoolVar(&im.force, "force", false, "")
	args, code, ok := sh.parse(flags, args)
	languages := []string{"dve", "looplab"}
	switch {
	case !ok:
		return code
	case len(args) == 0:
		return sh.usage("import", "say what language, and which file: interlock import dve FILE")
	case !slices.Contains(languages, args[0]):
		return sh.usage("import", "no language %q%s", args[0], cmp.Or(didYouMean(args[0], languages), ": say dve or looplab"))
	case args[0] == "looplab":
		return im.looplab(args[1:])
	case len(args) != 2:
		return sh.usage("import", "say which file: interlock import dve FILE")
	}
	return im.dve(args[1])
}

// importing is one run of import.
type importing struct {
	sh    *shell
	file  string // to write to; "" is standard output
	force bool
}

func (im *importing) dve(file string) int {
	sh := im.sh
	c := importAs(file, nil, dve.Questions{AsDeclared: true})
	var missing *os.PathError
	if errors.As(c.err, &missing) && errors.Is(missing, os.ErrNotExist) {
		return sh.fail("no file %s", file)
	}
	if c.tell(sh.err); !c.ok() {
		return exitInput
	}
	text, err := dve.Print(c.spec)
	if err != nil {
		return sh.fail("%s: %s; \"interlock check\" reads the file as it is", file, err)
	}
	return im.write(text, exitOK)
}

// write writes the spec, and then the exit code stands. A file that is there stays, unless -force says otherwise.
func (im *importing) write(text []byte, code int) int {
	if im.file == "" {
		im.sh.out.Write(text)
		return code
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if im.force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(im.file, flags, 0o666)
	switch {
	case errors.Is(err, os.ErrExist):
		return im.sh.fail("%s is there already: -force writes over it", im.file)
	case errors.Is(err, os.ErrNotExist):
		return im.sh.fail("there is no folder %s: make it first", filepath.Dir(im.file))
	}
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return im.sh.fail("%s", err)
	}
	fmt.Fprintf(im.sh.out, "wrote %s\n", spec.Echo(im.file))
	return code
}

// explanations lists the codes of all diagnostics.
func explanations() []spec.Explanation {
	return slices.Concat(spec.Explanations(), dve.Explanations(), looplab.Explanations())
}
