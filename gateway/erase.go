package gateway

import (
	"bytes"
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
	found, err := d.receiptsOf(ctx, digitsOf(recipient))
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

// receiptsOf finds all that is stored of a number, digits alone.
func (d desk) receiptsOf(ctx context.Context, number string) (map[journal.Position]bool, error) {
	found := map[journal.Position]bool{}
	all := func(*journal.Entry) bool { return true }
	err := d.collect(ctx, journal.Query{Terms: recipientTerms(number)}, all, found)
	if err != nil {
		return nil, err
	}
	cfg, _, _ := d.running()
	for i := range cfg.Operators {
		o := &cfg.Operators[i]
		terms := otherTerms(number, o.Receipts.CountryCode)
		if len(terms) == 0 {
			continue
		}
		if err := d.collect(ctx, journal.Query{Operators: []string{o.Name}, Terms: terms}, all, found); err != nil {
			return nil, err
		}
	}
	unread := journal.Query{Terms: termsOf(termKind, []string{event.KindMalformed.String()})}
	return found, d.collect(ctx, unread, func(e *journal.Entry) bool { return mentions(e.Raw, number) }, found)
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

// mentions tells whether the digits stand in the octets, also as UTF-16.
func mentions(octets []byte, number string) bool {
	wide := make([]byte, 0, 2*len(number))
	for i := range len(number) {
		wide = append(wide, number[i], 0)
	}
	// Without its last octet it is found in either byte order.
	return bytes.Contains(octets, []byte(number)) || bytes.Contains(octets, wide[:len(wide)-1])
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
