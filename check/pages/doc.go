// Package pages tells the operating system how a large table will be used. It is advice: where it is not heard, everything is
// the same but slower.
package pages
