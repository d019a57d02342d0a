package bus

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hotreload/build"
	"hotreload/internal/broker"
	"hotreload/internal/broker/brokertest"
	"hotreload/internal/fleet"
	"hotreload/internal/supervise"
	"hotreload/runner"
)

// TestMain makes the test binary the supervisor of the broker's build, too. A goroutine of the
// client's stays if its connection is closed as it first publishes.
func TestMain(m *testing.M) {
	if supervise.IsSupervisor() {
		os.Exit(supervise.Main())
	}
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}

// patience is how long a test waits for what must come.
const patience = time.Minute

// server is a broker, and how to end it.
type server struct {
	url, listen, token string
	stop               func()
}

// startServer starts a broker; listen is where, if it was there before.
func startServer(t *testing.T, store, listen string) *server {
	t.Helper()
	return startWith(t, broker.Settings{Listen: listen, Store: store, Token: "secret"})
}

func startWith(t *testing.T, settings broker.Settings) *server {
	t.Helper()
	settings.Listen = cmp.Or(settings.Listen, "127.0.0.1:0")
	b, url, err := broker.Start(brokertest.Program(t), settings)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{url: url, listen: strings.TrimPrefix(url, "nats://"), token: settings.Token, stop: sync.OnceFunc(b.Stop)}
	t.Cleanup(s.stop)
	return s
}

// hubAt is a session's end.
type hubAt struct {
	*Hub
	events chan fleet.Event
	stop   func()
}

func (s *server) hub(t *testing.T, dir string, c fleet.Config) (*hubAt, error) {
	t.Helper()
	secrets, err := OpenSecrets(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Listen = s.listen
	h, err := OpenHub(t.Context(), HubOptions{
		Config: c, Server: s.url, Project: "shop", Root: "/src/shop", Dir: dir, Key: secrets, Access: Access{Token: s.token},
	})
	if err != nil {
		return nil, err
	}
	at := &hubAt{Hub: h, events: make(chan fleet.Event, 1000)}
	ctx, cancel := context.WithCancel(t.Context())
	done, drained := make(chan struct{}), make(chan struct{})
	go func() { defer close(done); h.Run(ctx) }()
	go func() {
		defer close(drained)
		for {
			select {
			case e := <-h.Events():
				at.events <- e
			case <-done:
				return
			}
		}
	}()
	stopped := false
	at.stop = func() {
		if !stopped {
			stopped = true
			cancel()
			<-done
			<-drained
		}
	}
	t.Cleanup(at.stop)
	return at, nil
}

func (s *server) mustHub(t *testing.T, dir string) *hubAt {
	t.Helper()
	h, err := s.hub(t, dir, fleet.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// awaitEvent waits for an event of a type.
func awaitEvent[T fleet.Event](t *testing.T, h *hubAt) T {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e := <-h.events:
			if e, ok := e.(T); ok {
				return e
			}
		case <-timeout:
			var want T
			t.Fatalf("no %T", want)
		}
	}
}

// instance is an agent's end.
type instance struct {
	*Line
	dir   string
	notes chan string
	stop  func()
}

func (s *server) agent(t *testing.T, a Address, after int64) *instance {
	t.Helper()
	i := &instance{dir: t.TempDir(), notes: make(chan string, 1000)}
	var err error
	i.Line, err = OpenLine(a, Access{Token: s.token}, after, func(text string) { i.notes <- text })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); i.Run(ctx) }()
	i.stop = func() { cancel(); <-done; i.Close() }
	t.Cleanup(i.stop)
	return i
}

// state waits for a state that is as it should be.
func (i *instance) state(t *testing.T, is func(fleet.Desired) bool) fleet.Desired {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case d := <-i.Desired():
			if is(d) {
				return d
			}
		case <-timeout:
			t.Fatal("no such state")
		}
	}
}

func version(n int) func(fleet.Desired) bool {
	return func(d fleet.Desired) bool { return d.Stable != nil && d.Stable.Version == n }
}

