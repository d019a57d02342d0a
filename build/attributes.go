package build

import (
	"io/fs"
	"maps"
	"os"
	"time"
)

// attributes are what a file has besides its content. A command may have given an
// executable capabilities, for instance.
type attributes struct {
	mode     fs.FileMode
	time     time.Time
	owner    owner
	extended map[string]string // security.capability, user.…
}

// readAttributes reads as many as can be read.
func readAttributes(path string) attributes {
	info, err := os.Stat(path)
	if err != nil {
		return attributes{}
	}
	return attributes{info.Mode(), info.ModTime(), ownerOf(info), readExtended(path)}
}

// equal reports whether two files differ in their content and age alone.
func (a attributes) equal(b attributes) bool {
	return a.mode == b.mode && a.owner == b.owner && maps.Equal(a.extended, b.extended)
}

// give gives a file of ours these attributes. Some are not ours to give: then the file goes
// without.
func (a attributes) give(path string) error {
	if a.owner.give(path) != nil {
		a.mode &^= fs.ModeSetuid | fs.ModeSetgid // they would be another owner's rights
	}
	if err := os.Chmod(path, a.mode); err != nil { // after the owner, whose change clears some bits
		return err
	}
	giveExtended(path, a.extended)
	return os.Chtimes(path, time.Time{}, a.time)
}
