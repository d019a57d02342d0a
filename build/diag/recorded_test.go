package diag

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"hotreload/build/internal/modtest"
)

var update = flag.Bool("update", false, "run the builds of testdata again and record what they print")

// recordedCase is a file of testdata/builds: a small module that does not build,
// what the build printed, and the diagnostics in it. Its comment says in words
// what it shows, then any of
//
//	run: go build ./...     the command, go build . if none is given
//	dir: cmd                where it runs, below the module
//	root: app               the project's root, if that is not the whole archive
//	env: CGO_ENABLED=0      may be repeated
//	needs: linux gcc        without these, only the recorded output is read
//	recorded: why           the command cannot be run again: the output was written by hand
//
// $TMP stands for the directory with the unpacked archive.
type recordedCase struct {
	file     string
	archive  *txtar.Archive
	settings map[string][]string
	tmp      string
}

func TestRecorded(t *testing.T) {
	for _, c := range recordedCases(t) {
		t.Run(c.name(), func(t *testing.T) {
			c.unpack(t)
			if *update {
				c.record(t)
			}
			got := c.parse(c.section(t, "output"))
			if diff := cmp.Diff(c.want(t), got); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
		})
	}
}

// A new version of Go may word or place its errors differently.
func TestLive(t *testing.T) {
	for _, c := range recordedCases(t) {
		if c.settings["recorded"] != nil {
			continue
		}
		t.Run(c.name(), func(t *testing.T) {
			if c.needsTool() {
				modtest.Slow(t)
			}
			t.Parallel()
			c.skipWithoutNeeds(t)
			c.unpack(t)
			want, got := c.want(t), c.parse(c.run(t))
			if c.needsTool() { // gcc and make word things differently from version to version
				dropMessages(want)
				dropMessages(got)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
		})
	}
}

func recordedCases(t *testing.T) []*recordedCase {
	t.Helper()
	files, err := filepath.Glob("testdata/builds/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in testdata/builds: %v", err)
	}
	var cases []*recordedCase
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, &recordedCase{file: file, archive: archive, settings: settingsIn(archive.Comment)})
	}
	return cases
}

var settingLine = regexp.MustCompile(`(?m)^(run|dir|root|env|needs|recorded): (.*)$`)

func settingsIn(comment []byte) map[string][]string {
	settings := make(map[string][]string)
	for _, m := range settingLine.FindAllStringSubmatch(string(comment), -1) {
		settings[m[1]] = append(settings[m[1]], m[2])
	}
	return settings
}

func (c *recordedCase) name() string {
	return strings.TrimSuffix(filepath.Base(c.file), ".txtar")
}

func (c *recordedCase) setting(key string) string { return strings.Join(c.settings[key], " ") }

// systems are the needs that are not programs.
var systems = []string{"linux", "amd64"}

func (c *recordedCase) needsTool() bool {
	return slices.ContainsFunc(c.needs(), func(need string) bool { return !slices.Contains(systems, need) })
}

func (c *recordedCase) needs() []string { return strings.Fields(c.setting("needs")) }

