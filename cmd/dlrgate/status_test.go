package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestStatusInFigures keeps small sizes and long versions readable.
func TestStatusInFigures(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 octets", 10239: "10239 octets", 10240: "10 KiB", 84 << 10: "84 KiB", 10<<20 - 1: "10239 KiB", 74916 << 20: "73 GiB", 20 << 40: "20480 GiB",
	} {
		if got := octets(n); got != want {
			t.Errorf("%d octets are %q, want %q", n, got, want)
		}
	}
	for version, want := range map[string]string{
		"v1.2.3": "v1.2.3", "(devel)": "(devel)", "v0.0.0-20261126014530-3464783abcde+dirty": "v0.0.0-3464783abcde+dirty",
		"v1.2.4-0.20261126014530-3464783abcde": "v1.2.4-3464783abcde", "v1.2.3-rc.1": "v1.2.3-rc.1",
	} {
		if got := shortVersion(version); got != want {
			t.Errorf("%s is shown as %s, want %s", version, got, want)
		}
	}
	var s gatewayStatus
	s.Journal.Receipts, s.Journal.Lag = 1, 1
	var out bytes.Buffer
	if err := s.print(&out, "here"); err != nil || !strings.Contains(out.String(), ": 1 receipt, 0 octets used") || !strings.Contains(out.String(), "search is 1 receipt behind") {
		t.Errorf("%v\n%s", err, &out)
	}
}
