package build

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

func TestNearTo(t *testing.T) {
	for name, test := range map[string]struct {
		asked string
		names []string
		want  []string
	}{
		"the only one":                {"./cmd/gone", []string{"./server"}, []string{"./server"}},
		"moved":                       {"./cmd/srv", []string{"./cmd/tool", "./internal/app/srv"}, []string{"./internal/app/srv"}},
		"misspelt":                    {"cmd/serv", []string{"./cmd/server", "./cmd/srv", "./cmd/worker"}, []string{"./cmd/srv"}},
		"a letter too many":           {"cmd/srvv/", []string{"./cmd/srv", "./cmd/web"}, []string{"./cmd/srv"}},
		"without its directory":       {"srv", []string{"./cmd/srv", "./cmd/web"}, []string{"./cmd/srv"}},
		"another directory, misspelt": {"./cdm/web", []string{"./cmd/srv", "./cmd/web"}, []string{"./cmd/web"}},
		"an import path":              {"example.com/app/cmd/SRV", []string{"./cmd/srv", "./cmd/web"}, []string{"./cmd/srv"}},
		"two":                         {"srv", []string{"./a/srv", "./b/srv", "./web"}, []string{"./a/srv", "./b/srv"}},
		"nothing like it":             {"./payments", []string{"./srv", "./web"}, nil},
		"none":                        {"./srv", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := nearTo(test.asked, test.names); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestPackageIsGone builds a package that was moved away.
func TestPackageIsGone(t *testing.T) {
	t.Parallel()
	root := modtest.Unpack(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.22\n-- cmd/srv/main.go --\npackage main\n\nfunc main() {}\n-- cmd/tool/main.go --\npackage main\n\nfunc main() {}\n")
	b := New(root, t.TempDir())
	if err := b.Open(); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, err := range []error{os.Mkdir(filepath.Join(root, "app"), 0o755), os.Rename(filepath.Join(root, "cmd", "srv"), filepath.Join(root, "app", "srv"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.Build(t.Context(), Request{Package: "./cmd/srv", ID: 1})
	var failed *Error
	const want = "there is no Go file in ./cmd/srv any more; did you mean ./app/srv? Name the package to build in build.package, or start hotreload with it"
	if !errors.As(err, &failed) || !strings.HasSuffix(failed.Text, "\n"+want) || len(failed.Diagnostics) != 1 || failed.Diagnostics[0].Message != want {
		t.Errorf("got %v", err)
	}
}
