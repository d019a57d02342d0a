package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const airModule, airVersion = "github.com/air-verse/air", "v1.67.4"

// moduleDir fetches a module and returns where the module cache has it.
func moduleDir(ctx context.Context, w *workspace, path, version string) (string, error) {
	out, err := w.run(ctx, w.dir, "go", "mod", "download", "-json", path+"@"+version)
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", path, err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return "", fmt.Errorf("fetch %s: understand what go mod download says: %w", path, err)
	}
	return module.Dir, nil
}

// installAir builds air into the workspace and returns its path.
func installAir(ctx context.Context, w *workspace) (string, error) {
	progress("installing air %s", airVersion)
	bin := filepath.Join(w.dir, "bin")
	installer := *w
	installer.env = append(installer.env[:len(installer.env):len(installer.env)], "GOBIN="+bin)
	if _, err := installer.run(ctx, w.dir, "go", "install", airModule+"@"+airVersion); err != nil {
		return "", fmt.Errorf("install air: %w", err)
	}
	return find(bin, "air")
}

// buildHotreload builds this repository's hotreload and returns its path.
func buildHotreload(ctx context.Context, w *workspace) (string, error) {
	progress("building hotreload")
	bin := filepath.Join(w.dir, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		return "", fmt.Errorf("build hotreload: %w", err)
	}
	if _, err := w.run(ctx, ".", "go", "build", "-o", bin+string(filepath.Separator), "hotreload"); err != nil {
		return "", fmt.Errorf("build hotreload (run the bench inside its repository): %w", err)
	}
	return find(bin, "hotreload")
}

// find is the path of an executable in a directory, whatever the system calls it.
func find(dir, name string) (string, error) { return exec.LookPath(filepath.Join(dir, name)) }
