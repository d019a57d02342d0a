package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

const (
	pocketBaseModule  = "github.com/pocketbase/pocketbase"
	pocketBaseVersion = "v0.36.8"
)

// pocketBase is a big app: a user's main package that extends PocketBase, with the plugins
// of PocketBase's own executable and a route added.
func pocketBase(ctx context.Context, w *workspace) (subject, error) {
	progress("fetching %s@%s", pocketBaseModule, pocketBaseVersion)
	origin := filepath.Join(w.dir, "pocketbase")
	if err := writeFiles(origin, map[string]string{"go.mod": pocketBaseMod, "main.go": pocketBaseMain}); err != nil {
		return subject{}, err
	}
	if _, err := w.run(ctx, origin, "go", "mod", "tidy"); err != nil { // which writes go.sum
		return subject{}, fmt.Errorf("fetch PocketBase: %w", err)
	}
	return subject{
		name: "PocketBase " + pocketBaseVersion, pkg: ".", file: "main.go", source: pocketBaseMain,
		budgets: []budget{{against: plainBuild, ratio: 0.80}, {against: buildWithoutDWARF, ratio: 0.20}, {against: hotreloadWhole}, {against: airDefaults}, {against: airDelay1, ratio: 0.12}},
		layOut: func(tree string) error {
			if err := os.CopyFS(tree, os.DirFS(origin)); err != nil {
				return fmt.Errorf("lay out the app: %w", err)
			}
			return nil
		},
		args: func(address, dataDir string) []string {
			return []string{"serve", "--http", address, "--dir", dataDir}
		},
	}, nil
}

const pocketBaseMod = "module " + pocketBaseApp + "\n\ngo 1.26.0\n\nrequire " + pocketBaseModule + " " + pocketBaseVersion + "\n"

const pocketBaseApp = "example.com/base"

const pocketBaseMain = `package main

import (
	"log"
	"net/http"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/plugins/ghupdate"
	"github.com/pocketbase/pocketbase/plugins/jsvm"
	"github.com/pocketbase/pocketbase/plugins/migratecmd"
)

const benchVersion = "` + versionMark + `"

func main() {
	app := pocketbase.New()
	jsvm.MustRegister(app, jsvm.Config{})
	migratecmd.MustRegister(app, app.RootCmd, migratecmd.Config{})
	ghupdate.MustRegister(app, app.RootCmd, ghupdate.Config{})
` + pocketBaseRoute + `	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}
`

// pocketBaseRoute neither opens a browser at the first start nor logs the poll.
const pocketBaseRoute = `	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.InstallerFunc = nil
		e.Router.GET("/__version", func(r *core.RequestEvent) error {
			return r.String(http.StatusOK, benchVersion)
		}).Bind(apis.SkipSuccessActivityLog())
		return e.Next()
	})

`
