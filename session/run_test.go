package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"hotreload/build"
	"hotreload/runner"
	"hotreload/watch"
)

// From the first build over a save to the end by a signal.
func TestRun(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		w := s.firstVersion()
		w.save("/app/main.go")
		if e := s.await("plan"); e.Gen != 2 {
			t.Errorf("the plan is about version %d, want 2", e.Gen)
		}
		b := <-s.builder.asked
		if b.request.ID != 2 || !reflect.DeepEqual(b.request.Prev, artifact(1)) {
			t.Errorf("the request is %+v, want build #2 over #1", b.request)
		}
		time.Sleep(3 * time.Second) // of the bubble's own time
		b.succeed()
		if c := s.await("cycle").Data.(Cycle); c.Result != OK || c.BuildMS != 3000 {
			t.Errorf("cycle %+v, want a good one with a build of 3 s", c)
		}
		if !s.builder.forgot(1) {
			t.Error("the artifact of the first version is still there")
		}
		s.cancel(ErrQuit{"interrupt"})
		if e := s.await("app.exit").Data.(AppExit); !e.Expected || e.PID != pid(2) {
			t.Errorf("the app's end is %+v, want an expected one", e)
		}
		if err := s.end(); err != nil {
			t.Errorf("Run returned %v, want none", err)
		}
		s.checkStream("interrupt")
		<-w.done
	})
}

// The state of an update is the one that its event led to.
func TestStateOfAnUpdate(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		s.start()
		for _, want := range []struct {
			kind  string
			phase Phase
		}{{"session.start", Idle}, {"watch.ready", Building}} {
			if u := <-s.out; u.Event.Data.Type() != want.kind || u.State.Phase != want.phase || u.State.Root != "/app" {
				t.Errorf("update %+v, want %s in phase %s", u, want.kind, want.phase)
			}
		}
		s.quit()
	})
}

// A build does not wait for what the builder learns, and begins when that has
// come to its end.
func TestBuildStopsLearning(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		s.builder.graph = &build.Graph{}
		s.start()
		s.await("build.start")
		b := <-s.builder.asked
		b.answer <- long(1)
		s.await("cycle")
		lesson := <-s.builder.lessons
		s.commands <- CommandRebuild
		s.await("build.start")
		b = <-s.builder.asked
		if lesson.Err() == nil {
			t.Error("the builder builds and learns at the same time")
		}
		b.succeed()
		s.await("cycle")
		s.quit()
	})
}

// A library is made when nothing has been saved for a while.
func TestShareInACalmMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBuilder{shares: make(chan bool, 9)}
		l := &loop{options: Options{Builder: b}, inputs: make(chan input)}
		l.ctx, l.cancel = context.WithCancelCause(t.Context())
		l.share(share{})
		if in := <-l.inputs; in != (libraryMade{build.ErrLater}) || <-b.shares {
			t.Errorf("before anything was saved: %v", in)
		}
		l.share(share{anew: true})
		time.Sleep(calm - 1)
		l.stopLearning() // for a save
		l.work.Wait()
		if anew := <-b.shares; anew || len(b.shares) > 0 {
			t.Error("a library is made right after a save")
		}
		l.share(share{anew: true})
		time.Sleep(calm)
		const want = "builds are faster from here on: the packages that are not the project's own are linked, once, into a library of 21 MB; a link takes 0.25 s instead of 1.00 s"
		if in := <-l.inputs; in != (noted{want}) {
			t.Errorf("told: %v", in)
		}
		if in := <-l.inputs; in != (libraryMade{}) || <-b.shares || !<-b.shares {
			t.Errorf("in the end: %v", in)
		}
		l.work.Wait()
	})
}

