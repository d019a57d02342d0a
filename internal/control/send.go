package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/gofrs/flock"

	"hotreload/session"
)

// answerTime bounds the wait for an answer, also while the app takes a new value. A session
// that does not answer for so long hangs.
const answerTime = 20 * time.Second

// statusTime bounds the wait of those who can do without the answer.
const statusTime = 3 * time.Second

// release bounds the wait for a session that has ended to give up its project.
const release = 5 * time.Second

// Send sends a command to the session that runs for dir or for a directory above it,
// and returns its reply. After quit it returns when the session is over.
func Send(dir, command string) (Reply, error) { return ask(dir, request{Command: command}) }

// Status asks the session that runs for dir or for a directory above it for its status. One
// that hangs is not waited for as long as by Send.
func Status(dir string) (Reply, error) {
	return askWithin(statusTime, dir, request{Command: "status"})
}

// Set has the session that runs for dir set a tunable of its app.
func Set(dir, name, value string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = ask(dir, request{Command: "set", Name: name, Value: text})
	return err
}

func ask(dir string, asked request) (Reply, error) { return askWithin(answerTime, dir, asked) }

func askWithin(patience time.Duration, dir string, asked request) (Reply, error) {
	conn, lock, err := find(dir, patience)
	if err != nil {
		return Reply{}, err
	}
	defer conn.Close()
	return exchange(conn, lock, patience, asked)
}

// exchange asks the session at the other end, which holds the lock.
func exchange(conn net.Conn, lock *flock.Flock, patience time.Duration, asked request) (Reply, error) {
	command := asked.Command
	line, err := json.Marshal(asked)
	if err != nil {
		return Reply{}, err
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	hangs := fmt.Errorf("the session did not answer %s within %v; it hangs, is still starting, or was stopped (by Ctrl-Z: fg continues it)", command, patience)
	_, err = conn.Write(append(line, '\n'))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return Reply{}, hangs
	}
	if err != nil {
		return Reply{}, fmt.Errorf("send %s to the session: %w", command, err)
	}
	in := json.NewDecoder(conn)
	reply, err := awaitReply(in)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return Reply{}, hangs
	}
	if err != nil {
		return Reply{}, fmt.Errorf("the session ended before it answered %s", command)
	}
	if !reply.OK {
		return reply, errors.New(reply.Error)
	}
	if command == string(session.CommandQuit) {
		_ = conn.SetDeadline(time.Time{}) // the app may take long to stop
		for err == nil {
			err = in.Decode(&struct{}{})
		}
		// The project is free a moment later, unless another session claims it at once.
		ctx, cancel := context.WithTimeout(context.Background(), release)
		defer cancel()
		_, _ = lock.TryRLockContext(ctx, 5*time.Millisecond)
		_ = lock.Unlock()
	}
	return reply, nil
}

// awaitReply skips events, whose fields differ even where the names are the same.
func awaitReply(in *json.Decoder) (Reply, error) {
	for {
		var line json.RawMessage
		if err := in.Decode(&line); err != nil {
			return Reply{}, err
		}
		var kind struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(line, &kind); err != nil || kind.Type != "reply" {
			continue
		}
		var reply Reply
		err := json.Unmarshal(line, &reply)
		return reply, err
	}
}
