package build

import (
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithoutDWARF(t *testing.T) {
	for _, test := range []struct {
		name    string
		goflags string
		config  Config
		want    []string
	}{
		{name: "nothing set", want: []string{"-ldflags=-w"}},
		{
			name:   "other flags stay, after ours",
			config: Config{Flags: []string{"-trimpath", "-p", "2"}},
			want:   []string{"-ldflags=-w", "-trimpath", "-p", "2"},
		},
		{
			name:   "the user's in one argument",
			config: Config{Flags: []string{"-trimpath", "-ldflags=-X a=b"}},
			want:   []string{"-trimpath", "-ldflags=-w -X a=b"},
		},
		{
			name:   "an equals sign in it does not make a pattern",
			config: Config{Flags: []string{"-ldflags=-X=a=b"}},
			want:   []string{"-ldflags=-w -X=a=b"},
		},
		{
			name:   "with two dashes",
			config: Config{Flags: []string{"--ldflags=-s"}},
			want:   []string{"--ldflags=-w -s"},
		},
		{
			name:   "in two arguments",
			config: Config{Flags: []string{"-ldflags", "-X a=b", "-v"}},
			want:   []string{"-ldflags", "-w -X a=b", "-v"},
		},
		{
			name:   "without its value, for go build to complain about",
			config: Config{Flags: []string{"-ldflags"}},
			want:   []string{"-ldflags"},
		},
		{
			name:   "empty",
			config: Config{Flags: []string{"-ldflags="}},
			want:   []string{"-ldflags=-w"},
		},
		{
			name:   "for a pattern of packages",
			config: Config{Flags: []string{"-ldflags=example.com/app/...=-X a=b"}},
			want:   []string{"-ldflags=example.com/app/...=-w -X a=b"},
		},
		{
			name:   "for all packages, with spaces around",
			config: Config{Flags: []string{"-ldflags", " all=-s "}},
			want:   []string{"-ldflags", "all=-w -s"},
		},
		{
			name:   "a flag that only begins so",
			config: Config{Flags: []string{"-ldflagsx=1"}},
			want:   []string{"-ldflags=-w", "-ldflagsx=1"},
		},
		{
			name:    "GOFLAGS",
			goflags: "-mod=mod -ldflags=-s",
			config:  Config{Flags: []string{"-v"}},
			want:    []string{"-ldflags=-w -s", "-v"},
		},
		{
			name:    "GOFLAGS without ldflags",
			goflags: "-mod=mod '-gcflags=-N -l'",
			want:    []string{"-ldflags=-w"},
		},
		{
			name:    "quoted GOFLAGS are left alone",
			goflags: "'-ldflags=-X a=b -s' -v",
			want:    nil,
		},
		{
			name:    "the config's flags win over GOFLAGS",
			goflags: "-ldflags=-s",
			config:  Config{Flags: []string{"-ldflags=-X a=b"}},
			want:    []string{"-ldflags=-w -X a=b"},
		},
		{
			name:    "GOFLAGS of the build's own environment win over ours",
			goflags: "-ldflags=-s",
			config:  Config{Env: map[string]string{"GOFLAGS": "-ldflags=-X=a=b"}},
			want:    []string{"-ldflags=-w -X=a=b"},
		},
		{
			name:   "debug keeps DWARF",
			config: Config{Debug: true, Flags: []string{"-ldflags=-X a=b"}},
			want:   []string{"-ldflags=-X a=b"},
		},
		{name: "debug, no flags", config: Config{Debug: true}, want: nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("GOFLAGS", test.goflags)
			given := append([]string(nil), test.config.Flags...)
			if diff := cmp.Diff(test.want, withoutDWARF(test.config, "-w")); diff != "" {
				t.Errorf("flags (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(given, test.config.Flags); diff != "" {
				t.Errorf("the config itself was changed (-was +is):\n%s", diff)
			}
		})
	}
}

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

func TestBuildTags(t *testing.T) {
	for _, test := range []struct {
		name    string
		goflags string
		config  Config
		want    []string
	}{
		{name: "none"},
		{name: "the config's", config: Config{Tags: []string{"a", "b"}}, want: []string{"a", "b"}},
		{name: "in flags", config: Config{Flags: []string{"-v", "-tags=a,b"}}, want: []string{"a", "b"}},
		{name: "in flags, two arguments", config: Config{Flags: []string{"--tags", "a b", "-v"}}, want: []string{"a", "b"}},
		{name: "GOFLAGS", goflags: "-v -tags=a", want: []string{"a"}},
		{name: "GOFLAGS, quoted", goflags: "'-tags=a'", want: []string{"a"}},
		{name: "flags replace GOFLAGS", goflags: "-tags=a", config: Config{Flags: []string{"-tags=b"}}, want: []string{"b"}},
		{
			name: "the config's replace those in flags", want: []string{"b"},
			config: Config{Flags: []string{"-tags=a"}, Tags: []string{"b"}},
		},
		{name: "race", config: Config{Race: true, Tags: []string{"a"}}, want: []string{"a", "race"}},
		{name: "race in flags", config: Config{Flags: []string{"-race"}}, want: []string{"race"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("GOFLAGS", test.goflags)
			if diff := cmp.Diff(test.want, buildTags(test.config, goflags(test.config))); diff != "" {
				t.Errorf("tags (-want +got):\n%s", diff)
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
