//go:build unix

package e2e

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

var fleetRounds = flag.Int("fleet-rounds", 6, "`N` bad things happen to a fleet")

// networks are network namespaces: the session's, and one for each agent, which has files of its
// own, too, and a cable to the session's.
type networks struct {
	t      *testing.T
	hub    int // processes that hold the namespaces
	agents map[string]int
}

// newNetworks makes them; nil: they cannot be made here.
func newNetworks(t *testing.T, cache string, names ...string) *networks {
	t.Helper()
	for _, tool := range []string{"unshare", "nsenter", "ip", "tc"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil
		}
	}
	n := &networks{t: t, agents: map[string]int{}}
	if n.hub = n.holder("unshare", "--user", "--map-root-user", "--net", "sh", "-c", "ip link set lo up && echo up && exec cat"); n.hub == 0 {
		return nil
	}
	for i, name := range names {
		const files = `ip link set lo up && mount -t tmpfs tmpfs "$0" && echo up && exec cat`
		at := n.holder(append(n.inHub(), "unshare", "--net", "--mount", "sh", "-c", files, cache)...)
		if at == 0 {
			return nil
		}
		n.agents[name] = at
		n.do(n.inHub(), "ip", "link", "add", "to-"+name, "type", "veth", "peer", "name", "eth0", "netns", strconv.Itoa(at))
		n.do(n.inHub(), "ip", "address", "add", fmt.Sprintf("10.77.%d.1/24", i), "dev", "to-"+name)
		n.do(n.inHub(), "ip", "link", "set", "to-"+name, "up")
		n.do(n.in(name), "ip", "address", "add", fmt.Sprintf("10.77.%d.2/24", i), "dev", "eth0")
		n.do(n.in(name), "ip", "link", "set", "eth0", "up")
	}
	return n
}

// holder starts a process that lives as long as the test, and waits until it is up; 0: it cannot be.
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
		return 0
	}
	return cmd.Process.Pid
}

// inHub and in are what a command begins with that runs there.
func (n *networks) inHub() []string {
	if n == nil {
		return nil
	}
	return []string{"nsenter", "--target", strconv.Itoa(n.hub), "--user", "--net", "--preserve-credentials"}
}

func (n *networks) in(name string) []string {
	if n == nil {
		return nil
	}
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

// slow makes an agent's cable a slow one, both ways.
func (n *networks) slow(name string) {
	n.t.Helper()
	shape := strings.Fields("root tbf rate 20mbit burst 32kbit latency 400ms")
	n.do(n.in(name), append([]string{"tc", "qdisc", "add", "dev", "eth0"}, shape...)...)
	n.do(n.inHub(), append([]string{"tc", "qdisc", "add", "dev", "to-" + name}, shape...)...)
}

// chaos is a fleet to which bad things happen.
type chaos struct {
	*fleetUnderTest
	networks *networks
	cache    string
	names    []string
	agents   map[string]*tool
	out      map[string]bool // those that are cut off; without networks, they sleep
}

// begin starts an agent.
func (c *chaos) begin(i int) {
	c.t.Helper()
	name, join, cache := c.names[i], c.join, filepath.Join(c.cache, c.names[i])
	if c.networks != nil {
		_, rest, _ := strings.Cut(join[1], ":4222/")
		join = slices.Concat(join[:1], []string{fmt.Sprintf("nats://10.77.%d.1:4222/%s", i, rest), "--plain"}, join[2:])
	}
	c.agents[name] = c.agentBy(c.networks.in(name), join, name, cache)
}

// kill kills an agent, and starts it again.
func (c *chaos) kill(i int) {
	c.t.Helper()
	agent := c.agents[c.names[i]]
	_ = agent.cmd.Process.Kill()
	agent.wait()
	c.out[c.names[i]] = c.out[c.names[i]] && c.networks != nil
	c.begin(i)
}

// cut cuts an agent off, or no longer.
func (c *chaos) cut(name string, off bool) {
	c.t.Helper()
	c.out[name] = off
	switch {
	case c.networks != nil:
		c.networks.do(c.networks.inHub(), "ip", "link", "set", "to-"+name, map[bool]string{true: "down", false: "up"}[off])
	case off:
		_ = c.agents[name].cmd.Process.Signal(syscall.SIGSTOP)
	default:
		_ = c.agents[name].cmd.Process.Signal(syscall.SIGCONT)
	}
}

// saves has the app's main begin with something, which may be built or not before the next thing happens.
func (c *chaos) saves(random *rand.Rand, text string) {
	c.t.Helper()
	c.save("main.go", strings.Replace(chaosApp, "func main() {", "func main() {\n"+text, 1))
	c.await("change")
	if random.IntN(2) == 0 {
		c.await("cycle")
	}
}

// chaosApp says which version it is.
var chaosApp = strings.Replace(fleetApp, "\thttp.HandleFunc", "\tlog.Print(\"this is \", answer)\n\thttp.HandleFunc", 1)

// Agents in networks of their own, one of them a slow one, come to run what was saved last, whatever is saved,
// killed and cut off meanwhile. The seed of a run that failed is repeated with HOTRELOAD_SEED.
func TestFleetChaos(t *testing.T) {
	slow(t)
	t.Parallel()
	c := &chaos{cache: t.TempDir(), names: []string{"a", "b", "c"}, agents: map[string]*tool{}, out: map[string]bool{}}
	var args []string
	if c.networks = newNetworks(t, c.cache, c.names...); c.networks != nil {
		c.networks.slow("b")
		args = []string{"--set", "bus.listen=0.0.0.0:4222", "--set", "bus.plain=true"}
	}
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": chaosApp})
	c.fleetUnderTest = startFleetBy(t, c.networks.inHub(), dir, args...)
	for i, name := range c.names {
		c.begin(i)
		c.serves(name, 1)
	}
	seed, err := strconv.ParseUint(os.Getenv("HOTRELOAD_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("HOTRELOAD_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range *fleetRounds {
		i := random.IntN(len(c.names))
		switch random.IntN(9) {
		case 0:
			killBroker(t, c.cmd.Process.Pid)
		case 1:
			c.kill(i)
		case 2, 3:
			c.cut(c.names[i], !c.out[c.names[i]])
		case 4:
			c.saves(random, fmt.Sprintf("this does not compile %d", round))
		case 5:
			c.saves(random, fmt.Sprintf("panic(\"round %d\")", round))
		default:
			c.saves(random, fmt.Sprintf("answer := \"round %d\"\n_ = answer", round))
		}
	}
	for name, off := range c.out {
		if off {
			c.cut(name, false)
		}
	}
	for _, agent := range c.agents {
		agent.mark()
	}
	c.save("main.go", strings.Replace(chaosApp, `"one"`, `"the end"`, 1))
	for _, name := range c.names {
		c.agents[name].await("app.output", contains("text", "this is the end"))
	}
	for _, agent := range c.agents {
		agent.quit(syscall.SIGTERM)
	}
	c.quit(syscall.SIGTERM)
}
