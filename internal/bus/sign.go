package bus

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hotreload/internal/fleet"
)

// purpose is part of what is signed, so that a signature serves for nothing else.
const purpose = "hotreload desired state v1\n"

// signed is a state as it is stored.
type signed struct {
	State     json.RawMessage `json:"state"`
	Signature []byte          `json:"signature"` // ed25519, of purpose and State
}

const (
	// stale is the age from which a new agent does not take a state: the broker may have offered an old one instead of
	// the newest. Within that time instances may be started while there is no session.
	stale = 24 * time.Hour
	// signAgain is how often a session signs a state that has not changed.
	signAgain = time.Hour
)

// sign signs a state.
func sign(key ed25519.PrivateKey, now time.Time, d fleet.Desired) ([]byte, error) {
	d.Protocol, d.Signed = fleet.Protocol, now
	state, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return json.Marshal(signed{state, ed25519.Sign(key, append([]byte(purpose), state...))})
}

// errForged is a state that cannot be trusted.
var errForged = errors.New("the desired state on the bus is not signed with the key that this agent was joined with; it is ignored")

// verify returns a state if the key has signed it for the project.
func verify(key ed25519.PublicKey, project string, data []byte) (fleet.Desired, error) {
	var s signed
	if err := json.Unmarshal(data, &s); err != nil || !ed25519.Verify(key, append([]byte(purpose), s.State...), s.Signature) {
		return fleet.Desired{}, errForged
	}
	var d fleet.Desired
	if err := json.Unmarshal(s.State, &d); err != nil {
		return fleet.Desired{}, fmt.Errorf("the desired state on the bus is of another version of hotreload: %w", err)
	}
	if d.Protocol != fleet.Protocol {
		return fleet.Desired{}, fmt.Errorf("the session speaks protocol %d, and this agent %d; run the same version of hotreload at both ends", d.Protocol, fleet.Protocol)
	}
	if d.Project != project {
		return fleet.Desired{}, fmt.Errorf("the desired state on the bus is that of the project %q; it is ignored", d.Project)
	}
	return d, nil
}
