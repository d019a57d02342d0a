// Package keys lists the screen's actions and the keys that they are bound to.
//
// In goes the [ui.keys] table; out comes a Map, which finds the action of a key
// and the keys of an action. What always holds: a key does one thing; Ctrl-C
// quits, whatever it is bound to.
package keys

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
)

// Action is what a key can do, by its name in the config.
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
	Attach    Action = "attach"
	Detach    Action = "detach"
	Values    Action = "values"
	Instances Action = "instances"
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
	Key    key.Binding // its help is the first key, and the action in a word
	Doc    string      // the action in a sentence
}

// bind makes a binding to keys with spaces between them.
func bind(a Action, keys, short, doc string) Binding {
	b := Binding{Action: a, Doc: doc, Key: key.NewBinding(key.WithHelp("", short))}
	b.rebind(strings.Fields(keys))
	return b
}

func (b *Binding) rebind(names []string) {
	if len(names) == 0 {
		b.Key.Unbind()
		return
	}
	b.Key.SetKeys(names...)
	b.Key.SetHelp(shown(names[0]), b.Key.Help().Desc)
}

// All are the binding's keys as the screen shows them.
func (b Binding) All() string {
	var all []string
	for _, name := range b.Key.Keys() {
		all = append(all, shown(name))
	}
	return strings.Join(all, " ")
}

// shown is how the screen shows a key.
func shown(name string) string {
	switch name {
	case "down":
		return "↓"
	case "up":
		return "↑"
	case "pgdown":
		return "PgDn"
	case "pgup":
		return "PgUp"
	}
	return name
}

// Defaults are all actions in the order in which help lists them.
func Defaults() []Binding {
	return []Binding{
		bind(Rebuild, "r", "rebuild", "build, and start the result if it differs"),
		bind(Restart, "R", "restart", "restart the app without a build"),
		bind(Pause, "p", "pause", "collect changes; again: act on them"),
		bind(Input, "i", "input", "type a line for the app"),
		bind(Values, "t", "values", "the tunables of the running app"),
		bind(Instances, "I", "instances", "the instances of the app elsewhere"),
		bind(Set, "s", "set", "set a tunable: type NAME VALUE"),
		bind(Open, "o", "open", "open the app's address in the browser"),
		bind(Edit, "e", "edit", "open the problem in your editor"),
		bind(Select, "enter", "open", "open a problem in your editor, or the details of a cycle"),
		bind(Output, "1", "output", "what the app prints"),
		bind(Build, "2", "build", "what hotreload did, and what the compiler said"),
		bind(Problems, "3", "problems", "errors and panics, with their source"),
		bind(History, "4", "history", "what each save led to, and how long it took"),
		bind(NextTab, "tab", "next", "the next tab"),
		bind(PrevTab, "shift+tab", "previous", "the previous tab"),
		bind(Search, "/", "search", "find lines; lower case matches upper case, too"),
		bind(NextMatch, "n", "next match", "the next match, further down"),
		bind(PrevMatch, "N", "previous match", "the previous match, further up"),
		bind(Filter, "&", "filter", "only lines that match; an empty filter shows all"),
		bind(Down, "j down", "down", "one line down, or the next item"),
		bind(Up, "k up", "up", "one line up, or the previous item"),
		bind(PageDown, "pgdown space ctrl+d", "page down", "a page down"),
		bind(PageUp, "pgup b ctrl+u", "page up", "a page up"),
		bind(Top, "g home", "top", "the beginning"),
		bind(Bottom, "G end", "bottom", "the end, and follow it"),
		bind(Follow, "f", "follow", "follow new lines, or stop"),
		bind(Wrap, "w", "wrap", "wrap long lines, or cut them"),
		bind(Clear, "c", "clear", "clear this tab"),
		bind(Copy, "y", "copy", "copy the text in view, or the problem (OSC 52)"),
		bind(Mouse, "m", "mouse", "mouse for scrolling and clicks, or for selecting text"),
		bind(Back, "esc", "back", "leave a search, a filter, details or help"),
		bind(Attach, "a", "attach", "give the app the whole terminal and all keys"),
		bind(Detach, "ctrl+]", "detach", "take the terminal back from the app"),
		bind(Suspend, "ctrl+z", "suspend", "suspend to the shell; fg resumes"),
		bind(Help, "? h", "help", "this list"),
		bind(Quit, "q ctrl+c", "quit", "stop the app and quit"),
	}
}

// Map knows which keys do what.
type Map struct{ bindings []Binding }

// New is the default map with the actions of [ui.keys] on other keys. A key that
// was bound to another action by default is taken from it.
func New(rebound map[string]string) Map {
	var taken []string
	for _, keys := range rebound {
		taken = append(taken, strings.Fields(keys)...)
	}
	var m Map
	for _, b := range Defaults() {
		if keys, ok := rebound[string(b.Action)]; ok {
			b.rebind(strings.Fields(keys))
		} else {
			b.rebind(slices.DeleteFunc(b.Key.Keys(), func(key string) bool { return slices.Contains(taken, key) }))
		}
		m.bindings = append(m.bindings, b)
	}
	return m
}

// Action is what a key does; empty: nothing.
func (m Map) Action(pressed fmt.Stringer) Action {
	name := named(pressed.String())
	if name == "ctrl+c" {
		return Quit
	}
	for _, b := range m.bindings {
		if key.Matches(name, b.Key) {
			return b.Action
		}
	}
	return ""
}

// named is a key by the name that the config has for it.
type named string

func (n named) String() string {
	if n == " " {
		return "space"
	}
	return string(n)
}

// Control are the control characters that a terminal sends for the keys of an action. Keys
// of other kinds have none.
func (m Map) Control(a Action) []byte {
	var all []byte
	for _, name := range m.Of(a).Key.Keys() {
		if c, ok := control(name); ok {
			all = append(all, c)
		}
	}
	return all
}

// control is the control character of a key such as ctrl+]. Ctrl-[ is the beginning of all
// that other keys send.
func control(name string) (byte, bool) {
	letter, ok := strings.CutPrefix(name, "ctrl+")
	if !ok || len(letter) != 1 || letter == "[" || !strings.Contains("@\\]^_", letter) && (letter < "a" || letter > "z") {
		return 0, false
	}
	return letter[0] & 0x1f, true
}

// Bindings are all actions with their keys.
func (m Map) Bindings() []Binding { return m.bindings }

// Of is the binding of an action.
func (m Map) Of(a Action) Binding {
	return m.bindings[slices.IndexFunc(m.bindings, func(b Binding) bool { return b.Action == a })]
}
