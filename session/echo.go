package session

import (
	"maps"
	"path/filepath"
	"slices"
	"time"

	"hotreload/build"
	"hotreload/watch"
)

// This file tells changes that somebody made from echoes: changes that our own
// commands made, which we know of without the watcher, and those that loop.go
// has found the app to make. An echo that is answered never ends.

// leave notes what a command wrote.
func (t *step) leave(wrote []build.Written) {
	left := maps.Clone(t.left)
	if left == nil {
		left = map[string]string{}
	}
	for _, w := range wrote {
		if w.Path != t.configFile { // it is read anew whoever wrote it
			left[w.Path] = w.Print
		}
	}
	t.left = left
}

// origin is where a change comes from, as far as that is known.
type origin int

const (
	somebody origin = iota
	ours            // we know of it, or it is passed over
	inBuild         // somebody, or build.command, which is under way
	atRest          // somebody, or the app: nothing is under way that writes
)

// originOf judges a change, which is fresh when its batch did not hold it before.
func (s State) originOf(path string, b watch.Batch, fresh bool) origin {
	// What an open batch has grown by changed after what the build was begun for.
	byBuild := s.buildWrites() && fresh && (s.batch != nil || !b.First.Before(s.job.began))
	switch by := s.passed[path]; {
	case path == s.buildOutput(),
		by == theBuild && byBuild,
		by == theApp && s.suspicion(path, b.First) > 0,
		s.isLeft(path),
		s.cameAndWent(path, b.First),
		byBuild && slices.Contains(s.job.held, path):
		return ours
	case byBuild && s.decide([]string{path}).Build:
		return inBuild
	case s.writing() || s.isReportedLate(path) || !b.Settled || len(b.Paths) > crowd:
		return somebody
	}
	return atRest
}

// isLeft reports whether a file is as a command left it.
func (s State) isLeft(path string) bool {
	print, left := s.left[path]
	return left && build.Fingerprint(path) == print
}

// isReportedLate reports whether a file is as build.command left it, which was
// counted when that ended.
func (s State) isReportedLate(path string) bool {
	_, left := s.left[path]
	print := s.rounds[path].print
	return !left && print != "" && build.Fingerprint(path) == print
}

// cameAndWent reports whether a file was born while a generator ran, and is gone
// again: a temporary file of it.
func (s State) cameAndWent(path string, at time.Time) bool {
	return at.Before(s.lastRun.until) && s.lastRun.before.Lacks(path) && build.Fingerprint(path) == ""
}

// foreign are the paths of a batch that are no echoes. What a command left counts
// no more once somebody else has changed it.
func (t *step) foreign(b watch.Batch) []string {
	var paths, edited, gone []string
	for _, path := range b.Paths {
		fresh := !t.isOpen(path)
		switch t.originOf(path, b, fresh) {
		case ours:
			if _, left := t.left[path]; !left && t.cameAndWent(path, b.First) {
				gone = append(gone, path)
			}
			continue
		case inBuild:
			if t.countInBuild(path, "") || t.hold(path) {
				continue
			}
		case atRest:
			edited = append(edited, path)
			if fresh && t.rounds[path].launch == 0 {
				t.count(path, round{}) // it has changed when nothing was built
			}
			if t.countAtStart(path, t.suspicion(path, b.First)) {
				continue
			}
		case somebody:
			if !t.writing() {
				edited = append(edited, path)
			}
		}
		paths = append(paths, path)
	}
	t.forgetLeft(edited)
	t.leaveGone(gone)
	return paths
}

// forgetLeft drops what commands left of some files.
func (t *step) forgetLeft(paths []string) {
	known := func(path string) bool { _, left := t.left[path]; return left }
	if !slices.ContainsFunc(paths, known) {
		return
	}
	left := maps.Clone(t.left)
	for _, path := range paths {
		delete(left, path)
	}
	t.left = left
}

// leaveGone notes files of a command that are gone again: their end is no change
// when it is reported.
func (t *step) leaveGone(paths []string) {
	var wrote []build.Written
	for _, path := range paths {
		wrote = append(wrote, build.Written{Path: path})
	}
	if len(wrote) > 0 {
		t.leave(wrote)
	}
}

// buildOutput is what build.command writes for us, absolute.
func (s State) buildOutput() string {
	output := s.config.Build.Output
	if output != "" && !filepath.IsAbs(output) {
		output = filepath.Join(s.Root, output)
	}
	return output
}

// writing reports whether a command is under way that writes into the project.
func (s State) writing() bool { return s.buildWrites() || s.job != nil && s.job.generating }

// buildWrites reports whether build.command is under way.
func (s State) buildWrites() bool {
	return s.job != nil && !s.job.generating && s.job.result == nil && len(s.config.Build.Command) > 0
}

// leftByBuild notes what build.command wrote. What the app is built from is
// built again, for it may be that a person changed it meanwhile. What a batch has
// named that is still open, somebody else has changed before: that is no echo.
func (t *step) leftByBuild(b built) {
	if len(t.config.Build.Command) == 0 {
		return
	}
	current := t.job != nil && t.job.id == b.id // else what it wrote has overtaken it
	var left []build.Written
	anew := map[string]bool{}
	for _, w := range b.wrote {
		d := t.decide([]string{w.Path})
		known := w.Print == t.left[w.Path]
		// A new process sees what is for run time, as it starts after the build.
		if !known {
			t.needsRerun(d.rerun)
		}
		loops := t.passed[w.Path] == theBuild || d.Build && !known && current && t.countInBuild(w.Path, w.Print)
		if w.Dir || known || !d.Build || loops && !t.isOpen(w.Path) {
			left = append(left, w)
			continue
		}
		anew[w.Path] = true
	}
	t.leave(left)
	if !current {
		return
	}
	for path, r := range t.rounds {
		if r.launch == 0 && !anew[path] {
			t.count(path, round{})
		}
	}
}

// isOpen reports whether a batch names a path and has not settled.
func (s State) isOpen(path string) bool {
	return s.batch != nil && slices.Contains(s.batch.paths, path)
}
