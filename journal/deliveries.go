package journal

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxAnswer is how much of an endpoint's answer is kept, in octets.
const maxAnswer = 512

// maxUnfinished is how much of a dead range beyond a cursor is skipped one by one:
// none is longer than the window that an endpoint works in.
const maxUnfinished = 1 << 16

// Advance says that the endpoint needs nothing up to p any more. It is durable
// within 250 ms. It never waits.
func (j *Journal) Advance(endpoint string, p Position) { j.cursors.advance(endpoint, p) }

// Park stores parked deliveries, or replaces them, and moves the cursors that
// pass them, in one transaction.
func (j *Journal) Park(ctx context.Context, parked []Parked, cursors []Cursor) error {
	for i := range parked {
		parked[i].LastError = clean(parked[i].LastError)
	}
	return j.change(ctx, Batch{Parked: parked, Cursors: cursors})
}

// Unpark removes parked deliveries that nobody needs any more; see Take.
func (j *Journal) Unpark(ctx context.Context, endpoint string, ps []Position) error {
	b := Batch{}
	for _, p := range ps {
		b.Unparked = append(b.Unparked, Delivered{endpoint, p})
	}
	defer j.pruner.again()
	return j.change(ctx, b)
}

// Bury stores dead deliveries or ranges of them, removes what is parked within
// them, and moves the cursors that pass them, in one transaction.
func (j *Journal) Bury(ctx context.Context, dead []Dead, cursors []Cursor) error {
	for i := range dead {
		dead[i].Reason = clean(dead[i].Reason)
	}
	return j.change(ctx, Batch{Dead: dead, Cursors: cursors})
}

// DueParked returns deliveries in the owned streams whose NextTry is not after
// now, the longest due first: who owns a stream is its only sender.
func (j *Journal) DueParked(ctx context.Context, endpoint string, now time.Time, limit int) ([]Parked, error) {
	owned := slices.Sorted(maps.Keys(j.Owned()))
	if len(owned) == 0 {
		return nil, nil
	}
	return j.engine.Parked(ctx, ParkedQuery{Endpoint: endpoint, Due: now, Streams: owned, Limit: limit})
}

// ListParked returns an endpoint's parked deliveries ("" is all), oldest first.
func (j *Journal) ListParked(ctx context.Context, endpoint string, limit int) ([]Parked, error) {
	return j.engine.Parked(ctx, ParkedQuery{Endpoint: endpoint, Limit: limit})
}

// ListDead returns an endpoint's dead letters ("" is all) with an ID above
// after, in the order of their IDs.
func (j *Journal) ListDead(ctx context.Context, endpoint string, after int64, limit int) ([]Dead, error) {
	return j.engine.Dead(ctx, DeadQuery{Endpoint: endpoint, AfterID: after, Limit: limit})
}

// GetDead returns one dead letter, or ErrNotFound.
func (j *Journal) GetDead(ctx context.Context, id int64) (Dead, error) {
	found, err := j.engine.Dead(ctx, DeadQuery{IDs: []int64{id}, Limit: 1})
	if err != nil {
		return Dead{}, err
	}
	if len(found) == 0 {
		return Dead{}, ErrNotFound
	}
	return found[0], nil
}

// DropDead removes dead letters that nobody needs any more, and returns how many
// there were; see TakeDead.
func (j *Journal) DropDead(ctx context.Context, ids []int64) (int, error) {
	dropped := 0
	for len(ids) > 0 {
		n := min(len(ids), readRows)
		found, err := j.engine.Dead(ctx, DeadQuery{IDs: ids[:n], Limit: n})
		if err != nil {
			return dropped, err
		}
		if err := j.change(ctx, Batch{DropDead: ids[:n]}); err != nil {
			return dropped, err
		}
		dropped += len(found)
		ids = ids[n:]
	}
	j.pruner.again()
	return dropped, nil
}

// Unfinished returns the positions beyond the endpoint's cursors that are parked
// or dead, in order: after a restart they are skipped. They are shared: read only.
func (j *Journal) Unfinished(ctx context.Context, endpoint string) ([]Position, error) {
	return j.unfinished.ask(ctx, endpoint)
}

