//go:build unix

package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
)

// While a session runs, the doctor knows it and its app's port, and disturbs
// neither. A port that somebody else holds is a problem.
func TestDoctorBesideASession(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	address := freeAddress(t)
	h := start(t, dir, "--", address)
	pid := h.await("app.ready", with("via", "port")).text("pid")
	h.await("cycle", with("result", "ok"))

	doctor := func(env ...string) (string, error) {
		cmd := command(t, dir, "doctor")
		cmd.Env = append(append(cmd.Env, "PORT=", "GOTOOLCHAIN=local", runtimeDir(h.cmd.Env)), env...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := doctor()
	_, port, _ := net.SplitHostPort(address)
	for _, want := range []string{
		fmt.Sprintf("a session is already running here, as process %d; a project has only one", h.cmd.Process.Pid),
		"port " + port, "this project's app listens on it",
	} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v; %q is not in\n%s", err, want, out)
		}
	}

	var listen net.ListenConfig
	l, err := listen.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, taken, _ := net.SplitHostPort(l.Addr().String())
	out, err = doctor("PORT=" + taken)
	want := fmt.Sprintf("the variable PORT names it, and process %d holds it", os.Getpid())
	if err == nil || !strings.Contains(out, want) {
		t.Errorf("%v; %q is not in\n%s", err, want, out)
	}

	h.mark()
	h.edit("main.go", "func main() {", "func main() {\n\tprintln(1)")
	if e := h.await("app.ready"); e.text("pid") == pid {
		t.Error("the session does not go on")
	}
}
