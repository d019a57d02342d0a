// Package ownership says whether a file that nobody named may decide what runs.
//
// In go the path of a file that was found by searching, and the directory that the search
// began in; out comes an *Error if the file is somebody else's and may have been put there
// for us to find. What always holds: a file of ours or of root is no error, and neither is one
// that only we or root can have put where it is.
//
// It is git's rule for safe.directory, but for two things. Git asks who owns a repository, and
// this who could have made the file: in a directory that only we can write to, a file of
// another owner was put there by us. And root may be started on a user's files, as it usually
// is in a container, where the user of the host has another number or none: root takes what
// belongs to the owner of the directory it lies in, who could replace all that is in there
// anyway. As with git, whoever calls sudo is trusted by the root that this makes.
package ownership

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Error is a file that is not to be trusted.
type Error struct {
	File string // absolute
	Who  string // its owner: "user bob (1001)"
}

func (e *Error) Error() string {
	return fmt.Sprintf("it belongs to %s, and not only you can write to %s", e.Who, filepath.Dir(e.File))
}

// Check judges a file that was found from start upwards. Where a link leads to it, both
// count. What is wrong with a file that cannot be looked at whoever reads it will say.
func Check(file, start string) error { return check(file, start, false) }

// CheckCode is Check for a file that only decides which code is built, and which the user has
// asked for by starting hotreload where it is: a file of the owner of start is no error
// either, because that user could change the code there as well. So the files of another user
// can be built, such as those that are mounted into a container.
func CheckCode(file, start string) error { return check(file, start, true) }

func check(file, start string, code bool) error {
	paths := []string{file}
	if target, err := filepath.EvalSymlinks(file); err == nil && target != file {
		paths = append(paths, target)
	}
	us := self()
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err != nil {
			continue
		}
		dir, err := os.Stat(filepath.Dir(path))
		if err != nil {
			continue
		}
		begun, err := os.Stat(start)
		if code && err == nil && ownedOf(info).uid == ownedOf(begun).uid {
			continue
		}
		if !us.trusts(ownedOf(info), ownedOf(dir), err == nil && os.SameFile(dir, begun)) {
			return &Error{File: path, Who: name(ownedOf(info).uid)}
		}
	}
	return nil
}

// owned is what counts of a file or directory.
type owned struct {
	uid  int
	mode fs.FileMode
}

// user is who runs hotreload.
type user struct {
	uid  int
	sudo int // who called sudo; -1: nobody
}

// root is the user that may do anything.
const root = 0

// is reports whether what another user does is as good as done by this one.
func (u user) is(uid int) bool {
	return uid == u.uid || uid == root || u.uid == root && uid == u.sudo
}

const (
	othersWrite = 0o022 // permissions
	allWrite    = 0o002
)

// trusts reports whether a file in a directory may be taken. began: the search began there.
func (u user) trusts(file, dir owned, began bool) bool {
	switch {
	case u.is(file.uid):
		return true
	case u.is(dir.uid) && dir.mode&othersWrite == 0:
		return true
	}
	return u.uid == root && file.uid == dir.uid && (began || dir.mode&allWrite == 0)
}
