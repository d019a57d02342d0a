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
