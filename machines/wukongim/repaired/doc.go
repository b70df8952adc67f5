package repaired

//go:generate go tool interlock generate
