package journal

import "iter"

// waiting is one transaction in the making: requests, dirty cursors, attempts.
type waiting struct {
	Batch
	requests []*request
	done     bool // its outcome is known, or it was nothing
}

// add joins a request to the transaction.
func (w *waiting) add(r *request) {
	b := &r.batch
	w.requests = append(w.requests, r)
	w.Cursors = append(w.Cursors, b.Cursors...)
	w.Parked = append(w.Parked, b.Parked...)
	w.Unparked = append(w.Unparked, b.Unparked...)
	w.Dead = append(w.Dead, b.Dead...)
	w.DropDead = append(w.DropDead, b.DropDead...)
	w.DeadCounts = append(w.DeadCounts, b.DeadCounts...)
	w.Replays = append(w.Replays, b.Replays...)
	w.State = append(w.State, b.State...)
	w.Swaps = append(w.Swaps, b.Swaps...)
	w.Prune = append(w.Prune, b.Prune...)
	w.Erase = append(w.Erase, b.Erase...)
}

// empty tells whether there is nothing to write.
func (w *waiting) empty() bool {
	return len(w.requests) == 0 && len(w.Cursors) == 0 && len(w.Attempts) == 0
}

// streams yields the streams that the batch must own; some more than once.
func (b *Batch) streams() iter.Seq[Stream] {
	return func(yield func(Stream) bool) {
		for p := range b.positions() {
			if !yield(p.Stream()) {
				return
			}
		}
	}
}

func (b *Batch) positions() iter.Seq[Position] {
	return func(yield func(Position) bool) {
		for _, e := range b.Entries {
			if !yield(e.Position) {
				return
			}
		}
		for _, c := range b.Cursors {
			if !yield(c.Position) {
				return
			}
		}
		for _, p := range b.Parked {
			if !yield(p.Position) {
				return
			}
		}
		for _, d := range b.Dead {
			if !yield(d.From) {
				return
			}
		}
		for _, p := range b.Prune {
			if !yield(p.Upto) {
				return
			}
		}
		for _, p := range b.Erase {
			if !yield(p) {
				return
			}
		}
	}
}
