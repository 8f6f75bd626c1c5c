package gateway

import (
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// TestCountsOutliveReloads changes one of two rules: the other one goes on with
// its hits, also while the old reading still judges; a reload that changes no
// rule keeps everything.
func TestCountsOutliveReloads(t *testing.T) {
	t.Parallel()
	read := func(before *reading, rules ...config.Rule) *reading {
		o, err := config.DefaultOperator("smpp")
		if err != nil {
			t.Fatal(err)
		}
		o.Rules = rules
		r, err := newReading(o)
		if err != nil {
			t.Fatal(err)
		}
		if before != nil {
			r.goOn(before)
		}
		return r
	}
	judge := func(how *reading, text string) {
		read := how.rules.Read(&event.Facts{ESMClass: 4, Body: []byte(text)})
		how.tally.decided(&read.Decision, read.Receipt, time.Now())
	}
	hits := func(how *reading) (all []uint64) {
		for _, c := range how.tally.rules {
			all = append(all, c.hits.Load())
		}
		return all
	}
	same := config.Rule{Stat: "UNDELIV", Err: "001", Status: "permanent_error_absence"}
	first := read(nil, same, config.Rule{Stat: "UNDELIV", Err: "002", Status: "permanent_error_phone"})
	judge(first, "id:1 stat:UNDELIV err:001")
	judge(first, "id:2 stat:UNDELIV err:002")
	judge(first, "id:3 stat:UNDELIV err:777")

	second := read(first, config.Rule{Stat: "UNDELIV", Err: "002", Status: "temporary_error_phone"}, same)
	judge(first, "id:4 stat:UNDELIV err:001")
	judge(second, "id:5 stat:UNDELIV err:001")
	if got := hits(second); got[0] != 0 || got[1] != 3 {
		t.Errorf("hits %d, want 0 of the changed rule and 3 of the one that stayed", got)
	}
	if m := second.tally.mapping(); len(m.Unmapped) != 0 || m.By["rule"] != 1 {
		t.Errorf("what else was counted by other rules is still there: %+v", m)
	}
	third := read(second, config.Rule{Stat: "UNDELIV", Err: "002", Status: "temporary_error_phone"}, same)
	judge(third, "id:6 stat:UNDELIV err:777")
	fourth := read(third, config.Rule{Stat: "UNDELIV", Err: "002", Status: "temporary_error_phone"}, same)
	if m := fourth.tally.mapping(); len(m.Unmapped) != 1 || m.By["rule"] != 1 || hits(fourth)[1] != 3 {
		t.Errorf("a reload that changes nothing loses counts: %+v", m)
	}
}

// TestUnmappedKeepsItsOrder: codes that came equally often stand in the same
// order each time, since a page that renews itself shows them.
func TestUnmappedKeepsItsOrder(t *testing.T) {
	t.Parallel()
	tally := newTally(nil)
	for _, err := range []string{"7", "3", "9", "1", "5", "8", "2"} {
		for range 2 {
			tally.addUnmapped(0, &receipt.Receipt{Err: receipt.Field{Value: err, Present: true}}, time.Now())
		}
	}
	tally.addUnmapped(0, &receipt.Receipt{Err: receipt.Field{Value: "6", Present: true}}, time.Now())
	for range 20 {
		var got string
		for _, c := range tally.mapping().Unmapped {
			got += c.Err
		}
		if got != "12357896" {
			t.Fatalf("codes in the order %s", got)
		}
	}
}
