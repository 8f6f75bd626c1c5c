package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// Lint finds what compiles and is doubtful: rules that can never match or give
// what a receipt cannot prove, and numbers called removable without proof. It
// returns nothing for Options that do not compile.
func Lint(o Options) []Problem {
	t, faults := Compile(o)
	if len(faults) > 0 {
		return nil
	}
	l := linter{table: t, options: &o}
	for i := range o.Rules {
		at := slices.IndexFunc(t.rules, func(r rule) bool { return r.index == i })
		l.rule(&t.rules[at], t.rules[:at])
	}
	l.profile()
	return l.found
}

type linter struct {
	table   *Table
	options *Options
	found   []Problem
}

func (l *linter) warn(rule int, key, format string, args ...any) {
	l.found = append(l.found, Problem{Rule: rule, Key: key, Message: fmt.Sprintf(format, args...)})
}

// rule checks r; before are those that are asked before it.
func (l *linter) rule(r *rule, before []rule) {
	l.unprovable(r)
	l.unreachable(r)
	for i := range before {
		l.repeated(&before[i], r)
	}
	if r.status.removable() {
		l.unproven(r)
	}
}

func (l *linter) unprovable(r *rule) {
	if slices.Contains([]Status{Sent, PartiallyReceived, InternalError}, r.status) {
		l.warn(r.index, "status", "a receipt cannot prove %s", r.status)
	}
}

func (l *linter) unreachable(r *rule) {
	if r.wantsIntermediate() && l.options.IgnoreIntermediate {
		l.warn(r.index, "intermediate", "can never match: receipts.intermediate is ignore, so no receipt is intermediate")
	}
	if r.err != "" && l.options.ErrBase != ErrText && !r.errIsNumber {
		l.warn(r.index, "err", "%q is no number in the base that receipts.err_base says: it matches only this very text", r.Err)
	}
	if r.stat == "" || r.MessageState == nil {
		return
	}
	said, tlv := l.stateOf(r), tlvState(*r.MessageState)
	if tlv.word != "" && said.word != "" && said.column != tlv.column {
		l.warn(r.index, "message_state", "stat %s and message_state %d are two states: only a receipt whose text and TLV differ can match", r.stat, *r.MessageState)
	}
}

// repeated finds rules that an earlier one leaves nothing for. Inside a class
// more keys come first, so only rules with equal keys can hide each other.
func (l *linter) repeated(first, r *rule) {
	if !sameKeys(first, r) || first.ends() && !r.ends() && !first.wantsIntermediate() && r.Intermediate == nil {
		return
	}
	if first.status == r.status && first.ends() == r.ends() {
		l.warn(r.index, "status", "says the same as rules[%d]: remove one", first.index)
		return
	}
	l.warn(r.index, "status", "can never match: rules[%d] matches the same receipts before it and gives %s", first.index, first.status)
}

func sameKeys(a, b *rule) bool {
	sameErr := a.err == b.err || a.errIsNumber && b.errIsNumber && a.errNumber == b.errNumber
	return sameErr && a.stat == b.stat &&
		equal(a.MessageState, b.MessageState) && equal(a.NetworkErrorType, b.NetworkErrorType) &&
		equal(a.NetworkErrorCode, b.NetworkErrorCode) && equal(a.TLV, b.TLV) &&
		equal(a.Extra, b.Extra) && equal(a.Intermediate, b.Intermediate)
}

func equal[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// unproven finds a removable status that a receipt without proof can get: proof
// is a code beside a final UNDELIV, REJECTD, DELETED or FAILED.
func (l *linter) unproven(r *rule) {
	const ask = "the app may delete the number"
	switch {
	case !r.namesCode():
		l.warn(r.index, "status", "%s on a state alone: %s; name the code (err, network_error_code, tlv or extra) that proves it", r.status, ask)
	case !r.namesState():
		l.warn(r.index, "status", "%s can meet EXPIRED: %s; name the stat too", r.status, ask)
	case r.wantsIntermediate():
		l.warn(r.index, "status", "%s on an intermediate notification: %s before the end is known", r.status, ask)
	case r.stat != "" && !l.gaveUp(l.stateOf(r)):
		l.warn(r.index, "status", "%s with stat %s: %s; only UNDELIV, REJECTD, DELETED and FAILED say that the operator gave up", r.status, r.stat, ask)
	case r.MessageState != nil && !l.gaveUp(tlvState(*r.MessageState)):
		l.warn(r.index, "status", "%s with message_state %d: %s; only 4, 5 and 8 say that the operator gave up", r.status, *r.MessageState, ask)
	}
}

// stateOf is the state that the rule's stat names.
func (l *linter) stateOf(r *rule) state {
	s, _ := l.table.textState([]byte(r.stat))
	return s
}

func (l *linter) gaveUp(s state) bool {
	return s.column == colUndelivered || s.column == colRejected || s.column == colDeleted
}

// profile finds common stats that a table of stat words says nothing of.
func (l *linter) profile() {
	if len(l.table.codes.byStat) == 0 {
		return
	}
	var left []string
	for _, s := range stateOfTLV {
		named := slices.ContainsFunc(l.options.Rules, func(r Rule) bool { return strings.EqualFold(r.Stat, s.word) })
		if l.table.codes.byStat[s.word] == nil && !named && s.column != colScheduled && s.column != colSkipped {
			left = append(left, s.word)
		}
	}
	if len(left) > 0 {
		l.warn(-1, "profile", "%s lists its stats and says nothing of %s: the default decides; add a rule if the operator means otherwise",
			l.table.profile, strings.Join(left, ", "))
	}
}
