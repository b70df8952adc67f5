package repaired

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// diary is a Host that writes down what it is told, by connection.
type diary struct {
	mu    sync.Mutex
	lines map[ID][]string
	also  func(id ID, line string) // called after a line is written; nil: nothing
}

func newDiary() *diary { return &diary{lines: map[ID][]string{}} }

func (d *diary) write(id ID, format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	d.mu.Lock()
	d.lines[id] = append(d.lines[id], line)
	d.mu.Unlock()
	if d.also != nil {
		d.also(id, line)
	}
}

func (d *diary) CloseSocket(id ID, why Reason)  { d.write(id, "close %s", why) }
func (d *diary) WriteSocket(id ID, data []byte) { d.write(id, "write %s", data) }
func (d *diary) Online(id ID, user string)      { d.write(id, "online %s", user) }
func (d *diary) Offline(id ID, user string)     { d.write(id, "offline %s", user) }

// of is what was written of a connection.
func (d *diary) of(id ID) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines[id])
}

func open(t *testing.T, c *Connections, user string) ID {
	t.Helper()
	id, err := c.Open(user)
	require.NoError(t, err)
	return id
}

func TestOneStepClosesBothEnds(t *testing.T) {
	d := newDiary()
	c := NewConnections(d, nil, 10)
	id := open(t, c, "ann")
	view, ok := c.View(id)
	require.True(t, ok)
	require.Equal(t, View{ID: id, User: "ann", Proxy: ProxyLiveOpen, Leader: LeaderOpen, Steps: 1}, view)
	require.NoError(t, c.Push(id, []byte("hello")))
	require.NoError(t, c.Hangup(id, ReasonBroken))
	_, ok = c.View(id)
	require.False(t, ok)
	require.Zero(t, c.Online("ann"))
	require.NoError(t, c.Check())
	require.Equal(t, []string{"online ann", "write hello", "close Broken", "offline ann"}, d.of(id))
}

func TestKickUserEndsAllOfThem(t *testing.T) {
	d := newDiary()
	c := NewConnections(d, nil, 10)
	ids := []ID{open(t, c, "ann"), open(t, c, "ann"), open(t, c, "ann")}
	bob := open(t, c, "bob")
	require.Equal(t, 3, c.KickUser("ann"))
	for _, id := range ids {
		require.ErrorIs(t, c.Kick(id), ErrUnknown)
		require.Equal(t, []string{"online ann", "offline ann", "close Kicked"}, d.of(id))
	}
	require.Equal(t, 1, c.Online("bob"))
	require.Equal(t, []View{{ID: bob, User: "bob", Proxy: ProxyLiveOpen, Leader: LeaderOpen, Steps: 1}}, slices.Collect(c.All()))
	require.NoError(t, c.Check())
}

func TestLimits(t *testing.T) {
	d := newDiary()
	c := NewConnections(d, nil, 1)
	id := open(t, c, "ann")
	_, err := c.Open("bob")
	require.ErrorIs(t, err, ErrFull)
	pushed, refused := 0, 0
	d.also = func(id ID, line string) { // a Host that pushes while it is told cannot fill the memory
		for line == "write first" && refused == 0 {
			if c.Push(id, []byte("more")) == nil {
				pushed++
			} else {
				refused++
			}
		}
	}
	require.NoError(t, c.Push(id, []byte("first")))
	require.Equal(t, MaxWaiting, pushed)
	require.Len(t, d.of(id), 2+MaxWaiting)
	require.NoError(t, c.Hangup(id, ReasonEOF))
	require.NoError(t, c.Check())
}

// TestAHostMayCallBack: what it asks for while it is told comes after what it is told now.
func TestAHostMayCallBack(t *testing.T) {
	d := newDiary()
	c := NewConnections(d, nil, 10)
	d.also = func(id ID, line string) {
		if line == "write bye" {
			require.NoError(t, c.Push(id, []byte("last")))
			require.NoError(t, c.Kick(id))
			require.NoError(t, c.Check())
		}
	}
	id := open(t, c, "ann")
	require.NoError(t, c.Push(id, []byte("bye")))
	require.Equal(t, []string{"online ann", "write bye", "write last", "offline ann", "close Kicked"}, d.of(id))
}

// TestAPanicLosesNoOtherStep: a Host that panics must not keep later steps from being told.
func TestAPanicLosesNoOtherStep(t *testing.T) {
	d := newDiary()
	c := NewConnections(d, nil, 10)
	id := open(t, c, "ann")
	d.also = func(_ ID, line string) {
		if line == "write poison" {
			panic(line)
		}
	}
	require.Panics(t, func() { _ = c.Push(id, []byte("poison")) })
	require.NoError(t, c.Hangup(id, ReasonEOF))
	require.Equal(t, []string{"online ann", "write poison", "close EOF", "offline ann"}, d.of(id))
	require.NoError(t, c.Check())
}

func TestALogLinePerTransition(t *testing.T) {
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	c := NewConnections(newDiary(), log, 10)
	id := open(t, c, "ann")
	require.NoError(t, c.Kick(id))
	require.Error(t, c.Kick(id))
	require.Equal(t, `level=INFO msg=transition connection=1 user=ann step=1 event=proxy.Accept proxy="Idle -> Live.Open" leader="Absent -> Open"
level=INFO msg=transition connection=1 user=ann step=2 event=leader.Kick proxy="Live.Open -> Closed" leader="Open -> Gone"
`, text.String())
}

