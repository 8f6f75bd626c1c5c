package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/smpp"
)

// stateBackoff is the kind of the small durable state that holds what each bind and
// each account keeps of its failures.
const stateBackoff = "backoff"

// lastSave bounds the write of what the binds save as they stop.
const lastSave = time.Second

// backoff keeps how each bind and account failed, so that neither restarts nor
// take-overs hammer an SMSC. It is written behind the bind's back: what a crash loses
// costs an attempt that is a little early.
type backoff struct {
	journal *journal.Journal
	changed chan struct{}

	mu    sync.Mutex
	kept  map[string]smpp.Backoff
	dirty map[string]smpp.Backoff
}

func loadBackoff(ctx context.Context, j *journal.Journal) (*backoff, error) {
	b := &backoff{journal: j, changed: make(chan struct{}, 1), kept: map[string]smpp.Backoff{}, dirty: map[string]smpp.Backoff{}}
	return b, b.learn(ctx)
}

// learn takes over what another gateway may have written; what we have not written
// yet is newer.
func (b *backoff) learn(ctx context.Context) error {
	stored, err := b.journal.State(ctx, stateBackoff)
	if err != nil {
		return fmt.Errorf("read back-off: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.kept)
	for name, v := range stored {
		var kept smpp.Backoff
		if json.Unmarshal(v, &kept) == nil { // else an older program wrote it
			b.kept[name] = kept
		}
	}
	maps.Copy(b.kept, b.dirty)
	return nil
}

// Load returns what was saved last under the name.
func (b *backoff) Load(name string) smpp.Backoff {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept[name]
}

// Save notes it; keep writes it.
func (b *backoff) Save(name string, kept smpp.Backoff) {
	b.mu.Lock()
	b.kept[name], b.dirty[name] = kept, kept
	b.mu.Unlock()
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// keep writes what Save noted until ctx ends, and then what is left.
func (b *backoff) keep(ctx context.Context) error {
	for {
		select {
		case <-b.changed:
			b.write(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
			defer cancel()
			b.write(last)
			return nil
		}
	}
}

// write puts what is dirty into the journal, which tells of its own failure; what
// failed goes with the next write.
func (b *backoff) write(ctx context.Context) {
	b.mu.Lock()
	dirty := b.dirty
	b.dirty = map[string]smpp.Backoff{}
	b.mu.Unlock()
	var values []journal.StateValue
	for name, kept := range dirty {
		v := journal.StateValue{Kind: stateBackoff, Name: name} // without a value it is removed
		if !kept.Empty() {
			var err error
			if v.Value, err = json.Marshal(kept); err != nil {
				continue // it never fails
			}
		}
		values = append(values, v)
	}
	if len(values) == 0 || b.journal.PutStates(ctx, values) == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.Copy(dirty, b.dirty) // the newer ones
	b.dirty = dirty
}
