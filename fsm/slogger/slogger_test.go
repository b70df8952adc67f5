package slogger_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/fsm/slogger"
)

var (
	taken = fsm.Observation{Machine: "Embedded", Session: "7\n", Seq: 2, Event: "proxy.Hangup", Call: "proxy.Hangup(Kicked)", From: "Open", To: "Shut",
		Effects: []string{"proxy: do CloseSocket(Kicked)", "leader: do Forget"}, Delivery: fsm.DeliveryTaken}
	refused  = fsm.Observation{Machine: "Proxy", Event: "Accept", From: "Open", To: "Open", Refused: fsm.CauseState}
	ignored  = fsm.Observation{Machine: "Proxy", Event: "Registered", From: "Open", To: "Open", Delivery: fsm.DeliveryIgnored}
	deferred = fsm.Observation{Machine: "Proxy", Event: "Registered", From: "Open", To: "Open", Delivery: fsm.DeliveryDeferred}
)

// logged is what is logged of all four, at a level and above, without the time.
func logged(o slogger.Options, level slog.Level) string {
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	tell := slogger.Observer(log, o)
	for _, o := range []fsm.Observation{taken, refused, ignored, deferred} {
		tell(o)
	}
	return b.String()
}

func TestEachKindHasItsLevel(t *testing.T) {
	require.Equal(t, strings.Join([]string{
		`level=INFO msg=taken fsm.machine=Embedded fsm.session="7\n" fsm.seq=2 fsm.event=proxy.Hangup(Kicked) fsm.from=Open fsm.to=Shut ` +
			`fsm.effects="[proxy: do CloseSocket(Kicked) leader: do Forget]"`,
		`level=WARN msg=refused fsm.machine=Proxy fsm.event=Accept fsm.from=Open fsm.cause=state`,
		`level=DEBUG msg=ignored fsm.machine=Proxy fsm.event=Registered fsm.from=Open`,
		`level=DEBUG msg=deferred fsm.machine=Proxy fsm.event=Registered fsm.from=Open`, ""}, "\n"), logged(slogger.Options{}, slog.LevelDebug))
	require.Equal(t, "level=ERROR msg=refused other.machine=Proxy other.event=Accept other.from=Open other.cause=state\n",
		logged(slogger.Options{Refused: slog.LevelError, Taken: slog.LevelDebug, Group: "other"}, slog.LevelError))
}

func TestEffectsAreAListInJSON(t *testing.T) {
	var b bytes.Buffer
	slogger.Observer(slog.New(slog.NewJSONHandler(&b, nil)), slogger.Options{})(taken)
	var record struct {
		FSM struct {
			Effects []string
			Session string
		}
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &record))
	require.Equal(t, taken.Effects, record.FSM.Effects)
	require.Equal(t, taken.Session, record.FSM.Session)
}

// A level that is not logged costs no allocation, and a level can change while the program runs.
func TestDisabledLevels(t *testing.T) {
	var b bytes.Buffer
	var level slog.LevelVar
	level.Set(slog.LevelError)
	tell := slogger.Observer(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: &level})), slogger.Options{})
	require.Zero(t, testing.AllocsPerRun(100, func() { tell(taken) }))
	require.Zero(t, b.Len())
	level.Set(slog.LevelInfo)
	tell(taken)
	require.NotZero(t, b.Len())
}

func TestManyGoroutines(t *testing.T) {
	var b bytes.Buffer
	tell := slogger.Observer(slog.New(slog.NewTextHandler(&b, nil)), slogger.Options{})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				tell(taken)
			}
		})
	}
	wait.Wait()
	require.Equal(t, 400, strings.Count(b.String(), "\n"))
}
