package gateway

import (
	"context"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/journal"
)

// Mappings is what the console shows of how receipts were judged.
func (g *Gateway) Mappings() []admin.Mapping { return desk{g}.Mappings() }

// NumberKey is an address as it is compared.
func NumberKey(address string) string { return numberKey(address) }

// Mentions tells whether one of the numbers stands in the octets.
func Mentions(octets []byte, keys ...string) bool { return mentions(octets, keys) }

// Summarize writes the summary of the first minute.
func (g *Gateway) Summarize(ctx context.Context) { g.summarize(ctx, map[string]journal.Position{}) }

// AlarmSilence looks for silent operators, as once a minute.
func (g *Gateway) AlarmSilence() {
	_, operators, _ := desk{g}.running()
	for _, op := range operators {
		g.alarmSilence(op, map[string]bool{})
	}
}
