package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/explain"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// attemptsShown is how many failed attempts of one receipt are shown.
const attemptsShown = 100

// Search finds receipts, newest first. A message id is found in any of its forms,
// a recipient however its digits are written, and as an operator of its country
// writes it.
func (d desk) Search(ctx context.Context, q admin.Query) (admin.Page, error) {
	if err := d.mustBeOperator(q.Operator); err != nil {
		return admin.Page{}, err
	}
	absent, err := d.elsewhere(q.Operator)
	if err != nil {
		return admin.Page{}, err
	}
	jq := journal.Query{Since: q.Since, Until: q.Until, Limit: q.Limit, Cursor: q.Cursor}
	if q.MessageID != "" {
		jq.Terms = append(jq.Terms, termsOf(termMessageID, receipt.IDForms(q.MessageID))...)
	}
	numbers := d.numbersAt(q.Recipient)
	if q.Recipient != "" {
		jq.Terms = append(jq.Terms, unique(recipientTerms(slices.Concat(slices.Collect(maps.Values(numbers))...)))...)
	}
	if q.Status != "" {
		jq.Terms = append(jq.Terms, journal.Term{Kind: termStatus, Key: q.Status})
	}
	if q.Operator != "" {
		jq.Operators = []string{q.Operator}
	}
	found, err := d.g.journal.Search(ctx, jq)
	if err != nil {
		return admin.Page{}, known(err)
	}
	page := admin.Page{Next: found.Next, Unsearched: found.Unsearched, Standby: absent}
	for _, e := range found.Entries {
		s := d.summary(e)
		key := numberKey(s.Recipient)
		if q.Recipient == "" || slices.Contains(numbers[""], key) || slices.Contains(numbers[s.Operator], key) {
			page.Receipts = append(page.Receipts, s)
		}
	}
	return page, nil
}

func termsOf(kind string, keys []string) []journal.Term {
	var terms []journal.Term
	for _, k := range keys {
		terms = append(terms, journal.Term{Kind: kind, Key: k})
	}
	return terms
}

// summary reads an entry's summary; of one that was stored as raw octets alone
// the journal knows enough to show that it is there.
func (d desk) summary(e *journal.Entry) event.Summary {
	s, err := event.DecodeSummary(e.Meta)
	if err != nil {
		return event.Summary{
			Kind: event.KindMalformed, ID: e.ID, ReceivedAt: e.ReceivedAt, Operator: d.g.journal.Operators()[e.Position.Stream()],
		}
	}
	return s
}

// Receipt returns all that is known of the receipt with that id.
func (d desk) Receipt(ctx context.Context, id string) (admin.Receipt, error) {
	copies, err := d.g.journal.ByID(ctx, id)
	if err != nil {
		return admin.Receipt{}, known(err)
	}
	if len(copies) == 0 {
		if _, err := d.elsewhere(""); err != nil {
			return admin.Receipt{}, fmt.Errorf("receipt %q: %w", id, err)
		}
		return admin.Receipt{}, fmt.Errorf("receipt %q: %w: it may be older than journal.retention; find its id by message id or recipient", id, admin.ErrNotFound)
	}
	r := admin.Receipt{Facts: factsIn(copies[0]), Data: dataOf(copies[0].Event), Deliveries: []admin.Delivery{}, Attempts: []admin.Attempt{}}
	for _, e := range copies {
		r.Copies = append(r.Copies, admin.Copy{Summary: d.summary(e), Sequence: e.Position.Seq()})
		if err := d.addDeliveries(ctx, &r, e); err != nil {
			return admin.Receipt{}, known(err)
		}
	}
	r.History, err = d.history(ctx, id)
	return r, known(err)
}

// factsIn reads what came over the wire; of an entry that cannot be read its
// octets are shown.
func factsIn(e *journal.Entry) *event.Facts {
	f, err := event.DecodeFacts(e.Raw)
	if err != nil {
		return &event.Facts{Body: e.Raw, ReceivedAt: e.ReceivedAt, Malformed: err.Error()}
	}
	return f
}

// dataOf returns the data object of an event's JSON, nil when there is none.
func dataOf(eventJSON []byte) json.RawMessage {
	var e struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(eventJSON, &e) != nil {
		return nil
	}
	return e.Data
}

