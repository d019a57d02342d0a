// Package fleet decides which version each instance of an app is to run.
//
// In go releases, what instances report, and the time; out come the desired state, which the
// bus signs and publishes, and Events for the user. What always holds: it does no I/O, so
// that recorded inputs lead to recorded states; a canary that fails takes nobody along; the
// newest release counts, and not those that were missed.
//
//	Release ─┐
//	Status ──┼─▶ Rollout ─┬▶ Desired, for all instances
//	time ────┘            └▶ Event
//
// The words that session and instances exchange are here, too. How they travel is the matter of
// package bus.
package fleet

import (
	"time"

	"hotreload/build"
	"hotreload/runner"
)

// Protocol is the version of what sessions and agents say to each other.
const Protocol = 1

// Release is a version of the app for instances to run.
type Release struct {
	ID      int64 `json:"id"`      // grows with each release, also if one is a return to an older version
	Version int   `json:"version"` // the session's number for it
	// Artifacts are by platform, such as "linux/amd64".
	Artifacts map[string]Artifact `json:"artifacts"`
	Plugins   map[string][]Plugin `json:"plugins,omitempty"` // of the app, by platform
	App       App                 `json:"app"`
	Process   string              `json:"process"`           // the same in releases that one process can serve, as it loads newer plugins
	Refused   map[string]string   `json:"refused,omitempty"` // platforms that there is no artifact for, and why
}

// Artifact is a file, which is stored on the bus under its digest: an executable or a plugin.
type Artifact struct {
	Digest string `json:"digest"` // SHA-256, hexadecimal
	Size   int64  `json:"size"`
}

// Plugin is a plugin of the app.
type Plugin struct {
	Name     string   `json:"name"`
	File     Artifact `json:"file"`
	Packages []string `json:"packages"` // import paths of what it brings into a process
	Fixed    []string `json:"fixed"`    // those of them that the next version has, too
}

// At is the plugin as a file on this machine.
func (p Plugin) At(file string) build.Plugin {
	return build.Plugin{Name: p.Name, Path: file, Packages: p.Packages, Fixed: p.Fixed}
}

// Made is a version as the session has built it.
type Made struct {
	Version    int
	Process    int // the version that its process was started as: less than Version if newer plugins are loaded into that
	App        App
	Executable string // a file
	Plugins    []build.Plugin
}

// Files are the digests of what a platform needs of a release; none: there is nothing for it.
func (r *Release) Files(platform string) []string {
	executable, there := r.Artifacts[platform]
	if !there {
		return nil
	}
	files := []string{executable.Digest}
	for _, p := range r.Plugins[platform] {
		files = append(files, p.File.Digest)
	}
	return files
}

// App is what an instance has to know of the app to run it.
type App struct {
	Name   string        `json:"name"` // of its executable
	Runner runner.Config `json:"runner"`
	Hot    bool          `json:"hot"`              // it uses package hot
	Net    bool          `json:"net"`              // it can open a port
	Inject bool          `json:"inject"`           // it was built to hand over by itself
	Takes  bool          `json:"takes"`            // it takes the listeners that it is passed as LISTEN_FDS
	Unplug string        `json:"unplug,omitempty"` // why it has no plugins although it may ask for some
}

// Setting is a tunable that was set by hand.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Desired is what all instances are to run.
type Desired struct {
	Project  string    `json:"project"`
	Protocol int       `json:"protocol"`
	Serial   int64     `json:"serial"` // grows; an agent takes nothing older than it has seen
	Signed   time.Time `json:"signed"` // and a new one, which has seen nothing, takes nothing stale
	Stable   *Release  `json:"stable"` // nil: nothing has been built yet
	Canary   *Release  `json:"canary,omitempty"`
	Canaries []string  `json:"canaries,omitempty"` // the instances that run Canary
	Settings []Setting `json:"settings,omitempty"`
}

// For is what an instance is to run; nil: nothing yet.
func (d Desired) For(name string) *Release {
	if d.Canary != nil {
		for _, c := range d.Canaries {
			if c == name {
				return d.Canary
			}
		}
	}
	return d.Stable
}

// Condition is what an instance is doing, in one word.
type Condition string

const (
	Waiting  Condition = "waiting"  // for something to run
	Fetching Condition = "fetching" // the artifact is on its way
	Starting Condition = "starting" // the artifact is there, and being put into service
	Serving  Condition = "ready"    // the release serves
	Failing  Condition = "failed"   // the release could not be fetched, does not start, or does not stay up
	Leaving  Condition = "gone"     // the agent ends
)

// Status is what an agent reports, at each change and every few seconds.
type Status struct {
	Name      string    `json:"name"`
	ID        string    `json:"id"`       // of this run of the agent
	Place     string    `json:"place"`    // of the directory that it has to itself
	Platform  string    `json:"platform"` // such as "linux/amd64"
	Tool      string    `json:"tool"`     // the version of hotreload
	Protocol  int       `json:"protocol"`
	Condition Condition `json:"condition"`
	Release   int64     `json:"release"` // that the condition is about
	Version   int       `json:"version"` // of that release
	Serving   Process   `json:"serving"`
	Holds     []string  `json:"holds"` // digests of artifacts that it has
	Bytes     int64     `json:"bytes"` // that it fetched for the release
	MS        int64     `json:"ms"`    // from when it heard of the release until the condition
	Reason    string    `json:"reason,omitempty"`
}

// Process is what serves at an instance; the zero value: nothing.
type Process struct {
	Version int       `json:"version"`
	PID     int       `json:"pid"`
	Address string    `json:"address"`
	Since   time.Time `json:"since"`
}

// Instance is what is known about an instance.
type Instance struct {
	Status
	Heard time.Time `json:"heard"` // when it last reported
}
