//go:build unix

package build

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

// TestForeignModules has other users put files above the project, which only root can arrange.
func TestForeignModules(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	t.Setenv("SUDO_UID", "")
	base := modtest.Unpack(t, "-- app/main.go --\npackage main\n\nfunc main() {}\n-- app/own.mod --\nmodule example.com/app\n\ngo 1.22\n"+
		"-- evil.mod --\nmodule example.com/evil\n\ngo 1.22\n-- evil.work --\ngo 1.22\n\nuse ./app\n")
	app, work, mod := filepath.Join(base, "app"), filepath.Join(base, "go.work"), filepath.Join(base, "go.mod")
	foreign := func(from, to string) {
		if err := errors.Join(os.Rename(filepath.Join(base, from), to), os.Chown(to, 12345, 12345)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(base, 0o777); err != nil {
		t.Fatal(err)
	}
	b, ctx := New(app, t.TempDir()), t.Context()
	if err := b.Open(); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	refused := func(name, way string, c Config) {
		t.Helper()
		var unwanted *ForeignError
		_, err := b.Resolve(ctx, c, "", app)
		if !errors.As(err, &unwanted) || !strings.Contains(err.Error(), name+" decides what code") || !strings.Contains(err.Error(), "user 12345") || !strings.Contains(err.Error(), way) {
			t.Errorf("resolved: %v", err)
		}
		if _, err := b.Mains(ctx, c, app); !errors.As(err, &unwanted) {
			t.Errorf("looked for main packages: %v", err)
		}
		if _, err := b.Graph(ctx, c, "."); !errors.As(err, &unwanted) {
			t.Errorf("listed: %v", err)
		}
		var failed *Error
		if _, err := b.Build(ctx, Request{Config: c, Package: ".", ID: 1}); !errors.As(err, &failed) || !strings.Contains(failed.Text, name+" decides") {
			t.Errorf("built: %v", err)
		}
	}

	foreign("evil.mod", mod)
	refused(mod, "go mod init NAME", Config{})
	if err := os.Rename(filepath.Join(app, "own.mod"), filepath.Join(app, "go.mod")); err != nil {
		t.Fatal(err)
	}
	if pkg, err := b.Resolve(ctx, Config{}, "", app); err != nil || pkg != "." {
		t.Errorf("with a module of its own: %q, %v", pkg, err)
	}
	foreign("evil.work", work)
	refused(work, "GOWORK=off hotreload", Config{})
	refused(work, "GOWORK="+work+" hotreload", Config{Command: []string{"false"}, Output: "x"})
	for _, choice := range []string{"off", work} {
		if _, err := b.Graph(ctx, Config{Env: map[string]string{"GOWORK": choice}}, "."); err != nil {
			t.Errorf("GOWORK=%s: %v", choice, err)
		}
	}
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Graph(ctx, Config{}, "."); err != nil {
		t.Errorf("where only root can have put it: %v", err)
	}
}
