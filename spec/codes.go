package spec

// syntaxCodes are the codes that the lexer, the parser and the formatter give, with their pages.
var syntaxCodes = []Explanation{
	{"too-many", "there are more mistakes than are shown", `
Only the first mistakes of a run are shown. Mend them and run again.`},
}
