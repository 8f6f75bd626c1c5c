package journal

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

// flood puts n drafts of each bind, numbered in ReceivedAt.
func flood(q *intake, operator string, n, size int, binds ...string) {
	for i := range n {
		for _, b := range binds {
			q.put(&Draft{Operator: operator, Bind: b, ReceivedAt: time.Unix(int64(i), 0), Size: size})
		}
	}
}

// count tells how many drafts of a group came from each sender.
func count(group []*Draft) map[string]int {
	n := map[string]int{}
	for _, d := range group {
		n[d.Operator]++
		n[d.Operator+"/"+d.Bind]++
	}
	return n
}

func wantCounts(t *testing.T, group []*Draft, want map[string]int) {
	t.Helper()
	got := count(group)
	for sender, n := range want {
		if got[sender] != n {
			t.Errorf("%d of %s in the group, want %d: %v", got[sender], sender, n, got)
		}
	}
}

// TestIntakeTurns has one operator flood: the next group holds everything of
// those who sent little, and each bind's receipts stay in their order.
func TestIntakeTurns(t *testing.T) {
	t.Parallel()
	q := newIntake()
	flood(&q, "flood", 4000, 1000, "1", "2")
	flood(&q, "flood", 1, 1000, "3")
	flood(&q, "small", 3, 1000, "1")
	flood(&q, "other", 500, 1000, "1")
	wantCounts(t, q.take(256), map[string]int{"small": 3, "flood/3": 1, "flood": 127, "other": 126})
	wantCounts(t, q.take(256), map[string]int{"small": 0, "flood/1": 64, "flood/2": 64, "other": 128})
	last := map[string]time.Time{}
	left := 0
	for ; !q.empty(); left++ {
		for _, d := range q.take(1000) {
			sender := d.Operator + "/" + d.Bind
			if d.ReceivedAt.Before(last[sender]) {
				t.Fatalf("%s: %s came after %s", sender, d.ReceivedAt, last[sender])
			}
			last[sender] = d.ReceivedAt
		}
	}
	if q.waiting != 0 || len(q.operators) != 0 {
		t.Errorf("the intake is empty and counts %d turns of %d operators", q.waiting, len(q.operators))
	}
}

// TestIntakeLongReceipts counts octets: 60 KiB a receipt win no more of a group
// than short ones.
func TestIntakeLongReceipts(t *testing.T) {
	t.Parallel()
	q := newIntake()
	flood(&q, "long", 500, 60<<10, "1")
	flood(&q, "short", 500, 1000, "1")
	n := count(q.take(256))
	if n["long"] > 9 || n["short"] < 110 {
		t.Errorf("a group of %v, want about as many octets of each", n)
	}
}

// TestIntakeRoom fills one bind's line: it must wait, and nobody else.
func TestIntakeRoom(t *testing.T) {
	t.Parallel()
	q := newIntake()
	fill := func(bind string) (n int) {
		for ; q.room("flood", bind) == nil; n++ {
			flood(&q, "flood", 1, 1000, bind)
		}
		return n
	}
	if n := fill("1"); n != maxAhead*minGroup {
		t.Errorf("%d receipts of one operator may wait, want %d", n, maxAhead*minGroup)
	}
	ask := q.room("flood", "1")
	if n := fill("2"); n != maxAhead*minGroup/2 {
		t.Errorf("%d of its second bind, want its share of %d", n, maxAhead*minGroup/2)
	}
	if q.room("small", "1") != nil || q.room("flood", "3") != nil {
		t.Error("who has nothing waiting must wait for another's receipts")
	}
	for open(ask) {
		if len(q.take(256)) == 0 {
			t.Fatal("the intake is empty and nobody was told of room")
		}
	}
	if q.room("flood", "1") != nil {
		t.Error("no room after it was told of")
	}
}

func open(c <-chan struct{}) bool {
	select {
	case <-c:
		return false
	default:
		return true
	}
}

// TestIntakeBound appends without asking for room: the one that does is refused
// in the end, another is not.
func TestIntakeBound(t *testing.T) {
	t.Parallel()
	q := newIntake()
	flood(&q, "flood", maxTurns+1000, 1000, "1")
	if q.waiting != maxTurns {
		t.Errorf("%d turns wait, want %d", q.waiting, maxTurns)
	}
	if !q.put(&Draft{Operator: "small"}) {
		t.Error("the small operator's receipt is refused for the flood")
	}
}

// TestRoom waits for room: what waits too long is refused, what finds room goes
// on, and both only while receipts can be stored at all.
func TestRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &Journal{}
		j.queue.init()
		j.health.init(zap.NewNop(), j.idle)
		flood(&j.queue.receipts, "flood", maxAhead*minGroup, 1000, "1")
		room := func(operator string) error { return j.Room(t.Context(), operator, "1", time.Now()) }
		began := time.Now()
		if err := room("flood"); !errors.Is(err, ErrRefused) || time.Since(began) != maxWait {
			t.Errorf("a flood: %v after %s, want a refusal after %s", err, time.Since(began), maxWait)
		}
		began = time.Now()
		if err := room("small"); err != nil || time.Since(began) != 0 {
			t.Errorf("another operator: %v after %s", err, time.Since(began))
		}
		waited := make(chan error, 1)
		go func() { waited <- room("flood") }()
		synctest.Wait()
		for range maxAhead {
			j.queue.take(minGroup)
		}
		if err := <-waited; err != nil || time.Since(began) != 0 {
			t.Errorf("with room again: %v after %s", err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		flood(&j.queue.receipts, "flood", maxAhead*minGroup, 1000, "1")
		cancel()
		if err := j.Room(ctx, "flood", "1", time.Now()); !errors.Is(err, context.Canceled) {
			t.Errorf("a session that is over: %v", err)
		}
		j.health.setFailed(errors.New("disk I/O error"))
		if err := room("small"); !errors.Is(err, ErrRefused) {
			t.Errorf("nothing can be stored: %v", err)
		}
	})
}

// TestGroupSize has commits that cost more and less by themselves: a group adds
// 5 ms, or as much as that.
func TestGroupSize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		commit time.Duration
		want   int
	}{{time.Millisecond, minGroup}, {10 * time.Millisecond, 500}, {50 * time.Millisecond, maxGroup}} {
		t.Run(fmt.Sprint(test.commit), func(t *testing.T) {
			t.Parallel()
			var g groupSize
			learnt := 0
			for range 200 * loneEvery {
				rows := g.rows()
				took := test.commit + time.Duration(rows)*rowTime
				if rows == lone {
					learnt++
					if learnt%10 == 0 {
						took += time.Second // a stall
					}
				}
				g.learn(rows, took)
			}
			g.learn(lone, test.commit)
			if n := g.rows(); n < test.want*4/5 || n > test.want*6/5 {
				t.Errorf("groups of %d, want about %d", n, test.want)
			}
		})
	}
}
