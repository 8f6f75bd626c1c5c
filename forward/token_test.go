package forward

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// TestStopDoesNotWaitForATokenServer that never answers: what runs is cut off
// there, too.
func TestStopDoesNotWaitForATokenServer(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}, 8), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	hook := newReceiver(t, nil)
	o := options(hook.URL)
	o.OAuth2, o.Timeout = OAuth2{TokenURL: server.URL, ClientID: "us", ClientSecret: "ours"}, 5*patience
	log := newLog(t, "acme")
	e, _ := running(t, o, log, nil)
	store(t, log, "acme", receipts("a", 3)...)
	<-asked
	over, cancel := context.WithCancel(t.Context())
	cancel()
	stopped := make(chan struct{})
	go func() { e.Stop(over); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(patience):
		t.Fatal("it still waits for the token server")
	}
	if n := len(hook.got()); n != 0 {
		t.Errorf("%d POSTs without a token", n)
	}
}

// TestStopClosesTheTokenServersConnections: a reload would leave some behind.
func TestStopClosesTheTokenServersConnections(t *testing.T) {
	t.Parallel()
	var open atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"t","token_type":"Bearer","expires_in":3600}`)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed:
			open.Add(-1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	hook := newReceiver(t, nil)
	o := options(hook.URL)
	o.OAuth2 = OAuth2{TokenURL: server.URL, ClientID: "us", ClientSecret: "ours"}
	log := newLog(t, "acme")
	_, stop := running(t, o, log, nil)
	store(t, log, "acme", receipts("a", 1)...)
	hook.untilN(t, 1)
	stop()
	eventually(t, "no connection is left", func() bool { return open.Load() == 0 })
}
