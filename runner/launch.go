package runner

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hotreload/internal/appsock"
	"hotreload/internal/supervise"
)

// launcher starts processes. It owns what they have in common. It belongs to Run.
type launcher struct {
	options  Options
	patience patience
	starter  *supervise.Starter
	sockets  *appsock.Sockets
	hands    *appsock.Hands
	reports  chan<- report
	output   chan<- Output
	desks    int  // how many there have been
	port     int  // that the app was given last; 0: none
	portless bool // the app opened no port, though it might have
	ported   bool // its last version that served listened
	spoken   *spoken
}

func newLauncher(t *Target, reports chan<- report) *launcher {
	l := &launcher{
		options: t.options, patience: t.patience,
		starter: supervise.NewStarter(), sockets: appsock.NewSockets(), hands: appsock.NewHands(),
		reports: reports, output: t.output, spoken: newSpoken(),
	}
	if l.options.AfterCrash {
		l.sockets.AfterCrash()
	}
	return l
}

func (l *launcher) close() {
	l.sockets.Close()
	l.starter.Close()
}

// place is what a process is started into.
type place struct {
	from   *process // it is to take over from this one; nil: from none
	held   bool     // requests wait at the proxy for it
	legacy legacy   // what it takes over, unless it is from's
	size   Size     // of its terminal
}

// place is where the instance's process comes.
func (i *instance) place(size Size, l legacy) place {
	p := place{held: i.held, legacy: l, size: size}
	if i.from != nil {
		p.from = i.from.process
	}
	return p
}

// launch is a process that is about to be started.
type launch struct {
	request   Request
	place     place
	env       []string
	envFiles  []EnvFile
	signal    syscall.Signal // its stop signal
	desk      *appsock.Desk  // nil: it cannot be talked to
	wrapper   string         // the program that starts it; empty: none does
	listeners []int          // descriptors that it inherits; ours are closed once it runs
	inherited []net.Addr     // where they listen
	expects   expectation    // where it is to listen behind the proxy
	said      *lineWatch     // the line of its output that makes it ready; nil: none does
	portless  bool           // the version before it opened no port
	ported    bool           // the version before it listened
}

// start starts a process. Nothing is heard of it before attend is called.
func (l *launcher) start(ctx context.Context, r Request, at place) (*process, *launch, error) {
	w := &launch{request: r, place: at, portless: l.portless, ported: l.ported}
	defer func() {
		for _, fd := range w.listeners {
			appsock.CloseFD(fd) // the process has its own copy
		}
	}()
	err := l.prepare(ctx, w)
	var p *process
	if err == nil {
		p, err = l.begin(w)
	}
	if err != nil {
		w.desk.Close()
		return nil, nil, err
	}
	return p, w, nil
}

// prepare finds out what the process is to be given.
func (l *launcher) prepare(ctx context.Context, w *launch) (err error) {
	r := w.request
	var more []string
	if w.expects, more, err = l.expect(r); err != nil {
		return err
	}
	if pattern, ok := strings.CutPrefix(r.Config.Ready, logPrefix); ok {
		if w.said, err = newLineWatch(pattern); err != nil {
			return err
		}
	}
	if l.options.SocketDir != "" && appsock.Supported {
		l.desks++
		if w.desk, err = appsock.Open(filepath.Join(l.options.SocketDir, strconv.Itoa(l.desks)+".sock"), l.sockets); err != nil {
			return err
		}
		w.desk.Remember(l.hands)
		w.desk.Offer(newPlugins(r).offer(r.Unplug))
		more = append(more, appsock.SockEnv+"="+w.desk.Path)
		inherited, err := l.inherit(ctx, w)
		if err != nil {
			return err
		}
		more = append(more, inherited...)
	}
	if l.options.Pages != nil {
		more = append(more, appsock.PagesEnv+"="+l.options.Pages(r.Gen))
	}
	env, from, err := r.check()
	if err != nil {
		return err
	}
	w.envFiles = from
	if w.wrapper, err = r.wrapper(); err != nil {
		return err
	}
	w.env = with(env, more)
	w.signal, err = signalNumber(r.Config.StopSignal)
	return err
}

