package doctor

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// healthy returns the readings of a machine on which nothing is wrong.
func healthy() Readings {
	return Readings{
		GOOS: "linux", Root: "/shop",
		Go:       Go{Path: "/usr/bin/go", Version: "go1.26.1", Wanted: "1.26", By: "go.mod"},
		Git:      "/usr/bin/git",
		Package:  Package{Name: "./cmd/shop"},
		Commands: []Command{{Key: "build.command", Path: "/usr/bin/make"}},
		Cgo:      Cgo{Enabled: true, Compiler: "gcc", Found: true},
		Mount:    Mount{Point: "/", Type: "ext4"},
		Watch:    Watch{Backend: "inotify", Dirs: 100, Files: 900},
		Limits:   Limits{Watches: 8192, WatchesUsed: 100, Instances: 128, InstancesUsed: 3, OpenFiles: 1024},
		Cache:    Place{Dir: "/home/me/.cache/hotreload", Mount: Mount{Point: "/home"}},
	}
}

func TestHealthy(t *testing.T) {
	for _, r := range Check(healthy()) {
		if r.Status != OK || r.Fix != "" {
			t.Errorf("%s", r)
		}
	}
}

// TestCheck changes one reading of a healthy machine, and expects one line that is
// not ok and says so.
func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Readings)
		want   string // the beginning of the line, and after "…" a part of it
	}{
		{"bad config", func(r *Readings) { r.Config.Err = errors.New("x.toml:1:1: unknown key") }, "problem config … x.toml:1:1: unknown key"},
		{"old go that may download", func(r *Readings) { r.Go.Wanted = "1.27" }, "warning go … downloads"},
		{"old go that may not", func(r *Readings) { r.Go.Wanted, r.Go.Local = "1.27", true }, "problem go … GOTOOLCHAIN=auto"},
		{"newer patch wanted", func(r *Readings) { r.Go.Wanted = "1.26.2" }, "warning go … 1.26.2"},
		{"no go", func(r *Readings) { r.Go.Err = errors.New("not on PATH"); r.Package.Err = r.Go.Err }, "problem go … not on PATH"},
		{"no package", func(r *Readings) { r.Package.Err = errors.New("2 main packages:\n  a\n  b") }, "problem package … 2 main packages: a b"},
		{"no build command", func(r *Readings) {
			r.Commands = []Command{{Key: "build.command", Err: errors.New("mage: not found")}}
		}, "problem command … mage: not found; install it, or correct build.command"},
		{"no generator", func(r *Readings) {
			r.Commands = []Command{{Key: "build.command", Path: "/bin/make"}, {Key: "build.generate.command", Err: errors.New("templ: not found")}}
		}, "problem command … templ: not found; install it, or correct build.generate.command"},
		{"no compiler for cgo", func(r *Readings) { r.Cgo = Cgo{Packages: []string{"sqlite"}, Compiler: "gcc"} }, "problem cgo … gcc is not on PATH, and it is needed for sqlite;"},
		{"no compiler for the race detector", func(r *Readings) { r.Cgo = Cgo{Race: true, Compiler: "gcc"} }, "problem cgo … for build.race;"},
		{"cgo off", func(r *Readings) { r.Cgo.Packages, r.Cgo.Enabled = []string{"a", "b", "c", "d"}, false }, "warning cgo … a, b, c, and 1 more"},
		{"no bus", func(r *Readings) { r.Session.Bus = Bus{Where: "nats://a", Err: errors.New("no JetStream")} }, "problem bus … nats://a cannot be used: no JetStream; check bus.url"},
		{"no room on the bus", func(r *Readings) { r.Session.Bus = Bus{Where: "nats://a", Room: 5 << 20} }, "warning bus … room for 5 MB"},
		{"no room for the broker", func(r *Readings) {
			r.Session.Bus = Bus{Where: "127.0.0.1:4222", Listens: true, Err: errors.New("address already in use")}
		}, "problem bus … already in use; set another bus.listen"},
		{"no git", func(r *Readings) { r.Git = "" }, "warning git … not on PATH"},
		{"nfs", func(r *Readings) { r.Mount = Mount{"/mnt", "nfs4", false} }, "warning file system … watch.poll"},
		{"fuse", func(r *Readings) { r.Mount = Mount{"/mnt", "fuse.sshfs", false} }, "warning file system … fuse.sshfs at /mnt"},
		{"nothing can be injected", func(r *Readings) {
			r.Inject = Injection{Wanted: true, Err: errors.New("build.command builds the app")}
		}, "warning inject … nothing can be injected: build.command builds the app; to lose no request"},
		{"overlay", func(r *Readings) { r.Mount = Mount{"/", "overlay", false} }, "warning file system … container"},
		{"cannot watch", func(r *Readings) { r.Watch = Watch{Err: errors.New("no space left; raise it")} }, "problem watching … raise it"},
		{"few watches left", func(r *Readings) { r.Limits.Watches = 250 }, "warning watches … 100 more needed; 100 of 250 in use (fs.inotify.max_user_watches); sudo sysctl fs.inotify.max_user_watches=500"},
		{"too few watches", func(r *Readings) { r.Limits.Watches = 199 }, "problem watches … =400"},
		{"no instance left", func(r *Readings) { r.Limits.InstancesUsed = 128 }, "problem instances … max_user_instances=258"},
		{"open files with kqueue", func(r *Readings) { r.GOOS = "darwin" }, "problem open files … 1024 may be open, 1256 are needed; ulimit -n 2512"},
		{"cache not writable", func(r *Readings) { r.Cache.Err = errors.New("read-only file system") }, "problem cache … XDG_CACHE_HOME"},
		{"cache not executable", func(r *Readings) { r.Cache.Mount.NoExec = true }, "problem cache … is on /home, which is mounted noexec"},
		{"disk full", func(r *Readings) { r.Cache.Total, r.Cache.Free = 1<<30, 3<<20 }, "problem cache … is full: 3 MB are free, and a build needs some 64 MB; free some space"},
		{"disk of the go command's cache full", func(r *Readings) { r.Go.Cache = Place{Dir: "/go", Total: 1 << 30} }, "problem go cache … the disk of /go is full: 0 MB are free"},
		{"session runs", func(r *Readings) { r.Session = Session{Running: true, PID: 7} }, "warning session … as process 7; "},
		{"no place for the socket", func(r *Readings) { r.Session.Err = errors.New("not yours") }, "problem session … not yours"},
		{"port taken", func(r *Readings) {
			r.Ports = []Port{{Number: 80, From: "the variable PORT", Holder: "process 9 holds it"}}
		}, "problem port 80 … the variable PORT names it, and process 9 holds it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := healthy()
			tt.change(&r)
			results := slices.DeleteFunc(Check(r), func(r Result) bool { return r.Status == OK })
			if len(results) != 1 {
				t.Fatalf("got %v", results)
			}
			start, part, _ := strings.Cut(tt.want, " … ")
			line := strings.Join(strings.Fields(results[0].String()), " ")
			if !strings.HasPrefix(line, start) || !strings.Contains(line, part) {
				t.Errorf("got %q, want %q", line, tt.want)
			}
			if want := strings.HasPrefix(start, "problem"); (Problems(results) == 1) != want {
				t.Errorf("%d problems", Problems(results))
			}
		})
	}
}

