package build

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// recipe is how the go command made an artifact, and from what: enough to make
// the next one without it.
type recipe struct {
	config Config
	pkg    string
	inject bool
	graph  *Graph
	env    []string       // of the tools
	steps  []*compileStep // in dependency order
	link   linkStep

	objects map[string]string   // import path -> file with the compiled package
	inputs  map[string]*input   // what the app is built from, by path
	names   map[string][]string // directory -> what lies in it of that
	linked  Artifact            // what the objects were linked to
}

// input is a file that the app is built from.
type input struct {
	stamp stamp        // when its package was compiled last
	step  *compileStep // that compiles it; nil: only the go command knows what it means
}

// compileStep is the call of the compiler for one package.
type compileStep struct {
	pkg       string // import path
	call      toolCall
	work      string   // its work directory, as it occurs in the call
	importcfg string   // what it imports, in the compiler's form
	imports   []string // the same, by import path
	embedcfg  string   // empty: it embeds nothing
	sources   []string // what it is compiled from, embedded files too
	opaque    bool     // more goes into it than we can give the compiler
}

// linkStep is the call of the linker.
type linkStep struct {
	call      toolCall
	importcfg string
	main      string // import path of the main package
}

// newRecipe makes a recipe of two dry runs: one in which everything is built,
// for the calls of the compiler, and one in which nothing is but the link, for
// where the compiled packages lie.
func newRecipe(all, now *dryRun, g *Graph) (*recipe, error) {
	if all.link == nil || now.link == nil {
		return nil, fmt.Errorf("%w: it is not linked", ErrCannotLearn)
	}
	r := &recipe{graph: g, objects: map[string]string{}, inputs: map[string]*input{}, names: map[string][]string{}}
	if err := r.learnLink(now); err != nil {
		return nil, err
	}
	_, built, err := linkConfig(all)
	if err != nil {
		return nil, err
	}
	at := map[string]string{} // work directory -> import path
	for pkg, object := range built {
		at[strings.TrimSuffix(object, objectName)] = pkg
	}
	local, affected := map[string]bool{}, map[string]bool{}
	for _, p := range g.packages {
		local[p.importPath] = true
	}
	for _, call := range all.compiles { // dependencies before what imports them
		work := strings.TrimSuffix(flagValue(call.args, "-o"), objectName)
		step := newCompileStep(at[work], work, call, all.files)
		importer := slices.ContainsFunc(step.imports, func(pkg string) bool { return affected[pkg] })
		for _, source := range step.sources {
			if known := g.files[source] != ""; local[step.pkg] && !known || !local[step.pkg] && g.holds(source) {
				return nil, fmt.Errorf("%w: it does not have %s of package %s", ErrOutdated, source, step.pkg)
			}
		}
		if step.pkg == "" || !local[step.pkg] && !importer {
			continue
		}
		step.opaque = step.opaque || all.opaque[work]
		affected[step.pkg] = true
		r.steps = append(r.steps, step)
		for _, source := range step.sources {
			r.inputs[source] = &input{step: step}
		}
	}
	if !slices.ContainsFunc(r.steps, func(s *compileStep) bool { return !s.opaque }) {
		return nil, fmt.Errorf("%w: none of its packages is compiled by the compiler alone", ErrCannotLearn)
	}
	return r, nil
}

// objectName is the compiled package in a work directory. Go uses slashes there
// on every system.
const objectName = "_pkg_.a"

// learnLink takes the call of the linker, and what it links.
func (r *recipe) learnLink(d *dryRun) error {
	text, objects, err := linkConfig(d)
	if err != nil {
		return err
	}
	args := d.link.args
	for pkg, object := range objects {
		if strings.HasPrefix(object, "$WORK") {
			return fmt.Errorf("%w: package %s has changed since it was built", ErrOutdated, pkg)
		}
		if object == args[len(args)-1] {
			r.link.main = pkg
		}
	}
	for i, arg := range args {
		if strings.Contains(arg, "$WORK") && !(i > 0 && (args[i-1] == "-o" || args[i-1] == "-importcfg")) {
			return fmt.Errorf("%w: the linker reads %s", ErrCannotLearn, arg)
		}
	}
	if r.link.main == "" {
		return fmt.Errorf("%w: its main package is not linked", ErrCannotLearn)
	}
	r.objects, r.link.call, r.link.importcfg = objects, *d.link, text
	return nil
}

// linkConfig is what the linker is told to link, as text and as files by import path.
func linkConfig(d *dryRun) (string, map[string]string, error) {
	text, ok := d.files[flagValue(d.link.args, "-importcfg")]
	objects := map[string]string{}
	for line := range strings.Lines(text) {
		verb, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		pkg, file, _ := strings.Cut(rest, "=")
		switch verb {
		case "packagefile":
			objects[pkg] = file
		case "modinfo", "#", "":
		default:
			return "", nil, fmt.Errorf("%w: the linker is told: %s", ErrCannotLearn, line)
		}
	}
	if !ok {
		return "", nil, fmt.Errorf("%w: it is not known what is linked", ErrCannotLearn)
	}
	return text, objects, nil
}

