package session

import (
	"context"
	"errors"
	"testing"

	"hotreload/watch"
)

// readable makes the session's configs those that are sent to the channel.
func (s *stage) readable() chan<- Config {
	configs := make(chan Config)
	s.options.ReadConfig = func(ctx context.Context) (Config, error) {
		select {
		case c := <-configs:
			return c, nil
		case <-ctx.Done():
			return Config{}, context.Cause(ctx)
		}
	}
	return configs
}

// watching is the stage's config with other globs in its [watch] table.
func (s *stage) watching(include string) Config {
	c := s.options.Config
	c.Watch.Include = []string{include}
	return c
}

// A changed [watch] table brings a new watcher; the former one reports until it
// is armed, and is not heard any more from then on.
func TestNewWatcherTakesOver(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		configs := s.readable()
		former := s.firstVersion()
		former.save("/app/.hotreload.toml")
		configs <- s.watching("*.txt")
		next := <-s.watchers
		if got := next.config.Include[0]; got != "*.txt" {
			t.Errorf("the new watcher includes %s, want *.txt", got)
		}
		s.await("watch.ready")
		<-former.done
		next.save("/app/notes.txt")
		if p := s.await("plan").Data.(Plan); p.Reason != "notes.txt is read at run time (watch.include *.txt)" {
			t.Errorf("the reason is %q, want the new glob", p.Reason)
		}
		s.quit()
		<-next.done
	})
}

// A watcher that waits for the loop to take its note does not block a new one.
func TestNewWatcherTakesOverFromOneThatNotes(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		configs := s.readable()
		made := s.options.NewWatcher
		s.options.NewWatcher = func(c watch.Config, note func(string)) (Watcher, error) {
			w, err := made(c, note)
			return noisyWatcher{w.(*fakeWatcher)}, err
		}
		former := s.firstVersion()
		former.save("/app/.hotreload.toml")
		configs <- s.watching("*.txt")
		s.await("watch.ready")
		<-former.done
		s.quit()
	})
}

// noisyWatcher has something to note all the time.
type noisyWatcher struct{ *fakeWatcher }

func (w noisyWatcher) Run(ctx context.Context, batches chan<- watch.Batch) error {
	noisy := make(chan struct{})
	go func() {
		defer close(noisy)
		for ctx.Err() == nil {
			w.note("ignored app.log")
		}
	}()
	err := w.fakeWatcher.Run(ctx, batches)
	<-noisy
	return err
}

// Of several watchers under way the one of the newest settings counts.
func TestNewestWatcherCounts(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		configs := s.readable()
		made, hold := s.options.NewWatcher, make(chan struct{})
		s.options.NewWatcher = func(c watch.Config, note func(string)) (Watcher, error) {
			w, err := made(c, note)
			if c.Include[0] == "late" {
				<-hold
			}
			return w, err
		}
		first := s.firstVersion()
		first.save("/app/.hotreload.toml")
		configs <- s.watching("late")
		late := <-s.watchers
		first.save("/app/.hotreload.toml")
		configs <- s.watching("newest")
		newest := <-s.watchers
		s.await("watch.ready")
		<-first.done
		close(hold)
		<-late.done
		newest.save("/app/newest")
		if p := s.await("plan").Data.(Plan); p.Reason != "newest is read at run time (watch.include newest)" {
			t.Errorf("the reason is %q, want the newest glob", p.Reason)
		}
		s.quit()
		<-newest.done
	})
}

// When the new settings cannot be watched the former watcher goes on.
func TestNewWatcherThatFails(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		configs := s.readable()
		made := s.options.NewWatcher
		s.options.NewWatcher = func(c watch.Config, note func(string)) (Watcher, error) {
			if c.Include[0] == "[" {
				return nil, errors.New(`"[" is not a glob`)
			}
			return made(c, note)
		}
		w := s.firstVersion()
		w.save("/app/.hotreload.toml")
		configs <- s.watching("[")
		if n := s.await("note"); n.Data != (Note{`"[" is not a glob`}) {
			t.Errorf("note %+v, want the error", n.Data)
		}
		w.save("/app/main.go")
		s.await("build.start")
		s.quit()
	})
}
