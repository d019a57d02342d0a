package watch

import (
	"errors"
	"io/fs"
	"syscall"
)

// identityOf knows no identities here: each path counts as a directory of its own.
func identityOf(fs.FileInfo) identity { return identity{} }

func exhausted(err error) bool { return errors.Is(err, syscall.EMFILE) }
