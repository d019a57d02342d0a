package airimport

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"hotreload/internal/config"
)

// graphKinds are files in the package graph, which need no glob.
var graphKinds = []string{"go", "mod", "sum", "work", "c", "h", "cc", "cpp", "hpp", "s"}

// sourceKinds are files that only a generator reads.
var sourceKinds = []string{"templ", "ts", "tsx", "jsx", "vue", "svelte", "scss", "sass", "less", "proto", "graphql", "sql"}

// ignored are directories that are never watched.
var ignored = []string{".git", "node_modules"}

// watch carries over which files have an effect. The package graph knows what the app
// is built from, so these are the files that it reads at run time.
func (c *converter) watch() {
	c.unneeded("root", "hotreload runs commands in the directory that it is started in, like air; what the app is built from is watched wherever it lies")
	root := c.root()
	c.include(root)
	c.exclude(root)
	if outside(root) {
		c.out.Config.Watch.Extra = []string{root}
	}
	for _, key := range []string{"build.include_ext", "build.include_dir", "build.include_file"} {
		c.unneeded(key, "the package graph knows what the app is built from, wherever it lies")
	}
	if c.air.Build.Poll {
		interval := max(c.air.Build.PollInterval, 500)
		c.out.Set = append(c.out.Set, "watch.poll="+milliseconds(interval))
		c.carried("build.poll", "build.poll_interval")
	}
	c.unneeded("build.poll_interval", "poll is off")
}

// root is the directory that air watches.
func (c *converter) root() string { return c.place("", cmp.Or(c.air.Root, ".")) }

// outside reports whether a directory is not below the one that air was started in.
func outside(dir string) bool {
	return dir == ".." || strings.HasPrefix(dir, "../") || path.IsAbs(dir)
}

// include carries over which files are read at run time. If the list is air's default,
// ours stays.
func (c *converter) include(root string) {
	b := c.air.Build
	_, chosen := c.values["build.include_ext"]
	chosen = chosen && !c.silent("build.include_ext", c.values["build.include_ext"])
	if !chosen && len(b.IncludeDir)+len(b.IncludeFile) == 0 {
		return
	}
	kinds := b.IncludeExt
	if len(kinds) == 0 {
		kinds = []string{"tpl", "tmpl", "html"}
	}
	var globs []string
	if kinds = c.runtimeKinds(kinds); len(kinds) > 0 {
		globs = globsIn(b.IncludeDir, root, kinds)
	}
	for _, file := range b.IncludeFile {
		if kind := strings.TrimPrefix(path.Ext(file), "."); !slices.Contains(graphKinds, kind) && !c.generating {
			globs = append(globs, escapeGlob(path.Clean(path.Join(inside(root), file))))
		}
	}
	c.out.Config.Watch.Include = globs
	c.carried("build.include_ext", "build.include_dir", "build.include_file")
	if len(b.IncludeDir) > 0 {
		c.known["build.include_dir"] = false // the graph ignores it
	}
}

// inside is root as the beginning of a glob; empty for a directory above.
func inside(root string) string {
	if root == "." || outside(root) {
		return ""
	}
	return root
}

// runtimeKinds are the kinds of files that the app itself reads.
func (c *converter) runtimeKinds(kinds []string) []string {
	var own []string
	for _, kind := range kinds {
		kind = strings.TrimPrefix(kind, ".")
		isSource := len(c.out.Generate) > 0 && (slices.Contains(sourceKinds, kind) || c.matched(kind))
		if kind != "" && !slices.Contains(graphKinds, kind) && !isSource && !slices.Contains(own, kind) {
			own = append(own, kind)
		}
	}
	return own
}

// matched reports whether a generator reads a kind of file.
func (c *converter) matched(kind string) bool {
	return slices.ContainsFunc(c.out.Generate, func(g config.Generator) bool { return slices.Contains(g.Match, "**/*."+kind) })
}

// globsIn are globs for some kinds of files, in some directories or everywhere.
func globsIn(dirs []string, root string, kinds []string) []string {
	kinds = slices.Clone(kinds)
	for i, kind := range kinds {
		if kind != "*" {
			kinds[i] = escapeGlob(kind)
		}
	}
	ending := "*.{" + strings.Join(kinds, ",") + "}"
	if len(kinds) == 1 {
		ending = "*." + kinds[0]
	}
	if slices.Contains(kinds, "*") {
		ending = "*"
	}
	if len(dirs) == 0 {
		dirs = []string{"."}
	}
	var globs []string
	for _, dir := range dirs {
		at := escapeGlob(path.Join(inside(root), strings.TrimPrefix(dir, "/")))
		if strings.HasPrefix(at, "..") {
			at = ""
		}
		globs = append(globs, path.Join(at, "**", ending))
	}
	return globs
}

// hidden matches what lies in directories whose names begin with a dot. Air does not
// watch them.
const hidden = "**/.*/*"

// exclude carries over directories and files that an include would match.
func (c *converter) exclude(root string) {
	b, to := c.air.Build, &c.out.Config.Watch
	if len(to.Include)+len(to.Browser) > 0 {
		dirs := append([]string{cmp.Or(c.air.TmpDir, "tmp"), cmp.Or(c.air.TestdataDir, "testdata")}, b.ExcludeDir...)
		for _, dir := range dirs {
			dir = path.Clean(strings.TrimSpace(dir))
			if dir == "." || outside(dir) || slices.Contains(ignored, path.Base(dir)) {
				continue
			}
			if one := escapeGlob(path.Join(inside(root), dir)); !slices.Contains(to.Exclude, one) {
				to.Exclude = append(to.Exclude, one)
			}
		}
		to.Exclude = append(to.Exclude, hidden)
		for _, file := range b.ExcludeFile {
			if path.Ext(file) != ".go" && path.Ext(file) != "" {
				to.Exclude = append(to.Exclude, escapeGlob(path.Join(inside(root), path.Clean(file))))
			}
		}
	}
	c.unneeded("build.exclude_dir", "the package graph knows what the app is built from; node_modules, .git and what git ignores are left out. Other directories that watch.include could match are in watch.exclude")
	c.unneeded("build.exclude_file", "the package graph knows what the app is built from: its files always count, others only if watch.include matches them")
	if patterns, set := c.values["build.exclude_regex"].([]any); set && len(patterns) == 0 {
		c.note("build.exclude_regex", "[]", "in air this makes tests start a build; here they never do, since the app is not built from them")
	} else if slices.ContainsFunc(b.ExcludeRegex, func(r string) bool { return !goOnly(r) }) {
		c.lost("build.exclude_regex", "a regular expression; list paths that watch.include should not match as globs in watch.exclude. Go files need no entry: the package graph decides")
	}
	c.unneeded("build.exclude_regex", "the package graph decides which Go files count; tests never do")
}

// escapeGlob makes a glob that matches exactly this path.
func escapeGlob(text string) string {
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune(`*?[]{}\`, r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

func left(key, value, why string) config.Left {
	return config.Left{Key: key, Value: value, Why: why}
}
