package watch

import (
	"path/filepath"
	"slices"
	"testing"
)

// The root of the file system is in no directory: what looks upwards ends there.
func TestTreeEndsAtTheTop(t *testing.T) {
	top, err := filepath.Abs(string(filepath.Separator))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "a")
	known := tree{top: {entries: map[string]entry{"a": {kind: folder}}}, dir: {}}
	if known.behindLink(filepath.Join(dir, "file")) {
		t.Error("no link is on the way")
	}
	if known.holds(filepath.Join(dir, "file"), identity{1, 1}) {
		t.Error("none of the directories is the one that is asked for")
	}
	if got := known.at(top).kind; got != folder {
		t.Errorf("at the top there is %v, want a folder", got)
	}
	var above []string
	for dir := range known.above(filepath.Join(dir, "file")) {
		above = append(above, dir)
	}
	if want := []string{dir, top}; !slices.Equal(above, want) {
		t.Errorf("%q are above, want %q", above, want)
	}
}
