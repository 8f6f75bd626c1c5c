package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/journal"
)

// begin begins a transaction that commits when the receipts are on disk, and at
// the synchronous replicas: behind a pooler the session may be another's, with
// other settings. A WARNING must be heard, see hear.
const begin = `begin; SET LOCAL synchronous_commit = on; SET LOCAL client_min_messages = warning`

// hear notes what the server warns of. A wait for the synchronous replica that
// is cancelled, as by an administrator, ends in a COMMIT that succeeds
// with a WARNING: "the transaction has already committed locally, but might not
// have been replicated". Its words are in the server's language and its SQLSTATE
// is that of all warnings, and no other warning is expected of a commit: any one
// makes it doubtful.
func (e *Engine) hear(_ *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		e.doubt = n
	}
}

// surely does what ends in a commit. One that the server warned of is not known to
// be one: what it wrote may be on this server alone.
func (e *Engine) surely(do func() error) error {
	e.doubt = nil
	if err := do(); err != nil || e.doubt == nil {
		return err
	}
	return fmt.Errorf("%w: the server committed with a warning: %s", journal.ErrAgain, e.doubt.Message)
}

// look refuses a server that says "committed" before it is on disk, and says so
// when it waits for a replica no longer. Each of this can change while we run.
func (e *Engine) look(ctx context.Context, q oneRow) error {
	var fsync, commit, replicas string
	err := q.QueryRow(ctx, `SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes') <> 'off',
		current_setting('synchronous_standby_names')`).Scan(&fsync, &commit, &e.fullPages, &replicas)
	if err != nil {
		return err
	}
	if fsync == "off" {
		return fmt.Errorf("%w: the server's fsync is off: it would lose receipts that were answered; switch it on", errOther)
	}
	if commit != "on" && commit != "remote_apply" {
		return fmt.Errorf("%w: synchronous_commit is %s: it would lose receipts that were answered; leave it out of journal.dsn", errOther, commit)
	}
	if e.replicas != "" && replicas == "" {
		e.log.Warn("the server waits for no synchronous replica any more: what is answered from now on is on one server alone",
			zap.String("synchronous_standby_names", e.replicas))
	}
	e.replicas = replicas
	return nil
}

// within runs do in one transaction on the connection.
func within(ctx context.Context, conn *pgx.Conn, do func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{BeginQuery: begin}, do)
}