// executable is a file of that many random bytes, the same for the same seed.
func executable(t *testing.T, size int, seed uint64) (file string, data []byte) {
	t.Helper()
	random := rand.NewChaCha8([32]byte{byte(seed)})
	data = make([]byte, size)
	_, _ = random.Read(data)
	file = filepath.Join(t.TempDir(), "app")
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return file, data
}

// has fetches a release, and checks that it is what was sent.
func (i *instance) has(t *testing.T, r *fleet.Release, want []byte, from ...string) (received int64) {
	t.Helper()
	return i.hasFile(t, r.Artifacts[Native()], want, from...)
}

func (i *instance) hasFile(t *testing.T, a fleet.Artifact, want []byte, from ...string) (received int64) {
	t.Helper()
	received, err := i.Fetch(t.Context(), i.dir, a, from)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(i.dir, a.Digest))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("it is not what was sent: %v", err)
	}
	return received
}

// A release reaches an instance, and the next one as a difference.
func TestRelease(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	h := s.mustHub(t, t.TempDir())
	i := s.agent(t, h.Address(), 0)
	file, first := executable(t, 5<<20, 1)
	h.Release(fleet.Made{Version: 1, App: fleet.App{Name: "shop"}, Executable: file})
	d := i.state(t, version(1))
	if n := i.has(t, d.Stable, first); n < 5<<20 {
		t.Errorf("random bytes came as %d", n)
	}
	old := d.Stable.Artifacts[Native()].Digest
	i.Report(fleet.Status{Name: "a", ID: "1", Protocol: fleet.Protocol, Platform: Native(), Release: d.Stable.ID, Condition: fleet.Serving, Holds: []string{old}})
	awaitEvent[fleet.Done](t, h)

	second := bytes.Clone(first)
	copy(second[3<<20:], "something else")
	if err := os.WriteFile(file+"2", second, 0o755); err != nil {
		t.Fatal(err)
	}
	h.Release(fleet.Made{Version: 2, App: fleet.App{Name: "shop"}, Executable: file + "2"})
	d = i.state(t, func(d fleet.Desired) bool { return d.Canary != nil })
	if n := i.has(t, d.For("a"), second, old); n > 10_000 {
		t.Errorf("14 bytes have changed, and %d came", n)
	}
}

// Plugins travel as files of their own: a newer one as the difference to the one before it, and the executable
// not again.
func TestReleasePlugins(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	h := s.mustHub(t, t.TempDir())
	i := s.agent(t, h.Address(), 0)
	file, app := executable(t, 1<<20, 1)
	at, greet := executable(t, 300<<10, 2)
	made := fleet.Made{Version: 1, Process: 1, Executable: file, Plugins: []build.Plugin{{Name: "greet", Path: at, Packages: []string{"greet/1"}, Fixed: []string{"fixed"}}}}
	h.Release(made)
	first := i.state(t, version(1)).Stable
	i.has(t, first, app)
	p := first.Plugins[Native()][0]
	if p.Name != "greet" || p.Packages[0] != "greet/1" || p.Fixed[0] != "fixed" || i.hasFile(t, p.File, greet) < 300<<10 {
		t.Errorf("the plugin came as %+v", p)
	}
	i.Report(fleet.Status{Name: "a", ID: "1", Protocol: fleet.Protocol, Platform: Native(), Release: first.ID, Condition: fleet.Serving, Holds: []string{first.Artifacts[Native()].Digest, p.File.Digest}})
	awaitEvent[fleet.Done](t, h)

	copy(greet[1000:], "something else")
	if err := os.WriteFile(at+"2", greet, 0o755); err != nil {
		t.Fatal(err)
	}
	made.Version, made.Plugins = 2, []build.Plugin{{Name: "greet", Path: at + "2"}}
	h.Release(made)
	second := i.state(t, func(d fleet.Desired) bool { return d.Canary != nil }).Canary
	if second.Artifacts[Native()] != first.Artifacts[Native()] || second.Process != first.Process {
		t.Errorf("%+v has another executable or process than %+v", second, first)
	}
	if n := i.hasFile(t, second.Plugins[Native()][0].File, greet, first.Files(Native())...); n > 10_000 {
		t.Errorf("14 bytes have changed, and %d came", n)
	}
	made.Version, made.Process = 3, 3
	h.Release(made)
	if third := i.state(t, func(d fleet.Desired) bool { return d.Canary != nil && d.Canary.Version == 3 }).Canary; third.Process == first.Process {
		t.Error("a new process is that of the first release")
	}
}

