package agree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Uses are ways to run an app. In what is said here, {port} stands for a free port,
// which is PORT in the environment, too, {dir} for a new directory, in which it runs, and
// {tree} for the project.
type Uses struct {
	Env   []string // NAME=VALUE
	Runs  []string // the arguments of one run each
	Serve string   // the arguments of a run as a server; may be empty
	Get   string   // the URL at which that answers; h2c:// stands for HTTP/2 without TLS
}

// observer runs executables.
type observer struct {
	uses Uses
	dir  string // for what they write
	tree string
	tell func(progress string) // is told what the app does, which must serve; nil after the first build
}

// probeVariable makes the app tell of itself and exit, by the probe in it.
const probeVariable = "HOTRELOAD_AGREE"

// compare says in what two executables differ, or "".
func (o observer) compare(ctx context.Context, a, b string) (string, error) {
	if why, err := o.compareInfo(ctx, a, b); why != "" || err != nil {
		return why, err
	}
	for _, what := range []string{"info", "trace"} {
		env := []string{probeVariable + "=" + what, "GODEBUG=inittrace=1"}
		if why, err := o.compareRuns(ctx, "the probe's "+what, a, b, func(path string) (string, error) { return o.run(ctx, path, "", env) }); why != "" || err != nil {
			return why, err
		}
	}
	for _, args := range o.uses.Runs {
		if why, err := o.compareRuns(ctx, args, a, b, func(path string) (string, error) { return o.run(ctx, path, args, nil) }); why != "" || err != nil {
			return why, err
		}
	}
	if o.uses.Serve == "" {
		return "", nil
	}
	return o.compareRuns(ctx, o.uses.Serve, a, b, func(path string) (string, error) { return o.serve(ctx, path) })
}

// compareInfo compares what `go version -m` says.
func (o observer) compareInfo(ctx context.Context, a, b string) (string, error) {
	var all []string
	for _, path := range []string{a, b} {
		text, err := exec.CommandContext(ctx, "go", "version", "-m", path).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("go version -m %s: %w: %s", path, err, text)
		}
		all = append(all, strings.ReplaceAll(string(text), path, "app"))
	}
	return difference("go version -m", all[0], all[1]), nil
}

// mostRuns is how often an app runs whose output varies, until both executables have
// printed the same once.
const mostRuns = 4

func (o observer) compareRuns(ctx context.Context, what, a, b string, run func(path string) (string, error)) (string, error) {
	var as, bs []string
	for range mostRuns {
		printed, err := run(a)
		if err != nil {
			return "", err
		}
		as = append(as, printed)
		if printed, err = run(b); err != nil {
			return "", err
		}
		bs = append(bs, printed)
		if slices.ContainsFunc(as, func(text string) bool { return slices.Contains(bs, text) }) {
			if o.tell != nil {
				o.tell(fmt.Sprintf("%s: %.300q", what, printed))
			}
			return "", ctx.Err()
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(bs)))) == mostRuns {
		what = "what is printed is never the same, and cannot be compared: " + what
	}
	return difference(what, as[0], bs[0]), ctx.Err()
}

// difference says where two texts differ first.
func difference(what, a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(as), len(bs)) {
		switch {
		case i >= len(as):
			return fmt.Sprintf("%s: only go build's has %q", what, bs[i])
		case i >= len(bs):
			return fmt.Sprintf("%s: only hotreload's has %q", what, as[i])
		case as[i] != bs[i]:
			return fmt.Sprintf("%s: %q, and go build's %q", what, as[i], bs[i])
		}
	}
	return ""
}

// patience is how long an app may run; long, because others use the machine.
const patience = 2 * time.Minute

// command is a run of the app in a new directory.
func (o observer) command(ctx context.Context, path, args string, env []string, port int) (*exec.Cmd, error) {
	if err := os.RemoveAll(o.dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, strings.Fields(o.expand(args, port))...)
	cmd.Dir = o.dir
	cmd.Env = append(os.Environ(), "HOME="+o.dir, "XDG_CONFIG_HOME="+o.dir, "XDG_DATA_HOME="+o.dir, "TZ=UTC", "PORT="+strconv.Itoa(port))
	for _, variable := range slices.Concat(o.uses.Env, env) {
		cmd.Env = append(cmd.Env, o.expand(variable, port))
	}
	cmd.WaitDelay = time.Second
	return cmd, nil
}

