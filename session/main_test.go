package session

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"hotreload/build"
	"hotreload/internal/supervise"
	"hotreload/watch"
)

// The test binary is the supervisor of the go command, too.
func TestMain(m *testing.M) {
	if supervise.IsSupervisor() {
		os.Exit(supervise.Main())
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		if p, made := made(); made {
			os.RemoveAll(p.root)
		}
		os.Exit(status)
	}))
}

// project is a module on disk whose graphs the tests decide by. Nothing in it is
// ever built.
type project struct {
	root   string
	narrow *build.Graph // of package ., which cannot open a port
	plug   *build.Graph // of package . with plugin ./plug
	wide   *build.Graph // of package ./wide: the same, package other, and net
}

var projectFiles = map[string]string{
	"go.mod":         "module example.com/app\n\ngo 1.26\n",
	"main.go":        "package main\n\nimport _ \"example.com/app/page\"\n\nfunc main() {}\n",
	"main_test.go":   "package main\n",
	"page/page.go":   "package page\n\nimport _ \"embed\"\n\n//go:embed logo.svg\nvar Logo string\n",
	"page/logo.svg":  "<svg/>\n",
	"page/never.go":  "//go:build never\n\npackage page\n",
	"page/page.html": "<p>\n",
	"other/other.go": "package other\n\nimport _ \"embed\"\n\n//go:embed tip.html\nvar Tip string\n",
	"other/tip.html": "<p>\n",
	"wide/wide.go":   "package main\n\nimport (\n\t_ \"example.com/app/other\"\n\t_ \"example.com/app/page\"\n\t_ \"net\"\n)\n\nfunc main() {}\n",
	"plug/plug.go":   "package main\n\nfunc New() int { return 0 }\n\nfunc main() {}\n",
	"README.md":      "# app\n",
}

var makeProject = sync.OnceValues(func() (project, error) {
	root, err := os.MkdirTemp("", "session")
	if err != nil {
		return project{}, err
	}
	for name, text := range projectFiles {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return project{}, err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return project{}, err
		}
	}
	b := build.New(root, "")
	c := build.Config{Env: map[string]string{"GOWORK": "off", "GOFLAGS": "", "GOPROXY": "off"}}
	p := project{root: root}
	if p.narrow, err = b.Graph(context.Background(), c, "."); err != nil {
		return p, err
	}
	c.Plugin = []build.PluginPackage{{Package: "./plug"}}
	c.Env["CGO_ENABLED"], c.Env["GOOS"] = "1", "linux"
	if p.plug, err = b.Graph(context.Background(), c, "."); err != nil {
		return p, err
	}
	c.Plugin = nil
	p.wide, err = b.Graph(context.Background(), c, "./wide")
	madeProject = p
	return p, err
})

var madeProject project

// made returns the project if a test asked for it.
func made() (project, bool) { return madeProject, madeProject.root != "" }

// testProject returns the module that all step tests share.
func testProject(t *testing.T) project {
	t.Helper()
	p, err := makeProject()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// at is the absolute path of a file of the project.
func (p project) at(name string) string { return filepath.Join(p.root, name) }

// record takes down how the project is.
func (p project) record() build.Record {
	w, err := watch.New(p.root, watch.DefaultConfig(), func(string) {}, nil)
	if err != nil {
		panic(err)
	}
	look := func(tell func(path string, entry fs.DirEntry)) {
		w.Survey(watch.Scope{Built: func(string) bool { return false }}, tell)
	}
	return build.NewRecord(p.root, look, func(string) bool { return false }, build.Record{})
}
