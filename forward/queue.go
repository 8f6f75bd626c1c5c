package forward

import (
	"cmp"
	"slices"

	"github.com/dlrgate/dlrgate/journal"
)

// windowSize is how far past its low-water mark an endpoint works in one
// stream; it bounds what a crash repeats.
const windowSize = 4096

// delivery is one stored event on its way to the endpoint.
type delivery struct {
	entry *journal.Entry
	// id and body are what is sent: for a replay not the entry's own.
	id   string
	body []byte
	// next is the message's next event; it starts when this one is finished.
	next    *delivery
	started bool // it is in a job, or was
	done    bool // taken, parked or dead
	erased  bool // from the log: it is not sent again
	doubt   bool // it may be stored as parked: a write of it failed
	parked  *journal.Parked
	item    int // its place in a replay's chunk
}

// queue holds what was read from the log and is not finished. It belongs to the
// dispatcher's goroutine. What it does for a receipt does not grow with the
// streams in which nothing happens.
type queue struct {
	streams []*stream // by their ids
	turn    int
	ready   int                    // deliveries that can start, of all streams
	look    []*stream              // where there may be something to read, or a place to save
	moved   []*stream              // what Status shows of them is not published yet
	tails   map[[16]byte]*delivery // the last unfinished event of each message
}

func newQueue() *queue { return &queue{tails: map[[16]byte]*delivery{}} }

func (q *queue) find(id journal.Stream) (int, bool) {
	return slices.BinarySearchFunc(q.streams, id, func(s *stream, id journal.Stream) int { return cmp.Compare(s.id, id) })
}

func (q *queue) stream(id journal.Stream) *stream {
	if i, ok := q.find(id); ok {
		return q.streams[i]
	}
	return nil
}

// stir has the stream looked at and shown again.
func (q *queue) stir(s *stream) {
	if !s.looking {
		s.looking, q.look = true, append(q.look, s)
	}
	if !s.moved {
		s.moved, q.moved = true, append(q.moved, s)
	}
}

// open adds a stream at its cursor; skip are finished positions beyond it.
func (q *queue) open(at journal.Position, epoch uint64, skip []journal.Position) {
	s := &stream{id: at.Stream(), epoch: epoch, low: at.Seq(), saved: at.Seq()}
	for _, p := range skip {
		if s.skip == nil {
			s.skip = map[journal.Position]bool{}
		}
		s.skip[p] = true
	}
	i, _ := q.find(s.id)
	q.streams = slices.Insert(q.streams, i, s)
	q.stir(s)
}

// close forgets a stream that is no longer ours.
func (q *queue) close(id journal.Stream) {
	s := q.stream(id)
	if s == nil {
		return
	}
	for _, sl := range s.slots {
		if sl.d != nil {
			q.forget(s, sl.d)
		}
	}
	for _, list := range []*[]*stream{&q.streams, &q.look, &q.moved} {
		*list = slices.DeleteFunc(*list, func(x *stream) bool { return x == s })
	}
	q.turn = 0
}

// add puts the stream's next entry behind the others; an unwanted one is
// finished at once.
func (q *queue) add(s *stream, e *journal.Entry, wanted bool) {
	q.stir(s)
	if len(s.slots) == 0 {
		s.low = e.Position.Seq() - 1
	}
	for gap := e.Position.Seq() - s.low - uint64(len(s.slots)); gap > 1; gap-- {
		s.slots = append(s.slots, slot{done: true}) // pruned: nothing is there
	}
	if !wanted || s.skip[e.Position] {
		delete(s.skip, e.Position)
		s.slots = append(s.slots, slot{done: true})
		s.settle()
		return
	}
	d := &delivery{entry: e, id: e.ID, body: e.Event}
	s.slots = append(s.slots, slot{d: d})
	if tail := q.tails[e.Message]; tail != nil {
		tail.next = d
	} else {
		q.makeReady(s, d)
	}
	q.tails[e.Message] = d
}

func (q *queue) makeReady(s *stream, d *delivery) {
	s.ready = append(s.ready, d)
	q.ready++
}

// take returns the next deliveries to start, at most n of them and limitBytes
// octets (but at least one), operator by operator in turn. The later events of a
// message follow it directly, in order.
func (q *queue) take(n, limitBytes int) []*delivery {
	var out []*delivery
	for len(out) < n && q.ready > 0 {
		s := q.streams[q.turn%len(q.streams)]
		q.turn = (q.turn + 1) % len(q.streams)
		if len(s.ready) == 0 {
			continue
		}
		q.ready--
		d := s.ready[0]
		s.ready[0] = nil
		if s.ready = s.ready[1:]; len(s.ready) == 0 {
			s.ready = nil
		}
		for ; d != nil && len(out) < n; d = d.next {
			d.started = true
			out = append(out, d)
			if limitBytes -= len(d.body); limitBytes <= 0 {
				return out
			}
		}
	}
	return out
}

// readyUpTo counts what take(n) would return, n at most, without the later
// events of messages.
func (q *queue) readyUpTo(n int) int { return min(q.ready, n) }

// finish marks a delivery as taken, parked or dead and lets its message go on.
func (q *queue) finish(d *delivery) {
	s := q.stream(d.entry.Position.Stream())
	if s == nil || d.done { // of a stream that was lost, and maybe came back
		return
	}
	q.forget(s, d)
	if i := int(d.entry.Position.Seq() - s.low - 1); i >= 0 && i < len(s.slots) && s.slots[i].d == d {
		s.slots[i] = slot{done: true}
	}
	s.owes = true
	s.settle()
	q.stir(s)
}

// giveBack makes a delivery that was taken from the queue wait again for the
// one before it.
func (q *queue) giveBack(d *delivery) { d.started = d.done }

// forget takes a delivery out of its message's order.
func (q *queue) forget(s *stream, d *delivery) {
	d.done = true
	if !d.started {
		d.started = true
		if i := slices.Index(s.ready, d); i >= 0 {
			s.ready = slices.Delete(s.ready, i, i+1)
			q.ready--
		}
	}
	if q.tails[d.entry.Message] == d {
		delete(q.tails, d.entry.Message)
		return
	}
	if n := d.next; n != nil && !n.started {
		q.makeReady(s, n)
	}
}

// dropThrough finishes everything of the stream up to p, read or not.
func (q *queue) dropThrough(s *stream, p journal.Position) {
	q.stir(s)
	s.owes = true
	for i := range s.slots {
		if journal.At(s.id, s.low+uint64(i)+1) > p {
			break
		}
		if d := s.slots[i].d; d != nil {
			q.forget(s, d)
		}
		s.slots[i] = slot{done: true}
	}
	s.settle()
	if p.Seq() > s.low {
		s.low, s.slots = p.Seq(), nil
	}
}
