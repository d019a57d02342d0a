package watch

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/internal/paths"
)

// maxLinks is how many links the system follows to the end of a path.
const maxLinks = 40

// trail follows a link as the system does, and notes what it looks up on the way:
// what comes, goes or is renamed there makes the link lead elsewhere.
type trail struct {
	root string // under which the project is watched
	real string // where that is, without links

	looked []string // the paths that are looked up, one after the other
	dirs   []string // those that have to be watched to notice a change of the trail
}

// follow returns the paths that are looked up to find what a link leads to, and the
// directories to be watched for it. Directories that hold the root are not watched,
// busy as they are, unless a link or the end of the trail is in them.
func (t trail) follow(path string) (looked, dirs []string) {
	text, err := os.Readlink(path)
	at, _ := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil || at == "" {
		return nil, nil
	}
	ahead := names(text, &at)
	for links := 0; len(ahead) > 0; {
		name := ahead[0]
		ahead = ahead[1:]
		if name == ".." {
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, name)
		t.looked = append(t.looked, t.asWatched(next))
		info, err := os.Lstat(next)
		isLink := err == nil && info.Mode()&fs.ModeSymlink != 0
		if err != nil || isLink && !t.holdsRoot(next) || !isLink && (len(ahead) == 0 || !t.holdsRoot(at)) {
			t.dirs = append(t.dirs, t.asWatched(at))
		}
		if err != nil {
			break
		}
		if !isLink {
			at = next
			continue
		}
		if text, err = os.Readlink(next); err != nil || links == maxLinks {
			break
		}
		links++
		ahead = append(names(text, &at), ahead...)
	}
	return t.looked, t.dirs
}

func (t trail) holdsRoot(dir string) bool {
	return paths.Within(t.real, dir) || paths.Within(t.root, dir)
}

// asWatched returns the name under which a path is watched, which differs from its
// own if the root is reached through links.
func (t trail) asWatched(path string) string {
	if paths.Within(path, t.real) {
		return filepath.Join(t.root, paths.Rest(path, t.real))
	}
	return path
}

// names splits the text of a link in the directory at. If the text is absolute, at
// becomes the root of the file system.
func names(text string, at *string) []string {
	if filepath.IsAbs(text) {
		*at = filepath.VolumeName(text) + string(filepath.Separator)
		text = text[len(filepath.VolumeName(text)):]
	}
	return slices.DeleteFunc(strings.Split(filepath.ToSlash(text), "/"), func(name string) bool { return name == "" || name == "." })
}
