package watch

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hotreload/internal/mailbox"
)

// poller finds out by itself what happens in directories. It compares names,
// sizes, times, inodes and the times that no program can set; what it hints at need not be a change.
type poller struct {
	every time.Duration
	wake  chan struct{} // there is something to scan
	done  chan struct{}

	mu   sync.Mutex // a scan reads the disk for long, and must not keep the watcher from adding directories
	dirs map[string]*polled
}

// polled is what was in a directory the last time.
type polled struct {
	entries map[string]glimpse
	inode   uint64
	gone    bool
}

// glimpse is what is seen of an entry without opening it.
type glimpse struct {
	mode    fs.FileMode
	stamp   stamp
	changed int64 // what changedAt says of a file
}

func newPoller(every time.Duration) *poller {
	return &poller{every: every, wake: make(chan struct{}, 1), done: make(chan struct{}), dirs: map[string]*polled{}}
}

// add takes a directory. Whatever changes once it has returned is found.
func (p *poller) add(dir string) error {
	now, err := readGlimpses(dir, 0)
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

// record takes what the watcher saw at a path. The next scan compares with that:
// what came, was reported, went unseen and came again would otherwise be known only
// here.
func (p *poller) record(path string, e entry) {
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
		d.entries[name] = glimpse{stamp: e.stamp, changed: e.changed}
	case folder:
		d.entries[name] = glimpse{mode: fs.ModeDir, stamp: e.stamp}
	case folderLink:
		e.kind = link
		fallthrough
	default: // an entry holds no stamp of a link, nor of a special file
		if kindOf(d.entries[name].mode) != e.kind {
			d.entries[name] = unlike
		}
	}
}

// unlike is a glimpse that nothing on a disk gives.
var unlike = glimpse{mode: fs.ModeIrregular | fs.ModeDir}

// distrust forgets what is at a path, so that the next scan reports it either way.
func (p *poller) distrust(path string) {
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

// run scans until the poller is closed. It sleeps while there is nothing to scan,
// and never scans for more than a fifth of the time.
func (p *poller) run(hints *mailbox.Box[hint]) {
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
		hints.Put(found...)
	}
}

// scan compares all directories once.
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
		hints = p.compare(dir, hints)
	}
	return hints
}

// compare compares a directory with what it was.
func (p *poller) compare(dir string, hints []hint) []hint {
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
	is, err := readGlimpses(dir, size)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dirs[dir] != was { // removed, or removed and added, meanwhile
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
		case former.stamp != g.stamp, former.changed != g.changed, (g.mode.IsRegular() || g.mode == fs.ModeSymlink) && g.stamp.fresh(now):
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

// readGlimpses returns what is in a directory; size is about how much that is.
func readGlimpses(dir string, size int) (*polled, error) {
	self, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	g := &polled{entries: make(map[string]glimpse, max(size, len(entries))), inode: stampOf(self).inode}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // it went away
		}
		is := glimpse{mode: info.Mode().Type(), stamp: stampOf(info)}
		if info.Mode().IsRegular() {
			is.changed = changedAt(info)
		}
		g.entries[entry.Name()] = is
	}
	return g, nil
}
