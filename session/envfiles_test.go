package session

import (
	"os"
	"path/filepath"
	"testing"

	"hotreload/build"
	"hotreload/runner"
	"hotreload/watch"
)

func TestEnvFilesThatMatter(t *testing.T) {
	s := newState(Options{Root: filepath.FromSlash("/app")})
	outside := s
	s.config.Runner.EnvFiles = []string{"conf/dev.env", "/etc/app.env"}
	outside.config.Runner.Dir = "/srv"
	for path, want := range map[string]bool{
		"/app/.env": true, "/app/.env.local": true, "/app/.env.development.local": true, "/app/conf/dev.env": true, "/etc/app.env": true,
		"/app/.envrc": false, "/app/.envoy.yaml": false, "/app/.env.example": false, "/app/.env_local": true, "/app/sub/.env": false, "/app/.env/bin": false, "/app/dev.env": false, "/app/env": false,
	} {
		if got := s.isEnvFile(filepath.FromSlash(path)); got != want {
			t.Errorf("%s is an env file: %v, want %v", path, got, want)
		}
	}
	if files := outside.scope().Files; len(files) != 1 || files[0] != "/srv/.env" || !outside.isEnvFile("/srv/.env") {
		t.Errorf("with the app in /srv the files are %v", files)
	}
}

// Git usually ignores env files; a user may exclude them all the same.
func TestEnvFilesAreWatched(t *testing.T) {
	p := newPlayer(t)
	p.state.config.Runner.EnvFiles = nil
	if err := os.WriteFile(p.project.at(".gitignore"), []byte(".env*\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := p.state.config
	c.Watch.Exclude = []string{".env.test"}
	w, err := watch.New(p.project.root, Watched(c), func(string) {}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, seen := range map[string]bool{".env": true, ".env.local": true, ".env.swp": false, ".env~": false, ".env.test": false, ".envrc": false, "sub/.env": false} {
		if why := w.Unseen(p.state.scope(), p.project.at(name), false); (why == "") != seen {
			t.Errorf("%s: %q", name, why)
		}
	}
	if d := p.state.rule(change{path: p.project.at(".env.local")}); d.plan != (Plan{Rung: Restart, Reason: "sets the app's environment"}) {
		t.Errorf("a change of .env.local leads to %+v", d.plan)
	}
}

// Which file sets what is told once, and again when that changes.
func TestEnvFilesAreTold(t *testing.T) {
	p := running(t)
	start := func(files ...runner.EnvFile) runner.Started { return runner.Started{Gen: 1, PID: 100, EnvFiles: files} }
	env := runner.EnvFile{Name: ".env", Sets: []string{"A", "B"}, Kept: []string{"HOME"}}
	p.play(
		move{start(env, runner.EnvFile{Name: "x.env"}, runner.EnvFile{Name: "y.env", Missing: true}), `
			1 app.start 100
			1 note: env file .env sets A, B, but not HOME, set in hotreload's own environment; env file x.env sets nothing; env file y.env does not exist`},
		move{start(env, runner.EnvFile{Name: "x.env"}, runner.EnvFile{Name: "y.env", Missing: true}), `1 app.start 100`},
		move{start(env), `
			1 app.start 100
			1 note: env file .env sets A, B, but not HOME, set in hotreload's own environment`},
	)
}

// A file that hotreload used to read is not passed over in silence, unless the app reads it.
func TestEnvFileThatIsNotRead(t *testing.T) {
	unread := runner.Started{Gen: 1, PID: 100, EnvFiles: []runner.EnvFile{{Name: ".env", Unread: true}}}
	for loader, note := range map[string]string{
		"fmt":                               "\n\t\t\t1 note: .env is not read, as the app uses no loader that hotreload knows; to have hotreload read it, set env_files = [\".env\"] under [runner]",
		"github.com/joho/godotenv/autoload": "",
	} {
		p := running(t)
		p.state.listing.graph = &build.Graph{Packages: map[string]bool{loader: true}}
		p.play(move{unread, "\n\t\t\t1 app.start 100" + note})
	}
}
