package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
)

// TestHangingRegistrationRefusesReceipts: they wait for the same goroutine.
func TestHangingRegistrationRefusesReceipts(t *testing.T) {
	t.Parallel()
	engine := &blind{Engine: open(t, t.TempDir()), asked: make(chan struct{}, 1), release: make(chan struct{})}
	h := journaltest.Open(t, engine, nil, "acme")
	engine.is.Store(true)
	registered := make(chan error, 1)
	go func() {
		_, err := h.Attach(journaltest.Context(t), "app", journal.StartNewest)
		registered <- err
	}()
	<-engine.asked
	for _, err := range h.Outcomes(h.Offer("acme", journaltest.Receipts("a", 3)...)) {
		if !errors.Is(err, journal.ErrRefused) {
			t.Errorf("a receipt that waits for a registration that hangs: %v", err)
		}
	}
	impatient, giveUp := context.WithCancel(journaltest.Context(t))
	giveUp()
	if _, err := h.NextReplay(impatient, "other", []string{"x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("an endpoint that waits for the registration of another: %v", err)
	}
	close(engine.release)
	if err := <-registered; err == nil {
		t.Error("registered without cursors")
	}
	h.Until("receipts can be stored again", func() bool { return h.Storable() == nil })
}

// TestRegistrationThatNobodyWaitsForIsUndone: nothing is kept for an endpoint whose
// registration was given up, also when the database answers in the end.
func TestRegistrationThatNobodyWaitsForIsUndone(t *testing.T) {
	t.Parallel()
	engine := &blind{Engine: open(t, t.TempDir()), asked: make(chan struct{}, 1), release: make(chan struct{})}
	h := journaltest.Open(t, engine, nil, "acme")
	engine.is.Store(true)
	ctx, giveUp := context.WithCancel(journaltest.Context(t))
	registered := make(chan error, 1)
	go func() {
		_, err := h.Attach(ctx, "app", journal.StartNewest)
		registered <- err
	}()
	<-engine.asked
	giveUp()
	if err := <-registered; !errors.Is(err, context.Canceled) {
		t.Errorf("register: %v", err)
	}
	engine.is.Store(false)
	close(engine.release)
	h.Until("the endpoint is not attached", func() bool {
		removed, err := h.Detached(journaltest.Context(t))
		return err == nil && len(removed) == 1 && removed[0].Endpoint == "app"
	})
}

// TestIndexReachesAnErasedEnd: what is no longer there is not waited for.
func TestIndexReachesAnErasedEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := journaltest.Open(t, open(t, dir), nil, "acme")
	h.Store("acme", journaltest.Receipts("r", 10)...)
	s := h.Stream("acme")
	ctx := journaltest.Context(t)
	if _, err := h.Erase(ctx, []journal.Position{journal.At(s, 9), journal.At(s, 10)}, true); err != nil {
		t.Fatal(err)
	}
	h.Shut()
	found, err := filepath.Glob(filepath.Join(dir, "search-*"))
	for _, name := range found {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		t.Fatal(err)
	}
	h = journaltest.Open(t, open(t, dir), nil, "acme")
	h.Until("all is indexed", func() bool {
		st, err := h.Stats(ctx)
		return err == nil && st.SearchLag == 0
	})
}
