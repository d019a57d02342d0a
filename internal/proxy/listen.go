package proxy

import (
	"errors"
	"fmt"
	"net"
)

// TakenError says that another program listens where the front door should be.
type TakenError struct{ Address string }

func (e *TakenError) Error() string {
	return fmt.Sprintf("another program listens on %s, where the front door should be; end it, or set proxy.listen to another address", e.Address)
}

// listen opens all listeners for the address, or none.
func listen(address string) (opened []net.Listener, err error) {
	defer func() {
		if err != nil {
			closeAll(opened)
			opened = nil
		}
	}()
	first, sibling, err := listenAddresses(address)
	if err != nil {
		return nil, err
	}
	l, err := open(first)
	if err != nil {
		return nil, err
	}
	opened = append(opened, l)
	if sibling == "" {
		return opened, nil
	}
	// Port 0 has become a number by now, and the sibling's is to be the same.
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return opened, err
	}
	l, err = open(net.JoinHostPort(sibling, port))
	var taken *TakenError
	switch {
	case err == nil:
		opened = append(opened, l)
	case errors.As(err, &taken):
		return opened, err
	}
	return opened, nil // otherwise the system has no IPv6, and nobody will ask for it
}

func open(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, addressInUse):
		return nil, &TakenError{Address: address}
	}
	return nil, fmt.Errorf("open the front door at %s: %w; set proxy.listen to another address", address, err)
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}
