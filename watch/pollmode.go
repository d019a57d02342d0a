package watch

import (
	"fmt"
	"time"
)

// pollMode is what watch.poll says.
type pollMode struct {
	always, never bool
	every         time.Duration
}

// autoPoll is how often auto looks where events cannot be had.
const autoPoll = time.Second

// CheckPoll says what is wrong with a value of watch.poll, and what to write
// instead, or nothing.
func CheckPoll(text string) string {
	if _, err := parsePoll(text); err != nil {
		return err.Error()
	}
	return ""
}

func parsePoll(text string) (pollMode, error) {
	switch text {
	case "auto", "":
		return pollMode{every: autoPoll}, nil
	case "off":
		return pollMode{never: true}, nil
	}
	every, err := time.ParseDuration(text)
	if err != nil || every < 10*time.Millisecond {
		return pollMode{}, fmt.Errorf(`%q is not a way to poll; write "auto", "off", or an interval of at least 10ms such as "2s"`, text)
	}
	return pollMode{always: true, every: every}, nil
}
