//go:build unix

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestWhyIsWhatHappens asks beside a session, and then does what it asked about.
func TestWhyIsWhatHappens(t *testing.T) {
	t.Parallel()
	const app = "package main\n\nimport (\n\t_ \"example.com/app/lib\"\n\t\"time\"\n)\n\nfunc main() { time.Sleep(time.Hour) }\n"
	dir := module(t, map[string]string{
		"go.mod": goMod, ".gitignore": "dist/\n", "cmd/a/main.go": "package main\n\nfunc main() {}\n", "cmd/b/main.go": app,
		"lib/lib.go": "package lib\n", "lib/lib_test.go": "package lib\n", "views/a.html": "", "dist/a.html": "", "notes.md": "", ".env": "", "static/a.css": "",
	})
	h := start(t, dir, "./cmd/b")
	h.await("cycle", with("result", "ok"))
	for _, test := range []struct{ path, text, want string }{
		{"lib/lib.go", "package lib\n\nvar X int\n", "restart: part of package example.com/app/lib"},
		{"lib/lib_test.go", "package lib\n\nvar x int\n", "none: a test"},
		{"cmd/a/main.go", "package main\n\nfunc main() { println() }\n", "none: not in a package that the app is built from"},
		{"views/a.html", "<p>", "restart: read at run time (watch.include **/*.{html,tmpl,tpl,gohtml}); no build"},
		{".env", "A=1\n", "restart: sets the app's environment; no build"},
		{"static/a.css", "p {}", "browser: served from disk as it is (watch.browser **/*.css); open pages swap the stylesheet in, no build, no new process"},
		{"notes.md", "x", "none: not used to build the app"},
		{"lib/new.go", "package lib\n\nvar Y int\n", "restart: new in package example.com/app/lib; it does not exist"},
	} {
		out, err := h.beside("", "why", test.path, "dist/a.html").Output()
		if err != nil {
			t.Fatal(err)
		}
		if want := test.path + ": " + test.want + "\ndist/a.html: none: ignored by .gitignore:1 dist/\n"; string(out) != want {
			t.Errorf("why says\n%swant\n%s", out, want)
		}
		write(t, filepath.Join(dir, "dist/a.html"), test.path)
		h.save(test.path, test.text)
		h.await("change").want(with("paths", []string{test.path}))
		rung, reason, _ := strings.Cut(test.want, ": ")
		reason, _, _ = strings.Cut(reason, ";")
		if plan := h.await("plan"); plan.text("rung") != rung || !strings.Contains(plan.text("reason"), reason) {
			t.Errorf("why said %q, and it came to %v", test.want, plan)
		}
		h.await("cycle")
	}
}
