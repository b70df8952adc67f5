//go:build race

package machines_test

// underRace: the race detector makes the search ten times slower, and finds nothing more in twice the states.
const underRace = true
