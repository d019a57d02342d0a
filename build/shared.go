package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hotreload/build/direct"
	"hotreload/build/shared"
)

// Library is what came of Share.
type Library struct {
	Made    int64         // the size of the library, if it was made now
	Whole   time.Duration // to link the app as a whole; 0: not known
	Partial time.Duration // to link its own packages alone
}

// sharing is how an app's own packages are linked alone.
type sharing struct {
	app    *shared.App
	linked Artifact // by its last build, or of the same sources
}

// errNotShared is why most apps are linked as a whole.
var errNotShared = errors.New("there is no library")

// buildShared builds by the recipe for packages that are linked against a library. An
// error that is an *Error is the compiler's; another says why the app has to be linked as
// a whole.
func (b *Builder) buildShared(ctx context.Context, r Request, out, tmp string) (Artifact, error) {
	s := b.learned.shared
	if s == nil || r.Whole {
		return Artifact{}, errNotShared
	}
	a, err := b.linkShared(ctx, r, s, out, tmp)
	var failed *Error
	if err != nil && ctx.Err() == nil && !errors.As(err, &failed) {
		b.learned.shared = nil
	}
	return a, err
}

func (b *Builder) linkShared(ctx context.Context, r Request, s *sharing, out, tmp string) (Artifact, error) {
	recipe := s.app.Recipe
	changes, err := recipe.Stale(r.Changed)
	if err != nil {
		return Artifact{}, err
	}
	work := filepath.Join(tmp, "shared")
	if err := os.Mkdir(work, 0o700); err != nil {
		return Artifact{}, err
	}
	objects, err := recipe.Compile(ctx, b.run, changes, direct.Workplace{Store: b.compiled, Tmp: work, Note: b.note})
	a := Artifact{Path: out, ID: r.ID}
	if err == nil && len(objects) == 0 && s.linked.Path == r.Prev.Path && r.Prev.Path != "" {
		a = r.Prev.again()
	} else if err == nil {
		err = s.app.Link(ctx, b.run, objects, out, work)
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return Artifact{}, err
	}
	a = b.compare(a, r.Prev)
	a.Direct, a.Shared, a.Uninjected = true, true, s.linked.Uninjected
	s.linked = a
	b.trim(recipe.Adopt(changes, objects))
	return a, nil
}

// trim removes compiled packages that no recipe starts from, if there are too many. inUse
// are those that one of the recipes starts from.
func (b *Builder) trim(inUse map[string]bool) {
	recipes := []*direct.Recipe{b.learned.recipe}
	if s := b.learned.shared; s != nil {
		recipes = append(recipes, s.app.Recipe)
	}
	for _, recipe := range recipes {
		for _, object := range recipe.Parts().Objects {
			inUse[object] = true
		}
	}
	b.compiled.Trim(inUse)
}

// Share makes a library of the packages that are not the app's own, in the background,
// so that later builds link the app's own alone. Learn must have succeeded for the last
// build. An error is only a reason why builds go on as before: ErrOutdated and ErrLater until
// the next one, others until the graph changes. Unless it is to be made anew, a library is
// only used if the project had it before.
func (b *Builder) Share(ctx context.Context, r Request, g *Graph, anew bool) (Library, error) {
	l := b.learned
	switch {
	case !r.Config.Shared:
		return Library{}, fmt.Errorf("%w: build.shared is false", shared.ErrUnfit)
	case r.Whole:
		return Library{}, fmt.Errorf("%w: %w", shared.ErrUnfit, errWrapped)
	case b.injected != nil:
		return Library{}, fmt.Errorf("%w: files of its packages are replaced", shared.ErrUnfit)
	case b.Libraries == "":
		return Library{}, fmt.Errorf("%w: there is no directory for libraries", shared.ErrUnfit)
	case !l.fits(r):
		return Library{}, errNotLearned
	case l.shared != nil:
		return Library{}, nil
	}
	tmp, err := os.MkdirTemp(filepath.Join(b.cache, "tmp"), "")
	if err != nil {
		return Library{}, err
	}
	defer os.RemoveAll(tmp)
	app, err := shared.Prepare(ctx, b.run, shared.Subject{
		Subject: direct.Subject{
			Command: goBuild(r, filepath.Join(b.cache, "tmp", "none")), Env: r.Config.Env, Settings: l.settings, Graph: g.App(),
		},
		List:    goList(r),
		Recipe:  l.recipe,
		Options: r.Config.options(), Compiled: b.compiled, Make: anew,
	}, shared.Places{Libraries: b.Libraries, Session: filepath.Join(b.cache, "lib"), Tmp: tmp, Record: libraryRecord(b.cache, b.Libraries)})
	if err != nil {
		return Library{}, err
	}
	l.shared = &sharing{app: app, linked: l.linked}
	return Library{Made: app.Made, Whole: l.took, Partial: app.Took}, nil
}

// libraryRecord is the file in a directory of libraries that says which one a project has.
// A project is known by its cache.
func libraryRecord(cache, libraries string) string {
	return filepath.Join(libraries, "for-"+filepath.Base(cache))
}

// LastLibrary is the library, in a directory of them, against which the app of a project
// was last linked, and its size. Without one, why says why, if there is more to say than
// that none has been made.
func LastLibrary(cache, libraries string) (path string, size int64, why string) {
	r := shared.ReadRecord(libraryRecord(cache, libraries))
	path = filepath.Join(libraries, r.Library)
	info, err := os.Stat(path)
	if r.Library == "" || err != nil {
		return "", 0, r.Why
	}
	return path, info.Size(), ""
}

// Sharable finds out, without making anything, whether apps can be linked against a
// library here. The error says why not.
func (b *Builder) Sharable(ctx context.Context, c Config, wrapped bool) error {
	if wrapped {
		return errWrapped
	}
	c, err := b.ask(c, b.root)
	if err != nil {
		return err
	}
	settings, err := b.run.Settings(ctx, c.Env)
	if err != nil {
		return err
	}
	if why := shared.Unfit(b.root, c.options(), settings); why != "" {
		return errors.New(why)
	}
	return nil
}

// errWrapped is why an app that others start is linked as a whole.
var errWrapped = errors.New("runner.wrap may start it where there is no library")

// goList is the go command that lists the packages that goBuild compiles.
func goList(r Request) []string {
	args := append([]string{"go", "list"}, r.Config.options().BuildFlags("-w")...)
	return append(args, r.Package)
}
