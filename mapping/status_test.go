package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/mapping"
)

// TestStatuses repeats CONTRACT §3, which users' programs depend on.
func TestStatuses(t *testing.T) {
	t.Parallel()
	type line struct {
		Name     string
		Code     int
		Label    string
		Category string
		Final    string
		Advice   string
	}
	want := []line{
		{"sent", 0, "Sent", "general", "no", "none"},
		{"in_progress", 1, "In Progress", "general", "no", "none"},
		{"received", 11, "Received", "general", "yes", "keep"},
		{"delivered_to_operator", 13, "Delivered to operator", "general", "no", "keep"},
		{"partially_received", 15, "Partially received", "general", "yes", "none"},
		{"not_sent_insufficient_credit", 33, "Not sent - Insufficient credit", "general", "yes", "none"},
		{"undefined", 999, "Undefined", "general", "only for stat UNKNOWN / state 7", "none"},
		{"temporary_error_operator", 3501, "Temporary error operator", "temporary", "yes", "keep"},
		{"temporary_error_absence", 3502, "Temporary error Absence", "temporary", "yes", "keep"},
		{"temporary_error_phone", 3503, "Temporary error Phone", "temporary", "yes", "keep"},
		{"temporary_error_portability", 3504, "Temporary error portability", "temporary", "yes", "keep"},
		{"permanent_error_absence", 3522, "Permanent error absence", "permanent", "yes", "removable"},
		{"permanent_error_phone", 3523, "Permanent error phone", "permanent", "yes", "removable"},
		{"permanent_error_portability", 3526, "Permanent error portability", "permanent", "yes", "none"},
		{"internal_error", 2, "Internal error", "other", "yes", "none"},
		{"routing_error", 34, "Routing error", "other", "yes", "none"},
		{"reception_error", 35, "Reception error", "other", "yes", "keep"},
		{"error_other", 3599, "Error other", "other", "yes", "none"},
		{"blacklisted_number", 3999, "Black-listed number", "other", "yes", "do_not_contact"},
	}
	var got []line
	for _, i := range mapping.Statuses() {
		got = append(got, line{i.Name, i.Code, i.Label, i.Category, i.Final, i.Advice})
		if i.Meaning == "" {
			t.Errorf("%s has no meaning", i.Name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for i, l := range want {
		s, ok := mapping.StatusByName(l.Name)
		if !ok || int(s) != i+1 || s.String() != l.Name || s.Info().Code != l.Code {
			t.Errorf("StatusByName(%q) = %d %t, its Info %+v", l.Name, s, ok, s.Info())
		}
	}
}

// TestStatusInJSON: final is what events have, true or false.
func TestStatusInJSON(t *testing.T) {
	t.Parallel()
	for status, want := range map[mapping.Status]string{
		mapping.Received:   `"final":true,"advice":"keep"`,
		mapping.InProgress: `"final":false,"advice":"none"`,
		mapping.Undefined:  `"final":false,"final_when":"only for stat UNKNOWN / state 7","advice":"none"`,
	} {
		got, err := json.Marshal(status.Info())
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s, %v: no %s", got, err, want)
		}
	}
}

func TestNoStatus(t *testing.T) {
	t.Parallel()
	if _, ok := mapping.StatusByName("delivered"); ok {
		t.Error("delivered is a status")
	}
	for _, s := range []mapping.Status{0, 20, 255} {
		if s.String() != "" || s.Info() != (mapping.Info{}) {
			t.Errorf("Status(%d) is %q", s, s)
		}
	}
}
