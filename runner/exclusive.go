package runner

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Two versions may want what only one process can have: the lock on a data directory, a PID
// file, a device. The new one then fails at once, or waits for as long as the old one runs.
// An ordinary failure must not cost the version that serves, so there has to be a sign: what
// the new version says, or a lock that the old one holds.

// isTaken matches how programs say that another process has what they want.
var isTaken = regexp.MustCompile(`(?i)resource temporarily unavailable|operation would block|device or resource busy|EAGAIN|EWOULDBLOCK|EBUSY` +
	`|another (?:\S+ )?(?:process|instance|copy|program)|already (?:\S+ )?(?:running|locked|opened|held|in use)` +
	`|(?:database|file|directory|store|it) is locked|locked by|\block(?:ed)? (?:is )?(?:already )?(?:held|taken)` +
	`|(?:cannot|can't|could not|couldn't|unable to|failed to|failed|error) (?:\S+ ){0,4}lock\b|(?:pid|lock|lck)"?: file exists`)

// hasTrace matches the trace of a panic or of a fatal error of Go's runtime.
var hasTrace = regexp.MustCompile(`(?m)^goroutine \d+ .*\[`)

const (
	// contentionPause is the time between two looks.
	contentionPause = 200 * time.Millisecond
	// longestQuote bounds what is quoted of a line.
	longestQuote = 120
)

// watchContention calls found when the process has waited for a while for what the process
// before it holds. It returns when the context ends.
func (r *readiness) watchContention(ctx context.Context, found func()) {
	var since time.Time
	for ctx.Err() == nil {
		switch is := contends(r.process.tree(), r.from.tree()) != ""; {
		case !is:
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) >= r.process.patience.contention:
			found()
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(contentionPause):
		}
	}
}

// contends returns the file that a process has open or waits for while another one has
// locked it. Empty: there is none.
func contends(pids, holders []int) string {
	held := heldLocks(holders)
	if len(held) == 0 {
		return ""
	}
	for _, file := range openFiles(pids) {
		if path, ok := held[file.id]; ok {
			return path
		}
	}
	return ""
}

// holdsLock returns a file that one of the processes has locked. Empty: there is none.
func holdsLock(pids []int) string {
	first := ""
	for _, path := range heldLocks(pids) {
		if first == "" || path < first {
			first = path
		}
	}
	return first
}

// openFile is a file that a process has open.
type openFile struct {
	id      fileID
	path    string
	regular bool // or a directory
}

// fileID tells files apart.
type fileID struct{ device, inode uint64 }

// exclusive says what the ended process and the one before it, which still runs, cannot
// both have. Empty: there is no sign of it.
func (s *succession) exclusive(ended *instance, e Exited) (what string) {
	if late := ended.late; late != nil {
		return s.lockOn(ended, late.locked)
	}
	lock := s.lockOn(ended, holdsLock(ended.from.process.tree()))
	for line := range strings.Lines(e.LastWords) {
		if isTaken.MatchString(line) && !inUse.MatchString(line) { // of an address we know who has it
			return cmp.Or(lock, quoted(line))
		}
	}
	if s.sharedLock || hasTrace.MatchString(e.LastWords) { // a panic has a reason of its own
		return ""
	}
	return lock
}

// lockOn names the lock on a file; empty: there is no file.
func (s *succession) lockOn(i *instance, path string) string {
	if path == "" {
		return ""
	}
	if within, err := filepath.Rel(i.request.Root, path); err == nil && filepath.IsLocal(within) {
		path = filepath.ToSlash(within)
	}
	return "the lock on " + path
}

// quoted is a line as it is quoted in a sentence.
func quoted(line string) string {
	line = strings.TrimSpace(line)
	if runes := []rune(line); len(runes) > longestQuote {
		line = string(runes[:longestQuote]) + "…"
	}
	return fmt.Sprintf("%q", line)
}
