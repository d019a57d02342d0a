package build

import "io/fs"

// owner is whose a file is. It does not matter on Windows.
type owner struct{}

func ownerOf(fs.FileInfo) owner { return owner{} }

func (owner) give(string) error { return nil }

// executable is true: there, the name of a file decides.
func executable(string) bool { return true }
