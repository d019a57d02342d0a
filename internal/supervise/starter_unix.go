//go:build unix

package supervise

// Starter starts commands, and keeps a spare supervisor ready for the next one: to start
// one takes milliseconds that a user may be waiting for. Its methods may be called from any
// goroutine.
type Starter struct {
	spare chan *Process // holds one at the most
}

// NewStarter returns a starter without a spare supervisor.
func NewStarter() *Starter { return &Starter{spare: make(chan *Process, 1)} }

// Start runs the command and returns once it is executing. The error names the
// executable and what the system said.
func (s *Starter) Start(spec Spec, streams Streams) (*Process, error) {
	var p *Process
	select {
	case p = <-s.spare:
	default:
		var err error
		if p, err = prepare(); err != nil {
			return nil, err
		}
	}
	if err := p.start(spec, streams); err != nil {
		return nil, err
	}
	return p, nil
}

// Prepare starts a spare supervisor for the next Start. If that fails, Start will say what
// is wrong.
func (s *Starter) Prepare() {
	if len(s.spare) > 0 {
		return
	}
	p, err := prepare()
	if err != nil {
		return
	}
	select {
	case s.spare <- p:
	default:
		p.discard()
	}
}

// Close ends the spare supervisor. Prepare must not be called any more.
func (s *Starter) Close() {
	select {
	case p := <-s.spare:
		p.discard()
	default:
	}
}

// Start starts one command.
func Start(spec Spec, streams Streams) (*Process, error) { return NewStarter().Start(spec, streams) }
