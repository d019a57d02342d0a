// Package direct builds without the go command.
//
// In go a go build that has succeeded, the package graph of that moment, and later
// the files that changed; out come compiled packages and an executable. What always
// holds: a direct build runs the tools of the go command with the go command's own
// arguments; in any doubt it refuses, with the reason, and the go command builds.
//
// For one edited function body, the go command spends most of its time on finding
// that nothing else has changed. So we ask it once how the app is built, with a dry
// run, and from then on call compiler and linker ourselves. Packages that import an
// edited one are compiled again only if what they see of it, its export data, has
// changed; the go command goes by its whole content. The linker checks by
// fingerprints that packages were compiled against each other.
//
// Before anything is compiled, the changed files are parsed, so that an error of syntax
// is reported at once. A Store keeps compiled packages by a key of all that goes into
// them, those of the go command too: nothing is compiled twice, whether an edit is
// undone, another package fails to compile or the go command builds in between. When the
// go command builds, it is given what the Store has (Recall), and a session finds what the
// one before has left (Rest).
//
// What only the go command can judge: a file that appeared or disappeared; other
// imports, constraints, embed patterns or linknames; a changed go.mod; cgo; assembly.
//
//	go build -n -> Calls (Steps, Link) -> Recipe -> Stale -> Compile -> Link -> Adopt
//	                                                           |  ^
//	                                                           v  |
//	                                                          Store
package direct

import "errors"

var (
	// ErrCannotLearn is why an app is always built by the go command.
	ErrCannotLearn = errors.New("the app cannot be built without the go command")
	// ErrOutdated is why nothing is learned from a graph that differs from what
	// the go command has built.
	ErrOutdated = errors.New("the package graph is out of date")
)
