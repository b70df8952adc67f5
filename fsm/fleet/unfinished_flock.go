//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fleet

import (
	"errors"
	"os"
	"syscall"
)

// claim marks a file as one that is being written. The end of the process, however it comes, takes the mark away.
func claim(file *os.File) error {
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// removeAbandoned removes a file unless somebody is writing it, or it has gone meanwhile.
func removeAbandoned(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil // it is being written
	}
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
