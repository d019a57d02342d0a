package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"

	"hotreload/build"
	"hotreload/internal/config"
	"hotreload/internal/control"
	"hotreload/internal/mailbox"
	"hotreload/runner"
	"hotreload/session"
	"hotreload/ui"
	"hotreload/ui/keys"
	"hotreload/ui/tui"
	"hotreload/watch"
)

// errAtOnce is the end by a second Ctrl-C.
var errAtOnce = errors.New("ended at once")

// forceAfter is how long a second Ctrl-C waits for the app's processes to be
// dead and the screen written before it ends the tool under them.
const forceAfter = 500 * time.Millisecond

// stalled is how long a write to somebody who does not read may take once the
// session is over. Then what is left of the output is given up.
const stalled = 2 * time.Second

// runSession runs a session from the first build to the last event.
func runSession(f flags, pkg string, appArgs []string) error {
	mode, err := f.mode()
	if err != nil {
		return usageError{"--ui: " + err.Error()}
	}
	loaded, dir, err := f.load()
	if err != nil {
		return err
	}
	claim, err := control.New(loaded.Root)
	if err != nil {
		return err
	}
	defer claim.Close()
	cache, err := cacheDir(loaded.Root)
	if err != nil {
		return err
	}
	p := project{
		flags: f, dir: dir, pkg: pkg, appArgs: appArgs, builder: build.New(loaded.Root, cache),
		screen: make(chan tui.Settings, 1),
	}
	p.builder.Injections = filepath.Join(filepath.Dir(cache), "inject")
	if err := p.builder.Open(); err != nil {
		return err
	}
	defer p.builder.Close()
	settings, err := p.settings(context.Background(), loaded)
	if err != nil {
		return err
	}
	var stdin *os.File // on the screen the app has a keyboard of its own
	if mode != ui.TUI {
		var closeStdin func()
		if stdin, closeStdin, err = appStdin(os.Stdin); err != nil {
			return err
		}
		defer closeStdin()
	}
	events, err := openEvents(f.events)
	if err != nil {
		return err
	}
	defer events.Close() // which does nothing where there is none
	door, err := openDoor(loaded, claim.AfterCrash)
	if err != nil {
		return err
	}
	target := runner.New(runner.Options{Stdin: stdin, SocketDir: claim.Apps, AfterCrash: claim.AfterCrash, Proxy: door.proxy})
	return conduct(session.Options{
		Root: loaded.Root, Config: settings, ConfigFile: configFile(loaded), Socket: claim.Socket, Front: door.url(),
		Own: regular(os.Stdout, os.Stderr, events), Verbose: f.verbose,
		ReadConfig: p.readConfig,
		NewWatcher: func(c watch.Config, note func(string)) (session.Watcher, error) {
			return watch.New(loaded.Root, c, note, trace(f.verbose, note))
		},
		NewSurveyor: func(c watch.Config) (session.Surveyor, error) {
			return watch.New(loaded.Root, c, func(string) {}, nil)
		},
		Builder: p.builder,
		Target:  target,
	}, ui.Options{
		Mode: mode,
		Screen: tui.Options{
			In: os.Stdin, Out: os.Stdout, Settings: p.screen,
			Keys: keys.New(loaded.Config.UI.Keys), Editor: loaded.Config.UI.Editor,
		},
	}, events, claim, door)
}

// conduct starts the session and everything that listens to it, and returns
// when all of it has ended.
func conduct(o session.Options, show ui.Options, events *os.File, claim *control.Claim, door *door) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	kill, killNow := context.WithCancel(context.Background())
	defer killNow()
	var lent atomic.Bool // the terminal is an editor's, and so is its Ctrl-C
	forced := handleSignals(cancel, killNow, &lent)

	lost := func(error) { cancel(session.ErrQuit{Reason: "nobody reads the output any more"}) }
	stopHangup := onHangup(os.Stdout, func() { lost(nil) })
	defer stopHangup()

	closeDoor := door.run(func(err error) { cancel(session.ErrQuit{Reason: err.Error()}) })
	commands := make(chan session.Command)
	toScreen, toSocket, toFile := make(chan session.Update), make(chan session.Update), make(chan session.Update)
	var listeners sync.WaitGroup
	var writing progress
	over := make(chan struct{})
	show.Out, show.Err, show.Lost = writing.of(os.Stdout), writing.of(os.Stderr), lost
	show.Terminal = term.IsTerminal(int(os.Stdout.Fd())) && term.IsTerminal(int(os.Stderr.Fd()))
	set := func(ctx context.Context, name, value string) error { return session.Set(ctx, commands, name, value) }
	send, endSending := inOrder(commands)
	defer endSending()
	show.Screen.Commands, show.Screen.Lent, show.Screen.Set = commands, lent.Store, set
	show.Screen.Type = func(text []byte) { send(session.Typed{Text: text}) }
	show.Screen.Resize = func(columns, rows int) { send(session.Resized{Columns: columns, Rows: rows}) }
	listeners.Go(func() { ui.Run(show, toScreen) })
	listeners.Go(func() { control.Serve(claim, toSocket, commands, set) })
	listeners.Go(func() {
		defer close(over)
		appendEvents(events, toFile)
	})

	ended := make(chan error, 1)
	go func() {
		err := session.Run(ctx, kill, o, commands, toSocket, toFile, toScreen) // the one that may stall comes last
		err = errors.Join(err, closeDoor())                                    // after the app, whose last answers go through it
		listeners.Wait()
		ended <- err
	}()
	select {
	case err := <-ended:
		if kill.Err() != nil {
			return errAtOnce
		}
		return err
	case <-forced:
		return errAtOnce
	case <-writing.stalledAfter(over):
		return nil
	}
}

