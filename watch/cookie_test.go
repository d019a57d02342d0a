package watch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// slow is a project whose clock and whose queue of events the test controls: an event
// reaches the watcher when next lets it through, and not before.
type slow struct {
	*project
	now   time.Time
	queue []hint
}

func newSlow(t *testing.T, files ...string) *slow {
	t.Helper()
	s := &slow{project: newProject(t, files...), now: time.Now()}
	s.watch(DefaultConfig(), s.scope([]string{".", "sub"}, nil))
	s.w.now = func() time.Time { return s.now }
	s.w.view.disk.now = s.w.now
	return s
}

// next lets hints through up to one about a name, or up to the cookie's, and returns the
// reports that follow.
func (s *slow) next(name string) (reports []Batch) {
	s.Helper()
	for found := false; !found; {
		var h hint
		h, found = s.drop(name)
		more, err := s.w.follow([]hint{h})
		s.must(err)
		reports = append(reports, more...)
	}
	return reports
}

// drop drops the next hint, and reports whether it is about a name.
func (s *slow) drop(name string) (h hint, is bool) {
	s.Helper()
	for len(s.queue) == 0 {
		select {
		case <-s.w.hub.hints.Ready():
			s.queue = s.w.hub.hints.Take()
		case <-time.After(deadline):
			s.Fatalf("no hint about %s", name)
		}
	}
	h, s.queue = s.queue[0], s.queue[1:]
	return h, name == "cookie" && s.w.cookie.is(h) || h.path == s.path(name)
}

// pass lets time go by.
func (s *slow) pass(d time.Duration) []Batch {
	s.now = s.now.Add(d)
	return s.w.due()
}

func (s *slow) wants(what string, got []Batch, want ...string) {
	s.Helper()
	var are []string
	for _, b := range got {
		are = append(are, map[bool]string{true: "settled", false: "open"}[b.Settled]+" "+strings.Join(s.names(b.Paths), " "))
	}
	if !slices.Equal(are, want) {
		s.Errorf("%s: %q, want %q", what, are, want)
	}
}

// TestCookie settles a batch when everything has come that happened before the batch
// became quiet, however late.
func TestCookie(t *testing.T) {
	t.Parallel()
	s := newSlow(t, "main.go", "sub/b.go")
	quiet := s.w.batch.quiet
	s.save("main.go")
	s.wants("the first event", s.next("main.go"))
	s.wants("after the lull", s.pass(lull), "open main.go")
	s.save("sub/b.go") // long before the batch is quiet, and its event is late
	s.wants("quiet, but for what is on its way", s.pass(quiet))
	s.wants("the cookie waits", s.pass(patience/2))
	s.wants("what was on its way", s.next("sub/b.go"))
	s.wants("the cookie of before", s.next("cookie"))
	s.wants("it grows", s.pass(lull), "open main.go sub/b.go")
	s.wants("quiet again", s.pass(quiet))
	s.wants("the cookie", s.next("cookie"), "settled main.go sub/b.go")
	if at, ok := s.w.next(); ok || !s.w.cookie.asked.IsZero() {
		t.Errorf("something is left to do at %v", at)
	}
}

// TestCookieGit holds back the batch of a checkout whose events are late.
func TestCookieGit(t *testing.T) {
	t.Parallel()
	s := newSlow(t, ".git/HEAD", "main.go", "sub/b.go")
	s.write(".git/index.lock")
	s.save("main.go")
	s.wants("the first event", s.next("main.go"))
	s.wants("git is busy", s.pass(s.w.batch.quiet))
	s.save("sub/b.go")
	s.remove(".git/index.lock")
	s.wants("git has finished", s.pass(gitPause))
	s.wants("the rest", s.next("sub/b.go"))
	s.wants("the cookie of before", s.next("cookie"))
	s.wants("quiet", s.pass(s.w.batch.quiet))
	s.wants("the cookie", s.next("cookie"), "settled main.go sub/b.go")
}

// TestCookieLost settles if the cookie does not come, cannot be written, or does not
// exist.
func TestCookieLost(t *testing.T) {
	s := newSlow(t, "main.go", "sub/b.go")
	s.next("cookie") // the first
	s.save("main.go")
	s.next("main.go")
	s.wants("quiet", s.pass(s.w.batch.quiet))
	s.wants("it does not come", s.pass(patience), "settled main.go")
	s.save("main.go")
	s.next("cookie")
	s.next("main.go")
	s.wants("quiet, and it came too late", s.pass(s.w.batch.quiet))
	s.wants("it comes", s.next("cookie"), "settled main.go")

	s.save("main.go")
	s.next("main.go")
	s.must(s.w.cookie.file.Close())
	s.wants("it cannot be written", s.pass(s.w.batch.quiet), "settled main.go")

	t.Setenv("TMPDIR", s.path("none"))
	t.Setenv("TMP", s.path("none"))
	p := newProject(t, "main.go")
	batches := p.run(DefaultConfig(), p.scope([]string{"."}, nil))
	p.write("main.go")
	if got := p.settled(batches); p.w.cookie != nil || !slices.Equal(got, []string{"main.go"}) {
		t.Errorf("without a cookie %q changed", got)
	}
}

// TestCookieOverflow does not wait for a cookie that the system dropped.
func TestCookieOverflow(t *testing.T) {
	t.Parallel()
	s := newSlow(t, "main.go", "sub/b.go")
	s.next("cookie")
	s.save("main.go")
	s.next("main.go")
	s.save("sub/b.go")
	s.wants("quiet", s.pass(s.w.batch.quiet))
	for dropped := false; !dropped; {
		_, dropped = s.drop("cookie")
	}
	reports, err := s.w.follow([]hint{{missed: true}})
	s.must(err)
	s.wants("what was dropped", reports)
	s.wants("quiet again", s.pass(s.w.batch.quiet))
	s.wants("another cookie", s.next("cookie"), "settled main.go sub/b.go")
}

// TestCookieLeavesNothing leaves no file behind, and where the system allows that has
// none with a name in the first place.
func TestCookieLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	p := newProject(t, "main.go")
	p.arm(DefaultConfig(), p.scope(nil, nil))
	if lies, err := os.ReadDir(temp); err != nil || inotify && len(lies) > 0 {
		t.Errorf("there are %v, %v", lies, err)
	}
	p.w.close()
	if lies, err := filepath.Glob(filepath.Join(temp, "*")); err != nil || len(lies) > 0 {
		t.Errorf("%q are left, %v", lies, err)
	}
}
