package gen

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"interlock/fsm"
)

// maxName bounds a name of a spec, in bytes. The language has its own, smaller limit.
const maxName = 256

var (
	plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	leafName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$`)
)

// exported is the Go name of a spec's name.
func exported(name string) string { return fsm.GoName(name) }

// lowered is the unexported Go name of a spec's name: RMServer becomes rmServer.
func lowered(name string) string {
	up := exported(name)
	n := 0
	for n < len(up) && unicode.IsUpper(rune(up[n])) {
		n++
	}
	if n > 1 && n < len(up) && unicode.IsLower(rune(up[n])) {
		n--
	}
	return strings.ToLower(up[:n]) + up[n:]
}

// plural is the name of all values of a type.
func plural(name string) string {
	if strings.HasSuffix(name, "s") {
		return name + "es"
	}
	return name + "s"
}

// packageName is the Go package of a spec: its name in lower case, without underscores, and never a word that no package
// can have.
func packageName(spec string) string {
	name := strings.ToLower(strings.ReplaceAll(spec, "_", ""))
	if token.IsKeyword(name) || name == "main" || types.Universe.Lookup(name) != nil {
		return name + "spec"
	}
	return name
}

// The endings of unexported names in generated code. A parameter or field whose name ends so gets an underscore.
const (
	suffixRefusals = "Refusals"
	suffixNames    = "Names"
	suffixRun      = "Run"
	suffixPacket   = "Packet"
	suffixTuples   = "Tuples"
	suffixCodes    = "Codes"
	suffixIndex    = "Index"
	suffixRoutes   = "Routes"
	suffixShape    = "Shape"
	suffixSpread   = "Spread"
	suffixGather   = "Gather"

	suffixNone   = "NoState"
	suffixNext   = "NextStates"
	suffixOther  = "Deliveries"
	suffixErrors = "Errs"
	suffixMore   = "InFull"

	suffixListed  = "Listed"
	suffixOrders  = "Orders"
	suffixLists   = "OrderCodes"
	suffixOutside = "Outside"

	suffixAnswers = "Answers"

	suffixStep   = "KnownStep"
	suffixSteps  = "KnownSteps"
	suffixPlaces = "KnownPlaces"
)

var privateSuffixes = []string{suffixRefusals, suffixNames, suffixRun, suffixPacket, suffixTuples, suffixCodes, suffixIndex, suffixRoutes,
	suffixShape, suffixSpread, suffixGather, suffixNone, suffixNext, suffixOther, suffixErrors, suffixMore,
	suffixListed, suffixOrders, suffixLists, suffixOutside, suffixAnswers, suffixStep, suffixSteps, suffixPlaces}

// taken are the names that generated functions use for themselves.
var taken = func() map[string]bool {
	names := map[string]bool{}
	for _, n := range strings.Fields(`m w s c out next bad cause old tries fsm iter time atomic fmt word index system state armed
		self from err run event held start handle finish at more post full
		drain send pack unpack queue head tail begin restart known take steps`) {
		names[n] = true
	}
	return names
}()

// minted are names that generated functions and methods number or compose.
var minted = regexp.MustCompile(`^(enabled[0-9]+|index[0-9]+|(on|route|receive)[A-Z].*)$`)

// takenByMachine are those of them that the methods and constructors of a plain machine use.
var takenByMachine = map[string]bool{"m": true, "out": true, "next": true, "bad": true, "cause": true, "old": true, "at": true,
	"fsm": true, "from": true, "err": true}

// local is the Go name of a parameter or field: the lowered name, with an underscore where Go, or the generated code round it,
// has that name already.
func local(name string) string { return apart(name, taken) }

// plainParam is the Go name of a parameter of a plain machine.
func plainParam(name string) string { return apart(name, takenByMachine) }

func apart(name string, taken map[string]bool) string {
	low := lowered(name)
	bad := token.IsKeyword(low) || types.Universe.Lookup(low) != nil || taken[low] || minted.MatchString(low)
	for _, s := range privateSuffixes {
		bad = bad || strings.HasSuffix(low, s)
	}
	if bad {
		return low + "_"
	}
	return low
}

// distinct hands out local names of one function or struct: a name that is used already gets a number.
type distinct map[string]bool

func (d distinct) name(wanted string) string {
	name := wanted
	for i := 2; d[name]; i++ {
		name = strings.TrimSuffix(wanted, "_") + "_" + strconv.Itoa(i)
	}
	d[name] = true
	return name
}

// names is a place where Go names must differ: a package, or the fields and methods of a type.
type names struct {
	scope string // "Proxy." for the methods of Proxy, "" for the package
	owner map[string]string
	made  []string // in the order of making
	errs  *[]error
}

func newNames(scope string, errs *[]error) *names {
	return &names{scope: scope, owner: map[string]string{}, errs: errs}
}

// add claims a Go name for something of the spec, which it describes in words. Two claims of one name are an error.
func (n *names) add(name, what string) string {
	if other, ok := n.owner[name]; ok {
		err := fmt.Errorf("gen: %s and %s would both be %s%s in Go: rename one of them", other, what, n.scope, name)
		if other == what {
			err = echoError{err}
		}
		*n.errs = append(*n.errs, err)
		return name
	}
	n.owner[name] = what
	n.made = append(n.made, name)
	return name
}

// echoError tells of two names that are made in the same way for two things: it follows from a clash of what these are called.
type echoError struct{ error }

// joinClashes joins errors, without those that follow from others.
func joinClashes(errs []error) error {
	causes := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return errors.As(err, &echoError{}) })
	if len(causes) == 0 {
		causes = errs
	}
	return errors.Join(causes...)
}

// checkNames reports every name of the spec that the language does not allow. The front end never lets one through; a spec
// that was built or stored otherwise may hold anything.
func (g *generator) checkNames() error {
	var errs []error
	check := func(pattern *regexp.Regexp, kind, name string) {
		if len(name) > maxName || !pattern.MatchString(name) {
			errs = append(errs, fmt.Errorf("gen: the name of %s must be letters, digits and underscores, beginning with a letter: %s", kind, strconv.QuoteToASCII(name)))
		}
	}
	plain := func(kind, name string) { check(plainName, kind, name) }
	params := func(kind string, ps []fsmParam) {
		for _, p := range ps {
			plain("a parameter of "+kind, p.Name)
		}
	}
	plain("the spec", g.spec.Name)
	for _, t := range g.spec.Types {
		plain("a type", t.Name)
		for _, v := range t.Values {
			plain("an enum value", v.Name)
		}
	}
	for _, m := range g.spec.Messages {
		plain("a message", m.Name)
		params("a message", m.Fields)
	}
	for _, e := range g.spec.Effects {
		plain("an effect", e.Name)
		params("an effect", e.Params)
	}
	for _, e := range g.spec.Externs {
		plain("an extern guard", e.Name)
		params("an extern guard", e.Params)
	}
	g.checkMachineNames(plain, params, check)
	g.checkSystemNames(plain, params)
	return errors.Join(errs...)
}

func (g *generator) checkMachineNames(plain func(kind, name string), params func(string, []fsmParam), check func(*regexp.Regexp, string, string)) {
	for _, m := range g.spec.Machines {
		plain("a machine", m.Name)
		params("a machine", m.Params)
		for _, p := range m.Peers {
			plain("a peer", p.Name)
		}
		for _, v := range m.Vars {
			plain("a variable", v.Name)
		}
		for _, t := range m.Timers {
			plain("a timer", t.Name)
		}
		for _, e := range m.Events {
			plain("an event", e.Name)
			params("an event", e.Params)
		}
		for _, s := range m.States {
			check(leafName, "a state", s.Name)
		}
	}
}

func (g *generator) checkSystemNames(plain func(kind, name string), params func(string, []fsmParam)) {
	for _, s := range g.spec.Systems {
		plain("a system", s.Name)
		for _, v := range s.Vars {
			plain("a variable", v.Name)
		}
		for _, in := range s.Instances {
			plain("an instance", in.Group)
		}
		for _, j := range s.Joints {
			plain("a joint transition", j.Name)
			params("a joint transition", j.Params)
		}
	}
}
