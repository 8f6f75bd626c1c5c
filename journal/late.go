package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxLateRanges bounds the dead ranges of an endpoint of which it is kept when
// they were taken after all; the oldest are forgotten.
const maxLateRanges = 1000

// Taken is a delivery that was taken after it had been parked.
type Taken struct {
	Position Position
	ID       string // the receipt's
	At       time.Time
}

// late encloses the moment when a delivery was taken that the endpoint's cursor
// had passed before, parked or dead: the cursor's history does not know it.
type late struct {
	After time.Time `json:"after"`
	Until time.Time `json:"until"`
}

const takenPrefix = "taken "

// IsTaken reports whether a value of HistoryKind, by its name, tells when a
// delivery was taken that had been parked or dead.
func IsTaken(name string) bool { return strings.HasPrefix(name, takenPrefix) }

func takenName(endpoint string, p Position) string {
	return fmt.Sprintf("%s%d %s", takenPrefix, p, endpoint)
}

// lateKind is the kind of values that tell when dead ranges were taken, by the
// range.
func lateKind(endpoint string) string { return "late/" + endpoint }

func rangeName(from, to Position) string { return fmt.Sprintf("%016x-%016x", uint64(from), uint64(to)) }

func lateValue(kind, name string, after, until time.Time) (StateValue, error) {
	raw, err := json.Marshal(late{after, until})
	return StateValue{Kind: kind, Name: name, Value: raw}, err
}

// Take removes parked deliveries that were taken, and keeps when.
func (j *Journal) Take(ctx context.Context, endpoint string, all []Taken) error {
	b := Batch{}
	for _, t := range all {
		v, err := lateValue(HistoryKind(t.ID), takenName(endpoint, t.Position), t.At, t.At)
		if err != nil {
			return err
		}
		b.Unparked = append(b.Unparked, Delivered{endpoint, t.Position})
		b.State = append(b.State, v)
	}
	defer j.pruner.again()
	return j.change(ctx, b)
}

// TakeDead removes dead letters whose receipts were sent again, the last of them
// at that time, and keeps when; in the same transaction it stores those that are
// to stay of them, as letters of their own.
func (j *Journal) TakeDead(ctx context.Context, taken, again []Dead, at time.Time) error {
	b := Batch{Dead: again}
	for i := range again {
		again[i].Reason = clean(again[i].Reason)
	}
	for i := range taken {
		keep := j.lateRange
		if taken[i].From == taken[i].To {
			keep = j.lateSingle
		}
		values, err := keep(ctx, &taken[i], at)
		if err != nil {
			return err
		}
		b.DropDead, b.State = append(b.DropDead, taken[i].ID), append(b.State, values...)
	}
	defer j.pruner.again()
	return j.change(ctx, b)
}

func (j *Journal) lateSingle(ctx context.Context, dead *Dead, at time.Time) ([]StateValue, error) {
	e, err := j.Get(ctx, dead.From)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := lateValue(HistoryKind(e.ID), takenName(dead.Endpoint, dead.From), at, at)
	return []StateValue{v}, err
}

func (j *Journal) lateRange(ctx context.Context, dead *Dead, at time.Time) ([]StateValue, error) {
	kind := lateKind(dead.Endpoint)
	v, err := lateValue(kind, rangeName(dead.From, dead.To), dead.At, at)
	if err != nil {
		return nil, err
	}
	kept, err := j.engine.State(ctx, kind)
	if err != nil {
		return nil, err
	}
	values := []StateValue{v}
	names := make([]string, 0, len(kept))
	for name := range kept {
		names = append(names, name)
	}
	slices.Sort(names)
	for len(names) >= maxLateRanges {
		values = append(values, StateValue{Kind: kind, Name: names[0]})
		names = names[1:]
	}
	return values, nil
}

// takenLate tells when the endpoint took what its cursor had passed before.
func (j *Journal) takenLate(ctx context.Context, endpoint string, e *Entry) (l late, known bool, err error) {
	single, err := j.engine.State(ctx, HistoryKind(e.ID))
	if err != nil {
		return l, false, err
	}
	if raw := single[takenName(endpoint, e.Position)]; raw != nil {
		return l, true, json.Unmarshal(raw, &l)
	}
	ranges, err := j.engine.State(ctx, lateKind(endpoint))
	if err != nil {
		return l, false, err
	}
	for name, raw := range ranges {
		var from, to uint64
		if _, err := fmt.Sscanf(name, "%x-%x", &from, &to); err != nil {
			return l, false, fmt.Errorf("journal: range %q of endpoint %q: %w", name, endpoint, err)
		}
		if Position(from) <= e.Position && e.Position <= Position(to) {
			return l, true, json.Unmarshal(raw, &l)
		}
	}
	return l, false, nil
}

// forgetLate removes what is kept of an endpoint's dead ranges.
func (j *Journal) forgetLate(ctx context.Context, endpoint string) ([]StateValue, error) {
	kept, err := j.engine.State(ctx, lateKind(endpoint))
	var values []StateValue
	for name := range kept {
		values = append(values, StateValue{Kind: lateKind(endpoint), Name: name})
	}
	return values, err
}
