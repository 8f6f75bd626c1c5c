package admin

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

// hung is a gateway whose journal does not answer.
type hung struct {
	Gateway
	asked int
}

func (h *hung) Stats(ctx context.Context) (Stats, error) {
	h.asked++ // one reader at a time asks
	<-ctx.Done()
	return Stats{}, ctx.Err()
}

func (h *hung) Endpoints(context.Context) ([]Endpoint, error) { return nil, nil }

// TestReadersWaitTogether: a gateway that does not answer is asked once for all
// open pages, and not for each in its turn.
func TestReadersWaitTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(&Options{Log: zap.NewNop()}, newGuard(nil, zap.NewNop()))
		h := &hung{}
		var g Gateway = h
		c.gateway.Store(&g)
		begin := time.Now()
		var readers sync.WaitGroup
		for range maxStreams {
			readers.Go(func() {
				if _, err := c.glance(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("a glance at what hangs: %v", err)
				}
			})
		}
		readers.Wait()
		if took := time.Since(begin); took != glanceWait || h.asked != 1 {
			t.Errorf("%d readers waited %v and asked %d times, want %v and once", maxStreams, took, h.asked, glanceWait)
		}
	})
}
