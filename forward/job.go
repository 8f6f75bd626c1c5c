package forward

import (
	"container/heap"
	"context"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
)

// batchBytes bounds a batch's octets; one event may always go.
const batchBytes = 4 << 20

// job is what one worker sends: one event, or a batch that stays together until
// it is taken or split. What happened is left in posts and parts.
type job struct {
	lane   lane
	replay *replay // in the replay lane
	ds     []*delivery

	attempts int // failed ones
	tries    int // refused, while others were taken
	fails    int // not taken, while others were, or as a probe
	// takenAt is how many events the endpoint had taken when this try began,
	// takenBefore when the one before it did.
	takenAt, takenBefore uint64

	// told are the failed attempts that the journal was told of, some at the most:
	// when its deliveries are parked they are told again, to be held.
	told []journal.Attempt

	due time.Time // when it may be tried again
	// probe: it is the one try of a failing endpoint; probedOpen: and its breaker
	// was open.
	probe, probedOpen bool

	posts []posted // one per POST
	parts []part
}

// posted is one POST's answer, and the first delivery that it carried.
type posted struct {
	answer
	first *delivery
}

// part is what became of some of a job's deliveries.
type part struct {
	ds []*delivery
	answer
	// unsent: an earlier event of the message was not taken.
	unsent bool
}

// firstFailed returns the first part that was sent and not taken; nil: none.
func (j *job) firstFailed() *part {
	for i := range j.parts {
		if p := &j.parts[i]; p.outcome != taken && !p.unsent && !p.cut {
			return p
		}
	}
	return nil
}

// lane tells where a job comes from; live ones go first.
type lane uint8

const (
	live lane = iota
	parkedLane
	replayLane
)

// send delivers the job. A batch that is refused is narrowed down to the event
// that the endpoint does not want.
func (s *sender) send(ctx context.Context, j *job) {
	j.posts, j.parts = j.posts[:0], j.parts[:0]
	a := s.postAll(ctx, j, j.ds)
	if a.outcome == refused && len(j.ds) > 1 {
		n := narrowing{sender: s, job: j}
		n.halve(ctx, j.ds, narrowed{status: a.status})
		return
	}
	j.parts = append(j.parts, part{ds: j.ds, answer: a})
}

// postAll sends deliveries in one request.
func (s *sender) postAll(ctx context.Context, j *job, ds []*delivery) answer {
	id, body := ds[0].id, ds[0].body
	if s.o.BatchEvents > 1 {
		id, body = batch(ds)
	}
	if !s.may(ds) {
		return answer{outcome: down, cut: true, away: true}
	}
	a := s.post(ctx, id, body)
	if len(ds) > 1 {
		a.body = withoutNumbers(a.body)
	}
	j.posts = append(j.posts, posted{a, ds[0]})
	return a
}

// may tells whether all of it is still this gateway's to send: it may have been stopped
// for a while since it was decided.
func (s *sender) may(ds []*delivery) bool {
	for _, d := range ds {
		if d.entry == nil || s.holds == nil {
			continue
		}
		if _, holds := s.holds(d.entry.Position.Stream()); !holds {
			return false
		}
	}
	return true
}

func batch(ds []*delivery) (id string, body []byte) {
	ids, events := make([]string, len(ds)), make([][]byte, len(ds))
	size := 128
	newest := ds[0].entry.ReceivedAt
	for i, d := range ds {
		ids[i], events[i] = d.id, d.body
		size += len(d.body)
		if d.entry.ReceivedAt.After(newest) {
			newest = d.entry.ReceivedAt
		}
	}
	return event.BatchID(ids), event.RenderBatch(make([]byte, 0, size), events, newest)
}

// retryHeap holds the jobs that wait for a later try, soonest first.
type retryHeap []*job

func (h retryHeap) Len() int           { return len(h) }
func (h retryHeap) Less(i, k int) bool { return h[i].due.Before(h[k].due) }
func (h retryHeap) Swap(i, k int)      { h[i], h[k] = h[k], h[i] }

// Push and Pop are container/heap's.
func (h *retryHeap) Push(x any) { *h = append(*h, x.(*job)) }

// Pop removes the last one.
func (h *retryHeap) Pop() any {
	old := *h
	j := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return j
}

func (h *retryHeap) add(j *job) { heap.Push(h, j) }
func (h *retryHeap) pop() *job  { return heap.Pop(h).(*job) }

// allDue makes every job due now: the endpoint is up again.
func (h *retryHeap) allDue(now time.Time) {
	for _, j := range *h {
		j.due = now
	}
}
