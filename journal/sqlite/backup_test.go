package sqlite_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/dlrgate/dlrgate/journal/journaltest"
)

// TestBackupGivenUpBesideWrites ends backups in their middle while receipts are
// stored: the copy's end belongs between two writes, as its steps do.
func TestBackupGivenUpBesideWrites(t *testing.T) {
	t.Parallel()
	h := journaltest.Open(t, open(t, t.TempDir()), nil, "acme")
	body := make([]byte, 4<<10)
	receipts := journaltest.Receipts("r", 2000)
	for i := range receipts {
		receipts[i].Body = body
	}
	h.Store("acme", receipts...)
	var storing sync.WaitGroup
	over := make(chan struct{})
	storing.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				h.Store("acme", journaltest.Receipts("more", 20)...)
			}
		}
	})
	for range 30 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		dir := t.TempDir()
		go func() { _, err := h.Backup(ctx, dir); done <- err }()
		h.Store("acme", journaltest.Receipts("beside", 1)...)
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	close(over)
	storing.Wait()
}
