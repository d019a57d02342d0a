package session

import (
	"fmt"
	"slices"
	"strings"
)

// Command is what a key or `hotreload send` asks of a session.
type Command string

const (
	CommandRebuild Command = "rebuild" // build, and start what comes out unless it is what runs
	CommandRestart Command = "restart" // a new process of the same executable
	CommandPause   Command = "pause"   // gather changes without acting on them
	CommandResume  Command = "resume"  // act on what was gathered
	CommandQuit    Command = "quit"
)

// Commands lists all there are.
func Commands() []Command {
	return []Command{CommandRebuild, CommandRestart, CommandPause, CommandResume, CommandQuit}
}

// ParseCommand checks the name of a command.
func ParseCommand(name string) (Command, error) {
	if c := Command(name); slices.Contains(Commands(), c) {
		return c, nil
	}
	var names []string
	for _, c := range Commands() {
		names = append(names, string(c))
	}
	return "", fmt.Errorf("unknown command %q; it is one of %s", name, strings.Join(names, ", "))
}

func (t *step) command(c Command) {
	if t.quitting != "" {
		return
	}
	switch {
	case c == CommandQuit:
		t.quit("asked to quit")
	case c == CommandPause && !t.Paused:
		t.Paused = true
		t.emit(t.Gen, Paused{})
		t.abandon()
		t.changes.backlog = t.changes.backlog.awaits(itsTurn, t.now)
	case c == CommandResume && t.Paused:
		t.Paused = false
		t.emit(t.Gen, Resumed{})
		t.resume()
	case c == CommandRestart && t.builds.artifact.Path != "":
		t.act(t.answer(), Plan{Rung: Restart, Reason: "asked to restart"}, nil, t.now)
	case c == CommandRebuild || c == CommandRestart:
		t.rebuild(c)
	}
}

// resume acts on what was gathered.
func (t *step) resume() {
	pending := t.pending()
	d := t.judge(pending)
	switch {
	case d.config:
		t.read(pending, t.now)
	case d.Build || len(pending) > 0:
		t.changes.backlog = t.changes.backlog.decided()
		t.act(t.answer(), d.Plan, pending, t.now)
	}
}

// rebuild trusts nothing that is known: all is generated, built and listed again.
func (t *step) rebuild(c Command) {
	if t.builds.last == 0 {
		return // the first build is about to start
	}
	t.listing.again, t.builds.anew = true, true
	t.owe(t.allGenerators())
	pending := t.pending()
	t.judge(pending)
	t.act(t.answer(), Plan{Rung: Restart, Build: true, Reason: "asked to " + string(c)}, pending, t.now)
	config, _ := split(pending, func(c change) bool { return c.path == t.configFile })
	t.changes.backlog = t.changes.backlog.add(itsTurn, config) // it has still to be read
}

// quit stops all. Nothing else is begun from now on.
func (t *step) quit(reason string) {
	if t.quitting != "" {
		return
	}
	t.quitting = reason
	if t.builds.job != nil {
		t.do(cancelBuild{})
		if t.builds.published() {
			t.emit(t.builds.job.gen, BuildCancel{"the session ends"})
		}
		t.builds.job = nil
	}
	t.do(stop{})
}
