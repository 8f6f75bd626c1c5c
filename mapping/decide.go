package mapping

import "github.com/dlrgate/dlrgate/smpp/receipt"

// Decide gives the status of a receipt, and why: the operator's rules, then the
// codes of its tables, then the state alone. It does not look whether r is a
// receipt at all. It allocates nothing.
func (t *Table) Decide(r *receipt.Receipt) Decision {
	var in input
	t.read(r, &in)
	d := Decision{Profile: t.profile, Config: t.config, RuleIndex: -1, Conflict: in.conflict}
	switch {
	case in.part:
		t.byDefault(&d, Undefined, textPart)
	case t.byRule(&d, &in):
	case in.contradiction && in.intermediate:
		t.byDefault(&d, InProgress, textContradictionPending)
	case in.contradiction:
		t.byDefault(&d, Undefined, textContradiction)
	case in.won.column == colDelivered:
		t.delivered(&d, &in)
	default:
		t.byState(&d, &in)
	}
	return d
}

// Texts of the defaults that the matrix does not hold.
const (
	textPart                 = "part of a receipt, without the id or the state: nothing is known until the whole is"
	textContradiction        = "text and message_state contradict each other: one says delivered, one says failed"
	textContradictionPending = "text and message_state contradict each other in an intermediate notification"
	textDeliveredPending     = "stat DELIVRD in an intermediate notification"
)

func (t *Table) byDefault(d *Decision, s Status, text string) {
	d.Status, d.By, d.Rule = s, ByDefault, text
}

func (t *Table) byRule(d *Decision, in *input) bool {
	r := t.ruleFor(in)
	if r == nil {
		return false
	}
	d.Status, d.By, d.Rule, d.RuleIndex = r.status, ByRule, r.text, r.index
	if r.Final != nil {
		d.Final = *r.Final
	} else {
		d.Final = t.final(r.status, in) && (!in.intermediate || r.wantsIntermediate())
	}
	return true
}

// ruleFor returns the first rule that matches. Of its equals, one that names the
// stat and err to their end, reason included, comes before it.
func (t *Table) ruleFor(in *input) *rule {
	var found *rule
	for i := range t.rules {
		r := &t.rules[i]
		if found != nil && (r.order != found.order || r.keys != found.keys) {
			break
		}
		if !r.matches(in) {
			continue
		}
		if !in.hasReason() || r.namesReason(in) {
			return r
		}
		if found == nil {
			found = r
		}
	}
	return found
}

// delivered ends the search: only a row that ties its code to DELIVRD can say
// that the handset has not got it.
func (t *Table) delivered(d *Decision, in *input) {
	if in.intermediate {
		t.byDefault(d, DeliveredToOperator, textDeliveredPending)
		return
	}
	if e := t.codes.pair(in); e != nil && (e.cause.Status == Received || e.cause.Status == DeliveredToOperator) {
		d.Status, d.By, d.Rule = e.cause.Status, ByProfile, e.text
	} else {
		t.byDefault(d, Received, t.defaultTexts[colDelivered])
	}
	d.Final = t.final(d.Status, in)
}

// byState decides by the cause that a table gives, beside the state.
func (t *Table) byState(d *Decision, in *input) {
	col := in.won.column
	if in.intermediate && col != colAccepted && col != colScheduled {
		col = colEnroute
	}
	e, known := t.cause(in)
	codeGiven := in.errGiven || in.NetworkError != nil && in.NetworkError.Code != 0
	d.Unmapped = in.textClass == classNone && (in.statLen > 0 || in.won.column == colAbsent) || codeGiven && !known
	status, counted := t.none.at(col)
	if e != nil {
		if e.literal() {
			status, counted = e.cause.Status, true
		} else {
			status, counted = e.cause.at(col)
		}
	}
	d.Status, d.By, d.Rule = status, ByDefault, t.defaultTexts[col]
	if counted {
		d.By, d.Rule = ByProfile, e.text
	}
	d.Final = !in.intermediate && t.final(status, in)
}

// final says whether a status is the last word beside the state that won.
func (t *Table) final(s Status, in *input) bool {
	switch s {
	case Undefined:
		return in.won.column == colUnknown && !in.intermediate
	case DeliveredToOperator:
		return t.acceptedFinal && in.won.word == "ACCEPTD"
	default:
		return s.final()
	}
}

// cause finds the row that tells why: network_error_code, then the operator's
// own table. known: some row has the code, even if it tells nothing here.
func (t *Table) cause(in *input) (found *entry, known bool) {
	try := func(e *entry) bool {
		known = known || e != nil
		if e == nil || !e.tells(in) {
			return false
		}
		found = e
		return true
	}
	_ = try(t.networkCause(in)) || try(t.codes.pair(in)) || in.errIsNumber && try(t.codes.of(in.errNumber))
	if found == nil {
		e := t.codes.word(in)
		known = known || e != nil && t.codes.inStat
		if e != nil && e.tells(in) {
			found = e
		}
	}
	return found, known
}

func (t *Table) networkCause(in *input) *entry {
	n := in.NetworkError
	switch {
	case n == nil || n.Code == 0:
		return nil
	case t.ownNetwork != nil:
		if e := t.ownNetwork.of(uint64(n.Code)); e != nil {
			return e
		}
	}
	if t.network != nil && n.Type == 3 && !n.ASCII {
		return t.network.of(uint64(n.Code))
	}
	return nil
}

// pair finds a row that prints code and stat, by the word of the text or of the
// state that won.
func (c *codes) pair(in *input) *entry {
	if !in.errIsNumber {
		return nil
	}
	if e := c.byPair[string(in.word())][in.errNumber]; e != nil {
		return e
	}
	return c.byPair[in.won.word][in.errNumber]
}

func (c *codes) word(in *input) *entry {
	if e := c.byStat[string(in.word())]; e != nil {
		return e
	}
	return c.byStat[in.won.word]
}

// literal: the row names a status and not a cause.
func (e *entry) literal() bool {
	return e.cause.Status == Received || e.cause.Status == DeliveredToOperator || e.cause.Status == InProgress
}

// tells says whether the row counts beside the state: a success beside no
// state, a step on the way while the end is open, a code 0 that means "none"
// never, every other cause always.
func (e *entry) tells(in *input) bool {
	open := in.intermediate || in.won.column == colAbsent || in.won.column.class() == classPending
	switch e.cause.Status {
	case Received:
		return !e.zero && !in.intermediate && in.won.column == colAbsent
	case DeliveredToOperator, InProgress:
		return open
	case Undefined:
		return !e.zero
	default:
		return true
	}
}
