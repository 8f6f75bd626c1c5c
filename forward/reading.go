package forward

import (
	"context"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/faultpoint"
	"github.com/dlrgate/dlrgate/journal"
)

const (
	readChunk  = 256     // entries read at once
	readBytes  = 1 << 20 // octets read at once
	readyAhead = 64      // entries of a stream that are kept ready to start
	// unwantedEvery is how long a place waits to be saved behind which there are
	// only receipts that the endpoint does not want, unwantedAtOnce how many do.
	unwantedEvery  = 5 * time.Second
	unwantedAtOnce = 1024
)

// open begins the streams that are owned and not open yet, each at its cursor and
// without what is parked or dead beyond it.
func (d *dispatcher) open(ctx context.Context, cursors []journal.Cursor) error {
	unfinished, err := d.log.Unfinished(ctx, d.o.Name)
	if err != nil {
		return err
	}
	skip := map[journal.Stream][]journal.Position{}
	for _, p := range unfinished {
		skip[p.Stream()] = append(skip[p.Stream()], p)
	}
	owned := d.log.Owned()
	for _, c := range cursors {
		s := c.Position.Stream()
		if _, ours := owned[s]; ours && d.queue.stream(s) == nil {
			epoch, _ := d.log.Holds(s)
			d.queue.open(c.Position, epoch, slices.DeleteFunc(skip[s], func(p journal.Position) bool { return p <= c.Position }))
		}
	}
	return nil
}

// follow opens and closes streams as they come to us and leave. One that left and
// came back was another gateway's in between.
func (d *dispatcher) follow(ctx context.Context) {
	owned := d.log.Owned()
	for _, s := range slices.Clone(d.queue.streams) {
		_, ok := owned[s.id]
		if epoch, _ := d.log.Holds(s.id); !ok || epoch != s.epoch {
			d.queue.close(s.id)
			d.parked.leave(s.id)
			d.unshow(s.id)
		}
	}
	if d.standby() {
		d.rest()
	}
	if len(owned) == len(d.queue.streams) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	if d.standby() && !d.report.journal(d.reread(ctx)) {
		return
	}
	cursors, err := d.register(ctx)
	if err == nil {
		err = d.open(ctx, cursors)
	}
	d.stale = true
	d.report.journal(err)
}

// rest forgets how the endpoint works: another gateway sees it now.
func (d *dispatcher) rest() {
	wasOpen := d.breaker.open()
	d.breaker.taken()
	d.breakerChanged(wasOpen, "endpoint is delivered to by another gateway now")
}

// fill reads what comes next in each stream, as far as it may be needed soon.
func (d *dispatcher) fill(ctx context.Context) {
	changed, upto := d.log.ChangedSince(d.heard)
	d.heard = upto
	for _, id := range changed {
		if s := d.queue.stream(id); s != nil {
			d.queue.stir(s)
			d.stale = true
		}
	}
	d.behind = false
	later := d.queue.look[:0] // nothing is stirred meanwhile but what is looked at
	for _, s := range d.queue.look {
		if s.looking = d.fillFrom(ctx, s); s.looking {
			later = append(later, s)
		}
	}
	d.queue.look = later
}

// fillFrom reads what comes next in a stream and says whether there is more.
func (d *dispatcher) fillFrom(ctx context.Context, s *stream) (more bool) {
	ahead := max(readyAhead, 4*d.o.BatchEvents)
	for {
		if s.owes || s.low-s.saved >= unwantedAtOnce {
			d.save(s)
		}
		if d.log.Head(s.id) <= s.read() {
			return false
		}
		if len(s.ready) >= ahead || s.room() == 0 {
			// When none is ready the window waits for POSTs that run, and nobody
			// else's receipts with it.
			d.behind = d.behind || len(s.ready) > 0
			return true
		}
		if !d.read(ctx, s) {
			return d.log.Head(s.id) > s.read()
		}
	}
}

// save tells the journal how far the endpoint has come in a stream.
func (d *dispatcher) save(s *stream) {
	if s.saved != s.low {
		d.log.Advance(d.o.Name, journal.At(s.id, s.low))
	}
	s.saved, s.owes = s.low, false
}

// saveUnwanted does it now and then for what the endpoint did not want: read
// again after a crash, that is no repetition.
func (d *dispatcher) saveUnwanted(now time.Time) {
	if now.Before(d.unwantedAt) {
		return
	}
	d.unwantedAt = now.Add(unwantedEvery)
	for _, s := range d.queue.streams {
		d.save(s)
	}
}

// read takes the stream's next entries out of the log, as far as the window goes,
// and says whether there were any.
func (d *dispatcher) read(ctx context.Context, s *stream) bool {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	entries, err := d.log.After(ctx, s.read(), min(readChunk, s.room()), readBytes)
	d.report.journal(err)
	before := s.read()
	for _, e := range entries {
		if len(s.slots) > 0 && e.Position.Seq()-s.low > windowSize {
			d.behind = true // a gap in the log: after the low-water mark has moved
			break
		}
		d.queue.add(s, e, d.o.Filter.wants(e))
		d.stale = true
	}
	if s.read() == before {
		return false
	}
	faultpoint.Here(faultpoint.HandedOver)
	return err == nil
}
