package graph

import (
	"path/filepath"
	"testing"

	"hotreload/build/internal/modtest"
)

// Only the go command judges an edit of what the header of a file has.
func TestHeader(t *testing.T) {
	t.Parallel()
	const source = "package a\n\nimport _ \"unsafe\"\n\n//go:linkname now time.now\nfunc now()\n\nfunc F() int { return 1 }\n"
	file := filepath.Join(t.TempDir(), "a.go")
	of := func(text string) string {
		modtest.Write(t, file, text)
		return header(file)
	}
	known := of(source)
	for name, test := range map[string]struct {
		text string
		same bool
	}{
		"a function":       {source + "\nfunc G() int { return 2 }\n", true},
		"a comment":        {source + "\n// go:linkname is a directive.\n", true},
		"an import":        {"package a\n\nimport \"fmt\"" + source[len("package a"):], false},
		"a constraint":     {"//go:build linux\n\n" + source, false},
		"a linkname":       {source + "\n//go:linkname f runtime.f\nfunc f()\n", false},
		"a linkname alone": {source + "\n//go:linkname F\n", false},
	} {
		if same := of(test.text) == known; same != test.same {
			t.Errorf("%s: the same header: %v", name, same)
		}
	}
}
