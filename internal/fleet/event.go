package fleet

import "time"

// Event is one of Joined, Gone, Updated, Ready, Failed, Changed, Loaded, Printed, Done, RolledBack and Noted.
type Event interface{ fleetEvent() }

type (
	// Joined is an instance that was not there.
	Joined struct{ Instance Instance }
	// Gone is an instance that has left, or is not heard any more.
	Gone struct {
		Instance Instance
		Reason   string
	}
	// Updated is an instance that has the artifact of a release.
	Updated struct{ Instance Instance }
	// Ready is an instance at which a release serves.
	Ready struct{ Instance Instance }
	// Failed is an instance at which a release does not serve.
	Failed struct{ Instance Instance }
	// Changed is an instance of which something else is new.
	Changed struct{ Instance Instance }
	// Loaded is a version of a plugin in the process that runs at an instance.
	Loaded struct {
		Name   string `json:"-"`    // of the instance
		Plugin string `json:"name"` // its name
		Load   int    `json:"load"` // how many the process has loaded
		MS     int64  `json:"ms"`   // how long it took

		Carried   []string `json:"carried"`
		Dropped   []string `json:"dropped"`
		Zeroed    []string `json:"zeroed"`
		Converted []string `json:"converted"`
	}
	// Printed is a line of an instance's app.
	Printed struct{ Name, Stream, Text string }
	// Done is a release that serves wherever it can.
	Done struct {
		Version   int
		Instances int // at which it serves
		Failed    int // at which it does not
		Took      time.Duration
	}
	// RolledBack is a release that failed at the canary.
	RolledBack struct {
		Version, To int
		Instance    string
		Reason      string
	}
	// Noted is a line for the user.
	Noted struct{ Text string }
)

func (Joined) fleetEvent()     {}
func (Gone) fleetEvent()       {}
func (Updated) fleetEvent()    {}
func (Ready) fleetEvent()      {}
func (Failed) fleetEvent()     {}
func (Changed) fleetEvent()    {}
func (Loaded) fleetEvent()     {}
func (Printed) fleetEvent()    {}
func (Done) fleetEvent()       {}
func (RolledBack) fleetEvent() {}
func (Noted) fleetEvent()      {}
