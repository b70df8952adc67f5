package fleet_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm/fleet/emitted/door"
)

// kills is how often a process is killed.
var kills = flag.Int("kills", 3, "processes of TestKilledWhileSaving")

// A process that saves its fleet again and again is killed, at whatever it is doing: the file is whole, and has at least what Save had
// returned for.
func TestKilledWhileSaving(t *testing.T) {
	if path := os.Getenv("INTERLOCK_SAVE_TO"); path != "" {
		saveForEver(t, path)
	}
	for round := range *kills {
		path := filepath.Join(t.TempDir(), "fleet")
		child := exec.Command(os.Args[0], "-test.run=^TestKilledWhileSaving$")
		child.Env = append(os.Environ(), "INTERLOCK_SAVE_TO="+path)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		saved, lines := 0, bufio.NewScanner(out)
		for range 1 + round%7 {
			require.True(t, lines.Scan())
			saved, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
		}
		require.NoError(t, child.Process.Kill())
		for lines.Scan() { // what it said before it was killed
			saved, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
		}
		require.Error(t, child.Wait())
		f := houses(t, &door.HouseClass, houseOpts{})
		n, err := f.Load(path)
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, saved)
		_, err = f.Save(path)
		require.NoError(t, err)
		left, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, left, 1)
		for k := range n {
			v, ok := f.Get(k)
			require.True(t, ok)
			require.Equal(t, uint64(k%2), v.Seq)
		}
	}
}

// saveForEver is the process that is killed: with each round its fleet grows.
func saveForEver(t *testing.T, path string) {
	f := houses(t, &door.HouseClass, houseOpts{})
	for n := 0; ; {
		for range 100 {
			require.NoError(t, f.Add(n, "owner"))
			if n%2 == 1 {
				require.NoError(t, f.Fire(n, pushDoor))
			}
			n++
		}
		saved, err := f.Save(path)
		require.NoError(t, err)
		fmt.Println(saved)
	}
}
