package session

import (
	"os"

	"hotreload/build"
	"hotreload/runner"
	"hotreload/watch"
)

// This file has what the disk says of the paths that an input is about. A step
// reads nothing itself: the loop looks for it, once for each input. What comes often,
// such as output and keys, asks for nothing.

// fact is what the disk says of one path at the moment of an input.
type fact struct {
	verdict build.Verdict // the package graph's
	print   string        // its fingerprint, if a command wrote it or writes.knows it
	born    bool          // it was not there when the last generator began
	gone    bool          // it is not there now; only known of what was born
	author  author        // who wrote it, if that makes a difference
}

// facts are by absolute path.
type facts map[string]fact

// asks are the paths whose facts the step of an input needs: those that it names, and
// those that wait for the end of a build or generator if it may bring that about.
func (s State) asks(in input) []string {
	var paths []string
	ends := false
	switch in.(type) {
	case watch.Batch, rewatched, built, generated, listed, reloaded, Order:
		ends = true
	case runner.Event: // after a load comes the result of a build that waited for it
		ends = s.plugins.loading != nil
	}
	switch in := in.(type) {
	case watch.Batch:
		paths = append(paths, in.Paths...)
	case rewatched:
		paths = append(paths, s.changes.open.paths()...)
	case built:
		paths = append(paths, pathsWritten(in.wrote)...)
	case generated:
		paths = append(paths, pathsWritten(in.wrote)...)
	case listed:
		paths = append(paths, s.changes.open.paths()...)
		paths = append(paths, pathsOf(s.changes.backlog.changes)...)
		paths = append(paths, in.late...)
		paths = append(paths, in.out...)
		if s.builds.job != nil {
			paths = append(paths, pathsOf(s.builds.job.changes)...)
		}
	}
	if ends {
		paths = append(paths, pathsOf(s.changes.backlog.waiting(theBuildEnds, theGeneratorEnds))...)
	}
	return paths
}

func pathsWritten(wrote []build.Written) []string {
	var paths []string
	for _, w := range wrote {
		paths = append(paths, w.Path)
	}
	return paths
}

// disk answers what steps ask.
type disk struct {
	listing listing
	before  build.Record             // the project when the last generator began
	author  func(path string) author // nil: it is not known
}

// look finds out what the step of an input has to know.
func (d *disk) look(s State, in input) facts {
	d.listing = s.listing
	var wrote []build.Written
	switch in := in.(type) {
	case built:
		wrote = in.wrote
	case generated:
		wrote, d.before = in.wrote, in.before
	case listed:
		if in.err == nil {
			d.listing = d.listing.with(in.graph, s.builds.failing)
		}
	}
	asked := s.asks(in)
	if len(asked) == 0 {
		return nil
	}
	_, batch := in.(watch.Batch)
	prints := map[string]string{}
	for _, w := range wrote {
		prints[w.Path] = w.Print
	}
	found := make(facts, len(asked))
	for _, path := range asked {
		if _, known := found[path]; known {
			continue
		}
		print, known := prints[path]
		if !known && s.writes.knows(path) {
			print = build.Fingerprint(path)
		}
		f := fact{verdict: d.listing.of(path), print: print, born: d.before.Lacks(path)}
		if batch && d.author != nil {
			f.author = d.author(path)
		}
		if f.born {
			_, err := os.Lstat(path)
			f.gone = err != nil
		}
		found[path] = f
	}
	return found
}