// TestCheckSeesWhatIsBroken breaks the books in every way there is.
func TestCheckSeesWhatIsBroken(t *testing.T) {
	for _, fault := range []struct {
		name string
		seed func(c *Connections, conn *connection)
		want string
	}{
		{"the leader's book forgets", func(c *Connections, conn *connection) { delete(c.users, conn.user) },
			"proxy Live.Open, leader Open, has a socket: true, can be reached: false"},
		{"the proxy's book forgets", func(c *Connections, conn *connection) { delete(c.sockets, conn.id) },
			"proxy Live.Open, leader Open, has a socket: false, can be reached: true"},
		{"an end is dropped, as WuKongIM did", func(_ *Connections, conn *connection) {
			_, err := conn.both.ProxyHangup(ReasonEOF)
			require.NoError(t, err)
		}, "proxy Closed, leader Gone, has a socket: true, can be reached: true"},
	} {
		t.Run(fault.name, func(t *testing.T) {
			c := NewConnections(newDiary(), nil, 10)
			open(t, c, "ann")
			id := open(t, c, "bob")
			require.NoError(t, c.Check())
			fault.seed(c, c.sockets[id])
			require.EqualError(t, c.Check(), "repaired: connection 2 of bob: "+fault.want)
		})
	}
}

// TestNothingElseCanHappen walks at random: whatever is called, the books agree, and each connection's story is one Online,
// writes, then one CloseSocket and one Offline.
func TestNothingElseCanHappen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDiary()
		c := NewConnections(d, nil, 4)
		ids := []ID{99}
		t.Repeat(map[string]func(*rapid.T){
			"open": func(t *rapid.T) {
				if id, err := c.Open(rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "user")); err == nil {
					ids = append(ids, id)
				}
			},
			"hangup": func(t *rapid.T) { known(t, c.Hangup(rapid.SampledFrom(ids).Draw(t, "id"), ReasonSilent)) },
			"kick":   func(t *rapid.T) { known(t, c.Kick(rapid.SampledFrom(ids).Draw(t, "id"))) },
			"push":   func(t *rapid.T) { known(t, c.Push(rapid.SampledFrom(ids).Draw(t, "id"), []byte("x"))) },
			"kick user": func(t *rapid.T) {
				require.Equal(t, c.Online("ann"), c.KickUser("ann"))
			},
			"": func(t *rapid.T) {
				require.NoError(t, c.Check())
				for _, id := range ids[1:] {
					_, still := c.View(id)
					requireStory(t, d.of(id), still)
				}
			},
		})
	})
}

// known lets the error of an ended connection pass, and no other.
func known(t *rapid.T, err error) {
	if err != nil && !errors.Is(err, ErrUnknown) {
		require.NoError(t, err)
	}
}

// requireStory looks at what the Host was told of one connection.
func requireStory(t require.TestingT, lines []string, open bool) {
	count := map[string]int{}
	for _, line := range lines {
		word, _, _ := strings.Cut(line, " ")
		count[word]++
	}
	ended := 1
	if open {
		ended = 0
	}
	require.Equal(t, [3]int{1, ended, ended}, [3]int{count["online"], count["offline"], count["close"]}, "%v", lines)
	require.Equal(t, "online", strings.Fields(lines[0])[0])
	writes := slices.ContainsFunc(lines[len(lines)-2*ended:], func(line string) bool { return strings.HasPrefix(line, "write") })
	require.False(t, writes && !open, "%v", lines)
}

// TestManyGoroutines lets both ends of the same connections be closed, written to and looked at from everywhere at once.
func TestManyGoroutines(t *testing.T) {
	d := newDiary()
	c := NewConnections(d, nil, 1000)
	var ids []ID
	for i := range 100 {
		ids = append(ids, open(t, c, fmt.Sprintf("user%d", i%10)))
	}
	var workers sync.WaitGroup
	for w := range 8 {
		workers.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			for range 2000 {
				id := ids[random.IntN(len(ids))]
				switch random.IntN(40) {
				case 0:
					_ = c.Hangup(id, ReasonEOF)
				case 1:
					_ = c.Kick(id)
				case 2:
					_ = c.KickUser(fmt.Sprintf("user%d", random.IntN(10)))
				case 3:
					if err := c.Check(); err != nil {
						t.Error(err)
					}
				case 4:
					for view := range c.All() {
						if view.Proxy != ProxyLiveOpen || view.Leader != LeaderOpen {
							t.Error("half open", view)
						}
					}
				default:
					_ = c.Push(id, []byte("x"))
				}
			}
		})
	}
	workers.Wait()
	require.NoError(t, c.Check())
	for _, id := range ids {
		_, still := c.View(id)
		requireStory(t, d.of(id), still)
	}
}

// TestASecondEndIsRefused: the machine itself has no transition for it.
func TestASecondEndIsRefused(t *testing.T) {
	both, _, err := NewEmbedded()
	require.NoError(t, err)
	_, err = both.LeaderKick()
	require.ErrorIs(t, err, fsm.ErrRefused)
	_, err = both.ProxyAccept()
	require.NoError(t, err)
	_, err = both.LeaderKick()
	require.NoError(t, err)
	require.Equal(t, EmbeddedProxyClosedLeaderGone, both.State())
	_, err = both.ProxyHangup(ReasonEOF)
	require.ErrorIs(t, err, fsm.ErrRefused)
}
