package session

import (
	"testing"

	"hotreload/runner"
)

// An app whose package hot is of another version is reported once, with the command that
// updates it where it lies.
func TestOtherProtocol(t *testing.T) {
	p := hotRunning(t)
	old := runner.OtherProtocol{Gen: 1, PID: 100}
	p.play(
		move{old, `1 note: package hot in the app speaks protocol 0, and this hotreload 1; to update the package, run: hotreload add hot --to /app/internal/hot`},
		move{old, ``},
		move{runner.OtherProtocol{Gen: 2, PID: 200, Protocol: 2},
			`2 note: package hot in the app speaks protocol 2, and this hotreload only 1; update hotreload, or take its older package: hotreload add hot --to /app/internal/hot`},
	)
	p.state.Root = "/app"
	p.play(move{old, `1 note: package hot in the app speaks protocol 0, and this hotreload 1; to update the package, run: hotreload add hot`})
}
