package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dlrgate/dlrgate/journal"
)

// SQLSTATEs, by their class, that say more than "it failed". See appendix A of
// PostgreSQL's manual.
const (
	classDataException   = "22"
	classConstraint      = "23"
	classRollback        = "40" // 40001: could not serialize access
	classProgramLimit    = "54" // a row or a value that is too large
	classIntervention    = "57" // the server stops, or somebody ended the session
	classConnection      = "08"
	stateDiskFull        = "53100"
	stateLockUnavailable = "55P03"
)

// classify joins what PostgreSQL says of a failed write to the journal's
// errors. What is not the server's word is a connection that was lost: then
// the outcome is not known.
func classify(err error) error {
	var e *pgconn.PgError
	switch {
	case err == nil, errors.Is(err, journal.ErrFenced), errors.Is(err, errOther):
		return err
	case !errors.As(err, &e):
		return fmt.Errorf("%w: %w", journal.ErrAgain, err)
	case e.Code == stateDiskFull:
		return fmt.Errorf("%w: %w", journal.ErrFull, err)
	case e.Code == stateLockUnavailable:
		return fmt.Errorf("%w: %w", journal.ErrAgain, err)
	}
	switch e.Code[:2] {
	case classDataException, classConstraint, classProgramLimit:
		return fmt.Errorf("%w: %w", journal.ErrData, err)
	case classRollback, classIntervention, classConnection:
		return fmt.Errorf("%w: %w", journal.ErrAgain, err)
	}
	return err
}

// errOther is wrapped by refusals of this package's own.
var errOther = errors.New("the log is not as it was left")
