package main

import "testing"

// The bench can build hotreload, whose modules its own go.sum does not know.
func TestBuildHotreload(t *testing.T) {
	w, err := newWorkspace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := buildHotreload(t.Context(), w); err != nil {
		t.Error(err)
	}
	if w.close(&err); err != nil {
		t.Error(err)
	}
}
