package simulator

import (
	"context"
	"fmt"
	"net"
)

// ListenError is an address that could not be had.
type ListenError struct {
	Addr string
	Err  error
}

// Error names the address.
func (e *ListenError) Error() string { return fmt.Sprintf("listen on %q: %v", e.Addr, e.Err) }

// Unwrap returns the operating system's error.
func (e *ListenError) Unwrap() error { return e.Err }

func listen(addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, &ListenError{Addr: addr, Err: err}
	}
	return l, nil
}
