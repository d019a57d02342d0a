package runner

import "time"

// patience holds the durations that no config sets. Tests shorten them.
type patience struct {
	// drain is how long a process that leaves may take to finish its requests. As long they may
	// hold up the state that goes to the next version: new connections wait in the kernel meanwhile.
	drain time.Duration
	// longestDrain is how long it may take while requests make progress: the new version
	// serves already, so an upload costs nothing, and some responses never end.
	longestDrain time.Duration
	// drainSlack comes on top: it returns from main in it, before its stop signal.
	drainSlack time.Duration
	// yield is how long an app may take to close its listeners after its stop signal.
	yield time.Duration
	// keep is how long streams may hold it up that are told to end.
	keep time.Duration
	// probation is how long after it took over a crash brings back the previous version:
	// what crashes later has served.
	probation time.Duration
	// steady is how long a process that listens must go on to run before it takes over: what
	// listens may still fail over the rest of its start, and the version before serves meanwhile.
	steady time.Duration
	// contention is how long a new version may wait for a file that the old one has locked
	// before that counts as the reason why it is not ready: some open a file that they lock
	// only later.
	contention time.Duration
	// otherPort is how long another port than the expected one must be open, and that
	// one not, before the app is taken to listen there: a port for debugging may come first.
	otherPort time.Duration
	// again is how long an app that has started itself again with the same arguments, and
	// has exited, may take until it listens.
	again time.Duration
	// relative is how long its executable may take with other arguments: most such processes
	// are helpers, which never listen.
	relative time.Duration
}

func usualPatience() patience {
	return patience{
		drain:        5 * time.Second,
		longestDrain: time.Minute,
		drainSlack:   500 * time.Millisecond,
		yield:        500 * time.Millisecond,
		keep:         time.Second,
		probation:    3 * time.Second,
		steady:       100 * time.Millisecond,
		contention:   2 * time.Second,
		otherPort:    time.Second,
		again:        5 * time.Second,
		relative:     time.Second,
	}
}
