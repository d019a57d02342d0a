package tui

import "os"

// onResize never tells: on Windows apps have no terminals that could be connected.
func onResize() (resized <-chan os.Signal, stop func()) { return nil, func() {} }
