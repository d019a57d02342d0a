package session

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"hotreload/build"
	"hotreload/watch"
)

// This file holds what generators are about, from a change that one of them
// reads to the build of what they wrote.
//
// A generator that is due runs when the batch has settled, before the build,
// and is due until it succeeds. What it wrote is told from the files
// themselves, before and after its run, and so is known before the watcher
// reports it: it makes other generators due, it is in the build that follows,
// and when it is reported it is nothing new.

// startGenerate is the effect that runs a generator.
type startGenerate struct {
	id, index int // of the job, and of the generator in the config
	request   build.GenerateRequest
}

// generated is the input that tells of its end.
type generated struct {
	id, index int
	text      string       // what it printed
	before    build.Record // the project when it began
	wrote     []build.Written
	err       error
	took      time.Duration
}

// run is the last run of a generator.
type run struct {
	before build.Record // the project when it began
	until  time.Time    // when that was over
}

// maxRounds is how often in a row one thing may lead to the other before it is
// taken for a loop.
const maxRounds = 5

// generators are all there are.
func (s State) generators() []int {
	var all []int
	for i := range s.config.Build.Generate {
		all = append(all, i)
	}
	return all
}

// generatorsOf are those that read a file.
func (s State) generatorsOf(path string) []int {
	if len(s.config.Build.Generate) == 0 {
		return nil
	}
	rel, err := filepath.Rel(s.Root, path)
	if err != nil {
		return nil
	}
	var found []int
	for i, g := range s.config.Build.Generate {
		if g.Matches(filepath.ToSlash(rel)) {
			found = append(found, i)
		}
	}
	return found
}

func (s State) isInput(path string) bool { return len(s.generatorsOf(path)) > 0 }

// generatePlan is the plan for a file that a generator reads.
func (s State) generatePlan(generator int) Plan {
	command := strings.Join(s.config.Build.Generate[generator].Command, " ")
	return Plan{Rung: Restart, Build: true, Reason: "is read by the generator " + command}
}

// owe makes generators due.
func (t *step) owe(due []int) { t.due = merge(t.due, due) }

