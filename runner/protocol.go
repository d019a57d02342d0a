package runner

import "hotreload/internal/appsock"

// Protocol is the version of what hotreload and package hot say to each other.
const Protocol = appsock.Protocol

// OtherProtocol tells that the package hot of a process speaks another version.
type OtherProtocol struct {
	Gen, PID int
	Protocol int
}

func (OtherProtocol) runnerEvent() {}

// hearOtherProtocols reports other protocols than ours.
func (p *process) hearOtherProtocols() {
	for {
		select {
		case protocol := <-p.desk.OtherProtocols():
			p.report(OtherProtocol{Gen: p.gen, PID: p.pid(), Protocol: protocol})
		case <-p.desk.Done():
			return
		}
	}
}
