package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// gitPause is how long to wait before looking again whether git is done.
	gitPause = 10 * time.Millisecond
	// gitPatience bounds the wait for a git that writes file after file.
	gitPatience = time.Minute
)

// repository knows whether git is in the midst of changing files. It holds
// index.lock while it does; a rebase and its like let go of it between two
// commits, see goingOn.
type repository struct {
	root  string
	stale string // a lock that was waited for in vain
}

// busy returns until when a batch, of changes from first to last, is to wait for
// git, or the zero time. A lock that stays while nothing changes is not waited
// for: the note says so.
func (r *repository) busy(now, first, last time.Time) (until time.Time, note string) {
	dir := gitDir(r.root)
	if dir == "" {
		return time.Time{}, ""
	}
	lock := filepath.Join(dir, "index.lock")
	works := now.Sub(last) < patience && now.Sub(first) < gitPatience
	info, err := os.Lstat(lock)
	if err != nil {
		r.stale = ""
		if works && goingOn(dir, now) {
			return now.Add(gitPause), ""
		}
		return time.Time{}, ""
	}
	key := fmt.Sprint(lock, stampOf(info))
	switch {
	case r.stale == key:
		return time.Time{}, ""
	case works && info.Size() == 0, // the index comes after the files
		now.Sub(first) < patience: // it may be there for as long as somebody writes a commit's message
		return now.Add(gitPause), ""
	}
	age := now.Sub(info.ModTime())
	if age < patience {
		return time.Time{}, "" // git works on and on: one of many locks
	}
	r.stale = key
	return time.Time{}, fmt.Sprintf("%s has been there for %v; going on without waiting for it. Remove it if no git is running", lock, age.Round(time.Second))
}

// gitDir is where git keeps the index of the work tree that dir lies in, or "".
func gitDir(dir string) string {
	for ; ; dir = filepath.Dir(dir) {
		at := filepath.Join(dir, ".git")
		info, err := os.Stat(at)
		switch {
		case err != nil:
		case info.IsDir():
			return at
		case info.Mode().IsRegular(): // of another work tree, or a submodule
			text, _ := os.ReadFile(at)
			leads, _ := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
			if !filepath.IsAbs(leads) {
				leads = filepath.Join(dir, leads)
			}
			return leads
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}
