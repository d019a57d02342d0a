//go:build cgo && (linux || darwin || freebsd)

package hotplug

import "plugin"

func openPlugin(path string) (lookup, error) {
	p, err := plugin.Open(path)
	if err != nil {
		return nil, err
	}
	return func(symbol string) (any, error) { return p.Lookup(symbol) }, nil
}