func (j *Journal) lookUnfinished(ctx context.Context, endpoints []string) (map[string][]Position, error) {
	ranges, err := j.engine.Unfinished(ctx, endpoints)
	if err != nil {
		return nil, err
	}
	all := map[string][]Position{}
	for _, r := range ranges {
		for p, n := r.From, 0; p <= r.To && n < maxUnfinished; p, n = p+1, n+1 {
			all[r.Endpoint] = append(all[r.Endpoint], p)
		}
	}
	for endpoint, ps := range all {
		slices.Sort(ps)
		all[endpoint] = slices.Compact(ps)
	}
	return all, nil
}

// Counts returns how many deliveries of the endpoint are parked and dead.
func (j *Journal) Counts(ctx context.Context, endpoint string) (Counts, error) {
	return j.counts.ask(ctx, endpoint)
}

// CountAll returns the Counts of all endpoints of which any are.
func (j *Journal) CountAll(ctx context.Context) (map[string]Counts, error) {
	return j.engine.Counts(ctx, nil)
}

// RecordAttempt keeps a failed attempt; it is written with a later commit. It
// never waits; when too many come, the oldest are left out.
func (j *Journal) RecordAttempt(a Attempt) {
	a.Error = clean(a.Error)
	a.Answer = a.Answer[:min(len(a.Answer), maxAnswer)]
	j.attempts.add(a)
}

// Attempts returns failed attempts, newest first: of an endpoint ("" is all)
// and of one receipt (0 is every one).
func (j *Journal) Attempts(ctx context.Context, endpoint string, p Position, limit int) ([]Attempt, error) {
	return j.engine.Attempts(ctx, endpoint, p, limit)
}

// NextReplay counts one more replay of each receipt to the endpoint and returns
// the numbers, from 1 on.
func (j *Journal) NextReplay(ctx context.Context, endpoint string, ids []string) ([]int, error) {
	done, err := j.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	counts, err := j.engine.Replays(ctx, endpoint, ids)
	if err != nil {
		return nil, err
	}
	numbers := make([]int, len(ids))
	b := Batch{}
	for i, id := range ids {
		counts[id]++
		numbers[i] = counts[id]
		b.Replays = append(b.Replays, Replay{Endpoint: endpoint, ID: id, N: counts[id]})
	}
	return numbers, j.change(ctx, b)
}

// Deliveries returns what happened to the receipt at each endpoint that has
// seen its stream.
func (j *Journal) Deliveries(ctx context.Context, p Position) ([]Delivery, error) {
	e, err := j.Get(ctx, p)
	if err != nil {
		return nil, err
	}
	cursors, err := j.engine.CursorsIn(ctx, p.Stream())
	if err != nil {
		return nil, err
	}
	var all []Delivery
	for _, c := range cursors {
		d, err := j.delivery(ctx, e, c)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

func (j *Journal) delivery(ctx context.Context, e *Entry, c Cursor) (Delivery, error) {
	p, d := e.Position, Delivery{Endpoint: c.Endpoint, State: StateWaiting}
	parked, err1 := j.engine.Parked(ctx, ParkedQuery{Endpoint: c.Endpoint, After: p - 1, Upto: p, Limit: 1})
	dead, err2 := j.engine.Dead(ctx, DeadQuery{Endpoint: c.Endpoint, After: p - 1, Upto: p, Limit: 1})
	if err := errors.Join(err1, err2); err != nil {
		return d, err
	}
	switch {
	case len(parked) > 0:
		d.State, d.Parked = StateParked, &parked[0]
	case len(dead) > 0:
		d.State, d.Dead = StateDead, &dead[0]
	case c.Position >= p:
		d.State = StateTaken
		var err error
		d.After, d.Until, err = j.takenAt(ctx, c.Endpoint, e)
		return d, err
	}
	return d, nil
}

// takenAt encloses the moment when the endpoint took an entry that its cursor has
// passed. The cursor's history is kept to the second.
func (j *Journal) takenAt(ctx context.Context, endpoint string, e *Entry) (after, until time.Time, err error) {
	after, until, err = j.engine.Passed(ctx, endpoint, e.Position, e.ReceivedAt)
	if err != nil {
		return after, until, err
	}
	l, known, err := j.takenLate(ctx, endpoint, e)
	if known && l.Until.After(until) {
		return l.After, l.Until, err
	}
	if !until.IsZero() {
		until = until.Add(time.Second)
	}
	return after, until, err
}

// clean makes text of what came over the network: every engine can store it.
func clean(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
}