// newCompileStep makes a step of a call. The files that the dry run would have
// written are given.
func newCompileStep(pkg, work string, call toolCall, files map[string]string) *compileStep {
	s := &compileStep{pkg: pkg, call: call, work: strings.TrimRight(work, `/\`)}
	s.call.args = slices.Clone(call.args)
	last := slices.Index(call.args, "-pack")
	s.opaque = last < 0 || s.work == ""
	for i, arg := range call.args {
		switch before := call.args[max(i-1, 0)]; {
		case last >= 0 && i > last && strings.HasSuffix(arg, ".go") && !strings.Contains(arg, "$WORK"):
			s.call.args[i] = inFull(arg, call.dir)
			s.sources = append(s.sources, s.call.args[i])
		case last >= 0 && i > last:
			s.opaque = true
		case before == "-importcfg":
			s.importcfg = files[arg]
		case before == "-embedcfg":
			s.embedcfg = files[arg]
			embedded, err := embeddedFiles(s.embedcfg)
			s.sources, s.opaque = append(s.sources, embedded...), s.opaque || err != nil
		case before == "-o", before == "-trimpath":
		case strings.Contains(arg, "$WORK"):
			s.opaque = true
		}
	}
	for line := range strings.Lines(s.importcfg) {
		if imported, ok := strings.CutPrefix(line, "packagefile "); ok {
			imported, _, _ = strings.Cut(imported, "=")
			s.imports = append(s.imports, imported)
		}
	}
	return s
}

// inFull is the path that the go command means: what it prints has a dot in
// place of every text that is the working directory's path, be it of a directory
// beside it whose name begins the same.
func inFull(arg, dir string) string {
	if rest, ok := strings.CutPrefix(arg, "."); ok && !strings.HasPrefix(arg, "..") {
		return filepath.Clean(dir + rest)
	}
	if !filepath.IsAbs(arg) {
		return filepath.Join(dir, arg)
	}
	return arg
}

// embeddedFiles are those that an embed configuration names.
func embeddedFiles(cfg string) ([]string, error) {
	var embedded struct{ Files map[string]string }
	err := json.Unmarshal([]byte(cfg), &embedded)
	return slices.Collect(maps.Values(embedded.Files)), err
}

// flagValue is the word after a flag, or "".
func flagValue(args []string, flag string) string {
	if i := slices.Index(args, flag); i >= 0 && i+1 < len(args) {
		return args[i+1]
	}
	return ""
}

// fits reports whether a request is for the app that the recipe makes.
func (r *recipe) fits(q Request) bool {
	return r != nil && r.pkg == q.Package && r.inject == q.Inject && reflect.DeepEqual(r.config, q.Config)
}

// observe takes the stamps of all that the app is built from, and of the tools.
func (r *recipe) observe(stamps map[string]stamp) {
	for path, s := range stamps {
		if r.inputs[path] == nil {
			r.inputs[path] = &input{}
		}
		r.inputs[path].stamp = s
	}
}

// stale finds the packages that have to be compiled again, after changes of
// which some may be known. The error says why only the go command can tell.
func (r *recipe) stale(changed []string) (steps map[*compileStep]bool, now map[string]stamp, err error) {
	now = map[string]stamp{}
	steps = map[*compileStep]bool{}
	told := map[string]bool{}
	for _, path := range changed {
		told[path] = true
		if r.inputs[path] == nil && r.graph.Of(path).Built {
			return nil, nil, fmt.Errorf("%s is new or gone", path)
		}
	}
	for path, in := range r.inputs {
		now[path] = stampOf(path)
		// Until it has been compiled, should nobody tell of it again.
		in.stamp.fresh = in.stamp.fresh || told[path]
		switch {
		case in.stamp.same(now[path]):
		case in.step == nil && r.graph.leavesOut(path): // as before
		case in.step == nil:
			return nil, nil, fmt.Errorf("%s has changed", path)
		case !r.graph.regular(path):
			return nil, nil, fmt.Errorf("%s is no file", path)
		case r.graph.relist(path):
			return nil, nil, fmt.Errorf("%s has other imports, constraints or embed patterns", path)
		default:
			steps[in.step] = true
		}
	}
	for dir, names := range r.names {
		if !slices.Equal(names, r.graph.listing(dir)) {
			return nil, nil, fmt.Errorf("files came or went in %s", dir)
		}
	}
	return steps, now, nil
}

// remember takes the outcome of a build: the artifact, the packages compiled
// for it, and the stamps that its files had when it began. What it replaces it
// returns.
func (r *recipe) remember(a Artifact, objects map[string]string, stamps map[string]stamp) (former []string) {
	for path, s := range stamps {
		r.inputs[path].stamp = s
	}
	for pkg := range objects {
		former = append(former, r.objects[pkg])
	}
	maps.Copy(r.objects, objects)
	r.linked = a
	return former
}
