package runner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
)

// A process removes the path of its unix socket when it closes it, though the path may be that
// of the next version's socket by then: an app removes the path before it listens. So a second
// link to that socket is kept until the old process has ended, and the path restored from it.

const (
	// pathPause is the time between two looks whether a path is still there.
	pathPause = 5 * time.Millisecond
	// newPathPause is the time between two looks for further sockets at the same paths.
	newPathPause = 100 * time.Millisecond
)

// pathGuard keeps the paths of unix sockets that two versions of an app listen on.
type pathGuard struct {
	old, new *process
	dir      string            // relative paths are below it
	paths    []string          // of the old process
	links    map[string]string // path -> our second link to the new process's socket
	looked   time.Time         // when further sockets were last looked for
}

// guardPaths keeps the paths of a process from the one before it, which is about to close its
// sockets, until that has ended. The channel is closed then; nil: there are no such paths.
func guardPaths(ctx context.Context, new, old *process, dir string) chan struct{} {
	g := &pathGuard{old: old, new: new, dir: dir, links: map[string]string{}}
	if g.paths = g.socketPaths(ctx, old); len(g.paths) == 0 {
		return nil
	}
	g.look(ctx)
	done := make(chan struct{})
	new.work.Go(func() {
		defer close(done)
		g.run(ctx)
	})
	return done
}

func (g *pathGuard) run(ctx context.Context) {
	defer func() {
		for _, link := range g.links {
			_ = os.Remove(link)
		}
	}()
	for {
		select {
		case <-ctx.Done(): // the new process is to end
			return
		case <-g.old.gone:
			g.restore()
			return
		case <-time.After(pathPause):
		}
		if time.Since(g.looked) >= newPathPause {
			g.look(ctx)
		}
		g.restore()
	}
}

// look links the sockets that the new process has at paths of the old one.
func (g *pathGuard) look(ctx context.Context) {
	if len(g.links) < len(g.paths) {
		for _, path := range g.socketPaths(ctx, g.new) {
			if g.links[path] != "" || !slices.Contains(g.paths, path) {
				continue
			}
			// Next to it, because a link cannot lead to another file system.
			link := filepath.Join(filepath.Dir(path), fmt.Sprintf(".hotreload-%d-%d", g.new.pid(), len(g.links)))
			if os.Link(path, link) == nil {
				g.links[path] = link
			}
		}
	}
	g.looked = time.Now()
}

// restore puts back the paths that are gone.
func (g *pathGuard) restore() {
	for path, link := range g.links {
		if _, err := os.Lstat(path); os.IsNotExist(err) {
			_ = os.Link(link, path) // fails if the app has made the path again just now
		}
	}
}

// socketPaths are the paths of the unix sockets that a process or its descendants have.
func (g *pathGuard) socketPaths(ctx context.Context, p *process) []string {
	var paths []string
	for _, pid := range p.tree() {
		sockets, _ := psnet.ConnectionsPidWithContext(ctx, "unix", int32(pid)) // an error: it ended
		for _, s := range sockets {
			path := s.Laddr.IP
			if path == "" || path[0] == '@' {
				continue
			}
			if !filepath.IsAbs(path) {
				path = filepath.Join(g.dir, path)
			}
			paths = append(paths, filepath.Clean(path))
		}
	}
	return paths
}
