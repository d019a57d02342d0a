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
		t.deferred, t.reload = nil, nil // what waits for them is pending
	case c == CommandResume && t.Paused:
		t.Paused = false
		t.emit(t.Gen, Resumed{})
		t.resume(t.pending)
	case c == CommandRestart && t.artifact.Path != "":
		t.act(t.answer(), Plan{Rung: Restart, Reason: "asked to restart"}, nil, t.now)
	case c == CommandRebuild || c == CommandRestart:
		if t.builds == 0 {
			return // the first build is about to start
		}
		t.relist, t.anew = true, true
		t.owe(t.generators())
		paths := t.pending
		t.judge(paths)
		t.act(t.answer(), Plan{Rung: Restart, Build: true, Reason: "asked to " + string(c)}, paths, t.now)
		if slices.Contains(paths, t.configFile) {
			t.pending = []string{t.configFile} // it has still to be read
		}
	}
}

// resume acts on what was gathered.
func (t *step) resume(paths []string) {
	d := t.judge(paths)
	switch {
	case d.config:
		t.read(paths, t.now)
	case d.Build || len(paths) > 0:
		t.pending = nil
		t.act(t.answer(), d.Plan, paths, t.now)
	}
}

// quit stops all. Nothing else is begun from now on.
func (t *step) quit(reason string) {
	if t.quitting != "" {
		return
	}
	t.quitting = reason
	if t.job != nil {
		t.do(cancelBuild{})
		if t.job.published {
			t.emit(t.job.gen, BuildCancel{"the session ends"})
		}
		t.job = nil
	}
	t.do(stop{})
}
