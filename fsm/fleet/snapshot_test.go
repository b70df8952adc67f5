package fleet_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
	"interlock/fsm/fleet"
	"interlock/fsm/fleet/emitted/door"
	"interlock/fsm/fleet/emitted/pool"
)

// A fleet that is stored and restored is the same fleet, and its timers go on with what was left of them.
func TestASnapshotIsTheFleet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newOffices(t)
		defer w.fleet.Close()
		for k := range rapid.IntRange(0, 5).Draw(t, "sessions") {
			require.NoError(t, w.fleet.Add(k, []string{"", "a", "b"}[k%3]))
			for range rapid.IntRange(0, 8).Draw(t, "events") {
				_ = w.fleet.Fire(k, office.calls[rapid.IntRange(0, len(office.calls)-1).Draw(t, "event")].event)
				w.now = w.now.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "ms")) * time.Millisecond)
			}
		}
		var stored bytes.Buffer
		n, err := w.fleet.Snapshot(&stored)
		require.NoError(t, err)
		require.Equal(t, w.fleet.Len(), n)

		v := newOffices(t)
		defer v.fleet.Close()
		v.lenient = w.lenient
		v.now = v.now.Add(1000 * time.Hour) // neither the time nor when the fleet was made matters
		got, err := v.fleet.Restore(bytes.NewReader(stored.Bytes()))
		require.NoError(t, err)
		require.Equal(t, n, got)
		same(t, w.fleet, v.fleet)
		require.Equal(t, w.fleet.Stats().Timers, v.fleet.Stats().Timers)
		for range 6 { // what is due goes on being due in both at once
			w.now, v.now = w.now.Add(1100*time.Millisecond), v.now.Add(1100*time.Millisecond)
			require.Equal(t, w.fleet.Advance(), v.fleet.Advance())
			same(t, w.fleet, v.fleet)
		}
	})
}

func same(t require.TestingT, a, b *officeFleet) {
	require.Equal(t, a.Len(), b.Len())
	require.Equal(t, a.Counts(), b.Counts())
	for v := range a.All() {
		other, ok := b.Get(v.Key)
		require.True(t, ok)
		require.Equal(t, v, other)
	}
	require.Equal(t, a.Owned("a"), b.Owned("a"))
}

type (
	houseFleet = fleet.Fleet[int, string, door.House, door.HouseEvent, door.HouseEffects]
	houseOpts  = fleet.Options[int, string, door.House, door.HouseEvent, door.HouseEffects]
	houseStep  = fleet.Step[int, string, door.House, door.HouseEvent, door.HouseEffects]
)

var pushDoor = door.HouseEvent{Kind: door.HouseOnDoorPush}

func houses(t *testing.T, class *fsm.Class[door.House, door.HouseEvent, door.HouseEffects], o houseOpts) *houseFleet {
	f, err := fleet.New(class, o)
	require.NoError(t, err)
	t.Cleanup(f.Close)
	return f
}

// Whatever is cut off or changed in a snapshot, restoring it is an error, and leaves the fleet empty.
func TestADamagedSnapshotIsAnError(t *testing.T) {
	f := houses(t, &door.HouseClass, houseOpts{})
	for k := range 20 {
		require.NoError(t, f.Add(k, "north"))
	}
	var stored bytes.Buffer
	_, err := f.Snapshot(&stored)
	require.NoError(t, err)
	whole := stored.Bytes()
	empty := houses(t, &door.HouseClass, houseOpts{})
	try := func(text []byte) {
		_, err := empty.Restore(bytes.NewReader(text))
		require.ErrorIs(t, err, fleet.ErrDamaged)
		require.Zero(t, empty.Len())
	}
	for n := range whole {
		try(whole[:n])
		changed := bytes.Clone(whole)
		changed[n] ^= 1 << (n % 8)
		try(changed)
	}
	n, err := empty.Restore(bytes.NewReader(whole))
	require.NoError(t, err)
	require.Equal(t, 20, n)
	_, err = empty.Restore(bytes.NewReader(whole))
	require.ErrorIs(t, err, fleet.ErrNotEmpty)

	other := door.HouseClass
	other.Spec = "sha256:0"
	_, err = houses(t, &other, houseOpts{}).Restore(bytes.NewReader(whole))
	require.ErrorIs(t, err, fsm.ErrSpecChanged)
	other = door.HouseClass
	other.Layout = "other" // the same spec, whose words another generator lays out otherwise
	_, err = houses(t, &other, houseOpts{}).Restore(bytes.NewReader(whole))
	require.ErrorIs(t, err, fsm.ErrSpecChanged)

	small := houses(t, &door.HouseClass, houseOpts{Max: 19})
	n, err = small.Restore(bytes.NewReader(whole)) // what was stored is not left out
	require.NoError(t, err)
	require.Equal(t, 20, n)
	require.ErrorIs(t, small.Add(1000, ""), fleet.ErrFull)
}

