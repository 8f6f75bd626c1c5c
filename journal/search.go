package journal

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	defaultLimit = 50
	maxLimit     = 1000
	// searchBudget is how many receipts one page looks at.
	searchBudget = 20_000
	// maxTail is how many receipts that are not indexed yet are looked through.
	maxTail = 50_000
	// findRows is how many positions are asked of the projection at once.
	findRows = 100
	// jumble is by how much receipts may be stored in another order than
	// that of their reception.
	jumble = 5 * time.Second
)

// ErrQuery is the answer to a Query that has a limit, a cursor or a time that makes no sense.
var ErrQuery = errors.New("journal: bad query")

// Search finds receipts, newest first: in the projection, and for what is not
// in it yet in the log.
func (j *Journal) Search(ctx context.Context, q Query) (Page, error) {
	q.Limit = cmp.Or(q.Limit, defaultLimit)
	if q.Limit < 1 || q.Limit > maxLimit {
		return Page{}, fmt.Errorf("%w: limit %d is not within 1 and %d", ErrQuery, q.Limit, maxLimit)
	}
	before, err := decodeCursor(q.Cursor)
	if err != nil {
		return Page{}, err
	}
	var page Page
	s := &search{Journal: j, Query: q, budget: searchBudget}
	for _, l := range j.owned() {
		if len(q.Operators) > 0 && !slices.Contains(q.Operators, l.Operator) {
			continue
		}
		b, err := s.backwards(ctx, l, before)
		if err != nil {
			return Page{}, err
		}
		page.Unsearched += b.unsearched
		s.streams = append(s.streams, b)
	}
	for len(page.Entries) < q.Limit && s.budget > 0 {
		e, err := s.newest(ctx)
		if err != nil {
			return Page{}, err
		}
		if e == nil {
			break
		}
		page.Entries = append(page.Entries, e)
	}
	page.Next = s.cursor()
	return page, nil
}

// ByID returns all copies of a receipt, oldest first.
func (j *Journal) ByID(ctx context.Context, id string) ([]*Entry, error) {
	page, err := j.Search(ctx, Query{Terms: []Term{{KindID, id}}, Limit: maxLimit})
	slices.Reverse(page.Entries)
	return page.Entries, err
}

// search is one page in the making.
type search struct {
	*Journal
	Query
	streams []*backwards
	budget  int
}

// backwards walks one stream from its end, or from a page's cursor.
type backwards struct {
	stream  Stream
	low     Position // looked for above it
	at      Position // everything above it was looked at
	indexed Position // above it the log is read, up to it the projection
	ahead   []*Entry // read from the log
	found   []Position
	next    *Entry // the newest that matches, if it is known
	done    bool

	unsearched int
}

// backwards prepares the walk within the query's times.
func (s *search) backwards(ctx context.Context, l Lease, before map[Stream]Position) (*backwards, error) {
	first, last, _ := s.bounds(l.Stream)
	b := &backwards{stream: l.Stream, low: first - 1, at: last}
	if p, given := before[l.Stream]; given {
		b.at = min(b.at, p)
	}
	if !s.Since.IsZero() {
		p, err := s.positionAt(ctx, first, last, s.Since.Add(-jumble))
		if err != nil {
			return nil, err
		}
		b.low = p - 1
	}
	if !s.Until.IsZero() {
		p, err := s.positionAt(ctx, first, last, s.Until.Add(jumble))
		if err != nil {
			return nil, err
		}
		b.at = min(b.at, p-1)
	}
	b.indexed = b.low
	if len(s.Terms) == 0 {
		return b, nil
	}
	indexed, err := s.engine.Index().Indexed(ctx, first)
	if err != nil {
		return nil, fmt.Errorf("journal: search: %w", err)
	}
	b.indexed = indexed
	if b.at > indexed && b.at-indexed > maxTail {
		b.unsearched = int(b.at - indexed)
		b.at = indexed
	}
	return b, nil
}

