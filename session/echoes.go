package session

import (
	"maps"
	"path/filepath"
	"slices"
	"time"

	"hotreload/build"
	"hotreload/watch"
)

// This file distinguishes the user's changes from echoes: changes that our own commands
// made, which are known without the watcher, and those of files that the app writes, as
// loops.go and habits.go have found out. Answering an echo would cause another one, without end.

// writes are the files that our own commands and the app write.
type writes struct {
	left    map[string]string // by commands: each file's fingerprint when the command ended
	rounds  map[string]round  // files that seem to be written by what their change sets off
	ignored map[string]writer // files that were found to be: their changes in the course of it are ignored
	launch  launch            // the last start of the app
	habits  map[string]habit  // by what habitOf makes of a path: files that the app may write while it serves
}

// knows reports whether it makes a difference what is in a file now.
func (w writes) knows(path string) bool {
	_, left := w.left[path]
	return left || w.rounds[path].print != ""
}

// leave notes what a command wrote.
func (t *step) leave(wrote []build.Written) {
	left := copyOf(t.writes.left)
	for _, w := range wrote {
		if w.Path != t.configFile { // it is read again, whatever wrote it
			left[w.Path] = w.Print
		}
	}
	t.writes.left = left
}

// copyOf is a copy of a map that can be written to.
func copyOf[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}

// leaveGone notes files of a command that are gone again: their removal is not a change
// when it is reported.
func (t *step) leaveGone(changes []change) {
	var wrote []build.Written
	for _, c := range changes {
		wrote = append(wrote, build.Written{Path: c.path})
	}
	if len(wrote) > 0 {
		t.leave(wrote)
	}
}

// forgetLeft drops what commands left of files that the user has changed.
func (t *step) forgetLeft(changes []change) {
	left := t.writes.left
	if !slices.ContainsFunc(changes, func(c change) bool { _, known := left[c.path]; return known }) {
		return
	}
	left = maps.Clone(left)
	for _, c := range changes {
		delete(left, c.path)
	}
	t.writes.left = left
}

// origin is where a change comes from, as far as that is known.
type origin int

const (
	aPerson origin = iota
	ours           // we know of it, or it is ignored
	inBuild        // a person, or build.command, which is under way
	atRest         // a person, or the app: nothing is under way that writes
)

// originOf judges a change, which is fresh when its batch did not hold it before.
func (t *step) originOf(c change, b watch.Batch, fresh bool) origin {
	// What an open batch has grown by changed after what the build was begun for.
	byBuild := t.buildWrites() && fresh && (t.changes.open != nil || !b.First.Before(t.builds.job.began))
	switch by := t.writes.ignored[c.path]; {
	case c.path == t.buildOutput(),
		t.isHabit(c),
		by == theBuild && byBuild,
		by == theApp && t.startsToLoop(c.path, b.First) > 0 && t.disk[c.path].author != notByTheApp,
		t.isLeft(c.path),
		t.cameAndWent(c.path, b.First),
		byBuild && slices.Contains(pathsOf(t.changes.backlog.waiting(theBuildEnds)), c.path):
		return ours
	case byBuild && c.ruling.plan.Build:
		return inBuild
	case t.writing() || t.isReportedLate(c.path) || !b.Settled || len(b.Paths) > checkoutSize:
		return aPerson
	}
	return atRest
}

// isLeft reports whether a file is as a command left it.
func (t *step) isLeft(path string) bool {
	print, left := t.writes.left[path]
	return left && t.disk[path].print == print
}

// isReportedLate reports whether a file is as build.command left it, which was
// counted when that ended.
func (t *step) isReportedLate(path string) bool {
	_, left := t.writes.left[path]
	print := t.writes.rounds[path].print
	return !left && print != "" && t.disk[path].print == print
}

// cameAndWent reports whether a file was created while a generator ran, and is gone
// again: it was a temporary file.
func (t *step) cameAndWent(path string, at time.Time) bool {
	return at.Before(t.generators.until) && t.disk[path].born && t.disk[path].gone
}

// foreign are the changes of a batch that are not echoes. What a command left no
// longer counts once the user has changed it.
func (t *step) foreign(b watch.Batch, all []change) []change {
	var changes, edited, gone []change
	for _, c := range all {
		fresh := !t.changes.isOpen(c.path)
		switch t.originOf(c, b, fresh) {
		case ours:
			if _, left := t.writes.left[c.path]; !left && t.cameAndWent(c.path, b.First) {
				gone = append(gone, c)
			}
			continue
		case inBuild:
			if t.countInBuild(c.path, "") || t.hold(c) {
				continue
			}
		case atRest:
			edited = append(edited, c)
			if fresh && t.writes.rounds[c.path].launch == 0 {
				t.count(c.path, round{}) // it has changed when nothing was built
			}
			if t.countAtStart(c, b.First) || t.countHabit(c) {
				continue
			}
		case aPerson:
			if !t.writing() {
				edited = append(edited, c)
			}
		}
		changes = append(changes, c)
	}
	t.forgetLeft(edited)
	t.leaveGone(gone)
	return changes
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
func (s State) writing() bool {
	return s.buildWrites() || s.builds.job != nil && s.builds.job.generating
}

// buildWrites reports whether build.command is under way.
func (s State) buildWrites() bool {
	j := s.builds.job
	return j != nil && !j.generating && j.result == nil && len(s.config.Build.Command) > 0
}

// leftByBuild notes what build.command wrote. What the app is built from is
// built again, because the user may have changed it meanwhile. A file in a batch that
// is still open was changed before: that is not an echo.
func (t *step) leftByBuild(b built) {
	if len(t.config.Build.Command) == 0 {
		return
	}
	current := t.builds.job != nil && t.builds.job.id == b.id // else what it wrote has overtaken it
	var left []build.Written
	built := map[string]bool{}
	for _, w := range b.wrote {
		observed := t.observed([]string{w.Path})
		d := t.decide(observed)
		known := w.Print == t.writes.left[w.Path]
		// A new process sees what is for run time, as it starts after the build.
		if !known {
			t.needsRerun(d.rerun)
			t.makeStale(observed, t.now)
		}
		loops := t.writes.ignored[w.Path] == theBuild || d.Build && !known && current && t.countInBuild(w.Path, w.Print)
		if w.Dir || known || !d.Build || loops && !t.changes.isOpen(w.Path) {
			left = append(left, w)
			continue
		}
		built[w.Path] = true
	}
	t.leave(left)
	if !current {
		return
	}
	for path, r := range t.writes.rounds {
		if r.launch == 0 && !built[path] {
			t.count(path, round{})
		}
	}
}
