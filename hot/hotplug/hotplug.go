// Package hotplug replaces parts of an app while it runs: those that live in Go plugins.
//
//	greeter, err := hotplug.Open[api.Greeter]("greet") // plugins/greet exports func New() api.Greeter
//	…
//	err = greeter.Do(func(g api.Greeter) error { return g.Greet(w) })
//
// In go the name of a plugin and, from hotreload, newer versions of it; out comes the value
// that the serving version's New returned, with the state of the version before it.
//
// What always holds: one version serves a call from its beginning to its end; no call is in
// progress while state moves; a version that cannot be loaded, whose New fails or that cannot
// take over the state changes nothing, and hotreload says why; a version that no longer serves
// is closed, if it has a method Close.
//
// Only this package imports plugin, which doubles the size of an app and the time to link
// it. Plugins need Linux, macOS or FreeBSD, and cgo; elsewhere Open returns an error.
//
// A version is opened under its path once: after a panic in an init, Go would block forever
// the second time. Whatever runs a plugin's code (init, New, Export, Import, Close) is guarded
// against panics, and given up on when it hangs.
package hotplug

// Open opens a plugin by its name, the last element of its package path. The plugin exports
// func New() T or func New() (T, error), where T is declared in a package that the app
// imports, too. Hotreload knows where the plugin's file is. Without hotreload it is NAME.so
// beside the executable, or in the directory that HOTRELOAD_PLUGINS names. Opening a plugin
// again returns the same slot.
func Open[T any](name string) (*Slot[T], error) { return openSlot[T](theHost(), name) }

// Exporter is implemented by a plugin's value that hands over its state by itself when it is
// about to be replaced.
type Exporter interface{ Export() (any, error) }

// Importer is implemented by a plugin's value that takes over state by itself: what the
// previous version exported, or that version's value if it is not an Exporter. Types that the
// plugin declares are different types in each version, under the same names, so the state
// should be made of types of the app or the standard library.
type Importer interface{ Import(old any) error }
