package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// home is where the versions of an app are run from: one path for all of them, in all
// sessions. Apps keep files beside their executable, which they find by os.Args[0] or
// os.Executable, and some start themselves again by that path. So a version is put there
// when it is started, and the one before it when it does not come to serve. Those that run
// keep their files: what is replaced is the name alone. Nothing else there is touched.
//
// The home of build.command's output is where the command writes it. There the file itself
// runs, with the capabilities and attributes that the command gave it.
type home struct {
	name string // what the app is called: its os.Args[0]

	// busy is held while build.command may write here, and from when a version is put here
	// until it is executing.
	busy sync.Mutex
	file fs.FileInfo // what we put or took here last; nil: nothing yet
	from string      // the artifact that it is
}

// Installed is an artifact at the path that it is run from. Until it is released, no other
// version takes its place.
type Installed struct {
	Path    string // to execute
	Name    string // for os.Args[0]
	Release func()
}

// Install puts an artifact where its app is run from, in place of the version there.
func (a Artifact) Install() (Installed, error) {
	if a.home == nil {
		return Installed{a.Path, a.Path, func() {}}, nil
	}
	if !a.home.busy.TryLock() { // build.command writes there
		at := beside(a.at, "hotreload")
		return Installed{at, a.home.name, func() {}}, a.put(at)
	}
	err := a.settle()
	if err != nil {
		a.home.busy.Unlock()
	}
	return Installed{a.at, a.home.name, a.home.busy.Unlock}, err
}

// settle puts the artifact at its path, unless it is there.
func (a Artifact) settle() error {
	if there, err := os.Stat(a.at); err == nil && a.home.from == a.Path && a.home.has(there) {
		return nil
	}
	if err := a.put(a.at); err != nil {
		return err
	}
	if !executable(a.at) {
		return fmt.Errorf("programs cannot run from %s, because its file system is mounted noexec; set XDG_CACHE_HOME to a directory on another one", filepath.Dir(a.at))
	}
	return a.home.holds(a)
}

// holds notes that an artifact is at its path now.
func (h *home) holds(a Artifact) (err error) {
	h.file, err = os.Stat(a.at)
	h.from = a.Path
	return err
}

// has reports whether a file that is here is the one that we know of.
func (h *home) has(there fs.FileInfo) bool {
	if artifact, err := os.Stat(h.from); err == nil && os.SameFile(there, artifact) {
		return true
	}
	// The number of a file that is gone may be another file's.
	return h.file != nil && os.SameFile(there, h.file) && there.ModTime().Equal(h.file.ModTime()) && there.Size() == h.file.Size()
}

// put makes a path the artifact's.
func (a Artifact) put(at string) error {
	err := os.MkdirAll(filepath.Dir(at), 0o755)
	if err == nil {
		err = put(a.Path, at, copyFile)
	}
	if err != nil {
		return fmt.Errorf("put the app's executable where it is run from: %w", err)
	}
	return nil
}

// put replaces a file by another name of the same file. Where there cannot be one, because
// it is another file system for instance, otherwise makes the new file.
func put(from, to string, otherwise func(from, to string) error) error {
	temp := beside(to, "hotreload-new")
	_ = os.Remove(temp) // left by a session that was killed
	err := os.Link(from, temp)
	if err != nil {
		err = otherwise(from, temp)
	}
	if err == nil {
		err = replace(temp, to)
	}
	_ = os.Remove(temp)
	return err
}

// replace moves a file to the path of another one, which may be running.
func replace(from, to string) error {
	err := os.Rename(from, to)
	if err == nil || runtime.GOOS != "windows" {
		return err
	}
	// There, an executable that runs cannot be replaced, but it can be moved.
	old := beside(to, "hotreload-old")
	_ = os.Remove(old)
	if moved := os.Rename(to, old); moved != nil {
		return errors.Join(err, moved)
	}
	return os.Rename(from, to)
}

// beside is a path in the directory of another one, for a file of ours. To the watcher it
// is a temporary file.
func beside(path, what string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+what+"~")
}

// removeBeside removes the files of ours beside an executable.
func removeBeside(path string) {
	for _, what := range []string{"hotreload", "hotreload-new", "hotreload-old"} {
		_ = os.Remove(beside(path, what))
	}
}

// inCache gives an artifact its home in the cache.
func (b *Builder) inCache(a Artifact, name string) Artifact {
	a.at = filepath.Join(b.cache, "app", name, name)
	a.home = b.homeAt(a.at)
	return a
}

// homeAt is the home of what is called by a path.
func (b *Builder) homeAt(name string) *home {
	if b.homes[name] == nil {
		b.homes[name] = &home{name: name}
	}
	return b.homes[name]
}

// vacate removes our executables from where apps are run, and keeps what the apps keep there.
func (b *Builder) vacate() {
	for name := range b.homes {
		if path, _, err := resolve(name); err == nil {
			name = path
		}
		removeBeside(name)
	}
	apps := filepath.Join(b.cache, "app")
	entries, _ := os.ReadDir(apps) // an error: there are none
	for _, e := range entries {
		dir := filepath.Join(apps, e.Name())
		executable := filepath.Join(dir, e.Name())
		removeBeside(executable)
		_ = os.Remove(executable)
		_ = os.Remove(dir) // unless there is more in it
	}
	_ = os.Remove(apps)
	_ = os.Remove(b.cache)
}
