//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package engine

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockTries is how often the lock is asked for, ten times a second: a search whose user has just been killed needs a moment to end.
var lockTries = 30

// lock takes the folder of a file for this process. The system gives it back when the process ends, however it ends.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for tries := 0; ; tries++ {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if tries < lockTries && (errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR)) {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another search is at work in " + filepath.Dir(path) + ": wait until it has ended, or give -dir another folder")
		}
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
}
