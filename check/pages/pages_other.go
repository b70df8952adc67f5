//go:build !linux

package pages

// Huge does nothing where the system gives pages of its own choice.
func Huge([]uint32) {}
