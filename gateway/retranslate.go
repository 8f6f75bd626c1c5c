package gateway

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
)

// changesShown is how many changed receipts are told one by one.
const changesShown = 200

// retranslation counts what stored receipts become by other rules.
type retranslation struct {
	rules  rules
	result admin.Retranslation
	totals map[admin.ChangeCount]int
}

// Retranslate reads stored receipts by the rules of another configuration and
// says what would change. With Send a replay translates them once more and sends
// those that change, oldest first: what is stored stays, and the new decision
// is added to the receipt's history.
func (d desk) Retranslate(ctx context.Context, o admin.RetranslateOrder) (admin.Retranslation, error) {
	var to *forward.Endpoint
	if o.Send {
		var err error
		if to, err = d.endpoint(o.Endpoint); err != nil {
			return admin.Retranslation{}, err
		}
	}
	cfg, err := readRules(ctx, o.Config)
	if err != nil {
		return admin.Retranslation{}, err
	}
	if o.Operator != "" {
		if _, err := operatorOf(cfg, o.Operator); err != nil {
			return admin.Retranslation{}, err
		}
	}
	t := &retranslation{
		totals: map[admin.ChangeCount]int{},
		result: admin.Retranslation{Totals: []admin.ChangeCount{}, Changes: []admin.Change{}, Replays: []string{}},
	}
	if t.rules, err = newRules(cfg); err != nil {
		return admin.Retranslation{}, err
	}
	if err := d.scan(ctx, scope{since: o.Since, operator: o.Operator}, t.look); err != nil {
		return admin.Retranslation{}, known(err)
	}
	t.sumUp()
	if !o.Send || t.result.Changed == 0 {
		return t.result, nil
	}
	kept, err := keepable(ctx, cfg)
	if err != nil {
		return t.result, err
	}
	id, err := to.Replay(ctx, forward.Replay{Since: o.Since, Operator: o.Operator, Rules: kept})
	t.result.Replays = append(t.result.Replays, id)
	return t.result, known(err)
}

// look reads one stored receipt anew.
func (t *retranslation) look(e *journal.Entry, s *event.Summary) error {
	if t.rules[s.Operator] == nil || s.Duplicate {
		return nil
	}
	t.result.Receipts++
	ev, err := t.rules.anew(e, s)
	if ev == nil || err != nil {
		return err
	}
	now := ev.Summary()
	t.result.Changed++
	t.totals[admin.ChangeCount{Operator: s.Operator, From: s.Status.String(), To: now.Status.String()}]++
	if len(t.result.Changes) < changesShown {
		_, decision := decisionOf(ev.AppendJSON(nil, e.Position.Seq(), s.Verdict))
		t.result.Changes = append(t.result.Changes, admin.Change{
			ID: s.ID, Operator: s.Operator, MessageID: s.MessageID, ReceivedAt: s.ReceivedAt, Stat: s.Stat, Err: s.Err,
			From: s.Status.String(), To: now.Status.String(), Decision: decision,
		})
	}
	return nil
}

// sumUp orders the totals, most frequent first.
func (t *retranslation) sumUp() {
	for c, n := range t.totals {
		c.Receipts = n
		t.result.Totals = append(t.result.Totals, c)
	}
	slices.SortFunc(t.result.Totals, func(a, b admin.ChangeCount) int {
		return cmp.Or(b.Receipts-a.Receipts, strings.Compare(a.Operator+a.From+a.To, b.Operator+b.From+b.To))
	})
}
