//go:build !cgo || !(linux || darwin || freebsd)

package hotplug

import (
	"errors"
	"runtime"
)

func openPlugin(string) (lookup, error) {
	return nil, errors.New("Go has no plugins here (" + runtime.GOOS + "/" + runtime.GOARCH +
		"): they need linux, darwin or freebsd, and an app that is built with CGO_ENABLED=1")
}