// A block whose checksum is right is still looked at: a joint state that there is not, timers that do not run there.
func TestASnapshotIsChecked(t *testing.T) {
	f, err := fleet.New(&pool.OfficeClass, officeOpts{Now: time.Now})
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Add(1, ""))
	require.NoError(t, f.Fire(1, pool.OfficeEvent{Kind: pool.OfficeOnDeskOpen}))
	for name, spoil := range map[string]func(*fsm.Class[pool.Office, pool.OfficeEvent, pool.OfficeEffects]){
		"word": func(c *fsm.Class[pool.Office, pool.OfficeEvent, pool.OfficeEffects]) {
			c.Word = func(pool.Office) uint64 { return 1<<64 - 1 }
		},
		"timers": func(c *fsm.Class[pool.Office, pool.OfficeEvent, pool.OfficeEffects]) {
			c.Armed = func(pool.Office) uint64 { return 0 }
			c.Take = func(s pool.Office, event pool.OfficeEvent, out *pool.OfficeEffects) (pool.Office, fsm.Change, error) {
				after, change, err := pool.OfficeClass.Take(s, event, out)
				change.Before, change.Armed, change.Started = 0, 0, 0
				return after, change, err
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			class := pool.OfficeClass
			spoil(&class)
			spoiled, err := fleet.New(&class, officeOpts{Now: time.Now})
			require.NoError(t, err)
			defer spoiled.Close()
			require.NoError(t, spoiled.Add(1, ""))
			require.NoError(t, spoiled.Fire(1, pool.OfficeEvent{Kind: pool.OfficeOnDeskOpen}))
			var stored bytes.Buffer
			_, err = spoiled.Snapshot(&stored)
			require.NoError(t, err)
			into, err := fleet.New(&pool.OfficeClass, officeOpts{Now: time.Now})
			require.NoError(t, err)
			defer into.Close()
			_, err = into.Restore(&stored)
			require.ErrorIs(t, err, fleet.ErrDamaged)
		})
	}
}

// Keys of all kinds find back.
func TestKeysAreStored(t *testing.T) {
	keyed(t, "a", "b")
	keyed(t, 1, -1<<62)
	keyed(t, uint(1), 1<<63)
	keyed(t, uint16(1), 2)
	keyed(t, [16]byte{1}, [16]byte{15: 7})
	keyed(t, struct {
		Node uint32
		Seq  int64
	}{1, 2}, struct {
		Node uint32
		Seq  int64
	}{2, -2})
	keyed(t, time.Unix(1, 0).UTC(), time.Unix(2, 0).UTC())

	f, err := fleet.New(&door.HouseClass, fleet.Options[struct{ n int }, string, door.House, door.HouseEvent, door.HouseEffects]{})
	require.NoError(t, err)
	defer f.Close()
	_, err = f.Snapshot(&bytes.Buffer{})
	require.ErrorIs(t, err, fleet.ErrOptions)
}

func keyed[K comparable](t *testing.T, keys ...K) {
	a, err := fleet.New(&door.HouseClass, fleet.Options[K, K, door.House, door.HouseEvent, door.HouseEffects]{})
	require.NoError(t, err)
	defer a.Close()
	for _, k := range keys {
		require.NoError(t, a.Add(k, k))
	}
	path := filepath.Join(t.TempDir(), "fleet")
	_, err = a.Save(path)
	require.NoError(t, err)
	n, err := a.Save(path)
	require.NoError(t, err)
	require.Equal(t, len(keys), n)
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1)
	b, err := fleet.New(&door.HouseClass, fleet.Options[K, K, door.House, door.HouseEvent, door.HouseEffects]{})
	require.NoError(t, err)
	defer b.Close()
	_, err = b.Load(path)
	require.NoError(t, err)
	for _, k := range keys {
		v, ok := b.Get(k)
		require.True(t, ok)
		require.Equal(t, k, v.Owner)
	}
}

// What a killed process left behind is removed by the next Save of the same name; what another one is writing is not, nor is anything else.
func TestSaveRemovesWhatWasLeftBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fleet")
	for _, name := range []string{".new-12", ".new-mine", ".new-", "2.new-3"} {
		require.NoError(t, os.WriteFile(path+name, []byte("half"), 0o600))
	}
	names := func() (all []string) {
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}
	began, gate := make(chan struct{}), make(chan struct{})
	slow, err := fleet.New(&door.HouseClass, houseOpts{Keys: fleet.Codec[int]{
		Append: func(to []byte, _ int) []byte {
			close(began)
			<-gate
			return append(to, '1')
		},
		Parse: func([]byte) (int, error) { return 1, nil },
	}})
	require.NoError(t, err)
	defer slow.Close()
	require.NoError(t, slow.Add(1, ""))
	saved := make(chan error)
	go func() {
		_, err := slow.Save(path)
		saved <- err
	}()
	<-began
	require.Len(t, names(), 4) // one was left behind, and one is being written
	_, err = houses(t, &door.HouseClass, houseOpts{}).Save(path)
	require.NoError(t, err)
	require.Len(t, names(), 5)
	close(gate)
	require.NoError(t, <-saved)
	require.Equal(t, []string{"fleet", "fleet.new-", "fleet.new-mine", "fleet2.new-3"}, names())
	f := houses(t, &door.HouseClass, houseOpts{})
	n, err := f.Load(path)
	require.NoError(t, err)
	require.Equal(t, 1, n)
}
