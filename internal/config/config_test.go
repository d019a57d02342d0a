package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// project writes files into a new directory and returns it.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// loadText loads a project whose config file is text.
func loadText(t *testing.T, text string, set ...string) (*Loaded, error) {
	t.Helper()
	return Load(Options{Dir: project(t, map[string]string{FileName: text}), Set: set})
}

func mustLoadText(t *testing.T, text string, set ...string) *Loaded {
	t.Helper()
	l, err := loadText(t, text, set...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLoadSearches(t *testing.T) {
	// The quiet window tells which file was read.
	const ms1, ms2 = "watch.quiet = '1ms'", "watch.quiet = '2ms'"
	tests := []struct {
		name  string
		files map[string]string
		dir   string
		file  string // relative to the project; empty: none is to be found
		root  string
		quiet time.Duration
	}{
		{
			name:  "in the directory",
			files: map[string]string{"go.mod": "", FileName: ms1},
			dir:   ".", file: FileName, root: ".", quiet: time.Millisecond,
		}, {
			name:  "the nearest wins",
			files: map[string]string{"go.mod": "", FileName: ms1, "cmd/" + FileName: ms2, "cmd/web/main.go": ""},
			dir:   "cmd/web", file: "cmd/" + FileName, root: "cmd", quiet: 2 * time.Millisecond,
		}, {
			name:  "up to the module",
			files: map[string]string{FileName: ms1, "mod/go.mod": "", "mod/cmd/web/main.go": ""},
			dir:   "mod/cmd/web", root: "mod/cmd/web", quiet: Default().Watch.Quiet,
		}, {
			name:  "in the module",
			files: map[string]string{"mod/go.mod": "", "mod/" + FileName: ms1, "mod/cmd/web/main.go": ""},
			dir:   "mod/cmd/web", file: "mod/" + FileName, root: "mod", quiet: time.Millisecond,
		}, {
			name:  "up to the workspace",
			files: map[string]string{FileName: ms1, "ws/go.work": "", "ws/" + FileName: ms2, "ws/mod/go.mod": "", "ws/mod/cmd/main.go": ""},
			dir:   "ws/mod/cmd", file: "ws/" + FileName, root: "ws", quiet: 2 * time.Millisecond,
		}, {
			name:  "not above the workspace",
			files: map[string]string{FileName: ms1, "ws/go.work": "", "ws/mod/go.mod": ""},
			dir:   "ws/mod", root: "ws/mod", quiet: Default().Watch.Quiet,
		}, {
			name:  "outside of a module only in the directory",
			files: map[string]string{FileName: ms1, "sub/main.go": ""},
			dir:   "sub", root: "sub", quiet: Default().Watch.Quiet,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			top := project(t, tt.files)
			l, err := Load(Options{Dir: filepath.Join(top, tt.dir)})
			if err != nil {
				t.Fatal(err)
			}
			wantFile := ""
			if tt.file != "" {
				wantFile = filepath.Join(top, tt.file)
			}
			if l.File != wantFile || l.Root != filepath.Join(top, tt.root) {
				t.Errorf("read %q for root %q; want %q for %q", l.File, l.Root, wantFile, filepath.Join(top, tt.root))
			}
			if l.Config.Watch.Quiet != tt.quiet {
				t.Errorf("quiet is %v; want %v", l.Config.Watch.Quiet, tt.quiet)
			}
		})
	}
}

func TestLoadNamedFile(t *testing.T) {
	top := project(t, map[string]string{
		"go.mod":       "",
		FileName:       "watch.quiet = '1ms'",
		"conf/dev":     "watch.quiet = '2ms'",
		"cmd/web/a.go": "",
	})
	dir := filepath.Join(top, "cmd", "web")
	for _, file := range []string{"../../conf/dev", filepath.Join(top, "conf", "dev")} {
		l, err := Load(Options{Dir: dir, File: file})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if l.File != filepath.Join(top, "conf", "dev") || l.Root != dir || l.Config.Watch.Quiet != 2*time.Millisecond {
			t.Errorf("%s: read %q for root %q, quiet %v", file, l.File, l.Root, l.Config.Watch.Quiet)
		}
	}
}

func TestLoadUnreadable(t *testing.T) {
	top := project(t, map[string]string{
		"go.mod":                  "",
		"dir/" + FileName + "/x":  "",
		"big.toml":                "#" + strings.Repeat("x", maxSize),
		"broken/sub/main.go":      "",
		"above/" + FileName:       "no",
		"above/go.mod":            "",
		"above/sub/main.go":       "",
		"inside/conf/broken.toml": "no",
	})
	if err := os.Symlink("nowhere", filepath.Join(top, "broken", FileName)); err != nil {
		t.Skip(err)
	}
	tests := []struct{ dir, file, want string }{
		{".", "no.toml", "no.toml: cannot read the config: no such file or directory; check the path, or run hotreload init to write a config"},
		{".", "dir", "dir: cannot read the config: is a directory; it must be a file that you may read"},
		{"dir", "", FileName + ": cannot read the config: is a directory; it must be a file that you may read"},
		{"broken", "", FileName + ": cannot read the config: no such file or directory; check the path, or run hotreload init to write a config"},
		{"broken/sub", "", top + "/broken/" + FileName + ": cannot read the config: no such file or directory; check the path, or run hotreload init to write a config"},
		{".", "big.toml", "big.toml: is larger than 1024 KiB, too large for a config file; check the path"},
		{"above/sub", "", top + "/above/" + FileName + ":1:2: not valid TOML: expected '=' after key"},
		{"inside", "conf/../conf/broken.toml", "conf/broken.toml:1:2: not valid TOML: expected '=' after key"},
		{"inside", "../no.toml", top + "/no.toml: cannot read the config: no such file or directory; check the path, or run hotreload init to write a config"},
	}
	for _, tt := range tests {
		l, err := Load(Options{Dir: filepath.Join(top, tt.dir), File: tt.file})
		if err == nil || err.Error() != tt.want {
			t.Errorf("in %s, file %q:\n got %v\nwant %s", tt.dir, tt.file, err, tt.want)
		}
		if l != nil {
			t.Errorf("in %s, file %q: a config came with the error", tt.dir, tt.file)
		}
	}
}

func TestLoadEncodings(t *testing.T) {
	want := Default()
	want.Watch.Quiet = time.Second
	want.Runner.Args = []string{"é"}
	const text = "[watch]\nquiet = '1s'\n[runner]\nargs = [\n'é'\n] # ü\n"
	for name, text := range map[string]string{
		"plain":            text,
		"byte order mark":  "\ufeff" + text,
		"CRLF":             strings.ReplaceAll(text, "\n", "\r\n"),
		"no newline":       strings.TrimSuffix(text, "\n"),
		"both of Windows'": "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"),
	} {
		l := mustLoadText(t, text)
		if diff := cmp.Diff(want, l.Config); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := l.Origins["runner.args"]; got != FileName+":4" {
			t.Errorf("%s: runner.args comes from %s; want line 4", name, got)
		}
	}
}

func TestLoadNothing(t *testing.T) {
	for _, text := range []string{"", "\ufeff", "\n\n", "# nothing\n", "[watch]\n[runner]", "watch = {}\nrunner.env = {}"} {
		if diff := cmp.Diff(Default(), mustLoadText(t, text).Config); diff != "" {
			t.Errorf("%q (-default +got):\n%s", text, diff)
		}
	}
}

// TestLoadIsolated checks that a config may be changed without changing others.
func TestLoadIsolated(t *testing.T) {
	first := mustLoadText(t, "runner.env.A = '1'")
	first.Config.Watch.Include[0] = "changed"
	first.Config.Runner.Env["A"] = "changed"
	second := mustLoadText(t, "runner.env.A = '1'")
	if second.Config.Watch.Include[0] == "changed" || second.Config.Runner.Env["A"] != "1" {
		t.Errorf("a second load sees what was done to the first: %+v", second.Config)
	}
}

// asError fails the test unless err is the *Error that Load promises.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	e := (*Error)(nil)
	if !errors.As(err, &e) {
		t.Fatalf("got %T (%v); want an *Error", err, err)
	}
	return e
}
