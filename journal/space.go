package journal

import (
	"context"
	"fmt"
)

// lookAtSpace refuses receipts when space is short, and tells whether delivered
// history should go before its time.
func (j *Journal) lookAtSpace(ctx context.Context, syncs *int64) (short bool, err error) {
	space, err := j.engine.Space(ctx)
	if err != nil {
		return false, err
	}
	if f := j.o.Observer.Space; f != nil {
		f(space.Used, space.Free)
	}
	if f := j.o.Observer.Synced; f != nil {
		f(int(space.Syncs - *syncs))
	}
	*syncs = space.Syncs
	tooBig := j.o.MaxSize > 0 && space.Receipts > j.o.MaxSize
	switch {
	case space.Free < j.o.MinFree:
		j.health.setFull(fmt.Errorf("%w: %s are free, %s are to be left free", ErrFull, octets(space.Free), octets(j.o.MinFree)))
	case tooBig && (j.pruner.spent || !j.prunable()): // what was taken since does not count: the rest is needed
		j.health.setFull(fmt.Errorf("%w: the receipts take %s of %s, and none can be removed yet", ErrFull, octets(space.Receipts), octets(j.o.MaxSize)))
	default:
		j.health.setFull(nil)
	}
	return tooBig || space.Free < j.o.MinFree+j.o.MinFree/4, nil
}

// octets writes a size in the unit in which it is not nought.
func octets(n int64) string {
	const kib, mib = 1 << 10, 1 << 20
	switch {
	case n >= 10*mib:
		return fmt.Sprintf("%d MiB", n/mib)
	case n >= kib:
		return fmt.Sprintf("%d KiB", n/kib)
	}
	return fmt.Sprintf("%d octets", n)
}