func (c *recordedCase) skipWithoutNeeds(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the recorded names have slashes")
	}
	for _, need := range c.needs() {
		if slices.Contains(systems, need) {
			if need != runtime.GOOS && need != runtime.GOARCH {
				t.Skipf("only on %s", need)
			}
		} else if _, err := exec.LookPath(need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// unpack writes the module to a new directory.
func (c *recordedCase) unpack(t *testing.T) {
	t.Helper()
	c.tmp = t.TempDir()
	for _, f := range c.archive.Files {
		if f.Name == "output" || f.Name == "want" {
			continue
		}
		name := filepath.Join(c.tmp, f.Name)
		mode := os.FileMode(0o644)
		if filepath.Ext(name) == ".sh" {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, mode); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs the build and returns what it printed, as it is recorded.
func (c *recordedCase) run(t *testing.T) string {
	t.Helper()
	args := strings.Fields(c.setting("run"))
	if len(args) == 0 {
		args = []string{"go", "build", "."}
	}
	if args[0] == "go" && args[1] == "build" {
		args = slices.Insert(args, 2, "-o", os.DevNull)
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = filepath.Join(c.tmp, c.setting("dir"))
	// One compiler at a time: the order of packages is always the same.
	cmd.Env = append(cmd.Environ(), "GOFLAGS=-p=1", "GOPROXY=off", "GOENV=off", "GOWORK=", "GOTOOLCHAIN=local", "CGO_ENABLED=1", "LC_ALL=C", "TMPDIR=/tmp")
	cmd.Env = append(cmd.Env, c.settings["env"]...)
	output, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("%s succeeded:\n%s", cmd, output)
	}
	return c.portable(t, string(output))
}

var (
	temporaryNumber = regexp.MustCompile(`(/go-(?:link-|build))\d+`)
	buildID         = regexp.MustCompile(`--build-id=\w+`)
)

// portable replaces what differs from machine to machine, or from run to run.
func (c *recordedCase) portable(t *testing.T, output string) string {
	t.Helper()
	env, err := goEnv()
	if err != nil {
		t.Fatal(err)
	}
	output = strings.NewReplacer(
		c.tmp, "$TMP",
		env.GOROOT, "$GOROOT",
		"running go "+strings.TrimPrefix(env.GOVERSION, "go"), "running go 1.26",
	).Replace(output)
	output = temporaryNumber.ReplaceAllString(output, "${1}1")
	return buildID.ReplaceAllString(output, "--build-id=0x1")
}

var goEnv = sync.OnceValues(func() (env struct{ GOROOT, GOVERSION string }, err error) {
	output, err := exec.Command("go", "env", "-json", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return env, err
	}
	return env, json.Unmarshal(output, &env)
})

// parse reads output as if it came from a build in the unpacked directory.
func (c *recordedCase) parse(output string) []Diagnostic {
	root := filepath.Join(c.tmp, c.setting("root"))
	dir := filepath.Join(c.tmp, c.setting("dir"))
	found := Parse(strings.ReplaceAll(output, "$TMP", c.tmp), root, dir)
	for i := range found {
		found[i].File = strings.ReplaceAll(found[i].File, c.tmp, "$TMP")
		found[i].Message = strings.ReplaceAll(found[i].Message, c.tmp, "$TMP")
	}
	return found
}

// record writes the output, and what is read in it, to the case's file.
func (c *recordedCase) record(t *testing.T) {
	t.Helper()
	output := ""
	if c.settings["recorded"] != nil {
		output = c.section(t, "output")
	} else {
		c.skipWithoutNeeds(t)
		output = c.run(t)
	}
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	for _, d := range c.parse(output) {
		if err := encoder.Encode(d); err != nil {
			t.Fatal(err)
		}
	}
	c.archive.Files = slices.DeleteFunc(c.archive.Files, func(f txtar.File) bool {
		return f.Name == "output" || f.Name == "want"
	})
	c.archive.Files = append(c.archive.Files,
		txtar.File{Name: "output", Data: []byte(output)},
		txtar.File{Name: "want", Data: want.Bytes()})
	if err := os.WriteFile(c.file, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (c *recordedCase) section(t *testing.T, name string) string {
	t.Helper()
	for _, f := range c.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	t.Fatalf("%s has no %q: run with -update", c.file, name)
	return ""
}

func (c *recordedCase) want(t *testing.T) []Diagnostic {
	t.Helper()
	var want []Diagnostic
	decoder := json.NewDecoder(strings.NewReader(c.section(t, "want")))
	decoder.DisallowUnknownFields()
	for decoder.More() {
		var d Diagnostic
		if err := decoder.Decode(&d); err != nil {
			t.Fatal(err)
		}
		want = append(want, d)
	}
	return want
}

func dropMessages(all []Diagnostic) {
	for i := range all {
		all[i].Message = ""
	}
}
