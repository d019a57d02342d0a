//go:build cgo && (linux || darwin || freebsd)

package hotplug

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hotreload/internal/appsock/wire"
)

// build runs go build in testdata.
func build(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"build", "-buildvcs=false"}, args...)...)
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
}

// tool is hotreload's side, as far as these tests need it.
type tool struct {
	t        *testing.T
	listener net.Listener
	line     net.Conn
	in       *json.Decoder
}

func newTool(t *testing.T) *tool {
	dir, err := os.MkdirTemp("", "hr") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "1.sock"))
	if err != nil {
		t.Fatal(err)
	}
	tool := &tool{t: t, listener: l}
	t.Cleanup(func() {
		l.Close()
		if tool.line != nil {
			tool.line.Close()
		}
		os.RemoveAll(dir)
	})
	return tool
}

// serve answers one connection: a question, or the line that stays open.
func (o *tool) serve(path string) {
	o.t.Helper()
	conn, err := o.listener.Accept()
	if err != nil {
		o.t.Fatal(err)
	}
	in := json.NewDecoder(conn)
	var m wire.Message
	if err := in.Decode(&m); err != nil {
		o.t.Fatal(err)
	}
	switch {
	case m.Attend != nil:
		o.line, o.in = conn, in
	case m.Plugin != nil && m.Plugin.Name == "greet":
		o.say(conn, wire.Message{Answer: &wire.Answer{Path: path}})
		conn.Close()
	default:
		o.t.Fatalf("the app said %+v", m)
	}
}

func (o *tool) say(conn io.Writer, m wire.Message) {
	o.t.Helper()
	if err := json.NewEncoder(conn).Encode(m); err != nil {
		o.t.Fatal(err)
	}
}

// hear is what the app says next on its line.
func (o *tool) hear() (m wire.Message) {
	o.t.Helper()
	if err := o.in.Decode(&m); err != nil {
		o.t.Fatal(err)
	}
	return m
}

// Real plugins in a real host: opened where hotreload says, replaced with their state, and
// rejected with the reason. Then the same host without hotreload.
func TestRealPlugins(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	build(t, "-o", file("host"), "./host")
	for name, source := range map[string]string{"greet.so": "one", "two.so": "two", "bad.so": "bad"} {
		build(t, "-buildmode=plugin", "-ldflags=-s -w", "-tags="+source, "-o", file(name), "greet/"+source+".go")
	}
	o := newTool(t)
	app := exec.Command(file("host"))
	app.Env = append(os.Environ(), wire.SockEnv+"="+o.listener.Addr().String())
	app.Stderr = os.Stderr
	to, err := app.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	from, err := app.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		to.Close()
		if err := app.Wait(); err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(from)
	expect := func(typed, want string) {
		t.Helper()
		if typed != "" {
			_, _ = io.WriteString(to, typed+"\n")
		}
		if lines.Scan(); lines.Text() != want {
			t.Errorf("it printed %q, want %q", lines.Text(), want)
		}
	}
	o.serve(file("greet.so"))
	o.serve("")
	if m := o.hear(); m.Slot == nil || m.Slot.Name != "greet" {
		t.Fatalf("it says %+v", m)
	}
	expect("Ann", "Hello, Ann! You are number 1.")

	o.say(o.line, wire.Message{Load: &wire.Load{Name: "greet", Path: file("bad.so"), WithinMS: 5000}})
	if m := o.hear(); m.Rejected == nil || !strings.Contains(m.Rejected.Reason, "flag redefined: twice") {
		t.Errorf("of a bad version it says %+v", m)
	}
	expect("Bob", "Hello, Bob! You are number 2.")

	o.say(o.line, wire.Message{Load: &wire.Load{Name: "greet", Path: file("two.so"), WithinMS: 5000}})
	m := o.hear()
	if m.Loaded == nil || strings.Join(m.Loaded.Carried, " ") != "greeter.last.name greeter.names" ||
		strings.Join(m.Loaded.Converted, " ") != "greeter.count" || strings.Join(m.Loaded.Zeroed, " ") != "greeter.last.at greeter.mu" {
		t.Errorf("it says %+v", m.Loaded)
	}
	expect("", "update: plugin greet [greeter.last.name greeter.names]")
	expect("Eve", `Bonjour, Eve, number 3, after Bob and ["Ann" "Bob" "Eve"].`)

	for _, env := range []string{wire.SockEnv + "=", PluginsEnv + "=" + dir} {
		alone := exec.Command(file("host"))
		alone.Env = append(os.Environ(), env)
		alone.Stdin = strings.NewReader("Ann\n")
		if out, err := alone.CombinedOutput(); err != nil || string(out) != "Hello, Ann! You are number 1.\n" {
			t.Errorf("alone with %s it prints %s (%v)", env, out, err)
		}
	}
}
