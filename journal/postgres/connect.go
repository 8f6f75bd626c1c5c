package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/journal"
)

// writer returns the one connection that changes the log, a new one if the old
// one was lost.
func (e *Engine) writer(ctx context.Context) (*pgx.Conn, error) {
	if e.conn == nil || e.conn.IsClosed() {
		if err := e.connect(ctx); err != nil {
			return nil, err
		}
	}
	return e.conn, nil
}

// connect opens the writer's connection and makes sure that behind it is the
// log that it was, with everything that was committed, on a server that syncs:
// after a fail-over none of that goes without saying.
func (e *Engine) connect(ctx context.Context) error {
	config := e.config.Copy()
	config.OnNotice = e.hear
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	err = errors.Join(e.look(ctx, conn), e.sameLog(ctx, conn))
	if err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	e.conn = conn
	return nil
}

// disconnect closes the writer's connection; what it was doing has an unknown
// outcome.
func (e *Engine) disconnect() error {
	if e.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	err := e.conn.Close(ctx)
	e.conn = nil
	return err
}

// checkDurable looks at the server before anything is made there.
func (e *Engine) checkDurable(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, e.config)
	if err != nil {
		return err
	}
	err = e.look(ctx, conn)
	if !e.fullPages {
		e.log.Warn("the server's full_page_writes is off: unless its file system never tears a page, a crash of its machine can damage the log")
	}
	return errors.Join(err, conn.Close(ctx))
}

// sameLog refuses another log than that which was opened, and says loudly when
// this one has lost something.
func (e *Engine) sameLog(ctx context.Context, conn *pgx.Conn) error {
	var id []byte
	if err := conn.QueryRow(ctx, `SELECT log_id FROM journal`).Scan(&id); err != nil {
		return err
	}
	if !bytes.Equal(id, e.logID) {
		return fmt.Errorf("%w: the database holds another log now", errOther)
	}
	for stream, committed := range e.highest {
		var operator string
		var seq uint64
		err := conn.QueryRow(ctx, `SELECT operator, last_seq FROM streams WHERE id = $1`, stream).Scan(&operator, &seq)
		if err != nil {
			return err
		}
		if last := journal.At(stream, seq); last < committed {
			e.log.Error("the database has lost receipts that it had committed",
				zap.String("operator", operator), zap.Uint64("lost_from", seq+1), zap.Uint64("lost_to", committed.Seq()))
		}
	}
	return nil
}
