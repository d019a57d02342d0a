package agent

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"

	"hotreload/build"
	"hotreload/internal/bus"
	"hotreload/internal/fleet"
	"hotreload/watch"
)

// builder "builds" by fetching. It is the session's; what it knows it asks the agent.
type builder struct {
	agent *Agent
	place *build.Place
	fresh chan struct{} // closed when there are news; the agent's goroutine alone replaces it
	over  chan struct{} // closed when the session has ended, or will not be
	end   sync.Once
}

// orders are what a build is to make, and what tells that they are out of date.
type orders struct {
	release fleet.Release
	news    <-chan struct{}
}

// news has builds that wait look again.
func (b *builder) news() {
	close(b.fresh)
	b.fresh = make(chan struct{})
}

func (b *builder) ended() <-chan struct{} { return b.over }

// close says that there is no session any more.
func (b *builder) close() { b.end.Do(func() { close(b.over) }) }

// Build fetches what is wanted.
func (b *builder) Build(ctx context.Context, r build.Request) (build.Artifact, error) {
	for {
		o := make(chan orders, 1)
		b.agent.commands.Put(func(a *Agent) { o <- orders{*a.want, b.fresh} })
		var now orders
		select {
		case now = <-o:
		case <-ctx.Done():
			return build.Artifact{}, context.Cause(ctx)
		}
		artifact, there := now.release.Artifacts[Platform()]
		if there {
			return b.fetch(ctx, r, now.release, artifact)
		}
		if why := now.release.Refused[Platform()]; why != "" {
			return build.Artifact{}, errors.New(why)
		}
		select { // it is being built for this platform
		case <-now.news:
		case <-ctx.Done():
			return build.Artifact{}, context.Cause(ctx)
		}
	}
}

// fetch has the executable and the plugins in the agent's directory.
func (b *builder) fetch(ctx context.Context, r build.Request, release fleet.Release, executable fleet.Artifact) (build.Artifact, error) {
	file, received, err := b.bring(ctx, executable, r.Prev)
	var plugins []build.Plugin
	for _, p := range release.Plugins[Platform()] {
		if err != nil {
			break
		}
		var at string
		var more int64
		at, more, err = b.bring(ctx, p.File, r.Prev)
		plugins, received = append(plugins, p.At(at)), received+more
	}
	if err == nil || ctx.Err() == nil {
		b.tell(func(a *Agent) { a.fetched(release.ID, received, err) })
	}
	if err != nil {
		return build.Artifact{}, err
	}
	artifact := b.place.Artifact(file, r.ID, r.Prev)
	artifact.Plugins = plugins
	return artifact, nil
}

// bring has a file in the agent's directory, and checks it unless it serves already.
func (b *builder) bring(ctx context.Context, a fleet.Artifact, serves build.Artifact) (file string, received int64, err error) {
	p := b.agent.options.Place
	file = filepath.Join(p.Versions(), a.Digest)
	if file == serves.Path {
		return file, 0, nil
	}
	if digest, _, err := bus.Digest(file); err == nil && digest == a.Digest {
		return file, 0, nil
	}
	received, err = b.agent.line.Fetch(ctx, p.Versions(), a, p.held())
	return file, received, err
}

func (b *builder) tell(what func(*Agent)) { b.agent.commands.Put(what) }

// fetched notes what has come of it.
func (a *Agent) fetched(release, received int64, err error) {
	if a.want.ID != release {
		return
	}
	a.status.Bytes = received
	if err != nil {
		a.is(fleet.Failing, err.Error())
		return
	}
	a.is(fleet.Starting, "")
	a.remove()
}

// Graph is what is known of the app's packages.
func (b *builder) Graph(ctx context.Context, _ build.Config, _ string) (*build.Graph, error) {
	g := make(chan *build.Graph, 1)
	b.tell(func(a *Agent) { g <- graphOf(*a.want) })
	select {
	case graph := <-g:
		return graph, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Generate is not called: an agent has no generators.
func (b *builder) Generate(context.Context, build.GenerateRequest) (string, error) { return "", nil }

// Learn has nothing to learn.
func (b *builder) Learn(context.Context, build.Request, build.Artifact, *build.Graph) error {
	return build.ErrCannotLearn
}

// Share has nothing to share.
func (b *builder) Share(context.Context, build.Request, *build.Graph, bool) (build.Library, error) {
	return build.Library{}, build.ErrCannotLearn
}

// Forget does nothing: the agent removes artifacts itself.
func (b *builder) Forget(build.Artifact) {}

// watcher watches nothing: what is new comes over the bus.
type watcher struct{}

func (watcher) Arm(watch.Scope) (watch.Info, error) { return watch.Info{Backend: "bus"}, nil }

func (watcher) Follow(watch.Scope) {}

func (watcher) Run(ctx context.Context, batches chan<- watch.Batch) error {
	if batches != nil {
		defer close(batches)
	}
	<-ctx.Done()
	return nil
}

func (watcher) Survey(watch.Scope, func(string, fs.DirEntry)) {}
