package gocmd

import (
	"slices"
	"testing"
)

func TestHarmlessFlags(t *testing.T) {
	for name, test := range map[string]struct{ given, want []string }{
		"what decides the files":  {[]string{"-tags=a,b", "-mod", "vendor", "-race", "--overlay=o.json"}, []string{"-tags=a,b", "-mod", "vendor", "-race", "--overlay=o.json"}},
		"programs":                {[]string{"-toolexec=x", "--toolexec", "x -y", "-exec=x", "-tags=a"}, []string{"-tags=a"}},
		"what makes list compile": {[]string{"-export", "-compiled", "-test", "-tags", "a"}, []string{"-tags", "a"}},
		"a value like a flag":     {[]string{"-ldflags", "-s -w", "-race"}, []string{"-race"}},
		"a value of a program":    {[]string{"-toolexec", "x", "-race"}, []string{"-race"}},
		"another directory":       {[]string{"-C", "elsewhere", "-C=x"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := HarmlessFlags(test.given); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// What GOFLAGS keeps is read by the go command as it was written.
func TestFieldsOfFlags(t *testing.T) {
	for goflags, want := range map[string][]string{
		"":                             nil,
		" -a  -b\t-c ":                 {"-a", "-b", "-c"},
		`'-tags=a b' "-x='1 2'" -v`:    {"-tags=a b", "-x='1 2'", "-v"},
		`-tags=a"-toolexec=x' -v`:      {`-tags=a"-toolexec=x'`, "-v"},
		`'-a'"-b"`:                     {"-a", "-b"},
		`-v '-tags=a -toolexec=x`:      {"-v"},
		`"-tags=it's two" '-ldflags='`: {"-tags=it's two", "-ldflags="},
	} {
		got := FieldsOfFlags(goflags)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", goflags, got, want)
		}
		if again := FieldsOfFlags(JoinFlags(got)); !slices.Equal(again, got) {
			t.Errorf("%s: joined it is %s, %q", goflags, JoinFlags(got), again)
		}
	}
}