// That there is no library is no fault.
func TestLibrary(t *testing.T) {
	for want, l := range map[string]Library{
		"": {},
		"each build links the whole app: build.race is set":                                                                 {Wanted: true, Err: errors.New("build.race is set")},
		"each build links the whole app, until a session has made a library of the packages that are not the project's own": {Wanted: true},
		"builds link the project's own packages alone, against a library of the others: /cache/libhotreload-1.so, 21 MB":    {Wanted: true, Path: "/cache/libhotreload-1.so", Size: 21<<20 - 1},
	} {
		r := healthy()
		r.Cgo.Library = l
		got := ""
		for _, result := range Check(r) {
			if result.Check == "shared" && result.Status == OK {
				got = result.Text
			}
		}
		if got != want {
			t.Errorf("%+v: %q", l, got)
		}
	}
}

func TestOwnPortIsFine(t *testing.T) {
	r := healthy()
	r.Ports = []Port{{Number: 80, From: "PORT", Own: true}, {Number: 81, From: "-addr"}}
	if results := Check(r); Problems(results) > 0 {
		t.Errorf("%v", results)
	}
}

func TestNamedPorts(t *testing.T) {
	tests := []struct {
		name      string
		args, env []string
		want      []int
	}{
		{"flags", []string{"serve", "-addr", ":8080", "--port=8081", "--http-addr", "localhost:8082", "-p", "8083"}, nil, []int{8080, 8081, 8082, 8083}},
		{"an address alone", []string{":9000", "9001"}, nil, []int{9000}},
		{"variables", nil, []string{"PORT=1", "HTTP_ADDR=127.0.0.1:2", "listen_addr=[::1]:3"}, []int{1, 2, 3}},
		{"the same twice", []string{"-port", "80"}, []string{"PORT=80"}, []int{80}},
		{"other services'", []string{"--redis=localhost:6379", "-db-port", "5432"}, []string{"DB_PORT=5432", "REDIS_ADDR=localhost:6379"}, nil},
		{"other machines'", []string{"-addr", "example.org:80"}, nil, nil},
		{"no ports", []string{"-port", "-addr", "x", "-port"}, []string{"PORT=", "ADDR=unix", "PORT=70000", "PORT=0"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []int
			for _, p := range NamedPorts(tt.args, tt.env) {
				got = append(got, p.Number)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestRead checks that what is read makes sense on any machine.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	if m := ReadMount(t.Context(), dir); runtime.GOOS == "linux" && (m.Type == "" || !strings.HasPrefix(dir, m.Point)) {
		t.Errorf("%s is on %+v", dir, m)
	}
	if p := ReadPlace(t.Context(), dir+"/new"); p.Err != nil || p.Total == 0 {
		t.Errorf("%+v", p)
	}
	if p := ReadPlace(t.Context(), "/dev/null/x"); p.Err == nil {
		t.Error("a place below a file can be written to")
	}
	if l := ReadLimits(); runtime.GOOS == "linux" && (l.Watches == 0 || l.Instances == 0) {
		t.Errorf("limits %+v", l)
	}
}
