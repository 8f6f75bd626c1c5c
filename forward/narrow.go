package forward

import (
	"context"
	"net/http"
	"slices"
)

// narrowing looks for the refused event in a batch.
type narrowing struct {
	*sender
	job     *job
	stopped answer // why the search ended; zero: it goes on
}

// narrowed is how a refused part came about.
type narrowed struct {
	status int // the answer to it
	level  int // how often the batch was halved
	both   int // on how many first levels in a row both halves were refused
}

// halve sends both halves of refused deliveries and says whether all of them
// were taken in the end. When on the first two levels both halves are refused,
// it is not the events: the endpoint is down. 413 is only about size.
func (n *narrowing) halve(ctx context.Context, ds []*delivery, w narrowed) bool {
	left, right, together := cut(ds)
	l := n.half(ctx, left)
	if together { // order within the message: the rest only after the first was taken
		n.put(left, l)
		if l.outcome != taken {
			n.job.parts = append(n.job.parts, part{ds: right, unsent: true})
			return false
		}
		return n.settle(ctx, right, n.half(ctx, right), narrowed{level: w.level + 1, both: -1})
	}
	r := n.half(ctx, right)
	next := narrowed{level: w.level + 1, both: -1}
	if l.outcome == refused && r.outcome == refused && w.both == w.level &&
		w.status != http.StatusRequestEntityTooLarge {
		next.both = w.both + 1
	}
	if next.both == 2 {
		n.stopped = r
		n.stopped.outcome = down
		n.put(left, n.stopped)
		n.put(right, n.stopped)
		return false
	}
	okLeft := n.settle(ctx, left, l, next)
	return n.settle(ctx, right, r, next) && okLeft
}

// half sends one half, unless the search has ended.
func (n *narrowing) half(ctx context.Context, ds []*delivery) answer {
	if n.stopped.outcome != taken {
		return n.stopped
	}
	a := n.postAll(ctx, n.job, ds)
	if a.outcome == down || a.outcome == gone {
		n.stopped = a
	}
	return a
}

// settle goes on in a half that was refused, or notes what became of it.
func (n *narrowing) settle(ctx context.Context, ds []*delivery, a answer, w narrowed) bool {
	if a.outcome == refused && len(ds) > 1 {
		if n.stopped.outcome == taken {
			w.status = a.status
			return n.halve(ctx, ds, w)
		}
		a = n.stopped
	}
	n.put(ds, a)
	return a.outcome == taken
}

func (n *narrowing) put(ds []*delivery, a answer) {
	n.job.parts = append(n.job.parts, part{ds: ds, answer: a})
}

// cut halves deliveries between two messages; when all are of one message, the
// first is split off and together is true.
func cut(ds []*delivery) (left, right []*delivery, together bool) {
	middle := len(ds) / 2
	for off := range len(ds) {
		for _, i := range [...]int{middle - off, middle + off} {
			if i > 0 && i < len(ds) && ds[i-1].entry.Message != ds[i].entry.Message {
				return slices.Clip(ds[:i]), ds[i:], false
			}
		}
	}
	return slices.Clip(ds[:1]), ds[1:], true
}
