package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"interlock/spec"
	"interlock/spec/dve"
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
	c := &compiled{dir: file}
	var text []byte
	if text, c.err = readForeign(file); c.err == nil && len(set) > 0 {
		c.err = fmt.Errorf("-set does not reach into %s: import it first, or change its constants", file)
	}
	if c.err != nil {
		return c
	}
	c.sources = []spec.Source{{Name: file, Text: text}}
	c.spec, c.diagnostics = dve.Import(file, text)
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
	args, code, ok := sh.parse(flag.NewFlagSet("import", flag.ContinueOnError), args)
	switch {
	case !ok:
		return code
	case len(args) != 2:
		return sh.usage("import", "say what language, and which file: interlock import dve FILE")
	case args[0] != "dve":
		return sh.usage("import", "no language %q%s", args[0], didYouMean(args[0], []string{"dve"}))
	}
	c := importFile(args[1], nil)
	var missing *os.PathError
	if errors.As(c.err, &missing) && errors.Is(missing, os.ErrNotExist) {
		return sh.fail("no file %s", args[1])
	}
	if c.tell(sh.err); !c.ok() {
		return exitInput
	}
	text, err := dve.Print(c.spec)
	if err != nil {
		return sh.fail("%s: %s; \"interlock check\" reads the file as it is", args[1], err)
	}
	sh.out.Write(text)
	return exitOK
}

// explanations lists the codes of all diagnostics.
func explanations() []spec.Explanation {
	return slices.Concat(spec.Explanations(), dve.Explanations())
}
