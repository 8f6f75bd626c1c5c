package forward

import (
	"context"
	"fmt"
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

// TestLateRejectionKeepsTheNewToken: of two POSTs with the old one the second is
// answered when the first was already sent again.
func TestLateRejectionKeepsTheNewToken(t *testing.T) {
	t.Parallel()
	var issued atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer","expires_in":3600}`, issued.Add(1))
	}))
	t.Cleanup(server.Close)
	here, release := make(chan struct{}), make(chan struct{})
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "late" {
			close(here)
			<-release
		}
		if h.header.Get("Authorization") == "Bearer t1" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	o := options(hook.URL)
	o.Concurrency, o.OAuth2 = 2, OAuth2{TokenURL: server.URL, ClientID: "us", ClientSecret: "ours"}
	s := newTestSender(t, o)
	late := make(chan answer, 1)
	go func() { late <- newSender(s.target).post(context.Background(), "late", []byte(`{}`)) }()
	<-here
	for _, want := range []int{401, 200, 200} {
		if a := s.post(t.Context(), "x", []byte(`{}`)); a.status != want {
			t.Errorf("answered %d, want %d", a.status, want)
		}
		if want == 200 && len(hook.got()) == 3 {
			close(release)
			if a := <-late; a.status != 401 {
				t.Errorf("the late one: %d", a.status)
			}
		}
	}
	if n := issued.Load(); n != 2 {
		t.Errorf("%d tokens, want 2", n)
	}
}

func TestOAuth2TokenIsKeptAndRenewedAfter401(t *testing.T) {
	t.Parallel()
	var issued atomic.Int32
	tokenServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer","expires_in":3600}`, issued.Add(1))
	}))
	t.Cleanup(tokenServer.Close)
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.header.Get("Authorization") == "Bearer t1" && h.id == "last" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	o := options(hook.URL)
	o.OAuth2 = OAuth2{TokenURL: tokenServer.URL, ClientID: "gw", ClientSecret: "s3cret"}
	s := newTestSender(t, o)
	for _, id := range []string{"one", "two", "last", "last"} {
		s.post(t.Context(), id, []byte(`{}`))
	}
	hits := hook.got()
	if n := issued.Load(); n != 2 {
		t.Errorf("%d tokens for four POSTs, want 2", n)
	}
	for i, want := range []string{"Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"} {
		if got := hits[i].header.Get("Authorization"); got != want {
			t.Errorf("POST %d: %q, want %q", i, got, want)
		}
	}
}
