package proxy

import (
	"errors"
	"fmt"
	"net"
)

// TakenError says that another program listens on the proxy's address.
type TakenError struct{ Address string }

func (e *TakenError) Error() string {
	return fmt.Sprintf("another program listens on %s, the address of the proxy; end it, or set proxy.listen to another address", e.Address)
}

// listen opens all listeners for the address, or none of them.
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
	// Port 0 is a number by now; the sibling gets the same.
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
	return opened, nil // otherwise the system has no IPv6, and no client will use it
}

func open(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, addressInUse):
		return nil, &TakenError{Address: address}
	}
	return nil, fmt.Errorf("open the proxy at %s: %w; set proxy.listen to another address", address, err)
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}
