package runner

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"hotreload/internal/proxy"
)

// succession is who serves, who comes next and who leaves. It belongs to Run alone.
type succession struct {
	ctx       context.Context // Run's
	launcher  *launcher
	traffic   traffic
	patience  patience
	events    chan<- Event
	reports   chan report
	asked     orders
	serving   *instance // what serves, or will when nothing does; nil: nothing
	next      *instance // is to take over from it; nil: nothing
	leaving   map[*instance]bool
	departing sync.WaitGroup // the goroutines that wait for those
	yielded   []Exited       // of processes that ended before it was told who took over
	probation probation

	handed     legacy // what the version that ended leaves to the next one, if none runs
	sharedLock bool   // two versions have run side by side though the older one held a lock
}

// orders are what was asked for from outside, and is not done yet.
type orders struct {
	want    *Request          // what is to run next; nil: nothing
	killed  bool              // everything is to end at once, for good
	broken  *proxy.Failure    // what to show if nothing runs; nil: nothing
	size    Size              // of the terminal that shows the app
	readers []chan<- *streams // each waits for a process that reads what is typed
}

// probation is the time after a takeover in which a crash rolls back.
type probation struct {
	previous *Request         // the version to roll back to; nil: none
	since    time.Time        // when the current one began to serve
	over     <-chan time.Time // receives at its end
}

func newSuccession(ctx context.Context, t *Target) *succession {
	reports := make(chan report)
	s := &succession{
		ctx: ctx, launcher: newLauncher(t, reports), traffic: traffic{t.options.Proxy}, patience: t.patience,
		events: t.events, reports: reports, leaving: map[*instance]bool{},
	}
	s.launcher.starter.Prepare() // while the first version is built
	return s
}

func (s *succession) close() {
	s.departing.Wait()
	s.launcher.close()
}

// all are the instances that are alive.
func (s *succession) all() []*instance {
	all := slices.Collect(maps.Keys(s.leaving))
	for _, i := range []*instance{s.serving, s.next} {
		if i != nil {
			all = append(all, i)
		}
	}
	return all
}

func (s *succession) alive() bool { return len(s.all()) > 0 }

// find returns the instance of a process; nil: it is gone.
func (s *succession) find(p *process) *instance {
	for _, i := range s.all() {
		if i.process == p {
			return i
		}
	}
	return nil
}

// stopAll asks everything to end, because the context has.
func (s *succession) stopAll() {
	s.traffic.hold()
	for _, i := range s.all() {
		i.process.stop()
	}
}

// obey does what was asked for last: it stops what runs or, once nothing does, starts
// what is wanted. What can run beside what runs is started at once.
func (s *succession) obey() {
	s.showBroken()
	want := s.asked.want
	switch {
	case s.asked.killed:
		for _, i := range s.all() {
			i.process.kill()
		}
	case want == nil || s.ctx.Err() != nil:
	case s.next != nil:
		if s.next.giveUp() { // else it is about to serve, and nothing else does
			s.next.process.kill()
		}
	case s.serving == nil:
		s.asked.want = nil
		s.startAlone(*want)
	default:
		// What would fail anyway must not cost the version that serves.
		if _, _, err := want.check(); err != nil {
			s.asked.want = nil
			s.events <- Failed{Gen: want.Gen, Err: err}
			return
		}
		if s.runsBeside(want) {
			s.asked.want = nil
			s.next = s.start(*want, s.serving, legacy{})
			return
		}
		s.makeWay()
	}
}

// wants reports whether something else is to run next, or nothing ever again.
func (s *succession) wants() bool { return s.asked.want != nil || s.asked.killed }

// runsBeside reports whether a version can be started while the old one goes on.
func (s *succession) runsBeside(r *Request) bool {
	switch {
	case !s.serving.up || r.Proxied.Alone:
		return false
	case r.Strategy == Proxy:
		return s.traffic.exists()
	}
	return r.Strategy.Passes() && s.serving.process.shares()
}

// holds reports whether clients wait while the versions change, at the proxy or at a
// listener that we keep, and a version that does not come to serve is rolled back.
func (s *succession) holds(r *Request) bool {
	return s.traffic.exists() && r.Strategy == Proxy || r.Strategy.Passes() && r.Proxied.Alone
}

