package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
)

// scanPage is how many stored receipts are read at once when all are gone
// through.
const scanPage = 1000

// Replays lists what is being sent again or waits for its turn.
func (d desk) Replays(ctx context.Context) ([]admin.Replay, error) {
	_, _, endpoints := d.running()
	var all []admin.Replay
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		list, err := endpoints[name].forward.Replays(ctx)
		if err != nil {
			return nil, known(err)
		}
		for _, r := range list {
			all = append(all, admin.Replay{
				ID: r.ID, Endpoint: name, CreatedAt: utc(r.CreatedAt), Since: utc(r.Since), Until: utc(r.Until),
				Operator: r.Operator, Status: r.Status, Rate: r.Rate,
				Chosen: len(r.IDs) + len(r.Dead), Sent: r.Sent, Failed: r.Failed,
			})
		}
	}
	return all, nil
}

// StartReplay has stored receipts sent again, after all live ones.
func (d desk) StartReplay(ctx context.Context, o admin.ReplayOrder) (admin.Replay, error) {
	e, err := d.endpoint(o.Endpoint)
	if err != nil {
		return admin.Replay{}, err
	}
	if err := d.mustBeOperator(o.Operator); err != nil {
		return admin.Replay{}, err
	}
	out := admin.Replay{
		Endpoint: o.Endpoint, Since: utc(o.Since), Until: utc(o.Until), Operator: o.Operator, Status: o.Status,
		Rate: o.Rate, Chosen: len(o.IDs),
	}
	for _, id := range o.IDs {
		copies, err := d.g.journal.ByID(ctx, id)
		if err != nil {
			return out, known(err)
		}
		if len(copies) == 0 {
			if _, err := d.elsewhere(""); err != nil {
				return out, fmt.Errorf("receipt %q: %w", id, err)
			}
		}
		if len(copies) == 0 || !copies[0].Forward {
			return out, fmt.Errorf("receipt %q: %w, or nothing that goes to webhooks; nothing is replayed", id, admin.ErrNotFound)
		}
	}
	if o.DryRun {
		if len(o.IDs) == 0 {
			out.Chosen, err = d.countReplay(ctx, o)
		}
		return out, known(err)
	}
	out.ID, err = e.Replay(ctx, forward.Replay{
		IDs: o.IDs, Since: o.Since, Until: o.Until, Operator: o.Operator, Status: o.Status, Rate: o.Rate,
	})
	out.CreatedAt = time.Now().UTC()
	return out, known(err)
}

// countReplay counts what a replay would send: no duplicates, and what the
// endpoint's filter wants.
func (d desk) countReplay(ctx context.Context, o admin.ReplayOrder) (int, error) {
	cfg, _, _ := d.running()
	i := slices.IndexFunc(cfg.Endpoints, func(e config.Endpoint) bool { return e.Name == o.Endpoint })
	n := 0
	err := d.scan(ctx, scope{since: o.Since, until: o.Until, operator: o.Operator}, func(e *journal.Entry, s *event.Summary) error {
		if !s.Duplicate && (o.Status == "" || s.Status.String() == o.Status) && wants(&cfg.Endpoints[i], e) {
			n++
		}
		return nil
	})
	return n, err
}

// scope is which stored receipts to go through.
type scope struct {
	since, until time.Time
	operator     string // "" is all
}

// scan calls fn with every stored receipt that goes to webhooks, newest first.
func (d desk) scan(ctx context.Context, in scope, fn func(*journal.Entry, *event.Summary) error) error {
	if _, err := d.elsewhere(in.operator); err != nil {
		return err
	}
	q := journal.Query{Since: in.since, Until: in.until, Limit: scanPage}
	if in.operator != "" {
		q.Operators = []string{in.operator}
	}
	for {
		page, err := d.g.journal.Search(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if s, err := event.DecodeSummary(e.Meta); err == nil && e.Forward {
				if err := fn(e, &s); err != nil {
					return err
				}
			}
		}
		if page.Next == "" {
			return nil
		}
		q.Cursor = page.Next
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// CancelReplay ends a replay; what was sent stays sent.
func (d desk) CancelReplay(ctx context.Context, id string) error {
	_, _, endpoints := d.running()
	for name, e := range endpoints {
		if strings.HasPrefix(id, name+"-") {
			if err := e.forward.CancelReplay(ctx, id); !errors.Is(err, forward.ErrNoReplay) {
				return known(err)
			}
		}
	}
	return fmt.Errorf("replay %q: %w: it may have ended; dlrgate replay list", id, admin.ErrNotFound)
}
