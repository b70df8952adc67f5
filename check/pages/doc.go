// Package pages tells the operating system how a large table will be used, and the collector of garbage when it is wanted. It is
// advice: where it is not heard, everything is the same but slower.
package pages
