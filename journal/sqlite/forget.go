package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/dlrgate/dlrgate/journal"
)

// forgetRows are looked at in one transaction: some 10 ms.
const forgetRows = 4096

// Forget removes some of what is known of an endpoint.
func (e *Engine) Forget(ctx context.Context, endpoint string, from journal.Forgotten) (upto journal.Forgotten, done bool, err error) {
	if err := e.repair(ctx); err != nil {
		return from, false, err
	}
	f := forgetting{writer: e.w, endpoint: endpoint, upto: from}
	steps := []func(context.Context) (bool, error){f.passed, f.replays, f.parked, f.dead, f.rest}
	err = e.w.within(ctx, func() error {
		over, err := steps[from.Step](ctx)
		if over {
			f.upto = journal.Forgotten{Step: from.Step + 1}
		}
		return err
	})
	if err != nil {
		return from, false, fmt.Errorf("forget endpoint %q: %w", endpoint, err)
	}
	e.syncs.Add(1)
	e.w.grown += forgetRows * prunedOctets
	return f.upto, f.upto.Step == len(steps), nil
}

// forgetting is one call of Forget. Its steps say whether their table is done with.
type forgetting struct {
	*writer
	endpoint string
	upto     journal.Forgotten
}

// passed goes through the history of all cursors in the order of its key, as the
// endpoint's own rows lie scattered there.
func (f *forgetting) passed(ctx context.Context) (over bool, err error) {
	from := f.upto
	end, err := f.prepare(ctx, `SELECT stream, at FROM passed WHERE (stream, at) > (?, ?) ORDER BY stream, at LIMIT 1 OFFSET ?`) //nolint:sqlclosecheck // the writer's
	if err != nil {
		return false, err
	}
	err = end.QueryRowContext(ctx, from.Stream, from.At, forgetRows).Scan(&f.upto.Stream, &f.upto.At)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = f.exec(ctx, `DELETE FROM passed WHERE (stream, at) > (?, ?) AND endpoint = ?`, from.Stream, from.At, f.endpoint)
		return true, err
	}
	if err != nil {
		return false, err
	}
	_, err = f.exec(ctx, `DELETE FROM passed WHERE (stream, at) > (?, ?) AND (stream, at) <= (?, ?) AND endpoint = ?`,
		from.Stream, from.At, f.upto.Stream, f.upto.At, f.endpoint)
	return false, err
}

// replays goes through those of all endpoints, likewise.
func (f *forgetting) replays(ctx context.Context) (over bool, err error) {
	from := f.upto.ID
	err = f.value(ctx, &f.upto.ID, `SELECT id FROM replays WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?`, from, forgetRows)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = f.exec(ctx, `DELETE FROM replays WHERE id > ? AND endpoint = ?`, from, f.endpoint)
		return true, err
	}
	if err != nil {
		return false, err
	}
	_, err = f.exec(ctx, `DELETE FROM replays WHERE id > ? AND id <= ? AND endpoint = ?`, from, f.upto.ID, f.endpoint)
	return false, err
}

func (f *forgetting) parked(ctx context.Context) (over bool, err error) {
	n, err := f.exec(ctx, `DELETE FROM parked WHERE endpoint = ?1 AND position IN
		(SELECT position FROM parked WHERE endpoint = ?1 ORDER BY position LIMIT ?2)`, f.endpoint, forgetRows)
	return n < forgetRows, err
}

func (f *forgetting) dead(ctx context.Context) (over bool, err error) {
	n, err := f.exec(ctx, `DELETE FROM dead WHERE endpoint = ?1 AND from_position IN
		(SELECT from_position FROM dead WHERE endpoint = ?1 ORDER BY from_position LIMIT ?2)`, f.endpoint, forgetRows)
	return n < forgetRows, err
}

// rest removes what is little.
func (f *forgetting) rest(ctx context.Context) (over bool, err error) {
	if _, err := f.exec(ctx, `DELETE FROM attempts WHERE endpoint = ?`, f.endpoint); err != nil {
		return false, err
	}
	_, err = f.exec(ctx, `DELETE FROM cursors WHERE endpoint = ?`, f.endpoint)
	return true, err
}
