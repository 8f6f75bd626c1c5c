package gateway

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"sync"

	"github.com/dlrgate/dlrgate/journal"
)

// stateBackoff is the kind of the small durable state that holds the back-off
// step of each bind.
const stateBackoff = "backoff"

// backoff keeps each bind's back-off step, so that a restart loop does not
// hammer an SMSC. Steps are written behind the bind's back: a lost one costs an
// attempt that is a little early.
type backoff struct {
	journal *journal.Journal
	changed chan struct{}

	mu    sync.Mutex
	steps map[string]int
	dirty map[string]int
}

func loadBackoff(ctx context.Context, j *journal.Journal) (*backoff, error) {
	stored, err := j.State(ctx, stateBackoff)
	if err != nil {
		return nil, fmt.Errorf("read back-off steps: %w", err)
	}
	b := &backoff{journal: j, changed: make(chan struct{}, 1), steps: map[string]int{}, dirty: map[string]int{}}
	for bind, v := range stored {
		if step, err := strconv.Atoi(string(v)); err == nil {
			b.steps[bind] = step
		}
	}
	return b, nil
}

// Load returns the bind's step.
func (b *backoff) Load(bind string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.steps[bind]
}

// Save notes the bind's step; keep writes it.
func (b *backoff) Save(bind string, step int) {
	b.mu.Lock()
	b.steps[bind], b.dirty[bind] = step, step
	b.mu.Unlock()
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// keep writes what Save noted until ctx ends.
func (b *backoff) keep(ctx context.Context) error {
	for {
		select {
		case <-b.changed:
		case <-ctx.Done():
			return nil
		}
		b.mu.Lock()
		dirty := maps.Clone(b.dirty)
		clear(b.dirty)
		b.mu.Unlock()
		for bind, step := range dirty {
			if err := b.journal.PutState(ctx, stateBackoff, bind, []byte(strconv.Itoa(step))); err != nil {
				break // the journal tells of its own failure; the steps stay in memory
			}
		}
	}
}
