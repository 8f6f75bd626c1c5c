package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/journal"
)

// index is the search projection: files of their own, one a day, so that they
// never share a commit with the log and old days go by unlink.
// Anything wrong with a file removes it; what it covered is then indexed again.
type index struct {
	indexOptions

	mu    sync.RWMutex
	files []*indexFile // by name, so by day
	last  *indexFile   // the one written to last
}

type indexOptions struct {
	dir   string
	logID []byte
	last  map[journal.Stream]journal.Position // the ends of the log's streams
	rows  int                                 // see Options.SearchRows
	log   *zap.Logger
}

func openIndex(ctx context.Context, o indexOptions) (*index, error) {
	x := &index{indexOptions: o}
	names, err := namesIn(o.dir, "search-*.db")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f, err := openIndexFile(ctx, name, o)
		if err == nil {
			if err = f.notBeyond(o.last); err != nil {
				err = errors.Join(err, f.close())
			}
		}
		if err != nil {
			x.log.Warn("search file is indexed again", zap.String("file", name), zap.Error(err))
			if err := removeIndexFile(name); err != nil {
				return nil, errors.Join(err, x.close())
			}
			continue
		}
		x.files = append(x.files, f)
	}
	return x, nil
}

// Indexed returns how far the files cover the stream without a gap.
func (x *index) Indexed(_ context.Context, first journal.Position) (journal.Position, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	upto := first
	if first.Seq() > 0 {
		upto--
	}
	for grew := true; grew; {
		grew = false
		for _, f := range x.files {
			if c := f.covers(first.Stream()); c.after <= upto && c.upto > upto {
				upto, grew = c.upto, true
			}
		}
	}
	return upto, nil
}

// Add stores the batch in the file of its day.
func (x *index) Add(ctx context.Context, b journal.IndexBatch) error {
	f, before, err := x.file(ctx, b.At)
	if err != nil {
		return err
	}
	if before != nil && before != f {
		// What the next file covers follows what this one holds: it must not be
		// the more durable one.
		if err := before.flush(ctx); err != nil {
			return x.drop(before, err)
		}
	}
	if err := f.add(ctx, b); err != nil {
		return x.drop(f, err)
	}
	return nil
}

// file returns the file of the day, which it makes when it is missing, and the
// one written to before.
func (x *index) file(ctx context.Context, at time.Time) (f, before *indexFile, err error) {
	name := filepath.Join(x.dir, "search-"+at.UTC().Format(time.DateOnly)+".db")
	x.mu.Lock()
	defer x.mu.Unlock()
	i, found := slices.BinarySearchFunc(x.files, name, func(f *indexFile, name string) int { return cmp.Compare(f.name, name) })
	if !found {
		f, err := openIndexFile(ctx, name, x.indexOptions)
		if err != nil {
			return nil, nil, errors.Join(err, removeIndexFile(name))
		}
		x.files = slices.Insert(x.files, i, f)
	}
	before, x.last = x.last, x.files[i]
	return x.last, before, nil
}

// Find looks through the files that cover the span, newest first.
func (x *index) Find(ctx context.Context, q journal.IndexQuery) ([]journal.Position, error) {
	var found []journal.Position
	for _, f := range x.all() {
		if c := f.covers(q.Upto.Stream()); c.upto <= q.After || c.after >= q.Upto {
			continue
		}
		some, err := f.find(ctx, q)
		if err != nil {
			return nil, x.drop(f, err)
		}
		found = append(found, some...)
	}
	h := hits{IndexQuery: q, found: found}
	h.cut()
	return h.found, nil
}

func (x *index) all() []*indexFile {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Clone(x.files)
}

// Trim removes the files of which no stream keeps a receipt.
func (x *index) Trim(_ context.Context, first map[journal.Stream]journal.Position) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	var errs []error
	x.files = slices.DeleteFunc(x.files, func(f *indexFile) bool {
		if f == x.last || !f.before(first) {
			return false
		}
		errs = append(errs, f.close(), removeIndexFile(f.name))
		return true
	})
	return errors.Join(errs...)
}

// drop removes a file that is damaged and returns why. Another fault, a full
// disk for one, leaves it as it was before the transaction that failed.
func (x *index) drop(f *indexFile, why error) error {
	if !damaged(why) {
		return fmt.Errorf("search file %q: %w", f.name, why)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if !slices.Contains(x.files, f) {
		return why // dropped by another who met the fault
	}
	x.files = slices.DeleteFunc(x.files, func(o *indexFile) bool { return o == f })
	if x.last == f {
		x.last = nil
	}
	return errors.Join(fmt.Errorf("search file %q, to be indexed again: %w", f.name, why), f.close(), removeIndexFile(f.name))
}

func (x *index) size() (octets int64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, f := range x.files {
		octets += fileSize(f.name) + fileSize(f.name+"-wal")
	}
	return octets
}

// close makes runs of what waits in memory; what cannot be written is indexed
// again at the next start.
func (x *index) close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	var errs []error
	for _, f := range x.files {
		if err := f.flush(context.Background()); err != nil {
			x.log.Warn("the newest receipts will be indexed again", zap.String("file", f.name), zap.Error(err))
		}
		errs = append(errs, f.close())
	}
	x.files = nil
	return errors.Join(errs...)
}

func removeIndexFile(name string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(name + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