// An artifact that is damaged where it lies, and a difference that is not what it should be, cost the difference
// alone.
func TestDamaged(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	h := s.mustHub(t, t.TempDir())
	i := s.agent(t, h.Address(), 0)
	file, first := executable(t, 1<<20, 1)
	h.Release(fleet.Made{Version: 1, Executable: file})
	d := i.state(t, version(1))
	i.has(t, d.Stable, first)
	old := d.Stable.Artifacts[Native()].Digest
	i.Report(fleet.Status{Name: "a", ID: "1", Protocol: fleet.Protocol, Platform: Native(), Release: d.Stable.ID, Condition: fleet.Serving, Holds: []string{old}})
	awaitEvent[fleet.Done](t, h)

	second := bytes.Clone(first)
	copy(second[1<<19:], "something else")
	if err := os.WriteFile(file+"2", second, 0o755); err != nil {
		t.Fatal(err)
	}
	h.Release(fleet.Made{Version: 2, Executable: file + "2"})
	next := i.state(t, func(d fleet.Desired) bool { return d.Canary != nil }).Canary
	at := filepath.Join(i.dir, old)
	if err := os.WriteFile(at, append(first[:100:100], make([]byte, len(first)-100)...), 0o700); err != nil {
		t.Fatal(err)
	}
	if n := i.has(t, next, second, old); n < 1<<20 {
		t.Errorf("%d bytes came", n)
	}
	if _, err := os.Stat(at); err == nil {
		t.Error("what is damaged is still there")
	}

	if err := errors.Join(os.Remove(filepath.Join(i.dir, next.Artifacts[Native()].Digest)), os.WriteFile(at, first, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.stores.put(t.Context(), difference(next.Artifacts[Native()].Digest, old), strings.NewReader("nonsense")); err != nil {
		t.Fatal(err)
	}
	i.has(t, next, second, old)
	if _, err := os.Stat(at); err != nil {
		t.Errorf("what is not damaged is gone: %v", err)
	}
}

// What another key has signed, what is older than what was seen, and what is not what was
// signed is never returned.
func TestTrust(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	h := s.mustHub(t, t.TempDir())
	file, _ := executable(t, 3<<20, 1)
	h.Release(fleet.Made{Version: 1, Executable: file})
	i := s.agent(t, h.Address(), 0)
	good := i.state(t, version(1))

	_, other, _ := ed25519.GenerateKey(nil)
	forged := good
	forged.Serial += 1000
	forged.Stable = &fleet.Release{Version: 666}
	publish := func(text []byte) {
		t.Helper()
		if err := h.conn.nats.Publish(h.conn.told(), text); err != nil {
			t.Fatal(err)
		}
	}
	sealed := func(key ed25519.PrivateKey, d fleet.Desired) []byte {
		t.Helper()
		text, err := sign(key, time.Now(), d)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	publish(sealed(other, forged))
	older := good
	older.Serial--
	older.Stable = &fleet.Release{Version: 665}
	publish(sealed(h.options.Key.Key, older))
	elsewhere := good
	elsewhere.Serial += 1000
	elsewhere.Project = "bank"
	publish(sealed(h.options.Key.Key, elsewhere))
	publish([]byte(`{"state":{"serial":99999999999999},"signature":""}`))
	publish([]byte("nonsense"))
	newer := good
	newer.Serial++
	newer.Stable = &fleet.Release{Version: 2}
	publish(sealed(h.options.Key.Key, newer))
	select {
	case d := <-i.Desired():
		if d.Stable.Version != 2 {
			t.Errorf("version %d was taken", d.Stable.Version)
		}
	case <-time.After(patience):
		t.Fatal("the genuine state did not arrive")
	}

	a := good.Stable.Artifacts[Native()]
	evil := bytes.Repeat([]byte("evil"), 1<<18)
	if err := h.stores.prune(t.Context(), func(string) bool { return false }); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	if err := compress(&packed, func(w io.Writer) error { _, err := w.Write(evil); return err }); err != nil {
		t.Fatal(err)
	}
	if _, err := h.stores.put(t.Context(), whole(a.Digest), &packed); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Fetch(t.Context(), i.dir, a, nil); !errors.Is(err, ErrTampered) {
		t.Errorf("a tampered artifact: %v", err)
	}
	if _, err := h.stores.put(t.Context(), whole(a.Digest), bytes.NewReader(make([]byte, 3*a.Size))); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Fetch(t.Context(), i.dir, a, nil); !errors.Is(err, ErrTampered) {
		t.Errorf("one that fills the disk: %v", err)
	}
	if left, _ := os.ReadDir(i.dir); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

// What the key has signed, but not for this project or not in words that this agent knows, is told of and not
// taken.
func TestVerify(t *testing.T) {
	public, key, _ := ed25519.GenerateKey(nil)
	for state, want := range map[string]string{
		`{"project":"shop","protocol":1,"serial":7}`: "",
		`{"project":"bank","protocol":1}`:            `"bank"`,
		`{"project":"shop","protocol":2}`:            "run the same version of hotreload at both ends",
		`{"project":"shop"}`:                         "run the same version of hotreload at both ends",
		`{"project":"shop","protocol":"one"}`:        "another version of hotreload",
	} {
		text, err := json.Marshal(signed{json.RawMessage(state), ed25519.Sign(key, []byte(purpose+state))})
		if err != nil {
			t.Fatal(err)
		}
		d, err := verify(public, "shop", text)
		if want == "" {
			if err != nil || d.Serial != 7 {
				t.Errorf("%s: %+v, %v", state, d, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", state, err, want)
		}
	}
}

// A new instance takes no state that was signed long ago: it may have been replaced since. One that
// knows what came before takes it.
func TestReplay(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	h := s.mustHub(t, t.TempDir())
	offer := func(d fleet.Desired, at time.Time) {
		t.Helper()
		text, err := sign(h.options.Key.Key, at, d)
		if err == nil {
			_, err = h.stores.states.Put(t.Context(), desiredKey, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	old := fleet.Desired{Project: "shop", Serial: 100, Stable: &fleet.Release{Version: 1}}
	offer(old, time.Now().Add(-stale-time.Minute))
	if d := s.agent(t, h.Address(), 99).state(t, version(1)); d.Serial != 100 {
		t.Errorf("an instance that was away takes %d", d.Serial)
	}
	fresh := s.agent(t, h.Address(), 0)
	select {
	case text := <-fresh.notes:
		if !strings.Contains(text, "waits for the session") {
			t.Errorf("it says %s", text)
		}
	case d := <-fresh.Desired():
		t.Errorf("a new instance takes %+v", d)
	}
	offer(old, time.Now().Add(-stale+time.Minute))
	fresh.state(t, version(1))
}

// The server ends in the middle of a transfer, and comes back: the transfer goes on from
// where it was.
func TestCut(t *testing.T) {
	store := t.TempDir()
	s := startServer(t, store, "")
	h := s.mustHub(t, t.TempDir())
	file, want := executable(t, 9<<20, 1)
	h.Release(fleet.Made{Version: 1, Executable: file})
	i := s.agent(t, h.Address(), 0)
	d := i.state(t, version(1))
	a := d.Stable.Artifacts[Native()]
	stores, err := i.conn.openStores(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, there, err := stores.find(t.Context(), whole(a.Digest))
	if err != nil || !there {
		t.Fatal(err)
	}
	var half bytes.Buffer
	for n := range 2 {
		if err := stores.part(t.Context(), p, n, &half); err != nil {
			t.Fatal(err)
		}
	}
	half.WriteString("torn")
	if err := os.WriteFile(filepath.Join(i.dir, "part."+p.Name), half.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s.stop()
	fetched := make(chan error, 1)
	go func() {
		_, err := i.Fetch(t.Context(), i.dir, a, nil)
		fetched <- err
	}()
	startServer(t, store, s.listen)
	if err := <-fetched; err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(i.dir, a.Digest)); !bytes.Equal(got, want) {
		t.Error("it is not what was sent")
	}
}

// The server ends while a canary tries a version, and comes back: the rollout goes on.
func TestServerEndsInRollout(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	s := startServer(t, store, "")
	h := s.mustHub(t, t.TempDir())
	a, b := s.agent(t, h.Address(), 0), s.agent(t, h.Address(), 0)
	serve := func(i *instance, name string, r *fleet.Release) {
		i.Report(fleet.Status{Name: name, ID: "1", Protocol: fleet.Protocol, Platform: Native(), Release: r.ID, Version: r.Version, Condition: fleet.Serving})
	}
	file, _ := executable(t, 300<<10, 1)
	h.Release(fleet.Made{Version: 1, Executable: file})
	serve(a, "a", a.state(t, version(1)).Stable)
	serve(b, "b", b.state(t, version(1)).Stable)
	awaitEvent[fleet.Done](t, h)

	file, _ = executable(t, 300<<10, 2)
	h.Release(fleet.Made{Version: 2, Executable: file})
	d := a.state(t, func(d fleet.Desired) bool { return d.Canary != nil })
	s.stop()
	startServer(t, store, s.listen)
	for !a.Connected() {
		<-a.Asked()
	}
	serve(a, "a", d.Canary)
	serve(b, "b", b.state(t, version(2)).Stable)
	if e := awaitEvent[fleet.Done](t, h); e.Version != 2 {
		t.Errorf("version %d is done", e.Version)
	}
}

// A server that has lost all it had is given it again.
func TestServerLosesAll(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	h := s.mustHub(t, t.TempDir())
	file, want := executable(t, 1<<20, 1)
	h.Release(fleet.Made{Version: 1, Executable: file})
	s.agent(t, h.Address(), 0).state(t, version(1))
	s.stop()
	again := startServer(t, t.TempDir(), s.listen)
	late := again.agent(t, h.Address(), 0)
	late.has(t, late.state(t, version(1)).Stable, want)
}

// The second session of a project is told where the first one is.
func TestTwoSessions(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	s.mustHub(t, t.TempDir())
	_, err := s.hub(t, t.TempDir(), fleet.DefaultConfig())
	if err == nil || !strings.Contains(err.Error(), "/src/shop") {
		t.Errorf("the second session: %v", err)
	}
}

// A session goes on from what the one before it has published, with the same key.
func TestNextSession(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	dir := t.TempDir()
	h := s.mustHub(t, dir)
	file, want := executable(t, 1<<20, 1)
	h.Release(fleet.Made{Version: 7, Executable: file})
	before := s.agent(t, h.Address(), 0).state(t, version(7))
	h.stop()
	next := s.mustHub(t, dir)
	if got := next.rollout.Desired; got.Stable == nil || got.Stable.Version != 7 || got.Serial < before.Serial {
		t.Errorf("it goes on from %+v", got)
	}
	late := s.agent(t, next.Address(), 0)
	late.has(t, late.state(t, version(7)).Stable, want)
}

// A token that is wrong opens nothing, and no error shows it.
func TestWrongToken(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	s.token = "a wrong one"
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := OpenHub(ctx, HubOptions{Server: s.url, Project: "shop", Dir: t.TempDir(), Access: Access{Token: s.token}})
	if err == nil || strings.Contains(err.Error(), s.token) {
		t.Errorf("with a wrong token: %v", err)
	}
}

// Of many releases in a row the last one is published.
func TestManyReleases(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "")
	h := s.mustHub(t, t.TempDir())
	i := s.agent(t, h.Address(), 0)
	var last []byte
	for n := range 100 {
		var file string
		file, last = executable(t, 100<<10, uint64(n+1))
		h.Release(fleet.Made{Version: n + 1, Executable: file})
	}
	i.has(t, i.state(t, version(100)).Stable, last)
}

// What an instance says of its platform becomes part of a path.
func TestPlatformNames(t *testing.T) {
	for name, is := range map[string]bool{"linux/amd64": true, "linux/arm64/static": true, "": false, "..": false, "../x": false, "linux/..": false, "a b/c": false, "linux/amd64/x": false} {
		if isPlatform.MatchString(name) != is {
			t.Errorf("%q is a platform: %v", name, !is)
		}
	}
}

func TestAddress(t *testing.T) {
	public, _, _ := ed25519.GenerateKey(nil)
	a := Address{"nats://127.0.0.1:4222", "shop", public}
	got, err := ParseAddress(a.String())
	if err != nil || got.Server != a.Server || got.Project != a.Project || !got.Key.Equal(a.Key) {
		t.Errorf("%v, %v", got, err)
	}
	for text, open := range map[string]bool{"nats://10.0.0.1:4222": true, "tls://10.0.0.1:4222": false, "nats://[::1]:4222": false, "nats://localhost": false, "ws://web": true} {
		if (Address{Server: text}).Open() != open {
			t.Errorf("%s is open: %v", text, !open)
		}
	}
	for _, text := range []string{"", "nats://127.0.0.1:4222", "http://127.0.0.1/shop/x", "nats://h/shop/short", "nats://tokenabc@127.0.0.1:4222/shop/" + strings.Split(a.String(), "/")[4], "nats://h/a.b/c", "://"} {
		_, err := ParseAddress(text)
		if err == nil || strings.Contains(err.Error(), "tokenabc") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A server without JetStream is told from one that is not there.
func TestNoJetStream(t *testing.T) {
	t.Parallel()
	s := startWith(t, broker.Settings{})
	if _, err := s.hub(t, t.TempDir(), fleet.DefaultConfig()); err == nil || !strings.Contains(err.Error(), "-js") {
		t.Errorf("without JetStream: %v", err)
	}
	if _, _, err := Probe(t.Context(), s.url, Access{}); err == nil || !strings.Contains(err.Error(), "-js") {
		t.Errorf("the doctor says %v", err)
	}
}

// A server that takes small messages alone is sent small ones; a state that is too large for it
// is told of.
func TestSmallMessages(t *testing.T) {
	t.Parallel()
	s := startWith(t, broker.Settings{Store: t.TempDir(), MaxMessage: 8 << 10})
	h := s.mustHub(t, t.TempDir())
	i := s.agent(t, h.Address(), 0)
	file, want := executable(t, 300<<10, 1)
	h.Release(fleet.Made{Version: 1, Executable: file})
	i.has(t, i.state(t, version(1)).Stable, want)
	file, _ = executable(t, 300<<10, 2)
	h.Release(fleet.Made{Version: 2, App: fleet.App{Runner: runner.Config{Env: map[string]string{"LONG": strings.Repeat("x", 9<<10)}}}, Executable: file})
	if n := awaitEvent[fleet.Noted](t, h); !strings.Contains(n.Text, "could not be published") {
		t.Errorf("it says %s", n.Text)
	}
}
