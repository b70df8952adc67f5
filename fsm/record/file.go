package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// WriteFile replaces a file by what write writes: after a crash at any moment there is the old content or the new one, whole;
// and when it has returned without an error, the new one is on the disk. It is how snapshots are stored. The new content is
// first written beside the old one, under the same name with ".new"; callers for one path take turns. The folder must exist.
func WriteFile(path string, write func(io.Writer) error) error {
	fresh := path + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(fresh)
		return fmt.Errorf("record: %s is as it was: %w", filepath.Base(path), err)
	}
	if err := os.Rename(fresh, path); err != nil {
		os.Remove(fresh)
		return fmt.Errorf("record: %w", err)
	}
	if err := syncDir(path); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}
