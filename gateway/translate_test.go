package gateway

import (
	"context"
	"errors"
	"testing"

	"github.com/dlrgate/dlrgate/forward"
)

// TestRulesEndWithTheirRequest: whoever hung up wants no answer, and a stop in
// the midst of a replay says nothing against its rules.
func TestRulesEndWithTheirRequest(t *testing.T) {
	t.Parallel()
	const text = "operators: [{name: acme, addresses: ['smsc.example:2775'], system_id: gw}]\nendpoints: [{name: app, url: 'http://127.0.0.1:1/'}]\n"
	if _, err := readRules(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := readRules(ended, text); !errors.Is(err, context.Canceled) {
		t.Errorf("read to the end: %v", err)
	}
	_, err := new(translator).translate(ended, forward.Replay{Rules: text}, nil)
	if !errors.Is(err, context.Canceled) || errors.Is(err, forward.ErrRules) {
		t.Errorf("a replay's rules: %v", err)
	}
}
