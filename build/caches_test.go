package build

import (
	"path/filepath"
	"slices"
	"testing"

	"hotreload/build/internal/modtest"
)

func TestCaches(t *testing.T) {
	dir := t.TempDir()
	written := filepath.Join(dir, "env")
	modtest.Write(t, written, "GOCACHE="+filepath.Join(dir, "written")+"\nGOPATH="+filepath.Join(dir, "path")+"\n")
	for name, test := range map[string]struct {
		env  map[string]string // of the process
		set  map[string]string // in the config
		want []string
	}{
		"written by go env -w": {nil, nil, []string{"written", "path/pkg/mod"}},
		"the environment":      {map[string]string{"GOCACHE": filepath.Join(dir, "b"), "GOMODCACHE": filepath.Join(dir, "m")}, nil, []string{"b", "m"}},
		"build.env":            {map[string]string{"GOCACHE": filepath.Join(dir, "b")}, map[string]string{"GOCACHE": filepath.Join(dir, "c") + "/"}, []string{"c", "path/pkg/mod"}},
		"off":                  {map[string]string{"GOCACHE": "off"}, nil, []string{"path/pkg/mod"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
				t.Setenv(name, test.env[name])
			}
			t.Setenv("GOENV", written)
			got := Caches(Config{Env: test.set})
			for i, dir := range got {
				got[i], _ = filepath.Rel(filepath.Dir(written), dir)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("the caches are %q, want %q", got, test.want)
			}
		})
	}
}
