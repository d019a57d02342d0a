package build

// Place is where versions of an app that others have built are run from: one path for all
// of them.
type Place struct{ home *home }

// NewPlace returns a place at an absolute path.
func NewPlace(at string) *Place { return &Place{&home{name: at}} }

// Artifact is an executable that was not built here, and is to run at the place. prev is what
// serves now.
func (p *Place) Artifact(file string, id int, prev Artifact) Artifact {
	if prev.Path == file {
		return prev.again()
	}
	return Artifact{Path: file, ID: id, home: p.home, at: p.home.name}
}
