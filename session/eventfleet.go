package session

// This file has the events of instances that run elsewhere: see event.go.

// Agent is what the events of an instance have in common.
type Agent struct {
	Name     string `json:"name"`     // of the instance
	Platform string `json:"platform"` // such as "linux/amd64"
	Version  int    `json:"version"`  // that it runs or is to run
}

// AgentJoined is an instance that was not there before.
type AgentJoined struct {
	Agent
}

// AgentGone is an instance that has left or is not heard any more.
type AgentGone struct {
	Agent
	Reason string `json:"reason"` // in words
}

// AgentUpdate is an instance that has received a version, and is about to start it.
type AgentUpdate struct {
	Agent
	Bytes int64 `json:"bytes"` // how much was sent
	MS    int64 `json:"ms"`    // since it heard of the version
}

// AgentReady is an instance at which a version serves.
type AgentReady struct {
	Agent
	MS      int64  `json:"ms"`      // since it heard of the version
	Address string `json:"address"` // where clients find it, as host:port, on its machine; may be empty
}

// AgentLoaded is a new version of a plugin in the process that runs at an instance. The four lists are those of
// plugin.loaded.
type AgentLoaded struct {
	Name   string `json:"name"`   // of the instance
	Plugin string `json:"plugin"` // its name
	Load   int    `json:"load"`   // how many plugin versions the process has loaded, including this one
	MS     int64  `json:"ms"`     // how long the load took

	Carried   []string `json:"carried"`   // carried over unchanged
	Dropped   []string `json:"dropped"`   // not carried over
	Zeroed    []string `json:"zeroed"`    // as New made them
	Converted []string `json:"converted"` // converted to another type
}

// AgentFailed is an instance at which a version does not serve. The version before does, if it could.
type AgentFailed struct {
	Agent
	Reason string `json:"reason"` // in words, with the app's last ones
}

// AgentOutput is a line that an instance's app printed. It is lost if there is no connection.
type AgentOutput struct {
	Name   string `json:"name"`   // of the instance
	Stream string `json:"stream"` // "stdout" or "stderr"
	Text   string `json:"text"`   // the line, without its newline
}

// RolloutDone is a version that serves at all instances, failed ones aside.
type RolloutDone struct {
	Version   int   `json:"version"`   // that serves
	Instances int   `json:"instances"` // how many serve it
	Failed    int   `json:"failed"`    // how many could not start it
	MS        int64 `json:"ms"`        // since it was built
}

// RolloutRolledBack is a version that failed at the instance that was to try it. The others were not given it.
type RolloutRolledBack struct {
	Version  int    `json:"version"`  // that failed
	To       int    `json:"to"`       // the version that all run
	Instance string `json:"instance"` // where it failed
	Reason   string `json:"reason"`   // in words, with the app's last ones
}

func (AgentJoined) Type() string       { return "agent.joined" }
func (AgentGone) Type() string         { return "agent.gone" }
func (AgentUpdate) Type() string       { return "agent.update" }
func (AgentReady) Type() string        { return "agent.ready" }
func (AgentLoaded) Type() string       { return "agent.loaded" }
func (AgentFailed) Type() string       { return "agent.failed" }
func (AgentOutput) Type() string       { return "agent.output" }
func (RolloutDone) Type() string       { return "rollout.done" }
func (RolloutRolledBack) Type() string { return "rollout.rolled_back" }
