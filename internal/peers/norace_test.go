//go:build !race

package peers_test

const racing = false
