package dve

import "interlock/spec"

// Advice for what people who know another tool, or the text before its macros were replaced, write into a text of DVE.

const (
	macroAdvice  = "That is for the macro processor m4. Check what it makes of this text: m4 FILE.mdve > FILE.dve"
	commitAdvice = "What DVE has of that kind is `commit a, b;`: while a process is in a committed state, only such processes step."
	countAdvice  = "Write x = x + 1, with the name twice."
)

// advice says what to write instead of a word or sign that has no meaning where it stands.
var advice = map[string]string{
	"urgent": commitAdvice, "committed": commitAdvice,
	"++": countAdvice, "--": countAdvice, "+": countAdvice, "-": countAdvice,
	"#":      "A comment begins with //, or stands between /* and */.",
	"define": macroAdvice, "undefine": macroAdvice, "dnl": macroAdvice, "divert": macroAdvice, "changequote": macroAdvice, "forloop": macroAdvice,
	"ifelse": macroAdvice, "ifdef": macroAdvice, "include": macroAdvice,
}

// advise adds to the mistake that was just told what to write instead of a word or sign, if something is known.
func advise(diags []spec.Diagnostic, text string) {
	if help := advice[text]; help != "" {
		diags[len(diags)-1].Help = help
	}
}