// newest returns the newest match of all streams, nil when there is no more or
// the budget is spent.
func (s *search) newest(ctx context.Context) (*Entry, error) {
	var best *backwards
	for _, b := range s.streams {
		if err := s.fill(ctx, b); err != nil {
			return nil, err
		}
		if b.next != nil && (best == nil || b.next.ReceivedAt.After(best.next.ReceivedAt)) {
			best = b
		}
	}
	if best == nil || s.budget <= 0 && s.unfilled() {
		return nil, nil
	}
	e := best.next
	best.next, best.at = nil, e.Position-1
	return e, nil
}

// unfilled tells whether a stream's newest match is not known: then none can
// be called the newest of all.
func (s *search) unfilled() bool {
	return slices.ContainsFunc(s.streams, func(b *backwards) bool { return b.next == nil && !b.done })
}

// fill finds the stream's next match.
func (s *search) fill(ctx context.Context, b *backwards) error {
	for b.next == nil && !b.done && s.budget > 0 {
		e, err := s.step(ctx, b)
		if err != nil {
			return err
		}
		if e == nil {
			continue
		}
		s.budget--
		if s.matches(e) {
			b.next = e
		} else {
			b.at = e.Position - 1
		}
	}
	return nil
}

// step returns the next candidate, nil when it has only read on.
func (s *search) step(ctx context.Context, b *backwards) (*Entry, error) {
	switch {
	case len(b.ahead) > 0:
		e := b.ahead[0]
		b.ahead = b.ahead[1:]
		return e, nil
	case len(b.found) > 0:
		p := b.found[0]
		b.found = b.found[1:]
		e, err := s.Get(ctx, p)
		if errors.Is(err, ErrNotFound) { // pruned meanwhile
			b.at = p - 1
			s.budget--
			return nil, nil
		}
		return e, err
	case b.at <= b.low:
		b.done = true
		return nil, nil
	case b.at > b.indexed:
		low := max(b.low, b.indexed)
		var err error
		b.ahead, err = s.entries(ctx, Span{After: low, Upto: b.at, Max: findRows, MaxBytes: readOctets, Newest: true})
		if len(b.ahead) == 0 {
			b.at = low
		}
		return nil, err
	}
	kind, keys := s.Terms[0].Kind, []string(nil)
	for _, t := range s.Terms {
		if t.Kind == kind {
			keys = append(keys, t.Key)
		}
	}
	var err error
	b.found, err = s.engine.Index().Find(ctx, IndexQuery{Kind: kind, Keys: keys, After: b.low, Upto: b.at, Limit: findRows})
	b.done = len(b.found) == 0
	return nil, err
}

// matches tells whether the entry is what the query wants.
func (s *search) matches(e *Entry) bool {
	if !s.Since.IsZero() && e.ReceivedAt.Before(s.Since) || !s.Until.IsZero() && !e.ReceivedAt.Before(s.Until) {
		return false
	}
	has := append(s.terms(e), Term{KindID, e.ID})
	met := map[string]bool{}
	for _, t := range s.Terms {
		met[t.Kind] = met[t.Kind] || slices.Contains(has, t)
	}
	for _, ok := range met {
		if !ok {
			return false
		}
	}
	return true
}

// cursor says where the next page begins, "" when there is none.
func (s *search) cursor() string {
	var raw []byte
	for _, b := range s.streams {
		if b.next != nil {
			b.at = b.next.Position
		}
		raw = binary.AppendUvarint(raw, uint64(b.at))
	}
	if !slices.ContainsFunc(s.streams, func(b *backwards) bool { return b.at > b.low && (b.next != nil || !b.done) }) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// decodeCursor returns the positions from which the streams are walked on. A
// stream that is not in it was not there when the first page was made.
func decodeCursor(cursor string) (map[Stream]Position, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, fmt.Errorf("%w: cursor %q", ErrQuery, cursor)
	}
	at := map[Stream]Position{}
	for len(raw) > 0 {
		p, n := binary.Uvarint(raw)
		if n <= 0 {
			return nil, fmt.Errorf("%w: cursor %q", ErrQuery, cursor)
		}
		at[Position(p).Stream()] = Position(p)
		raw = raw[n:]
	}
	return at, nil
}
