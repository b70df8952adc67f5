package dve

import (
	"fmt"
	"strconv"

	"interlock/fsm"
	"interlock/spec"
)

// The types of DVE.
var (
	byteType = fsm.IntType(0, 255)
	intType  = fsm.IntType(-1<<15, 1<<15-1)
)

// longType is the type that all is calculated in.
var longType = fsm.IntType(-1<<31, 1<<31-1)

// mistake makes a diagnostic.
func mistake(at fsm.Span, code, format string, args ...any) spec.Diagnostic {
	return spec.Diagnostic{Code: code, Message: fmt.Sprintf(format, args...), Span: at}
}

// parser reads a text. A reader of a part returns false where it has told a mistake; its caller then looks for the end of
// that part.
type parser struct {
	tokens []token
	at     int
	depth  int
	diags  []spec.Diagnostic
	done   bool // too many mistakes: nothing more is told
}

// parse reads a whole text. What it returns is of use only if there is no mistake.
func parse(file string, src []byte) (*program, []spec.Diagnostic) {
	tokens, diags := lex(file, string(src))
	p := &parser{tokens: tokens, diags: diags}
	if len(diags) > 0 {
		return nil, diags
	}
	return p.program(), p.diags
}

func (p *parser) here() *token { return &p.tokens[p.at] }

func (p *parser) next() *token {
	t := &p.tokens[p.at]
	if p.at < len(p.tokens)-1 {
		p.at++
	}
	return t
}

