package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// gitPause is how long to wait before looking again whether git has finished.
	gitPause = 10 * time.Millisecond
	// gitPatience bounds the wait for a git that writes file after file.
	gitPatience = time.Minute
)

// repository knows whether git is in the middle of changing files. Git holds
// index.lock while it does; a rebase and the like release it between two commits,
// see inSequence.
type repository struct {
	root  string
	stale string // a lock that did not go away
}

// busy returns until when a batch, of changes at some times, is to wait for git, or
// the zero time. A lock that stays while nothing changes is not waited for: the note
// says so.
func (r *repository) busy(now time.Time, changes span) (until time.Time, note string) {
	dir := gitDir(r.root)
	if dir == "" {
		return time.Time{}, ""
	}
	lock := filepath.Join(dir, "index.lock")
	works := now.Sub(changes.last) < patience && now.Sub(changes.first) < gitPatience
	info, err := os.Lstat(lock)
	if err != nil {
		r.stale = ""
		if works && inSequence(dir, now) {
			return now.Add(gitPause), ""
		}
		return time.Time{}, ""
	}
	key := fmt.Sprint(lock, stampOf(info))
	switch {
	case r.stale == key:
		return time.Time{}, ""
	case works && info.Size() == 0, // the index is written after the files
		now.Sub(changes.first) < patience: // it may be there for as long as a person writes a commit message
		return now.Add(gitPause), ""
	}
	age := now.Sub(info.ModTime())
	if age < patience {
		return time.Time{}, "" // git keeps working: this is one of many locks
	}
	r.stale = key
	return time.Time{}, fmt.Sprintf("%s has been there for %v; no longer waiting for it. If git is not running, remove it", lock, age.Round(time.Second))
}

// gitDir returns where git keeps the index of the work tree that dir is in, or "".
func gitDir(dir string) string {
	for ; ; dir = filepath.Dir(dir) {
		at := filepath.Join(dir, ".git")
		info, err := os.Stat(at)
		switch {
		case err != nil:
		case info.IsDir():
			return at
		case info.Mode().IsRegular(): // in a linked work tree, or in a submodule
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