// startAlone starts a process when no other runs.
func (s *succession) startAlone(r Request) {
	if !r.Strategy.Passes() {
		s.launcher.keepAddresses(r.Config.Listen) // the app may want to open the others by itself
	}
	if !s.holds(&r) {
		s.probation.previous = nil
	}
	s.traffic.hold()
	handed := s.handed
	s.serving = s.start(r, nil, handed)
	if back := s.probation.previous; s.serving == nil && back != nil {
		s.restore(RolledBack{Gen: r.Gen, Strategy: r.Strategy, Reason: "it could not be started"}, *back, handed)
	}
}

// start starts a process, and tells so. It returns nil when that failed.
func (s *succession) start(r Request, from *instance, l legacy) *instance {
	i := &instance{request: r, from: from, held: from == nil && s.probation.previous != nil, plugins: newPlugins(r)}
	p, w, err := s.launcher.start(s.ctx, r, i.place(s.asked.size, l))
	if err != nil {
		if from == nil {
			s.traffic.fail(proxy.Failure{What: "The app could not be started", Details: err.Error()})
		}
		if from == nil {
			s.handed = l // for the next one that is started
		}
		s.events <- Failed{Gen: r.Gen, Err: err}
		s.reinstall()
		return nil
	}
	if i.process = p; from == nil {
		s.handed = legacy{}
	}
	s.events <- Started{Gen: r.Gen, PID: p.pid(), EnvFiles: w.envFiles}
	if !r.Listens {
		s.traffic.fail(noPort)
		s.events <- Ready{Gen: r.Gen, PID: p.pid(), Via: "start", Took: time.Since(p.started)}
	}
	s.launcher.attend(p, w) // only now, so that its output comes after Started
	s.reads(p)
	return i
}

// reinstall puts the executable of the version that serves back in its place, when another
// one did not come to serve: an app may start itself again.
func (s *succession) reinstall() {
	if s.serving == nil {
		return
	}
	if installed, err := s.serving.request.Artifact.Install(); err == nil { // else the next start says why
		installed.Release()
	}
}

// serves puts a process that is ready in the place of the one before it.
func (s *succession) serves(p *process, r Ready) {
	switch i := s.find(p); {
	case i == nil || p.asked():
		return // its report has crossed our order to end
	case i == s.next:
		r.Swap = &Swap{Strategy: i.request.Strategy, Took: r.Took, Carried: p.entry.result()}
		previous := i.from.request
		s.probation.previous = &previous
		s.sharedLock = s.sharedLock || holdsLock(i.from.process.tree()) != ""
		under := s.switchTo(i, r)
		if s.serving != nil { // it may have ended already
			s.leave(s.serving, under, p.entry.guarded)
		}
		s.serving, s.next, i.from = i, nil, nil
		p.entry.forget()
	case i == s.serving:
		if i.held {
			r.Swap = &Swap{Strategy: i.request.Strategy, Took: r.Took, Carried: p.entry.result()}
		}
		s.switchTo(i, r)
	default:
		return
	}
	s.serving.up = true
	s.launcher.portless = s.serving.request.Config.Ready == "" && r.Address == "" && !r.Shared && r.Via != "accept" && r.Via != "app"
	s.launcher.ported = r.Address != "" || r.Shared
	s.probation.since, s.probation.over = time.Now(), time.After(s.patience.probation)
	if p.desk != nil {
		r.Tunables = p.desk.Tunings()
	}
	r.PID = p.pid()
	p.identity.ready.Store(&r)
	s.events <- r
	s.reportYielded()
}

// reportYielded reports the processes that ended while another one took over.
func (s *succession) reportYielded() {
	for _, e := range s.yielded {
		s.events <- e
	}
	s.yielded = nil
}

// answerTurn answers a process that asks to take over.
func (s *succession) answerTurn(p *process, t turn) {
	i := s.find(p)
	if i == nil || !i.takeTurn() {
		t.answer <- granted{}
		return
	}
	g := granted{ok: true}
	if from := i.from; from != nil && !from.leaving {
		from.leaving = true
		if t.hold {
			g.held = s.traffic.hold().Answered
		}
	}
	t.answer <- g
}