func TestReasonOfTheEnd(t *testing.T) {
	for name, test := range map[string]struct {
		end    func(*stage)
		reason string
		err    string
	}{
		"a signal":          {func(s *stage) { s.cancel(ErrQuit{"terminated"}) }, "terminated", ""},
		"a wrapped one":     {func(s *stage) { s.cancel(fmt.Errorf("signal: %w", ErrQuit{"hangup"})) }, "hangup", ""},
		"the context's end": {func(s *stage) { s.cancel(nil) }, context.Canceled.Error(), ""},
		"a command":         {func(s *stage) { s.commands <- CommandQuit }, "asked to quit", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *stage) {
				s.firstVersion()
				test.end(s)
				if err := s.end(); err != nil {
					t.Errorf("Run returned %v, want none", err)
				}
				s.checkStream(test.reason)
			})
		})
	}
}

// Without a watch there is no session; the stream says so from start to end.
func TestWatchThatFails(t *testing.T) {
	failure := errors.New("watch /app: too many open files")
	for name, fail := range map[string]func(*stage){
		"when it is made": func(s *stage) {
			s.options.NewWatcher = func(watch.Config, func(string)) (Watcher, error) { return nil, failure }
			s.start()
		},
		"when it is armed": func(s *stage) {
			s.options.NewWatcher = func(c watch.Config, note func(string)) (Watcher, error) {
				w := newFakeWatcher(c, note)
				w.armErr = failure
				return w, nil
			}
			s.start()
		},
		"later": func(s *stage) { s.firstVersion().failure <- failure },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *stage) {
				fail(s)
				if err := s.end(); !errors.Is(err, failure) {
					t.Errorf("Run returned %v, want %v", err, failure)
				}
				s.checkStream(failure.Error())
			})
		})
	}
}

// A session that ends before it has begun ends all the same, and closes the
// watcher that was armed in vain.
func TestEndBeforeTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		arm := make(chan struct{})
		s.options.NewWatcher = func(c watch.Config, note func(string)) (Watcher, error) {
			w := newFakeWatcher(c, note)
			s.watchers <- w
			<-arm
			note("armed too late")
			return w, nil
		}
		s.start()
		s.await("session.start")
		s.cancel(ErrQuit{"interrupt"})
		s.await("session.end")
		close(arm)
		if err := s.end(); err != nil {
			t.Errorf("Run returned %v, want none", err)
		}
		s.checkStream("interrupt")
		<-(<-s.watchers).done
	})
}

// A change cancels the build that it overtakes, and the end of that is not reported.
func TestCancelledBuild(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		w := s.firstVersion()
		w.save("/app/main.go")
		first := <-s.builder.asked
		w.save("/app/other.go")
		second := <-s.builder.asked
		<-first.ctx.Done()
		second.succeed()
		if e := s.await("build.ok"); e.Gen != 3 {
			t.Errorf("version %d is built, want 3", e.Gen)
		}
		s.quit()
		for _, e := range s.told {
			if e.Data.Type() == "build.error" {
				t.Errorf("the cancelled build's end is shown: %+v", e)
			}
		}
	})
}

// The end cancels a build under way.
func TestEndWhileBuilding(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		s.start()
		b := <-s.builder.asked
		s.quit()
		<-b.ctx.Done()
		s.checkStream("interrupt")
	})
}

// A listener that does not read holds nothing up, and misses nothing.
func TestSlowOutlet(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		slow := make(chan Update)
		w := s.firstVersion(slow)
		s.commands <- CommandPause
		s.await("paused")
		s.commands <- CommandResume
		s.await("resumed")
		w.save("/app/main.go")
		(<-s.builder.asked).succeed()
		s.await("cycle")
		s.cancel(ErrQuit{"interrupt"})
		s.await("session.end")
		synctest.Wait()
		select {
		case err := <-s.result:
			t.Errorf("Run returned %v before all was read", err)
		default:
		}
		var late []Event
		for u := range slow {
			late = append(late, u.Event)
		}
		if err := s.end(); err != nil {
			t.Errorf("Run returned %v, want none", err)
		}
		if len(late) != len(s.told) {
			t.Fatalf("the slow listener has %d events, the prompt one %d", len(late), len(s.told))
		}
		for i := range late {
			if late[i].Seq != s.told[i].Seq || late[i].Data.Type() != s.told[i].Data.Type() {
				t.Errorf("event %d is %+v, want %+v", i, late[i], s.told[i])
			}
		}
	})
}

