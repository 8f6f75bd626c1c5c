package event

import "github.com/dlrgate/dlrgate/mapping"

// Recent knows the last receipts of all operators, as many as its limit, and
// what each of their messages was last known to be. A receipt, and likewise a
// message, is remembered until `limit` other receipts have come since it was
// last seen.
//
// Verdicts are tentative until Commit; Rollback forgets them, so that a receipt
// that was refused and comes again is no duplicate. Recent takes at most 80
// octets a receipt, and no more than it has receipts for. It is not safe for
// concurrent use.
type Recent struct {
	kept memory
	// pending are the records since the last Commit; the maps lead to the
	// newest of each id and message among them.
	pending   []record
	byID      map[Key]int
	byMessage map[Key]int
}

// record is one receipt, and what its message is once it has been judged.
type record struct {
	id, message Key
	// stands is the id that stands for the message; zero when it is not known.
	stands Key
	// status is that one's; zero when it is not known.
	status mapping.Status
	// stood: the receipt itself was standing when it first came.
	stood bool
	// final: the one that stands is final.
	final bool
}

// NewRecent returns a Recent that remembers limit receipts; limit is at least 1
// and at most 2^31.
func NewRecent(limit int) *Recent {
	return &Recent{kept: newMemory(limit), byID: map[Key]int{}, byMessage: map[Key]int{}}
}

// Judge says where s stands among the receipts before it, those judged since
// the last Commit included. Its verdict is not set in s.
func (r *Recent) Judge(s *Summary) Verdict {
	next := record{id: parseID(s.ID), message: s.Message}
	first, duplicate := r.find(byID, next.id)
	before, known := r.find(byMessage, next.message)
	receipt := s.Kind == KindReceipt

	v := Verdict{Duplicate: duplicate, Late: receipt && known && before.final && !s.Final}
	switch {
	case duplicate:
		v.Standing = first.stood
	case receipt:
		v.Standing = !known || standsOver(s.Status, s.Final, before)
	}
	next.inherit(before)
	if v.Standing && !duplicate {
		if known && before.stands != (Key{}) && before.stands != next.id {
			v.Supersedes = idString(before.stands)
		}
		next.stand(s)
	}
	next.stood = v.Standing
	r.add(next)
	return v
}

// Restore takes a stored receipt back with the verdict that it got. It is for
// the log's tail at start, oldest first, before anything is judged.
func (r *Recent) Restore(s *Summary) {
	next := record{id: parseID(s.ID), message: s.Message, stood: s.Standing}
	before, known := r.find(byMessage, next.message)
	next.inherit(before)
	switch {
	case s.Standing && !s.Duplicate:
		next.stand(s)
	case known || s.Kind != KindReceipt:
	case s.Standing && !s.Late:
		next.stand(s) // a duplicate, and the first is older than the tail
	default:
		next.final = true // what stands is older than the tail, and was final
	}
	r.kept.add(next)
}

// Commit keeps what was judged since the last Commit or Rollback.
func (r *Recent) Commit() {
	for i := range r.pending {
		r.kept.add(r.pending[i])
	}
	r.Rollback()
}

// Rollback forgets what was judged since the last Commit or Rollback.
func (r *Recent) Rollback() {
	r.pending = r.pending[:0]
	clear(r.byID)
	clear(r.byMessage)
}

// inherit takes over what the message was before.
func (n *record) inherit(before record) {
	n.stands, n.status, n.final = before.stands, before.status, before.final
}

// stand makes s what the message is.
func (n *record) stand(s *Summary) {
	n.stands, n.status, n.final = n.id, s.Status, s.Final
}

// standsOver is the table of docs/webhook.md: whether a receipt replaces the
// one that stood before it.
func standsOver(status mapping.Status, final bool, before record) bool {
	switch {
	case !final || !before.final:
		return !before.final
	case status == mapping.Undefined:
		return false
	case before.status == mapping.Undefined:
		return true
	case status == mapping.Received:
		return isFailure(before.status)
	}
	return false
}

// isFailure reports whether a status says that the message did not arrive. The
// zero status, which is not known any more, counts: a delivery is never hidden
// by what was forgotten.
func isFailure(s mapping.Status) bool {
	switch s {
	case mapping.Received, mapping.PartiallyReceived, mapping.DeliveredToOperator,
		mapping.Sent, mapping.InProgress, mapping.Undefined:
		return false
	default:
		return true
	}
}

// find returns the newest record of an id or message that is within the limit.
func (r *Recent) find(by keyed, k Key) (record, bool) {
	index := r.byID
	if by == byMessage {
		index = r.byMessage
	}
	if i, ok := index[k]; ok && len(r.pending)-i <= r.kept.limit {
		return r.pending[i], true
	}
	return r.kept.find(by, k, len(r.pending))
}

func (r *Recent) add(next record) {
	r.byID[next.id], r.byMessage[next.message] = len(r.pending), len(r.pending)
	r.pending = append(r.pending, next)
}
