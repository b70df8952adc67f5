//go:build unix

package property

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var killCount = flag.Int("storage.kills", 6, "how often searches on disk are killed")

// A search on disk that is killed, whenever that is, goes on where the last checkpoint was, and ends with the report of one that
// was left alone. With -storage.kills they are killed more often.
func TestKilledSearchGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command and a program")
	}
	command := filepath.Join(t.TempDir(), "interlock")
	out, err := exec.Command("go", "build", "-o", command, "../cmd/interlock").CombinedOutput()
	require.NoError(t, err, "%s", out)
	args := []string{"check", "-json", "-system", "LeaderCrash", "-property", "deadlock", "-property", "Orphan",
		"-max-memory", "100k", "-checkpoint", "1ms", "-dir"}
	run := func(dir string) *exec.Cmd {
		return exec.Command(command, append(args, dir, "../machines/wukongim/repaired")...)
	}
	want, err := run(filepath.Join(t.TempDir(), "built")).Output()
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, run(filepath.Join(t.TempDir(), "whole")).Run())
	took := time.Since(began) // the first one was built
	random := rand.New(rand.NewPCG(uint64(*killCount), 1))
	for killed := 0; killed < *killCount; {
		dir := filepath.Join(t.TempDir(), "killed")
		for {
			var out, said bytes.Buffer
			cmd := run(dir)
			cmd.Stdout, cmd.Stderr = &out, &said
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with the search that it starts
			require.NoError(t, cmd.Start())
			kill := time.AfterFunc(time.Duration(random.Int64N(int64(took)/2)), func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
			err := cmd.Wait()
			kill.Stop()
			if err == nil {
				require.Empty(t, difference(measured.ReplaceAllString(string(want), ""), measured.ReplaceAllString(out.String(), "")))
				break
			}
			require.Equal(t, "signal: killed", err.Error(), "%s", &said)
			killed++
		}
	}
}

// measured matches what of a report differs from run to run.
var measured = regexp.MustCompile(`\s*"(seconds|buildSeconds|tableBytes|bytesPerState|storedBytes|dir|resumed)": [^\n]*`)