// take goes on if the next token is this word or sign.
func (p *parser) take(text string) bool {
	if p.here().is(text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) fail(at fsm.Span, code, format string, args ...any) bool {
	p.diags = append(p.diags, mistake(at, code, format, args...))
	p.done = p.done || len(p.diags) > spec.MaxDiagnostics
	return false
}

func (p *parser) expect(text, where string) bool {
	return p.take(text) || p.fail(p.here().span, "dve-syntax", "expected %s %s, found %s", quote(text), where, p.here().describe())
}

func (p *parser) ident(what string) (ident, bool) {
	if t := p.here(); t.kind != name {
		return ident{}, p.fail(t.span, "dve-syntax", "expected the name of %s, found %s", what, t.describe())
	}
	t := p.next()
	return ident{t.text, t.span}, true
}

// idents reads names up to a semicolon.
func (p *parser) idents(what string) ([]ident, bool) {
	var list []ident
	for {
		id, ok := p.ident(what)
		if !ok {
			return list, false
		}
		list = append(list, id)
		if !p.take(",") {
			return list, p.expect(";", "after the names")
		}
	}
}

// recover goes behind the next semicolon, or to a brace, a process or the end, after a mistake in a part that began at before.
// It always goes on, and stays where the part was read to its end.
func (p *parser) recover(before int) {
	if p.at > before && p.tokens[p.at-1].is(";") {
		return
	}
	for {
		t := p.here()
		switch {
		case t.kind == endOfText:
			return
		case t.is(";"):
			p.next()
			return
		case p.at > before && (t.is("process") || t.is("system") || t.is("}")):
			return
		}
		p.next()
	}
}

// program reads declarations, processes and the system line.
func (p *parser) program() *program {
	f := &program{}
	for p.here().kind != endOfText && !p.done {
		before := p.at
		if p.here().is("system") {
			f.span = p.here().span
			if p.system(f) {
				break
			}
			return f
		}
		if !p.item(f) {
			p.recover(before)
		}
	}
	switch {
	case len(p.diags) > 0:
	case len(f.processes) == 0:
		p.fail(p.here().span, "dve-syntax", "there is no process")
	case f.span.IsZero():
		p.fail(p.here().span, "dve-syntax", "the text ends without `system async;`")
	}
	return f
}

func (p *parser) item(f *program) bool {
	switch t := p.here(); {
	case t.is("process"):
		proc, ok := p.process()
		if ok {
			f.processes = append(f.processes, proc)
		}
		return ok
	case t.is("channel"):
		list, ok := p.channels()
		f.channels = append(f.channels, list...)
		return ok
	case t.is("const"), t.is("byte"), t.is("int"):
		list, ok := p.variables(-1)
		f.vars = append(f.vars, list...)
		return ok
	}
	p.fail(p.here().span, "dve-syntax", "expected a declaration, `process` or `system`, found %s", p.here().describe())
	advise(p.diags, p.here().text)
	return false
}

// system reads the last line: "system async;", or "system async property P;".
func (p *parser) system(f *program) bool {
	p.next()
	switch t := p.here(); {
	case t.is("sync"):
		return p.fail(t.span, "dve-unsupported", "a synchronous system: every process would step at once")
	case !p.take("async"):
		return p.fail(t.span, "dve-syntax", "expected `async` after `system`, found %s", t.describe())
	}
	if p.take("property") {
		var ok bool
		if f.property, ok = p.ident("a process"); !ok {
			return false
		}
	}
	if !p.expect(";", "after the system") {
		return false
	}
	if t := p.here(); t.kind != endOfText {
		return p.fail(t.span, "dve-syntax", "the text goes on after the system: %s", t.describe())
	}
	return true
}

// typ reads byte or int.
func (p *parser) typ() (*fsm.Type, bool) {
	switch {
	case p.take("byte"):
		return byteType, true
	case p.take("int"):
		return intType, true
	}
	return nil, p.fail(p.here().span, "dve-syntax", "expected `byte` or `int`, found %s", p.here().describe())
}

// variables reads "const byte a = 1, b[2] = {1, 2};".
func (p *parser) variables(process int) ([]*variable, bool) {
	constant := p.take("const")
	typ, ok := p.typ()
	if !ok {
		return nil, false
	}
	var list []*variable
	for {
		v := &variable{constant: constant, typ: typ, process: process}
		if v.ident, ok = p.ident("a variable"); !ok {
			return list, false
		}
		if v.array = p.take("["); v.array {
			if v.size, ok = p.expr(); !ok || !p.expect("]", "after the size of the array") {
				return list, false
			}
		}
		if p.take("=") && !p.initial(v) {
			return list, false
		}
		list = append(list, v)
		if !p.take(",") {
			return list, p.expect(";", "after the declaration")
		}
	}
}

func (p *parser) initial(v *variable) (ok bool) {
	if v.braces = p.take("{"); !v.braces {
		v.init, ok = p.list(1)
		return ok
	}
	v.init, ok = p.list(maxSlots)
	return ok && p.expect("}", "after the initial values")
}

// channels reads "channel a, b;" or "channel {byte, int} c[2];".
func (p *parser) channels() ([]*channel, bool) {
	p.next()
	var list []*channel
	var types []*fsm.Type
	typed := p.take("{")
	for more := typed; more; more = p.take(",") {
		t, ok := p.typ()
		if !ok {
			return nil, false
		}
		types = append(types, t)
	}
	if typed && !p.expect("}", "after the types of the channel") {
		return nil, false
	}
	for {
		c := &channel{typed: typed, types: types}
		var ok bool
		if c.ident, ok = p.ident("a channel"); !ok {
			return list, false
		}
		if typed {
			if !p.expect("[", "after a channel with types: its buffer has a size, which may be 0") {
				return list, false
			}
			if c.size, ok = p.expr(); !ok || !p.expect("]", "after the size of the buffer") {
				return list, false
			}
		}
		list = append(list, c)
		if !p.take(",") {
			if p.here().is("[") {
				p.fail(p.here().span, "dve-syntax", "a channel without types has no buffer")
				p.diags[len(p.diags)-1].Help = "Say what is in it: channel {byte} " + c.name + "[1];"
				return list, false
			}
			return list, p.expect(";", "after the channels")
		}
	}
}

// number is the value of a token of digits. The lexer has told if there are too many.
func (t *token) number() int64 {
	n, err := strconv.ParseInt(t.text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
