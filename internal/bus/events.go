package bus

import (
	"fmt"

	"hotreload/internal/fleet"
	"hotreload/internal/mailbox"
)

// maxPrinted is how many lines of instances may wait for the session. What comes beyond is
// dropped, and counted.
const maxPrinted = 2000

// newEvents is a queue for the session in which only so much output waits.
func newEvents() *mailbox.Box[fleet.Event] {
	dropped := 0
	return mailbox.NewMerging(func(waiting []fleet.Event, next fleet.Event) []fleet.Event {
		if _, printed := next.(fleet.Printed); printed && len(waiting) >= maxPrinted {
			dropped++
			return waiting
		}
		if dropped > 0 && len(waiting) < maxPrinted {
			waiting = append(waiting, fleet.Noted{Text: fmt.Sprintf("%d lines of instances were dropped: they print too fast", dropped)})
			dropped = 0
		}
		return append(waiting, next)
	})
}
