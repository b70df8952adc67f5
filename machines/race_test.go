//go:build race

package machines_test

// underRace: the race detector makes the search ten times slower, and has nothing to find in large systems that is not in
// small ones.
const underRace = true
