package config

import (
	"fmt"
	"testing"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp"
)

// TestProfileFacts: what an operator has published stands below its own keys.
func TestProfileFacts(t *testing.T) {
	t.Parallel()
	load := func(receipts, profile string) *Operator {
		text := fmt.Sprintf(`
operators: [{name: a, addresses: [a.example:1], system_id: gw, password: p, profile: vonage, receipts: {%s}}]
endpoints: [{name: app, url: "https://app.example/", secrets: ["${APP_WEBHOOK_SECRET}"]}]
`, receipts)
		return &mustLoad(t, write(t, text), Options{Environ: testEnv, Profile: profile}).Operators[0]
	}
	if got := load("", "").Receipts.MessageID; got != "decimal_to_hex" {
		t.Errorf("message_id is %q, published is decimal_to_hex", got)
	}
	if got := load("message_id: raw", "").Receipts.MessageID; got != "raw" {
		t.Errorf("message_id is %q, the operator's own key says raw", got)
	}
	if o := load("", "w2wts"); o.Receipts.MessageID != "raw" || o.Mapping().ErrBase != mapping.ErrHex || o.Profile != "w2wts" {
		t.Errorf("the caller's profile was not taken: %+v", o)
	}
}

// TestDefaultOperator sets the facts of every profile, and refuses others.
func TestDefaultOperator(t *testing.T) {
	t.Parallel()
	for _, name := range profileNames() {
		o, err := DefaultOperator(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, faults := mapping.Compile(o.Mapping()); o.Profile != name || len(faults) > 0 {
			t.Errorf("%s: profile %q, faults %v", name, o.Profile, faults)
		}
		if s := CommandStatus(o.SMPP().FullStatus); !isTemporary(s) {
			t.Errorf("%s: full_status %s is not temporary", name, s)
		}
	}
	if o, err := DefaultOperator(""); err != nil || o.Profile != "smpp" || o.SMPP().FullStatus != smpp.StatusQueueFull {
		t.Errorf("the default: %+v, %v", o, err)
	}
	if _, err := DefaultOperator("gsm-map"); err == nil || err.Error() != `"gsm-map" is not known: did you mean "gsm_map"?` {
		t.Errorf("an unknown profile: %v", err)
	}
}
