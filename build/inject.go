package build

import (
	"context"

	"hotreload/build/inject"
)

// Injectable finds out, without writing anything, whether what Request.Inject asks
// for is possible. The error says why not.
func (b *Builder) Injectable(ctx context.Context, c Config) error {
	c, err := b.ask(c, b.root)
	if err != nil {
		return err
	}
	settings, err := b.injectable(ctx, c)
	if err != nil {
		return err
	}
	return b.injector.Check(c.options(), settings)
}

// injection makes what a request asks for. An *inject.Error says why it cannot be.
func (b *Builder) injection(ctx context.Context, r Request) (*inject.Injection, error) {
	if !r.Inject {
		return nil, nil
	}
	settings, err := b.injectable(ctx, r.Config)
	if err != nil {
		return nil, err
	}
	return b.injector.Prepare(b.Injections, r.Config.options(), settings)
}

// injectable checks the config, and returns the settings of go env.
func (b *Builder) injectable(ctx context.Context, c Config) (map[string]string, error) {
	if len(c.Command) > 0 {
		return nil, inject.Errorf("build.command builds the app")
	}
	if len(c.Plugin) > 0 { // they would need the same net/http
		return nil, inject.Errorf("the app has plugins; use hot.Listen and hot.Serve")
	}
	settings, err := b.run.Settings(ctx, c.Env)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, inject.Errorf("%v", err)
	}
	return settings, nil
}
