package gateway

import (
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp"
)

// observer turns what the rooms tell into metrics. Log lines are the rooms' own.
type observer struct {
	*metrics
	// wanted says whether any endpoint's filter wants the receipt.
	wanted func(*event.Summary) bool
}

// nonReceipt counts a deliver_sm that reports nothing, by what was done with it.
func (o *observer) nonReceipt(operator, action string) {
	o.nonReceipts.WithLabelValues(operator, action).Inc()
}

// stored counts one durable receipt.
func (o *observer) stored(s *event.Summary) {
	if s.Kind != event.KindReceipt {
		return
	}
	o.receipts.WithLabelValues(s.Operator, s.Status.String()).Inc()
	countIf(s.Unmapped, o.unmapped, s.Operator)
	countIf(s.Conflict, o.conflicts, s.Operator)
	countIf(s.Duplicate, o.duplicates, s.Operator)
	countIf(s.Late, o.late, s.Operator)
	if !o.wanted(s) {
		o.unrouted.Inc()
	}
}

func countIf(is bool, of *prometheus.CounterVec, operator string) {
	if is {
		of.WithLabelValues(operator).Inc()
	}
}

// smpp is what the binds of one operator tell.
func (o *observer) smpp(operator string) smpp.Observer {
	responses := o.deliverSMResponse.WithLabelValues(operator)
	return smpp.Observer{
		StateChanged: func(c smpp.StateChange) {
			up := 0.0
			if c.To == smpp.Bound {
				up = 1
			}
			o.bindUp.WithLabelValues(operator, c.Bind).Set(up)
		},
		Received: func(bind string, at time.Time) {
			o.bindLastReceipt.WithLabelValues(operator, bind).Set(float64(at.UnixMilli()) / 1000)
		},
		Answered: func(bind string, status smpp.CommandStatus, after time.Duration) {
			o.deliverSM.WithLabelValues(operator, bind, statusLabel(status)).Inc()
			responses.Observe(after.Seconds())
		},
		CertificateExpiry: func(address string, notAfter time.Time) {
			o.certificateEnds(address, notAfter)
		},
	}
}

// statusLabel is the name of a command_status alone, "ESME_RMSGQFUL", or the
// number of one without a name.
func statusLabel(s smpp.CommandStatus) string {
	name, _, _ := strings.Cut(s.String(), " ")
	if name == "unknown" {
		return fmt.Sprintf("0x%08x", uint32(s))
	}
	return name
}

// journal is what the log tells; whose streams are owned here, owned is told, and
// found what was stored though it was refused.
func (o *observer) journal(owned func(operator string, is bool), found func(*journal.Entry)) journal.Observer {
	return journal.Observer{
		Owned:     owned,
		Found:     found,
		Commit:    func(took time.Duration, _, _ int) { o.journalCommit.Observe(took.Seconds()) },
		Synced:    func(n int) { o.journalSync.Add(float64(n)) },
		Space:     func(used, free int64) { o.journalSize.Set(float64(used)); o.journalFree.Set(float64(free)) },
		SearchLag: func(receipts int) { o.searchLag.Set(float64(receipts)) },
	}
}

// showOperator makes the series of an operator present at 0 before its first
// receipt; full is its command_status of temporary refusals.
func (o *observer) showOperator(operator string, binds []string, full smpp.CommandStatus) {
	for _, b := range binds {
		o.bindUp.WithLabelValues(operator, b)
		for _, answer := range []smpp.CommandStatus{smpp.StatusOK, full, smpp.StatusReject} {
			o.deliverSM.WithLabelValues(operator, b, statusLabel(answer))
		}
	}
	o.deliverSMResponse.WithLabelValues(operator)
	for _, info := range mapping.Statuses() {
		o.receipts.WithLabelValues(operator, info.Name)
	}
	for _, action := range []string{"kept", "rejected", "deferred", "malformed"} {
		o.nonReceipts.WithLabelValues(operator, action)
	}
	o.unmapped.WithLabelValues(operator)
	o.conflicts.WithLabelValues(operator)
	o.duplicates.WithLabelValues(operator)
	o.late.WithLabelValues(operator)
}
