//go:build !race

package machines_test

const underRace = false
