package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"strings"

	"hotreload/internal/supervise"
)

const airModule, airVersion = "github.com/air-verse/air", "v1.67.4"

// withHot has package hot or hotplug in the app's module, as `hotreload add` puts it there.
func withHot(ctx context.Context, w *workspace, hotreload, what string, layOut func(tree string) error) func(tree string) error {
	return func(tree string) error {
		if err := layOut(tree); err != nil {
			return err
		}
		_, err := w.run(ctx, tree, hotreload, "add", what)
		return err
	}
}

// writeFiles writes texts to files below a directory, and makes their directories.
func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("lay out the app: %w", err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return fmt.Errorf("lay out the app: %w", err)
		}
	}
	return nil
}

// installAir builds air into the workspace and returns its path.
func installAir(ctx context.Context, w *workspace) (string, error) {
	return install(ctx, w, airModule, airVersion)
}

// install builds a command into the workspace and returns its path.
func install(ctx context.Context, w *workspace, pkg, version string) (string, error) {
	name := path.Base(pkg)
	progress("installing %s %s", name, version)
	bin := filepath.Join(w.dir, "bin")
	installer := *w
	installer.env = append(installer.env[:len(installer.env):len(installer.env)], "GOBIN="+bin)
	if _, err := installer.run(ctx, w.dir, "go", "install", pkg+"@"+version); err != nil {
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	return find(bin, name)
}

// ourModule is the path of this repository's module.
func ourModule() string {
	const pkg = "/internal/supervise"
	return strings.TrimSuffix(reflect.TypeFor[supervise.Process]().PkgPath(), pkg)
}

// buildHotreload builds this repository's hotreload and returns its path.
func buildHotreload(ctx context.Context, w *workspace) (string, error) {
	progress("building hotreload")
	bin := filepath.Join(w.dir, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		return "", fmt.Errorf("build hotreload: %w", err)
	}
	root, err := repository(ctx, w)
	if err != nil {
		return "", err
	}
	if _, err := w.run(ctx, root, "go", "build", "-o", bin+string(filepath.Separator), "."); err != nil {
		return "", fmt.Errorf("build hotreload: %w", err)
	}
	return find(bin, path.Base(ourModule()))
}

// repository is the directory of this repository's module, whose go.sum, unlike the bench's,
// knows all that hotreload needs.
func repository(ctx context.Context, w *workspace) (string, error) {
	root, err := w.run(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}", ourModule())
	if err != nil {
		return "", fmt.Errorf("find hotreload's source (run the bench inside its repository): %w", err)
	}
	return strings.TrimSpace(string(root)), nil
}

// find is the path of an executable in a directory, whatever the system calls it.
func find(dir, name string) (string, error) { return exec.LookPath(filepath.Join(dir, name)) }
