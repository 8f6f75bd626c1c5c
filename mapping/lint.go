package mapping

import (
	"cmp"
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
	alike := map[string][]*rule{} // in the order in which they are asked
	for i := range t.rules {
		r := &t.rules[i]
		key := r.matched()
		l.rule(r, alike[key])
		alike[key] = append(alike[key], r)
	}
	slices.SortStableFunc(l.found, func(a, b Problem) int { return cmp.Compare(a.Rule, b.Rule) })
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

// rule checks r; before are those with the same keys that are asked before it.
func (l *linter) rule(r *rule, before []*rule) {
	l.unprovable(r)
	l.unreachable(r)
	if i := slices.IndexFunc(before, func(first *rule) bool { return first.hides(r) }); i >= 0 {
		l.repeated(before[i], r)
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

// hides reports whether r, which has the same keys, leaves nothing for the other.
// Inside a class more keys come first, so only such rules can hide each other.
func (r *rule) hides(other *rule) bool {
	return !r.ends() || other.ends() || r.wantsIntermediate() || other.Intermediate != nil
}

// repeated warns of a rule that an earlier one leaves nothing for.
func (l *linter) repeated(first, r *rule) {
	if first.status == r.status && first.ends() == r.ends() {
		l.warn(r.index, "status", "says the same as rules[%d]: remove one", first.index)
		return
	}
	l.warn(r.index, "status", "can never match: rules[%d] matches the same receipts before it and gives %s", first.index, first.status)
}

// matched is what the rule matches: two rules with equal ones match the same
// receipts.
func (r *rule) matched() string {
	code := "text " + r.err
	if r.errIsNumber {
		code = fmt.Sprint("number ", r.errNumber)
	}
	return fmt.Sprintf("%q %q %s %s %s %s %s %s", code, r.stat, quoted(r.MessageState), quoted(r.NetworkErrorType),
		quoted(r.NetworkErrorCode), quoted(r.TLV), quoted(r.Extra), quoted(r.Intermediate))
}

// quoted writes what a key says, and - for one that is not there.
func quoted[T any](value *T) string {
	if value == nil {
		return "-"
	}
	return fmt.Sprintf("%#v", *value)
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
