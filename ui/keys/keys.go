// Package keys knows what can be done on the screen and which keys do it.
//
// In goes the [ui.keys] table; out comes a Map, which finds the action of a key
// and the keys of an action. What always holds: a key does one thing; Ctrl-C
// quits whatever is bound.
package keys

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Action is something that can be done, by the name it has in the config.
type Action string

const (
	Rebuild   Action = "rebuild"
	Restart   Action = "restart"
	Pause     Action = "pause"
	Search    Action = "search"
	NextMatch Action = "next_match"
	PrevMatch Action = "previous_match"
	Filter    Action = "filter"
	Edit      Action = "edit"
	Select    Action = "select"
	Open      Action = "open"
	Output    Action = "output"
	Build     Action = "build"
	Problems  Action = "problems"
	History   Action = "history"
	NextTab   Action = "next_tab"
	PrevTab   Action = "previous_tab"
	Down      Action = "down"
	Up        Action = "up"
	PageDown  Action = "page_down"
	PageUp    Action = "page_up"
	Top       Action = "top"
	Bottom    Action = "bottom"
	Follow    Action = "follow"
	Wrap      Action = "wrap"
	Clear     Action = "clear"
	Copy      Action = "copy"
	Input     Action = "input"
	Values    Action = "values"
	Set       Action = "set"
	Mouse     Action = "mouse"
	Back      Action = "back"
	Suspend   Action = "suspend"
	Help      Action = "help"
	Quit      Action = "quit"
)

// Binding is an action with its keys.
type Binding struct {
	Action Action
	Keys   []string // as bubbletea names them; the first is the one that is shown
	Short  string   // what it does, in a word
	Doc    string   // in a sentence
}

// Defaults are all actions, in the order in which help lists them.
func Defaults() []Binding {
	return []Binding{
		{Rebuild, []string{"r"}, "rebuild", "build, and start the result if it differs"},
		{Restart, []string{"R"}, "restart", "start the app anew without a build"},
		{Pause, []string{"p"}, "pause", "gather changes; again: act on them"},
		{Input, []string{"i"}, "input", "type a line for the app"},
		{Values, []string{"t"}, "values", "what can be set in the running app: its tunables"},
		{Set, []string{"s"}, "set", "set one of them: type NAME VALUE"},
		{Open, []string{"o"}, "open", "open the app's address in the browser"},
		{Edit, []string{"e"}, "edit", "open the problem in your editor"},
		{Select, []string{"enter"}, "open", "a problem in your editor, a line of the history"},
		{Output, []string{"1"}, "output", "what the app prints"},
		{Build, []string{"2"}, "build", "what hotreload did, and what the compiler said"},
		{Problems, []string{"3"}, "problems", "errors and panics, with their source"},
		{History, []string{"4"}, "history", "what each save led to, and how long it took"},
		{NextTab, []string{"tab"}, "next", "the next of these"},
		{PrevTab, []string{"shift+tab"}, "previous", "the one before"},
		{Search, []string{"/"}, "search", "find lines; small letters find capitals, too"},
		{NextMatch, []string{"n"}, "next match", "the next line found, below"},
		{PrevMatch, []string{"N"}, "previous match", "the line found before, above"},
		{Filter, []string{"&"}, "filter", "only lines that match; an empty one shows all"},
		{Down, []string{"j", "down"}, "down", "one line down, or the next item"},
		{Up, []string{"k", "up"}, "up", "one line up, or the item before"},
		{PageDown, []string{"pgdown", "space", "ctrl+d"}, "page down", "a screen down"},
		{PageUp, []string{"pgup", "b", "ctrl+u"}, "page up", "a screen up"},
		{Top, []string{"g", "home"}, "top", "the beginning"},
		{Bottom, []string{"G", "end"}, "bottom", "the end, and follow it"},
		{Follow, []string{"f"}, "follow", "keep up with new lines, or stay"},
		{Wrap, []string{"w"}, "wrap", "wrap long lines, or cut them"},
		{Clear, []string{"c"}, "clear", "forget what this pane has shown so far"},
		{Copy, []string{"y"}, "copy", "copy what is shown, or the problem (OSC 52)"},
		{Mouse, []string{"m"}, "mouse", "wheel and clicks, or selecting text"},
		{Back, []string{"esc"}, "back", "leave a search, a filter, details, help"},
		{Suspend, []string{"ctrl+z"}, "suspend", "back to the shell; fg returns"},
		{Help, []string{"?", "h"}, "help", "this list"},
		{Quit, []string{"q", "ctrl+c"}, "quit", "stop the app and leave"},
	}
}

// Map knows which keys do what.
type Map struct {
	bindings []Binding
	actions  map[string]Action
}

// New is the default map with some actions on other keys, as [ui.keys] has them.
// A key that was another action's by default is taken from it.
func New(rebound map[string]string) Map {
	taken := map[string]bool{}
	for _, keys := range rebound {
		for _, key := range strings.Fields(keys) {
			taken[key] = true
		}
	}
	m := Map{actions: map[string]Action{}}
	for _, b := range Defaults() {
		if keys, ok := rebound[string(b.Action)]; ok {
			b.Keys = strings.Fields(keys)
		} else {
			b.Keys = slices.DeleteFunc(b.Keys, func(key string) bool { return taken[key] })
		}
		m.bindings = append(m.bindings, b)
		for _, key := range b.Keys {
			m.actions[key] = b.Action
		}
	}
	m.actions["ctrl+c"] = Quit
	return m
}

// Action is what a key does, "" when that is nothing. The key is named as
// bubbletea does.
func (m Map) Action(key string) Action {
	if key == " " {
		key = "space"
	}
	return m.actions[key]
}

// Bindings are all actions with the keys they have.
func (m Map) Bindings() []Binding { return m.bindings }

// Of is the binding of an action.
func (m Map) Of(a Action) Binding {
	i := slices.IndexFunc(m.bindings, func(b Binding) bool { return b.Action == a })
	return m.bindings[i]
}

// Names are those of all actions.
func Names() []string {
	var names []string
	for _, b := range Defaults() {
		names = append(names, string(b.Action))
	}
	return names
}

// CheckKeys says what is wrong with the keys given to an action, or nothing.
func CheckKeys(keys string) string {
	for _, key := range strings.Fields(keys) {
		base := key
		for {
			mod, rest, ok := strings.Cut(base, "+")
			if !ok || rest == "" || !slices.Contains([]string{"ctrl", "alt", "shift"}, mod) {
				break
			}
			base = rest
		}
		if len([]rune(base)) != 1 && !slices.Contains(named(), base) {
			return fmt.Sprintf("%q is not a key; write for example %q, %q or %q, and several with spaces between them", key, "x", "ctrl+r", "f5")
		}
	}
	return ""
}

// CheckAll says what is wrong with the table as a whole, and where, or nothing.
func CheckAll(rebound map[string]string) (action, problem string) {
	of := map[string]string{}
	for _, action := range slices.Sorted(maps.Keys(rebound)) {
		for _, key := range strings.Fields(rebound[action]) {
			if other, ok := of[key]; ok && other != action {
				return action, fmt.Sprintf("has the key %q, which %s has too; a key can do one thing", key, other)
			}
			of[key] = action
		}
	}
	return "", ""
}

// named are the keys with names.
func named() []string {
	names := []string{
		"enter", "tab", "esc", "space", "backspace", "delete", "insert",
		"up", "down", "left", "right", "home", "end", "pgup", "pgdown",
	}
	for n := 1; n <= 20; n++ {
		names = append(names, fmt.Sprintf("f%d", n))
	}
	return names
}
