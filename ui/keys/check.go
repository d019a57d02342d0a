package keys

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Problem is what is wrong with an entry of [ui.keys], and what to write instead.
type Problem struct {
	Action  string // the entry's name
	AtName  bool   // the name is wrong, not the keys
	Message string
}

// Check lists what is wrong with a [ui.keys] table.
func Check(rebound map[string]string) []Problem {
	var found []Problem
	boundTo := map[string]string{}
	for _, action := range slices.Sorted(maps.Keys(rebound)) {
		if !slices.Contains(names(), action) {
			found = append(found, Problem{action, true, noAction(action)})
			continue
		}
		if action == string(Detach) && strings.TrimSpace(rebound[action]) == "" {
			found = append(found, Problem{action, false, "it needs a key, or nothing would take the terminal back from the app"})
		}
		for _, key := range strings.Fields(rebound[action]) {
			other, bound := boundTo[key]
			switch {
			case !isKey(key):
				found = append(found, Problem{action, false, fmt.Sprintf(
					`%q is not a key; write for example "x", "ctrl+r" or "f5", and several with spaces between them`, key)})
			case action == string(Detach) && !isControl(key):
				found = append(found, Problem{action, false, fmt.Sprintf(
					`the app has all keys, so %q cannot take the terminal back from it; write a control key such as "ctrl+]" or "ctrl+g"`, key)})
			case bound && other != action:
				found = append(found, Problem{action, false, fmt.Sprintf("the key %q is bound to %s, too; choose another", key, other)})
			}
			boundTo[key] = action
		}
	}
	return found
}

// noAction says that a name is not an action, and names the nearest or all.
func noAction(name string) string {
	near := slices.MinFunc(names(), func(a, b string) int {
		return levenshtein.ComputeDistance(name, a) - levenshtein.ComputeDistance(name, b)
	})
	if levenshtein.ComputeDistance(name, near) > (len(name)+1)/3 {
		return "there is no such action; the actions are " + strings.Join(names(), ", ")
	}
	return "there is no such action; did you mean " + near + "?"
}

// names are those of all actions.
func names() []string {
	var all []string
	for _, b := range Defaults() {
		all = append(all, string(b.Action))
	}
	return all
}

// isKey reports whether bubbletea has a key of this name.
func isKey(key string) bool {
	for {
		modifier, rest, ok := strings.Cut(key, "+")
		if !ok || rest == "" || !slices.Contains([]string{"ctrl", "alt", "shift"}, modifier) {
			break
		}
		key = rest
	}
	return len([]rune(key)) == 1 || slices.Contains(longKeys(), key)
}

func isControl(key string) bool {
	_, ok := control(key)
	return ok
}

// longKeys are the keys whose names are words.
func longKeys() []string {
	all := []string{
		"enter", "tab", "esc", "space", "backspace", "delete", "insert",
		"up", "down", "left", "right", "home", "end", "pgup", "pgdown",
	}
	for n := 1; n <= 20; n++ {
		all = append(all, fmt.Sprintf("f%d", n))
	}
	return all
}
