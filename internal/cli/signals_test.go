package cli

import (
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestHeed(t *testing.T) {
	type sent struct {
		at     time.Duration
		signal os.Signal
	}
	const later = sameIntent + time.Millisecond
	for _, test := range []struct {
		name  string
		sent  []sent
		wants string // what happens, in order
	}{
		{"one", []sent{{0, os.Interrupt}}, "quit interrupt"},
		{"an echo of each kind", []sent{
			{0, os.Interrupt}, {0, os.Interrupt}, {20 * time.Millisecond, os.Interrupt}, {30 * time.Millisecond, syscall.SIGTERM},
		}, "quit interrupt"},
		{"a hangup and its echo", []sent{{0, syscall.SIGHUP}, {20 * time.Millisecond, syscall.SIGHUP}, {later, syscall.SIGHUP}}, "quit hangup"},
		{"terminated and hung up", []sent{{0, syscall.SIGTERM}, {20 * time.Millisecond, syscall.SIGHUP}, {later, syscall.SIGTERM}}, "quit terminated"},
		{"terminated after Ctrl-C", []sent{{0, os.Interrupt}, {later, syscall.SIGTERM}}, "quit interrupt"},
		{"a second Ctrl-C", []sent{{0, os.Interrupt}, {later, os.Interrupt}}, "quit interrupt, kill"},
		{"a second Ctrl-C after an echo", []sent{{0, os.Interrupt}, {20 * time.Millisecond, os.Interrupt}, {later, os.Interrupt}}, "quit interrupt, kill"},
		{"Ctrl-C after another signal", []sent{{0, syscall.SIGTERM}, {later, os.Interrupt}}, "quit terminated, kill"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var did []string
				var lent atomic.Bool
				signals, over := make(chan os.Signal, 2), make(chan struct{})
				go func() {
					defer close(over)
					heed(signals, func(reason string) { did = append(did, "quit "+reason) }, func() { did = append(did, "kill") }, &lent)
				}()
				start := time.Now()
				for _, s := range test.sent {
					time.Sleep(time.Until(start.Add(s.at)))
					signals <- s.signal
					synctest.Wait()
				}
				if got := strings.Join(did, ", "); got != test.wants {
					t.Errorf("%s, want %s", got, test.wants)
				}
				time.Sleep(2 * sameIntent)
				signals <- os.Interrupt // ends heed
				<-over
			})
		})
	}
}

// While an editor has the terminal, Ctrl-C is its own.
func TestHeedWhileLent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals, quit, killed := make(chan os.Signal), make(chan string, 1), make(chan struct{})
		var lent atomic.Bool
		lent.Store(true)
		go heed(signals, func(reason string) { quit <- reason }, func() { close(killed) }, &lent)
		signals <- os.Interrupt
		signals <- syscall.SIGTERM
		if got := <-quit; got != "terminated" {
			t.Errorf("quit for %q, want for the signal that is not the editor's", got)
		}
		time.Sleep(2 * sameIntent)
		signals <- os.Interrupt
		synctest.Wait()
		select {
		case <-killed:
			t.Error("the editor's Ctrl-C killed the app")
		default:
		}
		lent.Store(false)
		signals <- os.Interrupt
		<-killed
	})
}
