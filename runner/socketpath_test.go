//go:build linux

package runner

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// askPath sends the app a request over its unix socket.
func askPath(t *testing.T, path string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) },
	}}
	response, err := client.Get("http://app/")
	if err != nil {
		t.Fatalf("no answer at %s: %v", path, err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return string(body)
}

// The path of a unix socket leads to the new version once the old one has closed its own.
func TestSocketPath(t *testing.T) {
	t.Parallel()
	for _, strategy := range []Strategy{Proxy, Socket} {
		for kind, relative := range map[string]bool{"absolute": false, "relative": true} {
			t.Run(string(strategy)+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := newProxyStage(t)
				dir := s.stage.target.options.SocketDir
				path := filepath.Join(dir, "app")
				version := func(gen int, name string) Request {
					r := s.behind(gen, "also at a path", name)
					if r.Strategy = strategy; strategy == Socket {
						r.Config.Env["BY"] = "hot"
					}
					r.Config.Args = append(r.Config.Args, path)
					if relative {
						r.Config.Args[2], r.Config.Dir = "app", dir
					}
					return r
				}
				s.run(version(1, "one"))
				next[Ready](s.stage)
				if got := askPath(t, path); got != "one" {
					t.Errorf("%q answers, want one", got)
				}
				for gen, name := range []string{2: "two", 3: "three"} {
					if name == "" {
						continue
					}
					s.stage.target.Apply(version(gen, name))
					if e := s.nextBut(isExit).(Exited); e.Gen != gen-1 || !e.Expected {
						t.Fatalf("%+v, want the end of version %d", e, gen-1)
					}
					if got := askPath(t, path); got != name {
						t.Errorf("%q answers, want %s", got, name)
					}
				}
				s.stage.quit()
				<-s.ended
				if left, _ := os.ReadDir(dir); len(left) > 0 && left[0].Name() != "app" {
					t.Errorf("%s is left", left[0].Name())
				}
			})
		}
	}
}
