package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// plugin is the subcommand that compares a new version of a plugin, loaded into the
// process that runs, with a new process of the same app.
func plugin(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench plugin", flag.ContinueOnError)
	rounds := flags.Int("rounds", 15, "edits of the small app `N` for each contender")
	pocketbaseRounds := flags.Int("pocketbase-rounds", 7, "edits of PocketBase `N` for each contender; 0 leaves it out")
	reloads := flags.Int("reloads", 50, "versions `N` that are loaded into one process for what they take of memory; 0 leaves that out")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 0 || *pocketbaseRounds < 0 || *reloads < 0 {
		flags.Usage()
		return errUsage
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.close(&err)
	hotreload, err := buildHotreload(ctx, w)
	if err != nil {
		return err
	}
	fmt.Println(machine())
	small := pluginHost(ctx, w, smallHost(), hotreload)
	if *rounds > 0 {
		if err := comparePlugin(ctx, w, small, hotreload, *rounds, 1.0); err != nil {
			return fmt.Errorf("small app: %w", err)
		}
	}
	if *pocketbaseRounds > 0 {
		s, err := pocketBase(ctx, w)
		if err != nil {
			return err
		}
		if s, err = pocketBaseHost(s); err != nil {
			return err
		}
		if err := comparePlugin(ctx, w, pluginHost(ctx, w, s, hotreload), hotreload, *pocketbaseRounds, 0.4); err != nil {
			return fmt.Errorf("PocketBase: %w", err)
		}
	}
	if *reloads == 0 {
		return nil
	}
	return pluginMemory(ctx, w, small, hotreload, *reloads)
}

// comparePlugin has one contender edit the plugin and the other the app.
func comparePlugin(ctx context.Context, w *workspace, s subject, hotreload string, rounds int, ratio float64) error {
	s.budgets = []budget{{against: buildWithoutDWARF, ratio: ratio}}
	contestants := []strategy{{pluginKind(hotreload), inPlugin(s)}, {loopKind(buildWithoutDWARF, w.self, "-ldflags=-w"), s}}
	times, err := measureAll(ctx, w, contestants, rounds)
	if err != nil {
		return err
	}
	r := result{title: s.name + " with a plugin", budgets: s.budgets}
	for i, c := range contestants {
		r.rows = append(r.rows, row{name: c.kind.name, times: times[i]})
	}
	_, err = r.WriteTo(os.Stdout)
	return err
}

// pluginKind is hotreload with the plugin configured, and no limit on loads.
func pluginKind(program string) kind {
	return kind{name: hotreloadDefaults, command: func(s subject, p place) ([]string, error) {
		command := []string{
			program, "--ui", "plain", "--set", `build.plugin=[{ package = "./plugins/page" }]`,
			"--set", "runner.max_plugin_loads=100000", s.pkg, "--",
		}
		return append(command, s.args(p.address, p.data)...), nil
	}}
}

// pluginHost adds package hotplug to a subject's app, and a plugin that answers if it can
// be opened.
func pluginHost(ctx context.Context, w *workspace, s subject, hotreload string) subject {
	layOut := s.layOut
	s.layOut = withHot(ctx, w, hotreload, "hotplug", func(tree string) error {
		if err := layOut(tree); err != nil {
			return err
		}
		return writeFiles(tree, map[string]string{"plugins/page/page.go": strings.Replace(pagePlugin, versionMark, "none", 1)})
	})
	return s
}

// inPlugin is the same app, of which the plugin is edited.
func inPlugin(s subject) subject {
	layOut, source := s.layOut, s.source
	main := s.file
	s.layOut = func(tree string) error {
		if err := layOut(tree); err != nil {
			return err
		}
		text := strings.Replace(source, versionMark, "none", 1)
		if err := os.WriteFile(filepath.Join(tree, main), []byte(text), 0o644); err != nil {
			return fmt.Errorf("lay out the app: %w", err)
		}
		return nil
	}
	s.file, s.source = "plugins/page/page.go", pagePlugin
	return s
}

// smallHost is the small app with a plugin that answers in its place.
func smallHost() subject {
	s := smallApp()
	s.source = hostMain
	return s
}

const pagePlugin = `package main

import (
	"fmt"
	"net/http"
)

const version = "` + versionMark + `"

type page struct{}

func New() http.Handler { return page{} }

func (page) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(w, "version %s\n", version)
}

func main() {}
`

const hostMain = `package main

import (
	"flag"
	"log"
	"net/http"
	"os"

	"small/internal/hot/hotplug"
	"small/page"
)

const version = "` + versionMark + `"

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	flag.Parse()
	var answer http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { page.Write(w, version) })
	if slot, err := hotplug.Open[http.Handler]("page"); err == nil {
		answer = hotplug.HTTP(slot)
	} else if version == "none" {
		log.Fatal(err)
	}
	http.Handle("GET /__version", answer)
	http.HandleFunc("GET /__memory", func(w http.ResponseWriter, r *http.Request) {
		text, _ := os.ReadFile("/proc/self/smaps_rollup")
		w.Write(text)
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}
`

// pocketBaseHost has PocketBase answer through the plugin.
func pocketBaseHost(s subject) (subject, error) {
	before, after, ok := strings.Cut(s.source, pocketBaseRoute)
	imports, rest, ok2 := strings.Cut(before, "import (\n")
	if !ok || !ok2 {
		return s, errors.New("have PocketBase open a plugin: its main package is not as it was")
	}
	s.source = imports + "import (\n\t\"" + pocketBaseApp + "/internal/hot/hotplug\"\n" + rest + pocketBasePlugin + after
	return s, nil
}

const pocketBasePlugin = `	var answer http.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(benchVersion)) })
	if slot, err := hotplug.Open[http.Handler]("page"); err == nil {
		answer = hotplug.HTTP(slot)
	} else if benchVersion == "none" {
		log.Fatal(err)
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.InstallerFunc = nil
		e.Router.GET("/__version", apis.WrapStdHandler(answer)).Bind(apis.SkipSuccessActivityLog())
		return e.Next()
	})

`

// pluginMemory loads versions into one process, and tells what that takes.
func pluginMemory(ctx context.Context, w *workspace, s subject, hotreload string, reloads int) error {
	next := versions()
	c, err := startContender(ctx, w, pluginKind(hotreload), inPlugin(s), next())
	if err != nil {
		return err
	}
	defer c.stop()
	before, err := memoryOf(ctx, c.place.address)
	if err != nil {
		return err
	}
	for i := range reloads {
		progress("memory: version %d of %d", i+1, reloads)
		if _, err := c.turn(next()); err != nil {
			return err
		}
	}
	after, err := memoryOf(ctx, c.place.address)
	if err != nil {
		return err
	}
	fmt.Printf("\n### Memory of %d versions in one process\n\n| | before, MB | after, MB | a version, MB |\n|---|---|---|---|\n", reloads)
	for _, what := range []string{"Rss", "Private_Dirty"} {
		fmt.Printf("| %s | %.1f | %.1f | %.2f |\n", what, before[what], after[what], (after[what]-before[what])/float64(reloads))
	}
	return nil
}

// memoryOf asks the app what it has in memory, in megabytes.
func memoryOf(ctx context.Context, address string) (map[string]float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/__memory", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask for the app's memory: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("ask for the app's memory: %w", err)
	}
	all := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		if fields := strings.Fields(rest); len(fields) == 2 {
			kilobytes, err := strconv.Atoi(fields[0])
			if err != nil {
				return nil, fmt.Errorf("read the app's memory: %w", err)
			}
			all[name] = float64(kilobytes) / 1024
		}
	}
	return all, nil
}
