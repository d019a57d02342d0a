//go:build unix

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// A checkout, a rebase and a stash are one batch, however many files they touch.
func TestGitIsOneBatch(t *testing.T) {
	t.Parallel()
	need(t, "git")
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": speaker})
	h := &tool{t: t, dir: dir}
	git := func(args ...string) { h.t.Helper(); h.runs("git", args...) }
	tree := func(word string) {
		write(t, filepath.Join(dir, "main.go"), strings.Replace(speaker, "one", word, 1))
		for i := range rounds(300, 1000) {
			write(t, filepath.Join(dir, fmt.Sprintf("p%d/f%d.go", i%50, i)), fmt.Sprintf("package p%d\n\nconst C%d = %q\n", i%50, i, word))
		}
		git("add", ".")
		git("commit", "-q", "-m", word)
	}
	git("init", "-q", "-b", "main")
	tree("one")
	git("checkout", "-q", "-b", "other")
	tree("two")
	git("checkout", "-q", "-b", "topic")
	for i := range 5 {
		write(t, filepath.Join(dir, "main.go"), strings.Replace(speaker, "one", "two"+strings.Repeat("!", i+1), 1))
		write(t, filepath.Join(dir, fmt.Sprintf("topic%d.go", i)), "package main\n")
		git("add", ".")
		git("commit", "-q", "-m", fmt.Sprint(i))
	}
	git("checkout", "-q", "-b", "upstream", "other")
	write(t, filepath.Join(dir, "rebased.go"), "package main\n\nimport \"fmt\"\n\nfunc init() { fmt.Println(\"it is rebased\") }\n")
	git("add", ".")
	git("commit", "-q", "-m", "more")
	git("checkout", "-q", "main")

	started := start(t, dir)
	started.await("app.output", contains("text", "it says one"))
	started.await("cycle", with("result", "ok"))
	h = started
	h.act(func() { git("checkout", "-q", "other") }, "it says two")
	h.save("main.go", strings.Replace(speaker, "one", "three", 1))
	h.await("app.output", contains("text", "it says three"))
	h.await("cycle", with("result", "ok"))
	h.act(func() { git("stash", "-q") }, "it says two")
	h.act(func() { git("stash", "pop", "-q") }, "it says three")
	h.act(func() { git("checkout", "-q", "main.go") }, "it says two")
	h.act(func() { git("checkout", "-q", "topic") }, "it says two!!!!!")
	h.act(func() { git("rebase", "-q", "upstream") }, "it is rebased")
}
