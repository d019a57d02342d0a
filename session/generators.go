package session

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"hotreload/build"
)

// This file has the generators, from a change that one of them reads to the build
// of what they wrote.
//
// A generator that is due runs when the batch has settled, before the build,
// and is due until it succeeds. What it wrote is found in the files themselves,
// before and after its run, and so is known before the watcher reports it: it
// makes other generators due, it is in the build that follows, and when it is
// reported it is nothing new.

// generators are those in the config, by index.
type generators struct {
	due       []int     // have to run before the next build, in order
	ran       []int     // have finished since the config was read
	overtakes int       // how often in a row one was overtaken by what it reads
	until     time.Time // the end of the last run
}

// maxRounds is how often in a row one change may cause the next before that is
// considered a loop.
const maxRounds = 5

// allGenerators are those of the config.
func (s State) allGenerators() []int {
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

// makeDue makes generators due.
func (t *step) makeDue(due []int) { t.generators.due = merge(t.generators.due, due) }

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

// generatorsRead makes those generators due that the new config changes.
func (t *step) generatorsRead(old build.Config) {
	now := t.config.Build
	if reflect.DeepEqual(old, now) {
		return
	}
	var due []int
	for i, g := range now.Generate {
		was := slices.IndexFunc(old.Generate, func(former build.Generator) bool { return reflect.DeepEqual(former, g) })
		if was < 0 || slices.Contains(t.generators.due, was) || !reflect.DeepEqual(old.Env, now.Env) {
			due = append(due, i)
		}
	}
	t.generators.due, t.generators.ran = due, nil
	t.writes.rounds, t.writes.ignored = nil, nil
}

// generate begins a job with its generators.
func (t *step) generate(gen int, p Plan, changes []change, first time.Time) {
	t.Gen = gen
	asked := p
	p = t.gentlest(p)
	t.plan(gen, p)
	t.newJob(job{
		changes: changes, first: first, published: true, gen: gen, asked: asked, plan: p,
		generating: true, runs: make([]int, len(t.config.Build.Generate)),
	})
	t.runGenerator()
}

// runGenerator runs the first that is due.
func (t *step) runGenerator() {
	n := t.generators.due[0]
	t.forJob(func(j *job) {
		j.running = n
		j.runs = slices.Clone(j.runs)
		j.runs[n]++
	})
	g := t.config.Build.Generate[n]
	t.emit(t.builds.job.gen, GenerateStart{g.Command})
	t.do(startGenerate{t.builds.job.id, n, build.GenerateRequest{
		Generator: g, Env: t.config.Build.Env,
		Place: t.config.Origins[fmt.Sprintf("build.generate[%d].command", n)],
	}})
}

// generatorEnded handles the end of a generator's run, and starts what comes next.
func (t *step) generatorEnded(in generated) {
	t.generators.until = t.now
	current := t.builds.job != nil && t.builds.job.id == in.id
	if current && in.err == nil {
		t.generators.due = without(t.generators.due, in.index)
		t.generators.ran = merge(t.generators.ran, []int{in.index})
		t.generators.overtakes = 0
	}
	wrote := t.leftByGenerator(in, current)
	t.makeStale(t.observed(changedBy(in.wrote)), t.now)
	if t.judge(wrote); !current {
		return
	}
	t.forJob(func(j *job) {
		j.changes = union(j.changes, wrote)
		j.generated += in.took
	})
	j := *t.builds.job
	t.reportMeanwhile(j, in.wrote)
	command := t.config.Build.Generate[in.index].Command
	if in.err != nil {
		t.generateFailed(command, in)
		return
	}
	ok := GenerateOK{Command: command, MS: milliseconds(in.took), Text: in.text, Paths: []string{}}
	for _, c := range wrote {
		ok.Paths = append(ok.Paths, t.relative(c.path))
	}
	t.emit(j.gen, ok)
	if len(t.generators.due) > 0 {
		t.runGenerator()
		return
	}
	if t.needsNoBuild(j) {
		t.browseGenerated(j)
		return
	}
	t.forJob(func(j *job) { j.generating, j.reads = false, t.now })
	t.emit(j.gen, BuildStart{t.targets(j.plan)})
	t.do(startBuild{t.request(t.ruled(j.changes))})
}

// generateFailed ends a job whose generator failed. It stays due.
func (t *step) generateFailed(command []string, in generated) {
	j := *t.builds.job
	t.endJob()
	failed := failure(in.err, in.took)
	t.emit(j.gen, GenerateError{Command: command, Diagnostics: failed.Diagnostics, Text: failed.Text, MS: failed.MS})
	t.broke(j, t.cycleOf(j), strings.Join(command, " ")+" failed", failed)
}
