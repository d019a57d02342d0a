package cli

import (
	"context"
	"net"

	"hotreload/internal/broker"
	"hotreload/internal/bus"
	"hotreload/internal/doctor"
	"hotreload/internal/fleet"
)

// examineBus finds out whether a session could reach its instances. The broker of one that runs
// has the address already.
func examineBus(ctx context.Context, c fleet.Config, running bool) doctor.Bus {
	switch {
	case !c.On():
		return doctor.Bus{}
	case c.URL != "":
		r := doctor.Bus{Where: c.URL}
		r.Took, r.Room, r.Err = bus.Probe(ctx, c.URL, bus.Access{Name: "hotreload doctor", Credentials: c.Credentials, CA: c.CA})
		return r
	}
	r := doctor.Bus{Where: c.Listen, Listens: true, Broker: broker.Find()}
	if l, err := net.Listen("tcp", c.Listen); err == nil {
		_ = l.Close()
	} else if !running {
		r.Err = err
	}
	return r
}
