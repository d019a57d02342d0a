package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"hotreload/build"
	"hotreload/internal/config"
	"hotreload/internal/control"
	"hotreload/internal/doctor"
	"hotreload/internal/proxy"
	"hotreload/internal/visible"
	"hotreload/runner"
	"hotreload/session"
	"hotreload/watch"
)

func newDoctor(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what would stop hotreload in this project, and how to fix it",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			readings, err := examine(cmd.Context(), *f, dir)
			if err != nil {
				return err
			}
			results := doctor.Check(readings)
			for _, r := range results {
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), visible.Text(r.String(), "")); err != nil {
					return err
				}
			}
			switch n := doctor.Problems(results); n {
			case 0:
				return nil
			case 1:
				return errors.New("there is a problem to fix first")
			default:
				return fmt.Errorf("there are %d problems to fix first", n)
			}
		},
	}
}

// examine takes all readings that the doctor judges. A fault of the project is a reading,
// not an error.
func examine(ctx context.Context, f flags, dir string) (doctor.Readings, error) {
	r := doctor.Readings{GOOS: runtime.GOOS, Root: dir, Limits: doctor.ReadLimits()}
	settings := config.Default()
	loaded, _, err := f.load()
	if err == nil {
		settings, r.Root, r.Config.File = loaded.Config, loaded.Root, loaded.File
	} else {
		r.Config.Err = err
		loaded = &config.Loaded{Config: settings, Root: dir}
	}
	ours := filepath.Dir(cacheDir(r.Root)) // the project's own directory in it is for sessions
	r.Git, _ = exec.LookPath("git")        // empty: not found
	r.Mount = doctor.ReadMount(ctx, r.Root)
	r.Cache = doctor.Place{Dir: ours, Err: checkShared(ours)}
	if r.Cache.Err == nil {
		r.Cache = doctor.ReadPlace(ctx, ours)
	}
	caches := build.Caches(settings.Build)
	settings.Watch.Caches = append(caches, ours)
	r.Watch = watchOnce(ctx, r.Root, session.Watched(session.Config{Watch: settings.Watch, Build: settings.Build}))
	builder := build.NewInspector(r.Root)
	examineBuild(ctx, &r, builder, project{flags: f, dir: dir, builder: builder}, loaded)
	if len(caches) > 0 {
		r.Go.Cache = doctor.ReadSpace(ctx, caches[0])
	}
	serving := examineSession(&r)
	examinePorts(&r, settings, serving)
	r.Session.Bus = examineBus(ctx, settings.Bus, r.Session.Running)
	return r, nil
}

// examineBuild reads what a build needs.
func examineBuild(ctx context.Context, r *doctor.Readings, b *build.Builder, p project, loaded *config.Loaded) {
	c := loaded.Config.Build
	r.Commands = commands(b, loaded.Config)
	tools, err := b.Toolchain(ctx, c)
	r.Go = doctor.Go{Path: tools.Path, Version: tools.Version, Wanted: tools.Wanted, By: tools.By, Local: tools.Local, Err: err}
	if err != nil {
		r.Package.Err = err
		return
	}
	settings, err := p.settings(ctx, loaded)
	r.Package = doctor.Package{Name: settings.Package, Unknown: settings.Unknown, Err: err}
	if err != nil {
		return
	}
	r.Cgo = doctor.Cgo{Race: c.Race, Enabled: tools.Cgo, Compiler: tools.Compiler, Found: tools.HasCompiler()}
	if r.Inject.Wanted = loaded.Config.Runner.Handover == "inject"; r.Inject.Wanted {
		r.Inject.Err = b.Injectable(ctx, c)
	}
	if c.Shared && c.Direct {
		r.Cgo.Library = lastLibrary(ctx, b, c, cacheDir(loaded.Root), len(loaded.Config.Runner.Wrap) > 0)
	}
	// A build will report what go list cannot read.
	r.Cgo.Packages, _ = b.CgoPackages(ctx, c, settings.Package)
}

// lastLibrary is the library that the app was last linked against, or why there is none.
func lastLibrary(ctx context.Context, b *build.Builder, c build.Config, cache string, wrapped bool) doctor.Library {
	l := doctor.Library{Wanted: true, Err: b.Sharable(ctx, c, wrapped)}
	if l.Err != nil {
		return l
	}
	var why string
	if l.Path, l.Size, why = build.LastLibrary(cache, librariesDir(cache)); why != "" {
		l.Err = errors.New(why)
	}
	return l
}

