//go:build unix

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// While a session runs, the doctor recognises it and its app's port, and disturbs neither.
// A port that another process holds is a problem.
func TestDoctorBesideASession(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": server})
	address := reserve(t)
	h := start(t, dir, "--", address)
	pid := h.await("app.ready", with("via", "port")).number("pid")
	h.await("cycle", with("result", "ok"))

	doctor := func(env ...string) (string, error) {
		cmd := h.beside("", "doctor")
		cmd.Env = append(append(cmd.Env, "PORT=", "GOTOOLCHAIN=local"), env...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := doctor()
	for _, want := range []string{
		fmt.Sprintf("a session is already running here, as process %d; a project has only one", h.cmd.Process.Pid),
		"port " + port(t, address), "this project's app listens on it",
	} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v; %q is not in\n%s", err, want, out)
		}
	}

	out, err = doctor("PORT=" + port(t, listening(t).Addr().String()))
	want := fmt.Sprintf("the variable PORT names it, and process %d holds it", os.Getpid())
	if err == nil || !strings.Contains(out, want) {
		t.Errorf("%v; %q is not in\n%s", err, want, out)
	}

	h.edit("main.go", "func main() {", "func main() {\n\tprintln(1)")
	if e := h.await("app.ready"); e.number("pid") == pid {
		t.Error("the edit did not lead to a new process")
	}
}
