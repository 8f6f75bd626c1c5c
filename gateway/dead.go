package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/journal"
)

// deadPage is how many dead letters are read at once.
const deadPage = 1000

// DeadLetters lists dead letters, oldest first.
func (d desk) DeadLetters(ctx context.Context, q admin.DeadQuery) (admin.DeadPage, error) {
	if err := d.knowsEndpoint(ctx, q.Endpoint); errors.Is(err, admin.ErrNotFound) {
		return admin.DeadPage{}, fmt.Errorf("%w: %w", admin.ErrInvalid, err)
	}
	found, err := d.g.journal.ListDead(ctx, q.Endpoint, q.After, q.Limit)
	if err != nil {
		return admin.DeadPage{}, known(err)
	}
	var page admin.DeadPage
	operators := d.g.journal.Operators()
	for _, x := range found {
		letter := admin.DeadLetter{
			ID: x.ID, Endpoint: x.Endpoint, Class: x.Class, Operator: operators[x.From.Stream()],
			From: x.From.Seq(), To: x.To.Seq(), Count: x.Count, At: x.At.UTC(), Reason: x.Reason,
		}
		if x.From == x.To {
			e, err := d.g.journal.Get(ctx, x.From)
			if err != nil && !errors.Is(err, journal.ErrNotFound) {
				return admin.DeadPage{}, known(err)
			}
			if err == nil {
				letter.ReceiptID = e.ID
			}
		}
		page.Letters = append(page.Letters, letter)
	}
	if len(found) == q.Limit {
		page.Next = found[len(found)-1].ID
	}
	return page, nil
}

// CountDead says what a retry or a drop would touch.
func (d desk) CountDead(ctx context.Context, c admin.DeadChoice) (admin.DeadCount, error) {
	_, count, err := d.choose(ctx, c)
	return count, err
}

// RetryDead sends dead letters again, as one replay an endpoint.
func (d desk) RetryDead(ctx context.Context, c admin.DeadChoice) (admin.DeadCount, error) {
	chosen, count, err := d.choose(ctx, c)
	if err != nil {
		return count, err
	}
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		e, err := d.endpoint(name)
		if err != nil {
			return count, fmt.Errorf("%w; the dead letters of an endpoint that is not configured can only be dropped", err)
		}
		id, err := e.RetryDead(ctx, idsOf(chosen[name]))
		if err != nil {
			return count, known(err)
		}
		count.Replays = append(count.Replays, id)
	}
	return count, nil
}

// DropDead forgets dead letters.
func (d desk) DropDead(ctx context.Context, c admin.DeadChoice) (admin.DeadCount, error) {
	chosen, count, err := d.choose(ctx, c)
	if err != nil {
		return count, err
	}
	for name, letters := range chosen {
		drop := d.g.journal.DropDead
		if e, err := d.endpoint(name); err == nil {
			drop = e.DropDead
		}
		if err := d.rememberDropped(ctx, name, letters); err != nil {
			return count, known(err)
		}
		if _, err := drop(ctx, idsOf(letters)); err != nil {
			return count, known(err)
		}
	}
	return count, nil
}

func idsOf(letters []journal.Dead) []int64 {
	ids := make([]int64, len(letters))
	for i := range letters {
		ids[i] = letters[i].ID
	}
	return ids
}

// choose finds the dead letters by endpoint.
func (d desk) choose(ctx context.Context, c admin.DeadChoice) (map[string][]journal.Dead, admin.DeadCount, error) {
	chosen, count := map[string][]journal.Dead{}, admin.DeadCount{}
	add := func(x journal.Dead) {
		chosen[x.Endpoint] = append(chosen[x.Endpoint], x)
		count.Letters++
		count.Deliveries += x.Count
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(c.IDs))) {
		x, err := d.g.journal.GetDead(ctx, id)
		if errors.Is(err, journal.ErrNotFound) {
			return nil, count, fmt.Errorf("dead letter %d: %w: it may have been retried, dropped or erased; dlrgate dead list", id, admin.ErrNotFound)
		}
		if err != nil {
			return nil, count, fmt.Errorf("dead letter %d: %w", id, known(err))
		}
		add(x)
	}
	if len(c.Receipts) > 0 {
		letters, err := d.deadOf(ctx, c)
		if err != nil {
			return nil, count, err
		}
		for _, x := range letters {
			add(x)
		}
	}
	if len(c.IDs)+len(c.Receipts) > 0 {
		return chosen, count, nil
	}
	if err := d.knowsEndpoint(ctx, c.Endpoint); err != nil {
		return nil, count, err
	}
	return chosen, count, d.eachDead(ctx, c.Endpoint, add)
}

// eachDead goes through the dead letters of an endpoint, "" for all, oldest first.
func (d desk) eachDead(ctx context.Context, endpoint string, do func(journal.Dead)) error {
	for after := int64(0); ; {
		found, err := d.g.journal.ListDead(ctx, endpoint, after, deadPage)
		if err != nil {
			return known(err)
		}
		for _, x := range found {
			do(x)
			after = x.ID
		}
		if len(found) < deadPage {
			return nil
		}
	}
}

// deadOf finds the dead letters of single receipts, but those that c names by
// their own ids too. It is an error when a receipt has none.
func (d desk) deadOf(ctx context.Context, c admin.DeadChoice) ([]journal.Dead, error) {
	of := map[journal.Position]string{}
	for _, id := range c.Receipts {
		copies, err := d.g.journal.ByID(ctx, id)
		if err != nil {
			return nil, known(err)
		}
		for _, e := range copies {
			of[e.Position] = id
		}
	}
	var letters []journal.Dead
	found := map[string]bool{}
	err := d.eachDead(ctx, "", func(x journal.Dead) {
		id, ok := of[x.From]
		if !ok || x.From != x.To {
			return
		}
		found[id] = true
		if !slices.Contains(c.IDs, x.ID) {
			letters = append(letters, x)
		}
	})
	for _, id := range c.Receipts {
		if err == nil && !found[id] {
			err = fmt.Errorf("receipt %q: %w among the dead letters of single receipts; dlrgate dead list", id, admin.ErrNotFound)
		}
	}
	return letters, err
}

// knowsEndpoint checks the name of an endpoint that runs or has left something
// behind; "" is all.
func (d desk) knowsEndpoint(ctx context.Context, name string) error {
	_, _, endpoints := d.running()
	if name == "" || endpoints[name] != nil {
		return nil
	}
	removed, err := d.removed(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(removed, name) {
		return nil
	}
	return unknown("endpoint", name, append(slices.Collect(maps.Keys(endpoints)), removed...))
}
