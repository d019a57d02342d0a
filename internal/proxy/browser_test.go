//go:build unix

package proxy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"syscall"
	"testing"
)

// A browser reloads the failure page by itself when the failure is over.
func TestPageInABrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium to show it to")
	}
	f := openProxy(t)
	f.Fail(Failure{What: "The build failed", Details: "main.go:3:4: oops"})
	seen := make(chan string, 1000)
	watched := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.ServeHTTP(w, r)
		seen <- r.URL.Path
	}))
	t.Cleanup(watched.Close)

	cmd := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--disable-dev-shm-usage", "--remote-debugging-port=0", "--user-data-dir="+t.TempDir(), watched.URL+"/shown")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	})
	await := func(want string) {
		t.Helper()
		for path := ""; path != want; {
			select {
			case path = <-seen:
			case err := <-ended:
				ended <- err
				t.Fatalf("the browser ended and never asked for %s: %v", want, err)
			}
		}
	}
	await("/shown")
	await(statePath)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<p>fixed")
	})
	await("/shown")
}
