package watch

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// poller finds out by itself what happens in directories. It compares names,
// sizes, times and inodes; what it hints at need not be a change.
type poller struct {
	every time.Duration
	wake  chan struct{} // there is something to look at
	done  chan struct{}

	mu   sync.Mutex // the directories are added and removed while it looks
	dirs map[string]*polled
}

// polled is what lay in a directory the last time.
type polled struct {
	entries map[string]glimpse
	inode   uint64
	gone    bool
}

// glimpse is what a look at an entry shows.
type glimpse struct {
	mode  fs.FileMode
	stamp stamp
}

func newPoller(every time.Duration) *poller {
	return &poller{every: every, wake: make(chan struct{}, 1), done: make(chan struct{}), dirs: map[string]*polled{}}
}

// add takes a directory. What changes from its return on is found.
func (p *poller) add(dir string) error {
	now, err := glance(dir, 0)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.dirs[dir] = now
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return nil
}

func (p *poller) remove(dir string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.dirs, dir)
}

// know takes what somebody else saw at a path. It is that which has to be
// compared with the next time: what came, was told, went unseen and came again
// would otherwise be known here alone.
func (p *poller) know(path string, e entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.dirs[filepath.Dir(path)]
	if d == nil {
		return
	}
	switch name := filepath.Base(path); e.kind {
	case absent:
		delete(d.entries, name)
	case file:
		d.entries[name] = glimpse{stamp: e.stamp}
	case folder:
		d.entries[name] = glimpse{mode: fs.ModeDir, stamp: e.stamp}
	case folderLink:
		e.kind = link
		fallthrough
	default: // an entry does not hold the stamp of a link, nor of what is special
		if kindOf(d.entries[name].mode) != e.kind {
			d.entries[name] = unlike
		}
	}
}

// unlike is a glimpse that nothing gives.
var unlike = glimpse{mode: fs.ModeIrregular | fs.ModeDir}

// doubt takes note that nobody knows what lies at a path. That something does,
// or nothing, is news.
func (p *poller) doubt(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.dirs[filepath.Dir(path)]; d != nil {
		d.entries[filepath.Base(path)] = unlike
	}
}

func (p *poller) any() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.dirs) > 0
}

func (p *poller) close() { close(p.done) }

// run looks until the poller is closed. It sleeps while there is nothing to
// look at, and never looks for more than a fifth of the time.
func (p *poller) run(hints chan<- []hint) {
	pause := p.every
	for {
		if !p.any() {
			select {
			case <-p.wake:
			case <-p.done:
				return
			}
		}
		select {
		case <-time.After(pause):
		case <-p.done:
			return
		}
		began := time.Now()
		found := p.scan()
		pause = max(p.every, 4*time.Since(began))
		if len(found) == 0 {
			continue
		}
		select {
		case hints <- found:
		case <-p.done:
			return
		}
	}
}

// scan looks at all directories once.
func (p *poller) scan() []hint {
	p.mu.Lock()
	dirs := make([]string, 0, len(p.dirs))
	for dir := range p.dirs {
		dirs = append(dirs, dir)
	}
	p.mu.Unlock()
	var hints []hint
	for _, dir := range dirs {
		select {
		case <-p.done:
			return nil
		default:
		}
		hints = p.look(dir, hints)
	}
	return hints
}

// look compares a directory with what it was.
func (p *poller) look(dir string, hints []hint) []hint {
	p.mu.Lock()
	was := p.dirs[dir]
	size := 0
	if was != nil {
		size = len(was.entries)
	}
	p.mu.Unlock()
	if was == nil {
		return hints
	}
	began := time.Now()
	is, err := glance(dir, size)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dirs[dir] != was { // removed or added anew meanwhile
		return hints
	}
	if err != nil {
		if !was.gone {
			hints = append(hints, hint{path: dir, entry: true})
		}
		was.gone = true
		return hints
	}
	if was.gone || is.inode != was.inode {
		hints = append(hints, hint{path: dir, entry: true})
	}
	p.dirs[dir] = is
	return was.compare(is, dir, began, hints)
}

func (was *polled) compare(is *polled, dir string, now time.Time, hints []hint) []hint {
	for name, g := range is.entries {
		former, known := was.entries[name]
		switch {
		case !known || former.mode.Type() != g.mode.Type() || former.stamp.inode != g.stamp.inode:
			hints = append(hints, hint{path: filepath.Join(dir, name), entry: true})
		case g.mode.IsDir():
		case former.stamp != g.stamp, (g.mode.IsRegular() || g.mode == fs.ModeSymlink) && g.stamp.fresh(now):
			hints = append(hints, hint{path: filepath.Join(dir, name)})
		}
	}
	for name := range was.entries {
		if _, there := is.entries[name]; !there {
			hints = append(hints, hint{path: filepath.Join(dir, name), entry: true})
		}
	}
	return hints
}

// glance sees what lies in a directory.
func glance(dir string, size int) (*polled, error) {
	self, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	lies, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	g := &polled{entries: make(map[string]glimpse, max(size, len(lies))), inode: stampOf(self).inode}
	for _, entry := range lies {
		info, err := entry.Info()
		if err != nil {
			continue // it went away
		}
		g.entries[entry.Name()] = glimpse{mode: info.Mode().Type(), stamp: stampOf(info)}
	}
	return g, nil
}
