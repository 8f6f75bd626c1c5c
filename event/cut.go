package event

import "github.com/dlrgate/dlrgate/smpp/receipt"

// Cut returns f without what privacy.text: drop leaves out: all in body and TLVs
// that the dialect does not know to be something else than the message's text.
// The id is taken before the cut. What is decided and rendered is to be read out
// of the result, so that it reads the same when it is read again.
func Cut(f *Facts, d *receipt.Dialect) *Facts {
	cut := *f
	cut.CutID = ID(f)
	cut.Body, cut.TLVs = nil, nil
	if f.Malformed == "" {
		cut.Body, cut.TLVs = d.Cut(f.Input())
	}
	return &cut
}
