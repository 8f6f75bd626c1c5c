package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
)

// readRules loads a configuration that was sent as text. Its secrets are not
// needed, so it may have *** in their place.
func readRules(ctx context.Context, text string) (*config.Config, error) {
	folder, err := os.MkdirTemp("", "dlrgate-retranslate-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left is an empty folder of the system's
	file := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	cfg, faults, _ := config.Load(ctx, file, config.Options{Secrets: config.NoSecrets})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(faults) == 0:
		return cfg, nil
	}
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = strings.TrimPrefix(f.String(), folder+string(filepath.Separator))
	}
	return nil, fmt.Errorf("%w: config has faults:\n%s", admin.ErrInvalid, strings.Join(lines, "\n"))
}

// keepable is a configuration as a replay may keep it: what reads receipts as it
// was, *** in place of the secrets, and no comments.
func keepable(ctx context.Context, cfg *config.Config) (string, error) {
	c := *cfg
	c.Listen, c.Admin, c.Journal.Driver = "127.0.0.1:0", config.Admin{}, "sqlite"
	var b strings.Builder
	if err := c.Print(&b); err != nil {
		return "", err
	}
	if _, err := readRules(ctx, b.String()); err != nil {
		return "", fmt.Errorf("without its secrets: %w", err)
	}
	return b.String(), nil
}

// rules are how a configuration reads receipts, by operator.
type rules map[string]*event.Rules

func newRules(cfg *config.Config) (rules, error) {
	all := rules{}
	for i := range cfg.Operators {
		var err error
		if all[cfg.Operators[i].Name], err = cfg.Operators[i].Compile(); err != nil {
			return nil, fmt.Errorf("%w: %w", admin.ErrInvalid, err)
		}
	}
	return all, nil
}

// anew reads a stored receipt by these rules; nil when it stays what it is, or
// when there is no status to send.
func (rs rules) anew(e *journal.Entry, s *event.Summary) (*event.Event, error) {
	how := rs[s.Operator]
	if how == nil {
		return nil, nil
	}
	f, err := event.DecodeFacts(e.Raw)
	if err != nil {
		return nil, fmt.Errorf("receipt %q: %w", e.ID, err)
	}
	read := how.Read(f)
	if read.Kind() != event.KindReceipt {
		return nil, nil // these rules take it for a message
	}
	ev := read.Event()
	if now := ev.Summary(); now.Status == s.Status && now.Final == s.Final {
		return nil, nil
	}
	return ev, nil
}

// translator reads receipts anew for the replays of one endpoint, and keeps the
// rules that it read last. It belongs to the endpoint's goroutine.
type translator struct {
	journal  *journal.Journal
	endpoint string
	text     string
	rules    rules
}

// translate is forward.Options.Translate. It adds the new decisions to the
// receipts' histories.
func (t *translator) translate(ctx context.Context, r forward.Replay, found []*journal.Entry) ([]*journal.Entry, error) {
	switch err := t.read(ctx, r.Rules); {
	case ctx.Err() != nil:
		return nil, ctx.Err() // which is nothing against the rules
	case err != nil:
		return nil, fmt.Errorf("%w: %w", forward.ErrRules, err)
	}
	var changed []*journal.Entry
	var history []journal.StateValue
	for _, e := range found {
		s, err := event.DecodeSummary(e.Meta)
		if err != nil {
			continue // stored as octets alone
		}
		ev, err := t.rules.anew(e, &s)
		if err != nil {
			return nil, err
		}
		if ev == nil {
			continue
		}
		now, c := ev.Summary(), *e
		now.Verdict = s.Verdict
		c.Meta, c.Event = now.AppendBinary(nil), ev.AppendJSON(nil, e.Position.Seq(), s.Verdict)
		one := admin.Decision{At: r.CreatedAt, Endpoint: t.endpoint}
		one.Status, one.Decision = decisionOf(c.Event)
		kept, err := historyOf(e.ID, &one)
		if err != nil {
			return nil, err
		}
		changed, history = append(changed, &c), append(history, kept)
	}
	if len(history) == 0 {
		return changed, nil
	}
	return changed, t.journal.PutStates(ctx, history)
}

// read makes the rules of the text the ones to translate by.
func (t *translator) read(ctx context.Context, text string) error {
	if t.rules != nil && t.text == text {
		return nil
	}
	cfg, err := readRules(ctx, text)
	if err != nil {
		return err
	}
	t.text = text
	t.rules, err = newRules(cfg)
	return err
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
