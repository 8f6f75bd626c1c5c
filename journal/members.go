package journal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// beatEvery is between two words of this process to the others.
	beatEvery = time.Second
	// memberFor is how long a member counts that says nothing more: a lease's time.
	memberFor = 6 * time.Second
)

// Member is a process that shares the journal, as it said last.
type Member struct {
	// ID is of this life of it, Name is for people.
	ID, Name string
	// Beat rises each time that it says something.
	Beat uint64
	// Endpoints are those that it has configured, Operators those whose streams
	// it holds.
	Endpoints, Operators []string
	// Self: it is this process.
	Self bool
}

// members knows who shares the journal. It counts silence on its own clock: no
// step of anybody's clock makes a member come or go.
type members struct {
	poke chan struct{} // one place: there is something to say

	mu    sync.Mutex
	wants map[string]struct{} // the endpoints that are configured here
	seen  map[string]*seen    // by id
	// low is how far endpoints that others have, and this process has not, have come
	// in the streams.
	low map[Stream]Position
}

// seen is a member and when it last said something new.
type seen struct {
	Member
	at time.Time
}

func (m *members) init() {
	m.poke = make(chan struct{}, 1)
	m.wants, m.seen = map[string]struct{}{}, map[string]*seen{}
}

// want notes that the endpoint is configured here, or not.
func (m *members) want(endpoint string, is bool) {
	m.mu.Lock()
	if is {
		m.wants[endpoint] = struct{}{}
	} else {
		delete(m.wants, endpoint)
	}
	m.mu.Unlock()
	select {
	case m.poke <- struct{}{}:
	default:
	}
}

func (m *members) wanted() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.wants))
}

// hear notes what all said at now. Who is gone from the list still counts for a while:
// it may just be started again.
func (m *members) hear(all []Member, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range all {
		if s := m.seen[x.ID]; s == nil || s.Beat != x.Beat || x.Self {
			m.seen[x.ID] = &seen{x, now}
		}
	}
	maps.DeleteFunc(m.seen, func(id string, s *seen) bool {
		listed := slices.ContainsFunc(all, func(x Member) bool { return x.ID == id })
		return !listed && now.Sub(s.at) >= memberFor
	})
}

// alive returns the members that were heard within memberFor, by name.
func (m *members) alive(now time.Time) []Member {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []Member
	for _, s := range m.seen {
		if now.Sub(s.at) < memberFor {
			all = append(all, s.Member)
		}
	}
	slices.SortFunc(all, func(a, b Member) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return all
}

// Members returns the processes that share the journal and were heard of within a
// lease's time.
func (j *Journal) Members() []Member { return j.members.alive(time.Now()) }

// memberLoop tells the others that this process lives, and hears of them.
func (j *Journal) memberLoop(ctx context.Context) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	failed := grumble{log: j.log, what: "cannot tell the other gateways of this one, tried again every second"}
	for {
		if err := j.meet(ctx); err != nil && ctx.Err() == nil {
			failed.about(err, time.Now())
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-j.members.poke:
		}
	}
}

// meet says what there is to say, and hears the others.
func (j *Journal) meet(ctx context.Context) error {
	all, err := j.engine.Beat(ctx, j.members.wanted())
	if err == nil {
		j.members.hear(all, time.Now())
	}
	return err
}

// Elsewhere returns the endpoints that other members have configured, and this one
// has not, with the name of one that has it.
func (j *Journal) Elsewhere() map[string]string {
	attached := j.cursors.starts()
	all := map[string]string{}
	for _, m := range j.members.alive(time.Now()) {
		for _, endpoint := range m.Endpoints {
			if _, here := attached[endpoint]; !here && !m.Self {
				all[endpoint] = m.Name
			}
		}
	}
	return all
}

// ErrConfigured means that an endpoint is to be forgotten that a gateway has
// configured.
var ErrConfigured = errors.New("is configured")

// Unwanted returns nil when no process that shares the journal, and was heard of
// within a lease's time, has the endpoint configured.
func (j *Journal) Unwanted(ctx context.Context, endpoint string) error {
	if err := j.meet(ctx); err != nil {
		return fmt.Errorf("journal: ask the other gateways for endpoint %q: %w", endpoint, err)
	}
	if name, is := j.Elsewhere()[endpoint]; is {
		return fmt.Errorf("endpoint %q %w at gateway %q: take it out of that one's configuration, too, and reload it", endpoint, ErrConfigured, name)
	}
	return nil
}

// lookElsewhere reads how far the endpoints have come that only others have: what
// they have not taken is kept for them.
func (j *Journal) lookElsewhere(ctx context.Context) error {
	if !j.members.heard() {
		if err := j.meet(ctx); err != nil {
			return err
		}
	}
	low := map[Stream]Position{}
	if theirs := j.Elsewhere(); len(theirs) > 0 {
		stored, err := j.engine.Cursors(ctx)
		if err != nil {
			return err
		}
		for _, c := range stored {
			s := c.Position.Stream()
			if p, is := low[s]; theirs[c.Endpoint] != "" && (!is || c.Position < p) {
				low[s] = c.Position
			}
		}
	}
	j.members.mu.Lock()
	defer j.members.mu.Unlock()
	j.members.low = low
	return nil
}

// heard tells whether the members were heard of at all.
func (m *members) heard() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.seen) > 0
}

// lowest returns up to where every endpoint has come in the stream, those that only
// other members have among them; held is false when none is attached here.
func (j *Journal) lowest(s Stream) (p Position, held bool) {
	p, held = j.cursors.lowest(s)
	j.members.mu.Lock()
	defer j.members.mu.Unlock()
	if low, is := j.members.low[s]; is && (!held || low < p) {
		return low, true
	}
	return p, held
}
