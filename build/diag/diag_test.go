package diag

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// Single complaints that take more than a module to provoke.
func TestParseLine(t *testing.T) {
	for _, test := range []struct {
		output string
		want   Diagnostic
	}{
		{"./main.go:3:4: undefined: x\r\n", Diagnostic{"main.go", 3, 4, "error", "undefined: x"}},
		{"\x1b[1m./main.go:3:4: \x1b[31merror:\x1b[0m no\x1b]8;;https://go.dev\x1b\\", Diagnostic{"main.go", 3, 4, "error", "no"}},
		{"vet: ./main.go:3:4: undefined: x", Diagnostic{"main.go", 3, 4, "error", "undefined: x"}},
		{"  main.go:3:4: undefined: x", Diagnostic{"main.go", 3, 4, "error", "undefined: x"}},
		{"main.go:3: running \"stringer\": exec: \"stringer\": not in $PATH", Diagnostic{"main.go", 3, 0, "error", "running \"stringer\": exec: \"stringer\": not in $PATH"}},
		{"api.schema:3:4: unknown type", Diagnostic{"api.schema", 3, 4, "error", "unknown type"}},
		{"./main.go:3:4: cannot use \"link: running gcc failed: exit status 1\"", Diagnostic{"main.go", 3, 4, "error", "cannot use \"link: running gcc failed: exit status 1\""}},
		{`C:\src\lib\lib.go: invalid #cgo verb: #cgo FOO: x`, Diagnostic{"C:/src/lib/lib.go", 0, 0, "error", "invalid #cgo verb: #cgo FOO: x"}},
		{"formatting main.go: done", Diagnostic{"", 0, 0, "error", "formatting main.go: done"}},
		{"$WORK/b001/_cgo_gotypes.go:12:3: undefined: x", Diagnostic{"", 0, 0, "error", "undefined: x"}},
		{"/usr/bin/x86_64-linux-gnu-ld: store.c:(.text+0x5): undefined reference to `f'", Diagnostic{"store.c", 0, 0, "error", "undefined reference to `f'"}},
		{`C:\mingw64\bin\ld.exe: cannot find -lm`, Diagnostic{"", 0, 0, "error", "ld: cannot find -lm"}},
		{"go: error obtaining VCS status: exit status 128\n\tUse -buildvcs=false to disable VCS stamping.",
			Diagnostic{"", 0, 0, "error", "go: error obtaining VCS status: exit status 128\n\tUse -buildvcs=false to disable VCS stamping."}},
		{"go: example.org/x@v1.0.0: Get \"https://proxy.golang.org:443: x\": dial tcp 127.0.0.1:443: connect: refused",
			Diagnostic{"", 0, 0, "error", "go: example.org/x@v1.0.0: Get \"https://proxy.golang.org:443: x\": dial tcp 127.0.0.1:443: connect: refused"}},
		{"dial tcp 127.0.0.1:443: connection refused", Diagnostic{"", 0, 0, "error", "dial tcp 127.0.0.1:443: connection refused"}},
		{"example.com:443: connection refused", Diagnostic{"", 0, 0, "error", "example.com:443: connection refused"}},
		{"2026/01/02 15:04:05 main.go:7: done", Diagnostic{"", 0, 0, "error", "2026/01/02 15:04:05 main.go:7: done"}},
		{"main.go:0:1: no line", Diagnostic{"main.go", 0, 0, "error", "no line"}},
		{"# example.com/app", Diagnostic{"", 0, 0, "error", "# example.com/app"}},
		{"main.go:99999999999999999999: big", Diagnostic{"", 0, 0, "error", "main.go:99999999999999999999: big"}},
	} {
		t.Run(test.output, func(t *testing.T) {
			got := Parse(test.output, "/src/app", "/src/app")
			if diff := cmp.Diff([]Diagnostic{test.want}, got); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
		})
	}
}

