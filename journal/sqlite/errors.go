package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/dlrgate/dlrgate/journal"
)

// primary returns the primary result code of an SQLite error, 0 for another.
func primary(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// classify joins what SQLite says of a failed write to the journal's errors.
func classify(err error) error {
	switch primary(err) {
	case codes.SQLITE_FULL:
		return fmt.Errorf("%w: %w", journal.ErrFull, err)
	case codes.SQLITE_TOOBIG, codes.SQLITE_CONSTRAINT, codes.SQLITE_MISMATCH, codes.SQLITE_RANGE:
		return fmt.Errorf("%w: %w", journal.ErrData, err)
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", journal.ErrAgain, err)
	}
	return err
}

// damaged tells whether a file does not hold what it should.
func damaged(err error) bool {
	switch primary(err) {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB, codes.SQLITE_ERROR:
		return true
	}
	return false
}

// harmless tells whether the writer's handle can be used after the error.
func harmless(err error) bool {
	return err == nil || errors.Is(err, journal.ErrData) || errors.Is(err, journal.ErrAgain) ||
		errors.Is(err, journal.ErrFenced)
}
