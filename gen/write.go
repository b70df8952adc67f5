package gen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile bounds a file that [Write] reads back.
const maxFile = 64 << 20

// Written is what [Write] did, or would do.
type Written struct {
	// Changed names the files that were written, or that differ, sorted.
	Changed []string
	// Diffs has, for each of Changed, how the file differs from what it should be, in the unified format; it is empty for a
	// file that is not there.
	Diffs []string
	// Orphans names the generated files of the folder that no spec asks for any more, sorted. They are left alone.
	Orphans []string
}

// Clean reports that the folder is as it should be.
func (w *Written) Clean() bool { return len(w.Changed) == 0 && len(w.Orphans) == 0 }

// Write puts generated files into a folder, each at once or not at all, and only those that differ from what is there. With
// check it writes nothing. A file that is there and does not begin as generated ones do is not overwritten: then, as for
// any other error, nothing has been written unless the error says so. Links that lead elsewhere are not followed.
func Write(dir string, files map[string][]byte, check bool) (*Written, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("gen: %w", err)
	}
	defer root.Close()
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	w := &Written{}
	for _, name := range names {
		if name == "" || name == "." || filepath.Base(name) != name {
			return nil, fmt.Errorf("gen: %q is no file name", name)
		}
		old, err := generated(root, name)
		if err != nil {
			return nil, err
		}
		if old == nil || !bytes.Equal(old, files[name]) {
			w.Changed = append(w.Changed, name)
			diff := ""
			if old != nil {
				diff = unified(name, string(old), string(files[name]))
			}
			w.Diffs = append(w.Diffs, diff)
		}
	}
	if w.Orphans, err = orphans(root, files); err != nil || check {
		return w, err
	}
	for i, name := range w.Changed {
		if err := replace(root, name, files[name]); err != nil {
			return nil, fmt.Errorf("gen: %w (written before it: %d files)", err, i)
		}
	}
	return w, nil
}

// generated reads a file of ours; nil if there is none, an error if it is not ours.
func generated(root *os.Root, name string) ([]byte, error) {
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("gen: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("gen: %s is not a file that interlock wrote: it is left as it is", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("gen: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("gen: %w", err)
	}
	if !isGenerated(text) {
		return nil, fmt.Errorf("gen: %s was not written by interlock (its first line does not say so): move it away", name)
	}
	return text, nil
}

// isGenerated reports whether a text begins with our header.
func isGenerated(text []byte) bool {
	line, _, _ := strings.Cut(string(text[:min(len(text), 4096)]), "\n")
	line = strings.TrimSuffix(line, "\r")
	return strings.HasPrefix(line, headerStart) && strings.HasSuffix(line, headerEnd)
}

// orphans finds generated files that are not among files.
func orphans(root *os.Root, files map[string][]byte) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("gen: %w", err)
	}
	var found []string
	for _, e := range entries {
		if _, wanted := files[e.Name()]; wanted || !e.Type().IsRegular() || filepath.Ext(e.Name()) != ".go" {
			continue
		}
		f, err := root.Open(e.Name())
		if err != nil {
			return nil, fmt.Errorf("gen: %w", err)
		}
		text, err := io.ReadAll(io.LimitReader(f, 4096))
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("gen: %w", err)
		}
		if isGenerated(text) {
			found = append(found, e.Name())
		}
	}
	return found, nil
}

// replace writes a file beside the one that it then takes the place of.
func replace(root *os.Root, name string, text []byte) error {
	temp := "." + name + ".tmp"
	if err := root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		err = errors.Join(err, root.Remove(temp))
	}
	return err
}
