package spec

import (
	"fmt"

	"interlock/fsm"
)

// missingName is a name that nothing declares where it is used. If its declaration is what was misspelt, every use of it is
// wrong, for one reason: so it is told once.
type missingName struct {
	scope       any // the *system or *machine that should declare it, or the name of its enum; nil for the file level
	class, name string
}

// missingUses are the places where a missing name stands.
type missingUses struct {
	diag int // index in compiler.diags
	at   []fsm.Span
}

// classes joins the codes that one missing declaration can show in.
var classes = map[string]string{
	"unknown-name": "value", "unknown-instance": "value", "unknown-peer": "value", "unknown-member": "value",
	"unknown-predicate": "value", "unknown-event": "event", "unknown-message": "event", "unknown-timer": "event",
	"unknown-binding": "value", "system-variable": "value",
}

// unknown tells of a name that nothing declares: once for all its uses in a scope.
func (c *compiler) unknown(scope any, code string, name Ident, format string, args ...any) *telling {
	class := classes[code]
	if class == "" {
		class = code
	}
	key := missingName{scope, class, name.Name}
	uses := c.missing[key]
	if uses == nil && code == "unknown-name" { // most likely a constant, which all scopes miss
		uses = c.missing[missingName{nil, "constant", name.Name}]
		c.missing[key] = uses
	}
	if uses == nil {
		t := c.tellAbout(name.Name, Error, code, name.Span, format, args...)
		if t != nil {
			c.told[toldKey{class, name.Name, name.Span}] = true
			c.missing[key] = &missingUses{t.i, []fsm.Span{name.Span}}
			c.order = append(c.order, c.missing[key])
			if code == "unknown-name" {
				c.missing[missingName{nil, "constant", name.Name}] = c.missing[key]
			}
		}
		return t
	}
	if again := (toldKey{class, name.Name, name.Span}); !c.told[again] {
		c.told[again] = true
		uses.at = append(uses.at, name.Span)
	}
	return nil
}

// silence keeps a name from being told as missing: the reason has been told in another way.
func (c *compiler) silence(scope any, class, name string) {
	c.missing[missingName{scope, class, name}] = &missingUses{diag: -1}
}

// gatherMissing puts the diagnostic of a missing name at its first use, and points at two others.
func (c *compiler) gatherMissing() {
	for _, uses := range c.order {
		d := &c.diags[uses.diag]
		first := 0
		for i, at := range uses.at {
			if compareStart(at, uses.at[first]) < 0 {
				first = i
			}
		}
		if d.Fix != nil && d.Fix.Span == d.Span {
			d.Fix.Span = uses.at[first]
		}
		d.Span = uses.at[first]
		rest := append(uses.at[:first:first], uses.at[first+1:]...)
		for len(rest) > 0 && len(d.Labels) < 2 {
			next := 0
			for i, at := range rest {
				if compareStart(at, rest[next]) < 0 {
					next = i
				}
			}
			d.Labels = append(d.Labels, Label{rest[next], "and here"})
			rest = append(rest[:next:next], rest[next+1:]...)
		}
		if len(rest) > 0 {
			d.Message += fmt.Sprintf(" (used at %d places)", len(uses.at))
		}
	}
}
