package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/journal"
)

// stateDropped is the kind of durable state that holds what of an endpoint's
// deliveries was dropped: the journal itself knows only that the endpoint has
// passed them.
func stateDropped(endpoint string) string { return "dropped/" + endpoint }

// droppedKept is how many ranges are remembered of one endpoint, the newest.
const droppedKept = 1000

// dropped is a range of one stream that an endpoint will never get.
type dropped struct {
	From   journal.Position `json:"from"`
	To     journal.Position `json:"to"`
	At     time.Time        `json:"at"`
	Class  string           `json:"class"`
	Reason string           `json:"reason"` // it became a dead letter
}

func (x *dropped) name() string { return fmt.Sprintf("%d-%d", x.From, x.To) }

// rememberDropped notes dead letters of an endpoint before they are dropped;
// neighbours are noted as one.
func (d desk) rememberDropped(ctx context.Context, endpoint string, letters []journal.Dead) error {
	slices.SortFunc(letters, func(a, b journal.Dead) int { return cmp.Compare(a.From, b.From) })
	now := time.Now().UTC()
	var ranges []dropped
	for _, x := range letters {
		if n := len(ranges); n > 0 && ranges[n-1].To+1 == x.From && ranges[n-1].Class == x.Class && ranges[n-1].Reason == x.Reason {
			ranges[n-1].To = x.To
			continue
		}
		ranges = append(ranges, dropped{x.From, x.To, now, x.Class, x.Reason})
	}
	before, err := d.dropped(ctx, endpoint)
	if err != nil {
		return err
	}
	var changes []journal.StateValue
	for over := len(before) + len(ranges) - droppedKept; over > 0 && len(before) > 0; over-- {
		changes = append(changes, journal.StateValue{Kind: stateDropped(endpoint), Name: before[0].name()})
		before = before[1:]
	}
	for _, x := range ranges[max(0, len(ranges)-droppedKept):] {
		raw, err := json.Marshal(x)
		if err != nil {
			return err
		}
		changes = append(changes, journal.StateValue{Kind: stateDropped(endpoint), Name: x.name(), Value: raw})
	}
	return d.g.journal.PutStates(ctx, changes)
}

// dropped returns what is remembered of an endpoint, oldest first.
func (d desk) dropped(ctx context.Context, endpoint string) ([]dropped, error) {
	stored, err := d.g.journal.State(ctx, stateDropped(endpoint))
	if err != nil {
		return nil, err
	}
	var all []dropped
	for name, raw := range stored {
		var one dropped
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, fmt.Errorf("what endpoint %q will not get, %s: %w", endpoint, name, err)
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b dropped) int { return a.At.Compare(b.At) })
	return all, nil
}

// tellDropped corrects a delivery that the endpoint has passed without taking it.
func (d desk) tellDropped(ctx context.Context, p journal.Position, out *admin.Delivery) error {
	all, err := d.dropped(ctx, out.Endpoint)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.From <= p && p <= x.To {
			out.State, out.After, out.Until = "dropped", time.Time{}, time.Time{}
			out.Since, out.Class, out.LastError = x.At, x.Class, x.Reason
		}
	}
	return nil
}

// forgetDropped removes what is remembered of an endpoint.
func (d desk) forgetDropped(ctx context.Context, endpoint string) error {
	all, err := d.dropped(ctx, endpoint)
	if err != nil || len(all) == 0 {
		return err
	}
	changes := make([]journal.StateValue, len(all))
	for i := range all {
		changes[i] = journal.StateValue{Kind: stateDropped(endpoint), Name: all[i].name()}
	}
	return d.g.journal.PutStates(ctx, changes)
}
