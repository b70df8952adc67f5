//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package record

import (
	"fmt"
	"os"
)

// lockFile only opens the file: here nothing keeps two recorders apart.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return f, nil
}
