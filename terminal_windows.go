package main

import "os"

// awaitForeground: Windows has no jobs.
func awaitForeground(*os.File) {}

// onHangup: on Windows the next write tells.
func onHangup(*os.File, func()) (stop func()) { return func() {} }
