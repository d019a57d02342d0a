//go:build unix

package build

import (
	"errors"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

// Packages are counted as they are compiled, and their names are kept out of the
// compiler's output.
func TestCompiles(t *testing.T) {
	t.Parallel()
	root := modtest.Unpack(t, library)
	b := newBuilder(t, root)
	var counts []int
	q := Request{
		Config: DefaultConfig(), Package: ".", ID: 1, Compiles: func(_ string, n int) { counts = append(counts, n) },
		Packages: map[string]bool{"fmt": true, "example.com/app": true, "example.com/app/word": true},
	}
	if _, err := b.Build(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	for i, n := range counts {
		if n != i+1 {
			t.Fatalf("counts are %v, want 1, 2, 3…", counts)
		}
	}
	if len(counts) < 4 { // of the app itself
		t.Errorf("%d packages were counted, want four or more", len(counts))
	}
	modtest.Write(t, root+"/word/word.go", "package word\n\nfunc Word() string { return x }\n")
	q.ID = 2
	_, err := b.Build(t.Context(), q)
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("error %v, want one of the compiler", err)
	}
	if want := "# example.com/app/word\nword/word.go:3:29: undefined: x"; strings.TrimSpace(failed.Text) != want {
		t.Errorf("it says %q, want %q", failed.Text, want)
	}
}

func TestTally(t *testing.T) {
	var rest strings.Builder
	last, named := 0, ""
	n := tally{known: map[string]bool{"fmt": true, "main": true}, tell: func(pkg string, count int) { last, named = count, named+pkg+" " }}
	n.sift(&rest, strings.NewReader("fmt\nexample.com/new/v2\r\n# main\n./main.go:3:4: no\n\tgot\nmain\nbytes\nlast/words"))
	if want := "# main\n./main.go:3:4: no\n\tgot\nbytes\nlast/words"; rest.String() != want || last != 3 || named != "fmt example.com/new/v2 main " {
		t.Errorf("%d packages, %sand %q, want 3 and %q", last, named, rest.String(), want)
	}
}
