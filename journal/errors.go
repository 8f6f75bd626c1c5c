package journal

import "errors"

// What the journal's methods, and a Draft's Done, answer with.
var (
	// ErrFull: too little space is left to store receipts; cursors, parked and
	// dead deliveries are still written.
	ErrFull = errors.New("journal: no space left for receipts")
	// ErrRefused: receipts cannot be stored now; the same one may come again.
	ErrRefused = errors.New("journal: cannot store now")
	// ErrClosed: Close was called.
	ErrClosed = errors.New("journal: closed")
	// ErrFenced: another process owns the stream, or has taken over from this one;
	// nothing was changed.
	ErrFenced = errors.New("journal: stream is owned by another process")
	// ErrStale: another process has changed the value meanwhile; read it again.
	ErrStale = errors.New("journal: value was changed by another process")
	// ErrNoStream: the operator's stream is not owned here (see SetOperators).
	ErrNoStream = errors.New("journal: operator has no stream here")
	// ErrBackupFolder: a backup was to go where the configuration lets none go.
	ErrBackupFolder = errors.New("backups go only below journal.backup_dir")
	// ErrNotFound: no such entry, dead letter or endpoint.
	ErrNotFound = errors.New("journal: not found")
)

// What an Engine's Write answers with, besides ErrFull and ErrFenced.
var (
	// ErrData: the batch was refused for what a row of it holds; nothing of it
	// is stored and it never will be.
	ErrData = errors.New("journal: a row was refused for its data")
	// ErrAgain: the batch was not stored, or whether it was is not known; the
	// same batch, with the same positions, is to be written again.
	ErrAgain = errors.New("journal: outcome unknown, write again")
)
