package watch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestGitSequence tells from what git leaves in its directory whether it is applying
// commits or has stopped, however long either takes.
func TestGitSequence(t *testing.T) {
	t.Parallel()
	history := twoBranches(t)
	onTopic, onMain := []string{"checkout", "-q", "topic"}, []string{"checkout", "-q", "main"}
	for _, test := range []struct {
		name   string
		from   []string
		do     []string
		todo   string        // what sed does to the commands of a rebase
		during time.Duration // how long after a write, during the first commit, git counts as busy
		after  time.Duration // the same when the command has finished
		then   []string      // what a person does about it
		last   time.Duration
	}{
		{"a rebase", onTopic, []string{"rebase", "-f", "main~1"}, "", patience, 0, nil, 0},
		{"a conflict", onTopic, []string{"rebase", "main"}, "", patience, 0, []string{"rebase", "--abort"}, 0},
		{"a conflict that is skipped", onTopic, []string{"rebase", "main"}, "", patience, 0, []string{"rebase", "--skip"}, 0},
		{"a conflict that stays", onTopic, []string{"rebase", "main"}, "", patience, 0, []string{"rebase", "--continue"}, 0},
		{"an edit", onTopic, []string{"rebase", "-f", "-i", "main~1"}, "1s/pick/edit/", gitDoubt, 0, []string{"rebase", "--continue"}, 0},
		{"a break", onTopic, []string{"rebase", "-f", "-i", "main~1"}, "1abreak", patience, 0, []string{"rebase", "--continue"}, 0},
		{"a command that fails", onTopic, []string{"rebase", "-f", "-i", "main~1"}, "1aexec false", patience, gitDoubt, []string{"rebase", "--abort"}, 0},
		{"a rebase that applies patches", onTopic, []string{"rebase", "--apply", "main"}, "", gitDoubt, gitDoubt, []string{"rebase", "--abort"}, 0},
		{"cherry-picks", onMain, []string{"cherry-pick", "main..topic~1"}, "", gitDoubt, 0, nil, 0},
		{"cherry-picks with a conflict", onMain, []string{"cherry-pick", "main..topic"}, "", gitDoubt, gitDoubt, []string{"cherry-pick", "--abort"}, 0},
		{"reverts", onTopic, []string{"revert", "--no-edit", "topic~1", "topic~2"}, "", patience, 0, nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t)
			p.must(os.CopyFS(p.root, os.DirFS(history)))
			p.git(test.from...)
			seen := filepath.Join(t.TempDir(), "seen")
			for _, hook := range []string{"post-commit", "post-applypatch"} {
				path := p.path(".git/hooks/" + hook)
				p.mkdir(".git/hooks")
				p.must(os.WriteFile(path, []byte("#!/bin/sh\ntest -e "+seen+" || cp -Rp .git "+seen+"\n"), 0o755))
			}
			run := func(args []string) {
				cmd := exec.Command("git", args...)
				cmd.Dir = p.root
				cmd.Env = append(os.Environ(), "GIT_EDITOR=true", "GIT_SEQUENCE_EDITOR=sed -i.former '"+test.todo+"'")
				out, _ := cmd.CombinedOutput() // for git, stopping is a failure
				t.Logf("git %q: %s", args, out)
			}
			run(test.do)
			if got := holds(seen); got != test.during {
				t.Errorf("during the command git counts as busy for %v, want %v", got, test.during)
			}
			if got := holds(p.path(".git")); got != test.after {
				t.Errorf("after the command git counts as busy for %v, want %v", got, test.after)
			}
			if test.then == nil {
				return
			}
			run(test.then)
			if got := holds(p.path(".git")); got != test.last {
				t.Errorf("after %q git counts as busy for %v, want %v", test.then, got, test.last)
			}
		})
	}
}

// twoBranches makes a repository whose branches topic and main change the same file.
func twoBranches(t *testing.T) (dir string) {
	t.Helper()
	p := newProject(t, "main.go")
	p.repo()
	p.write("old.go")
	p.commit()
	p.git("checkout", "-qb", "topic")
	for _, name := range []string{"one.go", "two.go", "main.go"} {
		p.write(name)
		p.commit()
	}
	p.git("checkout", "-q", "main")
	p.write("main.go")
	p.commit()
	return p.root
}

// holds returns how long git counts as busy after it last wrote about a sequence.
func holds(dir string) time.Duration {
	var last time.Time
	for _, sequence := range []string{"rebase-merge", "rebase-apply", "sequencer"} {
		last = later(last, lastWrite(filepath.Join(dir, sequence)))
	}
	for _, limit := range []time.Duration{patience, gitDoubt} {
		if inSequence(dir, last.Add(limit-1)) && !inSequence(dir, last.Add(limit)) {
			return limit
		}
	}
	return 0
}
