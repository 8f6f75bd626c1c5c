package simulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/simulator"
)

func TestMissingMessages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		came    []string
		expect  uint64
		missing []simulator.Span
	}{
		{"nothing expected", nil, 0, nil},
		{"nothing came", nil, 3, []simulator.Span{{From: 1, To: 3}}},
		{"up to the highest", []string{"336000000005", "336000000002", "336000000002"}, 0, []simulator.Span{{From: 1, To: 1}, {From: 3, To: 4}}},
		{"up to what is expected", []string{"336000000001", "336000000009"}, 4, []simulator.Span{{From: 2, To: 4}}},
		{"all", []string{"336000000002", "336000000001"}, 2, nil},
		{"recipients of others", []string{"33612345678", "44700900000", "336abcdefghi"}, 1, []simulator.Span{{From: 1, To: 1}}},
		{"a number far away", []string{"336999999999"}, 0, []simulator.Span{{From: 1, To: 999_999_998}}},
	} {
		var arrivals []simulator.Arrival
		for _, recipient := range test.came {
			arrivals = append(arrivals, simulator.Arrival{Recipient: recipient})
		}
		if diff := cmp.Diff(test.missing, simulator.MissingMessages(arrivals, "", test.expect)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
