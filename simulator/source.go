package simulator

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A recipient is a prefix and the number of its message.
const (
	defaultPrefix = "336"
	messageDigits = 9
)

// SourceOptions say which receipts a [Source] makes.
type SourceOptions struct {
	Dialect Dialect // zero: DefaultDialect
	Seed    uint64
	// Messages is how many messages there are; 0: no end. Receipts can be more:
	// intermediate ones and duplicates.
	Messages uint64
	// Receipts ends the source after that many receipts; 0: no such end.
	Receipts uint64
	// Account is the system_id whose sessions get them; empty: any session.
	Account string
	// Sender of the messages. Empty: ACME.
	Sender string
	// Prefix begins each recipient's number, which goes on with nine digits of
	// the message's number. Empty: 336.
	Prefix string
	// Epoch is when the first message was submitted; each later one a second
	// after it. Zero: 2026-01-05 08:00 UTC, so that the octets never change.
	Epoch time.Time
}

// Source makes receipts in a fixed order: message n of a seed is always the
// same. It is for one goroutine.
type Source struct {
	SourceOptions
	next  uint64
	given uint64 // receipts returned so far
	base  uint64
	total float64
	ready []*Receipt
}

// NewSource returns a source at its first message.
func NewSource(opts SourceOptions) *Source {
	if opts.Dialect.Name == "" {
		opts.Dialect = DefaultDialect()
	}
	opts.Sender = cmp.Or(opts.Sender, "ACME")
	opts.Prefix = cmp.Or(opts.Prefix, defaultPrefix)
	if opts.Epoch.IsZero() {
		opts.Epoch = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	}
	s := &Source{SourceOptions: opts, next: 1}
	// ids of 32 bits that neither begin with a zero nor meet another seed's soon
	s.base = 0x20000000 + rand.New(rand.NewPCG(opts.Seed, 0)).Uint64N(0x60000000)
	for _, o := range opts.Dialect.Outcomes {
		s.total += o.Weight
	}
	return s
}

// Next returns the next receipt, or nil after the last.
func (s *Source) Next() *Receipt {
	if s.Receipts > 0 && s.given == s.Receipts {
		return nil
	}
	for len(s.ready) == 0 {
		if s.Messages > 0 && s.next > s.Messages {
			return nil
		}
		s.refill()
	}
	r := s.ready[0]
	s.ready = s.ready[1:]
	s.given++
	return r
}

func (s *Source) take(n int) []*Receipt {
	out := make([]*Receipt, 0, n)
	for len(out) < n {
		r := s.Next()
		if r == nil {
			break
		}
		out = append(out, r)
	}
	return out
}

// refill makes the receipts of the next message, or of a block of messages when
// they are to be reordered.
func (s *Source) refill() {
	block := max(1, s.Dialect.Reorder)
	s.ready = s.ready[:0:0]
	first := s.next
	for range block {
		if s.Messages > 0 && s.next > s.Messages {
			break
		}
		s.ready = append(s.ready, s.message(s.next, nil)...)
		s.next++
	}
	if s.Receipts > 0 { // before the shuffle, so that only the last messages are cut
		s.ready = s.ready[:min(uint64(len(s.ready)), s.Receipts-s.given)]
	}
	if s.Dialect.Reorder > 1 {
		rng := s.random(first ^ 1<<63)
		rng.Shuffle(len(s.ready), func(i, j int) { s.ready[i], s.ready[j] = s.ready[j], s.ready[i] })
	}
}

// forSubmit makes the receipts of a message that the ESME has submitted.
func (s *Source) forSubmit(req submitRequest) []*Receipt {
	n := s.next
	s.next++
	return s.message(n, &req)
}

func (s *Source) random(n uint64) *rand.Rand { return rand.New(rand.NewPCG(s.Seed, n)) }

// message makes all receipts of message n in the order of their sending.
func (s *Source) message(n uint64, req *submitRequest) []*Receipt {
	d := &s.Dialect
	rng := s.random(n)
	f := facts{
		number:  n,
		id:      s.base + n,
		uuid:    [2]uint64{rng.Uint64(), rng.Uint64()},
		submit:  s.Epoch.Add(time.Duration(n) * time.Second),
		snippet: "Your code is " + strconv.FormatUint(100000+rng.Uint64N(900000), 10),
		outcome: s.pick(rng.Float64() * s.total),
		account: s.Account,
		handset: Address{TON: 1, NPI: 1, Number: s.Prefix + padded(n, messageDigits)},
		sender:  Address{TON: 5, NPI: 0, Number: s.Sender},
	}
	f.done = f.submit.Add(time.Duration(1+rng.IntN(120)) * time.Second)
	if req != nil {
		f.handset, f.sender = req.destination, req.source
		f.snippet = string(req.text[:min(20, len(req.text))])
	}
	early, late, twice := rng.Float64() < d.Intermediates, rng.Float64() < d.LateIntermediates, rng.Float64() < d.Duplicates
	final := d.receipt(f)
	out := []*Receipt{final}
	pending := f
	pending.outcome = d.Pending
	pending.done = f.submit
	switch {
	case early:
		out = []*Receipt{d.receipt(pending), final}
	case late:
		out = append(out, d.receipt(pending))
	}
	if twice {
		again := *final
		again.Duplicate = true
		out = append(out, &again)
	}
	return out
}

func (s *Source) pick(at float64) Outcome {
	for _, o := range s.Dialect.Outcomes {
		if at -= o.Weight; at < 0 {
			return o
		}
	}
	if n := len(s.Dialect.Outcomes); n > 0 {
		return s.Dialect.Outcomes[n-1]
	}
	return Outcome{Stat: "DELIVRD", Err: "000", Status: "received"}
}

func padded(n uint64, width int) string {
	digits := strconv.FormatUint(n, 10)
	if len(digits) >= width {
		return digits
	}
	return strings.Repeat("0", width-len(digits)) + digits
}

// Make returns one receipt in the dialect for a message of the given number,
// saying outcome; for tests and for receipts sent by hand.
func (s *Source) Make(n uint64, outcome Outcome) *Receipt {
	one := *s
	one.Dialect.Outcomes = []Outcome{outcome}
	one.Dialect.Intermediates, one.Dialect.LateIntermediates, one.Dialect.Duplicates = 0, 0, 0
	one.total = 1
	return slices.Clone(one.message(n, nil))[0]
}
