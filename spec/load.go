package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// MaxSource is how many bytes the files of one spec may have together.
const MaxSource = 8 << 20

// Load reads the .fsm files of a folder, which are one spec; sub-folders are specs of their own. Names are those of the files
// without the folder, in order. It is an error if there is none, or if they are larger than [MaxSource] together.
func Load(dir string) ([]Source, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("spec: %w", err)
	}
	var sources []Source
	left := int64(MaxSource)
	for _, entry := range entries {
		if entry.IsDir() || !strings.HasSuffix(entry.Name(), ".fsm") {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		stat, err := os.Stat(path) // not the entry's own: it may be a link
		if err != nil {
			return nil, fmt.Errorf("spec: %w", err)
		}
		if !stat.Mode().IsRegular() {
			return nil, fmt.Errorf("spec: %s is not a file", path)
		}
		if left -= stat.Size(); left < 0 {
			return nil, fmt.Errorf("spec: the files in %s are larger than %d bytes together", dir, MaxSource)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("spec: %w", err)
		}
		sources = append(sources, Source{Name: entry.Name(), Text: text})
	}
	if len(sources) == 0 {
		return nil, fmt.Errorf("spec: there is no .fsm file in %s", dir)
	}
	sort.Slice(sources, func(i, j int) bool { return sources[i].Name < sources[j].Name })
	return sources, nil
}
