package watch

import (
	"os"
	"testing"
)

// Another checkout leads to nothing unless the app is built from it.
func TestOtherCheckouts(t *testing.T) {
	t.Parallel()
	for _, mode := range backends() {
		t.Run("backend "+mode, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", ".git/HEAD", "clone/.git/HEAD", "clone/sub/a.go", "used/.git/HEAD", "used/pkg/a.go", "used/web/a.html",
				"later/.git/HEAD", "later/pkg/a.go", "later/web/a.html", "theme/a.html", "named/.git/HEAD", "named/a.html", ".direnv/a.html")
			p.writeText(".claude/worktrees/x/.git", "gitdir: "+p.path(".git/worktrees/x")+"\n")
			p.write(".claude/worktrees/x/web/a.html")
			p.writeText("theme/.git", "gitdir: ../.git/modules/theme\n")
			p.mode = mode
			c := DefaultConfig()
			c.Include = append(c.Include, "named/*.html")
			all := func() {
				p.write(".claude/worktrees/x/web/a.html")
				p.write(".claude/worktrees/x/new/a.html")
				p.write("clone/sub/a.go")
				p.write("used/web/a.html")
				p.write("later/web/a.html")
				p.write("theme/a.html")
				p.write("named/a.html")
				p.write(".direnv/a.html")
			}
			p.watch(c, p.scope([]string{".", "used/pkg"}, nil))
			all()
			p.expect("named/a.html", "theme/a.html", "used/web/a.html")

			p.must(p.w.view.follow(p.scope([]string{".", "used/pkg", "later/pkg"}, nil)))
			all()
			p.expect("later/web/a.html", "named/a.html", "theme/a.html", "used/web/a.html")
		})
	}
}

// A worktree that is added while the watcher runs is not a change, in whatever order its
// files come.
func TestWorktreeAdded(t *testing.T) {
	t.Parallel()
	for name, gitignore := range map[string]bool{"": true, " without git's rules": false} {
		t.Run("added"+name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", ".git/HEAD")
			c := DefaultConfig()
			c.Gitignore = gitignore
			p.watch(c, Scope{Matters: matters})
			p.write("../new/web/a.html")
			p.write("../new/b.go")
			p.must(os.WriteFile(p.path("../new/.git"), []byte("gitdir: ../.git/worktrees/new\n"), 0o600))
			p.rename("../new", "wt")
			p.write("wt/late.go")
			p.expect()
			p.write("clone/web/a.html") // seen before its repository is
			p.write("clone/b.go")
			p.write("clone/.git/HEAD")
			p.write("clone/web/c.html")
			p.expect()
			p.write("clone/b.go")
			p.expect()
		})
	}
}
