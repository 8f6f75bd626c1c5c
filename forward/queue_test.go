package forward

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dlrgate/dlrgate/journal"
)

func entry(s journal.Stream, seq uint64, message byte) *journal.Entry {
	return &journal.Entry{Position: journal.At(s, seq), Message: [16]byte{byte(s), message}, Forward: true, ID: fmt.Sprintf("%d/%d", s, seq)}
}

// TestQueueKeepsMessageOrderWhateverEndsFirst starts and ends deliveries in a
// random order, and holds them against the rules.
func TestQueueKeepsMessageOrderWhateverEndsFirst(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		q := newQueue()
		q.open(journal.At(1, 0), 1, nil)
		q.open(journal.At(2, 0), 1, nil)
		next := map[journal.Stream]uint64{}
		last := map[[16]byte]uint64{}
		running := map[[16]byte]bool{}
		var started []*delivery
		ended := 0
		for ended < 400 {
			for _, s := range q.streams {
				if next[s.id] < 200 && rnd.IntN(2) == 0 {
					next[s.id]++
					q.add(s, entry(s.id, next[s.id], byte(rnd.IntN(4))), true)
				}
			}
			for _, d := range q.take(1, 1<<20) {
				m := d.entry.Message
				if running[m] || d.entry.Position.Seq() <= last[m] {
					t.Fatalf("seed %d: %s started out of order", seed, d.entry.ID)
				}
				running[m], last[m] = true, d.entry.Position.Seq()
				started = append(started, d)
			}
			if len(started) > 0 && rnd.IntN(2) == 0 {
				i := rnd.IntN(len(started))
				d := started[i]
				started = slices.Delete(started, i, i+1)
				running[d.entry.Message] = false
				q.finish(d)
				ended++
			}
		}
		for _, s := range q.streams {
			if s.low != 200 || len(s.slots) != 0 {
				t.Errorf("seed %d: stream %d ends at %d with %d slots", seed, s.id, s.low, len(s.slots))
			}
		}
		if len(q.tails) != 0 {
			t.Errorf("seed %d: %d messages are still held", seed, len(q.tails))
		}
	}
}

func TestLowWaterMarkPassesOnlyWhatIsFinished(t *testing.T) {
	t.Parallel()
	q := newQueue()
	q.open(journal.At(1, 10), 1, []journal.Position{journal.At(1, 13)})
	s := q.streams[0]
	for seq := uint64(11); seq <= 16; seq++ {
		q.add(s, entry(1, seq, byte(seq)), seq != 12)
	}
	ds := q.take(10, 1<<20)
	if len(ds) != 4 {
		t.Fatalf("%d started, want 11, 14, 15, 16", len(ds))
	}
	q.finish(ds[1])
	if s.low != 10 {
		t.Errorf("low %d with 11 unfinished", s.low)
	}
	if got := s.lowAfter(map[*delivery]bool{ds[0]: true}); got.Seq() != 14 {
		t.Errorf("low would be %d, want 14", got.Seq())
	}
	q.finish(ds[0])
	if s.low != 14 {
		t.Errorf("low %d, want 14: 12 unwanted, 13 parked before, 14 taken", s.low)
	}
	if n := s.unfinished(journal.At(1, 16)); n != 2 {
		t.Errorf("%d unfinished, want 2", n)
	}
	q.dropThrough(s, journal.At(1, 15))
	if s.low != 15 || ds[2].done != true || ds[3].done {
		t.Errorf("after giving up to 15: low %d", s.low)
	}
	q.dropThrough(s, journal.At(1, 99))
	if s.low != 99 || len(s.slots) != 0 {
		t.Errorf("after giving up past what was read: low %d", s.low)
	}
}

func TestGapInTheLogIsPassed(t *testing.T) {
	t.Parallel()
	q := newQueue()
	q.open(journal.At(1, 0), 1, nil)
	s := q.streams[0]
	q.add(s, entry(1, 1000, 1), true)
	q.add(s, entry(1, 1004, 2), true)
	if s.low != 999 || s.read().Seq() != 1004 {
		t.Fatalf("low %d, read %d", s.low, s.read().Seq())
	}
	for _, d := range q.take(2, 1<<20) {
		q.finish(d)
	}
	if s.low != 1004 {
		t.Errorf("low %d, want 1004", s.low)
	}
}

func TestCutKeepsMessagesWhole(t *testing.T) {
	t.Parallel()
	for messages, want := range map[string]string{
		"aabb": "aa|bb", "abcd": "ab|cd", "aaab": "aaa|b", "abbb": "a|bbb", "aaa": "a|aa together", "ab": "a|b",
	} {
		var ds []*delivery
		for i, m := range messages {
			ds = append(ds, &delivery{entry: entry(1, uint64(i+1), byte(m))})
		}
		l, r, together := cut(ds)
		got := messages[:len(l)] + "|" + messages[len(l):len(l)+len(r)]
		if together {
			got += " together"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", messages, got, want)
		}
	}
}
