package compiled

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Storage is a folder in which a search keeps its states, with checkpoints.
type Storage struct {
	Dir    string
	Resume bool          // there must be a checkpoint
	Every  time.Duration // between two checkpoints, about
}

// longPatience is how long a process may take to write what is in memory, when it is told to end.
const longPatience = 5 * time.Minute

func (j *Job) patience() time.Duration {
	if j.Storage != nil {
		return longPatience
	}
	return patience
}

// storage is the line that tells a program of that key where to keep the states. The digest in it is of all that decides what
// is found: the program and what it is told, but for the limits.
func (j *Job) storage(key string) string {
	h := sha256.New()
	fmt.Fprintln(h, key, j.Watches, j.Await, j.Deadlock, j.Early, j.Starts)
	resume := bit(j.Storage.Resume)
	return fmt.Sprintf("dir %x %s %d %d", j.Storage.Dir, hex.EncodeToString(h.Sum(nil)[:16]), resume, j.Storage.Every.Milliseconds())
}