// leave lets a process end in its own time, once it has finished what is under way. Its end
// is not reported before the paths of its sockets are in order again; nil: they are.
func (s *succession) leave(i *instance, under proxy.Leaving, guarded <-chan struct{}) {
	i.leaving = true
	s.leaving[i] = true
	s.departing.Go(func() {
		i.process.leave(under)
		i.process.work.Wait()
		if guarded != nil {
			<-guarded
		}
		s.reports <- report{i.process, departed{}}
	})
}

// makeWay stops what serves so that another version can be started in its place. Where
// clients can wait for that, the requests under way are finished first.
func (s *succession) makeWay() {
	i := s.serving
	if s.launcher.portless { // it may have opened one late
		s.launcher.portless = len(listening(s.ctx, i.process.tree())) == 0
	}
	passes := s.asked.want.Strategy.Passes() && i.process.shares()
	switch {
	case !s.traffic.exists() && !passes || !i.up && !i.process.entry.isAdmitted():
		i.process.stop()
	case !i.makesWay:
		i.makesWay = true
		byItself := time.Duration(0)
		switch {
		case passes && i.request.Strategy == Inject: // it hands over nothing, and says when its requests have ended
			byItself = s.patience.drain
		case passes: // it hands over its state when only streams are left
			byItself = s.patience.drainSlack
		}
		i.process.finish(s.traffic.hold().Answered, byItself)
	}
}

// settle ends the probation: what was kept for a rollback is given up.
func (s *succession) settle() {
	s.probation.over, s.probation.previous = nil, nil
	if s.serving == nil || s.next != nil {
		return
	}
	s.launcher.keepGiven(s.serving.process.desk)
	s.events <- Settled{s.serving.request.Gen}
}

// hear takes in what a process reports.
func (s *succession) hear(r report) {
	switch news := r.news.(type) {
	case Ready:
		s.serves(r.from, news)
	case notReady:
		if i := s.find(r.from); i != nil {
			i.late = &news
			r.from.supervised.Kill() // without being asked: its exit is not expected
		}
	case replaced:
		s.replace(r.from, news)
	case turn:
		s.answerTurn(r.from, news)
	case departed:
		i := s.find(r.from)
		delete(s.leaving, i)
		s.events <- i.exited()
	case pluginReport:
		s.plugged(r.from, news.event)
	case Moved:
		r.from.identity.moved(news)
		s.events <- news
	case Event:
		s.events <- news
	}
}

// servingEnded takes in the end of what serves, or was to serve when nothing did. If
// that had just taken over, the version before it is started again.
func (s *succession) servingEnded() {
	ended := s.serving
	ended.process.work.Wait()
	s.serving = nil
	got := ended.process.entry.legacy.Load()
	e := ended.exited()
	e.Hint = cmp.Or(ended.lateHint(), s.traffic.hint(e))
	if ended.makesWay && e.Expected {
		s.probation.previous, s.probation.over = &ended.request, nil
	}
	if s.next != nil && ended.leaving {
		s.yielded = append(s.yielded, e)
		return
	}
	if ended.plugins.loading > 0 { // the plugin is to blame, not the version
		s.probation.previous, s.probation.over = nil, nil
	}
	back := s.probation.previous
	s.bequeath(ended, e, back != nil, got)
	if back == nil || s.next != nil || e.Expected || s.ctx.Err() != nil || s.wants() {
		s.showEnd(e)
		s.events <- e
		return
	}
	s.rollBack(ended, e, *back, *got)
}

// nextEnded takes in the end of a process that was to take over.
func (s *succession) nextEnded() {
	ended := s.next
	ended.process.work.Wait()
	s.next = nil
	got := ended.process.entry.legacy.Load()
	e := ended.exited()
	e.Hint = cmp.Or(ended.lateHint(), s.traffic.hint(e))
	s.reportYielded()
	from := ended.from
	if !from.leaving && !e.Expected {
		s.tryAlone(ended, &e)
	}
	if !from.leaving || e.Expected || s.ctx.Err() != nil || s.wants() {
		if from.leaving && s.serving == nil { // it had made way already
			s.handed = got.settled()
		}
		s.reinstall()
		s.events <- e
		return
	}
	// The old process has handed over its state and ends: it cannot go on.
	if s.serving != nil {
		s.leave(s.serving, proxy.Leaving{}, nil)
		s.serving = nil
	}
	s.rollBack(ended, e, from.request, *got)
}
