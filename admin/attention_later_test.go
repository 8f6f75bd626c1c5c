package admin

import (
	"strings"
	"testing"
	"time"
)

// TestLater tells of certificates that end soon and of codes that nobody knows,
// and of neither when there is time, or they are few or old.
func TestLater(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	codes := func(n uint64, last time.Time) []UnmappedCode {
		return []UnmappedCode{{Stat: "FROBBED", Err: "9001", Count: n, Last: last}}
	}
	got := later(&Stats{Certificates: []Certificate{
		{Peer: "fine:2775", Ends: now.Add(15 * day)},
		{Peer: "soon:2775", Ends: now.Add(5 * day)},
		{Peer: "over:443", Ends: now.Add(-90 * time.Minute)},
		{Peer: ":8275", Ends: now.Add(time.Hour), Own: true},
	}}, []Mapping{
		{Operator: "few", By: map[string]uint64{"rule": 10_000}, Unmapped: codes(100, now)},
		{Operator: "old", By: map[string]uint64{"rule": 100}, Unmapped: codes(50, now.Add(-2*time.Hour))},
		{Operator: "many", Since: now, By: map[string]uint64{"rule": 300, "default": 100}, Unmapped: codes(60, now), Beyond: 40},
		{Operator: "none", By: map[string]uint64{"rule": 300}},
		{Operator: "mute", Since: now, By: map[string]uint64{"default": 100}, Unmapped: []UnmappedCode{
			{NetworkErrorType: -1, NetworkErrorCode: -1, Count: 40, Last: now}, {Stat: "FROBBED", NetworkErrorType: -1, Count: 1, Last: now},
		}},
	}, now)
	want := []string{
		"the certificate of soon:2775 ends at 2026-11-29 10:00:00 UTC (in 5 days)", "the certificate of over:443 ended at 2026-11-24 08:30:00 UTC (1h30m0s ago)",
		"the certificate of :8275 ends", `operator many: 100 of 400 receipts since 2026-11-24 10:00:00 UTC have a code or stat that no rule and no table knows, most often stat "FROBBED" err "9001"`,
		"operator mute: in 40 of 100 receipts since 2026-11-24 10:00:00 UTC neither stat nor err was found",
	}
	if len(got) != len(want) {
		t.Fatalf("%d things, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if !strings.Contains(got[i].What, want[i]) || got[i].Do == "" || strings.Contains(got[i].Here(), " --operator") || !got[i].Mild {
			t.Errorf("%+v, want %q and what to do", got[i], want[i])
		}
	}
}
