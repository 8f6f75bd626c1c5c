package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"slices"
	"sort"

	"github.com/dlrgate/dlrgate/faultpoint"
	"github.com/dlrgate/dlrgate/journal"
)

// indexed is a row of the projection.
type indexed struct {
	term     uint64
	position journal.Position
}

// pending is what was indexed of one stream and is in no run yet.
type pending struct {
	coverage
	rows []indexed
}

// run is what was indexed of one stream at a time, sorted by term and cut into
// buckets by the term's first octet: it is written from its beginning to its
// end, and a term is found by reading one bucket. Single rows in one B-tree
// would be as many random pages as there are rows.
type run struct {
	number int64
	coverage
}

// rowOctets is a row in a bucket: the term and the position, big-endian.
const rowOctets = 8 + 8

func bucketOf(term uint64) byte { return byte(term >> 56) }

// id is the bucket's key: the buckets of a run stand behind one another.
func (r run) id(bucket byte) int64 { return r.number<<8 | int64(bucket) }

// termKey is what the projection keeps of a term: a hash (FNV-1a). It is small
// and tells nothing of whose receipt it finds. Two terms that share one cost a
// look in vain: the journal looks at each hit.
func termKey(kind, key string) uint64 {
	h := uint64(14695981039346656037)
	for _, s := range [...]string{kind, "\x00", key} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
	}
	return h
}

// write stores the run with its rows, which it sorts a copy of.
func (r run) write(ctx context.Context, t *sql.Tx, rows []indexed) error {
	insert, err := t.PrepareContext(ctx, `INSERT INTO buckets (id, rows) VALUES (?,?)`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }() // the transaction's end tells of any fault
	rows = slices.Clone(rows)             // others look through them meanwhile
	slices.SortFunc(rows, func(a, b indexed) int {
		return cmp.Or(cmp.Compare(a.term, b.term), cmp.Compare(a.position, b.position))
	})
	var octets []byte
	for len(rows) > 0 {
		bucket := bucketOf(rows[0].term)
		octets = octets[:0]
		for len(rows) > 0 && bucketOf(rows[0].term) == bucket {
			octets = binary.BigEndian.AppendUint64(octets, rows[0].term)
			octets = binary.BigEndian.AppendUint64(octets, uint64(rows[0].position))
			rows = rows[1:]
		}
		if _, err := insert.ExecContext(ctx, r.id(bucket), octets); err != nil {
			return err
		}
	}
	faultpoint.Here(faultpoint.AmidProjection)
	_, err = t.ExecContext(ctx, `INSERT INTO runs VALUES (?,?,?)`, r.number, int64(r.after), int64(r.upto))
	return err
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// bucket reads the rows of a bucket, none when the run has no such bucket.
func (r run) bucket(ctx context.Context, db querier, bucket byte) (rows []byte, err error) {
	err = db.QueryRowContext(ctx, `SELECT rows FROM buckets WHERE id = ?`, r.id(bucket)).Scan(&rows)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return rows, err
}

// row returns the place of the first row of a bucket that is not before it.
func row(rows []byte, want indexed) int {
	return sort.Search(len(rows)/rowOctets, func(i int) bool {
		term := binary.BigEndian.Uint64(rows[i*rowOctets:])
		return term > want.term || term == want.term && positionOf(rows, i) >= want.position
	})
}

func positionOf(rows []byte, i int) journal.Position {
	return journal.Position(binary.BigEndian.Uint64(rows[i*rowOctets+8:]))
}

// hits collects what a query finds: the newest, as many as it wants.
type hits struct {
	journal.IndexQuery
	terms []uint64
	found []journal.Position // newest first, each once, once it is cut
}

// enough tells that nothing in a part of a stream is wanted any more.
func (h *hits) enough(c coverage) bool {
	return c.upto.Stream() != h.Upto.Stream() || c.upto <= h.After || c.after >= h.Upto ||
		len(h.found) == h.Limit && c.upto <= h.found[h.Limit-1]
}

// pending looks through rows in no order.
func (h *hits) pending(rows []indexed) {
	for _, r := range rows {
		if slices.Contains(h.terms, r.term) && r.position > h.After && r.position <= h.Upto {
			h.found = append(h.found, r.position)
		}
	}
	h.cut()
}

// run looks through a bucket, the newest row first.
func (h *hits) run(rows []byte, term uint64) {
	low, high := row(rows, indexed{term, h.After + 1}), row(rows, indexed{term, h.Upto + 1})
	for i := high - 1; i >= max(low, high-h.Limit); i-- {
		h.found = append(h.found, positionOf(rows, i))
	}
}

// cut keeps the newest ones.
func (h *hits) cut() {
	slices.SortFunc(h.found, func(a, b journal.Position) int { return cmp.Compare(b, a) })
	h.found = slices.Compact(h.found)
	h.found = h.found[:min(len(h.found), h.Limit)]
}
