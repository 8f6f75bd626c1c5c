package main

import (
	"context"
	"net"
	"net/http"
	"time"
)

// servePage serves the page of the SMSC until the returned function is called.
func servePage(out *printer, addr string, page http.Handler) (stop func(), err error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, explainListen(err, "--page", addr)
	}
	server := &http.Server{Handler: page, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // always ErrServerClosed after Close
	}()
	out.line("see sessions and send receipts by hand on http://" + listener.Addr().String() + "/")
	return func() { _ = server.Close(); <-done }, nil
}