func (o observer) expand(text string, port int) string {
	return strings.NewReplacer("{port}", strconv.Itoa(port), "{dir}", o.dir, "{tree}", o.tree).Replace(text)
}

// run runs the app to its end, and says what it printed and how it exited.
func (o observer) run(ctx context.Context, path, args string, env []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd, err := o.command(ctx, path, args, env, 0)
	if err != nil {
		return "", err
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if ctx.Err() != nil {
		return "", fmt.Errorf("%s %s did not exit: %w", path, args, context.Cause(ctx))
	}
	return o.normal(path, exit(err)+"\nstdout:\n"+out.String()+"stderr:\n"+errs.String(), 0), nil
}

func exit(err error) string {
	if err != nil {
		return err.Error()
	}
	return "exit status 0"
}

// serve starts the app, asks it once, stops it, and says what it answered, what it printed
// and how it exited.
func (o observer) serve(ctx context.Context, path string) (string, error) {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	port, err := freePort()
	if err != nil {
		return "", err
	}
	cmd, err := o.command(ctx, path, o.uses.Serve, nil, port)
	if err != nil {
		return "", err
	}
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	waiting.Go(func() { ended <- cmd.Wait() })
	answer, err := get(ctx, o.expand(o.uses.Get, port), ended)
	if err != nil && o.tell != nil { // two apps that do not serve would agree
		return "", fmt.Errorf("%s ended before it answered at %s: %w\n%s", filepath.Base(path), o.uses.Get, err, printed.String())
	}
	if err != nil {
		return o.normal(path, "before it answered: "+err.Error()+"\n"+printed.String(), port), nil
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return "", fmt.Errorf("stop %s: %w", path, err)
	}
	err = <-ended
	if ctx.Err() != nil {
		return "", fmt.Errorf("%s did not stop: %w", path, context.Cause(ctx))
	}
	lines := strings.Split(digits.ReplaceAllString(printed.String(), "#"), "\n")
	slices.Sort(lines)
	return o.normal(path, exit(err)+"\n"+answer+"\n"+strings.Join(slices.Compact(lines), "\n"), port), nil
}

// get asks until there is an answer. An app that ended sends its end.
func get(ctx context.Context, url string, ended <-chan error) (string, error) {
	var transport http.Transport
	defer transport.CloseIdleConnections()
	if after, ok := strings.CutPrefix(url, "h2c:"); ok {
		url, transport.Protocols = "http:"+after, new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	client := http.Client{Transport: &transport}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return "", err
		}
		if res, err := client.Do(req); err == nil {
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			return fmt.Sprintf("%s %s %v\n%s", res.Status, res.Header.Get("Content-Type"), err, body), nil
		}
		select {
		case err := <-ended:
			return "", errors.New(exit(err))
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// What differs from run to run.
var (
	digits    = regexp.MustCompile(`\d+`)
	addresses = regexp.MustCompile(`( \+)?0x[0-9a-f]+`)
	arguments = regexp.MustCompile(`(?m)^(\S+)\(.*\)$`) // of a function in a trace
	inits     = regexp.MustCompile(`(?m)^(init \S+) @.*$`)
	dates     = regexp.MustCompile(`\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d[.\d]*`)
	durations = regexp.MustCompile(`\b\d+(\.\d+)?(ns|µs|ms|s)\b`)
	processes = regexp.MustCompile(`goroutine \d+`)
	moments   = regexp.MustCompile(`\b\d{10,}\b`) // since 1970
)

// normal is what an app printed without what differs from run to run.
func (o observer) normal(path, text string, port int) string {
	text = strings.NewReplacer(path, "APP", filepath.Dir(path), "HOME", o.dir, "DIR").Replace(text)
	if port != 0 {
		text = strings.ReplaceAll(text, strconv.Itoa(port), "PORT")
	}
	text = inits.ReplaceAllString(text, "$1")
	text = arguments.ReplaceAllString(text, "$1()")
	text = addresses.ReplaceAllString(text, "")
	text = dates.ReplaceAllString(text, "DATE")
	text = durations.ReplaceAllString(text, "DURATION")
	text = moments.ReplaceAllString(text, "MOMENT")
	return processes.ReplaceAllString(text, "goroutine N")
}
