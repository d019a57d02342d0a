package airimport

import (
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"hotreload/internal/config"
)

var update = flag.Bool("update", false, "rewrite the wanted results in testdata")

// options are for Linux with two variables set.
func options() Options {
	return Options{File: ".air.toml", GOOS: "linux", Dir: "/srv/shop", Getenv: func(name string) string {
		return map[string]string{"SET": "users", "FLAGS": "-tags dev"}[name]
	}}
}

// TestConvert compares what becomes of each config in testdata: the lines in effect in
// the file that is written, the generators, and what is lost.
func TestConvert(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			air, want := archive.Files[0].Data, &archive.Files[1]
			imported, err := Convert(air, options())
			if err != nil {
				t.Fatal(err)
			}
			text := config.Template(config.Project{Name: "shop", Import: imported})
			got := summary(imported, string(text))
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			mustLoad(t, text)
			mustAccount(t, air, imported, string(text))
		})
	}
}

// summary is what an import amounts to.
func summary(imported *config.Import, text string) string {
	var out strings.Builder
	table := ""
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "["):
			table = strings.Trim(line, "[]\n")
		case line[0] != '#' && line != "\n" && !strings.HasPrefix(table, "build.generate"):
			out.WriteString(table + "." + line)
		}
	}
	for _, g := range imported.Generate {
		out.WriteString("generate " + show(g.Match) + " " + show(g.Command) + "\n")
	}
	for _, l := range imported.Lost {
		out.WriteString("lost " + l.Key + " = " + l.Value + "\n")
	}
	return out.String()
}

// mustLoad checks that what is written can be read.
func mustLoad(t *testing.T, text []byte) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), text, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(config.Options{Dir: dir}); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

// carriedKeys become settings; all others are listed.
var carriedKeys = []string{
	"build.pre_cmd", "build.cmd", "build.bin", "build.entrypoint", "build.full_bin", "build.args_bin",
	"build.include_ext", "build.include_file", "build.send_interrupt", "build.kill_delay", "build.poll", "build.poll_interval",
	"build.linux.args_bin", "build.rules", "env_files", "proxy.enabled", "proxy.proxy_port", "proxy.app_port", "proxy.app_start_timeout",
}

// mustAccount checks that nothing is dropped silently.
func mustAccount(t *testing.T, air []byte, imported *config.Import, text string) {
	t.Helper()
	_, values, err := read(air, ".air.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(carriedKeys, key) && !strings.Contains(text, "# "+key+" = ") && !slices.Contains(imported.Silent, key) {
			t.Errorf("%s is dropped silently", key)
		}
	}
}

func TestConvertErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a comma too few", "[build]\ncmd = \"x\"\nexclude_file = [\"a\" \"b\"]\n", ".air.toml:3:21: read the air config: "},
		{"a wrong type", "[build]\ncmd = \"x\"\ndelay = 5\nbin = 7\n", ".air.toml:4:7: read the air config: "},
		{"another program's", "[format]\nline-width = 100\n", ".air.toml:1:1: not an air config"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Convert([]byte(tt.text), options())
			var bad *config.Error
			if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s…", err, tt.want)
			}
		})
	}
}

// No text makes Convert panic.
func FuzzConvert(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		imported, err := Convert(text, options())
		var bad *config.Error
		switch {
		case err == nil:
			mustLoad(t, config.Template(config.Project{Name: "fuzz", Import: imported}))
		case !errors.As(err, &bad):
			t.Errorf("%v is not a *config.Error", err)
		}
	})
}
