package graph

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"hotreload/build/gocmd"
)

// worksAbove are the go.work files that would count for a project if they existed, from
// the root upwards. found is the one that counts now, if any does.
func worksAbove(root string, o gocmd.Options, found string) []string {
	set, ok := o.Env["GOWORK"]
	if !ok {
		set = os.Getenv("GOWORK")
	}
	if found == "off" || set != "" && set != "auto" {
		return nil
	}
	var files []string
	home, _ := os.UserHomeDir()
	for dir := root; ; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, "go.work")
		if file == found || dir == home && runtime.GOOS != "linux" {
			return files // to watch a home directory may mean to open all that is in it
		}
		if info, err := os.Stat(dir); err != nil || dir != root && info.Mode()&0o002 != 0 {
			return files // in /tmp something always happens
		}
		files = append(files, file)
		if dir == filepath.Dir(dir) {
			return files
		}
	}
}

// Awaited are the absolute paths of files outside the packages that change the graph when
// they appear.
func (g *Graph) Awaited() []string {
	if g == nil {
		return nil
	}
	return slices.Clone(g.unlisted.works)
}
