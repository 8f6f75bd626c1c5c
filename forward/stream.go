package forward

import "github.com/dlrgate/dlrgate/journal"

// stream is the endpoint's place in one operator's receipts.
type stream struct {
	id    journal.Stream
	epoch uint64 // of the lease under which it was opened
	// low is the low-water mark: what is at or before it is finished. slots are
	// the places behind it, up to the last that was read.
	low   uint64
	slots []slot
	saved uint64 // the low that the journal was told
	owes  bool   // deliveries were finished since
	skip  map[journal.Position]bool
	ready []*delivery

	looking, moved bool // it is in the queue's list of that name
}

type slot struct {
	d    *delivery
	done bool
}

// read is the last position that was taken out of the log.
func (s *stream) read() journal.Position { return journal.At(s.id, s.low+uint64(len(s.slots))) }

func (s *stream) room() int { return windowSize - len(s.slots) }

// settle moves the low-water mark over what is finished.
func (s *stream) settle() {
	n := 0
	for n < len(s.slots) && s.slots[n].done {
		n++
	}
	s.low += uint64(n)
	if s.slots = s.slots[n:]; len(s.slots) == 0 {
		s.slots = nil
	}
}

// lowAfter is the cursor as it would be if these deliveries of the stream were
// finished.
func (s *stream) lowAfter(ds map[*delivery]bool) journal.Position {
	low := s.low
	for _, sl := range s.slots {
		if !sl.done && !ds[sl.d] {
			break
		}
		low++
	}
	return journal.At(s.id, low)
}

// unfinished counts the deliveries up to p that were read and not finished.
func (s *stream) unfinished(p journal.Position) int {
	n := 0
	for i, sl := range s.slots {
		if journal.At(s.id, s.low+uint64(i)+1) > p {
			break
		}
		if !sl.done {
			n++
		}
	}
	return n
}

// oldest returns the first unfinished entry that was read.
func (s *stream) oldest() *journal.Entry {
	if len(s.slots) == 0 || s.slots[0].d == nil {
		return nil
	}
	return s.slots[0].d.entry
}
