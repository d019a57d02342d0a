//go:build !unix

package watch

import "io/fs"

// namesOf is not known here.
func namesOf(fs.FileInfo) uint64 { return 1 }
