package forward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

var (
	// ErrNoReplay says that there is no such replay.
	ErrNoReplay = errors.New("no such replay")
	// ErrRules says that a replay's rules cannot be read: it ends.
	ErrRules = errors.New("the replay's rules cannot be read")
)

// Replay chooses stored receipts to be sent again. Either IDs name them, or
// Dead does, or they are all of those that the other fields choose and the
// endpoint's filter wants. What was sent as a duplicate is sent once.
type Replay struct {
	ID        string    `json:"id"` // given by Endpoint.Replay
	CreatedAt time.Time `json:"created_at"`

	Since    time.Time `json:"since,omitzero"` // received at or after
	Until    time.Time `json:"until,omitzero"` // received before
	Operator string    `json:"operator,omitempty"`
	Status   string    `json:"status,omitempty"`
	IDs      []string  `json:"ids,omitempty"`
	// Rules, for Options.Translate: of the receipts that are chosen only those
	// are sent that become something else by them, and that the filter wants as
	// they were or as they are then.
	Rules string `json:"rules,omitempty"`
	// Dead are dead letters; they are sent under their first webhook-id, and
	// dropped when they are taken.
	Dead []int64 `json:"dead,omitempty"`
	Rate float64 `json:"rate,omitempty"` // events per second; 0: no limit of its own
}

// ReplayStatus is a replay and how far it is.
type ReplayStatus struct {
	Replay
	Sent   int `json:"sent"`
	Failed int `json:"failed"` // refused, or not found
}

// replay is a running or waiting ReplayStatus with its place; it is stored as
// JSON before each chunk is sent, so that after a restart the chunk goes out
// under the same webhook-ids.
type replay struct {
	ReplayStatus
	// At and Heads are where the search stands and ends in each stream; Next is
	// the place in IDs or Dead.
	At    map[journal.Stream]journal.Position `json:"at,omitempty"`
	Heads map[journal.Stream]journal.Position `json:"heads,omitempty"`
	Next  int                                 `json:"next"`
	// First is the first receipt of the dead range that is gone through, if it
	// was not taken this time either.
	First *chunkItem  `json:"first,omitempty"`
	Chunk []chunkItem `json:"chunk,omitempty"`

	row     *row
	loaded  bool // ready to go on with the chunk that was stored
	limit   limitState
	pending []*delivery
	busy    map[[16]byte]bool // messages of what was started and has not ended
	again   retryHeap
	running int
	savedAt time.Time
	dropped bool // cancelled while POSTs were running
	waits   bool // for a stream that is not ours, and the log says so
}

// chunkItem is a receipt of the chunk that is being sent.
type chunkItem struct {
	Position journal.Position `json:"position"`
	N        int              `json:"n,omitempty"` // the replay's number; 0 for a dead letter
	Dead     int64            `json:"dead,omitempty"`
	Done     bool             `json:"done,omitempty"`
	Failed   bool             `json:"failed,omitempty"`
	// Class and Reason say why it failed.
	Class  string `json:"class,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Replay has stored receipts sent again, after all live ones; it goes on after a
// restart, until it is done or cancelled. The returned id names it.
func (e *Endpoint) Replay(ctx context.Context, r Replay) (string, error) {
	r.CreatedAt = e.target.wall().UTC()
	r.ID = fmt.Sprintf("%s-%x", e.o.Name, r.CreatedAt.UnixNano())
	err := e.doHere(ctx, func(d *dispatcher) error {
		return d.replays.add(ctx, d, &replay{ReplayStatus: ReplayStatus{Replay: r}, row: &row{kind: ReplayKind, name: e.o.Name + "/" + r.ID}})
	})
	if err != nil {
		return "", fmt.Errorf("replay: %w", err)
	}
	return r.ID, nil
}

// RetryDead sends dead letters again, as a replay that drops what was taken.
func (e *Endpoint) RetryDead(ctx context.Context, ids []int64) (string, error) {
	for _, id := range ids {
		dead, err := e.log.GetDead(ctx, id)
		if err != nil {
			return "", fmt.Errorf("dead letter %d: %w", id, err)
		}
		if dead.Endpoint != e.o.Name {
			return "", fmt.Errorf("dead letter %d is not of endpoint %q: %w", id, e.o.Name, journal.ErrNotFound)
		}
	}
	return e.Replay(ctx, Replay{Dead: slices.Clone(ids)})
}

// DropDead forgets dead letters and says how many there were.
func (e *Endpoint) DropDead(ctx context.Context, ids []int64) (int, error) {
	n, err := e.log.DropDead(ctx, ids)
	if err != nil {
		return n, fmt.Errorf("drop dead letters of endpoint %q: %w", e.o.Name, err)
	}
	return n, e.do(ctx, func(d *dispatcher) { d.recount(ctx) })
}

// Replays lists what is being sent again or waits for its turn.
func (e *Endpoint) Replays(ctx context.Context) (list []ReplayStatus, err error) {
	var failed error
	err = e.do(ctx, func(d *dispatcher) {
		replays := d.replays
		if d.standby() { // the other gateway's may have begun or ended
			if replays, failed = loadReplays(ctx, e); failed != nil {
				return
			}
		}
		for _, r := range replays.list {
			list = append(list, r.ReplayStatus)
		}
	})
	return list, errors.Join(err, failed)
}

// CancelReplay ends a replay; what was sent stays sent.
func (e *Endpoint) CancelReplay(ctx context.Context, id string) error {
	return e.doHere(ctx, func(d *dispatcher) error {
		for _, r := range d.replays.list {
			if r.ID == id {
				if err := r.takeLetters(ctx, d); err != nil {
					return err
				}
				return d.replays.remove(ctx, d, r)
			}
		}
		return fmt.Errorf("replay %q: %w", id, ErrNoReplay)
	})
}
