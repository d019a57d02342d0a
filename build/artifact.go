package build

import "hotreload/build/plugin"

// Request asks for one build.
type Request struct {
	Config  Config
	Package string   // what to build, as go build takes it
	ID      int      // of this build, different from all others; names the artifact's directory
	Prev    Artifact // what serves now, to recognise a byte-identical result
	Changed []string // absolute paths: what changed since the last good build, as far as known
	Whole   bool     // the executable must not need other files, because it runs elsewhere
	Full    bool     // the go command is to build, because the user does not trust what is known
	Inject  bool     // the app is to hand over by itself: see package inject
	Plugins bool     // only plugins changed since Prev, as far as known
	// Burnt are import paths in the process that no plugin may bring along again:
	// of versions whose init functions did not complete.
	Burnt map[string]bool

	Included map[string]Included // what C code includes that the go command does not know, by package directory

	Packages map[string]bool             // import paths of the app's packages, as far as known
	Compiles func(pkg string, count int) // called for each package that the go command compiles; may be nil
}

// Artifact is an executable that was built.
type Artifact struct {
	Path   string // absolute; empty when there is no artifact
	ID     int    // of the build that made it
	Same   bool   // byte-identical to Request.Prev, and has its path and ID
	Direct bool   // built without the go command, by what Learn found out
	Shared bool   // Direct, and linked against a library that Share has made
	// Recalled are packages that the go command did not compile, because a direct build had.
	Recalled []string
	Why      string // why it was built by the go command although Learn had found out how, or linked as a whole although Share had; else empty

	Uninjected string   // why nothing was injected although it was requested; else empty
	Kept       bool     // only plugins were built
	Plugins    []Plugin // what it loads as plugins, in the order of the config
	print      string   // hash of its sources; empty: they changed during the build
	home       *home    // where its app is run from; nil: from Path
	at         string   // its path there
}

// again is the artifact of a build that made the same executable.
func (a Artifact) again() Artifact {
	return Artifact{Path: a.Path, ID: a.ID, Same: true, home: a.home, at: a.at}
}

// How names the way in which it was built: by the go command (or build.command), or
// directly, as a whole or against a library.
func (a Artifact) How() string {
	switch {
	case a.Shared:
		return "shared"
	case a.Direct:
		return "direct"
	}
	return "go"
}

// Beyond is the part of an artifact that another one does not have.
func (a Artifact) Beyond(other Artifact) Artifact {
	if a.Path == other.Path {
		a.Path = ""
	}
	a.Plugins = plugin.Beyond(a.Plugins, other.Plugins)
	return a
}

// Plugin is the plugin of a name; the zero value if there is none.
func (a Artifact) Plugin(name string) Plugin { return plugin.Find(a.Plugins, name) }
