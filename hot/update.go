package hot

import (
	"fmt"

	"hotreload/hot/internal/process"
)

// Kind is what was updated.
type Kind string

// The kinds of updates.
const (
	PluginLoaded Kind = process.PluginLoaded // a newer version of a plugin serves
	TunableSet   Kind = process.TunableSet   // somebody has set a tunable
)

// Update is something that changed in the running process.
type Update struct {
	Kind Kind
	Name string // of the plugin, or of the tunable as somebody has typed it: "limits.Rate"

	// Value is what a tunable is now, of the type that it has.
	Value any

	// What became of the state of the plugin's version before: paths of fields, such as
	// "Counter.hits". Dropped is not in the new version, Zeroed begins anew in it.
	Carried, Dropped, Zeroed, Converted []string
}

// Updater is told of updates.
type Updater interface{ Update(Update) error }

// OnUpdate has u told of each update from now on: when a newer version of a plugin
// serves, or a tunable has been set. Its error is logged, as is a panic. Without hotreload there
// are no updates. Updates come one at a time; hotreload waits for u to return before it says
// that a plugin is loaded or a tunable set.
func OnUpdate(u Updater) { theApp().onUpdate(u) }

func (a *app) onUpdate(u Updater) {
	a.process.OnChange(fmt.Sprintf("%T", u), func(c process.Change) error {
		return u.Update(Update{
			Kind: Kind(c.Kind), Name: c.Name, Value: c.Value,
			Carried: c.Carried, Dropped: c.Dropped, Zeroed: c.Zeroed, Converted: c.Converted,
		})
	})
}
