package tty

import "os"

// OnResize never tells: on Windows apps have no terminals that could be connected.
func OnResize() (resized <-chan os.Signal, stop func()) { return nil, func() {} }
