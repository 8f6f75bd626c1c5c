package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
)

// member is this life of the process: what it is in the database, and whether it
// has a row there. A process that was expelled goes on as another one.
type member struct {
	id, name string
	joined   bool
}

const (
	join = `INSERT INTO members (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`
	// present finds the own row and keeps it until the transaction ends: whoever
	// takes over, and removes it, waits so long, and all that comes later is refused.
	present = `SELECT 1 FROM members WHERE id = $1 FOR KEY SHARE`
	leave   = `DELETE FROM members WHERE id = $1`

	beat = `UPDATE members SET beat = beat + 1, heard = clock_timestamp(), endpoints = $2 WHERE id = $1`
	// sweep forgets members that ended without a word: nobody has taken anything over
	// from them.
	sweep   = `DELETE FROM members WHERE heard < clock_timestamp() - interval '1 day'`
	members = `
SELECT m.id, m.name, m.beat, m.endpoints, array_remove(array_agg(s.operator ORDER BY s.operator), NULL)
FROM members m LEFT JOIN streams s ON s.owner = m.id GROUP BY m.id ORDER BY m.name, m.id`
)

// bear makes the process another member than it may have been.
func (e *Engine) bear(name string) { e.member.Store(&member{id: rand.Text(), name: name}) }

func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// me is this life of the process. Only the goroutine that writes changes it.
func (e *Engine) me() member { return *e.member.Load() }

// enter begins a transaction's work: the process is a member, or becomes one.
func (e *Engine) enter(ctx context.Context, t pgx.Tx) error {
	m := e.me()
	if !m.joined {
		_, err := t.Exec(ctx, join, m.id, m.name)
		return err
	}
	return isPresent(ctx, t, m.id)
}

// isPresent is the fence: it returns ErrFenced when another process has taken over.
func isPresent(ctx context.Context, q oneRow, id string) error {
	return expelled(q.QueryRow(ctx, present, id))
}

// expelled reads the answer to present.
func expelled(row pgx.Row) error {
	var is int
	err := row.Scan(&is)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: another gateway has taken over from this one", journal.ErrFenced)
	}
	return err
}

// leaveTimeout bounds the last word of a gateway that ends.
const leaveTimeout = time.Second

// Beat tells that this member lives. Nothing of it needs to be on a disk.
func (e *Engine) Beat(ctx context.Context, endpoints []string) (all []journal.Member, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	me := e.me()
	err = pgx.BeginFunc(ctx, e.read, func(t pgx.Tx) error {
		if _, err := t.Exec(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
			return err
		}
		if _, err := t.Exec(ctx, beat, me.id, append([]string{}, endpoints...)); err != nil {
			return err
		}
		if _, err := t.Exec(ctx, sweep); err != nil {
			return err
		}
		all, err = collect(ctx, t, stmt(members), func(row pgx.CollectableRow) (m journal.Member, err error) {
			err = row.Scan(&m.ID, &m.Name, &m.Beat, &m.Endpoints, &m.Operators)
			m.Self = m.ID == me.id
			return m, err
		})
		return err
	})
	return all, err
}

// leave ends the membership, so that nobody waits for another word. That it could not
// be said is what a crash is, too.
func (e *Engine) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	if m := e.me(); m.joined {
		_, _ = e.read.Exec(ctx, leave, m.id)
	}
}
