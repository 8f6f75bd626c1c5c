package journal

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Stats returns the journal at a glance.
func (j *Journal) Stats(ctx context.Context) (Stats, error) {
	space, err := j.engine.Space(ctx)
	if err != nil {
		return Stats{}, err
	}
	st := Stats{Used: space.Used, Free: space.Free}
	for _, l := range j.owned() {
		first, last, _ := j.bounds(l.Stream)
		indexed, err := j.engine.Index().Indexed(ctx, first)
		if err != nil {
			return Stats{}, err
		}
		one := StreamStats{Operator: l.Operator, Last: last, Came: j.came(l.Stream)}
		if first <= last {
			one.First = first
			st.Rows += int64(last - first + 1)
			st.SearchLag += int(last - min(last, indexed))
		}
		st.Streams = append(st.Streams, one)
	}
	slices.SortFunc(st.Streams, func(a, b StreamStats) int { return strings.Compare(a.Operator, b.Operator) })
	return st, nil
}

// Detached returns the endpoints that the journal knows and that are not
// attached: where they stopped, and what of it is still there.
func (j *Journal) Detached(ctx context.Context) ([]EndpointStats, error) {
	names, err := j.engine.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	attached, cursors := j.cursors.starts(), map[string][]Cursor{}
	if !slices.ContainsFunc(names, func(name string) bool { _, is := attached[name]; return !is }) {
		return nil, nil
	}
	stored, err := j.engine.Cursors(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range stored {
		if _, is := attached[c.Endpoint]; !is {
			cursors[c.Endpoint] = append(cursors[c.Endpoint], c)
		}
	}
	var all []EndpointStats
	for _, endpoint := range slices.Sorted(maps.Keys(cursors)) {
		one, err := j.endpointStats(ctx, endpoint, cursors[endpoint])
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (j *Journal) endpointStats(ctx context.Context, endpoint string, cursors []Cursor) (EndpointStats, error) {
	st := EndpointStats{Endpoint: endpoint, Cursors: cursors}
	for _, c := range st.Cursors {
		first, last, owned := j.bounds(c.Position.Stream())
		next := max(c.Position+1, first)
		if !owned || next > last {
			continue
		}
		st.Lag += int64(last - next + 1)
		at, err := j.receivedAt(ctx, next, last)
		if err != nil {
			return st, err
		}
		if st.Oldest.IsZero() || at.Before(st.Oldest) {
			st.Oldest = at
		}
	}
	return st, nil
}

// Backup writes a consistent copy of the log into a new folder while receipts
// are stored. With PostgreSQL it says what to run instead.
func (j *Journal) Backup(ctx context.Context, dir string) (Backup, error) {
	return j.engine.Backup(ctx, dir)
}
