package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hotreload/internal/ownership"
)

// maxSize is far above any config written by hand. It bounds what a slip such as
// -c /dev/zero costs.
const maxSize = 1 << 20

// location is where the config is read from.
type location struct {
	file  string // absolute; empty if there is none
	shown string // file as the user would type it
	root  string
	began string // where the search began; empty: the user named the file
}

// locate finds the config file without reading it. A file named with -c is taken
// as it is; reading it reports what is wrong with it.
func locate(o Options) location {
	dir := filepath.Clean(o.Dir)
	if o.File != "" {
		file := o.File
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		return location{file: file, shown: shownAs(file, dir), root: dir}
	}
	if o.Bare {
		return location{root: dir}
	}
	top := searchTop(dir)
	for at := dir; ; at = filepath.Dir(at) {
		file := filepath.Join(at, FileName)
		// Anything with this name ends the search, even a broken link or a
		// directory: to pass over it would hide the mistake.
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			return location{file: file, shown: shownAs(file, dir), root: at, began: dir}
		}
		if at == top {
			return location{root: dir}
		}
	}
}

// searchTop is the last directory to search: the root of the workspace or module
// that contains dir, or dir itself outside of any module.
func searchTop(dir string) string {
	module := above(dir, "go.mod")
	if module == "" {
		return dir
	}
	if os.Getenv("GOWORK") == "off" {
		return module
	}
	if workspace := above(module, "go.work"); workspace != "" {
		return workspace
	}
	return module
}

// above is the nearest directory, from dir upwards, that has a file of this name.
func above(dir, name string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// shownAs is file as a user in dir would type it.
func shownAs(file, dir string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return file
	}
	return rel
}

// read returns the text of the config file, without a byte order mark.
func read(place location) ([]byte, *Error) {
	if err := place.foreign(); err != nil {
		return nil, err
	}
	data, err := readLimited(place.file)
	if err != nil {
		return nil, &Error{File: place.shown, Message: unreadable(err)}
	}
	if len(data) > maxSize {
		return nil, &Error{File: place.shown, Message: fmt.Sprintf(
			"is larger than %d KiB, too large for a config file; check the path", maxSize>>10)}
	}
	return withoutBOM(data), nil
}

// foreign refuses a config that was found and that another user may have put there: its
// commands would run as us.
func (l location) foreign() *Error {
	if l.began == "" {
		return nil
	}
	err := ownership.Check(l.file, l.began)
	if err == nil {
		return nil
	}
	return &Error{File: l.shown, Message: fmt.Sprintf(
		"the commands in this config would run as you, but %v; if you trust it, name it: hotreload -c %s", err, printable(l.shown))}
}

// errPipe is a config file that might never be readable to its end.
var errPipe = errors.New("it is a named pipe")

func readLimited(file string) ([]byte, error) {
	// Opening a pipe would wait for its writer. A pipe from the shell, as in -c <(…), has one.
	shell := strings.HasPrefix(file, "/dev/") || strings.HasPrefix(file, "/proc/")
	if info, err := os.Stat(file); err == nil && info.Mode()&fs.ModeNamedPipe != 0 && !shell {
		return nil, errPipe
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

func unreadable(err error) string {
	reason := err
	// The error's File names the path already.
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		reason = pathErr.Err
	}
	advice := "it must be a file that you may read"
	if errors.Is(err, fs.ErrNotExist) {
		advice = "check the path, or run hotreload init to write a config"
	}
	return fmt.Sprintf("cannot read the config: %v; %s", reason, advice)
}
