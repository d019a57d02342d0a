package watch

import "time"

// Config is the [watch] table of the config file.
type Config struct {
	Include   []string      `toml:"include" glob:"true" doc:"files the app reads at its start, such as templates: a change of one brings a new process without a build; a glob that begins with a name, such as data/*.json, also finds what git ignores"`
	Browser   []string      `toml:"browser" glob:"true" doc:"files the app serves from disk as they are: a change of one reaches the open pages and starts no process; stylesheets and images are swapped in, anything else reloads the pages. What include matches, too, brings a new process. As with include, a glob that begins with a name, such as web/dist/*.js, also finds what git ignores"`
	Exclude   []string      `toml:"exclude" glob:"true" doc:"excluded, on top of .gitignore, .git, node_modules, .direnv, other checkouts (worktrees, clones) and editors' temporary files; what the app is built from is always watched"`
	Gitignore bool          `toml:"gitignore" doc:"ignore what git ignores"`
	Quiet     time.Duration `toml:"quiet" doc:"a batch of changes is settled after this long without another"`
	Poll      string        `toml:"poll" doc:"how changes are noticed: auto (file events, and polling every second where there are none), off (events only), or how often to poll, such as 2s"`
	Extra     []string      `toml:"extra" doc:"directories outside the project to watch for files that include or browser matches"`
	Caches    []string      `toml:"-"` // directories, absolute, that builds keep files in; they are left out
}

// DefaultConfig returns the values for what the config file does not set.
func DefaultConfig() Config {
	return Config{
		Include:   []string{"**/*.{html,tmpl,tpl,gohtml}"},
		Browser:   []string{"**/*.{css,js,mjs,map,svg,png,jpg,jpeg,gif,webp,avif,ico,woff,woff2}"},
		Gitignore: true,
		Quiet:     30 * time.Millisecond, // the debounce
		Poll:      "auto",
	}
}
