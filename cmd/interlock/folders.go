package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxEntries bounds the walk below a folder: a wrong "/..." should not read a whole disk.
const maxEntries = 200_000

// specExt is how the names of spec files end.
const specExt = ".fsm"

// folders turns arguments into the folders of specs that they name: a folder, a file in it, or "dir/..." for all folders
// below dir that hold specs. A file in another language stands for itself. No arguments mean the current folder.
func folders(args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var list []string
	seen := map[string]bool{}
	for _, arg := range args {
		found, err := expand(arg)
		if err != nil {
			return nil, err
		}
		for _, dir := range found {
			if dir = filepath.Clean(dir); !seen[dir] {
				seen[dir] = true
				list = append(list, dir)
			}
		}
	}
	return list, nil
}

func expand(arg string) ([]string, error) {
	if root, ok := strings.CutSuffix(filepath.ToSlash(arg), "..."); ok && (root == "" || strings.HasSuffix(root, "/")) {
		return below(filepath.Clean(filepath.FromSlash(root + ".")))
	}
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no file or folder %s", arg)
	case err != nil:
		return nil, err
	case !info.IsDir() && filepath.Ext(arg) == specExt:
		return []string{filepath.Dir(arg)}, nil
	case isForeign(arg):
		return []string{arg}, nil
	case !info.IsDir() && filepath.Ext(arg) == parametersExt:
		return nil, fmt.Errorf("%s has parameters: DIVINE makes %s files of it (divine combine), which can be checked", arg, dveExt)
	case !info.IsDir():
		return nil, fmt.Errorf("%s is neither a folder nor a %s file", arg, specExt)
	}
	if has, err := holdsSpec(arg); err != nil || !has {
		if err == nil {
			err = fmt.Errorf("no %s file in %s%s", specExt, arg, orBelow(arg))
		}
		return nil, err
	}
	return []string{arg}, nil
}

// orBelow says how to reach specs that lie deeper.
func orBelow(dir string) string {
	if found, err := below(dir); err == nil && len(found) > 0 {
		return "; for what is below it, say " + strings.TrimSuffix(filepath.ToSlash(dir), "/") + "/..."
	}
	return ""
}

// below lists the folders under root that hold specs: see foldersBelow.
func below(root string) ([]string, error) { return foldersBelow(root, specExt, isSpec) }

// foldersBelow lists the folders under root that hold a file that is wanted, in the order of their names. As the go command
// does, it leaves out folders called vendor or testdata and those that begin with a dot or an underscore, and follows no links.
func foldersBelow(root, ext string, wanted func(fs.DirEntry) bool) ([]string, error) {
	var list []string
	entries := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entries++; entries > maxEntries {
			return fmt.Errorf("more than %d files and folders below %s: name the folders that hold %s files", maxEntries, root, ext)
		}
		name := d.Name()
		if d.IsDir() && path != root && (name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
			return filepath.SkipDir
		}
		dir := filepath.Dir(path)
		if wanted(d) && (len(list) == 0 || list[len(list)-1] != dir) {
			list = append(list, dir)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no folder %s", root)
	}
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("no %s file below %s", ext, root)
	}
	return list, err
}

// isSpec reports whether an entry of a folder is a file of a spec, or a link, which should lead to one.
func isSpec(d fs.DirEntry) bool {
	return (d.Type().IsRegular() || d.Type()&fs.ModeSymlink != 0) && filepath.Ext(d.Name()) == specExt
}

func holdsSpec(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	for _, d := range entries {
		if isSpec(d) {
			return true, nil
		}
	}
	return false, nil
}
