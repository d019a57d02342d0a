package cli

import "os"

// onHangup: on Windows the next write tells.
func onHangup(*os.File, func()) (stop func()) { return func() {} }
