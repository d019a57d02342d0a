package gocmd

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithLdflags(t *testing.T) {
	for _, test := range []struct {
		name    string
		goflags string
		options Options
		want    []string
	}{
		{name: "nothing set", want: []string{"-ldflags=-w"}},
		{
			name:    "other flags stay, after ours",
			options: Options{Flags: []string{"-trimpath", "-p", "2"}},
			want:    []string{"-ldflags=-w", "-trimpath", "-p", "2"},
		},
		{
			name:    "the user's in one argument",
			options: Options{Flags: []string{"-trimpath", "-ldflags=-X a=b"}},
			want:    []string{"-trimpath", "-ldflags=-w -X a=b"},
		},
		{
			name:    "an equals sign in it does not make a pattern",
			options: Options{Flags: []string{"-ldflags=-X=a=b"}},
			want:    []string{"-ldflags=-w -X=a=b"},
		},
		{
			name:    "with two dashes",
			options: Options{Flags: []string{"--ldflags=-s"}},
			want:    []string{"--ldflags=-w -s"},
		},
		{
			name:    "in two arguments",
			options: Options{Flags: []string{"-ldflags", "-X a=b", "-v"}},
			want:    []string{"-ldflags", "-w -X a=b", "-v"},
		},
		{
			name:    "without its value, for go build to complain about",
			options: Options{Flags: []string{"-ldflags"}},
			want:    []string{"-ldflags"},
		},
		{
			name:    "empty",
			options: Options{Flags: []string{"-ldflags="}},
			want:    []string{"-ldflags=-w"},
		},
		{
			name:    "for a pattern of packages",
			options: Options{Flags: []string{"-ldflags=example.com/app/...=-X a=b"}},
			want:    []string{"-ldflags=example.com/app/...=-w -X a=b"},
		},
		{
			name:    "for all packages, with spaces around",
			options: Options{Flags: []string{"-ldflags", " all=-s "}},
			want:    []string{"-ldflags", "all=-w -s"},
		},
		{
			name:    "a flag that only begins so",
			options: Options{Flags: []string{"-ldflagsx=1"}},
			want:    []string{"-ldflags=-w", "-ldflagsx=1"},
		},
		{
			name:    "GOFLAGS",
			goflags: "-mod=mod -ldflags=-s",
			options: Options{Flags: []string{"-v"}},
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
			name:    "the options' flags win over GOFLAGS",
			goflags: "-ldflags=-s",
			options: Options{Flags: []string{"-ldflags=-X a=b"}},
			want:    []string{"-ldflags=-w -X a=b"},
		},
		{
			name:    "GOFLAGS of the build's own environment win over ours",
			goflags: "-ldflags=-s",
			options: Options{Env: map[string]string{"GOFLAGS": "-ldflags=-X=a=b"}},
			want:    []string{"-ldflags=-w -X=a=b"},
		},
		{
			name:    "debug keeps DWARF",
			options: Options{Debug: true, Flags: []string{"-ldflags=-X a=b"}},
			want:    []string{"-ldflags=-X a=b"},
		},
		{name: "debug, no flags", options: Options{Debug: true}, want: nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("GOENV", "off")
			t.Setenv("GOFLAGS", test.goflags)
			given := append([]string(nil), test.options.Flags...)
			if diff := cmp.Diff(test.want, test.options.withLdflags("-w")); diff != "" {
				t.Errorf("flags (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(given, test.options.Flags); diff != "" {
				t.Errorf("the options themselves were changed (-was +is):\n%s", diff)
			}
		})
	}
}

func TestBuildTags(t *testing.T) {
	for _, test := range []struct {
		name    string
		goflags string
		options Options
		want    []string
	}{
		{name: "none"},
		{name: "the options'", options: Options{Tags: []string{"a", "b"}}, want: []string{"a", "b"}},
		{name: "in flags", options: Options{Flags: []string{"-v", "-tags=a,b"}}, want: []string{"a", "b"}},
		{name: "in flags, two arguments", options: Options{Flags: []string{"--tags", "a b", "-v"}}, want: []string{"a", "b"}},
		{name: "GOFLAGS", goflags: "-v -tags=a", want: []string{"a"}},
		{name: "GOFLAGS, quoted", goflags: "'-tags=a'", want: []string{"a"}},
		{name: "flags replace GOFLAGS", goflags: "-tags=a", options: Options{Flags: []string{"-tags=b"}}, want: []string{"b"}},
		{
			name: "the options' replace those in flags", want: []string{"b"},
			options: Options{Flags: []string{"-tags=a"}, Tags: []string{"b"}},
		},
		{name: "race", options: Options{Race: true, Tags: []string{"a"}}, want: []string{"a", "race"}},
		{name: "race in flags", options: Options{Flags: []string{"-race"}}, want: []string{"race"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("GOENV", "off")
			t.Setenv("GOFLAGS", test.goflags)
			if diff := cmp.Diff(test.want, test.options.BuildTags(test.options.GOFLAGS())); diff != "" {
				t.Errorf("tags (-want +got):\n%s", diff)
			}
		})
	}
}

// What go env -w wrote counts where the environment says nothing.
func TestWrittenSettings(t *testing.T) {
	written := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(written, []byte("GOWORK=off\nGOFLAGS=-tags=written -ldflags=-s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOENV", written)
	for _, test := range []struct {
		process string
		set     map[string]string
		want    string
	}{
		{"", nil, "-tags=written -ldflags=-s"},
		{"-v", nil, "-v"},
		{"-v", map[string]string{"GOFLAGS": "-x"}, "-x"},
		{"-v", map[string]string{"GOFLAGS": ""}, "-tags=written -ldflags=-s"},
		{"", map[string]string{"GOENV": "off"}, ""},
	} {
		t.Setenv("GOFLAGS", test.process)
		if got := (Options{Env: test.set}).GOFLAGS(); got != test.want {
			t.Errorf("%q, %q: %q, want %q", test.process, test.set, got, test.want)
		}
	}
	t.Setenv("GOFLAGS", "")
	if got := (Options{}).withLdflags("-w"); !slices.Equal(got, []string{"-ldflags=-w -s"}) {
		t.Errorf("the flags for the linker are %q", got)
	}
}
