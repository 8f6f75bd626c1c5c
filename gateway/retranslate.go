package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

const (
	// changesShown is how many changed receipts are told one by one.
	changesShown = 200
	// maxResend bounds what one retranslation sends: the changed events wait in
	// memory and then in the journal's replays.
	maxResend = 100_000
	// resendBatch is how many changed events one replay carries.
	resendBatch = 500
	// rememberAtOnce is how many entries of receipts' histories are written side
	// by side, so that they share commits.
	rememberAtOnce = 64
)

// retranslation reads stored receipts by other rules.
type retranslation struct {
	readings map[string]*reading
	result   admin.Retranslation
	totals   map[admin.ChangeCount]int
	keep     bool // the changed events, to send them
	changed  []resend
}

// resend is a receipt that became something else.
type resend struct {
	item     forward.Item
	decision admin.Decision
}

// Retranslate reads stored receipts by the rules of another configuration and
// says what would change. With Send the changed ones are sent as replays that
// carry the new decision; what is stored stays, and the new decision is added to
// the receipt's history.
func (d desk) Retranslate(ctx context.Context, o admin.RetranslateOrder) (admin.Retranslation, error) {
	if o.Send {
		if _, err := d.endpoint(o.Endpoint); err != nil {
			return admin.Retranslation{}, err
		}
	}
	cfg, err := readRules(o.Config)
	if err != nil {
		return admin.Retranslation{}, err
	}
	if o.Operator != "" {
		if _, err := operatorOf(cfg, o.Operator); err != nil {
			return admin.Retranslation{}, err
		}
	}
	t := &retranslation{
		readings: map[string]*reading{}, totals: map[admin.ChangeCount]int{}, keep: o.Send,
		result: admin.Retranslation{Totals: []admin.ChangeCount{}, Changes: []admin.Change{}, Replays: []string{}},
	}
	for i := range cfg.Operators {
		if t.readings[cfg.Operators[i].Name], err = newReading(&cfg.Operators[i]); err != nil {
			return admin.Retranslation{}, fmt.Errorf("%w: %w", admin.ErrInvalid, err)
		}
	}
	if err := d.scan(ctx, scope{since: o.Since, operator: o.Operator}, t.look); err != nil {
		return admin.Retranslation{}, known(err)
	}
	t.sumUp()
	if o.Send {
		err = d.resend(ctx, t, o.Endpoint)
	}
	return t.result, err
}

// readRules loads a configuration that was sent as text. Its secrets are not
// needed, so it may have *** in their place.
func readRules(text string) (*config.Config, error) {
	folder, err := os.MkdirTemp("", "dlrgate-retranslate-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left is an empty folder of the system's
	file := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	cfg, faults, _ := config.Load(file, config.Options{Secrets: config.NoSecrets})
	if len(faults) == 0 {
		return cfg, nil
	}
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = strings.TrimPrefix(f.String(), folder+string(filepath.Separator))
	}
	return nil, fmt.Errorf("%w: config has faults:\n%s", admin.ErrInvalid, strings.Join(lines, "\n"))
}

// look reads one stored receipt anew.
func (t *retranslation) look(e *journal.Entry, s *event.Summary) error {
	how := t.readings[s.Operator]
	if how == nil || s.Duplicate {
		return nil
	}
	t.result.Receipts++
	f, err := event.DecodeFacts(e.Raw)
	if err != nil {
		return fmt.Errorf("receipt %q: %w", e.ID, err)
	}
	r := how.dialect.Parse(&receipt.Input{
		ESMClass: f.ESMClass, DataCoding: f.DataCoding, Body: f.Body, TLVs: f.TLVs, ReceivedAt: f.ReceivedAt,
	})
	if r.Kind == receipt.NotReceipt {
		return nil // the new rules take it for a message: there is no status to send
	}
	ev := event.New(f, r, how.table.Decide(r), how.event)
	now := ev.Summary()
	if now.Status == s.Status && now.Final == s.Final {
		return nil
	}
	t.result.Changed++
	t.totals[admin.ChangeCount{Operator: s.Operator, From: s.Status.String(), To: now.Status.String()}]++
	shown := len(t.result.Changes) < changesShown
	if !shown && !t.keep {
		return nil
	}
	if t.keep && len(t.changed) == maxResend {
		return fmt.Errorf("%w: more than %d receipts change; send them in parts, by operator or with a later since", admin.ErrConflict, maxResend)
	}
	rendered := ev.AppendJSON(nil, e.Position.Seq(), s.Verdict)
	status, decision := decisionOf(rendered)
	if shown {
		t.result.Changes = append(t.result.Changes, admin.Change{
			ID: s.ID, Operator: s.Operator, MessageID: s.MessageID, ReceivedAt: s.ReceivedAt, Stat: s.Stat, Err: s.Err,
			From: s.Status.String(), To: now.Status.String(), Decision: decision,
		})
	}
	if t.keep {
		t.changed = append(t.changed, resend{forward.Item{ID: e.ID, Event: rendered}, admin.Decision{Status: status, Decision: decision}})
	}
	return nil
}

// decisionOf returns status and decision of an event's JSON.
func decisionOf(eventJSON []byte) (status, decision json.RawMessage) {
	var e struct {
		Data struct{ Status, Decision json.RawMessage }
	}
	if err := json.Unmarshal(eventJSON, &e); err != nil {
		return nil, nil // our own rendering: held by event's tests
	}
	return e.Data.Status, e.Data.Decision
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

// resend adds the new decisions to the receipts' histories and starts the
// replays that carry them, oldest receipt first.
func (d desk) resend(ctx context.Context, t *retranslation, endpoint string) error {
	e, err := d.endpoint(endpoint)
	if err != nil {
		return err
	}
	slices.Reverse(t.changed)
	at := time.Now().UTC()
	var group errgroup.Group
	group.SetLimit(rememberAtOnce)
	for _, c := range t.changed {
		c.decision.At, c.decision.Endpoint = at, endpoint
		group.Go(func() error { return d.remember(ctx, c.item.ID, c.decision) })
	}
	if err := group.Wait(); err != nil {
		return known(err)
	}
	for batch := range slices.Chunk(t.changed, resendBatch) {
		var r forward.Replay
		for _, c := range batch {
			r.Items = append(r.Items, c.item)
		}
		id, err := e.Replay(ctx, r)
		if err != nil {
			return errors.Join(known(err), d.cancelAll(ctx, e, t.result.Replays))
		}
		t.result.Replays = append(t.result.Replays, id)
	}
	return nil
}

// cancelAll takes back the replays of a retranslation that failed half-way.
func (d desk) cancelAll(ctx context.Context, e *forward.Endpoint, ids []string) error {
	var errs []error
	for _, id := range ids {
		if err := e.CancelReplay(ctx, id); err != nil && !errors.Is(err, forward.ErrNoReplay) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
