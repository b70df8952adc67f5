// Package tidy holds the rules about the shape of this repository: who may
// import whom, what must be documented, how long a function may be, which
// words are not ours. Each rule is a function over a parsed [Tree] that
// returns findings, so that a test can plant an offence and see it found;
// tidy_test.go applies all of them to the checkout.
//
// Rules read files in this process. A test that ran another program would be
// cached although the files have changed.
package tidy
