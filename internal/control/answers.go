package control

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"hotreload/session"
)

// Answers answers requests that do not come over the socket. One goroutine calls its methods.
type Answers struct {
	commands chan<- session.Command
	set      Setter
	state    session.State
	ctx      context.Context // ends with the session
	cancel   context.CancelCauseFunc
	work     sync.WaitGroup
}

// NewAnswers passes commands on.
func NewAnswers(commands chan<- session.Command, set Setter) *Answers {
	a := &Answers{commands: commands, set: set}
	a.ctx, a.cancel = context.WithCancelCause(context.Background())
	return a
}

// Update takes the latest state.
func (a *Answers) Update(s session.State) { a.state = s }

// Take answers a request. Only whoever asks waits for the answer.
func (a *Answers) Take(data []byte, reply func([]byte)) {
	var r request
	if err := json.Unmarshal(data, &r); err != nil {
		reply(notARequest(err).line())
		return
	}
	switch r.Command {
	case "status":
		state := a.state
		reply(Reply{Command: r.Command, OK: true, State: &state}.line())
	case "set":
		a.work.Go(func() { reply(r.tune(a.ctx, a.set).line()) })
	default:
		order, err := session.ParseOrder(r.Command)
		if err != nil {
			reply(Reply{Command: r.Command, Error: err.Error() + ", status, set"}.line())
			return
		}
		reply(Reply{Command: r.Command, OK: true}.line())
		a.work.Go(func() {
			select {
			case a.commands <- order:
			case <-a.ctx.Done():
			}
		})
	}
}

// Close waits for the answers that are under way.
func (a *Answers) Close() {
	a.cancel(errors.New("the session is over"))
	a.work.Wait()
}
