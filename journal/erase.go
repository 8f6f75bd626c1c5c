package journal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"
)

const (
	// stateErase is the kind of state that names the receipts to be erased, by
	// position: a list of positions holds nobody's number.
	stateErase = "erase"
	// eraseRows are erased in one transaction.
	eraseRows = 256
)

// Erasure is what became of receipts that were to be erased.
type Erasure struct {
	Erased int
	// Waiting are those that an attached endpoint has not passed, or holds
	// parked; they are erased when none does any more.
	Waiting int
}

// erasures are the receipts that are erased as soon as nobody waits for them.
type erasures struct {
	mu   sync.Mutex // one erasure at a time, and not beside the indexer
	list map[Position]struct{}
	// stale: a stream came to us, of which another, or a former run, may have
	// noted what is to be erased.
	stale atomic.Bool
}

// Erase removes receipts with all that is known of them: parked and dead
// deliveries, failed attempts, what finds them; their octets are overwritten.
// What an endpoint still waits for goes later, also after a restart; with now
// it goes at once and is not delivered. A dead letter waits for nobody.
func (j *Journal) Erase(ctx context.Context, ps []Position, now bool) (Erasure, error) {
	j.erasures.mu.Lock()
	defer j.erasures.mu.Unlock()
	var b Batch
	for _, p := range ps {
		b.State = append(b.State, StateValue{Kind: stateErase, Name: strconv.FormatUint(uint64(p), 10), Value: []byte{}})
	}
	if err := j.change(ctx, b); err != nil {
		return Erasure{Waiting: len(ps)}, fmt.Errorf("journal: note what is to be erased: %w", err)
	}
	for _, p := range ps {
		j.erasures.list[p] = struct{}{}
	}
	free, waiting := ps, 0
	if !now {
		err := j.lookElsewhere(ctx)
		if err != nil {
			return Erasure{Waiting: len(ps)}, err
		}
		if free, err = j.unneeded(ctx, ps); err != nil {
			return Erasure{Waiting: len(ps)}, err
		}
		waiting = len(ps) - len(free)
	}
	erased, err := j.eraseAll(ctx, free)
	return Erasure{Erased: erased, Waiting: waiting + len(free) - erased}, err
}

// loadErasures reads what is left to be erased.
func (j *Journal) loadErasures(ctx context.Context) (map[Position]struct{}, error) {
	noted, err := j.engine.State(ctx, stateErase)
	if err != nil {
		return nil, fmt.Errorf("journal: read what is to be erased: %w", err)
	}
	list := map[Position]struct{}{}
	for name := range noted {
		p, err := strconv.ParseUint(name, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("journal: position %q of a receipt to be erased: %w", name, err)
		}
		list[Position(p)] = struct{}{}
	}
	return list, nil
}

// eraseFreed erases what was noted and is no longer waited for.
func (j *Journal) eraseFreed(ctx context.Context) error {
	j.erasures.mu.Lock()
	defer j.erasures.mu.Unlock()
	if j.erasures.stale.Swap(false) {
		list, err := j.loadErasures(ctx)
		if err != nil {
			j.erasures.stale.Store(true)
			return err
		}
		j.erasures.list = list
	}
	if len(j.erasures.list) == 0 {
		return nil
	}
	free, err := j.unneeded(ctx, slices.Sorted(maps.Keys(j.erasures.list)))
	if err != nil {
		return err
	}
	n, err := j.eraseAll(ctx, free)
	if n > 0 {
		j.log.Info("erased receipts that endpoints had waited for", zap.Int("receipts", n), zap.Int("left", len(j.erasures.list)))
	}
	return err
}

// unneeded returns those of the positions, in owned streams, that every
// attached endpoint has passed and none holds parked.
func (j *Journal) unneeded(ctx context.Context, ps []Position) ([]Position, error) {
	var free []Position
	for _, p := range ps {
		if _, _, owned := j.bounds(p.Stream()); !owned {
			continue
		}
		if low, held := j.lowest(p.Stream()); held && low < p {
			continue
		}
		parked, err := j.engine.Parked(ctx, ParkedQuery{After: p - 1, Upto: p, Limit: 1})
		if err != nil {
			return nil, fmt.Errorf("journal: look for parked deliveries: %w", err)
		}
		if len(parked) == 0 {
			free = append(free, p)
		}
	}
	return free, nil
}

func (j *Journal) eraseAll(ctx context.Context, ps []Position) (erased int, err error) {
	for some := range slices.Chunk(ps, eraseRows) {
		if err := j.eraseSome(ctx, some); err != nil {
			return erased, fmt.Errorf("journal: erase: %w", err)
		}
		erased += len(some)
	}
	return erased, nil
}

// eraseSome takes receipts out of the projection first: what finds them can be
// told only as long as they are there.
func (j *Journal) eraseSome(ctx context.Context, ps []Position) error {
	var rows []IndexRow
	var erased []*Entry
	b := Batch{Erase: ps}
	for _, p := range ps {
		b.State = append(b.State, StateValue{Kind: stateErase, Name: strconv.FormatUint(uint64(p), 10)})
		found, err := j.entries(ctx, Span{After: p - 1, Upto: p, Max: 1, MaxBytes: 1})
		if err != nil {
			return err
		}
		for _, e := range found {
			rows = append(rows, j.rows(e)...)
		}
		erased = append(erased, found...)
	}
	if err := j.shrink(ctx, &b, erased); err != nil {
		return err
	}
	if err := j.engine.Index().Remove(ctx, rows); err != nil {
		return err
	}
	if err := j.change(ctx, b); err != nil {
		return err
	}
	j.pruner.again()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, p := range ps {
		j.ring.forget(p.Stream())
		delete(j.erasures.list, p)
	}
	return nil
}

// shrink takes entries that are erased out of the counts of the dead ranges that
// hold them. A range that holds nothing any more goes.
func (j *Journal) shrink(ctx context.Context, b *Batch, erased []*Entry) error {
	left := map[int64]int{}
	for _, e := range erased {
		ranges, err := j.engine.Dead(ctx, DeadQuery{After: e.Position - 1, Upto: e.Position, Limit: maxHolds})
		if err != nil {
			return err
		}
		for _, d := range ranges {
			if d.From == d.To || !e.Forward || j.o.Wanted != nil && !j.o.Wanted(d.Endpoint, e) {
				continue
			}
			if _, seen := left[d.ID]; !seen {
				left[d.ID] = d.Count
			}
			left[d.ID]--
		}
	}
	for _, id := range slices.Sorted(maps.Keys(left)) {
		if left[id] <= 0 {
			b.DropDead = append(b.DropDead, id)
		} else {
			b.DeadCounts = append(b.DeadCounts, DeadCount{id, left[id]})
		}
	}
	return nil
}
