package mapping_test

import (
	"testing"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// text is a receipt as its text alone reads.
func text(stat, err string) *receipt.Receipt {
	return &receipt.Receipt{
		Kind: receipt.Report, MessageState: receipt.NoState,
		Stat: receipt.Field{Value: stat, Present: stat != ""},
		Err:  receipt.Field{Value: err, Present: err != ""},
	}
}

// with changes r and returns it, so that a table of tests stays one line a case.
func with(r *receipt.Receipt, change func(*receipt.Receipt)) *receipt.Receipt {
	change(r)
	return r
}

func intermediate(r *receipt.Receipt) *receipt.Receipt {
	r.Kind = receipt.Intermediate
	return r
}

func state(r *receipt.Receipt, messageState int) *receipt.Receipt {
	r.MessageState = messageState
	return r
}

func network(r *receipt.Receipt, kind byte, code uint16) *receipt.Receipt {
	r.NetworkError = &receipt.NetworkError{Type: kind, Code: code}
	return r
}

func compile(t *testing.T, o mapping.Options) *mapping.Table {
	t.Helper()
	table, problems := mapping.Compile(o)
	for _, p := range problems {
		t.Error(p)
	}
	if len(problems) > 0 {
		t.FailNow()
	}
	return table
}
