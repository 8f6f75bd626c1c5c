package journal

// Bounds of what waits for the committer.
const (
	// maxAhead is how many groups of receipts may wait: at a few ms each, what
	// was let in is committed within some 50 ms.
	maxAhead = 8
	// octetsOfTurn is what one turn is worth: who sends longer receipts gets
	// fewer turns.
	octetsOfTurn = maxGroupOctets / minGroup
	// maxTurns holds whoever appends without asking for room.
	maxTurns = 64 * maxGroup
)

// intake is what receipts wait in for the committer: a line for each bind of
// each operator. Operators take turns, and within an operator its binds, so that
// what one of them sends makes nobody else wait. Its user locks.
type intake struct {
	operators map[string]*operatorQueue
	order     []*operatorQueue // whose turn it is first
	group     int              // turns in a group
	waiting   int              // turns that all of it will take
}

// operatorQueue is what waits of one operator.
type operatorQueue struct {
	name  string
	lines map[string]*line
	order []*line // whose turn it is first
	// waiting is how many turns its receipts will take, debt how many it leaves
	// out for a long one that it had already.
	waiting, debt int
}

// line is what waits of one bind, oldest first; never empty.
type line struct {
	bind    string
	drafts  []*Draft
	waiting int
	room    chan struct{} // closed when it is time to ask again; nil while nobody asks
}

func newIntake() intake {
	return intake{operators: map[string]*operatorQueue{}, group: minGroup}
}

// room returns nil when one more of the bind's receipts may wait, else a channel
// that is closed when it is time to ask again. A bind of which nothing waits
// always may: neither another operator nor another bind takes its place.
func (q *intake) room(operator, bind string) <-chan struct{} {
	o := q.operators[operator]
	if o == nil || o.waiting < q.bound() {
		return nil
	}
	l := o.lines[bind]
	if l == nil || l.waiting < q.share(o) {
		return nil
	}
	if l.room == nil {
		l.room = make(chan struct{})
	}
	return l.room
}

// bound is how many turns' worth of each operator may wait.
func (q *intake) bound() int { return max(1, maxAhead*q.group/len(q.order)) }

// share is each bind's part of that.
func (q *intake) share(o *operatorQueue) int { return max(1, q.bound()/len(o.order)) }

// put adds a draft; false when too much waits, of its sender above all.
func (q *intake) put(d *Draft) bool {
	if q.waiting >= maxTurns && q.room(d.Operator, d.Bind) != nil {
		return false
	}
	o := q.operators[d.Operator]
	if o == nil {
		o = &operatorQueue{name: d.Operator, lines: map[string]*line{}}
		q.operators[d.Operator] = o
		q.order = append(q.order, o)
	}
	l := o.lines[d.Bind]
	if l == nil {
		l = &line{bind: d.Bind}
		o.lines[d.Bind] = l
		o.order = append(o.order, l)
	}
	l.drafts = append(l.drafts, d)
	q.count(o, l, turnsOf(d))
	return true
}

func (q *intake) count(o *operatorQueue, l *line, turns int) {
	l.waiting += turns
	o.waiting += turns
	q.waiting += turns
}

// turnsOf is how many turns a draft takes.
func turnsOf(d *Draft) int { return 1 + d.Size/octetsOfTurn }

// take returns the next group, of about that many turns; nil when nothing waits.
func (q *intake) take(turns int) []*Draft {
	q.group = max(turns, minGroup)
	var group []*Draft
	for octets := 0; turns > 0 && len(q.order) > 0; {
		o := q.order[0]
		if o.debt > 0 {
			o.debt--
			q.order = append(q.order[1:], o)
			continue
		}
		next := o.order[0].drafts[0]
		if octets += next.Size; len(group) > 0 && octets > maxGroupOctets {
			break
		}
		turns -= turnsOf(next)
		o.debt = turnsOf(next) - 1
		group = append(group, q.next())
	}
	q.wake()
	return group
}

// next takes the draft whose turn it is; there is one.
func (q *intake) next() *Draft {
	o := q.order[0]
	l := o.order[0]
	d := l.drafts[0]
	l.drafts[0] = nil
	l.drafts = l.drafts[1:]
	q.count(o, l, -turnsOf(d))
	q.order, o.order = q.order[1:], o.order[1:]
	if len(l.drafts) > 0 {
		o.order = append(o.order, l)
	} else {
		delete(o.lines, l.bind)
		l.ask()
	}
	if len(o.order) > 0 {
		q.order = append(q.order, o)
	} else {
		delete(q.operators, o.name)
	}
	return d
}

// wake has those ask again who wait for room and of whom less than half of what
// may wait is left: to wake them for each receipt would cost more than it.
func (q *intake) wake() {
	for _, o := range q.order {
		for _, l := range o.order {
			if l.room != nil && l.waiting <= q.share(o)/2 {
				l.ask()
			}
		}
	}
}

func (l *line) ask() {
	if l.room != nil {
		close(l.room)
		l.room = nil
	}
}

// takeAll empties the intake of drafts, which are to be refused.
func (q *intake) takeAll() []*Draft {
	var all []*Draft
	for len(q.order) > 0 {
		all = append(all, q.next())
	}
	return all
}

func (q *intake) empty() bool { return len(q.order) == 0 }
