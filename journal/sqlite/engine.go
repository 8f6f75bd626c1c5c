package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"
	driver "modernc.org/sqlite"

	"github.com/dlrgate/dlrgate/journal"
)

// testSyncOff names the variable that switches syncs off, so that the test of
// the promise "answered means synced" can be shown to fail.
const testSyncOff = "DLRGATE_TEST_SYNCHRONOUS_OFF"

// maxPages is SQLite's own bound.
const maxPages = 1 << 31

// Options says where and how the files are kept.
type Options struct {
	// Dir is the journal's folder; it is made with mode 0700 when it is missing.
	Dir string
	// BackupDir is the folder below which backups go; empty: `backups` beside Dir.
	BackupDir string
	Log       *zap.Logger // nil: silent
	// SearchRows is how many rows of the search projection, 16 octets each, wait
	// in memory before they are written; after a crash they are indexed again.
	// 0: 131,072, some 40,000 receipts.
	SearchRows int
}

// searchRows makes a write of 2 MB, which takes some 50 ms.
const searchRows = 1 << 17

// Engine keeps the journal in SQLite. See journal.Engine for its methods.
type Engine struct {
	dir       string
	backupDir string
	log       *zap.Logger
	lock      *os.File
	logID     []byte
	index     *index
	syncs     atomic.Int64
	// maxPages bounds the log's file; only tests do, to make a disk full.
	maxPages atomic.Int64

	// read serves the reads; it is replaced when the writer is.
	mu   sync.RWMutex
	read *sql.DB

	// What follows belongs to the one goroutine that writes.
	w      *writer
	epochs map[journal.Stream]uint64 // of the streams that are owned here
	backup backup
}

var _ journal.Engine = (*Engine)(nil)

// Open opens the journal's files and locks the folder; a second process gets
// an error that names the first one's pid. The caller closes the engine, or
// gives it to a Journal, which does.
func Open(ctx context.Context, o Options) (_ *Engine, err error) {
	e := &Engine{
		dir: o.Dir, backupDir: cmp.Or(o.BackupDir, filepath.Join(filepath.Dir(filepath.Clean(o.Dir)), "backups")),
		log: o.Log, epochs: map[journal.Stream]uint64{},
	}
	e.maxPages.Store(maxPages)
	if e.log == nil {
		e.log = zap.NewNop()
	}
	if err := errors.Join(ownFolder(o.Dir), ownFiles(o.Dir)); err != nil {
		return nil, fmt.Errorf("journal folder: %w", err)
	}
	if e.lock, err = lockFile(filepath.Join(o.Dir, "lock")); err != nil {
		return nil, fmt.Errorf("journal folder %q: %w", o.Dir, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("journal folder %q: %w", o.Dir, err), e.Close())
		}
	}()
	// Commits wait for half as long: a commit changes the WAL's octets and
	// perhaps its size, and fdatasync covers both. Where the system has none,
	// fsync stays.
	_, _ = driver.Fdatasync(true)
	if err := e.openLog(ctx); err != nil {
		return nil, err
	}
	last, err := e.w.ends(ctx)
	if err != nil {
		return nil, err
	}
	e.index, err = openIndex(ctx, indexOptions{
		dir: o.Dir, logID: e.logID, last: last, log: e.log, rows: cmp.Or(o.SearchRows, searchRows),
	})
	return e, err
}

// logFile is the file of the log and of all that is durable.
func (e *Engine) logFile() string { return filepath.Join(e.dir, "journal.db") }

// openLog opens the writer, brings the schema up to date and opens the readers.
func (e *Engine) openLog(ctx context.Context) error {
	if err := touch(e.logFile()); err != nil {
		return err
	}
	sync := "FULL"
	if os.Getenv(testSyncOff) != "" {
		sync = "OFF"
		e.log.Warn("synchronous is off: receipts can be lost", zap.String("because", testSyncOff))
	}
	db, err := openDB(e.logFile(), "journal_mode(WAL)", "synchronous("+sync+")", "wal_autocheckpoint(0)", "busy_timeout(100)",
		"secure_delete(FAST)", // zeros over what is deleted, on pages that are written anyway
		fmt.Sprintf("max_page_count(%d)", e.maxPages.Load()))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if e.logID, err = migrate(ctx, db); err != nil {
		return errors.Join(err, db.Close())
	}
	if e.w, err = newWriter(ctx, db, sync == "OFF"); err != nil {
		return errors.Join(err, db.Close())
	}
	read, err := openDB(e.logFile(), "query_only(1)", "busy_timeout(1000)")
	if err != nil {
		return errors.Join(err, e.closeLog())
	}
	read.SetMaxOpenConns(4)
	read.SetMaxIdleConns(4)
	e.mu.Lock()
	e.read = read
	e.mu.Unlock()
	return nil
}

// closeLog closes what openLog opened.
func (e *Engine) closeLog() error {
	e.mu.Lock()
	read := e.read
	e.read = nil
	e.mu.Unlock()
	var err error
	if read != nil {
		err = read.Close()
	}
	if e.w != nil {
		err = errors.Join(err, e.w.close())
		e.w = nil
	}
	return err
}

// Index returns the search projection.
func (e *Engine) Index() journal.Index { return e.index }

// Close closes the files and releases the lock.
func (e *Engine) Close() error {
	e.backup.end(journal.ErrClosed)
	var err error
	if e.index != nil {
		err = e.index.close()
	}
	err = errors.Join(err, e.closeLog())
	if e.lock != nil {
		err = errors.Join(err, e.lock.Close())
		e.lock = nil
	}
	return err
}

// reader returns the connections for reads.
func (e *Engine) reader() (*sql.DB, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.read == nil {
		return nil, journal.ErrRefused
	}
	return e.read, nil
}

// touch makes the file with mode 0600; SQLite gives its WAL the same mode.
func touch(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}
