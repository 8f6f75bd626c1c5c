package forward

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/dlrgate/dlrgate/journal"
)

// maxTried bounds the values of a row of which it is not known whether they were
// stored.
const maxTried = 8

// row is one durable value that other gateways may change, too.
type row struct {
	kind, name string
	stored     []byte // as it was read, or written last; nil: it is not there
	// tried are what may be stored in its place: their writes failed, and may have
	// been done.
	tried [][]byte
}

// put changes the value, nil removes it; journal.ErrStale: another gateway has
// changed it.
func (r *row) put(ctx context.Context, log memory, value []byte) error {
	err := log.Swap(ctx, journal.Swap{Kind: r.kind, Name: r.name, Was: r.stored, Value: value})
	for i := len(r.tried) - 1; i >= 0 && errors.Is(err, journal.ErrStale); i-- {
		err = log.Swap(ctx, journal.Swap{Kind: r.kind, Name: r.name, Was: r.tried[i], Value: value})
	}
	switch {
	case err == nil:
		r.stored, r.tried = value, nil
	case errors.Is(err, journal.ErrStale), errors.Is(err, journal.ErrFenced), value == nil:
	case !slices.ContainsFunc(r.tried, func(t []byte) bool { return bytes.Equal(t, value) }):
		r.tried = append(r.tried[max(0, len(r.tried)+1-maxTried):], value)
	}
	return err
}
