package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	driver "modernc.org/sqlite"

	"github.com/dlrgate/dlrgate/journal"
)

// backupPages is how many pages one step of a backup copies: about 1 ms.
const backupPages = 64

// backup is the copy that is being made, if any. Its steps and its end run on the
// writer's connection, between writes: SQLite then carries later writes into what
// is copied already, so that the copy is the log of the moment when it ends, and
// no read transaction is held meanwhile.
type backup struct {
	mu      sync.Mutex
	name    string
	done    chan error // not nil while a backup is wanted
	gaveUp  error      // why nobody wants it any more
	running *driver.Backup
}

// Backup writes the log into DIR/journal.db: first page by page beside the
// writes, then without the pages and gaps in which deleted receipts may still
// stand. The search projection is not copied: it is rebuilt from the log.
// A copy that does not hold what the log held is no backup, and is removed.
func (e *Engine) Backup(ctx context.Context, dir string) (journal.Backup, error) {
	done := journal.Backup{SchemaVersion: schemaVersion}
	dir, err := e.backupFolder(dir)
	if err != nil {
		return done, fmt.Errorf("backup: %w", err)
	}
	name := filepath.Join(dir, filepath.Base(e.logFile()))
	pages := name + ".pages"
	if err := newFiles(dir, name, pages); err != nil {
		return done, fmt.Errorf("backup: %w", err)
	}
	whole, err := e.contents(ctx)
	if err == nil {
		err = e.copyPages(ctx, pages)
	}
	if err == nil {
		err = compact(ctx, pages, name)
	}
	if err == nil {
		err = whole.heldBy(ctx, name)
	}
	err = errors.Join(err, os.Remove(pages))
	if err == nil {
		err = syncFile(dir) // the name of the new file
	}
	if err != nil {
		_ = os.Remove(name) // half a copy must not be taken for a backup
		return done, fmt.Errorf("backup to %q: %w", name, err)
	}
	return done, nil
}

// newFiles makes empty files in a folder of ours, which it makes, too; none of
// them may be there.
func newFiles(dir string, names ...string) error {
	if err := ownFolder(dir); err != nil {
		return err
	}
	for _, name := range names {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%q is there already: choose an empty folder, or one that is not there yet", name)
		}
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// copyPages waits until the writer has copied the log.
func (e *Engine) copyPages(ctx context.Context, name string) error {
	done, err := e.backup.start(name)
	if err != nil {
		return err
	}
	select {
	case err = <-done:
	case <-ctx.Done():
		e.backup.giveUp(ctx.Err())
		err = <-done // of the next step, or of the engine's end
	}
	return err
}

// compact writes what a database holds, and nothing else, into an empty file.
func compact(ctx context.Context, from, to string) error {
	db, err := openDB(from, "journal_mode(DELETE)")
	if err != nil {
		return err
	}
	if _, err = db.ExecContext(ctx, `VACUUM INTO ?`, fileName(to, nil)); err == nil {
		err = syncFile(to) // SQLite does not
	}
	return errors.Join(err, db.Close())
}

func (b *backup) start(name string) (<-chan error, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done != nil {
		return nil, errors.New("another backup is running")
	}
	b.name, b.done, b.gaveUp = name, make(chan error, 1), nil
	return b.done, nil
}

// giveUp has the next step end the backup: the connection is the writer's.
func (b *backup) giveUp(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gaveUp = why
}

// step copies some pages and tells whether there is more to do.
func (b *backup) step(ctx context.Context, e *Engine) (more bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done == nil {
		return false
	}
	err := cmp.Or(b.gaveUp, ctx.Err())
	if err == nil && b.running == nil {
		err = e.w.conn.Raw(func(c any) (err error) {
			b.running, err = c.(interface {
				NewBackup(string) (*driver.Backup, error)
			}).NewBackup(fileName(b.name, url.Values{"mode": {"rw"}}))
			return err
		})
	}
	if err == nil {
		if more, err = b.running.Step(backupPages); more && err == nil {
			return true
		}
	}
	b.finish(err)
	return false
}

// end ends a running backup; the writer's goroutine calls it, or who has waited
// for its end.
func (b *backup) end(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish(why)
}

func (b *backup) finish(err error) {
	if b.running != nil {
		err = errors.Join(err, b.running.Finish())
	}
	if b.done != nil {
		b.done <- err
	}
	b.running, b.done = nil, nil
}

// syncFile makes a file, or the names in a folder, durable.
func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
