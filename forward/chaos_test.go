package forward

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// chaos is an endpoint to which everything happens.
type chaos struct {
	*testing.T
	*dice
	log    *fickle
	hook   *receiver
	e      *Endpoint
	stop   func()
	stored []string
	last   map[string]string // event of each message

	hasty bool // it gives up soon

	mu         sync.Mutex
	hit, taken map[string]bool
	prior      map[string]string // the message's event before
}

// answer takes most events, and refuses, fails, or asks to wait for the others.
func (c *chaos) answer(_ int, h hit, w http.ResponseWriter) {
	codes := []int{400, 422, 413, 500, 503, 401, 429, 302}
	i := c.below(3 * len(codes))
	if i < len(codes) {
		w.WriteHeader(codes[i])
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for rest := h.body; ; {
		_, after, found := strings.Cut(rest, `"id":"`)
		if !found {
			return
		}
		id, _, _ := strings.Cut(after, `"`)
		if before := c.prior[id]; before != "" && !c.hit[before] && !c.hasty {
			c.Errorf("%s was sent before %s", id, before)
		}
		c.hit[id], c.taken[id], rest = true, c.taken[id] || i >= len(codes), after
	}
}

func (c *chaos) begin() {
	o := options(c.hook.URL)
	o.Concurrency, o.BatchEvents = 1+c.below(8), 1+3*c.below(2)
	if c.hasty {
		o.Retry.GiveUpAfter = time.Second
	}
	c.e, c.stop = running(c, o, c.log, nil)
}

func (c *chaos) store() {
	operator := []string{"acme", "beta"}[c.below(2)]
	rs := receipts(fmt.Sprintf("%s%d-", operator, len(c.stored)), 1+c.below(40))
	for i := range rs {
		rs[i].message = fmt.Sprint(c.below(20))
		c.stored = append(c.stored, rs[i].id)
		c.mu.Lock()
		c.prior[rs[i].id] = c.last[operator+rs[i].message]
		c.mu.Unlock()
		c.last[operator+rs[i].message] = rs[i].id
	}
	store(c, c.log.Journal, operator, rs...)
}

func (c *chaos) dead() (ids []int64) {
	all, err := c.log.ListDead(c.Context(), "app", 0, 1000)
	if err != nil {
		c.Fatal(err)
	}
	for _, d := range all {
		ids = append(ids, d.ID)
	}
	return ids
}

// step does one thing; that it may fail is a part of it.
func (c *chaos) step() {
	ctx := c.Context()
	switch c.below(14) {
	case 0:
		_ = c.e.Pause(ctx)
	case 1:
		if over, cancel := context.WithCancel(ctx); c.says(2) {
			cancel()
			c.e.Stop(over)
		} else {
			cancel()
		}
		c.stop()
		c.begin()
	case 2:
		_, _ = c.e.RetryParked(ctx)
	case 3:
		_, _ = c.e.BuryParked(ctx)
	case 4:
		if ids := c.dead(); len(ids) > 0 {
			_, _ = c.e.RetryDead(ctx, ids)
		}
	case 5:
		_, _ = c.e.Replay(ctx, Replay{})
	case 6:
		_ = c.e.Enable(ctx)
	case 7, 8:
		_ = c.e.Resume(ctx)
	case 9:
		c.log.away.Store(uint32(c.below(3)))
	default:
		c.store()
	}
	seen := len(c.hook.got())
	limit := time.After(100 * time.Millisecond)
	for wanted := c.below(30); len(c.hook.got()) < seen+wanted; {
		select {
		case <-limit:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// settle lets everything work again, and waits until nothing is left.
func (c *chaos) settle() {
	c.putAway()
	c.log.away.Store(0)
	eventually(c, "it delivers again", func() bool {
		streams := 0
		err := c.e.do(c.Context(), func(d *dispatcher) { streams = len(d.queue.streams) })
		return err == nil && streams == 2
	})
	if err := errors.Join(c.e.Resume(c.Context()), c.e.Enable(c.Context())); err != nil {
		c.Fatal(err)
	}
	eventually(c, "nothing waits", func() bool { return c.e.Status().Lag == 0 })
	noReplays(c.T, c.e)
	eventually(c, "nothing is parked", func() bool {
		_, err := c.e.RetryParked(c.Context())
		left, err2 := c.log.ListParked(c.Context(), "app", 1)
		return errors.Join(err, err2) == nil && len(left) == 0
	})
	if ids := c.dead(); len(ids) > 0 {
		if _, err := c.e.RetryDead(c.Context(), ids); err != nil {
			c.Fatal(err)
		}
	}
	noReplays(c.T, c.e)
}

// TestNothingIsLostWhateverHappens throws dice about what the endpoint answers,
// which writes fail and what is asked of it.
func TestNothingIsLostWhateverHappens(t *testing.T) {
	if testing.Short() {
		t.Skip("long: many random histories")
	}
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := &chaos{
				T: t, dice: &dice{rng: rand.New(rand.NewPCG(seed, 7))}, hasty: seed%2 == 1,
				last: map[string]string{}, hit: map[string]bool{}, taken: map[string]bool{}, prior: map[string]string{},
			}
			c.log = &fickle{Journal: newLog(t, "acme", "beta"), dice: c.dice}
			c.hook = newReceiver(t, c.answer)
			c.begin()
			for range 60 {
				c.step()
			}
			c.settle()
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, id := range c.stored {
				if !c.taken[id] {
					t.Errorf("%s was never taken", id)
				}
			}
			if left := c.dead(); len(left) > 0 {
				t.Errorf("%d dead letters are left", len(left))
			}
			eventually(t, "the figures are right", func() bool {
				s := c.e.Status()
				return s.Parked[classRefused]+s.Parked[classUnreachable]+s.Dead[classRefused]+s.Dead[classUnreachable] == 0
			})
		})
	}
}
