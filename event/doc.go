// Package event makes what a webhook gets of a receipt: the JSON of
// docs/webhook.md, its id, and the verdict on where it stands among the other
// receipts of its message.
//
// It promises:
//   - the same receipt sent again by the operator has the same id, before and
//     after a restart and whatever the configuration says by then;
//   - any octets give valid JSON; what is not known is an absent key;
//   - everything but sequence and verdict is rendered by Reading.Event, in the
//     caller's goroutine, so that the one goroutine that commits has only to copy;
//   - what was stored can be read again: the binary forms carry a version, and
//     no octets make their decoders panic.
//
// It leaves the reading to smpp/receipt and the deciding to mapping, and stores
// and sends nothing.
//
// The flow is Rules.Read and Reading.Event, then Recent.Judge on its Summary,
// then Event.AppendJSON with the verdict. Non-receipts and frames that could not be read go the same way
// and have no JSON. To decide a stored receipt once more, its facts are decoded
// and read again; the id stays.
package event
