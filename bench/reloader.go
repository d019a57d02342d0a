package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
)

const templCommand, templVersion = "github.com/a-h/templ/cmd/templ", "v0.3.1100"

// reloader is a tool that has pages of an app follow what is saved.
type reloader struct {
	name    string
	tells   bool                            // in JSON what it does
	command func(p place) ([]string, error) // to run in the tree; pages are opened at the place's address
}

// reloaders prepares the tools.
func reloaders(ctx context.Context, w *workspace) ([]reloader, error) {
	hotreload, err := buildHotreload(ctx, w)
	if err != nil {
		return nil, err
	}
	air, err := installAir(ctx, w)
	if err != nil {
		return nil, err
	}
	templ, err := install(ctx, w, templCommand, templVersion)
	if err != nil {
		return nil, err
	}
	return []reloader{
		{"hotreload", true, func(p place) ([]string, error) {
			return []string{hotreload, "--ui", "json", "--set", "proxy.listen=" + p.address}, nil
		}},
		airWithProxy("air, defaults", air),
		airWithProxy("air, delay = 1", air, "delay = 1"),
		{"templ generate --watch", false, func(p place) ([]string, error) {
			_, port, err := net.SplitHostPort(p.address)
			return []string{templ, "generate", "--watch", "--proxy", "http://" + p.behind, "--proxyport", port, "--open-browser=false",
				"--watch-pattern", `(.+\.go$)|(.+\.templ$)|(.+\.css$)`, "--cmd", "go run . -addr " + p.behind}, err
		}},
	}, nil
}

// airWithProxy is air with its proxy, which reloads pages, and more [build] keys.
func airWithProxy(name, program string, keys ...string) reloader {
	return reloader{name, false, func(p place) ([]string, error) {
		ports := map[string]string{}
		for key, address := range map[string]string{"proxy_port": p.address, "app_port": p.behind} {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			ports[key] = port
		}
		config := append([]string{"[build]", `cmd = "go build -o ./tmp/main ."`, `entrypoint = ["./tmp/main"]`,
			fmt.Sprintf("args_bin = [\"-addr\", %q]", p.behind), `include_ext = ["go", "css"]`}, keys...)
		config = append(config, "[proxy]", "enabled = true", "proxy_port = "+ports["proxy_port"], "app_port = "+ports["app_port"])
		return []string{program}, writeFiles(p.tree, map[string]string{".air.toml": strings.Join(config, "\n") + "\n"})
	}}
}

// site is an app with a page: its heading is a constant in its source, and its color comes from a
// stylesheet on disk. The page counts how often it was loaded.
func site() subject {
	return subject{
		name: "site", pkg: ".", file: "main.go", source: siteMain,
		layOut: func(tree string) error {
			return writeFiles(tree, map[string]string{"go.mod": "module site\n\ngo 1.26.0\n", siteStyle: styleOf(0)})
		},
	}
}

var siteStyle = filepath.Join("static", "site.css")

// styleOf and colorOf are the n-th stylesheet, and what shows that a page has it.
func styleOf(n int) string { return "h1 { color: " + colorOf(n) + " }\n" }
func colorOf(n int) string { return fmt.Sprintf("rgb(%d, %d, 1)", n/256, n%256) }

const siteMain = `package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
)

const version = "` + versionMark + `"

func main() {
	addr := flag.String("addr", "127.0.0.1:"+os.Getenv("PORT"), "where to listen")
	flag.Parse()
	http.Handle("/static/", http.FileServer(http.Dir(".")))
	http.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!doctype html><html><head><link rel=stylesheet href=/static/site.css></head><body><h1>%s</h1>"+
			"<script>sessionStorage.loads = 1 + (+sessionStorage.loads || 0)</script></body></html>", version)
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}
`
