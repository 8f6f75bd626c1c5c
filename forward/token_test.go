package forward

import (
	"context"
	"net/http"
	"net/http/httptest"
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
