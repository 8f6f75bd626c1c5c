package main

import (
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// stormResult is the verdict for programs; times are in milliseconds.
type stormResult struct {
	OK           bool             `json:"ok"`
	Receipts     int              `json:"receipts"`
	AnsweredOK   int              `json:"answered_ok"`
	Refused      int              `json:"refused"`
	Unanswered   int              `json:"unanswered"`
	GivenUp      int              `json:"given_up"`
	Open         int              `json:"open"`
	SendingMS    float64          `json:"sending_ms"`
	AnswerRate   float64          `json:"answered_per_second"`
	DeliveryRate float64          `json:"delivered_per_second"`
	Lag          int              `json:"lag_at_end"`
	DrainMS      float64          `json:"drain_ms"`
	Rejected     int              `json:"webhooks_rejected"`
	Endpoints    []endpointResult `json:"endpoints"`
}

type endpointResult struct {
	Path        string        `json:"path"`
	Delivered   int           `json:"delivered"`
	Lost        int           `json:"lost"`
	Duplicates  int           `json:"duplicates"`
	Unexpected  int           `json:"unexpected"`
	WrongStatus int           `json:"wrong_status"`
	OutOfOrder  int           `json:"out_of_order"`
	Answer      latencyResult `json:"answer"`
	Delivery    latencyResult `json:"receipt_to_webhook"`
	Forward     latencyResult `json:"received_at_to_webhook"`
	// LostReceipts are the first hundred.
	LostReceipts []lostReceipt `json:"lost_receipts,omitempty"`
}

type latencyResult struct {
	P50MS float64 `json:"p50_ms"`
	P99MS float64 `json:"p99_ms"`
	MaxMS float64 `json:"max_ms"`
}

type lostReceipt struct {
	Number    uint64 `json:"number"`
	MessageID string `json:"message_id"`
	Recipient string `json:"recipient"`
	Stat      string `json:"stat,omitempty"`
}

func stormJSON(r *simulator.StormReport) stormResult {
	out := stormResult{
		OK: r.OK(), Receipts: r.Counts.Receipts, AnsweredOK: r.Counts.OK, Refused: r.Refused,
		Unanswered: r.Counts.Unanswered, GivenUp: r.Counts.GivenUp, Open: r.Counts.Open(),
		SendingMS: ms(r.Sending), AnswerRate: r.AnswerRate, DeliveryRate: r.DeliveryRate,
		Lag: r.Lag, DrainMS: ms(r.Drain), Rejected: r.Rejected, Endpoints: []endpointResult{},
	}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		e := endpointResult{
			Path: v.Endpoint, Delivered: v.Delivered, Lost: len(v.Missing), Duplicates: v.Repeated,
			Unexpected: len(v.Unexpected), WrongStatus: len(v.WrongStatus), OutOfOrder: len(v.Disorder),
			Answer: inMS(v.Answer), Delivery: inMS(v.Delivery), Forward: inMS(v.Forward),
		}
		for _, m := range v.Missing[:min(100, len(v.Missing))] {
			e.LostReceipts = append(e.LostReceipts, lostReceipt{m.Number, m.MessageID, m.Recipient, m.Stat})
		}
		out.Endpoints = append(out.Endpoints, e)
	}
	return out
}

func inMS(l simulator.Latency) latencyResult { return latencyResult{ms(l.P50), ms(l.P99), ms(l.Max)} }

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
