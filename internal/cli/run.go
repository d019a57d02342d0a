package cli

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/term"

	"hotreload/internal/config"
	"hotreload/internal/control"
	"hotreload/internal/mailbox"
	"hotreload/internal/visible"
	"hotreload/runner"
	"hotreload/session"
	"hotreload/ui"
	"hotreload/ui/keys"
	"hotreload/ui/tui"
	"hotreload/watch"
)

// errAtOnce is the end after a second Ctrl-C.
var errAtOnce = errors.New("a second Ctrl-C: killed what still ran, without waiting for its shutdown")

// parts are what a session is put together from, all open.
type parts struct {
	mode     ui.Mode
	loaded   *config.Loaded
	settings session.Config
	project  project
	claim    *control.Claim
	events   *os.File // nil: the events go to no file
	proxy    appProxy
	edit     *editing
	app      *runner.Target
	bus      busEnd
	console  *console // nil: the app is not on our terminal
}

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
	// A pipe may wait here for its reader. Nobody else waits for us yet.
	events, err := openEvents(f.events)
	if err != nil {
		return err
	}
	defer events.Close() // does nothing on nil
	claim, err := control.New(loaded.Root)
	if err != nil {
		return err
	}
	defer claim.Close()
	p, err := openProject(f, dir, loaded.Root)
	if err != nil {
		return err
	}
	defer p.builder.Close()
	p.pkg, p.appArgs = pkg, appArgs
	settings, err := p.settings(context.Background(), loaded)
	if err != nil {
		return err
	}
	console := openConsole(mode, loaded.Config.Runner.Pty)
	stdin, closeStdin, err := stdinFor(mode, console)
	if err != nil {
		return err
	}
	defer closeStdin()
	edit := &editing{root: loaded.Root}
	edit.take(settings)
	proxy, err := openProxy(loaded, edit, claim.AfterCrash)
	if err != nil {
		return err
	}
	app := runner.New(runner.Options{Stdin: stdin, Terminal: console.found(), SocketDir: claim.Apps, AfterCrash: claim.AfterCrash, Proxy: proxy.proxy, Pages: proxy.forApp()})
	end, closeBus, err := openBus(loaded, p)
	if err != nil {
		return err
	}
	defer closeBus()
	return parts{mode, loaded, settings, p, claim, events, proxy, edit, app, end, console}.run()
}

// stdinFor is what the app reads. On the screen, and on our terminal, it has a keyboard of
// its own.
func stdinFor(mode ui.Mode, console *console) (stdin *os.File, closeIt func(), err error) {
	if mode == ui.TUI || console != nil {
		return nil, func() {}, nil
	}
	return appStdin(os.Stdin)
}

// session is what the session is told and given.
func (p parts) session() session.Options {
	root, verbose := p.loaded.Root, p.project.flags.verbose
	return p.bus.options(session.Options{
		Root: root, Config: p.settings, ConfigFile: configFile(p.loaded), Ways: session.Ways{Socket: p.claim.Socket, Script: p.proxy.script()}, ProxyURL: p.proxy.url(), CanSwap: runner.CanSwap,
		Own: regular(os.Stdout, os.Stderr, p.events), Verbose: verbose,
		ReadConfig: p.readConfig,
		NewWatcher: func(c watch.Config, note func(string)) (session.Watcher, error) {
			note = oneLine(note)
			if p.proxy.lacks != "" {
				note("pages do not reload: " + p.proxy.lacks)
			}
			return watch.New(root, c, note, trace(verbose, note))
		},
		NewSurveyor: func(c watch.Config) (session.Surveyor, error) {
			return watch.New(root, c, func(string) {}, nil)
		},
		Builder: p.project.builder,
		Target:  p.app,
		Pages:   p.proxy.pages(),
	})
}

// readConfig reads a changed config.
func (p parts) readConfig(ctx context.Context) (session.Config, error) {
	c, err := p.project.readConfig(ctx)
	if err == nil {
		p.edit.take(c)
	}
	return c, err
}

// screen is what the TUI is told and given; send is its way back to the session.
func (p parts) screen(send func(session.Command)) tui.Options {
	c := p.loaded.Config.UI
	return tui.Options{
		In: os.Stdin, Out: os.Stdout,
		Start: tui.Settings{Keys: keys.New(c.Keys), Editor: c.Editor},
		Send:  send,
	}
}

// setter sets tunables by way of the session.
func setter(commands chan<- session.Command) control.Setter {
	return func(ctx context.Context, name, value string) error { return session.Set(ctx, commands, name, value) }
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

// run starts the session and everything that listens to it, and returns when all of it
// has ended.
//
// On a signal the session first stops the app, reports that, and closes its updates. Then
// the proxy closes, through which the app's last answers went. The listeners end when their
// updates do, so the last thing they show is the shutdown.
func (p parts) run() error {
	ctx, cancel := context.WithCancelCause(context.Background())
	quit := func(reason string) { cancel(session.ErrQuit{Reason: reason}) }
	kill, killNow := context.WithCancel(context.Background())
	defer killNow()
	var lent atomic.Bool // an editor has the terminal, and so Ctrl-C is its own
	interrupt, forced := handleSignals(quit, killNow, &lent)

	unread := func() { quit("the reader of the output is gone") }
	stopHangup := onHangup(os.Stdout, unread)
	defer stopHangup()
	closeProxy := p.proxy.run(func(err error) { quit(err.Error()) })

	commands := make(chan session.Command)
	toScreen, toSocket, toFile, toBus := make(chan session.Update), make(chan session.Update), make(chan session.Update), make(chan session.Update)
	var writing progress
	send, endSending := inOrder(commands)
	defer endSending()
	screen := p.screen(send)
	screen.Lent, screen.Interrupt = lent.Store, interrupt
	show := ui.Options{
		Mode: p.mode, Screen: screen,
		Out: writing.of(os.Stdout), Err: writing.of(os.Stderr), Lost: func(error) { unread() },
		Terminal: term.IsTerminal(int(os.Stdout.Fd())) && term.IsTerminal(int(os.Stderr.Fd())),
	}
	show.Shared = p.console.share(show.Out, show.Err)
	defer p.console.run(p.app)()
	var listeners sync.WaitGroup
	over := make(chan struct{})
	listeners.Go(func() { ui.Run(show, toScreen) })
	listeners.Go(func() { p.bus.attend(toBus, commands) })
	listeners.Go(func() { control.Serve(p.claim, toSocket, commands, setter(commands)) })
	listeners.Go(func() {
		defer close(over)
		appendEvents(p.events, toFile)
	})
	ended := make(chan error, 1)
	go func() {
		err := session.Run(ctx, kill, p.session(), commands, toBus, toSocket, toFile, toScreen) // the one that may stall comes last
		err = errors.Join(err, closeProxy())                                                    // after the app, whose last answers go through it
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

// oneLine passes on notes of one line each, whatever the names in them.
func oneLine(note func(string)) func(string) {
	return func(text string) { note(visible.Text(text, "")) }
}

// trace reports why paths are ignored, if the user asked for it.
func trace(verbose bool, note func(string)) func(path, why string) {
	if !verbose {
		return nil
	}
	return func(path, why string) { note(path + ": " + why) }
}
