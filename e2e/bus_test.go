//go:build unix

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"

	"hotreload/internal/broker/brokertest"
)

// fleetUnderTest is a session with a bus, and the line by which agents join it.
type fleetUnderTest struct {
	*tool
	join []string // the arguments of hotreload agent
	app  []string // the arguments of the app at instances
}

// fleetApp answers with a constant wherever there is room, or where it is told.
const fleetApp = `package main

import (
	"log"
	"net"
	"net/http"
	"os"
)

const answer = "one"

func main() {
	l, err := net.Listen("tcp", append(os.Args, "127.0.0.1:0")[1])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(answer)) })
	log.Fatal(http.Serve(l, nil))
}
`

// startFleet starts a session with a bus. In its cache is the broker that all tests share.
func startFleet(t *testing.T, dir string, args ...string) *fleetUnderTest {
	t.Helper()
	return startFleetBy(t, nil, dir, args...)
}

// startFleetBy has another command start it.
func startFleetBy(t *testing.T, wrapper []string, dir string, args ...string) *fleetUnderTest {
	t.Helper()
	cmd := command(t, dir, streamed(append([]string{"--bus", "--set", "bus.ready=300ms"}, args...))...)
	cache := t.TempDir()
	cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+cache)
	shared := filepath.Dir(filepath.Dir(brokertest.Program(t)))
	if err := errors.Join(os.Mkdir(filepath.Join(cache, "hotreload"), 0o700), os.Symlink(shared, filepath.Join(cache, "hotreload", "broker"))); err != nil {
		t.Fatal(err)
	}
	f := &fleetUnderTest{tool: run(t, dir, wrapped(t, wrapper, cmd))}
	f.await("app.ready")
	out, err := f.beside("", "send", "status").Output()
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`"join": "hotreload ([^"]+)"`).FindStringSubmatch(string(out))
	if line == nil {
		t.Fatalf("no line to join by: %s", out)
	}
	f.join, f.app = strings.Fields(line[1]), []string{"127.0.0.1:0"}
	return f
}

// wrapped is a command that another one starts, in its own place.
func wrapped(t *testing.T, wrapper []string, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	if len(wrapper) == 0 {
		return cmd
	}
	path, err := exec.LookPath(wrapper[0])
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Args = path, slices.Concat(wrapper, cmd.Args)
	return cmd
}

// agent starts an agent.
func (f *fleetUnderTest) agent(name, cache string, args ...string) *tool {
	f.t.Helper()
	return f.agentBy(nil, f.join, name, cache, args...)
}

// agentBy has another command start it, with a line of its own.
func (f *fleetUnderTest) agentBy(wrapper, join []string, name, cache string, args ...string) *tool {
	f.t.Helper()
	dir := f.t.TempDir()
	args = slices.Concat(join, []string{"--name", name, "--cache", cache}, args, []string{"--"}, f.app)
	return run(f.t, dir, wrapped(f.t, wrapper, command(f.t, dir, streamed(args)...)))
}

// joined starts an agent, and waits until the session knows of it.
func (f *fleetUnderTest) joined(name, cache string, args ...string) *tool {
	f.t.Helper()
	f.mark()
	agent := f.agent(name, cache, args...)
	f.await("agent.joined", with("name", name))
	return agent
}

// serves waits until an instance serves a version, and returns where.
func (f *fleetUnderTest) serves(name string, version int) string {
	f.t.Helper()
	return f.await("agent.ready", with("name", name), with("version", version)).text("address")
}

// One save reaches all instances, one of them first. What fails there reaches no other. Where an app
// does not come to be ready by itself, the others do not wait for it.
func TestFleet(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": fleetApp})
	f := startFleet(t, dir)
	addresses := map[string]string{}
	for _, name := range []string{"a", "b"} {
		f.joined(name, t.TempDir())
		addresses[name] = f.serves(name, 1)
		awaitAnswer(t, addresses[name], "one")
	}
	f.joined("c", t.TempDir(), "--set", "runner.ready=http://127.0.0.1:1/", "--set", "runner.ready_timeout=500ms")
	f.await("agent.failed", with("name", "c"), with("version", 1), contains("reason", "not ready within 500ms"))

	f.edit("main.go", `"one"`, `"two"`)
	for name := range addresses {
		awaitAnswer(t, f.serves(name, 2), "two")
	}
	f.await("rollout.done", with("version", 2), with("instances", 2), with("failed", 1))

	f.edit("main.go", "l, err :=", "panic(\"a bad day\")\n\tl, err :=")
	failed := f.await("agent.failed", with("version", 3), contains("reason", "a bad day"))
	f.await("rollout.rolled_back", with("version", 3), with("to", 2), with("instance", failed.text("name")))
	awaitAnswer(t, f.serves(failed.text("name"), 2), "two")
	if n := f.count("agent.update"); n != 1 {
		t.Errorf("%d instances were sent what fails", n)
	}

	text := read(t, filepath.Join(dir, "main.go"))
	f.save("main.go", strings.NewReplacer("panic(\"a bad day\")\n\t", "", `"two"`, `"three"`).Replace(text))
	for name := range addresses {
		awaitAnswer(t, f.serves(name, 4), "three")
	}
}

