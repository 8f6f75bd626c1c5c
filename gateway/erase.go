package gateway

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
)

// erasePage is how many receipts are looked for at once.
const erasePage = 1000

// Erase removes the receipts of a recipient, in whatever form the operators
// wrote the number, and the frames that nobody could read in which it stands.
// Receipts of others that mention the number in their text stay.
func (d desk) Erase(ctx context.Context, recipient string, now bool) (admin.Erasure, error) {
	absent, err := d.elsewhere("")
	if err != nil {
		return admin.Erasure{}, err
	}
	found, err := d.receiptsOf(ctx, recipient)
	if err != nil {
		return admin.Erasure{}, known(err)
	}
	ps := slices.Collect(maps.Keys(found))
	result, err := d.g.journal.Erase(ctx, ps, now)
	if !now {
		ps = nil // the endpoints count anew what is dead
	}
	if err == nil {
		err = d.dropEverywhere(ctx, ps)
	}
	d.g.log.Info("erased the receipts of a recipient", zap.Int("receipts", result.Erased), zap.Int("waiting", result.Waiting))
	return admin.Erasure{Erased: result.Erased, Waiting: result.Waiting, Standby: absent}, known(err)
}

// receiptsOf finds all that is stored of a number.
func (d desk) receiptsOf(ctx context.Context, number string) (map[journal.Position]bool, error) {
	found := map[journal.Position]bool{}
	numbers := d.numbersAt(number)
	for operator, keys := range numbers {
		q := journal.Query{Terms: recipientTerms(keys)}
		if operator != "" {
			q.Operators = []string{operator}
		}
		if err := d.collect(ctx, q, func(*journal.Entry) bool { return true }, found); err != nil {
			return nil, err
		}
	}
	operators := d.g.journal.Operators()
	unread := journal.Query{Terms: termsOf(termKind, []string{event.KindMalformed.String()})}
	return found, d.collect(ctx, unread, func(e *journal.Entry) bool {
		return names(e, slices.Concat(numbers[""], numbers[operators[e.Position.Stream()]]))
	}, found)
}

// collect adds what the query finds and is wanted.
func (d desk) collect(ctx context.Context, q journal.Query, wanted func(*journal.Entry) bool, found map[journal.Position]bool) error {
	q.Limit = erasePage
	for {
		page, err := d.g.journal.Search(ctx, q)
		if err != nil {
			return err
		}
		if page.Unsearched > 0 {
			return fmt.Errorf("%w: %d receipts are not indexed yet, so some could be overlooked; try again when dlrgate_search_lag_receipts is low",
				admin.ErrUnavailable, page.Unsearched)
		}
		for _, e := range page.Entries {
			if wanted(e) {
				found[e.Position] = true
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
}

// dropEverywhere has the running endpoints let go of what they had read already,
// and count what is parked and dead.
func (d desk) dropEverywhere(ctx context.Context, ps []journal.Position) error {
	_, _, endpoints := d.running()
	for _, e := range endpoints {
		if err := e.forward.Drop(ctx, ps); err != nil {
			return err
		}
	}
	return nil
}
