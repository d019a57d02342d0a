package direct

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/build/diag"
	"hotreload/build/gocmd"
)

// The compiler's message names files as the go command does, also where a package embeds some.
func TestRejectionNamesFiles(t *testing.T) {
	call := toolCall{dir: "/app", args: []string{
		"compile", "-o", "$WORK/b001/_pkg_.a", "-p", "main", "-importcfg", "$WORK/b001/importcfg",
		"-embedcfg", "$WORK/b001/embedcfg", "-pack", "./main.go", "./more.go",
	}}
	files := map[string]string{"$WORK/b001/embedcfg": `{"Patterns":{"tmpl":["tmpl/a.html"]},"Files":{"tmpl/a.html":"/app/tmpl/a.html"}}`}
	s := newStep("example.com/app", "$WORK/b001", call, files)
	err := s.rejection(gocmd.NewRunner("/app"), "/app/main.go:3:9: undefined: page.V\n", &gocmd.ExitError{})
	var rejected *diag.Error
	if !errors.As(err, &rejected) {
		t.Fatalf("error %v", err)
	}
	if diff := cmp.Diff("# example.com/app\n./main.go:3:9: undefined: page.V\n", rejected.Text); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