// merge joins two sets of numbers, sorted.
func merge(a, b []int) []int {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func without(a []int, n int) []int {
	return slices.DeleteFunc(slices.Clone(a), func(other int) bool { return other == n })
}

// generatorsRead makes those due that the config now says something else of.
func (t *step) generatorsRead(old build.Config) {
	now := t.config.Build
	if reflect.DeepEqual(old, now) {
		return
	}
	var due []int
	for i, g := range now.Generate {
		was := slices.IndexFunc(old.Generate, func(former build.Generator) bool { return reflect.DeepEqual(former, g) })
		if was < 0 || slices.Contains(t.due, was) || !reflect.DeepEqual(old.Env, now.Env) {
			due = append(due, i)
		}
	}
	t.due, t.ran = due, nil
	t.rounds, t.passed = nil, nil
}

// generate begins a job with its generators.
func (t *step) generate(gen int, p Plan, paths []string, first time.Time) {
	t.builds++
	if t.learning == underWay {
		t.learning = due // the generator stops it
	}
	t.Gen = gen
	asked := p
	p = t.gentlest(p)
	t.plan(gen, p)
	t.job = &job{
		id: t.builds, paths: paths, first: first, began: t.now, published: true, gen: gen, asked: asked, plan: p,
		generating: true, runs: make([]int, len(t.config.Build.Generate)),
	}
	t.runGenerator()
}

// runGenerator runs the first that is due.
func (t *step) runGenerator() {
	j := *t.job
	j.running = t.due[0]
	j.runs = slices.Clone(j.runs)
	j.runs[j.running]++
	t.job = &j
	g := t.config.Build.Generate[j.running]
	t.emit(j.gen, GenerateStart{g.Command})
	t.do(startGenerate{j.id, j.running, build.GenerateRequest{
		Generator: g, Env: t.config.Build.Env,
		Place: t.config.Origins[fmt.Sprintf("build.generate[%d].command", j.running)],
	}})
}

// generatedOne takes the end of a generator's run, and begins what comes next.
func (t *step) generatedOne(in generated) {
	t.lastRun = run{in.before, t.now}
	current := t.job != nil && t.job.id == in.id
	if current && in.err == nil {
		t.due = without(t.due, in.index)
		t.ran = merge(t.ran, []int{in.index})
		t.overtakes = 0
	}
	paths := t.leftByGenerator(in)
	if t.judge(paths); !current {
		return
	}
	j := *t.job
	j.paths = union(j.paths, paths)
	j.generated += in.took
	t.tellSeen(&j, in.wrote)
	t.job = &j
	command := t.config.Build.Generate[in.index].Command
	if in.err != nil {
		t.generateFailed(command, in)
		return
	}
	ok := GenerateOK{Command: command, MS: milliseconds(in.took), Text: in.text, Paths: []string{}}
	for _, path := range paths {
		ok.Paths = append(ok.Paths, t.relative(path))
	}
	t.emit(j.gen, ok)
	if len(t.due) > 0 {
		t.runGenerator()
		return
	}
	j.generating = false
	t.job = &j
	t.emit(j.gen, BuildStart{t.targets(j.plan)})
	t.do(startBuild{t.request(j.paths)})
}

// tellSeen tells what changed while a generator ran, but for its temporary files,
// which could not be told from what somebody wrote before they had gone.
// What was born is the generator's, too, as far as anybody can tell.
func (t *step) tellSeen(j *job, wrote []build.Written) {
	var changed, gone []string
	for _, path := range j.seen {
		switch {
		case t.cameAndWent(path, j.first):
			gone = append(gone, path)
		case !slices.ContainsFunc(wrote, func(w build.Written) bool { return w.Path == path && w.Born }):
			changed = append(changed, path)
		}
	}
	j.seen = nil
	t.changeOf(j.gen, changed)
	t.leaveGone(gone)
}

// generateFailed ends a job whose generator failed. It stays due.
func (t *step) generateFailed(command []string, in generated) {
	j := t.job
	t.job = nil
	failed := failure(in.err, in.took)
	t.Diagnostics = failed.Diagnostics
	t.emit(j.gen, GenerateError{Command: command, Diagnostics: failed.Diagnostics, Text: failed.Text, MS: failed.MS})
	t.broke(j.gen, Cycle{
		Result: Failed, Rung: j.plan.Rung, Reason: j.plan.Reason,
		WatchMS: milliseconds(j.began.Sub(j.first)), GenerateMS: milliseconds(j.generated),
		TotalMS: milliseconds(t.now.Sub(j.first)),
	})
	t.showFailure(strings.Join(command, " ")+" failed", failed)
}

// leftByGenerator notes what a generator wrote, makes those due that read it,
// and returns the files.
func (t *step) leftByGenerator(in generated) (paths []string) {
	former := t.left
	t.leave(slices.DeleteFunc(slices.Clone(in.wrote), func(w build.Written) bool {
		overtaken := t.job == nil || t.job.id != in.id
		return overtaken && t.isOpen(w.Path) && t.isInput(w.Path) // that is what overtook it
	}))
	for _, w := range in.wrote {
		if !w.Dir {
			paths = append(paths, w.Path)
		}
		if w.Dir || w.Print == w.Was || t.passed[w.Path] == generators {
			continue
		}
		// Its own output is no reason to run again; that somebody edited what it
		// read, also while it ran, is.
		own := w.Born || w.Was != "" && w.Was == former[w.Path]
		for _, i := range t.generatorsOf(w.Path) {
			switch {
			case i == in.index && own:
			case t.job != nil && t.job.id == in.id && t.job.runs[i] >= maxRounds:
				t.passOver(w.Path, generators, fmt.Sprintf("each time it had made %s run, %d times in a row",
					strings.Join(t.config.Build.Generate[i].Command, " "), maxRounds),
					"let no generator match what depends on what it writes")
			default:
				t.owe([]int{i})
			}
		}
	}
	return paths
}

// meanwhile takes a batch while generators run, and reports whether that is all
// there is to do about it: the build, which has not begun, sees what changed. Not so
// the generator that reads it: it is overtaken, unless it may have written it.
func (t *step) meanwhile(b watch.Batch) bool {
	j := t.job
	if j == nil || !j.generating || t.Paused {
		return false
	}
	known := slices.Contains(t.ran, j.running) // what it writes is known, from the last time
	patient := t.overtakes >= maxRounds        // it may be its own new files, each time
	d := t.decide(b.Paths)
	overtakes := func(path string) bool {
		_, own := t.left[path]
		return !own && slices.Contains(t.generatorsOf(path), j.running)
	}
	if d.config {
		return false
	}
	if known && !patient && slices.ContainsFunc(b.Paths, overtakes) {
		t.overtakes++
		return false
	}
	if !b.Settled {
		t.batch = &batch{paths: b.Paths, first: b.First}
		return true
	}
	t.batch = nil
	others := slices.DeleteFunc(slices.Clone(b.Paths), func(path string) bool {
		_, own := t.left[path]
		return own
	})
	t.judge(b.Paths)
	if p := t.decide(others).Plan; p.Rung == Restart && !p.Build && t.artifact.Path != "" {
		t.owed = &p // should a generator or the build fail
	}
	joined := *j
	joined.paths = union(j.paths, b.Paths)
	if known {
		joined.seen = union(j.seen, others)
	}
	t.job = &joined
	return true
}
