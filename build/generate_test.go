//go:build unix

package build

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/build/internal/modtest"
)

func TestGenerate(t *testing.T) {
	root := modtest.Unpack(t, "-- gen.sh --\necho \"said $LANGUAGE in $PWD\"\n-- bad.sh --\necho page.templ:3:4: oops >&2; exit 1\n-- silent.sh --\nexit 3\n")
	b := newBuilder(t, root)
	generate := func(command ...string) (string, error) {
		return b.Generate(context.Background(), GenerateRequest{
			Generator: Generator{Command: command}, Env: map[string]string{"LANGUAGE": "en"}, Place: ".hotreload.toml:7",
		})
	}
	text, err := generate("sh", "gen.sh")
	if want := "said en in " + root + "\n"; text != want || err != nil {
		t.Errorf("it printed %q, %v; want %q", text, err, want)
	}

	heard := ""
	text, err = b.Generate(context.Background(), GenerateRequest{
		Generator: Generator{Command: []string{"sh", "gen.sh"}}, Said: func(text string) { heard += text },
	})
	if err != nil || heard != text || text == "" {
		t.Errorf("it said %q as it ran and %q at its end, %v", heard, text, err)
	}

	_, err = generate("sh", "bad.sh")
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("the error is %v, want an Error", err)
	}
	want := []Diagnostic{{File: "page.templ", Line: 3, Column: 4, Severity: "error", Message: "oops"}}
	if diff := cmp.Diff(want, failed.Diagnostics); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	_, err = generate("sh", "silent.sh")
	if !errors.As(err, &failed) || !strings.Contains(failed.Text, "sh silent.sh exited with status 3") {
		t.Errorf("the error is %v, want the exit status", err)
	}

	_, err = generate("nothere", "generate")
	if want := ".hotreload.toml:7: build.generate.command: cannot run nothere: executable file not found in $PATH; install it, or correct the command"; err == nil || err.Error() != want {
		t.Errorf("the error is %v\nwant %s", err, want)
	}

	ctx, cancel := context.WithCancelCause(context.Background())
	overtaken := errors.New("overtaken")
	cancel(overtaken)
	if _, err := b.Generate(ctx, GenerateRequest{Generator: Generator{Command: []string{"sleep", "3600"}}}); err != overtaken {
		t.Errorf("the error is %v, want why it was ended", err)
	}
}

func TestGeneratorMatches(t *testing.T) {
	g := Generator{Match: []string{"**/*.templ", "../proto/*.proto"}}
	for path, want := range map[string]bool{
		"a.templ": true, "a/b/c.templ": true, "a.templ.go": false, "../proto/x.proto": true, "proto/x.proto": false,
	} {
		if got := g.Matches(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// all looks at all in some directories.
func all(dirs ...string) Look {
	return func(tell func(path string, entry fs.DirEntry)) {
		for _, dir := range dirs {
			_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
				switch {
				case err != nil || path == dir:
				case entry.Name() == ".git":
					return fs.SkipDir
				default:
					tell(path, entry)
				}
				return nil
			})
		}
	}
}

func TestWritten(t *testing.T) {
	root := modtest.Unpack(t, "-- in.sql --\n1\n-- again.sql --\n2\n-- edited.sql --\n3\n-- out.go --\n4\n-- gone/out.go --\n5\n-- .git/index --\n6\n-- keep.go --\n7\n")
	outside := t.TempDir()
	r := NewRecord(root, all(root, outside), func(path string) bool { return filepath.Ext(path) == ".sql" }, Record{})
	if wrote := r.Written(); len(wrote) != 0 {
		t.Errorf("nothing was done, and it tells of %v", wrote)
	}
	for path, lacks := range map[string]bool{
		filepath.Join(root, "in.sql"): false, filepath.Join(root, "new"): true, filepath.Join(outside, "out.go"): false,
	} {
		if r.Lacks(path) != lacks || (Record{}).Lacks(path) {
			t.Errorf("it lacks %s: %v, want %v, and nothing is known of the zero record", path, !lacks, lacks)
		}
	}
	was := map[string]string{}
	for _, name := range []string{"again.sql", "edited.sql"} {
		was[name] = Fingerprint(filepath.Join(root, name))
	}
	replace := func(name, text string) { // so that the time is another, however coarse the clock
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
		modtest.Write(t, name, text)
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, info.ModTime(), info.ModTime().Add(1e9)); err != nil {
			t.Fatal(err)
		}
	}
	replace(filepath.Join(root, "again.sql"), "2\n")
	replace(filepath.Join(root, "edited.sql"), "33\n")
	replace(filepath.Join(root, "out.go"), "44\n")
	replace(filepath.Join(root, ".git/index"), "66\n")
	replace(filepath.Join(root, "new/out.go"), "8\n")
	replace(filepath.Join(outside, "out.go"), "9\n")
	if err := os.RemoveAll(filepath.Join(root, "gone")); err != nil {
		t.Fatal(err)
	}
	print := func(name string) string { return Fingerprint(filepath.Join(root, name)) }
	want := []Written{
		{Path: filepath.Join(root, "again.sql"), Print: was["again.sql"], Was: was["again.sql"]},
		{Path: filepath.Join(root, "edited.sql"), Print: print("edited.sql"), Was: was["edited.sql"]},
		{Path: filepath.Join(root, "gone"), Dir: true},
		{Path: filepath.Join(root, "gone/out.go")},
		{Path: filepath.Join(root, "new"), Print: print("new"), Born: true, Dir: true},
		{Path: filepath.Join(root, "new/out.go"), Print: print("new/out.go"), Born: true},
		{Path: filepath.Join(root, "out.go"), Print: print("out.go")},
		{Path: filepath.Join(outside, "out.go"), Print: Fingerprint(filepath.Join(outside, "out.go")), Born: true},
	}
	slices.SortFunc(want, func(a, b Written) int { return strings.Compare(a.Path, b.Path) }) // outside may lie before or after
	if diff := cmp.Diff(want, r.Written()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	again := NewRecord(root, all(root), func(path string) bool { return filepath.Ext(path) == ".sql" }, r)
	wantPrints := map[string]string{}
	for _, name := range []string{"in.sql", "again.sql", "edited.sql"} {
		wantPrints[filepath.Join(root, name)] = print(name)
	}
	if diff := cmp.Diff(wantPrints, again.prints); diff != "" {
		t.Errorf("a record that builds on another: -want +got:\n%s", diff)
	}
	if was["edited.sql"] == print("edited.sql") || print("nothere") != "" || print("new") != Fingerprint(outside) {
		t.Error("fingerprints do not tell contents apart, or tell directories apart")
	}
}
