// Package spec is the language: it turns the text of .fsm files into a *fsm.Spec or into diagnostics, and formats text.
//
// The stages are files: lexer.go (text to tokens), parser*.go (tokens to the tree of ast.go), resolve, types and lower (the
// tree to fsm.Spec), and format.go (tokens to canonical text). [Parse] and [Format] need the text of one file only. Every
// mistake in a text is a [Diagnostic]; no text makes the package panic, and every stage has limits that are reported with
// the number in them.
package spec