// inherit has the process inherit the listeners of runner.listen, by systemd's protocol.
func (l *launcher) inherit(ctx context.Context, w *launch) (env []string, err error) {
	var names []string
	for _, entry := range w.request.Config.Listen {
		name, _ := splitListen(entry)
		key := listenKey(entry)
		fd, at, err := l.sockets.Get(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("runner.listen: %w", err)
		}
		w.desk.Give(key, at)
		w.listeners, w.inherited, names = append(w.listeners, fd), append(w.inherited, at), append(names, name)
	}
	if len(names) == 0 {
		return nil, nil
	}
	return []string{appsock.FDsEnv + "=" + strconv.Itoa(len(names)), appsock.NamesEnv + "=" + strings.Join(names, ":")}, nil
}

// begin starts the process itself.
func (l *launcher) begin(w *launch) (*process, error) {
	r := w.request
	streams, err := openStreams(r, l.options, w.place.size)
	if err != nil {
		return nil, err
	}
	installed, err := r.Artifact.Install()
	if err != nil {
		streams.close()
		return nil, err
	}
	defer installed.Release()
	theirs := streams.theirs
	theirs.Listeners = w.listeners
	began := time.Now()
	supervised, err := l.starter.Start(w.wrapped(supervise.Spec{
		Path:       installed.Path,
		Args:       append([]string{installed.Name}, r.Config.Args...),
		Dir:        r.dir(),
		Env:        w.env,
		StopSignal: w.signal,
		Grace:      r.Config.StopTimeout,
		Terminal:   streams.terminal != nil,

		Replaceable: r.Listens,
	}), theirs)
	if err != nil {
		streams.close()
		return nil, err
	}
	streams.started()
	for _, reader := range streams.printed {
		reader.lines.Root, reader.lines.Terminal, reader.said = r.Root, reader.cooked, w.said
	}
	p := &process{
		gen: r.Gen, identity: newIdentity(supervised.PID, installed.Path, r.Config.Args), port: w.expects.port, supervised: supervised, started: began, streams: streams, desk: w.desk,
		entry: newEntry(w.place.from, w.place.legacy), patience: l.patience, reports: l.reports, gone: make(chan struct{}),
	}
	p.life, p.end = context.WithCancel(context.Background())
	return p, nil
}

// attend starts the goroutines of a process. They end when it has ended.
func (l *launcher) attend(p *process, w *launch) {
	if w.request.Listens {
		p.work.Go(func() {
			serves := newReadiness(p, w)
			ready, ok := serves.await(p.life)
			ok = ok && p.report(ready)
			l.starter.Prepare() // for the next one, when this one has had its start
			if ok {
				p.work.Go(func() { serves.lookAgain(p.life, ready) })
				p.work.Go(func() { serves.tryHTTP(p.life, ready) })
			}
			if ok && !ready.Shared {
				p.awaitShare()
			}
		})
	} else {
		p.work.Go(l.starter.Prepare)
	}
	if p.streams.keys != nil {
		p.work.Go(func() { p.streams.keys.run(p.life.Done()) })
	}
	if p.desk != nil {
		p.work.Go(p.admitAll)
		p.work.Go(p.hearPlugins)
		p.work.Go(p.hearTunables)
		p.work.Go(p.hearOtherProtocols)
	}
	p.work.Go(func() { p.run(l.output) })
}

// keepGiven gives up all listeners but those that a process was given.
func (l *launcher) keepGiven(desk *appsock.Desk) {
	given := desk.Given()
	l.sockets.KeepOnly(func(k appsock.Key) bool {
		_, ok := given[k]
		return ok
	})
}

// keepAddresses gives up all listeners but those of runner.listen.
func (l *launcher) keepAddresses(listen []string) {
	l.sockets.KeepOnly(func(k appsock.Key) bool {
		return slices.ContainsFunc(listen, func(entry string) bool { return listenKey(entry) == k })
	})
}

// splitListen splits NAME=ADDRESS. Without a name the port is the name.
func splitListen(entry string) (name, address string) {
	if name, address, ok := strings.Cut(entry, "="); ok {
		return name, address
	}
	_, port, _ := net.SplitHostPort(entry)
	return port, entry
}

// listenKey is the listener that an entry of runner.listen names.
func listenKey(entry string) appsock.Key {
	_, address := splitListen(entry)
	return appsock.Key{Network: "tcp", Address: address}
}
