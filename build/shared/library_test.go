package shared

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hotreload/build/gocmd"
)

// Old libraries go, also where they take too much room; what is being made stays, and
// what is in use.
func TestTrim(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	for _, f := range []struct {
		name string
		size int64
		age  time.Duration
	}{
		{"libhotreload-old.so", 1, 31 * 24 * time.Hour},
		{"libhotreload-used.so", 1 << 30, 40 * 24 * time.Hour},
		{"libhotreload-big.so", 1 << 30, 48 * time.Hour},
		{"libhotreload-new.so", 1 << 20, time.Hour},
	} {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, f.size); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-f.age), now.Add(-f.age)); err != nil {
			t.Fatal(err)
		}
	}
	// Whoever makes a library has this file locked, however old it is.
	turn := filepath.Join(dir, turnFile)
	if err := errors.Join(os.WriteFile(turn, nil, 0o600), os.Chtimes(turn, now.Add(-2*keepFor), now.Add(-2*keepFor))); err != nil {
		t.Fatal(err)
	}
	trim(dir, filepath.Join(dir, "libhotreload-used.so"), now)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left string
	for _, e := range entries {
		left += e.Name() + " "
	}
	if want := "libhotreload-new.so libhotreload-used.so turn "; left != want {
		t.Errorf("left %s, want %s", left, want)
	}
}

// A library that is removed stays where executables look for it.
func TestLibraryOfASessionStays(t *testing.T) {
	dir := t.TempDir()
	kept, own := filepath.Join(dir, "kept.so"), filepath.Join(dir, "own.so")
	if err := os.WriteFile(kept, []byte("library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is there
		if err := link(kept, own); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(own); err != nil || string(text) != "library" {
		t.Errorf("it is %q, %v", text, err)
	}
}

func TestUnfit(t *testing.T) {
	good := map[string]string{"GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": "1", "CC": "true"}
	if why := Unfit("/", gocmd.Options{Flags: []string{"-tags", "a"}, Tags: []string{"b"}}, good); why != "" && why != "this takes Linux on amd64" {
		t.Errorf("it is not fit: %s", why)
	} else if why != "" {
		t.Skip(why)
	}
	for name, test := range map[string]struct {
		options  gocmd.Options
		settings map[string]string
		want     string
	}{
		"race":        {gocmd.Options{Race: true}, nil, "build.race is set"},
		"debug":       {gocmd.Options{Debug: true}, nil, "build.debug is set"},
		"plugins":     {gocmd.Options{Plugins: []string{"./p"}}, nil, "it loads plugins"},
		"a command":   {gocmd.Options{Command: []string{"make"}}, nil, "build.command builds it"},
		"another OS":  {gocmd.Options{}, map[string]string{"GOOS": "windows"}, "it is built for windows/amd64"},
		"no cgo":      {gocmd.Options{}, map[string]string{"CGO_ENABLED": "0"}, "CGO_ENABLED is 0"},
		"no compiler": {gocmd.Options{}, map[string]string{"CC": "no-such-cc"}, "there is no C compiler, no-such-cc, to link with"},
		"two words":   {gocmd.Options{}, map[string]string{"CC": "ccache gcc"}, `CC is "ccache gcc"`},
		"experiment":  {gocmd.Options{}, map[string]string{"GOEXPERIMENT": "x"}, "GOEXPERIMENT is x"},
		"FIPS":        {gocmd.Options{}, map[string]string{"GOFIPS140": "v1.0.0"}, "GOFIPS140 is v1.0.0"},
		"a flag":      {gocmd.Options{Flags: []string{"-cover"}}, nil, "of -cover"},
		"GOFLAGS":     {gocmd.Options{}, map[string]string{"GOFLAGS": "-mod=mod '-gcflags=-N -l'"}, "of '-gcflags=-N"},
	} {
		settings := map[string]string{}
		for _, from := range []map[string]string{good, test.settings} {
			for key, value := range from {
				settings[key] = value
			}
		}
		if why := Unfit("/", test.options, settings); why != test.want {
			t.Errorf("%s: %q, want %q", name, why, test.want)
		}
	}
}
