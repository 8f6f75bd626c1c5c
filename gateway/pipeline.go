package gateway

import (
	"context"
	"sync/atomic"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/smpp"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// What an operator's non_receipt says of a deliver_sm that reports nothing.
const (
	keepNonReceipts   = "keep"
	rejectNonReceipts = "reject"
	deferNonReceipts  = "defer"
)

// reading is how the receipts of one operator are read and judged: what a
// reload of its rules changes.
type reading struct {
	rules      *event.Rules
	nonReceipt string
	fullStatus smpp.CommandStatus
	tally      *tally
}

// pipeline is the chain from a deliver_sm to the commit that allows its answer.
type pipeline struct {
	readings atomic.Pointer[map[string]*reading]
	journal  *journal.Journal
	observe  *observer
}

// Deliver takes one deliver_sm or data_sm; its answer leaves when the receipt is
// durable, or at once when it cannot be. While its operator has too much waiting
// it is not even read: that costs the others nothing.
func (p *pipeline) Deliver(ctx context.Context, d *smpp.DeliverSM, answer func(smpp.CommandStatus)) {
	op := (*p.readings.Load())[d.Operator]
	if op == nil { // a reload took the operator out while its session drains
		answer(smpp.StatusQueueFull)
		return
	}
	if p.journal.Room(ctx, d.Operator, d.Bind, d.ReceivedAt) != nil {
		answer(op.fullStatus)
		return
	}
	read := op.rules.Read(factsOf(d))
	switch ev := read.Event(); read.Kind() {
	case event.KindReceipt:
		p.store(ev, op, answer, func() { op.tally.decided(&read.Decision, read.Receipt, d.ReceivedAt) })
	case event.KindNonReceipt:
		p.setAside(ev, op, answer)
	case event.KindMalformed:
		p.store(ev, op, answer, func() { p.observe.nonReceipt(d.Operator, "malformed") })
	}
}

// setAside does with what reports nothing as the operator's non_receipt says.
func (p *pipeline) setAside(ev *event.Event, op *reading, answer func(smpp.CommandStatus)) {
	operator := ev.Summary().Operator
	switch op.nonReceipt {
	case rejectNonReceipts:
		p.observe.nonReceipt(operator, "rejected")
		answer(smpp.StatusReject)
	case deferNonReceipts:
		p.observe.nonReceipt(operator, "deferred")
		answer(op.fullStatus)
	default:
		p.store(ev, op, answer, func() { p.observe.nonReceipt(operator, "kept") })
	}
}

// store hands the event to the journal and answers when that has decided. What
// is stored is counted: one that is refused and comes again counts once.
func (p *pipeline) store(ev *event.Event, op *reading, answer func(smpp.CommandStatus), count func()) {
	s := ev.Summary()
	p.journal.Append(&journal.Draft{
		Operator: s.Operator, Bind: ev.Facts().Bind, ReceivedAt: s.ReceivedAt, Size: ev.Size(), Payload: ev,
		Done: func(err error) {
			if err != nil {
				answer(op.fullStatus)
				return
			}
			count()
			answer(smpp.StatusOK)
		},
	})
}

// ReadCaptured reads a whole deliver_sm or data_sm, header included, as if it
// came in. Other octets are none: ok is false.
func ReadCaptured(octets []byte) (f *event.Facts, ok bool) {
	d, ok := smpp.ParseDeliverSM(octets)
	if !ok {
		return nil, false
	}
	return factsOf(d), true
}

// factsOf carries over what came on the wire; no room shares another's types.
func factsOf(d *smpp.DeliverSM) *event.Facts {
	f := &event.Facts{
		Operator: d.Operator, Account: d.Account, Bind: d.Bind,
		Command: d.Command, Sequence: d.Sequence, ServiceType: d.ServiceType,
		Source: event.Address(d.Source), Dest: event.Address(d.Dest),
		ESMClass: d.ESMClass, DataCoding: d.DataCoding,
		Body: d.Body(), ReceivedAt: d.ReceivedAt, Malformed: d.Malformed, Problems: d.Problems,
	}
	if d.Malformed != "" {
		f.Body = d.Raw
	}
	if len(d.TLVs) > 0 {
		f.TLVs = make([]receipt.TLV, len(d.TLVs))
		for i, t := range d.TLVs {
			f.TLVs[i] = receipt.TLV(t)
		}
	}
	return f
}
