package mapping

// Cause is one line of the matrix: what a code says of the message, and which
// status that gives beside each state.
type Cause struct {
	// Status names the cause as the tables of codes do; zero: no code.
	Status Status
	// Means is what codes of this cause tell.
	Means string
	// The statuses by state.
	Undelivered, Rejected, Deleted, Expired, Unknown, Enroute, Accepted Status
}

// Matrix returns the state × cause matrix: which status a known cause gives
// beside each state. Undelivered is UNDELIV and FAILED, Unknown is UNKNOWN and
// any stat that nothing lists, Enroute is ENROUTE and any intermediate
// notification, Accepted is ACCEPTD, BUFFRED, BUFFERD and ACKED. DELIVRD is
// received, SCHEDLD in_progress and SKIPPED error_other beside every cause.
func Matrix() []Cause {
	return []Cause{
		{0, "no code, or none that a table knows", ReceptionError, ErrorOther, ErrorOther, TemporaryErrorAbsence, Undefined, InProgress, DeliveredToOperator},
		contradicted(PermanentErrorAbsence, "number unknown to the HLR"),
		contradicted(PermanentErrorPhone, "number unassigned or deactivated"),
		same(TemporaryErrorAbsence, "absent, unreachable, stale location", DeliveredToOperator),
		same(TemporaryErrorPhone, "handset busy, full or unable", DeliveredToOperator),
		same(TemporaryErrorOperator, "network, congestion, quota, timeout", InProgress),
		same(TemporaryErrorPortability, "number being ported", InProgress),
		{PermanentErrorPortability, "ported, operator unknown", PermanentErrorPortability, PermanentErrorPortability, PermanentErrorPortability, TemporaryErrorPortability, ReceptionError, InProgress, DeliveredToOperator},
		{ErrorOther, "protocol or operator data fault", ErrorOther, ErrorOther, ErrorOther, TemporaryErrorOperator, ErrorOther, InProgress, DeliveredToOperator},
		same(RoutingError, "address format, no route, not served", InProgress),
		same(ReceptionError, "barred, content, spam, sender, age, recipient's funds", InProgress),
		same(BlacklistedNumber, "opt-out, do-not-disturb, recipient blocked", InProgress),
		same(NotSentInsufficientCredit, "sending account out of credit", InProgress),
		same(Undefined, "the operator cannot tell the outcome", InProgress),
	}
}

// same is a cause that gives its own status beside every final state.
func same(s Status, means string, enroute Status) Cause {
	return Cause{s, means, s, s, s, s, s, enroute, DeliveredToOperator}
}

// contradicted is a cause that would let the number be removed: it is believed
// only beside a state that says the operator has given up on the number.
func contradicted(s Status, means string) Cause {
	return Cause{s, means, s, s, s, ReceptionError, ReceptionError, InProgress, DeliveredToOperator}
}

// at returns the status beside a state, and whether the cause counted: DELIVRD,
// SCHEDLD and SKIPPED ask for no cause.
func (c *Cause) at(col column) (s Status, counted bool) {
	switch col {
	case colDelivered:
		return Received, false
	case colScheduled:
		return InProgress, false
	case colSkipped:
		return ErrorOther, false
	case colUndelivered:
		return c.Undelivered, c.Status != 0
	case colRejected:
		return c.Rejected, c.Status != 0
	case colDeleted:
		return c.Deleted, c.Status != 0
	case colExpired:
		return c.Expired, c.Status != 0
	case colEnroute:
		return c.Enroute, c.Status != 0
	case colAccepted:
		return c.Accepted, c.Status != 0
	default:
		return c.Unknown, c.Status != 0
	}
}
