package control

import "io/fs"

// ownedByUs: the temporary directory of Windows is the user's own.
func ownedByUs(fs.FileInfo) bool { return true }
