package journal

import (
	"context"
	"fmt"
)

// PutState keeps a small value of another room durably: an endpoint's flags, a
// bind held unbound, a back-off step, a replay job.
func (j *Journal) PutState(ctx context.Context, kind, name string, value []byte) error {
	if value == nil {
		value = []byte{}
	}
	return j.change(ctx, Batch{State: []StateValue{{Kind: kind, Name: name, Value: value}}})
}

// DeleteState removes a value; it need not be there.
func (j *Journal) DeleteState(ctx context.Context, kind, name string) error {
	return j.change(ctx, Batch{State: []StateValue{{Kind: kind, Name: name}}})
}

// State returns all values of a kind by their names. They are shared: read only.
func (j *Journal) State(ctx context.Context, kind string) (map[string][]byte, error) {
	return j.states.ask(ctx, kind)
}

func (j *Journal) lookStates(ctx context.Context, kinds []string) (map[string]map[string][]byte, error) {
	all := map[string]map[string][]byte{}
	for _, kind := range kinds {
		if all[kind] != nil {
			continue
		}
		values, err := j.engine.State(ctx, kind)
		if err != nil {
			return nil, err
		}
		all[kind] = values
	}
	return all, nil
}

// PutStates keeps several values in one transaction.
func (j *Journal) PutStates(ctx context.Context, values []StateValue) error {
	return j.change(ctx, Batch{State: values})
}

// Swap changes a small value, or makes or removes it (nil), if it still is what
// the writer knows: whoever shares it with another process loses to what that one
// has written, and reads it again.
type Swap struct {
	Kind, Name string
	Was, Value []byte
	// Lost is set by Write: the value is another one, and stays so.
	Lost bool
}

// Swap changes a small value that other processes change, too: from what it was
// when it was read, nil for not there, to another, nil to remove it. ErrStale: it is
// no longer what it was.
func (j *Journal) Swap(ctx context.Context, s Swap) error {
	if err := j.change(ctx, Batch{Swaps: []*Swap{&s}}); err != nil {
		return err
	}
	if s.Lost {
		return fmt.Errorf("%s %q: %w", s.Kind, s.Name, ErrStale)
	}
	return nil
}

// HistoryPrefix begins the kinds of values that belong to one receipt.
const HistoryPrefix = "history/"

// HistoryKind is the kind of the values that belong to the receipt of that id:
// they go with it, when its retention is over and when it is erased.
func HistoryKind(id string) string { return HistoryPrefix + id }