// Complaints without a position are found in a log.
func TestParseInNoise(t *testing.T) {
	for _, line := range []string{
		"go: -race requires cgo; enable cgo by setting CGO_ENABLED=1",
		"package example.com/app: build constraints exclude all Go files in /src/app",
		"pattern ./nope/...: invalid pattern syntax",
		"found packages a (a.go) and b (b.go) in /src/app",
		"no Go files in /src/app",
		"directory b is contained in a module that is not one of the workspace modules listed in go.work.",
		"build cache is required, but could not be located: GOCACHE is not defined",
		"named files must all be in one directory; have . and ../b",
		"malformed import path \"x y\": invalid char ' '",
		"no required module provides package example.com/x; to add it:",
		"cannot find module providing package example.com/x",
		"stat /src/app/nope: directory not found",
		"flag provided but not defined: -nosuch",
		"flag needs an argument: -tags",
		"invalid value \"bogus\" for flag -linkmode: invalid linkmode: \"bogus\"",
		"invalid boolean value \"maybe\" for -race: parse error",
		"go bild: unknown command",
		"main.main: relocation target main.add not defined",
		"runtime.main_main·f: function main is undeclared in the main package",
		"Undefined symbols for architecture arm64:",
		"duplicate symbol '_add' in:",
		"Package gtk4 was not found in the pkg-config search path.",
		"panic: runtime error: index out of range [3] with length 3",
		"example.com/app: /usr/local/go/pkg/tool/linux_amd64/link: signal: killed",
		"example.com/app: mkdir /tmp/go-build3230548150/b476/: no space left on device",
		"sh: ./gen.sh: No such file or directory",
		"open /opt/app: permission denied",
		"bash: line 1: templ: command not found",
		"sh: 1: templ: not found",
		"make: *** No rule to make target 'build'.  Stop.",
	} {
		t.Run(line, func(t *testing.T) {
			want := []Diagnostic{{Severity: "error", Message: line}}
			got := Parse("compiling 3 of 7\n"+line+"\nstopping here\n", "/src/app", "/src/app")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseSeverity(t *testing.T) {
	for _, test := range []struct {
		line, severity, message string
	}{
		{"error: home.tmpl has no title", "error", "home.tmpl has no title"},
		{"Error: unknown flag: --watch", "error", "unknown flag: --watch"},
		{"fatal error: out of memory", "error", "out of memory"},
		{"warning: GOPATH set to GOROOT (/usr/local/go) has no effect", "warning", "GOPATH set to GOROOT (/usr/local/go) has no effect"},
		{"go: warning: \"./...\" matched no packages", "warning", "go: \"./...\" matched no packages"},
		{"ld: warning: ignoring duplicate libraries: '-lc++'", "warning", "ld: ignoring duplicate libraries: '-lc++'"},
		{"x.cc:1:5: error: unused\nclang++: error: linker command failed with exit code 1", "error", "unused"},
		{"add.s:3: Error: no such instruction: `movqq'", "error", "no such instruction: `movqq'"},
		{"add.s:3: Warning: stray `;'", "warning", "stray `;'"},
		{"x.c:1:5: error: unused [-Werror=unused]\ncc1: some warnings being treated as errors\ncc1: all warnings being treated as errors", "error", "unused [-Werror=unused]"},
	} {
		t.Run(test.line, func(t *testing.T) {
			got := Parse("compiling 3 of 7\n"+test.line+"\n", "/src/app", "/src/app")
			matches := slices.DeleteFunc(got, func(d Diagnostic) bool { return d.Severity != test.severity })
			if len(matches) != 1 || matches[0].Message != test.message {
				t.Errorf("got %+v, want one %s: %s", matches, test.severity, test.message)
			}
		})
	}
}

func TestParseFileNames(t *testing.T) {
	for _, test := range []struct{ root, dir, file, want string }{
		{"/src/app", "/src/app", "./main.go", "main.go"},
		{"/src/app", "/src/app", "store/store.go", "store/store.go"},
		{"/src/app", "/src/app/cmd", "../store/store.go", "store/store.go"},
		{"/src/app", "/src/app", "../lib/lib.go", "/src/lib/lib.go"},
		{"/src/app", "/src/app", "/src/app/main.go", "main.go"},
		{"/src/app", "/src/app", "/src/apple/main.go", "/src/apple/main.go"},
		{"/src/app", "/src/app", "/usr/local/go/src/fmt/print.go", "/usr/local/go/src/fmt/print.go"},
		{"/src/app", "/src/app", "vendor/example.org/x/x.go", "vendor/example.org/x/x.go"},
		{"/src/my app", "/src/my app", "/src/my app/größe zwei.go", "größe zwei.go"},
		{"/", "/", "/main.go", "main.go"},
		{`C:\src\app`, `C:\src\app`, `C:\src\app\store\store.go`, "store/store.go"},
		{`C:\src\app`, `C:\src\app`, `c:\Src\App\store\store.go`, "store/store.go"},
		{`C:\src\app`, `C:\src\app\cmd`, `..\store\store.go`, "store/store.go"},
		{`C:\src\app`, `C:\src\app`, `.\main.go`, "main.go"},
		{`C:\src\app`, `C:\src\app`, `D:\go\src\fmt\print.go`, "D:/go/src/fmt/print.go"},
		{`C:\src\app`, `C:\src\app`, `C:/src/app/main.go`, "main.go"},
		{"/src/app", "/src/app", `C:\a\b.go`, "C:/a/b.go"},
	} {
		t.Run(test.file, func(t *testing.T) {
			want := []Diagnostic{{File: test.want, Line: 3, Column: 4, Severity: "error", Message: "undefined: x"}}
			got := Parse(test.file+":3:4: undefined: x\n", test.root, test.dir)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseOrder(t *testing.T) {
	const output = `# example.com/app
b.go:2:1: second
b.c:9:1: warning: last but one
c.c:1:1: warning: last
b.go:2:1: also second
b.go:1:9: first
go: no place
b.go:1:9: first
`
	var got []string
	for _, d := range Parse(output, "/src/app", "/src/app") {
		got = append(got, d.Message)
	}
	want := []string{"go: no place", "first", "second", "also second", "last but one", "last"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages differ (-want +got):\n%s", diff)
	}
}

func TestParseBlank(t *testing.T) {
	for _, output := range []string{"", "\n \t\r\n", "\x1b[0m\n"} {
		if got := Parse(output, "/src/app", "/src/app"); len(got) != 0 {
			t.Errorf("Parse(%q) = %v, want nothing", output, got)
		}
	}
}

// The end of a long log says what went wrong.
func TestParseUnrecognised(t *testing.T) {
	var log strings.Builder
	for i := range 100 {
		fmt.Fprintf(&log, "step %d\n\n", i)
	}
	want := []Diagnostic{{Severity: "error", Message: "step 90\nstep 91\nstep 92\nstep 93\nstep 94\nstep 95\nstep 96\nstep 97\nstep 98\nstep 99"}}
	if diff := cmp.Diff(want, Parse(log.String(), "/src/app", "/src/app")); diff != "" {
		t.Errorf("diagnostics differ (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/builds/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, section := range archive.Files {
			if section.Name == "output" {
				f.Add(string(section.Data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, output string) {
		found := Parse(output, "/src/app", "/src/app/cmd")
		blank := strings.TrimSpace(terminalCodes.ReplaceAllString(output, "")) == ""
		if blank != (len(found) == 0) {
			t.Errorf("blank is %t, but found %v", blank, found)
		}
		if !slices.IsSortedFunc(found, compare) {
			t.Errorf("not in order: %v", found)
		}
		seen := make(map[Diagnostic]bool)
		for _, d := range found {
			if seen[d] {
				t.Errorf("listed twice: %+v", d)
			}
			seen[d] = true
			checkDiagnostic(t, d)
		}
	})
}

func checkDiagnostic(t *testing.T, d Diagnostic) {
	t.Helper()
	if d.Severity != SeverityError && d.Severity != severityWarning {
		t.Errorf("unknown severity in %+v", d)
	}
	if strings.TrimSpace(d.Message) == "" {
		t.Errorf("no message in %+v", d)
	}
	if d.Line < 0 || d.Column < 0 || d.File == "" && d.Line > 0 || d.Line == 0 && d.Column > 0 {
		t.Errorf("impossible place in %+v", d)
	}
}
