package event

import (
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// Rules are how the receipts of one operator are read, decided and worded. They
// are the one way from facts to an event: what comes in, what is retranslated,
// what is explained and the cases of a rule all take it, so that the same
// receipt under the same rules always has the same status.
type Rules struct {
	Dialect *receipt.Dialect
	Table   *mapping.Table
	Options Options
}

// Reading is what rules made of facts.
type Reading struct {
	Facts *Facts
	// Receipt is nil for a frame that could not be read.
	Receipt *receipt.Receipt
	// Decision is zero for what is no receipt.
	Decision mapping.Decision

	options Options
}

// Read reads what came over the wire and, when it is a receipt, decides its
// status. The Reading keeps f, or what privacy leaves of it.
func (r *Rules) Read(f *Facts) *Reading { return r.ReadCase(f, nil) }

// ReadCase reads f as the case of a rule: complete, unless nil, gives the receipt
// what the rule names and no text can hold, before it is decided.
func (r *Rules) ReadCase(f *Facts, complete func(*receipt.Receipt)) *Reading {
	if r.Options.CutText {
		f = Cut(f, r.Dialect)
	}
	read := &Reading{Facts: f, options: r.Options}
	if f.Malformed != "" {
		return read
	}
	read.Receipt = r.Dialect.Parse(f.Input())
	if complete != nil {
		complete(read.Receipt)
	}
	if read.Kind() == KindReceipt {
		read.Decision = r.Table.Decide(read.Receipt)
	}
	return read
}

// Kind says what was read.
func (r *Reading) Kind() Kind {
	switch {
	case r.Receipt == nil:
		return KindMalformed
	case r.Receipt.Kind == receipt.NotReceipt:
		return KindNonReceipt
	}
	return KindReceipt
}

// Event makes the event; see [Event].
func (r *Reading) Event() *Event { return newEvent(r.Facts, r.Receipt, r.Decision, r.options) }

// Explain returns the data object of a receipt that is only looked at: no id,
// sequence or verdict, but is_receipt, and what was not understood in problems,
// which is always there.
func (r *Reading) Explain() []byte {
	read := r.Receipt
	if read == nil {
		read = &receipt.Receipt{MessageState: receipt.NoState, Problems: []string{r.Facts.Malformed}}
	}
	return explain(&source{r.Facts, read, r.Decision, r.options})
}

// Input is what of f the reading of the receipt depends on.
func (f *Facts) Input() *receipt.Input {
	return &receipt.Input{
		ESMClass: f.ESMClass, DataCoding: f.DataCoding, Body: f.Body, TLVs: f.TLVs, ReceivedAt: f.ReceivedAt,
		Cut: f.CutID != "",
	}
}
