package sqlite

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/dlrgate/dlrgate/journal"
)

const (
	// checkpointAfter is how many octets the WAL takes before it is copied into the file; smaller
	// would sync more often, larger would stall commits for longer.
	checkpointAfter = 8 << 20
	// truncateAbove is the size of a WAL file that is cut once all of it is
	// copied: a reader has kept it from being used again from its start.
	truncateAbove = 64 << 20
	// checkpointSyncs is how often a checkpoint syncs: the WAL, then the file.
	checkpointSyncs = 2
)

// Tend copies the WAL into the file when enough has been written, and makes a
// step of a running backup.
func (e *Engine) Tend(ctx context.Context) (more bool, err error) {
	if e.w == nil || e.w.broken {
		return false, nil
	}
	if e.w.grown >= checkpointAfter {
		how := "PASSIVE"
		if fileSize(e.logFile()+"-wal") > truncateAbove {
			how = "TRUNCATE"
		}
		if err := e.checkpoint(ctx, how); err != nil {
			return false, err
		}
	}
	if err := e.scrubLog(ctx); err != nil {
		return false, err
	}
	return e.backup.step(ctx, e), nil
}

func (e *Engine) checkpoint(ctx context.Context, how string) error {
	var busy, frames, copied int
	err := e.w.conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(`+how+`)`).Scan(&busy, &frames, &copied)
	if err != nil {
		if err = classify(err); !harmless(err) {
			e.w.broken = true
		}
		return err
	}
	e.syncs.Add(checkpointSyncs)
	e.w.grown = 0
	e.w.scrub = e.w.scrub && (how != "TRUNCATE" || busy != 0)
	return nil
}

// Space returns the files' use of the disk. Pages that pruning has freed are
// used again by later receipts, so they count as free.
func (e *Engine) Space(ctx context.Context) (journal.Space, error) {
	db, err := e.reader()
	if err != nil {
		return journal.Space{}, err
	}
	var pages, unused, size int64
	err = errors.Join(
		db.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages),
		db.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&unused),
		db.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&size))
	if err != nil {
		return journal.Space{}, err
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(e.dir, &disk); err != nil {
		return journal.Space{}, err
	}
	return journal.Space{
		Used:     (pages-unused)*size + fileSize(e.logFile()+"-wal") + e.index.size(),
		Receipts: (pages - unused) * size,
		Free:     int64(disk.Bavail)*int64(disk.Bsize) + unused*size, //nolint:unconvert // other systems have other types
		Syncs:    e.syncs.Load(),
	}, nil
}

// fileSize is 0 for a file that is not there.
func fileSize(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}
