package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// repo makes a repository of the project's files.
func (p *project) repo() {
	p.Helper()
	makeRepository(p.T, p.root)
	p.writeText(".git/config", "[core]\n\tlogAllRefUpdates = true\n[user]\n\temail = a@b.c\n\tname = a\n")
	p.commit()
}

func (p *project) git(args ...string) {
	p.Helper()
	git(p.T, p.root, "", args...)
}

func (p *project) commit() { p.Helper(); p.git("add", "-A"); p.git("commit", "-qm", "x") }

// TestGit reports what one command changes as one batch.
func TestGit(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "other.go")
	p.repo()
	p.git("checkout", "-qb", "many")
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf("pkg%02d/file%d.go", i%20, i))
		p.write(many[i])
	}
	p.commit()
	p.git("checkout", "-q", "main")
	p.git("checkout", "-qb", "five")
	var five []string
	for i := range 5 {
		five = append(five, fmt.Sprintf("five%d.go", i))
		p.write(five[i])
		p.write("main.go")
		p.commit()
	}
	p.git("checkout", "-q", "main")
	p.write("other.go")
	p.commit()
	p.git("checkout", "-q", "five")
	batches := p.run(DefaultConfig(), p.scope([]string{"."}, nil))

	p.git("rebase", "-q", "main")
	if got := p.whole(batches); !slices.Equal(got, []string{"other.go"}) { // the rest is as it was
		t.Errorf("a rebase changed %q", got)
	}
	p.git("checkout", "-q", "main")
	want := slices.Sorted(slices.Values(append(five, "main.go")))
	if got := p.whole(batches); !slices.Equal(got, want) {
		t.Errorf("a checkout changed %q", got)
	}
	p.git("checkout", "-q", "many")
	want = slices.Sorted(slices.Values(append(slices.Clone(many), "other.go")))
	if got := p.whole(batches); !slices.Equal(got, want) {
		t.Errorf("a checkout of 500 files is a batch of %d", len(got))
	}
	p.git("commit", "-q", "--allow-empty", "-m", "x")
	p.git("status")
	p.write("last.go")
	if got := p.whole(batches); !slices.Equal(got, []string{"last.go"}) {
		t.Errorf("after a commit and a save %q changed", got)
	}
}

// TestGitBusy waits for git, but not forever.
func TestGitBusy(t *testing.T) {
	t.Parallel()
	now := time.Now()
	long := now.Add(-time.Hour)
	for _, test := range []struct {
		name  string
		files map[string]time.Time // in the git directory, and their times
		first time.Time            // change of the batch
		last  time.Time
		lock  string // what it holds
		waits bool
		note  string
	}{
		{"nothing is going on", nil, now, now, "", false, ""},
		{"a checkout", map[string]time.Time{"index.lock": now}, now, now, "", true, ""},
		{"a checkout that takes long", map[string]time.Time{"index.lock": long}, now.Add(-patience), now, "", true, ""},
		{"one lock after another, and nothing changes", map[string]time.Time{"index.lock": now}, now.Add(-patience), now.Add(-patience), "", false, ""},
		{"a lock that was left behind", map[string]time.Time{"index.lock": long}, now, now, "", true, ""},
		{"a lock that was left behind long ago", map[string]time.Time{"index.lock": long}, now.Add(-patience), now.Add(-patience), "", false, "index.lock has been there for 1h0m0s"},
		{"a commit whose message is being written", map[string]time.Time{"index.lock": long}, now.Add(-patience), now, "DIRC", false, "index.lock has been there"},
		{"a lock that was left behind, and endless changes", map[string]time.Time{"index.lock": long}, now.Add(-gitPatience), now, "", false, "index.lock has been there"},
		{"a rebase between two commits", map[string]time.Time{"rebase-merge": now}, now, now, "", true, ""},
		{"a rebase that takes long", map[string]time.Time{"rebase-merge": now}, now.Add(-patience), now, "", true, ""},
		{"a rebase that stopped at a conflict", map[string]time.Time{"rebase-merge": long}, now, now, "", false, ""},
		{"an am", map[string]time.Time{"rebase-apply": now}, now, now, "", true, ""},
		{"a cherry-pick of several", map[string]time.Time{"sequencer": now}, now, now, "", true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, ".git/HEAD", "sub/x")
			for name, at := range test.files {
				if strings.HasSuffix(name, ".lock") {
					p.writeText(".git/"+name, test.lock)
				} else {
					p.mkdir(".git/" + name)
				}
				p.must(os.Chtimes(p.path(".git/"+name), at, at))
			}
			r := repository{root: p.path("sub")}
			until, note := r.busy(now, span{test.first, test.last})
			if until.IsZero() == test.waits || !strings.Contains(note, test.note) || (note == "") != (test.note == "") {
				t.Errorf("it waits until %v, and notes %q", until, note)
			}
			if until, again := r.busy(now, span{now, now}); note != "" && (again != "" || !until.IsZero()) {
				t.Errorf("the next batch waits until %v, and notes %q", until, again)
			}
		})
	}
}

// TestGitDir finds the index of linked work trees, too.
func TestGitDir(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go")
	p.repo()
	p.git("worktree", "add", "-q", "../tree")
	common, err := filepath.EvalSymlinks(p.root)
	p.must(err)
	if got, want := gitDir(p.path("../tree/sub")), filepath.Join(common, ".git", "worktrees", "tree"); got != want {
		t.Errorf("the git directory of a work tree is %s, want %s", got, want)
	}
	if got, want := gitDir(p.path("sub/dir")), p.path(".git"); got != want {
		t.Errorf("the git directory is %s, want %s", got, want)
	}
}