// inOrder sends commands one after the other without keeping the screen waiting.
func inOrder(commands chan<- session.Command) (send func(session.Command), end func()) {
	box, ended := mailbox.New[session.Command](), make(chan struct{})
	go func() {
		for c := range box.All() {
			select {
			case commands <- c:
			case <-ended:
			}
		}
	}()
	return func(c session.Command) { box.Put(c) }, func() { box.Close(); close(ended) }
}

// handleSignals ends the session at the first signal, kills what it runs at the
// second, and closes forced when even that has not helped.
func handleSignals(cancel context.CancelCauseFunc, kill func(), lent *atomic.Bool) (forced <-chan struct{}) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	// Makes a write to a closed pipe an error instead of our end.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	done := make(chan struct{})
	go func() { // ends with the process
		first := <-signals
		for first == os.Interrupt && lent.Load() {
			first = <-signals
		}
		cancel(session.ErrQuit{Reason: first.String()})
		<-signals
		kill()
		time.Sleep(forceAfter)
		close(done)
	}()
	return done
}

// openEvents opens the file that the events are appended to, if one is asked for.
func openEvents(name string) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, usageError{"--events: " + err.Error()}
	}
	return file, nil
}

// appendEvents writes the JSON stream to a file; with none it only listens.
func appendEvents(to *os.File, updates <-chan session.Update) {
	var buf []byte
	for u := range updates {
		if to == nil {
			continue
		}
		buf = u.Event.AppendJSON(buf[:0])
		if len(buf) == 0 {
			continue
		}
		if _, err := to.Write(buf); err != nil {
			fmt.Fprintf(os.Stderr, "hotreload: --events: %v; no more events are written to it\n", err)
			to = nil
		}
	}
}

// regular picks the files that are no terminals, pipes or devices, and there.
func regular(files ...*os.File) []fs.FileInfo {
	var found []fs.FileInfo
	for _, f := range files {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			found = append(found, info)
		}
	}
	return found
}

// project settles what a session builds and runs, at its start and whenever the
// config changed.
type project struct {
	flags
	dir     string   // where the user stands
	pkg     string   // as given on the command line
	appArgs []string // as given on the command line; nil when there was no --
	builder *build.Builder
	screen  chan tui.Settings // holds what a changed config says of the screen
}

// settings makes a session's config of the file's and the command line's.
func (p project) settings(ctx context.Context, l *config.Loaded) (session.Config, error) {
	c := session.Config{
		Watch: l.Config.Watch, Build: l.Config.Build, Runner: l.Config.Runner, Proxy: l.Config.Proxy, Origins: l.Origins,
	}
	if p.appArgs != nil {
		c.Runner.Args = p.appArgs
	}
	pkg, dir := p.pkg, p.dir
	if pkg == "" && c.Build.Package != "" {
		pkg, dir = c.Build.Package, l.Root
	}
	var err error
	c.Package, err = p.builder.Resolve(ctx, c.Build, pkg, dir)
	if err != nil && len(c.Build.Command) > 0 {
		c.Package, err = ".", nil // what the command builds need not be a package
	}
	if err == nil {
		err = atPlugin(l, p.builder.CheckPlugins(ctx, c.Build, c.Package))
	}
	return c, err
}

// atPlugin puts the place in the config before what is wrong with a plugin.
func atPlugin(l *config.Loaded, err error) error {
	var wrong *build.PluginError
	if !errors.As(err, &wrong) {
		return err
	}
	origin := l.Origins[fmt.Sprintf("build.plugin[%d].package", wrong.Index)]
	return usageError{fmt.Sprintf("%s: build.plugin.package: %s", origin, wrong.Message)}
}

func (p project) readConfig(ctx context.Context) (session.Config, error) {
	loaded, _, err := p.load()
	if err != nil {
		return session.Config{}, err
	}
	select {
	case <-p.screen: // nobody has taken it, and it is out of date
	default:
	}
	select {
	case p.screen <- tui.Settings{Keys: keys.New(loaded.Config.UI.Keys), Editor: loaded.Config.UI.Editor}:
	default:
	}
	return p.settings(ctx, loaded)
}

// configFile is where the config is, or where it would be.
func configFile(l *config.Loaded) string {
	if l.File != "" {
		return l.File
	}
	return filepath.Join(l.Root, config.FileName)
}

// mode is how to show the session, here.
func (f flags) mode() (ui.Mode, error) {
	mode, err := ui.ParseMode(f.ui)
	if err != nil {
		return "", err
	}
	return mode.Settle(ui.Terminal{
		In: term.IsTerminal(int(os.Stdin.Fd())), Out: term.IsTerminal(int(os.Stdout.Fd())), Kind: os.Getenv("TERM"),
	})
}

// cacheDir is where a project's executables are kept.
func cacheDir(root string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil { // neither XDG_CACHE_HOME nor HOME
		base = filepath.Join(os.TempDir(), "hotreload-"+strconv.Itoa(os.Getuid()))
	}
	sum := sha256.Sum256([]byte(root))
	return filepath.Join(base, "hotreload", hex.EncodeToString(sum[:8])), nil
}

// trace passes on why paths are ignored, when that is asked for.
func trace(verbose bool, note func(string)) func(path, why string) {
	if !verbose {
		return nil
	}
	return func(path, why string) { note(path + ": " + why) }
}
