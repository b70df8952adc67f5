//go:build race

package looplab

const raceEnabled = true
