package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"hotreload/build/gocmd"
)

// brokerSources are where the broker's sources lie among ours.
var brokerSources = []string{"go.mod", "go.sum", brokerName, "internal/bus/broker"}

// brokerPatience bounds its build, which includes the download of what it is made of.
const brokerPatience = 10 * time.Minute

// makeBroker builds the broker for this user, unless that has been done.
func makeBroker(sources fs.FS, say func(string)) (string, error) {
	if sources == nil {
		return "", errNoBroker
	}
	files, sum, err := readSources(sources)
	if err != nil {
		return "", err
	}
	base, err := os.UserCacheDir()
	if err != nil {
		base = fallbackCache()
	}
	dir := filepath.Join(base, "hotreload", "broker")
	if err := private(filepath.Dir(dir), dir); err != nil {
		return "", err
	}
	program := filepath.Join(dir, sum, executableName(brokerName))
	if isFile(program) {
		return program, nil
	}
	left, _ := filepath.Glob(filepath.Join(dir, "source-*")) // by one that was killed; an error: the pattern is wrong
	for _, old := range left {
		if info, err := os.Stat(old); err == nil && time.Since(info.ModTime()) > brokerPatience {
			_ = os.RemoveAll(old)
		}
	}
	say("building the broker; this takes a minute, once")
	source, err := os.MkdirTemp(dir, "source-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(source)
	for name, text := range files {
		to := filepath.Join(source, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, text, 0o600)); err != nil {
			return "", err
		}
	}
	if err := buildBroker(source); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
		return "", err
	}
	return program, os.Rename(filepath.Join(source, builtName), program)
}

// builtName is what the result is called beside its sources.
const builtName = "built"

// readSources reads what the broker is made of. The sum names the result: it is another one
// with another version of Go.
func readSources(sources fs.FS) (files map[string][]byte, sum string, err error) {
	files = map[string][]byte{}
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, root := range brokerSources {
		err := fs.WalkDir(sources, root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(sources, name)
			files[name] = text
			fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
			return err
		})
		if err != nil {
			return nil, "", err
		}
	}
	return files, hex.EncodeToString(hash.Sum(nil)[:8]), nil
}

// buildBroker builds it where its sources are.
func buildBroker(source string) error {
	ctx, cancel := context.WithTimeout(context.Background(), brokerPatience)
	defer cancel()
	run := gocmd.NewRunner(source) // so that nothing of the build is left when we are killed
	defer run.Close()
	env := gocmd.Environ(source, map[string]string{"GOWORK": "off", "GOFLAGS": "", "GOOS": "", "GOARCH": ""})
	text, err := run.Run(ctx, []string{"go", "build", "-o", builtName, "./" + brokerName}, env)
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return fmt.Errorf("build the broker: %w: %s; with bus.url hotreload uses a NATS server of yours instead", err, lines[len(lines)-1])
}

// executableName is what a program's file is called here.
func executableName(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