// An app that prints faster than a listener reads waits, and nothing else does.
func TestOutputWaitsForASlowOutlet(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		slow := make(chan Update)
		s.firstVersion(slow)
		const pieces, size = 64, maxBehind / 16
		piece := runner.Output{Gen: 1, Stream: "stdout", Data: bytes.Repeat([]byte("0123456789abcde\n"), size/16)}
		taken := make(chan int, pieces)
		go func() {
			defer close(taken)
			for i := range pieces {
				s.target.output <- piece
				taken <- i
			}
		}()
		go func() { // the prompt listener
			for range s.out {
			}
		}()
		synctest.Wait()
		if got, want := len(taken), maxBehind/size+1; got != want {
			t.Errorf("%d pieces of %d bytes were taken, want %d: as many as may wait, and one", got, size, want)
		}
		s.commands <- CommandRebuild
		(<-s.builder.asked).succeed()
		synctest.Wait() // it is carried out, and all is at rest again

		bytesRead, lines := 0, int64(0)
		for u := range slow {
			if out, ok := u.Event.Data.(AppOutput); ok {
				bytesRead += len(out.Bytes)
				if len(out.Lines) > 0 && out.Lines[0] != "0123456789abcde" {
					t.Fatalf("line %q", out.Lines[0])
				}
			}
			if n := u.Event.lines(); n > 0 {
				if u.Event.Seq != lines+1 {
					t.Fatalf("event %d follows %d", u.Event.Seq, lines)
				}
				lines += n
			}
			if bytesRead == pieces*size {
				s.cancel(ErrQuit{"interrupt"})
				bytesRead++
			}
		}
		for range taken { // to the end
		}
		s.kill()
		if err := <-s.result; err != nil {
			t.Errorf("Run returned %v, want none", err)
		}
	})
}

// The end of kill ends the wait for an app that does not stop.
func TestKill(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		s.target.deaf = true
		s.firstVersion()
		s.cancel(ErrQuit{"interrupt"})
		synctest.Wait()
		select {
		case <-s.target.kill():
			t.Error("the app was killed unasked")
		default:
		}
		s.kill()
		s.await("session.end")
		if err := s.end(); err != nil {
			t.Errorf("Run returned %v, want none", err)
		}
	})
}

// What is typed, the size of the screen and values to be set go to the app by way of
// the session, in order, and the answer comes back.
func TestCommandsToTheApp(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		s.firstVersion()
		s.commands <- Resized{Columns: 80, Rows: 20}
		s.commands <- Typed{[]byte("y")}
		s.commands <- Typed{[]byte("es\n")}
		if err := Set(s.ctx, s.commands, "rate", "25"); err != nil {
			t.Errorf("Set returned %v, want none", err)
		}
		if err := Set(s.ctx, s.commands, "mute", "1"); err == nil || err.Error() != "the app has no such value" {
			t.Errorf("Set returned %v, want the app's answer", err)
		}
		s.quit()
		want := []string{"resized to 80x20", "typed y", "typed es\n", "set rate to 25"}
		if !reflect.DeepEqual(s.target.given, want) {
			t.Errorf("the app was given %q, want %q", s.target.given, want)
		}
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		if err := Set(ended, s.commands, "rate", "1"); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end Set returned %v, want the cause", err)
		}
	})
}

// A watcher that looks at a tree for ever does not hold up the end.
func TestQuitWhileArming(t *testing.T) {
	bubble(t, func(t *testing.T, s *stage) {
		made, hold := s.options.NewWatcher, make(chan struct{})
		s.options.NewWatcher = func(c watch.Config, note func(string)) (Watcher, error) {
			w, err := made(c, note)
			return armsForEver{w, hold}, err
		}
		s.start()
		s.await("session.start")
		s.quit()
		close(hold)
	})
}

// armsForEver is a watcher that is armed only when it is let go.
type armsForEver struct {
	Watcher
	hold chan struct{}
}

func (w armsForEver) Arm(scope watch.Scope) (watch.Info, error) {
	<-w.hold
	return w.Watcher.Arm(scope)
}
