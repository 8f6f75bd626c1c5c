package journal

// ring keeps the newest committed entries, up to a bound in octets, so that
// endpoints that keep up need no read from the log. Its user locks.
type ring struct {
	bound, octets int
	order         []Stream // of the entries, oldest first
	byStream      map[Stream][]*Entry
}

func newRing(bound int) *ring {
	return &ring{bound: bound, byStream: map[Stream][]*Entry{}}
}

// add takes an entry; a gap in its stream forgets what was before.
func (r *ring) add(e *Entry) {
	s := e.Position.Stream()
	if have := r.byStream[s]; len(have) > 0 && have[len(have)-1].Position+1 != e.Position {
		r.forget(s)
	}
	r.byStream[s] = append(r.byStream[s], e)
	r.order = append(r.order, s)
	r.octets += e.Size()
	for r.octets > r.bound && len(r.order) > 0 {
		oldest := r.order[0]
		r.order = r.order[1:]
		r.octets -= r.byStream[oldest][0].Size()
		r.byStream[oldest][0] = nil
		r.byStream[oldest] = r.byStream[oldest][1:]
	}
}

// forget drops a stream's entries.
func (r *ring) forget(s Stream) {
	for _, e := range r.byStream[s] {
		r.octets -= e.Size()
	}
	delete(r.byStream, s)
	kept := r.order[:0]
	for _, o := range r.order {
		if o != s {
			kept = append(kept, o)
		}
	}
	r.order = kept
}

// after returns entries after p, nil when the ring does not hold the next one.
func (r *ring) after(p Position, limit, maxBytes int) []*Entry {
	have := r.byStream[p.Stream()]
	if len(have) == 0 || p+1 < have[0].Position || p >= have[len(have)-1].Position {
		return nil
	}
	have = have[p+1-have[0].Position:]
	n, octets := 0, 0
	for n < len(have) && n < limit && (n == 0 || octets+have[n].Size() <= maxBytes) {
		octets += have[n].Size()
		n++
	}
	return append([]*Entry(nil), have[:n]...)
}
