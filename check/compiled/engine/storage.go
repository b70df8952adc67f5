package engine

import (
	"encoding/hex"
	"errors"
	"time"
)

// storage keeps the states of a search elsewhere than in the table, and searches in its own way.
type storage interface {
	begin(s *state) // a start
	take(n int)     // the successors that wait
	explore() error // until there is nothing more, or something halts the explorer
	bytes() int64   // of memory
	onDisk() int64  // bytes in files
	resumes() bool  // it goes on from a checkpoint
	saves() bool    // there is a checkpoint now
	path(id uint32) ([]state, error)
	each(visit func(*state)) error
}

// store does what the line "dir" says: the folder in hexadecimal, the digest of what is searched, whether there must be a
// checkpoint, and how many milliseconds may lie between two.
func (c *console) store(args []string) error {
	if len(args) != 4 {
		return errors.New("dir FOLDER DIGEST RESUME EVERY")
	}
	dir, err := hex.DecodeString(args[0])
	if err != nil {
		return err
	}
	flags, ok := numbers(args[2:])
	if !ok {
		return errors.New("dir FOLDER DIGEST RESUME EVERY")
	}
	d, err := openDisk(c.x, string(dir), args[1], flags[0] != 0, time.Duration(flags[1])*time.Millisecond, c.stop.Load)
	if err == nil {
		c.x.keep(d)
	}
	return err
}
