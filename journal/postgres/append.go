package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
)

// appendSQL raises the ends of the streams and stores the receipts, if all of
// the leases hold and each stream ends where the receipts begin; else it does
// nothing. It returns for how many streams it did. See begin for the settings.
const appendSQL = `
WITH given AS (
	SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS g (id, epoch, before, n, octets)
), held AS (
	SELECT s.id FROM streams s JOIN given g ON g.id = s.id
	WHERE s.epoch = g.epoch AND (g.n = 0 OR s.last_seq = g.before) FOR UPDATE OF s
), fence AS (
	UPDATE streams s SET last_seq = s.last_seq + g.n, octets = s.octets + g.octets FROM given g
	WHERE s.id = g.id AND (SELECT count(*) FROM held) = cardinality($1) RETURNING s.id
), stored AS (
	INSERT INTO log (position, received_at, id, message, forward, raw, meta, event)
	SELECT * FROM unnest($6::bigint[], $7::bigint[], $8::bytea[], $9::bytea[], $10::boolean[], $11::bytea[], $12::bytea[], $13::bytea[])
	WHERE (SELECT count(*) FROM fence) = cardinality($1)
)
SELECT count(*), set_config('synchronous_commit', 'on', true), set_config('client_min_messages', 'warning', true) FROM fence`

// oneRow is a connection or a transaction.
type oneRow interface {
	querier
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// appendEntries stores the batch's entries, if it has any, while its leases
// hold. Again: they were stored before, and so all of the batch was.
func appendEntries(ctx context.Context, q oneRow, b *journal.Batch) (again bool, err error) {
	if len(b.Leases) == 0 && len(b.Entries) == 0 {
		return false, nil
	}
	f, err := newFence(b)
	if err != nil {
		return false, err
	}
	r := newRows(b.Entries)
	var held int
	err = q.QueryRow(ctx, appendSQL, f.ids, f.epochs, f.before, f.n, f.octets,
		r.positions, r.receivedAt, r.ids, r.messages, r.forward, r.raw, r.meta, r.events).Scan(&held, nil, nil)
	if err != nil || held == len(b.Leases) {
		return false, err
	}
	if err := f.stillHeld(ctx, q, b.Leases); err != nil {
		return false, err
	}
	if err := r.stored(ctx, q); err != nil {
		return false, err
	}
	return true, f.touch(ctx, q)
}

// fence is what must hold of each stream, and what is added to it.
type fence struct{ ids, epochs, before, n, octets []int64 }

func newFence(b *journal.Batch) (*fence, error) {
	f := &fence{}
	at := map[journal.Stream]int{}
	for i, l := range b.Leases {
		at[l.Stream] = i
		f.ids, f.epochs = append(f.ids, int64(l.Stream)), append(f.epochs, int64(l.Epoch))
	}
	f.before, f.n, f.octets = make([]int64, len(f.ids)), make([]int64, len(f.ids)), make([]int64, len(f.ids))
	for _, e := range b.Entries {
		i, leased := at[e.Position.Stream()]
		if !leased {
			return nil, fmt.Errorf("%w: no lease for stream %d", journal.ErrFenced, e.Position.Stream())
		}
		if f.n[i] == 0 {
			f.before[i] = int64(e.Position.Seq()) - 1
		}
		f.n[i]++
		f.octets[i] += int64(e.Size())
	}
	return f, nil
}

// stillHeld returns ErrFenced when a lease does not hold any more.
func (f *fence) stillHeld(ctx context.Context, q oneRow, leases []journal.Lease) error {
	holding, err := collect(ctx, q, stmt(`SELECT s.id FROM streams s
		JOIN unnest($1::int[], $2::bigint[]) AS g (id, epoch) ON g.id = s.id AND g.epoch = s.epoch`, f.ids, f.epochs), pgx.RowTo[journal.Stream])
	if err != nil {
		return err
	}
	held := map[journal.Stream]bool{}
	for _, s := range holding {
		held[s] = true
	}
	for _, l := range leases {
		if !held[l.Stream] {
			return fmt.Errorf("%w: operator %q, epoch %d", journal.ErrFenced, l.Operator, l.Epoch)
		}
	}
	return nil
}

// touch changes nothing, but its commit waits for what the commits before it had to
// wait for. One whose answer was lost may be in this server's log alone, and not yet
// in that of its synchronous replica.
func (f *fence) touch(ctx context.Context, q oneRow) error {
	_, err := collect(ctx, q, stmt(`UPDATE streams SET octets = octets WHERE id = ANY($1::int[])
		AND set_config('synchronous_commit', 'on', true) = 'on' AND set_config('client_min_messages', 'warning', true) = 'warning'
		RETURNING id`, f.ids), pgx.RowTo[journal.Stream])
	return err
}

// rows are entries by columns.
type rows struct {
	positions, receivedAt            []int64
	ids, messages, raw, meta, events [][]byte
	forward                          []bool
}

func newRows(entries []*journal.Entry) *rows {
	n := len(entries)
	r := &rows{
		positions: make([]int64, n), receivedAt: make([]int64, n), forward: make([]bool, n), ids: make([][]byte, n),
		messages: make([][]byte, n), raw: make([][]byte, n), meta: make([][]byte, n), events: make([][]byte, n),
	}
	for i, e := range entries {
		r.positions[i], r.receivedAt[i], r.forward[i] = int64(e.Position), e.ReceivedAt.UnixMicro(), e.Forward
		r.ids[i], r.messages[i] = []byte(e.ID), e.Message[:]
		r.raw[i], r.meta[i], r.events[i] = blob(e.Raw), blob(e.Meta), blob(e.Event)
	}
	return r
}

// stored returns nil when the log holds the very same receipts at their
// positions: the batch was written before, and only its answer was lost.
func (r *rows) stored(ctx context.Context, q oneRow) error {
	var same int
	err := q.QueryRow(ctx, `SELECT count(*) FROM log
		JOIN unnest($1::bigint[], $2::bytea[]) AS g (position, id) ON g.position = log.position AND g.id = log.id`,
		r.positions, r.ids).Scan(&same)
	if err == nil && same != len(r.ids) {
		err = fmt.Errorf("%w: a stream does not end where %d receipts begin, of which %d are stored", errOther, len(r.ids), same)
	}
	return err
}
