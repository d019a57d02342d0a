package gitignore

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Settings is what git's configuration says about ignoring.
type Settings struct {
	ExcludesFile string // core.excludesFile, the user's ignore file for all repositories; empty: none
	IgnoreCase   bool   // core.ignoreCase
}

// ReadSettings asks git for the settings that hold in a directory: only git itself
// knows which files its configuration is spread over. Without git, or with a
// configuration that it refuses, the settings are git's defaults.
func ReadSettings(dir string) Settings {
	s := Settings{ExcludesFile: defaultExcludesFile()}
	if path, set := setting(dir, "path", "core.excludesFile"); set {
		s.ExcludesFile = path
	}
	fold, _ := setting(dir, "bool", "core.ignoreCase")
	s.IgnoreCase = fold == "true"
	return s
}

// setting asks git for a setting, and whether that is set.
func setting(dir, kind, key string) (value string, set bool) {
	cmd := exec.Command("git", "config", "-z", "--type="+kind, "--get", key)
	cmd.Dir = dir
	out, err := cmd.Output()
	return strings.TrimSuffix(string(out), "\x00"), err == nil
}

func defaultExcludesFile() string {
	config := os.Getenv("XDG_CONFIG_HOME")
	if config == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		config = filepath.Join(home, ".config")
	}
	return filepath.Join(config, "git", "ignore")
}

// userFile returns the path of the user's ignore file, or "".
func (s Settings) userFile(top string) string {
	if s.ExcludesFile == "" || filepath.IsAbs(s.ExcludesFile) {
		return s.ExcludesFile
	}
	return filepath.Join(top, s.ExcludesFile)
}

// isTop reports whether a directory is the top of a work tree.
func isTop(dir string) bool { return gitDir(dir) != "" }

// gitDir returns where the repository whose work tree is at top keeps its own files,
// or "". In a linked work tree and in a submodule .git is a file that says where.
func gitDir(top string) string {
	path := filepath.Join(top, ".git")
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return ""
	case !info.IsDir():
		text, err := read(path, os.Stat)
		to, says := strings.CutPrefix(text, "gitdir: ")
		if err != nil || !says {
			return ""
		}
		path = from(top, strings.TrimRight(to, "\r\n"))
	}
	if _, err := os.Lstat(filepath.Join(path, "HEAD")); err != nil {
		return "" // a directory that only has that name
	}
	return path
}

// excludeFile returns the info/exclude of the repository at top, or "". Linked work
// trees share that of the main one.
func excludeFile(top string) string {
	dir := gitDir(top)
	if dir == "" {
		return ""
	}
	if common, err := read(filepath.Join(dir, "commondir"), os.Stat); err == nil {
		dir = from(dir, strings.TrimRight(common, "\r\n"))
	}
	return filepath.Join(dir, "info", "exclude")
}

// from resolves a path that is written in a file in dir.
func from(dir, path string) string {
	if path = filepath.FromSlash(path); filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// read reads a whole file. stat says whether it is one: to read a pipe, say, could
// take forever.
func read(path string, stat func(string) (fs.FileInfo, error)) (string, error) {
	info, err := stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", &fs.PathError{Op: "read", Path: path, Err: fs.ErrInvalid}
	}
	text, err := os.ReadFile(path)
	return string(text), err
}
