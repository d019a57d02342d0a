package session

import (
	"strings"
	"testing"
)

// What changes all the time and leads to nothing is not told for ever.
func TestNoise(t *testing.T) {
	muted := func(t *testing.T) *player {
		t.Helper()
		p := running(t)
		note := ""
		for range maxRounds {
			if note != "" {
				t.Errorf("before the last that is told it says %s", note)
			}
			lines := p.step(settled("app.log"))
			if find(lines, "change app.log") == "" || find(lines, "cycle none, none: app.log is not used to build the app") == "" {
				t.Fatalf("a change leads to %v, want it told", lines)
			}
			note = find(lines, "note")
		}
		if !strings.Contains(note, "app.log") || !strings.Contains(note, "watch.exclude") {
			t.Errorf("with the last it says %q", note)
		}
		p.play(move{settled("app.log"), ``})
		return p
	}
	t.Run("is passed over until it has rested", func(t *testing.T) {
		p := muted(t)
		for range 10 {
			p.now = p.now.Add(rest / 2)
			p.play(move{settled("app.log"), ``})
		}
		p.now = p.now.Add(rest)
		p.play(
			move{settled("app.log"), `
				7 change app.log
				7 plan none: app.log is not used to build the app
				7 cycle none, none: app.log is not used to build the app`},
			move{settled("app.log"), ``},
		)
	})
	t.Run("does not hide what else changed", func(t *testing.T) {
		muted(t).play(
			move{settled("app.log", "other.log"), `
				7 change other.log
				7 plan none: other.log is not used to build the app
				7 cycle none, none: other.log is not used to build the app`},
			move{opened("app.log", "main.go"), `> build . #2 over #1`},
			move{settled("app.log", "main.go"), `
				8 change main.go
				8 plan build, restart: main.go is part of package example.com/app
				8 build.start`},
		)
	})
	t.Run("is reported once it matters", func(t *testing.T) {
		p := muted(t)
		p.state.config.Watch.Include = []string{"*.log"}
		p.play(move{settled("app.log"), `
			7 change app.log
			7 plan restart: app.log is read at run time (watch.include *.log)
			> run #1 as v7`})
	})
	t.Run("does not include Go files: people ask what is done about them", func(t *testing.T) {
		p := running(t)
		for range 3 * maxRounds {
			if lines := p.step(settled("main_test.go")); find(lines, "cycle none") == "" || find(lines, "note") != "" {
				t.Fatalf("a save leads to %v, want it told", lines)
			}
		}
	})
}
