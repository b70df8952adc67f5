package compiled

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// A process that asks for a program need not write its text to find it: the same executable writes the same text for the same
// system. So beside the programs there are small files, each named by the digest of an executable and a system, which say
// under which key the program is. Where the executable cannot be told from others there are none, and the text decides.

// knownSuffix ends the names of those files.
const knownSuffix = ".is"

// identity tells the executable that runs from every other that was built of other text; empty: it cannot be told.
var identity = sync.OnceValue(func() string {
	if runtime.GOOS != "linux" {
		return "" // what lies where the executable was started may be another one by now
	}
	f, err := os.Open("/proc/self/exe") // what runs, even if there is another file of that name now
	if err != nil {
		return ""
	}
	defer f.Close()
	return buildID(f)
})

// buildID is what the go command calls the build ID of an executable: it changes with whatever is linked. It is empty where
// there is none, or one that somebody chose by a flag, which says nothing.
func buildID(executable io.Reader) string {
	head := make([]byte, 4096)
	n, err := io.ReadFull(executable, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return ""
	}
	id := goNote(head[:n])
	parts := strings.Split(id, "/")
	if len(parts) != 4 { // digests of what the linker and the main package were given, and of what they made
		return ""
	}
	for _, p := range parts {
		if digest, err := base64.RawURLEncoding.DecodeString(p); err != nil || len(digest) != 15 {
			return ""
		}
	}
	return id
}

// goNote finds the note of the go command in the first bytes of an ELF file: the lengths of a name and of what is noted, a 4,
// the name.
func goNote(head []byte) string {
	at := bytes.Index(head, []byte("\x04\x00\x00\x00Go\x00\x00"))
	if at < 8 || !bytes.HasPrefix(head, []byte("\x7fELF")) {
		return ""
	}
	noted := head[at+8:]
	size := binary.LittleEndian.Uint32(head[at-4:])
	if uint64(size) > uint64(len(noted)) {
		return ""
	}
	return string(noted[:size])
}

// known is the file that says which program is that of a shape, or empty if none can.
func known(folder, shape string) string {
	who := identity()
	if who == "" || shape == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(who + "\n" + shape))
	return filepath.Join(folder, hex.EncodeToString(sum[:16])+knownSuffix)
}

// Find is the program that this executable has once told to be that of a shape, or nil. A shape says all that the text of a
// program depends on.
func Find(shape string) *Program {
	folder, err := cache()
	if err != nil {
		return nil
	}
	path := known(folder, shape)
	if path == "" {
		return nil
	}
	key, err := os.ReadFile(path)
	if err != nil || len(key) != 32 || !used(path) {
		return nil
	}
	p := program(folder, string(key))
	if !used(p.path) {
		return nil
	}
	return p
}

// Tell lets [Find] know that a program is that of a shape. What cannot be told is built or looked up by its text again.
func (p *Program) Tell(shape string) {
	folder, err := cache()
	if err != nil {
		return
	}
	path := known(folder, shape)
	if path == "" {
		return
	}
	next, err := os.CreateTemp(folder, "next-")
	if err != nil {
		return
	}
	_, err = next.WriteString(p.key)
	if next.Close() != nil || err != nil || os.Rename(next.Name(), path) != nil {
		os.Remove(next.Name())
	}
}

// Is reports whether a program is the one of a text.
func (p *Program) Is(text []byte) bool { return p.key == digest(text) }
