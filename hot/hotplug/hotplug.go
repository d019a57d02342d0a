// Package hotplug has parts of an app replaced while it runs: those that live in Go
// plugins.
//
//	greeter, err := hotplug.Open[api.Greeter]("greet") // plugins/greet exports func New() api.Greeter
//	…
//	err = greeter.Do(func(g api.Greeter) error { return g.Greet(w) })
//
// In go the name of a plugin and, from hotreload, newer versions of it; out comes the
// value that the New of the version that serves has returned, with the state of the one
// before. What always holds: a call is served by one version from its beginning to its
// end; no call is under way while state moves; a version that cannot be loaded, whose New
// fails or that cannot take over the state changes nothing, and hotreload says why; a version
// that serves no more is closed, if it has Close.
//
// This is the only package of hotreload's that imports plugin, which doubles the size of an
// app and the time it takes to link it. It needs linux, darwin or freebsd and cgo;
// elsewhere it builds, and Open returns an error.
package hotplug

// Open plugs in the plugin of a name, the last element of its package's path. The plugin
// exports func New() T or func New() (T, error); T is declared in a package that the app
// imports, too. Hotreload knows where the plugin's file is. Without hotreload it is
// NAME.so beside the executable, or in the directory that the variable HOTRELOAD_PLUGINS
// names. To open a plugin twice gives the same slot.
func Open[T any](name string) (*Slot[T], error) { return openSlot[T](theHost(), name) }

// Exporter hands over the state of a version that is about to be replaced.
type Exporter interface{ Export() (any, error) }

// Importer takes over what the version before has exported, or that version's value
// itself if it is no Exporter. Of types that the plugin declares the new version has
// others than the old one, with the same names: what is handed over should be made of types
// of the app or the standard library.
type Importer interface{ Import(old any) error }
