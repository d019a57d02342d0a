package build

import (
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGoBuild(t *testing.T) {
	t.Setenv("GOFLAGS", "")
	for _, test := range []struct {
		name   string
		config Config
		want   []string // between -buildvcs=false and -o
	}{
		{"silent config", Config{}, []string{"-ldflags=-w"}},
		{"race and tags", Config{Race: true, Tags: []string{"a", "b"}}, []string{"-ldflags=-w", "-race", "-tags=a,b"}},
		{"debug", Config{Debug: true}, []string{"-gcflags=all=-N -l"}},
		{"an output of the user's", Config{Flags: []string{"-o", "bin/app"}}, []string{"-ldflags=-w", "-o", "bin/app"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := append([]string{"go", "build", "-buildvcs=false"}, test.want...)
			got := goBuild(Request{Config: test.config, Package: "./cmd/x"}, "out")
			if diff := cmp.Diff(append(want, "-o", "out", "./cmd/x"), got); diff != "" {
				t.Errorf("command (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExecutableName(t *testing.T) {
	root := filepath.FromSlash("/home/me/shop")
	for _, test := range []struct{ pkg, root, want string }{
		{".", root, "shop"},
		{"./cmd/x", root, "x"},
		{"./cmd/x/", root, "x"},
		{"..", root, "me"},
		{"../other", root, "other"},
		{"example.com/shop", root, "shop"},
		{"example.com/shop/v2", root, "shop"},
		{"example.com/shop/v12", root, "shop"},
		{"example.com/shop/v1", root, "v1"}, // no module's version
		{"example.com/shop/v-2", root, "v-2"},
		{"example.com/shop/vet", root, "vet"},
		{"./cmd/v2", root, "cmd"},
		{".", filepath.FromSlash("/home/me/läden am see"), "läden am see"},
		{".", filepath.FromSlash("/"), "app"},
		{".", filepath.FromSlash("/v2"), "app"},
	} {
		t.Run(test.pkg+" in "+test.root, func(t *testing.T) {
			want := test.want
			if runtime.GOOS == "windows" {
				want += ".exe"
			}
			if got := executableName(test.pkg, test.root); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
