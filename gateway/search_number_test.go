package gateway_test

import (
	"net/http"
	"testing"
	"time"
)

// TestSearchFindsNationalNumbers: an operator with a country code may write a
// number nationally; it is found by its international form, and the other way.
func TestSearchFindsNationalNumbers(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	s := newAPIStage(ctx, t, values{Operator: `    receipts: {country_code: "33"}`})
	must(t, s.smsc.WaitBound(ctx, 1), s.stage)
	s.deliver("0612345678", "id:1 stat:DELIVRD err:000")
	s.deliver("33612345678", "id:2 stat:DELIVRD err:000")
	s.deliver("+33612345678", "id:3 stat:DELIVRD err:000")
	s.deliver("32612345678", "id:4 stat:DELIVRD err:000")
	for number, want := range map[string]int{
		"33612345678": 3, "+33612345678": 3, "0033612345678": 3, "0612345678": 3, "32612345678": 1, "06": 0, "33": 0,
		"+33 (0)6 12 34 56 78": 3, "06.12.34.56.78": 3, "0033 6/12-34-56-78": 3,
	} {
		s.until("number "+number, func() bool { return len(itemsOf(s.get("/receipts", "recipient", number))) == want })
	}
	if n := len(itemsOf(s.get("/receipts", "recipient", "0612345678", "operator", "acme", "limit", "2"))); n != 2 {
		t.Errorf("%d on a page of 2", n)
	}
	if got := s.post("/erase", map[string]any{"recipient": "+32 (0)612-345678"}, http.StatusOK); got["erased"].(float64)+got["waiting"].(float64) != 1 {
		t.Errorf("erased as people write it: %v", got)
	}
}
