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
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
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

// editor is one that is known.
type editor struct {
	names    string // separated by spaces
	terminal bool   // it runs in the terminal
	args     func(Place) []string
}

// editors are those that are known, by how they take a place.
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

// flags are arguments with the place in them.
func flags(args ...string) func(Place) []string {
	return func(p Place) []string { return p.fill(args) }
}

// fill puts a place where arguments have {file}, {line} and {column}.
func (p Place) fill(args []string) []string {
	values := strings.NewReplacer("{file}", p.File, "{line}", strconv.Itoa(p.Line), "{column}", strconv.Itoa(p.Column))
	var filled []string
	for _, a := range args {
		filled = append(filled, values.Replace(a))
	}
	return filled
}

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

// Check says what is wrong with an editor that the config names, and what to write
// instead, or nothing. Whether it is there is seen when it is needed.
func Check(words string) string {
	if _, err := split(words); err != nil {
		return err.Error() + "; write it at both ends"
	}
	places := []string{"file", "line", "column"}
	for _, found := range regexp.MustCompile(`\{([a-z]+)\}`).FindAllStringSubmatch(words, -1) {
		if slices.Contains(places, found[1]) {
			continue
		}
		for _, p := range places { // what is like none of them is the editor's own affair
			if strings.HasPrefix(p, found[1]) || levenshtein.ComputeDistance(found[1], p) < 3 {
				return fmt.Sprintf("%s is nothing to fill in; did you mean {%s}?", found[0], p)
			}
		}
	}
	return ""
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

// inTerminal are the flags that keep emacs from opening a window.
func inTerminal(arg string) bool {
	return slices.Contains([]string{"-nw", "-t", "-tty", "--tty", "--no-window-system"}, arg)
}

// known is an editor by its name; one nobody knows takes the terminal and the file.
func known(name string) editor {
	for _, e := range editors() {
		if slices.Contains(strings.Fields(e.names), name) {
			return e
		}
	}
	return editor{terminal: true, args: flags("{file}")}
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
