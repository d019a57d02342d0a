package agree

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"hotreload/build"
)

// product builds as a session of hotreload does.
type product struct {
	builder *build.Builder
	config  build.Config
	pkg     string
	id      int
	last    build.Artifact
	tell    func(string)
}

// openProduct makes the builder of a project. The library goes into the scratch
// directory, too.
func openProduct(o Options, p *project) (*product, error) {
	b := build.New(p.root, filepath.Join(o.Scratch, "cache", "project"))
	b.Libraries = filepath.Join(o.Scratch, "cache", "libraries")
	b.Recaller = o.Self
	config := build.DefaultConfig()
	config.Shared = true
	return &product{builder: b, config: config, pkg: p.pkg, tell: o.Tell}, b.Open()
}

func (p *product) close() { _ = p.builder.Close() }

func (p *product) request(changed []string) build.Request {
	return build.Request{Config: p.config, Package: p.pkg, ID: p.id, Prev: p.last, Changed: changed}
}

// build makes an executable after some files have changed.
func (p *product) build(ctx context.Context, changed []string) (built, error) {
	p.id++
	start := time.Now()
	a, err := p.builder.Build(ctx, p.request(changed))
	b := built{took: time.Since(start)}
	var failed *build.Error
	switch {
	case errors.As(err, &failed):
		b.how, b.failed = "failed", failed.Text
		if len(failed.Diagnostics) > 0 {
			b.message = failed.Diagnostics[0].Message
		}
		return b, nil
	case err != nil:
		return b, err
	}
	if !a.Same {
		p.builder.Forget(p.last.Beyond(a))
	}
	b.path, b.how, b.why = a.Path, a.How(), a.Why
	p.last = a
	return b, nil
}

// prepare does what a session does after a build, and says why the next one will not be
// linked against a library, or "".
func (p *product) prepare(ctx context.Context) (why string, err error) {
	if p.last.Shared {
		return "", nil
	}
	graph, err := p.builder.Graph(ctx, p.config, p.pkg)
	if err != nil {
		return "", nil // the source does not compile; the next build tells
	}
	if !p.last.Direct {
		if err := p.builder.Learn(ctx, p.request(nil), p.last, graph); err != nil {
			return err.Error(), ctx.Err()
		}
	}
	start := time.Now()
	made, err := p.builder.Share(ctx, p.request(nil), graph, true)
	if err != nil {
		return err.Error(), ctx.Err()
	}
	p.tell(fmt.Sprintf("the library: %d MB made, in %.0f s", made.Made>>20, time.Since(start).Seconds()))
	return "", nil
}
