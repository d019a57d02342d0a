//go:build linux

package e2e

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

var fleetRounds = flag.Int("fleet-rounds", 6, "what happens to a fleet in networks of its own, `N` times")

// networks are network namespaces: the session's, and one for each agent, which has files of its
// own, too, and a cable to the session's.
type networks struct {
	t      *testing.T
	hub    int // processes that hold the namespaces
	agents map[string]int
}

// newNetworks makes them, or skips the test.
func newNetworks(t *testing.T, cache string, names ...string) *networks {
	t.Helper()
	for _, tool := range []string{"unshare", "nsenter", "ip", "tc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("networks cannot be made here: " + err.Error())
		}
	}
	n := &networks{t: t, agents: map[string]int{}}
	n.hub = n.holder("unshare", "--user", "--map-root-user", "--net", "sh", "-c", "ip link set lo up && echo up && exec cat")
	for i, name := range names {
		const files = `ip link set lo up && mount -t tmpfs tmpfs "$0" && echo up && exec cat`
		at := n.holder(append(n.inHub(), "unshare", "--net", "--mount", "sh", "-c", files, cache)...)
		n.agents[name] = at
		n.do(n.inHub(), "ip", "link", "add", "to-"+name, "type", "veth", "peer", "name", "eth0", "netns", strconv.Itoa(at))
		n.do(n.inHub(), "ip", "address", "add", fmt.Sprintf("10.77.%d.1/24", i), "dev", "to-"+name)
		n.do(n.inHub(), "ip", "link", "set", "to-"+name, "up")
		n.do(n.in(name), "ip", "address", "add", fmt.Sprintf("10.77.%d.2/24", i), "dev", "eth0")
		n.do(n.in(name), "ip", "link", "set", "eth0", "up")
	}
	return n
}

// holder starts a process that lives as long as the test, and waits until it is up.
func (n *networks) holder(command ...string) int {
	n.t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	if _, err := io.ReadFull(out, make([]byte, len("up\n"))); err != nil {
		n.t.Skip("networks cannot be made here: " + strings.Join(command, " "))
	}
	return cmd.Process.Pid
}

// inHub and in are what a command begins with that runs there.
func (n *networks) inHub() []string {
	return []string{"nsenter", "--target", strconv.Itoa(n.hub), "--user", "--net", "--preserve-credentials"}
}

func (n *networks) in(name string) []string {
	return []string{"nsenter", "--target", strconv.Itoa(n.agents[name]), "--user", "--net", "--mount", "--preserve-credentials"}
}

// do runs a command.
func (n *networks) do(where []string, command ...string) {
	n.t.Helper()
	all := append(where, command...)
	if out, err := exec.Command(all[0], all[1:]...).CombinedOutput(); err != nil {
		n.t.Fatalf("%s: %v: %s", strings.Join(command, " "), err, out)
	}
}

// cable plugs an agent's cable in, or out.
func (n *networks) cable(name string, in bool) {
	n.t.Helper()
	n.do(n.inHub(), "ip", "link", "set", "to-"+name, map[bool]string{true: "up", false: "down"}[in])
}

// Agents in networks of their own, one of them a slow one, come to run what was saved last, whatever is saved,
// killed and cut off meanwhile. The seed of a run that failed is repeated with HOTRELOAD_SEED.
func TestFleetNetworks(t *testing.T) {
	slow(t)
	t.Parallel()
	cache := t.TempDir()
	names := []string{"a", "b", "c"}
	n := newNetworks(t, cache, names...)
	n.do(n.in("b"), "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "20mbit", "burst", "32kbit", "latency", "400ms")
	n.do(n.inHub(), "tc", "qdisc", "add", "dev", "to-b", "root", "tbf", "rate", "20mbit", "burst", "32kbit", "latency", "400ms")
	app := strings.Replace(fleetApp, "\thttp.HandleFunc", "\tlog.Print(\"this is \", answer)\n\thttp.HandleFunc", 1)
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": app})
	f := startFleetBy(t, n.inHub(), dir, "--set", "bus.listen=0.0.0.0:4222", "--set", "bus.plain=true")
	agents := map[string]*tool{}
	begin := func(i int, name string) {
		_, rest, _ := strings.Cut(f.join[1], ":4222/")
		join := append([]string{f.join[0], fmt.Sprintf("nats://10.77.%d.1:4222/%s", i, rest), "--plain"}, f.join[2:]...)
		agents[name] = f.agentBy(n.in(name), join, name, cache)
	}
	for i, name := range names {
		begin(i, name)
		f.serves(name, 1)
	}
	seed, err := strconv.ParseUint(os.Getenv("HOTRELOAD_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("HOTRELOAD_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	out := map[string]bool{}
	save := func(text string) {
		t.Helper()
		f.save("main.go", strings.Replace(app, "func main() {", "func main() {\n"+text, 1))
		f.await("change")
		if random.IntN(2) == 0 { // else the next may come in the middle
			f.await("cycle")
		}
	}
	for round := range *fleetRounds {
		i := random.IntN(len(names))
		name := names[i]
		switch random.IntN(9) {
		case 0:
			killBroker(t, f.cmd.Process.Pid)
		case 1:
			_ = agents[name].cmd.Process.Kill()
			agents[name].wait()
			begin(i, name)
		case 2, 3:
			out[name] = !out[name]
			n.cable(name, !out[name])
		case 4:
			save(fmt.Sprintf("this does not compile %d", round))
		case 5:
			save(fmt.Sprintf("panic(\"round %d\")", round))
		default:
			save(fmt.Sprintf("answer := \"round %d\"\n_ = answer", round))
		}
	}
	for name := range out {
		n.cable(name, true)
	}
	for _, agent := range agents {
		agent.mark()
	}
	f.save("main.go", strings.Replace(app, `"one"`, `"the end"`, 1))
	for _, name := range names {
		agents[name].await("app.output", contains("text", "this is the end"))
	}
	for _, agent := range agents {
		agent.quit(syscall.SIGTERM)
	}
	f.quit(syscall.SIGTERM)
}
