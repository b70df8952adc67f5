// Package fsm is the meaning of Interlock: specs as plain data, and the reference step that says what they do.
//
// A [Spec] holds machines and systems after every convenience of the language has been lowered away: constants are
// folded, nested states are flattened, quantifiers are expanded, instances are numbered, links are resolved.
// [Starts], [Choices] and [Step] define what such a system does. They are small and obvious on purpose; everything that
// is faster (the checker's successors, generated code, exports) is tested against them.
//
// The same package holds what generated code needs at run time: the error of a refused event and the observer hook.
// It imports the standard library only.
package fsm
