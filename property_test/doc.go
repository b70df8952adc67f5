// Package property holds the laws that tie the packages of Interlock together:
// what the checker, the generated code, the simulator and the exports must
// agree on with the reference step of package fsm. It consists of tests only,
// and nothing imports it. (The folder's name ends in _test, the package's does
// not: a package clause that ends so is reserved for external tests.)
package property
