package journal

import "time"

// Observer is told what the journal does. A nil field is not called; a call
// must not block, and may come from any goroutine.
type Observer struct {
	// Commit: a transaction with rows receipts of so many octets took so long.
	Commit func(took time.Duration, rows, octets int)
	// Synced: so many syncs of the log returned.
	Synced func(n int)
	// Space: octets that the journal uses, and that it could still use.
	Space func(used, free int64)
	// SearchLag: receipts that are stored and not yet in the search projection.
	SearchLag func(receipts int)
	// Owned: the stream of an operator was gained or lost. Binds of a lost one
	// must be closed at once.
	Owned func(operator string, owned bool)
	// Found: an entry is stored although its commit seemed to fail, and its draft
	// was refused: it will come again. It is told without Raw and Event, by the
	// committer, between two groups.
	Found func(*Entry)
}

func (o Observer) owned(operator string, owned bool) {
	if o.Owned != nil {
		o.Owned(operator, owned)
	}
}
