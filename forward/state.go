package forward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/journal"
)

// The kinds of durable state that endpoints keep in the journal (PutState): by
// the endpoint's name, and by endpoint name, a slash and the replay's id.
const (
	StateKind  = "endpoint"
	ReplayKind = "replay"
)

// state is what an endpoint remembers across restarts.
type state struct {
	// Paused is what the last `endpoints pause` or `resume` said; nil: nobody
	// did. It holds until the configured value changes from Configured.
	Paused     *bool  `json:"paused,omitempty"`
	Configured bool   `json:"configured_paused"`
	Disabled   bool   `json:"disabled"`
	Why        string `json:"why,omitempty"`
	Budget     budget `json:"budget"`

	endpoint *Endpoint
	row      row
	gone     goneRun
	dead     map[string]int // dead letters by class
	dirty    bool
	savedAt  time.Time
	started  time.Time
}

// goneRun counts 410 answers in a row.
type goneRun struct {
	n     int
	since time.Time
}

func loadState(ctx context.Context, e *Endpoint) (*state, error) {
	all, err := e.log.State(ctx, StateKind)
	if err != nil {
		return nil, err
	}
	s := &state{row: row{kind: StateKind, name: e.o.Name, stored: all[e.o.Name]}}
	if raw := s.row.stored; raw != nil {
		if err := json.Unmarshal(raw, s); err != nil {
			return nil, fmt.Errorf("stored state: %w", err)
		}
	}
	if s.Configured != e.o.Paused { // the configuration spoke last
		s.Paused, s.Configured = nil, e.o.Paused
	}
	counts, err := e.log.Counts(ctx, e.o.Name)
	if err != nil {
		return nil, err
	}
	s.dead = byClass(counts.Dead)
	s.endpoint, s.started = e, time.Now()
	return s, nil
}

func (s *state) save(ctx context.Context) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	s.savedAt = time.Now()
	if err := s.row.put(ctx, s.endpoint.log, raw); err != nil {
		return err
	}
	s.dirty = false
	return nil
}

// keep saves the state, unless another gateway does. What another one has been told
// meanwhile counts more than what is known here.
func (d *dispatcher) keep(ctx context.Context) error {
	if d.standby() {
		return nil
	}
	err := d.state.save(ctx)
	if errors.Is(err, journal.ErrStale) {
		return d.learn(ctx)
	}
	return err
}

// learn takes over what another gateway has been told of the endpoint. How long it
// was seen failing from here is known here.
func (d *dispatcher) learn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	told, err := loadState(ctx, d.Endpoint)
	if err != nil {
		return err
	}
	s := d.state
	s.Paused, s.Configured, s.Disabled, s.Why, s.row, s.dirty = told.Paused, told.Configured, told.Disabled, told.Why, told.row, false
	d.obs.Disabled(s.Disabled)
	d.zap.Info("follows what another gateway was told of the endpoint", zap.Bool("paused", s.paused()), zap.Bool("disabled", s.Disabled))
	d.publishNext()
	return nil
}

func (s *state) paused() bool {
	if s.Paused != nil {
		return *s.Paused
	}
	return s.Configured
}

// now is the wall clock as it was at the start, plus the time that passed: no
// jump of the clock makes a parked receipt due, or keeps it.
func (s *state) now() time.Time { return s.started.Add(time.Since(s.started)).UTC().Round(0) }

// seenGone disables the endpoint when it has answered 410 three times in a row
// over at least a minute.
func (d *dispatcher) seenGone(a answer) {
	run := &d.state.gone
	switch {
	case a.outcome != gone:
		if a.status != 0 {
			*run = goneRun{}
		}
		return
	case run.n == 0:
		run.since = a.at
	}
	run.n++
	if run.n < 3 || a.at.Sub(run.since) < time.Minute || d.state.Disabled {
		return
	}
	d.state.Disabled, d.state.Why, d.state.dirty = true, "it answered 410 Gone three times over a minute", true
	d.obs.Disabled(true)
	d.zap.Warn("endpoint disabled", zap.String("reason", d.state.Why),
		zap.String("do", "receipts wait; revive it with: dlrgate endpoints enable "+d.o.Name))
	d.publishNext()
}

// Pause starts no more POSTs until Resume, across restarts; receipts wait.
func (e *Endpoint) Pause(ctx context.Context) error { return e.setPaused(ctx, true) }

// Resume ends Pause.
func (e *Endpoint) Resume(ctx context.Context) error { return e.setPaused(ctx, false) }

func (e *Endpoint) setPaused(ctx context.Context, paused bool) error {
	return e.change(ctx, func(d *dispatcher) {
		d.state.Paused = &paused
		d.zap.Info("endpoint paused or resumed", zap.Bool("paused", paused))
	})
}

// Enable revives an endpoint that 410 answers had disabled, and tries one that
// is down at once.
func (e *Endpoint) Enable(ctx context.Context) error {
	return e.change(ctx, func(d *dispatcher) {
		if d.state.Disabled {
			d.obs.Disabled(false)
			d.zap.Info("endpoint enabled")
		}
		d.state.Disabled, d.state.Why, d.state.gone = false, "", goneRun{}
		d.breaker.tryNow(time.Now())
		d.retries.allDue(time.Now())
	})
}

// changeTries bounds how often an act begins again because another gateway was told
// something at the same time.
const changeTries = 3

// change alters the durable state and saves it.
func (e *Endpoint) change(ctx context.Context, act func(*dispatcher)) error {
	return e.doHere(ctx, func(d *dispatcher) (err error) {
		for range changeTries {
			act(d)
			if err = d.state.save(ctx); !errors.Is(err, journal.ErrStale) {
				return err
			}
			if err := d.learn(ctx); err != nil {
				return err
			}
		}
		return err
	})
}
