package event

import (
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// New makes an event of what a test says was read and decided.
var New = newEvent

// Explain explains what a test says was read and decided.
func Explain(f *Facts, r *receipt.Receipt, d mapping.Decision, o Options) []byte {
	return (&Reading{f, r, d, o}).Explain()
}
