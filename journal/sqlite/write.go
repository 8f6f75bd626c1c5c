package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/dlrgate/dlrgate/faultpoint"
	"github.com/dlrgate/dlrgate/journal"
)

// What a change adds to the WAL, about, in octets. Pages that pruning makes free
// are not written, only what leads to them; cursors lie side by side.
const (
	batchOctets  = 4 * pageOctets
	cursorOctets = 256
	pageOctets   = 4096 // of any other row, each on a page of its own
	prunedOctets = 32
)

// Write stores the batch in one transaction with one sync.
func (e *Engine) Write(ctx context.Context, b *journal.Batch) error {
	if e.w == nil {
		return errors.New("the log is not open")
	}
	t := tx{w: e.w}
	err := e.w.within(ctx, func() error { return t.write(ctx, b) })
	if err != nil {
		return fmt.Errorf("write to the log: %w", err)
	}
	e.syncs.Add(1)
	e.w.grown += t.octets
	return nil
}

// tx is the transaction of one batch.
type tx struct {
	w      *writer
	octets int
}

func (t *tx) write(ctx context.Context, b *journal.Batch) error {
	t.octets = batchOctets + cursorOctets*len(b.Cursors) +
		pageOctets*(len(b.Parked)+len(b.Unparked)+len(b.Dead)+len(b.DropDead)+2*len(b.Attempts)+len(b.State)+len(b.Swaps)+len(b.Replays))
	for _, step := range []func(context.Context, *journal.Batch) error{
		t.fence, t.append, t.letGo, t.deliveries, t.cursors, t.attempts, t.small, t.prune, t.erase,
	} {
		if err := step(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// fence raises the streams' last positions if the epochs still hold.
func (t *tx) fence(ctx context.Context, b *journal.Batch) error {
	last := map[journal.Stream]uint64{}
	for _, e := range b.Entries {
		last[e.Position.Stream()] = e.Position.Seq()
	}
	for _, l := range b.Leases {
		var n int64
		var err error
		if seq, raises := last[l.Stream]; raises {
			n, err = t.w.exec(ctx, `UPDATE streams SET last_seq = max(last_seq, ?) WHERE id = ? AND epoch = ?`,
				int64(seq), l.Stream, int64(l.Epoch))
			delete(last, l.Stream)
		} else {
			err = t.w.value(ctx, &n, `SELECT count(*) FROM streams WHERE id = ? AND epoch = ?`, l.Stream, int64(l.Epoch))
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: operator %q, epoch %d", journal.ErrFenced, l.Operator, l.Epoch)
		}
	}
	for s := range last {
		return fmt.Errorf("%w: no lease for stream %d", journal.ErrFenced, s)
	}
	return nil
}

const (
	appendSQL = `INSERT INTO log (position, received_at, id, message, forward, raw, meta, event) VALUES `
	appendRow = `(?,?,?,?,?,?,?,?)`
	// appendRows is the most rows that one statement inserts.
	appendRows = 64
)

func (t *tx) append(ctx context.Context, b *journal.Batch) error {
	args := make([]any, 0, appendRows*strings.Count(appendRow, "?"))
	for rest, n := b.Entries, appendRows; len(rest) > 0; {
		for n > len(rest) {
			n /= 2
		}
		args = args[:0]
		for _, e := range rest[:n] {
			t.octets += e.Size()
			args = append(args, int64(e.Position), e.ReceivedAt.UnixMicro(), e.ID, e.Message[:], e.Forward,
				blob(e.Raw), blob(e.Meta), blob(e.Event))
		}
		if err := t.appendSome(ctx, rest[:n], args); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

func (t *tx) appendSome(ctx context.Context, some []*journal.Entry, args []any) error {
	done, err := t.w.exec(ctx, values(appendSQL, appendRow, len(some))+` ON CONFLICT DO NOTHING`, args...)
	if err != nil || int(done) == len(some) {
		return err
	}
	// Some were there: the same batch was written before, or it is another's.
	for _, e := range some {
		var id string
		if err := t.w.value(ctx, &id, `SELECT id FROM log WHERE position = ?`, int64(e.Position)); err != nil {
			return err
		}
		if id != e.ID {
			return fmt.Errorf("position %d is taken by receipt %q", e.Position, id)
		}
	}
	return nil
}

func (t *tx) deliveries(ctx context.Context, b *journal.Batch) error {
	for _, p := range b.Parked {
		if _, err := t.w.exec(ctx, `INSERT OR REPLACE INTO parked
			(endpoint, position, id, since, next_try, tries, class, last_error) VALUES (?,?,?,?,?,?,?,?)`,
			p.Endpoint, int64(p.Position), p.ID, micros(p.Since), micros(p.NextTry), p.Tries, p.Class, p.LastError); err != nil {
			return err
		}
	}
	for _, d := range b.Unparked {
		if _, err := t.w.exec(ctx, `DELETE FROM parked WHERE endpoint = ? AND position = ?`, d.Endpoint, int64(d.Position)); err != nil {
			return err
		}
	}
	for _, id := range b.DropDead {
		if _, err := t.w.exec(ctx, `DELETE FROM dead WHERE id = ?`, id); err != nil {
			return err
		}
	}
	for _, d := range b.DeadCounts {
		if _, err := t.w.exec(ctx, `UPDATE dead SET count = ? WHERE id = ?`, d.Count, d.ID); err != nil {
			return err
		}
	}
	for _, d := range b.Dead {
		if _, err := t.w.exec(ctx, `INSERT INTO dead
			(endpoint, class, from_position, to_position, count, at, reason) VALUES (?,?,?,?,?,?,?)
			ON CONFLICT (endpoint, from_position) DO UPDATE SET class = excluded.class,
			to_position = excluded.to_position, count = excluded.count, at = excluded.at, reason = excluded.reason`,
			d.Endpoint, d.Class, int64(d.From), int64(d.To), d.Count, micros(d.At), d.Reason); err != nil {
			return err
		}
		if _, err := t.w.exec(ctx, `DELETE FROM parked WHERE endpoint = ? AND position BETWEEN ? AND ?`,
			d.Endpoint, int64(d.From), int64(d.To)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) cursors(ctx context.Context, b *journal.Batch) error {
	const row = `(?,?,?,?)`
	for rest, n := b.Cursors, appendRows; len(rest) > 0; rest = rest[n:] {
		for n > len(rest) {
			n /= 2
		}
		var cursors, passed []any
		for _, c := range rest[:n] {
			cursors = append(cursors, c.Endpoint, c.Position.Stream(), int64(c.Position), micros(c.SavedAt))
			passed = append(passed, c.Position.Stream(), c.SavedAt.Unix(), c.Endpoint, int64(c.Position))
		}
		if _, err := t.w.exec(ctx, values(`INSERT OR REPLACE INTO cursors (endpoint, stream, position, saved_at) VALUES `, row, n), cursors...); err != nil {
			return err
		}
		if _, err := t.w.exec(ctx, values(`INSERT OR REPLACE INTO passed (stream, at, endpoint, position) VALUES `, row, n), passed...); err != nil {
			return err
		}
		faultpoint.Here(faultpoint.AmidCursors)
	}
	return nil
}

// small writes the replays and the state.
func (t *tx) small(ctx context.Context, b *journal.Batch) error {
	for _, r := range b.Replays {
		if _, err := t.w.exec(ctx, `INSERT OR REPLACE INTO replays (id, endpoint, n) VALUES (?,?,?)`, r.ID, r.Endpoint, r.N); err != nil {
			return err
		}
	}
	for _, s := range b.Swaps {
		if err := t.swap(ctx, s); err != nil {
			return err
		}
	}
	for _, s := range b.State {
		query, args := `INSERT OR REPLACE INTO state (kind, name, value) VALUES (?,?,?)`, []any{s.Kind, s.Name, s.Value}
		if s.Value == nil {
			query, args = `DELETE FROM state WHERE kind = ? AND name = ?`, args[:2]
		}
		if _, err := t.w.exec(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// swap changes a small value that must be as it was, or as it is to be.
func (t *tx) swap(ctx context.Context, s *journal.Swap) error {
	var n int64
	var err error
	switch {
	case s.Value == nil:
		if _, err := t.w.exec(ctx, `DELETE FROM state WHERE kind = ? AND name = ? AND value = ?`, s.Kind, s.Name, blob(s.Was)); err != nil {
			return err
		}
		return t.w.value(ctx, &s.Lost, `SELECT EXISTS (SELECT 1 FROM state WHERE kind = ? AND name = ?)`, s.Kind, s.Name)
	case s.Was == nil:
		n, err = t.w.exec(ctx, `INSERT INTO state (kind, name, value) VALUES (?,?,?)
			ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value WHERE value = excluded.value`, s.Kind, s.Name, s.Value)
	default:
		n, err = t.w.exec(ctx, `UPDATE state SET value = ?3 WHERE kind = ?1 AND name = ?2 AND value IN (?3, ?4)`, s.Kind, s.Name, s.Value, s.Was)
	}
	s.Lost = n == 0
	return err
}

// pruneHistory removes what is kept of the receipts of a span beside them. The
// first condition makes it cheap where nothing is.
const pruneHistory = `DELETE FROM state WHERE EXISTS (SELECT 1 FROM state WHERE kind > 'history/' AND kind < 'history0')
	AND kind IN (SELECT '` + journal.HistoryPrefix + `' || id FROM log WHERE position > ? AND position <= ?)`

// prune removes entries, with the replays counted for them, their histories and
// the history of the cursors before them.
func (t *tx) prune(ctx context.Context, b *journal.Batch) error {
	for _, p := range b.Prune {
		var at sql.NullInt64
		if err := t.w.value(ctx, &at, `SELECT (SELECT received_at FROM log WHERE position > ? AND position <= ?
			ORDER BY position DESC LIMIT 1)`, int64(p.After), int64(p.Upto)); err != nil {
			return err
		}
		if !at.Valid {
			continue
		}
		if _, err := t.w.exec(ctx, `DELETE FROM passed WHERE stream = ? AND at < ?`, p.Upto.Stream(), at.Int64/1e6); err != nil {
			return err
		}
		if _, err := t.w.exec(ctx, `DELETE FROM replays WHERE EXISTS (SELECT 1 FROM replays) AND id IN
			(SELECT id FROM log WHERE position > ? AND position <= ?)`, int64(p.After), int64(p.Upto)); err != nil {
			return err
		}
		if _, err := t.w.exec(ctx, `DELETE FROM attempts WHERE position > ? AND position <= ? AND held`, int64(p.After), int64(p.Upto)); err != nil {
			return err
		}
		if _, err := t.w.exec(ctx, pruneHistory, int64(p.After), int64(p.Upto)); err != nil {
			return err
		}
		n, err := t.w.exec(ctx, `DELETE FROM log WHERE position > ? AND position <= ?`, int64(p.After), int64(p.Upto))
		if err != nil {
			return err
		}
		t.octets += int(n) * prunedOctets
		faultpoint.Here(faultpoint.AmidPruning)
	}
	return nil
}
