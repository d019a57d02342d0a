package inject

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hotreload/internal/appsock/wire"
)

// goroot is the installed toolchain's.
func goroot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// Nothing in Go's files changes except names, and no line moves.
func TestOnlyNamesChange(t *testing.T) {
	root := goroot(t)
	files, err := Files(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, hooks := range hooks {
		path := filepath.Join(root, "src", name)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		after := files[path]
		if bytes.Count(before, []byte("\n")) != bytes.Count(after, []byte("\n")) {
			t.Errorf("%s: lines have moved", name)
		}
		for _, h := range hooks {
			after = bytes.Replace(after, []byte(h.renamed+"("), []byte(h.name+"("), 1)
		}
		if !bytes.Equal(before, after) {
			t.Errorf("%s: more than the names of functions has changed", name)
		}
	}
	again, err := Files(root)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		if !bytes.Equal(again[path], text) {
			t.Errorf("%s differs the second time", path)
		}
	}
}

// For an unknown toolchain there is an error with the reason, and no file.
func TestUnknownToolchain(t *testing.T) {
	for name, test := range map[string]struct {
		file, pattern, by string
		want              string
	}{
		"a function is gone":    {"net/tcpsock_posix.go", `\) accept\(\)`, ") admit()", "net/tcpsock_posix.go has no function (*TCPListener).accept"},
		"another signature":     {"net/http/server.go", `runHook bool\)`, "runHook, more bool)", "in net/http/server.go, (*conn).setState is func(net.Conn, ConnState, bool, bool) instead of func(net.Conn, ConnState, bool)"},
		"another receiver":      {"net/dial.go", `\(lc \*ListenConfig\) Listen\(`, "(lc ListenConfig) Listen(", "net/dial.go has no function (*ListenConfig).Listen"},
		"a file does not parse": {"net/file.go", `package net`, "package", "net/file.go"},
	} {
		root := doctored(t, test.file, test.pattern, test.by)
		files, err := Files(root)
		if err == nil || !strings.Contains(err.Error(), test.want) || files != nil {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	if _, err := Files(t.TempDir()); err == nil {
		t.Error("no error without a toolchain")
	}
}

// doctored is a copy of the toolchain files that we read, with a change in one.
func doctored(t *testing.T, file, pattern, by string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name := range hooks {
		text, err := os.ReadFile(filepath.Join(goroot(t), "src", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == file {
			changed := regexp.MustCompile(pattern).ReplaceAll(text, []byte(by))
			if bytes.Equal(changed, text) {
				t.Fatalf("%s has no %s", name, pattern)
			}
			text = changed
		}
		path := filepath.Join(root, "src", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// What is injected speaks the protocol of package hot.
func TestProtocol(t *testing.T) {
	text, err := injected.ReadFile("_net/hotreload_line.go")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf(`"protocol":%d}}`, wire.Protocol); !bytes.Contains(text, []byte(want)) {
		t.Errorf("what is injected into net does not say %s when it attends", want)
	}
}

func TestOverlayFlag(t *testing.T) {
	for flags, want := range map[string]string{
		"-overlay=o.json": "o.json", "--overlay o.json -v": "o.json", "'-overlay=o.json'": "o.json",
		"-overlay=a.json -overlay=b.json": "b.json", "-v": "", "-overlay": "", "-overlays=x": "",
	} {
		if got := overlayFlag(strings.Fields(flags)); got != want {
			t.Errorf("%s: the overlay is %q, want %q", flags, got, want)
		}
	}
}
