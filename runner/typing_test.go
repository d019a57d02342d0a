//go:build unix

package runner

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// readPassword reads a line that its terminal does not echo, and then one that it does.
func readPassword() {
	echo := func(word string) {
		stty := exec.Command("stty", word)
		stty.Stdin = os.Stdin
		if err := stty.Run(); err != nil {
			fmt.Println("stty:", err)
		}
	}
	echo("-echo")
	fmt.Println("hidden")
	lines := bufio.NewReader(os.Stdin)
	line, _ := lines.ReadString('\n')
	echo("echo")
	fmt.Println("shown", len(line))
	line, _ = lines.ReadString('\n')
	fmt.Print("read ", line)
	block()
}

func (s *stage) look() Terminal {
	answer := make(chan Terminal, 1)
	s.target.Look(answer)
	return <-answer
}

func (s *stage) typeHidden(text string) error {
	done := make(chan error, 1)
	s.target.TypeHidden([]byte(text), done)
	return <-done
}

// What was typed while the app hid it never reaches a terminal that would show it.
func TestTypeHidden(t *testing.T) {
	s := newStage(t, func(t *Target) { t.options.Stdin = nil }).listen()
	if got := s.look(); got != (Terminal{}) {
		t.Errorf("without an app the terminal is %+v", got)
	}
	s.run(request(t, 1, "password"))
	next[Ready](s)
	s.printed(1, "hidden\n")
	if got := s.look(); got != (Terminal{Exists: true, Hidden: true}) {
		t.Errorf("while it reads a password, the terminal is %+v", got)
	}
	if err := s.typeHidden("secret\n"); err != nil {
		t.Error(err)
	}
	s.printed(1, "shown 7\n")
	if got := s.look(); got != (Terminal{Exists: true}) {
		t.Errorf("after the password, the terminal is %+v", got)
	}
	if err := s.typeHidden("secret\n"); !errors.Is(err, errShown) {
		t.Errorf("a secret that would be shown: %v", err)
	}
	s.target.Type([]byte("plain\n"))
	if got := s.printed(1, "read plain\n"); strings.Contains(got, "secret") {
		t.Errorf("it was shown: %q", got)
	}
}

// Without a terminal nothing is echoed, so nothing is refused.
func TestTypeHiddenIntoAPipe(t *testing.T) {
	s := newStage(t, func(t *Target) { t.options.Stdin = nil }).listen()
	r := request(t, 1, "echo")
	r.Config.Pty = false
	s.run(r)
	next[Ready](s)
	if got := s.look(); got != (Terminal{}) {
		t.Errorf("the terminal is %+v", got)
	}
	if err := s.typeHidden("secret\n"); err != nil {
		t.Error(err)
	}
	s.printed(1, "secret\n")
}
