package gocmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotreload/internal/supervise"
)

func TestMain(m *testing.M) {
	if supervise.IsSupervisor() {
		os.Exit(supervise.Main())
	}
	os.Exit(m.Run())
}

// What a killed command leaves among its temporary files is removed, wherever they lie.
func TestTemporaryFiles(t *testing.T) {
	if _, err := LookPath("sh", "."); err != nil {
		t.Skip("there is no shell")
	}
	for _, test := range []struct {
		name      string
		temporary string            // of the runner
		user      map[string]string // the environment
		set       map[string]string // build.env
		foreign   bool
		gotmp     string // where GOTMPDIR lies
		tmp       string // where TMPDIR lies
		left      string // what stays
	}{
		{name: "the user's", gotmp: "system/hotreload-*", tmp: "system/hotreload-*"},
		{name: "the user's for go", user: map[string]string{"GOTMPDIR": "gotmp"}, gotmp: "gotmp/hotreload-*", tmp: "gotmp/hotreload-*"},
		{name: "the session's", temporary: "ours", user: map[string]string{"GOTMPDIR": "gotmp"}, gotmp: "ours/hotreload-*", tmp: "ours/hotreload-*"},
		{name: "build.env", temporary: "ours", set: map[string]string{"GOTMPDIR": "gotmp"}, gotmp: "gotmp/hotreload-*", tmp: "gotmp/hotreload-*"},
		{name: "build.env, TMPDIR", temporary: "ours", set: map[string]string{"TMPDIR": "gotmp"}, gotmp: "gotmp/hotreload-*", tmp: "gotmp/hotreload-*"},
		{name: "it cannot be written", temporary: "none", gotmp: "gotmp", tmp: "system", left: "gotmp/go-build1 system/cc.s", user: map[string]string{"GOTMPDIR": "gotmp"}},
		{name: "build.command", temporary: "ours", foreign: true, set: map[string]string{"GOTMPDIR": "ours"}, gotmp: "ours", tmp: "system", left: "ours/go-build1 system/cc.s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, one := range []string{"system", "gotmp", "ours"} {
				if err := os.Mkdir(filepath.Join(dir, one), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("TMPDIR", filepath.Join(dir, "system"))
			t.Setenv("GOTMPDIR", "")
			t.Setenv("GOENV", "off")
			for name, one := range test.user {
				t.Setenv(name, filepath.Join(dir, one))
			}
			set := map[string]string{}
			for name, one := range test.set {
				set[name] = filepath.Join(dir, one)
			}
			r := NewRunner(dir)
			defer r.Close()
			if test.temporary != "" {
				r.Temporary = filepath.Join(dir, test.temporary)
			}
			command := []string{"sh", "-c", `echo "$GOTMPDIR $TMPDIR"; mkdir "$GOTMPDIR/go-build1"; : >"$TMPDIR/cc.s"; kill -9 $$`}
			printed, err := r.Execute(t.Context(), Call{Command: command, Dir: dir, Env: Environ(dir, set), Foreign: test.foreign})
			if err == nil {
				t.Error("it was not killed")
			}
			used := strings.Fields(printed.Out)
			for n, want := range []string{test.gotmp, test.tmp} {
				if ok, _ := filepath.Match(filepath.Join(dir, want), used[n]); !ok {
					t.Errorf("the command used %q, not %s", used, want)
				}
			}
			left, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
			if got := strings.ReplaceAll(strings.Join(left, " "), dir+"/", ""); got != test.left {
				t.Errorf("left: %q, want %q", got, test.left)
			}
		})
	}
}
