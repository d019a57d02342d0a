package agent

import (
	"testing"

	"hotreload/internal/fleet"
)

// What serves becomes a release by loading newer plugins only if one process can serve both, and if it has not
// seen them before.
func TestLoads(t *testing.T) {
	release := func(id int64, process, executable string) *fleet.Release {
		return &fleet.Release{ID: id, Process: process, Artifacts: map[string]fleet.Artifact{"linux/amd64": {Digest: executable}}}
	}
	serving, failed := release(1, "7.1", "app"), release(2, "7.1", "app")
	for _, c := range []struct {
		name    string
		serving *fleet.Release
		before  *fleet.Release
		next    *fleet.Release
		loads   bool
	}{
		{"newer plugins", serving, serving, release(2, "7.1", "app"), true},
		{"after what failed", serving, failed, release(3, "7.1", "app"), true},
		{"the way back", failed, failed, serving, false},
		{"a new process", serving, serving, release(2, "7.2", "app"), false},
		{"another executable", serving, serving, release(2, "7.1", "other"), false},
		{"nothing serves", nil, serving, release(2, "7.1", "app"), false},
		{"it is not said", release(1, "", "app"), serving, release(2, "", "app"), false},
	} {
		a := Agent{serving: c.serving, status: fleet.Status{Platform: "linux/amd64"}}
		if a.loads(c.before, c.next) != c.loads {
			t.Errorf("%s: it loads them: %v", c.name, !c.loads)
		}
	}
}
