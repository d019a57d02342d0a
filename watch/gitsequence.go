package watch

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// gitDoubt is how long a sequence of commits counts as running after git last wrote
// about it, where nothing tells whether git has stopped.
const gitDoubt = 2 * time.Second

// inSequence reports whether git, whose directory is dir, applies one commit after
// another. About each it writes in a directory of the sequence, which also exists
// when git has stopped and a person has to continue. If nothing was written for as
// long as we have patience, git was killed.
func inSequence(dir string, now time.Time) bool {
	for _, sequence := range []struct {
		name  string
		limit func(dir string) time.Duration // since the last write
	}{
		{"rebase-merge", rebaseLimit},
		{"sequencer", pickLimit},
		{"rebase-apply", func(string) time.Duration { return gitDoubt }}, // git am, which leaves no mark when it stops
	} {
		if last := lastWrite(filepath.Join(dir, sequence.name)); !last.IsZero() && now.Sub(last).Abs() < sequence.limit(dir) {
			return true
		}
	}
	return false
}

// rebaseLimit goes by what git leaves in rebase-merge: stopped-sha, which is written
// at a conflict and after an edit and removed when the next commit is applied, and
// done, the commands so far.
func rebaseLimit(dir string) time.Duration {
	if _, err := os.Lstat(filepath.Join(dir, "rebase-merge", "stopped-sha")); err == nil {
		return 0
	}
	done, err := os.ReadFile(filepath.Join(dir, "rebase-merge", "done"))
	if err != nil {
		return gitDoubt // a person may be editing the list of commands
	}
	text := strings.TrimSpace(string(done))
	command, _, _ := strings.Cut(text[strings.LastIndexByte(text, '\n')+1:], " ")
	switch command {
	case "break", "b":
		return 0
	case "pick", "p", "fixup", "f", "drop", "d":
		return patience
	}
	return gitDoubt // it may wait for an editor, or be a command that has failed
}

// pickLimit is the limit of a cherry-pick or revert of several commits. The head
// exists when git has stopped at a conflict, and for a moment within each commit.
func pickLimit(dir string) time.Duration {
	for _, head := range []string{"CHERRY_PICK_HEAD", "REVERT_HEAD"} {
		if _, err := os.Lstat(filepath.Join(dir, head)); err == nil {
			return gitDoubt
		}
	}
	return patience
}

// lastWrite returns when something in a directory was last written, or the zero time.
func lastWrite(dir string) time.Time {
	info, err := os.Lstat(dir)
	if err != nil {
		return time.Time{}
	}
	last := info.ModTime()
	entries, _ := os.ReadDir(dir)
	for _, one := range entries {
		if info, err := one.Info(); err == nil {
			last = later(last, info.ModTime())
		}
	}
	return last
}
