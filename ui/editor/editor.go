// Package editor knows how to open a file at a place in people's editors.
//
// In go a place and what the config and the environment say; out comes a command,
// and whether it takes the terminal. What always holds: the command is one that
// was found; a file whose name begins with a dash is not taken for an option.
package editor

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Place is where to open a file. Line and column count from 1; 0: unknown.
type Place struct {
	File   string // absolute
	Line   int
	Column int
}

// Command opens a place.
type Command struct {
	Args     []string // the program, as it was found, and its arguments
	Terminal bool     // it takes the terminal until it ends
}

// System is what is asked of the system. Tests have their own.
type System struct {
	Getenv   func(string) string
	LookPath func(string) (string, error)
}

// form is how an editor takes a place.
type form struct {
	names    []string
	terminal bool
	args     func(Place) []string
}

// forms are the editors that are known.
func forms() []form {
	return []form{
		{[]string{"vim", "vi", "nvim", "view", "lvim", "gvim", "mvim", "neovide"}, true, vim},
		{[]string{"nano", "pico"}, true, func(p Place) []string {
			return []string{fmt.Sprintf("+%d,%d", p.Line, p.Column), p.File}
		}},
		{[]string{"emacs", "emacsclient", "jmacs", "jed", "mg", "zile"}, true, func(p Place) []string {
			return []string{fmt.Sprintf("+%d:%d", p.Line, p.Column), p.File}
		}},
		{[]string{"hx", "helix", "micro-go", "subl", "sublime_text", "zed", "zeditor", "zedit", "lapce"}, false, colons},
		{[]string{"micro", "kak", "ne", "joe", "ee"}, true, func(p Place) []string {
			return []string{fmt.Sprintf("+%d:%d", p.Line, p.Column), p.File}
		}},
		{[]string{"code", "code-insiders", "codium", "vscodium", "cursor", "windsurf", "positron"}, false, func(p Place) []string {
			return []string{"--goto", place(p)}
		}},
		{[]string{"idea", "goland", "fleet", "clion", "webstorm", "rubymine", "pycharm"}, false, func(p Place) []string {
			return []string{"--line", strconv.Itoa(p.Line), "--column", strconv.Itoa(p.Column - 1), p.File}
		}},
		{[]string{"mate", "bbedit"}, false, func(p Place) []string {
			return []string{"--line", strconv.Itoa(p.Line), p.File}
		}},
		{[]string{"kate", "kwrite"}, false, func(p Place) []string {
			return []string{"--line", strconv.Itoa(p.Line), "--column", strconv.Itoa(p.Column), p.File}
		}},
		{[]string{"gedit", "gnome-text-editor", "xed", "pluma"}, false, func(p Place) []string {
			return []string{fmt.Sprintf("+%d:%d", p.Line, p.Column), p.File}
		}},
		{[]string{"notepad++"}, false, func(p Place) []string {
			return []string{fmt.Sprintf("-n%d", p.Line), fmt.Sprintf("-c%d", p.Column), p.File}
		}},
	}
}

// graphical are the exceptions among relatives that take the terminal, and terminals
// among those that do not.
func graphical(name string, f form) bool {
	switch name {
	case "gvim", "mvim", "neovide":
		return true
	case "hx", "helix":
		return false
	}
	return !f.terminal
}

func vim(p Place) []string {
	return []string{fmt.Sprintf("+call cursor(%d,%d)", p.Line, p.Column), p.File}
}

func colons(p Place) []string { return []string{place(p)} }

func place(p Place) string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Find makes the command for a place: with the editor that the config names, else
// $VISUAL, else $EDITOR, else one that is there.
func Find(configured string, p Place, s System) (Command, error) {
	p.Line, p.Column = max(1, p.Line), max(1, p.Column)
	for _, choice := range []struct{ from, words string }{
		{"ui.editor", configured}, {"$VISUAL", s.Getenv("VISUAL")}, {"$EDITOR", s.Getenv("EDITOR")},
	} {
		if strings.TrimSpace(choice.words) == "" {
			continue
		}
		c, err := command(choice.words, p, s)
		if err != nil {
			return Command{}, fmt.Errorf("%s is %q: %w", choice.from, choice.words, err)
		}
		return c, nil
	}
	for _, name := range []string{"nvim", "vim", "hx", "micro", "nano", "emacs", "code", "vi", "notepad"} {
		if c, err := command(name, p, s); err == nil {
			return c, nil
		}
	}
	return Command{}, errors.New("no editor was found; set EDITOR, or ui.editor in the config")
}

// command makes the command of an editor with arguments of the user's.
func command(words string, p Place, s System) (Command, error) {
	args, err := split(words)
	if err != nil {
		return Command{}, err
	}
	path, err := s.LookPath(args[0])
	if err != nil {
		return Command{}, fmt.Errorf("%s is not on PATH", args[0])
	}
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(filepath.ToSlash(args[0]))), ".exe")
	f := known(name)
	terminal := !graphical(name, f)
	args[0] = path
	if filled, ok := fill(args, p); ok {
		return Command{filled, terminal}, nil
	}
	if name == "emacsclient" && !has(args, "-nw", "-t", "--tty") {
		terminal = false
	}
	return Command{append(args, f.args(p)...), terminal}, nil
}

func has(args []string, any ...string) bool {
	for _, a := range args[1:] {
		for _, b := range any {
			if a == b {
				return true
			}
		}
	}
	return false
}

// known is the form of an editor; one nobody knows is a terminal's and takes the
// file alone.
func known(name string) form {
	for _, f := range forms() {
		for _, n := range f.names {
			if n == name {
				return f
			}
		}
	}
	return form{terminal: true, args: func(p Place) []string { return []string{p.File} }}
}

// fill puts the place where the user's words have {file}, {line} and {column}.
func fill(args []string, p Place) (filled []string, ok bool) {
	values := strings.NewReplacer("{file}", p.File, "{line}", strconv.Itoa(p.Line), "{column}", strconv.Itoa(p.Column))
	for i, a := range args {
		if i > 0 && strings.Contains(a, "{file}") {
			ok = true
		}
		if i > 0 {
			a = values.Replace(a)
		}
		filled = append(filled, a)
	}
	return filled, ok
}

// split cuts words at spaces, but not within quotes.
func split(words string) ([]string, error) {
	var args []string
	var arg strings.Builder
	var quote rune
	inside := false
	for _, r := range words {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			arg.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inside = r, true
		case r == ' ' || r == '\t':
			if inside {
				args = append(args, arg.String())
				arg.Reset()
				inside = false
			}
		default:
			arg.WriteRune(r)
			inside = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c is not closed", quote)
	}
	if inside {
		args = append(args, arg.String())
	}
	return args, nil
}
