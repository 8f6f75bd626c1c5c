package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// quirkKeys are the keys under receipts: that answer a quirk, where one is needed.
var quirkKeys = map[string]string{
	"unmarked":   "unmarked: true",
	"swapped":    "recipient_field: destination",
	"hex_resp":   "message_id: decimal_to_hex",
	"hex_text":   "message_id: hex_to_decimal",
	"tlv_suffix": `id_pattern: "^([0-9]+)"`,
	"zones":      "timezone: {submit: UTC, done: Asia/Singapore}",
}

// noID are the quirks whose receipts tell no message id to anybody.
var noID = map[string]bool{"csv": true, "unreadable": true, "id_state": true}

// TestQuirks has an operator for each quirk of the simulator, configured as
// docs/operators.md says: each receipt becomes the status that it means, and its
// event carries the id that submit_sm_resp carried.
func TestQuirks(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	quirks := simulator.Quirks()
	var operators strings.Builder
	for i, q := range quirks {
		fmt.Fprintf(&operators, "  - {name: %s, addresses: [\"{{.SMSC}}\"], system_id: q%d, receipts: {%s}}\n", q.Name, i, quirkKeys[q.Name])
	}
	smsc, err := simulator.Start(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(smsc.Close)
	s := newStage(ctx, t, simulator.Options{}, values{Operator: strings.ReplaceAll(operators.String(), "{{.SMSC}}", smsc.Addr())})
	must(t, smsc.WaitBound(ctx, len(quirks)), s)

	for i, q := range quirks {
		d, err := simulator.DialectNamed("smpp+" + q.Name)
		if err != nil {
			t.Fatal(err)
		}
		must(t, smsc.Play(ctx, simulator.NewSource(simulator.SourceOptions{
			Dialect: d, Messages: 20, Seed: 11, Account: fmt.Sprintf("q%d", i), Prefix: fmt.Sprintf("44%02d", i),
		}), 0), s)
	}
	must(t, smsc.WaitSettled(ctx), s)
	app, answered := s.sink.At("/app"), smsc.Ledger().Counts().OK
	must(t, app.WaitUntil(ctx, func(c simulator.SinkCounts) bool { return c.Events >= answered }), s)

	v := simulator.Judge(smsc.Ledger(), app)
	if !v.OK() || v.Answered != v.Receipts {
		t.Errorf("%s", v.String())
	}
	for _, w := range v.WrongStatus {
		t.Errorf("%s: %q became %s, want %s", w.Arrival.Operator, w.Entry.Text, w.Arrival.Status, w.Entry.Status)
	}
	ids := map[string]string{}
	for _, e := range smsc.Ledger().Entries() {
		ids[e.Recipient] = e.MessageID
	}
	for _, a := range app.Arrivals() {
		if want := ids[a.Recipient]; !noID[a.Operator] && strings.TrimLeft(a.MessageID, "0") != strings.TrimLeft(want, "0") && !strings.EqualFold(a.MessageID, want) {
			t.Errorf("%s: message id %q, submit_sm_resp said %q", a.Operator, a.MessageID, want)
		}
	}
}
