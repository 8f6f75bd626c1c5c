package forward

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/journal"
)

func at(seq uint64) map[journal.Stream]journal.Position {
	return map[journal.Stream]journal.Position{1: journal.At(1, seq)}
}

func TestReceiptsAreGivenUpAfterTheirOwnTimeOfFailing(t *testing.T) {
	t.Parallel()
	const limit = 75 * time.Hour
	var b budget
	stored := uint64(0)
	for range 75 * 60 { // one receipt a minute, failing all the time
		stored++
		if b.due(limit) {
			b.mark(at(stored))
		}
		if b.expired(limit) != nil {
			t.Fatalf("given up after %v", b.Failed)
		}
		b.add(time.Minute)
	}
	first := b.expired(limit)
	if diff := cmp.Diff(at(1), first); diff != "" {
		t.Errorf("given up at 75h (-want +got):\n%s", diff)
	}
	for minutes := uint64(1); minutes < 75*60; minutes++ {
		b.add(time.Minute)
		heads := b.expired(limit)
		if heads == nil {
			continue
		}
		// The receipt stored in minute n may go from minute n+75h on, and late by
		// two marks' distance at most.
		if newest := heads[1].Seq(); newest > minutes+1 || newest+2*95 < minutes {
			t.Fatalf("%d minutes after 75h: given up through %d", minutes, newest)
		}
	}
	if len(b.Marks) != 0 {
		t.Errorf("%d marks left", len(b.Marks))
	}
}

func TestMarksAreBoundedAndHealthyTimeCostsNothing(t *testing.T) {
	t.Parallel()
	var b budget
	b.mark(at(1))
	b.mark(at(9)) // nothing failed between the two
	if diff := cmp.Diff([]mark{{Heads: at(9)}}, b.Marks); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
	for i := range uint64(1000) {
		b.add(time.Second)
		b.mark(at(10 + i))
	}
	if len(b.Marks) > maxMarks {
		t.Errorf("%d marks", len(b.Marks))
	}
	raw, err := json.Marshal(b)
	var back budget
	if err != nil || json.Unmarshal(raw, &back) != nil {
		t.Fatal("a budget does not survive its storing", err)
	}
	if diff := cmp.Diff(b, back); diff != "" {
		t.Errorf("stored and read (-want +got):\n%s", diff)
	}
}

func TestParkedWaits(t *testing.T) {
	t.Parallel()
	var waits []time.Duration
	for n := range 8 {
		waits = append(waits, parkDelay(n, time.Hour)/time.Minute)
	}
	if diff := cmp.Diff([]time.Duration{1, 2, 4, 8, 16, 32, 60, 60}, waits); diff != "" {
		t.Errorf("waits in minutes (-want +got):\n%s", diff)
	}
	if got := parkDelay(3, time.Second); got != time.Second {
		t.Errorf("with retry.max 1s: %v", got)
	}
	if got := parkSpent(3, 10*time.Millisecond); got != 3*tick {
		t.Errorf("spent after 3 tries, one a tick: %v", got)
	}
	if got, want := parkSpent(8, time.Hour), 183*time.Minute; got != want {
		t.Errorf("spent after 8 tries: %v, want %v", got, want)
	}
}
