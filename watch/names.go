package watch

import (
	"os"
	"path/filepath"
)

// otherNames are the other paths that are watched of a file that has several, which are called
// hard links. The system reports a write only by the name that it was made by.
func (v *view) otherNames(path string) (others []string) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || namesOf(info) < 2 {
		return nil
	}
	inode := identityOf(info).inode
	for dir, d := range v.tree {
		for name, e := range d.entries {
			other := filepath.Join(dir, name)
			if e.kind != file || e.ignored || e.stamp.inode != inode || other == path {
				continue
			}
			if there, err := os.Lstat(other); err == nil && os.SameFile(info, there) {
				others = append(others, other)
			}
		}
	}
	return others
}