// commands are the programs that the config names, besides the go command.
func commands(b *build.Builder, c config.Config) (all []doctor.Command) {
	add := func(key string, words []string, dir string) {
		if len(words) == 0 || words[0] == "go" {
			return
		}
		name := words[0]
		if dir != "" && strings.Contains(name, "/") && !filepath.IsAbs(name) {
			name = dir + "/" + name
		}
		path, err := b.Program(name)
		if missing := (*exec.Error)(nil); errors.As(err, &missing) {
			err = fmt.Errorf("%s: cannot run %s: %w", key, words[0], missing.Err)
		}
		all = append(all, doctor.Command{Key: key, Path: path, Err: err})
	}
	add("build.command", c.Build.Command, "")
	for _, g := range c.Build.Generate {
		add("build.generate.command", g.Command, "")
	}
	add("runner.wrap", c.Runner.Wrap, c.Runner.Dir)
	return all
}

// watchOnce watches the project as a session would, and stops at once.
func watchOnce(ctx context.Context, root string, c watch.Config) doctor.Watch {
	w, err := watch.New(root, c, func(string) {}, nil)
	if err != nil {
		return doctor.Watch{Err: err}
	}
	info, err := w.Arm(watch.Scope{Matters: func(string) bool { return false }})
	if err != nil {
		return doctor.Watch{Err: err}
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	err = w.Run(over, nil) // releases the watches
	return doctor.Watch{Backend: info.Backend, Dirs: info.Dirs, Files: info.Files, Err: err}
}

// examineSession finds out whether a session could start and, if one runs, what its app
// serves.
func examineSession(r *doctor.Readings) session.Serving {
	claim, err := control.New(r.Root)
	var taken *control.TakenError
	switch {
	case err == nil:
		claim.Close()
		return session.Serving{}
	case !errors.As(err, &taken):
		r.Session.Err = err
		return session.Serving{}
	}
	r.Session = doctor.Session{Running: true, PID: taken.PID}
	reply, err := control.Status(r.Root)
	if err != nil || reply.State == nil {
		return session.Serving{} // it is about to end
	}
	return reply.State.Serving
}

// targetKey is the key of the port at which the app listens behind the proxy.
const targetKey = "proxy.target"

// proxyPorts are the proxy's own port and that of the app behind it.
func proxyPorts(c proxy.Config) []doctor.Port {
	var ports []doctor.Port
	for _, named := range []struct{ address, key string }{{c.Listen, "proxy.listen"}, {c.Target, targetKey}} {
		_, port, _ := net.SplitHostPort(named.address[strings.LastIndexByte(named.address, '/')+1:])
		if number, err := strconv.Atoi(port); err == nil && number != 0 {
			ports = append(ports, doctor.Port{Number: number, From: named.key})
		}
	}
	return ports
}

// examinePorts finds out which processes hold the ports that the app is told to use, and
// the one it listens on.
func examinePorts(r *doctor.Readings, c config.Config, serving session.Serving) {
	env, _, err := runner.Environment(c.Runner, r.Root)
	if err != nil {
		r.Config.Err = errors.Join(r.Config.Err, err)
	}
	r.Ports = proxyPorts(c.Proxy)
	if c.Proxy.Listen != "" && c.Proxy.Target == "" {
		env = slices.DeleteFunc(env, func(pair string) bool { return strings.HasPrefix(pair, "PORT=") }) // the app gets a different one
	}
	for _, p := range doctor.NamedPorts(c.Runner.Args, env) {
		if !slices.ContainsFunc(r.Ports, func(named doctor.Port) bool { return named.Number == p.Number }) {
			r.Ports = append(r.Ports, p)
		}
	}
	own := 0
	if _, port, err := net.SplitHostPort(serving.Address); err == nil {
		own, _ = strconv.Atoi(port) // a named port belongs to no app here
	}
	known := false
	for i := range r.Ports {
		p := &r.Ports[i]
		if p.Own = p.Number == own; p.Own {
			known = true
			continue
		}
		if p.Own = p.From == targetKey && serving.PID != 0; p.Own {
			continue
		}
		p.Holder = runner.PortHolder(p.Number)
	}
	if own != 0 && !known {
		r.Ports = append(r.Ports, doctor.Port{Number: own, From: "as it was found", Own: true})
	}
}
