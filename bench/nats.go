package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	natsModule  = "github.com/nats-io/nats-server/v2"
	natsVersion = "v2.15.3"
)

// natsServer is a big app one of whose packages takes ten seconds to compile, and an edit
// for each of three packages: the big one, main, and a small one that both import. Each
// shows in what the server tells a client first.
type natsServer struct {
	subject
	big, small file
}

// file is a file that is edited.
type file struct {
	name   string // relative to the tree
	source string // its text, with versionMark where the version goes
}

// write writes the one line, in one write and in place, as most editors do.
func (f file) write(tree, version string) error {
	text := strings.Replace(f.source, versionMark, version, 1)
	if err := os.WriteFile(filepath.Join(tree, f.name), []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the edit: %w", err)
	}
	return nil
}

// toolchain is the line of a go.mod that asks for a toolchain of its own.
var toolchain = regexp.MustCompile(`(?m)^toolchain .*\n`)

// newNATSServer fetches the sources.
func newNATSServer(ctx context.Context, w *workspace) (natsServer, error) {
	progress("fetching %s@%s", natsModule, natsVersion)
	text, err := w.run(ctx, w.dir, "go", "mod", "download", "-json", natsModule+"@"+natsVersion)
	if err != nil {
		return natsServer{}, fmt.Errorf("fetch NATS: %w", err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(text, &module); err != nil {
		return natsServer{}, fmt.Errorf("fetch NATS: %w", err)
	}
	read := func(name string) string {
		text, readErr := os.ReadFile(filepath.Join(module.Dir, name))
		if readErr != nil {
			err = fmt.Errorf("read NATS: %w", readErr)
		}
		return string(text)
	}
	n := natsServer{
		big:   file{"server/server.go", strings.Replace(read("server/server.go"), "runtime.Version(),", `"`+versionMark+`",`, 1)},
		small: file{"logger/bench.go", natsLogger},
	}
	const created = "s, err := server.NewServer(opts)"
	n.subject = subject{
		name: "NATS " + natsVersion, pkg: ".", file: "main.go",
		source: strings.Replace(strings.Replace(read("main.go"),
			created, "opts.ServerName = \""+versionMark+"-\" + logger.Bench()\n\t"+created, 1),
			`"github.com/nats-io/nats-server/v2/server"`, "\"github.com/nats-io/nats-server/v2/logger\"\n\t\"github.com/nats-io/nats-server/v2/server\"", 1),
		layOut: func(tree string) error {
			if err := os.CopyFS(tree, os.DirFS(module.Dir)); err != nil {
				return fmt.Errorf("lay out NATS: %w", err)
			}
			if err := n.writable(tree); err != nil {
				return err
			}
			mod := toolchain.ReplaceAllString(read("go.mod"), "")
			if err := os.WriteFile(filepath.Join(tree, "go.mod"), []byte(mod), 0o644); err != nil {
				return fmt.Errorf("lay out NATS: %w", err)
			}
			return nil
		},
		args: func(address, _ string) []string {
			host, port, _ := strings.Cut(address, ":")
			return []string{"-a", host, "-p", port, "-l", os.DevNull} // the poll is no client that it knows
		},
	}
	return n, err
}

// writable makes the files of a copy from the module cache writable.
func (n natsServer) writable(tree string) error {
	return filepath.WalkDir(tree, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			err = os.Chmod(path, 0o644)
		} else if err == nil && entry.IsDir() {
			err = os.Chmod(path, 0o755)
		}
		if err != nil {
			return fmt.Errorf("lay out NATS: %w", err)
		}
		return nil
	})
}

const natsLogger = `package logger

// Bench is what the bench edits.
//
//go:noinline
func Bench() string { return "` + versionMark + `" }
`
