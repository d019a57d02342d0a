package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"hotreload/internal/agent"
	"hotreload/internal/bus"
	"hotreload/internal/config"
	"hotreload/internal/control"
	"hotreload/runner"
	"hotreload/session"
	"hotreload/ui"
	"hotreload/ui/keys"
	"hotreload/ui/tui"
)

// agentFlags are those of an agent.
type agentFlags struct {
	all         *flags // of all commands
	ui          string
	events      string
	name        string
	cache       string
	tokenFile   string
	credentials string
	ca          string
	plain       bool
}

func newAgent(f *flags) *cobra.Command {
	a := agentFlags{all: f}
	cmd := &cobra.Command{
		Use:   "agent URL [flags] [-- app arguments]",
		Short: "Run the app of a session elsewhere, in the versions that the session sends",
		Long: `Run where the app belongs: another directory, a container, another machine. A session with
--bus prints the line to run. The agent takes each version that the session builds, puts it
into service as a session does, and reports how it fares. It needs no Go, and can be the first
process of a container. Keys of [runner] and [proxy] can be set for it alone, with --set.`,
		Example: `  hotreload agent nats://127.0.0.1:4222/shop/Jx3… --token-file ~/.cache/hotreload/…/token
  hotreload agent tls://nats.example.com/shop/Jx3… --name web-1 --set proxy.listen=:8080
  hotreload agent nats://127.0.0.1:4222/shop/Jx3… -- -addr :8082`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			address, appArgs, err := splitArgs(args, cmd.ArgsLenAtDash())
			if err != nil || address == "" {
				return usageError{"agent takes the address that the session prints, such as nats://127.0.0.1:4222/PROJECT/KEY; the app's own arguments go after --"}
			}
			return a.run(address, appArgs)
		},
	}
	own := cmd.Flags()
	own.StringVar(&a.name, "name", "", "call this instance `NAME` (default: the host's name, with a number if there are several)")
	own.StringVar(&a.cache, "cache", "", "keep versions of the app in `DIR`")
	own.StringVar(&a.tokenFile, "token-file", "", "read the token of the bus from `FILE` (default: the variable "+bus.TokenEnv+")")
	own.StringVar(&a.credentials, "credentials", "", "NATS credentials `FILE`, for a server of yours")
	own.StringVar(&a.ca, "ca", "", "check the server against the certificates in `FILE`, too")
	own.BoolVar(&a.plain, "plain", false, "also connect to another machine without TLS, where whoever reads the network learns the token and the app")
	own.StringVar(&a.ui, "ui", string(ui.Plain), "show what happens as `MODE`: auto, tui, plain or json")
	own.StringVar(&a.events, "events", "", "also append the events to `FILE`, as JSON lines")
	return cmd
}

// run runs an agent until a signal.
func (f agentFlags) run(text string, appArgs []string) error {
	address, err := bus.ParseAddress(text)
	if err != nil {
		return usageError{err.Error()}
	}
	if address.Open() && !f.plain {
		return usageError{fmt.Sprintf("the bus at %s is on another machine, and would be talked to without encryption; use tls://, or, if the network is trusted, say --plain", address.Server)}
	}
	token, err := bus.ReadToken(f.tokenFile)
	if err != nil {
		return err
	}
	mode, err := flags{ui: f.ui}.mode()
	if err != nil {
		return usageError{"--ui: " + err.Error()}
	}
	dir, err := f.all.directory()
	if err != nil {
		return err
	}
	loaded, err := config.Load(config.Options{Dir: dir, File: f.all.config, Bare: true, Set: f.all.set, CheckUI: checkUI})
	if err != nil {
		return err
	}
	place, err := f.claim(address)
	if err != nil {
		return err
	}
	defer place.Release()
	access := bus.Access{Name: "hotreload agent " + place.Name, Token: token, Credentials: f.credentials, CA: f.ca}
	return f.serve(mode, loaded, appArgs, agent.Options{
		Address: address, Access: access, Place: place, Root: dir, Tool: toolVersion(), Proxy: loaded.Config.Proxy,
		UI:   &tui.Settings{Keys: keys.New(loaded.Config.UI.Keys), Editor: loaded.Config.UI.Editor},
		Note: oneLine(func(text string) { fmt.Fprintln(os.Stderr, "hotreload: "+text) }),
	})
}

// claim finds a directory for the agent.
func (f agentFlags) claim(a bus.Address) (agent.Place, error) {
	base := f.cache
	if base == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = fallbackCache()
		}
		if err := private(filepath.Join(cache, "hotreload", "agents")); err != nil {
			return agent.Place{}, err
		}
		base = filepath.Join(cache, "hotreload", "agents", a.Project)
	}
	base, err := filepath.Abs(base)
	if err != nil {
		return agent.Place{}, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "instance"
	}
	name := f.name
	if name != "" && bus.Token(name) != name {
		return agent.Place{}, usageError{fmt.Sprintf("--name %s: a name has letters, digits, - and _; write for example %s", name, bus.Token(name))}
	}
	return agent.Claim(base, name, bus.Token(host))
}

// serve waits for the first version, and runs a session of it.
func (f agentFlags) serve(mode ui.Mode, loaded *config.Loaded, appArgs []string, o agent.Options) error {
	events, err := openEvents(f.events)
	if err != nil {
		return err
	}
	defer events.Close() // does nothing on nil
	claim, err := control.New(o.Place.Dir())
	if err != nil {
		return err
	}
	defer claim.Close()
	o.Adjust = func(c runner.Config) runner.Config {
		c = loaded.Over(c)
		if appArgs != nil {
			c.Args = appArgs
		}
		return c
	}
	a, err := agent.New(o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { a.Run(ctx) })
	defer work.Wait()
	defer cancel()
	o.Note("this is " + o.Place.Name + "; it waits for a version of " + o.Address.Project)
	<-a.First()
	console := openConsole(mode, a.Config().Runner.Pty)
	stdin, closeStdin, err := stdinFor(mode, console)
	if err != nil {
		return err
	}
	defer closeStdin()
	edit := &editing{root: o.Root}
	edit.take(a.Config())
	proxy, err := openProxy(loaded, edit, claim.AfterCrash)
	if err != nil {
		return err
	}
	app := runner.New(runner.Options{Stdin: stdin, Terminal: console.found(), SocketDir: claim.Apps, AfterCrash: claim.AfterCrash, Proxy: proxy.proxy, Pages: proxy.forApp()})
	return parts{mode: mode, loaded: loaded, settings: a.Config(), claim: claim, events: events, proxy: proxy, edit: edit, app: app, bus: agentBus{a}, console: console}.run()
}

// agentBus is an agent's end of the bus.
type agentBus struct{ agent *agent.Agent }

func (b agentBus) options(o session.Options) session.Options { return b.agent.Options(o) }

func (b agentBus) attend(updates <-chan session.Update, commands chan<- session.Command) {
	b.agent.Attend(updates, commands)
}
