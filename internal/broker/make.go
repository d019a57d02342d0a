package broker

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/tools/txtar"

	"hotreload/build/gocmd"
)

// sources are a copy of the program's: those of a module below ours cannot be embedded.
//
//go:generate go test . -run TestSources -update
//go:embed sources.txtar
var sources []byte

// patience bounds the build, which includes the download of what the program is made of.
const patience = 10 * time.Minute

// Make builds the program in a directory, unless that has been done.
func Make(dir string, say func(string)) (program string, err error) {
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.Version(), runtime.GOOS, runtime.GOARCH) // another Go, another program
	hash.Write(sources)
	program = filepath.Join(dir, hex.EncodeToString(hash.Sum(nil)[:8]), executableName(name))
	if isFile(program) {
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	if err := lock.Lock(); err != nil {
		return "", fmt.Errorf("build the broker: wait for another hotreload that builds it: %w", err)
	}
	defer lock.Close()
	if isFile(program) {
		return program, nil
	}
	say("building the broker; this takes a minute, once")
	left, _ := filepath.Glob(filepath.Join(dir, "source-*")) // by one that was killed; an error: the pattern is wrong
	for _, old := range left {
		_ = os.RemoveAll(old)
	}
	source, err := os.MkdirTemp(dir, "source-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(source)
	built, err := buildIn(source)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
		return "", err
	}
	return program, os.Rename(built, program)
}

// buildIn writes the sources to a directory, and builds there.
func buildIn(dir string) (built string, err error) {
	for _, file := range txtar.Parse(sources).Files {
		if err := os.WriteFile(filepath.Join(dir, file.Name), file.Data, 0o600); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	run := gocmd.NewRunner(dir) // so that nothing of the build is left when we are killed
	defer run.Close()
	run.Temporary = dir
	env := gocmd.Environ(dir, map[string]string{"GOWORK": "off", "GOFLAGS": "", "GOOS": "", "GOARCH": ""})
	built = filepath.Join(dir, executableName("built"))
	text, err := run.Run(ctx, []string{"go", "build", "-o", built, "."}, env)
	if err == nil {
		return built, nil
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return "", fmt.Errorf("build the broker: %w: %s; with bus.url hotreload uses a NATS server of yours instead", err, lines[len(lines)-1])
}
