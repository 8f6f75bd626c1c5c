package forward

import (
	"context"
	"slices"

	"github.com/dlrgate/dlrgate/faultpoint"
	"github.com/dlrgate/dlrgate/journal"
)

const (
	readChunk  = 256     // entries read at once
	readBytes  = 1 << 20 // octets read at once
	readyAhead = 64      // entries of a stream that are kept ready to start
)

// open begins a stream at its cursor, without what is parked or dead beyond it.
func (d *dispatcher) open(ctx context.Context, at journal.Position) error {
	skip, err := d.log.Unfinished(ctx, d.o.Name, at, windowSize)
	if err != nil {
		return err
	}
	d.queue.open(at, skip)
	return nil
}

// follow opens and closes streams as they come to us and leave.
func (d *dispatcher) follow(ctx context.Context) {
	owned := d.log.Owned()
	for _, s := range slices.Clone(d.queue.streams) {
		if _, ok := owned[s.id]; !ok {
			d.queue.close(s.id)
			d.parked.leave(s.id)
			d.stale = true
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
	for _, c := range cursors {
		if _, ok := owned[c.Position.Stream()]; !ok || d.queue.stream(c.Position.Stream()) != nil {
			continue
		}
		if err = d.open(ctx, c.Position); err != nil {
			break
		}
		d.stale = true
	}
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
	d.behind = false
	ahead := max(readyAhead, 4*d.o.BatchEvents)
	for _, s := range d.queue.streams {
		for s.saved != s.low || d.log.Head(s.id) > s.read() {
			if s.saved != s.low {
				s.saved = s.low
				d.log.Advance(d.o.Name, journal.At(s.id, s.low))
			}
			if d.log.Head(s.id) <= s.read() {
				break
			}
			if len(s.ready) >= ahead || s.room() == 0 {
				// When none is ready the window waits for POSTs that run, and nobody
				// else's receipts with it.
				d.behind = d.behind || len(s.ready) > 0
				break
			}
			if !d.read(ctx, s) {
				break
			}
		}
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
