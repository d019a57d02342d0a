// Package e2e holds the end-to-end tests: stories of a session, told with the real
// program on real projects.
//
// The test binary runs itself as hotreload (TestMain), reads the JSON events of the
// session, and compares each stream with the contract. What always holds: when a
// test ends, no process that its session started is left.
package e2e
