// Package editor opens a file at a position in the user's editor.
//
// In go a position and what the config and the environment name; out comes a
// command, and whether it takes over the terminal. What always holds: the program
// of the command exists; the command runs without a shell.
package editor

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Place is a position in a file. Line and column count from 1; 0: unknown.
type Place struct {
	File   string // absolute
	Line   int
	Column int
}

// Command opens a place.
type Command struct {
	Args     []string // the program, as found on PATH, and its arguments
	Terminal bool     // it takes over the terminal until it exits
}

// System is how the package asks the system. Tests have their own.
type System struct {
	Getenv   func(string) string
	LookPath func(string) (string, error)
}

// editor is an editor with a known command line.
type editor struct {
	names    string // separated by spaces
	terminal bool   // it runs in the terminal
	args     func(Place) []string
}

// editors are the known ones, by how they take a position.
func editors() []editor {
	return []editor{
		{"vim vi nvim view lvim", true, vim},
		{"gvim mvim", false, vim},
		{"neovide", false, func(p Place) []string { return append([]string{"--"}, vim(p)...) }},
		{"nano pico", true, flags("+{line},{column}", "{file}")},
		{"emacs emacsclient micro kak mg ne", true, flags("+{line}:{column}", "{file}")},
		{"joe jed", true, flags("+{line}", "{file}")},
		{"hx helix", true, flags("{file}:{line}:{column}")},
		{"subl sublime_text zed zeditor lapce", false, flags("{file}:{line}:{column}")},
		{"code code-insiders codium vscodium cursor windsurf positron", false, flags("--goto", "{file}:{line}:{column}")},
		{"idea goland clion webstorm pycharm rubymine phpstorm", false, jetbrains},
		{"fleet", false, flags("--goto={file}:{line}:{column}")},
		{"kate kwrite", false, flags("--line", "{line}", "--column", "{column}", "{file}")},
		{"mate bbedit", false, flags("--line", "{line}", "{file}")},
		{"gedit gnome-text-editor xed pluma", false, flags("+{line}:{column}", "{file}")},
		{"notepad++", false, flags("-n{line}", "-c{column}", "{file}")},
		{"notepad", false, flags("{file}")},
	}
}

func vim(p Place) []string {
	return []string{fmt.Sprintf("+call cursor(%d,%d)", p.Line, p.Column), p.File}
}

// jetbrains count columns from 0.
func jetbrains(p Place) []string {
	return []string{"--line", strconv.Itoa(p.Line), "--column", strconv.Itoa(p.Column - 1), p.File}
}

// flags are arguments with placeholders.
func flags(args ...string) func(Place) []string {
	return func(p Place) []string { return p.fill(args) }
}

// fill replaces the placeholders {file}, {line} and {column} in arguments.
func (p Place) fill(args []string) []string {
	values := strings.NewReplacer("{file}", p.File, "{line}", strconv.Itoa(p.Line), "{column}", strconv.Itoa(p.Column))
	var filled []string
	for _, a := range args {
		filled = append(filled, values.Replace(a))
	}
	return filled
}

// Find makes the command for a position, with the configured editor, else $VISUAL,
// else $EDITOR, else a well-known editor on PATH.
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
	return Command{}, errors.New("no editor found; set EDITOR, or ui.editor in the config")
}

// Check says what is wrong with a configured editor and what to write instead;
// empty: nothing. It does not ask whether the editor exists.
func Check(words string) string {
	if _, err := split(words); err != nil {
		return err.Error() + "; write it on both sides"
	}
	places := []string{"file", "line", "column"}
	for _, found := range regexp.MustCompile(`\{([a-z]+)\}`).FindAllStringSubmatch(words, -1) {
		if slices.Contains(places, found[1]) {
			continue
		}
		for _, p := range places { // braces with anything else are the editor's
			if strings.HasPrefix(p, found[1]) || levenshtein.ComputeDistance(found[1], p) < 3 {
				return fmt.Sprintf("%s is not a placeholder; did you mean {%s}?", found[0], p)
			}
		}
	}
	return ""
}

// command makes the command of an editor that the user names, with arguments.
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
	e := known(name)
	own := args[1:]
	terminal := e.terminal
	if strings.HasPrefix(name, "emacs") && !slices.ContainsFunc(own, inTerminal) {
		terminal = s.Getenv("DISPLAY") == "" && s.Getenv("WAYLAND_DISPLAY") == ""
	}
	if slices.ContainsFunc(own, func(a string) bool { return strings.Contains(a, "{file}") }) {
		own = p.fill(own)
	} else {
		own = append(own, e.args(p)...)
	}
	return Command{append([]string{path}, own...), terminal}, nil
}

// inTerminal reports whether a flag keeps emacs from opening a window.
func inTerminal(arg string) bool {
	return slices.Contains([]string{"-nw", "-t", "-tty", "--tty", "--no-window-system"}, arg)
}

// known is an editor by its name. An unknown one gets the terminal and the file.
func known(name string) editor {
	for _, e := range editors() {
		if slices.Contains(strings.Fields(e.names), name) {
			return e
		}
	}
	return editor{terminal: true, args: flags("{file}")}
}

// split splits words at spaces, except within quotes.
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
		return nil, fmt.Errorf("the quote %c is not closed", quote)
	}
	if inside {
		args = append(args, arg.String())
	}
	return args, nil
}
