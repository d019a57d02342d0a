package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	pocketBaseModule  = "github.com/pocketbase/pocketbase"
	pocketBaseVersion = "v0.36.8"
	pocketBaseMain    = "examples/base/main.go"
)

// pocketBase is a big app: PocketBase's own example of one, with a route added.
func pocketBase(ctx context.Context, w *workspace) (subject, error) {
	progress("fetching %s@%s", pocketBaseModule, pocketBaseVersion)
	origin, err := moduleDir(ctx, w, pocketBaseModule, pocketBaseVersion)
	if err != nil {
		return subject{}, err
	}
	text, err := os.ReadFile(filepath.Join(origin, pocketBaseMain))
	if err != nil {
		return subject{}, fmt.Errorf("read PocketBase's example: %w", err)
	}
	before, after, ok := strings.Cut(string(text), pocketBaseStart)
	if !ok {
		return subject{}, fmt.Errorf("add a route to PocketBase %s: %s holds no %q", pocketBaseVersion, pocketBaseMain, pocketBaseStart)
	}
	return subject{
		name: "PocketBase " + pocketBaseVersion, pkg: "./examples/base", file: pocketBaseMain,
		source:  before + pocketBaseRoute + pocketBaseStart + after + pocketBaseConst,
		budgets: []budget{{against: plainBuild, ratio: 0.80}, {against: buildWithoutDWARF}, {against: airDefaults}, {against: airDelay1}},
		layOut: func(tree string) error {
			// CopyFS does not keep that the module cache is read-only.
			if err := os.CopyFS(tree, os.DirFS(origin)); err != nil {
				return fmt.Errorf("copy PocketBase out of the module cache: %w", err)
			}
			return nil
		},
		args: func(address, dataDir string) []string {
			return []string{"serve", "--http", address, "--dir", dataDir}
		},
	}, nil
}

const (
	pocketBaseStart = "\tif err := app.Start(); err != nil {\n"
	// pocketBaseRoute neither opens a browser at the first start nor logs the poll.
	pocketBaseRoute = `	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.InstallerFunc = nil
		e.Router.GET("/__version", func(r *core.RequestEvent) error {
			return r.String(http.StatusOK, benchVersion)
		}).Bind(apis.SkipSuccessActivityLog())
		return e.Next()
	})

`
	pocketBaseConst = "\nconst benchVersion = \"" + versionMark + "\"\n"
)
