package control

import "io/fs"

// ownedByUs returns true: on Windows the temporary directory is the user's own.
func ownedByUs(fs.FileInfo) bool { return true }
