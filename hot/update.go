package hot

import (
	"fmt"
	"reflect"

	"hotreload/hot/internal/process"
)

// Kind is what was updated.
type Kind string

// The kinds of updates.
const (
	PluginLoaded Kind = process.PluginLoaded // a newer version of a plugin serves
	TunableSet   Kind = process.TunableSet   // a tunable was set
)

// Update is something that changed in the running process.
type Update struct {
	Kind Kind
	Name string // of the plugin, or of the tunable as the user typed it: "limits.Rate"

	// Value is the new value of a tunable, of its own type.
	Value any

	// What became of the state of the plugin's previous version: paths of fields, such as
	// "Counter.hits". Dropped ones are not in the new version, Zeroed ones start from zero.
	Carried, Dropped, Zeroed, Converted []string
}

// Updater receives updates.
type Updater interface{ Update(Update) error }

// OnUpdate calls u.Update for each update from now on, one at a time: a newer version of a
// plugin serves, or a tunable was set. An error or a panic is logged. Hotreload reports the
// update when u has returned. If u's type is declared in a plugin, u is called as long as that
// version of the plugin serves. Without hotreload there are no updates.
func OnUpdate(u Updater) { theApp().onUpdate(u) }

func (a *app) onUpdate(u Updater) {
	of := reflect.TypeOf(u)
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	a.process.OnChange(fmt.Sprintf("%T", u), of.PkgPath(), func(c process.Change) error {
		return u.Update(Update{
			Kind: Kind(c.Kind), Name: c.Name, Value: c.Value,
			Carried: c.Carried, Dropped: c.Dropped, Zeroed: c.Zeroed, Converted: c.Converted,
		})
	})
}
