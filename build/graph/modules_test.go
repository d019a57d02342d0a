package graph

import (
	"os"
	"path/filepath"
	"testing"

	"hotreload/build/gocmd"
	"hotreload/build/internal/modtest"
)

func TestGraphModules(t *testing.T) {
	const main = "package main\n\nimport _ \"example.com/lib\"\n\nfunc main() {}\n"
	const lib = "-- lib/go.mod --\nmodule example.com/lib\n\ngo 1.26\n-- lib/lib.go --\npackage lib\n-- lib/unused/unused.go --\npackage unused\n"
	for _, test := range []struct {
		name    string
		archive string
		root    string
		changes []change
	}{
		{
			name: "go.work sibling", root: "app",
			archive: "-- go.work --\ngo 1.26\n\nuse ./app\nuse ./lib\n-- app/go.mod --\nmodule example.com/app\n\ngo 1.26\n-- app/main.go --\n" + main + lib,
			changes: []change{
				{name: "file", file: "lib/lib.go", do: to("package lib\n\nvar X int\n"), want: part("example.com/lib")},
				{name: "new file", file: "lib/new.go", do: to("package lib\n"), want: newIn("example.com/lib")},
				{name: "its go.mod", file: "lib/go.mod", want: decides},
				{name: "go.work", file: "go.work", want: decides},
				{name: "go.work.sum", file: "go.work.sum", do: to(""), want: decides},
				{name: "vendor/modules.txt", file: "vendor/modules.txt", do: to(""), want: decides},
				{name: "in a vendor directory that was not there", file: "vendor/example.com/x/x.go", do: to("package x\n"), want: Verdict{Built: true, Reason: "in a vendor directory, which decides where modules come from", Relist: true}},
				{name: "in one that means nothing to a workspace", file: "app/vendor/example.com/x/x.go", do: to("package x\n"), want: foreign},
				{name: "package of it that is not imported", file: "lib/unused/unused.go", want: foreign},
			},
		},
		{
			name: "replaced by a directory outside the root", root: "app",
			archive: "-- app/go.mod --\nmodule example.com/app\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ../lib\n-- app/main.go --\n" + main + lib,
			changes: []change{
				{name: "file", file: "lib/lib.go", do: to("package lib\n\nvar X int\n"), want: part("example.com/lib")},
				{name: "its go.mod", file: "lib/go.mod", want: decides},
				{name: "go.mod", file: "app/go.mod", want: decides},
				{name: "in a vendor directory that was not there", file: "app/vendor/README.md", do: to("x\n"), want: Verdict{Built: true, Reason: "in a vendor directory, which decides where modules come from", Relist: true}},
				{name: "a vendor directory that was not there", file: "app/vendor", want: Verdict{Built: true, Reason: "a directory of files that the app is built from", Relist: true}},
				{name: "package of it that is not imported", file: "lib/unused/unused.go", want: foreign},
			},
		},
		{
			name: "vendored", root: "app",
			archive: "-- app/go.mod --\nmodule example.com/app\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n-- app/main.go --\n" + main +
				"-- app/vendor/modules.txt --\n# example.com/lib v1.0.0\n## explicit; go 1.26\nexample.com/lib\n-- app/vendor/example.com/lib/lib.go --\npackage lib\n",
			changes: []change{
				{name: "file", file: "app/vendor/example.com/lib/lib.go", do: to("package lib\n\nvar X int\n"), want: part("example.com/lib")},
				{name: "modules.txt", file: "app/vendor/modules.txt", want: decides},
				{name: "a package there that is not imported", file: "app/vendor/example.com/lib/other/other.go", do: to("package other\n"), want: foreign},
				{name: "the vendor directory", file: "app/vendor", want: Verdict{Built: true, Reason: "where package example.com/lib lies", Relist: true}},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := modtest.Unpack(t, test.archive)
			g := graphOf(t, filepath.Join(root, test.root), gocmd.Options{})
			if g.Net {
				t.Error("Net, but nothing is broken")
			}
			judge(t, g, root, test.changes)
		})
	}
}

// A root that is reached through a symbolic link is watched under that name.
func TestGraphSymlink(t *testing.T) {
	target := modtest.Unpack(t, appModule)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	judge(t, graphOf(t, link, gocmd.Options{}), link, []change{
		{name: "file", file: "main.go", want: part("example.com/app")},
		{name: "embedded", file: "page/logo.svg", want: embedded("example.com/app/page")},
	})
}

// What the user's own packages import differs from what comes along with others.
func TestGraphImported(t *testing.T) {
	for name, archive := range map[string]string{
		"vendored": "-- vendor/modules.txt --\n# example.com/lib v1.0.0\n## explicit; go 1.26\nexample.com/lib\nexample.com/lib/deep\n" +
			"-- vendor/example.com/lib/lib.go --\npackage lib\n\nimport _ \"example.com/lib/deep\"\n-- vendor/example.com/lib/deep/deep.go --\npackage deep\n" +
			"-- go.mod --\nmodule example.com/app\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n",
		"replaced": "-- lib/go.mod --\nmodule example.com/lib\n\ngo 1.26\n-- lib/lib.go --\npackage lib\n\nimport _ \"example.com/lib/deep\"\n-- lib/deep/deep.go --\npackage deep\n" +
			"-- go.mod --\nmodule example.com/app\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ./lib\n",
	} {
		t.Run(name, func(t *testing.T) {
			root := modtest.Unpack(t, archive+"-- main.go --\npackage main\n\nimport _ \"example.com/app/sub\"\n\nfunc main() {}\n"+
				"-- sub/sub.go --\npackage sub\n\nimport _ \"example.com/lib\"\n")
			g := graphOf(t, root, gocmd.Options{})
			for pkg, want := range map[string]bool{"example.com/lib": true, "example.com/lib/deep": false, "example.com/none": false} {
				if g.Imported(pkg) != want {
					t.Errorf("%s is imported: %v", pkg, !want)
				}
			}
		})
	}
}
