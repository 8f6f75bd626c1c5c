package forward

import (
	"maps"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// maxMarks bounds a budget's marks; giving up is late by at most
// give_up_after / (maxMarks-16).
const maxMarks = 64

// budget measures how long an endpoint was seen failing, and knows which
// receipts have waited through how much of that. It counts the time that it is
// told of and never reads a clock, so that a switched-off gateway or a wrong one
// gives nothing up.
type budget struct {
	// Failed is the time seen failing, over all runs.
	Failed time.Duration `json:"failed"`
	Marks  []mark        `json:"marks,omitempty"`
}

// mark says that the receipts up to Heads were stored when the endpoint had
// been failing for At. A stream that has not grown since the mark before is left
// out: with hundreds of operators most have not.
type mark struct {
	At    time.Duration                       `json:"at"`
	Heads map[journal.Stream]journal.Position `json:"heads"`
}

// spacing is the failing time between two marks.
func spacing(giveUpAfter time.Duration) time.Duration { return giveUpAfter / (maxMarks - 16) }

// add counts d more of failing.
func (b *budget) add(d time.Duration) { b.Failed += max(0, d) }

// due says whether a new mark is wanted.
func (b *budget) due(giveUpAfter time.Duration) bool {
	n := len(b.Marks)
	return n == 0 || b.Failed-b.Marks[n-1].At >= spacing(giveUpAfter)
}

// mark notes the log's heads. A mark made at the same clock value as the last
// one replaces it: nothing failed between them.
func (b *budget) mark(heads map[journal.Stream]journal.Position) {
	if n := len(b.Marks); n > 0 && b.Marks[n-1].At == b.Failed {
		b.Marks = b.Marks[:n-1]
	}
	if len(b.Marks) == maxMarks { // later is safe: the next mark covers its receipts
		heads := headsOf(b.Marks[:2])
		b.Marks = append(b.Marks[:0], b.Marks[1:]...)
		b.Marks[0].Heads = heads
	}
	known := headsOf(b.Marks)
	maps.DeleteFunc(heads, func(s journal.Stream, p journal.Position) bool { return known[s] >= p })
	b.Marks = append(b.Marks, mark{At: b.Failed, Heads: heads})
}

// headsOf returns the newest heads of marks.
func headsOf(marks []mark) map[journal.Stream]journal.Position {
	all := map[journal.Stream]journal.Position{}
	for _, m := range marks {
		maps.Copy(all, m.Heads)
	}
	return all
}

// expired removes the marks that are giveUpAfter old and returns the newest of
// their heads: what lies at or before them is to be given up. nil: nothing.
func (b *budget) expired(giveUpAfter time.Duration) map[journal.Stream]journal.Position {
	n := 0
	for n < len(b.Marks) && b.Failed-b.Marks[n].At >= giveUpAfter {
		n++
	}
	if n == 0 {
		return nil
	}
	heads := headsOf(b.Marks[:n])
	b.Marks = b.Marks[n:]
	return heads
}

// parkDelay returns the wait before a parked delivery's next try, after tries of
// them: 1 minute doubling to longest.
func parkDelay(tries int, longest time.Duration) time.Duration {
	d := time.Minute
	for range tries {
		if d >= longest {
			break
		}
		d *= 2
	}
	return max(min(d, longest), tick) // they are looked for once a tick
}

// parkSpent returns the time that a parked delivery has been seen failing after
// so many tries: the sum of its waits, which no clock can falsify.
func parkSpent(tries int, longest time.Duration) time.Duration {
	var sum time.Duration
	for n := range tries {
		d := parkDelay(n, longest)
		if d >= longest {
			return sum + time.Duration(tries-n)*d
		}
		sum += d
	}
	return sum
}