func (d desk) addDeliveries(ctx context.Context, r *admin.Receipt, e *journal.Entry) error {
	if !e.Forward {
		return nil
	}
	deliveries, err := d.g.journal.Deliveries(ctx, e.Position)
	if err != nil {
		return err
	}
	attempts, err := d.g.journal.Attempts(ctx, "", e.Position, attemptsShown)
	if err != nil {
		return err
	}
	_, _, endpoints := d.running()
	for _, x := range deliveries {
		takenAfter(&x, e, attempts)
		out := deliveryOf(&x, e)
		passed := x.State == journal.StateTaken || x.State == journal.StateWaiting // places behind unwanted ones are saved later
		if run := endpoints[x.Endpoint]; run != nil && passed && !wants(run.cfg, e) {
			out.State = "not_wanted"
		}
		if out.State == string(journal.StateTaken) {
			if err := d.tellDropped(ctx, e.Position, &out); err != nil {
				return err
			}
		}
		r.Deliveries = append(r.Deliveries, out)
	}
	for _, a := range attempts {
		r.Attempts = append(r.Attempts, admin.Attempt{
			Endpoint: a.Endpoint, At: a.At.UTC(), TookMS: a.Took.Milliseconds(),
			Status: a.Status, Error: a.Error, Answer: strings.ToValidUTF8(string(a.Answer), "\uFFFD"),
		})
	}
	return nil
}

// wants says whether the endpoint's filter, as it is now, chooses the entry.
func wants(cfg *config.Endpoint, e *journal.Entry) bool {
	s, err := event.DecodeSummary(e.Meta)
	filter := forward.Filter(cfg.Filter)
	return err != nil || filter.Match(&s)
}

func deliveryOf(x *journal.Delivery, e *journal.Entry) admin.Delivery {
	out := admin.Delivery{
		Endpoint: x.Endpoint, Sequence: e.Position.Seq(), State: string(x.State), After: utc(x.After), Until: utc(x.Until),
	}
	if p := x.Parked; p != nil {
		out.Since, out.NextTry, out.Tries = utc(p.Since), utc(p.NextTry), p.Tries
		out.Class, out.LastError = p.Class, p.LastError
	}
	if x := x.Dead; x != nil {
		out.Since, out.Class, out.LastError, out.DeadID = utc(x.At), x.Class, x.Reason, x.ID
	}
	return out
}

// Explain reads a receipt as the operator's rules say, or as a profile alone
// does.
func (d desk) Explain(p *explain.Pasted, operator, profile string) (*explain.Answer, error) {
	o, err := d.explainBy(operator, profile)
	if err != nil {
		return nil, err
	}
	rules, err := o.Compile()
	if err != nil {
		return nil, err
	}
	f, err := p.Facts(ReadCaptured)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", admin.ErrInvalid, err)
	}
	f.Operator = o.Name
	return explain.By(rules, f)
}

func (d desk) explainBy(operator, profile string) (*config.Operator, error) {
	switch {
	case operator != "" && profile != "":
		return nil, fmt.Errorf("%w: name an operator or a profile, not both", admin.ErrInvalid)
	case operator != "":
		cfg, _, _ := d.running()
		return operatorOf(cfg, operator)
	}
	o, err := config.DefaultOperator(profile)
	if err != nil {
		return nil, fmt.Errorf("%w: profile: %w", admin.ErrInvalid, err)
	}
	return o, nil
}

// history returns what retranslations made of the receipt, oldest first.
func (d desk) history(ctx context.Context, id string) ([]admin.Decision, error) {
	stored, err := d.g.journal.State(ctx, journal.HistoryKind(id))
	if err != nil {
		return nil, err
	}
	all := []admin.Decision{}
	var errs []error
	for name, raw := range stored {
		if journal.IsTaken(name) {
			continue
		}
		var one admin.Decision
		errs = append(errs, json.Unmarshal(raw, &one))
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b admin.Decision) int { return a.At.Compare(b.At) })
	return all, errors.Join(errs...)
}

// historyOf is what a retranslation made of the receipt, as it is kept.
func historyOf(id string, one *admin.Decision) (journal.StateValue, error) {
	raw, err := json.Marshal(one)
	return journal.StateValue{Kind: journal.HistoryKind(id), Name: one.At.Format(time.RFC3339Nano) + " " + one.Endpoint, Value: raw}, err
}
