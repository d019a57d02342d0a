package graph

import (
	"slices"
	"testing"
)

// A compiler takes "@x" for a file of flags wherever it stands.
func TestHarmless(t *testing.T) {
	for name, test := range map[string]struct{ given, want []string }{
		"what is included": {[]string{"-I", "inc", "-I/usr/x", "-DX=1", "-D", "Y", "-include", "a.h", "-std=c11"}, []string{"-Iinc", "-I/usr/x", "-DX=1", "-D", "Y", "-include", "a.h", "-std=c11"}},
		"programs":         {[]string{"-wrapper", "x", "-fplugin=x.so", "-B.", "-specs=x", "@x"}, nil},
		"files of flags":   {[]string{"-D", "@x", "-include", "@x", "-I", "@x", "-isystem", "-wrapper", "-DX"}, []string{"-DX"}},
		"without a value":  {[]string{"-D"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Harmless(test.given); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
