// Package slogger logs what machines do, with log/slog.
//
//	defer fsm.Observe(slogger.Observer(slog.Default(), slogger.Options{}))()
//
// A record has the word for what became of the event as its message (taken, ignored, deferred, refused), and one group of
// attributes:
//
//	taken fsm.machine=Embedded fsm.session=7 fsm.seq=2 fsm.event=proxy.Hangup(Kicked) fsm.from=… fsm.to=… fsm.effects="[…]"
//
// The texts of an observation are made before anyone can say that its level is not logged: where nothing would be logged at
// all, do not observe.
package slogger

import (
	"context"
	"log/slog"

	"interlock/fsm"
)

// Options say how loud it is.
type Options struct {
	Taken    slog.Leveler // nil is Info
	Ignored  slog.Leveler // nil is Debug
	Deferred slog.Leveler // nil is Debug
	Refused  slog.Leveler // nil is Warn
	Group    string       // the name of the group; "" is "fsm"
}

// Observer is a function for [fsm.Observe] that logs. It is as safe for many goroutines as the logger's handler. What the
// handler fails to write is lost, as with every use of log/slog.
func Observer(log *slog.Logger, o Options) func(fsm.Observation) {
	levels := [...]slog.Leveler{fsm.DeliveryRefused: o.Refused, fsm.DeliveryTaken: o.Taken, fsm.DeliveryIgnored: o.Ignored, fsm.DeliveryDeferred: o.Deferred}
	defaults := [...]slog.Level{fsm.DeliveryRefused: slog.LevelWarn, fsm.DeliveryTaken: slog.LevelInfo, fsm.DeliveryIgnored: slog.LevelDebug,
		fsm.DeliveryDeferred: slog.LevelDebug}
	for i := range levels {
		if levels[i] == nil {
			levels[i] = defaults[i]
		}
	}
	if o.Group == "" {
		o.Group = "fsm"
	}
	return func(seen fsm.Observation) {
		level := levels[fsm.DeliveryTaken].Level()
		if int(seen.Delivery) < len(levels) {
			level = levels[seen.Delivery].Level()
		}
		ctx := context.Background()
		if !log.Enabled(ctx, level) {
			return
		}
		log.LogAttrs(ctx, level, seen.Delivery.String(), slog.Attr{Key: o.Group, Value: slog.GroupValue(attrs(&seen)...)})
	}
}

// attrs are what an observation says; what it does not know is left out.
func attrs(o *fsm.Observation) []slog.Attr {
	list := make([]slog.Attr, 0, 8)
	list = append(list, slog.String("machine", o.Machine))
	if o.Session != "" {
		list = append(list, slog.String("session", o.Session))
	}
	if o.Seq != 0 {
		list = append(list, slog.Uint64("seq", o.Seq))
	}
	call := o.Call
	if call == "" {
		call = o.Event
	}
	list = append(list, slog.String("event", call), slog.String("from", o.From))
	if o.To != o.From {
		list = append(list, slog.String("to", o.To))
	}
	if len(o.Effects) > 0 {
		list = append(list, slog.Any("effects", o.Effects))
	}
	if o.Refused != fsm.CauseNone {
		list = append(list, slog.String("cause", o.Refused.Name()))
	}
	return list
}
