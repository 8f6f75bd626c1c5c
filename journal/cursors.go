package journal

import (
	"slices"
	"sync"
	"time"
)

const (
	// saveAfter is how long a cursor is dirty before it goes with the next
	// commit; with tick and the commit itself it is durable within 250 ms.
	saveAfter = 100 * time.Millisecond
	// saveWith is how long it is dirty before it goes with receipts: with hundreds
	// of endpoints their answers would wait for the cursors of those before.
	saveWith = 150 * time.Millisecond
	// maxAttempts bounds the attempts that wait to be written; older ones go.
	maxAttempts = 1000
)

// cursors knows how far each attached endpoint has come, and what of that is saved.
type cursors struct {
	mu    sync.Mutex
	at    map[string]map[Stream]*cursor // by endpoint
	start map[string]Start              // of the attached endpoints
	dirty map[*cursor]struct{}
}

// place names a cursor.
type place struct {
	endpoint string
	stream   Stream
}

type cursor struct {
	endpoint   string
	now, saved Position
	since      time.Time // dirty since
}

func (c *cursors) init() {
	c.at = map[string]map[Stream]*cursor{}
	c.start = map[string]Start{}
	c.dirty = map[*cursor]struct{}{}
}

// attach begins to hold what the endpoint has not passed.
func (c *cursors) attach(endpoint string, start Start, saved []Cursor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start[endpoint] = start
	if c.at[endpoint] == nil {
		c.at[endpoint] = map[Stream]*cursor{}
	}
	for _, s := range saved {
		if c.at[endpoint][s.Position.Stream()] == nil {
			c.at[endpoint][s.Position.Stream()] = &cursor{endpoint: endpoint, now: s.Position, saved: s.Position}
		}
	}
}

// detach stops holding anything for the endpoint and returns what is not saved.
func (c *cursors) detach(endpoint string) (unsaved []Cursor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cur := range c.at[endpoint] {
		if cur.now > cur.saved {
			unsaved = append(unsaved, Cursor{Endpoint: endpoint, Position: cur.now, SavedAt: time.Now()})
		}
		delete(c.dirty, cur)
	}
	delete(c.at, endpoint)
	delete(c.start, endpoint)
	return unsaved
}

// release forgets the cursors in streams that are owned no more.
func (c *cursors) release(s Stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, streams := range c.at {
		delete(c.dirty, streams[s])
		delete(streams, s)
	}
}

// starts returns the attached endpoints.
func (c *cursors) starts() map[string]Start {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[string]Start, len(c.start))
	for endpoint, start := range c.start {
		all[endpoint] = start
	}
	return all
}

// without returns those of the endpoints that are not attached, or have no cursor
// in one of the streams.
func (c *cursors) without(starts map[string]Start, leases []Lease) map[string]Start {
	c.mu.Lock()
	defer c.mu.Unlock()
	some := map[string]Start{}
	for endpoint, start := range starts {
		_, attached := c.start[endpoint]
		if !attached || slices.ContainsFunc(leases, func(l Lease) bool { return c.at[endpoint][l.Stream] == nil }) {
			some[endpoint] = start
		}
	}
	return some
}

// advance moves a cursor on; back it never goes.
func (c *cursors) advance(endpoint string, p Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cur := c.at[endpoint][p.Stream()]
	if cur == nil || p <= cur.now {
		return
	}
	cur.now = p
	if _, already := c.dirty[cur]; !already {
		cur.since = time.Now()
		c.dirty[cur] = struct{}{}
	}
}

// due returns the cursors that have been dirty for as long.
func (c *cursors) due(now time.Time, after time.Duration) (due []Cursor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for cur := range c.dirty {
		if now.Sub(cur.since) >= after {
			due = append(due, Cursor{Endpoint: cur.endpoint, Position: cur.now, SavedAt: now})
		}
	}
	return due
}

// raise returns cursors as they are to be saved: as far as the endpoint has
// come by now, never back, each once.
func (c *cursors) raise(moved []Cursor, now time.Time) []Cursor {
	c.mu.Lock()
	defer c.mu.Unlock()
	raised := make([]Cursor, 0, len(moved))
	at := make(map[place]int, len(moved))
	for _, m := range moved {
		m.SavedAt = now
		if cur := c.at[m.Endpoint][m.Position.Stream()]; cur != nil {
			m.Position = max(m.Position, cur.now)
		}
		p := place{m.Endpoint, m.Position.Stream()}
		if i, twice := at[p]; twice {
			raised[i].Position = max(raised[i].Position, m.Position)
			continue
		}
		at[p] = len(raised)
		raised = append(raised, m)
	}
	return raised
}

// saved notes what was committed.
func (c *cursors) saved(committed []Cursor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range committed {
		cur := c.at[s.Endpoint][s.Position.Stream()]
		if cur == nil {
			continue
		}
		cur.saved = max(cur.saved, s.Position)
		cur.now = max(cur.now, s.Position)
		if cur.now == cur.saved {
			delete(c.dirty, cur)
		} else {
			cur.since = s.SavedAt
		}
	}
}

// of returns an endpoint's cursors as they are now.
func (c *cursors) of(endpoint string) (all []Cursor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cur := range c.at[endpoint] {
		all = append(all, Cursor{Endpoint: endpoint, Position: cur.now})
	}
	return all
}

// lowest returns the lowest saved cursor in the stream; held is false when no
// endpoint is attached.
func (c *cursors) lowest(s Stream) (p Position, held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, streams := range c.at {
		cur := streams[s]
		if cur == nil {
			return At(s, 0), true // not registered yet: it may need everything
		}
		if !held || cur.saved < p {
			p, held = cur.saved, true
		}
	}
	return p, held
}

// attempts keeps failed attempts until they are written.
type attempts struct {
	mu   sync.Mutex
	wait []Attempt
	last time.Time
}

func (a *attempts) add(x Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wait = append(a.wait, x)
	a.cut()
}

func (a *attempts) cut() {
	if over := len(a.wait) - maxAttempts; over > 0 {
		a.wait = append(a.wait[:0], a.wait[over:]...)
	}
}

// due tells whether attempts have waited long enough for a commit of their own.
func (a *attempts) due(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.wait) > 0 && now.Sub(a.last) >= saveAfter
}

func (a *attempts) take() []Attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.wait
	a.wait, a.last = nil, time.Now()
	return all
}

// putBack takes attempts again whose transaction failed.
func (a *attempts) putBack(old []Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wait = append(old, a.wait...)
	a.cut()
}
