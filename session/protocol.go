package session

import (
	"fmt"

	"hotreload/internal/visible"
	"hotreload/runner"
)

// This file has what is told when the app's package hot is not of this version.

// otherProtocol tells, once, that the app's package hot speaks another protocol, and how to
// update it.
func (t *step) otherProtocol(r runner.OtherProtocol) {
	text := fmt.Sprintf("package hot in the app speaks protocol %d, and this hotreload %d; to update the package, run: %s",
		r.Protocol, runner.Protocol, t.addHot())
	if r.Protocol > runner.Protocol {
		text = fmt.Sprintf("package hot in the app speaks protocol %d, and this hotreload only %d; update hotreload, or take its older package: %s",
			r.Protocol, runner.Protocol, t.addHot())
	}
	if text != t.service.protocol {
		t.service.protocol = text
		t.emit(r.Gen, Note{text})
	}
}

// addHot is the command that updates the app's package hot where it lies.
func (s State) addHot() string {
	const command, usual = "hotreload add hot", "internal/hot"
	if s.listing.graph == nil || s.listing.graph.Hot == "" {
		return command
	}
	if at := s.relative(s.listing.graph.Hot); at != usual {
		return command + " --to " + visible.Text(at, "")
	}
	return command
}
