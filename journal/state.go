package journal

import "context"

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

// HistoryPrefix begins the kinds of values that belong to one receipt.
const HistoryPrefix = "history/"

// HistoryKind is the kind of the values that belong to the receipt of that id:
// they go with it, when its retention is over and when it is erased.
func HistoryKind(id string) string { return HistoryPrefix + id }
