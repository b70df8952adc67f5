package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// Source is one file of a spec.
type Source struct {
	Name string // as it stands in spans and diagnostics
	Text []byte
}

// Compile turns the files of one spec into what the checker and the generator read. The overrides in set replace the
// values of constants by name. All mistakes of all files come back in the order of the text; if any of them is an Error
// the spec is nil. Warnings come with a spec.
func Compile(sources []Source, set map[string]string) (*fsm.Spec, []Diagnostic) {
	return newCompiler(sources, set).compile()
}

// compile goes through the passes.
func (c *compiler) compile() (*fsm.Spec, []Diagnostic) {
	c.parse()            // text to trees; what the parser tells stands first
	c.declare()          // the names of the folder; the switches round items are decided here
	c.resolveTypes()     // constants and types have values from here on
	c.shapeMachines()    // peers, variables, timers, events and states, but no bodies
	c.shapeSystems()     // how many instances there are: this bounds self and from
	c.checkPredicates()  // each once, whether it is used or not
	c.lowerMachines()    // guards and bodies
	c.assembleMachines() // what is sent where is known: events, and levels of flat states
	c.lowerSystems()
	c.warn()
	return c.finish()
}

// compiler is one run of [Compile].
type compiler struct {
	sources []Source
	set     map[string]string
	asked   []Question
	files   []*File
	items   []Item // what stands at file level once switches are decided, in the order of the text
	ends    map[string][]int

	values   table[*valueDecl] // constants, predicates and extern guards
	types    table[*typeDecl]
	messages table[*messageDecl]
	effects  table[*effectDecl]
	machines table[*machine]
	systems  table[*system]
	enums    map[string][]*typeDecl // by the name of a value

	spec     *fsm.Spec
	diags    []Diagnostic
	syntax   int // how many of them the parser told
	told     map[toldKey]bool
	mixed    bool // files of several specs: what both declare is no mistake of its own
	hidden   bool // an item could not be read: names that nothing declares may stand in it
	unrolled int  // expressions and statements made by unrolling
	depth    int  // of unrolling
	missing  map[missingName]*missingUses
	order    []*missingUses // of missing
	expanded []*predicate   // those under expansion, outermost first
	later    []func()       // warnings, given where there are no errors
}

// toldKey makes every mistake one diagnostic, however often the text is expanded.
type toldKey struct {
	code, subject string
	span          fsm.Span
}

func newCompiler(sources []Source, set map[string]string) *compiler {
	sources = slices.Clone(sources)
	slices.SortStableFunc(sources, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	return &compiler{
		sources: sources, set: set, spec: &fsm.Spec{}, told: map[toldKey]bool{}, missing: map[missingName]*missingUses{},
		ends: map[string][]int{}, enums: map[string][]*typeDecl{},
	}
}

// parse reads every file and sees that they belong together.
func (c *compiler) parse() {
	for _, s := range c.sources {
		file, diags := Parse(s.Name, s.Text)
		c.files = append(c.files, file)
		c.diags = append(c.diags, diags...)
		c.syntax = len(c.diags)
		c.spec.Files = append(c.spec.Files, s.Name)
		c.spec.Doc = joinDoc(c.spec.Doc, file.Doc)
		switch {
		case file.Spec.Name == "" || file.Spec.Name == c.spec.Name:
		case c.spec.Name == "":
			c.spec.Name = file.Spec.Name
		default:
			c.tell("spec-name", file.Spec.Span, "this file is part of spec %s, but another one of the folder is part of spec %s",
				quote(file.Spec.Name), quote(c.spec.Name)).
				help("A folder is one spec: use one name in all its files, or move this file to a folder of its own.").fix(file.Spec.Span, c.spec.Name)
			c.mixed = true
		}
	}
	if len(c.sources) == 0 {
		c.tell("no-files", fsm.Span{}, "there is no file to compile").help("A spec is a folder with .fsm files.")
	}
}

func joinDoc(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n\n" + b
}

// finish numbers the slots of the spec, unless there is a mistake in the text.
func (c *compiler) finish() (*fsm.Spec, []Diagnostic) {
	c.gatherMissing()
	c.dropCascades()
	diags := Limit(c.diags, MaxDiagnostics)
	if HasErrors(diags) {
		return nil, diags
	}
	c.spec.Digest = c.digest()
	if err := c.spec.Finish(); err != nil {
		panic(fmt.Sprintf("spec: lowering made a spec that is not whole: %v", err))
	}
	return c.spec, diags
}

// dropCascades takes out what was told of the meaning of a line whose syntax is wrong: it was guessed. So is what two files
// declare that are not of one spec.
func (c *compiler) dropCascades() {
	type line struct {
		file string
		n    int
	}
	broken := map[line]bool{}
	for _, d := range c.diags[:c.syntax] {
		broken[line{d.Span.File, d.Span.Line}] = broken[line{d.Span.File, d.Span.Line}] || d.Severity == Error
	}
	kept := c.diags[:c.syntax]
	for _, d := range c.diags[c.syntax:] {
		twice := c.mixed && d.Code == "duplicate" && len(d.Labels) > 0 && d.Labels[0].Span.File != d.Span.File
		if !twice && !broken[line{d.Span.File, d.Span.Line}] {
			kept = append(kept, d)
		}
	}
	c.diags = kept
}

// digest identifies what was compiled: it does not change with white space or comments' place, and it does change with
// overrides.
func (c *compiler) digest() string {
	h := sha256.New()
	for _, s := range c.sources {
		text, _ := Format(s.Text, s.Name) // without mistakes, or there is no spec
		fmt.Fprintf(h, "%d\n%s", len(text), text)
	}
	for _, k := range c.spec.Consts {
		if k.Set {
			fmt.Fprintf(h, "-set %s=%s\n", k.Name, k.Text)
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