// An agent that was killed, whatever it was doing, or asleep takes the newest version. Without the bus it
// runs the last good one.
func TestFleetReturns(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": fleetApp})
	f := startFleet(t, dir)
	cache := t.TempDir()
	agent := f.joined("a", cache)
	f.serves("a", 1)
	version, last := 1, "one"
	edit := func() {
		t.Helper()
		version++
		next := "number " + strconv.Itoa(version)
		f.edit("main.go", last, next)
		last = next
	}
	for _, step := range []string{"build.start", "build.ok", "app.start", "app.ready"} {
		agent.mark()
		edit()
		agent.await(step)
		if err := agent.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		agent.wait()
		agent = f.joined("a", cache)
		awaitAnswer(t, f.serves("a", version), last)
	}

	if err := agent.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	f.await("agent.gone", with("name", "a"))
	edit()
	f.await("cycle", with("result", "ok"))
	if err := agent.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	awaitAnswer(t, f.serves("a", version), last)

	f.quit(syscall.SIGTERM)
	agent.quit(syscall.SIGTERM)
	awaitAnswer(t, f.agent("a", cache).await("app.ready").text("address"), last)
}

// killBroker kills the broker of a session.
func killBroker(t *testing.T, session int) {
	t.Helper()
	out, _ := exec.Command("pgrep", "-P", strconv.Itoa(session), "-f", "hotreload-broker").Output() // an error: it is being started again
	for pid := range strings.FieldsSeq(string(out)) {
		n, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(n, syscall.SIGKILL)
	}
}

// The agent is a container's first process, and passes the signal that ends it on.
func TestAgentIsInit(t *testing.T) {
	slow(t)
	t.Parallel()
	if err := exec.Command("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "true").Run(); err != nil {
		t.Skip("namespaces cannot be made here")
	}
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": fleetApp})
	f := startFleet(t, dir)
	agent := command(t, t.TempDir(), append(f.join, "--name", "box", "--cache", t.TempDir(), "--", "127.0.0.1:0")...)
	agent = wrapped(t, []string{"unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"}, agent)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = agent.Process.Kill() })
	awaitAnswer(t, f.serves("box", 1), "one")
	f.edit("main.go", `"one"`, `"two"`)
	awaitAnswer(t, f.serves("box", 2), "two")
	out, err := exec.Command("pgrep", "-P", strconv.Itoa(agent.Process.Pid)).Output()
	if err != nil {
		t.Fatal(err)
	}
	first, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(first, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := agent.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	f.await("agent.gone", with("name", "box"), with("reason", "its agent was stopped"))
}

// An agent whose disk is full says so, and goes on when there is room.
func TestAgentDiskFull(t *testing.T) {
	slow(t)
	t.Parallel()
	if err := exec.Command("unshare", "--user", "--map-root-user", "--mount", "true").Run(); err != nil {
		t.Skip("namespaces cannot be made here")
	}
	f := startFleet(t, module(t, map[string]string{"go.mod": goMod, "main.go": fleetApp}))
	cache := t.TempDir()
	agent := command(t, t.TempDir(), append(f.join, "--name", "box", "--cache", cache, "--", "127.0.0.1:0")...)
	const small = `mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"`
	agent = wrapped(t, []string{"unshare", "--user", "--map-root-user", "--mount", "sh", "-c", small, cache}, agent)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = agent.Process.Signal(syscall.SIGTERM)
		_ = agent.Wait()
	})
	f.await("agent.failed", with("name", "box"), contains("reason", "no space left"))
	f.edit("main.go", `"one"`, `"two"`)
	f.await("agent.failed", with("name", "box"), with("version", 2), contains("reason", "no space left"))
	mount := exec.Command("nsenter", "--target", strconv.Itoa(agent.Process.Pid), "--user", "--mount", "--preserve-credentials", "mount", "-o", "remount,size=100m", cache)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f.edit("main.go", `"two"`, `"three"`)
	awaitAnswer(t, f.serves("box", 3), "three")
}

// Any client of NATS can follow what happens, and send commands; but not without the token.
func TestBusClients(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": speaker})
	f := startFleet(t, dir)
	server := strings.Join(strings.Split(f.join[1], "/")[:3], "/")
	if c, err := nats.Connect(server); err == nil {
		c.Close()
		t.Error("it needs no token")
	}
	token := read(t, f.join[3])
	for _, args := range [][]string{f.cmd.Args, f.join} {
		if strings.Contains(strings.Join(args, " "), token) {
			t.Errorf("the token is in the arguments %v", args)
		}
	}
	c, err := nats.Connect(server, nats.Token(token))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cycles, err := c.SubscribeSync("hotreload.v1.example_com_app.evt.cycle")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(command string) string {
		t.Helper()
		m, err := c.Request("hotreload.v1.example_com_app.cmd", []byte(command), patience)
		if err != nil {
			t.Fatal(err)
		}
		return string(m.Data)
	}
	if answer := ask(`{"command":"restart"}`); !strings.Contains(answer, `"ok":true`) {
		t.Errorf("restart is answered by %s", answer)
	}
	m, err := cycles.NextMsg(patience)
	if err != nil {
		t.Fatal(err)
	}
	e, err := parseEvent(t, m.Data)
	if err != nil || e.text("reason") != "asked to restart" {
		t.Errorf("%s, %v", m.Data, err)
	}
	for command, want := range map[string]string{
		`{"command":"status"}`: `"phase":"running"`, `{"command":"who"}`: dir, `{"command":"dance"}`: "unknown command",
		"nonsense": "not a request", `{"command":"set"}`: "set takes a name and a value",
	} {
		if answer := ask(command); !strings.Contains(answer, want) {
			t.Errorf("%s is answered by %s", command, answer)
		}
	}
	f.quit(syscall.SIGTERM)
	if log := f.stderr.String(); strings.Contains(log, token) {
		t.Errorf("the token is in %s", log)
	}
}
