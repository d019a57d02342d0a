//go:build unix

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// Editors and tools that write into a project, as people use them: each save,
// checkout or run is one batch and one build.

// act does something to a running project and checks that it was one batch and
// one build, whose app says what is wanted.
func (h *tool) act(do func(), says string) {
	h.t.Helper()
	h.mark()
	do()
	h.await("app.output", contains("text", says))
	h.await("cycle")
	h.settle()
	answered := 0 // a file that a program writes for itself first may be a batch, which nobody minds
	for _, e := range h.all[h.from:] {
		if e.kind() == "plan" && e.text("rung") != "none" {
			answered++
		}
	}
	if builds := h.count("build.start"); answered != 1 || builds != 1 {
		h.t.Errorf("%d batches that led to something and %d builds, want one of each", answered, builds)
	}
}

// runs runs a program in the project.
func (h *tool) runs(name string, args ...string) {
	h.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "HOME="+h.dir, "GIT_CONFIG_GLOBAL="+os.DevNull, "TERM=xterm",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("%s %s: %v\n%s", name, args, err, out)
	}
}

// types runs a program on a terminal and types into it once it shows a text.
func (h *tool) types(after, keys, name string, args ...string) {
	h.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "HOME="+h.dir, "TERM=xterm")
	terminal, err := pty.Start(cmd)
	if err != nil {
		h.t.Fatal(err)
	}
	defer terminal.Close()
	var shown bytes.Buffer
	piece := make([]byte, 4096)
	for typed := false; ; {
		n, err := terminal.Read(piece)
		shown.Write(piece[:n])
		if err != nil {
			break // it has ended
		}
		if !typed && strings.Contains(shown.String(), after) {
			typed = true
			if _, err := terminal.WriteString(keys); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		h.t.Fatalf("%s: %v\n%q", name, err, shown.String())
	}
}

// need skips a test whose program is not installed.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
}

func TestEditorsSave(t *testing.T) {
	slow(t)
	t.Parallel()
	vim := func(settings ...string) func(*tool) {
		return func(h *tool) {
			args := []string{"-N", "-u", "NONE", "-i", "NONE", "--not-a-term"}
			for _, setting := range settings {
				args = append(args, "-c", "set "+setting)
			}
			h.runs("vim", append(args, "-c", "%s/one/two/", "-c", "wq", "main.go")...)
		}
	}
	for _, test := range []struct {
		name, program string
		save          func(*tool)
	}{
		{"vim", "vim", vim()},
		{"vim backupcopy=no", "vim", vim("backupcopy=no")},
		{"vim backupcopy=yes", "vim", vim("backupcopy=yes")},
		{"vim backup", "vim", vim("backup")},
		{"emacs", "emacs", func(h *tool) {
			h.runs("emacs", "-Q", "--batch", "--eval",
				`(progn (find-file "main.go") (search-forward "one") (replace-match "two") (save-buffer))`)
		}},
		{"nano", "nano", func(h *tool) {
			// Replace (meta-R), what, with what, all; write out, exit.
			h.types("main.go", "\x1brone\rtwo\ra\x0f\r\x18", "nano", "main.go")
		}},
		{"nano with backups", "nano", func(h *tool) {
			h.types("main.go", "\x1brone\rtwo\ra\x0f\r\x18", "nano", "-B", "main.go")
		}},
		{"sed -i", "sed", func(h *tool) { h.runs("sed", "-i", "s/one/two/", "main.go") }},
		{"perl -i", "perl", func(h *tool) { h.runs("perl", "-pi", "-e", "s/one/two/", "main.go") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			need(t, test.program)
			h := start(t, module(t, map[string]string{"go.mod": goMod, "main.go": speaker}))
			h.await("cycle", with("result", "ok"))
			h.act(func() { test.save(h) }, "it says two")
			if status := h.quit(syscall.SIGINT); status != 0 {
				t.Errorf("exit status %d", status)
			}
		})
	}
}

// gofmt writes all files of a package, one after another.
func TestGofmtWritesPackage(t *testing.T) {
	t.Parallel()
	slow(t)
	need(t, "gofmt")
	files := map[string]string{"go.mod": goMod, "main.go": speaker, "line.go": `package main

import ("fmt"; "runtime")

func init() {
	_, _, line, _ := runtime.Caller(0)
	fmt.Println("in line", line)
}
`}
	for i := range 20 {
		files[fmt.Sprintf("f%d.go", i)] = fmt.Sprintf("package main\n\nfunc  f%d( )  {  }\n", i)
	}
	h := start(t, module(t, files))
	h.await("app.output", contains("text", "in line 6"))
	h.await("cycle", with("result", "ok"))
	h.act(func() { h.runs("gofmt", "-w", ".") }, "in line 9")
}
