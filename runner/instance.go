package runner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hotreload/internal/supervise"
)

// readDeadline is how long a pipe may stay open when the whole tree is gone:
// then somebody outside the tree holds it, and its end will never come.
const readDeadline = time.Second

// instance is one process of the app, from start to the end of its tree.
type instance struct {
	process  *supervise.Process
	streams  *streams
	request  Request
	versions // Target's own
	*passage // how it came into service, and how it leaves
	gen      int
	started  time.Time
	ended    chan Exited // receives once, when the tree is gone
	up       bool        // it serves; Target's own
	makesWay bool        // it is to end so that another can be started in its place; Target's own

	life    context.Context    // until it is asked to stop, or has ended
	cancel  context.CancelFunc // ends that
	once    sync.Once
	closing chan struct{} // closed when it is asked to stop, or has ended
	work    sync.WaitGroup
}

// start runs an artifact. Started is sent before this returns, and so is Ready
// for an app that cannot listen, however soon it ends.
func start(r Request, way *passage, starter *supervise.Starter, stdin *os.File, size Size, events chan<- Event, output chan<- Output) (*instance, error) {
	env, err := r.check()
	if err != nil {
		return nil, err
	}
	signal, err := signalNumber(r.Config.StopSignal)
	if err != nil {
		return nil, err
	}
	streams, err := openStreams(r, stdin, size)
	if err != nil {
		return nil, err
	}
	theirs := streams.theirs
	theirs.Listeners = way.listeners
	began := time.Now()
	p, err := starter.Start(supervise.Spec{
		Path:       r.Artifact.Path,
		Args:       append([]string{r.Artifact.Path}, r.Config.Args...),
		Dir:        r.dir(),
		Env:        with(env, way.env),
		StopSignal: signal,
		Grace:      r.Config.StopTimeout,
		Terminal:   streams.terminal != nil,
	}, theirs)
	if err != nil {
		streams.close()
		return nil, err
	}
	streams.started()

	ctx, cancel := context.WithCancel(context.Background())
	i := &instance{
		process: p, streams: streams, request: r, versions: newVersions(r), passage: way, gen: r.Gen, started: began,
		ended: make(chan Exited, 1), life: ctx, cancel: cancel, closing: make(chan struct{}),
	}
	events <- Started{Gen: i.gen, PID: p.PID}
	if !r.Listens {
		events <- Ready{Gen: i.gen, PID: p.PID, Via: "start", Took: time.Since(began)}
		i.work.Go(starter.Prepare)
	} else {
		i.work.Go(func() {
			ready, ok := i.awaitReady(ctx)
			if ok {
				select {
				case way.ready <- ready:
				case <-ctx.Done():
				}
			}
			starter.Prepare() // for the next one, when this one has had its start
			if ok && !ready.Shared {
				i.awaitShare(ctx, events)
			}
		})
	}
	if streams.keys != nil {
		i.work.Go(func() { streams.keys.run(i.closing) })
	}
	i.work.Go(i.letIn)
	i.work.Go(func() { i.hearPlugins(way.pluggings) })
	i.work.Go(func() { i.hearTunables(way.tunings) })
	i.work.Go(func() { i.live(output) })
	return i, nil
}

// live waits for the process, its tree and its output, in this order.
func (i *instance) live(output chan<- Output) {
	readers := i.streams.printed
	for _, r := range readers {
		r.lines.Root, r.seen = i.request.Root, i.said.look()
	}
	dead := make(chan struct{})
	var reading sync.WaitGroup
	for _, r := range readers {
		reading.Go(func() { r.run(output, i.closing, dead) })
	}
	exit := i.process.Wait()
	expected := i.asked() || i.leaving.Load()
	ran := time.Since(i.started)
	i.close()
	left := i.process.Reap()
	i.desk.Close()
	close(dead)
	for _, r := range readers {
		_ = r.from.SetReadDeadline(time.Now().Add(readDeadline))
	}
	reading.Wait()

	e := Exited{
		Gen: i.gen, PID: i.process.PID, Code: exit.Code, Signal: exit.Signal,
		Expected: expected, Ran: ran, Left: left,
	}
	for _, r := range readers {
		e.Tail = append(e.Tail, r.tail...)
		e.LastWords += r.last.String()
	}
	if !expected {
		e.Hint = portHint(e.LastWords)
	}
	i.ended <- e
}

// stop asks the tree to end, within the grace.
func (i *instance) stop() {
	i.close()
	i.process.Stop()
}

// kill ends the tree at once.
func (i *instance) kill() {
	i.close()
	i.process.Kill()
}

// close ends what is done for a living process: nobody waits for its port any
// more, and its output no longer waits for the screen.
func (i *instance) close() {
	i.once.Do(func() {
		close(i.closing)
		i.cancel()
	})
}

// show passes on the size of the terminal and what was typed there.
func (i *instance) show(size Size, typed [][]byte) {
	i.streams.resize(size)
	if i.streams.keys == nil {
		return
	}
	for _, text := range typed {
		i.streams.keys.put(text)
	}
}

// asked reports whether somebody wanted the process to end.
func (i *instance) asked() bool {
	select {
	case <-i.closing:
		return true
	default:
		return false
	}
}

// end receives once the tree is gone; of no instance, never.
func (i *instance) end() <-chan Exited {
	if i == nil {
		return nil
	}
	return i.ended
}

// wait returns when all goroutines of the instance have ended.
func (i *instance) wait() { i.work.Wait() }

// dir is the working directory of the app.
func (r Request) dir() string {
	if filepath.IsAbs(r.Config.Dir) {
		return r.Config.Dir
	}
	return filepath.Join(r.Root, r.Config.Dir)
}

// check finds what can be seen to fail before anything is stopped or started,
// and gives the environment to start in.
func (r Request) check() (env []string, err error) {
	if info, err := os.Stat(r.dir()); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("runner.dir: %s is not a directory", r.dir())
	}
	return Environment(r.Config, r.Root)
}
