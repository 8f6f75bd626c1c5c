package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
)

// forgetRows are looked at in one transaction: some 10 ms.
const forgetRows = 4096

// Forget removes some of what is known of an endpoint.
func (e *Engine) Forget(ctx context.Context, endpoint string, from journal.Forgotten) (upto journal.Forgotten, done bool, err error) {
	f := forgetting{endpoint: endpoint, upto: from}
	steps := []func(context.Context, pgx.Tx) (bool, error){f.passed, f.replays, f.parked, f.dead, f.rest}
	err = e.change(ctx, func(ctx context.Context, t pgx.Tx) error {
		over, err := steps[from.Step](ctx, t)
		if over {
			f.upto = journal.Forgotten{Step: from.Step + 1}
		}
		return err
	})
	if err != nil {
		return from, false, fmt.Errorf("forget endpoint %q: %w", endpoint, err)
	}
	e.syncs.Add(1)
	return f.upto, f.upto.Step == len(steps), nil
}

// forgetting is one call of Forget. Its steps say whether their table is done with.
type forgetting struct {
	endpoint string
	upto     journal.Forgotten
}

// passed goes through the history of all cursors in the order of its key, as the
// endpoint's own rows lie scattered there.
func (f *forgetting) passed(ctx context.Context, t pgx.Tx) (over bool, err error) {
	from := f.upto
	err = t.QueryRow(ctx, `SELECT stream, at FROM passed WHERE (stream, at) > ($1, $2) ORDER BY stream, at LIMIT 1 OFFSET $3`,
		from.Stream, from.At, forgetRows).Scan(&f.upto.Stream, &f.upto.At)
	if errors.Is(err, pgx.ErrNoRows) {
		_, err = t.Exec(ctx, `DELETE FROM passed WHERE (stream, at) > ($1, $2) AND endpoint = $3`, from.Stream, from.At, f.endpoint)
		return true, err
	}
	if err != nil {
		return false, err
	}
	_, err = t.Exec(ctx, `DELETE FROM passed WHERE (stream, at) > ($1, $2) AND (stream, at) <= ($3, $4) AND endpoint = $5`,
		from.Stream, from.At, f.upto.Stream, f.upto.At, f.endpoint)
	return false, err
}

// replays goes through those of all endpoints, likewise.
func (f *forgetting) replays(ctx context.Context, t pgx.Tx) (over bool, err error) {
	from, upto := []byte(f.upto.ID), []byte(nil)
	err = t.QueryRow(ctx, `SELECT id FROM replays WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2`, from, forgetRows).Scan(&upto)
	if errors.Is(err, pgx.ErrNoRows) {
		_, err = t.Exec(ctx, `DELETE FROM replays WHERE id > $1 AND endpoint = $2`, from, f.endpoint)
		return true, err
	}
	if err != nil {
		return false, err
	}
	f.upto.ID = string(upto)
	_, err = t.Exec(ctx, `DELETE FROM replays WHERE id > $1 AND id <= $2 AND endpoint = $3`, from, upto, f.endpoint)
	return false, err
}

func (f *forgetting) parked(ctx context.Context, t pgx.Tx) (over bool, err error) {
	done, err := t.Exec(ctx, `DELETE FROM parked WHERE endpoint = $1 AND position IN
		(SELECT position FROM parked WHERE endpoint = $1 ORDER BY position LIMIT $2)`, f.endpoint, forgetRows)
	return done.RowsAffected() < forgetRows, err
}

func (f *forgetting) dead(ctx context.Context, t pgx.Tx) (over bool, err error) {
	done, err := t.Exec(ctx, `DELETE FROM dead WHERE endpoint = $1 AND from_position IN
		(SELECT from_position FROM dead WHERE endpoint = $1 ORDER BY from_position LIMIT $2)`, f.endpoint, forgetRows)
	return done.RowsAffected() < forgetRows, err
}

// rest removes what is little.
func (f *forgetting) rest(ctx context.Context, t pgx.Tx) (over bool, err error) {
	if _, err := t.Exec(ctx, `DELETE FROM attempts WHERE endpoint = $1`, f.endpoint); err != nil {
		return false, err
	}
	_, err = t.Exec(ctx, `DELETE FROM cursors WHERE endpoint = $1`, f.endpoint)
	return true, err
}
